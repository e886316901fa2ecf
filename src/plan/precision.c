// The names of the precisions.
#include <gradus/run.h>
#include <string.h>

#include "base/error.h"

enum { PRECISIONS = 3 };
static const char *const names[PRECISIONS] = {
    [GD_PRECISION_FAST] = "fast", [GD_PRECISION_EXACT] = "exact", [GD_PRECISION_BF16] = "bf16"};

const char *gd_precision_name(gd_precision precision)
{
    int index = (int)precision;
    return index >= 0 && index < PRECISIONS ? names[index] : NULL;
}

gd_status gd_precision_named(const char *name, gd_precision *precision)
{
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    for (int i = 0; i < PRECISIONS; i++) {
        if (strcmp(names[i], name) == 0) {
            *precision = (gd_precision)i;
            return GD_OK;
        }
    }
    const char *near = gd_nearest_word(name, PRECISIONS, names);
    return gd__fail(GD_ERROR_ARGUMENT, "the precision is '%.60s', expected fast, exact or bf16%s%s%s", name,
                    near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
}
