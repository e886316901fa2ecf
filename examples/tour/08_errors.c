// Errors: a sentence each, and no crash. The first one sticks to its graph; later calls on it do nothing.
#include <gradus/gradus.h>
#include <stdio.h>

int main(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 32, 32));
    gd_tensor w = gd_variable(graph, "w", GD_F32, GD_SHAPE(8, 4, 3, 3), (gd_variable_opts){0});
    gd_tensor y = gd_convolve(x, w, GD_NO_TENSOR, (gd_window){0}); // w expects four channels, x has three
    gd_tensor z = gd_relu(gd_flatten(y));                          // harmless: z is poisoned, like y
    printf("%s: %s\n", gd_status_name(gd_graph_status(graph)), gd_graph_error(graph));
    printf("z is %s\n", gd_tensor_ok(z) ? "sound" : "poisoned");
    gd_graph_free(graph);

    // Functions that return a status leave their sentence in gd_last_error(), one for each thread.
    gd_dataset *set;
    gd_status status = gd_dataset_from_csv("no-such-file.csv", (gd_csv_opts){.target = GD_COLUMNS("price")}, &set);
    printf("%s: %s\n", gd_status_name(status), gd_last_error());
    return 0;
}
