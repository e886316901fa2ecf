// What forecasts are worth, and the naive ones beside them.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/windows.h"

static const char *const names[GD_FORECASTERS] = {"model", "last value", "same season"};
static const char *const naive_fields[GD_FORECASTERS] = {NULL, "last_value", "same_season"};

const char *gd_forecaster_name(gd_forecaster forecaster)
{
    return (unsigned)forecaster < GD_FORECASTERS ? names[forecaster] : "";
}

void gd_forecast_score_free(gd_forecast_score *score)
{
    GD__NEEDS(score);
    for (int f = 0; f < GD_FORECASTERS; f++)
        gd__free(score->step_error[f]);
    *score = (gd_forecast_score){0};
}

// A field of windows `first` … `first + count - 1` as doubles.
static gd_status fetch(const gd_dataset *set, const char *name, int64_t first, int64_t count, double *to)
{
    int64_t *sample = gd__alloc_zeroed((size_t)count, sizeof *sample);
    gd_array array = {0};
    if (sample == NULL)
        return gd__fail_memory("what forecasts are worth");
    for (int64_t i = 0; i < count; i++)
        sample[i] = first + i;
    gd_status status = gd_dataset_get(set, gd_dataset_find(set, name), count, sample, &array);
    if (status == GD_OK)
        gd__to_doubles(to, array.data, array.type, gd_array_count(&array));
    gd_array_free(&array);
    gd__free(sample);
    return status;
}

// Sums over windows, steps and targets.
typedef struct sums {
    double count, absolute, square, truth, symmetric;
    double scaled, scaled_count;
} sums;

static void add(sums *s, double said, double truth, double season_error)
{
    const double error = fabs(said - truth), size = fabs(said) + fabs(truth);
    s->count++;
    s->absolute += error;
    s->square += error * error;
    s->truth += fabs(truth);
    s->symmetric += size > 0 ? 2 * error / size : 0;
    if (season_error > 0) {
        s->scaled += error / season_error;
        s->scaled_count++;
    }
}

// One portion of windows, (count, H, C).
typedef struct portion {
    int64_t count;
    double *said, *truth; // (count, H, C)
    double *season_error; // (count, C)
} portion;

static void add_portion(const portion *p, const gd_forecast_score *score, sums *s, double *step_error)
{
    const int64_t H = score->horizon, C = score->targets;
    for (int64_t i = 0; i < p->count; i++)
        for (int64_t h = 0; h < H; h++)
            for (int64_t c = 0; c < C; c++) {
                const int64_t at = (i * H + h) * C + c;
                add(s, p->said[at], p->truth[at], p->season_error[i * C + c]);
                step_error[h] += fabs(p->said[at] - p->truth[at]) / (double)(score->samples * C);
            }
}

static gd_forecast_figures figures_of(const sums *s)
{
    return (gd_forecast_figures){
        .mae = s->absolute / s->count,
        .rmse = sqrt(s->square / s->count),
        .mase = s->scaled_count > 0 ? s->scaled / s->scaled_count : NAN,
        .smape = s->symmetric / s->count,
        .wape = s->truth > 0 ? s->absolute / s->truth : NAN,
    };
}

static gd_status score_all(const gd_dataset *set, const gd_array *prediction, const gd_array *target, portion *p,
                           gd_forecast_score *score)
{
    const int64_t width = score->horizon * score->targets, room = p->count;
    const size_t size = gd_type_size(prediction->type) * (size_t)width,
                 own = gd_type_size(target->type) * (size_t)width;
    sums s[GD_FORECASTERS] = {0};
    gd_status status = GD_OK;
    for (int64_t first = 0; first < score->samples && status == GD_OK; first += room) {
        p->count = score->samples - first < room ? score->samples - first : room;
        gd__to_doubles(p->truth, (const char *)target->data + (size_t)first * own, target->type, p->count * width);
        status = fetch(set, "season_error", first, p->count, p->season_error);
        for (int f = 0; f < GD_FORECASTERS && status == GD_OK; f++) {
            if (naive_fields[f] != NULL)
                status = fetch(set, naive_fields[f], first, p->count, p->said);
            else
                gd__to_doubles(p->said, (const char *)prediction->data + (size_t)first * size, prediction->type,
                               p->count * width);
            if (status == GD_OK)
                add_portion(p, score, &s[f], score->step_error[f]);
        }
    }
    for (int f = 0; f < GD_FORECASTERS; f++)
        score->of[f] = figures_of(&s[f]);
    return status;
}

gd_status gd_forecast_score_make(const gd_dataset *set, const gd_array *prediction, const gd_array *target,
                                 gd_forecast_score *out)
{
    enum { PORTION = 256 };
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = (gd_forecast_score){0};
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(prediction, GD_ERROR_ARGUMENT);
    GD__NEEDS(target, GD_ERROR_ARGUMENT);
    const int y = gd_dataset_find(set, "y");
    if (!gd_dataset_has_windows(set) || y < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set has no windows with a future to compare with");
    const gd_shape shape = gd_dataset_field(set, y).shape;
    const int64_t samples = gd_dataset_count(set), count = samples * gd_shape_count(shape);
    if (prediction->data == NULL || target->data == NULL || gd_array_count(prediction) != count ||
        gd_array_count(target) != count)
        return gd__fail(GD_ERROR_SHAPE, "forecasts and truth are not (%lld, %lld, %lld), as the windows are",
                        (long long)samples, (long long)shape.dim[0], (long long)shape.dim[1]);
    *out = (gd_forecast_score){
        .samples = samples, .horizon = shape.dim[0], .targets = shape.dim[1], .season = gd__window_season(set)};
    const size_t width = (size_t)(out->horizon * out->targets);
    portion p = {.count = PORTION,
                 .said = gd__alloc_zeroed(PORTION * width, sizeof(double)),
                 .truth = gd__alloc_zeroed(PORTION * width, sizeof(double)),
                 .season_error = gd__alloc_zeroed(PORTION * (size_t)out->targets, sizeof(double))};
    bool good = p.said != NULL && p.truth != NULL && p.season_error != NULL;
    for (int f = 0; f < GD_FORECASTERS; f++) {
        out->step_error[f] = gd__alloc_zeroed((size_t)out->horizon, sizeof(double));
        good = good && out->step_error[f] != NULL;
    }
    gd_status status = good ? score_all(set, prediction, target, &p, out) : gd__fail_memory("what forecasts are worth");
    gd__free(p.said);
    gd__free(p.truth);
    gd__free(p.season_error);
    if (status != GD_OK)
        gd_forecast_score_free(out);
    return status;
}
