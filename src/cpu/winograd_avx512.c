#include "cpu/processor.h"

#ifdef GD__X86
#define TARGET GD__AVX512
#define LANES 16
#define KERNEL gd__winograd_avx512
#include "cpu/winograd_transforms.inc"
#else
typedef int gd__no_winograd_avx512;
#endif
