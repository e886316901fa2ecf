// Checkpoints: a run that was stopped ends as one that was not, and files that do not fit are refused in words.
#include "train/network.h"

static const network_opts with_everything = {.dropout = 0.3, .batch_norm = true};

static gd_fit_opts fit_opts(const network *n, const gd_dataset *test)
{
    gd_schedule plateau = gd_plateau_schedule(1, 0.5);
    assert_ok(gd_schedule_set(&plateau, "threshold", 0.5));
    return (gd_fit_opts){.epochs = 4,
                         .batch = 8,
                         .seed = 11,
                         .validate = test,
                         .metric_count = 1,
                         .metric = n->metric,
                         .monitor = "accuracy",
                         .history_every = 5,
                         .schedule = plateau};
}

typedef struct stopper {
    volatile sig_atomic_t stop;
    int64_t at;
    double smoothed[64];
} stopper;

static void stop_at(void *user, const gd_progress *progress)
{
    stopper *s = user;
    s->smoothed[progress->step % 64] = progress->smoothed_loss;
    if (progress->step == s->at)
        s->stop = 1;
}

// The lines of a history without the time they took.
static void assert_same_history(const char *a, const char *b)
{
    char *x = read_text(a), *y = read_text(b), *at_x = x, *at_y = y;
    while (*at_x != '\0' && *at_y != '\0') {
        if ((strncmp(at_x, "\"seconds\":", 10) == 0 && strncmp(at_y, "\"seconds\":", 10) == 0) ||
            (strncmp(at_x, "\"wait_seconds\":", 15) == 0 && strncmp(at_y, "\"wait_seconds\":", 15) == 0)) {
            at_x += strcspn(at_x, ",}\n");
            at_y += strcspn(at_y, ",}\n");
            continue;
        }
        if (*at_x != *at_y)
            fail_msg("histories differ: %.60s / %.60s", at_x, at_y);
        at_x++;
        at_y++;
    }
    assert_true(*at_x == '\0' && *at_y == '\0');
    free(x);
    free(y);
}

static void goes_on_as_if_nothing_had_happened(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(20, 2);
    const struct {
        int64_t stop[4]; // the steps after which the run is stopped; 12 steps are an epoch, 48 the whole
        int accumulate;
        int64_t checkpoint_steps;
    } row[] = {{{1}, 1, 0},          {{11}, 1, 0},   {{12}, 1, 5}, {{13, 14, 15, 40}, 1, 0},
               {{36, 47, 48}, 1, 0}, {{4, 9}, 5, 0}, {{3}, 5, 2}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        network whole = make_network(with_everything);
        gd_fit_opts opts = fit_opts(&whole, test);
        stopper seen = {.at = -1};
        opts.accumulate = row[i].accumulate;
        opts.history_jsonl = path_in(p, "whole.jsonl");
        opts.observer = (gd_observer){.user = &seen, .on_step = stop_at};
        assert_ok(gd_fit(whole.trainer, train, opts));
        for (int k = 0; k < 5; k++) {
            int64_t stop = k < 4 ? row[i].stop[k] : 0;
            network part = make_network(with_everything);
            stopper again = {.at = stop};
            gd_fit_opts o = fit_opts(&part, test);
            o.accumulate = row[i].accumulate;
            o.checkpoint_steps = row[i].checkpoint_steps;
            o.checkpoint = path_in(p, "last.safetensors");
            o.history_jsonl = path_in(p, "part.jsonl");
            o.resume = k > 0 ? o.checkpoint : NULL;
            o.observer = (gd_observer){.user = &again, .on_step = stop_at};
            o.should_stop = &again.stop;
            gd_status status = gd_fit(part.trainer, train, o);
            if (stop > 0) {
                assert_int_equal(status, GD_ERROR_INTERRUPTED);
                assert_says("resume it from", "last.safetensors");
            } else {
                assert_int_equal(status, GD_OK);
                assert_same_variables(whole.graph, part.graph);
                assert_same_history(path_in(p, "whole.jsonl"), path_in(p, "part.jsonl"));
                assert_int_equal(gd_trainer_history(part.trainer)->epoch_count, 4);
                assert_int_equal(gd_trainer_history(part.trainer)->best_epoch,
                                 gd_trainer_history(whole.trainer)->best_epoch);
                if (k > 0 && row[i].stop[k - 1] < 47 && row[i].accumulate == 1)
                    assert_true(again.smoothed[48] == seen.smoothed[48]);
            }
            free_network(&part);
            if (stop == 0)
                break;
        }
        free_network(&whole);
    }
    gd_dataset_free(train);
    gd_dataset_free(test);
}

