// gradus prune and gradus grow
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "locate.h"
#include "print.h"

static int64_t units_of(const gd_model *model, const char *name)
{
    for (int i = 0; i < model->layer_count; i++) {
        const gd_model_layer *layer = &model->layer[i];
        if (layer->record == gd_layer_kind_named("dense") && strcmp(layer->name, name) == 0)
            return layer->output.dim[layer->output.rank - 1];
    }
    return 0; // gd_model_resize says so
}

static int save(gd_model *resized, const gd_model *model, const char *layer, const char *path)
{
    if (gd_model_save(resized, path) != GD_OK)
        return print_last_error();
    printf("%s: %s units, %s before; the network has %s parameters, %s before\n", layer,
           gd_count_text(units_of(resized, layer)).text, gd_count_text(units_of(model, layer)).text,
           gd_count_text(resized->parameters).text, gd_count_text(model->parameters).text);
    printf("written: %s\n", path);
    return EXIT_FINE;
}

// A number of units that is no change in the right direction is a mistake.
static int resize(const arguments *given, gd_model *model, int64_t units, bool fewer)
{
    const char *layer = option_text(given, "layer", NULL);
    int64_t before = units_of(model, layer), seed = 0;
    if (!option_integer(given, "seed", 0, 1LL << 53, &seed))
        return EXIT_USAGE;
    if (before > 0 && (fewer ? units >= before : units <= before))
        return print_error("%s has %lld units: %lld are not %s", layer, (long long)before, (long long)units,
                           fewer ? "fewer" : "more");
    // What units do is best seen on data.
    if (fewer && gd_model_read_parts(model, GD_PART_TRAIN) != GD_OK)
        printf("without the training data (%s) units are ranked by their weights alone\n", gd_last_error());
    gd_model *resized;
    gd_grow_opts opts = {.split = option_given(given, "split"), .seed = (uint64_t)seed};
    if (gd_model_resize(model, layer, units, opts, &resized) != GD_OK)
        return print_last_error();
    int status = save(resized, model, layer, option_text(given, "output", NULL));
    gd_model_free(resized);
    return status;
}

static int run(const arguments *given, const char *number, bool fewer)
{
    const char *const needed[] = {"layer", number, "output"};
    int64_t units = 0;
    for (int i = 0; i < 3; i++)
        if (!option_given(given, needed[i]))
            return usage_error(given->of, "'%s' needs --%s", given->of->name, needed[i]);
    if (!option_integer(given, number, 1, 10000000, &units))
        return EXIT_USAGE;
    char *checkpoint = find_checkpoint(given->operand[0], (gd_model_opts){0});
    if (checkpoint == NULL)
        return EXIT_ERROR;
    gd_model *model;
    int status = EXIT_ERROR;
    if (gd_model_open(checkpoint, (gd_model_opts){0}, &model) != GD_OK)
        print_last_error();
    else
        status = resize(given, model, units, fewer);
    gd_model_free(model);
    free(checkpoint);
    return status;
}

#define OUTPUT                                                                                                         \
    {                                                                                                                  \
        "output", 'o', "FILE", "The checkpoint to write (.safetensors), whole or not at all", false                    \
    }
#define LAYER                                                                                                          \
    {                                                                                                                  \
        "layer", 'l', "NAME", "The dense layer whose number of units changes, as `gradus info` names it", false        \
    }
#define OPERANDS "CHECKPOINT|RUN|RECIPE"

static int run_prune(const arguments *given)
{
    return run(given, "keep", true);
}

static const option_row prune_options[] = {
    LAYER,
    {"keep", 'k', "N", "How many units stay", false},
    OUTPUT,
    {0},
};

const command prune_command = {
    .name = "prune",
    .operands = OPERANDS,
    .least = 1,
    .most = 1,
    .summary = "take the least important units out of a trained network",
    .text =
        "Writes a checkpoint of the same network with fewer units in one dense layer. The units that stay are those\n"
        "with the largest product of the deviation of their activation, on the first samples of the training data,\n"
        "and the norm of their outgoing weights; without the data, of the norms of the incoming and the outgoing\n"
        "weights. The next layer must be dense, too, with nothing but activations, dropout and a batch norm between\n"
        "them. `gradus eval` says what accuracy is left, and `gradus train --init`\n"
        "or `gradus train` of the checkpoint brings some of it back.",
    .examples = "  gradus prune runs/fashion-mlp --layer fc1 --keep 64 --output small.safetensors\n"
                "  gradus eval small.safetensors\n"
                "  gradus train small.safetensors train.directory=runs/small train.epochs=2",
    .option = prune_options,
    .run = run_prune,
};

static int run_grow(const arguments *given)
{
    return run(given, "units", false);
}

static const option_row grow_options[] = {
    LAYER,
    {"units", 'u', "N", "How many units there are to be", false},
    {"split", 's', NULL, "New units are copies of others and share their outgoing weights with them", false},
    {"seed", 0, "N", "Of what is drawn at random (0)", false},
    OUTPUT,
    {0},
};

const command grow_command = {
    .name = "grow",
    .operands = OPERANDS,
    .least = 1,
    .most = 1,
    .summary = "add units to a trained network, which says the same as before",
    .text =
        "Writes a checkpoint of the same network with more units in one dense layer. New units have random incoming\n"
        "weights and outgoing weights of 0, or are copies of others (--split); the network computes what it did, and\n"
        "has room to learn more. The next layer must be dense, too, with nothing but activations, dropout and a\n"
        "batch norm between them.",
    .examples = "  gradus grow runs/fashion-mlp --layer fc1 --units 512 --output large.safetensors\n"
                "  gradus train large.safetensors train.directory=runs/large",
    .option = grow_options,
    .run = run_grow,
};
