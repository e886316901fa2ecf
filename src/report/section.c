#include "report/section.h"

#include <stdio.h>

#include "figure/escape.h"

void gd__report_note(gd__report_page *page, gd_status status)
{
    if (page->out.status == GD_OK)
        page->out.status = status;
}

const char *gd__report_class_name(const gd__report_page *page, int label, char number[GD__CLASS_NUMBER])
{
    const gd_report *report = page->report;
    if (report->class_name != NULL && label < report->class_count && report->class_name[label] != NULL)
        return report->class_name[label];
    snprintf(number, GD__CLASS_NUMBER, "%d", label);
    return number;
}

void gd__report_add_class(gd__report_page *page, int label)
{
    char number[GD__CLASS_NUMBER];
    gd__html_add(&page->out.html, gd__report_class_name(page, label, number));
}

double gd__report_seconds(const gd_history *history)
{
    if (history == NULL)
        return 0;
    if (history->epoch_count > 0)
        return history->epoch[history->epoch_count - 1].seconds;
    return history->step_count > 0 ? history->step[history->step_count - 1].seconds : 0;
}
