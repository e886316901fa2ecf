// Drawing one of several, without taking memory.
#ifndef GD_MODEL_SAMPLING_H
#define GD_MODEL_SAMPLING_H

#include <gradus/generator.h>

gd_status gd__sampling_check(const gd_sampling *sampling);
// gd_sampling_apply of options that were checked; `order` has room for count numbers.
gd_status gd__sampling_apply(const gd_sampling *sampling, int64_t count, const double *logit, double *probability,
                             int32_t *order);

#endif
