// Which pictures there are: in folders of classes, in tar archives of them, in tables of paths, or single files.
#ifndef GD_DATA_PICTURE_LIST_H
#define GD_DATA_PICTURE_LIST_H

#include <gradus/data.h>

#include "base/text.h"

typedef struct gd__picture_entry {
    char *name;       // as messages and predictions name it: the path, or the archive's name for it
    int archive;      // which archive it lies in; -1: it is a file
    int64_t offset;   // of its bytes in the archive
    int64_t size;     // in bytes
    int64_t changed;  // of the file or its archive, in nanoseconds
    int label;        // its class; -1: it has none
    char *class_text; // of its class, as a table says; NULL: the folder that it lies in says it
} gd__picture_entry;

typedef struct gd__picture_list {
    const char *endings; // of the files in it, while it is made
    int64_t count;
    gd__picture_entry *entry;
    int archive_count;
    char **archive; // paths
    bool *is_gzip;
    int class_count;
    char **class_name; // in the order of their bytes; a picture's class is the folder that it lies in
} gd__picture_list;

enum { GD__PICTURE_BYTES = 1 << 29 }; // of one file

// Looks through files, folders, archives and tables. opts->below (may be NULL): only what lies below this folder of an
// archive or a folder ("train"). A folder that holds pictures itself has no classes; one that holds folders has one for
// each. Names that begin with a dot, and files with other endings than .jpg, .jpeg, .png, are passed over.
gd_status gd__picture_list_make(int path_count, const char *const *path, const gd_picture_opts *opts,
                                gd__picture_list *list);
// The same of files with other endings.
typedef struct gd__file_form {
    const char *endings; // ".wav|.flac"
    const char *noun;    // "sound"
} gd__file_form;
gd_status gd__file_list_make(const gd__file_form *form, int path_count, const char *const *path,
                             const gd_picture_opts *opts, gd__picture_list *list);
void gd__picture_list_free(gd__picture_list *list);

#endif
