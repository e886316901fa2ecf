// A network as a picture: boxes in rows from the top down, arrows between them.
//
// The row of a layer is the length of the longest path to it from an input. An arrow over several rows gets a point in
// each row that it crosses, which takes part in the ordering as a thin box (Sugiyama and others 1981).
#include <gradus/report.h>
#include <gradus/text.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "figure/escape.h"
#include "figure/measure.h"
#include "graph/graph.h"
#include "nn/layers.h"

enum { MOST_LAYERS = 1000, MOST_CELLS = 50000, SWEEPS = 6, MARGIN = 16, GAP = 26, ROW = 84, BOX = 54, BEND = 12 };

typedef struct {
    int layer; // -1: an input, or a bend
    int row;
    bool bend;
    double x, width, wish; // x is the middle
    char title[160], detail[120];
    gd_tensor value; // of a layer or an input
} cell;

typedef struct {
    int from, to; // cells of neighbouring rows
    bool ends;    // at a box
} arrow;

typedef struct {
    int count, capacity, arrow_count, arrow_capacity, rows;
    cell *cell;
    arrow *arrow;
    int *order; // cells by row and place
    bool failed;
} drawing;

static bool same(gd_tensor a, gd_tensor b)
{
    return a.graph == b.graph && a.node == b.node && a.output == b.output;
}

// ---- Boxes

static int add_cell(drawing *d, cell made)
{
    if (d->count == MOST_CELLS || !gd__grow((void **)&d->cell, &d->capacity, d->count, sizeof *d->cell)) {
        d->failed = true;
        return -1;
    }
    d->cell[d->count] = made;
    return d->count++;
}

static void set_width(cell *box)
{
    box->width = fmax(90, 34 + fmax(1.1 * gd__text_width(box->title, 14), gd__text_width(box->detail, 11)));
}

static void shape_text(gd_shape shape, char text[60])
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = 1; i < shape.rank && length < 50; i++)
        length +=
            (size_t)snprintf(text + length, 60 - length, "%s%lld", i > 1 ? " \xc3\x97 " : "", (long long)shape.dim[i]);
}

static cell layer_box(int index, const gd_model_layer *layer)
{
    cell box = {.layer = index, .value = layer->value};
    char shape[60];
    shape_text(layer->output, shape);
    snprintf(box.title, sizeof box.title, "%.60s%s%.80s", layer->kind, layer->name[0] == '\0' ? "" : "  ", layer->name);
    size_t length = (size_t)snprintf(box.detail, sizeof box.detail, "%s", shape);
    const bool counts = layer->parameters > 0 && !gd__layer_has_lists(layer->record); // else those inside it do
    if (counts)
        length += (size_t)snprintf(box.detail + length, sizeof box.detail - length, ", %s parameters",
                                   gd_count_text(layer->parameters).text);
    if (layer->flops >= 2 && counts)
        snprintf(box.detail + length, sizeof box.detail - length, ", %s multiply-adds",
                 gd_prefixed_text(layer->flops / 2, "").text);
    set_width(&box);
    return box;
}

// The input's name, through a conversion of its type.
static cell input_box(gd_tensor value)
{
    cell box = {.layer = -1, .value = value};
    const gd__node *node = gd__node_at(value.graph, value.node);
    char shape[60];
    while (node->op != &gd__op_input && node->input_count == 1)
        node = gd__node_at(value.graph, node->input[0].node);
    shape_text(gd_tensor_shape(value), shape);
    snprintf(box.title, sizeof box.title, "%.100s",
             node->op == &gd__op_input ? value.graph->input[gd__source_index(node)].name : "input");
    snprintf(box.detail, sizeof box.detail, "%s", shape[0] == '\0' ? "one a sample" : shape);
    set_width(&box);
    return box;
}

// The box whose value it is, the last one of that value; an input gets one when it is met first.
static int box_of(drawing *d, gd_tensor value)
{
    for (int i = d->count - 1; i >= 0; i--)
        if (!d->cell[i].bend && same(d->cell[i].value, value))
            return i;
    return add_cell(d, input_box(value));
}

static void connect(drawing *d, int from, int to, bool ends)
{
    if (!gd__grow((void **)&d->arrow, &d->arrow_capacity, d->arrow_count, sizeof *d->arrow)) {
        d->failed = true;
        return;
    }
    d->arrow[d->arrow_count++] = (arrow){from, to, ends};
}

