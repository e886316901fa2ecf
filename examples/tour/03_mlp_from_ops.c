// A multi-layer perceptron from single ops: 2-8-1 learns the exclusive or, which no single layer can.
#include <gradus/gradus.h>
#include <stdio.h>

enum { STEPS = 500 };

// x (N, in) gives x W + b, (N, out).
static gd_tensor layer(gd_tensor x, const char *weight, const char *bias, int64_t out)
{
    gd_initializer xavier = {.kind = GD_INIT_XAVIER_UNIFORM}, zeros = {.kind = GD_INIT_ZEROS};
    gd_tensor w = gd_parameter(x.graph, weight, GD_F32, GD_SHAPE(gd_tensor_dim(x, -1), out), xavier);
    gd_tensor b = gd_parameter(x.graph, bias, GD_F32, GD_SHAPE(out), zeros);
    return gd_add(gd_matmul(x, w), b);
}

// The update rule as assignments: Adam's, for every variable of the graph.
static gd_status write_update(gd_tensor loss, gd_tensor count, gd_assignment_list *list)
{
    gd_tensor w[4], dw[4];
    for (int i = 0; i < 4; i++)
        w[i] = gd_variable_at(loss.graph, i);
    gd_gradients(loss, 4, w, dw);
    gd_rule rule = gd_adam(0.05);
    return gd_rule_assignments(&rule, loss.graph, gd_scalar(loss.graph, rule.learning_rate), count, 4, w, dw, list);
}

static gd_status train(gd_tensor loss, gd_tensor in, gd_tensor target, gd_tensor count)
{
    static const float x[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y[4] = {0, 1, 1, 0};
    gd_assignment_list list = {0};
    gd_status status = write_update(loss, count, &list);
    gd_function *step =
        status != GD_OK
            ? NULL
            : gd_function_create(
                  loss.graph, 1, &loss,
                  (gd_function_opts){.training = true, .assignment_count = list.count, .assignment = list.assignment});
    gd_assignment_list_free(&list);
    if (step == NULL)
        return status != GD_OK ? status : GD_ERROR_ARGUMENT;
    float value = 0, t;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &value);
    gd_feed feed[] = {
        {in, gd_array_borrow(GD_F32, GD_SHAPE(4, 2), x)},
        {target, gd_array_borrow(GD_F32, GD_SHAPE(4, 1), y)},
        {count, gd_array_borrow(GD_F32, GD_SCALAR, &t)},
    };
    for (int i = 1; status == GD_OK && i <= STEPS; i++) {
        t = (float)i; // Adam's correction of its bias depends on the step
        status = gd_function_run(step, 3, feed, &result);
        if (i % 100 == 0)
            printf("step %d  loss %.5f\n", i, (double)value);
    }
    gd_function_free(step);
    return status;
}

int main(void)
{
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 7);
    gd_tensor in = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor target = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor count = gd_input(graph, "step", GD_F32, GD_SCALAR);
    gd_tensor hidden = gd_tanh(layer(in, "w1", "b1", 8));
    gd_tensor logit = layer(hidden, "w2", "b2", 1);

    // The logistic loss of p = sigmoid(z) is -y log p - (1 - y) log(1 - p) = softplus(z) - y z.
    gd_tensor each = gd_sub(gd_softplus(logit), gd_mul(target, logit));
    gd_tensor loss = gd_mean(each, (gd_reduce_opts){0});
    gd_status status = train(loss, in, target, count);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_graph_free(graph);
    return status != GD_OK;
}
