// Whole sets at once: answers made of arrays, scores of classes, and the cuts and bins that curves are drawn from.
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/metric.h>

#include "base/memory.h"
#include "metric/calibration.h"
#include "metric/ranking.h"

// Seven samples of three classes; the last one weighs nothing.
static const double scores[] = {.7, .2, .1, .1, .8, .1, .3, .4, .3, .2, .2, .6, .5, .4, .1, .3, .3, .4, 0, 1, 0};
static const double labels[] = {0, 1, 0, 2, 1, 2, 0};
static const double weights[] = {1, 2, 1, .5, 4, 1, 0};
static const gd_scored classes = {.task = GD_TASK_CLASSES,
                                  .count = 7,
                                  .width = 3,
                                  .prediction = scores,
                                  .target = labels,
                                  .weight = weights,
                                  .probability = true};

static void test_class_scores(void **state)
{
    (void)state;
    gd_class_scores found;
    assert_int_equal(gd_class_scores_make(&classes, &found), GD_OK);
    static const gd_class_score wanted[] = {
        {.samples = 2, .actual = 2, .predicted = 5, .hit = 1, .precision = 1.0 / 5, .recall = 1.0 / 2, .f1 = 2.0 / 7},
        {.samples = 2, .actual = 6, .predicted = 3, .hit = 2, .precision = 2.0 / 3, .recall = 1.0 / 3, .f1 = 4.0 / 9},
        {.samples = 2, .actual = 1.5, .predicted = 1.5, .hit = 1.5, .precision = 1, .recall = 1, .f1 = 1}};
    assert_int_equal(found.class_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(found.of_class[i].samples, wanted[i].samples);
        const double *is = &found.of_class[i].actual, *should = &wanted[i].actual;
        for (int k = 0; k < 6; k++)
            assert_true(fabs(is[k] - should[k]) < 1e-15);
    }
    static const gd_confusion pairs[] = {{0, 0, 1, 1}, {0, 1, 1, 1}, {1, 0, 1, 4}, {1, 1, 1, 2}, {2, 2, 2, 1.5}};
    assert_int_equal(found.confusion_count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(found.confusion[i].actual, pairs[i].actual);
        assert_int_equal(found.confusion[i].predicted, pairs[i].predicted);
        assert_int_equal(found.confusion[i].samples, pairs[i].samples);
        assert_true(found.confusion[i].weight == pairs[i].weight);
    }
    gd_class_scores_free(&found);

    gd_scored wrong = classes;
    wrong.task = GD_TASK_NUMBERS;
    assert_int_equal(gd_class_scores_make(&wrong, &found), GD_ERROR_ARGUMENT);
    assert_null(found.of_class);
}

static void test_answers(void **state)
{
    (void)state;
    const float said[] = {.2f, .8f, .6f, .4f};
    const float one_hot[] = {0, 1, 0, 1};
    const int32_t label[] = {1, 1};
    const float weight[] = {2, 3};
    const gd_array prediction = gd_array_borrow(GD_F32, GD_SHAPE(2, 2), said);
    const gd_array distributions = gd_array_borrow(GD_F32, GD_SHAPE(2, 2), one_hot);
    const gd_array plain = gd_array_borrow(GD_I32, GD_SHAPE(2), label);
    const gd_array of_weights = gd_array_borrow(GD_F32, GD_SHAPE(2), weight);
    const gd_array *const target[] = {&distributions, &plain};
    for (int i = 0; i < 2; i++) {
        gd_answers answers;
        double accuracy;
        assert_int_equal(gd_answers_make(GD_TASK_CLASSES, &prediction, target[i], &of_weights, &answers), GD_OK);
        assert_true(answers.target[0] == 1 && answers.target[1] == 1);
        assert_int_equal(gd_metric_measure(gd_metric_kind_named("accuracy"), &answers.scored, &accuracy), GD_OK);
        assert_true(accuracy == 2.0 / 5);
        gd_answers_free(&answers);
    }
}

static void test_answers_that_do_not_fit(void **state)
{
    (void)state;
    const float number[8] = {0};
    const gd_array two = gd_array_borrow(GD_F32, GD_SHAPE(2), number),
                   three = gd_array_borrow(GD_F32, GD_SHAPE(3), number);
    const gd_array square = gd_array_borrow(GD_F32, GD_SHAPE(2, 2), number);
    const gd_array cube = gd_array_borrow(GD_F32, GD_SHAPE(2, 2, 2), number);
    const gd_array none = gd_array_borrow(GD_F32, GD_SHAPE(0, 2), number);
    const struct {
        gd_task task;
        const gd_array *prediction, *target, *weight;
    } cases[] = {
        {GD_TASK_NUMBERS, &two, &three, NULL},    {GD_TASK_NUMBERS, &square, &two, NULL},
        {GD_TASK_CLASSES, &square, &three, NULL}, {GD_TASK_CLASSES, &cube, &two, NULL},
        {GD_TASK_CLASSES, &none, &two, NULL},     {GD_TASK_BINARY, &two, &two, &three},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_answers answers;
        assert_int_equal(
            gd_answers_make(cases[i].task, cases[i].prediction, cases[i].target, cases[i].weight, &answers),
            GD_ERROR_SHAPE);
        assert_null(answers.prediction);
    }
}

static void test_cuts(void **state)
{
    (void)state;
    const double said[] = {.9, .5, .5, .1, .7}, right[] = {1, 0, 1, 0, 1}, weight[] = {1, 2, 3, 4, 0};
    const gd_scored scored = {
        .task = GD_TASK_BINARY, .count = 5, .width = 1, .prediction = said, .target = right, .weight = weight};
    static const gd__cut wanted[] = {{.9, 1, 0}, {.5, 4, 2}, {.1, 4, 6}};
    gd__cut *cut;
    int64_t count;
    assert_int_equal(gd__ranking_cuts(&scored, 0, &cut, &count), GD_OK);
    assert_int_equal(count, 3); // equal scores are one cut; what weighs nothing is none
    assert_memory_equal(cut, wanted, sizeof wanted);
    gd__free(cut);
    assert_int_equal(gd__ranking_cuts(&classes, 2, &cut, &count), GD_OK);
    assert_true(cut[0].score == .6 && cut[0].yes == .5 && cut[0].no == 0);
    gd__free(cut);
}

static void test_calibration(void **state)
{
    (void)state;
    gd__calibration_bins *bins;
    double error, sum = 0, weight = 0;
    assert_int_equal(gd__calibration_make(&classes, &bins), GD_OK);
    for (int b = 0; b <= bins->bins; b++) {
        sum += fabs(gd__wide_value(bins->at[b].sure) - gd__wide_value(bins->at[b].right));
        weight += gd__wide_value(bins->at[b].weight);
    }
    assert_int_equal(gd_metric_measure(gd_metric_kind_named("ece"), &classes, &error), GD_OK);
    assert_true(fabs(weight - 9.5) < 1e-12);
    assert_true(fabs(sum / weight - error) < 1e-12);
    assert_true(gd__wide_value(bins->at[bins->bins].weight) == 0); // the certain one weighs nothing
    gd__free(bins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_scores),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_that_do_not_fit),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_calibration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
