// Views of some of the samples: taken, selected, split, folded.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"

// A view of samples listed by their number in `set`, which is preprocessed as `set` is.
static gd_status view(const gd_dataset *set, int64_t count, const int64_t *sample, gd_dataset **out)
{
    *out = NULL;
    int64_t *list = gd__alloc_zeroed((size_t)count, sizeof *list);
    if (list == NULL)
        return gd__fail_memory("a view of a data set");
    for (int64_t i = 0; i < count; i++)
        list[i] = gd__dataset_sample(set, sample[i]);
    gd_dataset *plain;
    gd_status status = gd__dataset_view(set, count, list, &plain);
    if (status != GD_OK || set->preprocess == NULL) {
        *out = plain;
        return status;
    }
    status = gd_preprocess_apply(set->preprocess, plain, out);
    gd_dataset_free(plain);
    return status;
}

gd_status gd_dataset_select(const gd_dataset *set, int64_t count, const int64_t *sample, gd_dataset **out)
{
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
    *out = NULL;
    if (first < 0 || count <= 0 || first >= set->count || count > set->count - first)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld samples from sample %lld on were asked of a data set of %lld",
                        (long long)count, (long long)first, (long long)set->count);
    int64_t *list = gd__alloc_zeroed((size_t)count, sizeof *list);
    if (list == NULL)
        return gd__fail_memory("a view of a data set");
    for (int64_t i = 0; i < count; i++)
        list[i] = first + i;
    gd_status status = view(set, count, list, out);
    gd__free(list);
    return status;
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

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Orders `list` by label, keeping the order within a class: counting sort. `first` gets where each class begins and
// has class_count + 1 elements.
static gd_status group_by_class(const gd_dataset *set, const gd__stored_field *field, int64_t *list, int64_t *first)
{
    int classes = field->class_count;
    const int32_t *label = field->value.data;
    int64_t *grouped = gd__alloc_zeroed((size_t)set->count, sizeof *grouped);
    int64_t *place = gd__alloc_zeroed((size_t)classes + 1, sizeof *place);
    if (grouped == NULL || place == NULL) {
        gd__free(grouped);
        gd__free(place);
        return gd__fail_memory("a stratified split");
    }
    for (int64_t i = 0; i < set->count; i++)
        first[label[gd__dataset_sample(set, i)] + 1]++;
    for (int c = 0; c < classes; c++)
        first[c + 1] += first[c];
    memcpy(place, first, (size_t)classes * sizeof *place);
    for (int64_t i = 0; i < set->count; i++)
        grouped[place[label[gd__dataset_sample(set, list[i])]]++] = list[i];
    memcpy(list, grouped, (size_t)set->count * sizeof *list);
    gd__free(grouped);
    gd__free(place);
    return GD_OK;
}

// Collects part `p`: from each group g, which stands in list[first[g]] … list[first[g + 1] - 1], its share.
static int64_t collect_part(const int64_t *list, int groups, const int64_t *first, double begin, double end,
                            int64_t *part)
{
    int64_t count = 0;
    for (int g = 0; g < groups; g++) {
        double size = (double)(first[g + 1] - first[g]);
        int64_t from = first[g] + llround(begin * size), to = first[g] + llround(end * size);
        for (int64_t i = from; i < to; i++)
            part[count++] = list[i];
    }
    return count;
}

typedef struct {
    gd__random random;
    double *end; // of a split only
    int64_t *list, *first, *part;
    int groups;
} splitting;

static void release(splitting *split)
{
    gd__free(split->end);
    gd__free(split->list);
    gd__free(split->part);
    gd__free(split->first);
}

// Puts the samples in the order from which parts are taken: shuffled unless `in_order`, and grouped by class where a
// label is to be stratified by.
static gd_status order_samples(splitting *split, const gd_dataset *set, uint64_t seed, bool in_order,
                               const char *stratify)
{
    const gd__stored_field *label = NULL;
    split->groups = 1;
    if (stratify != NULL) {
        int field = gd_dataset_find(set, stratify);
        if (field < 0 || set->store->field[field].class_count == 0)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "the split cannot be stratified by '%s': the data set has no label "
                            "field of this name",
                            stratify);
        label = &set->store->field[field];
        split->groups = label->class_count;
    }
    split->list = gd__alloc_zeroed((size_t)set->count, sizeof *split->list);
    split->part = gd__alloc_zeroed((size_t)set->count, sizeof *split->part);
    split->first = gd__alloc_zeroed((size_t)split->groups + 1, sizeof *split->first);
    if (split->list == NULL || split->part == NULL || split->first == NULL)
        return gd__fail_memory("a split");
    for (int64_t i = 0; i < set->count; i++)
        split->list[i] = i;
    split->random = gd__random_make(seed, gd__hash_text("data.split"));
    if (!in_order)
        gd__random_shuffle(&split->random, set->count, split->list);
    if (label != NULL)
        return group_by_class(set, label, split->list, split->first);
    split->first[1] = set->count;
    return GD_OK;
}

