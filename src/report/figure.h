// A figure as the library sees it: charts, each a list of layers that are drawn over each other.
//
// What is asked of a figure is only collected; ranges, colours and legends are settled when it is written, for they
// depend on all of it.
#ifndef GD_REPORT_FIGURE_H
#define GD_REPORT_FIGURE_H

#include <gradus/figure.h>
#include <jansson.h>

#include "report/page.h"

typedef enum gd__layer_kind {
    GD__LAYER_LINE,
    GD__LAYER_POINTS,
    GD__LAYER_PATH,
    GD__LAYER_BAND, // x and y are its outline: there along the low side, back along the high one
    GD__LAYER_BARS,
    GD__LAYER_RULE_X,
    GD__LAYER_RULE_Y,
    GD__LAYER_CONTOURS,
    GD__LAYER_REGIONS,
    GD__LAYER_HEAT
} gd__layer_kind;

typedef struct gd__layer {
    gd__layer_kind kind;
    int series;         // index into the figure's names; -1: it has no name
    int64_t count;      // values of x and y; levels of contours, in x
    double *x, *y;      // bars: x is the number of the label, from 1; a rule: its place is x[0]
    char *text;         // of a rule; NULL: none
    gd_chart_grid grid; // its values are in `value`
    double *value;
} gd__layer;

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
    gd__layer *layer;
    int layer_count, layer_capacity;
    char **label; // of bars
    int label_count, label_capacity;
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

static inline bool gd__layer_has_grid(const gd__layer *layer)
{
    return layer->kind >= GD__LAYER_CONTOURS;
}

// Colours and fonts: fixed ones, or the page's CSS variables.
enum { GD__SERIES_COLORS = 8 };
typedef struct gd__theme {
    const char *ink, *muted, *line, *card; // text, quieter text, axes and grids, the ground
    const char *font;                      // NULL: that of the page
    const char *series[GD__SERIES_COLORS];
} gd__theme;
extern const gd__theme gd__theme_print; // for a picture that stands alone
extern const gd__theme gd__theme_page;

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

// JSON from a template with numbers, and with words that need no escaping. NULL when memory is short.
json_t *gd__json(const char *format, ...) GD_PRINTF(1, 2);

// The figure as a Vega specification; with `bare`, title and caption are left to the page. NULL when memory is short.
json_t *gd__figure_spec(const gd_figure *figure, const gd__theme *theme, bool bare);
// One chart of it alone, without its title, and with a legend of its own.
json_t *gd__figure_chart_spec(const gd_figure *figure, int index, const gd__theme *theme);
// A chart as a group mark. Names that its legend shows are marked in `shown`, and not shown a second time.
json_t *gd__chart_spec(const gd_figure *figure, const gd_chart *chart, const gd__theme *theme, bool *shown);

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
// How wide a text is in CSS pixels, roughly; and the text broken into lines, a JSON list.
double gd__text_width(const char *text, double font_size);
json_t *gd__text_lines(const char *text, double width, double font_size);

// The figure with its title and caption on the page; nothing when the build has no charts.
void gd__figure_add(gd__page *page, const gd_figure *figure);
// GD_OK, or what is wrong with the figure.
gd_status gd__figure_check(const gd_figure *figure);

#endif
