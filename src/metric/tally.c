#include "metric/tally.h"

size_t gd__tally_size(const gd_metric_opts *opts)
{
    const size_t classes = (size_t)opts->width * (opts->task == GD_TASK_BINARY ? 2 : 1);
    return sizeof(gd__tally) + classes * sizeof(gd__class_tally);
}

gd_status gd__tally_begin(const gd_metric_opts *opts, void *state)
{
    gd__tally *tally = state;
    tally->binary = opts->task == GD_TASK_BINARY;
    tally->questions = tally->binary ? opts->width : 1;
    tally->classes = tally->binary ? 2 : opts->width;
    return GD_OK;
}

static void count(gd__class_tally *of_class, int64_t actual, int64_t predicted, double weight)
{
    gd__wide_add(&of_class[actual].actual, weight);
    gd__wide_add(&of_class[predicted].predicted, weight);
    if (actual == predicted)
        gd__wide_add(&of_class[actual].hit, weight);
}

gd_status gd__tally_add(void *state, const gd_scored *scored)
{
    gd__tally *tally = state;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        gd__wide_add(&tally->weight, weight);
        if (!tally->binary)
            count(tally->of_class, (int64_t)scored->target[i], gd__class_said(scored, i), weight);
        for (int64_t q = 0; tally->binary && q < tally->questions; q++)
            count(tally->of_class + 2 * q, gd__is_yes(scored, i, q), gd__says_yes(scored, i, q), weight);
    }
    return GD_OK;
}

gd_status gd__tally_merge(void *state, const void *other)
{
    gd__tally *to = state;
    const gd__tally *from = other;
    gd__wide_merge(&to->weight, from->weight);
    for (int64_t c = 0; c < to->questions * to->classes; c++) {
        gd__wide_merge(&to->of_class[c].hit, from->of_class[c].hit);
        gd__wide_merge(&to->of_class[c].actual, from->of_class[c].actual);
        gd__wide_merge(&to->of_class[c].predicted, from->of_class[c].predicted);
    }
    return GD_OK;
}

double gd__tally_mean(const gd__tally *tally, gd__question_figure figure)
{
    if (!(gd__wide_value(tally->weight) > 0))
        return NAN;
    gd__wide sum = {0};
    for (int64_t q = 0; q < tally->questions; q++)
        gd__wide_add(&sum, figure(gd__tally_question(tally, q), tally->classes, tally->weight));
    return gd__wide_value(sum) / (double)tally->questions;
}
