// Dates and times as ISO 8601 writes them.
#ifndef GD_DATA_CSV_DATE_H
#define GD_DATA_CSV_DATE_H

#include <stdbool.h>
#include <stddef.h>

// Reads "2026-11-27", "2026/11/27" or "20261127", which "12:34", "12:34:56" or "12:34:56.789" may follow behind a T or
// a blank, and behind that "Z" or an offset such as "+02:00". Gives the seconds since 1970-01-01 00:00, as the clock on
// the wall there shows them, or, with `universal`, in universal time.
bool gd__csv_read_date(const char *text, size_t length, bool universal, double *seconds);

// The beginning of a day, in seconds since 1970-01-01 00:00.
double gd__csv_day_seconds(int year, int month, int day);

// The parts of a date that are features.
enum { GD__DATE_PARTS = 6, GD__DATE_PARTS_OF_DAY = 4 }; // with the time of day, and without
extern const char *const gd__date_part_names[GD__DATE_PARTS];
// Year, month (1 … 12), day (1 … 31), weekday (0: Monday), hour and minute.
void gd__csv_date_parts(double seconds, double part[GD__DATE_PARTS]);

#endif