// A limit on the steps ends a run in the middle of an epoch; a higher one takes it up there.
static void a_limit_can_be_raised(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *test = make_blobs(20, 2);
    network whole = make_network(with_everything), part = make_network(with_everything),
            rest = make_network(with_everything);
    assert_ok(gd_fit(whole.trainer, train, fit_opts(&whole, test)));
    gd_fit_opts opts = fit_opts(&part, test);
    opts.checkpoint = path_in(p, "last.safetensors");
    opts.history_csv = path_in(p, "history.csv");
    opts.steps = 17;
    assert_ok(gd_fit(part.trainer, train, opts));
    assert_int_equal(gd_trainer_history(part.trainer)->epoch_count, 2);
    assert_int_equal(gd_trainer_history(part.trainer)->epoch[1].step, 17);
    opts.steps = 0;
    opts.resume = opts.checkpoint;
    opts.metric = rest.metric;
    assert_ok(gd_fit(rest.trainer, train, opts));
    assert_same_variables(whole.graph, rest.graph);
    char *csv = read_text(opts.history_csv);
    int lines = 0;
    for (const char *c = csv; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 5);
    free(csv);
    free_network(&whole);
    free_network(&part);
    free_network(&rest);
    gd_dataset_free(train);
    gd_dataset_free(test);
}

// ---- Files that do not fit

static const char *train_one(place *p, const char *name, network_opts how, const gd_dataset *train)
{
    network n = make_network(how);
    gd_note note[] = {{GD_NOTE_RECIPE, "model: …"}};
    gd_fit_opts opts = {.epochs = 2,
                        .batch = 8,
                        .metric_count = 1,
                        .metric = n.metric,
                        .note_count = 1,
                        .note = note,
                        .checkpoint = path_in(p, name)};
    assert_ok(gd_fit(n.trainer, train, opts));
    free_network(&n);
    return opts.checkpoint;
}

static void refuses_other_runs(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1), *other = make_blobs(60, 1);
    const char *path = train_one(p, "a.safetensors", (network_opts){0}, train);
    const struct {
        network_opts network;
        gd_fit_opts opts;
        bool other_data;
        const char *says[3];
    } row[] = {
        {{.hidden = 9}, {.batch = 8}, false, {"'fc1.weight' [8,4], the model wants [9,4]", "another model"}},
        {{.batch_norm = true}, {.batch = 8}, false, {"has no 'bn1.weight'", "another model"}},
        {{.rule = gd_momentum(0.1, 0.9)}, {.batch = 8}, false, {"has no 'fc1.weight.momentum'", "update rule"}},
        {{.rule = gd_gradient_descent(0.1)}, {.batch = 8}, false, {"has 'fc1.weight.exp_avg", "update rule"}},
        {{0}, {.batch = 16}, false, {"batch size 8, this run has 16"}},
        {{0}, {.batch = 8, .seed = 3}, false, {"seed 0, this run has 3"}},
        {{0}, {.batch = 8, .accumulate = 2}, false, {"batches to an update: 1, this run has 2"}},
        {{0}, {.batch = 8}, true, {"a training set of 90, this run has 60"}},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        network n = make_network(row[i].network);
        gd_fit_opts opts = row[i].opts;
        opts.epochs = 3;
        opts.metric_count = 1;
        opts.metric = n.metric;
        opts.resume = path;
        assert_int_not_equal(gd_fit(n.trainer, row[i].other_data ? other : train, opts), GD_OK);
        assert_sentence(row[i].says, 3);
        free_network(&n);
    }
    gd_dataset_free(train);
    gd_dataset_free(other);
}

