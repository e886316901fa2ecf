// From samples to a batch: stacked, or padded to the longest of them.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "data/dataset.h"

static bool is_open(gd_shape shape)
{
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] == GD_OPEN)
            return true;
    return false;
}

// The place of the first open dimension in the shape.
static int first_open(gd_shape shape)
{
    int axis = 0;
    while (shape.dim[axis] != GD_OPEN)
        axis++;
    return axis;
}

// ---- Memory

// Makes `array` (count, sample…), in the memory that it has when that suffices. What it holds is not defined.
static gd_status make_room(const gd_field *field, int64_t count, gd_shape sample, gd_array *array, size_t *capacity)
{
    gd_shape shape = {.rank = sample.rank + 1, .dim = {count}};
    memcpy(shape.dim + 1, sample.dim, (size_t)sample.rank * sizeof shape.dim[0]);
    int64_t bytes;
    char text[GD_SHAPE_TEXT];
    if (!gd__shape_bytes(shape, gd_type_size(field->type), &bytes))
        return gd__fail(GD_ERROR_SHAPE, "field '%s': a batch of %s is too large", field->name,
                        gd_shape_text(shape, text));
    if (array->data != NULL && (size_t)bytes <= *capacity) {
        array->shape = shape;
        return GD_OK;
    }
    gd_array_free(array);
    *capacity = 0;
    gd_status status = gd_array_create(array, field->type, shape);
    if (status == GD_OK)
        *capacity = (size_t)bytes;
    return status;
}

// ---- Padding

static int64_t product(gd_shape shape, int first, int end)
{
    int64_t count = 1;
    for (int i = first; i < end; i++)
        count *= shape.dim[i];
    return count;
}

// Where run `index` begins, counted in runs: over the axes before `axis` of a sample, within the padded shape.
static int64_t place_of(gd_shape sample, gd_shape padded, int axis, int64_t index)
{
    int64_t place = 0, stride = 1;
    for (int i = axis - 1; i >= 0; i--) {
        place += index % sample.dim[i] * stride;
        index /= sample.dim[i];
        stride *= padded.dim[i];
    }
    return place;
}

// Spreads a sample, which lies at the start of `data`, over the larger shape `padded` of the same rank, with zeros in
// between. It goes from the end to the start, since nothing moves forward past what is still to be moved.
static void spread(gd_shape sample, gd_shape padded, size_t width, char *data)
{
    size_t end = (size_t)gd_shape_count(padded) * width; // zeros and moved runs begin here
    if (gd_shape_count(sample) == 0) {
        memset(data, 0, end);
        return;
    }
    // Elements stay together in runs along the last axes, of which only the first, `axis`, is padded.
    int axis = sample.rank - 1;
    while (axis > 0 && sample.dim[axis] == padded.dim[axis])
        axis--;
    const size_t run = (size_t)product(sample, axis, sample.rank) * width;
    const size_t room = (size_t)product(padded, axis, padded.rank) * width;
    for (int64_t i = product(sample, 0, axis) - 1; i >= 0; i--) {
        char *to = data + (size_t)place_of(sample, padded, axis, i) * room;
        memmove(to, data + (size_t)i * run, run);
        memset(to + run, 0, (size_t)(data + end - (to + run)));
        end = (size_t)(to - data);
    }
}

// ---- Fields

typedef struct {
    const gd_dataset *set;
    int64_t count;
    const int64_t *sample;
    const gd__draw *draw;
} batch;

static gd_status stack(const batch *b, int f, gd_array *array, size_t *capacity)
{
    const gd_field *field = &b->set->delivered[f];
    const size_t step = (size_t)gd_shape_count(field->shape) * gd_type_size(field->type);
    gd_status status = make_room(field, b->count, field->shape, array, capacity);
    for (int64_t i = 0; status == GD_OK && i < b->count; i++)
        status =
            gd__sample_read(b->set, f, b->sample[i], field->shape, b->draw, (char *)array->data + (size_t)i * step);
    return status;
}

// The longest of the samples in each open dimension.
static gd_status find_longest(const batch *b, int f, gd_shape *shape, gd_shape *longest)
{
    const gd_shape open = b->set->delivered[f].shape;
    *longest = open;
    for (int i = 0; i < open.rank; i++)
        if (open.dim[i] == GD_OPEN)
            longest->dim[i] = 0;
    for (int64_t s = 0; s < b->count; s++) {
        gd_status status = gd__sample_shape(b->set, f, b->sample[s], &shape[s]);
        if (status != GD_OK)
            return status;
        for (int i = 0; i < open.rank; i++)
            if (shape[s].dim[i] > longest->dim[i])
                longest->dim[i] = shape[s].dim[i];
    }
    return GD_OK;
}

// Fills the field, of which `shape` has the shape of each sample.
static gd_status pad(const batch *b, int f, const gd_shape *shape, gd_shape longest, gd_array *array, size_t *capacity)
{
    const gd_field *field = &b->set->delivered[f];
    const size_t width = gd_type_size(field->type), step = (size_t)gd_shape_count(longest) * width;
    gd_status status = make_room(field, b->count, longest, array, capacity);
    for (int64_t i = 0; status == GD_OK && i < b->count; i++) {
        char *to = (char *)array->data + (size_t)i * step;
        if (gd_shape_count(shape[i]) > 0)
            status = gd__sample_read(b->set, f, b->sample[i], shape[i], b->draw, to);
        if (status == GD_OK)
            spread(shape[i], longest, width, to);
    }
    return status;
}

// The field of lengths that belongs to field `f`, or -1.
static int find_length(const gd_dataset *set, int f)
{
    const int stored = set->store->source.field_count;
    for (int i = stored; i < set->field_count; i++)
        if (set->length_of[i - stored] == f)
            return i;
    return -1;
}

static gd_status fill_lengths(const batch *b, int f, int lengths, const gd_shape *shape, gd_array *array,
                              size_t *capacity)
{
    const gd_field *field = &b->set->delivered[lengths];
    const int axis = first_open(b->set->delivered[f].shape);
    gd_status status = make_room(field, b->count, field->shape, array, capacity);
    for (int64_t i = 0; status == GD_OK && i < b->count; i++)
        ((int32_t *)array->data)[i] = (int32_t)shape[i].dim[axis];
    return status;
}

// Fills field `f`, which has an open dimension, and its lengths.
static gd_status collate_open(const batch *b, int f, gd_array *field, size_t *capacity)
{
    gd_shape longest, *shape = gd__alloc_zeroed((size_t)b->count, sizeof *shape);
    if (shape == NULL)
        return gd__fail_memory("the shapes of a batch");
    const int lengths = find_length(b->set, f);
    gd_status status = find_longest(b, f, shape, &longest);
    if (status == GD_OK)
        status = pad(b, f, shape, longest, &field[f], &capacity[f]);
    if (status == GD_OK && lengths >= 0)
        status = fill_lengths(b, f, lengths, shape, &field[lengths], &capacity[lengths]);
    gd__free(shape);
    return status;
}

gd_status gd__collate(const gd_dataset *set, int64_t count, const int64_t *sample, const gd__draw *draw,
                      gd_array *field, size_t *capacity)
{
    const batch b = {.set = set, .count = count, .sample = sample, .draw = draw};
    gd_status status = GD_OK;
    for (int f = 0; f < set->store->source.field_count && status == GD_OK; f++)
        if (gd__is_delivered(set, f))
            status = is_open(set->delivered[f].shape) ? collate_open(&b, f, field, capacity)
                                                      : stack(&b, f, &field[f], &capacity[f]);
    return status;
}
