// A list of transforms: copied, fitted one behind the other, and released.
#include "data/pipeline.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"

// ---- One stage

void gd__stage_free(gd__stage *stage)
{
    const gd_option *option = stage->kind == NULL ? NULL : stage->kind->record.options;
    for (; option != NULL && option->name != NULL && stage->options != NULL; option++)
        if (option->type == GD_OPTION_TEXT) {
            char *text;
            memcpy(&text, (char *)stage->options + option->offset, sizeof text);
            gd__free(text);
        }
    gd__free(stage->options);
    for (int i = 0; i < stage->field_count && stage->field != NULL; i++)
        gd__free(stage->field[i]);
    gd__free(stage->field);
    for (int i = 0; i < stage->learned.count; i++) {
        gd__free((void *)(uintptr_t)stage->learned.name[i]);
        gd__free(stage->learned.value[i]);
    }
    for (int i = 0; i < stage->learned.text_count; i++) {
        gd__free((void *)(uintptr_t)stage->learned.text_name[i]);
        gd__free(stage->learned.text[i]);
    }
    if (stage->prepared != NULL)
        stage->kind->release(stage->prepared);
    *stage = (gd__stage){0};
}

gd_status gd__stage_prepare(gd__stage *stage)
{
    if (stage->kind->prepare == NULL)
        return GD_OK;
    gd_status status = stage->kind->prepare(stage->options, &stage->learned, &stage->prepared);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s", stage->kind->record.name);
}

gd_status gd__pipeline_check(const gd_transform *transform)
{
    const gd_transform_kind *kind = transform->kind;
    if (kind == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a transform has no kind");
    const int least = kind->least_fields > 0 ? kind->least_fields : 1;
    const int most = kind->most_fields > 0 ? kind->most_fields : 1;
    if (transform->field_count < least || transform->field_count > most || transform->field == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s takes %d to %d fields, was given %d", kind->record.name, least, most,
                        transform->field_count);
    for (int i = 0; i < transform->field_count; i++)
        if (transform->field[i] == NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "%s was given a field without a name", kind->record.name);
    return transform->options == NULL ? GD_OK : gd_options_check(&kind->record, transform->options);
}

// Texts become the stage's own.
static bool copy_texts(const gd_record *record, void *options)
{
    bool good = true;
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++) {
        if (option->type != GD_OPTION_TEXT)
            continue;
        const char *text;
        char *at = (char *)options + option->offset;
        memcpy(&text, at, sizeof text);
        char *copy = gd__copy_text(text);
        good = good && (text == NULL || copy != NULL);
        memcpy(at, &copy, sizeof copy);
    }
    return good;
}

gd_status gd__stage_fill(const gd_transform *from, gd__stage *out)
{
    const gd_record *record = &from->kind->record;
    bool good = true;
    *out = (gd__stage){.kind = from->kind};
    if (record->options_size > 0) {
        out->options = gd__alloc_zeroed(1, record->options_size);
        if (out->options == NULL)
            return gd__fail_memory("a transform");
        if (from->options == NULL)
            gd_options_default(record, out->options);
        else
            memcpy(out->options, from->options, record->options_size);
        good = copy_texts(record, out->options);
    }
    out->field = gd__alloc_zeroed((size_t)from->field_count, sizeof *out->field);
    for (int i = 0; i < from->field_count && out->field != NULL && good; i++) {
        out->field[i] = gd__copy_text(from->field[i]);
        good = out->field[i] != NULL;
        out->field_count = i + 1;
    }
    return good && out->field != NULL ? GD_OK : gd__fail_memory("a transform");
}

bool gd__stage_places(const gd__stage *stage, int field_count, const gd_field *field, int *place)
{
    for (int i = 0; i < stage->field_count; i++) {
        place[i] = -1;
        for (int f = 0; f < field_count; f++)
            if (strcmp(field[f].name, stage->field[i]) == 0)
                place[i] = f;
    }
    return place[0] >= 0;
}

