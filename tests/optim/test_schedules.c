// Schedules at steps whose rate is known. 10 steps an epoch, 100 in all, base rate 1.
#include <gradus/op.h>
#include <gradus/optim.h>

#include "op/expect.h"

enum { MOST_SETTINGS = 4 };

typedef struct setting {
    const char *name;
    double value;
} setting;

static gd_schedule make(const char *name, const setting set[MOST_SETTINGS])
{
    gd_schedule schedule;
    assert_int_equal(gd_schedule_named(name, &schedule), GD_OK);
    for (int i = 0; i < MOST_SETTINGS && set[i].name != NULL; i++) {
        if (strcmp(set[i].name, "drops") == 0)
            schedule.state.drops = (int64_t)set[i].value;
        else if (strcmp(set[i].name, "higher_better") == 0)
            schedule.higher_better = true;
        else if (gd_schedule_set(&schedule, set[i].name, set[i].value) != GD_OK)
            fail_msg("%s", gd_last_error());
    }
    assert_int_equal(gd_schedule_check(&schedule), GD_OK);
    return schedule;
}

static void rates(void **state)
{
    (void)state;
    const double half = 0.5 * (1 + cos(M_PI / 4));
    const struct {
        const char *name;
        setting set[MOST_SETTINGS];
        int64_t step;
        double rate;
    } rows[] = {
        {"constant", {{0}}, 0, 1},
        {"constant", {{0}}, 99, 1},
        {"step", {{"every", 2}}, 19, 1},
        {"step", {{"every", 2}}, 20, 0.1},
        {"step", {{"every", 3}, {"factor", 0.5}}, 99, 0.125},
        {"step", {{0}}, 99, 1},
        {"exponential", {{0}}, 9, 1},
        {"exponential", {{0}}, 29, 0.95 * 0.95},
        {"exponential", {{"factor", 0.5}}, 30, 0.125},
        {"inverse", {{0}}, 10, 0.5},
        {"inverse", {{"decay", 0.5}}, 40, 1.0 / 3},
        {"cosine", {{0}}, 0, 1},
        {"cosine", {{0}}, 25, half},
        {"cosine", {{0}}, 50, 0.5},
        {"cosine", {{0}}, 100, 0},
        {"cosine", {{"final", 0.2}}, 50, 0.6},
        {"cosine", {{"final", 0.2}}, 1000, 0.2},
        {"linear", {{0}}, 25, 0.75},
        {"linear", {{"final", 0.5}}, 50, 0.75},
        // The warm-up rises in equal steps; cosine and line run over what remains.
        {"constant", {{"warmup_steps", 4}}, 0, 0.25},
        {"constant", {{"warmup_steps", 4}}, 3, 1},
        {"constant", {{"warmup_steps", 4}}, 4, 1},
        {"constant", {{"warmup_epochs", 0.5}}, 1, 0.4},
        {"cosine", {{"warmup_epochs", 2}}, 9, 0.5},
        {"cosine", {{"warmup_epochs", 2}}, 20, 1},
        {"cosine", {{"warmup_epochs", 2}}, 60, 0.5},
        {"linear", {{"warmup_steps", 50}}, 75, 0.5},
        {"step", {{"every", 1}, {"factor", 0.5}, {"warmup_steps", 20}}, 15, 0.4},
        // The rise ends at step 29, the fall at 99; halfway is halfway between the rates.
        {"one_cycle", {{0}}, 0, 0.04},
        {"one_cycle", {{0}}, 29, 1},
        {"one_cycle", {{0}}, 64, (1 + 0.04 / 1e4) / 2},
        {"one_cycle", {{0}}, 99, 0.04 / 1e4},
        {"one_cycle", {{0}}, 100, 0.04 / 1e4},
        {"one_cycle", {{"rise", 0.21}, {"start_divisor", 10}, {"end_divisor", 100}}, 10, 0.55},
        {"plateau", {{"drops", 2}}, 5, 0.01},
        {"plateau", {{"drops", 2}, {"minimum", 0.05}}, 5, 0.05},
        {"plateau", {{"drops", 2}, {"minimum", 5}}, 5, 1},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        const gd_schedule schedule = make(rows[i].name, rows[i].set);
        double rate = gd_schedule_at(&schedule, 1, rows[i].step, 10, 100);
        if (!(fabs(rate - rows[i].rate) <= 1e-12))
            fail_msg("row %d: the rate is %.17g, expected %.17g", i, rate, rows[i].rate);
        expect_near(gd_schedule_at(&schedule, 0.3, rows[i].step, 10, 100), 0.3 * rate,
                    strcmp(rows[i].set[1].name == NULL ? "" : rows[i].set[1].name, "minimum") == 0 ? 1 : 1e-12);
    }
}

static void trainings_of_a_single_step(void **state)
{
    (void)state;
    for (int i = 0; i < gd_record_count(gd_schedule_kinds()); i++) {
        gd_schedule schedule;
        assert_int_equal(gd_schedule_named(gd_record_at(gd_schedule_kinds(), i)->name, &schedule), GD_OK);
        for (int64_t total = 0; total < 4; total++) {
            double rate = gd_schedule_at(&schedule, 1, 0, 1, total);
            assert_true(rate > 0 && rate <= 1);
        }
    }
}

