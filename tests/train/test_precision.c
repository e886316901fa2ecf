// Training in bf16 and with recomputation: it learns, takes less memory, and goes on from a checkpoint bit by bit.
#include "train/stripes.h"

static gd_fit_opts fit_opts(const network *n, gd_precision precision, const gd_dataset *set)
{
    return (gd_fit_opts){.epochs = 4,
                         .batch = BATCH,
                         .seed = 3,
                         .precision = precision,
                         .validate = set,
                         .metric_count = 1,
                         .metric = n->metric};
}

static double last_loss(const network *n)
{
    const gd_history *history = gd_trainer_history(n->trainer);
    return history->epoch[history->epoch_count - 1].validation_loss;
}

static void learns_in_every_precision(void **state)
{
    (void)state;
    gd_dataset *set = make_stripes();
    for (int i = 0; i < 6; i++) {
        gd_precision precision = (gd_precision)(i / 2);
        network n = make_stripe_network();
        gd_fit_opts opts = fit_opts(&n, precision, set);
        opts.recompute = i % 2 == 1;
        assert_ok(gd_fit(n.trainer, set, opts));
        gd_evaluation result;
        gd_evaluate_opts evaluate = {.precision = precision, .metric_count = 1, .metric = n.metric};
        assert_ok(gd_evaluate(n.loss, set, evaluate, &result));
        if (result.metric[0] < 0.95)
            fail_msg("%s%s: the accuracy is %g", gd_precision_name(precision), i % 2 == 1 ? ", recomputing" : "",
                     result.metric[0]);
        // What is validated is computed as evaluation computes it (in other batches).
        assert_true(fabs(result.loss - last_loss(&n)) < 0.01);
        free_network(&n);
    }
    gd_dataset_free(set);
}

// One step: bf16 gives other bits than f32, and about the same loss; recomputation takes less memory.
static void steps_differ_as_they_should(void **state)
{
    (void)state;
    gd_dataset *set = make_stripes();
    gd_trial plain, half, again;
    network n = make_stripe_network();
    gd_fit_opts opts = fit_opts(&n, GD_PRECISION_FAST, NULL);
    assert_ok(gd_try_step(n.trainer, set, opts, &plain));
    opts.precision = GD_PRECISION_BF16;
    assert_ok(gd_try_step(n.trainer, set, opts, &half));
    opts.precision = GD_PRECISION_FAST;
    opts.recompute = true;
    assert_ok(gd_try_step(n.trainer, set, opts, &again));
    assert_true(fabs(plain.loss - half.loss) > 0 && fabs(plain.loss - half.loss) < 0.05 * plain.loss);
    assert_true(fabs(plain.loss - again.loss) < 1e-5);
    assert_true(fabs(plain.gradient_norm - again.gradient_norm) < 1e-4 * plain.gradient_norm);
    assert_true(half.cost.arena_bytes < plain.cost.arena_bytes);
    assert_true(again.cost.arena_bytes < plain.cost.arena_bytes);
    free_network(&n);
    gd_dataset_free(set);
}

static void stop_at_step_4(void *user, const gd_progress *progress)
{
    if (progress->step == 4)
        *(volatile sig_atomic_t *)user = 1;
}

static void goes_on_bit_by_bit(void **state)
{
    place *p = *state;
    const struct {
        gd_precision precision;
        bool recompute;
    } row[] = {{GD_PRECISION_BF16, false}, {GD_PRECISION_BF16, true}, {GD_PRECISION_FAST, true}};
    gd_dataset *set = make_stripes();
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        network whole = make_stripe_network(), part = make_stripe_network(), rest = make_stripe_network();
        volatile sig_atomic_t stop = 0;
        gd_fit_opts opts = fit_opts(&whole, row[i].precision, set);
        opts.recompute = row[i].recompute;
        assert_ok(gd_fit(whole.trainer, set, opts));
        opts.metric = part.metric;
        opts.checkpoint = path_in(p, "last.safetensors");
        opts.observer = (gd_observer){.user = (void *)&stop, .on_step = stop_at_step_4};
        opts.should_stop = &stop;
        assert_int_equal(gd_fit(part.trainer, set, opts), GD_ERROR_INTERRUPTED);
        opts.metric = rest.metric;
        opts.observer = (gd_observer){0};
        opts.should_stop = NULL;
        opts.resume = opts.checkpoint;
        assert_ok(gd_fit(rest.trainer, set, opts));
        assert_same_variables(whole.graph, rest.graph);
        free_network(&whole);
        free_network(&part);
        free_network(&rest);
    }
    gd_dataset_free(set);
}

static void refuses_another_precision(void **state)
{
    place *p = *state;
    gd_dataset *set = make_stripes();
    network n = make_stripe_network(), other = make_stripe_network();
    gd_fit_opts opts = fit_opts(&n, GD_PRECISION_BF16, NULL);
    opts.epochs = 1;
    opts.checkpoint = path_in(p, "last.safetensors");
    assert_ok(gd_fit(n.trainer, set, opts));
    opts.metric = other.metric;
    opts.precision = GD_PRECISION_EXACT;
    opts.resume = opts.checkpoint;
    assert_int_equal(gd_fit(other.trainer, set, opts), GD_ERROR_ARGUMENT);
    assert_says("was written with precision bf16, this run has exact: a run can only go on as it began");
    // How much memory it takes is another matter.
    opts.precision = GD_PRECISION_BF16;
    opts.recompute = true;
    assert_ok(gd_fit(other.trainer, set, opts));
    opts.precision = (gd_precision)7;
    assert_int_equal(gd_fit(other.trainer, set, opts), GD_ERROR_ARGUMENT);
    assert_says("7 is no precision");
    free_network(&n);
    free_network(&other);
    gd_dataset_free(set);
}

static void precisions_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        gd_precision precision;
        assert_ok(gd_precision_named(gd_precision_name((gd_precision)i), &precision));
        assert_int_equal(precision, i);
    }
    gd_precision precision;
    assert_null(gd_precision_name((gd_precision)3));
    assert_int_equal(gd_precision_named("bf61", &precision), GD_ERROR_ARGUMENT);
    assert_says("'bf61', expected fast, exact or bf16; did you mean 'bf16'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_in_every_precision),
        cmocka_unit_test(steps_differ_as_they_should),
        cmocka_unit_test_setup_teardown(goes_on_bit_by_bit, make_place, remove_place),
        cmocka_unit_test_setup_teardown(refuses_another_precision, make_place, remove_place),
        cmocka_unit_test(precisions_have_names),
    };
    return cmocka_run_group_tests_name("precision", tests, NULL, NULL);
}
