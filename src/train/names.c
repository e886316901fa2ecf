#include "train/names.h"

#include <string.h>

enum { LONGEST = 512 };

// The part before the last dot; false when there is none or it is too long to be a name.
static bool parent_of(const char *name, char parent[LONGEST])
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot - name >= LONGEST)
        return false;
    memcpy(parent, name, (size_t)(dot - name));
    parent[dot - name] = '\0';
    return true;
}

bool gd__is_model_variable(gd_tensor variable)
{
    return !gd_variable_of_training(variable);
}

bool gd__is_model_tensor(const gd_tensor_file *file, const char *name)
{
    static const char *const of_training[] = {GD__RANDOM_STATE, "steps_done", "loss_weight"};
    static const char idle[] = ".num_batches_tracked";
    size_t length = strlen(name), idle_length = sizeof idle - 1;
    char parent[LONGEST];
    for (size_t i = 0; i < sizeof of_training / sizeof *of_training; i++)
        if (strcmp(name, of_training[i]) == 0)
            return false;
    if (length > idle_length && strcmp(name + length - idle_length, idle) == 0)
        return false;
    return !parent_of(name, parent) || gd_tensor_file_get(file, parent) == NULL;
}
