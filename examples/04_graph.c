// Computation graphs: J = 3 (a + b c) forward and backward, printed and drawn; and back-propagation through a small
// network, by hand and by the library.
#include <math.h>

#include "course.h"

// ---- What is written in the boxes: values forward, derivatives backward

enum { MOST_NOTES = 16 };

typedef struct notes {
    int count;
    gd_tensor tensor[MOST_NOTES];
    char text[MOST_NOTES][96];
} notes;

static const char *note_of(void *user, gd_tensor tensor)
{
    const notes *n = user;
    for (int i = 0; i < n->count; i++)
        if (gd_tensor_same(n->tensor[i], tensor))
            return n->text[i];
    return NULL;
}

static gd_status draw(const course *options, const char *name, gd_tensor output, notes *n)
{
    if (options->figures == NULL)
        return GD_OK;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.svg", options->figures, name);
    return gd_graph_write_svg(path, 1, &output, note_of, n);
}

// ---- J = 3 (a + b c)

static gd_status small_graph(const course *options)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_name(gd_scalar(graph, 5), "a");
    gd_tensor b = gd_name(gd_scalar(graph, 3), "b");
    gd_tensor c = gd_name(gd_scalar(graph, 2), "c");
    gd_tensor u = gd_name(gd_mul(b, c), "u = b c");
    gd_tensor v = gd_name(gd_add(a, u), "v = a + u");
    gd_tensor J = gd_name(gd_scale(v, 3), "J = 3 v");

    // The derivatives of J by every quantity on its way: more graph, computed when it is asked for.
    gd_tensor x[] = {J, v, u, a, b, c}, dx[6];
    gd_gradients(J, 6, x, dx);

    static const char *const name[] = {"J", "v", "u", "a", "b", "c"};
    notes n = {0};
    printf("forward:  ");
    for (int i = 5; i >= 0; i--)
        printf("  %s = %g", name[i], gd_value(x[i]));
    printf("\nbackward: ");
    for (int i = 0; i < 6; i++) {
        printf("  dJ/d%s = %g", name[i], gd_value(dx[i]));
        n.tensor[n.count] = x[i];
        snprintf(n.text[n.count++], sizeof n.text[0], "%g, dJ/d%s = %g", gd_value(x[i]), name[i], gd_value(dx[i]));
    }
    printf("\n");

    // What a derivative means: b is moved by a little, and J moves six times as far.
    gd_tensor moved = gd_scale(gd_add(a, gd_mul(gd_shift(b, 0.001), c)), 3);
    printf("b + 0.001 makes J %.3f\n", gd_value(moved));

    gd_status status = gd_graph_status(graph);
    if (status == GD_OK)
        status = draw(options, "04-graph", J, &n);
    gd_graph_free(graph);
    return status;
}

// ---- A network of 3 inputs, 2 hidden units and one output, sigmoids throughout

static const double input[3] = {0.5, 0.1, -0.2}, target = 0.6, rate = 0.5;
static const double hidden_weight[3][2] = {{0.5, -0.6}, {0.1, -0.2}, {0.1, 0.7}}, output_weight[2] = {0.1, -0.3};

static double sigmoid(double z)
{
    return 1 / (1 + exp(-z));
}

// Forward, then the error backward, layer by layer. The changes are -rate dE/dw for E = (target - y)^2 / 2.
static void by_hand(double change_hidden[3][2], double change_output[2])
{
    double h[2], z = 0;
    for (int j = 0; j < 2; j++) {
        double sum = 0;
        for (int i = 0; i < 3; i++)
            sum += input[i] * hidden_weight[i][j];
        h[j] = sigmoid(sum);
        z += h[j] * output_weight[j];
    }
    double y = sigmoid(z);

    double output_error = (target - y) * y * (1 - y); // sigmoid'(z) = y (1 - y)
    for (int j = 0; j < 2; j++) {
        double hidden_error = output_error * output_weight[j] * h[j] * (1 - h[j]);
        change_output[j] = rate * output_error * h[j];
        for (int i = 0; i < 3; i++)
            change_hidden[i][j] = rate * hidden_error * input[i];
    }
    printf("\ny = %.9f, output error %.9f\n", y, output_error);
}

static gd_tensor constant(gd_graph *graph, const char *name, gd_shape shape, const double *value)
{
    gd_array array = gd_array_borrow(GD_F64, shape, value);
    return gd_name(gd_constant(graph, &array), name);
}

// The same by the library: only the way forward is written.
static gd_status by_graph(const course *options, gd_array change[2])
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = constant(graph, "x", GD_SHAPE(1, 3), input);
    gd_tensor t = constant(graph, "target", GD_SHAPE(1, 1), &target);
    gd_tensor w[] = {constant(graph, "W hidden", GD_SHAPE(3, 2), hidden_weight[0]),
                     constant(graph, "W output", GD_SHAPE(2, 1), output_weight)};
    gd_tensor h = gd_name(gd_sigmoid(gd_name(gd_matmul(x, w[0]), "x W")), "h");
    gd_tensor y = gd_name(gd_sigmoid(gd_name(gd_matmul(h, w[1]), "h W")), "y");
    gd_tensor E = gd_name(gd_scale(gd_square(gd_sub(t, y)), 0.5), "E");
    gd_tensor d[2];
    gd_gradients(E, 2, w, d);

    gd_status status = gd_graph_status(graph);
    for (int i = 0; status == GD_OK && i < 2; i++)
        status = gd_eval(gd_scale(d[i], -rate), &change[i]);
    notes n = {.count = 2, .tensor = {h, y}};
    gd_array hidden = {0};
    if (status == GD_OK)
        status = gd_eval(h, &hidden);
    if (status == GD_OK)
        snprintf(n.text[0], sizeof n.text[0], "%.4f, %.4f", gd_array_get(&hidden, 0), gd_array_get(&hidden, 1));
    gd_array_free(&hidden);
    snprintf(n.text[1], sizeof n.text[0], "%.4f", gd_value(gd_reshape(y, GD_SCALAR)));
    if (status == GD_OK)
        status = draw(options, "04-graph-network", E, &n);
    gd_graph_free(graph);
    return status;
}

static gd_status network(const course *options)
{
    double hidden[3][2], output[2];
    gd_array change[2] = {{0}, {0}};
    by_hand(hidden, output);
    gd_status status = by_graph(options, change);
    printf("change of the output's weights, by hand and by the graph\n");
    for (int j = 0; status == GD_OK && j < 2; j++)
        printf("  %15.12f  %15.12f\n", output[j], gd_array_get(&change[1], j));
    printf("change of the hidden weights, by hand and by the graph\n");
    for (int i = 0; status == GD_OK && i < 3; i++)
        printf("  %13.6e %13.6e   %13.6e %13.6e\n", hidden[i][0], hidden[i][1], gd_array_get(&change[0], 2 * i),
               gd_array_get(&change[0], 2 * i + 1));
    gd_array_free(&change[0]);
    gd_array_free(&change[1]);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = small_graph(&options);
    if (status == GD_OK)
        status = network(&options);
    return status == GD_OK ? 0 : course_fail();
}
