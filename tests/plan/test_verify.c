// GD_VERIFY=1: runs whose steps are right pass in every precision, and a step that is wrong is named.
#include <gradus/nn.h>
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/compare.h"
#include "op/table.h"
#include "plan/fake_backend.h"
#include "plan/functions.h"

// ---- Steps that are right

// Loss and gradients of a network with convolution, batch norm, pooling, dropout, a product that is large enough for
// bf16, and of an LSTM.
static void make_outputs(gd_graph *graph, int *count, gd_tensor *output)
{
    gd_graph_set_seed(graph, 4);
    gd_tensor x = random_variable_of(graph, "x", GD_F32, GD_SHAPE(16, 3, 12, 12), -1, 1, 1);
    gd_tensor h = gd_conv2d(x, 16, (gd_conv2d_opts){.kernel = 3, .padding = 1});
    h = gd_max_pool2d(gd_relu(gd_batch_norm(h, (gd_batch_norm_opts){0})), (gd_pool_opts){.kernel = 2});
    h = gd_conv2d(h, 16, (gd_conv2d_opts){.kernel = 3, .padding = 1});
    h = gd_dropout(gd_relu(gd_dense(gd_flatten(gd_add(h, gd_tanh(h))), 512)), 0.3);
    gd_tensor loss = gd_mean(gd_square(gd_dense(h, 4)), (gd_reduce_opts){0});
    gd_tensor sequence = random_variable_of(graph, "s", GD_F32, GD_SHAPE(2, 5, 3), -1, 1, 2);
    gd_tensor last = gd_lstm(sequence, 4, (gd_recurrent_opts){0});
    loss = gd_add(loss, gd_mean(gd_square(last), (gd_reduce_opts){0}));
    output[0] = loss;
    gd_tensor variable[32];
    *count = 1;
    for (int i = 0; i < gd_variable_count(graph); i++) {
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            variable[(*count)++ - 1] = gd_variable_at(graph, i);
    }
    gd_gradients(loss, *count - 1, variable, output + 1);
}

static void right_steps_pass(void **state)
{
    (void)state;
    const gd_function_opts modes[] = {{.training = true},
                                      {.training = true, .precision = GD_PRECISION_EXACT},
                                      {.training = true, .precision = GD_PRECISION_BF16},
                                      {.training = true, .recompute = true},
                                      {.check_numbers = true},
                                      {.precision = GD_PRECISION_BF16},
                                      {0}};
    for (int i = 0; i < GD_COUNT_OF(modes); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor output[33];
        gd_array result[33] = {0};
        int count;
        make_outputs(graph, &count, output);
        gd_function *function = gd_function_create(graph, count, output, modes[i]);
        assert_non_null(function);
        for (int run = 0; run < 2; run++) {
            if (gd_function_run(function, 0, NULL, result) != GD_OK)
                fail_msg("mode %d: %s", i, gd_last_error());
        }
        for (int j = 0; j < count; j++)
            gd_array_free(&result[j]);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// New values of variables are compared with those that the old ones make, though steps write them in place.
static void updates_in_place_pass(void **state)
{
    (void)state;
    for (int backend = 0; backend < 2; backend++) {
        gd_graph *graph = gd_graph_create();
        if (backend == 1)
            use_fake_backend(graph);
        gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), b = VARIABLE(graph, "b", 10, 20, 30);
        gd_tensor sum = gd_add(a, b), product = gd_mul(a, sum);
        gd_function *function = make_function(graph, 1, &product, 2, (gd_assignment[]){{a, sum}, {b, product}});
        gd_array result = {0};
        run_function(function, &result);
        run_function(function, &result);
        EXPECT_VARIABLE(a, 22, 66, 132);
        gd_array_free(&result);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// ---- A step that is wrong: a backend as cpu, but that products of matrices are too large

static gd_status (*right_run)(const gd__plan_step *step, void *const *buffer);
static double factor;

static gd_status run_wrongly(const gd__plan_step *step, void *const *buffer)
{
    gd_status status = right_run(step, buffer);
    float *y = buffer[step->output[0]];
    for (int i = 0; i < 64; i++)
        y[i] *= (float)factor;
    return status;
}

static gd_status add_node(gd__planner *planner, int32_t index)
{
    gd_status status = gd__backend_find("cpu")->node(planner, index);
    if (status == GD_OK && planner->plan->graph->node[index].op == &gd__op_matmul) {
        gd__plan_step *step = &planner->plan->step[planner->plan->step_count - 1];
        right_run = step->run;
        step->run = run_wrongly;
    }
    return status;
}

static gd_graph *graph_of_wrong_products(void)
{
    static gd__backend wrong;
    if (wrong.name == NULL) {
        wrong = *gd__backend_find("cpu");
        wrong.name = "wrong products";
        wrong.node = add_node;
        assert_int_equal(gd__backend_register(&wrong), GD_OK);
    }
    gd_graph *graph = gd_graph_create();
    assert_int_equal(gd__backend_choose(graph, "wrong products"), GD_OK);
    return graph;
}

// Small products stay f32 in a bf16 plan; the sum behind it is right, as it is compared with that of what it was given.
static void a_wrong_step_is_named(void **state)
{
    (void)state;
    const struct {
        gd_precision precision;
        double factor;
        bool found;
    } row[] = {{GD_PRECISION_FAST, 1, false}, {GD_PRECISION_FAST, 1.0005, false}, {GD_PRECISION_FAST, 1.002, true},
               {GD_PRECISION_FAST, 3, true},  {GD_PRECISION_BF16, 1.04, false},   {GD_PRECISION_BF16, 1.06, true},
               {GD_PRECISION_BF16, 0.5, true}};
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        factor = row[i].factor;
        gd_graph *graph = graph_of_wrong_products();
        gd_tensor a = random_variable_of(graph, "a", GD_F32, GD_SHAPE(8, 8), 1, 2, 1);
        gd_tensor b = random_variable_of(graph, "b", GD_F32, GD_SHAPE(8, 8), 1, 2, 2);
        gd_tensor y = gd_sum(gd_exp(gd_scale(gd_matmul(a, b), 0.1)), (gd_reduce_opts){0});
        const gd_function_opts opts = {.training = true, .precision = row[i].precision};
        gd_function *function = gd_function_create(graph, 1, &y, opts);
        gd_array result = {0};
        const gd_status status = gd_function_run(function, 0, NULL, &result);
        if (status != (row[i].found ? GD_ERROR_INTERNAL : GD_OK))
            fail_msg("row %d: %s", i, status == GD_OK ? "nothing was found" : gd_last_error());
        if (row[i].found)
            assert_non_null(strstr(gd_last_error(), "matmul [8,8] is off by"));
        gd_array_free(&result);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

int main(void)
{
    setenv("GD_VERIFY", "1", 1); // the library reads it once
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_steps_pass),
        cmocka_unit_test(updates_in_place_pass),
        cmocka_unit_test(a_wrong_step_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
