// The fused chains' machine in float.
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "cpu/chain_program.h"
#include "cpu/simd.h"
#include "cpu/vector_math.h"
#include "op/random.h"

#define R float
#define R_TYPE GD_F32
#define R_TYPE_IS_F32 1
#define F(name) gd__##name##_f32
#define N(name) name##_f32
#define CHAIN_RUN gd__chain_run_f32
#include "cpu/chain_run.inc"
