// The table of layers: shapes, parameters, arithmetic and receptive fields, for `info` and reports.
#include <gradus/text.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"

// ---- Arithmetic

// What open dimensions stand for in the table: one sample, of so many time steps.
static const gd__sizes shown_sizes = {.batch = 1, .time = GD_MODEL_TIME};

static gd_info closed(gd_info info)
{
    info.shape = gd__shape_close(info.shape, shown_sizes);
    return info;
}

// Floating-point operations of one node for a batch of one, as its op's record tells; 0 for what only moves data.
static double node_flops(const gd_graph *graph, const gd__node *node)
{
    const gd_op *op = node->op;
    gd_shape_call call = {.op = op, .input_count = node->input_count, .output_count = node->output_count};
    if (op->flags & (GD_OP_SOURCE | GD_OP_VIEW))
        return 0;
    for (int i = 0; i < node->output_count; i++)
        call.output[i] = closed(node->output[i]);
    if (op->cost == NULL)
        return (double)gd_shape_count(call.output[0].shape);
    gd_info *input = gd__alloc_zeroed((size_t)node->input_count, sizeof *input);
    void *attributes = op->attribute_size == 0 ? NULL : gd__copy_block(node->attributes, op->attribute_size);
    double flops = 0;
    if (input != NULL && (attributes != NULL || op->attribute_size == 0)) {
        for (int i = 0; i < node->input_count; i++)
            input[i] = closed(*gd__info_at(graph, node->input[i]));
        if (attributes != NULL)
            gd__attributes_close(op, attributes, shown_sizes);
        call.input = input;
        call.attributes = attributes;
        flops = op->cost(&call);
    }
    gd__free(input);
    gd__free(attributes);
    return flops;
}

// ---- Rows

int gd__table_begin(gd__model *model, const gd_layer_kind *kind, const char *shown, int depth, int line)
{
    if (!gd__grow((void **)&model->layer, &model->layer_capacity, model->shown.layer_count, sizeof *model->layer)) {
        gd_graph_fail(model->shown.graph, GD_ERROR_MEMORY, "out of memory for the table of layers");
        return -1;
    }
    model->layer[model->shown.layer_count] =
        (gd_model_layer){.record = kind, .kind = shown, .depth = depth, .line = line};
    return model->shown.layer_count++;
}

// The name that the layer gave to what it put out, or "": activations and the like have none, nor has a layer that is
// made of layers.
static const char *name_of(const gd_graph *graph, const gd_model_layer *layer, int first_node, gd_tensor y)
{
    const char *name = y.node >= first_node ? graph->node[y.node].name : NULL;
    return name == NULL || gd__layer_has_lists(layer->record) ? "" : name;
}

void gd__table_end(gd__model *model, int row, const char *name, int first_node, int first_variable, gd_tensor y)
{
    const gd_graph *graph = model->shown.graph;
    if (row < 0 || gd_graph_status(graph) != GD_OK)
        return;
    gd_model_layer *layer = &model->layer[row];
    gd_info output = closed(*gd__info(y));
    layer->value = y;
    layer->output = output.shape;
    layer->output_bytes = (size_t)gd_shape_count(output.shape) * gd_type_size(output.type);
    for (int i = first_node; i < graph->node_count; i++)
        layer->flops += node_flops(graph, &graph->node[i]);
    for (int i = first_variable; i < gd_variable_count(graph); i++)
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            layer->parameters += gd_shape_count(gd_tensor_shape(gd_variable_at(graph, i)));
    layer->name = gd__copy_text(name != NULL ? name : name_of(graph, layer, first_node, y));
    if (layer->name == NULL)
        gd_graph_fail(model->shown.graph, GD_ERROR_MEMORY, "out of memory for the table of layers");
    for (int i = 0; i < GD_VIEW_AXES && model->view.spatial; i++)
        layer->receptive_field[i] = (int64_t)model->view.size[i];
}

void gd__table_takes(gd__model *model, int row, int count, const gd_tensor *input, const char *from)
{
    gd_model_layer *layer = row < 0 ? NULL : &model->layer[row];
    if (layer == NULL || gd_graph_status(model->shown.graph) != GD_OK)
        return;
    layer->from = from == NULL ? NULL : gd__copy_text(from);
    layer->input = count == 0 ? NULL : gd__copy_block(input, (size_t)count * sizeof *input);
    layer->input_count = layer->input == NULL ? 0 : count;
    if ((from != NULL && layer->from == NULL) || layer->input_count != count)
        gd_graph_fail(model->shown.graph, GD_ERROR_MEMORY, "out of memory for the table of layers");
}

