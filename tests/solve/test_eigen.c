// Eigenvectors of symmetric matrices: orthonormal, in order, and A v = value v.
#include <math.h>

#include "base/random.h"
#include "op/expect.h"
#include "solve/eigen.h"

enum { MOST = 40 };

// A matrix of the given rank, or one of blocks with equal eigenvalues.
static void fill(int n, int rank, double *a)
{
    gd__random random = gd__random_make(7, (uint64_t)n);
    for (int i = 0; i < n * n; i++)
        a[i] = 0;
    for (int r = 0; r < rank; r++) {
        double v[MOST];
        for (int i = 0; i < n; i++)
            v[i] = gd__next_normal(&random);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                a[i * n + j] += v[i] * v[j] * pow(10, r % 5 - 2);
    }
    if (rank == 0)
        for (int i = 0; i < n; i++)
            a[i * n + i] = 1 + i / 3;
}

static void vectors_are_those_of_the_matrix(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 2}, {7, 7}, {12, 3}, {9, 0}, {MOST, MOST}};
    static double a[MOST * MOST], kept[MOST * MOST], value[MOST], vector[MOST * MOST];
    for (int row = 0; row < GD_COUNT_OF(sizes); row++) {
        const int n = sizes[row][0];
        fill(n, sizes[row][1], a);
        memcpy(kept, a, sizeof kept);
        gd__eigen(n, a, value, vector);
        for (int i = 0; i < n; i++) {
            assert_true(i == 0 || value[i] <= value[i - 1]);
            for (int j = 0; j < n; j++) {
                double product = 0, image = 0;
                for (int k = 0; k < n; k++) {
                    product += vector[i * n + k] * vector[j * n + k];
                    image += kept[j * n + k] * vector[i * n + k];
                }
                expect_near(product, i == j ? 1 : 0, 1e-12);
                expect_near(image - value[i] * vector[i * n + j], 0, 1e-12 * fmax(1, value[0]));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors_are_those_of_the_matrix)};
    return cmocka_run_group_tests_name("eigen", tests, NULL, NULL);
}
