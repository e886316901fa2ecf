// The page while it is written: its parts, in the order in which they stand on it.
#ifndef GD_REPORT_PAGE_H
#define GD_REPORT_PAGE_H

#include <gradus/report.h>

#include "base/text.h"
#include "report/score.h"

typedef struct gd__page {
    const gd_report *report; // NULL, as the score: a page of figures only
    const gd__score *score;
    gd__text html;
    gd_status status; // the first failure; its sentence stands in gd_last_error
    int chart_count;
    bool has_charts; // Vega is in this build
} gd__page;

// Text that is written as it is: style sheet, script, chart templates. The preprocessor turns it into a string
// without comments, each run of white space being one space; quotes must pair, and no line may begin with #.
#define GD__VERBATIM(...) #__VA_ARGS__

extern const char gd__page_style[];
extern const char gd__page_script[];

// The page's frame. A page without a report is one of figures only.
bool gd__page_can_chart(void); // Vega is in this build
void gd__page_begin(gd__page *page, const char *title);
void gd__page_end(gd__page *page);

void gd__page_header(gd__page *page);
void gd__page_figures(gd__page *page);     // the numbers that matter most
void gd__page_curves(gd__page *page);      // loss, metrics, learning rate; the table of epochs
void gd__page_classes(gd__page *page);     // confusion matrix; precision, recall and F1
void gd__page_ranking(gd__page *page);     // ROC, precision-recall and calibration curves
void gd__page_threshold(gd__page *page);   // of these, the slider of a binary answer
void gd__page_numbers(gd__page *page);     // predicted against true values, errors
void gd__page_gallery(gd__page *page);     // the figures that were given
void gd__page_mistakes(gd__page *page);    // the worst samples, as pictures where there are any
void gd__page_model(gd__page *page);       // layers; the recipe
void gd__page_environment(gd__page *page); // machine, versions, time spent

// The name of a class, escaped for HTML, or its number.
void gd__page_add_class(gd__page *page, int label);
// The same as it was given. `number` is where the class's number is written when it has no name.
enum { GD__CLASS_NUMBER = 16 };
const char *gd__page_class_name(const gd__page *page, int label, char number[GD__CLASS_NUMBER]);

#endif
