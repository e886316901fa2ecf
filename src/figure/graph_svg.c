// A graph as a picture: boxes in columns, arrows between them.
//
// The column of a node is the length of the longest path to it from an input. An arrow over several columns gets a
// point in each column that it crosses, which takes part in the ordering as a thin box (Sugiyama and others 1981);
// in each column boxes are ordered, and moved, towards the mean of what they are connected with.
#include <gradus/figure.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "figure/escape.h"
#include "figure/measure.h"
#include "figure/specification.h"
#include "graph/graph.h"

enum {
    NODE_LIMIT = 2000,
    CELL_LIMIT = 20000,
    SWEEPS = 8,
    MARGIN = 14,
    COLUMN_GAP = 56,
    ROW_GAP = 18,
    PADDING = 11,   // inside a box
    NAME_SIZE = 14, // of type
    SMALL_SIZE = 11,
    LINE_HEIGHT = 16,
    BEND_HEIGHT = 8
};

// A box, or the point where a long arrow crosses a column (node -1).
typedef struct cell {
    int node, column;
    double width, height, x, y; // x is the left side, y the middle
    double wish;                // where it would like to be
    char *title, *detail, *note;
} cell;

typedef struct arrow { // from a cell to one of the next column
    int from, to;
} arrow;

typedef struct drawing {
    const gd_graph *graph;
    int *cell_of; // of each node; -1: it leads to no output
    cell *cell;
    int cell_count, cell_capacity;
    arrow *arrow;
    int arrow_count, arrow_capacity;
    int *order; // cells by column and row
    int column_count;
    double width, height;
    bool failed; // memory was short
} drawing;

// ---- Boxes

static const char *sign(const char *op)
{
    static const char *const table[][2] = {
        {"add", "+"}, {"sub", "\u2212"}, {"mul", "\u00d7"}, {"div", "\u00f7"}, {"neg", "\u2212"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(op, table[i][0]) == 0)
            return table[i][1];
    return op;
}

static bool is_source(const gd__node *node)
{
    return node->input_count == 0;
}

static void describe(gd_graph *graph, int index, gd__text *title, gd__text *detail)
{
    const gd__node *node = gd__node_at(graph, index);
    const gd_info *info = &node->output[0];
    char shape[GD_SHAPE_TEXT] = "";
    if (info->shape.rank > 0 && gd_shape_count(info->shape) != 1)
        gd_shape_text(info->shape, shape);
    const char *name = node->name;
    if (node->op == &gd__op_input)
        name = graph->input[gd__source_index(node)].name;
    else if (node->op == &gd__op_variable)
        name = gd__variable_of(graph, node)->name;
    if (node->op == &gd__op_constant && name == NULL && gd_shape_count(info->shape) == 1)
        gd__text_add(title, "%g", gd_array_get(&graph->constant[gd__source_index(node)], 0));
    else
        gd__html_add(title, name != NULL ? name : sign(node->op->name));
    if (!is_source(node) && name != NULL)
        gd__html_add(detail, sign(node->op->name));
    if (shape[0] != '\0')
        gd__text_add(detail, "%s%s", detail->length > 0 ? " " : "", shape);
}

static double widest_line(const char *text, double size)
{
    double widest = 0;
    char line[256];
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1), text);
        widest = fmax(widest, gd__text_width(line, size));
        text += length + (text[length] == '\n');
    }
    return widest;
}

