// Linear classifiers: scores W x + b, the loss of the support vector machine (multi-class hinge) and that of softmax
// regression, both with L2; what they can tell apart, and what takes a hidden layer.
#include <math.h>

#include "course.h"

// ---- The two losses, from scratch. The score is (n, K), the label (n); the loss is one number a sample.

// The sum over j != y of max(0, s_j - s_y + 1). Taken over all j there is one term too many: 1, for j = y.
static gd_tensor hinge(gd_tensor score, gd_tensor label)
{
    gd_tensor own = gd_expand_axis(gd_pick(score, label), 1); // s_y, (n, 1)
    gd_tensor margin = gd_relu(gd_shift(gd_sub(score, own), 1));
    return gd_shift(gd_sum(margin, (gd_reduce_opts){.axes = GD_AXES(1)}), -1);
}

// exp(s_k) / sum over j of exp(s_j). Taking the largest score away changes nothing but that no power overflows.
static gd_tensor probabilities(gd_tensor score)
{
    gd_reduce_opts row = {.axes = GD_AXES(1), .keep = true};
    gd_tensor power = gd_exp(gd_sub(score, gd_max(score, row)));
    return gd_div(power, gd_sum(power, row));
}

static gd_tensor minus_log_p(gd_tensor score, gd_tensor label)
{
    return gd_neg(gd_log(gd_pick(probabilities(score), label)));
}

// ---- By hand: the numbers of Stanford's course CS231n

static void print_row(const char *name, gd_tensor value)
{
    gd_array array = {0};
    if (gd_eval(value, &array) == GD_OK) {
        printf("%-22s", name);
        for (int64_t i = 0; i < gd_array_count(&array); i++)
            printf(" %8.4g", gd_array_get(&array, i));
        printf("\n");
    }
    gd_array_free(&array);
}

static gd_tensor numbers(gd_graph *graph, gd_shape shape, const double *value)
{
    gd_array array = gd_array_borrow(GD_F64, shape, value);
    return gd_constant(graph, &array);
}

static gd_status by_hand(void)
{
    static const double pixel[4] = {56, 231, 24, 2}, bias[3] = {1.1, 3.2, -1.2};
    static const double weight[3][4] = {{0.2, -0.5, 0.1, 2.0}, {1.5, 1.3, 2.1, 0.0}, {0, 0.25, 0.2, -0.3}};
    static const double scores[3][3] = {{3.2, 5.1, -1.7}, {1.3, 4.9, 2.0}, {2.2, 2.5, -3.1}};
    static const double flat[2][4] = {{1, 0, 0, 0}, {0.25, 0.25, 0.25, 0.25}};

    gd_graph *graph = gd_graph_create();
    gd_tensor x = numbers(graph, GD_SHAPE(4), pixel), W = numbers(graph, GD_SHAPE(3, 4), weight[0]);
    printf("                            cat      dog     ship\n");
    print_row("scores W x + b", gd_add(gd_matmul(W, x), numbers(graph, GD_SHAPE(3), bias)));

    gd_array own = gd_array_borrow(GD_I32, GD_SHAPE(3), ((int32_t[]){0, 1, 2}));
    gd_tensor score = numbers(graph, GD_SHAPE(3, 3), scores[0]), label = gd_constant(graph, &own);
    gd_tensor loss[] = {hinge(score, label), minus_log_p(score, label)}, slope[2];
    for (int i = 0; i < 2; i++)
        gd_gradients(loss[i], 1, &score, &slope[i]);
    printf("\npictures of a               cat      car     frog\n");
    print_row("hinge loss", loss[0]);
    print_row("-log P", loss[1]);
    printf("the first picture, by class\n");
    print_row("score", gd_slice(score, 0, 0, 1, 1));
    print_row("P", gd_slice(probabilities(score), 0, 0, 1, 1));
    print_row("slope of the hinge", gd_slice(slope[0], 0, 0, 1, 1));
    print_row("slope of -log P", gd_slice(slope[1], 0, 0, 1, 1));

    gd_tensor w = numbers(graph, GD_SHAPE(2, 4), flat[0]);
    printf("\ntwo rows of weights         one    other\n");
    print_row("w x for x = (1,1,1,1)", gd_sum(w, (gd_reduce_opts){.axes = GD_AXES(1)}));
    print_row("R = sum of w^2", gd_sum(gd_square(w), (gd_reduce_opts){.axes = GD_AXES(1)}));
    gd_status status = gd_graph_status(graph);
    gd_graph_free(graph);
    return status;
}

