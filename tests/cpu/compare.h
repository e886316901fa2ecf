// Comparing what a planned graph computes with what the plain kernels compute.
#ifndef GD_TESTS_CPU_COMPARE_H
#define GD_TESTS_CPU_COMPARE_H

#include <gradus/run.h>

// Fills with numbers between low and high; the same for the same seed.
gd_array random_array(gd_type type, gd_shape shape, double low, double high, uint64_t seed);
// A variable with such numbers.
gd_tensor random_variable_of(gd_graph *graph, const char *name, gd_type type, gd_shape shape, double low, double high,
                             uint64_t seed);

// The largest difference, as a part of the largest magnitude in `want` (of at least `floor`); 0 for whole numbers only
// when all are equal. A NaN or an infinity on one side only is infinitely far.
double array_distance(const gd_array *have, const gd_array *want, double floor);

// Runs the tensors through a function and through the plain kernels and fails the test, naming `what`, where they are
// further apart than the tolerance.
typedef struct compare_opts {
    bool inference; // both run as inference does
    int feed_count;
    const gd_feed *feed;
    double tolerance; // f32 results are given 2e-6 at least
    double floor;     // results are not expected to be more accurate than tolerance times this
} compare_opts;
void compare_with_reference(const char *what, gd_graph *graph, int count, const gd_tensor *tensor, compare_opts opts);

// The values of the tensors by the plain kernels, for the caller to free.
void run_reference(gd_graph *graph, bool training, int feed_count, const gd_feed *feed, int count,
                   const gd_tensor *tensor, gd_array *value);

#endif
