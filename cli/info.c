// gradus info
#include <stdio.h>
#include <stdlib.h>

#include <gradus/gradus.h>
#include <gradus/report.h>

#include "commands.h"
#include "fold_set.h"
#include "json.h"
#include "locate.h"
#include "print.h"

// ---- What a training step needs

// Steps of a sequence, where their number is open.
enum { SEQUENCE = 100 };

static bool has_sequences(const gd_model *model)
{
    for (int i = 0; i < model->input_count; i++) {
        const gd_shape shape = gd_tensor_shape(model->input[i]);
        for (int axis = 1; axis < shape.rank; axis++)
            if (shape.dim[axis] == GD_TIME)
                return true;
    }
    return false;
}

// Zeros of the inputs' shapes: only shapes matter here.
static gd_status make_feeds(const gd_model *model, int64_t batch, gd_feed *feed)
{
    gd_status status = GD_OK;
    for (int i = 0; i < model->input_count + model->head_count && status == GD_OK; i++) {
        gd_tensor input = i < model->input_count ? model->input[i] : model->head[i - model->input_count].target;
        gd_shape shape = gd_tensor_shape(input);
        shape.dim[0] = batch;
        for (int axis = 1; axis < shape.rank; axis++)
            if (shape.dim[axis] == GD_TIME)
                shape.dim[axis] = SEQUENCE;
        feed[i].input = input;
        status = gd_array_create(&feed[i].value, gd_tensor_type(input), shape);
    }
    return status;
}

// What one step takes when values are kept for the backward pass, and when cheap ones are computed again.
typedef struct {
    int64_t batch;
    gd_precision precision;
    bool recompute; // as the recipe has it
    bool planned;   // the costs below are known
    gd_function_cost kept, recomputed;
} step_cost;

static double peak_bytes(const gd_function_cost *cost)
{
    return (double)cost->variable_bytes + (double)cost->arena_bytes;
}

static gd_status measure_one(const gd_model *model, const gd_assignment_list *update, gd_function_opts opts,
                             const gd_feed *feed, gd_function_cost *cost)
{
    gd_function *step = gd_training_function(model->loss, update, opts);
    if (step == NULL)
        return GD_ERROR_ARGUMENT;
    gd_status status = gd_function_measure(step, model->input_count + model->head_count, feed, cost);
    gd_function_free(step);
    return status;
}

static gd_status measure_step(const gd_model *model, const gd_rule *rule, step_cost *cost)
{
    gd_feed feed[GD_MODEL_INPUTS + GD_MODEL_HEADS] = {0};
    gd_assignment_list update = {0};
    gd_function_opts opts = {.precision = cost->precision};
    // What a minimiser does for each batch costs as much as a step that keeps no state.
    gd_rule plain = gd_gradient_descent(rule->learning_rate);
    gd_status status = make_feeds(model, cost->batch, feed);
    if (status == GD_OK)
        status = gd_rule_step(model->loss, gd_rule_minimiser(rule) != NULL ? &plain : rule, &update);
    if (status == GD_OK)
        status = measure_one(model, &update, opts, feed, &cost->kept);
    opts.recompute = true;
    if (status == GD_OK)
        status = measure_one(model, &update, opts, feed, &cost->recomputed);
    gd_assignment_list_free(&update);
    for (int i = 0; i < model->input_count + model->head_count; i++)
        gd_array_free(&feed[i].value);
    return status;
}

static int64_t training_batch(const gd_model *model, const gd_train_settings *settings)
{
    int64_t batch = settings->fit.batch > 0 ? settings->fit.batch : 64;
    int64_t samples = model->train == NULL ? batch : gd_dataset_count(model->train);
    return batch < samples ? batch : samples;
}

// What a training step keeps at least: weights, their gradients, and what the innermost layers put out.
static double least_bytes(const gd_model *model, int64_t batch)
{
    double bytes = 0;
    for (int i = 0; i < model->layer_count; i++) {
        const bool holds_layers = i + 1 < model->layer_count && model->layer[i + 1].depth > model->layer[i].depth;
        bytes += holds_layers ? 0 : (double)model->layer[i].output_bytes;
    }
    return bytes * (double)batch + 2 * (double)sizeof(float) * (double)model->parameters;
}

// Planning times kernels on memory of the step's size, so it takes about as long as some steps.
static bool is_quickly_planned(const gd_model *model, int64_t batch)
{
    const double most_flops = 2e11, most_bytes = 1e9;
    return 3 * model->flops * (double)batch <= most_flops && least_bytes(model, batch) <= most_bytes;
}

