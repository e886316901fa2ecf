// Dense layers on a few rows, with bias and relu, against sums in double precision: fewer terms than a register holds,
// more, and numbers of units that are no multiple of four.
#include <gradus/graph.h>
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>

enum { MOST_TERMS = 67, MOST_UNITS = 11, MOST_ROWS = 5 };

static void check(int rows, int terms, int units, bool bias, bool relu)
{
    static float x[MOST_ROWS * MOST_TERMS], w[MOST_UNITS * MOST_TERMS], b[MOST_UNITS], y[MOST_ROWS * MOST_UNITS];
    for (int i = 0; i < rows * terms; i++)
        x[i] = sinf((float)(3 * i + 1));
    for (int i = 0; i < units * terms; i++)
        w[i] = sinf((float)(7 * i + 2));
    for (int i = 0; i < units; i++)
        b[i] = sinf((float)(5 * i + 3));
    gd_graph *graph = gd_graph_create();
    const gd_tensor input = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, terms));
    gd_tensor output = gd_dense(input, units, (gd_dense_opts){.no_bias = !bias});
    if (relu)
        output = gd_relu(output);
    assert_int_equal(gd_variable_write(gd_variable_at(graph, 0), (int64_t)units * terms, w), GD_OK);
    if (bias)
        assert_int_equal(gd_variable_write(gd_variable_at(graph, 1), units, b), GD_OK);
    gd_function *function = gd_function_create(graph, 1, &output, (gd_function_opts){0});
    const gd_feed feed = {input, gd_array_borrow(GD_F32, GD_SHAPE(rows, terms), x)};
    gd_array result = gd_array_borrow(GD_F32, GD_SHAPE(rows, units), y);
    if (gd_function_run(function, 1, &feed, &result) != GD_OK)
        fail_msg("%s", gd_last_error());
    for (int r = 0; r < rows; r++) {
        for (int i = 0; i < units; i++) {
            double sum = bias ? (double)b[i] : 0;
            for (int l = 0; l < terms; l++)
                sum += (double)x[r * terms + l] * (double)w[i * terms + l];
            const double want = relu && sum < 0 ? 0 : sum;
            if (!(fabs((double)y[r * units + i] - want) < 2e-6 * (1 + sqrt(terms))))
                fail_msg("%d rows, %d terms, %d units, bias %d, relu %d: y[%d][%d] is %g, expected %g", rows, terms,
                         units, bias, relu, r, i, (double)y[r * units + i], want);
        }
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

// Weights that are packed once, as only functions for inference do, give the bits of those that are not.
static void packed_weights(void **state)
{
    (void)state;
    enum { TERMS = 17, UNITS = 37 };
    float x[2 * TERMS], y[2][2 * UNITS];
    for (int i = 0; i < 2 * TERMS; i++)
        x[i] = sinf((float)(3 * i + 1));
    for (int terms = 1; terms <= TERMS; terms++) {
        for (int units = 1; units <= UNITS; units++) {
            gd_graph *graph = gd_graph_create();
            const gd_tensor input = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, terms));
            gd_tensor output = gd_dense(input, units, (gd_dense_opts){.no_bias = units % 3 == 0});
            output = units % 2 == 0 ? gd_relu(output) : output;
            for (int training = 0; training < 2; training++) {
                gd_function *f = gd_function_create(graph, 1, &output, (gd_function_opts){.training = training == 1});
                assert_int_equal(gd_function_run_batch(f, 2, 1, (const void *const[]){x}, (void *const[]){y[training]}),
                                 GD_OK);
                gd_function_free(f);
            }
            assert_memory_equal(y[0], y[1], (size_t)(2 * units) * sizeof(float));
            gd_graph_free(graph);
        }
    }
}

static void few_rows(void **state)
{
    (void)state;
    static const int terms[] = {1, 2, 3, 4, 7, 8, 9, 15, 16, 31, 32, 33, MOST_TERMS};
    for (int t = 0; t < (int)(sizeof terms / sizeof terms[0]); t++)
        for (int rows = 1; rows <= MOST_ROWS; rows++)
            for (int units = 1; units <= MOST_UNITS; units += 2)
                for (int after = 0; after < 4; after++)
                    check(rows, terms[t], units, after % 2 == 1, after >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(few_rows), cmocka_unit_test(packed_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
