// The folds that a training with `k_folds` left, for the commands that take them all together.
#ifndef GRADUS_CLI_FOLD_SET_H
#define GRADUS_CLI_FOLD_SET_H

#include <jansson.h>

#include <gradus/gradus.h>

typedef struct fold_set {
    char *directory;
    int count;         // K; 0: the operand stands for a single network
    char **checkpoint; // of each fold the best, else the last
    json_t *record;    // folds.json
} fold_set;

// Finds the folds that an operand stands for: the directory that holds them, or a recipe that trains them, or of which
// nothing else was trained. False after a complaint, also where one of them has no weights yet.
bool fold_set_find(const char *operand, gd_model_opts opts, fold_set *folds);
void fold_set_free(fold_set *folds);

// folds.json of a directory, checked; NULL after a complaint. *count: K.
json_t *fold_record_read(const char *directory, int *count);
// The number of a recipe's key, 0 where it says none.
gd_status recipe_number(const gd_recipe *recipe, const char *key, int *number);

#endif
