// idx: files as MNIST has them.
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {FILES(1, 2, "images, and labels if there are any"), END};

static gd_status open_idx(const gd_source_call *call, gd_dataset **out)
{
    return gd_dataset_from_idx(call->file[0], gd__second_file(call), out);
}

const gd_source_kind gd__source_idx = {
    .record = {.name = "idx",
               .doc = "IDX files as MNIST has them, plain or .gz",
               .options = keys,
               .short_option = "files",
               .aliases = "mnist"},
    .open = open_idx,
};
