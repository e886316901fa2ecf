// The samples of a data set as a pipeline leaves them: a source around another one.
//
// Fields that no transform touches are read as before. Those that one transform takes together are transformed together
// when one of them is read, since what is drawn depends on (seed, epoch, sample, stage) alone; the others are kept for
// whoever reads them next.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/shape.h"
#include "data/dataset.h"
#include "data/pipeline.h"
#include "data/transform_keep.h"
#include "data/transform_rest.h"

typedef struct {
    int place[GD__MOST_STAGE_FIELDS]; // of its fields; -1: the set lacks that one
    bool left_out;                    // nothing is to be done to a sample by itself
} stage_places;

typedef struct {
    gd__store *store; // of the samples as they were
    gd_pipeline *pipeline;
    stage_places *stage;
    gd_field *field;        // as the pipeline leaves them
    gd_array *all;          // without data where a field is touched
    unsigned char *touched; // [field * field_count + other]: whether `other` is needed to know `field`
    gd__transform_rest *rest;
    gd__transform_keep **keep; // of each field: its samples as the pipeline leaves them, where they are kept; else NULL
} transformed;

static const gd_source *inner_of(const transformed *t)
{
    return &t->store->source;
}

// Whether a transform takes the field; it then needs itself.
static bool is_touched(const transformed *t, int field)
{
    return t->touched[(size_t)field * (size_t)inner_of(t)->field_count + (size_t)field];
}

static void close_transformed(void *state)
{
    transformed *t = state;
    gd__free(t->stage);
    gd__free(t->field);
    gd__free(t->all);
    gd__free(t->touched);
    gd__transform_rest_free(t->rest);
    for (int f = 0; f < inner_of(t)->field_count && t->keep != NULL; f++)
        gd__transform_keep_free(t->keep[f]);
    gd__free(t->keep);
    gd_pipeline_free(t->pipeline);
    gd__store_release(t->store);
    gd__free(t);
}

const gd__store *gd__store_origin(const gd__store *store)
{
    while (store->source.close == close_transformed)
        store = ((const transformed *)store->source.state)->store;
    return store;
}

bool gd__store_is_made_of(const gd__store *store, const gd__store *origin)
{
    while (store != origin && store->source.close == close_transformed)
        store = ((const transformed *)store->source.state)->store;
    return store == origin;
}

const gd_pipeline *gd__store_pipeline(const gd__store *store, const gd__store **inner)
{
    const transformed *t = store->source.close == close_transformed ? store->source.state : NULL;
    *inner = t == NULL ? NULL : t->store;
    return t == NULL ? NULL : t->pipeline;
}

// ---- One sample

// Reads a field as it was into a value.
static gd_status read_inner(const transformed *t, int field, int64_t sample, const gd_source_draw *draw,
                            gd_sample_value *value)
{
    const gd_source *source = inner_of(t);
    value->field = source->field[field];
    gd_shape shape;
    const void *from;
    gd_status status = gd__stored_shape(source, field, sample, draw, &shape);
    if (status == GD_OK)
        status = gd_sample_value_change(value, value->field.type, shape, NULL);
    if (status == GD_OK && gd_shape_count(shape) > 0) {
        status = gd__stored_sample(source, field, sample, shape, draw, value->data, &from);
        if (status == GD_OK && from != value->data)
            memcpy(value->data, from, (size_t)gd_shape_count(shape) * gd_type_size(value->field.type));
    }
    return status;
}

uint64_t gd__stage_seed(const char *purpose, const gd_source_draw *draw, int64_t epoch, int64_t sample, int stage)
{
    uint32_t word[4];
    gd__philox(draw->seed ^ gd__hash_text(purpose), (uint64_t)sample, (uint64_t)epoch << 8 | (uint64_t)stage, word);
    return (uint64_t)word[0] << 32 | word[1];
}

static gd_status apply_stage(const transformed *t, int index, int64_t sample, const gd_source_draw *draw,
                             gd_sample_value *value)
{
    const gd__stage *stage = &t->pipeline->stage[index];
    gd_sample_value *given[GD__MOST_STAGE_FIELDS];
    for (int i = 0; i < stage->field_count; i++)
        given[i] = t->stage[index].place[i] < 0 ? NULL : &value[t->stage[index].place[i]];
    gd_transform_call call = {.options = stage->options,
                              .learned = &stage->learned,
                              .training = draw != NULL,
                              .count = stage->field_count,
                              .value = given,
                              .prepared = stage->prepared};
    if (draw != NULL) {
        call.epoch = draw->epoch;
        call.lasting = gd__stage_seed("data.transform.lasting", draw, 0, sample, index);
        call.seed = gd__stage_seed("data.transform", draw, draw->epoch, sample, index);
    }
    gd_status status = stage->kind->apply(&call);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s", stage->kind->record.name);
}

