// The table of layers: shapes, parameters, arithmetic and receptive fields, for `info` and reports.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"

// ---- Arithmetic

static gd_info closed(gd_info info)
{
    for (int i = 0; i < info.shape.rank; i++)
        if (info.shape.dim[i] < 0)
            info.shape.dim[i] = -info.shape.dim[i]; // -k stands for k times the batch size, which is 1 here
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
            gd__attributes_close(op, attributes, 1);
        call.input = input;
        call.attributes = attributes;
        flops = op->cost(&call);
    }
    gd__free(input);
    gd__free(attributes);
    return flops;
}

// ---- Rows

int gd__table_begin(gd__model *model, const gd_layer_kind *kind, int depth, int line)
{
    if (!gd__grow((void **)&model->layer, &model->layer_capacity, model->shown.layer_count, sizeof *model->layer)) {
        gd_graph_fail(model->shown.graph, GD_ERROR_MEMORY, "out of memory for the table of layers");
        return -1;
    }
    model->layer[model->shown.layer_count] =
        (gd_model_layer){.record = kind, .kind = kind->record.name, .depth = depth, .line = line};
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

// ---- As text

enum { MOST_COLUMNS = 7, CELL = 256 };

static char *count_text(double count, char text[CELL])
{
    static const char *const unit[] = {"", "k", "M", "G", "T", "P"}; // of a thousand each
    int u = 0;
    for (; count >= (u == 0 ? 9999.5 : 999.95) && u < 5; u++)
        count /= 1000;
    snprintf(text, CELL, u == 0 ? "%.0f" : "%.1f %s", count, unit[u]);
    return text;
}

static char *bytes_text(double bytes, char text[CELL])
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int u = 0;
    while (bytes >= 1024 && u < 4) {
        bytes /= 1024;
        u++;
    }
    snprintf(text, CELL, u == 0 ? "%.0f %s" : "%.1f %s", bytes, unit[u]);
    return text;
}

// 54,538
static char *grouped_text(int64_t count, char text[CELL])
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)count), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

typedef char table_row[MOST_COLUMNS][CELL];

static void fill_row(const gd_model_layer *layer, table_row row)
{
    char shape[GD_SHAPE_TEXT];
    snprintf(row[0], CELL, "%*s%.100s", 2 * layer->depth, "", layer->kind);
    snprintf(row[1], CELL, "%.100s", layer->name);
    snprintf(row[2], CELL, "%s", gd_shape_text(layer->output, shape));
    if (layer->parameters > 0)
        grouped_text(layer->parameters, row[3]);
    count_text(layer->flops, row[4]);
    bytes_text((double)layer->output_bytes, row[5]);
    int length = 0;
    for (int i = 0; i < GD_VIEW_AXES && layer->receptive_field[i] > 0; i++)
        length += snprintf(row[6] + length, CELL - (size_t)length, "%s%lld", i == 0 ? "" : "x",
                           (long long)layer->receptive_field[i]);
}

static void write_table(gd__text *text, int count, table_row *row)
{
    size_t width[MOST_COLUMNS] = {0};
    for (int r = 0; r < count; r++)
        for (int c = 0; c < MOST_COLUMNS; c++)
            width[c] = strlen(row[r][c]) > width[c] ? strlen(row[r][c]) : width[c];
    for (int r = 0; r < count; r++) {
        gd__text line = {0};
        for (int c = 0; c < MOST_COLUMNS; c++) // words to the left, numbers to the right
            gd__text_add(&line, "%s%*s", c == 0 ? "" : "  ", c < 3 ? -(int)width[c] : (int)width[c], row[r][c]);
        while (line.length > 0 && line.data[line.length - 1] == ' ')
            line.data[--line.length] = '\0';
        gd__text_add(text, "%s\n", line.data == NULL ? "" : line.data);
        text->failed = text->failed || line.failed;
        gd__text_free(&line);
    }
}

char *gd_model_info_text(const gd_model *model)
{
    static const char *const heading[MOST_COLUMNS] = {"layer", "name",          "output",         "parameters",
                                                      "FLOPs", "output memory", "receptive field"};
    int count = model->layer_count + 1;
    table_row *row = gd__alloc_zeroed((size_t)count, sizeof *row);
    if (row == NULL)
        return NULL;
    for (int c = 0; c < MOST_COLUMNS; c++)
        snprintf(row[0][c], CELL, "%s", heading[c]);
    size_t output_bytes = 0;
    for (int i = 0; i < model->layer_count; i++) {
        fill_row(&model->layer[i], row[i + 1]);
        if (!gd__layer_has_lists(model->layer[i].record))
            output_bytes += model->layer[i].output_bytes;
    }
    gd__text text = {0};
    write_table(&text, count, row);
    gd__free(row);
    char parameters[CELL], parameter_bytes[CELL], flops[CELL], outputs[CELL];
    gd__text_add(
        &text,
        "\n%s parameters (%s); forward, a sample takes %s FLOPs and %s of outputs\n"
        "A training step takes about three times the FLOPs, and keeps the outputs of all samples of its batch.\n",
        grouped_text(model->parameters, parameters), bytes_text(4.0 * (double)model->parameters, parameter_bytes),
        count_text(model->flops, flops), bytes_text((double)output_bytes, outputs));
    return gd__text_take(&text);
}
