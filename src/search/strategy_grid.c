// Grid search: every combination, the last parameter changing fastest.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

// The point of a range: of `count` points from end to end. Whole numbers may fall together.
static double grid_point(const gd_search *search, const gd_search_parameter *p, int point)
{
    if (p->range == GD_RANGE_CHOICE)
        return point;
    double part = (double)point / (search->opts.grid - 1);
    if (p->range == GD_RANGE_INTEGER)
        return round(p->low + part * (p->high - p->low));
    if (p->range == GD_RANGE_LOG_INTEGER)
        return round(p->low * pow(p->high / p->low, part));
    return gd__range_value(p, part);
}

// Fills `list` (if not NULL) with the different points; returns how many they are.
static int grid_points(const gd_search *search, const gd_search_parameter *p, double *list)
{
    int most = p->range == GD_RANGE_CHOICE ? p->choice_count : search->opts.grid, count = 0;
    double before = -INFINITY;
    for (int i = 0; i < most; i++) {
        double value = grid_point(search, p, i);
        if (value == before)
            continue;
        if (list != NULL)
            list[count] = value;
        before = value;
        count++;
    }
    return count;
}

static double grid_size(const gd_search *search)
{
    double size = 1;
    for (int i = 0; i < search->parameter_count; i++)
        size *= grid_points(search, &search->parameter[i], NULL);
    return size < 1e6 ? size : 1e6;
}

static gd_status propose_grid(const gd_search *search, double *value, gd_proposal *proposal)
{
    int left = search->trial_count;
    if (left >= search->opts.trials)
        return GD_OK;
    for (int i = search->parameter_count - 1; i >= 0; i--) {
        const gd_search_parameter *p = &search->parameter[i];
        size_t most = (size_t)(p->range == GD_RANGE_CHOICE ? p->choice_count : search->opts.grid);
        double *list = gd__alloc_zeroed(most, sizeof *list);
        if (list == NULL)
            return gd__fail_memory("a grid");
        int count = grid_points(search, p, list);
        if (count > 0) {
            value[i] = list[left % count];
            left /= count;
        }
        gd__free(list);
    }
    proposal->kind = GD_PROPOSE_NEW;
    return GD_OK;
}

static gd_status plan_grid(const gd_search *search, int *trials)
{
    const double points = grid_size(search), most = search->opts.trials > 0 ? search->opts.trials : GD__MOST_TRIALS;
    if (points > most)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "the grid has %.0f%s points, %s %.0f trials: take fewer points on a range (grid: %d now) or "
                        "fewer choices, or another strategy",
                        points, points >= 1e6 ? " or more" : "",
                        search->opts.trials > 0 ? "and the search" : "expected at most", most, search->opts.grid);
    *trials = (int)points;
    return GD_OK;
}

const gd_strategy_kind gd__strategy_grid = {
    .record = {.name = "grid", .doc = "every combination of `grid` points on each range"},
    .plan = plan_grid,
    .propose = propose_grid,
};
