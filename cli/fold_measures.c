#include "fold_measures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "exit_status.h"
#include "json.h"
#include "print.h"

bool fold_measures_create(fold_measures *measures, int count)
{
    *measures = (fold_measures){.count = count, .of = calloc((size_t)count, sizeof *measures->of)};
    return measures->of != NULL || print_error("out of memory") == EXIT_FINE;
}

void fold_measures_free(fold_measures *measures)
{
    free(measures->of);
}

// The epoch whose weights a run left; 0 where it does not say.
static int64_t epoch_of(const char *directory)
{
    gd_run_info *info;
    if (gd_run_read(directory, &info) != GD_OK)
        return 0;
    const int64_t epoch = info->result.epoch;
    gd_run_info_free(info);
    return epoch;
}

void fold_measures_put(fold_measures *measures, int fold, const gd_model *model, const char *directory,
                       const gd_evaluation *measured)
{
    fold_measure *of = &measures->of[fold - 1];
    measures->measure_count = model->metric_count + 1;
    snprintf(measures->name[0], sizeof measures->name[0], "loss");
    of->samples = measured->count;
    of->epoch = epoch_of(directory);
    of->value[0] = measured->loss;
    for (int m = 0; m < model->metric_count; m++) {
        snprintf(measures->name[m + 1], sizeof measures->name[m + 1], "%s", model->metric[m].name);
        of->value[m + 1] = measured->metric[m];
    }
}

void fold_measures_summarise(fold_measures *measures)
{
    const int count = measures->count;
    for (int m = 0; m < measures->measure_count; m++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
            sum += measures->of[i].value[m];
        const double mean = sum / count;
        for (int i = 0; i < count; i++)
            squares += (measures->of[i].value[m] - mean) * (measures->of[i].value[m] - mean);
        measures->mean[m] = mean;
        measures->deviation[m] = sqrt(squares / (count - 1));
    }
}

// ---- Telling

static void add_values(table *table, const fold_measures *measures, const double *value)
{
    for (int m = 0; m < measures->measure_count; m++)
        table_add(table, "%.6g", value[m]);
}

void fold_measures_print(const fold_measures *measures)
{
    char alignment[MOST_MEASURES + 4] = "lrr";
    for (int m = 0; m < measures->measure_count; m++)
        alignment[m + 3] = 'r';
    table *table = table_create(alignment);
    table_add(table, "fold");
    table_add(table, "samples");
    table_add(table, "epoch");
    for (int m = 0; m < measures->measure_count; m++)
        table_add(table, "%s", measures->name[m]);
    table_rule(table);
    for (int i = 0; i < measures->count; i++) {
        table_add(table, "%d", i + 1);
        table_add(table, "%s", gd_count_text(measures->of[i].samples).text);
        table_add(table, "%lld", (long long)measures->of[i].epoch);
        add_values(table, measures, measures->of[i].value);
    }
    table_rule(table);
    static const char *const word[] = {"mean", "deviation"};
    for (int i = 0; i < 2; i++) {
        table_add(table, "%s", word[i]);
        table_add(table, "%s", "");
        table_add(table, "%s", "");
        add_values(table, measures, i == 0 ? measures->mean : measures->deviation);
    }
    printf("\n");
    table_finish(table, stdout);
}

json_t *fold_values_json(const fold_measures *measures, const double *value)
{
    json_t *object = json_object();
    for (int m = 0; m < measures->measure_count; m++)
        json_put_number(object, measures->name[m], value[m]);
    return object;
}

// ---- Reading

static bool read_fold(fold_measures *measures, int fold, json_t *record)
{
    fold_measure *of = &measures->of[fold];
    json_t *values = json_object_get(record, "validation"), *value;
    const char *name;
    int m = 0;
    if (!json_is_object(values) || json_object_size(values) > MOST_MEASURES)
        return false;
    of->samples = json_integer_value(json_object_get(record, "samples"));
    of->epoch = json_integer_value(json_object_get(record, "epoch"));
    json_object_foreach(values, name, value)
    {
        snprintf(measures->name[m], sizeof measures->name[m], "%s", name);
        of->value[m++] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    const bool same = fold == 0 || m == measures->measure_count;
    measures->measure_count = m;
    return same && m > 0;
}

bool fold_measures_read(fold_measures *measures, const json_t *record, const char *directory)
{
    const int count = (int)json_integer_value(json_object_get(record, "folds"));
    json_t *list = json_object_get(record, "fold");
    if (list == NULL || json_array_size(list) != (size_t)count)
        return print_error("the folds in %s are not all trained; `gradus train --resume %s` goes on with them",
                           directory, directory) == EXIT_FINE;
    if (!fold_measures_create(measures, count))
        return false;
    for (int i = 0; i < count; i++)
        if (!read_fold(measures, i, json_array_get(list, (size_t)i)))
            return print_error("%s/" GD_RUN_FOLDS " is damaged: what was measured of fold %d cannot be read", directory,
                               i + 1) == EXIT_FINE;
    fold_measures_summarise(measures);
    return true;
}
