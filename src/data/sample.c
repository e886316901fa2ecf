// One sample: read as it is stored, changed by the steps of its field in double precision, rounded, augmented.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "base/shape.h"
#include "data/convert.h"
#include "data/dataset.h"
#include "data/step.h"

// Numbers that are worked on without an allocation.
enum { SMALL = 512 };

// ---- Errors

static gd_status fail_in_sample(gd_status status, const gd_dataset *set, int field, int64_t sample)
{
    char origin[GD_ORIGIN_TEXT];
    return gd__fail_in(status, "field '%s', %s", set->delivered[field].name,
                       gd_dataset_origin_text(set, sample, origin));
}

// ---- As it is stored

gd_status gd__stored_sample(const gd_source *source, int field, int64_t sample, gd_shape shape,
                            const gd_source_draw *draw, void *room, const void **data)
{
    const gd_type type = source->field[field].type;
    if (source->all != NULL && source->all[field].data != NULL) {
        const size_t bytes = (size_t)gd_shape_count(shape) * gd_type_size(type);
        *data = (const char *)source->all[field].data + (size_t)sample * bytes;
        return GD_OK;
    }
    const gd_array to = gd_array_borrow(type, shape, room);
    *data = room;
    return source->read_drawn != NULL ? source->read_drawn(source->state, field, sample, draw, &to)
                                      : source->read(source->state, field, sample, &to);
}

static bool lies_in_memory(const gd_dataset *set, int field)
{
    return set->store->source.all != NULL && set->store->source.all[field].data != NULL;
}

// What a source says of a sample must fit what it said of the field.
static gd_status check_shape(const gd_field *field, gd_shape shape)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    int64_t bytes;
    bool good = shape.rank == field->shape.rank;
    for (int i = 0; good && i < shape.rank; i++)
        good = field->shape.dim[i] < 0 ? shape.dim[i] >= 0 : shape.dim[i] == field->shape.dim[i];
    if (good && gd__shape_bytes(shape, sizeof(double), &bytes))
        return GD_OK;
    return gd__fail(GD_ERROR_SHAPE, "the source gives it the shape %s, the field is %s", gd_shape_text(shape, have),
                    gd_shape_text(field->shape, want));
}

gd_status gd__stored_shape(const gd_source *source, int field, int64_t sample, const gd_source_draw *draw,
                           gd_shape *shape)
{
    *shape = source->field[field].shape;
    if (!gd__shape_is_open(*shape))
        return GD_OK;
    gd_status status = source->shape_drawn != NULL ? source->shape_drawn(source->state, field, sample, draw, shape)
                                                   : source->shape(source->state, field, sample, shape);
    return status == GD_OK ? check_shape(&source->field[field], *shape) : status;
}

static gd_status stored_shape(const gd_dataset *set, int field, int64_t sample, const gd_source_draw *draw,
                              gd_shape *shape)
{
    gd_status status = gd__stored_shape(&set->store->source, field, gd__dataset_sample(set, sample), draw, shape);
    return status == GD_OK ? GD_OK : fail_in_sample(status, set, field, sample);
}

// ---- Lengths

static bool is_length(const gd_dataset *set, int field)
{
    return field >= set->store->source.field_count;
}

// The first open dimension of the stored field, cut where a step pads to less.
static gd_status read_length(const gd_dataset *set, int field, int64_t sample, const gd_source_draw *draw,
                             int32_t *length)
{
    const int of = set->length_of[field - set->store->source.field_count];
    const gd_shape open = set->store->source.field[of].shape;
    gd_shape shape;
    gd_status status = stored_shape(set, of, sample, draw, &shape);
    if (status != GD_OK)
        return status;
    int at = 0;
    while (at < open.rank - 1 && open.dim[at] >= 0)
        at++;
    const int64_t most = set->delivered[of].shape.dim[at];
    const int64_t found = most >= 0 && shape.dim[at] > most ? most : shape.dim[at];
    if (found > INT32_MAX)
        return gd__fail(GD_ERROR_NUMBER, "a length of %lld does not fit 32 bits", (long long)found);
    *length = (int32_t)found;
    return GD_OK;
}

