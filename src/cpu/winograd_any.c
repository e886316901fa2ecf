#define TARGET
#define LANES 4
#define KERNEL gd__winograd_any
#include "cpu/winograd_transforms.inc"
