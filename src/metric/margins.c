#include "metric/margins.h"

gd__margins gd__margins_of(const gd__class_tally *of_class, int64_t classes, gd__sum weight)
{
    gd__margins margins = {.all = gd__sum_times(weight, weight)};
    for (int64_t c = 0; c < classes; c++) {
        const gd__class_tally *one = &of_class[c];
        const bool actual = gd__tally_is_actual(one), predicted = gd__tally_is_predicted(one);
        gd__sum_merge(&margins.right, gd__sum_times(weight, one->hit));
        gd__sum_merge(&margins.chance, gd__sum_times(one->actual, one->predicted));
        gd__sum_merge(&margins.actual, gd__sum_times(one->actual, one->actual));
        gd__sum_merge(&margins.predicted, gd__sum_times(one->predicted, one->predicted));
        margins.actual_classes += actual;
        margins.predicted_classes += predicted;
        margins.all_classes += actual || predicted;
    }
    return margins;
}
