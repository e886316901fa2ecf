// Boxes through maps: what is taught can be found again, and the metrics of it are those of the boxes.
#include "sets.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "box/map.h"
#include "metric/metric.h"

enum { CLASSES = 3, ROWS = 12, COLUMNS = 16, PLANE = ROWS * COLUMNS, PICTURES = 3 };
enum { ANSWER = (CLASSES + 4) * PLANE, TARGET = (CLASSES + 6) * PLANE };

static const gd__box_map map = {CLASSES, ROWS, COLUMNS};
static const gd__map_opts usual = {.spread = 0.54, .least = 0.25};

static void teach(int64_t count, const gd__true_box *box, double *target)
{
    static float taught[TARGET];
    assert_int_equal(gd__map_teach(map, usual, count, box, taught), GD_OK);
    for (int i = 0; i < TARGET; i++)
        target[i] = (double)taught[i];
}

// What a detector without fault answers to a target: as sure as it was taught, with the edges that it was taught.
static void answer_rightly(const double *target, double *answer)
{
    memcpy(answer, target, ANSWER * sizeof *answer);
    for (int i = 0; i < CLASSES * PLANE; i++)
        answer[i] = target[i] >= 1 ? 0.9 : target[i] * 0.5;
}

static gd_scored scored_of(int64_t pictures, const double *answer, const double *target)
{
    return (gd_scored){.task = GD_TASK_BOXES,
                       .count = pictures,
                       .width = ANSWER,
                       .prediction = answer,
                       .target = target,
                       .rows = ROWS,
                       .columns = COLUMNS};
}

static double measure(const char *metric, const gd_scored *scored)
{
    double value;
    assert_fine(gd_metric_measure(gd_metric_kind_named(metric), scored, &value));
    return value;
}

static const gd__true_box some[] = {{.class = 0, .box = {1, 1, 4, 5}},
                                    {.class = 0, .box = {3, 2, 7, 6}}, // overlaps the first
                                    {.class = 2, .box = {8.25, 3.5, 15.5, 11}},
                                    {.class = 1, .box = {0, 10, 1, 11.25}}};
enum { SOME = sizeof some / sizeof *some };

static void what_is_taught(void **state)
{
    (void)state;
    static double target[TARGET];
    teach(SOME, some, target);
    const double *weight = target + (CLASSES + 4) * PLANE;
    double sum = 0;
    int middles = 0;
    for (int i = 0; i < PLANE; i++)
        sum += weight[i];
    for (int i = 0; i < CLASSES * PLANE; i++) {
        assert_true(target[i] >= 0 && target[i] <= 1);
        middles += target[i] >= 1;
    }
    assert_int_equal(middles, SOME);
    assert_true(fabs(sum - SOME) < 1e-5); // the weights of each box sum to 1
    // The second box has its middle in row 4, column 5, and edges from the middle of that cell.
    const int at = 4 * COLUMNS + 5;
    assert_true(target[at] == 1);
    const double edges[4] = {5.5 - 3, 4.5 - 2, 7 - 5.5, 6 - 4.5};
    for (int k = 0; k < 4; k++)
        assert_true(fabs(target[(CLASSES + k) * PLANE + at] - edges[k]) < 1e-6);
    gd__true_boxes truth = {0};
    assert_int_equal(gd__map_truth(map, target, 7, &truth), GD_OK);
    assert_int_equal(truth.count, SOME);
    for (int i = 0; i < SOME; i++) {
        assert_int_equal(truth.box[i].class, some[i].class);
        assert_int_equal(truth.box[i].picture, 7);
        assert_memory_equal(&truth.box[i].box, &some[i].box, sizeof some[i].box);
    }
    gd__free(truth.box);
}

static void found_again(void **state)
{
    (void)state;
    static double target[TARGET], answer[ANSWER];
    teach(SOME, some, target);
    answer_rightly(target, answer);
    gd__found_boxes found = {0};
    assert_int_equal(gd__map_find(map, answer, 0, &found), GD_OK);
    assert_int_equal(found.count, SOME);
    for (int i = 0; i < SOME; i++) {
        double best = 0;
        for (int k = 0; k < SOME; k++)
            if (found.box[k].class == some[i].class)
                best = fmax(best, gd__box_iou(found.box[k].box, some[i].box));
        assert_true(best > 0.9999);
    }
    gd__free(found.box);
    const gd_scored scored = scored_of(1, answer, target);
    assert_true(measure("mean_average_precision", &scored) == 1);
    assert_true(measure("mean_average_precision_50", &scored) == 1);
}

