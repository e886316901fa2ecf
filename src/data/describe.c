#include "data/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "data/pipeline.h"

const char *gd_part_name(int part)
{
    static const char *const name[GD_PARTS] = {"train", "validation", "test"};
    return part >= 0 && part < GD_PARTS ? name[part] : "unknown";
}

const char *gd_role_name(gd_role role)
{
    static const char *const name[] = {"input", "target", "weight", "group", "part", "order", "ignored"};
    return (unsigned)role < sizeof name / sizeof name[0] ? name[role] : "unknown";
}

// ---- Readings

// Where the samples of a chunk of the training part stand.
static void find_places(gd__describe *d)
{
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    for (int64_t i = 0; i < d->chunk.count; i++) {
        d->place[i] = (double)gd__dataset_sample(train, d->chunk.first + i);
        d->row[i] = (double)gd_dataset_origin(train, d->chunk.first + i).row;
    }
}

static gd_status measure_chunk(gd__describe *d, int part)
{
    gd_status status = GD_OK;
    if (part == GD_TRAIN)
        find_places(d);
    for (int c = 0; c < d->result->column_count && status == GD_OK; c++)
        if (d->profile[c].in[part] >= 0)
            status = gd__profile_measure(d, c, part);
    return status;
}

static gd_status place_chunk(gd__describe *d, int part)
{
    if (part == GD_TRAIN)
        for (int t = 0; t < d->target_count; t++)
            gd__profile_gather(&d->profile[d->target[t]], part, &d->chunk, d->y[t]);
    for (int c = 0; c < d->result->column_count; c++) {
        if (d->profile[c].in[part] < 0)
            continue;
        gd__profile_place(d, c, part);
        if (part == GD_TRAIN)
            gd__matches_add(d, c);
    }
    return GD_OK;
}

// Reads all parts, chunk by chunk.
static gd_status read_all(gd__describe *d, gd_status (*use)(gd__describe *d, int part))
{
    gd_status status = GD_OK;
    for (int p = 0; p < GD_PARTS && status == GD_OK; p++) {
        const gd_dataset *set = d->opts.part[p];
        if (set == NULL)
            continue;
        for (int64_t first = 0; first < set->count && status == GD_OK; first += d->chunk_samples) {
            const int64_t left = set->count - first;
            status = gd__progress("describing data", first, set->count);
            if (status != GD_OK)
                break;
            status = gd__chunk_read(&d->chunk, set, first, left < d->chunk_samples ? left : d->chunk_samples);
            if (status == GD_OK)
                status = use(d, p);
        }
        gd__chunk_free(&d->chunk, set->store->source.field_count);
    }
    return status;
}

// ---- Views in the order of the source, in which even a disk is read in one go

