// npz: several NumPy arrays in one archive.
#include "io/npy.h"
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    FILES(1, 1, "the archive"),
    TEXT("x", "the name of the samples' array; else `data.input`, or each array is a field"),
    TEXT("y", "the name of the targets' array; else `data.target`"),
    LAYOUT,
    END,
};

static gd_status open_npz(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *inside = gd__source_call_of(call);
    gd__options data = gd__section(inside->recipe->root, "data");
    gd_array_opts opts = {.x = gd__option_text(inside->chosen.options, "x"),
                          .y = gd__option_text(inside->chosen.options, "y"),
                          .layout = gd__source_layout(inside)};
    const char *input = gd__option_text(data, "input"), *target = gd__option_text(data, "target");
    if (inside->chosen.node != NULL && opts.x == NULL && input != NULL && target != NULL) {
        opts.x = input;
        opts.y = target;
    }
    if (call->predicting && opts.y != NULL && !gd__npz_has(call->file[0], opts.y))
        opts.y = NULL;
    return gd_dataset_from_npz(call->file[0], opts, out);
}

const gd_source_kind gd__source_npz = {
    .record = {.name = "npz", .doc = "a NumPy archive", .options = keys, .short_option = "files"},
    .endings = ".npz",
    .open = open_npz,
};
