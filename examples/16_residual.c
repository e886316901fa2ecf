// Why networks have residual connections: deeper and deeper networks of convolutions, plain and with connections that
// pass two layers by, trained in the same way on the same pictures.
#include "course.h"

enum { CHANNELS = 16, PIXELS = 28, MOST_EPOCHS = 10, DEPTHS = 4 };

typedef struct network {
    gd_graph *graph;
    gd_tensor loss;
    gd_metric accuracy;
    int64_t parameters;
} network;

// A convolution of 3 x 3 and a batch norm: (N, channels, H, W) as before.
static gd_tensor layer(gd_tensor x)
{
    gd_conv2d_opts conv = {
        .kernel = 3, .padding = GD_SAME, .no_bias = true, .initializer = {.kind = GD_INIT_HE_NORMAL}};
    return gd_batch_norm(gd_conv2d(x, CHANNELS, conv), (gd_batch_norm_opts){0});
}

// Two layers, and with `residual` what came in is added to what they give.
static gd_tensor block(gd_tensor x, bool residual)
{
    gd_tensor y = layer(gd_relu(layer(x)));
    return gd_relu(residual ? gd_add(y, x) : y);
}

// `depth` layers of convolutions in blocks of two, behind the first one, on pictures halved to 14 x 14.
static network make_network(const course_pictures *pictures, int depth, bool residual)
{
    network net = {.graph = gd_graph_create()};
    gd_graph_set_seed(net.graph, 1);
    gd_tensor input = course_picture_input(net.graph, pictures);
    gd_tensor label = gd_input(net.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor x = gd_reshape(gd_scale(input, 1.0 / 255), GD_SHAPE(GD_BATCH, 1, PIXELS, PIXELS));
    x = gd_relu(layer(gd_average_pool2d(x, (gd_pool_opts){.kernel = 2})));
    for (int i = 0; i < depth / 2; i++)
        x = block(x, residual);
    gd_tensor scores = gd_dense(gd_global_average_pool(x), 10);
    net.loss = gd_softmax_cross_entropy(scores, label);
    net.accuracy = (gd_metric){.name = "accuracy", .value = gd_correct(scores, label)};
    for (int i = 0; i < gd_variable_count(net.graph); i++)
        if (gd_variable_trainable(gd_variable_at(net.graph, i)))
            net.parameters += gd_shape_count(gd_tensor_shape(gd_variable_at(net.graph, i)));
    return net;
}

typedef struct outcome {
    int epochs;
    double loss[MOST_EPOCHS]; // in training, by epoch
    double train_accuracy, test_accuracy;
} outcome;

static gd_status train(const course_pictures *pictures, int depth, bool residual, int epochs, outcome *o)
{
    network net = make_network(pictures, depth, residual);
    gd_trainer *trainer = gd_trainer_create(net.loss, gd_momentum(0.05, 0.9));
    gd_status status = trainer != NULL ? course_train(trainer, pictures, epochs) : GD_ERROR_ARGUMENT;
    double loss;
    *o = (outcome){.epochs = epochs};
    if (status == GD_OK) {
        const gd_history *history = gd_trainer_history(trainer);
        for (int i = 0; i < epochs && i < history->epoch_count; i++)
            o->loss[i] = history->epoch[i].loss;
        status = course_measure(net.loss, &net.accuracy, pictures->train, &loss, &o->train_accuracy);
    }
    if (status == GD_OK)
        status = course_measure(net.loss, &net.accuracy, pictures->test, &loss, &o->test_accuracy);
    if (status == GD_OK)
        printf("%5d  %-8s  %10lld  %13.3f  %16.1f%%  %12.1f%%\n", depth, residual ? "residual" : "plain",
               (long long)net.parameters, o->loss[epochs - 1], 100 * o->train_accuracy, 100 * o->test_accuracy);
    gd_trainer_free(trainer);
    gd_graph_free(net.graph);
    return status;
}

// The loss of training over the epochs, of the shallowest and the deepest of either kind; and its end over the depth.
static gd_status draw(const course *options, int depths, const int depth[DEPTHS], outcome result[2][DEPTHS])
{
    static const char *const kind[] = {"plain", "residual"};
    gd_figure *curves = gd_figure_create((gd_figure_opts){0});
    gd_figure *ends = gd_figure_create((gd_figure_opts){0});
    gd_chart *left = gd_figure_chart(curves, (gd_chart_opts){.x_title = "epoch", .y_title = "training loss"});
    gd_chart *right =
        gd_figure_chart(ends, (gd_chart_opts){.x_title = "layers", .y_title = "training loss at the end"});
    for (int k = 0; k < 2; k++) {
        double x[DEPTHS], y[DEPTHS], epoch[MOST_EPOCHS];
        for (int i = 0; i < depths; i++) {
            const outcome *o = &result[k][i];
            x[i] = depth[i];
            y[i] = o->loss[o->epochs - 1];
            for (int e = 0; e < o->epochs; e++)
                epoch[e] = e + 1;
            char name[40];
            snprintf(name, sizeof name, "%s, %d layers", kind[k], depth[i]);
            if (i == 0 || i == depths - 1)
                gd_chart_line(left, name, o->epochs, epoch, o->loss);
        }
        gd_chart_line(right, kind[k], depths, x, y);
        gd_chart_points(right, kind[k], depths, x, y);
    }
    gd_status status = course_figure(options, "16-residual-curves", curves);
    gd_status second = course_figure(options, "16-residual", ends);
    return status != GD_OK ? status : second;
}

int main(int argc, char **argv)
{
    const course options = course_options(argc, argv);
    static const int depth[DEPTHS] = {4, 12, 28, 44}, small_depth[DEPTHS] = {2, 4};
    const int depths = options.small ? 2 : DEPTHS, epochs = options.small ? 1 : 6;
    static outcome result[2][DEPTHS];
    course_pictures pictures;
    gd_status status = course_fashion(options.small ? 320 : 4000, options.small ? 200 : 2000, &pictures);
    printf("layers  kind      parameters  training loss  training accuracy  test accuracy\n");
    for (int i = 0; i < depths && status == GD_OK; i++)
        for (int k = 0; k < 2 && status == GD_OK; k++)
            status = train(&pictures, (options.small ? small_depth : depth)[i], k == 1, epochs, &result[k][i]);
    if (status == GD_OK)
        status = draw(&options, depths, options.small ? small_depth : depth, result);
    gd_dataset_free(pictures.train);
    gd_dataset_free(pictures.test);
    return status == GD_OK ? 0 : course_fail();
}
