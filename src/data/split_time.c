// Parts and folds of samples that last: each part has a stretch of time to itself.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/split_time.h"

// The samples of a set with their times, and the different times at which samples begin.
typedef struct spans {
    const gd_dataset *set;
    double *from, *until; // (samples)
    int64_t count;
    double *moment; // (count), ascending
} spans;

static void spans_free(spans *s)
{
    gd__free(s->from);
    gd__free(s->until);
    gd__free(s->moment);
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static gd_status spans_read(const gd_dataset *set, const gd_deal_opts *opts, spans *s)
{
    const size_t samples = (size_t)set->count;
    int from, until;
    *s = (spans){.set = set};
    if (opts->order == NULL || opts->stratify != NULL || opts->group != NULL || opts->gap < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a split of samples that last needs `order`, where they begin, a `gap` of 0 "
                                           "or more, and neither classes nor groups");
    gd_status status = gd__find_number_field(set, opts->order, "the split cannot be ordered by", &from);
    if (status == GD_OK)
        status = gd__find_number_field(set, opts->until, "the split cannot be cut by", &until);
    if (status != GD_OK)
        return status;
    s->from = gd__alloc_zeroed(samples, sizeof *s->from);
    s->until = gd__alloc_zeroed(samples, sizeof *s->until);
    s->moment = gd__alloc_zeroed(samples, sizeof *s->moment);
    if (s->from == NULL || s->until == NULL || s->moment == NULL)
        return gd__fail_memory("a split");
    for (int64_t i = 0; i < set->count && status == GD_OK; i++) {
        status = gd__sample_number(set, from, i, &s->from[i]);
        if (status == GD_OK)
            status = gd__sample_number(set, until, i, &s->until[i]);
        s->moment[i] = s->from[i];
    }
    qsort(s->moment, samples, sizeof *s->moment, compare_numbers);
    for (int64_t i = 0; i < set->count; i++)
        if (s->count == 0 || s->moment[i] > s->moment[s->count - 1])
            s->moment[s->count++] = s->moment[i];
    return status;
}

// The moment number `at`; behind the last one, no moment at all.
static double moment_at(const spans *s, int64_t at)
{
    return at < s->count ? s->moment[at] : INFINITY;
}

// The samples that begin at moment number `first` or later, and end before moment number `end`.
static gd_status take(const spans *s, int64_t first, int64_t end, const char *what, gd_dataset **out)
{
    const double low = moment_at(s, first), high = moment_at(s, end);
    int64_t count = 0, *sample = gd__alloc_zeroed((size_t)s->set->count, sizeof *sample);
    if (sample == NULL)
        return gd__fail_memory("a part of a split");
    for (int64_t i = 0; i < s->set->count; i++)
        if (s->from[i] >= low && s->until[i] < high)
            sample[count++] = i;
    const gd_status status =
        count > 0 ? gd_dataset_select(s->set, count, sample, out)
                  : gd__fail(GD_ERROR_ARGUMENT,
                             "%s of the split would be empty: no sample lies wholly within its %lld of %lld moments",
                             what, (long long)(end > first ? end - first : 0), (long long)s->count);
    gd__free(sample);
    return status;
}

gd_status gd__split_time(const gd_dataset *set, const gd_deal_opts *opts, int parts, const double *end,
                         gd_dataset **part)
{
    static const char *const word[] = {"the first part", "the second part", "the third part"};
    spans s;
    gd_status status = spans_read(set, opts, &s);
    int64_t first = 0;
    for (int p = 0; p < parts && status == GD_OK; p++) {
        const int64_t stop = llround(end[p] * (double)s.count);
        status = take(&s, p == 0 ? 0 : first + opts->gap, stop, p < 3 ? word[p] : "a part", &part[p]);
        first = stop;
    }
    spans_free(&s);
    return status;
}

gd_status gd__fold_time(const gd_dataset *set, const gd_fold_opts *opts, gd_dataset **train, gd_dataset **validation)
{
    spans s;
    gd_status status = spans_read(set, &opts->deal, &s);
    const int64_t runs = opts->folds + 1, first = s.count * (opts->fold + 1) / runs;
    const int64_t stop = s.count * (opts->fold + 2) / runs;
    if (status == GD_OK)
        status = take(&s, 0, first, "the training part", train);
    if (status == GD_OK)
        status = take(&s, first + opts->deal.gap, stop, "the validation part", validation);
    spans_free(&s);
    return status;
}
