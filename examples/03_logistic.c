// Logistic regression: two classes and a line between them. Its cost, and the gradient of it in a loop over the samples
// and as matrices.
#include <math.h>

#include "course.h"

// Sample by sample: dw = 1/m sum of x (a - y), db = 1/m sum of (a - y). x is (m, 2), y is m labels.
static void gradient_in_a_loop(int64_t m, const double *x, const double *y, const double w[2], double b, double dw[2],
                               double *db)
{
    dw[0] = dw[1] = *db = 0;
    for (int64_t i = 0; i < m; i++) {
        double z = w[0] * x[2 * i] + w[1] * x[2 * i + 1] + b;
        double a = 1 / (1 + exp(-z));
        double dz = a - y[i];
        dw[0] += x[2 * i] * dz / (double)m;
        dw[1] += x[2 * i + 1] * dz / (double)m;
        *db += dz / (double)m;
    }
}

// All samples at once. x is (m, 2), y (m, 1), w (2, 1), b a single number.
static void gradient_as_matrices(gd_tensor x, gd_tensor y, gd_tensor w, gd_tensor b, gd_tensor *dw, gd_tensor *db)
{
    gd_tensor a = gd_sigmoid(gd_add(gd_matmul(x, w), b)); // (m, 1): b is added to every row
    gd_tensor dz = gd_sub(a, y);
    gd_tensor m = gd_element_count(dz, (gd_axes){0});
    *dw = gd_div(gd_matmul(x, dz, (gd_matmul_opts){.transpose_a = true}), m); // X' dz / m
    *db = gd_div(gd_sum(dz, (gd_reduce_opts){0}), m);
}

// For one sample of class 1: the loss -log a, and what the squared error would be, over z.
static void draw_losses(gd_figure *figure)
{
    enum { POINTS = 81 };
    double z[POINTS], logistic[POINTS], squared[POINTS];
    for (int i = 0; i < POINTS; i++) {
        z[i] = -8 + 0.2 * i;
        logistic[i] = log1p(exp(-z[i])); // -log sigmoid(z)
        squared[i] = pow(1 - 1 / (1 + exp(-z[i])), 2) / 2;
    }
    gd_chart *chart = gd_figure_chart(
        figure, (gd_chart_opts){.title = "Loss of a sample with y = 1", .x_title = "z", .y_title = "loss"});
    gd_chart_line(chart, "-log a", POINTS, z, logistic);
    gd_chart_line(chart, "(a - y)² / 2", POINTS, z, squared);
}

typedef struct model {
    gd_graph *graph;
    gd_tensor x, y, w, b; // (m, 2), (m, 1), (2, 1) and a single number
    gd_tensor probability;
    gd_function *step; // down the gradient; gives the cost, the accuracy, dw and db, all as before the step
} model;

static model write_model(double rate)
{
    model m = {.graph = gd_graph_create()};
    m.x = gd_input(m.graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    m.y = gd_input(m.graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    m.w = gd_variable(m.graph, "w", GD_F64, GD_SHAPE(2, 1), (gd_variable_opts){0});
    m.b = gd_variable(m.graph, "b", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor z = gd_add(gd_matmul(m.x, m.w), m.b), dw, db;
    m.probability = gd_sigmoid(z);
    gd_tensor cost = gd_logistic_loss(z, m.y); // the mean of -y log a - (1 - y) log(1 - a)
    gradient_as_matrices(m.x, m.y, m.w, m.b, &dw, &db);
    gd_assignment update[] = {{m.w, gd_sub(m.w, gd_scale(dw, rate))}, {m.b, gd_sub(m.b, gd_scale(db, rate))}};
    m.step = gd_function_create(m.graph, 4, (gd_tensor[]){cost, gd_accuracy(z, m.y), dw, db},
                                (gd_function_opts){.assignment_count = 2, .assignment = update});
    return m;
}

static gd_status train(const model *net, const gd_array *x, const gd_array *y, int steps, gd_figure *figure)
{
    static double cost[1001], at[1001];
    const double start[2] = {0, 0};
    double dw[2], db, right = 0, loop_dw[2], loop_db;
    gd_feed feed[] = {{net->x, *x}, {net->y, *y}};
    gd_status status = net->step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i <= steps; i++) {
        gd_array result[] = {gd_array_borrow(GD_F64, GD_SCALAR, &cost[i]), gd_array_borrow(GD_F64, GD_SCALAR, &right),
                             gd_array_borrow(GD_F64, GD_SHAPE(2, 1), dw), gd_array_borrow(GD_F64, GD_SCALAR, &db)};
        status = gd_function_run(net->step, 2, feed, result);
        at[i] = i;
        if (status == GD_OK && i == 0) {
            gradient_in_a_loop(gd_array_count(y), x->data, y->data, start, 0, loop_dw, &loop_db);
            printf("dw in a loop:    %.9f  %.9f\n", loop_dw[0], loop_dw[1]);
            printf("dw as matrices:  %.9f  %.9f\n", dw[0], dw[1]);
        }
        if (i == 0 || i == 10 || i == 100 || i == 1000)
            printf("step %4d  cost %.6f\n", i, cost[i]);
    }
    printf("%.1f%% of the samples are on their side of the line\n", 100 * right);
    gd_chart *plane =
        gd_figure_chart(figure, (gd_chart_opts){.title = "Decision boundary", .square = true, .no_legend = true});
    if (status == GD_OK)
        status = course_boundary(plane, net->probability, net->x, 12, x, y);
    gd_chart *curve =
        gd_figure_chart(figure, (gd_chart_opts){.title = "Cost", .x_title = "step", .y_title = "J", .no_legend = true});
    gd_chart_line(curve, "cost", steps, at, cost);
    draw_losses(figure);
    return status;
}

static gd_status regression(const course *options, gd_figure *figure)
{
    gd_array x, y;
    gd_status status = gd_generate(
        (gd_generate_opts){.kind = GD_GENERATE_BLOBS, .samples = 200, .classes = 2, .noise = 2, .seed = 3}, &x, &y);
    model net = write_model(0.05);
    if (status == GD_OK)
        status = train(&net, &x, &y, options->small ? 100 : 1000, figure);
    gd_array_free(&x);
    gd_array_free(&y);
    gd_function_free(net.step);
    gd_graph_free(net.graph);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 3});
    gd_status status = regression(&options, figure);
    gd_status written = course_figure(&options, "03-logistic", figure);
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
