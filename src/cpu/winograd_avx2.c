#include "cpu/processor.h"

#ifdef GD__X86
#define TARGET GD__AVX2
#define LANES 8
#define KERNEL gd__winograd_avx2
#include "cpu/winograd_transforms.inc"
#else
typedef int gd__no_winograd_avx2;
#endif
