// Moving averages of the weights.
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "optim/lookahead.h"
#include "optim/rule.h"
#include "optim/slot.h"

const gd_option gd_ema_options[] = {
    {.name = "decay",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .below = true,
     .low = 0,
     .high = 1,
     .standard = "0.999",
     .doc = "the part of the old average that is kept",
     GD_FIELD(gd_ema, decay)},
    {0},
};

gd_status gd__ema_write(const gd_ema *ema, gd_tensor first, gd_tensor parameter, gd_tensor value,
                        gd_assignment_list *list)
{
    gd_tensor slot = gd__slot(parameter, "ema");
    // It begins where the weights begin.
    gd_tensor old = gd_add(slot, gd_mul(first, parameter));
    return gd_assignment_list_add(list, slot, gd__blend(old, ema->decay, value, 1.0 - ema->decay));
}

static gd_status exchange(gd_tensor a, gd_tensor b)
{
    gd_array of_a = {0}, of_b = {0};
    gd_status status = gd_variable_get(a, &of_a);
    if (status == GD_OK)
        status = gd_variable_get(b, &of_b);
    if (status == GD_OK)
        status = gd_variable_set(a, &of_b);
    if (status == GD_OK)
        status = gd_variable_set(b, &of_a);
    gd_array_free(&of_a);
    gd_array_free(&of_b);
    return status;
}

gd_status gd_swap_averages(gd_graph *graph)
{
    gd_status status = GD_OK;
    for (int i = 0; i < gd_variable_count(graph) && status == GD_OK; i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        if (gd_variable_of_training(variable))
            continue;
        gd__text name = {0};
        gd__text_add(&name, "%s.ema", gd_variable_name(variable));
        gd_tensor average = name.data == NULL ? GD_NO_TENSOR : gd_variable_find(graph, name.data);
        if (name.failed)
            status = gd__fail_memory("the averages of weights");
        else if (average.graph != NULL)
            status = exchange(variable, average);
        gd__text_free(&name);
    }
    return status;
}
