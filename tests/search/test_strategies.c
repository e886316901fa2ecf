// Strategies, asked and told in memory.
#include <cmocka.h>
#include <gradus/search.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void assert_ok_at(gd_status status, const char *file, int line)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    _fail(file, line);
}
#define assert_ok(call) assert_ok_at((call), __FILE__, __LINE__)

static const char *const units[] = {"16", "32", "64"};
static const char *const names[] = {"relu", "tanh", "sigmoid"};
static const gd_search_parameter space[] = {
    {.name = "optimizer.adam.learning_rate", .range = GD_RANGE_LOG, .low = 1e-4, .high = 1e-1},
    {.name = "model.0.dense", .choice_count = 3, .choice = units},
    {.name = "model.2.dropout", .range = GD_RANGE_UNIFORM, .low = 0, .high = 0.5},
    {.name = "model.1", .choice_count = 3, .choice = names},
    {.name = "train.batch", .range = GD_RANGE_LOG_INTEGER, .low = 8, .high = 256},
};
enum { SPACE = 5 };

// A smooth function of the space with one minimum, 0, at rate 0.01, 64 units, dropout 0.2, tanh and batch 32.
static double bowl(const double *value)
{
    double rate = log10(value[0]) + 2, dropout = (value[2] - 0.2) / 0.5, batch = log2(value[4] / 32) / 5;
    return rate * rate + 0.3 * (2 - value[1]) + dropout * dropout + 0.4 * (value[3] != 1) + batch * batch;
}

static double search_minimum(gd_search_opts opts, int parameters, double (*function)(const double *))
{
    gd_search *search;
    const gd_search_trial *trial;
    assert_ok(gd_search_create(parameters, space, opts, &search));
    for (;;) {
        assert_ok(gd_search_ask(search, &trial));
        if (trial == NULL)
            break;
        gd_search_result result = {.objective = function(trial->value), .epochs = trial->epochs};
        assert_ok(gd_search_tell(search, trial->number, result));
    }
    double best = gd_search_best(search)->objective;
    gd_search_free(search);
    return best;
}

static void grid_is_exact(void **state)
{
    (void)state;
    gd_search *search;
    assert_ok(
        gd_search_create(2, space, (gd_search_opts){.strategy = gd_strategy_kind_named("grid"), .grid = 4}, &search));
    assert_int_equal(gd_search_trials_planned(search), 12);
    static const double rate[] = {1e-4, 1e-3, 1e-2, 1e-1};
    const gd_search_trial *trial;
    for (int i = 0; i < 12; i++) {
        assert_ok(gd_search_ask(search, &trial));
        assert_non_null(trial);
        assert_true(fabs(trial->value[0] / rate[i / 3] - 1) < 1e-12);
        assert_true(trial->value[1] == i % 3);
    }
    assert_ok(gd_search_ask(search, &trial));
    assert_null(trial);
    gd_search_free(search);
}

static void values_lie_in_their_ranges(void **state)
{
    (void)state;
    for (int strategy = 0; strategy < gd_record_count(gd_strategy_kinds()); strategy++) {
        gd_search_opts opts = {.strategy =
                                   (const gd_strategy_kind *)(const void *)gd_record_at(gd_strategy_kinds(), strategy),
                               .epochs = 9,
                               .seed = 5};
        gd_search *search;
        const gd_search_trial *trial;
        assert_ok(gd_search_create(SPACE, space, opts, &search));
        for (int asked = 0; asked < 400; asked++) {
            assert_ok(gd_search_ask(search, &trial));
            if (trial == NULL)
                break;
            assert_true(trial->value[0] >= 1e-4 && trial->value[0] <= 1e-1);
            assert_true(trial->value[2] >= 0 && trial->value[2] <= 0.5);
            assert_true(trial->value[3] == floor(trial->value[3]) && trial->value[3] >= 0 && trial->value[3] < 3);
            assert_true(trial->value[4] == floor(trial->value[4]) && trial->value[4] >= 8 && trial->value[4] <= 256);
            gd_search_result result = {.objective = bowl(trial->value)};
            if (asked % 7 == 3)
                result.failure = "it diverged";
            assert_ok(gd_search_tell(search, trial->number, result));
        }
        assert_null(trial);
        gd_search_free(search);
    }
}

static void logarithmic_means_every_factor(void **state)
{
    (void)state;
    gd_search *search;
    const gd_search_trial *trial;
    int count[3] = {0};
    assert_ok(gd_search_create(1, space, (gd_search_opts){.strategy = gd_strategy_kind_named("random"), .trials = 3000},
                               &search));
    for (int i = 0; i < 3000; i++) {
        assert_ok(gd_search_ask(search, &trial));
        count[trial->value[0] < 1e-3 ? 0 : trial->value[0] < 1e-2 ? 1 : 2]++;
    }
    for (int i = 0; i < 3; i++)
        assert_true(count[i] >= 900 && count[i] <= 1100);
    gd_search_free(search);
}