// The view of the first `count` samples of `part`. A stratified part is grouped by class: it is brought into an order
// that says nothing about the class.
static gd_status finish_part(splitting *split, const gd_dataset *set, int64_t count, bool in_order, bool stratified,
                             gd_dataset **out)
{
    if (in_order)
        qsort(split->part, (size_t)count, sizeof *split->part, compare_numbers);
    else if (stratified)
        gd__random_shuffle(&split->random, count, split->part);
    return view(set, count, split->part, out);
}

static gd_status make_part(splitting *split, const gd_dataset *set, gd_split_opts opts, int p, gd_dataset **out)
{
    double begin = p == 0 ? 0 : split->end[p - 1];
    int64_t count = collect_part(split->list, split->groups, split->first, begin, split->end[p], split->part);
    if (count == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "part %d of the split would be empty: the data set has only %lld samples", p,
                        (long long)set->count);
    return finish_part(split, set, count, opts.in_order, opts.stratify != NULL, out);
}

gd_status gd_dataset_split(const gd_dataset *set, gd_split_opts opts, gd_dataset **part)
{
    for (int p = 0; p < opts.part_count; p++)
        part[p] = NULL;
    if (opts.part_count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a split into %d parts was asked for", opts.part_count);
    splitting split = {0};
    gd_status status = order_samples(&split, set, opts.seed, opts.in_order, opts.stratify);
    if (status == GD_OK) {
        split.end = gd__alloc_zeroed((size_t)opts.part_count, sizeof *split.end);
        status = split.end == NULL ? gd__fail_memory("a split") : find_ends(set, opts, split.end);
    }
    for (int p = 0; p < opts.part_count && status == GD_OK; p++)
        status = make_part(&split, set, opts, p, &part[p]);
    release(&split);
    if (status != GD_OK)
        for (int p = 0; p < opts.part_count; p++) {
            gd_dataset_free(part[p]);
            part[p] = NULL;
        }
    return status;
}

// ---- Folds

// The fold of the sample at `place` of the ordered list. Dealt out like cards, samples grouped by class give every fold
// the same share of each class, and folds of the same size too.
static int64_t fold_of(int64_t place, int64_t count, gd_fold_opts opts)
{
    if (opts.stratify != NULL)
        return place % opts.folds;
    const int64_t size = count / opts.folds, larger = count % opts.folds; // the first folds have one more
    return place < larger * (size + 1) ? place / (size + 1) : (place - larger) / size;
}

// The samples that are in the fold, or those that are not.
static gd_status make_fold(splitting *split, const gd_dataset *set, gd_fold_opts opts, bool inside, gd_dataset **out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < set->count; i++)
        if ((fold_of(i, set->count, opts) == opts.fold) == inside)
            split->part[count++] = split->list[i];
    return finish_part(split, set, count, opts.in_order, opts.stratify != NULL, out);
}

gd_status gd_dataset_fold(const gd_dataset *set, gd_fold_opts opts, gd_dataset **train, gd_dataset **validation)
{
    *train = *validation = NULL;
    if (opts.folds < 2)
        return gd__fail(GD_ERROR_ARGUMENT, "%d folds, expected 2 or more", opts.folds);
    if (opts.folds > set->count)
        return gd__fail(GD_ERROR_ARGUMENT, "%d folds of %lld samples: some would be empty", opts.folds,
                        (long long)set->count);
    if (opts.fold < 0 || opts.fold >= opts.folds)
        return gd__fail(GD_ERROR_ARGUMENT, "fold %d of %d, expected 0 to %d", opts.fold, opts.folds, opts.folds - 1);
    splitting split = {0};
    gd_status status = order_samples(&split, set, opts.seed, opts.in_order, opts.stratify);
    if (status == GD_OK)
        status = make_fold(&split, set, opts, false, train);
    if (status == GD_OK)
        status = make_fold(&split, set, opts, true, validation);
    release(&split);
    if (status != GD_OK) {
        gd_dataset_free(*train);
        *train = NULL;
    }
    return status;
}