// ---- Telling

static json_t *shape_json(gd_shape shape)
{
    json_t *list = json_array();
    for (int i = 0; i < shape.rank; i++)
        json_array_append_new(list, json_integer(shape.dim[i]));
    return list;
}

static json_t *layer_json(const gd_model_layer *layer)
{
    json_t *row = json_object();
    json_put_text(row, "layer", layer->kind);
    json_put_text(row, "name", layer->name);
    json_put_text(row, "from", layer->from);
    json_put_integer(row, "depth", layer->depth);
    json_put_integer(row, "line", layer->line);
    json_object_set_new(row, "output", shape_json(layer->output));
    json_put_integer(row, "parameters", layer->parameters);
    json_put_number(row, "flops", layer->flops);
    json_put_integer(row, "output_bytes", (int64_t)layer->output_bytes);
    if (layer->receptive_field[0] > 0) {
        gd_shape field = {0};
        while (field.rank < GD_VIEW_AXES && layer->receptive_field[field.rank] > 0) {
            field.dim[field.rank] = layer->receptive_field[field.rank];
            field.rank++;
        }
        json_object_set_new(row, "receptive_field", shape_json(field));
    }
    return row;
}

static void put_cost(json_t *step, const step_cost *cost)
{
    const gd_function_cost *chosen = cost->recompute ? &cost->recomputed : &cost->kept;
    json_put_number(step, "flops", chosen->flops);
    json_put_integer(step, "variable_bytes", (int64_t)chosen->variable_bytes);
    json_put_integer(step, "arena_bytes", (int64_t)chosen->arena_bytes);
    json_put_integer(step, "peak_bytes", (int64_t)peak_bytes(chosen));
    json_put_integer(step, "peak_bytes_without_recompute", (int64_t)peak_bytes(&cost->kept));
    json_put_integer(step, "peak_bytes_with_recompute", (int64_t)peak_bytes(&cost->recomputed));
}

static int print_json(const gd_model *model, const step_cost *cost)
{
    json_t *root = json_object(), *layers = json_array(), *step = json_object();
    json_put_text(root, "name", gd_recipe_name(model->recipe));
    for (int i = 0; i < model->layer_count; i++)
        json_array_append_new(layers, layer_json(&model->layer[i]));
    json_object_set_new(root, "layers", layers);
    json_put_integer(root, "parameters", model->parameters);
    json_put_number(root, "flops", model->flops);
    json_put_integer(step, "batch", cost->batch);
    json_put_text(step, "precision", gd_precision_name(cost->precision));
    json_object_set_new(step, "recompute", json_boolean(cost->recompute));
    json_object_set_new(step, "planned", json_boolean(cost->planned));
    json_put_number(step, "least_bytes", least_bytes(model, cost->batch));
    if (cost->planned)
        put_cost(step, cost);
    json_object_set_new(root, "training_step", step);
    return json_print(root) ? EXIT_FINE : EXIT_ERROR;
}

static int print_text(const gd_model *model, const step_cost *cost)
{
    const gd_function_cost *chosen = cost->recompute ? &cost->recomputed : &cost->kept;
    const gd_function_cost *other = cost->recompute ? &cost->kept : &cost->recomputed;
    char *text = gd_model_info_text(model);
    if (text == NULL)
        return print_error("out of memory");
    fputs(text, stdout);
    gd_text_free(text);
    if (!cost->planned) {
        printf("\nA training step with %lld samples: about %s; at least %s, for weights, gradients and what the layers "
               "put out. --plan plans it, which takes a while for a network of this size, and tells the peak.\n",
               (long long)cost->batch, gd_prefixed_text(3 * model->flops * (double)cost->batch, "FLOP").text,
               gd_bytes_text(least_bytes(model, cost->batch)).text);
        return EXIT_FINE;
    }
    printf("\nA training step with %lld samples%s: %s; %s at its peak (%s for weights and the optimizer's state, %s "
           "for what is computed; precision %s)\n",
           (long long)cost->batch, has_sequences(model) ? " of 100 steps each" : "",
           gd_prefixed_text(chosen->flops, "FLOP").text, gd_bytes_text(peak_bytes(chosen)).text,
           gd_bytes_text((double)chosen->variable_bytes).text, gd_bytes_text((double)chosen->arena_bytes).text,
           gd_precision_name(cost->precision));
    printf("%s recompute: %s at its peak, %s\n", cost->recompute ? "without" : "with",
           gd_bytes_text(peak_bytes(other)).text, gd_prefixed_text(other->flops, "FLOP").text);
    return EXIT_FINE;
}

