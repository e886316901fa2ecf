// What the golden tests share: comparing with printed digits, NumPy's numbers, and the course's network, which is
// dense layers in double precision that start from given weights.
#ifndef GD_TESTS_GOLDEN_COURSE_H
#define GD_TESTS_GOLDEN_COURSE_H

#include <gradus/gradus.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != GD_OK)                                                                                           \
            fail_msg("%s: %s", #call, gd_last_error());                                                                \
    } while (0)

// GRADUS_SHORT=1: long runs stop after their first costs, and what they come to is not looked at.
bool course_is_short(void);

// ---- Numbers

// `have`, rounded to as many places as `want` is printed with, is `want`.
void expect_digits(double have, const char *want);
void expect_within(double have, double want, double distance);
// The first elements of a tensor that needs no input.
void expect_elements(gd_tensor tensor, int count, const char *const *want);
#define EXPECT_ELEMENTS(tensor, ...)                                                                                   \
    expect_elements(tensor, COUNT_OF(((const char *[]){__VA_ARGS__})), (const char *const[]){__VA_ARGS__})

// numpy.linspace(from, to, count)[index]
double linspace_at(double from, double to, int64_t count, int64_t index);
// linspace over all elements in C order; free it with gd_array_free.
gd_array linspace_array(double from, double to, gd_shape shape);
gd_array array_of(gd_shape shape, const double *value);
#define ARRAY(shape, ...) array_of(shape, (const double[]){__VA_ARGS__})
// A variable (or constant) with that value, which is freed.
gd_tensor variable_with(gd_graph *graph, const char *name, gd_array value);
gd_tensor constant_from(gd_graph *graph, gd_array value);
// Writes into a variable, and frees the value.
void set_variable(gd_graph *graph, const char *name, gd_array value);

// ---- Samples: x is (m, n), y is (m, 1) of zeros and ones, both f64.
typedef struct course_set {
    gd_array x, y;
} course_set;

course_set course_set_create(int64_t count, int64_t features);
void course_set_free(course_set *set);
// As gd_generate makes it.
course_set course_generate(gd_generator_kind kind, uint32_t seed, int64_t count, double noise);
// A file below GRADUS_DATA (or beside the sources); the test is skipped, with words, where it is absent.
const char *course_file(const char *name);
// Lines of numbers, the label last, below a heading.
course_set course_read_csv(const char *name);

// ---- The network: relu or tanh between dense layers, one logit, the logistic loss averaged over the samples

enum { COURSE_LAYERS = 4 }; // at most

typedef enum course_start {
    COURSE_ZEROS = 0, // W = 0
    COURSE_SCALED,    // W = scale randn
    COURSE_BY_FAN_IN  // W = sqrt(scale / fan_in) randn; biases start at zero
} course_start;

typedef struct course_net_opts {
    int layers;
    int64_t units[COURSE_LAYERS + 1]; // features first
    gd_tensor (*hidden)(gd_tensor x);
    course_start start;
    double scale;
    uint32_t seed; // of the weights, drawn layer by layer
    double l2;     // adds l2 / 2 times the sum of all squared weights to the cost
    double keep;   // dropout after the hidden layers, by masks that the caller draws; 0: none
    gd_rule rule;
} course_net_opts;

typedef struct course_net {
    course_net_opts opts;
    gd_graph *graph;
    gd_tensor x, y, mask[COURSE_LAYERS];
    gd_tensor weight[COURSE_LAYERS], bias[COURSE_LAYERS];
    gd_function *step, *correct;
} course_net;

course_net course_net_create(course_net_opts opts);
void course_net_free(course_net *net);
// One update; the cost before it. `mask` has an array for each hidden layer, or is NULL.
double course_step(course_net *net, const course_set *set, const gd_array *mask);
// How many samples fall on the right side of 1/2.
int64_t course_correct(course_net *net, const course_set *set);
void expect_correct(course_net *net, const course_set *set, int64_t want);

// A cost the course prints, before the update of that iteration (from 0).
typedef struct course_cost {
    int64_t iteration;
    const char *cost;
} course_cost;
// Checks `cost` if the iteration is in the list.
void course_check_cost(int64_t iteration, double cost, int count, const course_cost *want);
// `iterations` updates on the whole set, comparing costs. Shortened, up to iteration 1000.
void course_train(course_net *net, const course_set *set, int64_t iterations, int count, const course_cost *want);

#endif
