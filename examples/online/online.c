// Learning from rows as they come: x1,x2,x3,x4,y in each line of standard input. Each row is predicted and then
// learned; all is saved every 1000 rows, and a program that was stopped goes on from there, to the bit.
#include <gradus/gradus.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "online.safetensors";
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4));
    gd_tensor y = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor guess = gd_dense(gd_tanh(gd_dense(x, 16)), 1);
    gd_train_step *step = gd_train_step_create(
        gd_squared_error(guess, y), (gd_train_step_opts){.rule = gd_adam(3e-3), .output_count = 1, .output = &guess});
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    if (status == GD_OK && access(path, R_OK) == 0)
        status = gd_load_state(graph, path);
    float row[4], t;
    double sum = 0;
    while (status == GD_OK && scanf("%f,%f,%f,%f,%f", row, row + 1, row + 2, row + 3, &t) == 5) {
        status = gd_train_step_run_batch(step, 1, 2, (const void *const[]){row, &t});
        sum += gd_train_step_loss(step);
        const long long rows = gd_train_step_count(step);
        if (status == GD_OK && rows % 1000 == 0) {
            status = gd_save_state(graph, path, 0, NULL);
            printf("%lld rows, mean loss %.5f, last prediction %.3f for %.3f\n", rows, sum / 1000,
                   gd_array_get(gd_train_step_output(step, 0), 0), (double)t);
            sum = 0;
        }
    }
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_train_step_free(step);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
