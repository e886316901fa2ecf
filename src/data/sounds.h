// The sounds of a data set in memory, and what their names say.
#ifndef GD_DATA_SOUNDS_H
#define GD_DATA_SOUNDS_H

#include <gradus/data.h>

#include "data/picture_list.h"
#include "data/sound_names.h"

// A category of each sound.
typedef struct gd__sound_label {
    char *name;
    int class_count;
    char **class_name;
    int32_t *class; // of each sound
} gd__sound_label;

typedef struct gd__sounds {
    gd__picture_list list; // of their files
    float *sample;         // of all of them, one behind the other
    int64_t *begin;        // (count + 1): where each begins
    char **fault;          // of each, or NULL
    int label_count;
    gd__sound_label label[GD__NAME_FIELDS];
    int target, group, same; // among the labels; -1: none
} gd__sounds;

// Finds, decodes and labels them; those that are left out are not there.
gd_status gd__sounds_make(int count, const char *const *path, const gd_sound_opts *opts, gd__sounds *out);
void gd__sounds_free(gd__sounds *sounds);

// A source of samples that are made of several sounds each. It takes them over.
gd_status gd__joined_sounds_open(gd__sounds *sounds, const gd_sound_opts *opts, gd_dataset **out);

#endif
