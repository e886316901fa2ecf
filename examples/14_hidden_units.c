// How many hidden units: networks of one hidden layer, from 1 unit to 512, on few pictures of Fashion-MNIST.
#include "course.h"

typedef struct network {
    gd_graph *graph;
    gd_tensor loss;
    gd_metric accuracy;
    gd_trainer *trainer;
} network;

static gd_status create(const course_pictures *data, int64_t units, network *net)
{
    *net = (network){.graph = gd_graph_create()};
    gd_graph_set_seed(net->graph, 1);
    gd_tensor x = gd_scale(gd_flatten(course_picture_input(net->graph, data)), 1.0 / 255);
    gd_tensor label = gd_input(net->graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor hidden = gd_relu(gd_dense(x, units, (gd_dense_opts){.initializer = {.kind = GD_INIT_HE_NORMAL}}));
    gd_tensor score = gd_dense(hidden, 10);
    net->loss = gd_softmax_cross_entropy(score, label);
    net->accuracy = (gd_metric){.name = "accuracy", .value = gd_correct(score, label), .higher_is_better = true};
    net->trainer = gd_trainer_create(net->loss, gd_adam(1e-3));
    return net->trainer != NULL ? GD_OK : GD_ERROR_ARGUMENT;
}

static void release(network *net)
{
    gd_trainer_free(net->trainer);
    gd_graph_free(net->graph);
}

static gd_status widths(const course *options, const course_pictures *data)
{
    enum { WIDTHS = 10 };
    double units[WIDTHS], loss[2][WIDTHS], accuracy[2][WIDTHS];
    int count = options->small ? 4 : WIDTHS;
    gd_status status = GD_OK;
    printf("units   training loss, accuracy     test loss, accuracy\n");
    for (int i = 0; status == GD_OK && i < count; i++) {
        network net;
        units[i] = 1 << i;
        status = create(data, 1 << i, &net);
        if (status == GD_OK)
            status = course_train(net.trainer, data, options->small ? 10 : 40);
        if (status == GD_OK)
            status = course_measure(net.loss, &net.accuracy, data->train, &loss[0][i], &accuracy[0][i]);
        if (status == GD_OK)
            status = course_measure(net.loss, &net.accuracy, data->test, &loss[1][i], &accuracy[1][i]);
        release(&net);
        if (status == GD_OK)
            printf("%5.0f %15.4f %10.2f%% %12.4f %10.2f%%\n", units[i], loss[0][i], 100 * accuracy[0][i], loss[1][i],
                   100 * accuracy[1][i]);
    }
    static const char *const name[] = {"training", "test"};
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_chart *right = gd_figure_chart(
        figure, (gd_chart_opts){.x_title = "hidden units", .y_title = "accuracy", .log_x = true, .percent_y = true});
    gd_chart *wrong =
        gd_figure_chart(figure, (gd_chart_opts){.x_title = "hidden units", .y_title = "loss", .log_x = true});
    for (int part = 0; status == GD_OK && part < 2; part++) {
        gd_chart_line(right, name[part], count, units, accuracy[part]);
        gd_chart_points(right, name[part], count, units, accuracy[part]);
        gd_chart_line(wrong, name[part], count, units, loss[part]);
        gd_chart_points(wrong, name[part], count, units, loss[part]);
    }
    gd_status written = course_figure(options, "14-hidden-units", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    course_pictures data;
    gd_status status = course_fashion(options.small ? 500 : 3000, options.small ? 500 : 5000, &data);
    if (status == GD_OK)
        status = widths(&options, &data);
    gd_dataset_free(data.train);
    gd_dataset_free(data.test);
    return status == GD_OK ? 0 : course_fail();
}
