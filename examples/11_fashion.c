// Fashion-MNIST twice: softmax regression and a network with one hidden layer, written from scratch with ops and a
// loop, and written with layers and a trainer. Both ways give the same curve.
//
// The pictures are read from $GRADUS_DATA/fashion-mnist, or where Debian's package dataset-fashion-mnist puts them;
// without them, clouds of points in 784 dimensions stand in.
#include <math.h>

#include "course.h"

enum { CLASSES = 10, BATCH = 64, MOST_EPOCHS = 10 };

typedef struct samples {
    gd_dataset *train, *test;
    const char *field; // of the pictures
    double largest;    // of their numbers
    bool generated;
} samples;

// Replaces a set by its samples from `first` on.
static gd_status cut(gd_dataset **set, int64_t first, int64_t count)
{
    gd_dataset *whole = *set;
    gd_status status = gd_dataset_take(whole, first, count, set);
    gd_dataset_free(whole); // a view holds what it needs
    return status;
}

static gd_status read_samples(const course *options, samples *s)
{
    *s = (samples){.field = "image", .largest = 255};
    gd_status status = course_fashion_part("train", options->small ? 2000 : 60000, &s->train);
    if (status == GD_OK)
        status = course_fashion_part("t10k", 10000, &s->test);
    if (status != GD_OK) {
        printf("No Fashion-MNIST here (%s); clouds of points stand in.\n", gd_last_error());
        gd_dataset_free(s->train);
        *s = (samples){.field = "x", .largest = 60, .generated = true};
        gd_generate_opts blobs = {
            .kind = GD_GENERATE_BLOBS, .samples = 4000, .noise = 30, .classes = CLASSES, .features = 784};
        status = gd_dataset_generate(blobs, &s->train); // the two parts of one set have the same centres
        if (status == GD_OK)
            status = gd_dataset_take(s->train, 3000, 1000, &s->test);
        if (status == GD_OK)
            status = cut(&s->train, 0, options->small ? 2000 : 3000);
    }
    return status;
}

typedef struct network {
    gd_graph *graph;
    gd_tensor image, label;
    gd_tensor loss;
    gd_metric accuracy;
} network;

// The 784 numbers of a picture in a row, (n, 784), up to 1.
static gd_tensor open_network(network *net, const samples *s)
{
    gd_field image = gd_dataset_field(s->train, gd_dataset_find(s->train, s->field));
    gd_shape shape = {.rank = image.shape.rank + 1, .dim = {GD_BATCH}};
    memcpy(shape.dim + 1, image.shape.dim, (size_t)image.shape.rank * sizeof shape.dim[0]);
    *net = (network){.graph = gd_graph_create()};
    gd_graph_set_seed(net->graph, 1);
    net->image = gd_input(net->graph, s->field, GD_F32, shape);
    net->label = gd_input(net->graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    return gd_scale(gd_flatten(net->image), 1 / s->largest);
}

// Softmax regression has one minimum, so zeros are as good a start as any. Hidden units need different ones. They are
// drawn by the graph's seed and the variable's name, so a weight made by hand starts as that of a layer with its name.
static gd_initializer start(int64_t hidden)
{
    return (gd_initializer){.kind = hidden > 0 ? GD_INIT_HE_NORMAL : GD_INIT_ZEROS};
}

// ---- From scratch

static gd_tensor affine(gd_tensor x, const char *name, int64_t units, gd_initializer initializer)
{
    char weight[32], bias[32];
    snprintf(weight, sizeof weight, "%s.weight", name);
    snprintf(bias, sizeof bias, "%s.bias", name);
    gd_shape shape = GD_SHAPE(units, gd_tensor_dim(x, -1));
    gd_tensor w = gd_parameter(x.graph, weight, GD_F32, shape, initializer);
    gd_tensor b = gd_parameter(x.graph, bias, GD_F32, GD_SHAPE(units), (gd_initializer){.kind = GD_INIT_ZEROS});
    return gd_add(gd_matmul(x, w, (gd_matmul_opts){.transpose_b = true}), b);
}

static void write_from_scratch(network *net, gd_tensor x, int64_t hidden)
{
    gd_tensor h = hidden > 0 ? gd_maximum(affine(x, "fc1", hidden, start(hidden)), gd_scalar(net->graph, 0)) : x;
    gd_tensor score = affine(h, hidden > 0 ? "fc2" : "fc1", CLASSES, start(hidden));
    gd_reduce_opts row = {.axes = GD_AXES(1), .keep = true};
    gd_tensor power = gd_exp(gd_sub(score, gd_max(score, row)));
    gd_tensor p = gd_div(power, gd_sum(power, row));
    net->loss = gd_neg(gd_mean(gd_log(gd_pick(p, net->label)), (gd_reduce_opts){0}));
    net->accuracy = (gd_metric){.name = "accuracy", .value = gd_correct(score, net->label), .higher_is_better = true};
}

// Mini-batch gradient descent; loss[e] becomes the mean loss of epoch e.
static gd_status loop(const network *net, const gd_dataset *train, int epochs, double *loss)
{
    gd_loader *loader = NULL;
    gd_status status = gd_loader_create(train, (gd_loader_opts){.batch = BATCH, .shuffle = true, .seed = 1}, &loader);
    gd_function *step = gd_training_step(net->loss, gd_gradient_descent(0.1));
    for (int e = 0; status == GD_OK && step != NULL && e < epochs; e++) {
        loss[e] = 0;
        for (int64_t i = 0; status == GD_OK && i < gd_loader_batches(loader); i++) {
            gd_batch batch;
            float now = 0;
            gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &now);
            status = gd_loader_next(loader, &batch);
            if (status == GD_OK)
                status = gd_function_run(
                    step, 2, (gd_feed[]){{net->image, batch.field[0]}, {net->label, batch.field[1]}}, &result);
            loss[e] += now * (double)batch.count / (double)gd_dataset_count(train);
        }
    }
    gd_loader_free(loader);
    gd_function_free(step);
    return step != NULL ? status : GD_ERROR_ARGUMENT;
}