static int line_count(const char *text)
{
    int count = text != NULL && text[0] != '\0';
    for (; text != NULL && *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static int add_cell(drawing *d, int node, int column)
{
    if (d->cell_count >= CELL_LIMIT ||
        !gd__grow((void **)&d->cell, &d->cell_capacity, d->cell_count, sizeof *d->cell)) {
        d->failed = true;
        return -1;
    }
    d->cell[d->cell_count] = (cell){.node = node, .column = column, .height = BEND_HEIGHT};
    return d->cell_count++;
}

static void connect(drawing *d, int from, int to)
{
    for (int i = 0; i < d->arrow_count; i++)
        if (d->arrow[i].from == from && d->arrow[i].to == to)
            return;
    if (!gd__grow((void **)&d->arrow, &d->arrow_capacity, d->arrow_count, sizeof *d->arrow)) {
        d->failed = true;
        return;
    }
    d->arrow[d->arrow_count++] = (arrow){from, to};
}

static void fill_box(drawing *d, gd_graph *graph, int index, gd_graph_note *note, void *user)
{
    cell *box = &d->cell[d->cell_of[index]];
    gd__text title = {0}, detail = {0}, below = {0};
    describe(graph, index, &title, &detail);
    gd__html_add(&below, note != NULL ? note(user, (gd_tensor){graph, index, 0}) : NULL);
    box->title = gd__text_take(&title);
    box->detail = gd__text_take(&detail);
    box->note = gd__text_take(&below);
    if (box->title == NULL || box->detail == NULL || box->note == NULL) {
        d->failed = true;
        return;
    }
    double text = fmax(1.1 * gd__text_width(box->title, NAME_SIZE), gd__text_width(box->detail, SMALL_SIZE));
    box->width = fmax(44, fmax(text, widest_line(box->note, SMALL_SIZE)) + 2 * PADDING);
    int lines = 1 + line_count(box->detail) + line_count(box->note);
    box->height = lines * LINE_HEIGHT + 2 * PADDING - 4;
}

// ---- Columns

// The nodes that lead to an output: -1 for the others, 0 for these.
static void find_nodes(drawing *d, int output_count, const gd_tensor *output)
{
    for (int i = 0; i < d->graph->node_count; i++)
        d->cell_of[i] = -1;
    for (int i = 0; i < output_count; i++)
        d->cell_of[output[i].node] = 0;
    for (int i = d->graph->node_count - 1; i >= 0; i--) {
        const gd__node *node = gd__node_at(d->graph, i);
        for (int k = 0; d->cell_of[i] == 0 && k < node->input_count; k++)
            d->cell_of[node->input[k].node] = 0;
    }
}

// Constants stand right before what uses them, not far away among the inputs.
static void find_columns(const drawing *d, int *column)
{
    for (int i = 0; i < d->graph->node_count; i++) {
        const gd__node *node = gd__node_at(d->graph, i);
        column[i] = 0;
        for (int k = 0; k < node->input_count; k++)
            column[i] = column[node->input[k].node] >= column[i] ? column[node->input[k].node] + 1 : column[i];
    }
    for (int c = 0; c < d->graph->node_count; c++) {
        if (d->cell_of[c] < 0 || gd__node_at(d->graph, c)->op != &gd__op_constant)
            continue;
        int nearest = -1;
        for (int i = 0; i < d->graph->node_count; i++) {
            const gd__node *node = gd__node_at(d->graph, i);
            for (int k = 0; d->cell_of[i] >= 0 && k < node->input_count; k++)
                if (node->input[k].node == c && (nearest < 0 || column[i] - 1 < nearest))
                    nearest = column[i] - 1;
        }
        column[c] = nearest > 0 ? nearest : 0;
    }
}

static void add_arrows(drawing *d, int index, const int *column)
{
    const gd__node *node = gd__node_at(d->graph, index);
    for (int k = 0; k < node->input_count && !d->failed; k++) {
        int input = node->input[k].node, from = d->cell_of[input];
        bool twice = false; // x · x is one arrow
        for (int j = 0; j < k; j++)
            twice = twice || node->input[j].node == input;
        for (int c = column[input] + 1; !twice && c < column[index] && from >= 0; c++) {
            int bend = add_cell(d, -1, c);
            if (bend >= 0)
                connect(d, from, bend);
            from = bend;
        }
        if (!twice && from >= 0)
            connect(d, from, d->cell_of[index]);
    }
}

// ---- Rows

static int by_wish(const void *a, const void *b, void *cells)
{
    const cell *all = cells;
    int one = *(const int *)a, other = *(const int *)b;
    const cell *x = &all[one], *y = &all[other];
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    if (x->wish != y->wish)
        return x->wish < y->wish ? -1 : 1;
    if (x->y != y->y) // equal wishes leave the order as it is
        return x->y < y->y ? -1 : 1;
    return (one > other) - (one < other);
}

// Each cell wishes to be at the mean of its neighbours before it, behind it, or both.
static void make_wishes(drawing *d, bool before, bool behind, double *sum, int *count)
{
    for (int i = 0; i < d->cell_count; i++) {
        sum[i] = 0;
        count[i] = 0;
    }
    for (int i = 0; i < d->arrow_count; i++) {
        const arrow *l = &d->arrow[i];
        if (before) {
            sum[l->to] += d->cell[l->from].y;
            count[l->to]++;
        }
        if (behind) {
            sum[l->from] += d->cell[l->to].y;
            count[l->from]++;
        }
    }
    for (int i = 0; i < d->cell_count; i++)
        d->cell[i].wish = count[i] > 0 ? sum[i] / count[i] : d->cell[i].y;
}

// Puts the cells of each column as near to their wishes as their sizes allow, in their order.
static void place(drawing *d)
{
    for (int from = 0, to; from < d->cell_count; from = to) {
        double shift = 0, bottom = -INFINITY;
        for (to = from; to < d->cell_count && d->cell[d->order[to]].column == d->cell[d->order[from]].column; to++) {
            cell *c = &d->cell[d->order[to]];
            c->y = fmax(c->wish, bottom + ROW_GAP + c->height / 2);
            bottom = c->y + c->height / 2;
            shift += c->wish - c->y;
        }
        for (int i = from; i < to; i++)
            d->cell[d->order[i]].y += shift / (to - from);
    }
}

static void arrange(drawing *d)
{
    double *sum = gd__alloc_zeroed((size_t)d->cell_count, sizeof *sum);
    int *count = gd__alloc_zeroed((size_t)d->cell_count, sizeof *count);
    d->order = gd__alloc_zeroed((size_t)d->cell_count, sizeof *d->order);
    d->failed = d->failed || sum == NULL || count == NULL || d->order == NULL;
    if (!d->failed) {
        for (int i = 0; i < d->cell_count; i++) {
            d->order[i] = i;
            d->cell[i].wish = i; // in the order of the program, to begin with
        }
        for (int sweep = 0; sweep <= 2 * SWEEPS; sweep++) {
            if (sweep > 0)
                make_wishes(d, sweep > SWEEPS || sweep % 2 == 1, sweep > SWEEPS || sweep % 2 == 0, sum, count);
            if (sweep <= SWEEPS)
                qsort_r(d->order, (size_t)d->cell_count, sizeof *d->order, by_wish, d->cell);
            place(d);
        }
    }
    gd__free(sum);
    gd__free(count);
}

// From places to pixels: columns as wide as their widest box, nothing above the upper margin.
static void fix_places(drawing *d)
{
    double top = INFINITY, bottom = -INFINITY, left = MARGIN;
    for (int column = 0; column < d->column_count; column++) {
        double widest = 0;
        for (int i = 0; i < d->cell_count; i++)
            widest = d->cell[i].column == column ? fmax(widest, d->cell[i].width) : widest;
        for (int i = 0; i < d->cell_count; i++) {
            cell *c = &d->cell[i];
            if (c->column != column)
                continue;
            c->width = c->node < 0 ? widest : c->width; // an arrow passes all of the column straight on
            c->x = left + (widest - c->width) / 2;
        }
        left += widest + COLUMN_GAP;
    }
    for (int i = 0; i < d->cell_count; i++) {
        top = fmin(top, d->cell[i].y - d->cell[i].height / 2);
        bottom = fmax(bottom, d->cell[i].y + d->cell[i].height / 2);
    }
    for (int i = 0; i < d->cell_count; i++)
        d->cell[i].y += MARGIN - top;
    d->width = left - COLUMN_GAP + MARGIN;
    d->height = bottom - top + 2 * MARGIN;
}

// ---- The picture

static void add_lines(gd__text *svg, double middle, double *y, const char *text, int size, const char *style)
{
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, "\n");
        gd__text_add(svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" %s>", middle, *y, size, style);
        gd__text_add_bytes(svg, text, length);
        gd__text_add(svg, "</text>\n");
        *y += LINE_HEIGHT;
        text += length + (text[length] == '\n');
    }
}

