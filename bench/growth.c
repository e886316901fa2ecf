// How the time of a training step grows with the width and the depth of a network; with --seconds 0 it makes a single
// step, so that the time of the whole process is the way from its start to the end of the first step.
//
//     growth mlp|cnn [--batch N] [--width N] [--depth N] [--threads N] [--seconds S]
//
// Prints one JSON object. bench/run.py calls it.
#include <getopt.h>
#include <gradus/gradus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STEPS = 100000, FEWEST_STEPS = 5, WARMUP_STEPS = 3, CLASSES = 10, MOST = 65536 };

typedef struct {
    const char *network;
    int batch, width, depth, threads;
    double seconds;
} request;

// 784, then `depth` times `width` with relu, then 10. One layer of 256 is the workload mlp.
static gd_tensor build_mlp(gd_graph *graph, const request *r, gd_tensor *input)
{
    *input = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 784));
    gd_tensor x = *input;
    for (int i = 0; i < r->depth; i++)
        x = gd_relu(gd_dense(x, r->width));
    return gd_dense(x, CLASSES);
}

// A convolution on 28x28, `depth` of them on 14x14, all of `width` filters of 3x3; 7x7 remain for the dense layer.
static gd_tensor build_cnn(gd_graph *graph, const request *r, gd_tensor *input)
{
    const gd_conv2d_opts same = {.kernel = 3, .padding = GD_SAME};
    *input = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 1, 28, 28));
    gd_tensor x = gd_max_pool2d(gd_relu(gd_conv2d(*input, r->width, same)), (gd_pool_opts){.kernel = 2});
    for (int i = 0; i < r->depth; i++)
        x = gd_relu(gd_conv2d(x, r->width, same));
    return gd_dense(gd_flatten(gd_max_pool2d(x, (gd_pool_opts){.kernel = 2})), CLASSES);
}

// Forward, backward and Adam's update as one function. NULL on failure.
static gd_function *make_step(gd_graph *graph, gd_tensor loss)
{
    int count = gd_variable_count(graph); // all of them are trained
    gd_tensor *parameter = calloc(2 * (size_t)count + 1, sizeof *parameter);
    if (parameter == NULL)
        return NULL;
    gd_tensor *gradient = parameter + count;
    for (int i = 0; i < count; i++)
        parameter[i] = gd_variable_at(graph, i);
    gd_gradients(loss, count, parameter, gradient);
    gd_tensor done = gd_variable(graph, "steps_done", GD_F32, GD_SCALAR, (gd_variable_opts){.not_trainable = true});
    gd_tensor step = gd_shift(done, 1);
    gd_rule adam = gd_adam(1e-3);
    gd_assignment_list list = {0};
    gd_function *function = NULL;
    if (gd_rule_assignments(&adam, graph, gd_scalar(graph, 1e-3), step, count, parameter, gradient, &list) == GD_OK &&
        gd_assignment_list_add(&list, done, step) == GD_OK)
        function = gd_function_create(
            graph, 1, &loss,
            (gd_function_opts){.training = true, .assignment_count = list.count, .assignment = list.assignment});
    gd_assignment_list_free(&list);
    free(parameter);
    return function;
}

