// Trains a small network on exclusive or, with the minimal library.
#include <gradus/base.h>
#include <gradus/graph.h>
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <stdio.h>

int main(void)
{
    static const float rows[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    static const float answers[4][1] = {{0}, {1}, {1}, {0}};
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 1);
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor target = gd_input(graph, "target", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor output = gd_dense(gd_tanh(gd_dense(x, 16)), 1);
    gd_function *step = gd_training_step(gd_logistic_loss(output, target), gd_adam(0.05));
    if (step == NULL) {
        fprintf(stderr, "%s\n", gd_last_error());
        return 1;
    }
    float loss = 0;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &loss);
    const gd_feed feeds[2] = {{x, gd_array_borrow(GD_F32, GD_SHAPE(4, 2), rows)},
                              {target, gd_array_borrow(GD_F32, GD_SHAPE(4, 1), answers)}};
    for (int i = 0; i < 300; i++)
        if (gd_function_run(step, 2, feeds, &result) != GD_OK) {
            fprintf(stderr, "%s\n", gd_last_error());
            return 1;
        }
    printf("%s\n", loss < 0.01F ? "learned" : "not learned");
    gd_function_free(step);
    gd_graph_free(graph);
    return 0;
}