// Of class 0 one of two is missed, at a sixth of the others' recalls; class 1 has a wrong box above the right one.
static void faults_cost(void **state)
{
    (void)state;
    static double target[TARGET], answer[ANSWER];
    teach(SOME, some, target);
    answer_rightly(target, answer);
    for (int i = 0; i < PLANE; i++)
        if (target[i] >= 1 && i / COLUMNS == 3) // the middle of the first box: row 3
            answer[i] = 0;
    for (int y = 2; y < 5; y++) // nor is anything left of its bell
        for (int x = 1; x < 4; x++)
            answer[y * COLUMNS + x] = 0;
    answer[PLANE + 5 * COLUMNS + 10] = 0.95;
    for (int k = 0; k < 4; k++)
        answer[(CLASSES + k) * PLANE + 5 * COLUMNS + 10] = 1;
    const gd_scored scored = scored_of(1, answer, target);
    // Recall one half at precision 1: 51 of 101 recalls. Recall 1 at precision one half. All.
    const double right = (51.0 / 101 + 0.5 + 1) / 3;
    assert_true(fabs(measure("map50", &scored) - right) < 1e-9);
}

static void doubles_are_dropped(void **state)
{
    (void)state;
    static double target[TARGET], answer[ANSWER];
    const gd__true_box one = {.class = 0, .box = {2, 2, 8, 8}};
    teach(1, &one, target);
    answer_rightly(target, answer);
    const int there = 5 * COLUMNS + 7; // two cells on, another peak with nearly the same box
    answer[there] = 0.8;
    const double edges[4] = {7.5 - 2.2, 5.5 - 2, 8.2 - 7.5, 8 - 5.5};
    for (int k = 0; k < 4; k++)
        answer[(CLASSES + k) * PLANE + there] = edges[k];
    gd__found_boxes found = {0};
    assert_int_equal(gd__map_find(map, answer, 0, &found), GD_OK);
    assert_int_equal(found.count, 1);
    assert_true(found.box[0].score == 0.9);
    gd__free(found.box);
}

// A crowd is neither taught nor counted, and cannot be answered wrongly.
static void crowds(void **state)
{
    (void)state;
    static double target[TARGET], answer[ANSWER];
    const gd__true_box boxes[] = {some[0], {.class = 0, .box = {8, 6, 14, 12}, .crowd = true}};
    teach(2, boxes, target);
    assert_true(target[8 * COLUMNS + 10] < 1 && target[8 * COLUMNS + 10] > 0.9999);
    answer_rightly(target, answer);
    answer[8 * COLUMNS + 10] = 0.95;
    for (int k = 0; k < 4; k++)
        answer[(CLASSES + k) * PLANE + 8 * COLUMNS + 10] = 1.4;
    const gd_scored scored = scored_of(1, answer, target);
    assert_true(fabs(measure("map50", &scored) - 1) < 1e-9);
}

static void portions_and_merging(void **state)
{
    (void)state;
    static double target[PICTURES * TARGET], answer[PICTURES * ANSWER];
    for (int p = 0; p < PICTURES; p++) {
        teach(SOME - p, some, target + p * TARGET);
        answer_rightly(target + p * TARGET, answer + p * ANSWER);
        for (int i = 0; i < CLASSES * PLANE; i++)
            answer[p * ANSWER + i] *= 1 - 0.1 * p + (double)random_below(1000) * 1e-5;
        for (int i = CLASSES * PLANE; i < ANSWER; i++) // so that wrong peaks have boxes
            answer[p * ANSWER + i] = fmax(answer[p * ANSWER + i], 0.5);
        for (int k = 0; k < 9 * p; k++)
            answer[p * ANSWER + (int)random_below(CLASSES * PLANE)] = (double)random_below(900) * 1e-3;
    }
    const gd_metric_kind *kind = gd_metric_kind_named("mean_average_precision");
    const gd_scored all = scored_of(PICTURES, answer, target);
    const double value = measure(kind->name, &all);
    assert_true(value > 0.2 && value < 1);
    const gd_metric_opts opts = {.task = GD_TASK_BOXES, .width = ANSWER, .rows = ROWS, .columns = COLUMNS};
    gd_meter *one, *other;
    assert_fine(gd_meter_create(kind, opts, &one));
    assert_fine(gd_meter_create(kind, opts, &other));
    for (int p = 0; p < PICTURES; p++) {
        const gd_scored part = scored_of(1, answer + p * ANSWER, target + p * TARGET);
        assert_fine(gd_meter_add(p < 2 ? one : other, &part));
    }
    double merged, doubled;
    assert_fine(gd_meter_value(one, &merged)); // of the first two: what follows is judged anew
    assert_true(fabs(merged - value) > 1e-3);
    assert_fine(gd_meter_merge(one, other));
    assert_fine(gd_meter_value(one, &merged));
    assert_true(fabs(merged - value) < 1e-12);
    assert_fine(gd_meter_merge(one, one)); // every picture twice
    assert_fine(gd_meter_value(one, &doubled));
    assert_true(isfinite(doubled));
    gd_meter_free(one);
    gd_meter_free(other);
}

