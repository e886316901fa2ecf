// Units that are taken out of a trained network, by three measures of their importance, and units that are put into
// one: what accuracy is left at once, and after some more training.
#include <math.h>

#include "course.h"

enum { CLASSES = 10, WIDE = 128, NARROW = 4 };

// ---- A network with one hidden layer

typedef struct network {
    gd_graph *graph;
    gd_tensor hidden, loss;
    gd_metric accuracy;
    gd_trainer *trainer;
} network;

static gd_status create(const course_pictures *data, int64_t units, double decay, network *net)
{
    *net = (network){.graph = gd_graph_create()};
    gd_graph_set_seed(net->graph, 1);
    gd_tensor x = gd_scale(gd_flatten(course_picture_input(net->graph, data)), 1.0 / 255);
    gd_tensor label = gd_input(net->graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    net->hidden = gd_relu(gd_dense(x, units, (gd_dense_opts){.initializer = {.kind = GD_INIT_HE_NORMAL}})); // fc1
    gd_tensor score = gd_dense(net->hidden, CLASSES);                                                       // fc2
    net->loss = gd_softmax_cross_entropy(score, label);
    if (decay > 0)
        net->loss = gd_add(net->loss, gd_l2_penalty(net->graph, decay, (gd_penalty_opts){0}));
    net->accuracy = (gd_metric){.name = "accuracy", .value = gd_correct(score, label), .higher_is_better = true};
    net->trainer = gd_trainer_create(net->loss, gd_adam(1e-3));
    return net->trainer != NULL ? GD_OK : GD_ERROR_ARGUMENT;
}

static void release(network *net)
{
    gd_trainer_free(net->trainer);
    gd_graph_free(net->graph);
}

// ---- The units of a trained network, out of it and into another one

static gd_status take_units(const network *net, gd_units *units)
{
    *units = (gd_units){.vector_count = 1};
    gd_status status = gd_variable_get(gd_variable_find(net->graph, "fc1.weight"), &units->weight);
    if (status == GD_OK)
        status = gd_variable_get(gd_variable_find(net->graph, "fc2.weight"), &units->next);
    if (status == GD_OK)
        status = gd_variable_get(gd_variable_find(net->graph, "fc1.bias"), &units->vector[0].value);
    return status;
}

// A network of these units; the biases of its outputs are those of the network that they come from.
static gd_status create_from(const course_pictures *data, const network *from, const gd_units *units, double decay,
                             network *net)
{
    gd_array bias = {0};
    gd_status status = create(data, units->weight.shape.dim[0], decay, net);
    if (status == GD_OK)
        status = gd_variable_set(gd_variable_find(net->graph, "fc1.weight"), &units->weight);
    if (status == GD_OK)
        status = gd_variable_set(gd_variable_find(net->graph, "fc1.bias"), &units->vector[0].value);
    if (status == GD_OK)
        status = gd_variable_set(gd_variable_find(net->graph, "fc2.weight"), &units->next);
    if (status == GD_OK)
        status = gd_variable_get(gd_variable_find(from->graph, "fc2.bias"), &bias);
    if (status == GD_OK)
        status = gd_variable_set(gd_variable_find(net->graph, "fc2.bias"), &bias);
    gd_array_free(&bias);
    return status;
}

// The test accuracy of a network of these units as it is, and after more training if `epochs` is above 0.
static gd_status try_units(const course_pictures *data, const network *from, const gd_units *units, double decay,
                           int64_t epochs, double *at_once, double *trained)
{
    network net;
    double loss;
    gd_status status = create_from(data, from, units, decay, &net);
    if (status == GD_OK)
        status = course_measure(net.loss, &net.accuracy, data->test, &loss, at_once);
    if (status == GD_OK && epochs > 0)
        status = course_train(net.trainer, data, epochs);
    if (status == GD_OK && epochs > 0)
        status = course_measure(net.loss, &net.accuracy, data->test, &loss, trained);
    release(&net);
    return status;
}

// ---- Fewer units

// importance[0]: by size, |incoming weights| |outgoing weights|; [1]: by activity, (deviation of the activation)
// |outgoing weights|, which is how much of the output changes with the unit; [2]: by lot.
enum { SIZE, ACTIVITY, LOT, MEASURES };

static gd_status rank(const course_pictures *data, const network *net, const gd_units *units,
                      double importance[MEASURES][WIDE])
{
    gd_array activation = {0}; // (samples, units)
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    gd_numpy_uniforms(&random, WIDE, importance[LOT]);
    gd_status status = gd_rank_units(units, importance[SIZE]);
    if (status == GD_OK)
        status = gd_predict(1, &net->hidden, data->train, (gd_evaluate_opts){0}, &activation);
    for (int64_t u = 0; status == GD_OK && u < WIDE; u++) {
        double n = (double)activation.shape.dim[0], sum = 0, squares = 0, outgoing = 0;
        for (int64_t i = 0; i < activation.shape.dim[0]; i++) {
            double a = gd_array_get(&activation, i * WIDE + u);
            sum += a;
            squares += a * a;
        }
        for (int64_t k = 0; k < CLASSES; k++)
            outgoing += pow(gd_array_get(&units->next, k * WIDE + u), 2);
        importance[ACTIVITY][u] = sqrt(fmax(0, squares / n - pow(sum / n, 2))) * sqrt(outgoing);
    }
    gd_array_free(&activation);
    return status;
}

// Prunes a network to half of its units, a quarter, ... and says what accuracy each measure keeps, what training mends,
// and what a network of that size reaches from scratch in the same time.
static gd_status prune(const course *options, const course_pictures *data, double decay, gd_chart *chart)
{
    enum { SIZES = 6, COLUMNS = MEASURES + 2, MENDED = MEASURES, SCRATCH };
    static const char *const name[COLUMNS] = {"by size", "by activity", "by lot", "mended", "from scratch"};
    double importance[MEASURES][WIDE], keep[SIZES], accuracy[COLUMNS][SIZES] = {{0}}, loss;
    int64_t epochs = options->small ? 2 : 3;
    int sizes = options->small ? 2 : SIZES;
    network wide;
    gd_units all = {0};
    gd_status status = create(data, WIDE, decay, &wide);
    if (status == GD_OK)
        status = course_train(wide.trainer, data, options->small ? 10 : 30);
    if (status == GD_OK)
        status = take_units(&wide, &all);
    if (status == GD_OK)
        status = rank(data, &wide, &all, importance);
    printf("\nL2 penalty %-7g by size  by activity   by lot   mended  from scratch\n", decay);
    for (int i = 0; status == GD_OK && i < sizes; i++) {
        keep[i] = WIDE >> i;
        for (int m = 0; status == GD_OK && m < MEASURES; m++) {
            gd_units few = {0};
            status = gd_prune_units(&all, WIDE >> i, importance[m], &few);
            if (status == GD_OK)
                status = try_units(data, &wide, &few, decay, m == ACTIVITY ? epochs : 0, &accuracy[m][i],
                                   &accuracy[MENDED][i]);
            gd_units_free(&few);
        }
        network scratch = {0};
        if (status == GD_OK)
            status = create(data, WIDE >> i, decay, &scratch);
        if (status == GD_OK)
            status = course_train(scratch.trainer, data, epochs);
        if (status == GD_OK)
            status = course_measure(scratch.loss, &scratch.accuracy, data->test, &loss, &accuracy[SCRATCH][i]);
        release(&scratch);
        printf("%4.0f of %d    %8.2f%%    %8.2f%% %7.2f%% %7.2f%%      %7.2f%%\n", keep[i], WIDE,
               100 * accuracy[SIZE][i], 100 * accuracy[ACTIVITY][i], 100 * accuracy[LOT][i], 100 * accuracy[MENDED][i],
               100 * accuracy[SCRATCH][i]);
    }
    for (int c = 0; status == GD_OK && c < COLUMNS; c++) {
        gd_chart_line(chart, name[c], sizes, keep, accuracy[c]);
        gd_chart_points(chart, name[c], sizes, keep, accuracy[c]);
    }
    gd_units_free(&all);
    release(&wide);
    return status;
}

// ---- More units

static gd_status grow(const course *options, const course_pictures *data)
{
    enum { SIZES = 6, COLUMNS = 3 };
    static const char *const name[COLUMNS] = {"at once", "new units, trained", "copies, trained"};
    double size[SIZES], accuracy[COLUMNS][SIZES];
    int64_t epochs = options->small ? 10 : 15;
    int sizes = options->small ? 2 : SIZES;
    network narrow;
    gd_units few = {0};
    gd_status status = create(data, NARROW, 0, &narrow);
    if (status == GD_OK)
        status = course_train(narrow.trainer, data, epochs);
    if (status == GD_OK)
        status = take_units(&narrow, &few);
    printf("\n%d units become   at once   new units, trained   copies, trained\n", NARROW);
    for (int i = 0; status == GD_OK && i < sizes; i++) {
        size[i] = NARROW << i;
        for (int split = 0; status == GD_OK && split < 2; split++) {
            gd_units many = {0};
            status = gd_grow_units(&few, NARROW << i, (gd_grow_opts){.split = split == 1, .seed = 1}, &many);
            if (status == GD_OK)
                status = try_units(data, &narrow, &many, 0, epochs, &accuracy[0][i], &accuracy[1 + split][i]);
            gd_units_free(&many);
        }
        if (status == GD_OK)
            printf("%14.0f %8.2f%% %19.2f%% %16.2f%%\n", size[i], 100 * accuracy[0][i], 100 * accuracy[1][i],
                   100 * accuracy[2][i]);
    }
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(
        figure, (gd_chart_opts){.x_title = "units", .y_title = "test accuracy", .log_x = true, .percent_y = true});
    for (int c = 0; status == GD_OK && c < COLUMNS; c++) {
        gd_chart_line(chart, name[c], sizes, size, accuracy[c]);
        gd_chart_points(chart, name[c], sizes, size, accuracy[c]);
    }
    gd_units_free(&few);
    release(&narrow);
    gd_status written = course_figure(options, "14-pruning-grown", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    course_pictures data;
    gd_status status = course_fashion(options.small ? 500 : 10000, options.small ? 500 : 5000, &data);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    for (int i = 0; status == GD_OK && i < 2; i++) {
        gd_chart_opts opts = {.title = i == 0 ? "trained without a penalty" : "trained with an L2 penalty",
                              .x_title = "units kept",
                              .y_title = "test accuracy",
                              .log_x = true,
                              .y_to = 1,
                              .percent_y = true};
        status = prune(&options, &data, i == 0 ? 0 : 3e-3, gd_figure_chart(figure, opts));
    }
    gd_status written = course_figure(&options, "14-pruning", figure);
    if (status == GD_OK)
        status = written != GD_OK ? written : grow(&options, &data);
    gd_dataset_free(data.train);
    gd_dataset_free(data.test);
    return status == GD_OK ? 0 : course_fail();
}
