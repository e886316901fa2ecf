// A figure as the library sees it: charts, each a list of layers that are drawn over each other.
//
// What is asked of a figure is only collected; ranges, colours and legends are settled when it is written, for they
// depend on all of it.
#ifndef GD_FIGURE_FIGURE_H
#define GD_FIGURE_FIGURE_H

#include <gradus/figure.h>

typedef enum gd__chart_layer_kind {
    GD__CHART_LINE,
    GD__CHART_POINTS,
    GD__CHART_PATH,
    GD__CHART_BAND, // x and y are its outline: there along the low side, back along the high one
    GD__CHART_BARS,
    GD__CHART_RULE_X,
    GD__CHART_RULE_Y,
    GD__CHART_CONTOURS,
    GD__CHART_REGIONS,
    GD__CHART_HEAT
} gd__chart_layer_kind;

typedef struct gd__chart_layer {
    gd__chart_layer_kind kind;
    int series;         // index into the figure's names; -1: it has no name
    int64_t count;      // values of x and y; levels of contours, in x
    double *x, *y;      // bars: x is the number of the label, from 1; a rule: its place is x[0]
    char *text;         // of a rule; NULL: none
    gd_chart_grid grid; // its values are in `value`
    double *value;
} gd__chart_layer;

typedef struct gd__axis {
    char *name;
    bool log;
    int label_count;
    char **label;
} gd__axis;

struct gd_chart {
    gd_figure *figure;  // NULL: the chart that ignores what it is given
    gd_chart_opts opts; // without its texts, which are these:
    char *title, *x_title, *y_title;
    gd__chart_layer *layer;
    int layer_count, layer_capacity;
    char **label; // of bars
    int label_count, label_capacity;
    char **tick[2]; // texts along x and y, at 0, 1, …; NULL: numbers
    int tick_count[2];
    gd__axis *axis; // parallel coordinates; NULL: an ordinary chart
    int axis_count;
    int64_t row_count;
    double *value; // (row_count, axis_count)
};

struct gd_figure {
    char *title, *caption;
    int columns;
    gd_chart **chart;
    int chart_count, chart_capacity;
    char **name; // of series, in the order in which they appeared
    int name_count, name_capacity;
    gd_status status; // the first error, and its sentence
    char *message;
};

static inline bool gd__chart_layer_has_grid(const gd__chart_layer *layer)
{
    return layer->kind >= GD__CHART_CONTOURS;
}

// GD_OK, or what is wrong with the figure.
gd_status gd__figure_check(const gd_figure *figure);

#endif
