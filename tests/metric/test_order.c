// Long lists are sorted by digits: the order is that of comparisons, whatever the numbers.
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "metric/order.h"

static int compare(const void *a, const void *b)
{
    const gd__entry *p = a, *q = b;
    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    if (p->weight != q->weight)
        return p->weight < q->weight ? -1 : 1;
    return p->yes - q->yes;
}

// A number of one of several kinds: many equal ones, single precision, tiny and huge, both zeros, infinities.
static double number(gd__random *random, int kind)
{
    static const double odd[] = {0, -0.0, INFINITY, -INFINITY, DBL_MIN, -DBL_TRUE_MIN, DBL_MAX, -DBL_MAX, 1, -1};
    switch (kind) {
    case 0: return gd__next_normal(random);
    case 1: return (double)(float)gd__next_normal(random);
    case 2: return (double)gd__random_below(random, 5) - 2;
    case 3: return odd[gd__random_below(random, sizeof odd / sizeof odd[0])];
    case 4: return ldexp(gd__next_normal(random), (int)gd__random_below(random, 2000) - 1000);
    default: return 0.25;
    }
}

static void test_as_comparisons(void **state)
{
    (void)state;
    static const int64_t counts[] = {1, 2, 511, 512, 5000};
    gd__random random = gd__random_make(7, 0);
    for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++)
        for (int values = 0; values < 6; values++)
            for (int weights = 0; weights < 6; weights++) {
                const int64_t count = counts[n];
                gd__entry *sorted = calloc((size_t)count, sizeof *sorted),
                          *wanted = calloc((size_t)count, sizeof *wanted);
                assert_non_null(sorted);
                assert_non_null(wanted);
                for (int64_t i = 0; i < count; i++) {
                    sorted[i].value = number(&random, values);
                    sorted[i].weight = number(&random, weights);
                    sorted[i].yes = gd__random_below(&random, 2) == 1;
                    wanted[i] = sorted[i];
                }
                qsort(wanted, (size_t)count, sizeof *wanted, compare);
                // Where memory is short, by comparisons.
                gd__alloc_fail_after(n == 4 && values == 0 ? 0 : -1, false);
                gd__sort_entries(sorted, count);
                gd__alloc_fail_after(-1, false);
                for (int64_t i = 0; i < count; i++)
                    if (compare(&sorted[i], &wanted[i]) != 0)
                        fail_msg("%lld entries, values %d, weights %d: entry %lld is %g", (long long)count, values,
                                 weights, (long long)i, sorted[i].value);
                free(sorted);
                free(wanted);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_comparisons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
