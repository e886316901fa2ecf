// The files that a recipe's data was found in.
#ifndef GD_MODEL_FILES_H
#define GD_MODEL_FILES_H

#include <gradus/model.h>

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
// The place of the file that a recipe calls by this name, or -1.
int gd__file_list_find(const gd__file_list *list, const char *name);
// Adds a file, in the place of an earlier one of the name; the texts are copied.
gd_status gd__file_list_note(gd__file_list *list, const char *name, const char *path, bool elsewhere, bool read);
// Those that were read; *file is made (gd__free), its texts belong to the list.
gd_status gd__file_list_read(const gd__file_list *list, int *count, gd_model_file **file);

// The list as a checkpoint keeps it, with paths that are good from any directory; NULL when memory is short.
char *gd__file_list_to_json(const gd__file_list *list);
gd_status gd__file_list_from_json(const char *text, gd__file_list *list);
// The path from the root, as far as there is such a file; NULL when memory is short. Free with gd__free.
char *gd__absolute_path(const char *path);

#endif
