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

// Statistics of one batch that is the whole set: mean and unbiased variance of what the first layer gives.
static void statistics_are_those_of_the_batches(void **state)
{
    (void)state;
    gd_dataset *train = make_blobs(90, 1);
    network n = make_network((network_opts){.batch_norm = true, .dropout = 0.3});
    gd_tensor mean = gd_variable_find(n.graph, "bn1.running_mean"), var = gd_variable_find(n.graph, "bn1.running_var");
    gd_tensor weight = gd_variable_find(n.graph, "fc1.weight"), bias = gd_variable_find(n.graph, "fc1.bias");
    gd_tensor hidden = gd_add(gd_matmul(n.x, gd_transpose(weight, (gd_axes){0})), bias);
    assert_ok(gd_recompute_statistics(n.loss, train, (gd_statistics_opts){.batch = 90}));
    gd_array x, m, v;
    assert_ok(gd_predict(1, &hidden, train, (gd_evaluate_opts){0}, &x));
    assert_ok(gd_variable_get(mean, &m));
    assert_ok(gd_variable_get(var, &v));
    for (int64_t c = 0; c < 8; c++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < 90; i++)
            sum += gd_array_get(&x, i * 8 + c);
        for (int64_t i = 0; i < 90; i++)
            squares += pow(gd_array_get(&x, i * 8 + c) - sum / 90, 2);
        assert_true(fabs(gd_array_get(&m, c) - sum / 90) < 1e-5);
        assert_true(fabs(gd_array_get(&v, c) - squares / 89) < 1e-4);
    }
    gd_array_free(&x);
    gd_array_free(&m);
    gd_array_free(&v);
    free_network(&n);
    gd_dataset_free(train);
}

static gd_rule mean_rule(void)
{
    gd_rule rule = gd_adam(0.01);
    assert_ok(gd_rule_set(&rule, "swa.start", 13));
    assert_ok(gd_rule_set(&rule, "swa.every", 4));
    return rule;
}

// The means come with statistics of their own, in memory as in the checkpoint, and a stopped run ends alike.
static void means_have_statistics_of_their_own(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(20, 2);
    const network_opts how = {.batch_norm = true, .dropout = 0.2, .rule = mean_rule()};
    network n = make_network(how), part = make_network(how), rest = make_network(how);
    network other = make_network((network_opts){.batch_norm = true});
    gd_fit_opts opts = {.epochs = 3, .batch = 8, .validate = test, .checkpoint = path_in(p, "last.safetensors")};
    assert_ok(gd_fit(n.trainer, train, opts));
    const double validated = gd_trainer_history(n.trainer)->epoch[2].validation_loss;
    assert_true(loss_on(&n, test) == validated);
    assert_ok(gd_load_weights(other.graph, opts.checkpoint, (gd_load_opts){0}, NULL));
    assert_true(loss_on(&other, test) == validated);
    gd_array of_means = value_of(&n, "bn1.running_mean"), of_training = value_of(&n, "bn1.running_mean.ema");
    assert_true(memcmp(of_means.data, of_training.data, gd_array_bytes(&of_means)) != 0);
    gd_array_free(&of_means);
    gd_array_free(&of_training);
    stopper stop = {.at = 29};
    opts.observer = (gd_observer){.user = &stop, .on_step = stop_at};
    opts.should_stop = &stop.stop;
    assert_int_equal(gd_fit(part.trainer, train, opts), GD_ERROR_INTERRUPTED);
    opts.observer = (gd_observer){0};
    opts.should_stop = NULL;
    opts.resume = opts.checkpoint;
    assert_ok(gd_fit(rest.trainer, train, opts));
    assert_same_variables(n.graph, rest.graph);
    free_network(&n);
    free_network(&part);
    free_network(&rest);
    free_network(&other);
    gd_dataset_free(train);
    gd_dataset_free(test);
}

static void tell(void *user, const char *sentence)
{
    if (strstr(sentence, "the time is over") != NULL)
        *(bool *)user = true;
}

static void time_ends_a_run(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(20, 2);
    network n = make_network((network_opts){0}), more = make_network((network_opts){0});
    bool told = false;
    gd_fit_opts opts = {.epochs = 1000000, .batch = 8, .validate = test, .checkpoint = path_in(p, "last.safetensors")};
    opts.observer = (gd_observer){.user = &told, .on_message = tell};
    opts.seconds = 0.2;
    assert_ok(gd_fit(n.trainer, train, opts));
    const gd_history *history = gd_trainer_history(n.trainer);
    const gd_epoch_row *last = &history->epoch[history->epoch_count - 1];
    assert_true(told && history->epoch_count < 1000000);
    assert_true(last->validated && last->seconds > 0.1);
    // The time of the runs before counts: nothing is left.
    told = false;
    opts.seconds = 0.1;
    opts.resume = opts.checkpoint;
    assert_ok(gd_fit(more.trainer, train, opts));
    assert_true(told && gd_trainer_history(more.trainer)->epoch_count <= 1);
    opts.seconds = -1;
    assert_int_equal(gd_fit(more.trainer, train, opts), GD_ERROR_ARGUMENT);
    assert_says("seconds is -1", "or more");
    free_network(&n);
    free_network(&more);
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
        cmocka_unit_test(statistics_are_those_of_the_batches),
        cmocka_unit_test_setup_teardown(means_have_statistics_of_their_own, make_place, remove_place),
        cmocka_unit_test_setup_teardown(time_ends_a_run, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
