// super_resolution: pictures made small again, and what they were.
#include <string.h>

#include "base/error.h"
#include "model/keys.h"
#include "model/source_kind.h"

enum { MOST_SHRINK = 16 };

static const gd_option keys[] = {
    FILES(1, 64, "files, folders and tar archives (not gzipped) of JPEG and PNG pictures"),
    WHOLE("factor", 2, 16, "2",
          "how many times as large a picture becomes along each side; else, for validation and test, that of `train`",
          .aliases = "scale|upscale"),
    FLAG("whole", "false", "samples are whole pictures, for validation and test; else patches, for training"),
    WHOLE("patch", 2, 4096, "48", "side of a patch in the large picture, a multiple of the factor",
          .aliases = "patch_size"),
    WHOLE("patches", 1, 1e9, "16000", "samples in an epoch, cut at random places"),
    FLAG("turn", "true", "patches are turned and mirrored at random, eight ways"),
    {.name = "shrink",
     .type = GD_OPTION_NUMBERS,
     .least = 1,
     .most = MOST_SHRINK,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1,
     .doc = "patches are also cut from the pictures made smaller, to these parts of their sides"},
    TEXT("below", "only what lies below this folder, such as `train`"),
    END};

static int shrink_of(gd__options options, double shrink[MOST_SHRINK])
{
    const gd__yaml *node = gd__option_node(options, "shrink");
    const int count = node == NULL ? 0 : node->kind == GD__YAML_LIST ? node->count : 1;
    for (int i = 0; i < count; i++)
        (void)gd__yaml_number(node->kind == GD__YAML_LIST ? node->item[i] : node, &shrink[i]);
    return count;
}

int gd__recipe_enlarges(const gd_recipe *recipe)
{
    const gd__yaml *train = gd__option_node(gd__section(recipe->root, "data"), "train");
    const gd__chosen chosen = gd__chosen_of(train, &gd__source_variants, NULL);
    return chosen.record == &gd__source_super_resolution.record ? (int)gd__option_integer(chosen.options, "factor") : 0;
}

static gd_status open_super_resolution(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *whole = gd__source_call_of(call);
    const gd__options options = whole->chosen.options;
    double shrink[MOST_SHRINK];
    const int factor = gd__recipe_enlarges(whole->recipe);
    const bool says = factor == 0 || gd__option_node(options, "factor") != NULL;
    const gd_super_resolution_opts opts = {.factor = says ? (int)gd__option_integer(options, "factor") : factor,
                                           .whole = call->predicting || gd__option_bool(options, "whole"),
                                           .patch = gd__option_integer(options, "patch"),
                                           .patches = gd__option_integer(options, "patches"),
                                           .turn = gd__option_bool(options, "turn"),
                                           .shrink_count = call->predicting ? 0 : shrink_of(options, shrink),
                                           .shrink = shrink,
                                           .below = call->predicting ? NULL : gd__option_text(options, "below")};
    if (factor != 0 && factor != opts.factor)
        return gd__yaml_fail(whole->chosen.node,
                             "pictures become %d times as large, and those of `data.train` %d times", opts.factor,
                             factor);
    return gd_dataset_from_super_resolution(call->file_count, call->file, opts, out);
}

const gd_source_kind gd__source_super_resolution = {
    .record = {.name = "super_resolution",
               .doc = "pictures to be made larger: their luma as the field y, made small as the field small, and that "
                      "brought back to the old size by cubic resampling as the field enlarged",
               .options = keys,
               .short_option = "files"},
    .endings = ".jpg|.jpeg|.png|.JPG|.JPEG|.PNG|.tar",
    .open = open_super_resolution,
};
