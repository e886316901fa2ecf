#include "metric/kept.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "metric/order.h"

size_t gd__kept_size(const gd_metric_opts *opts)
{
    (void)opts;
    return sizeof(gd__kept);
}

gd_status gd__kept_begin(const gd_metric_opts *opts, void *state)
{
    ((gd__kept *)state)->opts = *opts;
    return GD_OK;
}

void gd__kept_free(void *state)
{
    gd__kept *kept = state;
    gd__free(kept->value);
    gd__free(kept->weight);
    gd__free(kept->target);
}

// Targets a sample.
static int64_t targets_of(const gd__kept *kept)
{
    return kept->opts.task == GD_TASK_BINARY ? kept->opts.width : kept->opts.task == GD_TASK_CLASSES ? 1 : 0;
}

// Makes one list longer; it keeps what it holds.
static bool enlarge(void **list, int64_t capacity, int64_t columns, size_t element_size)
{
    size_t row;
    if (!gd__multiply((size_t)columns, element_size, &row))
        return false;
    void *larger = gd__realloc(*list, (size_t)capacity, row);
    if (larger != NULL)
        *list = larger;
    return larger != NULL;
}

// Room for `more` samples.
static gd_status reserve(gd__kept *kept, int64_t more)
{
    enum { FIRST = 64 };
    if (more <= kept->capacity - kept->count)
        return GD_OK;
    if (more > INT64_MAX / 4 - kept->count)
        return gd__fail_memory("the scores of all samples");
    int64_t capacity = 2 * kept->capacity > FIRST ? 2 * kept->capacity : FIRST;
    if (capacity < kept->count + more)
        capacity = kept->count + more;
    const int64_t targets = targets_of(kept);
    if (!enlarge((void **)&kept->value, capacity, kept->opts.width, sizeof *kept->value) ||
        !enlarge((void **)&kept->weight, capacity, 1, sizeof *kept->weight) ||
        (targets > 0 && !enlarge((void **)&kept->target, capacity, targets, sizeof *kept->target)))
        return gd__fail_memory("the scores of all samples");
    kept->capacity = capacity;
    return GD_OK;
}

gd_status gd__kept_add(gd__kept *kept, const gd_scored *scored, gd__value_of value_of)
{
    gd_status status = reserve(kept, scored->count);
    if (status != GD_OK)
        return status;
    const int64_t width = kept->opts.width, targets = targets_of(kept);
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        const int64_t at = kept->count++;
        kept->weight[at] = weight;
        for (int64_t c = 0; c < width; c++)
            kept->value[at * width + c] = value_of(&kept->opts, scored, i, c);
        for (int64_t a = 0; a < targets; a++)
            kept->target[at * targets + a] =
                kept->opts.task == GD_TASK_BINARY ? gd__is_yes(scored, i, a) : (int32_t)scored->target[i];
    }
    return GD_OK;
}

gd_status gd__kept_merge(void *state, const void *other)
{
    gd__kept *to = state;
    const gd__kept *from = other;
    const int64_t more = from->count, width = to->opts.width, targets = targets_of(to);
    gd_status status = reserve(to, more);
    if (status != GD_OK || more == 0)
        return status;
    memcpy(to->value + to->count * width, from->value, (size_t)(more * width) * sizeof *to->value);
    memcpy(to->weight + to->count, from->weight, (size_t)more * sizeof *to->weight);
    if (targets > 0)
        memcpy(to->target + to->count * targets, from->target, (size_t)(more * targets) * sizeof *to->target);
    to->count += more;
    return GD_OK;
}

static void sort_column(const gd__kept *kept, int64_t column, gd__entry *entry)
{
    const int64_t width = kept->opts.width;
    for (int64_t i = 0; i < kept->count; i++) {
        entry[i] = (gd__entry){.value = kept->value[i * width + column], .weight = kept->weight[i]};
        if (kept->opts.task == GD_TASK_BINARY)
            entry[i].yes = kept->target[i * width + column] != 0;
        else if (kept->opts.task == GD_TASK_CLASSES)
            entry[i].yes = kept->target[i] == column;
    }
    gd__sort_entries(entry, kept->count);
}

gd__entry *gd__kept_column(const gd__kept *kept, int64_t column)
{
    gd__entry *entry = gd__alloc_zeroed((size_t)kept->count, sizeof *entry);
    if (entry != NULL)
        sort_column(kept, column, entry);
    return entry;
}

gd_status gd__kept_mean(const gd__kept *kept, gd__list_figure figure, double *value)
{
    *value = NAN;
    if (kept->count == 0)
        return GD_OK;
    gd__entry *entry = gd__alloc_zeroed((size_t)kept->count, sizeof *entry);
    if (entry == NULL)
        return gd__fail_memory("the scores of all samples, in order");
    gd__wide sum = {0};
    for (int64_t c = 0; c < kept->opts.width; c++) {
        sort_column(kept, c, entry);
        gd__wide_add(&sum, figure(entry, kept->count));
    }
    *value = gd__wide_value(sum) / (double)kept->opts.width;
    gd__free(entry);
    return GD_OK;
}

double gd__score_of(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    return scored->prediction[sample * scored->width + column];
}
