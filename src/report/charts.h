// The charts of the report that answer to the pointer: templates of specifications, in which data sets and signals are
// filled in.
#ifndef GD_REPORT_CHARTS_H
#define GD_REPORT_CHARTS_H

#include "figure/specification.h"

// A specification to fill in (gd__spec_rows, gd__spec_signal), which takes the size of its place on the page. NULL when
// memory is short, which the functions that fill it in pass on.
json_t *gd__report_chart(const char *template);

extern const char gd__template_lines[];     // curves over steps or epochs
extern const char gd__template_columns[];   // histogram, time of each epoch
extern const char gd__template_histogram[]; // a small one, of several parts
extern const char gd__template_confusion[]; // heat map
extern const char gd__template_bars[];      // precision, recall and F1 of each class
extern const char gd__template_scatter[];   // predicted against true values, errors against predictions
extern const char gd__template_plane[];     // ROC and precision-recall curves
extern const char gd__template_calibration[];
extern const char gd__template_threshold[]; // with a slider

#endif
