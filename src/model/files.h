// The files of a recipe's data: where they are looked for, and which were found.
#ifndef GD_MODEL_FILES_H
#define GD_MODEL_FILES_H

#include <gradus/model.h>

#include "model/yaml.h"

// Entries come from a checkpoint, which knows where its training found them, or from a search on the disk; `read` are
// those that this recipe's data was read from.
typedef struct gd__file_list {
    int count, capacity;
    struct gd__file_entry {
        gd_model_file found; // its texts are owned
        bool read;
    } * entry;
} gd__file_list;

void gd__file_list_free(gd__file_list *list);
// Those that were read; *file is made (gd__free), its texts belong to the list.
gd_status gd__file_list_read(const gd__file_list *list, int *count, gd_model_file **file);

// Where a data file is: where the checkpoint's training found it; else beside the recipe, in the current directory, in
// $GRADUS_DATA, in the folders of /usr/share/datasets. Notes it in the recipe's list. *found is made (gd__free).
gd_status gd__find_file(const gd_recipe *recipe, const gd__yaml *node, const char *name, char **found);

// The list as a checkpoint keeps it, with paths that are good from any directory; NULL when memory is short.
char *gd__file_list_to_json(const gd__file_list *list);
gd_status gd__file_list_from_json(const char *text, gd__file_list *list);
// The path from the root, as far as there is such a file; NULL when memory is short. Free with gd__free.
char *gd__absolute_path(const char *path);

#endif
