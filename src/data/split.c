// Views of some of the samples: taken, selected, split, folded.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/deal.h"
#include "data/split_time.h"

// A view of samples listed by their number in `set`.
static gd_status view(const gd_dataset *set, int64_t count, const int64_t *sample, gd_dataset **out)
{
    *out = NULL;
    int64_t *list = gd__alloc_zeroed((size_t)count, sizeof *list);
    if (list == NULL)
        return gd__fail_memory("a view of a data set");
    for (int64_t i = 0; i < count; i++)
        list[i] = gd__dataset_sample(set, sample[i]);
    return gd__dataset_view(set, count, list, out);
}

gd_status gd_dataset_select(const gd_dataset *set, int64_t count, const int64_t *sample, gd_dataset **out)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    if (count > 0)
        GD__NEEDS(sample, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (count <= 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a selection of %lld samples would be empty", (long long)count);
    for (int64_t i = 0; i < count; i++)
        if (sample[i] < 0 || sample[i] >= set->count)
            return gd__fail(GD_ERROR_ARGUMENT, "sample %lld was selected from a data set of %lld samples",
                            (long long)sample[i], (long long)set->count);
    return view(set, count, sample, out);
}

gd_status gd_dataset_take(const gd_dataset *set, int64_t first, int64_t count, gd_dataset **out)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (first < 0 || count <= 0 || first >= set->count || count > set->count - first)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld samples from sample %lld on were asked of a data set of %lld",
                        (long long)count, (long long)first, (long long)set->count);
    int64_t *list = gd__alloc_zeroed((size_t)count, sizeof *list);
    if (list == NULL)
        return gd__fail_memory("a view of a data set");
    for (int64_t i = 0; i < count; i++)
        list[i] = gd__dataset_sample(set, first + i);
    return gd__dataset_view(set, count, list, out);
}

// ---- Samples of one category

static const char *name_of(const gd_source *source, int field, int64_t category)
{
    return source->class_name == NULL || category > INT32_MAX ? NULL
                                                              : source->class_name(source->state, field, (int)category);
}

// The number that a word stands for: the category of this name, or the word itself.
static bool number_of_word(const gd_source *source, int field, const char *word, double *number)
{
    for (int c = 0; c < source->field[field].class_count; c++) {
        const char *name = name_of(source, field, c);
        if (name != NULL && strcmp(name, word) == 0) {
            *number = c;
            return true;
        }
    }
    if (source->field[field].class_count > 0 && name_of(source, field, 0) != NULL)
        return false;
    char *end;
    *number = gd__parse_number(word, &end);
    return end > word && *end == '\0';
}

static gd_status fail_without(const gd_source *source, int field, const char *word)
{
    enum { SHOWN = 10 };
    gd__text words = {0};
    const int count = source->field[field].class_count;
    for (int c = 0; c < count && c < SHOWN; c++) {
        const char *name = name_of(source, field, c);
        if (name != NULL)
            gd__text_add(&words, "%s'%s'", words.length == 0 ? "; it has " : ", ", name);
    }
    if (count > SHOWN && words.length > 0)
        gd__text_add(&words, " and %d more", count - SHOWN);
    gd_status status = gd__fail(GD_ERROR_ARGUMENT, "no sample has '%s' in field '%s'%s", word,
                                source->field[field].name, words.data == NULL ? "" : words.data);
    gd__text_free(&words);
    return status;
}

gd_status gd_dataset_where(const gd_dataset *set, const char *field, const char *word, gd_dataset **out)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(field, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    int number;
    double wanted, value;
    gd_status status = gd__find_number_field(set, field, "samples cannot be chosen by", &number);
    if (status != GD_OK)
        return status;
    const gd_source *source = &set->store->source;
    if (!number_of_word(source, number, word, &wanted))
        return fail_without(source, number, word);
    int64_t *list = gd__alloc_zeroed((size_t)set->count, sizeof *list), count = 0;
    if (list == NULL)
        return gd__fail_memory("a view of a data set");
    for (int64_t i = 0; i < set->count && status == GD_OK; i++) {
        status = gd__sample_number(set, number, i, &value);
        if (status == GD_OK && value == wanted)
            list[count++] = i;
    }
    if (status == GD_OK)
        status = count > 0 ? view(set, count, list, out) : fail_without(source, number, word);
    gd__free(list);
    return status;
}

