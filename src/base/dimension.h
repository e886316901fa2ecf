// Arithmetic on dimensions, of which any may be open: a number of at least 0, or a product of the batch size and of a
// length that follows from the time.
//
// A dimension that has to do with the time is
//     batch^p (times floor((time + shift) / by) + plus),  p 0 or 1, times and by at least 1, 0 <= shift < by,
// packed into one negative number, so that equal dimensions are equal numbers. These are the lengths that convolution,
// pooling, slicing, padding, joining and repeating make of a time: floors of floors are floors again.
#ifndef GD_BASE_DIMENSION_H
#define GD_BASE_DIMENSION_H

#include <gradus/base.h>

// What open dimensions stand for in one plan; 0 where none depends on it.
typedef struct gd__sizes {
    int64_t batch, time;
} gd__sizes;

static inline bool gd__sizes_equal(gd__sizes a, gd__sizes b)
{
    return a.batch == b.batch && a.time == b.time;
}

// One that depends on the time, taken apart: batch^p (times floor((time + shift) / by) + plus).
typedef struct gd__time_form {
    bool batch;
    int64_t times, by, shift, plus;
} gd__time_form;
gd__time_form gd__dimension_form(int64_t dimension);

// Whether it depends on the time.
bool gd__dimension_has_time(int64_t dimension);
// Whether a negative number, other than GD_INFER, stands for a dimension at all.
bool gd__dimension_is_sound(int64_t dimension);

// The results; false where they overflow, or are of no form that could be written. Differences are at least 0.
bool gd__dimension_add(int64_t a, int64_t b, int64_t *sum);
bool gd__dimension_subtract(int64_t a, int64_t b, int64_t *difference);
bool gd__dimension_multiply(int64_t a, int64_t b, int64_t *product);
// floor(a / by), by at least 1. Multiples of the batch size must divide without a rest.
bool gd__dimension_divide(int64_t a, int64_t by, int64_t *quotient);

// A dimension as a product: `factor` times the batch size to the power 0 or 1 times `length`, which is 1 or a dimension
// without the batch and without a factor.
typedef struct gd__dimension_parts {
    int64_t factor;
    int batch_power;
    int64_t length;
} gd__dimension_parts;
gd__dimension_parts gd__dimension_parts_of(int64_t dimension);

// What it stands for: INT64_MAX where that does not fit, or would be negative because the time is too short.
int64_t gd__dimension_close(int64_t dimension, gd__sizes sizes);
// Finds the size that is still 0 from what a dimension was given. False where no size makes it that; true, with
// nothing found, where it says nothing of one size alone.
bool gd__dimension_solve(int64_t dimension, int64_t given, gd__sizes *sizes);

// Room for the longest text of a dimension.
enum { GD__DIMENSION_TEXT = 64 };
// "28", "batch", "2*batch", "time", "(time+1)/2", "batch*(3*time-4)".
void gd__dimension_text(int64_t dimension, char text[GD__DIMENSION_TEXT]);

#endif
