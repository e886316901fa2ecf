// The fused chains' machine in double.
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "cpu/chain_program.h"
#include "cpu/simd.h"
#include "op/random.h"

#define R double
#define R_TYPE GD_F64
#define R_TYPE_IS_F32 0
#define F(name) name
#define N(name) name##_f64
#define CHAIN_RUN gd__chain_run_f64
#include "cpu/chain_run.inc"
