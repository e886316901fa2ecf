// What a detector finds in pictures: objects of several classes, with boxes around them.
#ifndef GRADUS_OBJECTS_H
#define GRADUS_OBJECTS_H

#include <gradus/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_object {
    int64_t sample; // of the set
    int label;
    double score;                    // how sure the network is, 0 to 1
    double left, top, right, bottom; // in pixels, from the upper left corner of the picture
} gd_object;

typedef struct gd_objects_opts {
    double least;         // score; 0: 0.3
    const char *pictures; // a directory, which is made, for a PNG of each picture with its boxes; NULL: none
} gd_objects_opts;

// What the answers of gd_model_predict_all for a head whose task is gd_task_boxes find: by sample, then by falling
// score, at most 100 a picture, without those of a class that overlap a surer one by an IoU above .55. Where the
// samples are pictures out of files, and no transform gives them another size, pixels are those of the file, else those
// of what the network reads. *found, of *count, is released with gd_objects_free. GD_ERROR_ARGUMENT: the head is no
// detector's, or pictures are asked for where there are no files.
GD_API GD_MUST_USE gd_status gd_model_objects(const gd_model *model, int head, const gd_dataset *set,
                                              const gd_array *prediction, gd_objects_opts opts, int64_t *count,
                                              gd_object **found);
GD_API void gd_objects_free(gd_object *found); // NULL is fine

#ifdef __cplusplus
}
#endif
#endif