gd_status gd__sample_shape(const gd_dataset *set, int field, int64_t sample, const gd_source_draw *draw,
                           gd_shape *shape)
{
    *shape = set->delivered[field].shape;
    if (!gd__shape_is_open(*shape))
        return GD_OK;
    gd_field found = set->store->source.field[field];
    gd_status status = stored_shape(set, field, sample, draw, &found.shape);
    if (status == GD_OK)
        status = gd__steps_deliver(set->steps == NULL ? NULL : set->steps[field], &found);
    *shape = found.shape;
    return status;
}

// ---- Through the steps

static gd_status check_finite(const double *value, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(value[i]))
            return gd__fail(GD_ERROR_NUMBER, "element %lld: %s where a finite number was expected (counted from 0)",
                            (long long)i, isnan(value[i]) ? "NaN" : "an infinity");
    return GD_OK;
}

// The numbers that the sample, and what each step makes of it, need at most.
static gd_status room_for(const gd__steps *steps, gd_field stored, gd_shape shape, int64_t *room)
{
    stored.shape = shape;
    *room = gd_shape_count(shape);
    gd__steps one = {.count = 1};
    for (int i = 0; steps != NULL && i < steps->count; i++) {
        one.step = &steps->step[i];
        gd_status status = one.step->kind->deliver(one.step, &stored);
        if (status != GD_OK)
            return status;
        const int64_t count = gd_shape_count(stored.shape);
        *room = count > *room ? count : *room;
    }
    return GD_OK;
}

// The value as doubles after the first `count` steps; *shape is that of the stored sample, then that of the result.
static gd_status step_through(const gd_dataset *set, int field, const gd__steps *steps, const void *stored,
                              gd_shape *shape, double *value)
{
    const gd_type type = set->store->source.field[field].type;
    const int64_t count = gd_shape_count(*shape);
    gd__to_doubles(value, stored, type, count);
    const bool may_miss = set->store->missing != NULL && set->store->missing[field] != GD_MISSING_ERROR;
    gd_status status = GD_OK;
    if (!set->store->finite[field] && !may_miss)
        status = check_finite(value, count);
    for (int i = 0; steps != NULL && i < steps->count && status == GD_OK; i++)
        status = steps->step[i].kind->apply(&steps->step[i], shape, value);
    return status;
}

typedef struct {
    double small[SMALL];
    void *large; // or NULL
} scratch;

// Room for `count` doubles and, behind them, a stored sample of `bytes`; NULL when memory is short.
static double *take_scratch(scratch *scratch, int64_t count, size_t bytes)
{
    scratch->large = NULL;
    const size_t need = (size_t)count * sizeof(double) + bytes;
    if (need <= sizeof scratch->small)
        return scratch->small;
    scratch->large = gd__alloc(need);
    return scratch->large;
}

// Reads a stored sample and takes it through `steps` into *value, which lies in `scratch`.
static gd_status read_doubles(const gd_dataset *set, int field, const gd__steps *steps, int64_t sample,
                              const gd_source_draw *draw, scratch *scratch, gd_shape *shape, double **value)
{
    const gd_field *stored = &set->store->source.field[field];
    int64_t room;
    scratch->large = NULL;
    gd_status status = stored_shape(set, field, sample, draw, shape);
    if (status == GD_OK)
        status = room_for(steps, *stored, *shape, &room);
    if (status != GD_OK)
        return status;
    const size_t bytes = lies_in_memory(set, field) ? 0 : (size_t)gd_shape_count(*shape) * gd_type_size(stored->type);
    *value = take_scratch(scratch, room, bytes);
    if (*value == NULL)
        return gd__fail_memory("a sample");
    const void *data;
    status = gd__stored_sample(&set->store->source, field, gd__dataset_sample(set, sample), *shape, draw, *value + room,
                               &data);
    return status == GD_OK ? step_through(set, field, steps, data, shape, *value) : status;
}

