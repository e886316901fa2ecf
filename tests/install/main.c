// A program outside the tree: J = 3 (a + b c) and its gradient, by the public headers alone.
#include <gradus/gradus.h>
#include <stdio.h>

int main(void)
{
    gd_graph *graph = gd_graph_create();
    if (graph == NULL) {
        fprintf(stderr, "%s\n", gd_last_error());
        return 1;
    }
    const char *name[3] = {"a", "b", "c"};
    const double value[3] = {5, 3, 2};
    gd_tensor x[3];
    for (int i = 0; i < 3; i++) {
        x[i] = gd_variable(graph, name[i], GD_F64, GD_SCALAR, (gd_variable_opts){0});
        const gd_array number = gd_array_borrow(GD_F64, GD_SCALAR, &value[i]);
        if (gd_variable_set(x[i], &number) != GD_OK)
            return 1;
    }
    gd_tensor sum = gd_add(x[0], gd_mul(x[1], x[2]));
    gd_tensor J = gd_mul(gd_scalar_like(sum, 3), sum);
    gd_tensor dx[3];
    gd_gradients(J, 3, x, dx);
    if (gd_graph_error(graph) != NULL)
        fprintf(stderr, "%s\n", gd_graph_error(graph));
    printf("J = %g, dJ/da = %g, dJ/db = %g, dJ/dc = %g\n", gd_value(J), gd_value(dx[0]), gd_value(dx[1]),
           gd_value(dx[2]));
    gd_graph_free(graph);
    return 0;
}
