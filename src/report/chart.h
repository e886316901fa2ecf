// Charts: Vega specifications, made from templates whose data and signals are filled in.
//
// Colours are CSS variables of the page ("var(--accent)"), so that a chart follows the page's theme and is printed on
// white without being drawn anew.
#ifndef GD_REPORT_CHART_H
#define GD_REPORT_CHART_H

#include <jansson.h>

#include "report/page.h"

// JSON values for what may be no number or no UTF-8: null for the one, U+FFFD in the other.
json_t *gd__json_number(double value);
json_t *gd__json_label(const char *text);

// How the numbers of an axis whose largest is this are written: "200k", "0.25" or "2e-6".
const char *gd__axis_format(double largest);

// A copy of the template to fill in. NULL when memory is short; the functions below pass a NULL on.
json_t *gd__chart_from(const char *template);
void gd__chart_rows(json_t *chart, const char *data, json_t *rows);
void gd__chart_signal(json_t *chart, const char *signal, json_t *value);
// The numbers from 0 to `last` of the slider that a signal is bound to.
void gd__chart_slider(json_t *chart, const char *signal, int last);
// Changes the type of a scale, such as "log".
void gd__chart_scale_type(json_t *chart, const char *scale, const char *type);

typedef struct gd__chart_frame {
    const char *title;   // escaped already
    const char *label;   // what a screen reader says, escaped already; NULL: the title
    const char *caption; // a sentence below, escaped already; NULL: none
    const char *below;   // HTML between the chart and its caption; NULL: none
    int height;          // CSS pixels
    double aspect;       // height as a share of the width, where it is not 0: then `height` is the most it may be
    bool wide;           // takes the whole row
    bool precise;        // numbers are written with all their digits, for an axis very far from zero
    bool own_size;       // the chart keeps the size that its specification gives it, where there is room
} gd__chart_frame;
// Puts the chart on the page, where it is as wide as its place or as it wants to be. Releases `chart`.
void gd__chart_add(gd__page *page, json_t *chart, gd__chart_frame frame);

extern const char gd__chart_lines[];     // curves over steps or epochs
extern const char gd__chart_columns[];   // histogram, time of each epoch
extern const char gd__chart_histogram[]; // a small one, of several parts
extern const char gd__chart_confusion[]; // heat map
extern const char gd__chart_bars[];      // precision, recall and F1 of each class
extern const char gd__chart_scatter[];   // predicted against true values, errors against predictions
extern const char gd__chart_plane[];     // ROC and precision-recall curves
extern const char gd__chart_calibration[];
extern const char gd__chart_threshold[]; // with a slider

#endif
