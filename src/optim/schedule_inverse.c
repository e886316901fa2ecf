#include "optim/schedule.h"

typedef struct inverse_options {
    double decay;
} inverse_options;
GD__OPTIONS_FIT(inverse_options);

static double rate(const gd_schedule_call *call)
{
    const inverse_options *o = call->options;
    return call->base / (1 + o->decay * gd__epoch_of(call));
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(inverse_options, decay), GD__POSITIVE, .standard = "1", .doc = "in 1 / (1 + decay epoch)"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_inverse = {
    .record = {.name = "inverse",
               .doc = "rate / (1 + decay epoch)",
               .options = options,
               .short_option = "decay",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
