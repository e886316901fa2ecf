// Samples that are mixed with each other: mixup and CutMix keep to their formulas, targets follow, and neither workers
// nor a later start show in the bits.
#include "files.h"

#include <gradus/data.h>
#include <gradus/transform.h>
#include <math.h>

#include "data/step.h"

enum { COUNT = 24, SIDE = 8, PIXELS = SIDE * SIDE, CLASSES = 3, EPOCHS = 2 };

// Picture i holds i everywhere; its class is i % CLASSES.
static gd_dataset *pictures(void)
{
    static float x[COUNT * PIXELS];
    static int32_t label[COUNT];
    for (int i = 0; i < COUNT * PIXELS; i++)
        x[i] = (float)(i / PIXELS);
    for (int i = 0; i < COUNT; i++)
        label[i] = i % CLASSES;
    const char *const name[] = {"x", "label"};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(COUNT, 1, SIDE, SIDE), x),
                              gd_array_borrow(GD_I32, GD_SHAPE(COUNT), label)};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, name, array, &set));
    return set;
}

// `one_hot`: labels become rows of probabilities.
static gd_dataset *mixed(const char *kind, const char *option, double value, bool one_hot)
{
    static const char *const field[] = {"x"};
    gd_dataset *set = pictures(), *made;
    unsigned char options[1024];
    const gd_transform_kind *k = gd_transform_kind_named(kind);
    assert_non_null(k);
    gd_options_default(&k->record, options);
    assert_fine(gd_options_set(&k->record, options, (gd_setting){option, value, NULL}));
    const gd_transform transform = {.kind = k, .options = options, .field_count = 1, .field = field};
    gd_pipeline *pipeline;
    gd_preprocess *preprocess;
    assert_fine(gd_pipeline_fit(set, 1, &transform, &pipeline));
    const gd_preprocess_rule rule[] = {{.field = "label", .scaling = GD_LABELS},
                                       {.field = "label", .scaling = GD_ONE_HOT}};
    assert_fine(gd_preprocess_fit(
        set, (gd_preprocess_opts){.rule_count = one_hot ? 2 : 1, .rule = rule, .transforms = pipeline}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, set, &made));
    gd_preprocess_free(preprocess);
    gd_pipeline_free(pipeline);
    gd_dataset_free(set);
    return made;
}

typedef struct {
    float x[EPOCHS][COUNT][PIXELS], target[EPOCHS][COUNT][CLASSES];
} seen;

static void collect(const gd_dataset *set, int workers, bool training, int64_t epoch, int64_t batch, seen *all)
{
    gd_loader *loader;
    assert_fine(gd_loader_create(
        set, (gd_loader_opts){.batch = 7, .shuffle = true, .seed = 3, .workers = workers, .training = training},
        &loader));
    assert_fine(gd_loader_seek(loader, epoch, batch));
    gd_batch b;
    for (;;) {
        assert_fine(gd_loader_next(loader, &b));
        if (b.epoch == EPOCHS)
            break;
        for (int64_t i = 0; i < b.count; i++) {
            memcpy(all->x[b.epoch][b.sample[i]], (const float *)b.field[0].data + i * PIXELS, sizeof all->x[0][0]);
            memcpy(all->target[b.epoch][b.sample[i]], (const float *)b.field[1].data + i * CLASSES,
                   sizeof all->target[0][0]);
        }
    }
    gd_loader_free(loader);
}

// The classes of a mixed sample have the shares that the pixels show.
static void check_target(const float *target, int own, double share, int other)
{
    for (int c = 0; c < CLASSES; c++) {
        const double want = (c == own % CLASSES ? share : 0) + (c == other % CLASSES ? 1 - share : 0);
        assert_true(fabs((double)target[c] - want) < 1e-5);
    }
}

static void mixup_makes_convex_combinations(void **state)
{
    (void)state;
    gd_dataset *set = mixed("mixup", "alpha", 1, true);
    seen *all = calloc(1, sizeof *all);
    collect(set, 1, true, 0, 0, all);
    int changed = 0;
    for (int e = 0; e < EPOCHS; e++)
        for (int i = 0; i < COUNT; i++) {
            const double x = (double)all->x[e][i][0], own = (double)all->target[e][i][i % CLASSES];
            for (int k = 1; k < PIXELS; k++)
                assert_true((double)all->x[e][i][k] == x);
            // x = share i + (1 - share) j for a j of a class that the target shows, unless both are of one class.
            bool found = own > 1 - 1e-6;
            for (int j = 0; j < COUNT && !found; j++)
                found = j % CLASSES != i % CLASSES && (double)all->target[e][i][j % CLASSES] > 0 &&
                        fabs(x - (own * i + (1 - own) * j)) < 1e-4;
            assert_true(found);
            changed += fabs(x - i) > 1e-6;
        }
    assert_true(changed > EPOCHS * COUNT * 3 / 4);
    gd_dataset_free(set);
    free(all);
}

