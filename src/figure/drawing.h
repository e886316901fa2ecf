// Drawing a figure: from what was collected to the parts of a Vega specification.
#ifndef GD_FIGURE_DRAWING_H
#define GD_FIGURE_DRAWING_H

#include "figure/figure.h"
#include "figure/specification.h"

// What the parts of a chart are drawn with.
typedef struct gd__drawing {
    const gd_figure *figure;
    const gd_chart *chart;
    const gd__theme *theme;
    int width, height; // of the plot
    double x[2], y[2]; // its range
    bool clip;         // something may lie outside of it
    json_t *signals, *data, *scales, *axes, *marks, *legends;
} gd__drawing;

// The figure as a Vega specification; with `bare`, title and caption are left to the page. NULL when memory is short.
json_t *gd__figure_spec(const gd_figure *figure, const gd__theme *theme, bool bare);
// One chart of it alone, without its title, and with a legend of its own.
json_t *gd__figure_chart_spec(const gd_figure *figure, int index, const gd__theme *theme);
// A chart as a group mark. Names that its legend shows are marked in `shown`, and not shown a second time.
json_t *gd__chart_mark(const gd_figure *figure, const gd_chart *chart, const gd__theme *theme, bool *shown);

// Add what they draw to the drawing.
void gd__draw_series(gd__drawing *drawing, int index); // line, points, path or rule: layer `index`
void gd__draw_grid(gd__drawing *drawing, int index);   // contours, regions or heat
void gd__draw_bars(gd__drawing *drawing);              // all layers of bars, with their scales and axes
void gd__draw_parallel(gd__drawing *drawing);          // parallel coordinates
void gd__draw_x_axis(gd__drawing *drawing);
void gd__draw_y_axis(gd__drawing *drawing);

// Ranges: the whole of what is drawn; what is shown.
bool gd__range_widen(double range[2], double value); // false when the value is not finite
// The largest of 1, 2 and 5 times a power of ten that is not above the value; or the smallest that is not below.
double gd__round_number(double value, bool up);
void gd__range_nice(double range[2], bool log);                        // to round numbers
double gd__range_share(const double range[2], bool log, double value); // from 0 to 1

const char *gd__series_color(const gd__drawing *drawing, int series);
const char *gd__series_dash(int series); // colours that are used a second time come with dashes

#endif
