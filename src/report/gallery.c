// The figures that were given to the report.
#include "report/section.h"

static void write_section(gd__report_page *page)
{
    if (page->report->figure_count <= 0 || !page->out.has_charts)
        return;
    gd__text_add(&page->out.html, "<section><h2>Figures</h2>\n<div class=\"charts\">\n");
    for (int i = 0; i < page->report->figure_count; i++)
        gd__page_add_figure(&page->out, page->report->figure[i]);
    gd__text_add(&page->out.html, "</div></section>\n");
}

const gd__section gd__section_gallery = {
    .name = "gallery",
    .doc = "The figures that were given",
    .write = write_section,
};
