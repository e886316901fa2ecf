// Kinds of sources: what `data.train` and the like may name in a recipe. Each is a record in a file of its own; a
// program registers kinds of its own, and then uses them in recipes.
#ifndef GRADUS_SOURCE_KIND_H
#define GRADUS_SOURCE_KIND_H

#include <gradus/data.h>
#include <gradus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

// A source that is being opened.
typedef struct gd_source_call {
    const struct gd_source_kind *kind;
    const void *options; // its options struct, filled: record.options_size bytes
    // The files that its option `files` or `file` names, found beside the recipe and where data files are; or those
    // that the user wants predicted.
    int file_count;
    const char *const *file;
    bool predicting; // the target may be absent, and rows that cannot be used are kept
} gd_source_call;

typedef struct gd_source_kind {
    // Its options. `files` (texts) or `file` (a text), without a field, name the files that it reads; a kind without
    // either reads none.
    gd_record record;
    const char *endings; // of files that are of this kind, ".csv|.tsv"; NULL: no file is known by its ending
    gd_status (*open)(const gd_source_call *call, gd_dataset **out);
    // Whether a file has what the options name, where several sources of a recipe could say how it is read. NULL: it
    // has.
    bool (*fits)(const gd_source_call *call);
} gd_source_kind;

// All there are: Gradus' own, then the program's.
GD_API const gd_records *gd_source_kinds(void);
// Adds a kind of the program's own, which lives as long as the program. Not while other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_source_register(const gd_source_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
