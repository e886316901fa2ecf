// Figures: curves, points, bars, fields over the plane, paths and parallel coordinates, as Vega specifications.
//
// A figure is one or more charts side by side. It is written as one HTML file that needs no network, as the
// specification itself (JSON, which `make course` turns into SVG), or put into a report. Numbers that are not finite
// are left out. Errors stick to the figure and are told by the functions that write it.
#ifndef GRADUS_FIGURE_H
#define GRADUS_FIGURE_H

#include <gradus/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_figure gd_figure;
typedef struct gd_chart gd_chart; // belongs to its figure

typedef struct gd_figure_opts {
    const char *title;   // above all charts; NULL: none
    const char *caption; // a sentence below them; NULL: none
    int columns;         // charts in a row; 0: at most 3, and 4 charts in two rows
} gd_figure_opts;

// NULL when memory is short. Release with gd_figure_free, charts included.
GD_API gd_figure *gd_figure_create(gd_figure_opts opts);
GD_API void gd_figure_free(gd_figure *figure); // NULL is fine

typedef struct gd_chart_opts {
    const char *title;
    const char *x_title, *y_title;
    bool log_x, log_y;   // values that are not positive are left out
    double x_from, x_to; // the range shown; both 0: that of the data
    double y_from, y_to; // likewise
    bool percent_y;      // 0.93 is written as 93%
    bool square;         // one unit is as long on both axes
    int width, height;   // of the plot, in CSS pixels; 0: 360 and 260
    bool no_legend;
} gd_chart_opts;

// Adds a chart to the figure. Never NULL: after an error, a chart that ignores what it is given.
GD_API gd_chart *gd_figure_chart(gd_figure *figure, gd_chart_opts opts);

// Series with the same name have the same colour in all charts of a figure, in the order in which names appear; the
// legend shows names. Values are copied.
GD_API void gd_chart_line(gd_chart *chart, const char *name, int64_t count, const double *x, const double *y);
GD_API void gd_chart_points(gd_chart *chart, const char *name, int64_t count, const double *x, const double *y);
// The ground between two curves over the same x, in a light shade of the name's colour: draw it before the curve in its
// middle. A place where either is not finite is left out.
GD_API void gd_chart_band(gd_chart *chart, const char *name, int64_t count, const double *x, const double *low,
                          const double *high);
// Bars beside each other: one for each label, one colour for each name.
GD_API void gd_chart_bars(gd_chart *chart, const char *name, int64_t count, const char *const *label,
                          const double *value);
// A dashed line at a value of y (or of x), with a text at its end.
GD_API void gd_chart_rule_y(gd_chart *chart, const char *text, double y);
GD_API void gd_chart_rule_x(gd_chart *chart, const char *text, double x);

// Texts in place of the numbers along an axis: text[i] stands at i. Of a heat map they name its columns and rows. Texts
// are copied; called again, it replaces them. At most 4096.
GD_API void gd_chart_texts_x(gd_chart *chart, int64_t count, const char *const *text);
GD_API void gd_chart_texts_y(gd_chart *chart, int64_t count, const char *const *text);

// A function of the plane, given on a grid: value[row * columns + column] at
// x = x_from + column (x_to - x_from) / (columns - 1), y likewise with rows (row 0 at y_from).
typedef struct gd_chart_grid {
    int columns, rows;
    double x_from, x_to, y_from, y_to;
    const double *value;
} gd_chart_grid;
// Lines of equal value over a shaded ground; level_count 0: about ten levels at round numbers. What is not finite lies
// above all levels (a loss that overflowed).
GD_API void gd_chart_contours(gd_chart *chart, gd_chart_grid grid, int level_count, const double *level);
// Regions by class, behind the points of a decision boundary: class k where the value rounds to k (0 or 1 for a
// probability). Class k has the colour of the k-th name of the figure.
GD_API void gd_chart_regions(gd_chart *chart, gd_chart_grid grid);
// Cells coloured by value, with the number in them when there are few.
GD_API void gd_chart_heat(gd_chart *chart, gd_chart_grid grid);

// The way of a point: in an HTML page it is drawn step by step, all paths of the chart at the same time; in a still
// picture it is drawn whole, with a mark at its end.
GD_API void gd_chart_path(gd_chart *chart, const char *name, int64_t count, const double *x, const double *y);

// Parallel coordinates: a chart of its own, in which each row is a line over all axes, coloured by the last axis.
typedef struct gd_parallel_axis {
    const char *name;
    bool log;
    int label_count; // 0: numbers; else values are indices of labels
    const char *const *label;
} gd_parallel_axis;
// value is (rows, axes), row by row; a value that is not finite is not drawn.
GD_API void gd_figure_parallel(gd_figure *figure, int axis_count, const gd_parallel_axis *axis, int64_t row_count,
                               const double *value);

// A graph as boxes and arrows, in the order of computation from left to right. `note`, if not NULL, gives the text
// below a node's name (its value, its gradient), or NULL; it is called once for each node that leads to an output.
typedef const char *gd_graph_note(void *user, gd_tensor tensor);
GD_API GD_MUST_USE gd_status gd_graph_write_svg(const char *path, int output_count, const gd_tensor *output,
                                                gd_graph_note *note, void *user);

// Writes the figure. The file appears whole or not at all.
// Errors: what was wrong with the figure; GD_ERROR_IO; GD_ERROR_MEMORY. HTML needs Vega at build time: without it
// GD_ERROR_UNSUPPORTED says so.
GD_API GD_MUST_USE gd_status gd_figure_write_html(const gd_figure *figure, const char *path);
GD_API GD_MUST_USE gd_status gd_figure_write_json(const gd_figure *figure, const char *path);

#ifdef __cplusplus
}
#endif
#endif
