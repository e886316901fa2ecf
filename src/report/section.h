// The sections of the report, one file each: a record says what it shows and writes it.
#ifndef GD_REPORT_SECTION_H
#define GD_REPORT_SECTION_H

#include <gradus/report.h>

#include "figure/page.h"
#include "report/score.h"

typedef struct gd__report_page {
    gd__page out; // what is written so far
    const gd_report *report;
    const gd__score *score;
} gd__report_page;

typedef struct gd__section {
    const char *name, *doc;
    void (*write)(gd__report_page *page); // nothing, where the report has nothing to say about it
} gd__section;

extern const gd__section gd__section_key_figures, gd__section_curves, gd__section_classes, gd__section_ranking,
    gd__section_numbers, gd__section_forecasts, gd__section_boxes, gd__section_gallery, gd__section_mistakes,
    gd__section_inside, gd__section_enlarged, gd__section_model, gd__section_environment;

// The first failure counts; what comes after it is left.
void gd__report_note(gd__report_page *page, gd_status status);

// Of the ranking, the slider of a binary answer.
void gd__report_threshold(gd__report_page *page);

// The name of a class, escaped for HTML, or its number.
void gd__report_add_class(gd__report_page *page, int label);
// Which sample it is: "iris.csv, line 12 (id 4711)", or its number where no set says so. Returns `text`.
char *gd__report_place(const gd__report_page *page, int64_t sample, char text[GD_ORIGIN_TEXT]);
// The same as it was given. `number` is where the class's number is written when it has no name.
enum { GD__CLASS_NUMBER = 16 };
const char *gd__report_class_name(const gd__report_page *page, int label, char number[GD__CLASS_NUMBER]);
// How long the training took; 0 when it is not known.
double gd__report_seconds(const gd_history *history);

#endif
