// gradus explain
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "locate.h"
#include "print.h"

enum { SHOWN = 5 };

// A class by its name or its number.
static bool find_label(const arguments *given, const gd_model *model, gd_explain_opts *opts)
{
    const char *word = option_text(given, "class", NULL);
    if (word == NULL)
        return true;
    opts->choose_label = true;
    for (int i = 0; i < model->class_count; i++) {
        const char *name = gd_model_class_name(model, i);
        if (name != NULL && strcmp(name, word) == 0) {
            opts->label = i;
            return true;
        }
    }
    char *end;
    const long number = strtol(word, &end, 10);
    if (*word == '\0' || *end != '\0' || number < 0 || number > 1000000000) {
        usage_error(given->of, "--class: the network knows no class '%s'", word);
        return false;
    }
    opts->label = (int)number;
    return true;
}

static void print_label(const gd_model *model, int label)
{
    const char *name = model->class_count > 0 ? gd_model_class_name(model, label) : NULL;
    if (name != NULL)
        printf("%s", name);
    else
        printf("%d", label);
}

// The middle of what spoke for the answer, and how much of the picture it took: a picture in words.
static void print_places(const gd_array *map, int64_t sample)
{
    const int64_t rows = map->shape.dim[1], columns = map->shape.dim[2];
    double sum = 0, down = 0, across = 0;
    int64_t bright = 0;
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            const double value = gd_array_get(map, (sample * rows + y) * columns + x);
            sum += value;
            down += value * ((double)y + 0.5) / (double)rows;
            across += value * ((double)x + 0.5) / (double)columns;
            bright += value > 0.5;
        }
    if (sum > 0)
        printf("  around %.0f%% from the left and %.0f%% from the top; %.0f%% of the picture above half of the most\n",
               100 * across / sum, 100 * down / sum, 100 * (double)bright / (double)(rows * columns));
    else
        printf("  no place spoke for it\n");
}

// The numbers with the largest parts.
static void print_parts(const gd_model *model, const gd_dataset *set, const gd_explanation *explanation, int64_t sample)
{
    const gd_array *map = &explanation->map;
    const int64_t width = gd_array_count(map) / map->shape.dim[0];
    const int field = gd_dataset_find(set, model->input_name[0]);
    int64_t largest[SHOWN];
    const int count = gd_explanation_largest(explanation, sample, SHOWN, largest);
    for (int i = 0; i < count; i++) {
        const char *name = gd_dataset_element_name(set, field, largest[i]);
        printf("  %+.4g  ", gd_array_get(map, sample * width + largest[i]));
        if (name != NULL)
            printf("%s\n", name);
        else
            printf("number %lld\n", (long long)largest[i]);
    }
}

static int explain(const arguments *given, gd_model *model, const gd_dataset *set, gd_explain_opts opts)
{
    gd_explanation explanation;
    if (gd_model_explain(model, set, opts, &explanation) != GD_OK)
        return print_last_error();
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        char origin[GD_ORIGIN_TEXT];
        printf("%s: what spoke for ", gd_dataset_origin_text(set, i, origin));
        print_label(model, (int)gd_array_get(&explanation.label, i));
        putchar('\n');
        if (explanation.layer != NULL)
            print_places(&explanation.map, i);
        else
            print_parts(model, set, &explanation, i);
    }
    const char *path = option_text(given, "output", NULL);
    int status = EXIT_FINE;
    if (path != NULL && gd_explanation_page_write(model, set, &explanation, NULL, path) != GD_OK)
        status = print_last_error();
    gd_explanation_free(&explanation);
    return status;
}

static int explain_file(const arguments *given, gd_model *model)
{
    gd_explain_opts opts = {0};
    if (!find_label(given, model, &opts))
        return EXIT_USAGE;
    const char *layer = option_text(given, "layer", NULL);
    if (layer != NULL && (opts.layer = gd_model_feature_layer(model, layer)) == NULL)
        return print_last_error();
    gd_dataset *set = NULL;
    if (gd_model_read_inputs(model, given->operand[1], (gd_inputs_opts){0}, &set) != GD_OK)
        return print_last_error();
    const int status = explain(given, model, set, opts);
    gd_dataset_free(set);
    return status;
}

static int run(const arguments *given)
{
    if (!apply_threads(given))
        return EXIT_USAGE;
    char *checkpoint = find_checkpoint(given->operand[0], (gd_model_opts){0});
    gd_model *model = NULL;
    if (checkpoint == NULL)
        return EXIT_ERROR;
    int status = gd_model_open(checkpoint, (gd_model_opts){0}, &model) == GD_OK ? EXIT_FINE : print_last_error();
    free(checkpoint);
    if (status == EXIT_FINE)
        status = explain_file(given, model);
    gd_model_free(model);
    return status;
}

static const option_row options[] = {
    {"output", 'o', "FILE", "Write a page with the pictures, too (HTML)", false},
    {"class", 'c', "NAME", "Explain this class, by name or number; else the one that is predicted", false},
    {"layer", 'l', "NAME", "Weigh the places of this layer; else of the last one that has several", false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command explain_command = {
    .name = "explain",
    .operands = "CHECKPOINT|DIRECTORY|RECIPE FILE",
    .least = 2,
    .most = 2,
    .summary = "which places of a picture, or numbers of a row, spoke for the answer",
    .text = "Of pictures, the class activation map (Grad-CAM): channels of a layer, weighed by the gradient of the\n"
            "class. Of rows, each number times the gradient, the largest first.",
    .examples = "  gradus explain runs/cifar dog.jpg --output dog.html\n"
                "  gradus explain runs/titanic passengers.csv --class 1",
    .option = options,
    .run = run,
};
