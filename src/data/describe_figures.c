#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/describe.h"

// ---- First reading

static void merge(gd__power_sums *all, const gd__power_sums *more)
{
    if (more->count == 0)
        return;
    const double n = (double)all->count, m = (double)more->count, step = more->mean - all->mean;
    all->mean += step * (m / (n + m));
    all->squares += more->squares + step * step * (n * m / (n + m));
    all->count += more->count;
}

// Mean and squared deviations of the numbers that are there, in two passes.
static gd__power_sums measure(const double *value, int64_t count)
{
    gd__power_sums found = {0};
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(value[i])) {
            sum += value[i];
            found.count++;
        }
    if (found.count == 0)
        return found;
    found.mean = sum / (double)found.count;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(value[i]))
            found.squares += (value[i] - found.mean) * (value[i] - found.mean);
    return found;
}

static void follow_line(gd__line *line, double place, double value)
{
    if (line->broken)
        return;
    if (line->count == 0) {
        line->origin = place;
        line->start = value;
        line->step = NAN;
    } else if (isnan(line->step)) {
        line->step = (value - line->start) / (place - line->origin);
        line->broken = !isfinite(line->step) || line->step == 0;
    } else {
        const double expected = line->start + line->step * (place - line->origin);
        line->broken = !(fabs(value - expected) <= 1e-3 * fabs(line->step) + 1e-12 * fabs(value));
    }
    line->count++;
}

// The numbers of a column in the chunk.
static const double *numbers_of(const gd__describe *d, int c, int part, int64_t *count)
{
    const gd__profile *profile = &d->profile[c];
    const int field = profile->in[part];
    if (profile->form == GD__PROFILE_WHOLE) {
        *count = d->chunk.values[field];
        return d->chunk.value[field];
    }
    gd__profile_gather(profile, part, &d->chunk, d->x);
    *count = d->chunk.count;
    return d->x;
}

gd_status gd__profile_measure(gd__describe *d, int c, int part)
{
    gd__profile *profile = &d->profile[c];
    gd_column_figures *figures = &d->result->column[c].figures[part];
    const bool category = gd__profile_is_category(d, c);
    int64_t count;
    const double *value = numbers_of(d, c, part, &count);
    const gd__power_sums found = measure(value, count);
    merge(&profile->moments[part], &found);
    figures->missing += count - found.count;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(value[i]))
            continue;
        figures->min = fmin(figures->min, value[i]); // of NaN and a number, the number
        figures->max = fmax(figures->max, value[i]);
        profile->fraction = profile->fraction || value[i] != floor(value[i]);
        const int64_t sample = d->chunk.first + (profile->form == GD__PROFILE_WHOLE ? 0 : i);
        if ((category || !profile->values.full) && !gd__values_count(&profile->values, part, value[i], sample))
            return gd__fail_memory("a description of data");
    }
    if (part == GD_TRAIN && profile->form == GD__PROFILE_ELEMENT)
        for (int64_t i = 0; i < count && !(profile->by_sample.broken && profile->by_row.broken); i++) {
            follow_line(&profile->by_sample, d->place[i], value[i]);
            follow_line(&profile->by_row, d->row[i], value[i]);
        }
    return GD_OK;
}

// ---- Between the readings

// Bins of one width over the range of all parts. Whole numbers have bins of as many of them each.
static void choose_bins(const gd__profile *profile, gd_column *shown, double low, double high, int64_t count)
{
    const double range = high - low;
    if (!isfinite(range))
        return;
    if (!profile->fraction) {
        const double width = ceil((range + 1) / GD_COLUMN_BINS), bins = ceil((range + 1) / width);
        shown->bin_low = low - 0.5;
        shown->bin_high = shown->bin_low + width * bins;
        shown->bin_count = (int)bins;
    } else if (range == 0) {
        shown->bin_low = low - 0.5;
        shown->bin_high = low + 0.5;
        shown->bin_count = 1;
    } else {
        enum { FEWEST = 5 };
        const double root = ceil(sqrt((double)count));
        shown->bin_low = low;
        shown->bin_high = high;
        shown->bin_count = root > GD_COLUMN_BINS ? GD_COLUMN_BINS : root < FEWEST ? FEWEST : (int)root;
    }
    if (!(shown->bin_high > shown->bin_low)) // numbers so large that halves are lost
        shown->bin_count = 0;
}

