#include "data/mix.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"

bool gd__pipeline_mixes(const gd_pipeline *pipeline)
{
    bool any = false;
    for (int i = 0; pipeline != NULL && i < pipeline->count; i++)
        any = any || pipeline->stage[i].kind->mix != NULL;
    return any;
}

// ---- What can be mixed

// Whether the field's numbers are mixed along with those that a transform mixes.
static bool goes_along(const gd_dataset *set, int field)
{
    const gd_role role = set->delivered[field].role;
    return role == GD_ROLE_TARGET || role == GD_ROLE_WEIGHT;
}

static gd_status check_field(const gd__stage *stage, const gd_field *field)
{
    const char *kind = stage->kind->record.name;
    char text[GD_SHAPE_TEXT];
    if (field->type != GD_F32 || field->kind != GD_KIND_NUMBERS)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "%s mixes numbers, and '%.60s' holds %s: labels become rows of probabilities by the "
                        "preprocessing `one_hot`",
                        kind, field->name, field->kind == GD_KIND_CATEGORY ? "categories" : gd_type_name(field->type));
    return gd__shape_is_open(field->shape)
               ? gd__fail(GD_ERROR_SHAPE, "%s mixes samples of one shape, and those of '%.60s' are %s", kind,
                          field->name, gd_shape_text(field->shape, text))
               : GD_OK;
}

static gd_status check_stage(const gd_dataset *set, const gd__stage *stage)
{
    const int place = gd_dataset_find(set, stage->field[0]);
    gd_status status = place < 0 ? GD_OK : check_field(stage, &set->delivered[place]);
    for (int f = 0; f < set->field_count && place >= 0 && status == GD_OK; f++)
        if (goes_along(set, f))
            status = check_field(stage, &set->delivered[f]);
    return status;
}

gd_status gd__mix_check(const gd_dataset *set)
{
    const gd__store *inner;
    gd_status status = GD_OK;
    for (const gd__store *store = set->store; store != NULL && status == GD_OK; store = inner) {
        const gd_pipeline *pipeline = gd__store_pipeline(store, &inner);
        for (int i = 0; pipeline != NULL && i < pipeline->count && status == GD_OK; i++)
            if (pipeline->stage[i].kind->mix != NULL)
                status = check_stage(set, &pipeline->stage[i]);
    }
    return status;
}

// ---- Memory

void gd__mix_room_free(gd__mix_room *room)
{
    gd__free(room->before);
    gd__free(room->partner);
    gd__free(room->share);
    *room = (gd__mix_room){0};
}

static gd_status make_room(gd__mix_room *room, int64_t samples)
{
    if (samples <= room->samples)
        return GD_OK;
    gd__free(room->partner);
    gd__free(room->share);
    room->samples = 0;
    room->partner = gd__alloc_zeroed((size_t)samples, sizeof *room->partner);
    room->share = gd__alloc_zeroed((size_t)samples, sizeof *room->share);
    if (room->partner == NULL || room->share == NULL)
        return gd__fail_memory("the mixing of samples");
    room->samples = samples;
    return GD_OK;
}

// Keeps what the field holds.
static gd_status put_aside(gd__mix_room *room, const gd_array *field)
{
    const size_t bytes = gd_array_bytes(field);
    if (bytes > room->bytes) {
        gd__free(room->before);
        room->bytes = 0;
        room->before = gd__alloc(bytes);
        if (room->before == NULL)
            return gd__fail_memory("the mixing of samples");
        room->bytes = bytes;
    }
    if (bytes > 0)
        memcpy(room->before, field->data, bytes);
    return GD_OK;
}

// ---- One transform

// One batch on its way through one transform.
typedef struct mixing {
    const gd_dataset *set;
    const gd__stage *stage;
    int index; // of the stage
    int64_t count;
    const int64_t *sample;
    const gd_source_draw *draw;
    gd__mix_room *room;
} mixing;

