#define TARGET
#define LANES GD__LANES
#define KERNEL gd__winograd_any
#include "cpu/winograd_transforms.inc"
