// Andrew Ng's exercise on checking gradients, with steps of 1e-7.
#include "golden/course.h"

static double checked(gd_tensor y, int count, const gd_tensor *x)
{
    double error = 0;
    assert_ok(gd_check_gradients(y, count, x, (gd_check_opts){.epsilon = 1e-7}, &error));
    return error;
}

static double value_at(gd_tensor j, gd_tensor theta, double value)
{
    gd_array array = gd_array_borrow(GD_F64, GD_SCALAR, &value);
    assert_ok(gd_variable_set(theta, &array));
    return gd_value(j);
}

// J = theta x at x = 2, theta = 4: all that is left is rounding. The course divides by 2 epsilon; gd_check_gradients
// by how far theta was moved in fact, 4 + 1e-7 being rounded as well, and so finds no error at all.
static void one_dimension(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor theta = variable_with(graph, "theta", ARRAY(GD_SCALAR, 4)), dtheta;
    gd_tensor j = gd_mul(theta, constant_from(graph, ARRAY(GD_SCALAR, 2)));
    gd_gradients(j, 1, &theta, &dtheta);
    const double epsilon = 1e-7, gradient = gd_value(dtheta);
    const double slope = (value_at(j, theta, 4 + epsilon) - value_at(j, theta, 4 - epsilon)) / (2 * epsilon);
    expect_digits(fabs(gradient - slope) / (fabs(gradient) + fabs(slope)), "2.919336e-10");
    value_at(j, theta, 4);
    assert_true(checked(j, 1, &theta) <= 2.919336e-10);
    gd_graph_free(graph);
}

// The same value with `factor` times the gradient: the fault of a wrong formula.
static gd_tensor with_fault(gd_tensor x, double factor)
{
    return gd_sub(gd_scale(x, factor), gd_scale(gd_stop_gradient(x), factor - 1));
}

static gd_array normals(gd_numpy_random *random, gd_shape shape)
{
    gd_array array;
    assert_ok(gd_array_create(&array, GD_F64, shape));
    gd_numpy_normals(random, gd_array_count(&array), array.data);
    return array;
}

// A 4-5-3-1 network, three samples with labels 1, 1, 0; everything else is drawn from seed 1. As in the course, samples
// are columns.
static double network_error(bool faulty)
{
    gd_graph *graph = gd_graph_create();
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    gd_tensor h = constant_from(graph, normals(&random, GD_SHAPE(4, 3)));
    const gd_shape shape[] = {GD_SHAPE(5, 4), GD_SHAPE(5, 1), GD_SHAPE(3, 5),
                              GD_SHAPE(3, 1), GD_SHAPE(1, 3), GD_SHAPE(1, 1)};
    const char *const name[] = {"W1", "b1", "W2", "b2", "W3", "b3"};
    gd_tensor x[6];
    for (int i = 0; i < 6; i++)
        x[i] = variable_with(graph, name[i], normals(&random, shape[i]));
    for (int i = 0; i < 3; i++) {
        gd_tensor w = faulty && i == 1 ? with_fault(x[2], 2) : x[2 * i];
        gd_tensor b = faulty && i == 0 ? with_fault(x[1], 4) : x[2 * i + 1];
        h = gd_add(gd_matmul(w, i > 0 ? gd_relu(h) : h), b);
    }
    double error = checked(gd_logistic_loss(h, constant_from(graph, ARRAY(GD_SHAPE(1, 3), 1, 1, 0))), 6, x);
    gd_graph_free(graph);
    return error;
}

static void a_planted_fault_shows(void **state)
{
    (void)state;
    expect_within(network_error(true), 0.2850931568, 3e-7);
}

static void right_gradients_pass(void **state)
{
    (void)state;
    expect_within(network_error(false), 0, 1.19e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_dimension),
        cmocka_unit_test(a_planted_fault_shows),
        cmocka_unit_test(right_gradients_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
