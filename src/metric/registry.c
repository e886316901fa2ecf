// The metrics there are.
#include <string.h>

#include "base/error.h"
#include "base/record.h"
#include "metric/metric.h"

#include "metrics.def"

static const gd_metric_kind *const kinds[] = {GD_METRICS(GD__KIND_OF)};

const gd_metric_kind *const *gd_metric_kinds(int *count)
{
    GD__NEEDS(count, NULL);
    *count = (int)(sizeof kinds / sizeof *kinds);
    return kinds;
}

const gd_metric_kind *gd_metric_kind_named(const char *name)
{
    if (name == NULL)
        return NULL;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(kinds[k]->name, name) == 0 || (kinds[k]->alias != NULL && strcmp(kinds[k]->alias, name) == 0))
            return kinds[k];
    return NULL;
}
