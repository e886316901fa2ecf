// Networks of L layers: their dimensions, and cats told from other pictures by 1, 2 and 4 layers, as in Ng's course.
//
// The pictures are read from $GRADUS_DATA/cats, or ../shared/data/cats. Without them the planar flower stands in.
#include <math.h>

#include "course.h"

enum { MOST_LAYERS = 4, MOST_POINTS = 64 };

typedef struct samples {
    gd_array x, y; // (n, features), (n, 1)
} samples;

typedef struct design {
    const char *name;
    int layers;
    int64_t units[MOST_LAYERS];
    double scale;   // of the normal numbers that weights start from; 0: weights start as zeros …
    bool by_inputs; // … or their deviation is 1 / sqrt(inputs of the layer)
    double rate;
    int steps;
} design;

static const design designs[] = {
    {.name = "1 layer (logistic)", .layers = 1, .units = {1}, .rate = 0.005, .steps = 2000},
    {.name = "2 layers", .layers = 2, .units = {7, 1}, .scale = 0.01, .rate = 0.0075, .steps = 2500},
    {.name = "4 layers", .layers = 4, .units = {20, 7, 5, 1}, .by_inputs = true, .rate = 0.0075, .steps = 2500},
};

// Each block is a = relu(x W' + b), with W (units, inputs) and b (units). The last one gives a logit, without relu.
static gd_tensor forward(gd_tensor x, const design *d)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    gd_tensor a = x;
    for (int l = 0; l < d->layers; l++) {
        int64_t inputs = gd_tensor_dim(a, -1);
        char name[24], text[GD_SHAPE_TEXT];
        snprintf(name, sizeof name, "fc%d", l + 1);
        double scale = d->by_inputs ? 1 / sqrt((double)inputs) : d->scale;
        gd_tensor z = course_dense(a, name, d->units[l], &random, scale);
        printf("  layer %d  W [%lld,%lld]  b [%lld]  z and a %s\n", l + 1, (long long)d->units[l], (long long)inputs,
               (long long)d->units[l], gd_shape_text(gd_tensor_shape(z), text));
        a = l + 1 < d->layers ? gd_relu(z) : z;
    }
    return a;
}

static gd_status read_part(const char *folder, const char *part, samples *set)
{
    char path[4096], name[32];
    gd_array pixel = {0}, label = {0};
    snprintf(path, sizeof path, "%s/cats/%s_catvnoncat.h5", folder, part);
    snprintf(name, sizeof name, "%s_set_x", part);
    gd_status status = gd_hdf5_read(path, name, &pixel); // (n, 64, 64, 3), bytes
    snprintf(name, sizeof name, "%s_set_y", part);
    if (status == GD_OK)
        status = gd_hdf5_read(path, name, &label);
    int64_t n = status == GD_OK ? pixel.shape.dim[0] : 0;
    if (status == GD_OK)
        status = gd_array_create(&set->x, GD_F64, GD_SHAPE(n, gd_array_count(&pixel) / n));
    if (status == GD_OK)
        status = gd_array_create(&set->y, GD_F64, GD_SHAPE(n, 1));
    for (int64_t i = 0; status == GD_OK && i < gd_array_count(&set->x); i++)
        gd_array_put(&set->x, i, gd_array_get(&pixel, i) / 255);
    for (int64_t i = 0; status == GD_OK && i < n; i++)
        gd_array_put(&set->y, i, gd_array_get(&label, i));
    gd_array_free(&pixel);
    gd_array_free(&label);
    return status;
}

// The cats, or what stands in for them, which bears steps 40 times as long.
static gd_status read_samples(samples *train, samples *test, double *rate_factor)
{
    const char *folder = getenv("GRADUS_DATA") != NULL ? getenv("GRADUS_DATA") : "../shared/data";
    *rate_factor = 1;
    if (read_part(folder, "train", train) == GD_OK && read_part(folder, "test", test) == GD_OK)
        return GD_OK;
    printf("No cats here (%s); the planar flower stands in.\n", gd_last_error());
    gd_array_free(&train->x);
    gd_array_free(&train->y);
    *rate_factor = 40;
    gd_generate_opts flower = {.kind = GD_GENERATE_FLOWER, .samples = 400, .seed = 1};
    gd_status status = course_generate(flower, &train->x, &train->y);
    flower.seed = 2;
    return status == GD_OK ? course_generate(flower, &test->x, &test->y) : status;
}

