// Programs with the names of version 0.1 still compile, and write the same graphs (gradus/deprecated.h).
#include <cmocka.h>
#include <gradus/gradus.h>
#include <string.h>

// The compiler says which name is the present one; here the old ones are meant.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static gd_tensor write_old(gd_graph *g)
{
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8)),
              s = gd_input(g, "s", GD_F32, GD_SHAPE(2, 5, 8));
    gd_tensor label = gd_input(g, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor a = gd_maxpool2d(x, 2), b = gd_avgpool2d_with(x, (gd_pool_opts){.kernel = 2});
    gd_tensor c = gd_add(gd_maxpool2d_with(a, (gd_pool_opts){.kernel = 2}), gd_avgpool2d(b, 2)); // (N, 3, 2, 2)
    gd_tensor line = gd_reshape(c, GD_SHAPE(GD_BATCH, 3, 4));
    line = gd_add(gd_maxpool1d(line, 2), gd_avgpool1d(line, 2));
    line = gd_add(gd_maxpool1d_with(line, (gd_pool_opts){.kernel = 2}),
                  gd_avgpool1d_with(line, (gd_pool_opts){.kernel = 2})); // (N, 3, 1)
    gd_tensor one = gd_variable(g, "one", GD_F32, GD_SHAPE(3), (gd_variable_opts){0});
    gd_tensor w4 = gd_variable(g, "w4", GD_F32, GD_SHAPE(8, 2), (gd_variable_opts){0});
    gd_tensor w3 = gd_variable(g, "w3", GD_F32, GD_SHAPE(6, 2), (gd_variable_opts){0});
    gd_tensor b3 = gd_variable(g, "b3", GD_F32, GD_SHAPE(6), (gd_variable_opts){0});
    gd_tensor w1 = gd_variable(g, "w1", GD_F32, GD_SHAPE(2, 2), (gd_variable_opts){0});
    gd_tensor h0 = gd_variable(g, "h0", GD_F32, GD_SHAPE(2, 2), (gd_variable_opts){0});
    gd_recurrent_op_opts steps = {.reverse = true};
    gd_tensor r = gd_add(gd_lstm_op(s, h0, h0, w4, steps), gd_gru_op(gd_slice(s, 2, 0, 6, 1), h0, w3, b3, steps));
    r = gd_sum(gd_add(r, gd_rnn_op(gd_slice(s, 2, 0, 2, 1), h0, w1, steps)), (gd_reduce_opts){0});
    gd_tensor y = gd_batch_norm_op(gd_flatten(line), one, one, one, one, 1e-5);
    y = gd_layer_norm_op(y, one, one, 1, 1e-5);
    y = gd_add(y, gd_embedding_op(gd_parameter(g, "table", GD_F32, GD_SHAPE(9, 3), (gd_initializer){0}), label));
    gd_tensor z = gd_dense_with(gd_dense(y, 5), 4, (gd_dense_opts){.name = "head", .no_bias = true});
    z = gd_matmul_with(z, z, (gd_matmul_opts){.transpose_a = true}); // (4, 4)
    gd_loss_opts sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor t = gd_softmax(z, -1), rows = gd_argmax(z, -1);
    gd_tensor loss = gd_add(gd_squared_error_with(z, t, sum), gd_absolute_error_with(z, t, sum));
    loss = gd_add(loss, gd_add(gd_huber_with(z, t, sum), gd_logistic_loss_with(z, t, sum)));
    loss = gd_add(loss, gd_add(gd_hinge_with(z, t, sum), gd_multiclass_hinge_with(z, rows, sum)));
    loss = gd_add(loss, gd_add(gd_softmax_cross_entropy_with(z, rows, sum), gd_kl_divergence_with(z, t, sum)));
    return gd_add(gd_add(loss, r), gd_mean(gd_cross_entropy_op(z, rows), (gd_reduce_opts){0}));
}

