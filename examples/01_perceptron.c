// The perceptron: one unit with the step function, and the rule by which it learns AND. Two lines and an AND make a
// network of three. XOR is beyond one perceptron; a hidden layer, set by hand or trained, is enough.
#include "course.h"

static const double corner[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
static const double and_target[4] = {0, 0, 0, 1};

// ---- One perceptron

typedef struct perceptron {
    double w[2], b;
} perceptron;

static double answer(const perceptron *p, const double x[2])
{
    double z = p->w[0] * x[0] + p->w[1] * x[1] + p->b;
    return z > 0 ? 1 : 0; // the step function
}

// Shows the perceptron each sample once, and corrects it where it is wrong. Returns how often that was.
static int learn(perceptron *p, const double target[4], double rate)
{
    int mistakes = 0;
    for (int i = 0; i < 4; i++) {
        double error = target[i] - answer(p, corner[i]); // 1: it said too little; -1: too much; 0: right
        p->w[0] += rate * error * corner[i][0];
        p->w[1] += rate * error * corner[i][1];
        p->b += rate * error;
        mistakes += error != 0;
    }
    return mistakes;
}

static void draw_corners(gd_chart *chart, const double target[4])
{
    double label[4];
    memcpy(label, target, sizeof label);
    gd_array x = gd_array_borrow(GD_F64, GD_SHAPE(4, 2), corner);
    gd_array y = gd_array_borrow(GD_F64, GD_SHAPE(4, 1), label);
    course_classes(chart, &x, &y);
}

// The line w x + b = 0, on which the perceptron changes its mind.
static void draw_line(gd_chart *chart, const char *name, const perceptron *p)
{
    double x[2] = {-0.5, 1.5}, y[2];
    for (int i = 0; i < 2; i++)
        y[i] = -(p->w[0] * x[i] + p->b) / p->w[1];
    gd_chart_line(chart, name, 2, x, y);
}

static perceptron learn_and(gd_figure *figure)
{
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = "AND, learned pass by pass",
                                                              .x_title = "x1",
                                                              .y_title = "x2",
                                                              .x_from = -0.5,
                                                              .x_to = 1.5,
                                                              .y_from = -0.5,
                                                              .y_to = 1.5,
                                                              .square = true});
    draw_corners(chart, and_target);
    perceptron p = {0};
    printf("AND by the perceptron's rule\n");
    for (int pass = 1, mistakes = 1; mistakes > 0 && pass < 100; pass++) {
        mistakes = learn(&p, and_target, 1);
        printf("pass %d: %d mistakes, w = (%g, %g), b = %g\n", pass, mistakes, p.w[0], p.w[1], p.b);
        char name[24];
        snprintf(name, sizeof name, "pass %d", pass);
        if (pass % 2 == 0)
            draw_line(chart, name, &p);
    }
    return p;
}

// ---- Networks of perceptrons

// A layer: x (n, 2) to (n, units), 0 or 1 each. One row of `weight` and one number of `bias` for each unit.
static gd_tensor layer(gd_tensor x, int64_t units, const double *weight, const double *bias)
{
    gd_array w = gd_array_borrow(GD_F64, GD_SHAPE(units, 2), weight);
    gd_array b = gd_array_borrow(GD_F64, GD_SHAPE(units), bias);
    gd_tensor z = gd_matmul(x, gd_constant(x.graph, &w), (gd_matmul_opts){.transpose_b = true});
    return gd_step(gd_add(z, gd_constant(x.graph, &b)));
}

static gd_status draw_regions(gd_figure *figure, const char *title, gd_tensor y, gd_tensor x, double from, double to)
{
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title, .square = true, .no_legend = true});
    return course_regions(chart, y, x, from, to);
}

// A student is admitted who lies beyond two lines in the plane of test score and grades: one unit a line, and over
// them the unit that has learned AND.
static gd_status two_lines(const perceptron *both, gd_figure *figure)
{
    static const double line[2][2] = {{2, 1}, {1, 3}}, threshold[2] = {-14, -20};
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor beyond = layer(x, 2, line[0], threshold); // (n, 2): beyond line 1? beyond line 2?
    gd_tensor admitted = layer(beyond, 1, both->w, &both->b);

    gd_status status = draw_regions(figure, "2 test + grades > 14", gd_slice(beyond, 1, 0, 1, 1), x, 0, 10);
    if (status == GD_OK)
        status = draw_regions(figure, "test + 3 grades > 20", gd_slice(beyond, 1, 1, 2, 1), x, 0, 10);
    if (status == GD_OK)
        status = draw_regions(figure, "both: AND", admitted, x, 0, 10);
    gd_graph_free(graph);
    return status;
}

// ---- XOR: clouds of points around the corners of a square, in two classes