static gd_status check_filled(const gd_dataset *set, int field, const double *value, int64_t count)
{
    if (set->store->missing == NULL || set->store->missing[field] == GD_MISSING_ERROR)
        return GD_OK;
    for (int64_t i = 0; i < count; i++)
        if (isnan(value[i]))
            return gd__fail(GD_ERROR_NUMBER,
                            "element %lld is missing; preprocessing fitted on the training data fills such values in",
                            (long long)i);
    return GD_OK;
}

// Labels that are the numbers of their classes already.
static bool is_plain_label(const gd__step *step, gd_type type)
{
    return step->kind == &gd__step_labels && step->value == NULL && !step->rows && !step->soft && type == GD_I32;
}

// What needs no doubles: stored numbers that are delivered as they are, or scaled at once. False where that is not so.
static bool read_directly(const gd_dataset *set, int field, int64_t sample, void *to)
{
    const gd__steps *steps = set->steps == NULL ? NULL : set->steps[field];
    const gd_field *stored = &set->store->source.field[field];
    const gd_type type = stored->type;
    if (!lies_in_memory(set, field) || (set->store->missing != NULL && set->store->missing[field] != GD_MISSING_ERROR))
        return false;
    const int64_t count = gd_shape_count(stored->shape);
    const char *from = (const char *)set->store->source.all[field].data +
                       (size_t)(gd__dataset_sample(set, sample) * count) * gd_type_size(type);
    const gd_type delivered = set->delivered[field].type;
    if (steps == NULL || steps->count == 0) {
        if (type == delivered)
            memcpy(to, from, (size_t)count * gd_type_size(type));
        else if (type == GD_U8 && delivered == GD_F32)
            gd__widen_bytes(to, (const uint8_t *)from, count);
        else
            return false;
        return true;
    }
    if (steps->count != 1)
        return false;
    if (is_plain_label(&steps->step[0], type)) { // whose check has a sentence on the long way
        const int32_t label = *(const int32_t *)(const void *)from;
        *(int32_t *)to = label;
        return label >= 0 && label < steps->step[0].class_count;
    }
    if (steps->step[0].scale == NULL)
        return false;
    return gd__scale_directly(&steps->step[0], type, from, to);
}

static gd_status read_sample(const gd_dataset *set, int field, int64_t sample, const gd_source_draw *draw, void *to)
{
    if (is_length(set, field))
        return read_length(set, field, sample, draw, to);
    if (read_directly(set, field, sample, to))
        return GD_OK;
    scratch scratch;
    gd_shape shape;
    double *value = NULL;
    gd_status status =
        read_doubles(set, field, set->steps == NULL ? NULL : set->steps[field], sample, draw, &scratch, &shape, &value);
    if (status == GD_OK)
        status = check_filled(set, field, value, gd_shape_count(shape));
    if (status == GD_OK)
        status = gd__round_to(value, gd_shape_count(shape), set->delivered[field].type, to);
    gd__free(scratch.large);
    return status;
}

// ---- Augmentation

// Depends on (seed, epoch, sample of the store, place in the list) alone.
static uint64_t draw_of(const gd_source_draw *draw, int64_t sample, int place)
{
    uint32_t word[4];
    gd__philox(draw->seed ^ gd__hash_text("data.augment"), (uint64_t)sample,
               (uint64_t)draw->epoch << 8 | (uint64_t)place, word);
    return (uint64_t)word[0] << 32 | word[1];
}

static gd_status augment(const gd_dataset *set, int field, int64_t sample, gd_shape shape, const gd_source_draw *draw,
                         void *value)
{
    gd_field described = set->delivered[field];
    described.shape = shape;
    gd_status status = GD_OK;
    for (int i = 0; i < set->augmentation_count && status == GD_OK; i++) {
        const gd_augmentation *one = &set->augmentation[i];
        if (strcmp(one->field, described.name) == 0)
            status = one->apply(one->state, draw_of(draw, gd__dataset_sample(set, sample), i), described, value);
    }
    return status;
}

