// A recipe: the tree, and the texts that its nodes name as their sources.
#ifndef GD_MODEL_RECIPE_H
#define GD_MODEL_RECIPE_H

#include <gradus/model.h>

#include "model/files.h"
#include "model/schema.h"

struct gd_recipe {
    char *path;
    char *name;
    char *directory;   // of the training run
    char *folder;      // of the file: data files are looked for beside it
    gd__yaml *written; // the tree as it was written and set;
    gd__yaml *root;    // and what it means: expanded, with each option under its own name
    char **setting;    // gd_recipe_set's texts: sources of nodes
    int setting_count, setting_capacity;
    gd__file_list *files; // noted while data is read: no part of what the recipe says
};

// The section, or a sentence that it is missing.
gd_status gd__recipe_need(const gd_recipe *recipe, const char *section, const gd__yaml **out);
// Takes a section out.
void gd__recipe_drop(gd_recipe *recipe, const char *section);
// Gives it the name and the folder that it once had.
gd_status gd__recipe_rename(gd_recipe *recipe, const char *name, const char *folder);

#endif