static void halving_has_its_budgets(void **state)
{
    (void)state;
    static const struct {
        int trials, eta;
        int64_t epochs;
        int rungs;
        int64_t budget[5];
        int count[5];
    } cases[] = {
        {20, 3, 9, 3, {1, 3, 9}, {20, 6, 2}},
        {27, 3, 27, 4, {1, 3, 9, 27}, {27, 9, 3, 1}},
        {9, 3, 100, 3, {11, 33, 100}, {9, 3, 1}},
        {16, 2, 5, 3, {1, 2, 5}, {16, 8, 4}},
        {2, 3, 9, 1, {9}, {2}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_search_opts opts = {.strategy = gd_strategy_kind_named("halving"),
                               .trials = cases[c].trials,
                               .eta = cases[c].eta,
                               .epochs = cases[c].epochs};
        gd_search *search;
        const gd_search_trial *trial;
        int count[5] = {0};
        double worst_promoted = 0;
        assert_ok(gd_search_create(SPACE, space, opts, &search));
        for (;;) {
            assert_ok(gd_search_ask(search, &trial));
            if (trial == NULL)
                break;
            int rung = 0;
            while (rung < cases[c].rungs && cases[c].budget[rung] != trial->epochs)
                rung++;
            assert_true(rung < cases[c].rungs);
            count[rung]++;
            if (rung == cases[c].rungs - 1)
                worst_promoted = fmax(worst_promoted, bowl(trial->value));
            assert_ok(gd_search_tell(search, trial->number, (gd_search_result){.objective = bowl(trial->value)}));
        }
        assert_memory_equal(count, cases[c].count, sizeof count);
        // With an objective that does not change, those that went all the way are the best.
        const gd_search_trial *order[64];
        int ranked = gd_search_ranking(search, order);
        assert_int_equal(ranked, cases[c].trials);
        assert_true(order[count[cases[c].rungs - 1] - 1]->objective == worst_promoted);
        gd_search_free(search);
    }
}

// Results in another order, and a failed trial, change nothing: a rung begins when the one before is over.
static void halving_does_not_depend_on_the_order(void **state)
{
    (void)state;
    int last[2] = {0};
    for (int pass = 0; pass < 2; pass++) {
        gd_search *search;
        const gd_search_trial *trial, *running[8];
        gd_search_opts opts = {.strategy = gd_strategy_kind_named("halving"), .trials = 9, .epochs = 9};
        assert_ok(gd_search_create(SPACE, space, opts, &search));
        for (int most = pass == 0 ? 1 : 4;;) {
            int count = 0;
            for (; count < most; count++) {
                assert_ok(gd_search_ask(search, &trial));
                if (trial == NULL)
                    break;
                running[count] = trial;
            }
            if (count == 0)
                break;
            while (count-- > 0) {
                last[pass] = running[count]->number;
                gd_search_result result = {.objective = bowl(running[count]->value),
                                           .failure = running[count]->number == 4 ? "lost" : NULL};
                assert_ok(gd_search_tell(search, running[count]->number, result));
            }
        }
        gd_search_free(search);
    }
    assert_int_equal(last[0], last[1]);
}

static void coarse_to_fine_zooms(void **state)
{
    (void)state;
    gd_search *search;
    const gd_search_trial *trial;
    double low[3] = {1, 1, 1}, high[3] = {0, 0, 0};
    gd_search_opts opts = {.strategy = gd_strategy_kind_named("coarse_to_fine"), .trials = 60};
    assert_ok(gd_search_create(1, space, opts, &search));
    for (int i = 0; i < 60; i++) {
        assert_ok(gd_search_ask(search, &trial));
        double place = log10(trial->value[0]) + 4, apart = place - 1.3;
        low[i / 20] = fmin(low[i / 20], place / 3);
        high[i / 20] = fmax(high[i / 20], place / 3);
        assert_ok(gd_search_tell(search, trial->number, (gd_search_result){.objective = apart * apart}));
    }
    for (int i = 0; i < 2; i++)
        assert_true(high[i + 1] - low[i + 1] < 0.7 * (high[i] - low[i]));
    assert_true(low[2] < 1.3 / 3 && high[2] > 1.3 / 3);
    gd_search_free(search);
}

static void coarse_to_fine_drops_choices(void **state)
{
    (void)state;
    gd_search *search;
    const gd_search_trial *trial;
    gd_search_opts opts = {.strategy = gd_strategy_kind_named("coarse_to_fine"), .trials = 40, .rounds = 2, .seed = 2};
    assert_ok(gd_search_create(SPACE, space, opts, &search));
    for (int i = 0; i < 40; i++) {
        assert_ok(gd_search_ask(search, &trial));
        if (i >= 20)
            assert_true(trial->value[3] == 1);
        double objective = 100 * (trial->value[3] != 1) + trial->value[0];
        assert_ok(gd_search_tell(search, trial->number, (gd_search_result){.objective = objective}));
    }
    gd_search_free(search);
}

// Medians over ten seeds.
static double median_of_ten(const gd_strategy_kind *strategy, int parameters)
{
    double best[10];
    for (int seed = 0; seed < 10; seed++) {
        gd_search_opts opts = {.strategy = strategy, .trials = 25, .seed = (uint64_t)seed};
        double found = search_minimum(opts, parameters, bowl);
        int at = seed;
        for (; at > 0 && best[at - 1] > found; at--)
            best[at] = best[at - 1];
        best[at] = found;
    }
    return best[5];
}

static void bayesian_beats_random(void **state)
{
    (void)state;
    double random = median_of_ten(gd_strategy_kind_named("random"), SPACE),
           bayesian = median_of_ten(gd_strategy_kind_named("bayesian"), SPACE);
    print_message("after 25 trials: random %.4f, Bayesian %.4f\n", random, bayesian);
    assert_true(bayesian < 0.6 * random);
}

// Trials that run together are not the same, and none is lost.
static void bayesian_runs_together(void **state)
{
    (void)state;
    gd_search *search;
    const gd_search_trial *running[4];
    assert_ok(gd_search_create(SPACE, space, (gd_search_opts){.trials = 24}, &search));
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 4; i++) {
            assert_ok(gd_search_ask(search, &running[i]));
            assert_non_null(running[i]);
            for (int k = 0; k < i; k++)
                assert_memory_not_equal(running[i]->value, running[k]->value, SPACE * sizeof(double));
        }
        for (int i = 3; i >= 0; i--) {
            gd_search_result result = {.objective = i == 2 && round < 3 ? NAN : bowl(running[i]->value)};
            assert_ok(gd_search_tell(search, running[i]->number, result));
        }
    }
    assert_int_equal(gd_search_trial_at(search, 2)->state, GD_SEARCH_FAILED);
    assert_non_null(strstr(gd_search_trial_at(search, 2)->failure, "not a finite number"));
    gd_search_free(search);
}