static void cut(const char *from, const char *to, size_t keep, const char *find, const char *replace)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in != NULL && out != NULL);
    char bytes[1 << 15];
    size_t size = fread(bytes, 1, sizeof bytes, in);
    for (size_t i = 0; find != NULL && i + strlen(find) <= size; i++)
        if (memcmp(bytes + i, find, strlen(find)) == 0)
            memcpy(bytes + i, replace, strlen(replace));
    assert_true(size < sizeof bytes);
    fwrite(bytes, 1, keep > 0 && keep < size ? keep : size, out);
    fclose(in);
    fclose(out);
}

static void refuses_damaged_files(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1);
    const char *path = train_one(p, "a.safetensors", (network_opts){0}, train), *bad = path_in(p, "bad.safetensors");
    const struct {
        size_t keep;
        const char *find, *replace;
        const char *says[2];
    } row[] = {
        {4, NULL, NULL, {"bad.safetensors"}},
        {100, NULL, NULL, {"bad.safetensors"}},
        {2000, NULL, NULL, {"bad.safetensors"}},
        {0, "\\\"step\\\":", "\\\"stop\\\":", {"no sound 'step'"}},
        {0, "\\\"epoch_sums\\\":[", "\\\"epoch_sums\\\":{", {"no JSON"}},
        {0, "gradus.training", "gradus.straying", {"no training run to go on with"}},
        {0, "\"gradus.format\":\"1\"", "\"gradus.format\":\"9\"", {"format 9"}},
        {0, "\\\"batch\\\":0", "\\\"batch\\\":9", {""}},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cut(path, bad, row[i].keep, row[i].find, row[i].replace);
        network n = make_network((network_opts){0});
        gd_fit_opts opts = {.epochs = 3, .batch = 8, .metric_count = 1, .metric = n.metric, .resume = bad};
        gd_status status = gd_fit(n.trainer, train, opts);
        if (row[i].says[0][0] != '\0') {
            assert_int_not_equal(status, GD_OK);
            assert_sentence(row[i].says, 2);
        }
        free_network(&n);
    }
    gd_dataset_free(train);
}

static void loads_weights(void **state)
{
    place *p = *state;
    gd_dataset *train = make_blobs(90, 1);
    const char *path = train_one(p, "a.safetensors", (network_opts){.batch_norm = true, .dropout = 0.2}, train);
    char *note;
    assert_ok(gd_checkpoint_note(path, GD_NOTE_RECIPE, &note));
    assert_string_equal(note, "model: …");
    gd_text_free(note);
    assert_ok(gd_checkpoint_note(path, "nothing", &note));
    assert_null(note);

    // A network without a trainer takes the weights, and leaves the optimizer's state alone.
    network same = make_network((network_opts){.batch_norm = true, .dropout = 0.2});
    gd_load_report report;
    assert_ok(gd_load_weights(same.graph, path, (gd_load_opts){0}, &report));
    assert_int_equal(report.loaded, 8);
    assert_null(report.text);
    const char *copy = path_in(p, "weights.safetensors");
    assert_ok(gd_save_weights(same.graph, copy, 0, NULL));
    gd_tensor_file *file;
    assert_ok(gd_tensor_file_open(copy, &file));
    assert_int_equal(gd_tensor_file_count(file), 8);
    gd_tensor_file_free(file);

    network other = make_network((network_opts){.hidden = 9});
    assert_int_equal(gd_load_weights(other.graph, path, (gd_load_opts){0}, NULL), GD_ERROR_SHAPE);
    assert_says("a.safetensors has 'fc1.weight' [8,4], the model wants [9,4]", "another model");
    assert_ok(gd_load_weights(other.graph, path, (gd_load_opts){.partial = true}, &report));
    assert_int_equal(report.loaded, 1); // fc2.bias
    assert_int_equal(report.different, 3);
    assert_int_equal(report.unknown, 4); // the batch norm's
    assert_non_null(strstr(report.text, "'bn1.weight', which the model does not know\n"));
    gd_text_free(report.text);
    free_network(&same);
    free_network(&other);
    gd_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_as_if_nothing_had_happened, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_limit_can_be_raised, make_place, remove_place),
        cmocka_unit_test_setup_teardown(refuses_other_runs, make_place, remove_place),
        cmocka_unit_test_setup_teardown(refuses_damaged_files, make_place, remove_place),
        cmocka_unit_test_setup_teardown(loads_weights, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
