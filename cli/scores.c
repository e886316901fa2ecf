#include "scores.h"

#include <stdio.h>

const char *class_text(const gd_model *model, int head, int label, char text[32])
{
    const char *name = gd_model_class_name_of(model, head, label);
    if (name != NULL)
        return name;
    snprintf(text, 32, "%d", label);
    return text;
}

static gd_status measure(const char *name, const gd_scored *scored, double *value)
{
    return gd_metric_measure(gd_metric_kind_named(name), scored, value);
}

static gd_status score(const gd_task_kind *task, const gd_scoring *scoring, gd_scored *scored, scores *scores)
{
    scored->probability = scoring->probability;
    scored->threshold = scoring->threshold;
    if (task->said != NULL)
        return gd_class_scores_make(scored, &scores->classes);
    // Several independent yes-or-no answers a sample are judged by the metrics alone.
    if (!task->in_units)
        return GD_OK;
    gd_status status = measure("root_mean_squared_error", scored, &scores->root_mean_square_error);
    if (status == GD_OK)
        status = measure("mean_absolute_error", scored, &scores->mean_absolute_error);
    if (status == GD_OK)
        status = measure("r2", scored, &scores->r_squared);
    return status;
}

gd_status scores_make(const gd_model *model, int head, const gd_dataset *set, gd_evaluate_opts opts, scores *scores)
{
    const gd_task_kind *task = model->head[head].task;
    // A single target is judged as calibration has it.
    const gd_scoring *scoring = head == 0 ? &model->scoring : &model->head[head].scoring;
    gd_array prediction = {0}, target = {0}, weight = {0};
    gd_answers answers = {0};
    *scores = (struct scores){0};
    gd_status status = gd_model_answers_of(model, head, set, opts, &prediction, &target, &weight);
    // Classes for each place of a sequence or a picture have no table.
    const bool one_answer = status == GD_OK && (!task->labels || prediction.shape.rank == 2);
    if (one_answer)
        status = gd_answers_make(task->scored_as, &prediction, &target, weight.data != NULL ? &weight : NULL, &answers);
    if (one_answer && status == GD_OK)
        status = score(task, scoring, &answers.scored, scores);
    if (status == GD_OK && task->in_units && gd_dataset_has_windows(set))
        status = gd_forecast_score_make(set, &prediction, &target, &scores->forecasts);
    gd_answers_free(&answers);
    gd_array_free(&prediction);
    gd_array_free(&target);
    gd_array_free(&weight);
    return status;
}

void scores_free(scores *scores)
{
    gd_class_scores_free(&scores->classes);
    gd_forecast_score_free(&scores->forecasts);
}
