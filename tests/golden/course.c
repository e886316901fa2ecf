#include "golden/course.h"

bool course_is_short(void)
{
    const char *value = getenv("GRADUS_SHORT");
    return value != NULL && strcmp(value, "1") == 0;
}

void expect_digits(double have, const char *want)
{
    const char *point = strchr(want, '.');
    const char *exponent = strchr(want, 'e');
    size_t length = exponent != NULL ? (size_t)(exponent - want) : strlen(want);
    int places = point == NULL ? 0 : (int)(length - (size_t)(point - want) - 1);
    if (exponent != NULL)
        places -= atoi(exponent + 1);
    double value = strtod(want, NULL);
    double half = 0.5 * pow(10, -places) + 1e-15 * fabs(value);
    if (!(fabs(have - value) <= half))
        fail_msg("%.12g is not %s", have, want);
}

void expect_within(double have, double want, double distance)
{
    if (!(fabs(have - want) <= distance))
        fail_msg("%.12g is not within %g of %.10g", have, distance, want);
}

void expect_elements(gd_tensor tensor, int count, const char *const *want)
{
    gd_array array;
    assert_ok(gd_eval(tensor, &array));
    assert_true(gd_array_count(&array) >= count);
    for (int i = 0; i < count; i++)
        expect_digits(gd_array_get(&array, i), want[i]);
    gd_array_free(&array);
}

double linspace_at(double from, double to, int64_t count, int64_t index)
{
    return index == count - 1 ? to : from + (double)index * ((to - from) / (double)(count - 1));
}

gd_array linspace_array(double from, double to, gd_shape shape)
{
    gd_array array;
    assert_ok(gd_array_create(&array, GD_F64, shape));
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, linspace_at(from, to, gd_array_count(&array), i));
    return array;
}

gd_array array_of(gd_shape shape, const double *value)
{
    gd_array array, borrowed = gd_array_borrow(GD_F64, shape, value);
    assert_ok(gd_array_create(&array, GD_F64, shape));
    assert_ok(gd_array_convert(&array, &borrowed));
    return array;
}

gd_tensor variable_with(gd_graph *graph, const char *name, gd_array value)
{
    gd_tensor variable = gd_variable(graph, name, GD_F64, value.shape, (gd_variable_opts){0});
    set_variable(graph, name, value);
    return variable;
}

gd_tensor constant_from(gd_graph *graph, gd_array value)
{
    gd_tensor tensor = gd_constant(graph, &value);
    gd_array_free(&value);
    return tensor;
}

void set_variable(gd_graph *graph, const char *name, gd_array value)
{
    assert_ok(gd_variable_set(gd_variable_find(graph, name), &value));
    gd_array_free(&value);
}

// ---- The network

// The course's order: W1, b1, W2, b2, …; biases take no numbers.
static void start_weights(course_net *net)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, net->opts.seed);
    for (int i = 0; i < net->opts.layers; i++) {
        gd_array weight;
        assert_ok(gd_array_create(&weight, GD_F64, gd_tensor_shape(net->weight[i])));
        double *w = weight.data, scale = net->opts.scale;
        if (net->opts.start == COURSE_BY_FAN_IN)
            scale = sqrt(scale / (double)net->opts.units[i]);
        if (net->opts.start != COURSE_ZEROS)
            gd_numpy_normals(&random, gd_array_count(&weight), w);
        for (int64_t k = 0; k < gd_array_count(&weight); k++)
            w[k] *= scale;
        assert_ok(gd_variable_set(net->weight[i], &weight));
        gd_array_free(&weight);
    }
}

static gd_tensor forward(const course_net *net, bool dropping)
{
    gd_tensor h = net->x;
    for (int i = 0; i < net->opts.layers; i++) {
        h = gd_add(gd_matmul(h, net->weight[i], (gd_matmul_opts){.transpose_b = true}), net->bias[i]);
        if (i < net->opts.layers - 1)
            h = net->opts.hidden(h);
        if (i < net->opts.layers - 1 && dropping)
            h = gd_scale(gd_mul(h, net->mask[i]), 1 / net->opts.keep);
    }
    return h;
}