void gd__table_free(gd__model *model)
{
    for (int i = 0; i < model->shown.layer_count; i++) {
        gd__free((void *)(uintptr_t)model->layer[i].name);
        gd__free((void *)(uintptr_t)model->layer[i].from);
        gd__free((void *)(uintptr_t)model->layer[i].input);
    }
    gd__free(model->layer);
}

// ---- As text

enum { MOST_COLUMNS = 8, CELL = 256 };

typedef char table_row[MOST_COLUMNS][CELL];

static void fill_row(const gd_model_layer *layer, table_row row)
{
    char shape[GD_SHAPE_TEXT];
    snprintf(row[0], CELL, "%*s%.100s", 2 * layer->depth, "", layer->kind);
    snprintf(row[1], CELL, "%.100s", layer->name);
    snprintf(row[7], CELL, "%.100s", layer->from == NULL ? "" : layer->from);
    snprintf(row[2], CELL, "%s", gd_shape_text(layer->output, shape));
    if (layer->parameters > 0)
        snprintf(row[3], CELL, "%s", gd_count_text(layer->parameters).text);
    snprintf(row[4], CELL, "%s", gd_prefixed_text(layer->flops, "").text);
    snprintf(row[5], CELL, "%s", gd_bytes_text((double)layer->output_bytes).text);
    int length = 0;
    for (int i = 0; i < GD_VIEW_AXES && layer->receptive_field[i] > 0; i++)
        length += snprintf(row[6] + length, CELL - (size_t)length, "%s%lld", i == 0 ? "" : "x",
                           (long long)layer->receptive_field[i]);
}

// The columns from left to right; `from` stands beside the name, where a layer says it.
static const int order[MOST_COLUMNS] = {0, 1, 7, 2, 3, 4, 5, 6};

static void write_table(gd__text *text, int count, table_row *row, bool with_from)
{
    size_t width[MOST_COLUMNS] = {0};
    for (int r = 0; r < count; r++)
        for (int c = 0; c < MOST_COLUMNS; c++)
            width[c] = strlen(row[r][c]) > width[c] ? strlen(row[r][c]) : width[c];
    for (int r = 0; r < count; r++) {
        gd__text line = {0};
        for (int i = 0; i < MOST_COLUMNS; i++) {
            const int c = order[i]; // words to the left, numbers to the right
            const bool words = c < 3 || c == 7;
            if (c != 7 || with_from)
                gd__text_add(&line, "%s%*s", i == 0 ? "" : "  ", words ? -(int)width[c] : (int)width[c], row[r][c]);
        }
        while (line.length > 0 && line.data[line.length - 1] == ' ')
            line.data[--line.length] = '\0';
        gd__text_add(text, "%s\n", line.data == NULL ? "" : line.data);
        text->failed = text->failed || line.failed;
        gd__text_free(&line);
    }
}

char *gd_model_info_text(const gd_model *model)
{
    GD__NEEDS(model, NULL);
    static const char *const heading[MOST_COLUMNS] = {"layer", "name",          "output",          "parameters",
                                                      "FLOPs", "output memory", "receptive field", "from"};
    int count = model->layer_count + 1;
    table_row *row = gd__alloc_zeroed((size_t)count, sizeof *row);
    if (row == NULL)
        return NULL;
    for (int c = 0; c < MOST_COLUMNS; c++)
        snprintf(row[0][c], CELL, "%s", heading[c]);
    size_t output_bytes = 0;
    bool with_from = false;
    for (int i = 0; i < model->layer_count; i++) {
        with_from = with_from || model->layer[i].from != NULL;
        fill_row(&model->layer[i], row[i + 1]);
        if (!gd__layer_has_lists(model->layer[i].record))
            output_bytes += model->layer[i].output_bytes;
    }
    gd__text text = {0};
    write_table(&text, count, row, with_from);
    gd__free(row);
    gd__text_add(
        &text,
        "\n%s parameters (%s); forward, a sample takes %s and %s of outputs\n"
        "A training step takes about three times the FLOPs, and keeps the outputs of all samples of its batch.\n",
        gd_count_text(model->parameters).text, gd_bytes_text(4.0 * (double)model->parameters).text,
        gd_prefixed_text(model->flops, "FLOP").text, gd_bytes_text((double)output_bytes).text);
    return gd__text_take(&text);
}
