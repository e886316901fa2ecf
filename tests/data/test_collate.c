// Batches of samples that differ in shape: padded with zeros to the longest, with their lengths; memory is kept.
#include "base/memory.h"
#include "data/dataset.h"
#include "files.h"
#include "made_up.h"

enum { FIELDS = PICTURE_LENGTH + 1, SAMPLES = 40 };

// The sizes of a batch of the field: the longest of the samples.
static gd_shape longest(int field, gd_field delivered, int64_t count, const int64_t *sample)
{
    gd_shape shape = {.rank = delivered.shape.rank + 1, .dim = {count}};
    for (int axis = 0; axis < delivered.shape.rank; axis++)
        for (int64_t i = 0; i < count; i++) {
            const int64_t size = ragged_size(field, sample[i], axis);
            if (size > shape.dim[axis + 1])
                shape.dim[axis + 1] = size;
        }
    return shape;
}

// Each element stands where it belongs, and zeros everywhere else.
static void expect_padded(int field, const gd_array *array, int64_t count, const int64_t *sample)
{
    const gd_shape *shape = &array->shape;
    const int64_t in_sample = count == 0 ? 0 : gd_array_count(array) / count;
    for (int64_t i = 0; i < gd_array_count(array); i++) {
        const int64_t s = sample[i / in_sample];
        int64_t rest = i % in_sample, index[GD_MAX_RANK], element = 0;
        bool inside = true;
        for (int axis = shape->rank - 2; axis >= 0; axis--) {
            index[axis] = rest % shape->dim[axis + 1];
            rest /= shape->dim[axis + 1];
        }
        for (int axis = 0; axis < shape->rank - 1; axis++) {
            const int64_t size = ragged_size(field, s, axis);
            inside = inside && index[axis] < size;
            element = element * size + index[axis];
        }
        assert_true(gd_array_get(array, i) == (inside ? ragged_value(field, s, element) : 0));
    }
}

static void expect_batch(const gd_dataset *set, const gd_array *field, int64_t count, const int64_t *sample)
{
    static const gd_type type[FIELDS] = {GD_I32, GD_F32, GD_F32, GD_I32, GD_F32, GD_F32,
                                         GD_I32, GD_F32, GD_I32, GD_I32, GD_I32};
    for (int f = 0; f < RAGGED_FIELDS; f++) {
        if (f == PERSON || f == NOTE) {
            assert_null(field[f].data);
            continue;
        }
        assert_int_equal(field[f].type, type[f]);
        assert_int_equal((uintptr_t)field[f].data % 64, 0);
        assert_true(gd_shape_equal(field[f].shape, longest(f, gd_dataset_field(set, f), count, sample)));
        expect_padded(f, &field[f], count, sample);
    }
    static const int of[] = {TEXT, SOUND, PICTURE}, axis[] = {0, 0, 1};
    for (int k = 0; k < 3; k++) {
        const gd_array *lengths = &field[TEXT_LENGTH + k];
        assert_int_equal(lengths->type, GD_I32);
        assert_true(gd_shape_equal(lengths->shape, GD_SHAPE(count)));
        for (int64_t i = 0; i < count; i++)
            assert_int_equal(((const int32_t *)lengths->data)[i], ragged_size(of[k], sample[i], axis[k]));
    }
}

// Batches large and small, one after the other, in the same arrays.
static void test_padding(void **state)
{
    (void)state;
    static const struct {
        int64_t count, sample[10];
    } batches[] = {
        {1, {0}},                               // a text of length 0
        {3, {0, 8, 16}},                        // nothing but such
        {10, {7, 3, 12, 39, 0, 1, 2, 3, 4, 5}}, // the longest, 7
        {2, {8, 5}},                            // shorter ones, where longer ones stood
        {10, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
    };
    ragged source;
    gd_dataset *set = make_ragged(&source, SAMPLES);
    assert_int_equal(gd_dataset_field_count(set), FIELDS);
    assert_string_equal(gd_dataset_field(set, SOUND_LENGTH).name, "sound_length");
    gd_array field[FIELDS] = {0};
    size_t capacity[FIELDS] = {0};
    for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
        assert_fine(gd__collate(set, batches[b].count, batches[b].sample, NULL, field, capacity));
        expect_batch(set, field, batches[b].count, batches[b].sample);
    }
    // What is large enough is kept.
    void *data[FIELDS];
    for (int f = 0; f < FIELDS; f++)
        data[f] = field[f].data;
    for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
        assert_fine(gd__collate(set, batches[b].count, batches[b].sample, NULL, field, capacity));
        for (int f = 0; f < FIELDS; f++)
            assert_ptr_equal(field[f].data, data[f]);
    }
    for (int f = 0; f < FIELDS; f++)
        gd_array_free(&field[f]);
    gd_dataset_free(set);
    assert_int_equal(atomic_load(&source.open), 0);
}

