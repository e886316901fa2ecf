#include "cpu/processor.h"

#ifdef GD__X86
bool gd__has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && gd__has_avx2();
}

bool gd__has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
bool gd__has_avx512(void)
{
    return false;
}

bool gd__has_avx2(void)
{
    return false;
}
#endif

int gd__channel_block(void)
{
    return gd__has_avx512() ? 16 : 8;
}
