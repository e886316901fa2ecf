// However samples come, the value is the same: at once, in portions of any size, merged from parts in any order.
#include "sets.h"

#include <math.h>
#include <stdlib.h>

#define SAME 1e-12
enum { PARTS = 7, ORDERS = 3 };

static void check_same(const gd_metric_kind *kind, int number, const char *how, int64_t which, double value, double all)
{
    if (!nearly(value, all, SAME))
        fail_msg("set %d: %s is %.17g %s %d, but %.17g at once", number, kind->name, value, how, (int)which, all);
}

static void check_portions(const gd_metric_kind *kind, int number, const gd_scored *scored, double all)
{
    gd_meter *meter = make_meter(kind, scored);
    for (int64_t size = 1; size <= scored->count; size++) {
        for (int64_t first = 0; first < scored->count; first += size) {
            const int64_t rest = scored->count - first;
            const gd_scored portion = portion_of(scored, first, rest < size ? rest : size);
            assert_fine(gd_meter_add(meter, &portion));
        }
        check_same(kind, number, "in portions of", size, value_of(meter), all);
        assert_fine(gd_meter_reset(meter));
    }
    gd_meter_free(meter);
}

// Parts are cut anywhere, and may be empty.
static void check_merged(const gd_metric_kind *kind, int number, const gd_scored *scored, double all)
{
    for (int order = 0; order < ORDERS; order++) {
        gd_meter *part[PARTS];
        int64_t first = 0;
        for (int p = 0; p < PARTS; p++) {
            const int64_t rest = scored->count - first;
            const int64_t count = p + 1 == PARTS ? rest : (int64_t)random_below((unsigned)rest + 1) / 3;
            const gd_scored portion = portion_of(scored, first, count);
            part[p] = make_meter(kind, scored);
            assert_fine(gd_meter_add(part[p], &portion));
            first += count;
        }
        for (int left = PARTS; left > 1; left--) { // two of those left become one
            const unsigned to = random_below((unsigned)left),
                           from = (to + 1 + random_below((unsigned)left - 1)) % (unsigned)left;
            assert_fine(gd_meter_merge(part[to], part[from]));
            gd_meter_free(part[from]);
            part[from] = part[left - 1];
        }
        check_same(kind, number, "merged in order", order, value_of(part[0]), all);
        gd_meter_free(part[0]);
    }
}

static void test_made_up(void **unused)
{
    (void)unused;
    static made_up_set set;
    int count, defined = 0;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int number = 0; number < MADE_UP_SETS; number++) {
        make_up_set(number, &set);
        for (int k = 0; k < count; k++) {
            if ((kinds[k]->tasks >> set.scored.task & 1) == 0)
                continue;
            const double all = value_of_all(kinds[k], &set.scored);
            defined += !isnan(all);
            check_portions(kinds[k], number, &set.scored, all);
            check_merged(kinds[k], number, &set.scored, all);
        }
    }
    assert_true(defined > 2500);
}

static double weight_of(const gd_scored *scored)
{
    double sum = 0;
    for (int64_t i = 0; i < scored->count; i++)
        sum += scored->weight == NULL ? 1 : scored->weight[i];
    return sum;
}

// A metric says truly whether it is the weighted mean of its values over parts.
static void test_means(void **unused)
{
    (void)unused;
    static made_up_set set;
    int count;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int k = 0; k < count; k++) {
        bool always = true;
        for (int number = 0; number < MADE_UP_SETS; number++) {
            make_up_set(number, &set);
            const int64_t half = set.scored.count / 2;
            const gd_scored a = portion_of(&set.scored, 0, half),
                            b = portion_of(&set.scored, half, set.scored.count - half);
            const double a_weight = weight_of(&a), b_weight = weight_of(&b);
            if ((kinds[k]->tasks >> set.scored.task & 1) == 0 || a_weight == 0 || b_weight == 0)
                continue;
            const double mean =
                (a_weight * value_of_all(kinds[k], &a) + b_weight * value_of_all(kinds[k], &b)) / (a_weight + b_weight);
            always = always && nearly(mean, value_of_all(kinds[k], &set.scored), SAME);
        }
        const bool is_made_up = kinds[k]->tasks != 1u << GD_TASK_BOXES; // no set is of boxes: test_boxes.c
        if (is_made_up && always != kinds[k]->is_mean)
            fail_msg("%s is %s a mean over samples", kinds[k]->name, always ? "always" : "not always");
    }
}

// A million times further from 0 than apart; the mean and variance by two passes of long double.
static void test_far_from_zero(void **unused)
{
    (void)unused;
    enum { COUNT = 20000 };
    double *target = calloc(COUNT, sizeof *target), *prediction = calloc(COUNT, sizeof *prediction);
    long double mean = 0, total = 0, residual = 0;
    for (int i = 0; i < COUNT; i++) {
        target[i] = 1e9 + 1e3 * sin(i * 0.7);
        prediction[i] = target[i] + 300 * cos(i * 1.3);
        mean += target[i] / (long double)COUNT;
    }
    for (int i = 0; i < COUNT; i++) {
        total += (target[i] - mean) * (target[i] - mean);
        residual += ((long double)prediction[i] - target[i]) * ((long double)prediction[i] - target[i]);
    }
    const double truth = (double)(1 - residual / total);
    const gd_scored scored = {.count = COUNT, .width = 1, .prediction = prediction, .target = target};
    const gd_metric_kind *kind = gd_metric_kind_named("r2");
    assert_true(nearly(value_of_all(kind, &scored), truth, SAME));
    gd_meter *meter = make_meter(kind, &scored);
    for (int first = COUNT; first > 0; first -= 100) {
        const gd_scored portion = portion_of(&scored, first - 100, 100);
        assert_fine(gd_meter_add(meter, &portion));
    }
    assert_true(nearly(value_of(meter), truth, SAME));
    gd_meter_free(meter);
    free(target);
    free(prediction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_made_up), cmocka_unit_test(test_means),
                                       cmocka_unit_test(test_far_from_zero)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
