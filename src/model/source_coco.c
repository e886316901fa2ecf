// coco: pictures with boxes, annotated as in COCO.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/picture_keys.h"

static const gd_option keys[] = {
    FILES(2, 64, "the annotations (.json), then files, folders and tar archives (also gzipped) of the pictures"),
    PICTURE_KEYS,
    {.name = "bad_boxes",
     .type = GD_OPTION_CHOICE,
     .choices = "error|skip",
     .doc = "what becomes of a box outside of its picture, or without an area"},
    TEXTS("classes", "the names of the categories, in the order of their numbers; else all, by id"),
    END};

static gd_status open_coco(const gd_source_call *call, gd_dataset **out)
{
    const gd__options options = gd__source_call_of(call)->chosen.options;
    const char **names = NULL;
    gd_box_opts opts = {.skip_bad = gd__option_is(options, "bad_boxes", "skip")};
    gd_status status = gd__picture_keys_read(call, &opts.picture, &names);
    if (status == GD_OK && call->predicting) {
        opts.picture.class_count = 0;
        status = gd_dataset_from_pictures(call->file_count, call->file, opts.picture, out);
    } else if (status == GD_OK && call->file_count < 2) {
        status = gd__fail(GD_ERROR_FORMAT, "%s: these are annotations, or pictures; both are needed",
                          call->file_count > 0 ? call->file[0] : "coco");
    } else if (status == GD_OK) {
        status = gd_dataset_from_coco(call->file[0], call->file_count - 1, call->file + 1, opts, out);
    }
    gd__free((void *)names);
    return status;
}

const gd_source_kind gd__source_coco = {
    .record = {.name = "coco",
               .doc = "pictures with boxes, annotated as in COCO: a JSON file for all. Fields image, boxes and "
                      "box_classes, of which the transform `box_map` makes what a detector is taught",
               .options = keys,
               .short_option = "files",
               .source = "Lin and others 2014, Microsoft COCO: common objects in context"},
    .endings = ".jpg|.jpeg|.png|.JPG|.JPEG|.PNG|.tar|.tar.gz|.tgz",
    .open = open_coco,
};
