// How weights start: the table of Ng's course (zeros, large, small in the right way) on two circles, and what becomes
// of signals and gradients on their way through twenty layers.
#include <math.h>

#include "course.h"

// ---- The table: 2-10-5-1, relu, relu, sigmoid; 15000 steps of gradient descent, rate 0.01

typedef enum start { ZEROS, LARGE, XAVIER, HE, STARTS } start;
static const char *const start_name[STARTS] = {"zeros", "large (x 10)", "Xavier", "He"};

// The deviation of a weight, by the number of units before and behind it.
static double deviation(start s, int64_t inputs, int64_t outputs)
{
    switch (s) {
    case LARGE: return 10;
    case XAVIER: return sqrt(2.0 / (double)(inputs + outputs));
    case HE: return sqrt(2.0 / (double)inputs);
    default: return 0;
    }
}

static gd_tensor logit(gd_tensor x, start s)
{
    static const int64_t units[] = {10, 5, 1};
    static const char *const name[] = {"fc1", "fc2", "fc3"};
    gd_numpy_random random;
    gd_numpy_seed(&random, 3);
    gd_tensor a = x;
    for (int l = 0; l < 3; l++) {
        gd_tensor z = course_dense(a, name[l], units[l], &random, deviation(s, gd_tensor_dim(a, -1), units[l]));
        a = l < 2 ? gd_relu(z) : z;
    }
    return a;
}

typedef struct circles {
    gd_array x[2], y[2]; // training and test samples
} circles;

static gd_status train(start s, const circles *data, int steps, gd_figure *figure, gd_chart *costs)
{
    enum { POINTS = 150 };
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor y = gd_input(graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor z = logit(x, s), correct = gd_accuracy(z, y);
    gd_function *step = gd_training_step(gd_logistic_loss(z, y), gd_gradient_descent(0.01));
    gd_function *measure = gd_function_create(graph, 1, &correct, (gd_function_opts){0});
    gd_status status = step != NULL && measure != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    double cost[POINTS], at[POINTS], loss = 0, accuracy[2] = {0};
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &loss);
    for (int i = 0; status == GD_OK && i < steps; i++) {
        status = gd_function_run(step, 2, (gd_feed[]){{x, data->x[0]}, {y, data->y[0]}}, &result);
        at[i * POINTS / steps] = i;
        cost[i * POINTS / steps] = loss;
    }
    for (int part = 0; status == GD_OK && part < 2; part++) {
        result = gd_array_borrow(GD_F64, GD_SCALAR, &accuracy[part]);
        status = gd_function_run(measure, 2, (gd_feed[]){{x, data->x[part]}, {y, data->y[part]}}, &result);
    }
    if (status == GD_OK) {
        char title[80];
        printf("%-13s %9.6f %9.2f%% %7.2f%%\n", start_name[s], loss, 100 * accuracy[0], 100 * accuracy[1]);
        snprintf(title, sizeof title, "%s: %.0f%%", start_name[s], 100 * accuracy[0]);
        gd_chart_line(costs, start_name[s], POINTS, at, cost);
        gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title, .square = true, .no_legend = true});
        status = course_boundary(chart, gd_sigmoid(z), x, 1.5, &data->x[0], &data->y[0]);
    }
    gd_function_free(step);
    gd_function_free(measure);
    gd_graph_free(graph);
    return status;
}

static gd_status table(const course *options)
{
    circles data = {0};
    gd_generate_opts opts = {.kind = GD_GENERATE_CIRCLES, .samples = 300, .noise = 0.05, .seed = 1};
    gd_status status = course_generate(opts, &data.x[0], &data.y[0]);
    opts.samples = 100;
    opts.seed = 2;
    if (status == GD_OK)
        status = course_generate(opts, &data.x[1], &data.y[1]);
    gd_figure *planes = gd_figure_create((gd_figure_opts){.columns = 4});
    gd_figure *curves = gd_figure_create((gd_figure_opts){0});
    gd_chart *costs = gd_figure_chart(curves, (gd_chart_opts){.x_title = "step", .y_title = "cost", .y_to = 1});
    printf("%-13s %9s %10s %8s\n", "weights", "cost", "training", "test");
    for (int s = 0; status == GD_OK && s < STARTS; s++)
        status = train((start)s, &data, options->small ? 1500 : 15000, planes, costs);
    for (int part = 0; part < 2; part++) {
        gd_array_free(&data.x[part]);
        gd_array_free(&data.y[part]);
    }
    gd_status written = course_figure(options, "07-initialisation", planes);
    gd_status written_too = course_figure(options, "07-initialisation-costs", curves);
    return status != GD_OK ? status : written != GD_OK ? written : written_too;
}

