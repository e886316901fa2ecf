// Text with numbers, always with a point: whatever locale the program around the library has set, it writes and reads
// the same bytes.
#ifndef GD_BASE_FORMAT_H
#define GD_BASE_FORMAT_H

#include <gradus/base.h>
#include <stdarg.h>

// As snprintf, vsnprintf and strtod in the C locale.
int gd__format(char *to, size_t room, const char *format, ...) GD_PRINTF(3, 4);
int gd__format_list(char *to, size_t room, const char *format, va_list arguments) GD_PRINTF(3, 0);
double gd__parse_number(const char *text, char **end);

#endif
