// Least squares in closed form: known solutions, a ridge, and columns that are one too many.
#include <gradus/solve.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/random.h"

enum { ROWS = 40, COLUMNS = 5, OUTPUTS = 2 };

typedef struct problem {
    double x[ROWS * COLUMNS], y[ROWS * OUTPUTS], w[COLUMNS * OUTPUTS], truth[COLUMNS * OUTPUTS];
} problem;

// The columns differ in size by a factor of ten thousand.
static void make_problem(problem *p, double noise)
{
    gd__random random = gd__random_make(3, 1);
    for (int i = 0; i < COLUMNS * OUTPUTS; i++)
        p->truth[i] = gd__next_normal(&random);
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++)
            p->x[r * COLUMNS + c] = pow(10, c - 2) * (0.5 + gd__next_normal(&random));
        for (int k = 0; k < OUTPUTS; k++) {
            double sum = noise * gd__next_normal(&random);
            for (int c = 0; c < COLUMNS; c++)
                sum += p->x[r * COLUMNS + c] * p->truth[c * OUTPUTS + k];
            p->y[r * OUTPUTS + k] = sum;
        }
    }
}

static void finds_the_truth(void **state)
{
    (void)state;
    problem p;
    make_problem(&p, 0);
    assert_int_equal(gd_least_squares(ROWS, COLUMNS, OUTPUTS, p.x, p.y, 0, p.w), GD_OK);
    for (int i = 0; i < COLUMNS * OUTPUTS; i++)
        assert_true(fabs(p.w[i] - p.truth[i]) < 1e-10);
}

// X'(X w - y) + ridge w = 0 at the solution.
static void slope_is_zero_there(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        double ridge = which == 0 ? 0 : which == 1 ? 0.7 : 1000;
        problem p;
        make_problem(&p, 0.5);
        assert_int_equal(gd_least_squares(ROWS, COLUMNS, OUTPUTS, p.x, p.y, ridge, p.w), GD_OK);
        for (int k = 0; k < OUTPUTS; k++) {
            for (int c = 0; c < COLUMNS; c++) {
                double slope = ridge * p.w[c * OUTPUTS + k], size = fabs(slope);
                for (int r = 0; r < ROWS; r++) {
                    double residual = -p.y[r * OUTPUTS + k];
                    for (int j = 0; j < COLUMNS; j++)
                        residual += p.x[r * COLUMNS + j] * p.w[j * OUTPUTS + k];
                    slope += p.x[r * COLUMNS + c] * residual;
                    size += fabs(p.x[r * COLUMNS + c] * residual);
                }
                assert_true(fabs(slope) < 1e-11 * (1 + size));
            }
        }
    }
}

// y = x^2 from 1, x, x^2, … x^5 on 0, 0.1, … 1: the powers are nearly dependent, but not quite.
static void powers(void **state)
{
    (void)state;
    double x[11 * 6], y[11], w[6];
    for (int r = 0; r < 11; r++) {
        y[r] = 0.01 * r * r;
        for (int c = 0; c < 6; c++)
            x[r * 6 + c] = pow(0.1 * r, c);
    }
    assert_int_equal(gd_least_squares(11, 6, 1, x, y, 0, w), GD_OK);
    for (int c = 0; c < 6; c++)
        assert_true(fabs(w[c] - (c == 2)) < 1e-8);
}

static void columns_too_many(void **state)
{
    (void)state;
    double x[6 * 3], y[6] = {1, 2, 3, 4, 5, 7}, w[3];
    const struct {
        int kind;
        const char *sentence;
    } rows[] = {{0, "column 2 (from 0) is a combination"}, // the sum of the others
                {1, "column 1 (from 0) is a combination"}, // the constant column once more, ten times as large
                {2, "column 0 (from 0) is zero"}};
    for (int i = 0; i < 3; i++) {
        for (int r = 0; r < 6; r++) {
            x[r * 3] = rows[i].kind == 2 ? 0 : 1;
            x[r * 3 + 1] = rows[i].kind == 1 ? 10 : r;
            x[r * 3 + 2] = rows[i].kind == 0 ? 1 + r : r * r;
        }
        assert_int_equal(gd_least_squares(6, 3, 1, x, y, 0, w), GD_ERROR_NUMBER);
        assert_non_null(strstr(gd_last_error(), rows[i].sentence));
        assert_int_equal(gd_least_squares(6, 3, 1, x, y, 0.1, w), GD_OK); // a ridge chooses one of the solutions
    }
    // The zero column gets the weight zero.
    assert_true(w[0] == 0);
}

static void more_columns_than_rows(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, 5, 7}, y[] = {1, 2};
    double w[3];
    assert_int_equal(gd_least_squares(2, 3, 1, x, y, 0, w), GD_ERROR_NUMBER);
    assert_non_null(strstr(gd_last_error(), "column 2 (from 0)"));
    // With a ridge the solution lies in the span of the rows: w = X'(X X' + ridge I)^-1 y.
    assert_int_equal(gd_least_squares(2, 3, 1, x, y, 0.5, w), GD_OK);
    double a = 14.5, b = 35, c = 90.5, d = a * c - b * b, u = (c * y[0] - b * y[1]) / d, v = (a * y[1] - b * y[0]) / d;
    for (int i = 0; i < 3; i++)
        assert_true(fabs(w[i] - (x[i] * u + x[3 + i] * v)) < 1e-12);
}

static void mistakes_of_the_caller(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4}, y[] = {1, 2}, w[2];
    assert_int_equal(gd_least_squares(0, 2, 1, x, y, 0, w), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_least_squares(2, 2, 1, x, y, -1, w), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_least_squares(2, 2, 1, x, y, (double)NAN, w), GD_ERROR_ARGUMENT);
    y[1] = (double)INFINITY;
    assert_int_equal(gd_least_squares(2, 2, 1, x, y, 0, w), GD_ERROR_NUMBER);
    assert_string_equal(gd_last_error(), "least squares: y is inf in row 1, column 0 (from 0)");
    y[1] = 2;
    x[2] = 1e200;
    assert_int_equal(gd_least_squares(2, 2, 1, x, y, 0, w), GD_ERROR_NUMBER);
    assert_non_null(strstr(gd_last_error(), "too large"));
}

static void memory_is_short(void **state)
{
    (void)state;
    problem p;
    make_problem(&p, 0);
    gd_status status = GD_ERROR_MEMORY;
    int failures = -1;
    for (int point = 0; status != GD_OK; point++, failures++) {
        gd__alloc_fail_after(point, false);
        status = gd_least_squares(ROWS, COLUMNS, OUTPUTS, p.x, p.y, 0, p.w);
        gd__alloc_fail_after(-1, false);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
    }
    assert_int_equal(failures, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_truth),
        cmocka_unit_test(slope_is_zero_there),
        cmocka_unit_test(powers),
        cmocka_unit_test(columns_too_many),
        cmocka_unit_test(more_columns_than_rows),
        cmocka_unit_test(mistakes_of_the_caller),
        cmocka_unit_test(memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
