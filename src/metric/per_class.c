#include "metric/per_class.h"

double gd__class_precision(double hit, double actual, double predicted)
{
    (void)actual;
    return predicted > 0 ? hit / predicted : 0;
}

double gd__class_recall(double hit, double actual, double predicted)
{
    (void)predicted;
    return actual > 0 ? hit / actual : 0;
}

double gd__class_f1(double hit, double actual, double predicted)
{
    return actual + predicted > 0 ? 2 * hit / (actual + predicted) : 0;
}

static double figure_of(const gd__class_tally *one, gd__class_figure figure)
{
    return figure(gd__wide_value(one->hit), gd__wide_value(one->actual), gd__wide_value(one->predicted));
}

// Whether averages go over this class, `at` of (questions, classes).
static bool takes_part(const gd__tally *tally, int64_t at)
{
    const gd__class_tally *one = &tally->of_class[at];
    if (tally->binary && tally->questions > 1)
        return at % 2 == 1;
    return gd__tally_is_actual(one) || gd__tally_is_predicted(one);
}

double gd__figure_of_yes(const gd__tally *tally, gd__class_figure figure)
{
    if (!tally->binary)
        return gd__figure_macro(tally, figure);
    if (!(gd__wide_value(tally->weight) > 0))
        return NAN;
    gd__wide sum = {0};
    for (int64_t q = 0; q < tally->questions; q++)
        gd__wide_add(&sum, figure_of(&gd__tally_question(tally, q)[1], figure));
    return gd__wide_value(sum) / (double)tally->questions;
}

double gd__figure_macro(const gd__tally *tally, gd__class_figure figure)
{
    gd__wide sum = {0};
    int64_t count = 0;
    for (int64_t c = 0; c < tally->questions * tally->classes; c++) {
        if (takes_part(tally, c)) {
            gd__wide_add(&sum, figure_of(&tally->of_class[c], figure));
            count++;
        }
    }
    return gd__wide_value(tally->weight) > 0 ? gd__wide_value(sum) / (double)count : NAN;
}

double gd__figure_micro(const gd__tally *tally, gd__class_figure figure)
{
    gd__class_tally sum = {0};
    for (int64_t c = 0; c < tally->questions * tally->classes; c++) {
        if (takes_part(tally, c)) {
            gd__wide_merge(&sum.hit, tally->of_class[c].hit);
            gd__wide_merge(&sum.actual, tally->of_class[c].actual);
            gd__wide_merge(&sum.predicted, tally->of_class[c].predicted);
        }
    }
    return gd__wide_value(tally->weight) > 0 ? figure_of(&sum, figure) : NAN;
}

double gd__figure_weighted(const gd__tally *tally, gd__class_figure figure)
{
    gd__wide sum = {0}, weight = {0};
    for (int64_t c = 0; c < tally->questions * tally->classes; c++) {
        if (takes_part(tally, c)) {
            const double actual = gd__wide_value(tally->of_class[c].actual);
            gd__wide_add(&sum, actual * figure_of(&tally->of_class[c], figure));
            gd__wide_add(&weight, actual);
        }
    }
    if (!(gd__wide_value(tally->weight) > 0))
        return NAN;
    return gd__wide_value(weight) > 0 ? gd__wide_value(sum) / gd__wide_value(weight) : 0; // 0: no yes to any question
}
