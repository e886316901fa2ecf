// What the processor can do, for kernels that stand once for each instruction set and are chosen while running.
#ifndef GD_CPU_PROCESSOR_H
#define GD_CPU_PROCESSOR_H

#include <stdbool.h>

// AVX-512 means its parts F, BW, DQ and VL, and AVX2 has FMA with it: what compilers call x86-64-v4 and -v3.
bool gd__has_avx512(void);
bool gd__has_avx2(void);

// How many channels lie side by side in pictures with channels in blocks: what a vector register or two hold. 16 with
// AVX-512, else 8.
int gd__channel_block(void);

// Stands once in a file, behind its includes: in what follows a multiplication and an addition may become one fused
// operation.
#ifdef __clang__
#define GD__FUSE_PRODUCTS _Pragma("clang fp contract(fast)")
#elif defined(__GNUC__)
#define GD__FUSE_PRODUCTS _Pragma("GCC optimize(\"fp-contract=fast\")")
#else
#define GD__FUSE_PRODUCTS
#endif

// Before a function: compiles it for this instruction set. A function that is inlined into such a one needs the same
// word. These words exist where GD__X86 is defined: not in a minimal build, which has one copy of each kernel, that for
// any processor.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(GD__MINIMAL)
#define GD__X86 1
#define GD__AVX2 __attribute__((target("avx2,fma")))
#ifdef __clang__
#define GD__AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#else
#define GD__AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")))
#endif
#endif

// Numbers in a vector of the copies for any processor, that is, for any that the compiler is told to compile for
// (-march=x86-64-v3, say).
#if defined(__AVX2__) && defined(__FMA__)
#define GD__LANES 8
#else
#define GD__LANES 4
#endif

#endif
