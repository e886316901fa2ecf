// A graph as text and as a Graphviz drawing.
#include "base/error.h"
#include "base/text.h"
#include "graph/graph.h"

static void add_numbers(gd__text *text, const gd_attribute *attribute, const char *at)
{
    int count = attribute->count > 1 ? attribute->count : 1;
    gd__text_add(text, "%s", count > 1 ? "(" : "");
    for (int i = 0; i < count; i++) {
        const char *comma = i > 0 ? "," : "";
        const int64_t *number = (const int64_t *)(const void *)at;
        char length[GD__DIMENSION_TEXT];
        if (attribute->kind == GD_ATTRIBUTE_INT && gd__dimension_has_time(number[i])) {
            gd__dimension_text(number[i], length);
            gd__text_add(text, "%s%s", comma, length);
        } else if (attribute->kind == GD_ATTRIBUTE_INT)
            gd__text_add(text, "%s%lld", comma, (long long)number[i]);
        else
            gd__text_add(text, "%s%g", comma, ((const double *)(const void *)at)[i]);
    }
    gd__text_add(text, "%s", count > 1 ? ")" : "");
}

static void add_axes(gd__text *text, uint32_t axes)
{
    const char *comma = "";
    gd__text_add(text, "{");
    for (int i = 0; i < GD_MAX_RANK; i++) {
        if (axes & 1u << i) {
            gd__text_add(text, "%s%d", comma, i);
            comma = ",";
        }
    }
    gd__text_add(text, "}");
}

static void add_attributes(gd__text *text, const gd__node *node)
{
    char shape[GD_SHAPE_TEXT];
    for (int i = 0; i < node->op->attribute_count; i++) {
        const gd_attribute *attribute = &node->op->attribute[i];
        const char *at = (const char *)node->attributes + attribute->offset;
        gd__text_add(text, " %s=", attribute->name);
        switch (attribute->kind) {
        case GD_ATTRIBUTE_INT:
        case GD_ATTRIBUTE_FLOAT: add_numbers(text, attribute, at); break;
        case GD_ATTRIBUTE_BOOL: gd__text_add(text, "%s", *(const bool *)at ? "yes" : "no"); break;
        case GD_ATTRIBUTE_SHAPE:
            gd__text_add(text, "%s", gd_shape_text(*(const gd_shape *)(const void *)at, shape));
            break;
        case GD_ATTRIBUTE_AXES: add_axes(text, *(const uint32_t *)(const void *)at); break;
        case GD_ATTRIBUTE_TYPE: gd__text_add(text, "%s", gd_type_name(*(const gd_type *)(const void *)at)); break;
        }
    }
}

char *gd_graph_text(const gd_graph *graph)
{
    GD__NEEDS(graph, NULL);
    gd__text text = {0};
    char shape[GD_SHAPE_TEXT];
    for (int i = 0; i < graph->node_count; i++) {
        const gd__node *node = &graph->node[i];
        gd__text_add(&text, "%%%d", i);
        for (int j = 0; j < node->output_count; j++)
            gd__text_add(&text, "%s %s%s", j > 0 ? "," : " :", gd_type_name(node->output[j].type),
                         gd_shape_text(node->output[j].shape, shape));
        gd__text_add(&text, " = %s", node->op->name);
        for (int j = 0; j < node->input_count; j++) {
            gd__text_add(&text, "%s%%%d", j > 0 ? ", " : "(", node->input[j].node);
            if (graph->node[node->input[j].node].output_count > 1)
                gd__text_add(&text, ".%d", node->input[j].output);
        }
        gd__text_add(&text, "%s", node->input_count > 0 ? ")" : "");
        add_attributes(&text, node);
        if (node->name != NULL)
            gd__text_add(&text, "  # %s", node->name);
        gd__text_add(&text, "\n");
    }
    return gd__text_take(&text);
}

// Quotes and backslashes would end a Graphviz string early.
static void add_quoted(gd__text *text, const char *words)
{
    for (; *words != '\0'; words++) {
        if (*words == '"' || *words == '\\')
            gd__text_add_bytes(text, "\\", 1);
        gd__text_add_bytes(text, words, 1);
    }
}

static void add_dot_node(gd__text *text, const gd_graph *graph, int index)
{
    const gd__node *node = &graph->node[index];
    char shape[GD_SHAPE_TEXT];
    bool source = (node->op->flags & GD_OP_SOURCE) != 0;
    gd__text_add(text, "  n%d [shape=%s, label=\"", index, source ? "ellipse" : "box");
    if (node->op == &gd__op_constant && gd_shape_count(node->output[0].shape) == 1) {
        gd__text_add(text, "%g", gd_array_get(&graph->constant[gd__source_index(node)], 0));
    } else {
        gd__text_add(text, "%s", source && node->name != NULL ? "" : node->op->name);
        if (node->name != NULL) {
            gd__text_add(text, "%s", source ? "" : " ");
            add_quoted(text, node->name);
        }
        if (node->output[0].shape.rank > 0)
            gd__text_add(text, "\\n%s", gd_shape_text(node->output[0].shape, shape));
    }
    gd__text_add(text, "\"];\n");
    for (int j = 0; j < node->input_count; j++)
        gd__text_add(text, "  n%d -> n%d;\n", node->input[j].node, index);
}

char *gd_graph_dot(const gd_graph *graph)
{
    GD__NEEDS(graph, NULL);
    gd__text text = {0};
    gd__text_add(&text, "digraph gradus {\n  rankdir=BT;\n  node [fontname=\"sans-serif\"];\n");
    for (int i = 0; i < graph->node_count; i++)
        add_dot_node(&text, graph, i);
    gd__text_add(&text, "}\n");
    return gd__text_take(&text);
}
