// Schedules at steps whose rate is known. 10 steps an epoch, 100 in all, base rate 1.
#include <gradus/op.h>
#include <gradus/optim.h>

#include "op/expect.h"

static void rates(void **state)
{
    (void)state;
    const double half = 0.5 * (1 + cos(M_PI / 4));
    const struct {
        gd_schedule schedule;
        int64_t step;
        double rate;
    } rows[] = {
        {{0}, 0, 1},
        {{0}, 99, 1},
        {{.kind = GD_SCHEDULE_STEP, .every = 2}, 19, 1},
        {{.kind = GD_SCHEDULE_STEP, .every = 2}, 20, 0.1},
        {{.kind = GD_SCHEDULE_STEP, .every = 3, .factor = 0.5}, 99, 0.125},
        {{.kind = GD_SCHEDULE_STEP}, 99, 1},
        {{.kind = GD_SCHEDULE_EXPONENTIAL}, 9, 1},
        {{.kind = GD_SCHEDULE_EXPONENTIAL}, 29, 0.95 * 0.95},
        {{.kind = GD_SCHEDULE_EXPONENTIAL, .factor = 0.5}, 30, 0.125},
        {{.kind = GD_SCHEDULE_INVERSE}, 10, 0.5},
        {{.kind = GD_SCHEDULE_INVERSE, .decay = 0.5}, 40, 1.0 / 3},
        {{.kind = GD_SCHEDULE_COSINE}, 0, 1},
        {{.kind = GD_SCHEDULE_COSINE}, 25, half},
        {{.kind = GD_SCHEDULE_COSINE}, 50, 0.5},
        {{.kind = GD_SCHEDULE_COSINE}, 100, 0},
        {{.kind = GD_SCHEDULE_COSINE, .final = 0.2}, 50, 0.6},
        {{.kind = GD_SCHEDULE_COSINE, .final = 0.2}, 1000, 0.2},
        {{.kind = GD_SCHEDULE_LINEAR}, 25, 0.75},
        {{.kind = GD_SCHEDULE_LINEAR, .final = 0.5}, 50, 0.75},
        // The warm-up rises in equal steps; cosine and line run over what remains.
        {{.warmup_steps = 4}, 0, 0.25},
        {{.warmup_steps = 4}, 3, 1},
        {{.warmup_steps = 4}, 4, 1},
        {{.warmup_epochs = 0.5}, 1, 0.4},
        {{.kind = GD_SCHEDULE_COSINE, .warmup_epochs = 2}, 9, 0.5},
        {{.kind = GD_SCHEDULE_COSINE, .warmup_epochs = 2}, 20, 1},
        {{.kind = GD_SCHEDULE_COSINE, .warmup_epochs = 2}, 60, 0.5},
        {{.kind = GD_SCHEDULE_LINEAR, .warmup_steps = 50}, 75, 0.5},
        {{.kind = GD_SCHEDULE_STEP, .every = 1, .factor = 0.5, .warmup_steps = 20}, 15, 0.4},
        // The rise ends at step 29, the fall at 99; halfway is halfway between the rates.
        {{.kind = GD_SCHEDULE_ONE_CYCLE}, 0, 0.04},
        {{.kind = GD_SCHEDULE_ONE_CYCLE}, 29, 1},
        {{.kind = GD_SCHEDULE_ONE_CYCLE}, 64, (1 + 0.04 / 1e4) / 2},
        {{.kind = GD_SCHEDULE_ONE_CYCLE}, 99, 0.04 / 1e4},
        {{.kind = GD_SCHEDULE_ONE_CYCLE}, 100, 0.04 / 1e4},
        {{.kind = GD_SCHEDULE_ONE_CYCLE, .rise = 0.21, .start_divisor = 10, .end_divisor = 100}, 10, 0.55},
        {{.kind = GD_SCHEDULE_PLATEAU, .drops = 2}, 5, 0.01},
        {{.kind = GD_SCHEDULE_PLATEAU, .drops = 2, .minimum = 0.05}, 5, 0.05},
        {{.kind = GD_SCHEDULE_PLATEAU, .drops = 2, .minimum = 5}, 5, 1},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        assert_int_equal(gd_schedule_check(&rows[i].schedule), GD_OK);
        double rate = gd_schedule_at(&rows[i].schedule, 1, rows[i].step, 10, 100);
        if (!(fabs(rate - rows[i].rate) <= 1e-12))
            fail_msg("row %d: the rate is %.17g, expected %.17g", i, rate, rows[i].rate);
        expect_near(gd_schedule_at(&rows[i].schedule, 0.3, rows[i].step, 10, 100), 0.3 * rate,
                    rows[i].schedule.minimum > 0 ? 1 : 1e-12);
    }
}

static void trainings_of_a_single_step(void **state)
{
    (void)state;
    int count;
    const gd_choice *choice = gd_schedule_choices(&count);
    for (int i = 0; i < count; i++) {
        gd_schedule schedule;
        assert_int_equal(gd_schedule_named(choice[i].name, &schedule), GD_OK);
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
        gd_schedule schedule;
        double metric[8];
        int64_t drops[8];
    } rows[] = {
        {{.kind = GD_SCHEDULE_PLATEAU, .patience = 2},
         {1, 0.5, 0.5, 0.6, 0.5, 0.4, 0.5, 0.3},
         {0, 0, 0, 0, 1, 1, 1, 1}},
        {{.kind = GD_SCHEDULE_PLATEAU, .patience = 2}, {1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 1, 1, 1, 2, 2}},
        {{.kind = GD_SCHEDULE_PLATEAU, .patience = 1, .threshold = 0.1},
         {1, 0.95, 0.91, 0.89, 0.85, 0.7, 0.6, 0.5},
         {0, 0, 1, 1, 1, 1, 1, 1}},
        {{.kind = GD_SCHEDULE_PLATEAU, .patience = 1, .higher_better = true},
         {0.5, 0.6, 0.6, 0.55, 0.7, 0.7, 0.7, 0.8},
         {0, 0, 0, 1, 1, 1, 2, 2}},
        {{.kind = GD_SCHEDULE_PLATEAU, .patience = 1},
         {NAN, 1, 0.5, NAN, NAN, 0.4, 0.3, 0.2},
         {0, 0, 0, 0, 1, 1, 1, 1}},
        {{.kind = GD_SCHEDULE_STEP}, {1, 1, 1, 1, 1, 1, 1, 1}, {0}},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_schedule schedule = rows[i].schedule;
        for (int j = 0; j < 8; j++) {
            gd_schedule_observe(&schedule, rows[i].metric[j]);
            if (schedule.drops != rows[i].drops[j])
                fail_msg("row %d, observation %d: %d drops", i, j, (int)schedule.drops);
        }
    }
}

static void mistakes(void **state)
{
    (void)state;
    gd_schedule schedule = {0};
    assert_int_equal(gd_schedule_named("cosin", &schedule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "there is no schedule 'cosin'; did you mean 'cosine'?");
    schedule = (gd_schedule){.kind = GD_SCHEDULE_ONE_CYCLE, .rise = 1.5};
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "schedule one_cycle: rise is 1.5, expected 0 to 1");
    schedule = (gd_schedule){.kind = GD_SCHEDULE_STEP, .every = -1};
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
    schedule = (gd_schedule){.kind = (gd_schedule_kind)77};
    assert_int_equal(gd_schedule_check(&schedule), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(trainings_of_a_single_step),
        cmocka_unit_test(plateaus),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
