// gradus check
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"

// The course's thresholds for ||a - n|| / (||a|| + ||n||) in double precision. Between the two lie networks with
// kinks (relu, max pooling), where a difference may reach across one.
#define RIGHT 1e-7
#define WRONG 1e-4

enum { MOST_PARAMETERS = 4096 };

typedef struct {
    const gd_model *model; // in double precision
    int feed_count;
    gd_feed feed[GD_MODEL_INPUTS + 1];
    gd_function *loss;      // the loss alone
    gd_function *gradients; // of every parameter
    int count;
    gd_tensor parameter[MOST_PARAMETERS], gradient[MOST_PARAMETERS];
    gd_array analytic[MOST_PARAMETERS];
} checking;

static void checking_free(checking *c)
{
    gd_function_free(c->loss);
    gd_function_free(c->gradients);
    for (int i = 0; i < c->feed_count; i++)
        gd_array_free(&c->feed[i].value);
    for (int i = 0; i < c->count; i++)
        gd_array_free(&c->analytic[i]);
    free(c);
}

// ---- Preparing

// The first samples of the training data.
static gd_status take_batch(checking *c, const gd_model *model, int64_t batch)
{
    int64_t *sample = malloc((size_t)batch * sizeof *sample);
    if (sample == NULL)
        return GD_ERROR_MEMORY;
    for (int64_t i = 0; i < batch; i++)
        sample[i] = i;
    gd_status status = GD_OK;
    for (int i = 0; i <= model->input_count && status == GD_OK; i++) {
        bool is_target = i == model->input_count;
        const char *name = is_target ? model->target_name : model->input_name[i];
        c->feed[i].input = is_target ? c->model->target : c->model->input[i];
        c->feed_count = i + 1;
        status = gd_dataset_get(model->train, gd_dataset_find(model->train, name), batch, sample, &c->feed[i].value);
    }
    free(sample);
    return status;
}

static bool has_layer(const gd_model *model, const char *kind)
{
    for (int i = 0; i < model->layer_count; i++)
        if (strcmp(model->layer[i].kind, kind) == 0)
            return true;
    return false;
}

static gd_status make_functions(checking *c)
{
    gd_graph *graph = c->model->graph;
    for (int i = 0; i < gd_variable_count(graph) && c->count < MOST_PARAMETERS; i++)
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            c->parameter[c->count++] = gd_variable_at(graph, i);
    // Dropout draws new numbers at every run; without it, batch norm is checked as it trains.
    gd_function_opts opts = {.training = !has_layer(c->model, "dropout")};
    c->loss = gd_function_create(graph, 1, &c->model->loss, opts);
    gd_gradients(c->model->loss, c->count, c->parameter, c->gradient);
    c->gradients = gd_function_create(graph, c->count, c->gradient, opts);
    if (c->loss == NULL || c->gradients == NULL)
        return GD_ERROR_ARGUMENT;
    return gd_function_run(c->gradients, c->feed_count, c->feed, c->analytic);
}

// ---- Differences

static gd_status loss_at(checking *c, gd_tensor parameter, gd_array *value, int64_t element, double x, double *loss)
{
    gd_array result = {0};
    gd_array_put(value, element, x);
    gd_status status = gd_variable_set(parameter, value);
    if (status == GD_OK)
        status = gd_function_run(c->loss, c->feed_count, c->feed, &result);
    *loss = status == GD_OK ? gd_array_get(&result, 0) : NAN;
    gd_array_free(&result);
    return status;
}

// (f(x + e) - f(x - e)) / 2e. Where it differs from `expected`, a smaller e may keep clear of a kink: of three steps
// the nearest counts. A gradient that is wrong is far from all of them.
static gd_status difference(checking *c, gd_tensor parameter, gd_array *value, int64_t element, double expected,
                            double *slope)
{
    static const double step[] = {1e-5, 1e-6, 1e-7};
    double x = gd_array_get(value, element), nearest = INFINITY;
    gd_status status = GD_OK;
    for (int i = 0; i < 3 && status == GD_OK; i++) {
        double above, below;
        status = loss_at(c, parameter, value, element, x + step[i], &above);
        if (status == GD_OK)
            status = loss_at(c, parameter, value, element, x - step[i], &below);
        double n = status == GD_OK ? (above - below) / (2 * step[i]) : 0, apart = fabs(n - expected);
        if (i == 0 || apart < nearest) {
            nearest = apart;
            *slope = n;
        }
        if (apart <= RIGHT * (fabs(n) + fabs(expected)))
            break;
    }
    gd_array_put(value, element, x);
    return status;
}

// Element `i` of a selection: all of them, or jumps by the golden section, which fall evenly and into no row's step.
static int64_t select_element(int64_t i, int64_t checked, int64_t count)
{
    double place = 0.61803398874989485 * (double)(i + 1);
    return checked == count ? i : (int64_t)((place - floor(place)) * (double)count);
}

