// Training: it learns, adds up, stops, schedules and records.
#include "base/memory.h"
#include "train/network.h"

static void learns_xor(void **state)
{
    (void)state;
    const float x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 1, 1, 0};
    const char *const name[] = {"x", "y"};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(4, 2), x), gd_array_borrow(GD_F32, GD_SHAPE(4, 1), y)};
    gd_dataset *set;
    assert_ok(gd_dataset_from_arrays(2, name, array, &set));
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 3);
    gd_tensor in = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor target = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor out = gd_dense(gd_tanh(gd_dense(in, 8)), 1);
    gd_tensor loss = gd_logistic_loss(out, target);
    gd_trainer *trainer = gd_trainer_create(loss, gd_adam(0.05));
    assert_non_null(trainer);
    assert_ok(gd_fit(trainer, set, (gd_fit_opts){.epochs = 300}));
    gd_array predicted;
    gd_tensor probability = gd_sigmoid(out);
    assert_ok(gd_predict(1, &probability, set, (gd_evaluate_opts){.batch = 3}, &predicted));
    assert_int_equal(predicted.shape.dim[0], 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(gd_array_get(&predicted, i) - (double)y[i]) < 0.1);
    gd_array_free(&predicted);
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(set);
}

typedef struct watched {
    int steps, epochs, messages;
    int64_t last_batch;
    double rate[64];
    double loss;
} watched;

static void on_step(void *user, const gd_progress *p)
{
    watched *w = user;
    w->steps++;
    assert_int_equal(p->step, w->steps);
    assert_int_equal(p->batches, 12); // 90 samples in batches of 8
    assert_true(p->epoch >= 1 && p->epoch <= p->epochs && p->batch >= 1 && p->batch <= p->batches);
    assert_true(isfinite(p->smoothed_loss) && p->metric[0] >= 0 && p->metric[0] <= 1);
    assert_string_equal(p->metric_name[0], "accuracy");
    w->loss = p->loss;
    w->last_batch = p->batch;
}

static void on_epoch(void *user, const gd_history *history)
{
    watched *w = user;
    w->epochs++;
    assert_int_equal(history->epoch_count, w->epochs);
    if (w->epochs <= 64)
        w->rate[w->epochs - 1] = history->epoch[w->epochs - 1].learning_rate;
}

static void on_message(void *user, const char *sentence)
{
    assert_true(strlen(sentence) > 0);
    ((watched *)user)->messages++;
}

static void learns_blobs_and_tells(void **state)
{
    (void)state;
    network n = make_network((network_opts){.batch_norm = true, .dropout = 0.1});
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(50, 2);
    watched seen = {0};
    gd_fit_opts opts = {.epochs = 20,
                        .batch = 8,
                        .validate = test,
                        .metric_count = 2,
                        .metric = n.metric,
                        .observer = {&seen, on_step, on_epoch, on_message}};
    assert_ok(gd_fit(n.trainer, train, opts));
    assert_int_equal(seen.steps, 240);
    assert_int_equal(seen.epochs, 20);
    const gd_history *history = gd_trainer_history(n.trainer);
    assert_int_equal(history->step_count, 24);
    const gd_epoch_row *last = &history->epoch[19];
    assert_true(last->validated && last->validation_metric[0] > 0.9);
    // A mean over the batch and one number a sample come to the same.
    assert_true(fabs(last->metric[0] - last->metric[1]) < 1e-12);

    gd_evaluation once, parts;
    gd_evaluate_opts whole = {.batch = 50, .metric_count = 2, .metric = n.metric};
    gd_evaluate_opts short_last = {.batch = 16, .metric_count = 2, .metric = n.metric};
    assert_ok(gd_evaluate(n.loss, test, whole, &once));
    assert_ok(gd_evaluate(n.loss, test, short_last, &parts));
    assert_int_equal(parts.count, 50);
    assert_true(fabs(once.loss - parts.loss) < 1e-6 && fabs(once.loss - last->validation_loss) < 1e-6);
    assert_true(fabs(once.metric[0] - parts.metric[0]) < 1e-9);
    gd_dataset_free(train);
    gd_dataset_free(test);
    free_network(&n);
}

