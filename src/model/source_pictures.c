// pictures: JPEG and PNG files in folders of classes, in archives of them, or by themselves.
#include "base/memory.h"
#include "model/picture_keys.h"

static const gd_option keys[] = {
    FILES(1, 64, "files, folders, tar archives (also gzipped), and tables (.csv, .tsv) of paths and classes"),
    PICTURE_KEYS,
    TEXT("path_column", "of a table, the one with the pictures' paths; else `path`, `file`, `filename`, `image` or "
                        "`picture`"),
    TEXT("class_column", "of a table, the one with their classes; else `class`, `label` or `category`",
         .aliases = "label_column"),
    TEXTS("classes", "the classes (the names of their folders), in the order of their numbers; else all, by name"),
    END};

static gd_status open_pictures(const gd_source_call *call, gd_dataset **out)
{
    const char **names = NULL;
    gd_picture_opts opts;
    gd_status status = gd__picture_keys_read(call, &opts, &names);
    opts.path_column = gd__option_text(gd__source_call_of(call)->chosen.options, "path_column");
    opts.class_column = gd__option_text(gd__source_call_of(call)->chosen.options, "class_column");
    if (status == GD_OK)
        status = gd_dataset_from_pictures(call->file_count, call->file, opts, out);
    gd__free((void *)names);
    return status;
}

const gd_source_kind gd__source_pictures = {
    .record = {.name = "pictures",
               .doc =
                   "JPEG and PNG pictures: in folders called after their classes, in tar archives of such folders, in "
                   "tables of paths and classes, or by themselves. Fields image and label",
               .options = keys,
               .short_option = "files",
               .aliases = "images|image_folder"},
    .endings = ".jpg|.jpeg|.png|.JPG|.JPEG|.PNG|.tar|.tar.gz|.tgz",
    .open = open_pictures,
};
