// Inputs that are the target: a column that is a line of it, or whose values stand for its values.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/describe.h"

enum {
    MOST_PAIRED = 1000, // more values than this are not compared one by one
    FEWEST_SAMPLES = 10 // with fewer, a correlation may be an accident
};

// The columns may be the same but for the names of their values: each has as many, and each value occurs often enough
// that this is no accident.
static bool may_be_renamed(const gd__describe *d, int c, int target)
{
    const gd__profile *x = &d->profile[c], *y = &d->profile[target];
    const gd_column_figures *figures = &d->result->column[c].figures[GD_TRAIN];
    return !x->values.full && !y->values.full && figures->different >= 2 && figures->different <= MOST_PAIRED &&
           figures->different == d->result->column[target].figures[GD_TRAIN].different && figures->missing == 0 &&
           figures->count >= 2 * figures->different;
}

gd_status gd__matches_begin(gd__describe *d)
{
    for (int c = 0; c < d->result->column_count && d->target_count > 0; c++) {
        gd__profile *profile = &d->profile[c];
        if (d->result->column[c].role != GD_ROLE_INPUT || profile->form == GD__PROFILE_WHOLE)
            continue;
        profile->match = gd__alloc_zeroed(GD__DESCRIBE_TARGETS, sizeof *profile->match);
        if (profile->match == NULL)
            return gd__fail_memory("a description of data");
        for (int t = 0; t < d->target_count; t++) {
            gd__match *match = &profile->match[t];
            if (!may_be_renamed(d, c, d->target[t]))
                continue;
            match->one_to_one = true;
            match->to = gd__alloc_zeroed((size_t)profile->values.count, sizeof *match->to);
            match->from = gd__alloc_zeroed((size_t)d->profile[d->target[t]].values.count, sizeof *match->from);
            if (match->to == NULL || match->from == NULL)
                return gd__fail_memory("a description of data");
        }
    }
    return GD_OK;
}

// Whether value `x` of a column and value `y` of the target have stood for each other so far.
static bool pair_values(gd__match *match, int64_t x, int64_t y)
{
    if (x < 0 || y < 0)
        return false;
    if (match->to[x] == 0 && match->from[y] == 0) {
        match->to[x] = (int32_t)y + 1;
        match->from[y] = (int32_t)x + 1;
    }
    return match->to[x] == (int32_t)y + 1 && match->from[y] == (int32_t)x + 1;
}

static void add_sums(gd__match *match, double x, double y)
{
    match->count++;
    match->x += x;
    match->y += y;
    match->xx += x * x;
    match->yy += y * y;
    match->xy += x * y;
}

void gd__matches_add(gd__describe *d, int c)
{
    gd__profile *profile = &d->profile[c];
    if (profile->match == NULL)
        return;
    gd__profile_gather(profile, GD_TRAIN, &d->chunk, d->x);
    for (int t = 0; t < d->target_count; t++) {
        gd__match *match = &profile->match[t];
        const gd__profile *target = &d->profile[d->target[t]];
        const double mean_x = profile->moments[GD_TRAIN].mean, mean_y = target->moments[GD_TRAIN].mean;
        for (int64_t i = 0; i < d->chunk.count; i++) {
            const double x = d->x[i], y = d->y[t][i];
            if (isnan(x) || isnan(y))
                continue;
            add_sums(match, x - mean_x, y - mean_y);
            if (match->one_to_one)
                match->one_to_one =
                    pair_values(match, gd__values_find(&profile->values, x), gd__values_find(&target->values, y));
        }
    }
}

bool gd__match_is_equal(const gd__describe *d, int c, int t, double *correlation)
{
    const gd__match *match = &d->profile[c].match[t];
    *correlation = NAN;
    if (match->one_to_one)
        return true;
    // The order of categories says nothing, unless there are two.
    const bool ordered = !gd__profile_is_category(d, c) || d->result->column[c].figures[GD_TRAIN].different == 2;
    const int target = d->target[t];
    const bool target_ordered = !gd__profile_is_category(d, target) || d->profile[target].form == GD__PROFILE_ELEMENT;
    if (match->count < FEWEST_SAMPLES || !ordered || !target_ordered)
        return false;
    const double n = (double)match->count;
    const double xx = match->xx - match->x * match->x / n, yy = match->yy - match->y * match->y / n;
    *correlation = (match->xy - match->x * match->y / n) / sqrt(xx * yy);
    return fabs(*correlation) > 0.9999;
}
