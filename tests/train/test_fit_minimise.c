// Training by L-BFGS: it learns, whatever the batch; it is watched, written down, stopped and gone on with as other
// rules are; and it says what it cannot do.
#include "base/memory.h"
#include "solve/minimise.h"
#include "train/network.h"

#define skip_without_liblbfgs()                                                                                        \
    do {                                                                                                               \
        if (gd__minimise_check() != GD_OK)                                                                             \
            skip();                                                                                                    \
    } while (0)

// A softmax regression: its minimum is one point, but for a constant.
static gd_trainer *make_regression(gd_graph *graph, gd_rule rule)
{
    gd_graph_set_seed(graph, 5);
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor loss = gd_softmax_cross_entropy(gd_dense(x, CLASSES), label);
    gd_trainer *trainer = gd_trainer_create(loss, rule);
    assert_non_null(trainer);
    return trainer;
}

typedef struct watched {
    int steps, epochs, messages;
    char message[300];
    volatile sig_atomic_t stop;
    int stop_at;
} watched;

static void on_step(void *user, const gd_progress *p)
{
    watched *w = user;
    w->steps++;
    assert_int_equal(p->step, w->steps);
    assert_int_equal(p->epoch, w->steps);
    assert_int_equal(p->batch, p->batches);
}

static void on_epoch(void *user, const gd_history *history)
{
    watched *w = user;
    w->epochs++;
    assert_int_equal(history->epoch_count, w->epochs);
    w->stop = w->epochs == w->stop_at;
}

static void on_message(void *user, const char *sentence)
{
    watched *w = user;
    w->messages++;
    snprintf(w->message, sizeof w->message, "%s", sentence);
}

static void loss_falls_with_each_epoch(void **state)
{
    place *p = *state;
    skip_without_liblbfgs();
    network n = make_network((network_opts){.rule = gd_lbfgs_rule(6)});
    gd_trainer *trainer = gd_trainer_create(n.loss, gd_lbfgs_rule(6));
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(60, 2);
    watched seen = {0};
    gd_fit_opts opts = {.epochs = 10,
                        .batch = 16,
                        .validate = test,
                        .metric_count = 1,
                        .metric = n.metric,
                        .checkpoint = path_in(p, "last.safetensors"),
                        .best_checkpoint = path_in(p, "best.safetensors"),
                        .history_csv = path_in(p, "history.csv"),
                        .history_jsonl = path_in(p, "history.jsonl"),
                        .history_every = 5,
                        .observer = {&seen, on_step, on_epoch, on_message}};
    assert_ok(gd_fit(trainer, train, opts));
    const gd_history *h = gd_trainer_history(trainer);
    assert_int_equal(h->epoch_count, 10);
    assert_int_equal(h->step_count, 2);
    assert_int_equal(seen.steps, 10);
    assert_int_equal(seen.epochs, 10);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(h->epoch[i].step, i + 1);
        assert_true(h->epoch[i].validated && h->epoch[i].learning_rate > 0);
        assert_true(i == 0 || h->epoch[i].loss < h->epoch[i - 1].loss);
    }
    assert_true(h->epoch[9].loss < 0.1 && h->epoch[9].metric[0] > 0.95);
    // The last row's loss is the loss of the weights that were left.
    gd_evaluation evaluation;
    assert_ok(gd_evaluate(n.loss, train, (gd_evaluate_opts){0}, &evaluation));
    assert_true(fabs(evaluation.loss - h->epoch[9].loss) < 1e-5);
    gd_graph *copy = n.graph;
    assert_ok(gd_load_weights(copy, opts.checkpoint, (gd_load_opts){0}, NULL));
    assert_ok(gd_evaluate(n.loss, train, (gd_evaluate_opts){0}, &evaluation));
    assert_true(fabs(evaluation.loss - h->epoch[9].loss) < 1e-5);
    gd_trainer_free(trainer);
    free_network(&n);
    gd_dataset_free(train);
    gd_dataset_free(test);
}

// The gradient is that of the whole set: batches of 7 lead where one batch of all leads.
static void batches_do_not_matter(void **state)
{
    (void)state;
    skip_without_liblbfgs();
    gd_dataset *train = make_blobs(90, 1);
    gd_graph *graph[2];
    for (int i = 0; i < 2; i++) {
        graph[i] = gd_graph_create();
        gd_trainer *trainer = make_regression(graph[i], gd_lbfgs_rule(6));
        assert_ok(gd_fit(trainer, train, (gd_fit_opts){.epochs = 6, .batch = i == 0 ? 90 : 7}));
        gd_trainer_free(trainer);
    }
    assert_true(largest_difference(graph[0], graph[1]) < 1e-3);
    gd_graph_free(graph[0]);
    gd_graph_free(graph[1]);
    gd_dataset_free(train);
}

