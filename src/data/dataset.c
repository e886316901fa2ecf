#include "data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "base/text.h"
#include "data/csv_schema.h"
#include "data/step.h"

// ---- The store

void gd__store_release(gd__store *store)
{
    if (store == NULL || atomic_fetch_sub(&store->references, 1) > 1)
        return;
    if (store->source.close != NULL)
        store->source.close(store->source.state);
    gd_csv_schema_free(store->schema);
    gd_text_free(store->tokenizer);
    gd__free(store->missing);
    gd__free(store->finite);
    gd__free(store);
}

gd__store *gd__store_share(gd__store *store)
{
    atomic_fetch_add(&store->references, 1);
    return store;
}

static gd_status check_field(const gd_source *source, int f)
{
    const gd_field *field = &source->field[f];
    char text[GD_SHAPE_TEXT];
    for (int i = 0; i < f; i++)
        if (strcmp(source->field[i].name, field->name) == 0)
            return gd__fail(GD_ERROR_ARGUMENT, "two fields are called '%s'", field->name);
    if (field->kind == GD_KIND_TEXT &&
        (field->type != GD_U8 || field->shape.rank != 1 || field->shape.dim[0] != GD_OPEN))
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is a text, but not u8 of one open dimension: %s %s", field->name,
                        gd_type_name(field->type), gd_shape_text(field->shape, text));
    if (field->shape.rank >= GD_MAX_RANK)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' has too many dimensions to be batched: %s", field->name,
                        gd_shape_text(field->shape, text));
    if (gd__shape_is_open(field->shape) ? source->shape == NULL && source->shape_drawn == NULL
                                        : gd_shape_count(field->shape) <= 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is empty: the data set has no values in it, its shape is %s",
                        field->name, gd_shape_text(field->shape, text));
    const bool in_memory = source->all != NULL && source->all[f].data != NULL;
    if (!in_memory && source->read == NULL && source->read_drawn == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "field '%s' lies nowhere, and the source '%s' does not read it", field->name,
                        source->kind);
    return GD_OK;
}