static gd_status mix_sample(const mixing *m, int64_t i, const gd_field *described, const gd_array *field)
{
    gd__mix_room *room = m->room;
    const int64_t stored = gd__dataset_sample(m->set, m->sample[i]);
    const size_t bytes = gd_array_bytes(field) / (size_t)m->count;
    gd_transform_call call = {.options = m->stage->options,
                              .learned = &m->stage->learned,
                              .training = true,
                              .count = 1,
                              .epoch = m->draw->epoch,
                              .lasting = gd__stage_seed("data.mix.lasting", m->draw, 0, stored, m->index),
                              .seed = gd__stage_seed("data.mix", m->draw, m->draw->epoch, stored, m->index)};
    // Another sample of the batch, unless it is the only one.
    const int64_t step = m->count > 1 ? 1 + (int64_t)(gd_transform_uniform(&call) * (double)(m->count - 1)) : 0;
    room->partner[i] = (i + step) % m->count;
    gd_sample_value own = {.field = *described, .data = (char *)field->data + (size_t)i * bytes, .room = bytes};
    const gd_sample_value other = {
        .field = *described, .data = room->before + (size_t)room->partner[i] * bytes, .room = bytes};
    gd_sample_value *const value[] = {&own};
    call.value = value;
    room->share[i] = 1;
    gd_status status = m->stage->kind->mix(&call, &other, &room->share[i]);
    if (status == GD_OK && !(room->share[i] >= 0 && room->share[i] <= 1))
        status = gd__fail(GD_ERROR_NUMBER, "the share of a sample is %g, expected 0 to 1", room->share[i]);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s", m->stage->kind->record.name);
}

// Targets and weights, in the shares that were drawn.
static void mix_along(const mixing *m, const gd_array *field)
{
    const int64_t width = gd_array_count(field) / m->count;
    for (int64_t i = 0; i < m->count; i++) {
        const double share = m->room->share[i];
        float *own = (float *)field->data + i * width;
        const float *other = (const float *)(const void *)m->room->before + m->room->partner[i] * width;
        for (int64_t k = 0; k < width && share < 1; k++)
            own[k] = (float)(share * (double)own[k] + (1 - share) * (double)other[k]);
    }
}

static gd_status mix_stage(const mixing *m, gd_array *field)
{
    const int place = gd_dataset_find(m->set, m->stage->field[0]);
    if (place < 0 || field[place].data == NULL)
        return GD_OK;
    gd_status status = put_aside(m->room, &field[place]);
    for (int64_t i = 0; i < m->count && status == GD_OK; i++)
        status = mix_sample(m, i, &m->set->delivered[place], &field[place]);
    for (int f = 0; f < m->set->field_count && status == GD_OK; f++)
        if (goes_along(m->set, f)) {
            status = put_aside(m->room, &field[f]);
            if (status == GD_OK)
                mix_along(m, &field[f]);
        }
    return status;
}

// Inner pipelines first.
static gd_status mix_store(mixing *m, const gd__store *store, gd_array *field)
{
    const gd__store *inner;
    const gd_pipeline *pipeline = gd__store_pipeline(store, &inner);
    gd_status status = inner == NULL ? GD_OK : mix_store(m, inner, field);
    for (int i = 0; pipeline != NULL && i < pipeline->count && status == GD_OK; i++)
        if (pipeline->stage[i].kind->mix != NULL) {
            m->stage = &pipeline->stage[i];
            m->index = i;
            status = mix_stage(m, field);
        }
    return status;
}

gd_status gd__mix(const gd_dataset *set, int64_t count, const int64_t *sample, const gd_source_draw *draw,
                  gd_array *field, gd__mix_room *room)
{
    mixing m = {.set = set, .count = count, .sample = sample, .draw = draw, .room = room};
    gd_status status = make_room(room, count);
    return status == GD_OK ? mix_store(&m, set->store, field) : status;
}