// Both losses over the lead of the right score, where there are two classes.
static gd_status draw_losses(const course *options)
{
    enum { POINTS = 121 };
    double lead[POINTS], svm[POINTS], softmax[POINTS];
    for (int i = 0; i < POINTS; i++) {
        lead[i] = -3 + 6.0 * i / (POINTS - 1);
        svm[i] = fmax(0, 1 - lead[i]);
        softmax[i] = log1p(exp(-lead[i]));
    }
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart_opts opts = {.x_title = "lead of the right score", .y_title = "loss"};
    gd_chart *chart = gd_figure_chart(figure, opts);
    gd_chart_line(chart, "hinge", POINTS, lead, svm);
    gd_chart_line(chart, "softmax, -log P", POINTS, lead, softmax);
    return course_figure(options, "11-classifiers-losses", figure);
}

// ---- In the plane: three classes, as clouds and as spirals

typedef struct design {
    const char *name;
    gd_tensor (*loss)(gd_tensor score, gd_tensor label);
    int64_t hidden; // relu units; 0: a linear classifier
    int steps;
} design;

static const design designs[] = {
    {"softmax", minus_log_p, 0, 1000}, {"hinge", hinge, 0, 1000}, {"100 relu, softmax", minus_log_p, 100, 10000}};

static gd_tensor classifier(gd_tensor x, int64_t hidden, gd_numpy_random *random)
{
    gd_tensor h = hidden > 0 ? gd_relu(course_dense(x, "hidden", hidden, random, 0.01)) : x;
    return course_dense(h, "output", 3, random, 0.01); // the scores, (n, 3)
}

static gd_status run(const design *d, int steps, const gd_array *points, const gd_array *classes, gd_figure *figure)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, 0);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor score = classifier(x, d->hidden, &random);
    gd_tensor data_loss = gd_mean(d->loss(score, label), (gd_reduce_opts){0});
    gd_tensor loss = gd_add(data_loss, gd_l2_penalty(graph, 1e-3, (gd_penalty_opts){0}));
    gd_tensor correct = gd_accuracy(score, label);
    gd_function *step = gd_training_step(loss, gd_gradient_descent(1));
    gd_function *measure = gd_function_create(graph, 1, &correct, (gd_function_opts){0});

    gd_array labels = gd_array_borrow(GD_F64, GD_SHAPE(gd_array_count(classes)), classes->data);
    gd_feed feed[] = {{x, *points}, {label, labels}};
    double value = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &value);
    gd_status status = step != NULL && measure != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < steps; i++)
        status = gd_function_run(step, 2, feed, &result);
    if (status == GD_OK)
        status = gd_function_run(measure, 2, feed, &result);
    if (status == GD_OK) {
        char title[64];
        snprintf(title, sizeof title, "%s: %.1f%%", d->name, 100 * value);
        printf("  %s\n", title);
        gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title, .square = true, .no_legend = true});
        status = course_boundary(chart, gd_cast(gd_argmax(score, 1), GD_F64), x, 1.2, points, classes);
    }
    gd_function_free(step);
    gd_function_free(measure);
    gd_graph_free(graph);
    return status;
}

static gd_status in_the_plane(const course *options)
{
    static const gd_generate_opts data[] = {{.kind = GD_GENERATE_BLOBS, .noise = 2.5, .seed = 26},
                                            {.kind = GD_GENERATE_SPIRALS, .seed = 1}};
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 3});
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < 2; i++) {
        gd_array x = {0}, y = {0};
        status = gd_generate(data[i], &x, &y);
        for (int64_t k = 0; status == GD_OK && i == 0 && k < gd_array_count(&x); k++)
            gd_array_put(&x, k, gd_array_get(&x, k) / 10); // the clouds lie between -10 and 10
        printf("%s\n", i == 0 ? "\nthree clouds" : "three spirals");
        for (int k = 0; status == GD_OK && k < 3; k++)
            status = run(&designs[k], options->small ? 100 : designs[k].steps, &x, &y, figure);
        gd_array_free(&x);
        gd_array_free(&y);
    }
    gd_status written = course_figure(options, "11-classifiers", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = by_hand();
    if (status == GD_OK)
        status = draw_losses(&options);
    if (status == GD_OK)
        status = in_the_plane(&options);
    return status == GD_OK ? 0 : course_fail();
}