// Numbers that are all different and the same at every run; their values do not matter.
static gd_status fill_feeds(gd_feed *feed, gd_tensor input, gd_tensor label, int batch)
{
    feed[0].input = input;
    feed[1].input = label;
    gd_shape shape = gd_tensor_shape(input);
    shape.dim[0] = batch;
    gd_status status = gd_array_create(&feed[0].value, GD_F32, shape);
    if (status == GD_OK)
        status = gd_array_create(&feed[1].value, GD_I32, GD_SHAPE(batch));
    if (status != GD_OK)
        return status;
    float *x = feed[0].value.data;
    for (int64_t i = 0; i < gd_shape_count(shape); i++)
        x[i] = (float)(i * 7919 % 2003) / 1001 - 1;
    int32_t *class_of = feed[1].value.data;
    for (int i = 0; i < batch; i++)
        class_of[i] = i % CLASSES;
    return GD_OK;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// The median time of a step; of the first one alone when `seconds` is 0.
static gd_status measure(gd_function *step, const gd_feed *feed, double seconds, double *median)
{
    static double time[MOST_STEPS];
    gd_array loss = {0};
    gd_status status = GD_OK;
    const int warmup = seconds > 0 ? WARMUP_STEPS : 0, fewest = seconds > 0 ? FEWEST_STEPS : 1;
    int count = 0;
    double whole = 0;
    for (int i = 0; i < warmup && status == GD_OK; i++)
        status = gd_function_run(step, 2, feed, &loss);
    while (status == GD_OK && count < MOST_STEPS && (count < fewest || whole < seconds)) {
        double begin = now();
        status = gd_function_run(step, 2, feed, &loss);
        time[count] = now() - begin;
        whole += time[count++];
    }
    gd_array_free(&loss);
    qsort(time, (size_t)count, sizeof *time, by_size);
    *median = time[count / 2];
    return status;
}

static gd_status measure_network(const request *r, gd_graph *graph)
{
    gd_tensor input,
        output = strcmp(r->network, "mlp") == 0 ? build_mlp(graph, r, &input) : build_cnn(graph, r, &input);
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_function *step = make_step(graph, gd_softmax_cross_entropy(output, label));
    gd_feed feed[2] = {0};
    gd_function_cost cost = {0};
    double median = 0;
    gd_status status = step != NULL ? fill_feeds(feed, input, label, r->batch) : GD_ERROR_ARGUMENT;
    if (status == GD_OK)
        status = measure(step, feed, r->seconds, &median);
    if (status == GD_OK)
        status = gd_function_measure(step, 2, feed, &cost);
    if (status == GD_OK)
        printf("{\"network\": \"%s\", \"batch\": %d, \"width\": %d, \"depth\": %d, \"threads\": %d, "
               "\"ms_per_step\": %.9g, \"gflop_per_step\": %.9g}\n",
               r->network, r->batch, r->width, r->depth, gd_threads(), 1e3 * median, 1e-9 * cost.flops);
    gd_array_free(&feed[0].value);
    gd_array_free(&feed[1].value);
    gd_function_free(step);
    return status;
}

static int usage(const char *problem)
{
    fprintf(stderr,
            "growth: %s\nUsage: growth mlp|cnn [--batch N] [--width N] [--depth N] [--threads N] [--seconds S]\n",
            problem);
    return 2;
}

static int parse(int argc, char **argv, request *r)
{
    static const struct option options[] = {
        {"batch", 1, NULL, 'b'},   {"width", 1, NULL, 'w'},   {"depth", 1, NULL, 'd'},
        {"threads", 1, NULL, 't'}, {"seconds", 1, NULL, 's'}, {0},
    };
    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        char *end;
        if (letter == '?')
            return usage("the options are not understood");
        double number = strtod(optarg, &end);
        if (*end != '\0' || end == optarg || !(number >= (letter == 's' ? 0 : 1) && number <= MOST))
            return usage("an option's number is not between 1 and 65536");
        if (letter == 's')
            r->seconds = number;
        else
            *(letter == 'b'   ? &r->batch
              : letter == 'w' ? &r->width
              : letter == 'd' ? &r->depth
                              : &r->threads) = (int)number;
    }
    if (optind != argc - 1 || (strcmp(argv[optind], "mlp") != 0 && strcmp(argv[optind], "cnn") != 0))
        return usage("expected the name of one network, mlp or cnn");
    r->network = argv[optind];
    return 0;
}

int main(int argc, char **argv)
{
    request r = {.batch = 64, .width = 256, .depth = 1, .threads = 0, .seconds = 1};
    int usage_status = parse(argc, argv, &r);
    if (usage_status != 0)
        return usage_status;
    if (r.threads > 0)
        gd_set_threads(r.threads);
    gd_graph *graph = gd_graph_create();
    gd_status status = graph != NULL ? measure_network(&r, graph) : GD_ERROR_MEMORY;
    if (status != GD_OK)
        fprintf(stderr, "growth: %s\n", gd_last_error());
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