// Both figures come from one tally, and are those of a tally each.
static void one_tally_serves_both(void **state)
{
    (void)state;
    static double target[TARGET], answer[ANSWER];
    const gd_metric_kind *kind = gd_metric_kind_named("map50"), *other = gd_metric_kind_named("map");
    assert_true(gd__metrics_share(kind, other));
    assert_false(gd__metrics_share(kind, gd_metric_kind_named("accuracy")));
    teach(SOME, some, target);
    answer_rightly(target, answer);
    for (int i = CLASSES * PLANE; i < ANSWER; i++)
        answer[i] *= 0.8; // found at an IoU of .5, and not at one of .95
    const gd_scored scored = scored_of(1, answer, target);
    gd_meter *meter;
    double value, strict;
    assert_fine(gd_meter_create(
        kind, (gd_metric_opts){.task = GD_TASK_BOXES, .width = ANSWER, .rows = ROWS, .columns = COLUMNS}, &meter));
    assert_fine(gd_meter_add(meter, &scored));
    assert_fine(gd_meter_value(meter, &value));
    assert_fine(gd__meter_value_of(meter, other, &strict));
    assert_true(value > strict);
    assert_true(value == measure("map50", &scored));
    assert_true(strict == measure("map", &scored));
    gd_meter_free(meter);
}

static void what_is_refused(void **state)
{
    (void)state;
    static double target[TARGET], answer[ANSWER];
    static float taught[TARGET];
    static gd__true_box many[PLANE];
    double value;
    const gd_metric_kind *kind = gd_metric_kind_named("map50");
    teach(SOME, some, target);
    gd_scored scored = scored_of(1, answer, target);
    scored.rows = 0;
    assert_int_equal(gd_metric_measure(kind, &scored, &value), GD_ERROR_SHAPE);
    assert_said("are no maps of boxes");
    scored = scored_of(1, answer, target);
    target[(CLASSES + 5) * PLANE] = PLANE; // more than the list has room for
    assert_int_equal(gd_metric_measure(kind, &scored, &value), GD_ERROR_FORMAT);
    assert_said("a list of 192 true boxes");
    target[(CLASSES + 5) * PLANE] = SOME;
    target[(CLASSES + 5) * PLANE + 1] = 3;
    assert_int_equal(gd_metric_measure(kind, &scored, &value), GD_ERROR_FORMAT);
    assert_said("a box of class 3");
    answer[5] = NAN;
    assert_int_equal(gd_metric_measure(kind, &scored, &value), GD_ERROR_NUMBER);
    for (int i = 0; i < PLANE; i++)
        many[i] = some[0];
    assert_int_equal(gd__map_teach(map, usual, PLANE, many, taught), GD_ERROR_UNSUPPORTED);
    assert_said("has room for 38");
    assert_int_equal(gd__map_teach(map, usual, gd__map_room(map), many, taught), GD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taught),  cmocka_unit_test(found_again),
        cmocka_unit_test(faults_cost),     cmocka_unit_test(doubles_are_dropped),
        cmocka_unit_test(crowds),          cmocka_unit_test(portions_and_merging),
        cmocka_unit_test(what_is_refused), cmocka_unit_test(one_tally_serves_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