static void add_box(gd__text *svg, const drawing *d, const cell *box, bool is_output)
{
    const gd__theme *theme = &gd__theme_print;
    const gd__node *node = gd__node_at(d->graph, box->node);
    const char *border = is_output                      ? theme->series[1]
                         : node->op == &gd__op_input    ? theme->series[0]
                         : node->op == &gd__op_variable ? theme->series[2]
                                                        : theme->muted;
    const char *fill = is_output                      ? "#fdf1e8"
                       : node->op == &gd__op_input    ? "#eaf3f9"
                       : node->op == &gd__op_variable ? "#e8f5f1"
                       : is_source(node)              ? "#f3f4f6"
                                                      : theme->card;
    gd__text_add(svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"7\" fill=\"%s\" stroke=\"%s\" "
                 "stroke-width=\"1.4\"/>\n",
                 box->x, box->y - box->height / 2, box->width, box->height, fill, border);
    double middle = box->x + box->width / 2, y = box->y - box->height / 2 + PADDING + 10;
    add_lines(svg, middle, &y, box->title, NAME_SIZE, "font-weight=\"600\" fill=\"#1c2430\"");
    add_lines(svg, middle, &y, box->detail, SMALL_SIZE, "fill=\"#56606f\"");
    add_lines(svg, middle, &y, box->note, SMALL_SIZE, "fill=\"#0a5c8f\"");
}