static void write_variables(course_net *net)
{
    for (int i = 0; i < net->opts.layers; i++) {
        const int64_t in = net->opts.units[i], out = net->opts.units[i + 1];
        char name[16];
        snprintf(name, sizeof name, "W%d", i + 1);
        net->weight[i] = gd_variable(net->graph, name, GD_F64, GD_SHAPE(out, in), (gd_variable_opts){0});
        snprintf(name, sizeof name, "b%d", i + 1);
        net->bias[i] = gd_variable(net->graph, name, GD_F64, GD_SHAPE(out), (gd_variable_opts){0});
        snprintf(name, sizeof name, "D%d", i + 1);
        if (net->opts.keep > 0 && i < net->opts.layers - 1)
            net->mask[i] = gd_input(net->graph, name, GD_F64, GD_SHAPE(GD_BATCH, out));
    }
}

// A function that gives the loss, and at its end takes a step.
static gd_function *step_function(course_net *net, gd_tensor loss)
{
    gd_tensor parameter[2 * COURSE_LAYERS], gradient[2 * COURSE_LAYERS];
    const int count = 2 * net->opts.layers;
    for (int i = 0; i < net->opts.layers; i++) {
        parameter[2 * i] = net->weight[i];
        parameter[2 * i + 1] = net->bias[i];
    }
    gd_gradients(loss, count, parameter, gradient);
    gd_tensor taken = gd_variable(net->graph, "steps", GD_F64, GD_SCALAR, (gd_variable_opts){.not_trainable = true});
    gd_tensor step = gd_shift(taken, 1), rate = gd_scalar_like(loss, net->opts.rule.learning_rate);
    gd_assignment_list list = {0};
    assert_ok(gd_assignment_list_add(&list, taken, step));
    assert_ok(gd_rule_assignments(&net->opts.rule, net->graph, rate, step, count, parameter, gradient, &list));
    gd_function_opts opts = {.training = true, .assignment = list.assignment, .assignment_count = list.count};
    gd_function *function = gd_function_create(net->graph, 1, &loss, opts);
    gd_assignment_list_free(&list);
    return function;
}

course_net course_net_create(course_net_opts opts)
{
    course_net net = {.opts = opts, .graph = gd_graph_create()};
    net.x = gd_input(net.graph, "x", GD_F64, GD_SHAPE(GD_BATCH, opts.units[0]));
    net.y = gd_input(net.graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    write_variables(&net);
    gd_tensor loss = gd_logistic_loss(forward(&net, opts.keep > 0), net.y);
    if (opts.l2 > 0)
        loss = gd_add(loss, gd_l2_penalty(net.graph, opts.l2, (gd_penalty_opts){0}));
    net.step = step_function(&net, loss);
    gd_tensor correct = gd_sum(gd_correct(forward(&net, false), net.y), (gd_reduce_opts){0});
    net.correct = gd_function_create(net.graph, 1, &correct, (gd_function_opts){0});
    if (net.step == NULL || net.correct == NULL)
        fail_msg("%s", gd_last_error());
    start_weights(&net);
    return net;
}

void course_net_free(course_net *net)
{
    gd_function_free(net->step);
    gd_function_free(net->correct);
    gd_graph_free(net->graph);
}

double course_step(course_net *net, const course_set *set, const gd_array *mask)
{
    gd_feed feed[2 + COURSE_LAYERS] = {{net->x, set->x}, {net->y, set->y}};
    int count = 2;
    for (int i = 0; mask != NULL && i < net->opts.layers - 1; i++)
        feed[count++] = (gd_feed){net->mask[i], mask[i]};
    double cost = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &cost);
    assert_ok(gd_function_run(net->step, count, feed, &result));
    return cost;
}

int64_t course_correct(course_net *net, const course_set *set)
{
    const gd_feed feed[] = {{net->x, set->x}, {net->y, set->y}};
    double correct = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &correct);
    assert_ok(gd_function_run(net->correct, COUNT_OF(feed), feed, &result));
    return (int64_t)correct;
}

void expect_correct(course_net *net, const course_set *set, int64_t want)
{
    if (!course_is_short())
        assert_int_equal(course_correct(net, set), want);
}

void course_check_cost(int64_t iteration, double cost, int count, const course_cost *want)
{
    for (int i = 0; i < count; i++)
        if (want[i].iteration == iteration)
            expect_digits(cost, want[i].cost);
}

void course_train(course_net *net, const course_set *set, int64_t iterations, int count, const course_cost *want)
{
    if (course_is_short() && iterations > 1001)
        iterations = 1001;
    for (int64_t i = 0; i < iterations; i++)
        course_check_cost(i, course_step(net, set, NULL), count, want);
}
