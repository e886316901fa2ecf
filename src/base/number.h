// Numbers of every element type, read and written as doubles.
#ifndef GD_BASE_NUMBER_H
#define GD_BASE_NUMBER_H

#include <gradus/base.h>
#include <string.h>

// bf16 is the upper half of an f32; rounding is to nearest, ties to even, and a NaN stays one.
static inline uint16_t gd__bf16_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

static inline float gd__bf16_to_float(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// IEEE 754 half precision.
static inline float gd__f16_to_float(uint16_t half)
{
    const uint32_t exponent = half >> 10 & 31, fraction = half & 1023u;
    if (exponent == 0) {
        const float value = (float)fraction * 0x1p-24f;
        return half >> 15 ? -value : value;
    }
    const uint32_t widened = exponent == 31 ? 255 : exponent + (127 - 15);
    const uint32_t bits = (uint32_t)(half >> 15) << 31 | widened << 23 | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// Converts `count` elements between a typed buffer and doubles. Storing into an integer type rounds towards zero
// and keeps to the type's range (a NaN becomes 0); GD_BOOL stores 0 or 1.
void gd__to_doubles(double *to, const void *from, gd_type type, int64_t count);
void gd__from_doubles(void *to, gd_type type, const double *from, int64_t count);
// Converts between any two types.
void gd__convert(void *to, gd_type to_type, const void *from, gd_type from_type, int64_t count);

#endif
