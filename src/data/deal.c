#include "data/deal.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_CLASSES = 10000 };

// ---- The order

// Orders the list by the rank of each sample, keeping the order within a rank: counting sort. first[r] becomes where
// rank r begins; it has ranks + 1 elements, all 0 at first.
static gd_status sort_by_rank(int64_t count, const int64_t *rank, int64_t ranks, int64_t *list, int64_t *first)
{
    int64_t *sorted = gd__alloc_zeroed((size_t)count, sizeof *sorted);
    int64_t *place = gd__alloc_zeroed((size_t)ranks + 1, sizeof *place);
    if (sorted == NULL || place == NULL) {
        gd__free(sorted);
        gd__free(place);
        return gd__fail_memory("a split");
    }
    for (int64_t i = 0; i < count; i++)
        first[rank[i] + 1]++;
    for (int64_t r = 0; r < ranks; r++)
        first[r + 1] += first[r];
    memcpy(place, first, (size_t)ranks * sizeof *place);
    for (int64_t i = 0; i < count; i++)
        sorted[place[rank[list[i]]]++] = list[i];
    memcpy(list, sorted, (size_t)count * sizeof *list);
    gd__free(sorted);
    gd__free(place);
    return GD_OK;
}

// Makes first[], for so many classes.
static gd_status make_first(gd__deal *deal, int64_t classes)
{
    deal->class_count = classes;
    deal->first = gd__alloc_zeroed((size_t)classes + 1, sizeof *deal->first);
    return deal->first != NULL ? GD_OK : gd__fail_memory("a split");
}

static gd_status all_alike(gd__deal *deal)
{
    gd_status status = make_first(deal, 1);
    if (status == GD_OK)
        deal->first[1] = deal->set->count;
    return status;
}

// The list, class by class.
static gd_status stratify(gd__deal *deal, int64_t *rank)
{
    int64_t classes;
    gd_status status = gd__rank_values(deal->set, deal->opts.stratify, "the split cannot be stratified by", MAX_CLASSES,
                                       rank, &classes);
    if (status == GD_OK)
        status = make_first(deal, classes);
    return status == GD_OK ? sort_by_rank(deal->set->count, rank, classes, deal->list, deal->first) : status;
}

// The list by a field's values, as one class.
static gd_status sort_by_field(gd__deal *deal, int64_t *rank)
{
    int64_t values;
    gd_status status =
        gd__rank_values(deal->set, deal->opts.order, "the split cannot be ordered by", INT64_MAX, rank, &values);
    if (status != GD_OK)
        return status;
    int64_t *first = gd__alloc_zeroed((size_t)values + 1, sizeof *first);
    if (first == NULL)
        return gd__fail_memory("a split");
    status = sort_by_rank(deal->set->count, rank, values, deal->list, first);
    gd__free(first);
    return status == GD_OK ? all_alike(deal) : status;
}

static gd_status find_groups(gd__deal *deal, int64_t *rank)
{
    gd_status status = gd__rank_values(deal->set, deal->opts.group, "the split cannot be made by groups of", INT64_MAX,
                                       rank, &deal->group_count);
    return status == GD_OK ? all_alike(deal) : status;
}

