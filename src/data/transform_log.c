// log: sign(x) log(1 + |x|), which makes quantities of very different sizes alike, negative ones too.
#include <math.h>

#include "data/pipeline.h"

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    (void)count;
    return gd__numbers_describe(field);
}

static gd_status apply(gd_transform_call *call)
{
    double *number;
    int64_t length;
    gd_status status = gd__numbers_of(call->value[0], &length, &number);
    for (int64_t i = 0; i < length && status == GD_OK; i++)
        number[i] = copysign(log1p(fabs(number[i])), number[i]);
    return status;
}

const gd_transform_kind gd__transform_log = {
    .record = {.name = "log",
               .doc = "sign(x) log(1 + |x|), for quantities of very different sizes",
               .aliases = "log1p"},
    .describe = describe,
    .apply = apply,
};
