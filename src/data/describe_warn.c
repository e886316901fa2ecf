// What is wrong with columns, each sentence with the figures that show it.
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/describe.h"

const char *gd_warning_name(gd_warning_kind kind)
{
    static const char *const name[GD_WARNING_COUNT] = {
        "equals-target", "shared-samples",     "untrained-class", "single-sample-class",
        "f32-inexact",   "untrained-category", "constant",        "id-like",
        "outliers",      "mostly-missing",     "duplicates",      "imbalance"};
    return (unsigned)kind < GD_WARNING_COUNT ? name[kind] : "unknown";
}

bool gd__warn(gd__describe *d, gd_warning_kind kind, int column, const char *format, ...)
{
    char sentence[GD_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    gd__format_list(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    gd_description *result = d->result;
    if (!gd__grow((void **)&result->warning, &d->warning_capacity, result->warning_count, sizeof *result->warning))
        return false;
    char *copy = gd__copy_text(sentence);
    if (copy == NULL)
        return false;
    result->warning[result->warning_count++] = (gd_data_warning){.kind = kind, .column = column, .sentence = copy};
    return true;
}

// ---- Of one column

static bool is_feature(const gd__describe *d, int c)
{
    return d->result->column[c].role == GD_ROLE_INPUT;
}

static bool warn_of_target(gd__describe *d, int c)
{
    if (d->profile[c].match == NULL)
        return true;
    for (int t = 0; t < d->target_count; t++) {
        double correlation;
        if (!gd__match_is_equal(d, c, t, &correlation))
            continue;
        const gd_column *shown = &d->result->column[c], *target = &d->result->column[d->target[t]];
        const bool good = isnan(correlation)
                              ? gd__warn(d, GD_WARNING_EQUALS_TARGET, c,
                                         "'%s' gives the target '%s' away: each of its %lld values stands for one of "
                                         "the target's",
                                         shown->name, target->name, (long long)shown->figures[GD_TRAIN].different)
                              : gd__warn(d, GD_WARNING_EQUALS_TARGET, c,
                                         "'%s' is the target '%s', or nearly: their correlation is %.7g", shown->name,
                                         target->name, correlation);
        if (!good)
            return false;
    }
    return true;
}

static bool warn_of_constant(gd__describe *d, int c)
{
    const gd_column *shown = &d->result->column[c];
    const gd_column_figures *train = &shown->figures[GD_TRAIN];
    const bool feature = is_feature(d, c) || shown->role == GD_ROLE_TARGET;
    if (!feature || train->count == 0 || train->different != 1 || shown->more)
        return true;
    double value = train->mean;
    char text[GD__CATEGORY_TEXT];
    if (gd__profile_is_category(d, c)) {
        const gd__values *values = &d->profile[c].values;
        for (int64_t i = 0; i < values->count; i++)
            value = values->times[i][GD_TRAIN] > 0 ? values->value[i] : value;
        gd__category_text(d, c, value, text);
    } else {
        gd__format(text, sizeof text, "%.9g", value);
    }
    return gd__warn(d, GD_WARNING_CONSTANT, c, "'%s' is '%s' in every sample of the training part%s", shown->name, text,
                    train->missing > 0 ? " that has it" : "");
}

static bool warn_of_missing(gd__describe *d, int c)
{
    const gd_column *shown = &d->result->column[c];
    const gd_column_figures *train = &shown->figures[GD_TRAIN];
    const int64_t all = train->count + train->missing;
    if (!gd__profile_is_used(d, c) || 2 * train->missing <= all)
        return true;
    return gd__warn(d, GD_WARNING_MISSING, c, "'%s' is missing in %lld of %lld samples of the training part (%.1f %%)",
                    shown->name, (long long)train->missing, (long long)all, 100 * (double)train->missing / (double)all);
}

static bool warn_of_outliers(gd__describe *d, int c)
{
    const gd__profile *profile = &d->profile[c];
    const gd_column *shown = &d->result->column[c];
    const gd_column_figures *train = &shown->figures[GD_TRAIN];
    char origin[GD_ORIGIN_TEXT];
    if (profile->outliers == 0)
        return true;
    gd_dataset_origin_text(d->opts.part[profile->outlier_part], profile->outlier_sample, origin);
    return gd__warn(d, GD_WARNING_OUTLIERS, c,
                    "'%s' has %lld %s more than 10 standard deviations (%.4g) from its mean (%.4g): %s%.9g, %s",
                    shown->name, (long long)profile->outliers, profile->outliers == 1 ? "value" : "values",
                    train->deviation, train->mean, profile->outliers == 1 ? "" : "first ", profile->outlier, origin);
}

// ---- Columns that number or name the samples

static bool all_different(const gd__values *values)
{
    for (int64_t i = 0; i < values->count; i++)
        if (values->times[i][GD_TRAIN] > 1)
            return false;
    return true;
}

static bool warn_of_ids(gd__describe *d, int c)
{
    enum { FEWEST_ON_A_LINE = 10, FEWEST = 20 };
    const gd__profile *profile = &d->profile[c];
    const gd_column *shown = &d->result->column[c];
    const int64_t count = shown->figures[GD_TRAIN].count;
    if (!is_feature(d, c) || profile->form == GD__PROFILE_WHOLE || profile->form == GD__PROFILE_LENGTH)
        return true;
    const gd__line *line = !profile->by_row.broken ? &profile->by_row : &profile->by_sample;
    if (!line->broken && line->count >= FEWEST_ON_A_LINE)
        return gd__warn(d, GD_WARNING_ID_LIKE, c,
                        "'%s' changes by %.9g from each row to the next, as a number of the row does", shown->name,
                        line->step);
    const bool category = gd__profile_is_category(d, c);
    if (count < FEWEST || (!category && profile->fraction) || !all_different(&profile->values))
        return true;
    return gd__warn(d, GD_WARNING_ID_LIKE, c, "'%s' is another %s in each of the %s%lld samples, as an id is",
                    shown->name, category ? "category" : "whole number", profile->values.full ? "first " : "",
                    (long long)(profile->values.full ? profile->values.count : count));
}

// ---- Numbers that are equal in f32

typedef struct {
    double value;
    int64_t sample;
} known_value;

static int by_value(const void *left, const void *right)
{
    const known_value *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

// Whether preprocessing, which reckons in double precision, gives the network different numbers for the two samples.
static gd_status are_told_apart(const gd__describe *d, int c, int64_t a, int64_t b, bool *apart)
{
    const gd_dataset *prepared = d->opts.prepared;
    const gd__profile *profile = &d->profile[c];
    const int64_t sample[2] = {a, b};
    gd_array pair = {0};
    *apart = false;
    if (prepared == NULL)
        return GD_OK;
    gd_status status = gd_dataset_get(prepared, profile->in[GD_TRAIN], 2, sample, &pair);
    const int64_t width = gd_array_count(&pair) / 2;
    if (status == GD_OK)
        *apart = profile->first >= width ||
                 gd_array_get(&pair, profile->first) != gd_array_get(&pair, width + profile->first);
    gd_array_free(&pair);
    return status;
}

// Counts the values that f32 merges with the one before them, and keeps the first such pair that stays merged.
static gd_status count_merged(const gd__describe *d, int c, const known_value *known, int64_t count, int64_t *merged,
                              const known_value **pair)
{
    enum { MOST_TRIED = 200 };
    *merged = 0;
    *pair = NULL;
    int tried = 0;
    for (int64_t i = 1; i < count; i++) {
        if (fabs(known[i].value) > (double)FLT_MAX || fabs(known[i - 1].value) > (double)FLT_MAX ||
            (float)known[i].value != (float)known[i - 1].value)
            continue;
        ++*merged;
        bool apart = true;
        if (*pair == NULL && tried++ < MOST_TRIED) {
            gd_status status = are_told_apart(d, c, known[i - 1].sample, known[i].sample, &apart);
            if (status != GD_OK)
                return status;
        }
        if (!apart)
            *pair = &known[i - 1];
    }
    return GD_OK;
}

static gd_status warn_of_inexact(gd__describe *d, int c)
{
    const gd__profile *profile = &d->profile[c];
    const gd_column *shown = &d->result->column[c];
    const gd__values *values = &profile->values;
    const gd_dataset *seen = d->opts.prepared != NULL ? d->opts.prepared : d->opts.part[GD_TRAIN];
    const bool fine = shown->type == GD_F64 || shown->type == GD_I32 || shown->type == GD_I64;
    if (profile->form != GD__PROFILE_ELEMENT || !fine || !gd__profile_is_used(d, c) ||
        gd_dataset_field(seen, profile->in[GD_TRAIN]).type != GD_F32)
        return GD_OK;
    known_value *known = gd__alloc_zeroed((size_t)values->count, sizeof *known);
    if (known == NULL)
        return gd__fail_memory("a description of data");
    int64_t count = 0, merged;
    for (int64_t i = 0; i < values->count; i++)
        if (values->times[i][GD_TRAIN] > 0)
            known[count++] = (known_value){values->value[i], values->first[i]};
    qsort(known, (size_t)count, sizeof *known, by_value);
    const known_value *pair;
    gd_status status = count_merged(d, c, known, count, &merged, &pair);
    // Among many fractions a few lie close to each other; whole numbers are different for a reason.
    const bool many = profile->fraction ? 100 * merged > count : merged > 0;
    if (status == GD_OK && pair != NULL && many &&
        !gd__warn(d, GD_WARNING_INEXACT, c,
                  "'%s' has %lld different values, of which f32, in which the network reads it, tells %lld apart: "
                  "%.17g and %.17g are one number in it; scaling is done in double precision",
                  shown->name, (long long)count, (long long)(count - merged), pair[0].value, pair[1].value))
        status = gd__fail_memory("a description of data");
    gd__free(known);
    return status;
}

// ---- All of them

static int by_gravity(const void *left, const void *right)
{
    const gd_data_warning *a = left, *b = right;
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : a->column - b->column;
}

gd_status gd__describe_warn(gd__describe *d)
{
    static bool (*const warn[])(gd__describe *, int) = {warn_of_target,   warn_of_constant, warn_of_missing,
                                                        warn_of_outliers, warn_of_ids,      gd__warn_of_categories};
    gd_status status = GD_OK;
    for (int c = 0; c < d->result->column_count && status == GD_OK; c++) {
        for (size_t i = 0; i < sizeof warn / sizeof warn[0] && status == GD_OK; i++)
            status = warn[i](d, c) ? GD_OK : gd__fail_memory("a description of data");
        if (status == GD_OK)
            status = warn_of_inexact(d, c);
    }
    if (status == GD_OK)
        status = gd__warn_of_samples(d);
    gd_description *result = d->result;
    if (result->warning_count > 0)
        qsort(result->warning, (size_t)result->warning_count, sizeof *result->warning, by_gravity);
    return status;
}
