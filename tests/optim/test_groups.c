// Parameters by pattern: what a parameter gets of several groups, and mistakes.
#include "optim/group.h"
#include "optim/stepper.h"

enum { COUNT = 4 };
static const char *const name[COUNT] = {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"};

static gd_graph *make_parameters(gd_tensor parameter[COUNT], gd_tensor gradient[COUNT])
{
    gd_graph *graph = gd_graph_create();
    for (int i = 0; i < COUNT; i++) {
        parameter[i] = gd_variable(graph, name[i], GD_F64, GD_SCALAR, (gd_variable_opts){0});
        set_number(parameter[i], 1);
        gradient[i] = gd_ones_like(parameter[i]);
    }
    return graph;
}

static void a_parameter_follows_all_its_groups(void **state)
{
    (void)state;
    gd_rule rule = gd_gradient_descent(0.1), own = gd_momentum(0.2, 0.5);
    rule.weight_decay = 0.5;
    own.weight_decay = 0.25;
    const gd_parameter_group group[] = {
        {.match = "fc1.*", .learning_rate = 0.5},
        {.match = "*.bias", .sets_weight_decay = true},
        {.match = "/^fc[2-9].w/", .rule = &own, .learning_rate = 3},
        {.match = "fc2.bias", .freeze = true},
    };
    gd_tensor parameter[COUNT], gradient[COUNT];
    gd_graph *graph = make_parameters(parameter, gradient);
    gradient[3] = GD_NO_TENSOR;
    gd_tensor rate = number_variable(graph, "rate", GD_F64, 0.1), step = number_variable(graph, "step", GD_F64, 1);
    gd_assignment_list list = {0};
    assert_int_equal(
        gd_group_assignments(&rule, GD_COUNT_OF(group), group, graph, rate, step, COUNT, parameter, gradient, &list),
        GD_OK);
    take_step(graph, &list);
    expect_near(element(graph, "fc1.weight", 0), 1 - 0.05 * 1.5, 1e-12);
    expect_near(element(graph, "fc1.bias", 0), 1 - 0.05, 1e-12);
    expect_near(element(graph, "fc2.weight", 0), 1 - 0.6 * 1.25, 1e-12);
    expect_near(element(graph, "fc2.bias", 0), 1, 0);
    assert_true(gd_variable_find(graph, "fc1.weight.momentum").graph == NULL);
    assert_true(gd_variable_find(graph, "fc2.weight.momentum").graph != NULL);
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

// What no group touches is written as without groups.
static void without_groups_nothing_changes(void **state)
{
    (void)state;
    gd_rule rule = gd_adam(0.1);
    char *text[2];
    for (int i = 0; i < 2; i++) {
        gd_tensor parameter[COUNT], gradient[COUNT];
        gd_graph *graph = make_parameters(parameter, gradient);
        gd_tensor rate = gd_scalar(graph, 0.1), step = gd_scalar(graph, 1);
        gd_assignment_list list = {0};
        gd_status status =
            i == 0 ? gd_rule_assignments(&rule, graph, rate, step, COUNT, parameter, gradient, &list)
                   : gd_group_assignments(&rule, 0, NULL, graph, rate, step, COUNT, parameter, gradient, &list);
        assert_int_equal(status, GD_OK);
        text[i] = gd_graph_text(graph);
        gd_assignment_list_free(&list);
        gd_graph_free(graph);
    }
    assert_string_equal(text[0], text[1]);
    gd_text_free(text[0]);
    gd_text_free(text[1]);
}

// A whole step: the gradients too, and a counter of steps. The loss is the sum of the parameters' squares.
static void a_step_has_groups(void **state)
{
    (void)state;
    gd_rule rule = gd_gradient_descent(0.1);
    const gd_parameter_group group[] = {{.match = "fc1.*", .learning_rate = 0.5},
                                        {.match = "*.bias", .sets_weight_decay = true, .weight_decay = 0.5},
                                        {.match = "fc2.weight", .freeze = true}};
    gd_tensor parameter[COUNT], gradient[COUNT];
    gd_graph *graph = make_parameters(parameter, gradient);
    gd_tensor loss = gd_square(parameter[0]);
    for (int i = 1; i < COUNT; i++)
        loss = gd_add(loss, gd_square(parameter[i]));
    gd_assignment_list list = {0};
    const gd_parameter_group unknown = {.match = "fc3.*"};
    assert_int_equal(gd_group_step(loss, &rule, 1, &unknown, &list), GD_ERROR_ARGUMENT);
    assert_int_equal(list.count, 0);
    assert_int_equal(gd_group_step(loss, &rule, GD_COUNT_OF(group), group, &list), GD_OK);
    take_step(graph, &list);
    expect_near(element(graph, "fc1.weight", 0), 1 - 0.05 * 2, 1e-12);
    expect_near(element(graph, "fc1.bias", 0), 1 - 0.05 * 2.5, 1e-12);
    expect_near(element(graph, "fc2.weight", 0), 1, 0);
    expect_near(element(graph, "fc2.bias", 0), 1 - 0.1 * 2.5, 1e-12);
    expect_near(element(graph, "steps_done", 0), 1, 0);
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

static void mistakes(void **state)
{
    (void)state;
    gd_tensor parameter[COUNT], gradient[COUNT];
    gd_graph *graph = make_parameters(parameter, gradient);
    gd_rule rule = gd_adam(0.1), lbfgs = gd_lbfgs_rule(6), bad = gd_momentum(0.1, 2);
    const struct {
        gd_parameter_group group;
        const char *says;
    } rows[] = {
        {{.match = "fc1.biass"}, "'fc1.biass' matches no parameter; the nearest is 'fc1.bias'"},
        {{.match = "*.weigth", .freeze = true}, "'*.weigth' matches no parameter; the nearest is 'fc1.weight'"},
        {{.match = "*.bias|encoder.something.*"}, "'encoder.something.*' matches no parameter; they begin with 'fc1.w"},
        {{.match = "/^fc[34]/"}, "'/^fc[34]/' matches no parameter; "},
        {{.match = "*.bias|/fc(1/"}, "'fc(1' is no regular expression"},
        {{.match = NULL}, "needs a pattern"},
        {{.match = "*", .learning_rate = -1}, "the factor of the learning rate is -1"},
        {{.match = "*", .rule = &lbfgs}, "lbfgs works on all parameters together"},
        {{.match = "*", .rule = &bad}, "momentum is 2"},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd__treatment *treatment;
        assert_int_equal(gd__treatments_of(&rule, 1, &rows[i].group, COUNT, parameter, &treatment), GD_ERROR_ARGUMENT);
        if (strstr(gd_last_error(), rows[i].says) == NULL)
            fail_msg("row %d: %s", i, gd_last_error());
        assert_null(treatment);
    }
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_follows_all_its_groups),
        cmocka_unit_test(without_groups_nothing_changes),
        cmocka_unit_test(a_step_has_groups),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
