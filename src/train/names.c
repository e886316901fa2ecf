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
    const char *name = gd_variable_name(variable);
    char parent[LONGEST];
    if (strcmp(name, GD__RANDOM_STATE) == 0)
        return false;
    return gd_variable_trainable(variable) || !parent_of(name, parent) ||
           gd_variable_find(variable.graph, parent).graph == NULL;
}

bool gd__is_model_tensor(const gd_tensor_file *file, const char *name)
{
    static const char idle[] = ".num_batches_tracked";
    size_t length = strlen(name), idle_length = sizeof idle - 1;
    char parent[LONGEST];
    if (strcmp(name, GD__RANDOM_STATE) == 0 || (length > idle_length && strcmp(name + length - idle_length, idle) == 0))
        return false;
    return !parent_of(name, parent) || gd_tensor_file_get(file, parent) == NULL;
}