// gd_dataset_get pads as a batch does, and wants an array of that very shape.
static void test_get(void **state)
{
    (void)state;
    ragged source;
    gd_dataset *set = make_ragged(&source, SAMPLES);
    const int64_t sample[] = {3, 7, 1};
    gd_array sound = {0};
    assert_fine(gd_dataset_get(set, SOUND, 3, sample, &sound));
    assert_true(gd_shape_equal(sound.shape, longest(SOUND, gd_dataset_field(set, SOUND), 3, sample)));
    expect_padded(SOUND, &sound, 3, sample);
    assert_int_equal(gd_dataset_get(set, SOUND, 2, sample, &sound), GD_ERROR_SHAPE);
    assert_said("field 'sound' gives f32 [2,6,3], but the array is f32 [3,6,3]");
    gd_array_free(&sound);
    gd_array length = {0};
    assert_fine(gd_dataset_get(set, SOUND_LENGTH, 3, sample, &length));
    assert_int_equal((int)gd_array_get(&length, 1), ragged_size(SOUND, 7, 0));
    gd_array_free(&length);
    atomic_store(&source.fail_at, 7);
    assert_int_equal(gd_dataset_get(set, SOUND, 3, sample, &sound), GD_ERROR_IO);
    assert_said("field 'sound', sample 7: nothing is to be heard");
    assert_null(sound.data);
    gd_dataset_free(set);
}

// A source that says of a sample what does not fit its field is not believed.
static gd_status wrong_shape(void *state, int field, int64_t sample, gd_shape *shape)
{
    static const gd_shape wrong[] = {{2, {3, 3}}, {1, {3}}, {2, {3, 4}}, {2, {-1, 3}}, {2, {INT64_MAX / 2, 3}}};
    (void)state, (void)field;
    *shape = wrong[sample];
    return GD_OK;
}

static gd_status read_nothing(void *state, int field, int64_t sample, const gd_array *to)
{
    (void)state, (void)field, (void)sample, (void)to;
    return GD_OK;
}

static void test_wrong_shapes(void **state)
{
    (void)state;
    static const gd_field sound = {"sound", GD_KIND_NUMBERS, GD_ROLE_INPUT, GD_F32, {2, {GD_OPEN, 3}}, 0};
    const gd_source source = {
        .kind = "liar", .count = 5, .field_count = 1, .field = &sound, .read = read_nothing, .shape = wrong_shape};
    gd_dataset *set;
    assert_fine(gd_dataset_from_source(&source, &set));
    for (int64_t sample = 1; sample < 5; sample++) {
        gd_array out = {0};
        assert_int_equal(gd_dataset_get(set, 0, 1, &sample, &out), GD_ERROR_SHAPE);
        assert_said("field 'sound', sample ");
        assert_said("the source gives it the shape [");
        assert_null(out.data);
    }
    gd_dataset_free(set);
}

// Without memory a batch fails with a sentence, and the next one is whole again.
static void test_allocations(void **state)
{
    (void)state;
    ragged source;
    gd_dataset *set = make_ragged(&source, SAMPLES);
    const int64_t sample[] = {7, 3, 12, 39};
    gd_array field[FIELDS] = {0};
    size_t capacity[FIELDS] = {0};
    long failures = 0;
    for (gd_status status = GD_ERROR_MEMORY; status != GD_OK; failures++) {
        gd__alloc_fail_after(failures, true);
        status = gd__collate(set, 4, sample, NULL, field, capacity);
        gd__alloc_fail_after(-1, false);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
        for (int f = 0; status != GD_OK && f < FIELDS; f++) {
            gd_array_free(&field[f]);
            capacity[f] = 0;
        }
    }
    assert_true(failures > FIELDS);
    expect_batch(set, field, 4, sample);
    for (int f = 0; f < FIELDS; f++)
        gd_array_free(&field[f]);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_wrong_shapes),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