// What became of a field must be what was said of it.
static gd_status check_result(const gd_field *said, const gd_field *found)
{
    char want[GD_SHAPE_TEXT], have[GD_SHAPE_TEXT];
    bool good = said->type == found->type && said->shape.rank == found->shape.rank;
    for (int i = 0; good && i < said->shape.rank; i++)
        good = said->shape.dim[i] == GD_OPEN || said->shape.dim[i] == found->shape.dim[i];
    return good ? GD_OK
                : gd__fail(GD_ERROR_SHAPE, "its transforms gave %s %s, and said they would give %s %s",
                           gd_type_name(found->type), gd_shape_text(found->shape, have), gd_type_name(said->type),
                           gd_shape_text(said->shape, want));
}

// Keeps what is left of a sample when a field of it was read, if anybody wants it.
static void keep_rest(const transformed *t, int read, int64_t sample, const gd_source_draw *draw,
                      gd_sample_value *value)
{
    const int fields = inner_of(t)->field_count;
    bool any = false;
    gd__free(value[read].data);
    gd__free(value[read].before);
    value[read] = (gd_sample_value){0};
    for (int f = 0; f < fields; f++) {
        gd__free(value[f].before);
        value[f].before = NULL;
        any = any || (value[f].data != NULL && inner_of(t)->field[f].role != GD_ROLE_IGNORED);
    }
    if (any)
        gd__transform_rest_put(t->rest, sample, draw, fields, value);
    else
        gd__sample_values_free(fields, value);
}

// Takes what `field` depends on through the stages that touch any of it. Free *out with gd__sample_values_free.
static gd_status transform_sample(const transformed *t, int field, int64_t sample, const gd_source_draw *draw,
                                  gd_sample_value **out)
{
    const int fields = inner_of(t)->field_count;
    *out = gd__transform_rest_take(t->rest, sample, draw);
    if (*out != NULL && (*out)[field].data != NULL)
        return check_result(&t->field[field], &(*out)[field].field);
    gd__sample_values_free(fields, *out);
    const unsigned char *needed = t->touched + (size_t)field * (size_t)fields;
    gd_sample_value *value = gd__alloc_zeroed((size_t)fields, sizeof *value);
    *out = value;
    gd_status status = value == NULL ? gd__fail_memory("a sample") : GD_OK;
    for (int f = 0; f < fields && status == GD_OK; f++)
        if (needed[f])
            status = read_inner(t, f, sample, draw, &value[f]);
    for (int i = 0; i < t->pipeline->count && status == GD_OK; i++)
        if (!t->stage[i].left_out && needed[t->stage[i].place[0]])
            status = apply_stage(t, i, sample, draw, value);
    return status == GD_OK ? check_result(&t->field[field], &value[field].field) : status;
}

static gd_status read_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, const gd_array *to)
{
    const transformed *t = state;
    const void *from;
    if (!is_touched(t, field)) {
        gd_status status = gd__stored_sample(inner_of(t), field, sample, to->shape, draw, to->data, &from);
        if (status == GD_OK && from != to->data)
            memcpy(to->data, from, (size_t)gd_array_count(to) * gd_type_size(to->type));
        return status;
    }
    const gd__kept *kept = gd__transform_kept(t->keep[field], sample);
    if (kept != NULL && gd_shape_equal(kept->shape, to->shape)) {
        memcpy(to->data, kept->data, (size_t)gd_array_count(to) * gd_type_size(to->type));
        return GD_OK;
    }
    gd_sample_value *value;
    gd_status status = transform_sample(t, field, sample, draw, &value);
    if (status == GD_OK && !gd_shape_equal(value[field].field.shape, to->shape))
        status = gd__fail(GD_ERROR_SHAPE, "its transforms gave two shapes for one sample");
    if (status == GD_OK)
        memcpy(to->data, value[field].data, (size_t)gd_array_count(to) * gd_type_size(to->type));
    if (status == GD_OK)
        keep_rest(t, field, sample, draw, value);
    else
        gd__sample_values_free(inner_of(t)->field_count, value);
    return status;
}

static gd_status shape_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, gd_shape *shape)
{
    const transformed *t = state;
    if (!is_touched(t, field))
        return gd__stored_shape(inner_of(t), field, sample, draw, shape);
    const gd__kept *kept = gd__transform_kept(t->keep[field], sample);
    if (kept != NULL) {
        *shape = kept->shape;
        return GD_OK;
    }
    gd_sample_value *value;
    gd_status status = transform_sample(t, field, sample, draw, &value);
    if (status == GD_OK)
        gd__transform_keep_put(t->keep[field], sample, &value[field]);
    if (status == GD_OK)
        *shape = value[field].field.shape;
    // The field itself is read next.
    if (status == GD_OK)
        gd__transform_rest_put(t->rest, sample, draw, inner_of(t)->field_count, value);
    else
        gd__sample_values_free(inner_of(t)->field_count, value);
    return status;
}

// ---- What the source around it says

static const char *class_name(void *state, int field, int category)
{
    const gd_source *source = inner_of(state);
    return source->class_name == NULL ? NULL : source->class_name(source->state, field, category);
}

static const char *element_name(void *state, int field, int64_t element)
{
    const transformed *t = state;
    const gd_source *source = inner_of(t);
    const bool same = gd_shape_equal(t->field[field].shape, source->field[field].shape);
    return source->element_name == NULL || !same ? NULL : source->element_name(source->state, field, element);
}

