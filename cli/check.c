// gradus check
#include <math.h>
#include <stdlib.h>

#include <gradus/gradus.h>

#include "check.h"
#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"

// The thresholds of gd_check_gradients. Between the two lie networks with kinks (relu, max pooling).
#define RIGHT 1e-7
#define WRONG 1e-4

typedef struct {
    const gd_model *model; // in double precision
    int64_t batch;
    int64_t elements; // of each parameter; 0: all
    int feed_count;
    gd_feed *feed; // room for GD_MODEL_INPUTS + 1
    int count;
    gd_tensor *parameter;
    double *error; // of each
} checking;

static void checking_free(checking *c)
{
    for (int i = 0; i < c->feed_count; i++)
        gd_array_free(&c->feed[i].value);
    free(c->parameter);
    free(c->error);
}

// ---- Preparing

// The first samples of the training data.
static gd_status take_batch(checking *c, const gd_model *model)
{
    int64_t *sample = malloc((size_t)c->batch * sizeof *sample);
    if (sample == NULL)
        return GD_ERROR_MEMORY;
    for (int64_t i = 0; i < c->batch; i++)
        sample[i] = i;
    gd_status status = GD_OK;
    for (int i = 0; i < model->input_count + model->head_count && status == GD_OK; i++) {
        const int head = i - model->input_count;
        const char *name = head >= 0 ? model->head[head].name : model->input_name[i];
        c->feed[i].input = head >= 0 ? c->model->head[head].target : c->model->input[i];
        c->feed_count = i + 1;
        status = gd_dataset_get(model->train, gd_dataset_find(model->train, name), c->batch, sample, &c->feed[i].value);
    }
    free(sample);
    return status;
}

static bool collect_parameters(checking *c)
{
    const gd_graph *graph = c->model->graph;
    size_t most = (size_t)gd_variable_count(graph);
    c->parameter = calloc(most + 1, sizeof *c->parameter);
    c->error = calloc(most + 1, sizeof *c->error);
    for (int i = 0; i < gd_variable_count(graph) && c->parameter != NULL; i++)
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            c->parameter[c->count++] = gd_variable_at(graph, i);
    return c->parameter != NULL && c->error != NULL;
}

static gd_status check_gradients(checking *c)
{
    double all;
    gd_check_opts opts = {.narrowing = true,
                          .training = true,
                          .samples = c->elements,
                          .feed_count = c->feed_count,
                          .feed = c->feed,
                          .each = c->error,
                          .should_stop = interrupt_flag()};
    return gd_check_gradients(c->model->loss, c->count, c->parameter, opts, &all);
}

// ---- Telling

static int64_t checked_of(const checking *c, int parameter)
{
    int64_t count = gd_shape_count(gd_tensor_shape(c->parameter[parameter]));
    return c->elements > 0 && c->elements < count ? c->elements : count;
}

static const char *verdict(double error)
{
    return error <= RIGHT ? "right" : error <= WRONG ? "right, with kinks" : "wrong";
}

static bool print_errors_json(const checking *c)
{
    json_t *root = json_object(), *list = json_array();
    json_put_integer(root, "samples", c->batch);
    for (int i = 0; i < c->count; i++) {
        json_t *row = json_object();
        json_put_text(row, "parameter", gd_variable_name(c->parameter[i]));
        json_put_integer(row, "checked", checked_of(c, i));
        json_put_number(row, "error", c->error[i]);
        json_put_text(row, "verdict", verdict(c->error[i]));
        json_array_append_new(list, row);
    }
    json_object_set_new(root, "parameters", list);
    return json_print(root);
}

