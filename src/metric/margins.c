#include "metric/margins.h"

gd__margins gd__margins_of(const gd__class_tally *of_class, int64_t classes, gd__wide weight)
{
    gd__margins margins = {.all = gd__wide_times(weight, weight)};
    for (int64_t c = 0; c < classes; c++) {
        const gd__class_tally *one = &of_class[c];
        const bool actual = gd__tally_is_actual(one), predicted = gd__tally_is_predicted(one);
        gd__wide_merge(&margins.right, gd__wide_times(weight, one->hit));
        gd__wide_merge(&margins.chance, gd__wide_times(one->actual, one->predicted));
        gd__wide_merge(&margins.actual, gd__wide_times(one->actual, one->actual));
        gd__wide_merge(&margins.predicted, gd__wide_times(one->predicted, one->predicted));
        margins.actual_classes += actual;
        margins.predicted_classes += predicted;
        margins.all_classes += actual || predicted;
    }
    return margins;
}
