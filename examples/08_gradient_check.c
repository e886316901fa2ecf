// Derivatives by differences: how exact one-sided and two-sided ones are, and how they find a fault in a gradient.
#include <math.h>

#include "course.h"

// ---- Differences: f(theta) = theta^3 at 1, where the derivative is 3

static double cube(double theta)
{
    return theta * theta * theta;
}

static void differences(gd_figure *figure)
{
    enum { STEPS = 49 };
    double epsilon[STEPS], one_sided[STEPS], two_sided[STEPS];
    printf("epsilon   one-sided      error   two-sided      error\n");
    for (int i = 0; i < STEPS; i++) {
        double e = epsilon[i] = pow(10, -0.25 * i);
        double forward = (cube(1 + e) - cube(1)) / e;
        double centred = (cube(1 + e) - cube(1 - e)) / (2 * e);
        one_sided[i] = fabs(forward - 3);
        two_sided[i] = fabs(centred - 3);
        if (i % 8 == 0)
            printf("%7.0e  %10.7f  %9.1e  %10.7f  %9.1e\n", e, forward, one_sided[i], centred, two_sided[i]);
    }
    gd_chart *chart = gd_figure_chart(
        figure,
        (gd_chart_opts){
            .title = "Error of a difference", .x_title = "epsilon", .y_title = "error", .log_x = true, .log_y = true});
    gd_chart_line(chart, "one-sided", STEPS, epsilon, one_sided);
    gd_chart_line(chart, "two-sided", STEPS, epsilon, two_sided);
}

// ---- A network whose gradients are checked: 4-5-3-1 of Ng's course, three samples

enum { PARAMETERS = 6, MOST_NUMBERS = 64 };

typedef struct network {
    gd_graph *graph;
    gd_tensor w[PARAMETERS]; // W1, b1, W2, b2, W3, b3
    gd_tensor cost;
} network;

// The value of x, but `factor` times its gradient: what a slip in a formula does.
static gd_tensor with_fault(gd_tensor x, double factor)
{
    return gd_sub(gd_scale(x, factor), gd_scale(gd_stop_gradient(x), factor - 1));
}

static gd_tensor draw_normals(gd_graph *graph, const char *name, gd_shape shape, gd_numpy_random *random)
{
    gd_tensor variable = gd_variable(graph, name, GD_F64, shape, (gd_variable_opts){0});
    double value[MOST_NUMBERS];
    gd_numpy_normals(random, gd_shape_count(shape), value);
    gd_array array = gd_array_borrow(GD_F64, shape, value);
    gd_status status = gd_variable_set(variable, &array);
    return status == GD_OK ? variable : gd_graph_fail(graph, status, "%s", gd_last_error());
}

// Samples are columns, as in the course: x is (4, 3).
static network write_network(bool faulty)
{
    static const char *const name[] = {"W1", "b1", "W2", "b2", "W3", "b3"};
    const gd_shape shape[] = {GD_SHAPE(5, 4), GD_SHAPE(5, 1), GD_SHAPE(3, 5),
                              GD_SHAPE(3, 1), GD_SHAPE(1, 3), GD_SHAPE(1, 1)};
    static const double label[3] = {1, 1, 0};
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    network net = {.graph = gd_graph_create()};
    gd_tensor a = draw_normals(net.graph, "x", GD_SHAPE(4, 3), &random);
    for (int i = 0; i < PARAMETERS; i++)
        net.w[i] = draw_normals(net.graph, name[i], shape[i], &random);
    for (int layer = 0; layer < 3; layer++) {
        gd_tensor W = net.w[2 * layer], b = net.w[2 * layer + 1];
        if (faulty && layer == 1)
            W = with_fault(W, 2); // dW2 twice as large as it should be
        if (faulty && layer == 0)
            b = with_fault(b, 4); // db1 four times
        gd_tensor z = gd_add(gd_matmul(W, a), b);
        a = layer < 2 ? gd_relu(z) : z;
    }
    gd_array y = gd_array_borrow(GD_F64, GD_SHAPE(1, 3), label);
    net.cost = gd_logistic_loss(a, gd_constant(net.graph, &y));
    return net;
}

// ---- The check