static gd_origin origin(void *state, int64_t sample)
{
    const gd_source *source = inner_of(state);
    return source->origin == NULL ? (gd_origin){.row = sample + 1} : source->origin(source->state, sample);
}

static const char *fault(void *state, int64_t sample)
{
    const gd_source *source = inner_of(state);
    return source->fault == NULL ? NULL : source->fault(source->state, sample);
}

// ---- Making it

// Marks what each field depends on: fields that a stage takes together depend on each other, and so on.
static void mark_touched(transformed *t)
{
    const size_t fields = (size_t)inner_of(t)->field_count;
    for (int i = 0; i < t->pipeline->count; i++)
        for (int a = 0; a < t->pipeline->stage[i].field_count && !t->stage[i].left_out; a++)
            for (int b = 0; b < t->pipeline->stage[i].field_count; b++)
                if (t->stage[i].place[a] >= 0 && t->stage[i].place[b] >= 0)
                    t->touched[(size_t)t->stage[i].place[a] * fields + (size_t)t->stage[i].place[b]] = 1;
    for (size_t via = 0; via < fields; via++) // Warshall's closure
        for (size_t a = 0; a < fields; a++)
            for (size_t b = 0; b < fields; b++)
                if (t->touched[a * fields + via] && t->touched[via * fields + b])
                    t->touched[a * fields + b] = 1;
}

// Whether nothing random is done to a field, and something that is worth keeping.
static bool is_worth_keeping(const transformed *t, int field)
{
    const unsigned char *needed = t->touched + (size_t)field * (size_t)inner_of(t)->field_count;
    bool worth = false;
    for (int i = 0; i < t->pipeline->count; i++) {
        const gd_transform_kind *kind = t->pipeline->stage[i].kind;
        if (t->stage[i].left_out || !needed[t->stage[i].place[0]])
            continue;
        if (kind->random)
            return false;
        worth = worth || kind->worth_keeping;
    }
    return worth && inner_of(t)->read_drawn == NULL; // what was before may be random
}

static gd_status prepare(transformed *t)
{
    const gd_source *source = inner_of(t);
    const size_t fields = (size_t)source->field_count;
    t->stage = gd__alloc_zeroed((size_t)t->pipeline->count + 1, sizeof *t->stage);
    t->field = gd__copy_block(source->field, fields * sizeof *t->field);
    t->all = gd__alloc_zeroed(fields, sizeof *t->all);
    t->touched = gd__alloc_zeroed(fields * fields, 1);
    t->rest = gd__transform_rest_create();
    t->keep = gd__alloc_zeroed(fields, sizeof *t->keep);
    if (t->keep == NULL || t->rest == NULL || t->stage == NULL || t->field == NULL || t->all == NULL ||
        t->touched == NULL)
        return gd__fail_memory("transformed samples");
    gd_status status = GD_OK;
    for (int i = 0; i < t->pipeline->count && status == GD_OK; i++) {
        const gd__stage *stage = &t->pipeline->stage[i];
        t->stage[i].left_out = !gd__stage_places(stage, source->field_count, t->field, t->stage[i].place);
        if (!t->stage[i].left_out)
            status = gd__stage_describe(stage, t->stage[i].place, t->field);
        t->stage[i].left_out = t->stage[i].left_out || stage->kind->apply == NULL; // it mixes whole batches
    }
    mark_touched(t);
    for (int f = 0; f < (int)fields && status == GD_OK; f++)
        if (is_worth_keeping(t, f) && (t->keep[f] = gd__transform_keep_create(source->count)) == NULL)
            status = gd__fail_memory("transformed samples");
    for (size_t f = 0; f < fields; f++)
        if (!is_touched(t, (int)f) && source->all != NULL)
            t->all[f] = source->all[f];
    return status;
}

gd_status gd_pipeline_apply(const gd_pipeline *pipeline, const gd_dataset *set, gd_dataset **out)
{
    GD__NEEDS(pipeline, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (set->preprocess != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "samples were to be transformed that are preprocessed already");
    transformed *t = gd__alloc_zeroed(1, sizeof *t);
    if (t == NULL)
        return gd__fail_memory("transformed samples");
    t->store = gd__store_share(set->store);
    t->pipeline = gd__pipeline_share(pipeline);
    gd_status status = prepare(t);
    if (status != GD_OK) {
        close_transformed(t);
        return status;
    }
    const gd_source *inner = inner_of(t);
    const gd_source source = {.kind = inner->kind,
                              .count = inner->count,
                              .field_count = inner->field_count,
                              .field = t->field,
                              .state = t,
                              .all = t->all,
                              .read_drawn = read_drawn,
                              .shape_drawn = shape_drawn,
                              .class_name = class_name,
                              .element_name = element_name,
                              .origin = origin,
                              .fault = inner->fault == NULL ? NULL : fault,
                              .close = close_transformed,
                              .block = inner->block};
    return gd__dataset_around(&source, set, out);
}
