// Layers as objects: applied several times with the same variables, and the same as the calls.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <gradus/run.h>
#include <gradus/step.h>

#include <cmocka.h>
#include <string.h>

static gd_layer *make(gd_graph *graph, const char *kind, const char *name, const gd_setting *setting)
{
    gd_layer *layer = gd_layer_create(graph, kind, name, setting);
    if (layer == NULL)
        fail_msg("%s", gd_last_error());
    return layer;
}

static gd_layer *make_dense(gd_graph *graph, const char *name, double units)
{
    const gd_setting setting[] = {{"units", units, NULL}, {0}};
    return make(graph, "dense", name, setting);
}

static void assert_sound(const gd_graph *graph)
{
    if (gd_graph_error(graph) != NULL)
        fail_msg("%s", gd_graph_error(graph));
}

// What comes out for some numbers, under training and without.
static void assert_same(gd_tensor a_in, gd_tensor a, gd_tensor b_in, gd_tensor b)
{
    float value[48];
    for (int i = 0; i < 48; i++)
        value[i] = (float)(i * 7 % 11 - 5) / 4;
    for (int training = 0; training < 2; training++) {
        gd_array y[2] = {{0}, {0}};
        for (int k = 0; k < 2; k++) {
            const gd_tensor in = k == 0 ? a_in : b_in, out = k == 0 ? a : b;
            gd_function *f = gd_function_create(in.graph, 1, &out, (gd_function_opts){.training = training == 1});
            const gd_feed feed = {in, gd_array_borrow(GD_F32, GD_SHAPE(2, 2, 4, 3), value)};
            if (f == NULL || gd_function_run(f, 1, &feed, &y[k]) != GD_OK)
                fail_msg("%s", gd_last_error());
            gd_function_free(f);
        }
        assert_int_equal(gd_array_bytes(&y[0]), gd_array_bytes(&y[1]));
        assert_memory_equal(y[0].data, y[1].data, gd_array_bytes(&y[0]));
        gd_array_free(&y[0]);
        gd_array_free(&y[1]);
    }
}

// The same names, numbers and bits as the layer functions give.
static void test_as_calls(void **state)
{
    (void)state;
    gd_graph *a = gd_graph_create(), *b = gd_graph_create();
    gd_tensor x = gd_input(a, "x", GD_F32, GD_SHAPE(GD_BATCH, 2, 4, 3));
    gd_tensor z = gd_input(b, "x", GD_F32, GD_SHAPE(GD_BATCH, 2, 4, 3));
    gd_tensor y = gd_conv2d(x, 5, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME, .no_bias = true});
    y = gd_batch_norm(y, (gd_batch_norm_opts){.momentum = 0.2});
    y = gd_dense(gd_flatten(gd_relu(y)), 3);
    const gd_setting conv[] = {
        {"filters", 5, NULL}, {"kernel", 3, NULL}, {"padding", 0, "same"}, {"bias", 0, NULL}, {0}};
    const gd_setting norm[] = {{"momentum", 0.2, NULL}, {0}};
    gd_layer *layer[] = {make(b, "conv2d", NULL, conv), make(b, "batch_norm", NULL, norm)};
    gd_tensor w = gd_layers_apply(2, layer, z);
    gd_layer *relu = make(b, "relu", NULL, NULL), *flatten = make(b, "flatten", NULL, NULL);
    gd_layer *dense = make_dense(b, NULL, 3);
    w = gd_layers_apply(3, (gd_layer *const[]){relu, flatten, dense}, w);
    assert_sound(a);
    assert_sound(b);
    assert_int_equal(gd_variable_count(a), gd_variable_count(b));
    for (int i = 0; i < gd_variable_count(a); i++)
        assert_string_equal(gd_variable_name(gd_variable_at(a, i)), gd_variable_name(gd_variable_at(b, i)));
    assert_same(x, y, z, w);
    gd_layer *const all[] = {layer[0], layer[1], relu, flatten, dense};
    for (int i = 0; i < 5; i++)
        gd_layer_free(all[i]);
    gd_graph_free(a);
    gd_graph_free(b);
}

static void test_variables(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2, 4, 3));
    gd_layer *norm = make(graph, "batch_norm", "norm", NULL), *relu = make(graph, "relu", NULL, NULL);
    assert_int_equal(gd_layer_variable_count(norm), 0);
    gd_graph_set_scope(graph, "tower");
    gd_tensor first = gd_layer_apply(relu, gd_layer_apply(norm, x));
    gd_graph_set_scope(graph, NULL);
    gd_layer_apply(relu, gd_layer_apply(norm, first));
    assert_sound(graph);
    assert_int_equal(gd_variable_count(graph), 4);
    assert_int_equal(gd_layer_variable_count(norm), 4);
    assert_int_equal(gd_layer_variable_count(relu), 0);
    assert_int_equal(gd_layer_parameter_elements(norm), 4); // weight and bias of two channels
    assert_string_equal(gd_variable_name(gd_layer_variable(norm, 0)), "tower.norm.weight");
    gd_layer_freeze(norm, true);
    assert_false(gd_variable_trainable(gd_layer_variable(norm, 0)));
    gd_layer_apply(norm, first);
    assert_sound(graph);
    assert_false(gd_variable_trainable(gd_layer_variable(norm, 1)));
    gd_layer_freeze(norm, false);
    int trainable = 0;
    for (int i = 0; i < 4; i++)
        trainable += gd_variable_trainable(gd_layer_variable(norm, i));
    assert_int_equal(trainable, 2); // running statistics stay what they are
    assert_null(gd_layer_variable(norm, 4).graph);
    gd_layer_free(norm);
    gd_layer_free(relu);
    gd_graph_free(graph);
}

