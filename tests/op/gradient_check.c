#include "op/gradient_check.h"

#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph/graph.h"
#include "op/reference.h"
#include "op/sample.h"

// The smallest gradient, as a part of the function's value, that differences resolve to 1e-7.
#define RESOLVED 1e-4

double gradient_relative_error(int64_t count, const double *have, const double *want, double scale)
{
    double difference = 0, a = 0, n = 0;
    for (int64_t i = 0; i < count; i++) {
        difference += (have[i] - want[i]) * (have[i] - want[i]);
        a += have[i] * have[i];
        n += want[i] * want[i];
    }
    if (!isfinite(difference))
        return INFINITY;
    return sqrt(difference) / fmax(sqrt(a) + sqrt(n), RESOLVED * fmax(scale, 1));
}

double plain_value(gd_tensor f)
{
    gd__ref ref = gd__ref_of(f);
    gd_array array;
    if (gd__reference_run(f.graph, NULL, 1, &ref, &array) != GD_OK)
        return NAN;
    double value = gd_array_get(&array, 0);
    gd_array_free(&array);
    return value;
}

double numerical_derivative(gd_tensor f, gd_tensor variable, int64_t element, double h)
{
    static const double weight[] = {45, -9, 1};
    double *x = gd__variable_of(variable.graph, gd__node_at(variable.graph, variable.node))->data;
    double sum = 0, kept = x[element];
    for (int k = 1; k <= 3; k++) {
        x[element] = kept + k * h;
        double above = plain_value(f);
        x[element] = kept - k * h;
        sum += weight[k - 1] * (above - plain_value(f));
    }
    x[element] = kept;
    return sum / (60 * h);
}

// A variable of random numbers between 0.5 and 1.5, of either sign.
static gd_tensor random_variable(gd_graph *graph, const char *kind, int index, gd_shape shape, gd__random *random)
{
    char name[32];
    snprintf(name, sizeof name, "%s%d", kind, index);
    gd_tensor tensor = gd_variable(graph, name, GD_F64, shape, (gd_variable_opts){0});
    double *x = gd__variable_of(graph, gd__node_at(graph, tensor.node))->data;
    for (int64_t i = 0; i < gd_shape_count(shape); i++)
        x[i] = (0.5 + gd__next_uniform(random)) * (gd__random_below(random, 2) == 0 ? 1 : -1);
    return tensor;
}

// <x, random numbers>, added to `sum`. The random numbers are a variable of their own, returned in `factor`.
static gd_tensor add_product(gd_tensor sum, gd_tensor x, const char *kind, int index, gd__random *random,
                             gd_tensor *factor)
{
    *factor = random_variable(x.graph, kind, index, gd_tensor_shape(x), random);
    gd_tensor product = gd_sum(gd_mul(x, *factor), (gd_reduce_opts){0});
    return sum.graph == NULL ? product : gd_add(sum, product);
}

static void compare(gd_tensor f, gd_tensor x, gd_tensor gradient, int index, gradient_report *report)
{
    int64_t count = gd_shape_count(gd_tensor_shape(x));
    double *numerical = calloc((size_t)count + 1, sizeof *numerical);
    assert_non_null(numerical);
    gd__ref ref = gd__ref_of(gradient);
    gd_array array;
    assert_int_equal(gd__reference_run(f.graph, NULL, 1, &ref, &array), GD_OK);
    for (int64_t i = 0; i < count; i++)
        numerical[i] = numerical_derivative(f, x, i, 1e-3);
    double norm = 0;
    for (int64_t i = 0; i < count; i++)
        norm += numerical[i] * numerical[i];
    report->largest = fmax(report->largest, sqrt(norm));
    double error = gradient_relative_error(count, array.data, numerical, fabs(plain_value(f)));
    if (!(error <= report->error)) {
        report->error = error;
        report->input = index;
    }
    gd_array_free(&array);
    free(numerical);
}

gradient_report check_gradient(const gd_op *op, const gd_sample *sample, int order)
{
    gradient_report report = {0};
    sample_graph s = sample_graph_make(op, sample, GD_F64, true);
    gd__random random = gd__random_make(2, gd__hash_text(op->name) ^ gd__hash_text(sample->note));
    gd_tensor x[2 * GD_SAMPLE_INPUTS], factor[GD_SAMPLE_INPUTS], gradient[2 * GD_SAMPLE_INPUTS], f = GD_NO_TENSOR;
    int count = 0, inputs;
    for (int i = 0; i < s.input_count; i++) {
        if (gd_tensor_type(s.input[i]) == GD_F64)
            x[count++] = s.input[i];
    }
    inputs = count;
    for (int i = 0; i < s.output_count; i++) {
        if (gd_tensor_type(s.output[i]) == GD_F64)
            f = add_product(f, s.output[i], "dy", i, &random, &x[count++]);
    }
    if (f.graph == NULL || inputs == 0) {
        report.why =
            gd_graph_error(s.graph) != NULL ? "the graph refuses the sample" : "nothing in f64 goes in and out";
        sample_graph_free(&s);
        return report;
    }
    if (order == 1)
        count = inputs;
    gd_gradients(f, count, x, gradient);
    if (order == 2 && gd_graph_error(s.graph) == NULL) {
        gd_tensor product = GD_NO_TENSOR;
        for (int i = 0; i < inputs; i++)
            product = add_product(product, gradient[i], "r", i, &random, &factor[i]);
        f = product;
        gd_gradients(f, count, x, gradient);
    }
    if (gd_graph_error(s.graph) != NULL) {
        report.why = "the gradient cannot be written";
        fprintf(stderr, "%s\n", gd_graph_error(s.graph));
    }
    for (int i = 0; report.why == NULL && i < count; i++)
        compare(f, x[i], gradient[i], i, &report);
    sample_graph_free(&s);
    return report;
}
