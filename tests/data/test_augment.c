// Transforms of pictures: exact on small ones, boxes follow, and what is drawn depends on seed, epoch and sample alone.
#include "files.h"

#include <gradus/data.h>
#include <gradus/transform.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/raster.h"

// ---- One sample

typedef struct {
    gd_sample_value value[2];
    gd_sample_value *list[2];
    gd_transform_call call;
    unsigned char options[1024];
    const gd_transform_kind *kind;
} bench;

static void put_value(gd_sample_value *value, const char *name, gd_type type, gd_shape shape, const void *data)
{
    value->field = (gd_field){.name = name};
    assert_fine(gd_sample_value_change(value, type, shape, NULL));
    memcpy(value->data, data, (size_t)gd_shape_count(shape) * gd_type_size(type));
}

static bench *make_bench(const char *kind, gd_type type, gd_shape shape, const void *picture)
{
    bench *b = calloc(1, sizeof *b);
    b->kind = gd_transform_kind_named(kind);
    assert_non_null(b->kind);
    assert_true(b->kind->record.options_size <= sizeof b->options);
    gd_options_default(&b->kind->record, b->options);
    put_value(&b->value[0], "x", type, shape, picture);
    b->list[0] = &b->value[0];
    b->call = (gd_transform_call){.options = b->options, .training = true, .count = 1, .value = b->list, .seed = 7};
    return b;
}

static void set_number(bench *b, const char *name, double value)
{
    assert_fine(gd_options_set(&b->kind->record, b->options, (gd_setting){.name = name, .value = value}));
}

static void set_text(bench *b, const char *name, const char *text)
{
    assert_fine(gd_options_set(&b->kind->record, b->options, (gd_setting){.name = name, .text = text}));
}

static void put_boxes(bench *b, int64_t count, const float *box)
{
    put_value(&b->value[1], "boxes", GD_F32, GD_SHAPE(count, 4), box);
    b->list[1] = &b->value[1];
    b->call.count = 2;
}

static void apply(bench *b)
{
    b->call.drawn = 0;
    assert_fine(b->kind->apply(&b->call));
}

static double at(const bench *b, int field, int64_t element)
{
    const gd_sample_value *v = &b->value[field];
    const gd_array array = gd_array_borrow(v->field.type, v->field.shape, v->data);
    return gd_array_get(&array, element);
}

static void free_bench(bench *b)
{
    for (int i = 0; i < 2; i++) {
        gd__free(b->value[i].data);
        gd__free(b->value[i].before);
    }
    free(b);
}

static void expect_values(const bench *b, int field, int count, const double *want)
{
    for (int i = 0; i < count; i++)
        if (fabs(at(b, field, i) - want[i]) > 1e-6)
            fail_msg("element %d is %g, expected %g", i, at(b, field, i), want[i]);
}

static const float two_by_three[] = {1, 2, 3, 4, 5, 6};

static void flips_mirror_the_picture_and_its_boxes(void **state)
{
    (void)state;
    const float box[] = {0, 0, 1, 2};
    bench *b = make_bench("flip", GD_F32, GD_SHAPE(2, 3), two_by_three);
    put_boxes(b, 1, box);
    set_number(b, "probability", 1);
    apply(b);
    expect_values(b, 0, 6, (const double[]){3, 2, 1, 6, 5, 4});
    expect_values(b, 1, 4, (const double[]){2, 0, 3, 2});
    set_text(b, "axis", "vertical");
    apply(b);
    expect_values(b, 0, 6, (const double[]){6, 5, 4, 3, 2, 1});
    b->call.training = false;
    apply(b);
    expect_values(b, 0, 6, (const double[]){6, 5, 4, 3, 2, 1});
    free_bench(b);
    // The channels of a pixel stay together where they lie last.
    const uint8_t pixels[5 * 2 * 3] = {1, 2, 3, 4, 5, 6, 7};
    b = make_bench("flip", GD_U8, GD_SHAPE(5, 2, 3), pixels);
    set_number(b, "probability", 1);
    apply(b);
    expect_values(b, 0, 7, (const double[]){4, 5, 6, 1, 2, 3, 0});
    free_bench(b);
}

