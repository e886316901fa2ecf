// How plain loops become vector code for every x86-64 processor in one binary, without a loop written twice.
#ifndef GD_CPU_SIMD_H
#define GD_CPU_SIMD_H

#include <math.h>

// GD__CLONES before a static function compiles it once each for AVX-512, AVX2 and the baseline; the loader takes the
// best the machine has. (Static, because clang names other ones so that no other file finds them.) Nothing is inlined
// into such a function or out of it, so it holds a whole loop. A multiplication and an addition may become one fused
// operation in it, which rounds once instead of twice. With GD__CLONES_EXACT they stay two (with clang, as long as they
// stand in two statements), so that the numbers are those of any other machine.
#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__) && __clang_major__ >= 14
#define GD__CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#define GD__CLONES_EXACT GD__CLONES
#elif defined(__x86_64__) && defined(__ELF__) && !defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 12
#define GD__CLONES_EXACT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define GD__CLONES __attribute__((optimize("fp-contract=fast"))) GD__CLONES_EXACT
#else
#define GD__CLONES
#define GD__CLONES_EXACT
#endif

// GD__SIMD(reduction(+ : s)) before a loop lets the compiler add into `s` in several lanes, which it may not do of its
// own because the order of additions changes. GD__SIMD_EXTREME(reduction(max : m)) is the same for a running extreme.
#define GD__PRAGMA(words) _Pragma(#words)
#ifdef _OPENMP
#define GD__SIMD(clauses) GD__PRAGMA(omp simd clauses)
#else
#define GD__SIMD(clauses)
#endif
#if defined(_OPENMP) && !defined(__clang__) // clang warns that it cannot
#define GD__SIMD_EXTREME(clauses) GD__PRAGMA(omp simd clauses)
#else
#define GD__SIMD_EXTREME(clauses)
#endif

// GD__INDEPENDENT before a loop says that no iteration reads or writes what another one writes, which the compiler
// cannot see when several rows of one array are written.
#if defined(__GNUC__) && !defined(__clang__)
#define GD__INDEPENDENT GD__PRAGMA(GCC ivdep)
#else
#define GD__INDEPENDENT
#endif

// glibc has vector forms of these (libmvec, up to 4 units in the last place); gcc uses them in loops when told.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
#define GD__VECTOR_FUNCTION __attribute__((__simd__("notinbranch")))
GD__VECTOR_FUNCTION float expf(float);
GD__VECTOR_FUNCTION float logf(float);
GD__VECTOR_FUNCTION float sinf(float);
GD__VECTOR_FUNCTION float cosf(float);
GD__VECTOR_FUNCTION double exp(double);
GD__VECTOR_FUNCTION double log(double);
GD__VECTOR_FUNCTION double sin(double);
GD__VECTOR_FUNCTION double cos(double);
#if __GLIBC_PREREQ(2, 35)
GD__VECTOR_FUNCTION float tanhf(float);
GD__VECTOR_FUNCTION float erff(float);
GD__VECTOR_FUNCTION float expm1f(float);
GD__VECTOR_FUNCTION float log1pf(float);
GD__VECTOR_FUNCTION double tanh(double);
GD__VECTOR_FUNCTION double erf(double);
GD__VECTOR_FUNCTION double expm1(double);
GD__VECTOR_FUNCTION double log1p(double);
#endif
#endif

#endif
