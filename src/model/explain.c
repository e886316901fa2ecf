#include <gradus/explain.h>

#include <gradus/ops.h>
#include <gradus/run.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "model/model.h"

enum { PORTION = 64 };

void gd_explanation_free(gd_explanation *explanation)
{
    if (explanation == NULL)
        return;
    gd_array_free(&explanation->output);
    gd_array_free(&explanation->label);
    gd_array_free(&explanation->map);
    *explanation = (gd_explanation){0};
}

int gd_explanation_largest(const gd_explanation *explanation, int64_t sample, int most, int64_t *element)
{
    GD__NEEDS(explanation, 0);
    GD__NEEDS(element, 0);
    const gd_array *map = &explanation->map;
    if (map->data == NULL || sample < 0 || sample >= map->shape.dim[0])
        return 0;
    const int64_t width = gd_array_count(map) / map->shape.dim[0];
    int count = 0;
    for (int64_t i = 0; i < width; i++) {
        const double size = fabs(gd_array_get(map, sample * width + i));
        int place = count;
        while (place > 0 && fabs(gd_array_get(map, sample * width + element[place - 1])) < size)
            place--;
        if (place >= most)
            continue;
        count += count < most;
        for (int k = count - 1; k > place; k--)
            element[k] = element[k - 1];
        element[place] = i;
    }
    return count;
}

// ---- What is asked

static bool has_places(const gd_model_layer *layer)
{
    return layer->output.rank == 4 && layer->output.dim[2] * layer->output.dim[3] > 1;
}

static gd_status choose_layer(const gd_model *model, const gd_explain_opts *opts, gd_explanation *explanation)
{
    explanation->layer = opts->layer;
    for (int i = model->layer_count - 1; i >= 0 && explanation->layer == NULL; i--)
        if (model->layer[i].depth == 0 && has_places(&model->layer[i]))
            explanation->layer = &model->layer[i];
    if (opts->layer == NULL || has_places(opts->layer))
        return GD_OK;
    char text[GD_SHAPE_TEXT];
    return gd__fail(GD_ERROR_ARGUMENT, "layer '%s' puts out %s, expected (batch, channels, rows, columns)",
                    opts->layer->name, gd_shape_text(opts->layer->output, text));
}

// Numbers that the last layer gives for a sample, and labels that may be asked for.
static int64_t output_count(const gd_model *model)
{
    const gd_shape shape = gd_tensor_shape(model->output);
    int64_t count = 1;
    for (int i = 1; i < shape.rank; i++)
        count *= shape.dim[i];
    return count;
}

