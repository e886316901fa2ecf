// A detector as a recipe: read, evaluated, and what it finds in the pixels of the files.
#include <gradus/objects.h>
#include <math.h>
#include <sys/stat.h>

#include "model/expect.h"

// A PNG of 2 x 1 grey pixels.
static const unsigned char png_grey[] = {137, 80, 78,  71,  13,  10, 26, 10,  0,   0,  0,  13,  73,  72,  68, 82, 0,
                                         0,   0,  2,   0,   0,   0,  1,  8,   0,   0,  0,  0,   209, 73,  32, 86, 0,
                                         0,   0,  11,  73,  68,  65, 84, 120, 156, 99, 96, 248, 15,  0,   1,  2,  1,
                                         0,   66, 190, 188, 104, 0,  0,  0,   0,   73, 69, 78,  68,  174, 66, 96, 130};

static const char notes[] =
    "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\", \"width\": 2, \"height\": 1},"
    " {\"id\": 2, \"file_name\": \"b.png\", \"width\": 2, \"height\": 1}],"
    " \"categories\": [{\"id\": 1, \"name\": \"cat\"}, {\"id\": 2, \"name\": \"dog\"}],"
    " \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 2, \"bbox\": [0, 0, 1, 1]}]}";

static char folder[64];

static void write_file(const char *name, const void *data, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gradus-detector-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    write_file("a.png", png_grey, sizeof png_grey);
    write_file("b.png", png_grey, sizeof png_grey);
    write_file("notes.json", notes, sizeof notes - 1);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static void make_text(const char *model, char text[1200])
{
    snprintf(text, 1200,
             "data:\n"
             "  train: {coco: {files: [%s/notes.json, %s], size: [16, 32], fit: stretch}}\n"
             "  target: boxes\n"
             "  transforms:\n"
             "    - flip: {fields: [image, boxes]}\n"
             "    - box_map: {stride: 4, fields: [boxes, box_classes, image]}\n"
             "model:\n%s"
             "loss: detection\n",
             folder, folder, model);
}

static gd_model *open_detector(void)
{
    char text[1200];
    make_text("  - conv2d: {filters: 6, kernel: 4, stride: 4}\n", text);
    gd_recipe *recipe;
    gd_model *model = NULL;
    assert_ok(gd_recipe_parse(text, "cells.yaml", &recipe));
    const gd_status status = gd_model_create(recipe, GD_PART_ALL, &model);
    if (status != GD_OK && strstr(gd_last_error(), "built without libpng") != NULL)
        skip();
    assert_ok(status);
    return model;
}

static void evaluated(void **state)
{
    (void)state;
    gd_model *model = open_detector();
    assert_ptr_equal(model->task, &gd_task_boxes);
    assert_string_equal(gd_model_class_name(model, 1), "dog");
    assert_string_equal(model->metric[0].name, "mean_average_precision_50");
    gd_evaluation result;
    assert_ok(gd_evaluate(model->data_loss, model->train, gd_model_evaluate_opts(model), &result));
    assert_true(isfinite(result.loss) && result.loss > 0);
    assert_true(result.metric[0] >= 0 && result.metric[0] <= 1);
    gd_model_free(model);
}

// Boxes come in the pixels of the files, 2 x 1, and pictures of them are written.
static void found_in_files(void **state)
{
    (void)state;
    gd_model *model = open_detector();
    char path[128], drawn[128];
    gd_dataset *set;
    gd_array prediction = {0};
    gd_object *object;
    int64_t count;
    snprintf(path, sizeof path, "%s/b.png", folder);
    assert_ok(gd_model_read_inputs(model, path, (gd_inputs_opts){0}, &set));
    assert_ok(gd_model_predict_all(model, set, (gd_evaluate_opts){0}, &prediction));
    assert_true(gd_shape_equal(prediction.shape, GD_SHAPE(1, 6, 4, 8)));
    // One object, surely: a dog with its middle in row 1, column 2, and edges of which one lies outside.
    float *map = prediction.data;
    memset(map, 0, gd_array_bytes(&prediction));
    const int at = 1 * 8 + 2;
    const float edges[4] = {0.5F, 9, 1.5F, 0.5F};
    map[32 + at] = 0.75F;
    for (int k = 0; k < 4; k++)
        map[(2 + k) * 32 + at] = edges[k];
    snprintf(drawn, sizeof drawn, "%s/drawn", folder);
    assert_ok(gd_model_objects(model, 0, set, &prediction, (gd_objects_opts){.pictures = drawn}, &count, &object));
    assert_int_equal(count, 1);
    assert_int_equal(object->label, 1);
    assert_true(fabs(object->score - 0.75) < 1e-6);
    // In cells from (2, 0) to (4, 2), of 8 x 4 over 2 x 1 pixels.
    assert_true(fabs(object->left - 0.5) < 1e-6 && fabs(object->top) < 1e-6);
    assert_true(fabs(object->right - 1) < 1e-6 && fabs(object->bottom - 0.5) < 1e-6);
    gd_objects_free(object);
    struct stat information;
    snprintf(path, sizeof path, "%s/drawn/0-b.png", folder);
    assert_int_equal(stat(path, &information), 0);
    assert_ok(gd_model_objects(model, 0, set, &prediction, (gd_objects_opts){.least = 0.8}, &count, &object));
    assert_int_equal(count, 0);
    gd_objects_free(object);
    assert_int_equal(gd_model_objects(model, 1, set, &prediction, (gd_objects_opts){0}, &count, &object),
                     GD_ERROR_ARGUMENT);
    gd_array_free(&prediction);
    gd_dataset_free(set);
    gd_model_free(model);
}

static void layers_that_do_not_fit(void **state)
{
    (void)state;
    char text[1200];
    gd_recipe *recipe;
    gd_model *model;
    make_text("  - conv2d: {filters: 7, kernel: 4, stride: 4}\n", text);
    assert_ok(gd_recipe_parse(text, "cells.yaml", &recipe));
    const gd_status status = gd_model_create(recipe, GD_PART_ALL, &model);
    if (status != GD_OK && strstr(gd_last_error(), "built without libpng") != NULL)
        skip();
    assert_true(status != GD_OK);
    assert_says(
        "the last layer gives [batch,7,4,8], but detection with the target 'boxes' wants [batch,6,4,8]: a channel "
        "for each class: cat, dog, and 4 for the edges of boxes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(evaluated, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(found_in_files, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(layers_that_do_not_fit, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
