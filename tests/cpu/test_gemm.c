// Products of matrices of our own against sums in double precision: each kernel that the processor can run, odd sizes,
// every order of the operands in memory, and every thing that is done to the result.
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cpu/gemm.h"

typedef struct trial {
    int64_t m, n, k;
    bool a_transposed, b_transposed, bf16, c_bf16, adds, relu, bias, packed;
    int64_t batch[2];          // 0: none
    bool a_shared, b_shared;   // all products read the same matrix
    int64_t a_gap, b_gap, gap; // numbers between the rows of a matrix in memory
} trial;

static int64_t or_one(int64_t count)
{
    return count > 0 ? count : 1;
}

static int64_t count_of(const trial *t)
{
    return or_one(t->batch[0]) * or_one(t->batch[1]);
}

// A matrix (rows, columns), or its transpose, in memory.
static gd__gemm_operand operand(int64_t rows, int64_t columns, bool transposed, bool bf16, int64_t gap)
{
    return (gd__gemm_operand){transposed ? 1 : columns + gap, transposed ? rows + gap : 1, bf16};
}

static int64_t size_of(int64_t rows, int64_t columns, bool transposed, int64_t gap)
{
    return transposed ? columns * (rows + gap) : rows * (columns + gap);
}

static void *must(void *block)
{
    assert_non_null(block);
    return block;
}

static double draw(gd__random *random)
{
    return 2 * gd__next_uniform(random) - 1;
}

// Random numbers, as f32 or rounded to bf16.
static void *make_numbers(int64_t count, bool bf16, gd__random *random)
{
    void *numbers = must(gd__alloc((size_t)count * sizeof(float)));
    for (int64_t i = 0; i < count; i++) {
        if (bf16)
            ((uint16_t *)numbers)[i] = gd__bf16_from_float((float)draw(random));
        else
            ((float *)numbers)[i] = (float)draw(random);
    }
    return numbers;
}

static double number_at(const void *numbers, bool bf16, int64_t at)
{
    return bf16 ? gd__bf16_to_float(((const uint16_t *)numbers)[at]) : ((const float *)numbers)[at];
}

static gd__gemm form_of(const trial *t, const gd__gemm_kernel *kernel)
{
    gd__gemm g = {.m = t->m,
                  .n = t->n,
                  .k = t->k,
                  .a = operand(t->m, t->k, t->a_transposed, t->bf16, t->a_gap),
                  .b = operand(t->k, t->n, t->b_transposed, t->bf16, t->b_gap),
                  .c_row = t->n + t->gap,
                  .c_bf16 = t->c_bf16,
                  .b_is_packed = t->packed,
                  .adds = t->adds,
                  .relu = t->relu,
                  .c_step = t->m * (t->n + t->gap),
                  .kernel = kernel};
    const int64_t a_size = size_of(t->m, t->k, t->a_transposed, t->a_gap);
    const int64_t b_size =
        t->packed ? (int64_t)gd__gemm_packed_size(&g) : size_of(t->k, t->n, t->b_transposed, t->b_gap);
    for (; g.axes < 2 && t->batch[g.axes] > 0; g.axes++)
        g.size[g.axes] = t->batch[g.axes];
    int64_t step = 1;
    for (int i = g.axes - 1; i >= 0; i--) {
        g.a_step[i] = t->a_shared ? 0 : step * a_size;
        g.b_step[i] = t->b_shared ? 0 : step * b_size;
        step *= g.size[i];
    }
    return g;
}

typedef struct numbers {
    void *a, *b, *before;
    float *bias, *packed;
    int64_t c_size;
} numbers;

static numbers make_all(const trial *t, const gd__gemm *g, gd__random *random)
{
    const int64_t count = count_of(t);
    numbers n = {.c_size = count * g->c_step};
    n.a = make_numbers(count * size_of(t->m, t->k, t->a_transposed, t->a_gap), t->bf16, random);
    n.b = make_numbers(count * size_of(t->k, t->n, t->b_transposed, t->b_gap), t->bf16, random);
    n.before = make_numbers(n.c_size, t->c_bf16, random);
    n.bias = make_numbers(t->n, false, random);
    const size_t packed = gd__gemm_packed_size(g);
    n.packed = must(gd__alloc(packed * (size_t)count * sizeof(float)));
    const size_t width = t->bf16 ? sizeof(uint16_t) : sizeof(float);
    const size_t b_size = (size_t)size_of(t->k, t->n, t->b_transposed, t->b_gap);
    for (size_t i = 0; i < (size_t)count; i++)
        gd__gemm_pack(g, (const char *)n.b + i * b_size * width, n.packed + i * packed);
    return n;
}

static void free_all(numbers *n)
{
    gd__free(n->a);
    gd__free(n->b);
    gd__free(n->before);
    gd__free(n->bias);
    gd__free(n->packed);
}

static void *compute(const trial *t, gd__gemm g, const numbers *n, int threads)
{
    gd_set_threads(threads);
    gd__gemm_prepare(&g, threads);
    void *memory = must(gd__alloc(gd__gemm_memory(&g)));
    void *c = must(gd__copy_block(n->before, (size_t)n->c_size * sizeof(float)));
    const gd__gemm_data data = {n->a, t->packed ? n->packed : n->b, c, t->bias ? n->bias : NULL};
    gd__gemm_run(&g, &data, memory);
    gd__free(memory);
    return c;
}

