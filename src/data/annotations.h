// Which objects lie where in which pictures, as annotation files tell it; and pictures with them as a data set.
#ifndef GD_DATA_ANNOTATIONS_H
#define GD_DATA_ANNOTATIONS_H

#include <gradus/data.h>

#include "box/box.h"
#include "data/picture_list.h"

// A picture and its boxes, which stand one after the other in the list of all.
typedef struct gd__annotated {
    char *picture; // its file's name, or for `by_stem` that without its ending
    int width, height;
    int64_t first, count;
} gd__annotated;

typedef struct gd__annotations {
    bool by_stem;  // pictures are found by their names without folders and endings
    bool skip_bad; // boxes outside of their picture or without an area are left out; else they are an error
    int64_t count, capacity;
    gd__annotated *entry;
    int64_t box_count, box_capacity;
    float (*box)[4]; // left, top, right, bottom in pixels
    int32_t *label;  // the class; of a crowd -1 - the class
    int class_count, class_capacity;
    char **class_name;
} gd__annotations;

void gd__annotations_free(gd__annotations *annotations); // {0} is fine

// The boxes that are added next are those of this picture. `where` names its annotation in errors.
gd_status gd__annotate_picture(gd__annotations *annotations, const char *where, const char *picture, double width,
                               double height);
// A box of it, which is cut at the picture's edges. GD_ERROR_FORMAT: it is none, and bad ones are not left out.
gd_status gd__annotate_box(gd__annotations *annotations, const char *where, gd__box box, int label, bool crowd);
// The number of a class by its name, which is added where it is not there; -1: memory is short, or there are too many.
int gd__annotated_class(gd__annotations *annotations, const char *name);
// Numbers the classes as listed, where `count` is above 0 (GD_ERROR_FORMAT: one is not in the list), else in the order
// of their names' bytes.
gd_status gd__annotations_number(gd__annotations *annotations, int count, const char *const *name);

// Pascal VOC: annotations of pictures, an XML file each, in folders and archives, with the lists of pictures
// beside them. `list`: the name of one such list, or NULL for all pictures.
gd_status gd__voc_read(int path_count, const char *const *path, const char *list, gd__annotations *annotations);
// One such XML file in memory.
gd_status gd__voc_parse(const char *name, const char *data, size_t size, gd__annotations *annotations);
// COCO: a JSON file of pictures, annotations and categories.
gd_status gd__coco_read(const char *path, gd__annotations *annotations);
gd_status gd__coco_parse(const char *name, const char *data, size_t size, gd__annotations *annotations);

// Annotations, and which of them is that of each picture of a list.
typedef struct gd__boxed {
    gd__annotations annotations;
    int64_t *of; // gd__free
} gd__boxed;
void gd__boxed_free(gd__boxed *boxed); // {0} is fine
// Leaves those pictures of the list that are annotated, and fills in boxed->of. GD_ERROR_FORMAT: one that is annotated
// is not there, or there twice.
gd_status gd__annotations_match(gd__picture_list *list, gd__boxed *boxed);

// A list of pictures as a data set: fields "image", and "label" where they lie in folders of classes; or with boxes,
// "boxes" (n, 4) and "box_classes" (n). `boxed` may be NULL. Takes both over, on failure too.
gd_status gd__pictures_open(gd__picture_list *list, const gd_picture_opts *opts, gd__boxed *boxed, gd_dataset **out);
gd_status gd__picture_opts_check(int path_count, const char *const *path, const gd_picture_opts *opts);

#endif