// ---- With layers

static void write_with_layers(network *net, gd_tensor x, int64_t hidden)
{
    gd_dense_opts opts = {.name = NULL, .initializer = start(hidden)};
    gd_tensor h = hidden > 0 ? gd_relu(gd_dense(x, hidden, opts)) : x;
    gd_tensor score = gd_dense(h, CLASSES, opts);
    net->loss = gd_softmax_cross_entropy(score, net->label);
    net->accuracy = (gd_metric){.name = "accuracy", .value = gd_correct(score, net->label), .higher_is_better = true};
}

static gd_status fit(const network *net, const gd_dataset *train, int epochs, double *loss)
{
    gd_trainer *trainer = gd_trainer_create(net->loss, gd_gradient_descent(0.1));
    gd_fit_opts opts = {.epochs = epochs, .batch = BATCH, .seed = 1};
    gd_status status = trainer != NULL ? gd_fit(trainer, train, opts) : GD_ERROR_ARGUMENT;
    for (int e = 0; status == GD_OK && e < epochs; e++)
        loss[e] = gd_trainer_history(trainer)->epoch[e].loss;
    gd_trainer_free(trainer);
    return status;
}

// ---- Both, side by side

// What softmax regression looks for: the weights of each class, drawn as the picture that they multiply.
static gd_status draw_templates(const network *net, const course *options)
{
    static const char *const name[CLASSES] = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                              "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 5});
    gd_array weight = {0};
    gd_status status = gd_variable_get(gd_variable_find(net->graph, "fc1.weight"), &weight);
    for (int k = 0; status == GD_OK && k < CLASSES; k++) {
        double cell[28 * 28];
        for (int i = 0; i < 28 * 28; i++) // a picture's first row is its top, a grid's its bottom
            cell[i] = gd_array_get(&weight, k * 784 + (27 - i / 28) * 28 + i % 28);
        gd_chart_opts opts = {.title = name[k], .width = 140, .height = 140, .no_legend = true};
        gd_chart_heat(gd_figure_chart(figure, opts), (gd_chart_grid){28, 28, 0, 27, 0, 27, cell});
    }
    gd_array_free(&weight);
    gd_status written = course_figure(options, "11-fashion-templates", figure);
    return status != GD_OK ? status : written;
}

static gd_status compare(const samples *s, int64_t hidden, int epochs, const course *options, gd_figure *figure)
{
    double loss[2][MOST_EPOCHS], at[MOST_EPOCHS], accuracy[2] = {0}, apart = 0;
    gd_status status = GD_OK;
    for (int way = 0; status == GD_OK && way < 2; way++) {
        network net;
        gd_tensor x = open_network(&net, s);
        (way == 0 ? write_from_scratch : write_with_layers)(&net, x, hidden);
        status = (way == 0 ? loop : fit)(&net, s->train, epochs, loss[way]);
        gd_evaluation result = {0};
        if (status == GD_OK)
            status =
                gd_evaluate(net.loss, s->test, (gd_evaluate_opts){.metric_count = 1, .metric = &net.accuracy}, &result);
        accuracy[way] = result.metric[0];
        if (status == GD_OK && way == 1 && hidden == 0 && !s->generated)
            status = draw_templates(&net, options);
        gd_graph_free(net.graph);
    }
    for (int e = 0; status == GD_OK && e < epochs; e++) {
        at[e] = e + 1;
        apart = fmax(apart, fabs(loss[0][e] - loss[1][e]));
        printf("epoch %2d  loss %.5f  %.5f\n", e + 1, loss[0][e], loss[1][e]);
    }
    if (status == GD_OK) {
        printf("test accuracy   %.4f   %.4f\n", accuracy[0], accuracy[1]);
        printf("losses differ by at most %.0e\n", apart);
        gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = hidden > 0 ? "256 hidden units" : "softmax",
                                                                  .x_title = "epoch",
                                                                  .y_title = "training loss"});
        gd_chart_line(chart, "with layers", epochs, at, loss[1]);
        gd_chart_points(chart, "from scratch", epochs, at, loss[0]);
    }
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    samples s;
    gd_status status = read_samples(&options, &s);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    for (int i = 0; status == GD_OK && i < 2; i++) {
        printf("%s: from scratch, with layers\n", i == 0 ? "softmax regression" : "\n256 hidden units");
        status = compare(&s, i == 0 ? 0 : 256, options.small ? 1 : MOST_EPOCHS, &options, figure);
    }
    gd_status written = course_figure(&options, "11-fashion", figure);
    gd_dataset_free(s.train);
    gd_dataset_free(s.test);
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
