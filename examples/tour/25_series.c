// Forecasts of time series: windows over a table, split by time, a linear net, and the naive forecasts beside it.
//
//     25_series [EPOCHS]        (20 epochs)
#include <gradus/gradus.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAST = 56, HORIZON = 14 };

// What three shops sell, day by day, as windows: 56 days that are seen, 14 that are asked for.
static gd_status read_windows(gd_dataset **windows)
{
    gd_dataset *table;
    gd_status status = gd_dataset_generate((gd_generate_opts){.kind = GD_GENERATE_SALES, .samples = 2700}, &table);
    if (status != GD_OK)
        return status;
    const gd_window_opts opts = {.time = "time",
                                 .series = "shop",
                                 .target = GD_COLUMNS("sales"),
                                 .known = GD_COLUMNS("price"),
                                 .calendar = GD_CALENDAR_WEEKDAY,
                                 .past = PAST,
                                 .horizon = HORIZON,
                                 .season = 7};
    status = gd_dataset_windows(table, opts, windows);
    gd_dataset_free(table); // the windows need it no longer
    return status;
}

// By time: no window of the first part reaches into the second. Scaling is fitted on the first part alone.
static gd_status split(const gd_dataset *windows, gd_dataset *part[2], gd_preprocess **preprocess)
{
    const gd_preprocess_rule rule[] = {
        {.field = "past", .scaling = GD_STANDARDIZE, .extent = GD_EXTENT_COLUMN},
        {.field = "known", .scaling = GD_STANDARDIZE, .extent = GD_EXTENT_COLUMN},
        {.field = "y", .scaling = GD_STANDARDIZE, .extent = GD_EXTENT_COLUMN},
    };
    gd_dataset *raw[2] = {NULL};
    gd_status status = gd_dataset_split(windows,
                                        (gd_split_opts){.part_count = 2,
                                                        .fraction = (const double[]){0.8, 0.2},
                                                        .deal = {.order = "time", .until = "until"}},
                                        raw);
    if (status == GD_OK)
        status = gd_preprocess_fit(raw[0], (gd_preprocess_opts){.rule_count = 3, .rule = rule}, preprocess);
    for (int p = 0; p < 2 && status == GD_OK; p++)
        status = gd_preprocess_apply(*preprocess, raw[p], &part[p]);
    gd_dataset_free(raw[0]);
    gd_dataset_free(raw[1]);
    return status;
}

// A straight line for each day ahead, from all that is seen or known beforehand.
static gd_tensor network(gd_tensor past, gd_tensor known)
{
    const gd_tensor seen[] = {gd_flatten(past), gd_flatten(known)};
    return gd_reshape(gd_dense(gd_concat(2, seen, 1), HORIZON), GD_SHAPE(GD_BATCH, HORIZON, 1));
}

// What the network and the naive forecasts are worth, in pieces sold.
static gd_status tell(gd_tensor said, gd_tensor y, const gd_dataset *set, const gd_preprocess *preprocess)
{
    const gd_tensor tensor[] = {said, y};
    gd_array answer[2] = {0};
    gd_forecast_score score;
    gd_status status = gd_predict(2, tensor, set, (gd_evaluate_opts){0}, answer);
    for (int i = 0; i < 2 && status == GD_OK; i++)
        status = gd_preprocess_invert(preprocess, "y", &answer[i]);
    if (status == GD_OK)
        status = gd_forecast_score_make(set, &answer[0], &answer[1], &score);
    for (int f = 0; f < GD_FORECASTERS && status == GD_OK; f++)
        printf("%-12s mean absolute error %5.2f  MASE %.2f\n", gd_forecaster_name((gd_forecaster)f), score.of[f].mae,
               score.of[f].mase);
    if (status == GD_OK)
        gd_forecast_score_free(&score);
    gd_array_free(&answer[0]);
    gd_array_free(&answer[1]);
    return status;
}

static gd_status train_and_tell(gd_dataset *const part[2], const gd_preprocess *preprocess, int64_t epochs)
{
    const gd_shape past = gd_dataset_field(part[0], gd_dataset_find(part[0], "past")).shape; // (56, columns)
    const gd_shape known = gd_dataset_field(part[0], gd_dataset_find(part[0], "known")).shape;
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 1);
    gd_tensor said = network(gd_input(graph, "past", GD_F32, GD_SHAPE(GD_BATCH, past.dim[0], past.dim[1])),
                             gd_input(graph, "known", GD_F32, GD_SHAPE(GD_BATCH, known.dim[0], known.dim[1])));
    gd_tensor y = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, HORIZON, 1));
    gd_trainer *trainer = gd_trainer_create(gd_squared_error(said, y), gd_adam(1e-3));
    gd_status status = trainer == NULL
                           ? GD_ERROR_ARGUMENT
                           : gd_fit(trainer, part[0], (gd_fit_opts){.epochs = epochs, .batch = 32, .seed = 1});
    if (status == GD_OK)
        status = tell(said, y, part[1], preprocess);
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    return status;
}

int main(int argc, char **argv)
{
    gd_dataset *windows = NULL, *part[2] = {NULL};
    gd_preprocess *preprocess = NULL;
    gd_status status = read_windows(&windows);
    if (status == GD_OK)
        status = split(windows, part, &preprocess);
    if (status == GD_OK)
        status = train_and_tell(part, preprocess, argc > 1 ? atoll(argv[1]) : 20);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_preprocess_free(preprocess);
    gd_dataset_free(part[0]);
    gd_dataset_free(part[1]);
    gd_dataset_free(windows);
    return status != GD_OK;
}
