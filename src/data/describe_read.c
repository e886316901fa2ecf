#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/describe.h"

int64_t gd__stored_width(const gd_field *field)
{
    int64_t width = 1;
    for (int i = 0; i < field->shape.rank; i++) {
        if (field->shape.dim[i] < 0)
            return 0;
        width *= field->shape.dim[i];
    }
    return width;
}

static int first_open(gd_shape shape)
{
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] < 0)
            return i;
    return -1;
}

// ---- One field

static bool make_room(gd__chunk *chunk, int field, int64_t count)
{
    if (count <= chunk->room[field])
        return true;
    const int64_t room = count < 2 * chunk->room[field] ? 2 * chunk->room[field] : count;
    double *value = gd__realloc(chunk->value[field], (size_t)room, sizeof *value);
    if (value == NULL)
        return false;
    chunk->value[field] = value;
    chunk->room[field] = room;
    return true;
}

static bool make_sample_room(gd__chunk *chunk, size_t bytes)
{
    if (bytes <= chunk->sample_room)
        return true;
    void *sample = gd__realloc(chunk->sample, bytes, 1);
    if (sample == NULL)
        return false;
    chunk->sample = sample;
    chunk->sample_room = bytes;
    return true;
}

// Appends one sample of a field to the chunk.
static gd_status read_sample(gd__chunk *chunk, const gd_dataset *set, int f, int64_t index)
{
    const gd_source *source = &set->store->source;
    const gd_field *field = &source->field[f];
    const int64_t sample = gd__dataset_sample(set, index);
    const int open = first_open(field->shape);
    gd_shape shape;
    gd_status status = gd__stored_shape(source, f, sample, NULL, &shape);
    if (status != GD_OK)
        return status;
    const int64_t count = gd_shape_count(shape);
    if (!make_room(chunk, f, chunk->values[f] + count))
        return gd__fail_memory("a description of data");
    const void *data;
    if ((source->all == NULL || source->all[f].data == NULL) &&
        !make_sample_room(chunk, (size_t)count * gd_type_size(field->type)))
        return gd__fail_memory("a description of data");
    status = gd__stored_sample(source, f, sample, shape, NULL, chunk->sample, &data);
    if (status != GD_OK)
        return status;
    gd__to_doubles(chunk->value[f] + chunk->values[f], data, field->type, count);
    chunk->values[f] += count;
    if (open >= 0)
        chunk->length[f][index - chunk->first] = shape.dim[open];
    return GD_OK;
}

static gd_status read_field(gd__chunk *chunk, const gd_dataset *set, int f)
{
    chunk->values[f] = 0;
    if (gd__stored_width(&set->store->source.field[f]) == 0) {
        int64_t *length = gd__realloc(chunk->length[f], (size_t)chunk->count, sizeof *length);
        if (length == NULL)
            return gd__fail_memory("a description of data");
        chunk->length[f] = length;
    }
    for (int64_t i = chunk->first; i < chunk->first + chunk->count; i++) {
        gd_status status = read_sample(chunk, set, f, i);
        char origin[GD_ORIGIN_TEXT];
        if (status != GD_OK)
            return gd__fail_in(status, "field '%s', %s", set->store->source.field[f].name,
                               gd_dataset_origin_text(set, i, origin));
    }
    return GD_OK;
}

// ---- Chunks

gd_status gd__chunk_read(gd__chunk *chunk, const gd_dataset *set, int64_t first, int64_t count)
{
    const int fields = set->store->source.field_count;
    if (chunk->value == NULL) {
        chunk->value = gd__alloc_zeroed((size_t)fields, sizeof *chunk->value);
        chunk->values = gd__alloc_zeroed((size_t)fields, sizeof *chunk->values);
        chunk->room = gd__alloc_zeroed((size_t)fields, sizeof *chunk->room);
        chunk->length = gd__alloc_zeroed((size_t)fields, sizeof *chunk->length);
        if (chunk->value == NULL || chunk->values == NULL || chunk->room == NULL || chunk->length == NULL)
            return gd__fail_memory("a description of data");
    }
    chunk->first = first;
    chunk->count = count;
    gd_status status = GD_OK;
    for (int f = 0; f < fields && status == GD_OK; f++)
        status = read_field(chunk, set, f);
    return status;
}

void gd__chunk_free(gd__chunk *chunk, int field_count)
{
    for (int f = 0; f < field_count; f++) {
        gd__free(chunk->value == NULL ? NULL : chunk->value[f]);
        gd__free(chunk->length == NULL ? NULL : chunk->length[f]);
    }
    gd__free(chunk->value);
    gd__free(chunk->values);
    gd__free(chunk->room);
    gd__free(chunk->length);
    gd__free(chunk->sample);
    *chunk = (gd__chunk){0};
}

// ---- Columns of a chunk

// The number of the one that is 1; NaN where there is none.
static double hot_one(const double *value, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (value[i] == 1)
            return (double)i;
    return NAN;
}

void gd__profile_gather(const gd__profile *profile, int part, const gd__chunk *chunk, double *value)
{
    const int field = profile->in[part];
    if (profile->form == GD__PROFILE_LENGTH) {
        for (int64_t i = 0; i < chunk->count; i++)
            value[i] = (double)chunk->length[field][i];
        return;
    }
    const int64_t width = chunk->values[field] / chunk->count;
    const double *from = chunk->value[field] + profile->first;
    for (int64_t i = 0; i < chunk->count; i++) {
        const double *sample = from + i * width;
        value[i] = profile->form == GD__PROFILE_ONE_HOT ? hot_one(sample, profile->width) : sample[0];
        if (!isfinite(value[i]) || value[i] == profile->absent)
            value[i] = NAN;
    }
}
