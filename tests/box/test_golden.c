// Boxes and their evaluation against torchvision and pycocotools, in detection.json, and in all of the golden sets
// where they are present (GRADUS_GOLDEN, or ../shared/golden).
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "box/box.h"
#include "box/coco.h"

enum { MOST = 64, OTHERS = 5, CLASSES = 3 };
#define TOLERANCE 1e-6 // torchvision's scores are of single precision

static double number_at(const json_t *list, size_t i)
{
    return json_number_value(json_array_get(list, i));
}

static gd__box read_box(const json_t *box)
{
    return (gd__box){number_at(box, 0), number_at(box, 1), number_at(box, 2), number_at(box, 3)};
}

static void expect_number(const char *what, double value, const json_t *expected)
{
    if (json_is_null(expected) ? !isnan(value) : !(fabs(value - json_number_value(expected)) <= TOLERANCE))
        fail_msg("%s is %.17g, expected %.17g", what, value, json_number_value(expected));
}

static void expect_kept(const char *what, int64_t count, const int64_t *kept, const json_t *expected)
{
    assert_non_null(expected);
    if ((size_t)count != json_array_size(expected))
        fail_msg("%s: %d boxes are kept, expected %d", what, (int)count, (int)json_array_size(expected));
    for (int64_t i = 0; i < count; i++)
        assert_int_equal(kept[i], (int64_t)number_at(expected, (size_t)i));
}

static void expect_softened(const gd__boxes *boxes, gd__softening softening, double width, const json_t *expected)
{
    int64_t order[MOST];
    double score[MOST];
    assert_int_equal(gd__box_soften(boxes, softening, width, order, score), GD_OK);
    assert_int_equal(json_array_size(expected), boxes->count);
    for (int64_t i = 0; i < boxes->count; i++) {
        const json_t *pair = json_array_get(expected, (size_t)i);
        assert_int_equal(order[i], (int64_t)number_at(pair, 0));
        expect_number("a lowered score", score[i], json_array_get(pair, 1));
    }
}

static void check_set(const json_t *set)
{
    const json_t *list = json_object_get(set, "boxes"), *out = json_object_get(set, "out");
    gd__box box[MOST];
    double score[MOST];
    int64_t class[MOST], kept[MOST], count;
    const size_t size = json_array_size(list);
    assert_true(size <= MOST);
    for (size_t i = 0; i < size; i++) {
        box[i] = read_box(json_array_get(list, i));
        score[i] = number_at(json_object_get(set, "scores"), i);
        class[i] = (int64_t)number_at(json_object_get(set, "classes"), i);
        for (size_t k = 0; k < OTHERS; k++) {
            const gd__box other = read_box(json_array_get(json_object_get(set, "others"), k));
            const json_t *iou = json_array_get(json_object_get(out, "iou"), i);
            const json_t *giou = json_array_get(json_object_get(out, "giou"), i);
            expect_number("IoU", gd__box_iou(box[i], other), json_array_get(iou, k));
            expect_number("generalised IoU", gd__box_generalised_iou(box[i], other), json_array_get(giou, k));
        }
    }
    gd__boxes boxes = {.count = (int64_t)size, .box = box, .score = score};
    static const char *const threshold[] = {"0.3", "0.5", "0.7"};
    for (int t = 0; t < 3; t++) {
        assert_int_equal(gd__box_suppress(&boxes, strtod(threshold[t], NULL), kept, &count), GD_OK);
        expect_kept(threshold[t], count, kept, json_object_get(json_object_get(out, "nms"), threshold[t]));
    }
    expect_softened(&boxes, GD__SOFT_LINEAR, 0.3, json_object_get(out, "soft_nms_linear"));
    expect_softened(&boxes, GD__SOFT_GAUSSIAN, 0.5, json_object_get(out, "soft_nms_gaussian"));
    boxes.class = class;
    assert_int_equal(gd__box_suppress(&boxes, 0.5, kept, &count), GD_OK);
    expect_kept("by class", count, kept, json_object_get(out, "batched_nms"));
}

static int64_t whole(const json_t *object, const char *key)
{
    return (int64_t)json_number_value(json_object_get(object, key));
}

static gd__box from_size(const json_t *object)
{
    const json_t *box = json_object_get(object, "bbox");
    const double left = number_at(box, 0), top = number_at(box, 1);
    return (gd__box){left, top, left + number_at(box, 2), top + number_at(box, 3)};
}

static void expect_figures(const gd__coco_figures *figures, const double *curve, const json_t *out)
{
    static const char *const precision[] = {"map", "map_small", "map_medium", "map_large"};
    static const char *const recall[] = {"mar1", "mar10", "mar100"};
    static const char *const recall_of_size[] = {"mar100", "mar_small", "mar_medium", "mar_large"};
    for (int i = 0; i < GD__COCO_SIZES; i++) {
        expect_number(precision[i], figures->precision[i], json_object_get(out, precision[i]));
        expect_number(recall_of_size[i], figures->recall_of_size[i], json_object_get(out, recall_of_size[i]));
    }
    for (int i = 0; i < GD__COCO_LIMITS; i++)
        expect_number(recall[i], figures->recall[i], json_object_get(out, recall[i]));
    expect_number("map50", figures->precision_50, json_object_get(out, "map50"));
    expect_number("map75", figures->precision_75, json_object_get(out, "map75"));
    for (size_t k = 0; k < CLASSES; k++) {
        double sum = 0;
        for (size_t r = 0; r < GD__COCO_RECALLS; r++)
            sum += curve[k * GD__COCO_RECALLS + r];
        expect_number("a class's AP", sum / GD__COCO_RECALLS,
                      json_array_get(json_object_get(out, "ap50_per_class"), k));
    }
}

