// gradus check --health
#include "check.h"

#include <stdlib.h>

#include "json.h"
#include "locate.h"
#include "print.h"

// ---- As a table

static void add_share(table *table, bool known, double share)
{
    if (known)
        table_add(table, "%.0f%%", 100 * share);
    else
        table_add(table, "%s", "");
}

// A number, or an empty cell where there is none.
static void add_number(table *table, double number)
{
    if (number != 0)
        table_add(table, "%.2e", number);
    else
        table_add(table, "%s", "");
}

static double dead_share(const gd_layer_health *layer)
{
    return layer->units > 0 ? (double)layer->dead / (double)layer->units : 0;
}

static void print_layers(const gd_health *health)
{
    static const char *const heading[] = {"layer",     "mean",     "deviation", "zeros",           "dead",
                                          "saturated", "gradient", "weights",   "their gradients", "step"};
    table *table = table_create("lrrrrrrrrr");
    for (int i = 0; i < 10; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    for (int i = 0; i < health->layer_count; i++) {
        const gd_layer_health *layer = &health->layer[i];
        table_add(table, "%.40s", layer->name);
        table_add(table, "%.3g", layer->mean);
        table_add(table, "%.3g", layer->deviation);
        add_share(table, true, layer->zeros);
        add_share(table, layer->units > 0, dead_share(layer));
        add_share(table, layer->has_ends, layer->saturated);
        table_add(table, "%.2e", layer->gradient);
        add_number(table, layer->weight);
        add_number(table, layer->weight_gradient);
        add_number(table, layer->step);
    }
    table_finish(table, stdout);
    printf("\ngradient: norm of the loss' gradient by what the layer puts out; step: how far one step moves the\n"
           "weights, as a part of their norm. On %lld samples, where the loss is %.4g.\n\n",
           (long long)health->samples, health->loss);
}

static void print_findings(const gd_health *health)
{
    if (health->finding_count == 0)
        printf("Nothing is wrong.\n");
    for (int i = 0; i < health->finding_count; i++) {
        print_wrapped(health->finding[i].text, 0);
        printf("  ");
        print_wrapped(health->finding[i].help, 2);
    }
}

// ---- As JSON

static const char *illness_name(gd_illness illness)
{
    static const char *const name[] = {
        [GD_ILL_NUMBERS] = "numbers",
        [GD_ILL_SYMMETRIC] = "symmetric",
        [GD_ILL_VANISHING] = "vanishing",
        [GD_ILL_EXPLODING] = "exploding",
        [GD_ILL_DEAD] = "dead",
        [GD_ILL_SATURATED] = "saturated",
        [GD_ILL_LARGE_STEPS] = "large_steps",
        [GD_ILL_SMALL_STEPS] = "small_steps",
    };
    return name[illness];
}

static json_t *layer_json(const gd_layer_health *layer)
{
    json_t *row = json_object();
    json_put_text(row, "layer", layer->name);
    json_put_number(row, "mean", layer->mean);
    json_put_number(row, "deviation", layer->deviation);
    json_put_number(row, "zeros", layer->zeros);
    if (layer->units > 0) {
        json_put_integer(row, "units", layer->units);
        json_put_integer(row, "dead", layer->dead);
    }
    if (layer->has_ends)
        json_put_number(row, "saturated", layer->saturated);
    json_put_number(row, "gradient", layer->gradient);
    if (layer->weight_gradient != 0 || layer->weight != 0) {
        json_put_number(row, "weight", layer->weight);
        json_put_number(row, "weight_gradient", layer->weight_gradient);
        json_put_number(row, "step", layer->step);
        json_object_set_new(row, "symmetric", json_boolean(layer->symmetric));
    }
    return row;
}

static bool print_health_json(const gd_model *model, const gd_health *health)
{
    json_t *root = json_object(), *layers = json_array(), *findings = json_array();
    json_put_text(root, "recipe", gd_recipe_name(model->recipe));
    json_put_number(root, "loss", health->loss);
    json_put_integer(root, "samples", health->samples);
    for (int i = 0; i < health->layer_count; i++)
        json_array_append_new(layers, layer_json(&health->layer[i]));
    json_object_set_new(root, "layers", layers);
    for (int i = 0; i < health->finding_count; i++) {
        const gd_finding *finding = &health->finding[i];
        json_t *row = json_object();
        json_put_text(row, "illness", illness_name(finding->illness));
        json_put_text(row, "layer", finding->layer < 0 ? NULL : health->layer[finding->layer].name);
        json_put_text(row, "text", finding->text);
        json_put_text(row, "help", finding->help);
        json_array_append_new(findings, row);
    }
    json_object_set_new(root, "findings", findings);
    return json_print(root);
}

// ---- As a figure

typedef struct {
    const char **label;
    double *place, *gradient, *weight_gradient, *deviation, *step, *zeros, *dead, *saturated;
} columns;

// One block for all columns of numbers, released through `place`.
static bool columns_make(columns *columns, const gd_health *health)
{
    size_t count = (size_t)health->layer_count;
    double **column[] = {&columns->place,     &columns->gradient, &columns->weight_gradient,
                         &columns->deviation, &columns->step,     &columns->zeros,
                         &columns->dead,      &columns->saturated};
    double *block = calloc(8 * count, sizeof *block);
    columns->label = calloc(count, sizeof *columns->label);
    for (size_t i = 0; i < 8 && block != NULL; i++)
        *column[i] = block + i * count;
    for (size_t i = 0; i < count && block != NULL && columns->label != NULL; i++) {
        const gd_layer_health *layer = &health->layer[i];
        columns->label[i] = layer->name;
        columns->place[i] = (double)i + 1;
        columns->gradient[i] = layer->gradient;
        columns->weight_gradient[i] = layer->weight_gradient;
        columns->deviation[i] = layer->deviation;
        columns->step[i] = layer->step;
        columns->zeros[i] = layer->zeros;
        columns->dead[i] = dead_share(layer);
        columns->saturated[i] = layer->has_ends ? layer->saturated : 0;
    }
    return block != NULL && columns->label != NULL;
}

static gd_status write_figure(const gd_model *model, const gd_health *health, const char *path)
{
    columns c = {0};
    if (!columns_make(&c, health)) {
        free(c.place);
        free(c.label);
        return GD_ERROR_MEMORY;
    }
    int count = health->layer_count;
    gd_figure *figure = gd_figure_create(
        (gd_figure_opts){.title = gd_recipe_name(model->recipe),
                         .caption = health->finding_count == 0 ? "Nothing is wrong." : health->finding[0].text,
                         .columns = 2});
    gd_chart *chart = gd_figure_chart(
        figure, (gd_chart_opts){.title = "Gradients", .x_title = "layer", .y_title = "norm", .log_y = true});
    gd_chart_line(chart, "of values", count, c.place, c.gradient);
    gd_chart_points(chart, "of weights", count, c.place, c.weight_gradient);
    chart = gd_figure_chart(
        figure, (gd_chart_opts){.title = "Values", .x_title = "layer", .y_title = "deviation", .log_y = true});
    gd_chart_line(chart, "deviation", count, c.place, c.deviation);
    chart = gd_figure_chart(
        figure,
        (gd_chart_opts){.title = "One step", .x_title = "layer", .log_y = true, .y_title = "part of the weights"});
    gd_chart_points(chart, "step", count, c.place, c.step);
    gd_chart_rule_y(chart, "about 0.001 is good", 1e-3);
    chart = gd_figure_chart(figure, (gd_chart_opts){.title = "Shares", .percent_y = true, .y_to = 1});
    gd_chart_bars(chart, "zeros", count, c.label, c.zeros);
    gd_chart_bars(chart, "dead units", count, c.label, c.dead);
    gd_chart_bars(chart, "saturated", count, c.label, c.saturated);
    gd_status status = gd_figure_write_html(figure, path);
    gd_figure_free(figure);
    free(c.place);
    free(c.label);
    return status;
}

// ---- The whole

static int show(const arguments *given, const gd_model *model, const gd_health *health)
{
    const char *path = option_text(given, "figure", NULL);
    if (path != NULL && write_figure(model, health, path) != GD_OK)
        return print_last_error();
    if (option_given(given, "json"))
        return print_health_json(model, health) && health->finding_count == 0 ? EXIT_FINE : EXIT_ERROR;
    print_layers(health);
    print_findings(health);
    return health->finding_count == 0 ? EXIT_FINE : EXIT_ERROR;
}

int check_health(const arguments *given, gd_model *model)
{
    gd_health_opts opts = {.precision = model->precision};
    gd_health health;
    if (!option_integer(given, "batch", 1, 100000, &opts.batch))
        return EXIT_USAGE;
    gd_status status = gd_model_check_health(model, opts, &health);
    int result = status == GD_OK ? show(given, model, &health) : print_last_error();
    gd_health_free(&health);
    return result;
}
