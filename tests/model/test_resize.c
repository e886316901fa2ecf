// gd_model_resize: fewer and more units in the network of a recipe, and what stands in the way.
#include "model/expect.h"

#include <gradus/op.h>
#include <math.h>

#include "base/memory.h"

static const char net[] = "data:\n"
                          "  train: {generate: {kind: circles, samples: 60}}\n"
                          "model:\n"
                          "  - dense: {units: 12, name: first, init: he_normal}\n"
                          "  - batch_norm\n"
                          "  - relu\n"
                          "  - dropout: 0.2\n"
                          "  - dense: 8\n"
                          "  - tanh\n"
                          "  - dense: {units: 8, name: before}\n"
                          "  - residual:\n"
                          "      branch: [{dense: {units: 8, name: inner}}, relu]\n"
                          "  - dense: {units: 6, name: last_hidden}\n"
                          "  - softmax\n"
                          "  - dense: 1\n"
                          "loss: logistic\n"
                          "optimizer: {adam: {learning_rate: 0.01}}\n"
                          "train: {epochs: 3, batch: 20, seed: 1}\n";

// A little training gives the batch norm statistics of its own.
static gd_model *make_model(void)
{
    gd_recipe *recipe;
    gd_model *model;
    gd_train_settings settings;
    assert_ok(gd_recipe_parse(net, "net.yaml", &recipe));
    assert_ok(gd_model_create(recipe, GD_PART_TRAIN, &model));
    assert_ok(gd_model_train_settings(model, &settings));
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    gd_fit_opts fit = {.epochs = settings.fit.epochs, .batch = settings.fit.batch, .seed = settings.fit.seed};
    assert_ok(gd_fit(trainer, model->train, fit));
    gd_trainer_free(trainer);
    return model;
}

static double largest_difference(const gd_model *a, const gd_model *b, const gd_dataset *set)
{
    gd_array p = {0}, q = {0};
    assert_ok(gd_model_predict(a, set, (gd_evaluate_opts){0}, &p));
    assert_ok(gd_model_predict(b, set, (gd_evaluate_opts){0}, &q));
    double largest = 0;
    assert_true(gd_shape_equal(p.shape, q.shape));
    for (int64_t i = 0; i < gd_array_count(&p); i++)
        largest = fmax(largest, fabs(gd_array_get(&p, i) - gd_array_get(&q, i)));
    gd_array_free(&p);
    gd_array_free(&q);
    return largest;
}

static void more_units_compute_the_same(void **state)
{
    (void)state;
    gd_model *model = make_model();
    for (int i = 0; i < 4; i++) {
        gd_model *large;
        const char *layer = i < 2 ? "first" : "fc1";
        assert_ok(gd_model_resize(model, layer, 20, (gd_grow_opts){.split = i % 2 == 1, .seed = 4}, &large));
        assert_true(largest_difference(model, large, model->train) < 1e-6);
        assert_true(large->parameters > model->parameters);
        char *text = gd_recipe_text(large->recipe);
        assert_non_null(strstr(text, "20"));
        gd_text_free(text);
        gd_model_free(large);
    }
    gd_model_free(model);
}

// Units that were added are silent, so they are the first to go.
static void fewer_units(void **state)
{
    (void)state;
    gd_model *model = make_model(), *large, *back, *small;
    assert_ok(gd_model_resize(model, "first", 15, (gd_grow_opts){0}, &large));
    assert_ok(gd_model_resize(large, "first", 12, (gd_grow_opts){0}, &back));
    assert_true(largest_difference(model, back, model->train) == 0);
    assert_ok(gd_model_resize(model, "first", 1, (gd_grow_opts){0}, &small));
    assert_int_equal(gd_tensor_dim(gd_variable_find(small->graph, "bn1.running_var"), 0), 1);
    assert_int_equal(gd_tensor_dim(gd_variable_find(small->graph, "fc1.weight"), 1), 1);
    assert_true(largest_difference(model, small, model->train) > 0);
    gd_model_free(small);
    gd_model_free(back);
    gd_model_free(large);
    gd_model_free(model);
}

static void a_checkpoint_of_it(void **state)
{
    (void)state;
    char path[] = "/tmp/gradus-resize-XXXXXX.safetensors";
    int descriptor = mkstemps(path, 12);
    assert_true(descriptor >= 0);
    close(descriptor);
    gd_model *model = make_model(), *small, *read;
    assert_ok(gd_model_resize(model, "fc1", 8, (gd_grow_opts){0}, &small));
    gd_model_free(small);
    assert_ok(gd_model_resize(model, "first", 5, (gd_grow_opts){0}, &small));
    assert_ok(gd_model_save(small, path));
    assert_ok(gd_model_open(path, (gd_model_opts){0}, &read));
    assert_true(largest_difference(small, read, model->train) == 0);
    assert_string_equal(gd_recipe_name(read->recipe), "net");
    gd_model_free(read);
    gd_model_free(small);
    gd_model_free(model);
    unlink(path);
}

static void refusals(void **state)
{
    (void)state;
    gd_model *model = make_model(), *other;
    static const struct {
        const char *layer;
        int64_t units;
        const char *words;
    } row[] = {
        {"fc7", 3, "its dense layers: 'first', 'fc1', 'before', 'inner', 'last_hidden', 'fc2'"},
        {"inner", 3, "inside a residual block"},
        {"before", 3, "behind 'before' stands a residual"},
        {"last_hidden", 3, "behind 'last_hidden' stands a softmax"},
        {"fc2", 3, "'fc2' is the last dense layer"},
        {"first", 0, "'first' is to have 0 units"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        assert_int_equal(gd_model_resize(model, row[i].layer, row[i].units, (gd_grow_opts){0}, &other),
                         GD_ERROR_ARGUMENT);
        assert_null(other);
        if (strstr(gd_last_error(), row[i].words) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", gd_last_error(), row[i].words);
    }
    gd_model_free(model);
}

// Whichever allocation fails, the call says so and leaves nothing behind.
static void short_memory(void **state)
{
    (void)state;
    gd_model *model = make_model(), *other;
    for (int64_t units = 6; units <= 18; units += 12) {
        gd_status status = GD_ERROR_MEMORY;
        for (long successes = 0; status != GD_OK; successes += 1 + successes / 8) {
            gd__alloc_fail_after(successes, true);
            status = gd_model_resize(model, "first", units, (gd_grow_opts){.split = true}, &other);
            gd__alloc_fail_after(-1, false);
            assert_true((other != NULL) == (status == GD_OK));
            assert_true(successes < 1000000);
        }
        gd_model_free(other);
    }
    gd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_units_compute_the_same),
        cmocka_unit_test(fewer_units),
        cmocka_unit_test(a_checkpoint_of_it),
        cmocka_unit_test(refusals),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
