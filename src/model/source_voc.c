// voc: pictures with boxes, annotated as in Pascal VOC.
#include "base/memory.h"
#include "model/picture_keys.h"

static const gd_option keys[] = {
    FILES(1, 64, "folders and tar archives (also gzipped) of pictures, annotations (.xml) and lists"),
    TEXT("list", "of the pictures that are taken: `train` is ImageSets/Main/train.txt; else all with an annotation",
         .aliases = "part|image_set|split"),
    PICTURE_KEYS,
    {.name = "bad_boxes",
     .type = GD_OPTION_CHOICE,
     .choices = "error|skip",
     .doc = "what becomes of a box outside of its picture, or without an area"},
    TEXTS("classes", "the names of the objects, in the order of their numbers; else all, by name"),
    END};

static gd_status open_voc(const gd_source_call *call, gd_dataset **out)
{
    const gd__options options = gd__source_call_of(call)->chosen.options;
    const char **names = NULL;
    gd_box_opts opts = {.list = gd__option_text(options, "list"),
                        .skip_bad = gd__option_is(options, "bad_boxes", "skip")};
    gd_status status = gd__picture_keys_read(call, &opts.picture, &names);
    if (status == GD_OK && call->predicting) {
        opts.picture.class_count = 0;
        status = gd_dataset_from_pictures(call->file_count, call->file, opts.picture, out);
    } else if (status == GD_OK) {
        status = gd_dataset_from_voc(call->file_count, call->file, opts, out);
    }
    gd__free((void *)names);
    return status;
}

const gd_source_kind gd__source_voc = {
    .record = {.name = "voc",
               .doc = "pictures with boxes, annotated as in Pascal VOC: an XML file for each. Fields image, boxes and "
                      "box_classes, of which the transform `box_map` makes what a detector is taught",
               .options = keys,
               .short_option = "files",
               .aliases = "pascal_voc",
               .source = "Everingham and others 2010, The PASCAL visual object classes challenge"},
    .endings = ".jpg|.jpeg|.png|.JPG|.JPEG|.PNG|.tar|.tar.gz|.tgz",
    .open = open_voc,
};
