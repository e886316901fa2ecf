// Training with groups of parameters and with rules that average or look ahead: what is frozen stays, a stopped run
// ends as one that was not, and averages are what is validated, kept and loaded.
#include "train/network.h"

static gd_rule wrapped_rule(void)
{
    gd_rule rule = gd_adam(0.01);
    assert_ok(gd_rule_set(&rule, "ema.decay", 0.9));
    assert_ok(gd_rule_set(&rule, "lookahead.steps", 4));
    return rule;
}

static gd_array value_of(const network *n, const char *name)
{
    gd_array array;
    assert_ok(gd_variable_get(gd_variable_find(n->graph, name), &array));
    return array;
}

static bool same_value(const network *a, const network *b, const char *name)
{
    gd_array x = value_of(a, name), y = value_of(b, name);
    bool same = memcmp(x.data, y.data, gd_array_bytes(&x)) == 0;
    gd_array_free(&x);
    gd_array_free(&y);
    return same;
}

static void what_is_frozen_stays(void **state)
{
    (void)state;
    gd_dataset *train = make_blobs(90, 1);
    const gd_parameter_group group[] = {{.match = "fc1.*", .freeze = true}, {.match = "*.bias", .learning_rate = 2}};
    network n = make_network((network_opts){0}), fresh = make_network((network_opts){0});
    gd_fit_opts opts = {.epochs = 1, .batch = 8, .group_count = 2, .group = group};
    assert_ok(gd_fit(n.trainer, train, opts));
    assert_true(same_value(&n, &fresh, "fc1.weight") && same_value(&n, &fresh, "fc1.bias"));
    assert_false(same_value(&n, &fresh, "fc2.weight"));
    assert_true(gd_variable_find(n.graph, "fc1.weight.exp_avg").graph == NULL);
    assert_ok(gd_fit(n.trainer, train, opts));
    opts.group_count = 1;
    assert_int_equal(gd_fit(n.trainer, train, opts), GD_ERROR_ARGUMENT);
    assert_says("groups of parameters cannot change", "trained");
    const gd_parameter_group all = {.match = "*", .freeze = true};
    opts.group = &all;
    assert_int_equal(gd_fit(fresh.trainer, train, opts), GD_ERROR_ARGUMENT);
    assert_says("all parameters are frozen", "frozen");
    free_network(&n);
    free_network(&fresh);
    gd_dataset_free(train);
}

static void minimisers_know_only_freezing(void **state)
{
    (void)state;
    gd_dataset *train = make_blobs(30, 1);
    const gd_parameter_group group = {.match = "fc1.*", .learning_rate = 2};
    network n = make_network((network_opts){0});
    gd_trainer *trainer = gd_trainer_create(n.loss, gd_lbfgs_rule(6));
    gd_fit_opts opts = {.epochs = 1, .group_count = 1, .group = &group};
    assert_int_equal(gd_fit(trainer, train, opts), GD_ERROR_UNSUPPORTED);
    assert_says("lbfgs knows no groups of parameters", "rules of their own");
    gd_trainer_free(trainer);
    free_network(&n);
    gd_dataset_free(train);
}

typedef struct stopper {
    volatile sig_atomic_t stop;
    int64_t at;
} stopper;

static void stop_at(void *user, const gd_progress *progress)
{
    stopper *s = user;
    if (progress->step == s->at)
        s->stop = 1;
}

static void a_stopped_run_ends_as_one_that_was_not(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(20, 2);
    gd_rule own = gd_momentum(0.02, 0.9);
    const gd_parameter_group group[] = {{.match = "fc1.bias", .freeze = true}, {.match = "fc2.*", .rule = &own}};
    gd_schedule cosine = gd_cosine_schedule(0.1), warm = gd_linear_schedule(0.1, 1);
    warm.epochs = 1;
    warm.then = &cosine;
    const network_opts how = {.dropout = 0.3, .batch_norm = true, .rule = wrapped_rule()};
    network whole = make_network(how), part = make_network(how), rest = make_network(how);
    gd_fit_opts opts = {.epochs = 3, .batch = 8, .seed = 3, .validate = test, .schedule = warm};
    opts.group_count = 2;
    opts.group = group;
    assert_ok(gd_fit(whole.trainer, train, opts));
    stopper stop = {.at = 17};
    opts.checkpoint = path_in(p, "last.safetensors");
    opts.observer = (gd_observer){.user = &stop, .on_step = stop_at};
    opts.should_stop = &stop.stop;
    assert_int_equal(gd_fit(part.trainer, train, opts), GD_ERROR_INTERRUPTED);
    opts.observer = (gd_observer){0};
    opts.should_stop = NULL;
    opts.resume = opts.checkpoint;
    assert_ok(gd_fit(rest.trainer, train, opts));
    assert_same_variables(whole.graph, rest.graph);
    // Another group wants other state.
    network other = make_network(how);
    opts.group_count = 1;
    assert_int_equal(gd_fit(other.trainer, train, opts), GD_ERROR_SHAPE);
    assert_says("'fc2.", "update rule");
    free_network(&whole);
    free_network(&part);
    free_network(&rest);
    free_network(&other);
    gd_dataset_free(train);
    gd_dataset_free(test);
}

static double loss_on(const network *n, const gd_dataset *set)
{
    gd_evaluation result;
    assert_ok(gd_evaluate(n->loss, set, (gd_evaluate_opts){0}, &result));
    return result.loss;
}

static void averages_are_validated_kept_and_loaded(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(20, 2);
    network n = make_network((network_opts){.rule = wrapped_rule()}), other = make_network((network_opts){0});
    gd_fit_opts opts = {.epochs = 2, .batch = 8, .validate = test, .checkpoint = path_in(p, "last.safetensors")};
    assert_ok(gd_fit(n.trainer, train, opts));
    const double validated = gd_trainer_history(n.trainer)->epoch[1].validation_loss;
    assert_true(loss_on(&n, test) == validated);
    assert_ok(gd_load_weights(other.graph, opts.checkpoint, (gd_load_opts){0}, NULL));
    assert_true(loss_on(&other, test) == validated);
    assert_true(same_value(&n, &other, "fc1.weight"));
    assert_ok(gd_swap_averages(n.graph));
    assert_false(loss_on(&n, test) == validated);
    free_network(&n);
    free_network(&other);
    gd_dataset_free(train);
    gd_dataset_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_frozen_stays),
        cmocka_unit_test(minimisers_know_only_freezing),
        cmocka_unit_test_setup_teardown(a_stopped_run_ends_as_one_that_was_not, make_place, remove_place),
        cmocka_unit_test_setup_teardown(averages_are_validated_kept_and_loaded, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
