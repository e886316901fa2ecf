// Single values of a column in Arrow's memory format. `place` is that of the value in the buffers, with the array's
// offset.
#ifndef GD_DATA_ARROW_VALUE_H
#define GD_DATA_ARROW_VALUE_H

#include <locale.h>

#include "data/arrow_type.h"

static inline bool gd__arrow_bit(const void *bits, int64_t place)
{
    return ((const uint8_t *)bits)[place / 8] >> place % 8 & 1;
}

static inline bool gd__arrow_is_missing(const struct ArrowArray *array, int64_t place)
{
    return array->n_buffers > 0 && array->buffers[0] != NULL && !gd__arrow_bit(array->buffers[0], place);
}

// Whole numbers, and the ticks of times.
int64_t gd__arrow_signed(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place);
uint64_t gd__arrow_unsigned(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place);
double gd__arrow_float(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place);

// The nearest double of a whole number; false where it is not equal to it.
bool gd__arrow_whole(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, double *number);
// The seconds since 1970 of a date, in universal time where its column has a zone; false outside of the years 1 to
// 9999.
bool gd__arrow_date(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, double *seconds);
// The double that is nearest to a decimal.
double gd__arrow_decimal(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, locale_t c_locale);

// Any value as a text: "12", the shortest decimal fraction that is read as the same float, "true", "2026-11-27
// 12:34:56". Lies in the array or in `room`.
enum { GD__ARROW_ROOM = 256 };
const char *gd__arrow_text(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, locale_t c_locale,
                           char room[GD__ARROW_ROOM], size_t *length);

#endif