// Four batches of 8 to an update are one batch of 32, the last ones (90 = 2 * 32 + 26) included.
static void accumulation_is_a_big_batch(void **state)
{
    (void)state;
    const struct {
        gd_rule rule;
        double clip_norm;
    } row[] = {{gd_gradient_descent(0.1), 0}, {gd_momentum(0.1, 0.9), 0.5}, {gd_adam(0.01), 0}};
    gd_dataset *train = make_blobs(90, 1);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        network a = make_network((network_opts){.rule = row[i].rule});
        network b = make_network((network_opts){.rule = row[i].rule});
        gd_fit_opts opts = {.epochs = 2, .batch = 32, .clip_norm = row[i].clip_norm, .seed = 5};
        assert_ok(gd_fit(a.trainer, train, opts));
        opts.batch = 8;
        opts.accumulate = 4;
        assert_ok(gd_fit(b.trainer, train, opts));
        assert_int_equal(gd_trainer_history(b.trainer)->epoch[1].step, 6);
        assert_true(fabs(gd_trainer_history(a.trainer)->epoch[1].loss - gd_trainer_history(b.trainer)->epoch[1].loss) <
                    1e-5);
        double difference = largest_difference(a.graph, b.graph);
        if (difference > 1e-6 && row[i].rule.kind != gd_adam(1).kind)
            fail_msg("rule %zu: %g", i, difference);
        // Adam divides by the root of what may be nearly nothing.
        assert_true(difference < 1e-4);
        free_network(&a);
        free_network(&b);
    }
    gd_dataset_free(train);
}

static void stops_early(void **state)
{
    place *p = *state;
    network n = make_network((network_opts){0});
    gd_dataset *train = make_blobs(90, 1);
    watched seen = {0};
    // No epoch gains 100, so only the first counts.
    gd_fit_opts opts = {.epochs = 20,
                        .batch = 8,
                        .patience = 3,
                        .min_delta = 100,
                        .metric_count = 1,
                        .metric = n.metric,
                        .best_checkpoint = path_in(p, "best.safetensors"),
                        .restore_best = true,
                        .observer = {&seen, NULL, NULL, on_message}};
    assert_ok(gd_fit(n.trainer, train, opts));
    const gd_history *history = gd_trainer_history(n.trainer);
    assert_int_equal(history->epoch_count, 4);
    assert_int_equal(history->best_epoch, 1);
    assert_true(history->stopped_early && seen.messages == 1);
    // The weights are those of epoch 1.
    network one = make_network((network_opts){0});
    assert_ok(gd_fit(one.trainer, train, (gd_fit_opts){.epochs = 1, .batch = 8}));
    assert_true(largest_difference(n.graph, one.graph) <= 0);
    gd_dataset_free(train);
    free_network(&n);
    free_network(&one);
}

static void schedules(void **state)
{
    (void)state;
    gd_schedule plateau = gd_plateau_schedule(1, 0.5);
    assert_ok(gd_schedule_set(&plateau, "threshold", 10));
    const struct {
        gd_schedule schedule;
        double rate[4];
    } row[] = {
        {{0}, {0.1, 0.1, 0.1, 0.1}},
        {gd_step_schedule(2, 0.5), {0.1, 0.1, 0.05, 0.05}},
        // Accuracy never beats a first 2: the drop comes after more than one epoch without a new best.
        {plateau, {0.1, 0.1, 0.1, 0.05}},
    };
    gd_dataset *train = make_blobs(90, 1);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        network n = make_network((network_opts){.rule = gd_gradient_descent(0.1)});
        watched seen = {0};
        gd_fit_opts opts = {.epochs = 4,
                            .batch = 8,
                            .schedule = row[i].schedule,
                            .monitor = "accuracy",
                            .metric_count = 1,
                            .metric = n.metric,
                            .observer = {&seen, on_step, on_epoch, NULL}};
        assert_ok(gd_fit(n.trainer, train, opts));
        for (int k = 0; k < 4; k++)
            if (fabs(seen.rate[k] - row[i].rate[k]) > 1e-9)
                fail_msg("schedule %zu, epoch %d: %g", i, k + 1, seen.rate[k]);
        free_network(&n);
    }
    gd_dataset_free(train);
}

static void overfits_a_batch(void **state)
{
    (void)state;
    network n = make_network((network_opts){.hidden = 16, .rule = gd_adam(0.03)});
    gd_dataset *train = make_blobs(90, 1);
    watched seen = {0};
    gd_fit_opts opts = {.epochs = 12,
                        .batch = 8,
                        .overfit_batch = true,
                        .metric_count = 1,
                        .metric = n.metric,
                        .observer = {&seen, on_step, NULL, NULL}};
    assert_ok(gd_fit(n.trainer, train, opts));
    assert_int_equal(seen.steps, 144);
    assert_true(seen.loss < 0.02);
    gd_dataset_free(train);
    free_network(&n);
}