// A smooth line to the next column; only where it enters a box it has a head. A bend is crossed straight on.
static void draw_arrow(gd__text *svg, const cell *from, const cell *to)
{
    double x0 = from->x + from->width, x1 = to->x - (to->node >= 0 ? 7 : 0), half = (x1 - x0) / 2;
    gd__text_add(svg,
                 "<path d=\"M%.1f,%.1fC%.1f,%.1f %.1f,%.1f %.1f,%.1f\" fill=\"none\" stroke=\"#56606f\" "
                 "stroke-width=\"1.4\"%s/>\n",
                 x0, from->y, x0 + half, from->y, x1 - half, to->y, x1, to->y,
                 to->node >= 0 ? " marker-end=\"url(#head)\"" : "");
}

static void add_picture(gd__text *svg, const drawing *d, int output_count, const gd_tensor *output)
{
    gd__text_add(svg,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
                 "font-family=\"%s\" text-anchor=\"middle\">\n",
                 d->width, d->height, d->width, d->height, gd__theme_print.font);
    gd__text_add(svg,
                 "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"2\" refY=\"4\" markerWidth=\"8\" "
                 "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0,0L8,4L0,8z\" "
                 "fill=\"#56606f\"/></marker></defs>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n");
    for (int i = 0; i < d->arrow_count; i++)
        draw_arrow(svg, &d->cell[d->arrow[i].from], &d->cell[d->arrow[i].to]);
    for (int i = 0; i < d->cell_count; i++) {
        const cell *c = &d->cell[i];
        bool is_output = false;
        for (int k = 0; k < output_count; k++)
            is_output = is_output || output[k].node == c->node;
        if (c->node >= 0)
            add_box(svg, d, c, is_output);
        else
            gd__text_add(svg, "<path d=\"M%.1f,%.1fh%.1f\" stroke=\"#56606f\" stroke-width=\"1.4\"/>\n", c->x, c->y,
                         c->width);
    }
    gd__text_add(svg, "</svg>\n");
}

static gd_status check(const char *path, int output_count, const gd_tensor *output)
{
    if (path == NULL || output_count <= 0 || output == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a picture of a graph needs a path and at least one output");
    for (int i = 0; i < output_count; i++) {
        if (!gd_tensor_ok(output[i]))
            return gd__fail(GD_ERROR_ARGUMENT, "a picture of a graph: output %d is not a sound tensor", i);
        if (output[i].graph != output[0].graph)
            return gd__fail(GD_ERROR_ARGUMENT, "a picture of a graph: output %d is of another graph", i);
    }
    return GD_OK;
}

static void build(drawing *d, gd_graph *graph, const int *column, gd_graph_note *note, void *user)
{
    for (int i = 0; i < graph->node_count && !d->failed; i++) {
        if (d->cell_of[i] < 0)
            continue;
        d->cell_of[i] = add_cell(d, i, column[i]);
        if (d->failed)
            return;
        fill_box(d, graph, i, note, user);
        d->column_count = column[i] >= d->column_count ? column[i] + 1 : d->column_count;
    }
    for (int i = 0; i < graph->node_count && !d->failed; i++)
        if (d->cell_of[i] >= 0)
            add_arrows(d, i, column);
    if (!d->failed)
        arrange(d);
    if (!d->failed)
        fix_places(d);
}

static void free_drawing(drawing *d)
{
    for (int i = 0; i < d->cell_count; i++) {
        gd__free(d->cell[i].title);
        gd__free(d->cell[i].detail);
        gd__free(d->cell[i].note);
    }
    gd__free(d->cell);
    gd__free(d->arrow);
    gd__free(d->order);
    gd__free(d->cell_of);
}

gd_status gd_graph_write_svg(const char *path, int output_count, const gd_tensor *output, gd_graph_note *note,
                             void *user)
{
    gd_status status = check(path, output_count, output);
    if (status != GD_OK)
        return status;
    gd_graph *graph = output[0].graph;
    if (graph->node_count > NODE_LIMIT)
        return gd__fail(GD_ERROR_UNSUPPORTED, "a picture of a graph of %d nodes: at most %d can be drawn",
                        graph->node_count, NODE_LIMIT);
    drawing d = {.graph = graph, .cell_of = gd__alloc_zeroed((size_t)graph->node_count, sizeof(int))};
    int *column = gd__alloc_zeroed((size_t)graph->node_count, sizeof *column);
    d.failed = d.cell_of == NULL || column == NULL;
    gd__text svg = {0};
    if (!d.failed) {
        find_nodes(&d, output_count, output);
        find_columns(&d, column);
        build(&d, graph, column, note, user);
    }
    if (!d.failed)
        add_picture(&svg, &d, output_count, output);
    status =
        d.failed || svg.failed ? gd__fail_memory("a picture of a graph") : gd__file_write(path, svg.data, svg.length);
    gd__text_free(&svg);
    gd__free(column);
    free_drawing(&d);
    return status;
}