void gd__profiles_settle(gd__describe *d)
{
    for (int c = 0; c < d->result->column_count; c++) {
        const gd__profile *profile = &d->profile[c];
        gd_column *shown = &d->result->column[c];
        double low = NAN, high = NAN;
        int64_t count = 0;
        for (int p = 0; p < GD_PARTS; p++) {
            gd_column_figures *figures = &shown->figures[p];
            const gd__power_sums *moments = &profile->moments[p];
            low = fmin(low, figures->min);
            high = fmax(high, figures->max);
            count += moments->count;
            figures->count = moments->count;
            const bool none = moments->count == 0 || gd__profile_is_category(d, c);
            figures->mean = none ? NAN : moments->mean;
            figures->deviation = none ? NAN : sqrt(moments->squares / (double)moments->count);
            if (none)
                figures->min = figures->max = NAN;
            figures->different = gd__values_of_part(&profile->values, p);
        }
        shown->different = profile->values.count;
        shown->more = profile->values.full;
        if (!gd__profile_is_category(d, c))
            choose_bins(profile, shown, low, high, count);
    }
}

// ---- Second reading

static void find_outliers(gd__describe *d, int c, int part, const double *value, int64_t count)
{
    enum { DEVIATIONS = 10 };
    gd__profile *profile = &d->profile[c];
    const gd_column_figures *train = &d->result->column[c].figures[GD_TRAIN];
    if (profile->form == GD__PROFILE_WHOLE || !(train->deviation > 0) || !gd__profile_is_used(d, c))
        return;
    for (int64_t i = 0; i < count; i++) {
        if (!(fabs(value[i] - train->mean) > DEVIATIONS * train->deviation))
            continue;
        if (profile->outliers == 0) {
            profile->outlier_part = part;
            profile->outlier_sample = d->chunk.first + i;
            profile->outlier = value[i];
        }
        profile->outliers++;
    }
}

void gd__profile_place(gd__describe *d, int c, int part)
{
    gd_column *shown = &d->result->column[c];
    if (gd__profile_is_category(d, c))
        return;
    int64_t count;
    const double *value = numbers_of(d, c, part, &count);
    const double low = shown->bin_low, scale = shown->bin_count / (shown->bin_high - low);
    for (int64_t i = 0; i < count && shown->bin_count > 0; i++) {
        if (!isfinite(value[i]))
            continue;
        const int bin = (int)((value[i] - low) * scale);
        shown->figures[part].bin[bin < shown->bin_count ? bin : shown->bin_count - 1]++;
    }
    find_outliers(d, c, part, value, count);
}

// ---- Categories

typedef struct {
    int64_t number;
    double value;
    const int64_t *times;
} ranked;

static int by_frequency(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    for (int p = 0; p < GD_PARTS; p++)
        if (a->times[p] != b->times[p])
            return a->times[p] > b->times[p] ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static double imbalance_of(const gd__values *values)
{
    int64_t largest = 0, smallest = INT64_MAX;
    for (int64_t i = 0; i < values->count; i++) {
        const int64_t times = values->times[i][GD_TRAIN];
        largest = times > largest ? times : largest;
        smallest = times > 0 && times < smallest ? times : smallest;
    }
    return largest == 0 ? 0 : (double)largest / (double)smallest;
}

static gd_status list_categories(gd__describe *d, int c, ranked *rank)
{
    const gd__values *values = &d->profile[c].values;
    gd_column *shown = &d->result->column[c];
    const int64_t most = shown->role == GD_ROLE_TARGET ? GD_COLUMN_CLASSES : GD_COLUMN_CATEGORIES;
    for (int64_t i = 0; i < values->count; i++)
        rank[i] = (ranked){.number = i, .value = values->value[i], .times = values->times[i]};
    qsort(rank, (size_t)values->count, sizeof *rank, by_frequency);
    const int64_t count = values->count < most ? values->count : most;
    shown->category = gd__alloc_zeroed((size_t)count, sizeof *shown->category);
    if (shown->category == NULL)
        return gd__fail_memory("a description of data");
    for (int64_t i = 0; i < count; i++) {
        char text[GD__CATEGORY_TEXT];
        gd__category_text(d, c, rank[i].value, text);
        gd_category_count *category = &shown->category[i];
        category->name = gd__copy_text(text);
        if (category->name == NULL)
            return gd__fail_memory("a description of data");
        memcpy(category->count, rank[i].times, sizeof category->count);
        shown->category_count++;
    }
    return GD_OK;
}

gd_status gd__profiles_finish(gd__describe *d)
{
    gd_status status = GD_OK;
    for (int c = 0; c < d->result->column_count && status == GD_OK; c++) {
        const gd__values *values = &d->profile[c].values;
        if (!gd__profile_is_category(d, c) || values->count == 0)
            continue;
        ranked *rank = gd__alloc_zeroed((size_t)values->count, sizeof *rank);
        status = rank == NULL ? gd__fail_memory("a description of data") : list_categories(d, c, rank);
        gd__free(rank);
        if (d->result->column[c].role == GD_ROLE_TARGET)
            d->result->column[c].imbalance = imbalance_of(values);
    }
    return status;
}
