// Numbers as people read them.
#ifndef GD_BASE_SHOW_H
#define GD_BASE_SHOW_H

#include <stdint.h>

// A number as text, returned by value so that it can stand among printf's arguments.
typedef struct gd__shown {
    char text[48];
} gd__shown;
gd__shown gd__show_count(int64_t count);      // 1,234,567
gd__shown gd__show_weight(double weight);     // a count where it is a whole number
gd__shown gd__show_number(double value);      // 0.3142, or a dash
gd__shown gd__show_percent(double share);     // 91.4 %
gd__shown gd__show_seconds(double seconds);   // 2 min 31 s
gd__shown gd__show_bytes(double bytes);       // 3.1 MiB
gd__shown gd__show_operations(double number); // 12.3 M

#endif
