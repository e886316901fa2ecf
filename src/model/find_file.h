// Where the files are that a recipe names.
#ifndef GD_MODEL_FIND_FILE_H
#define GD_MODEL_FIND_FILE_H

#include "model/recipe.h"

// Where a data file is: where the checkpoint's training found it; else beside the recipe, in the current directory, in
// $GRADUS_DATA, in the folders of /usr/share/datasets. Notes it in the recipe's list. *found is made (gd__free).
gd_status gd__find_file(const gd_recipe *recipe, const gd__yaml *node, const char *name, char **found);

#endif