static void cutmix_puts_a_rectangle_of_another_in(void **state)
{
    (void)state;
    gd_dataset *set = mixed("cutmix", "alpha", 1, true);
    seen *all = calloc(1, sizeof *all);
    collect(set, 1, true, 0, 0, all);
    int changed = 0;
    for (int e = 0; e < EPOCHS; e++)
        for (int i = 0; i < COUNT; i++) {
            int other = i, count = 0, top = SIDE, bottom = 0, left = SIDE, right = 0;
            for (int k = 0; k < PIXELS; k++) {
                if (all->x[e][i][k] == (float)i)
                    continue;
                other = (int)all->x[e][i][k];
                count++;
                top = k / SIDE < top ? k / SIDE : top;
                bottom = k / SIDE + 1 > bottom ? k / SIDE + 1 : bottom;
                left = k % SIDE < left ? k % SIDE : left;
                right = k % SIDE + 1 > right ? k % SIDE + 1 : right;
            }
            if (count > 0)
                assert_int_equal(count, (bottom - top) * (right - left));
            check_target(all->target[e][i], i, 1 - (double)count / PIXELS, other);
            changed += count > 0;
        }
    assert_true(changed > EPOCHS * COUNT / 2);
    gd_dataset_free(set);
    free(all);
}

static void neither_workers_nor_a_later_start_show(void **state)
{
    (void)state;
    static const char *const kind[] = {"mixup", "cutmix"};
    for (int k = 0; k < 2; k++) {
        gd_dataset *set = mixed(kind[k], "probability", 0.7, true);
        seen *one = calloc(1, sizeof *one), *other = calloc(1, sizeof *other);
        collect(set, 1, true, 0, 0, one);
        collect(set, 4, true, 0, 0, other);
        assert_memory_equal(one, other, sizeof *one);
        memcpy(other, one, sizeof *one);
        memset(other->x[1], 0, sizeof other->x[1]);
        collect(set, 3, true, 1, 0, other);
        assert_memory_equal(one, other, sizeof *one);
        assert_true(memcmp(one->x[0], one->x[1], sizeof one->x[0]) != 0);
        gd_dataset_free(set);
        free(one);
        free(other);
    }
}

static void outside_training_nothing_is_mixed(void **state)
{
    (void)state;
    gd_dataset *set = mixed("mixup", "alpha", 1, true);
    seen *all = calloc(1, sizeof *all);
    collect(set, 2, false, 0, 0, all);
    for (int i = 0; i < COUNT; i++) {
        assert_true(all->x[0][i][PIXELS - 1] == (float)i);
        check_target(all->target[0][i], i, 1, i);
    }
    gd_dataset_free(set);
    free(all);
}

static void a_batch_of_one_stays(void **state)
{
    (void)state;
    gd_dataset *set = mixed("cutmix", "alpha", 1, true);
    gd_loader *loader;
    gd_batch batch;
    assert_fine(gd_loader_create(set, (gd_loader_opts){.batch = 1, .training = true}, &loader));
    for (int i = 0; i < COUNT; i++) {
        assert_fine(gd_loader_next(loader, &batch));
        assert_true(gd_array_get(&batch.field[0], 9) == i);
        assert_true(fabs(gd_array_get(&batch.field[1], i % CLASSES) - 1) < 1e-6);
    }
    gd_loader_free(loader);
    gd_dataset_free(set);
}

static void labels_cannot_be_mixed(void **state)
{
    (void)state;
    gd_dataset *set = mixed("mixup", "alpha", 1, false);
    gd_loader *loader = NULL;
    assert_int_equal(gd_loader_create(set, (gd_loader_opts){.batch = 4, .training = true}, &loader), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "one_hot"));
    assert_fine(gd_loader_create(set, (gd_loader_opts){.batch = 4}, &loader));
    gd_loader_free(loader);
    gd_dataset_free(set);
}

// Mean a / (a + b) and variance a b / ((a + b)^2 (a + b + 1)), each within about four standard errors.
static void beta_numbers_have_their_moments(void **state)
{
    (void)state;
    static const double of[][2] = {{1, 1}, {0.2, 0.2}, {0.01, 0.01}, {2, 5}, {30, 0.5}};
    enum { DRAWN = 20000 };
    for (size_t n = 0; n < sizeof of / sizeof of[0]; n++) {
        const double a = of[n][0], b = of[n][1];
        gd_transform_call call = {.seed = 11 + n};
        double sum = 0, squares = 0;
        for (int i = 0; i < DRAWN; i++) {
            const double x = gd_transform_beta(&call, a, b);
            assert_true(x >= 0 && x <= 1);
            sum += x;
            squares += x * x;
        }
        const double mean = a / (a + b), variance = a * b / ((a + b) * (a + b) * (a + b + 1));
        const double found = squares / DRAWN - sum / DRAWN * (sum / DRAWN);
        assert_true(fabs(sum / DRAWN - mean) < 4 * sqrt(variance / DRAWN));
        assert_true(fabs(found - variance) < 0.12 * variance);
    }
    gd_transform_call call = {.seed = 1};
    assert_true(isnan(gd_transform_beta(&call, 0, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixup_makes_convex_combinations),
        cmocka_unit_test(cutmix_puts_a_rectangle_of_another_in),
        cmocka_unit_test(neither_workers_nor_a_later_start_show),
        cmocka_unit_test(outside_training_nothing_is_mixed),
        cmocka_unit_test(a_batch_of_one_stays),
        cmocka_unit_test(labels_cannot_be_mixed),
        cmocka_unit_test(beta_numbers_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