static gd_tensor write_present(gd_graph *g)
{
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8)),
              s = gd_input(g, "s", GD_F32, GD_SHAPE(2, 5, 8));
    gd_tensor label = gd_input(g, "label", GD_I32, gd_shape_of(1, GD_BATCH));
    const gd_pool_opts two = {.kernel = 2};
    gd_tensor a = gd_max_pool2d(x, two), b = gd_average_pool2d(x, two);
    gd_tensor c = gd_add(gd_max_pool2d(a, two), gd_average_pool2d(b, two));
    gd_tensor line = gd_reshape(c, gd_shape_of(3, GD_BATCH, 3, 4));
    line = gd_add(gd_max_pool1d(line, two), gd_average_pool1d(line, two));
    line = gd_add(gd_max_pool1d(line, two), gd_average_pool1d(line, two));
    gd_tensor one = gd_variable(g, "one", GD_F32, GD_SHAPE(3));
    gd_tensor w4 = gd_variable(g, "w4", GD_F32, GD_SHAPE(8, 2)), w3 = gd_variable(g, "w3", GD_F32, GD_SHAPE(6, 2));
    gd_tensor b3 = gd_variable(g, "b3", GD_F32, GD_SHAPE(6)), w1 = gd_variable(g, "w1", GD_F32, GD_SHAPE(2, 2));
    gd_tensor h0 = gd_variable(g, "h0", GD_F32, GD_SHAPE(2, 2));
    gd_recurrent_steps_opts steps = {.reverse = true};
    gd_tensor r = gd_add(gd_lstm_steps(s, h0, h0, w4, steps), gd_gru_steps(gd_slice(s, 2, 0, 6, 1), h0, w3, b3, steps));
    r = gd_sum(gd_add(r, gd_rnn_steps(gd_slice(s, 2, 0, 2, 1), h0, w1, steps)));
    gd_tensor y = gd_batch_normalize(gd_flatten(line), one, one, one, one, 1e-5);
    y = gd_layer_normalize(y, one, one, 1, 1e-5);
    y = gd_add(y, gd_embed(gd_parameter(g, "table", GD_F32, GD_SHAPE(9, 3), (gd_initializer){0}), label));
    gd_tensor z = gd_dense(gd_dense(y, 5), 4, (gd_dense_opts){.name = "head", .no_bias = true});
    z = gd_matmul(z, z, (gd_matmul_opts){.transpose_a = true});
    gd_loss_opts sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor t = gd_softmax(z, -1), rows = gd_argmax(z, -1);
    gd_tensor loss = gd_add(gd_squared_error(z, t, sum), gd_absolute_error(z, t, sum));
    loss = gd_add(loss, gd_add(gd_huber(z, t, sum), gd_logistic_loss(z, t, sum)));
    loss = gd_add(loss, gd_add(gd_hinge(z, t, sum), gd_multiclass_hinge(z, rows, sum)));
    loss = gd_add(loss, gd_add(gd_softmax_cross_entropy(z, rows, sum), gd_kl_divergence(z, t, sum)));
    return gd_add(gd_add(loss, r), gd_mean(gd_label_cross_entropy(z, rows)));
}

static void old_names_write_the_same_graph(void **state)
{
    (void)state;
    gd_graph *old = gd_graph_create(), *present = gd_graph_create();
    gd_tensor a = write_old(old), b = write_present(present);
    assert_true(gd_tensor_ok(a));
    assert_true(gd_tensor_ok(b));
    char *one = gd_graph_text(old), *other = gd_graph_text(present);
    assert_string_equal(one, other);
    gd_text_free(one);
    gd_text_free(other);

    // What is not a call that writes graph.
    gd_assignment_list update = {0};
    gd_rule rule = gd_gradient_descent(0.1);
    assert_int_equal(gd_rule_step(a, &rule, &update), GD_OK);
    gd_function *step = gd_training_step_with(a, &update, (gd_function_opts){0});
    assert_non_null(step);
    assert_ptr_equal(gd_task_with(&gd_task_binary, 3), gd_task_of_width(&gd_task_binary, 3));
    gd_function_free(step);
    gd_assignment_list_free(&update);
    gd_graph_free(old);
    gd_graph_free(present);
}

// A shape says how many dimensions it has, and a call refuses one that does not.
static void a_shape_of_other_dimensions_is_refused(void **state)
{
    (void)state;
    const int64_t dim[] = {2, 3};
    assert_true(gd_shape_equal(gd_shape_of(2, 2, 3), GD_SHAPE(2, 3)));
    assert_true(gd_shape_equal(gd_shape_from(2, dim), GD_SHAPE(2, 3)));
    assert_true(gd_shape_equal(gd_shape_from(0, NULL), GD_SCALAR));
    const gd_shape bad[] = {gd_shape_of(3, 2, 3), gd_shape_of(1, 2, 3), gd_shape_from(9, (const int64_t[9]){1}),
                            gd_shape_from(-2, dim), gd_shape_from(2, NULL)};
    for (int i = 0; i < GD_COUNT_OF(bad); i++) {
        gd_graph *graph = gd_graph_create();
        assert_false(gd_tensor_ok(gd_input(graph, "x", GD_F32, bad[i])));
        assert_int_equal(gd_graph_status(graph), GD_ERROR_ARGUMENT);
        gd_graph_free(graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_names_write_the_same_graph),
        cmocka_unit_test(a_shape_of_other_dimensions_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