// A layer that only holds others is not drawn: these are.
static bool is_drawn(const gd_model_layer *layer)
{
    return layer->input_count > 0 && !(layer->input_count == 1 && same(layer->input[0], layer->value));
}

static void add_layer(drawing *d, int index, const gd_model_layer *layer)
{
    int from[256];
    const int count = layer->input_count < 256 ? layer->input_count : 256;
    cell box = layer_box(index, layer);
    for (int i = 0; i < count && !d->failed; i++) {
        from[i] = box_of(d, layer->input[i]);
        if (!d->failed && d->cell[from[i]].row >= box.row)
            box.row = d->cell[from[i]].row + 1;
    }
    d->rows = box.row + 1 > d->rows ? box.row + 1 : d->rows;
    const int to = d->failed ? -1 : add_cell(d, box);
    for (int i = 0; i < count && !d->failed; i++) {
        int last = from[i];
        for (int row = d->cell[from[i]].row + 1; row < box.row && !d->failed; row++) {
            const int bend = add_cell(d, (cell){.layer = -1, .bend = true, .row = row, .width = BEND});
            if (bend >= 0)
                connect(d, last, bend, false);
            last = bend;
        }
        if (!d->failed)
            connect(d, last, to, true);
    }
}

// A layer that is made of others stands before them in the table, and behind them here.
static void add_layers(drawing *d, int first, int end, const gd_model_layer *layer)
{
    for (int i = first, next; i < end && !d->failed; i = next) {
        for (next = i + 1; next < end && layer[next].depth > layer[i].depth; next++)
            ;
        add_layers(d, i + 1, next, layer);
        if (is_drawn(&layer[i]))
            add_layer(d, i, &layer[i]);
    }
}

// ---- Places

static int by_wish(const void *a, const void *b, void *cells)
{
    const cell *all = cells, *x = &all[*(const int *)a], *y = &all[*(const int *)b];
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->wish != y->wish)
        return x->wish < y->wish ? -1 : 1;
    return *(const int *)a < *(const int *)b ? -1 : 1;
}

// Each cell wishes to be at the mean of its neighbours above, below, or both.
static void make_wishes(drawing *d, bool above, bool below, double *sum, int *count)
{
    memset(sum, 0, (size_t)d->count * sizeof *sum);
    memset(count, 0, (size_t)d->count * sizeof *count);
    for (int i = 0; i < d->arrow_count; i++) {
        const arrow *a = &d->arrow[i];
        if (above) {
            sum[a->to] += d->cell[a->from].x;
            count[a->to]++;
        }
        if (below) {
            sum[a->from] += d->cell[a->to].x;
            count[a->from]++;
        }
    }
    for (int i = 0; i < d->count; i++)
        d->cell[i].wish = count[i] > 0 ? sum[i] / count[i] : d->cell[i].x;
}

// Puts the cells of each row as near to their wishes as their sizes allow.
static void place(drawing *d)
{
    for (int first = 0, last; first < d->count; first = last) {
        double right = -INFINITY, shift = 0;
        for (last = first; last < d->count && d->cell[d->order[last]].row == d->cell[d->order[first]].row; last++) {
            cell *c = &d->cell[d->order[last]];
            c->x = fmax(c->wish, right + GAP + c->width / 2);
            right = c->x + c->width / 2;
            shift += c->wish - c->x;
        }
        for (int i = first; i < last; i++)
            d->cell[d->order[i]].x += shift / (last - first);
    }
}

static void arrange(drawing *d)
{
    double *sum = gd__alloc_zeroed((size_t)d->count + 1, sizeof *sum);
    int *count = gd__alloc_zeroed((size_t)d->count + 1, sizeof *count);
    d->order = gd__alloc_zeroed((size_t)d->count + 1, sizeof *d->order);
    d->failed = d->failed || sum == NULL || count == NULL || d->order == NULL;
    for (int i = 0; i < d->count && !d->failed; i++)
        d->order[i] = i;
    for (int sweep = 0; sweep <= 2 * SWEEPS && !d->failed; sweep++) {
        if (sweep > 0)
            make_wishes(d, sweep > SWEEPS || sweep % 2 == 1, sweep > SWEEPS || sweep % 2 == 0, sum, count);
        if (sweep <= SWEEPS)
            qsort_r(d->order, (size_t)d->count, sizeof *d->order, by_wish, d->cell);
        place(d);
    }
    gd__free(sum);
    gd__free(count);
}