static void check_coco(const json_t *set)
{
    const json_t *truths = json_object_get(set, "truth"), *founds = json_object_get(set, "detections");
    gd__true_box truth[MOST];
    gd__found_box found[MOST];
    double curve[CLASSES * GD__COCO_RECALLS];
    gd__box_evaluation evaluation = {.classes = CLASSES, .truth = truth, .found = found};
    assert_true(json_array_size(truths) <= MOST && json_array_size(founds) <= MOST);
    for (size_t i = 0; i < json_array_size(truths); i++) {
        const json_t *one = json_array_get(truths, i);
        truth[evaluation.true_count++] = (gd__true_box){.picture = whole(one, "image_id"),
                                                        .class = whole(one, "category_id") - 1,
                                                        .box = from_size(one),
                                                        .area = json_number_value(json_object_get(one, "area")),
                                                        .crowd = whole(one, "iscrowd") != 0};
    }
    for (size_t i = 0; i < json_array_size(founds); i++) {
        const json_t *one = json_array_get(founds, i);
        found[evaluation.found_count++] = (gd__found_box){.picture = whole(one, "image_id"),
                                                          .class = whole(one, "category_id") - 1,
                                                          .box = from_size(one),
                                                          .score = json_number_value(json_object_get(one, "score"))};
    }
    gd__coco_figures figures;
    assert_int_equal(gd__coco_evaluate(&evaluation, &figures, curve), GD_OK);
    expect_figures(&figures, curve, json_object_get(set, "out"));
}

static void check_file(const char *path, size_t least)
{
    json_t *all = json_load_file(path, 0, NULL);
    const json_t *sets = json_object_get(all, "sets"), *coco = json_object_get(all, "coco");
    assert_true(json_array_size(sets) >= least && json_array_size(coco) == 16);
    for (size_t i = 0; i < json_array_size(sets); i++)
        check_set(json_array_get(sets, i));
    for (size_t i = 0; i < json_array_size(coco); i++)
        check_coco(json_array_get(coco, i));
    json_decref(all);
}

static void sets_here(void **state)
{
    (void)state;
    check_file("tests/box/detection.json", 6);
}

static void all_sets(void **state)
{
    (void)state;
    char path[4096];
    const char *folder = getenv("GRADUS_GOLDEN");
    snprintf(path, sizeof path, "%s/detection.json", folder == NULL ? "../shared/golden" : folder);
    if (access(path, R_OK) != 0) {
        print_message("%s is not there: set GRADUS_GOLDEN to the folder of the golden sets\n", path);
        skip();
    }
    check_file(path, 20);
}

// Boxes of no area share nothing, and nothing is divided by zero.
static void no_area(void **state)
{
    (void)state;
    const gd__box point = {3, 3, 3, 3}, turned = {5, 5, 2, 2}, square = {0, 0, 4, 4};
    assert_true(gd__box_area(turned) == 0 && gd__box_iou(point, point) == 0 && gd__box_iou(point, square) == 0);
    assert_true(gd__box_generalised_iou(point, point) == 0 && gd__box_distance_iou(point, point) == 0);
    assert_true(gd__box_complete_iou(square, square) == 1 && gd__box_distance_iou(square, square) == 1);
    // Centres 2 apart, in a box with a diagonal of sqrt(52).
    assert_true(fabs(gd__box_distance_iou(square, (gd__box){2, 0, 6, 4}) - (8.0 / 24 - 4.0 / 52)) < 1e-12);
}

static void wrong_classes_and_scores(void **state)
{
    (void)state;
    const gd__true_box truth = {.class = 3, .box = {0, 0, 1, 1}};
    const gd__found_box found = {.class = 0, .box = {0, 0, 1, 1}, .score = NAN};
    gd__coco_figures figures;
    gd__box_evaluation evaluation = {.classes = 3, .true_count = 1, .truth = &truth};
    assert_int_equal(gd__coco_evaluate(&evaluation, &figures, NULL), GD_ERROR_ARGUMENT);
    evaluation = (gd__box_evaluation){.classes = 3, .found_count = 1, .found = &found};
    assert_int_equal(gd__coco_evaluate(&evaluation, &figures, NULL), GD_ERROR_NUMBER);
    evaluation = (gd__box_evaluation){.classes = 3};
    assert_int_equal(gd__coco_evaluate(&evaluation, &figures, NULL), GD_OK);
    assert_true(isnan(figures.precision[0]) && isnan(figures.recall[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sets_here), cmocka_unit_test(all_sets),
                                       cmocka_unit_test(no_area), cmocka_unit_test(wrong_classes_and_scores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
