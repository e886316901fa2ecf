// `weights: {whiten: NAME}`: what such filters give of the training data is uncorrelated, and of variance 1.
#include "model/expect.h"

#define DATA "data: {train: {random: {shape: [2, 6, 6], count: 64, classes: 3}}}\n"
#define NETWORK                                                                                                        \
    "model:\n  - conv2d: {filters: 18, kernel: 2, bias: false, as: eyes}\n  - relu\n  - flatten\n  - dense: 3\n"       \
    "loss: softmax_cross_entropy\n"

enum { FILTERS = 18, SIDE = 8, PICTURES = 64, PIXELS = 6 * 6, PLACES = 5 * 5 };

static gd_status open_with(const char *weights, gd_model **model)
{
    char text[1000];
    gd_recipe *recipe;
    snprintf(text, sizeof text, DATA NETWORK "weights: {%s}\n", weights);
    assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
    return gd_model_create(recipe, GD_PART_TRAIN, model);
}

// What filter f gives at place (i, j) of a picture.
static double response(const double *w, const float *x, int f, int i, int j)
{
    double sum = 0;
    for (int c = 0; c < 2; c++)
        for (int k = 0; k < 2; k++)
            for (int l = 0; l < 2; l++)
                sum += w[f * SIDE + c * 4 + k * 2 + l] * x[c * PIXELS + (i + k) * 6 + j + l];
    return sum;
}

static void responses_are_white(void **state)
{
    (void)state;
    gd_model *model;
    assert_ok(open_with("whiten: eyes", &model));
    gd_array value = {0};
    assert_ok(gd_variable_get(gd_variable_find(model->graph, "eyes.weight"), &value));
    double w[FILTERS * SIDE];
    for (int i = 0; i < FILTERS * SIDE; i++)
        w[i] = gd_array_get(&value, i);
    gd_array_free(&value);
    double moment[SIDE][SIDE] = {{0}};
    gd_loader *loader;
    gd_batch batch;
    assert_ok(gd_loader_create(model->train, (gd_loader_opts){.batch = PICTURES}, &loader));
    assert_ok(gd_loader_next(loader, &batch));
    const float *x = batch.field[0].data; // (64, 2, 6, 6)
    for (int n = 0; n < PICTURES; n++)
        for (int place = 0; place < PLACES; place++)
            for (int a = 0; a < SIDE; a++)
                for (int b = 0; b < SIDE; b++)
                    moment[a][b] += response(w, x + n * 2 * PIXELS, a, place / 5, place % 5) *
                                    response(w, x + n * 2 * PIXELS, b, place / 5, place % 5) / (PICTURES * PLACES);
    gd_loader_free(loader);
    for (int a = 0; a < SIDE; a++)
        for (int b = 0; b < SIDE; b++)
            assert_float_equal(moment[a][b], a == b, 2e-3); // but for what is added to the eigenvalues
    for (int i = 0; i < SIDE * SIDE; i++)
        assert_float_equal(w[SIDE * SIDE + i], -w[i], 0);
    gd_model_free(model);
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *weights, *says;
    } cases[] = {
        {"whiten: ears", "the network has no 'ears.weight': `whiten` takes the name of a convolution"},
        {"whiten: fc1", "no field of the data holds pictures that such filters see"},
        {"strip: a.", "neither a `file` nor what to `whiten`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_model *model = NULL;
        assert_true(open_with(cases[i].weights, &model) != GD_OK);
        assert_says(cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(responses_are_white), cmocka_unit_test(mistakes)};
    return cmocka_run_group_tests_name("whiten", tests, NULL, NULL);
}
