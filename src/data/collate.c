// From samples to a batch: stacked, or padded to the longest of them.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "data/order.h"

// ---- Memory

// The shape of `count` samples, (count, sample…).
static gd_status batch_shape(const gd_field *field, int64_t count, gd_shape sample, gd_shape *shape)
{
    int64_t bytes;
    char text[GD_SHAPE_TEXT];
    *shape = (gd_shape){.rank = sample.rank + 1, .dim = {count}};
    if (sample.rank == GD_MAX_RANK || count < 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s': %lld samples cannot be put into one array", field->name,
                        (long long)count);
    memcpy(shape->dim + 1, sample.dim, (size_t)sample.rank * sizeof shape->dim[0]);
    if (!gd__shape_bytes(*shape, gd_type_size(field->type), &bytes))
        return gd__fail(GD_ERROR_SHAPE, "field '%s': an array of %s is too large", field->name,
                        gd_shape_text(*shape, text));
    return GD_OK;
}

// Makes `array` one of this shape, in the memory that it has when that suffices. What it holds then is not defined.
static gd_status make_room(gd_type type, gd_shape shape, gd_array *array, size_t *capacity)
{
    const size_t bytes = (size_t)gd_shape_count(shape) * gd_type_size(type);
    if (array->data != NULL && bytes <= *capacity) {
        array->shape = shape;
        return GD_OK;
    }
    gd_array_free(array);
    *capacity = 0;
    gd_status status = gd_array_create(array, type, shape);
    if (status == GD_OK)
        *capacity = bytes;
    return status;
}

// Makes the array, or checks the one that is there.
static gd_status make_or_check(const gd_field *field, gd_shape shape, gd_array *array)
{
    if (array->data == NULL)
        return gd_array_create(array, field->type, shape);
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (array->type != field->type || !gd_shape_equal(array->shape, shape))
        return gd__fail(GD_ERROR_SHAPE, "field '%s' gives %s %s, but the array is %s %s", field->name,
                        gd_type_name(field->type), gd_shape_text(shape, want), gd_type_name(array->type),
                        gd_shape_text(array->shape, have));
    return GD_OK;
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

// The samples of one field.
typedef struct {
    const gd_dataset *set;
    int field;
    int64_t count;
    const int64_t *sample;
    const gd_source_draw *draw;
    gd_shape *shape;  // of each sample; NULL where all have the same
    gd_shape longest; // of them in each dimension
} column;

// Fills in column->shape, which the caller frees, and column->longest.
static gd_status measure(column *c)
{
    c->longest = c->set->delivered[c->field].shape;
    if (!gd__shape_is_open(c->longest))
        return GD_OK;
    c->shape = gd__alloc_zeroed((size_t)c->count, sizeof *c->shape);
    if (c->shape == NULL)
        return gd__fail_memory("the shapes of a batch");
    for (int i = 0; i < c->longest.rank; i++)
        if (c->longest.dim[i] == GD_OPEN)
            c->longest.dim[i] = 0;
    for (int64_t s = 0; s < c->count; s++) {
        gd_status status = gd__sample_shape(c->set, c->field, c->sample[s], c->draw, &c->shape[s]);
        if (status != GD_OK)
            return status;
        for (int i = 0; i < c->longest.rank; i++)
            if (c->shape[s].dim[i] > c->longest.dim[i])
                c->longest.dim[i] = c->shape[s].dim[i];
    }
    return GD_OK;
}

static gd_status fill(const column *c, char *data)
{
    const size_t width = gd_type_size(c->set->delivered[c->field].type);
    const size_t step = (size_t)gd_shape_count(c->longest) * width;
    gd_status status = GD_OK;
    for (int64_t i = 0; i < c->count && status == GD_OK; i++, data += step) {
        const gd_shape shape = c->shape == NULL ? c->longest : c->shape[i];
        if (gd_shape_count(shape) > 0)
            status = gd__sample_read(c->set, c->field, c->sample[i], shape, c->draw, data);
        if (status == GD_OK && c->shape != NULL)
            spread(shape, c->longest, width, data);
    }
    return status;
}

gd_status gd__collate_field(const gd_dataset *set, int field, int64_t count, const int64_t *sample,
                            const gd_source_draw *draw, gd_array *out)
{
    column c = {.set = set, .field = field, .count = count, .sample = sample, .draw = draw};
    const bool make = out->data == NULL;
    gd_shape shape;
    gd_status status = measure(&c);
    if (status == GD_OK)
        status = batch_shape(&set->delivered[field], count, c.longest, &shape);
    if (status == GD_OK)
        status = make_or_check(&set->delivered[field], shape, out);
    if (status == GD_OK)
        status = fill(&c, out->data);
    if (status != GD_OK && make)
        gd_array_free(out);
    gd__free(c.shape);
    return status;
}

gd_status gd__collate(const gd_dataset *set, int64_t count, const int64_t *sample, const gd_source_draw *draw,
                      gd_array *field, size_t *capacity)
{
    gd_status status = GD_OK;
    for (int f = 0; f < set->field_count && status == GD_OK; f++) {
        if (!gd__is_delivered(set, f))
            continue;
        column c = {.set = set, .field = f, .count = count, .sample = sample, .draw = draw};
        gd_shape shape;
        status = measure(&c);
        if (status == GD_OK && gd__is_text(&set->delivered[f]))
            c.longest.dim[0] = gd__padded_length(c.longest.dim[0]);
        if (status == GD_OK)
            status = batch_shape(&set->delivered[f], count, c.longest, &shape);
        if (status == GD_OK)
            status = make_room(set->delivered[f].type, shape, &field[f], &capacity[f]);
        if (status == GD_OK)
            status = fill(&c, field[f].data);
        gd__free(c.shape);
    }
    return status;
}