// What the cost becomes when number `k` of w is `moved`.
static double cost_at(const network *net, gd_tensor w, gd_array *value, int64_t k, double moved)
{
    double before = gd_array_get(value, k);
    gd_array_put(value, k, moved);
    double cost = gd_variable_set(w, value) == GD_OK ? gd_value(net->cost) : NAN;
    gd_array_put(value, k, before);
    return gd_variable_set(w, value) == GD_OK ? cost : NAN;
}

// Two-sided differences of the cost by every number of w. How many there are; 0 on failure.
static int64_t numerical_gradient(const network *net, gd_tensor w, double epsilon, double gradient[MOST_NUMBERS])
{
    gd_array value = {0};
    if (gd_variable_get(w, &value) != GD_OK)
        return 0;
    int64_t count = gd_array_count(&value);
    for (int64_t k = 0; k < count; k++) {
        double theta = gd_array_get(&value, k);
        double plus = cost_at(net, w, &value, k, theta + epsilon);
        double minus = cost_at(net, w, &value, k, theta - epsilon);
        gradient[k] = (plus - minus) / (2 * epsilon);
    }
    gd_array_free(&value);
    return count;
}

// || g - n || / (|| g || + || n ||)
static double relative_error(int64_t count, const double *g, const double *n)
{
    double difference = 0, left = 0, right = 0;
    for (int64_t k = 0; k < count; k++) {
        difference += (g[k] - n[k]) * (g[k] - n[k]);
        left += g[k] * g[k];
        right += n[k] * n[k];
    }
    return left + right > 0 ? sqrt(difference) / (sqrt(left) + sqrt(right)) : 0;
}

static gd_status check(const char *title, bool faulty, double epsilon, gd_figure *figure)
{
    network net = write_network(faulty);
    double g[PARAMETERS * MOST_NUMBERS], n[PARAMETERS * MOST_NUMBERS], by_library = 0;
    gd_tensor dw[PARAMETERS];
    gd_gradients(net.cost, PARAMETERS, net.w, dw);
    gd_status status = gd_graph_status(net.graph);
    int64_t all = 0;
    printf("\n%s\n", title);
    for (int i = 0; status == GD_OK && i < PARAMETERS; i++) {
        gd_array value = {0};
        status = gd_eval(dw[i], &value);
        int64_t count = status == GD_OK ? numerical_gradient(&net, net.w[i], epsilon, n + all) : 0;
        for (int64_t k = 0; k < count; k++)
            g[all + k] = gd_array_get(&value, k);
        printf("  d%s  %.1e%s\n", gd_variable_name(net.w[i]), relative_error(count, g + all, n + all),
               relative_error(count, g + all, n + all) > 1e-5 ? "  wrong" : "");
        all += count;
        gd_array_free(&value);
    }
    printf("  all of them  %.7g\n", relative_error(all, g, n));
    if (status == GD_OK)
        status = gd_check_gradients(net.cost, PARAMETERS, net.w, (gd_check_opts){.epsilon = epsilon}, &by_library);
    printf("  gd_check_gradients  %.7g\n", by_library);
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title,
                                                              .x_title = "by differences",
                                                              .y_title = "as written",
                                                              .x_from = -2,
                                                              .x_to = 3,
                                                              .y_from = -2,
                                                              .y_to = 3,
                                                              .square = true,
                                                              .no_legend = true});
    const double diagonal[2] = {-2, 3};
    gd_chart_line(chart, "equal", 2, diagonal, diagonal);
    gd_chart_points(chart, "derivatives", all, n, g);
    gd_graph_free(net.graph);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_figure *errors = gd_figure_create((gd_figure_opts){0});
    gd_figure *found = gd_figure_create((gd_figure_opts){.columns = 2});
    differences(errors);
    gd_status status = check("right gradients", false, 1e-7, found);
    if (status == GD_OK)
        status = check("with a fault in dW2 and db1", true, 1e-7, found);
    gd_status written = course_figure(&options, "08-gradient-check", errors);
    gd_status written_too = course_figure(&options, "08-gradient-check-fault", found);
    return status == GD_OK && written == GD_OK && written_too == GD_OK ? 0 : course_fail();
}
