// What a detector found, as a CSV table or as the results of COCO.
#ifndef GRADUS_CLI_PREDICT_OBJECTS_H
#define GRADUS_CLI_PREDICT_OBJECTS_H

#include <stdbool.h>
#include <stdio.h>

#include <gradus/gradus.h>

typedef struct {
    const gd_model *model;
    const gd_dataset *set;
    int64_t count;
    const gd_object *object;
} found_objects;

// Both are false after a complaint.
bool write_csv_objects(FILE *out, const found_objects *found);
bool write_coco_results(FILE *out, const found_objects *found);

#endif
