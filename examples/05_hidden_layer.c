// One hidden layer on the planar flower of Ng's course, beside logistic regression: how many hidden units it takes,
// and with which activation.
#include "course.h"

typedef struct flower {
    gd_array x, y; // (400, 2), (400, 1): labels 0 and 1
} flower;

typedef struct network {
    gd_graph *graph;
    gd_tensor x, y;
    gd_tensor probability, loss, accuracy;
} network;

// x (n, 2) to the logit of class 1, (n, 1). Without hidden units this is logistic regression.
static gd_tensor logit(gd_tensor x, int64_t hidden, const char *activation, gd_numpy_random *random)
{
    gd_tensor a = x;
    if (hidden > 0)
        a = gd_activation(course_dense(x, "hidden", hidden, random, 0.01), activation);
    return course_dense(a, "output", 1, random, 0.01);
}

static network write_network(int64_t hidden, const char *activation)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, 2);
    network net = {.graph = gd_graph_create()};
    net.x = gd_input(net.graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    net.y = gd_input(net.graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor z = logit(net.x, hidden, activation, &random);
    net.probability = gd_sigmoid(z);
    net.loss = gd_logistic_loss(z, net.y);
    net.accuracy = gd_accuracy(z, net.y);
    return net;
}

// Runs `steps` steps of gradient descent on all samples, and gives the accuracy after them. cost[i], unless NULL, is
// the loss after 100 i steps.
static gd_status train(const network *net, const flower *data, int steps, double *cost, double *accuracy)
{
    gd_function *step = gd_training_step(net->loss, gd_gradient_descent(1.2));
    gd_function *measure = gd_function_create(net->graph, 1, &net->accuracy, (gd_function_opts){0});
    gd_feed feed[] = {{net->x, data->x}, {net->y, data->y}};
    double loss = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &loss);
    gd_status status = step != NULL && measure != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < steps; i++) {
        status = gd_function_run(step, 2, feed, &result);
        if (cost != NULL && i % 100 == 0)
            cost[i / 100] = loss;
    }
    if (status == GD_OK) {
        result = gd_array_borrow(GD_F64, GD_SCALAR, accuracy);
        status = gd_function_run(measure, 2, feed, &result);
    }
    gd_function_free(step);
    gd_function_free(measure);
    return status;
}

// Trains one network and draws its decision boundary.
static gd_status run(const flower *data, int64_t hidden, const char *activation, int steps, gd_figure *figure,
                     double *cost)
{
    network net = write_network(hidden, activation);
    double accuracy = 0;
    gd_status status = train(&net, data, steps, cost, &accuracy);
    if (status == GD_OK) {
        char title[80];
        if (hidden == 0)
            snprintf(title, sizeof title, "logistic regression: %.2f%%", 100 * accuracy);
        else
            snprintf(title, sizeof title, "%2d %s unit%s: %.2f%%", (int)hidden, activation, hidden > 1 ? "s" : "",
                     100 * accuracy);
        printf("%s\n", title);
        gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title, .square = true, .no_legend = true});
        status = course_boundary(chart, net.probability, net.x, 4.5, &data->x, &data->y);
    }
    gd_graph_free(net.graph);
    return status;
}

// The network of the course, with its cost on the way.
static gd_status four_units(const flower *data, const course *options)
{
    double cost[100] = {0}, step[100];
    int steps = options->small ? 1000 : 10000;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_status status = run(data, 4, "tanh", steps, figure, cost);
    for (int i = 0; i < steps / 100; i++) {
        step[i] = 100 * i;
        if (i % 10 == 0)
            printf("  step %5d  cost %.6f\n", 100 * i, cost[i]);
    }
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.x_title = "step", .y_title = "cost", .no_legend = true});
    gd_chart_line(chart, "cost", steps / 100, step, cost);
    gd_status written = course_figure(options, "05-hidden-layer", figure);
    return status != GD_OK ? status : written;
}

static const char *const activation[] = {"tanh", "sigmoid", "relu", "leaky_relu"};

// The four activations and their slopes, which the graph finds by itself.
static gd_status draw_activations(const course *options)
{
    enum { POINTS = 161 };
    double at[POINTS];
    for (int i = 0; i < POINTS; i++)
        at[i] = -4 + 8.0 * i / (POINTS - 1);
    gd_array points = gd_array_borrow(GD_F64, GD_SHAPE(POINTS), at);
    gd_graph *graph = gd_graph_create();
    gd_tensor z = gd_constant(graph, &points);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_chart *value =
        gd_figure_chart(figure, (gd_chart_opts){.title = "g(z)", .x_title = "z", .y_to = 2, .y_from = -1});
    gd_chart *slope = gd_figure_chart(figure, (gd_chart_opts){.title = "g'(z)", .x_title = "z"});
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < 4; i++) {
        gd_tensor g = gd_activation(z, activation[i]), dz;
        gd_gradients(g, 1, &z, &dz);
        gd_array y = {0}, dy = {0};
        status = gd_eval(g, &y);
        if (status == GD_OK)
            status = gd_eval(dz, &dy);
        if (status == GD_OK) {
            gd_chart_line(value, activation[i], POINTS, at, y.data);
            gd_chart_line(slope, activation[i], POINTS, at, dy.data);
        }
        gd_array_free(&y);
        gd_array_free(&dy);
    }
    gd_status written = course_figure(options, "05-hidden-layer-functions", figure);
    gd_graph_free(graph);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    flower data;
    gd_status status =
        course_generate((gd_generate_opts){.kind = GD_GENERATE_FLOWER, .samples = 400, .seed = 1}, &data.x, &data.y);
    if (status == GD_OK)
        status = draw_activations(&options);
    if (status == GD_OK)
        status = four_units(&data, &options);

    printf("hidden units\n");
    static const int64_t size[] = {0, 1, 2, 3, 4, 5, 20, 50};
    gd_figure *sizes = gd_figure_create((gd_figure_opts){.columns = 3});
    for (int i = 0; status == GD_OK && i < (options.small ? 4 : 8); i++)
        status = run(&data, size[i], "tanh", options.small ? 500 : 5000, sizes, NULL);

    printf("activations\n");
    gd_figure *activations = gd_figure_create((gd_figure_opts){.columns = 4});
    for (int i = 0; status == GD_OK && i < 8; i++)
        status = run(&data, i < 4 ? 4 : 20, activation[i % 4], options.small ? 500 : 5000, activations, NULL);

    gd_status written = course_figure(&options, "05-hidden-layer-sizes", sizes);
    gd_status written_too = course_figure(&options, "05-hidden-layer-activations", activations);
    gd_array_free(&data.x);
    gd_array_free(&data.y);
    return status == GD_OK && written == GD_OK && written_too == GD_OK ? 0 : course_fail();
}