typedef struct samples {
    gd_array x, t; // (n, 2) and (n, 1)
} samples;

// Colours the plane by what a network answers, where the input is `x`, and says how often it is wrong on the samples.
static gd_status judge(const char *name, gd_tensor y, gd_tensor x, const samples *s, gd_figure *figure)
{
    gd_array answer = {0};
    gd_function *function = gd_function_create(x.graph, 1, &y, (gd_function_opts){0});
    gd_status status =
        function != NULL ? gd_function_run(function, 1, &(gd_feed){x, s->x}, &answer) : GD_ERROR_ARGUMENT;
    int64_t n = gd_array_count(&s->t), mistakes = 0;
    for (int64_t i = 0; status == GD_OK && i < n; i++)
        mistakes += (gd_array_get(&answer, i) > 0.5) != (gd_array_get(&s->t, i) > 0.5);
    if (status == GD_OK) {
        printf("%-28s %3lld of %lld wrong\n", name, (long long)mistakes, (long long)n);
        gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = name, .square = true, .no_legend = true});
        status = course_regions(chart, y, x, -0.5, 1.5);
        course_classes(chart, &s->x, &s->t);
    }
    gd_array_free(&answer);
    gd_function_free(function);
    return status;
}

// The library's perceptron keeps the best weights that it has met, since nothing else can be had here.
static gd_status xor_alone(const samples *s, gd_figure *figure)
{
    perceptron p = {0};
    gd_perceptron_result result;
    gd_status status = gd_perceptron(gd_array_count(&s->t), 2, s->x.data, s->t.data, p.w, &p.b,
                                     (gd_perceptron_opts){.epochs = 200}, &result);
    if (status != GD_OK)
        return status;
    printf("\nXOR: %s after %lld passes\n", result.separated ? "separated" : "not separated", (long long)result.epochs);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    status = judge("one perceptron", layer(x, 1, p.w, &p.b), x, s, figure);
    gd_graph_free(graph);
    return status;
}

// XOR is "one of them (OR), but not both (AND)".
static gd_status xor_by_hand(const samples *s, gd_figure *figure)
{
    static const double hidden[2][2] = {{1, 1}, {1, 1}}, hidden_bias[2] = {-0.5, -1.5}; // OR, AND
    static const double output[2] = {1, -1}, output_bias = -0.5;                        // OR and not AND
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor h = layer(x, 2, hidden[0], hidden_bias);
    gd_tensor y = layer(h, 1, output, &output_bias);
    gd_status status = judge("a hidden layer set by hand", y, x, s, figure);
    gd_graph_free(graph);
    return status;
}

// The step has no slope to descend by, so the units of a trained network bend instead of jumping.
static gd_status xor_trained(const samples *s, int steps, gd_figure *figure)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, 2);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor target = gd_input(graph, "target", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor h = gd_tanh(course_dense(x, "hidden", 2, &random, 1));
    gd_tensor z = course_dense(h, "output", 1, &random, 1);
    gd_function *step = gd_training_step(gd_logistic_loss(z, target), gd_gradient_descent(0.5));

    gd_feed feed[] = {{x, s->x}, {target, s->t}};
    double loss = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &loss);
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < steps; i++)
        status = gd_function_run(step, 2, feed, &result);
    if (status == GD_OK)
        status = judge("a trained hidden layer", gd_sigmoid(z), x, s, figure);
    gd_function_free(step);
    gd_graph_free(graph);
    return status;
}

static gd_status xor_networks(const course *options, gd_figure *figure)
{
    samples s;
    gd_generate_opts clouds = {.kind = GD_GENERATE_XOR, .samples = 200, .noise = 0.1, .seed = 1};
    gd_status status = gd_generate(clouds, &s.x, &s.t);
    if (status == GD_OK)
        status = xor_alone(&s, figure);
    if (status == GD_OK)
        status = xor_by_hand(&s, figure);
    if (status == GD_OK)
        status = xor_trained(&s, options->small ? 500 : 2000, figure);
    gd_array_free(&s.x);
    gd_array_free(&s.t);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_figure *learning = gd_figure_create((gd_figure_opts){.columns = 1});
    gd_figure *lines = gd_figure_create((gd_figure_opts){.columns = 3});
    gd_figure *hidden = gd_figure_create((gd_figure_opts){.columns = 3});
    perceptron both = learn_and(learning);
    gd_status status = two_lines(&both, lines);
    if (status == GD_OK)
        status = xor_networks(&options, hidden);
    gd_status written[] = {course_figure(&options, "01-perceptron", learning),
                           course_figure(&options, "01-perceptron-lines", lines),
                           course_figure(&options, "01-perceptron-xor", hidden)};
    for (int i = 0; status == GD_OK && i < 3; i++)
        status = written[i];
    return status == GD_OK ? 0 : course_fail();
}
