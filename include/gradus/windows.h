// Time series: a table with a row for each moment becomes samples, of which each is a window: a stretch of the past,
// what is known beforehand of the future, and the future itself, which a network shall say. And what such forecasts are
// worth, beside those that anybody could make without a network.
#ifndef GRADUS_WINDOWS_H
#define GRADUS_WINDOWS_H

#include <gradus/data.h>

#ifdef __cplusplus
extern "C" {
#endif

// What becomes of a moment that has no row, or of an empty cell. Nothing is filled in from what comes later.
typedef enum gd_gaps {
    GD_GAPS_ERROR = 0, // a sentence that names the file and the row
    GD_GAPS_APART,     // no window reaches over it
    GD_GAPS_PREVIOUS   // the number of the moment before; a series begins with its first row without empty cells
} gd_gaps;

// What becomes of several rows of one moment.
typedef enum gd_duplicates {
    GD_DUPLICATES_ERROR = 0, // a sentence that names the file and the row
    GD_DUPLICATES_LAST,      // the one that stands last in the table
    GD_DUPLICATES_MEAN       // the mean of each column
} gd_duplicates;

// Parts of a date, each as two numbers, sin and cos of 2 pi times how far it has gone round: 23:00 is near to 1:00.
enum {
    GD_CALENDAR_HOUR = 1,    // the time of day
    GD_CALENDAR_WEEKDAY = 2, // from Monday on
    GD_CALENDAR_DAY = 4,     // of the month, of 31
    GD_CALENDAR_MONTH = 8    // of the year
};

typedef struct gd_window_opts {
    const char *time;      // the field that says when: a number, or a date in seconds since 1970
    const char *series;    // the field that says which series a row belongs to; NULL: there is one
    gd_csv_columns target; // columns to be forecast: fields of one number, or numbers of a field that have this name
    gd_csv_columns known; // columns whose future is known beforehand: a price, a holiday. A name stands for all numbers
                          // that a column of categories or of dates became ("weekday" for "weekday=Monday" …)
    int64_t past, horizon; // moments that a window shows, and that it asks for
    int64_t season;        // moments after which things repeat: 24 of hourly data with a day's rhythm; 0: 1
    unsigned calendar;     // parts of the date of each moment as columns that are known beforehand
    int lag_count;         // the targets so many moments earlier, as columns that are known beforehand:
    const int64_t *lag;    // each lag is at least the horizon
    int64_t stride;        // moments from one window to the next; 0: 1
    gd_gaps gaps;
    gd_duplicates duplicates;
    bool drop_short; // series too short for a window have none; else they are an error
    bool future; // for predicting: one window for each series, whose past ends with the last row that has its targets
} gd_window_opts;

// The windows over a table (any data set; from CSV, `time` is "order" and `series` is "group"), which need not be in
// order. Moments have one distance, which is found: the smallest between two rows of a series, or months, quarters and
// years. T, H: past and horizon; C targets; F columns: the targets, the columns that are known beforehand, with the
// calendar, and all others; K: of these the known ones, the calendar, and the lags. Fields:
//     past          (T, F)  what came before; inputs
//     known         (H, K)  what is known beforehand; without any, there is no such field
//     y             (H, C)  the target; not with `future`
//     time, until   ()      the first and the last moment of y, by which parts are split (gd_deal_opts.until)
//     last_value    (H, C)  the naive forecast that all stays as it is; this and what follows are kept, not delivered
//     same_season   (H, C)  … that all is as it was a season ago; the last value where there is no such past
//     season_error  (C)     mean |y[t] - y[t - season]| up to the last moment of `past`; 0 where there is no such past
// `table` may be freed before the windows. Errors name file and row: a moment off the step, a gap, a moment twice, an
// empty cell, a series too short.
GD_API GD_MUST_USE gd_status gd_dataset_windows(const gd_dataset *table, gd_window_opts opts, gd_dataset **out);
// Whether a data set is of windows.
GD_API bool gd_dataset_has_windows(const gd_dataset *set);

// Where a window stands.
enum { GD_MOMENT_TEXT = 32 };
// The moment of step `step` (0 … H-1) of what is asked for: "2026-11-27", with a time of day where it has one, or a
// number below 100,000 as it is. "" where the set has no windows. Returns `text`.
GD_API char *gd_window_moment(const gd_dataset *set, int64_t sample, int64_t step, char text[GD_MOMENT_TEXT]);
// The name of its series; NULL: there is only one, or the set has no windows.
GD_API const char *gd_window_series(const gd_dataset *set, int64_t sample);
// What number `target` of each step is called; NULL where there is none.
GD_API const char *gd_window_target(const gd_dataset *set, int64_t target);

// ---- What forecasts are worth

typedef enum gd_forecaster { GD_FORECAST_MODEL = 0, GD_FORECAST_LAST_VALUE, GD_FORECAST_SAME_SEASON } gd_forecaster;
enum { GD_FORECASTERS = GD_FORECAST_SAME_SEASON + 1 };
GD_API const char *gd_forecaster_name(gd_forecaster forecaster); // "last value"; "" for others

// In the targets' own units. Where a figure is not defined it is NAN.
typedef struct gd_forecast_figures {
    double mae, rmse;
    double mase; // mean |error| / season_error (Hyndman and Koehler 2006); windows whose season_error is 0 are left out
    double smape; // mean 2 |error| / (|prediction| + |target|), from 0 to 2; 0 where both are 0
    double wape;  // sum |error| / sum |target|
} gd_forecast_figures;

typedef struct gd_forecast_score {
    int64_t samples, horizon, targets, season;
    gd_forecast_figures of[GD_FORECASTERS];
    double *step_error[GD_FORECASTERS]; // (horizon): the mean absolute error of each step
} gd_forecast_score;

// `prediction` and `target` are (N, H, C) of the N windows of the set, in the targets' own units (gd_model_answers).
// Release it with gd_forecast_score_free; on failure it is empty.
GD_API GD_MUST_USE gd_status gd_forecast_score_make(const gd_dataset *set, const gd_array *prediction,
                                                    const gd_array *target, gd_forecast_score *out);
GD_API void gd_forecast_score_free(gd_forecast_score *score);

#ifdef __cplusplus
}
#endif
#endif
