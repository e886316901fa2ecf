// An HTML page while it is written: a single file that loads nothing, with charts that Vega draws.
#ifndef GD_FIGURE_PAGE_H
#define GD_FIGURE_PAGE_H

#include <gradus/figure.h>
#include <jansson.h>

#include "base/text.h"

typedef struct gd__page {
    gd__text html;
    gd_status status; // the first failure; its sentence stands in gd_last_error
    int chart_count;
    bool has_charts; // Vega is in this build
    int refresh;     // seconds after which a browser loads it again; 0: never
} gd__page;

extern const char gd__page_style[];
extern const char gd__page_script[];

bool gd__page_can_chart(void); // Vega is in this build
// What stands around the page: its head, and the scripts at its end.
void gd__page_begin(gd__page *page, const char *title);
void gd__page_end(gd__page *page);
// What comes after its end: writes the page to `path`, whole or not at all, and releases it. `status` is how far the
// caller came, and is returned where it is no success; `what` names the page where memory was short.
gd_status gd__page_write(gd__page *page, gd_status status, const char *what, const char *path);

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
// Puts a chart on the page, given as a whole specification: as wide as its place, or as it wants to be. Releases
// `spec`.
void gd__page_add_chart(gd__page *page, json_t *spec, gd__chart_frame frame);
// A figure with its title and caption; nothing when the build has no charts.
void gd__page_add_figure(gd__page *page, const gd_figure *figure);

#endif
