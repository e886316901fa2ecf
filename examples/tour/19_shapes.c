// Nets that are no chain: two inputs and two outputs, one tower used twice, a part used alone.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 32, STEPS = 400 };

static float uniform(void)
{
    return 2 * (float)rand() / (float)RAND_MAX - 1;
}

static int report(const char *what, gd_status status, double first, double last)
{
    if (status == GD_OK)
        printf("%s: loss %.3f, then %.3f\n", what, first, last);
    else
        fprintf(stderr, "%s: %s\n", what, gd_last_error());
    return status == GD_OK ? 0 : 1;
}

// A picture and a row of numbers go in, a class and a number come out: two losses, added.
static int two_inputs(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor picture = gd_input(graph, "picture", GD_F32, GD_SHAPE(GD_BATCH, 1, 8, 8));
    gd_tensor row = gd_input(graph, "row", GD_F32, GD_SHAPE(GD_BATCH, 3));
    gd_tensor kind = gd_input(graph, "kind", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor value = gd_input(graph, "value", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor seen = gd_flatten(gd_relu(gd_conv2d(picture, 4, (gd_conv2d_opts){.kernel = 3})));
    gd_tensor both = gd_relu(gd_dense(gd_concat(2, (gd_tensor[]){seen, row}, 1), 32)); // (N, 32)
    gd_tensor loss =
        gd_add(gd_softmax_cross_entropy(gd_dense(both, 2), kind), gd_squared_error(gd_dense(both, 1), value));

    gd_train_step *step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_adam(3e-3)});
    gd_status status = step != NULL ? GD_OK : gd_last_status();
    static float pixels[BATCH][64], rows[BATCH][3], values[BATCH];
    int32_t kinds[BATCH];
    double first = 0;
    for (int i = 0; status == GD_OK && i < STEPS; i++) {
        for (int k = 0; k < BATCH; k++) {
            for (int j = 0; j < 64; j++)
                pixels[k][j] = uniform();
            for (int j = 0; j < 3; j++)
                rows[k][j] = uniform();
            kinds[k] = rows[k][0] > 0;
            values[k] = rows[k][1] + pixels[k][9];
        }
        status = gd_train_step_run_batch(step, BATCH, 4, (const void *const[]){pixels, rows, kinds, values});
        if (i == 0)
            first = gd_train_step_loss(step);
    }
    const int failed = report("two inputs, two outputs", status, first, gd_train_step_loss(step));
    gd_train_step_free(step);
    gd_graph_free(graph);
    return failed;
}

// Two rows go through one tower; rows of one kind shall come out near each other (Hadsell, Chopra, LeCun 2006).
static int one_tower_twice(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_input(graph, "a", GD_F32, GD_SHAPE(GD_BATCH, 6));
    gd_tensor b = gd_input(graph, "b", GD_F32, GD_SHAPE(GD_BATCH, 6));
    gd_tensor same = gd_input(graph, "same", GD_F32, GD_SHAPE(GD_BATCH, 1));
    const gd_setting wide[] = {{"units", 32, NULL}, {0}}, narrow[] = {{"units", 8, NULL}, {0}};
    gd_layer *tower[] = {gd_layer_create(graph, "dense", "tower1", wide), gd_layer_create(graph, "relu", NULL, NULL),
                         gd_layer_create(graph, "dense", "tower2", narrow)};
    gd_tensor of_a = gd_layers_apply(3, tower, a), of_b = gd_layers_apply(3, tower, b);
    gd_tensor apart = gd_sum(gd_square(gd_sub(of_a, of_b)), (gd_reduce_opts){.axes = GD_AXES(1), .keep = true});
    gd_tensor too_near = gd_square(gd_relu(gd_shift(gd_neg(gd_sqrt(gd_shift(apart, 1e-6))), 1)));
    gd_tensor loss = gd_mean(gd_add(gd_mul(same, apart), gd_mul(gd_sub(gd_ones_like(same), same), too_near)));

    gd_train_step *step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_adam(1e-2)});
    // The tower alone wants a alone.
    gd_function *embed = gd_function_create(graph, 1, &of_a, (gd_function_opts){0});
    gd_status status = step != NULL && embed != NULL ? GD_OK : gd_last_status();
    float left[BATCH][6], right[BATCH][6], alike[BATCH], code[BATCH][8];
    double first = 0;
    for (int i = 0; status == GD_OK && i < STEPS; i++) {
        for (int k = 0; k < BATCH; k++) {
            for (int j = 0; j < 6; j++) {
                left[k][j] = uniform();
                right[k][j] = uniform();
            }
            alike[k] = (left[k][2] > 0) == (right[k][2] > 0);
        }
        status = gd_train_step_run_batch(step, BATCH, 3, (const void *const[]){left, right, alike});
        if (i == 0)
            first = gd_train_step_loss(step);
    }
    if (status == GD_OK)
        status = gd_function_run_batch(embed, BATCH, 1, (const void *const[]){left}, (void *const[]){code});
    const int failed = report("one tower twice", status, first, gd_train_step_loss(step));
    gd_train_step_free(step);
    gd_function_free(embed);
    for (int i = 0; i < 3; i++)
        gd_layer_free(tower[i]);
    gd_graph_free(graph);
    return failed;
}

int main(void)
{
    gd_set_threads(1);
    return two_inputs() + one_tower_twice();
}