// Patience 2: the third observation in a row without a new best drops the rate.
static void plateaus(void **state)
{
    (void)state;
    const struct {
        const char *name;
        setting set[MOST_SETTINGS];
        double metric[8];
        int64_t drops[8];
    } rows[] = {
        {"plateau", {{"patience", 2}}, {1, 0.5, 0.5, 0.6, 0.5, 0.4, 0.5, 0.3}, {0, 0, 0, 0, 1, 1, 1, 1}},
        {"plateau", {{"patience", 2}}, {1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 1, 1, 1, 2, 2}},
        {"plateau",
         {{"patience", 1}, {"threshold", 0.1}},
         {1, 0.95, 0.91, 0.89, 0.85, 0.7, 0.6, 0.5},
         {0, 0, 1, 1, 1, 1, 1, 1}},
        {"plateau",
         {{"patience", 1}, {"higher_better", 1}},
         {0.5, 0.6, 0.6, 0.55, 0.7, 0.7, 0.7, 0.8},
         {0, 0, 0, 1, 1, 1, 2, 2}},
        {"plateau", {{"patience", 1}}, {NAN, 1, 0.5, NAN, NAN, 0.4, 0.3, 0.2}, {0, 0, 0, 0, 1, 1, 1, 1}},
        {"step", {{0}}, {1, 1, 1, 1, 1, 1, 1, 1}, {0}},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_schedule schedule = make(rows[i].name, rows[i].set);
        for (int j = 0; j < 8; j++) {
            gd_schedule_observe(&schedule, rows[i].metric[j], 10 * (j + 1), 10);
            if (schedule.state.drops != rows[i].drops[j])
                fail_msg("row %d, observation %d: %d drops", i, j, (int)schedule.state.drops);
        }
    }
}

// 20 steps up, 3 epochs of a cosine, and then a plateau that listens from its beginning on. 10 steps an epoch.
static void sequences(void **state)
{
    (void)state;
    gd_schedule plateau = gd_plateau_schedule(1, 0.5), cosine = gd_cosine_schedule(0.2);
    gd_schedule first = gd_linear_schedule(0, 1);
    first.steps = 20;
    first.then = &cosine;
    cosine.epochs = 3;
    cosine.then = &plateau;
    assert_int_equal(gd_schedule_check(&first), GD_OK);
    static const struct {
        int64_t step;
        double rate;
    } rows[] = {{0, 0}, {10, 0.5}, {19, 0.95}, {20, 1}, {35, 0.6}, {49, 0.2021914}, {50, 1}, {99, 1}};
    for (int i = 0; i < GD_COUNT_OF(rows); i++)
        expect_near(gd_schedule_at(&first, 1, rows[i].step, 10, 100), rows[i].rate, 1e-6);
    for (int64_t epoch = 1; epoch <= 5; epoch++)
        gd_schedule_observe(&first, 1, 10 * epoch, 10);
    assert_int_equal(first.state.observations, 0);
    for (int64_t epoch = 6; epoch <= 8; epoch++)
        gd_schedule_observe(&first, 1, 10 * epoch, 10);
    assert_int_equal(first.state.drops, 1);
    expect_near(gd_schedule_at(&first, 1, 80, 10, 100), 0.5, 1e-12);
    expect_near(gd_schedule_at(&first, 1, 35, 10, 100), 0.6, 1e-6);
    // A single schedule stays where its own length ends.
    cosine.then = NULL;
    expect_near(gd_schedule_at(&cosine, 1, 60, 10, 100), 0.2, 1e-12);
    // No length before another one; two that listen.
    first.steps = 0;
    assert_int_equal(gd_schedule_check(&first), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "linear: it needs a length"));
    gd_schedule second = plateau;
    second.epochs = 3;
    second.then = &plateau;
    assert_int_equal(gd_schedule_check(&second), GD_ERROR_ARGUMENT);
}

static double half_rate(const gd_schedule_call *call)
{
    return call->base / 2;
}

static const gd_option half_keys[] = {GD_SCHEDULE_COMMON, {0}};
static const gd_schedule_kind half_kind = {
    .record = {.name = "half", .doc = "rate / 2", .options = half_keys, .options_size = sizeof(gd_schedule)},
    .rate = half_rate,
};

static void a_program_adds_a_schedule(void **state)
{
    (void)state;
    gd_schedule schedule;
    assert_int_equal(gd_schedule_register(&half_kind), GD_OK);
    assert_int_equal(gd_schedule_named("half", &schedule), GD_OK);
    assert_int_equal(gd_schedule_check(&schedule), GD_OK);
    expect_near(gd_schedule_at(&schedule, 1, 3, 10, 100), 0.5, 0);
}

static void mistakes(void **state)
{
    (void)state;
    gd_schedule schedule = {0};
    assert_int_equal(gd_schedule_named("cosin", &schedule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "unknown schedule 'cosin', did you mean 'cosine'?");
    schedule = gd_one_cycle_schedule(1.5);
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "one_cycle: rise is 1.5, expected a number above 0 and below 1");
    schedule = gd_step_schedule(-1, 0.1);
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
    schedule = (gd_schedule){.kind = gd_adam(1).kind};
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
    schedule = (gd_schedule){.warmup_epochs = -1};
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),     cmocka_unit_test(trainings_of_a_single_step), cmocka_unit_test(plateaus),
        cmocka_unit_test(sequences), cmocka_unit_test(a_program_adds_a_schedule),  cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
