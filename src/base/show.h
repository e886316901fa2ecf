// More numbers as people read them: beside those of gradus/text.h, for pages.
#ifndef GD_BASE_SHOW_H
#define GD_BASE_SHOW_H

#include <gradus/text.h>

gd_number_text gd__value_text(double value);   // 0.3142, or a dash
gd_number_text gd__weight_text(double weight); // a count where it is a whole number
gd_number_text gd__percent_text(double share); // 91.4 %

#endif