static int by_number(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static gd_status put_in_order(const gd_dataset *set, gd_dataset **view)
{
    int64_t *list = NULL;
    if (set->sample != NULL) {
        list = gd__copy_block(set->sample, (size_t)set->count * sizeof *list);
        if (list == NULL)
            return gd__fail_memory("a description of data");
        qsort(list, (size_t)set->count, sizeof *list, by_number);
    }
    return gd__dataset_view(set, set->count, list, view);
}

static gd_status put_all_in_order(gd__describe *d)
{
    gd_status status = GD_OK;
    for (int p = 0; p < GD_PARTS && status == GD_OK; p++)
        if (d->opts.part[p] != NULL) {
            status = put_in_order(d->opts.part[p], &d->view[p]);
            d->opts.part[p] = d->view[p];
        }
    if (d->opts.prepared != NULL && status == GD_OK) {
        status = put_in_order(d->opts.prepared, &d->view[GD_PARTS]);
        d->opts.prepared = d->view[GD_PARTS];
    }
    return status;
}

// ---- Making

static bool are_of_same_samples(const gd_dataset *a, const gd_dataset *b)
{
    if (!gd__store_is_made_of(a->store, b->store) || a->count != b->count || (a->sample == NULL) != (b->sample == NULL))
        return false;
    return a->sample == NULL || memcmp(a->sample, b->sample, (size_t)a->count * sizeof *a->sample) == 0;
}

static gd_status check(const gd_describe_opts *opts)
{
    if (opts->part[GD_TRAIN] == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a description of data needs the training part");
    for (int p = 0; p < GD_PARTS; p++)
        if (opts->part[p] != NULL && opts->part[p]->preprocess != NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "the %s part is preprocessed; it is described as it is stored",
                            gd_part_name(p));
    if (opts->prepared != NULL && !are_of_same_samples(opts->prepared, opts->part[GD_TRAIN]))
        return gd__fail(GD_ERROR_ARGUMENT, "the preprocessed data are of other samples than the training part");
    return GD_OK;
}

static gd_status make_rooms(gd__describe *d)
{
    const size_t samples = (size_t)d->chunk_samples;
    d->place = gd__alloc_zeroed(samples, sizeof *d->place);
    d->row = gd__alloc_zeroed(samples, sizeof *d->row);
    d->x = gd__alloc_zeroed(samples, sizeof *d->x);
    bool good = d->place != NULL && d->row != NULL && d->x != NULL;
    for (int t = 0; t < d->target_count; t++) {
        d->y[t] = gd__alloc_zeroed(samples, sizeof *d->y[t]);
        good = good && d->y[t] != NULL;
    }
    for (int c = 0; c < d->result->column_count; c++)
        for (int p = 0; p < GD_PARTS; p++)
            d->result->column[c].figures[p].min = d->result->column[c].figures[p].max = NAN;
    return good ? GD_OK : gd__fail_memory("a description of data");
}

static gd_status describe(gd__describe *d)
{
    for (int p = 0; p < GD_PARTS; p++) {
        d->result->has[p] = d->opts.part[p] != NULL;
        d->result->samples[p] = d->opts.part[p] == NULL ? 0 : d->opts.part[p]->count;
    }
    gd_status status = put_all_in_order(d);
    if (status == GD_OK)
        status = gd__describe_layout(d);
    if (status == GD_OK)
        status = make_rooms(d);
    if (status == GD_OK)
        status = read_all(d, measure_chunk);
    if (status == GD_OK) {
        gd__profiles_settle(d);
        status = gd__matches_begin(d);
    }
    if (status == GD_OK)
        status = read_all(d, place_chunk);
    if (status == GD_OK)
        status = gd__profiles_finish(d);
    if (status == GD_OK)
        status = gd__describe_warn(d);
    return status == GD_OK ? gd__describe_rows(d) : status;
}

static void release(gd__describe *d)
{
    for (int c = 0; c < d->result->column_count; c++)
        gd__profile_free(&d->profile[c]);
    for (int t = 0; t < d->target_count; t++)
        gd__free(d->y[t]);
    gd__free(d->profile);
    for (int i = 0; i <= GD_PARTS; i++)
        gd_dataset_free(d->view[i]);
    gd__free(d->place);
    gd__free(d->row);
    gd__free(d->x);
}

gd_status gd_describe(gd_describe_opts opts, gd_description **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd_status status = check(&opts);
    if (status != GD_OK)
        return status;
    gd__describe d = {.opts = opts, .result = gd__alloc_zeroed(1, sizeof *d.result)};
    if (d.result == NULL)
        return gd__fail_memory("a description of data");
    status = describe(&d);
    release(&d);
    if (status == GD_OK)
        *out = d.result;
    else
        gd_description_free(d.result);
    return status;
}

void gd_description_free(gd_description *description)
{
    if (description == NULL)
        return;
    for (int c = 0; c < description->column_count; c++) {
        gd_column *column = &description->column[c];
        for (int i = 0; i < column->category_count; i++)
            gd__free(column->category[i].name);
        gd__free(column->category);
        gd__free(column->name);
        gd__free(column->field);
    }
    for (int i = 0; i < description->warning_count; i++)
        gd__free(description->warning[i].sentence);
    gd__first_rows_free(&description->raw);
    gd__first_rows_free(&description->prepared);
    gd__free(description->column);
    gd__free(description->warning);
    gd__free(description);
}