static void alternating_flips_take_turns(void **state)
{
    (void)state;
    int first = 0;
    for (uint64_t sample = 0; sample < 64; sample++) {
        bool flipped[4];
        for (int epoch = 0; epoch < 4; epoch++) {
            bench *b = make_bench("flip", GD_F32, GD_SHAPE(2, 3), two_by_three);
            set_number(b, "alternate", 1);
            b->call.epoch = epoch;
            b->call.lasting = sample * 0x9E3779B97F4A7C15u;
            apply(b);
            flipped[epoch] = at(b, 0, 0) == 3;
            free_bench(b);
        }
        assert_true(flipped[0] != flipped[1] && flipped[2] == flipped[0] && flipped[3] == flipped[1]);
        first += flipped[0];
    }
    assert_true(first > 16 && first < 48);
}

// A picture padded by one pixel has nine places for a crop of its own size: each comes, and the boxes go along.
static void crops_are_parts_of_the_padded_picture(void **state)
{
    (void)state;
    const float picture[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const float box[] = {1, 1, 2, 2};
    bool seen[9] = {false};
    for (uint64_t seed = 0; seed < 200; seed++) {
        bench *b = make_bench("crop", GD_F32, GD_SHAPE(1, 3, 3), picture);
        set_number(b, "padding", 1);
        put_boxes(b, 1, box);
        b->call.seed = seed;
        apply(b);
        const int left = 1 - (int)at(b, 1, 0), top = 1 - (int)at(b, 1, 1);
        assert_true(left >= -1 && left <= 1 && top >= -1 && top <= 1);
        seen[(top + 1) * 3 + left + 1] = true;
        for (int row = 0; row < 3; row++)
            for (int column = 0; column < 3; column++) {
                const int y = row + top, x = column + left;
                const bool inside = x >= 0 && x < 3 && y >= 0 && y < 3;
                assert_true(at(b, 0, row * 3 + column) == (inside ? (double)picture[y * 3 + x] : 0));
            }
        free_bench(b);
    }
    for (int i = 0; i < 9; i++)
        assert_true(seen[i]);
    bench *b = make_bench("crop", GD_F32, GD_SHAPE(1, 3, 3), picture);
    set_number(b, "size", 1);
    b->call.training = false;
    apply(b);
    assert_true(at(b, 0, 0) == 5 && gd_shape_count(b->value[0].field.shape) == 1);
    set_number(b, "size", 9);
    assert_int_equal(b->kind->apply(&b->call), GD_ERROR_SHAPE);
    free_bench(b);
    b = make_bench("crop", GD_F32, GD_SHAPE(1, 3, 3), picture);
    set_number(b, "size", 5);
    set_number(b, "padding", 1);
    set_text(b, "fill", "reflect");
    b->call.training = false;
    apply(b);
    expect_values(b, 0, 10, (const double[]){5, 4, 5, 6, 5, 2, 1, 2, 3, 2});
    free_bench(b);
}

static void resizing_interpolates_between_centres(void **state)
{
    (void)state;
    const float picture[] = {0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14};
    bench *b = make_bench("resized_crop", GD_F32, GD_SHAPE(4, 4), picture);
    set_number(b, "size", 2);
    b->call.training = false;
    apply(b);
    expect_values(b, 0, 4, (const double[]){5, 9, 5, 9}); // each the mean of four
    free_bench(b);
    for (uint64_t seed = 0; seed < 50; seed++) {
        b = make_bench("resized_crop", GD_F32, GD_SHAPE(4, 4), picture);
        b->call.seed = seed;
        apply(b);
        for (int i = 0; i < 16; i++)
            assert_true(at(b, 0, i) >= 0 && at(b, 0, i) <= 14);
        free_bench(b);
    }
}

// A quarter turn moves every pixel onto another one.
static void a_quarter_turn_is_exact(void **state)
{
    (void)state;
    const float picture[] = {1, 2, 3, 4};
    const float box[] = {0, 0, 1, 1};
    bench *b = make_bench("affine", GD_F32, GD_SHAPE(2, 2), picture);
    put_boxes(b, 1, box);
    // Anticlockwise: what stands at (x, y) was at (2 - y, x).
    const gd__affine_map turn = {{0, -1, 2, 1, 0, 0}};
    assert_fine(gd__picture_warp(&b->call, 2, 2, &turn, false, 0));
    expect_values(b, 0, 4, (const double[]){2, 4, 1, 3});
    expect_values(b, 1, 4, (const double[]){0, 1, 1, 2});
    apply(b); // nothing is asked for
    expect_values(b, 0, 4, (const double[]){2, 4, 1, 3});
    free_bench(b);
    // Turned by any angle, the middle of a constant picture stays, and what comes from outside is the fill.
    float ones[15 * 15];
    for (int i = 0; i < 15 * 15; i++)
        ones[i] = 1;
    b = make_bench("rotate", GD_F32, GD_SHAPE(15, 15), ones);
    set_number(b, "degrees", 90);
    set_number(b, "fill", -1);
    apply(b);
    assert_true(fabs(at(b, 0, 7 * 15 + 7) - 1) < 1e-6);
    double least = 1;
    for (int i = 0; i < 15 * 15; i++)
        least = fmin(least, at(b, 0, i));
    assert_true(least < 0 && least >= -1);
    free_bench(b);
}

static void jitter_keeps_to_its_formulas(void **state)
{
    (void)state;
    const float rgb[] = {0.4F, 0.2F, 0.1F, 0.3F, 0.2F, 0.5F}; // (3, 1, 2): red, green, blue of two pixels
    for (uint64_t seed = 0; seed < 20; seed++) {
        bench *b = make_bench("color_jitter", GD_F32, GD_SHAPE(3, 1, 2), rgb);
        set_number(b, "brightness", 0.5);
        b->call.seed = seed;
        apply(b);
        const double factor = at(b, 0, 0) / (double)rgb[0];
        assert_true(factor >= 0.5 && factor <= 1.5);
        for (int i = 0; i < 6; i++)
            assert_true(fabs(at(b, 0, i) - factor * (double)rgb[i]) < 1e-6);
        free_bench(b);
        b = make_bench("color_jitter", GD_F32, GD_SHAPE(3, 1, 2), rgb);
        set_number(b, "hue", 0.5);
        b->call.seed = seed;
        apply(b);
        for (int p = 0; p < 2; p++) {
            const double most = fmax(at(b, 0, p), fmax(at(b, 0, 2 + p), at(b, 0, 4 + p)));
            const double least = fmin(at(b, 0, p), fmin(at(b, 0, 2 + p), at(b, 0, 4 + p)));
            assert_true(fabs(most - fmax((double)rgb[p], fmax((double)rgb[2 + p], (double)rgb[4 + p]))) < 1e-6);
            assert_true(fabs(least - fmin((double)rgb[p], fmin((double)rgb[2 + p], (double)rgb[4 + p]))) < 1e-6);
        }
        free_bench(b);
        // Grey stays grey, however its saturation and its hue change.
        const uint8_t grey[] = {90, 90, 90, 200, 200, 200};
        b = make_bench("color_jitter", GD_U8, GD_SHAPE(1, 2, 3), grey);
        set_number(b, "saturation", 1);
        set_number(b, "hue", 0.5);
        b->call.seed = seed;
        apply(b);
        for (int i = 0; i < 6; i++)
            assert_true(at(b, 0, i) == grey[i]);
        free_bench(b);
    }
}

static void cutout_covers_a_rectangle(void **state)
{
    (void)state;
    float ones[8 * 8];
    int most = 0;
    for (int i = 0; i < 64; i++)
        ones[i] = 1;
    for (uint64_t seed = 0; seed < 100; seed++) {
        bench *b = make_bench("cutout", GD_F32, GD_SHAPE(8, 8), ones);
        set_text(b, "size", "2,4");
        b->call.seed = seed;
        apply(b);
        int covered = 0;
        for (int i = 0; i < 64; i++)
            covered += at(b, 0, i) == 0;
        assert_true(covered >= 2 && covered <= 8);
        most = covered > most ? covered : most;
        free_bench(b);
    }
    assert_int_equal(most, 8);
}

// ---- Sets

enum { COUNT = 40, CHANNELS = 2, SIDE = 6, PIXELS = CHANNELS * SIDE * SIDE };

static gd_dataset *pictures(void)
{
    float *x = malloc(COUNT * PIXELS * sizeof *x);
    float y[COUNT];
    for (int i = 0; i < COUNT * PIXELS; i++)
        x[i] = (float)((i * 37) % 101) / 100 + (float)(i / (SIDE * SIDE) % CHANNELS * 10);
    for (int i = 0; i < COUNT; i++)
        y[i] = (float)i;
    const char *const name[] = {"x", "y"};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(COUNT, CHANNELS, SIDE, SIDE), x),
                              gd_array_borrow(GD_F32, GD_SHAPE(COUNT, 1), y)};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, name, array, &set));
    free(x);
    return set;
}