static void small_spaces_end(void **state)
{
    (void)state;
    const gd_strategy_kind *const strategies[] = {gd_strategy_kind_named("random"), gd_strategy_kind_named("bayesian"),
                                                  gd_strategy_kind_named("coarse_to_fine")};
    for (size_t i = 0; i < 3; i++) {
        gd_search *search;
        const gd_search_trial *trial;
        assert_ok(gd_search_create(1, &space[3], (gd_search_opts){.strategy = strategies[i], .trials = 9}, &search));
        int count = 0;
        for (;; count++) {
            assert_ok(gd_search_ask(search, &trial));
            if (trial == NULL)
                break;
            assert_ok(gd_search_tell(search, trial->number, (gd_search_result){.objective = trial->value[0]}));
        }
        assert_true(count >= 1 && count <= 3); // three choices, none twice
        gd_search_free(search);
    }
}

static void bad_spaces_are_refused(void **state)
{
    (void)state;
    const struct {
        gd_search_parameter parameter[2];
        int count;
        gd_search_opts opts;
        const char *says;
    } cases[] = {
        {.count = 0, .says = "the space of the search is empty"},
        {{{.name = "a"}}, 1, {0}, "the choice of 'a' is empty"},
        {{{.name = ""}}, 1, {0}, "has no name"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .low = 2, .high = 1}}, 1, {0}, "from 2 to 1, expected the smaller"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .low = NAN, .high = 1}}, 1, {0}, "goes from nan to 1"},
        {{{.name = "a", .range = GD_RANGE_LOG, .low = 0, .high = 1}}, 1, {0}, "begins at 0, expected above 0"},
        {{{.name = "a", .range = GD_RANGE_LOG, .low = -1, .high = 1}}, 1, {0}, "begins at -1, expected above 0"},
        {{{.name = "a", .range = GD_RANGE_INTEGER, .low = 0.5, .high = 1}}, 1, {0}, "expected whole numbers"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .high = 1}, {.name = "a", .range = GD_RANGE_UNIFORM, .high = 1}},
         2,
         {0},
         "'a' is there twice"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .high = 1}, {.name = "b", .range = GD_RANGE_UNIFORM, .high = 1}},
         2,
         {.strategy = gd_strategy_kind_named("grid"), .trials = 8},
         "the grid has 9 points, and the search 8 trials"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .high = 1}, {.name = "b", .range = GD_RANGE_UNIFORM, .high = 1}},
         2,
         {.strategy = gd_strategy_kind_named("grid"), .grid = 1000},
         "1000000 or more points, expected at most 10000"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .high = 1}},
         1,
         {.strategy = gd_strategy_kind_named("halving")},
         "needs the epochs"},
        {{{.name = "a", .range = GD_RANGE_UNIFORM, .high = 1}}, 1, {.trials = -1}, "a search of -1 trials"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_search *search;
        assert_int_equal(gd_search_create(cases[i].count, cases[i].parameter, cases[i].opts, &search),
                         GD_ERROR_ARGUMENT);
        assert_null(search);
        if (strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("expected \"%s\" in \"%s\"", cases[i].says, gd_last_error());
    }
}

