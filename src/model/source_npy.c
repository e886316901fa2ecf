// npy: NumPy arrays in files of their own.
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {FILES(1, 2, "the samples, and the targets if there are any"), LAYOUT, END};

static gd_status open_npy(const gd_source_call *call, gd_dataset **out)
{
    const gd_array_opts opts = {.layout = gd__source_layout(gd__source_call_of(call))};
    return gd_dataset_from_npy(call->file[0], gd__second_file(call), opts, out);
}

const gd_source_kind gd__source_npy = {
    .record = {.name = "npy", .doc = "NumPy arrays", .options = keys, .short_option = "files", .aliases = "numpy"},
    .endings = ".npy",
    .open = open_npy,
};
