// hdf5: two arrays of an HDF5 file.
#include "base/error.h"
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    {.name = "file", .type = GD_OPTION_TEXT, .required = true, .doc = "the file", .aliases = "files|path"},
    {.name = "x", .type = GD_OPTION_TEXT, .standard = "x", .doc = "the name of the samples' array"},
    TEXT("y", "the name of the targets' array"),
    LAYOUT,
    FLAG("channels_first", "false", "the same as `layout: nhwc`"),
    END,
};

static gd_array_opts opts_of(const gd__source_call *call)
{
    gd__options options = call->chosen.options;
    gd_array_opts opts = {
        .x = gd__option_text(options, "x"), .y = gd__option_text(options, "y"), .layout = gd__source_layout(call)};
    if (opts.x == NULL)
        opts.x = "x";
    if (gd__option_node(options, "channels_first") != NULL)
        opts.layout = gd__option_bool(options, "channels_first") ? GD_NHWC : GD_NCHW;
    return opts;
}

static bool fits(const gd_source_call *call)
{
    return gd_hdf5_has(call->file[0], opts_of(gd__source_call_of(call)).x);
}

static gd_status open_hdf5(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *inside = gd__source_call_of(call);
    gd_array_opts opts = opts_of(inside);
    if (call->predicting && opts.y != NULL && !gd_hdf5_has(call->file[0], opts.y))
        opts.y = NULL;
    gd_status status = gd_dataset_from_hdf5(call->file[0], opts, out);
    char place[GD__PLACE_SIZE];
    return status == GD_OK || call->predicting ? status
                                               : gd__fail_in(status, "%s", gd__yaml_place(inside->chosen.node, place));
}

const gd_source_kind gd__source_hdf5 = {
    .record = {.name = "hdf5",
               .doc = "two arrays of an HDF5 file (.h5)",
               .options = keys,
               .short_option = "file",
               .aliases = "h5"},
    .endings = ".h5|.hdf5",
    .open = open_hdf5,
    .fits = fits,
};
