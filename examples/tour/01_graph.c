// The computation graph of J = 3 (a + b c), its value, and its derivatives by backpropagation.
#include <gradus/gradus.h>
#include <stdio.h>

int main(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_scalar(graph, 5), b = gd_scalar(graph, 3), c = gd_scalar(graph, 2);
    gd_tensor J = gd_scale(gd_add(a, gd_mul(b, c)), 3);

    // The gradients are more graph: nothing has been computed so far.
    gd_tensor d[3];
    gd_gradients(J, 3, (gd_tensor[]){a, b, c}, d);

    printf("J = %g, dJ/da = %g, dJ/db = %g, dJ/dc = %g\n", gd_value(J), gd_value(d[0]), gd_value(d[1]), gd_value(d[2]));

    // Whatever went wrong on the way is asked for once.
    const char *error = gd_graph_error(graph);
    if (error != NULL)
        fprintf(stderr, "%s\n", error);
    gd_graph_free(graph);
    return error != NULL;
}