// Two towers with one set of weights, pulled together where `same` is 1 and apart where it is 0: gradients as central
// differences have them, and a step moves both towers.
static void test_siamese(void **state)
{
    (void)state;
    enum { BATCH = 3, IN = 4 };
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_input(graph, "a", GD_F32, GD_SHAPE(GD_BATCH, IN));
    gd_tensor b = gd_input(graph, "b", GD_F32, GD_SHAPE(GD_BATCH, IN));
    gd_tensor same = gd_input(graph, "same", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_layer *tower[] = {make_dense(graph, "hidden", 6), make(graph, "tanh", NULL, NULL), make_dense(graph, NULL, 2)};
    gd_tensor p = gd_layers_apply(3, tower, a), q = gd_layers_apply(3, tower, b);
    gd_tensor distance = gd_sum(gd_square(gd_sub(p, q)), (gd_reduce_opts){.axes = GD_AXES(1), .keep = true});
    gd_tensor apart = gd_exp(gd_neg(distance));
    gd_tensor loss =
        gd_mean(gd_add(gd_mul(same, distance), gd_mul(gd_shift(gd_neg(same), 1), apart)), (gd_reduce_opts){0});
    assert_sound(graph);
    assert_int_equal(gd_variable_count(graph), 4);
    assert_int_equal(gd_layer_parameter_elements(tower[0]), 6 * IN + 6);
    float left[BATCH][IN], right[BATCH][IN];
    for (int i = 0; i < BATCH * IN; i++) {
        left[i / IN][i % IN] = (float)(i * 5 % 7 - 3) / 3;
        right[i / IN][i % IN] = (float)(i * 3 % 5 - 2) / 2;
    }
    const float pulled[BATCH] = {1, 0, 1};
    const gd_feed feed[] = {{a, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, IN), left)},
                            {b, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, IN), right)},
                            {same, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, 1), pulled)}};
    gd_tensor w[4];
    double error = 1;
    for (int i = 0; i < 4; i++)
        w[i] = gd_variable_at(graph, i);
    assert_int_equal(gd_check_gradients(loss, 4, w, (gd_check_opts){.feed_count = 3, .feed = feed}, &error), GD_OK);
    assert_true(error < 1e-7);
    gd_train_step *step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_gradient_descent(0.1)});
    double before = 0;
    for (int i = 0; i < 20; i++) {
        if (gd_train_step_run(step, 3, feed) != GD_OK)
            fail_msg("%s", gd_last_error());
        before = i == 0 ? gd_train_step_loss(step) : before;
    }
    assert_true(gd_train_step_loss(step) < 0.8 * before);
    gd_train_step_free(step);
    for (int i = 0; i < 3; i++)
        gd_layer_free(tower[i]);
    gd_graph_free(graph);
}

static void test_refusals(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_setting wrong[] = {{"units", -3, NULL}, {0}}, unknown[] = {{"unist", 3, NULL}, {0}};
    assert_null(gd_layer_create(graph, "dens", NULL, NULL));
    assert_non_null(strstr(gd_last_error(), "did you mean 'dense'"));
    assert_null(gd_layer_create(graph, "dense", NULL, NULL));
    assert_string_equal(gd_last_error(), "dense needs the option 'units'");
    assert_null(gd_layer_create(graph, "dense", NULL, wrong));
    assert_null(gd_layer_create(graph, "dense", NULL, unknown));
    assert_null(gd_layer_create(graph, "relu", NULL, unknown));
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    gd_tensor y = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 4));
    gd_layer *dense = make_dense(graph, "d", 2), *twin = make_dense(graph, "d", 2);
    gd_layer_apply(dense, x);
    assert_sound(graph);
    assert_false(gd_tensor_ok(gd_layer_apply(dense, y)));
    assert_non_null(strstr(gd_graph_error(graph), "the shared variable 'd.weight' is f32 [2,3], expected f32 [2,4]"));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_layer_apply(twin, x))); // another layer of that name is a slip
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_layer_apply(NULL, x)));
    assert_non_null(strstr(gd_graph_error(graph), "there is no layer"));
    gd_layer_free(dense);
    gd_layer_free(twin);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_calls), cmocka_unit_test(test_variables),
                                       cmocka_unit_test(test_siamese), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
