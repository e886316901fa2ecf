#include "forecasts.h"

#include <stdlib.h>

#include "json.h"
#include "print.h"

// Of a season of one moment, as a season ago is the last value.
static bool is_told(const gd_forecast_score *score, int forecaster)
{
    return forecaster != GD_FORECAST_SAME_SEASON || score->season > 1;
}

void print_forecast_score(const gd_forecast_score *score)
{
    static const char *const heading[] = {"forecast", "MAE", "RMSE", "MASE", "sMAPE", "WAPE", "MAE first", "MAE last"};
    table *table = table_create("lrrrrrrr");
    for (size_t i = 0; i < sizeof heading / sizeof *heading; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    for (int f = 0; f < GD_FORECASTERS; f++) {
        const gd_forecast_figures *of = &score->of[f];
        const double number[] = {of->mae,
                                 of->rmse,
                                 of->mase,
                                 of->smape,
                                 of->wape,
                                 score->step_error[f][0],
                                 score->step_error[f][score->horizon - 1]};
        if (!is_told(score, f))
            continue;
        table_add(table, "%s", gd_forecaster_name((gd_forecaster)f));
        for (size_t i = 0; i < sizeof number / sizeof *number; i++)
            table_add(table, "%.4g", number[i]);
    }
    printf("\n");
    table_finish(table, stdout);
}

json_t *forecast_score_json(const gd_forecast_score *score)
{
    static const char *const key[GD_FORECASTERS] = {"model", "last_value", "same_season"};
    json_t *root = json_object();
    json_put_integer(root, "season", score->season);
    for (int f = 0; f < GD_FORECASTERS; f++) {
        json_t *object = json_object(), *steps = json_array();
        json_put_number(object, "mae", score->of[f].mae);
        json_put_number(object, "rmse", score->of[f].rmse);
        json_put_number(object, "mase", score->of[f].mase);
        json_put_number(object, "smape", score->of[f].smape);
        json_put_number(object, "wape", score->of[f].wape);
        for (int64_t h = 0; h < score->horizon; h++)
            json_array_append_new(steps, json_real(score->step_error[f][h]));
        json_object_set_new(object, "mae_by_step", steps);
        json_object_set_new(root, key[f], object);
    }
    return root;
}

// ---- Tables of forecasts

// Targets of a moment.
static int64_t targets_of(const gd_array *forecast)
{
    return forecast->shape.rank > 2 ? forecast->shape.dim[2] : 1;
}

static int64_t steps_of(const gd_array *forecast)
{
    return gd_array_count(forecast) / forecast->shape.dim[0] / targets_of(forecast);
}

static const char *target_name(const gd_dataset *set, int64_t target, char text[32])
{
    const char *name = gd_window_target(set, target);
    snprintf(text, 32, "target_%lld", (long long)target);
    return name != NULL ? name : text;
}

bool write_csv_forecasts(FILE *out, const gd_dataset *set, const gd_array *forecast, char *const *fault)
{
    const int64_t windows = gd_dataset_count(set), targets = targets_of(forecast), steps = steps_of(forecast);
    const bool named = windows > 0 && gd_window_series(set, 0) != NULL;
    char text[32], moment[GD_MOMENT_TEXT];
    fputs(named ? "series,time,step" : "time,step", out);
    for (int64_t c = 0; c < targets; c++) {
        fputc(',', out);
        print_csv_text(out, target_name(set, c, text));
    }
    fputc('\n', out);
    for (int64_t i = 0; i < windows * steps && !ferror(out); i++) {
        const int64_t window = i / steps, step = i % steps;
        if (named) {
            print_csv_text(out, gd_window_series(set, window));
            fputc(',', out);
        }
        fprintf(out, "%s,%lld", gd_window_moment(set, window, step, moment), (long long)step + 1);
        for (int64_t c = 0; c < targets; c++)
            if (fault[window] == NULL)
                fprintf(out, ",%.7g", gd_array_get(forecast, i * targets + c));
            else
                fputc(',', out);
        fputc('\n', out);
    }
    return true;
}

static json_t *window_json(const gd_dataset *set, const gd_array *forecast, int64_t window)
{
    const int64_t targets = targets_of(forecast), steps = steps_of(forecast);
    char text[32], moment[GD_MOMENT_TEXT];
    json_t *list = json_array();
    for (int64_t h = 0; h < steps; h++) {
        json_t *row = json_object();
        json_put_text(row, "time", gd_window_moment(set, window, h, moment));
        for (int64_t c = 0; c < targets; c++)
            json_put_number(row, target_name(set, c, text), gd_array_get(forecast, (window * steps + h) * targets + c));
        json_array_append_new(list, row);
    }
    return list;
}

bool write_json_forecasts(FILE *out, const gd_dataset *set, const gd_array *forecast, char *const *fault)
{
    fputc('[', out);
    for (int64_t i = 0; i < gd_dataset_count(set) && !ferror(out); i++) {
        json_t *object = json_object();
        json_put_text(object, "series", gd_window_series(set, i));
        if (fault[i] != NULL)
            json_put_text(object, "error", fault[i]);
        else
            json_object_set_new(object, "forecast", window_json(set, forecast, i));
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
        json_decref(object);
        if (text == NULL) {
            print_error("out of memory");
            return false;
        }
        fprintf(out, "%s\n %s", i == 0 ? "" : ",", text);
        free(text);
    }
    fputs("\n]\n", out);
    return true;
}
