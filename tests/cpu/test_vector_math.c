// The f32 functions of cpu/vector_math.h against the C library's f64 ones: over all magnitudes, on every set of
// instructions that this machine has.
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cpu/vector_math.h"

enum { COUNT = 1024 };

typedef void loop(const float *x, float *y, int64_t count);

#define FUNCTION_LOOP(name)                                                                                            \
    GD__LOOP(name##_loop, (const float *x, float *y, int64_t count), (x, y, count))                                    \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++)                                                                            \
            y[i] = gd__##name##_f32(x[i]);                                                                             \
    }
FUNCTION_LOOP(exp)
FUNCTION_LOOP(expm1)
FUNCTION_LOOP(log)
FUNCTION_LOOP(log1p)
FUNCTION_LOOP(sigmoid)
FUNCTION_LOOP(tanh)
FUNCTION_LOOP(erf)
FUNCTION_LOOP(sin)
FUNCTION_LOOP(cos)

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

// What a call takes, and then what it may take.
enum { FORMS = 4 };
#ifdef __x86_64__
#define FORMS_OF(name)                                                                                                 \
    {                                                                                                                  \
        name##_loop, name##_loop_oldest, name##_loop_avx2, name##_loop_avx512                                          \
    }
static bool can_run(int form)
{
    return form < 2 || (form == 2 ? gd__has_avx2() : gd__has_avx512());
}
#else
#define FORMS_OF(name)                                                                                                 \
    {                                                                                                                  \
        name##_loop                                                                                                    \
    }
static bool can_run(int form)
{
    return form == 0;
}
#endif

typedef struct function {
    const char *name;
    loop *form[FORMS];
    double (*exact)(double x);
    double units;    // that a result may be away, in the last place
    double most;     // larger arguments give NaN
    double smallest; // what is smaller may become 0
} function;

static const function functions[] = {
    {"exp", FORMS_OF(exp), exp, 1.1, INFINITY, 0},
    {"expm1", FORMS_OF(expm1), expm1, 1.7, INFINITY, 0},
    {"log", FORMS_OF(log), log, 1.1, INFINITY, 0},
    {"log1p", FORMS_OF(log1p), log1p, 1.6, INFINITY, 0},
    {"sigmoid", FORMS_OF(sigmoid), sigmoid, 2.5, INFINITY, 0x1p-126}, // exp(-x) is infinite there
    {"tanh", FORMS_OF(tanh), tanh, 1.6, INFINITY, 0},
    {"erf", FORMS_OF(erf), erf, 1.6, INFINITY, 0},
    {"sin", FORMS_OF(sin), sin, 1.6, GD__CIRCULAR_MOST, 0},
    {"cos", FORMS_OF(cos), cos, 1.6, GD__CIRCULAR_MOST, 0},
};

// The distance in units in the last place of a float; 0 where both are NaN or the same.
static double distance(float y, double exact)
{
    float rounded = (float)exact;
    if (y == rounded || (y != y && exact != exact))
        return 0;
    if (!isfinite(y) || exact != exact)
        return INFINITY;
    int exponent;
    frexp(exact, &exponent);
    return fabs((double)y - exact) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

// Every STEP-th pattern of bits, and so every sign, every exponent and NaN.
static void check_form(const function *f, int form)
{
    const char *set = getenv("VECTOR_MATH_STEP"); // 1 takes an hour
    const uint64_t step = set != NULL ? strtoull(set, NULL, 10) : 2003;
    double worst = 0, worst_x = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        float x[COUNT], y[COUNT];
        int count = 0;
        for (; count < COUNT && bits <= UINT32_MAX; count++, bits += step)
            x[count] = gd__f32_of_bits((uint32_t)bits);
        f->form[form](x, y, count);
        for (int i = 0; i < count; i++) {
            double exact = fabs((double)x[i]) > f->most ? (double)NAN : f->exact((double)x[i]);
            double away = fabs(exact) < f->smallest && y[i] == 0 ? 0 : distance(y[i], exact);
            if (away > worst) {
                worst = away;
                worst_x = (double)x[i];
            }
        }
    }
    if (set != NULL)
        print_message("%s, form %d: %.3f units at %.9g\n", f->name, form, worst, worst_x);
    if (worst > f->units)
        fail_msg("%s, form %d: %g units in the last place at %.9g", f->name, form, worst, worst_x);
}

static void every_magnitude(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        for (int form = 0; form < FORMS; form++) {
            if (can_run(form))
                check_form(&functions[i], form);
        }
    }
}

// Zeros keep their sign where the function is odd.
static void signs_of_zero(void **state)
{
    (void)state;
    for (int form = 0; form < FORMS; form++) {
        loop *const odd[][FORMS] = {FORMS_OF(expm1), FORMS_OF(log1p), FORMS_OF(tanh), FORMS_OF(erf), FORMS_OF(sin)};
        for (size_t i = 0; can_run(form) && i < sizeof odd / sizeof odd[0]; i++) {
            const float x[2] = {0.0F, -0.0F};
            float y[2];
            odd[i][form](x, y, 2);
            assert_memory_equal(y, x, sizeof x);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_magnitude), cmocka_unit_test(signs_of_zero)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