static void a_trial_leaves_no_trace(void **state)
{
    (void)state;
    network a = make_network((network_opts){.dropout = 0.5, .batch_norm = true});
    network b = make_network((network_opts){.dropout = 0.5, .batch_norm = true});
    gd_dataset *train = make_blobs(90, 1);
    gd_fit_opts opts = {.epochs = 1, .batch = 8, .metric_count = 1, .metric = a.metric};
    gd_trial trial;
    assert_ok(gd_try_step(a.trainer, train, opts, &trial));
    assert_true(trial.loss > 0 && trial.gradient_norm > 0 && trial.cost.flops > 0 && trial.cost.step_count > 0);
    assert_int_equal(trial.batch, 8);
    assert_int_equal(trial.batches, 12);
    assert_int_equal(trial.parameters, 8 * 4 + 8 + 8 + 8 + 3 * 8 + 3);
    assert_ok(gd_fit(a.trainer, train, opts));
    opts.metric = b.metric;
    assert_ok(gd_fit(b.trainer, train, opts));
    assert_same_variables(a.graph, b.graph);
    gd_dataset_free(train);
    free_network(&a);
    free_network(&b);
}

static void keeps_history(void **state)
{
    place *p = *state;
    network n = make_network((network_opts){0});
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(30, 2);
    gd_fit_opts opts = {.epochs = 3,
                        .batch = 8,
                        .validate = test,
                        .metric_count = 1,
                        .metric = n.metric,
                        .history_csv = path_in(p, "history.csv"),
                        .history_jsonl = path_in(p, "history.jsonl"),
                        .history_every = 6};
    assert_ok(gd_fit(n.trainer, train, opts));
    char *csv = read_text(opts.history_csv), *json = read_text(opts.history_jsonl);
    int lines = 0, objects = 0;
    for (const char *c = csv; *c != '\0'; c++)
        lines += *c == '\n';
    for (const char *c = json; *c != '\0'; c++)
        objects += *c == '\n';
    assert_int_equal(lines, 4);
    assert_int_equal(objects, 6 + 3);
    assert_memory_equal(csv,
                        "epoch,step,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
                        "wait_seconds\n1,12,",
                        strlen("epoch,step,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
                               "wait_seconds\n1,12,"));
    assert_non_null(strstr(json, "{\"kind\":\"step\",\"epoch\":1,\"step\":6,"));
    assert_non_null(strstr(json, "\"validation_metrics\":{\"accuracy\":"));
    free(csv);
    free(json);
    gd_dataset_free(train);
    gd_dataset_free(test);
    free_network(&n);
}

// ---- What goes wrong

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    network n = make_network((network_opts){0});
    gd_dataset *train = make_blobs(30, 1);
    gd_metric twice[2] = {n.metric[0], n.metric[0]};
    const struct {
        gd_fit_opts opts;
        const char *says[3];
    } row[] = {
        {{.batch = 31}, {"31", "30"}},
        {{.epochs = -1}, {"epochs is -1"}},
        {{.clip_norm = NAN}, {"clip_norm is nan"}},
        {{.monitor = "acuracy", .metric_count = 1, .metric = n.metric}, {"'acuracy'", "did you mean 'accuracy'?"}},
        {{.metric_count = 2, .metric = twice}, {"two metrics are called 'accuracy'"}},
        {{.checkpoint = "/nowhere/at/all/x.safetensors"}, {"/nowhere/at/all/x.safetensors: cannot be written"}},
        {{.history_csv = "/nowhere/at/all/x.csv"}, {"/nowhere/at/all/x.csv: cannot be written"}},
        {{.restore_best = true}, {"best_checkpoint"}},
        {{.resume = "/nowhere/x.safetensors"}, {"/nowhere/x.safetensors"}},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_not_equal(gd_fit(n.trainer, train, row[i].opts), GD_OK);
        assert_sentence(row[i].says, 3);
    }
    gd_dataset_free(train);
    free_network(&n);
}

static void names_the_missing_field(void **state)
{
    (void)state;
    network n = make_network((network_opts){0});
    const float x[8] = {0}, narrow[6] = {0};
    const int32_t label[2] = {0, 1}, far[2] = {0, 7};
    const struct {
        const char *name[2];
        gd_array array[2];
        const char *says[3];
    } row[] = {
        {{"image", "label"},
         {gd_array_borrow(GD_F32, GD_SHAPE(2, 4), x), gd_array_borrow(GD_I32, GD_SHAPE(2), label)},
         {"input 'x'", "'image', 'label'"}},
        {{"x", "label"},
         {gd_array_borrow(GD_F32, GD_SHAPE(2, 3), narrow), gd_array_borrow(GD_I32, GD_SHAPE(2), label)},
         {"input 'x' is [batch,4]", "[3]"}},
        {{"x", "label"},
         {gd_array_borrow(GD_F32, GD_SHAPE(2, 4), x), gd_array_borrow(GD_F32, GD_SHAPE(2), x)},
         {"input 'label' takes whole numbers"}},
        {{"x", "label"},
         {gd_array_borrow(GD_F32, GD_SHAPE(2, 4), x), gd_array_borrow(GD_I32, GD_SHAPE(2), far)},
         {"epoch 1, step 1 (batch 1 of 1)", "7"}},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        gd_dataset *set;
        assert_ok(gd_dataset_from_arrays(2, row[i].name, row[i].array, &set));
        assert_int_not_equal(gd_fit(n.trainer, set, (gd_fit_opts){0}), GD_OK);
        assert_sentence(row[i].says, 3);
        gd_dataset_free(set);
    }
    free_network(&n);
}