// Over `most` elements, or over all of them. `error` gets the relative error.
static gd_status check_parameter(checking *c, int index, int64_t most, int64_t *checked, double *error)
{
    gd_tensor parameter = c->parameter[index];
    const gd_array *analytic = &c->analytic[index];
    gd_array value = {0};
    gd_status status = gd_variable_get(parameter, &value);
    int64_t count = gd_array_count(analytic);
    *checked = most > 0 && most < count ? most : count;
    double apart = 0, size_a = 0, size_n = 0;
    for (int64_t i = 0; i < *checked && status == GD_OK; i++) {
        int64_t element = select_element(i, *checked, count);
        double a = gd_array_get(analytic, element), n = 0;
        status = *interrupt_flag() ? GD_ERROR_INTERRUPTED : difference(c, parameter, &value, element, a, &n);
        apart += (a - n) * (a - n);
        size_a += a * a;
        size_n += n * n;
    }
    if (status == GD_OK)
        status = gd_variable_set(parameter, &value);
    // Where both are zero but for rounding there is nothing to compare.
    double size = sqrt(size_a) + sqrt(size_n);
    *error = size > 1e-9 ? sqrt(apart) / size : 0;
    gd_array_free(&value);
    return status;
}

static gd_status check_all(checking *c, int64_t most, double *worst)
{
    table *table = table_create("lrrrl");
    static const char *const heading[] = {"parameter", "shape", "checked", "relative error", "verdict"};
    for (int i = 0; i < 5; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    gd_status status = GD_OK;
    *worst = 0;
    for (int i = 0; i < c->count && status == GD_OK; i++) {
        char shape[GD_SHAPE_TEXT], number[NUMBER_TEXT];
        double error;
        int64_t checked;
        status = check_parameter(c, i, most, &checked, &error);
        table_add(table, "%.80s", gd_variable_name(c->parameter[i]));
        table_add(table, "%s", gd_shape_text(gd_tensor_shape(c->parameter[i]), shape));
        table_add(table, "%s", count_text(checked, number));
        table_add(table, "%.2e", error);
        table_add(table, "%s", error <= RIGHT ? "right" : error <= WRONG ? "right, with kinks" : "wrong");
        *worst = error > *worst || isnan(error) ? error : *worst;
    }
    table_finish(table, status == GD_OK ? stdout : stderr);
    return status;
}

// ---- The whole

static int judge(const checking *c, int64_t batch, double worst)
{
    printf("\nGradients of the loss (%d parameters, %lld samples, double precision) against central "
           "differences.\nUp to %g is right; up to %g is right for networks with kinks (relu, max pooling, hinge).\n",
           c->count, (long long)batch, RIGHT, WRONG);
    if (worst <= WRONG)
        return EXIT_FINE;
    return print_error("a gradient is wrong: its relative error is %.2e", worst);
}

static int check_model(const gd_model *model, const gd_model *in_double, int64_t batch, int64_t most)
{
    if (batch > gd_dataset_count(model->train))
        batch = gd_dataset_count(model->train);
    checking *c = calloc(1, sizeof *c);
    if (c == NULL)
        return print_error("out of memory");
    c->model = in_double;
    interrupt_watch();
    double worst;
    gd_status status = take_batch(c, model, batch);
    if (status == GD_OK)
        status = make_functions(c);
    if (status == GD_OK)
        status = check_all(c, most, &worst);
    int result = status == GD_OK             ? judge(c, batch, worst)
                 : *interrupt_flag() != 0    ? EXIT_BY_SIGNAL + *interrupt_flag()
                 : status == GD_ERROR_MEMORY ? print_error("out of memory")
                                             : print_last_error();
    checking_free(c);
    return result;
}

static int run(const arguments *given)
{
    gd_model_opts opts = {.parts = GD_PART_TRAIN};
    int64_t batch = 4, most = 20;
    int status = EXIT_USAGE;
    if (!take_settings(given, &opts, &status) || !apply_threads(given) ||
        !option_integer(given, "batch", 1, 100000, &batch) || !option_integer(given, "elements", 0, 1000000000, &most))
        return status;
    gd_model *model, *in_double = NULL;
    status = EXIT_ERROR;
    if (gd_model_open(given->operand[0], opts, &model) != GD_OK || gd_model_in_double(model, &in_double) != GD_OK)
        print_last_error();
    else if (model->train == NULL)
        print_error("%s has no training data", given->operand[0]);
    else
        status = check_model(model, in_double, batch, most);
    gd_model_free(in_double);
    gd_model_free(model);
    return status;
}

static const option_row options[] = {
    {"batch", 'b', "N", "Samples to compute the loss of (4)", false},
    {"elements", 'e', "N", "Elements of each parameter to check (20); 0: all", false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command check_command = {
    .name = "check",
    .operands = "RECIPE|CHECKPOINT [NAME=VALUE ...]",
    .least = 1,
    .summary = "compare the gradients of a network with differences",
    .text = "Checks the gradient of the loss with respect to every parameter: on a few samples, in double precision,\n"
            "against (f(w + e) - f(w - e)) / 2e. The relative error of each parameter is |a - n| / (|a| + |n|), with\n"
            "the lengths of the vectors of its checked elements. Dropout is off. Exit status 1 when one is wrong.",
    .examples = "  gradus check recipes/fashion-cnn.yaml\n"
                "  gradus check recipes/fashion-mlp.yaml --elements 0 model.0.dense=8",
    .option = options,
    .run = run,
};
