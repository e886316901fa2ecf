// Stochastic weight averaging: the plain mean of the weights at some steps.
#include "optim/lookahead.h"
#include "optim/rule.h"
#include "optim/slot.h"

const gd_option gd_swa_options[] = {
    {.name = "start",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1e9,
     .standard = "1",
     .doc = "the step whose weights are the first in the mean",
     GD_FIELD(gd_swa, start)},
    {.name = "every",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1e9,
     .standard = "1",
     .doc = "steps from one to the next",
     GD_FIELD(gd_swa, every)},
    {0},
};

gd_tensor gd__swa_share(const gd_swa *swa, gd_tensor step)
{
    const double every = (double)swa->every;
    const gd_tensor since = gd_shift(step, -(double)swa->start);
    const gd_tensor passed = gd_floor(gd_div(since, gd_scalar_like(step, every)));
    const gd_tensor none = gd_scalar_like(step, 0), one = gd_scalar_like(step, 1);
    const gd_tensor counts = gd_equal(gd_scale(passed, every), since);
    const gd_tensor share = gd_div(one, gd_maximum(gd_shift(passed, 1.0), one));
    return gd_where(gd_greater(none, since), one, gd_where(counts, share, none));
}

gd_status gd__swa_write(gd_tensor share, gd_tensor parameter, gd_tensor value, gd_assignment_list *list)
{
    const gd_tensor slot = gd__slot(parameter, "ema");
    const gd_tensor kept = gd_sub(gd_scalar_like(share, 1), share);
    return gd_assignment_list_add(list, slot, gd_add(gd_mul(kept, slot), gd_mul(share, value)));
}