gd_status gd__stage_describe(const gd__stage *stage, const int *place, gd_field *field)
{
    if (stage->kind->describe == NULL)
        return GD_OK;
    gd_field given[GD__MOST_STAGE_FIELDS];
    for (int i = 0; i < stage->field_count; i++)
        given[i] = place[i] < 0 ? (gd_field){.name = NULL} : field[place[i]];
    gd_status status = stage->kind->describe(stage->options, &stage->learned, stage->field_count, given);
    if (status != GD_OK)
        return gd__fail_in(status, "%s", stage->kind->record.name);
    for (int i = 0; i < stage->field_count; i++)
        if (place[i] >= 0) {
            gd_field *to = &field[place[i]];
            to->type = given[i].type;
            to->shape = given[i].shape;
            to->kind = given[i].kind;
            to->class_count = given[i].class_count;
        }
    return GD_OK;
}

// ---- The list

gd_pipeline *gd__pipeline_create(int capacity)
{
    gd_pipeline *pipeline = gd__alloc_zeroed(1, sizeof *pipeline);
    if (pipeline == NULL)
        return NULL;
    atomic_init(&pipeline->references, 1);
    pipeline->stage = gd__alloc_zeroed((size_t)capacity + 1, sizeof *pipeline->stage);
    if (pipeline->stage == NULL) {
        gd__free(pipeline);
        return NULL;
    }
    return pipeline;
}

gd_pipeline *gd__pipeline_share(const gd_pipeline *pipeline)
{
    // Only the count of references changes in an object that is shared.
    gd_pipeline *shared = (gd_pipeline *)(uintptr_t)pipeline;
    if (shared != NULL)
        atomic_fetch_add(&shared->references, 1);
    return shared;
}

void gd_pipeline_free(gd_pipeline *pipeline)
{
    if (pipeline == NULL || atomic_fetch_sub(&pipeline->references, 1) > 1)
        return;
    for (int i = 0; i < pipeline->count; i++)
        gd__stage_free(&pipeline->stage[i]);
    gd__free(pipeline->stage);
    gd__free(pipeline);
}

// Fits the stage that was added last on the samples as those before it leave them.
static gd_status fit_stage(gd_pipeline *pipeline, const gd_dataset *train)
{
    gd__stage *stage = &pipeline->stage[pipeline->count - 1];
    gd_dataset *seen = NULL;
    int place[GD__MOST_STAGE_FIELDS];
    pipeline->count--; // so that the view has those before it
    gd_status status = gd_pipeline_apply(pipeline, train, &seen);
    pipeline->count++;
    if (status != GD_OK)
        return status;
    if (!gd__stage_places(stage, seen->store->source.field_count, seen->store->source.field, place))
        status =
            gd__fail(GD_ERROR_ARGUMENT, "%s: the data has no field '%.60s'", stage->kind->record.name, stage->field[0]);
    if (status == GD_OK && stage->kind->fit != NULL)
        status = stage->kind->fit(stage->options, seen, stage->field_count, place, &stage->learned);
    gd_dataset_free(seen);
    return status == GD_OK ? gd__stage_prepare(stage) : gd__fail_in(status, "%s", stage->kind->record.name);
}

gd_status gd_pipeline_fit(const gd_dataset *train, int count, const gd_transform *transform, gd_pipeline **out)
{
    GD__NEEDS(train, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (count > 0)
        GD__NEEDS(transform, GD_ERROR_ARGUMENT);
    if (count < 0 || count > GD__MOST_STAGES)
        return gd__fail(GD_ERROR_ARGUMENT, "%d transforms, expected 0 to %d", count, GD__MOST_STAGES);
    gd_pipeline *pipeline = gd__pipeline_create(count);
    gd_status status = pipeline == NULL ? gd__fail_memory("transforms") : GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++) {
        status = gd__pipeline_check(&transform[i]);
        if (status != GD_OK)
            break;
        status = gd__stage_fill(&transform[i], &pipeline->stage[pipeline->count++]);
        if (status == GD_OK)
            status = fit_stage(pipeline, train);
    }
    gd_dataset *whole = NULL; // that the last one can follow, too
    if (status == GD_OK)
        status = gd_pipeline_apply(pipeline, train, &whole);
    gd_dataset_free(whole);
    if (status == GD_OK)
        *out = pipeline;
    else
        gd_pipeline_free(pipeline);
    return status;
}