static int print_dot(const gd_model *model)
{
    char *text = gd_graph_dot(model->graph);
    if (text == NULL)
        return print_error("out of memory");
    fputs(text, stdout);
    gd_text_free(text);
    return EXIT_FINE;
}

static int write_picture(const gd_model *model, const char *path)
{
    output output;
    char *svg = gd_network_svg(model->layer_count, model->layer);
    if (svg == NULL)
        return print_last_error();
    bool good = output_open(&output, path);
    if (good)
        good = output_close(&output, fputs(svg, output.file) >= 0);
    gd_text_free(svg);
    return good ? EXIT_FINE : EXIT_ERROR;
}

static int tell(const arguments *given, gd_model *model)
{
    if (option_given(given, "graph"))
        return write_picture(model, option_text(given, "graph", NULL));
    gd_train_settings settings;
    step_cost cost = {0};
    if (option_given(given, "dot"))
        return print_dot(model);
    if (gd_model_train_settings(model, &settings) != GD_OK)
        return print_last_error();
    cost.batch = training_batch(model, &settings);
    cost.precision = settings.fit.precision;
    cost.recompute = settings.fit.recompute;
    if (!option_integer(given, "batch", 1, 1000000, &cost.batch))
        return EXIT_USAGE;
    cost.planned = option_given(given, "plan") || is_quickly_planned(model, cost.batch);
    if (cost.planned && measure_step(model, &settings.rule, &cost) != GD_OK)
        return print_last_error();
    return option_given(given, "json") ? print_json(model, &cost) : print_text(model, &cost);
}

static int tell_of(const arguments *given, gd_model_opts opts, const char *path)
{
    gd_model *model;
    int status = gd_model_open(path, opts, &model) == GD_OK ? tell(given, model) : print_last_error();
    gd_model_free(model);
    return status;
}

// The network of a run; or of folds, which all have the same.
static int tell_of_directory(const arguments *given, gd_model_opts opts)
{
    fold_set folds;
    int status = EXIT_ERROR;
    if (fold_set_find(given->operand[0], opts, &folds)) {
        char *single = folds.count > 0 ? NULL : find_checkpoint(given->operand[0], opts);
        const char *path = folds.count > 0 ? folds.checkpoint[0] : single;
        if (folds.count > 0 && !option_given(given, "json") && !option_given(given, "dot"))
            printf("%d folds of this network, each trained on its own part\n\n", folds.count);
        if (path != NULL)
            status = tell_of(given, opts, path);
        free(single);
    }
    fold_set_free(&folds);
    return status;
}

static int run(const arguments *given)
{
    gd_model_opts opts = {0};
    int status = EXIT_USAGE;
    if (option_given(given, "dot") && option_given(given, "json"))
        return usage_error(given->of, "--dot and --json cannot be given together");
    if (!take_settings(given, &opts, &status) || !apply_threads(given))
        return status;
    return is_directory(given->operand[0]) ? tell_of_directory(given, opts) : tell_of(given, opts, given->operand[0]);
}

static const option_row options[] = {
    {"batch", 'b', "N", "Batch size of the training step; else the recipe's", false},
    {"plan", 'p', NULL, "Plan the training step in any case: how much memory it takes; else of small networks", false},
    {"json", 'j', NULL, "Print one JSON object", false},
    {"graph", 'g', "FILE", "Draw the network: layers, shapes, parameters, multiply-adds (SVG)", false},
    {"dot", 0, NULL, "Print the graph of the network for Graphviz", false},
    {"threads", 't', "N", "Threads the training step is planned for", false},
    {0},
};

const command info_command = {
    .name = "info",
    .operands = "RECIPE|CHECKPOINT|RUN [NAME=VALUE ...]",
    .least = 1,
    .summary = "the layers of a network, and what training it needs",
    .text =
        "A table of the layers: output shape, parameters, floating-point operations, memory of the output (all for\n"
        "one sample) and receptive field; and the memory that a training step takes at its peak, or of a large\n"
        "network what it takes at least: --plan tells. Recipes read their training data, which decides the shape\n"
        "of the input; checkpoints need no data.",
    .examples = "  gradus info recipes/fashion-cnn.yaml\n"
                "  gradus info runs/fashion-cnn --json\n"
                "  gradus info recipes/zoo/unet.yaml --graph unet.svg\n"
                "  gradus info recipes/fashion-cnn.yaml --dot | dot -Tsvg -o graph.svg",
    .option = options,
    .run = run,
};