static gd_dataset *augmented(const gd_dataset *set)
{
    static const char *const kind[] = {"normalize", "crop", "flip", "affine", "cutout"};
    static const char *const field[] = {"x"};
    enum { STAGES = 5 };
    unsigned char options[STAGES][1024];
    gd_transform transform[STAGES];
    for (int i = 0; i < STAGES; i++) {
        const gd_transform_kind *k = gd_transform_kind_named(kind[i]);
        gd_options_default(&k->record, options[i]);
        const double number[] = {0, 2, 0, 20, 2};
        static const char *const option[] = {NULL, "padding", NULL, "degrees", "size"};
        if (option[i] != NULL)
            assert_fine(gd_options_set(&k->record, options[i], (gd_setting){option[i], number[i], NULL}));
        transform[i] = (gd_transform){.kind = k, .options = options[i], .field_count = 1, .field = field};
    }
    gd_pipeline *pipeline;
    gd_dataset *made;
    assert_fine(gd_pipeline_fit(set, STAGES, transform, &pipeline));
    assert_fine(gd_pipeline_apply(pipeline, set, &made));
    gd_pipeline_free(pipeline);
    return made;
}

static void channels_become_mean_zero_and_deviation_one(void **state)
{
    (void)state;
    gd_dataset *set = pictures(), *made = augmented(set);
    double sum[CHANNELS] = {0}, squares[CHANNELS] = {0};
    for (int64_t i = 0; i < COUNT; i++) {
        gd_array one = {0};
        assert_fine(gd_dataset_get(made, gd_dataset_find(made, "x"), 1, &i, &one));
        for (int k = 0; k < PIXELS; k++) {
            const double x = gd_array_get(&one, k);
            sum[k / (SIDE * SIDE)] += x;
            squares[k / (SIDE * SIDE)] += x * x;
        }
        gd_array_free(&one);
    }
    for (int c = 0; c < CHANNELS; c++) {
        assert_true(fabs(sum[c]) / (COUNT * SIDE * SIDE) < 1e-5);
        assert_true(fabs(squares[c] / (COUNT * SIDE * SIDE) - 1) < 1e-5);
    }
    gd_dataset_free(made);
    gd_dataset_free(set);
}