static gd_status check_opts(const gd_deal_opts *opts)
{
    if ((opts->stratify != NULL) + (opts->group != NULL) + opts->in_order > 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a split is stratified, by groups or in order; more than one was asked for");
    return GD_OK;
}

gd_status gd__deal_begin(gd__deal *deal, const gd_dataset *set, const gd_deal_opts *opts)
{
    *deal = (gd__deal){.set = set, .opts = *opts};
    deal->opts.in_order = opts->in_order || opts->order != NULL;
    gd_status status = check_opts(&deal->opts);
    if (status != GD_OK)
        return status;
    deal->list = gd__alloc_zeroed((size_t)set->count, sizeof *deal->list);
    deal->part = gd__alloc_zeroed((size_t)set->count, sizeof *deal->part);
    const bool ranked = opts->stratify != NULL || opts->group != NULL || opts->order != NULL;
    int64_t *rank = ranked ? gd__alloc_zeroed((size_t)set->count, sizeof *rank) : NULL;
    if (deal->list == NULL || deal->part == NULL || (ranked && rank == NULL)) {
        gd__free(rank);
        return gd__fail_memory("a split");
    }
    for (int64_t i = 0; i < set->count; i++)
        deal->list[i] = i;
    deal->random = gd__random_make(opts->seed, gd__hash_text("data.split"));
    if (!deal->opts.in_order)
        gd__random_shuffle(&deal->random, set->count, deal->list);
    if (!ranked)
        return all_alike(deal);
    deal->group = rank; // released with the deal, whatever it is of
    return opts->stratify != NULL ? stratify(deal, rank)
           : opts->group != NULL  ? find_groups(deal, rank)
                                  : sort_by_field(deal, rank);
}

void gd__deal_end(gd__deal *deal)
{
    gd__free(deal->list);
    gd__free(deal->part);
    gd__free(deal->first);
    gd__free(deal->group);
}

// ---- Shares and folds

void gd__deal_shares(gd__deal *deal, int parts, const double *end)
{
    for (int64_t c = 0; c < deal->class_count; c++) {
        const int64_t first = deal->first[c], last = deal->first[c + 1];
        int64_t place = first;
        for (int p = 0; p < parts; p++)
            for (const int64_t stop = first + llround(end[p] * (double)(last - first)); place < stop; place++)
                deal->part[place] = p;
        for (; place < last; place++)
            deal->part[place] = -1;
    }
}

// The fold of the sample at `place` of the list. Dealt out like cards, samples that stand class by class give every
// fold the same share of each class, and folds of the same size too.
static int64_t fold_of(const gd__deal *deal, int64_t place, int64_t folds)
{
    if (deal->opts.stratify != NULL)
        return place % folds;
    const int64_t size = deal->set->count / folds, larger = deal->set->count % folds; // the first folds have one more
    return place < larger * (size + 1) ? place / (size + 1) : (place - larger) / size;
}

void gd__deal_folds(gd__deal *deal, int folds)
{
    for (int64_t i = 0; i < deal->set->count; i++)
        deal->part[i] = (int)fold_of(deal, i, folds);
}

// ---- Groups

// Groups differ in size, so one order of them may suit the parts better than another: of so many, the best is taken.
enum { TRIALS = 32 };

typedef struct {
    int64_t groups;
    int64_t *size;            // of each group
    int parts;                // and one more, for the samples that go to no part
    double *wanted, *lacking; // samples of each part; wanted, and still lacking
    int64_t *order;           // of the groups
    int *part, *best;         // of each group
} dealing;

static void release(dealing *d)
{
    gd__free(d->size);
    gd__free(d->wanted);
    gd__free(d->lacking);
    gd__free(d->order);
    gd__free(d->part);
    gd__free(d->best);
}

static gd_status prepare(dealing *d, const gd__deal *deal, const double *end)
{
    const size_t groups = (size_t)d->groups, parts = (size_t)d->parts + 1;
    d->size = gd__alloc_zeroed(groups, sizeof *d->size);
    d->order = gd__alloc_zeroed(groups, sizeof *d->order);
    d->part = gd__alloc_zeroed(groups, sizeof *d->part);
    d->best = gd__alloc_zeroed(groups, sizeof *d->best);
    d->wanted = gd__alloc_zeroed(parts, sizeof *d->wanted);
    d->lacking = gd__alloc_zeroed(parts, sizeof *d->lacking);
    if (d->size == NULL || d->order == NULL || d->part == NULL || d->best == NULL || d->wanted == NULL ||
        d->lacking == NULL)
        return gd__fail_memory("a split by groups");
    for (int64_t i = 0; i < deal->set->count; i++)
        d->size[deal->group[i]]++;
    for (int64_t g = 0; g < d->groups; g++)
        d->order[g] = g;
    for (int p = 0; p <= d->parts; p++) {
        const double until = p < d->parts ? end[p] : 1, from = p > 0 ? end[p - 1] : 0;
        d->wanted[p] = (until - from) * (double)deal->set->count;
    }
    return GD_OK;
}

// The part that lacks most, of all of them or of those that are empty.
static int find_neediest(const dealing *d, bool only_empty)
{
    int neediest = -1;
    for (int p = 0; p <= d->parts; p++) {
        const bool empty = p < d->parts && d->lacking[p] == d->wanted[p];
        if ((empty || !only_empty) && (neediest < 0 || d->lacking[p] > d->lacking[neediest]))
            neediest = p;
    }
    return neediest;
}

// Gives each group to the part that lacks most, the last ones to those that would stay empty, and says how far the
// parts are from what was wanted, in samples.
static double deal_once(dealing *d)
{
    int empty = d->parts;
    memcpy(d->lacking, d->wanted, ((size_t)d->parts + 1) * sizeof *d->lacking);
    for (int64_t i = 0; i < d->groups; i++) {
        const int to = find_neediest(d, d->groups - i <= empty);
        empty -= to < d->parts && d->lacking[to] == d->wanted[to];
        d->part[d->order[i]] = to;
        d->lacking[to] -= (double)d->size[d->order[i]];
    }
    double distance = 0;
    for (int p = 0; p <= d->parts; p++)
        distance += fabs(d->lacking[p]);
    return distance;
}

gd_status gd__deal_groups(gd__deal *deal, int parts, const double *end)
{
    const int64_t count = deal->set->count;
    dealing d = {.groups = deal->group_count, .parts = parts};
    gd_status status = prepare(&d, deal, end);
    double best = INFINITY;
    // Within a sample for each part is as near as a deal can be told to come.
    for (int trial = 0; status == GD_OK && trial < TRIALS && best > parts; trial++) {
        gd__random_shuffle(&deal->random, d.groups, d.order);
        const double distance = deal_once(&d);
        if (distance < best) {
            best = distance;
            memcpy(d.best, d.part, (size_t)d.groups * sizeof *d.best);
        }
    }
    for (int64_t i = 0; status == GD_OK && i < count; i++) {
        const int part = d.best[deal->group[deal->list[i]]];
        deal->part[i] = part < parts ? part : -1;
    }
    release(&d);
    return status;
}
