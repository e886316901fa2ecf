// gradus search --learning-rate
#include <stdio.h>
#include <stdlib.h>

#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "search.h"

#define FIGURE_FILE "learning-rate.html"

static gd_status write_figure(const gd_learning_rate_result *found, const char *name, const char *path)
{
    gd_figure *figure = gd_figure_create(
        (gd_figure_opts){.title = name,
                         .caption = "The loss while the learning rate grows from step to step: it falls where the "
                                    "network learns, and explodes where the steps are too large."});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = "Learning-rate range test",
                                                              .x_title = "learning rate",
                                                              .y_title = "loss",
                                                              .log_x = true,
                                                              .width = 640,
                                                              .height = 360});
    gd_chart_line(chart, "of each batch", found->count, found->rate, found->loss);
    gd_chart_line(chart, "smoothed", found->count, found->rate, found->smooth);
    gd_chart_rule_x(chart, "suggestion", found->suggestion);
    gd_status status = gd_figure_write_html(figure, path);
    gd_figure_free(figure);
    return status;
}

static bool print_found_json(const gd_model *model, const gd_learning_rate_result *found)
{
    json_t *root = json_object(), *curve = json_array();
    json_put_text(root, "recipe", gd_recipe_name(model->recipe));
    json_put_number(root, "suggestion", found->suggestion);
    json_put_number(root, "steepest", found->steepest);
    json_put_number(root, "minimum", found->minimum);
    json_put_number(root, "tenth_of_minimum", found->tenth);
    for (int64_t i = 0; i < found->count; i++) {
        json_t *point = json_object();
        json_put_number(point, "learning_rate", found->rate[i]);
        json_put_number(point, "loss", found->loss[i]);
        json_put_number(point, "smoothed", found->smooth[i]);
        json_array_append_new(curve, point);
    }
    json_object_set_new(root, "curve", curve);
    return json_print(root);
}

static void print_found(const gd_model *model, const gd_learning_rate_result *found)
{
    printf("%s: %lld steps, learning rates from %.2g to %.2g%s\n", gd_recipe_name(model->recipe),
           (long long)found->count, found->rate[0], found->rate[found->count - 1],
           found->diverged ? ", where the loss exploded" : "");
    printf("  the smoothed loss falls most at  %.2g\n", found->steepest);
    printf("  it is smallest at                %.2g\n", found->minimum);
    printf("  a tenth of that                  %.2g\n", found->tenth);
    printf("suggestion: learning_rate: %.1e, or up to the larger of the two with a warmup or a schedule that falls\n",
           found->suggestion);
}

static int show(const arguments *given, const gd_model *model, const char *directory,
                const gd_learning_rate_result *found)
{
    bool as_json = option_given(given, "json");
    if (as_json && !print_found_json(model, found))
        return EXIT_ERROR;
    if (!as_json)
        print_found(model, found);
    char *path = join_path(directory, FIGURE_FILE);
    if (path == NULL || gd_model_make_directory(model) != GD_OK) {
        free(path);
        return print_last_error();
    }
    gd_status status = write_figure(found, gd_recipe_name(model->recipe), path);
    if (status == GD_OK && !as_json)
        printf("figure      %s\n", path);
    free(path);
    return status == GD_OK || status == GD_ERROR_UNSUPPORTED ? EXIT_FINE : print_last_error();
}

static int find(const arguments *given, gd_model *model)
{
    gd_train_settings settings;
    gd_learning_rate_result found;
    if (gd_model_train_settings(model, &settings) != GD_OK)
        return print_last_error();
    if (settings.threads > 0)
        gd_set_threads(settings.threads);
    if (!apply_threads(given))
        return EXIT_USAGE;
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    if (trainer == NULL)
        return print_last_error();
    interrupt_watch();
    gd_learning_rate_opts range = {.should_stop = interrupt_flag()};
    gd_status status = gd_find_learning_rate(trainer, model->train, settings.fit, range, &found);
    int end = status == GD_OK ? show(given, model, settings.directory, &found) : print_last_error();
    gd_learning_rate_free(&found);
    gd_trainer_free(trainer);
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : end;
}

int find_learning_rate(const arguments *given)
{
    gd_model_opts opts = {.parts = GD_PART_TRAIN};
    gd_model *model;
    int status = EXIT_USAGE;
    if (!take_settings(given, &opts, &status))
        return status;
    if (gd_model_open(given->operand[0], opts, &model) != GD_OK)
        return print_last_error();
    status = model->train == NULL ? print_error("%s has no training data", given->operand[0]) : find(given, model);
    gd_model_free(model);
    return status;
}
