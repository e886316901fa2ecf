// The pictures of a data set as their files have them.
#ifndef GD_DATA_PICTURE_VISIT_H
#define GD_DATA_PICTURE_VISIT_H

#include <gradus/data.h>

#include "data/picture_store.h"

// A picture of the set: its sample, all of its pixels, and the part of it that the field `image` shows before
// transforms.
typedef struct gd__visited {
    int64_t sample;
    const char *name; // of its file
    const gd__picture *picture;
    gd__region part;
    gd__picture_size size; // that the part was brought to
} gd__visited;

// Whether the samples are pictures out of files.
bool gd__is_of_pictures(const gd_dataset *set);
// Decodes the pictures of such a set one by one, in the order of their files, and hands each to `visit`, until that
// fails. Those that cannot be decoded are passed over.
gd_status gd__pictures_visit(const gd_dataset *set, gd_status (*visit)(void *state, const gd__visited *visited),
                             void *state);

#endif
