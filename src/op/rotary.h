#ifndef GD_OP_ROTARY_H
#define GD_OP_ROTARY_H

#include <math.h>

#include <gradus/op.h>

// x is (N, T, features); the first `turned` features are heads of `width`.
typedef struct gd__rotary_attributes {
    int64_t width, turned;
    double base;      // of the wave lengths
    bool interleaved; // pairs are neighbours (0, 1), (2, 3) …; else the halves of a head, (0, D / 2), (1, D / 2 + 1) …
    bool back;        // by the opposite angle
} gd__rotary_attributes;

extern const gd_op gd__op_rotary; // (x, first place [1] if it is not 0)

// By which pair `i` of a head is turned at a place.
static inline double gd__rotary_angle(const gd__rotary_attributes *a, double place, int64_t i)
{
    const double angle = place * pow(a->base, -2 * (double)i / (double)a->width);
    return a->back ? -angle : angle;
}

// The first number of pair `i` in a head, and how far behind it the second one is.
static inline int64_t gd__rotary_first(const gd__rotary_attributes *a, int64_t i)
{
    return a->interleaved ? 2 * i : i;
}
static inline int64_t gd__rotary_apart(const gd__rotary_attributes *a)
{
    return a->interleaved ? 1 : a->width / 2;
}

#endif
