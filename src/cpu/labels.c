#include "cpu/labels.h"

#include "cpu/simd.h"

enum { RUN = 4096 };

// Is any of the indices wrong? A negative number is a large one when its sign is not looked at, so one comparison is
// enough, and with no way out of the loop it becomes vector code.
#define ANY_WRONG(type)                                                                                                \
    GD__LOOP_OF(bool, any_wrong_##type, (const type *index, int64_t count, uint64_t bound), (index, count, bound))     \
    {                                                                                                                  \
        uint64_t wrong = 0;                                                                                            \
        for (int64_t i = 0; i < count; i++)                                                                            \
            wrong |= (uint64_t)index[i] >= bound;                                                                      \
        return wrong != 0;                                                                                             \
    }
ANY_WRONG(int32_t)
ANY_WRONG(int64_t)
ANY_WRONG(uint8_t)

static bool any_wrong(gd__indices indices, int64_t begin, int64_t count, uint64_t bound)
{
    if (indices.type == GD_I32)
        return any_wrong_int32_t((const int32_t *)indices.data + begin, count, bound);
    if (indices.type == GD_I64)
        return any_wrong_int64_t((const int64_t *)indices.data + begin, count, bound);
    return any_wrong_uint8_t((const uint8_t *)indices.data + begin, count, bound);
}

int64_t gd__index_wrong(gd__indices indices, int64_t count, int64_t bound)
{
    for (int64_t begin = 0; begin < count; begin += RUN) {
        int64_t length = count - begin < RUN ? count - begin : RUN;
        if (!any_wrong(indices, begin, length, (uint64_t)bound))
            continue;
        while ((uint64_t)gd__index_at(indices, begin) < (uint64_t)bound)
            begin++;
        return begin;
    }
    return -1;
}