static void ends_at_the_minimum(void **state)
{
    (void)state;
    skip_without_liblbfgs();
    gd_dataset *train = make_blobs(90, 1);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor loss = gd_softmax_cross_entropy(gd_dense(x, CLASSES), label);
    loss = gd_add(loss, gd_l2_penalty(graph, 0.01, (gd_penalty_opts){0}));
    gd_rule rule = gd_lbfgs_rule(6);
    assert_ok(gd_rule_set(&rule, "tolerance", 1e-4));
    gd_trainer *trainer = gd_trainer_create(loss, rule);
    watched seen = {0};
    assert_ok(gd_fit(trainer, train, (gd_fit_opts){.epochs = 500, .observer = {&seen, NULL, NULL, on_message}}));
    assert_true(gd_trainer_history(trainer)->epoch_count < 100);
    assert_int_equal(seen.messages, 1);
    assert_non_null(strstr(seen.message, "lbfgs ended after"));
    gd_trial trial;
    assert_ok(gd_try_step(trainer, train, (gd_fit_opts){.batch = 90}, &trial));
    assert_true(trial.gradient_norm < 1e-3 && trial.cost.flops > 0);
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(train);
}

static void stops_and_goes_on(void **state)
{
    place *p = *state;
    skip_without_liblbfgs();
    gd_dataset *train = make_blobs(90, 1);
    const char *path = path_in(p, "stopped.safetensors");
    gd_graph *graph = gd_graph_create();
    gd_trainer *trainer = make_regression(graph, gd_lbfgs_rule(6));
    watched seen = {.stop_at = 4};
    gd_fit_opts opts = {.epochs = 10,
                        .checkpoint = path,
                        .history_csv = path_in(p, "stopped.csv"),
                        .history_jsonl = path_in(p, "stopped.jsonl"),
                        .observer = {&seen, on_step, on_epoch, on_message},
                        .should_stop = &seen.stop};
    assert_int_equal(gd_fit(trainer, train, opts), GD_ERROR_INTERRUPTED);
    assert_says("after step 4 of 10", "resume it from");
    double before = gd_trainer_history(trainer)->epoch[3].loss;
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    graph = gd_graph_create();
    trainer = make_regression(graph, gd_lbfgs_rule(6));
    opts.resume = path;
    opts.should_stop = NULL;
    opts.observer = (gd_observer){&seen, NULL, NULL, on_message};
    assert_ok(gd_fit(trainer, train, opts));
    const gd_history *h = gd_trainer_history(trainer);
    assert_int_equal(h->epoch_count, 10);
    assert_true(h->epoch[3].loss == before && h->epoch[4].loss < before && h->epoch[9].step == 10);
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(train);
}

static void patience_and_limits(void **state)
{
    (void)state;
    skip_without_liblbfgs();
    gd_dataset *train = make_blobs(90, 1);
    gd_graph *graph = gd_graph_create();
    gd_trainer *trainer = make_regression(graph, gd_lbfgs_rule(6));
    assert_ok(gd_fit(trainer, train, (gd_fit_opts){.epochs = 50, .steps = 3}));
    assert_int_equal(gd_trainer_history(trainer)->epoch_count, 3);
    assert_ok(gd_fit(trainer, train, (gd_fit_opts){.epochs = 50, .patience = 2, .min_delta = 10}));
    assert_int_equal(gd_trainer_history(trainer)->epoch_count, 3);
    assert_true(gd_trainer_history(trainer)->stopped_early);
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(train);
}

static void says_what_it_cannot(void **state)
{
    (void)state;
    gd_dataset *train = make_blobs(30, 1);
    const struct {
        gd_fit_opts opts;
        const char *word;
    } rows[] = {{{.clip_norm = 1}, "clipped gradients"},
                {{.accumulate = 2}, "accumulate"},
                {{.drop_last = true}, "drop_last"},
                {{.schedule = gd_cosine_schedule(0)}, "a schedule"},
                {{.schedule = {.warmup_steps = 3}}, "a schedule"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_trainer *trainer = make_regression(graph, gd_lbfgs_rule(6));
        assert_int_equal(gd_fit(trainer, train, rows[i].opts), GD_ERROR_UNSUPPORTED);
        assert_says("lbfgs knows no", rows[i].word);
        gd_trainer_free(trainer);
        gd_graph_free(graph);
    }
    network n = make_network((network_opts){.dropout = 0.5});
    gd_trainer *trainer = gd_trainer_create(n.loss, gd_lbfgs_rule(6));
    assert_int_equal(gd_fit(trainer, train, (gd_fit_opts){0}), GD_ERROR_UNSUPPORTED);
    assert_says("random ops such as dropout");
    gd_trainer_free(trainer);
    free_network(&n);
    gd_dataset_free(train);
}

static void names_the_op_of_a_nan(void **state)
{
    (void)state;
    skip_without_liblbfgs();
    gd_dataset *train = make_blobs(30, 1);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor loss = gd_mean(gd_log(gd_dense(x, 1)), (gd_reduce_opts){0});
    gd_trainer *trainer = gd_trainer_create(loss, gd_lbfgs_rule(6));
    assert_int_equal(gd_fit(trainer, train, (gd_fit_opts){.epochs = 3}), GD_ERROR_NUMBER);
    assert_says("L-BFGS: at the start the loss is", "log");
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_falls_with_each_epoch), cmocka_unit_test(batches_do_not_matter),
        cmocka_unit_test(ends_at_the_minimum),        cmocka_unit_test(stops_and_goes_on),
        cmocka_unit_test(patience_and_limits),        cmocka_unit_test(says_what_it_cannot),
        cmocka_unit_test(names_the_op_of_a_nan),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
