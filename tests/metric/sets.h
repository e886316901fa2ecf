// Predictions to score in tests: made-up sets, and meters over them.
#ifndef GD_TESTS_METRIC_SETS_H
#define GD_TESTS_METRIC_SETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gradus/metric.h>

enum { MOST_SAMPLES = 64, MOST_WIDTH = 6, MADE_UP_SETS = 200 };

typedef struct made_up_set {
    gd_scored scored; // points into the arrays below
    double prediction[MOST_SAMPLES * MOST_WIDTH];
    double target[MOST_SAMPLES * MOST_WIDTH];
    double weight[MOST_SAMPLES];
} made_up_set;

// Set 0 to MADE_UP_SETS - 1: each task in turn, among them ties, single and missing classes, columns that are constant,
// met exactly or far from 0, and weights, some of which are 0.
void make_up_set(int number, made_up_set *set);

// A random number below `end`, from a generator that every set starts anew.
unsigned random_below(unsigned end);
double random_uniform(double from, double to);

void assert_fine(gd_status status);
void assert_said(const char *part);

gd_meter *make_meter(const gd_metric_kind *kind, const gd_scored *scored);
double value_of(const gd_meter *meter);
// Of all samples, given at once.
double value_of_all(const gd_metric_kind *kind, const gd_scored *scored);
double value_named(const char *name, const gd_scored *scored);
// Some of the samples.
gd_scored portion_of(const gd_scored *scored, int64_t first, int64_t count);

// |a - b| <= tolerance max(1, |b|), or both are no number.
bool nearly(double a, double b, double tolerance);

#endif