static gd_status check_question(const gd_model *model, const gd_dataset *set, const gd_explain_opts *opts)
{
    if (model->head_count > 1)
        return gd__fail(GD_ERROR_UNSUPPORTED, "networks with several targets cannot be explained yet");
    if (gd_dataset_count(set) == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no sample to explain");
    const int64_t labels = model->task->yes_or_no ? 2 : output_count(model);
    if (opts->choose_label && (opts->label < 0 || opts->label >= labels))
        return gd__fail(GD_ERROR_ARGUMENT, "label %d is to be explained, and the network has 0 to %lld", opts->label,
                        (long long)labels - 1);
    return GD_OK;
}

// ---- The graph

typedef struct work {
    gd_model *model;
    gd_explanation *explanation;
    gd_tensor sign;   // input: (batch, outputs), 1 where the label is, -1 for "no"
    gd_tensor result; // the map before it is scaled
    gd_function *function;
} work;

// Adds the nodes of y and of what is asked.
static void write_graph(work *w)
{
    const gd_model *model = w->model;
    const gd_shape shape = gd_tensor_shape(model->output);
    w->sign = gd_input(model->graph, "explain.label", gd_tensor_type(model->output), shape);
    const gd_tensor y = gd_sum(gd_mul(model->output, w->sign), (gd_reduce_opts){0});
    const gd_tensor at = w->explanation->layer != NULL ? w->explanation->layer->value : model->input[0];
    gd_tensor gradient;
    gd_gradients(y, 1, &at, &gradient);
    if (w->explanation->layer == NULL) {
        w->result = gd_mul(at, gradient);
        return;
    }
    const gd_tensor weight = gd_mean(gradient, (gd_reduce_opts){.axes = GD_AXES(2, 3), .keep = true});
    w->result = gd_relu(gd_sum(gd_mul(weight, at), (gd_reduce_opts){.axes = GD_AXES(1)}));
}

// The label whose number is largest; yes where the number is positive; the first of other numbers.
static int predicted(const work *w, int64_t sample)
{
    const gd_array *output = &w->explanation->output;
    const int64_t count = gd_array_count(output) / output->shape.dim[0];
    if (w->model->task->yes_or_no)
        return gd_array_get(output, sample * count) > 0;
    int best = 0;
    for (int64_t i = 1; i < count && w->model->class_count > 0; i++)
        if (gd_array_get(output, sample * count + i) > gd_array_get(output, sample * count + best))
            best = (int)i;
    return best;
}

static void choose_labels(const work *w, const gd_explain_opts *opts)
{
    int32_t *label = w->explanation->label.data;
    for (int64_t i = 0; i < w->explanation->label.shape.dim[0]; i++)
        label[i] = opts->choose_label ? opts->label : predicted(w, i);
}

// ---- A portion of the samples

static void divide_by_largest(float *map, int64_t count)
{
    float largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = map[i] > largest ? map[i] : largest;
    for (int64_t i = 0; i < count && largest > 0; i++)
        map[i] /= largest;
}

static gd_status make_sign(const work *w, int64_t first, int64_t count, gd_array *sign)
{
    gd_shape shape = gd_tensor_shape(w->model->output);
    shape.dim[0] = count;
    const gd_status status = gd_array_create(sign, GD_F32, shape);
    if (status != GD_OK)
        return status;
    float *value = sign->data;
    const int32_t *label = (const int32_t *)w->explanation->label.data + first;
    const int64_t width = gd_array_count(sign) / count;
    for (int64_t i = 0; i < count; i++)
        if (w->model->task->yes_or_no)
            value[i * width] = label[i] == 1 ? 1 : -1;
        else
            value[i * width + label[i]] = 1;
    return GD_OK;
}

static gd_status explain_portion(const work *w, const gd_dataset *set, int64_t first, int64_t count)
{
    gd_feed feed[GD_MODEL_INPUTS + 1] = {0};
    int64_t sample[PORTION];
    int feeds = 0;
    for (int64_t i = 0; i < count; i++)
        sample[i] = first + i;
    gd_status status = GD_OK;
    for (; feeds < w->model->input_count && status == GD_OK; feeds++) {
        const int field = gd_dataset_find(set, w->model->input_name[feeds]);
        feed[feeds].input = w->model->input[feeds];
        status = gd_dataset_get(set, field, count, sample, &feed[feeds].value);
    }
    feed[feeds].input = w->sign;
    if (status == GD_OK)
        status = make_sign(w, first, count, &feed[feeds].value);
    gd_array result = {0};
    if (status == GD_OK)
        status = gd_function_run(w->function, feeds + 1, feed, &result);
    gd_array *map = &w->explanation->map;
    if (status == GD_OK && map->data == NULL) {
        gd_shape shape = result.shape;
        shape.dim[0] = w->explanation->label.shape.dim[0];
        status = gd_array_create(map, GD_F32, shape);
    }
    const int64_t width = status == GD_OK ? gd_array_count(&result) / count : 0;
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        float *to = (float *)map->data + (first + i) * width;
        memcpy(to, (const float *)result.data + i * width, (size_t)width * sizeof *to);
        if (w->explanation->layer != NULL)
            divide_by_largest(to, width);
    }
    gd_array_free(&result);
    for (int i = 0; i <= feeds; i++)
        gd_array_free(&feed[i].value);
    return status;
}

static gd_status explain_all(work *w, const gd_dataset *set, const gd_explain_opts *opts)
{
    const int64_t count = gd_dataset_count(set);
    gd_explanation *explanation = w->explanation;
    gd_status status = gd_predict(1, &w->model->output, set, (gd_evaluate_opts){0}, &explanation->output);
    if (status == GD_OK)
        status = gd_array_create(&explanation->label, GD_I32, GD_SHAPE(count));
    if (status != GD_OK)
        return status;
    choose_labels(w, opts);
    write_graph(w);
    w->function = gd_function_create(w->model->graph, 1, &w->result, (gd_function_opts){0});
    if (w->function == NULL)
        return gd_last_status();
    for (int64_t first = 0; first < count && status == GD_OK; first += PORTION)
        status = explain_portion(w, set, first, count - first < PORTION ? count - first : PORTION);
    gd_function_free(w->function);
    return status;
}

gd_status gd_model_explain(gd_model *model, const gd_dataset *set, gd_explain_opts opts, gd_explanation *explanation)
{
    GD__NEEDS(explanation, GD_ERROR_ARGUMENT);
    *explanation = (gd_explanation){0};
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    gd_status status = check_question(model, set, &opts);
    if (status == GD_OK)
        status = choose_layer(model, &opts, explanation);
    if (status != GD_OK)
        return status;
    const gd__graph_mark mark = gd__graph_mark_here(model->graph);
    work w = {.model = model, .explanation = explanation};
    status = explain_all(&w, set, &opts);
    gd__graph_write(model->graph);
    gd__graph_go_back(model->graph, mark);
    gd__graph_release(model->graph);
    if (status != GD_OK)
        gd_explanation_free(explanation);
    return status;
}
