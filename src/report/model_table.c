// The model: a row a layer; and the recipe it was made from.
#include <inttypes.h>

#include "base/show.h"
#include "figure/escape.h"
#include "report/section.h"

// "32 × 28 × 28", without the batch dimension; "1" for a single number.
static void add_shape(gd__text *html, const gd_shape *shape)
{
    for (int i = 1; i < shape->rank && i < GD_MAX_RANK; i++)
        gd__text_add(html, "%s%" PRId64, i > 1 ? " \xc3\x97 " : "", shape->dim[i]);
    if (shape->rank < 2)
        gd__text_add(html, "1");
}

// A number with a bar behind it that shows its share of the whole.
static void add_share(gd__text *html, const char *number, double share)
{
    gd__text_add(html, "<td class=\"n part\" style=\"--width:%.1f%%\">%s</td>",
                 share > 0 && share <= 1 ? 100 * share : 0, number);
}

static void add_layer(gd__report_page *page, const gd_model_layer *layer)
{
    const gd_report *report = page->report;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<tr><td class=\"name\" style=\"padding-left:%drem\">", layer->depth > 0 ? layer->depth : 0);
    gd__html_add(html, layer->kind);
    gd__text_add(html, "</td><td class=\"name\">");
    gd__html_add(html, layer->name);
    gd__text_add(html, "</td><td class=\"n\">");
    add_shape(html, &layer->output);
    gd__text_add(html, "</td>");
    add_share(html, gd_count_text(layer->parameters).text, (double)layer->parameters / (double)report->parameters);
    add_share(html, gd_prefixed_text(layer->flops, "").text, layer->flops / report->flops);
    gd__text_add(html, "<td class=\"n\">%s</td><td class=\"n\">", gd_bytes_text((double)layer->output_bytes).text);
    for (int i = 0; i < GD_VIEW_AXES && layer->receptive_field[i] > 0; i++)
        gd__text_add(html, "%s%" PRId64, i == 0 ? "" : " \xc3\x97 ", layer->receptive_field[i]);
    gd__text_add(html, "</td></tr>\n");
}

static void add_layers(gd__report_page *page)
{
    const gd_report *report = page->report;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<section><h2>Model</h2>\n<div class=\"card long\"><div class=\"scroll\"><table><thead><tr>"
                       "<th>layer</th><th>name</th><th class=\"n\">output</th><th class=\"n\">parameters</th>"
                       "<th class=\"n\">FLOPs</th><th class=\"n\">memory</th>"
                       "<th class=\"n\">receptive field</th></tr></thead><tbody>\n");
    double bytes = 0;
    for (int i = 0; i < report->layer_count; i++) {
        add_layer(page, &report->layer[i]);
        bytes += (double)report->layer[i].output_bytes;
    }
    gd__text_add(html,
                 "</tbody><tfoot><tr><td>total</td><td></td><td></td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td class=\"n\">%s</td><td></td></tr></tfoot></table></div>\n",
                 gd_count_text(report->parameters).text, gd_prefixed_text(report->flops, "").text,
                 gd_bytes_text(bytes).text);
    gd__text_add(html, "<p class=\"note\">For one sample, forward; a multiplication and an addition count as two. "
                       "Memory is that of the layer\xe2\x80\x99s output.</p></div></section>\n");
}

// The network as a picture, closed until it is wanted.
static void add_drawing(gd__report_page *page)
{
    char *svg = gd_network_svg(page->report->layer_count, page->report->layer);
    if (svg == NULL)
        return; // too many layers for a picture
    gd__text_add(&page->out.html,
                 "<section><details><summary>The network, drawn</summary>\n<div class=\"card\"><div "
                 "class=\"scroll\">%s</div></div></details></section>\n",
                 svg);
    gd_text_free(svg);
}

static void write_section(gd__report_page *page)
{
    const gd_report *report = page->report;
    if (report->layer_count > 0) {
        add_layers(page);
        add_drawing(page);
    }
    if (report->recipe != NULL && report->recipe[0] != '\0') {
        gd__text_add(&page->out.html, "<section><h2>Recipe</h2>\n<div class=\"card long\"><pre>");
        gd__html_add(&page->out.html, report->recipe);
        gd__text_add(&page->out.html, "</pre></div></section>\n");
    }
}

const gd__section gd__section_model = {
    .name = "model",
    .doc = "The layers and the recipe",
    .write = write_section,
};