static void print_errors(const checking *c)
{
    table *table = table_create("lrrrl");
    static const char *const heading[] = {"parameter", "shape", "checked", "relative error", "verdict"};
    for (int i = 0; i < 5; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    for (int i = 0; i < c->count; i++) {
        char shape[GD_SHAPE_TEXT];
        table_add(table, "%.80s", gd_variable_name(c->parameter[i]));
        table_add(table, "%s", gd_shape_text(gd_tensor_shape(c->parameter[i]), shape));
        table_add(table, "%s", gd_count_text(checked_of(c, i)).text);
        table_add(table, "%.2e", c->error[i]);
        table_add(table, "%s", verdict(c->error[i]));
    }
    table_finish(table, stdout);
    printf("\nGradients of the loss (%d parameters, %lld samples, double precision) against central "
           "differences.\nUp to %g is right; up to %g is right for networks with kinks (relu, max pooling, hinge).\n",
           c->count, (long long)c->batch, RIGHT, WRONG);
}

static int judge(const arguments *given, const checking *c)
{
    double worst = 0;
    for (int i = 0; i < c->count; i++)
        worst = c->error[i] > worst || isnan(c->error[i]) ? c->error[i] : worst;
    if (!option_given(given, "json"))
        print_errors(c);
    else if (!print_errors_json(c))
        return EXIT_ERROR;
    if (worst <= WRONG)
        return EXIT_FINE;
    return print_error("a gradient is wrong: its relative error is %.2e", worst);
}

// ---- The whole

static int check_in_double(const arguments *given, const gd_model *model, checking *c)
{
    c->batch = c->batch < gd_dataset_count(model->train) ? c->batch : gd_dataset_count(model->train);
    if (!collect_parameters(c))
        return print_error("out of memory");
    interrupt_watch();
    gd_status status = take_batch(c, model);
    if (status == GD_OK)
        status = check_gradients(c);
    return status == GD_OK                  ? judge(given, c)
           : status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag()
           : status == GD_ERROR_MEMORY      ? print_error("out of memory")
                                            : print_last_error();
}

static int check_model(const arguments *given, const gd_model *model)
{
    gd_feed feed[GD_MODEL_INPUTS + GD_MODEL_HEADS] = {0};
    checking c = {.batch = 4, .elements = 20, .feed = feed};
    gd_model *in_double;
    if (!option_integer(given, "batch", 1, 100000, &c.batch) ||
        !option_integer(given, "elements", 0, 1000000000, &c.elements))
        return EXIT_USAGE;
    if (gd_model_in_double(model, &in_double) != GD_OK)
        return print_last_error();
    c.model = in_double;
    int result = check_in_double(given, model, &c);
    checking_free(&c);
    gd_model_free(in_double);
    return result;
}

// --figure and --elements each belong to one of the two checks.
static bool options_fit(const arguments *given, int *status)
{
    bool health = option_given(given, "health");
    if (health && option_given(given, "elements"))
        *status = usage_error(given->of, "--elements is about gradients: it cannot be given with --health");
    else if (!health && option_given(given, "figure"))
        *status = usage_error(given->of, "--figure draws the layers' health: it needs --health");
    else
        return true;
    return false;
}

static int run(const arguments *given)
{
    gd_model_opts opts = {.parts = GD_PART_TRAIN};
    int status = EXIT_USAGE;
    if (!options_fit(given, &status) || !take_settings(given, &opts, &status) || !apply_threads(given))
        return status;
    char *found = is_directory(given->operand[0]) ? find_checkpoint(given->operand[0], opts) : NULL;
    if (is_directory(given->operand[0]) && found == NULL)
        return EXIT_ERROR;
    gd_model *model;
    gd_status opened = gd_model_open(found == NULL ? given->operand[0] : found, opts, &model);
    free(found);
    if (opened != GD_OK)
        return print_last_error();
    if (model->train == NULL)
        status = print_error("%s has no training data", given->operand[0]);
    else
        status = option_given(given, "health") ? check_health(given, model) : check_model(given, model);
    gd_model_free(model);
    return status;
}

static const option_row options[] = {
    {"health", 0, NULL, "Look at what layers put out and what gradients come back, and say what is wrong", false},
    {"batch", 'b', "N", "Samples to compute the loss of (4; for --health 256)", false},
    {"elements", 'e', "N", "Elements of each parameter to check (20); 0: all", false},
    {"figure", 'f', "FILE", "With --health: draw what was found, layer by layer, as an HTML page", false},
    {"json", 'j', NULL, "Print one JSON object", false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command check_command = {
    .name = "check",
    .operands = "RECIPE|CHECKPOINT|RUN [NAME=VALUE ...]",
    .least = 1,
    .summary = "compare the gradients of a network with differences, or look at its health",
    .text =
        "Checks the gradient of the loss with respect to every parameter: on a few samples, in double precision,\n"
        "against (f(w + e) - f(w - e)) / 2e. The relative error of each parameter is |a - n| / (|a| + |n|), with\n"
        "the lengths of the vectors of its checked elements. Dropout drops the same units each time. Exit status 1\n"
        "when one is wrong.\n\n"
        "With --health, looks at each layer on one batch: mean, deviation, zeros and saturated values of what it\n"
        "puts out, dead relu units, the size of the gradients of its values and weights, and how far one step\n"
        "moves its weights. Then says in words what is wrong and what helps: gradients that vanish or explode,\n"
        "equal units, dead or saturated ones, steps too large or too small. Exit status 1 when something is wrong.",
    .examples = "  gradus check recipes/fashion-cnn.yaml\n"
                "  gradus check recipes/fashion-mlp.yaml --elements 0 model.0.dense=8\n"
                "  gradus check recipes/deep-sigmoid.yaml --health --figure health.html",
    .option = options,
    .run = run,
};
