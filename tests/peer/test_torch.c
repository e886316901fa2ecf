// Agreement with PyTorch: the same weights and batches, 20 steps of each rule on a multi-layer perceptron and on a
// convolutional network with batch norm. torch_steps.py, beside this file, does PyTorch's part; where there is no
// PyTorch the test is skipped.
#include <gradus/gradus.h>

#include <cmocka.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 20, BATCH = 16 };
#define TOLERANCE 1e-4

static char directory[] = "/tmp/gradus-torch-XXXXXX";
static bool have_torch;

// Debian's own interpreter, which sees Debian's packages; GD_TEST_PYTHON names another.
static const char *python(void)
{
    const char *name = getenv("GD_TEST_PYTHON");
    return name != NULL ? name : access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

static int run_torch(void **state)
{
    (void)state;
    char command[1024], here[512];
    snprintf(here, sizeof here, "%s", __FILE__);
    snprintf(command, sizeof command, "%s -c 'import torch' >/dev/null 2>&1", python());
    if (mkdtemp(directory) == NULL)
        return 1;
    have_torch = system(command) == 0;
    if (!have_torch)
        return 0;
    snprintf(command, sizeof command, "OMP_NUM_THREADS=1 %s %s/torch_steps.py %s", python(), dirname(here), directory);
    return system(command) == 0 ? 0 : 1;
}

static int remove_files(void **state)
{
    (void)state;
    char path[sizeof directory + 32];
    static const char *const name[] = {"mlp", "cnn"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.safetensors", directory, name[i]);
        unlink(path);
    }
    rmdir(directory);
    return 0;
}

typedef struct network {
    gd_graph *graph;
    gd_tensor x, label, rate, step, loss;
} network;

static network begin(gd_shape shape)
{
    network n = {.graph = gd_graph_create()};
    n.x = gd_input(n.graph, "x", GD_F32, shape);
    n.label = gd_input(n.graph, "label", GD_I64, GD_SHAPE(GD_BATCH));
    n.rate = gd_input(n.graph, "rate", GD_F32, GD_SCALAR);
    n.step = gd_input(n.graph, "step", GD_F32, GD_SCALAR);
    return n;
}

static network make_mlp(void)
{
    network n = begin(GD_SHAPE(GD_BATCH, 20));
    gd_tensor h = gd_relu(gd_dense(n.x, 32, (gd_dense_opts){.name = "fc1"}));
    h = gd_tanh(gd_dense(h, 16, (gd_dense_opts){.name = "fc2"}));
    n.loss = gd_softmax_cross_entropy(gd_dense(h, 5, (gd_dense_opts){.name = "fc3"}), n.label);
    return n;
}

static network make_cnn(void)
{
    network n = begin(GD_SHAPE(GD_BATCH, 2, 8, 8));
    gd_conv2d_opts conv = {.kernel = 3, .padding = GD_SAME, .no_bias = true, .name = "conv1"};
    gd_tensor h = gd_batch_norm(gd_conv2d(n.x, 8, conv), (gd_batch_norm_opts){.name = "bn1"});
    h = gd_max_pool2d(gd_relu(h), (gd_pool_opts){.kernel = 2});
    conv.name = "conv2";
    h = gd_batch_norm(gd_conv2d(h, 16, conv), (gd_batch_norm_opts){.name = "bn2"});
    h = gd_flatten(gd_average_pool2d(gd_relu(h), (gd_pool_opts){.kernel = 2}));
    n.loss = gd_softmax_cross_entropy(gd_dense(h, 5, (gd_dense_opts){.name = "fc"}), n.label);
    return n;
}

// The file's tensor <prefix>.<name>.
static const gd_array *expected(const gd_tensor_file *file, const char *prefix, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    const gd_array *array = gd_tensor_file_get(file, full);
    if (array == NULL)
        fail_msg("PyTorch knows no %s", full);
    return array;
}

static double relative_distance(const gd_array *a, const gd_array *b)
{
    double difference = 0, size = 0;
    for (int64_t i = 0; i < gd_array_count(b); i++) {
        difference += pow(gd_array_get(a, i) - gd_array_get(b, i), 2);
        size += pow(gd_array_get(b, i), 2);
    }
    return sqrt(difference) / fmax(sqrt(size), 1e-12);
}

static bool is_from_torch(const char *variable)
{
    const char *end = strrchr(variable, '.');
    return end != NULL && (strcmp(end, ".weight") == 0 || strcmp(end, ".bias") == 0 ||
                           strcmp(end, ".running_mean") == 0 || strcmp(end, ".running_var") == 0);
}

static gd_function *make_step(network *n, gd_rule rule)
{
    gd_tensor parameter[32], gradient[32];
    int count = 0;
    for (int i = 0; i < gd_variable_count(n->graph); i++) {
        gd_tensor variable = gd_variable_at(n->graph, i);
        if (gd_variable_trainable(variable))
            parameter[count++] = variable;
    }
    gd_gradients(n->loss, count, parameter, gradient);
    gd_assignment_list list = {0};
    if (gd_rule_assignments(&rule, n->graph, n->rate, n->step, count, parameter, gradient, &list) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_function_opts opts = {.training = true, .assignment_count = list.count, .assignment = list.assignment};
    gd_function *function = gd_function_create(n->graph, 1, &n->loss, opts);
    if (function == NULL)
        fail_msg("%s", gd_last_error());
    gd_assignment_list_free(&list);
    return function;
}

// The batch of one step: a part of an array of all steps.
static gd_array batch_of(const gd_array *all, int step)
{
    gd_shape shape = {.rank = all->shape.rank - 1};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = all->shape.dim[i + 1];
    const char *data = all->data;
    return gd_array_borrow(all->type, shape,
                           data + (size_t)step * (size_t)gd_shape_count(shape) * gd_type_size(all->type));
}

static void compare_rule(network n, const gd_tensor_file *file, gd_rule rule)
{
    const char *name = gd_rule_name(&rule);
    for (int i = 0; i < gd_variable_count(n.graph); i++) {
        gd_tensor variable = gd_variable_at(n.graph, i);
        if (is_from_torch(gd_variable_name(variable)) &&
            gd_variable_set(variable, expected(file, "init", gd_variable_name(variable))) != GD_OK)
            fail_msg("%s", gd_last_error());
    }
    gd_function *function = make_step(&n, rule);
    const gd_array *x = gd_tensor_file_get(file, "x"), *label = gd_tensor_file_get(file, "label");
    const gd_array *losses = expected(file, name, "loss");
    for (int i = 0; i < STEPS; i++) {
        float rate = (float)rule.learning_rate, step = (float)(i + 1);
        gd_feed feed[] = {{n.x, batch_of(x, i)},
                          {n.label, batch_of(label, i)},
                          {n.rate, gd_array_borrow(GD_F32, GD_SCALAR, &rate)},
                          {n.step, gd_array_borrow(GD_F32, GD_SCALAR, &step)}};
        gd_array loss = {0};
        if (gd_function_run(function, 4, feed, &loss) != GD_OK)
            fail_msg("%s: %s", name, gd_last_error());
        double have = gd_array_get(&loss, 0), want = gd_array_get(losses, i);
        if (!(fabs(have - want) <= TOLERANCE * fabs(want)))
            fail_msg("%s, step %d: the loss is %.8g, PyTorch's %.8g", name, i, have, want);
        gd_array_free(&loss);
    }
    for (int i = 0; i < gd_variable_count(n.graph); i++) {
        gd_tensor variable = gd_variable_at(n.graph, i);
        if (!is_from_torch(gd_variable_name(variable)))
            continue;
        gd_array have;
        assert_int_equal(gd_variable_get(variable, &have), GD_OK);
        double distance = relative_distance(&have, expected(file, name, gd_variable_name(variable)));
        if (!(distance <= TOLERANCE))
            fail_msg("%s: after %d steps %s is off by %g", name, STEPS, gd_variable_name(variable), distance);
        gd_array_free(&have);
    }
    gd_function_free(function);
    gd_graph_free(n.graph);
}

static void compare_all_rules(const char *name, network (*make)(void))
{
    if (!have_torch) {
        print_message("skip: %s has no torch (Debian: python3-torch)\n", python());
        skip();
    }
    char path[sizeof directory + 32];
    snprintf(path, sizeof path, "%s/%s.safetensors", directory, name);
    gd_tensor_file *file;
    if (gd_tensor_file_open(path, &file) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_rule adamw = gd_adamw(0.005);
    adamw.weight_decay = 0.1;
    const gd_rule rules[] = {gd_gradient_descent(0.1),
                             gd_momentum(0.05, 0.9),
                             gd_nesterov(0.05, 0.9),
                             gd_adagrad(0.05),
                             gd_rmsprop(0.005),
                             gd_adam(0.005),
                             adamw};
    for (int i = 0; i < (int)(sizeof rules / sizeof rules[0]); i++)
        compare_rule(make(), file, rules[i]);
    gd_tensor_file_free(file);
}

static void a_multi_layer_perceptron(void **state)
{
    (void)state;
    compare_all_rules("mlp", make_mlp);
}

static void a_convolutional_network_with_batch_norm(void **state)
{
    (void)state;
    compare_all_rules("cnn", make_cnn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_multi_layer_perceptron),
        cmocka_unit_test(a_convolutional_network_with_batch_norm),
    };
    return cmocka_run_group_tests(tests, run_torch, remove_files);
}
