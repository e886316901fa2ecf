// What Gradus' own kinds of sources are handed besides a gd_source_call.
#ifndef GD_MODEL_SOURCE_KIND_H
#define GD_MODEL_SOURCE_KIND_H

#include <gradus/source_kind.h>

#include "model/model.h"

typedef struct gd__source_call {
    gd_source_call shown; // first
    const gd_recipe *recipe;
    gd__chosen chosen; // the recipe's words; without a node where it says nothing of the kind
    gd__table_opts table;
} gd__source_call;

static inline const gd__source_call *gd__source_call_of(const gd_source_call *call)
{
    return (const gd__source_call *)call;
}

// The second file, or NULL.
static inline const char *gd__second_file(const gd_source_call *call)
{
    return call->file_count > 1 ? call->file[1] : NULL;
}

// The layout that the recipe says.
gd_picture_layout gd__source_layout(const gd__source_call *call);

extern const gd_source_kind gd__source_idx, gd__source_npz, gd__source_csv, gd__source_super_resolution,
    gd__source_text_windows;

#endif
