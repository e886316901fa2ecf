// How plain loops become vector code for every processor in one binary, without a loop written twice, and by every
// compiler alike.
#ifndef GD_CPU_SIMD_H
#define GD_CPU_SIMD_H

#include <math.h>

#include "cpu/processor.h"

#define GD__INLINE static inline __attribute__((always_inline))

// GD__FUSING before a function: a multiplication and an addition may become one operation, which rounds once instead of
// twice. clang does that in every expression unless told otherwise, gcc, where it keeps to the standard, nowhere.
#if defined(__GNUC__) && !defined(__clang__)
#define GD__FUSING __attribute__((optimize("fp-contract=fast")))
#else
#define GD__FUSING
#endif

// GD__LOOP(name, (int64_t count, float *y), (count, y)) { … } defines a static function without a result, which is
// compiled once each for AVX-512, for AVX2 and for the oldest processor; a call takes the best that the machine has.
// What it calls becomes vector code only if it is inlined into it (GD__INLINE). In a GD__EXACT_LOOP a multiplication
// and an addition stay two operations (with clang, as long as they stand in two statements), so that the numbers are
// those of any other machine. GD__LOOP_OF(type, …) has a result.
#define GD__LOOP(name, parameters, arguments) GD__EVERY_PROCESSOR(GD__FUSING, void, , name, parameters, arguments)
#define GD__EXACT_LOOP(name, parameters, arguments) GD__EVERY_PROCESSOR(, void, , name, parameters, arguments)
#define GD__LOOP_OF(type, name, parameters, arguments)                                                                 \
    GD__EVERY_PROCESSOR(GD__FUSING, type, return, name, parameters, arguments)

#ifdef GD__X86
#define GD__EVERY_PROCESSOR(how, type, give, name, parameters, arguments)                                              \
    GD__INLINE type name##_body parameters;                                                                            \
    how GD__AVX512 static type name##_avx512 parameters                                                                \
    {                                                                                                                  \
        give name##_body arguments;                                                                                    \
    }                                                                                                                  \
    how GD__AVX2 static type name##_avx2 parameters                                                                    \
    {                                                                                                                  \
        give name##_body arguments;                                                                                    \
    }                                                                                                                  \
    how static type name##_oldest parameters                                                                           \
    {                                                                                                                  \
        give name##_body arguments;                                                                                    \
    }                                                                                                                  \
    static inline type name parameters                                                                                 \
    {                                                                                                                  \
        give(gd__has_avx512() ? name##_avx512 : gd__has_avx2() ? name##_avx2 : name##_oldest) arguments;               \
    }                                                                                                                  \
    GD__INLINE type name##_body parameters
#else
#define GD__EVERY_PROCESSOR(how, type, give, name, parameters, arguments)                                              \
    GD__INLINE type name##_body parameters;                                                                            \
    how static type name parameters                                                                                    \
    {                                                                                                                  \
        give name##_body arguments;                                                                                    \
    }                                                                                                                  \
    GD__INLINE type name##_body parameters
#endif

// GD__SIMD(reduction(+ : s)) before a loop lets the compiler add into `s` in several lanes, which it may not do of its
// own because the order of additions changes. (Compilers have a flag for these pragmas alone, without OpenMP's threads;
// the build defines GD_SIMD_PRAGMAS where they do.)
#define GD__PRAGMA(words) _Pragma(#words)
#ifdef GD_SIMD_PRAGMAS
#define GD__SIMD(clauses) GD__PRAGMA(omp simd clauses)
#else
#define GD__SIMD(clauses)
#endif

// GD__INDEPENDENT before a loop says that no iteration reads or writes what another one writes, which the compiler
// cannot see when several rows of one array are written.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" // not every loop becomes vector code for every processor
#define GD__INDEPENDENT GD__PRAGMA(clang loop vectorize(assume_safety))
#else
#define GD__INDEPENDENT GD__PRAGMA(GCC ivdep)
#endif

// glibc has vector forms of these (libmvec, up to 4 units in the last place); gcc uses them in loops when told. For f32
// there is cpu/vector_math.h.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
#define GD__VECTOR_FUNCTION __attribute__((__simd__("notinbranch")))
GD__VECTOR_FUNCTION double exp(double);
GD__VECTOR_FUNCTION double log(double);
GD__VECTOR_FUNCTION double sin(double);
GD__VECTOR_FUNCTION double cos(double);
#if __GLIBC_PREREQ(2, 35)
GD__VECTOR_FUNCTION double tanh(double);
GD__VECTOR_FUNCTION double erf(double);
GD__VECTOR_FUNCTION double expm1(double);
GD__VECTOR_FUNCTION double log1p(double);
#endif
#endif

#endif
