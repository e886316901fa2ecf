// pictures: JPEG and PNG files in folders of classes, in archives of them, or by themselves.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/picture_list.h"
#include "model/keys.h"
#include "model/source_kind.h"
#include "picture/picture.h"

static const gd_option keys[] = {
    FILES(1, 64, "files, folders, tar archives (also gzipped), and tables (.csv, .tsv) of paths and classes"),
    {.name = "size",
     .type = GD_OPTION_INTEGERS,
     .least = 1,
     .most = 2,
     .ranged = true,
     .low = 1,
     .high = GD__PICTURE_SIDE,
     .doc = "what all are brought to, N or [rows, columns]; without it they must be of one size",
     .aliases = "image_size|img_size"},
    WHOLE("channels", 0, 3, 0, "1 (grey) or 3 (colour); 0: as the first has it"),
    {.name = "fit",
     .type = GD_OPTION_CHOICE,
     .choices = "crop|stretch",
     .doc = "what is brought to `size`: the largest part of its proportions in the middle, or all of it, squeezed"},
    {.name = "filter",
     .type = GD_OPTION_CHOICE,
     .choices = "bilinear|bicubic",
     .doc = "how pictures are resized; both antialiased"},
    TEXT("below", "only what lies below this folder, such as `train`"),
    {.name = "broken",
     .type = GD_OPTION_CHOICE,
     .choices = "error|skip",
     .doc = "what becomes of a picture that cannot be decoded"},
    TEXT("path_column", "of a table, the one with the pictures' paths; else `path`, `file`, `filename`, `image` or "
                        "`picture`"),
    TEXT("class_column", "of a table, the one with their classes; else `class`, `label` or `category`",
         .aliases = "label_column"),
    TEXTS("classes", "the classes (the names of their folders), in the order of their numbers; else all, by name"),
    END};

static bool says(gd__options options, const char *key, const char *word)
{
    const char *text = gd__option_text(options, key);
    return text != NULL && strcmp(text, word) == 0;
}

// The names of the classes: `classes`, where it is given.
static gd_status take_classes(gd__options options, gd_picture_opts *opts, const char ***names)
{
    const gd__yaml *node = gd__option_node(options, "classes");
    if (node == NULL)
        return GD_OK;
    opts->class_count = node->kind == GD__YAML_LIST ? node->count : 1;
    *names = gd__alloc_zeroed((size_t)opts->class_count + 1, sizeof **names);
    if (*names == NULL)
        return gd__fail_memory("the classes of pictures");
    for (int i = 0; i < opts->class_count; i++)
        (*names)[i] = node->kind == GD__YAML_LIST ? node->item[i]->text : node->text;
    opts->class_name = *names;
    return GD_OK;
}

static gd_status open_pictures(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *whole = gd__source_call_of(call);
    const gd__options options = whole->chosen.options;
    gd_picture_opts opts = {.channels = (int)gd__option_integer(options, "channels"),
                            .stretch = says(options, "fit", "stretch"),
                            .bicubic = says(options, "filter", "bicubic"),
                            .below = call->predicting ? NULL : gd__option_text(options, "below"),
                            .path_column = gd__option_text(options, "path_column"),
                            .class_column = gd__option_text(options, "class_column"),
                            .skip_broken = says(options, "broken", "skip"),
                            .keep_broken = whole->table.keep_all};
    const gd__yaml *size = gd__option_node(options, "size");
    if (size != NULL) {
        const bool two = size->kind == GD__YAML_LIST && size->count == 2;
        int64_t rows = 0, columns = 0;
        (void)gd__yaml_integer(size->kind == GD__YAML_LIST ? size->item[0] : size, &rows);
        columns = rows;
        if (two)
            (void)gd__yaml_integer(size->item[1], &columns);
        opts.height = (int)rows;
        opts.width = (int)columns;
    }
    const char **names = NULL;
    gd_status status = take_classes(options, &opts, &names);
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
