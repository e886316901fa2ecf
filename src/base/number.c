#include "base/number.h"

#define LOAD_LOOP(c_type)                                                                                              \
    for (int64_t i = 0; i < count; i++)                                                                                \
    to[i] = (double)((const c_type *)from)[i]

void gd__to_doubles(double *to, const void *from, gd_type type, int64_t count)
{
    switch (type) {
    case GD_F32: LOAD_LOOP(float); break;
    case GD_F64: memmove(to, from, (size_t)count * sizeof(double)); break;
    case GD_BF16:
        for (int64_t i = 0; i < count; i++)
            to[i] = (double)gd__bf16_to_float(((const uint16_t *)from)[i]);
        break;
    case GD_I32: LOAD_LOOP(int32_t); break;
    case GD_I64: LOAD_LOOP(int64_t); break;
    case GD_U8:
    case GD_BOOL: LOAD_LOOP(uint8_t); break;
    }
}

static double in_range(double value, double low, double high)
{
    if (!(value >= low)) // also a NaN
        return value < low ? low : 0;
    return value > high ? high : value;
}

void gd__from_doubles(void *to, gd_type type, const double *from, int64_t count)
{
    switch (type) {
    case GD_F32:
        for (int64_t i = 0; i < count; i++)
            ((float *)to)[i] = (float)from[i];
        break;
    case GD_F64: memmove(to, from, (size_t)count * sizeof(double)); break;
    case GD_BF16:
        for (int64_t i = 0; i < count; i++)
            ((uint16_t *)to)[i] = gd__bf16_from_float((float)from[i]);
        break;
    case GD_I32:
        for (int64_t i = 0; i < count; i++)
            ((int32_t *)to)[i] = (int32_t)in_range(from[i], INT32_MIN, INT32_MAX);
        break;
    case GD_I64:
        for (int64_t i = 0; i < count; i++)
            ((int64_t *)to)[i] = (int64_t)in_range(from[i], -0x1p63, 0x1.fffffffffffffp62);
        break;
    case GD_U8:
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = (uint8_t)in_range(from[i], 0, 255);
        break;
    case GD_BOOL:
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = from[i] != 0;
        break;
    }
}

void gd__convert(void *to, gd_type to_type, const void *from, gd_type from_type, int64_t count)
{
    if (to_type == from_type) {
        memmove(to, from, (size_t)count * gd_type_size(to_type));
        return;
    }
    double block[256];
    size_t to_size = gd_type_size(to_type), from_size = gd_type_size(from_type);
    for (int64_t begin = 0; begin < count; begin += 256) {
        int64_t length = count - begin < 256 ? count - begin : 256;
        gd__to_doubles(block, (const char *)from + (size_t)begin * from_size, from_type, length);
        gd__from_doubles((char *)to + (size_t)begin * to_size, to_type, block, length);
    }
}