static gd_status measure(gd_tensor value, gd_feed feed[2], const samples *set, double *result)
{
    gd_function *function = gd_function_create(value.graph, 1, &value, (gd_function_opts){0});
    gd_array number = gd_array_borrow(GD_F64, GD_SCALAR, result);
    feed[0].value = set->x;
    feed[1].value = set->y;
    gd_status status = function != NULL ? gd_function_run(function, 2, feed, &number) : GD_ERROR_ARGUMENT;
    gd_function_free(function);
    return status;
}

// Trains one design; its learning curve goes to the chart, and accuracies on the training and the test set come back.
static gd_status run(const design *d, int steps, double rate, const samples *train, const samples *test,
                     gd_chart *chart, double accuracy[2])
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, train->x.shape.dim[1]));
    gd_tensor y = gd_input(graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    printf("%s\n", d->name);
    gd_tensor logit = forward(x, d);
    gd_tensor loss = gd_logistic_loss(logit, y), correct = gd_accuracy(logit, y);
    gd_function *step = gd_training_step(loss, gd_gradient_descent(rate));
    gd_feed feed[] = {{x, train->x}, {y, train->y}};
    double cost[MOST_POINTS], at[MOST_POINTS], value = 0;
    int points = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &value);
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < steps; i++) {
        status = gd_function_run(step, 2, feed, &result);
        if (i % 100 == 0 && points < MOST_POINTS) {
            at[points] = i;
            cost[points++] = value;
            if (i <= 100 || i + 100 >= steps)
                printf("  step %4d  cost %.6f\n", i, value);
        }
    }
    if (status == GD_OK)
        status = measure(correct, feed, train, &accuracy[0]);
    if (status == GD_OK)
        status = measure(correct, feed, test, &accuracy[1]);
    if (status == GD_OK)
        printf("  accuracy %.2f%% on %lld training samples, %.2f%% on %lld others\n", 100 * accuracy[0],
               (long long)train->y.shape.dim[0], 100 * accuracy[1], (long long)test->y.shape.dim[0]);
    gd_chart_line(chart, d->name, points, at, cost);
    gd_function_free(step);
    gd_graph_free(graph);
    return status;
}

// What a wrong dimension leads to: a sentence, while the graph is written, before anything is computed.
static void print_wrong_dimensions(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 12288));
    gd_tensor w1 = gd_variable(graph, "W1", GD_F64, GD_SHAPE(20, 12288), (gd_variable_opts){0});
    gd_matmul(x, w1); // (n, 12288) times (20, 12288): W1 must be transposed
    printf("x W1: %s\n", gd_graph_error(graph));
    gd_graph_free(graph);
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    print_wrong_dimensions();
    samples train = {0}, test = {0};
    double rate_factor, accuracy[3][2] = {0};
    gd_status status = read_samples(&train, &test, &rate_factor);

    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_chart *curves = gd_figure_chart(figure, (gd_chart_opts){.x_title = "step", .y_title = "cost"});
    for (int i = 0; status == GD_OK && i < 3; i++) {
        const design *d = &designs[i];
        status = run(d, options.small ? 20 : d->steps, d->rate * rate_factor, &train, &test, curves, accuracy[i]);
    }
    gd_chart *bars = gd_figure_chart(figure, (gd_chart_opts){.y_title = "accuracy", .percent_y = true});
    for (int i = 0; i < 3; i++)
        gd_chart_bars(bars, designs[i].name, 2, (const char *const[]){"training", "test"}, accuracy[i]);
    gd_status written = course_figure(&options, "06-deep", figure);
    for (int i = 0; i < 2; i++) {
        gd_array_free(i == 0 ? &train.x : &test.x);
        gd_array_free(i == 0 ? &train.y : &test.y);
    }
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