static gd_status check_source(const gd_source *source)
{
    if (source->field_count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a data set needs at least one field");
    if (source->count < 1)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is empty: the data set has no samples", source->field[0].name);
    for (int f = 0; f < source->field_count; f++) {
        gd_status status = check_field(source, f);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

// ---- What is delivered

// Of a stored field to which nothing is done.
static gd_type delivered_type(const gd_field *stored)
{
    switch (stored->type) {
    case GD_I32:
    case GD_I64: return GD_I32;
    case GD_U8: return stored->kind != GD_KIND_NUMBERS || stored->shape.rank == 0 ? GD_I32 : GD_F32;
    default: return stored->kind == GD_KIND_CATEGORY && stored->type != GD_F32 ? GD_I32 : GD_F32;
    }
}

gd_status gd__steps_deliver(const gd__steps *steps, gd_field *field)
{
    field->type = delivered_type(field);
    for (int i = 0; steps != NULL && i < steps->count; i++) {
        gd_status status = steps->step[i].kind->deliver(&steps->step[i], field);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status add_length(gd_dataset *set, int of)
{
    gd__text name = {0};
    gd__text_add(&name, "%s_length", set->delivered[of].name);
    char *taken = gd__text_take(&name);
    if (taken == NULL)
        return gd__fail_memory("a field of a data set");
    const int at = set->field_count;
    set->delivered[at] =
        (gd_field){.name = taken, .kind = GD_KIND_NUMBERS, .role = set->delivered[of].role, .type = GD_I32};
    set->length_of[at - set->store->source.field_count] = of;
    set->field_count++;
    return GD_OK;
}

// Fills in set->delivered, from the source, the roles and the steps.
static gd_status deliver(gd_dataset *set)
{
    const gd_source *source = &set->store->source;
    const int fields = source->field_count;
    set->delivered = gd__alloc_zeroed(2 * (size_t)fields, sizeof *set->delivered);
    set->length_of = gd__alloc_zeroed((size_t)fields, sizeof *set->length_of);
    if (set->delivered == NULL || set->length_of == NULL)
        return gd__fail_memory("a data set");
    set->field_count = fields;
    for (int f = 0; f < fields; f++) {
        const gd__steps *steps = set->steps == NULL ? NULL : set->steps[f];
        set->delivered[f] = source->field[f];
        set->delivered[f].role = set->role[f];
        gd_status status = gd__steps_deliver(steps, &set->delivered[f]);
        if (status != GD_OK)
            return status;
    }
    for (int f = 0; f < fields; f++) {
        // A field that was open, and is padded now, has its length too.
        gd_status status = gd__shape_is_open(source->field[f].shape) ? add_length(set, f) : GD_OK;
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

// ---- Making

// Floating values in memory are finite, unless a NaN stands for a missing one.
static gd_status check_finite(const gd__store *store, int f)
{
    const gd_source *source = &store->source;
    const gd_array *all = &source->all[f];
    const int64_t count = gd_array_count(all), width = count / source->count;
    const bool may_miss = store->missing != NULL && store->missing[f] != GD_MISSING_ERROR;
    for (int64_t i = 0; i < count; i++) {
        const double number = all->type == GD_F32 ? (double)((const float *)all->data)[i] : gd_array_get(all, i);
        if (isfinite(number) || (isnan(number) && may_miss))
            continue;
        return gd__fail(GD_ERROR_NUMBER,
                        "field '%s', sample %lld, element %lld: %s where a finite number was expected (counted from 0)",
                        source->field[f].name, (long long)(i / width), (long long)(i % width),
                        isnan(number) ? "NaN" : "an infinity");
    }
    return GD_OK;
}

static gd_status make_store(const gd_source *source, const gd_missing *missing, gd_csv_schema *schema, gd__store **out)
{
    gd__store *store = gd__alloc_zeroed(1, sizeof *store);
    if (store == NULL) {
        if (source->close != NULL)
            source->close(source->state);
        gd_csv_schema_free(schema);
        return gd__fail_memory("a data set");
    }
    atomic_init(&store->references, 1);
    store->source = *source;
    store->schema = schema;
    gd_status status = check_source(source);
    const size_t fields = (size_t)(source->field_count > 0 ? source->field_count : 1);
    store->finite = gd__alloc_zeroed(fields, sizeof *store->finite);
    if (missing != NULL)
        store->missing = gd__copy_block(missing, fields * sizeof *missing);
    if (status == GD_OK && (store->finite == NULL || (missing != NULL && store->missing == NULL)))
        status = gd__fail_memory("a data set");
    for (int f = 0; f < source->field_count && status == GD_OK; f++) {
        store->finite[f] = !gd_type_is_float(source->field[f].type);
        if (store->finite[f] || source->all == NULL || source->all[f].data == NULL)
            continue;
        status = check_finite(store, f);
        store->finite[f] = true;
    }
    *out = store;
    return status;
}

// A view of the store's samples, with room for roles; takes a reference to the store.
static gd_dataset *make_view(gd__store *store)
{
    gd_dataset *set = gd__alloc_zeroed(1, sizeof *set);
    if (set == NULL)
        return NULL;
    atomic_fetch_add(&store->references, 1);
    set->store = store;
    set->count = store->source.count;
    set->role = gd__alloc_zeroed((size_t)store->source.field_count, sizeof *set->role);
    if (set->role == NULL) {
        gd_dataset_free(set);
        return NULL;
    }
    return set;
}

gd_status gd__dataset_create(const gd_source *source, const gd_missing *missing, gd_csv_schema *schema,
                             gd_dataset **out)
{
    *out = NULL;
    gd__store *store = NULL;
    gd_status status = make_store(source, missing, schema, &store);
    gd_dataset *set = NULL;
    if (status == GD_OK) {
        set = make_view(store);
        status = set == NULL ? gd__fail_memory("a data set") : GD_OK;
    }
    if (status == GD_OK) {
        for (int f = 0; f < source->field_count; f++)
            set->role[f] = source->field[f].role;
        status = deliver(set);
    }
    gd__store_release(store);
    if (status == GD_OK)
        *out = set;
    else
        gd_dataset_free(set);
    return status;
}

gd_status gd_dataset_from_source(const gd_source *source, gd_dataset **out)
{
    GD__NEEDS(source, GD_ERROR_ARGUMENT);
    return gd__dataset_create(source, NULL, NULL, out);
}

void gd_dataset_free(gd_dataset *set)
{
    if (set == NULL)
        return;
    for (int i = set->store->source.field_count; i < set->field_count; i++)
        gd__free((void *)(uintptr_t)set->delivered[i].name);
    gd__free(set->delivered);
    gd__free(set->length_of);
    gd__store_release(set->store);
    gd_preprocess_free(set->preprocess);
    gd__free(set->steps);
    gd__free(set->role);
    gd__free(set->augmentation);
    gd__free(set->sample);
    gd__free(set);
}

// ---- Views

// Copies what a view of `set` has from it: roles, preprocessing, augmentation.
static gd_status inherit(const gd_dataset *set, gd_dataset *view)
{
    const size_t fields = (size_t)set->store->source.field_count;
    memcpy(view->role, set->role, fields * sizeof *view->role);
    if (set->preprocess != NULL) {
        view->preprocess = gd__preprocess_share(set->preprocess);
        view->steps = gd__copy_block(set->steps, fields * sizeof *view->steps);
        if (view->steps == NULL)
            return gd__fail_memory("a view of a data set");
    }
    if (set->augmentation_count > 0) {
        view->augmentation =
            gd__copy_block(set->augmentation, (size_t)set->augmentation_count * sizeof *view->augmentation);
        if (view->augmentation == NULL)
            return gd__fail_memory("a view of a data set");
        view->augmentation_count = set->augmentation_count;
    }
    return GD_OK;
}

// As gd__dataset_view; what is delivered is not filled in yet, so that the caller may change the view.
static gd_status begin_view(const gd_dataset *set, int64_t count, int64_t *sample, gd_dataset **out)
{
    *out = NULL;
    gd_dataset *view = make_view(set->store);
    if (view == NULL) {
        gd__free(sample);
        return gd__fail_memory("a view of a data set");
    }
    view->count = count;
    view->sample = sample;
    gd_status status = inherit(set, view);
    if (status == GD_OK && sample == NULL && set->sample != NULL) {
        view->count = set->count;
        view->sample = gd__copy_block(set->sample, (size_t)set->count * sizeof *sample);
        status = view->sample == NULL ? gd__fail_memory("a view of a data set") : GD_OK;
    }
    *out = view;
    return status;
}

static gd_status end_view(gd_status status, gd_dataset **out)
{
    if (status == GD_OK)
        status = deliver(*out);
    if (status != GD_OK) {
        gd_dataset_free(*out);
        *out = NULL;
    }
    return status;
}

gd_status gd__dataset_view(const gd_dataset *set, int64_t count, int64_t *sample, gd_dataset **out)
{
    return end_view(begin_view(set, sample == NULL ? set->count : count, sample, out), out);
}

static gd_status copy_tokenizer(const gd__store *from, gd__store *to)
{
    to->tokenizer = from->tokenizer == NULL ? NULL : gd__copy_text(from->tokenizer);
    return from->tokenizer != NULL && to->tokenizer == NULL ? gd__fail_memory("a data set") : GD_OK;
}

gd_status gd__dataset_around(const gd_source *source, const gd_dataset *set, gd_dataset **out)
{
    *out = NULL;
    gd_csv_schema *schema = set->store->schema == NULL ? NULL : gd__csv_schema_copy(set->store->schema);
    gd_dataset *whole = NULL;
    gd_status status = gd__dataset_create(source, set->store->missing, schema, &whole);
    if (status == GD_OK && set->store->schema != NULL && schema == NULL)
        status = gd__fail_memory("a data set");
    if (status == GD_OK)
        status = copy_tokenizer(set->store, whole->store);
    if (status == GD_OK)
        status = begin_view(whole, whole->count, NULL, out);
    if (status == GD_OK) {
        gd_dataset *view = *out;
        memcpy(view->role, set->role, (size_t)source->field_count * sizeof *view->role);
        view->count = set->count;
        view->sample =
            set->sample == NULL ? NULL : gd__copy_block(set->sample, (size_t)set->count * sizeof *set->sample);
        if (set->sample != NULL && view->sample == NULL)
            status = gd__fail_memory("a data set");
    }
    if (*out != NULL)
        status = end_view(status, out);
    gd_dataset_free(whole);
    return status;
}

gd_status gd_dataset_with_role(const gd_dataset *set, const char *name, gd_role role, gd_dataset **out)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    const int field = gd_dataset_find(set, name);
    if (field < 0 || field >= set->store->source.field_count || (unsigned)role > GD_ROLE_IGNORED)
        return gd__fail(GD_ERROR_ARGUMENT, "a role was given to the field '%s', which the data set lacks", name);
    gd_status status = begin_view(set, set->count, NULL, out);
    if (status == GD_OK)
        (*out)->role[field] = role;
    return end_view(status, out);
}

static gd_status apply_steps(const gd_preprocess *preprocess, const gd_dataset *set, gd_dataset **out)
{
    const int fields = set->store->source.field_count;
    gd_status status = begin_view(set, set->count, NULL, out);
    if (status == GD_OK) {
        (*out)->preprocess = gd__preprocess_share(preprocess);
        (*out)->steps = gd__alloc_zeroed((size_t)fields, sizeof *(*out)->steps);
        status = (*out)->steps == NULL ? gd__fail_memory("a preprocessed data set") : GD_OK;
    }
    for (int f = 0; f < fields && status == GD_OK; f++)
        (*out)->steps[f] = gd__preprocess_steps(preprocess, set->store->source.field[f].name);
    return end_view(status, out);
}

gd_status gd_preprocess_apply(const gd_preprocess *preprocess, const gd_dataset *set, gd_dataset **out)
{
    GD__NEEDS(preprocess, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (set->preprocess != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set is preprocessed already");
    if (preprocess->transforms == NULL)
        return apply_steps(preprocess, set, out);
    gd_dataset *transformed;
    gd_status status = gd_pipeline_apply(preprocess->transforms, set, &transformed);
    if (status == GD_OK) {
        status = apply_steps(preprocess, transformed, out);
        gd_dataset_free(transformed);
    }
    return status;
}

gd_status gd_dataset_augment(const gd_dataset *set, gd_augmentation augmentation, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (augmentation.apply == NULL || augmentation.field == NULL || gd_dataset_find(set, augmentation.field) < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "an augmentation is of the field '%s', which the data set lacks",
                        augmentation.field == NULL ? "" : augmentation.field);
    gd_status status = begin_view(set, set->count, NULL, out);
    if (status == GD_OK) {
        gd_dataset *view = *out;
        const size_t count = (size_t)view->augmentation_count;
        gd_augmentation *list = gd__realloc(view->augmentation, count + 1, sizeof *list);
        if (list != NULL) {
            list[count] = augmentation;
            // The view's own name of the field, since the caller's may go.
            list[count].field = set->delivered[gd_dataset_find(set, augmentation.field)].name;
            view->augmentation = list;
            view->augmentation_count++;
        }
        status = list == NULL ? gd__fail_memory("an augmented data set") : GD_OK;
    }
    return end_view(status, out);
}

// ---- Looking

int64_t gd_dataset_count(const gd_dataset *set)
{
    GD__NEEDS(set, 0);
    return set->count;
}

int gd_dataset_field_count(const gd_dataset *set)
{
    GD__NEEDS(set, 0);
    return set->field_count;
}

gd_field gd_dataset_field(const gd_dataset *set, int field)
{
    GD__NEEDS(set, (gd_field){0});
    return field < 0 || field >= set->field_count ? (gd_field){.name = ""} : set->delivered[field];
}

int gd_dataset_find(const gd_dataset *set, const char *name)
{
    GD__NEEDS(set, 0);
    GD__NEEDS(name, 0);
    for (int i = 0; i < set->field_count; i++)
        if (strcmp(set->delivered[i].name, name) == 0)
            return i;
    return -1;
}

const char *gd_dataset_class_name(const gd_dataset *set, int field, int label)
{
    GD__NEEDS(set, NULL);
    const gd_source *source = &set->store->source;
    if (field < 0 || field >= source->field_count || label < 0 || label >= set->delivered[field].class_count)
        return NULL;
    const gd__steps *steps = set->steps == NULL ? NULL : set->steps[field];
    for (int i = 0; steps != NULL && i < steps->count; i++)
        if (steps->step[i].kind == &gd__step_labels)
            return steps->step[i].class_name == NULL ? NULL : steps->step[i].class_name[label];
    return source->class_name == NULL ? NULL : source->class_name(source->state, field, label);
}

const char *gd_dataset_element_name(const gd_dataset *set, int field, int64_t element)
{
    GD__NEEDS(set, NULL);
    const gd_source *source = &set->store->source;
    if (field < 0 || field >= source->field_count || source->element_name == NULL || element < 0)
        return NULL;
    return source->element_name(source->state, field, element);
}

gd_origin gd_dataset_origin(const gd_dataset *set, int64_t sample)
{
    GD__NEEDS(set, (gd_origin){0});
    const gd_source *source = &set->store->source;
    if (sample < 0 || sample >= set->count)
        return (gd_origin){0};
    const int64_t stored = gd__dataset_sample(set, sample);
    return source->origin == NULL ? (gd_origin){.row = stored + 1} : source->origin(source->state, stored);
}

const char *gd_dataset_fault(const gd_dataset *set, int64_t sample)
{
    GD__NEEDS(set, NULL);
    const gd_source *source = &set->store->source;
    if (sample < 0 || sample >= set->count || source->fault == NULL)
        return NULL;
    return source->fault(source->state, gd__dataset_sample(set, sample));
}

char *gd_dataset_origin_text(const gd_dataset *set, int64_t sample, char text[GD_ORIGIN_TEXT])
{
    GD__NEEDS(text, NULL);
    const gd_origin origin = gd_dataset_origin(set, sample);
    char id[80] = "", place[40] = "";
    if (origin.id != NULL && origin.id != origin.file)
        snprintf(id, sizeof id, " (id %.60s)", origin.id);
    if (origin.line > 0)
        snprintf(place, sizeof place, "line %lld", (long long)origin.line);
    else if (origin.file == NULL)
        snprintf(place, sizeof place, "sample %lld", (long long)sample);
    else if (origin.row > 0)
        snprintf(place, sizeof place, "row %lld", (long long)origin.row);
    snprintf(text, GD_ORIGIN_TEXT, "%.120s%s%s%s", origin.file != NULL ? origin.file : "",
             origin.file != NULL && place[0] != '\0' ? ", " : "", place, id);
    return text;
}

const gd_csv_schema *gd_dataset_csv_schema(const gd_dataset *set)
{
    GD__NEEDS(set, NULL);
    return set->store->schema;
}
