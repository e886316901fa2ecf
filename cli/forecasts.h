// Forecasts of time series: what they are worth beside the naive ones, and as tables.
#ifndef GRADUS_CLI_FORECASTS_H
#define GRADUS_CLI_FORECASTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include <gradus/gradus.h>

// A row for each forecaster.
void print_forecast_score(const gd_forecast_score *score);
// {"season": 7, "model": {"mae": …, "rmse": …, "mase": …, "smape": …, "wape": …, "mae_by_step": […]}, …}
json_t *forecast_score_json(const gd_forecast_score *score);

// What is forecast of the windows of a set, (N, H, C): a row for each series, moment and step. `fault`: of each window,
// why it cannot be told, or NULL. False after a complaint.
bool write_csv_forecasts(FILE *out, const gd_dataset *set, const gd_array *forecast, char *const *fault);
bool write_json_forecasts(FILE *out, const gd_dataset *set, const gd_array *forecast, char *const *fault);

#endif