gd_status gd__sample_read(const gd_dataset *set, int field, int64_t sample, gd_shape shape, const gd_source_draw *draw,
                          void *to)
{
    gd_status status = read_sample(set, field, sample, draw, to);
    if (status == GD_OK && draw != NULL && set->augmentation_count > 0)
        status = augment(set, field, sample, shape, draw, to);
    return status == GD_OK ? GD_OK : fail_in_sample(status, set, field, sample);
}

// ---- For fitting and splitting

gd_status gd__sample_number(const gd_dataset *set, int field, int64_t sample, double *number)
{
    const gd_field *stored = &set->store->source.field[field];
    char text[GD_SHAPE_TEXT];
    *number = 0;
    if (field >= set->store->source.field_count || gd_shape_count(stored->shape) != 1)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s; one number a sample was expected",
                        set->delivered[field].name, gd_shape_text(set->delivered[field].shape, text));
    double room[1];
    const void *data;
    gd_status status = gd__stored_sample(&set->store->source, field, gd__dataset_sample(set, sample), stored->shape,
                                         NULL, room, &data);
    if (status == GD_OK)
        gd__to_doubles(number, data, stored->type, 1);
    return status == GD_OK ? GD_OK : fail_in_sample(status, set, field, sample);
}

gd_status gd_dataset_check_labels(const gd_dataset *set, int field, int class_count)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    if (field < 0 || field >= set->store->source.field_count)
        return gd__fail(GD_ERROR_ARGUMENT, "field %d was asked of a data set with %d fields", field, set->field_count);
    for (int64_t i = 0; i < set->count; i++) {
        double label;
        char origin[GD_ORIGIN_TEXT];
        gd_status status = gd__sample_number(set, field, i, &label);
        if (status != GD_OK)
            return status;
        if (!(label >= 0 && label < class_count && label == floor(label)))
            return gd__fail(GD_ERROR_NUMBER, "field '%s', %s: label %g lies outside 0 to %d",
                            set->delivered[field].name, gd_dataset_origin_text(set, i, origin), label, class_count - 1);
    }
    return GD_OK;
}

gd_status gd__fitting_read(gd__fitting *fit, int64_t index)
{
    scratch scratch;
    gd_shape shape;
    double *value = NULL;
    gd_status status = read_doubles(fit->set, fit->field, fit->before, index, NULL, &scratch, &shape, &value);
    if (status == GD_OK) {
        fit->count = gd_shape_count(shape);
        if (fit->count > fit->row_capacity) {
            gd__free(fit->row);
            fit->row = gd__alloc((size_t)fit->count * sizeof *fit->row);
            fit->row_capacity = fit->row == NULL ? 0 : fit->count;
        }
        if (fit->row == NULL)
            status = gd__fail_memory("preprocessing");
        else
            memcpy(fit->row, value, (size_t)fit->count * sizeof *value);
    }
    gd__free(scratch.large);
    return status == GD_OK ? GD_OK : fail_in_sample(status, fit->set, fit->field, index);
}

gd_status gd__fitting_fail(const gd__fitting *fit, int64_t index, const char *format, ...)
{
    char origin[GD_ORIGIN_TEXT];
    char words[256];
    va_list arguments;
    va_start(arguments, format);
    gd__format_list(words, sizeof words, format, arguments);
    va_end(arguments);
    return gd__fail(GD_ERROR_NUMBER, "field '%s', %s: %s", fit->set->delivered[fit->field].name,
                    gd_dataset_origin_text(fit->set, index, origin), words);
}

// ---- Several samples in one array

gd_status gd_dataset_get(const gd_dataset *set, int field, int64_t count, const int64_t *sample, gd_array *out)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    if (count > 0)
        GD__NEEDS(sample, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    if (field < 0 || field >= set->field_count)
        return gd__fail(GD_ERROR_ARGUMENT, "field %d was asked of a data set with %d fields", field, set->field_count);
    for (int64_t i = 0; i < count; i++)
        if (sample[i] < 0 || sample[i] >= set->count)
            return gd__fail(GD_ERROR_ARGUMENT, "sample %lld was asked of a data set of %lld samples",
                            (long long)sample[i], (long long)set->count);
    return gd__collate_field(set, field, count, sample, NULL, out);
}