// ---- Parts

// The view of the samples that are in part `p`, or of those that are not. A stratified part stands class by class: it
// is brought into an order that says nothing about the class.
static int compare_places(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static gd_status make_part(gd__deal *deal, int p, bool inside, gd_dataset **out)
{
    int64_t count = 0, *sample = gd__alloc_zeroed((size_t)deal->set->count, sizeof *sample);
    if (sample == NULL)
        return gd__fail_memory("a part of a split");
    for (int64_t i = 0; i < deal->set->count; i++)
        if ((deal->part[i] == p) == inside)
            sample[count++] = deal->list[i];
    // Parts of a set that is read in blocks stand as they are stored: training shuffles them in its own way.
    if (deal->set->store->source.block > 0 && !deal->opts.in_order)
        qsort(sample, (size_t)count, sizeof *sample, compare_places);
    else if (deal->opts.stratify != NULL)
        gd__random_shuffle(&deal->random, count, sample);
    gd_status status = view(deal->set, count, sample, out);
    gd__free(sample);
    return status;
}

// Fails when no sample went to part `p`.
static gd_status check_part(const gd__deal *deal, int p)
{
    const gd_deal_opts *opts = &deal->opts;
    const long long samples = deal->set->count;
    for (int64_t i = 0; i < samples; i++)
        if (deal->part[i] == p)
            return GD_OK;
    if (opts->group != NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "part %d of the split would be empty: the %lld samples are %lld groups by '%s', which are kept "
                        "whole",
                        p, samples, (long long)deal->group_count, opts->group);
    if (opts->stratify != NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "part %d of the split would be empty: the %lld samples have %lld different values of '%s', and "
                        "none of them comes often enough to give the part its share",
                        p, samples, (long long)deal->class_count, opts->stratify);
    return gd__fail(GD_ERROR_ARGUMENT, "part %d of the split would be empty: the data set has only %lld samples", p,
                    samples);
}

// ---- Splitting

// Fills in where each part ends, as a share of the whole (`end` has part_count elements).
static gd_status find_ends(const gd_dataset *set, gd_split_opts opts, double *end)
{
    if ((opts.fraction == NULL) == (opts.count == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "a split takes either fractions or counts");
    double sum = 0;
    int64_t samples = 0;
    for (int p = 0; p < opts.part_count; p++) {
        double share = opts.fraction != NULL ? opts.fraction[p] : (double)opts.count[p] / (double)set->count;
        if (!(share > 0 && share <= 1))
            return gd__fail(GD_ERROR_ARGUMENT,
                            "part %d of the split is %g of the %lld samples; it must be more than "
                            "none and at most all",
                            p, share, (long long)set->count);
        sum += share;
        if (opts.count != NULL) {
            samples += opts.count[p];
            sum = (double)samples / (double)set->count;
        }
        if (sum > 1 + 1e-9)
            return gd__fail(GD_ERROR_ARGUMENT, "the parts of the split come to more than the whole: %g", sum);
        end[p] = sum < 1 ? sum : 1;
    }
    return GD_OK;
}

static gd_status deal_parts(gd__deal *deal, int parts, const double *end)
{
    gd_status status = GD_OK;
    if (deal->opts.group != NULL)
        status = gd__deal_groups(deal, parts, end);
    else
        gd__deal_shares(deal, parts, end);
    for (int p = 0; p < parts && status == GD_OK; p++)
        status = check_part(deal, p);
    return status;
}

static gd_status split(const gd_dataset *set, const gd_split_opts *opts, const double *end, gd_dataset **part)
{
    if (opts->deal.until != NULL)
        return gd__split_time(set, &opts->deal, opts->part_count, end, part);
    gd__deal deal;
    gd_status status = gd__deal_begin(&deal, set, &opts->deal);
    if (status == GD_OK)
        status = deal_parts(&deal, opts->part_count, end);
    for (int p = 0; p < opts->part_count && status == GD_OK; p++)
        status = make_part(&deal, p, true, &part[p]);
    gd__deal_end(&deal);
    return status;
}

gd_status gd_dataset_split(const gd_dataset *set, gd_split_opts opts, gd_dataset **part)
{
    for (int p = 0; p < opts.part_count; p++)
        part[p] = NULL;
    if (opts.part_count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a split into %d parts was asked for", opts.part_count);
    double *end = gd__alloc_zeroed((size_t)opts.part_count, sizeof *end);
    gd_status status = end == NULL ? gd__fail_memory("a split") : find_ends(set, opts, end);
    if (status == GD_OK)
        status = split(set, &opts, end, part);
    gd__free(end);
    if (status != GD_OK)
        for (int p = 0; p < opts.part_count; p++) {
            gd_dataset_free(part[p]);
            part[p] = NULL;
        }
    return status;
}

// ---- Folds

static gd_status deal_group_folds(gd__deal *deal, int folds)
{
    if (folds > deal->group_count)
        return gd__fail(GD_ERROR_ARGUMENT, "%d folds of %lld groups by '%s': some would be empty", folds,
                        (long long)deal->group_count, deal->opts.group);
    double *end = gd__alloc_zeroed((size_t)folds, sizeof *end);
    if (end == NULL)
        return gd__fail_memory("the folds");
    for (int f = 0; f < folds; f++)
        end[f] = (double)(f + 1) / folds;
    gd_status status = gd__deal_groups(deal, folds, end);
    gd__free(end);
    return status;
}

static gd_status deal_folds(gd__deal *deal, int folds)
{
    if (deal->opts.group != NULL)
        return deal_group_folds(deal, folds);
    gd__deal_folds(deal, folds);
    return GD_OK;
}

static gd_status make_fold(const gd_dataset *set, const gd_fold_opts *opts, gd_dataset **train, gd_dataset **validation)
{
    gd__deal deal;
    gd_status status = gd__deal_begin(&deal, set, &opts->deal);
    if (status == GD_OK)
        status = deal_folds(&deal, opts->folds);
    if (status == GD_OK)
        status = make_part(&deal, opts->fold, false, train);
    if (status == GD_OK)
        status = make_part(&deal, opts->fold, true, validation);
    gd__deal_end(&deal);
    return status;
}

gd_status gd_dataset_fold(const gd_dataset *set, gd_fold_opts opts, gd_dataset **train, gd_dataset **validation)
{
    GD__NEEDS(train, GD_ERROR_ARGUMENT);
    GD__NEEDS(validation, GD_ERROR_ARGUMENT);
    *train = *validation = NULL;
    if (opts.folds < 2)
        return gd__fail(GD_ERROR_ARGUMENT, "%d folds, expected 2 or more", opts.folds);
    if (opts.folds > set->count)
        return gd__fail(GD_ERROR_ARGUMENT, "%d folds of %lld samples: some would be empty", opts.folds,
                        (long long)set->count);
    if (opts.fold < 0 || opts.fold >= opts.folds)
        return gd__fail(GD_ERROR_ARGUMENT, "fold %d of %d, expected 0 to %d", opts.fold, opts.folds, opts.folds - 1);
    gd_status status = opts.deal.until != NULL ? gd__fold_time(set, &opts, train, validation)
                                               : make_fold(set, &opts, train, validation);
    if (status != GD_OK) {
        gd_dataset_free(*train);
        *train = NULL;
    }
    return status;
}
