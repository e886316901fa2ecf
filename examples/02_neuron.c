// One ReLU neuron on the prices of houses: price = max(0, w area + b).
#include <math.h>

#include "course.h"

static gd_status one_neuron(int steps, gd_figure *figure)
{
    static const double area[6] = {0.45, 0.6, 0.8, 1.0, 1.3, 1.6}; // hundreds of square metres
    static const double price[6] = {62, 98, 175, 228, 330, 405};   // thousands
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH));
    gd_tensor y = gd_input(graph, "y", GD_F64, GD_SHAPE(GD_BATCH));
    // From w = 0 and b = 0 the neuron would never wake up: where it says 0, its slope is 0 as well.
    gd_initializer ones = {.kind = GD_INIT_ONES};
    gd_tensor w = gd_parameter(graph, "w", GD_F64, GD_SCALAR, ones);
    gd_tensor b = gd_parameter(graph, "b", GD_F64, GD_SCALAR, ones);
    gd_tensor prediction = gd_relu(gd_add(gd_mul(w, x), b));
    gd_function *step = gd_training_step(gd_squared_error(prediction, y), gd_gradient_descent(0.3));

    gd_feed feed[] = {{x, gd_array_borrow(GD_F64, GD_SHAPE(6), area)},
                      {y, gd_array_borrow(GD_F64, GD_SHAPE(6), price)}};
    double cost = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &cost);
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < steps; i++)
        status = gd_function_run(step, 2, feed, &result);
    if (status == GD_OK) {
        double slope = gd_value(w), start = gd_value(b), place[37], line[37], neuron[37];
        for (int i = 0; i < 37; i++) {
            place[i] = 0.05 * i;
            line[i] = slope * place[i] + start;
            neuron[i] = fmax(0, line[i]);
        }
        printf("price = max(0, %.1f area/100 %+.1f)\n", slope, start);
        printf("15 square metres: the line says %.1f, the neuron %.1f\n", line[3], neuron[3]);
        gd_chart *chart = gd_figure_chart(
            figure, (gd_chart_opts){.title = "One neuron", .x_title = "area / 100 m²", .y_title = "price / thousand"});
        gd_chart_points(chart, "houses", 6, area, price);
        gd_chart_line(chart, "w x + b", 37, place, line);
        gd_chart_line(chart, "max(0, w x + b)", 37, place, neuron);
    }
    gd_function_free(step);
    gd_graph_free(graph);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_status status = one_neuron(options.small ? 100 : 1000, figure);
    gd_status written = course_figure(&options, "02-neuron", figure);
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
