// An op of one's own: softsign, y = x / (1 + |x|). Its record says all that Gradus must know of it.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>

static bool softsign_shape(gd_shape_call *call)
{
    if (!gd_type_is_float(call->input[0].type))
        return gd_op_error(call, "x is %s, a floating type was expected", gd_type_name(call->input[0].type));
    call->output[0] = call->input[0];
    return true;
}

// The plain kernel, in double precision whatever the type of x.
static gd_status softsign_ref(const gd_ref_call *call)
{
    for (int64_t i = 0; i < gd_shape_count(call->output[0].shape); i++) {
        double x = call->input[0].data[i];
        call->output[0].data[i] = x / (1 + fabs(x));
    }
    return GD_OK;
}

// The kernel that computations use: in f32, and in bf16 plans with values that are converted before and after.
static gd_status softsign_run(const gd_run_call *call)
{
    const float *x = call->input[0].data;
    float *y = call->output[0].data;
    for (int64_t i = 0; i < gd_shape_count(call->output[0].shape); i++)
        y[i] = x[i] / (1 + fabsf(x[i]));
    return GD_OK;
}

// dx = dy / (1 + |x|)^2, as more graph: so it can be differentiated again.
static void softsign_grad(gd_grad_call *call)
{
    gd_tensor slope = gd_reciprocal(gd_square(gd_shift(gd_abs(call->input[0]), 1)));
    call->input_grad[0] = gd_mul(call->output_grad[0], slope);
}

// Small cases on which the gradient can be checked; away from 0, where the second derivative jumps.
static const gd_sample softsign_sample[] = {
    {.note = "a matrix",
     .input_count = 1,
     .input = {{.shape = {2, {3, 5}}, .draw = GD_DRAW_AWAY, .low = -2, .high = 2}}},
};

static const gd_op softsign = {
    .struct_size = sizeof(gd_op), // for which version of the record this was compiled
    .name = "softsign",
    .doc = "y = x / (1 + |x|)",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .flags = GD_OP_ELEMENTWISE,
    .shape = softsign_shape,
    .grad = softsign_grad,
    .ref = softsign_ref,
    .sample_count = GD_COUNT_OF(softsign_sample),
    .sample = softsign_sample,
    .run_f32 = softsign_run,
};

static double softsign_at(gd_graph *graph, double x)
{
    gd_array number = gd_array_borrow(GD_F64, GD_SCALAR, &x);
    gd_tensor in = gd_constant(graph, &number);
    return gd_value(gd_apply(&softsign, 1, &in, NULL));
}

int main(void)
{
    if (gd_op_register(&softsign) != GD_OK) {
        fprintf(stderr, "%s\n", gd_last_error());
        return 1;
    }
    gd_graph *graph = gd_graph_create();
    double at = 0.5, e = 1e-5;
    gd_array number = gd_array_borrow(GD_F64, GD_SCALAR, &at);
    gd_tensor x = gd_constant(graph, &number), dy, ddy;
    gd_gradients(gd_apply(&softsign, 1, &x, NULL), 1, &x, &dy);
    gd_gradients(dy, 1, &x, &ddy);
    double numerical = (softsign_at(graph, at + e) - softsign_at(graph, at - e)) / (2 * e);
    printf("softsign(%g) = %.6f, slope %.6f (central difference %.6f), curvature %.6f\n", at, softsign_at(graph, at),
           gd_value(dy), numerical, gd_value(ddy));
    const char *error = gd_graph_error(graph);
    if (error != NULL)
        fprintf(stderr, "%s\n", error);
    gd_graph_free(graph);
    return error != NULL;
}