// ---- Layer by layer: twenty layers of 100 units, before any training

enum { LAYERS = 20, UNITS = 100, SAMPLES = 200 };

// sqrt(mean(v^2)): how large the elements of v are.
static gd_tensor size(gd_tensor v)
{
    return gd_sqrt(gd_mean(gd_square(v), (gd_reduce_opts){0}));
}

// Writes the network; forward[l] becomes the size of layer l's activations, backward[l] that of the gradient with
// respect to them, which is 1 at the end.
static void write_deep(gd_graph *graph, const char *activation, gd_initializer initializer, gd_tensor forward[LAYERS],
                       gd_tensor backward[LAYERS])
{
    gd_tensor a[LAYERS], da[LAYERS];
    gd_graph_set_seed(graph, 1);
    gd_tensor x = gd_random_normal(graph, GD_F64, GD_SHAPE(SAMPLES, UNITS), 0, 1);
    for (int l = 0; l < LAYERS; l++) {
        gd_tensor z = gd_dense(l == 0 ? x : a[l - 1], UNITS, (gd_dense_opts){.initializer = initializer});
        a[l] = gd_activation(z, activation);
    }
    gd_gradients(a[LAYERS - 1], LAYERS, a, da);
    for (int l = 0; l < LAYERS; l++) {
        forward[l] = size(a[l]);
        backward[l] = size(da[l]);
    }
}

static gd_status through_layers(const char *activation, const char *name, gd_initializer initializer,
                                gd_chart *chart[2])
{
    gd_graph *graph = gd_graph_create();
    gd_tensor output[2 * LAYERS];
    write_deep(graph, activation, initializer, output, output + LAYERS);
    gd_function *function = gd_function_create(graph, 2 * LAYERS, output, (gd_function_opts){0});
    gd_array result[2 * LAYERS] = {0};
    gd_status status = function != NULL ? gd_function_run(function, 0, NULL, result) : GD_ERROR_ARGUMENT;
    double layer[LAYERS], value[2 * LAYERS] = {0};
    for (int i = 0; status == GD_OK && i < 2 * LAYERS; i++) {
        layer[i % LAYERS] = i % LAYERS + 1;
        value[i] = gd_array_get(&result[i], 0);
        gd_array_free(&result[i]);
    }
    if (status == GD_OK) {
        printf("%-8s %-12s %10.1e %10.1e %12.1e %10.1e\n", activation, name, value[0], value[LAYERS - 1], value[LAYERS],
               value[2 * LAYERS - 1]);
        gd_chart_line(chart[0], name, LAYERS, layer, value);
        gd_chart_line(chart[1], name, LAYERS, layer, value + LAYERS);
    }
    gd_function_free(function);
    gd_graph_free(graph);
    return status;
}

static gd_status deep(const course *options)
{
    static const char *const activation[] = {"sigmoid", "relu"};
    static const char *const name[] = {"small (0.01)", "large (1)", "Xavier", "He"};
    static const gd_initializer initializer[] = {{.kind = GD_INIT_NORMAL, .scale = 0.01},
                                                 {.kind = GD_INIT_NORMAL, .scale = 1},
                                                 {.kind = GD_INIT_XAVIER_NORMAL},
                                                 {.kind = GD_INIT_HE_NORMAL}};
    gd_status status = GD_OK;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    printf("\n%-8s %-12s %21s %23s\n", "20", "weights", "activations of layers", "gradients of layers");
    printf("%-8s %-12s %10s %10s %12s %10s\n", "layers", "", "1", "20", "1", "20");
    for (int a = 0; status == GD_OK && a < 2; a++) {
        gd_chart *chart[2];
        for (int k = 0; k < 2; k++) {
            char title[80];
            snprintf(title, sizeof title, "%s: %s", activation[a], k == 0 ? "activations" : "gradients");
            gd_chart_opts opts = {.title = title, .x_title = "layer", .y_title = "size", .log_y = true};
            if (a == 0 && k == 0) // a sigmoid's values all lie between 0 and 1
                opts.y_from = 0.01, opts.y_to = 10;
            chart[k] = gd_figure_chart(figure, opts);
        }
        for (int i = 0; status == GD_OK && i < 4; i++)
            status = through_layers(activation[a], name[i], initializer[i], chart);
    }
    gd_status written = course_figure(options, "07-initialisation-layers", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = table(&options);
    if (status == GD_OK)
        status = deep(&options);
    return status == GD_OK ? 0 : course_fail();
}