static void labels_are_short_and_different(void **state)
{
    (void)state;
    const gd_search_parameter parameter[] = {
        {.name = "model.0.dense", .choice_count = 3, .choice = units},
        {.name = "model.2.dense", .choice_count = 3, .choice = units},
        {.name = "optimizer.adam.learning_rate", .range = GD_RANGE_LOG, .low = 1e-4, .high = 1},
        {.name = "model.1", .choice_count = 3, .choice = names},
    };
    static const char *const label[] = {"model.0.dense", "model.2.dense", "learning_rate", "model.1"};
    gd_search *search;
    assert_ok(gd_search_create(4, parameter, (gd_search_opts){0}, &search));
    for (int i = 0; i < 4; i++)
        assert_string_equal(gd_search_parameter_label(search, i), label[i]);
    gd_search_free(search);
}

// ---- A strategy of the program's own: the middle of each range, then the first trial again, for longer

static gd_status propose_middle(const gd_search *search, double *value, gd_proposal *proposal)
{
    const int trials = gd_search_trial_count(search);
    assert_int_equal(gd_search_get_opts(search).trials, 7);
    if (trials == 0) {
        for (int i = 0; i < gd_search_parameter_count(search); i++)
            value[i] = (gd_search_parameter_at(search, i)->low + gd_search_parameter_at(search, i)->high) / 2;
        *proposal = (gd_proposal){.kind = GD_PROPOSE_NEW, .epochs = 1};
    } else if (gd_search_trial_at(search, 0)->epochs == 1) {
        *proposal = (gd_proposal){.kind = GD_PROPOSE_MORE, .trial = 0, .epochs = 2};
    } else {
        *proposal = (gd_proposal){.kind = GD_PROPOSE_MORE, .trial = 3};
    }
    return GD_OK;
}

static const gd_strategy_kind middle = {
    .record = {.name = "middle_test", .doc = "the middle of each range"},
    .propose = propose_middle,
};

static void a_programs_own(void **state)
{
    (void)state;
    static const gd_search_parameter space[] = {{.name = "a", .range = GD_RANGE_UNIFORM, .low = 1, .high = 4}};
    gd_search *search;
    const gd_search_trial *trial;
    assert_ok(gd_strategy_register(&middle));
    assert_ptr_equal(gd_strategy_kind_named("middle_test"), &middle);
    assert_int_not_equal(gd_strategy_register(&middle), GD_OK);
    assert_ok(gd_search_create(1, space, (gd_search_opts){.strategy = &middle, .trials = 7}, &search));
    for (int64_t epochs = 1; epochs <= 2; epochs++) {
        assert_ok(gd_search_ask(search, &trial));
        assert_int_equal(trial->epochs, epochs);
        assert_true(trial->value[0] == 2.5);
        assert_ok(gd_search_tell(search, 1, (gd_search_result){.objective = 1, .epochs = epochs}));
    }
    assert_int_not_equal(gd_search_ask(search, &trial), GD_OK); // there is no trial 3
    gd_search_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grid_is_exact),
        cmocka_unit_test(values_lie_in_their_ranges),
        cmocka_unit_test(logarithmic_means_every_factor),
        cmocka_unit_test(halving_has_its_budgets),
        cmocka_unit_test(halving_does_not_depend_on_the_order),
        cmocka_unit_test(coarse_to_fine_zooms),
        cmocka_unit_test(coarse_to_fine_drops_choices),
        cmocka_unit_test(bayesian_beats_random),
        cmocka_unit_test(bayesian_runs_together),
        cmocka_unit_test(small_spaces_end),
        cmocka_unit_test(bad_spaces_are_refused),
        cmocka_unit_test(labels_are_short_and_different),
        cmocka_unit_test(a_programs_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