// ---- The picture

static double top_of(const cell *c)
{
    return MARGIN + (double)c->row * ROW;
}

static void add_arrow(gd__text *svg, const cell *from, const cell *to, bool ends)
{
    const double y0 = top_of(from) + BOX, y1 = top_of(to) - (ends ? 6 : 0), half = (y1 - y0) / 2;
    gd__text_add(svg, "<path d=\"M%.1f,%.1fC%.1f,%.1f %.1f,%.1f %.1f,%.1f%s\"%s/>\n", from->x, y0, from->x, y0 + half,
                 to->x, y1 - half, to->x, y1, "", ends ? " marker-end=\"url(#head)\"" : "");
    if (!ends)
        gd__text_add(svg, "<path d=\"M%.1f,%.1fv%d\"/>\n", to->x, y1, BOX);
}

static void add_box(gd__text *svg, const cell *box)
{
    const double middle = box->x, y = top_of(box);
    gd__text_add(svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"7\" fill=\"%s\" stroke=\"%s\"/>\n"
                 "<text x=\"%.1f\" y=\"%.1f\" font-size=\"14\" font-weight=\"600\" fill=\"#1c2430\">",
                 middle - box->width / 2, y, box->width, BOX, box->layer < 0 ? "#eaf3f9" : "#ffffff",
                 box->layer < 0 ? "#0072b2" : "#8a94a3", middle, y + 22);
    gd__html_add(svg, box->title);
    gd__text_add(svg, "</text>\n<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" fill=\"#56606f\">", middle, y + 40);
    gd__html_add(svg, box->detail);
    gd__text_add(svg, "</text>\n");
}

static char *write_picture(drawing *d)
{
    double left = INFINITY, right = -INFINITY;
    gd__text svg = {0};
    for (int i = 0; i < d->count; i++) {
        left = fmin(left, d->cell[i].x - d->cell[i].width / 2);
        right = fmax(right, d->cell[i].x + d->cell[i].width / 2);
    }
    for (int i = 0; i < d->count; i++)
        d->cell[i].x += MARGIN - left;
    const double width = right - left + 2 * MARGIN, height = (double)(d->rows - 1) * ROW + BOX + 2 * MARGIN;
    gd__text_add(
        &svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"system-ui, sans-serif\" text-anchor=\"middle\">\n<defs><marker id=\"head\" viewBox=\"0 0 "
        "8 8\" refX=\"2\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" "
        "orient=\"auto\"><path d=\"M0,0L8,4L0,8z\" fill=\"#56606f\"/></marker></defs>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<g fill=\"none\" stroke=\"#56606f\" "
        "stroke-width=\"1.4\">\n",
        width, height, width, height);
    for (int i = 0; i < d->arrow_count; i++)
        add_arrow(&svg, &d->cell[d->arrow[i].from], &d->cell[d->arrow[i].to], d->arrow[i].ends);
    gd__text_add(&svg, "</g>\n");
    for (int i = 0; i < d->count; i++)
        if (!d->cell[i].bend)
            add_box(&svg, &d->cell[i]);
    gd__text_add(&svg, "</svg>\n");
    return gd__text_take(&svg);
}

char *gd_network_svg(int layer_count, const gd_model_layer *layer)
{
    drawing d = {0};
    char *svg = NULL;
    if (layer_count < 1 || layer == NULL || layer_count > MOST_LAYERS) {
        (void)gd__fail(GD_ERROR_ARGUMENT, "a network of %d layers is not drawn: from 1 to %d are", layer_count,
                       MOST_LAYERS);
        return NULL;
    }
    add_layers(&d, 0, layer_count, layer);
    arrange(&d);
    if (!d.failed && d.count > 0)
        svg = write_picture(&d);
    if (svg == NULL)
        (void)gd__fail_memory("the picture of a network");
    gd__free(d.cell);
    gd__free(d.arrow);
    gd__free(d.order);
    return svg;
}
