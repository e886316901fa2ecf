// Splits of samples that last (gd_deal_opts.until).
#ifndef GD_DATA_SPLIT_TIME_H
#define GD_DATA_SPLIT_TIME_H

#include "data/deal.h"

// `end`: where each part ends, as a share of all moments. Parts that were made before a failure stay the caller's.
gd_status gd__split_time(const gd_dataset *set, const gd_deal_opts *opts, int parts, const double *end,
                         gd_dataset **part);
// The same for one fold.
gd_status gd__fold_time(const gd_dataset *set, const gd_fold_opts *opts, gd_dataset **train, gd_dataset **validation);

#endif