// The samples of three epochs, by their place in the set, each as often as (epoch, sample) says.
static void collect(const gd_dataset *set, int workers, int64_t batch, int64_t from_epoch, int64_t from_batch,
                    float *all)
{
    gd_loader *loader;
    assert_fine(gd_loader_create(
        set, (gd_loader_opts){.batch = batch, .shuffle = true, .seed = 5, .workers = workers, .training = true},
        &loader));
    assert_fine(gd_loader_seek(loader, from_epoch, from_batch));
    const int x = gd_dataset_find(set, "x");
    gd_batch b;
    for (;;) {
        assert_fine(gd_loader_next(loader, &b));
        if (b.epoch == 3)
            break;
        for (int64_t i = 0; i < b.count; i++)
            memcpy(all + (b.epoch * COUNT + b.sample[i]) * PIXELS, (const float *)b.field[x].data + i * PIXELS,
                   PIXELS * sizeof *all);
    }
    gd_loader_free(loader);
}

static void what_is_drawn_depends_on_seed_epoch_and_sample(void **state)
{
    (void)state;
    gd_dataset *set = pictures(), *made = augmented(set);
    enum { ALL = 3 * COUNT * PIXELS };
    float *one = calloc(ALL, sizeof *one), *other = calloc(ALL, sizeof *other);
    collect(made, 1, 8, 0, 0, one);
    collect(made, 4, 8, 0, 0, other); // any number of workers
    assert_memory_equal(one, other, ALL * sizeof *one);
    collect(made, 2, 5, 0, 0, other); // in any batches
    assert_memory_equal(one, other, ALL * sizeof *one);
    memcpy(other, one, ALL * sizeof *one);
    memset(other + COUNT * PIXELS, 0, COUNT * PIXELS * sizeof *one);
    collect(made, 3, 8, 1, 0, other); // gone on with from the second epoch
    assert_memory_equal(one, other, ALL * sizeof *one);
    assert_true(memcmp(one, one + COUNT * PIXELS, COUNT * PIXELS * sizeof *one) != 0);
    free(one);
    free(other);
    gd_dataset_free(made);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips_mirror_the_picture_and_its_boxes),
        cmocka_unit_test(alternating_flips_take_turns),
        cmocka_unit_test(crops_are_parts_of_the_padded_picture),
        cmocka_unit_test(resizing_interpolates_between_centres),
        cmocka_unit_test(a_quarter_turn_is_exact),
        cmocka_unit_test(jitter_keeps_to_its_formulas),
        cmocka_unit_test(cutout_covers_a_rectangle),
        cmocka_unit_test(channels_become_mean_zero_and_deviation_one),
        cmocka_unit_test(what_is_drawn_depends_on_seed_epoch_and_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