static double expected(const trial *t, const gd__gemm *g, const numbers *n, int64_t product, int64_t i, int64_t j)
{
    const int64_t a = t->a_shared ? 0 : product * size_of(t->m, t->k, t->a_transposed, t->a_gap);
    const int64_t b = t->b_shared ? 0 : product * size_of(t->k, t->n, t->b_transposed, t->b_gap);
    double sum = t->bias ? n->bias[j] : 0;
    if (t->adds)
        sum += number_at(n->before, false, product * g->c_step + i * g->c_row + j);
    for (int64_t l = 0; l < t->k; l++)
        sum += number_at(n->a, t->bf16, a + i * g->a.row + l * g->a.column) *
               number_at(n->b, t->bf16, b + l * g->b.row + j * g->b.column);
    return t->relu && sum < 0 ? 0 : sum;
}

static void check_trial(const trial *t, const gd__gemm_kernel *kernel)
{
    gd__random random = gd__random_make(7, 0);
    const gd__gemm g = form_of(t, kernel);
    numbers n = make_all(t, &g, &random);
    void *one = compute(t, g, &n, 1), *two = compute(t, g, &n, 2);
    const size_t width = t->c_bf16 ? sizeof(uint16_t) : sizeof(float);
    assert_memory_equal(one, two, (size_t)n.c_size * width);
    for (int64_t at = 0; at < n.c_size; at++) {
        const int64_t product = at / g.c_step, i = at % g.c_step / g.c_row, j = at % g.c_row;
        const double have = number_at(one, t->c_bf16, at);
        const double want =
            j < t->n ? expected(t, &g, &n, product, i, j) : number_at(n.before, t->c_bf16, at); // a gap stays
        const double allowed = t->c_bf16 ? 0.01 * (1 + fabs(want)) : 1e-6 * (double)(t->k + 4);
        if (!(fabs(have - want) <= (j < t->n ? allowed : 0)))
            fail_msg("%s, (%lld, %lld, %lld): number %lld of product %lld is %g, not %g", kernel->name, (long long)t->m,
                     (long long)t->n, (long long)t->k, (long long)(at % g.c_step), (long long)product, have, want);
    }
    gd__free(one);
    gd__free(two);
    free_all(&n);
}

static void for_each_kernel(const trial *t)
{
    const gd__gemm_kernel *list[GD__GEMM_KERNELS];
    const int count = gd__gemm_kernels(list);
    assert_true(count >= 1);
    for (int i = 0; i < count; i++)
        check_trial(t, list[i]);
}

// Sizes around those of registers, groups and blocks, with every order of the operands.
static void test_sizes(void **state)
{
    (void)state;
    static const int64_t size[][3] = {{1, 1, 1},      {1, 17, 5},    {2, 3, 300},  {5, 8, 7},    {6, 16, 4},
                                      {7, 33, 9},     {13, 15, 31},  {14, 32, 8},  {29, 10, 64}, {64, 10, 257},
                                      {61, 131, 259}, {260, 40, 33}, {33, 530, 12}};
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        for (int form = 0; form < 8; form++) {
            const trial t = {.m = size[i][0],
                             .n = size[i][1],
                             .k = size[i][2],
                             .a_transposed = form & 1,
                             .b_transposed = (form & 2) != 0,
                             .packed = (form & 4) != 0};
            for_each_kernel(&t);
        }
    }
}

static void test_forms(void **state)
{
    (void)state;
    static const trial list[] = {
        {.m = 20, .n = 37, .k = 300, .adds = true},
        {.m = 20, .n = 37, .k = 300, .bias = true, .relu = true},
        {.m = 3, .n = 48, .k = 270, .bias = true, .relu = true, .adds = true},
        {.m = 3, .n = 50, .k = 20, .b_gap = 3, .a_gap = 1, .gap = 5, .bias = true},
        {.m = 50, .n = 20, .k = 11, .a_transposed = true, .b_transposed = true, .a_gap = 3, .b_gap = 2, .gap = 1},
        {.m = 33, .n = 47, .k = 280, .bf16 = true},
        {.m = 33, .n = 47, .k = 280, .bf16 = true, .a_transposed = true, .b_transposed = true, .packed = true},
        {.m = 2, .n = 47, .k = 280, .bf16 = true, .c_bf16 = true, .bias = true, .relu = true, .gap = 2},
        {.m = 300, .n = 19, .k = 260, .bf16 = true, .c_bf16 = true},
        {.m = 21, .n = 18, .k = 13, .batch = {5}},
        {.m = 21, .n = 18, .k = 13, .batch = {3, 4}, .b_shared = true, .adds = true},
        {.m = 21, .n = 18, .k = 13, .batch = {2, 3}, .a_shared = true, .b_transposed = true},
        {.m = 8, .n = 30, .k = 64, .batch = {36}, .packed = true},
        {.m = 130, .n = 140, .k = 65, .batch = {7}, .a_transposed = true},
        {.m = 4, .n = 5, .k = 6, .batch = {300}},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        for_each_kernel(&list[i]);
}

static void test_nan_stays(void **state)
{
    (void)state;
    float a[2] = {NAN, -1}, b[17], c[2 * 17];
    for (int j = 0; j < 17; j++)
        b[j] = 1;
    const gd__gemm_kernel *list[GD__GEMM_KERNELS];
    for (int i = gd__gemm_kernels(list) - 1; i >= 0; i--) {
        gd__gemm g = {.m = 2,
                      .n = 17,
                      .k = 1,
                      .a = {1, 1, false},
                      .b = {17, 1, false},
                      .c_row = 17,
                      .relu = true,
                      .kernel = list[i]};
        gd__gemm_prepare(&g, 1);
        void *memory = must(gd__alloc(gd__gemm_memory_alone(&g)));
        gd__gemm_run_alone(&g, &(gd__gemm_data){a, b, c, NULL}, memory);
        for (int j = 0; j < 17; j++) {
            assert_true(isnan(c[j]));
            assert_true(c[17 + j] == 0);
        }
        gd__free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_nan_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
