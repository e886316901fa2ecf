#include <gradus/optim.h>

#include "base/error.h"
#include "base/memory.h"

gd_status gd_assignment_list_add(gd_assignment_list *list, gd_tensor variable, gd_tensor value)
{
    GD__NEEDS(list, GD_ERROR_ARGUMENT);
    if (!gd__grow((void **)&list->assignment, &list->capacity, list->count, sizeof *list->assignment))
        return gd__fail_memory("a list of assignments");
    list->assignment[list->count++] = (gd_assignment){.variable = variable, .value = value};
    return GD_OK;
}

void gd_assignment_list_free(gd_assignment_list *list)
{
    GD__NEEDS(list);
    gd__free(list->assignment);
    *list = (gd_assignment_list){0};
}