// The first step of a huge learning rate ruins the weights; a logarithm of a negative number is bad from the start.
static void names_the_op_of_a_nan(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1);
    network n = make_network((network_opts){.rule = gd_gradient_descent(1e25)});
    gd_fit_opts opts = {.epochs = 3, .batch = 8, .checkpoint = path_in(p, "last.safetensors"), .checkpoint_steps = 1};
    assert_int_equal(gd_fit(n.trainer, train, opts), GD_ERROR_NUMBER);
    assert_says("step ", "epoch 1", "batch ");
    // What is left on the disk, if anything, and in memory is sound.
    for (int i = 0; i < gd_variable_count(n.graph); i++) {
        gd_array value;
        assert_ok(gd_variable_get(gd_variable_at(n.graph, i), &value));
        for (int64_t k = 0; k < gd_array_count(&value); k++)
            assert_true(isfinite(gd_array_get(&value, k)));
        gd_array_free(&value);
    }
    free_network(&n);

    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor loss = gd_mean(gd_dense(gd_log(x), 1), (gd_reduce_opts){0});
    gd_trainer *trainer = gd_trainer_create(loss, gd_adam(0.01));
    assert_int_equal(gd_fit(trainer, train, (gd_fit_opts){.batch = 8}), GD_ERROR_NUMBER);
    assert_says("the loss became", "epoch 1, step 1", "log");
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(train);
}

static void predicts_without_labels(void **state)
{
    (void)state;
    network n = make_network((network_opts){0});
    gd_dataset *set = make_blobs(30, 1);
    gd_array x = {0}, result[2];
    const int64_t sample[3] = {2, 0, 1};
    assert_ok(gd_dataset_get(set, gd_dataset_find(set, "x"), 3, sample, &x));
    const char *const name[] = {"x"};
    gd_dataset *bare;
    assert_ok(gd_dataset_from_arrays(1, name, &x, &bare));
    gd_tensor output[2] = {n.logits, gd_softmax(n.logits, -1)};
    assert_ok(gd_predict(2, output, bare, (gd_evaluate_opts){.batch = 2}, result));
    assert_int_equal(result[1].shape.dim[0], 3);
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += gd_array_get(&result[1], i * CLASSES + k);
        assert_true(fabs(sum - 1) < 1e-5);
    }
    gd_array_free(&result[0]);
    gd_array_free(&result[1]);
    assert_int_equal(gd_predict(1, &n.loss, set, (gd_evaluate_opts){0}, result), GD_ERROR_SHAPE);
    assert_says("expected the batch as its first dimension");
    gd_array_free(&x);
    gd_dataset_free(bare);
    gd_dataset_free(set);
    free_network(&n);
}

// Memory that runs short at any moment ends in a status, and leaves nothing behind. (What makes training faster, or a
// message clearer, is done without; so a run may also succeed.)
static void survives_short_memory(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(20, 1);
    int failed = 0, good_in_a_row = 0;
    for (long successes = 0; good_in_a_row < 10; successes += 23) {
        network n = make_network((network_opts){.dropout = 0.1});
        gd_fit_opts opts = {.batch = 8,
                            .validate = train,
                            .metric_count = 2,
                            .metric = n.metric,
                            .checkpoint = path_in(p, "last.safetensors"),
                            .history_jsonl = path_in(p, "h.jsonl")};
        gd__alloc_fail_after(successes, false);
        gd_status status = gd_fit(n.trainer, train, opts);
        gd__alloc_fail_after(-1, false);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
        failed += status != GD_OK;
        good_in_a_row = status == GD_OK ? good_in_a_row + 1 : 0;
        free_network(&n);
        assert_true(successes < 1000000);
    }
    assert_true(failed > 50);
    gd_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_xor),
        cmocka_unit_test(learns_blobs_and_tells),
        cmocka_unit_test(accumulation_is_a_big_batch),
        cmocka_unit_test_setup_teardown(stops_early, make_place, remove_place),
        cmocka_unit_test(schedules),
        cmocka_unit_test(overfits_a_batch),
        cmocka_unit_test(a_trial_leaves_no_trace),
        cmocka_unit_test_setup_teardown(keeps_history, make_place, remove_place),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(names_the_missing_field),
        cmocka_unit_test_setup_teardown(names_the_op_of_a_nan, make_place, remove_place),
        cmocka_unit_test(predicts_without_labels),
        cmocka_unit_test_setup_teardown(survives_short_memory, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
