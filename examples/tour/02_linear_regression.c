// Linear regression by gradient descent, written out: y = w x + b is fitted to points near y = 2 x + 1.
#include <gradus/gradus.h>
#include <stdio.h>

enum { POINTS = 64, STEPS = 200 };

int main(void)
{
    float x[POINTS], y[POINTS];
    for (int i = 0; i < POINTS; i++) {
        x[i] = (float)i / POINTS;
        y[i] = 2 * x[i] + 1 + (i % 3 == 0 ? 0.1F : -0.05F); // something like noise, with mean zero
    }

    // Inputs have a batch dimension that stays open; variables last from run to run and start as zeros.
    gd_graph *graph = gd_graph_create();
    gd_tensor in = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH));
    gd_tensor target = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH));
    gd_tensor w = gd_variable(graph, "w", GD_F32, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor b = gd_variable(graph, "b", GD_F32, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor prediction = gd_add(gd_mul(w, in), b);
    gd_tensor loss = gd_mean(gd_square(gd_sub(prediction, target)), (gd_reduce_opts){0});

    // One step: compute the loss, and write w := w - 0.5 dw and b := b - 0.5 db.
    gd_tensor d[2];
    gd_gradients(loss, 2, (gd_tensor[]){w, b}, d);
    gd_assignment update[] = {
        {w, gd_sub(w, gd_scale(d[0], 0.5))},
        {b, gd_sub(b, gd_scale(d[1], 0.5))},
    };
    gd_function *step = gd_function_create(
        graph, 1, &loss, (gd_function_opts){.training = true, .assignment_count = 2, .assignment = update});

    gd_feed feed[] = {
        {in, gd_array_borrow(GD_F32, GD_SHAPE(POINTS), x)},
        {target, gd_array_borrow(GD_F32, GD_SHAPE(POINTS), y)},
    };
    float value = 0;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &value);
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < STEPS; i++) {
        status = gd_function_run(step, 2, feed, &result);
        if (i % 50 == 0)
            printf("step %3d  loss %.4f\n", i, (double)value);
    }
    if (status == GD_OK)
        printf("y = %.2f x + %.2f\n", gd_value(w), gd_value(b));
    else
        fprintf(stderr, "%s\n", gd_last_error());
    gd_function_free(step);
    gd_graph_free(graph);
    return status != GD_OK;
}
