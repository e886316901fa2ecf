#include "optim/lookahead.h"

#include "optim/rule.h"
#include "optim/slot.h"

const gd_option gd_lookahead_options[] = {
    {.name = "steps",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 2,
     .high = 1e9,
     .standard = "5",
     .doc = "steps of the rule before each step back",
     GD_FIELD(gd_lookahead, steps)},
    {.name = "part",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1,
     .standard = "0.5",
     .doc = "the part of the way that is kept",
     GD_FIELD(gd_lookahead, part)},
    {0},
};

// steps floor(t / steps) = t
gd_tensor gd__lookahead_begin(const gd_lookahead *lookahead, gd_tensor step)
{
    const double steps = (double)lookahead->steps;
    return gd_equal(gd_scale(gd_floor(gd_div(step, gd_scalar_like(step, steps))), steps), step);
}

gd_status gd__lookahead_write(const gd_lookahead *lookahead, gd_tensor goes_back, gd_tensor first, gd_tensor parameter,
                              gd_tensor *value, gd_assignment_list *list)
{
    gd_tensor slot = gd__slot(parameter, "slow");
    // They begin where the weights begin.
    gd_tensor slow = gd_add(slot, gd_mul(first, parameter));
    gd_tensor back = gd_add(slow, gd_scale(gd_sub(*value, slow), lookahead->part));
    *value = gd_where(goes_back, back, *value);
    return gd_assignment_list_add(list, slot, gd_where(goes_back, back, slow));
}
