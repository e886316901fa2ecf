// From what a user types (a recipe, a checkpoint, the directory of a run) to the file that is meant.
#ifndef GRADUS_CLI_LOCATE_H
#define GRADUS_CLI_LOCATE_H

#include <stdbool.h>
#include <stdio.h>

#include <gradus/gradus.h>

#include "options.h"

#define LAST_FILE GD_RUN_LAST
#define BEST_FILE GD_RUN_BEST
#define REPORT_FILE GD_RUN_REPORT

bool is_directory(const char *path);
bool is_file(const char *path);
// "folder/file"; NULL after a complaint. free() it.
char *join_path(const char *folder, const char *file);
// The folder of a path, "." when it names none; NULL after a complaint. free() it.
char *folder_of(const char *path);

// The operands behind the first are settings, "train.epochs=3". False after a complaint: *status is how to end.
bool take_settings(const arguments *given, gd_model_opts *opts, int *status);
// With --tta the model looks at several views of each picture. False after a complaint.
bool take_views(const arguments *given, gd_model *model);
// The best checkpoint in the directory of a run, else the last; NULL when there is none. free() it.
char *checkpoint_in(const char *folder);
// Whether one of the settings says in which directory the run lies.
bool names_directory(int count, const char *const *setting);
// The directory of the run that a recipe stands for: the one that a setting names, else the newest of its name, else
// that of the recipe. NULL after a complaint. free() it.
char *run_of_recipe(const char *recipe, gd_model_opts opts);
// Whether a training on folds wrote into the directory.
bool holds_folds(const char *directory);
// The newest directory of the name that does; NULL when there is none. free() it.
char *newest_folds(const char *directory);
// Says which data files were read that do not lie beside the recipe.
void print_data_files(const gd_model *model, FILE *out);

// The checkpoint that a recipe, a checkpoint or the directory of a run stands for: of a run the best one, else the
// last. NULL after a complaint. free() it.
char *find_checkpoint(const char *given, gd_model_opts opts);

// Sets the number of threads, when the option --threads was given. False after a complaint.
bool apply_threads(const arguments *given);

#endif
