// Networks that make pictures larger: tiles give the pixels of the whole, and evaluation measures as the papers do.
#include <gradus/enlarge.h>
#include <gradus/metric.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "picture/made_picture.h"
#include "picture/picture.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    char path[256];
    snprintf(folder, sizeof folder, "/tmp/gradus-enlarge-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/a.png", folder);
    write_made_picture(path, 60, 46, 3);
    snprintf(path, sizeof path, "%s/b.png", folder);
    write_made_picture(path, 40, 80, 1);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

// On the small picture, whose channels become pixels; on the enlarged one; and on both.
static const char shuffled[] = "[{conv2d: {filters: 6, kernel: 5, padding: same}}, relu, {conv2d: {filters: 4, kernel: "
                               "3, padding: same}}, {pixel_shuffle: 2}]";
static const char enlarged[] =
    "[{residual: {branch: [{conv2d: {filters: 5, kernel: 3, padding: same}}, relu, {conv2d: {filters: 1, kernel: 5, "
    "padding: same}}]}}]";
static const char both[] = "[{conv2d: {filters: 4, kernel: 3, padding: same}}, {pixel_shuffle: 2}, {add: [previous, "
                           "enlarged]}]";
static const char nothing[] =
    "[{residual: {branch: [{conv2d: {filters: 1, kernel: 3, padding: same, init: zeros, bias: false}}]}}]";

static gd_model *open_net(const char *input, const char *layers)
{
    char text[2000];
    snprintf(text, sizeof text,
             "data:\n  input: %s\n"
             "  train: {super_resolution: {files: %s, factor: 2, patch: 16, patches: 8}}\n"
             "  validation: {super_resolution: {files: %s, whole: true}}\n"
             "model: %s\nloss: mse\nmetrics: [psnr, ssim]\ntrain: {epochs: 1, batch: 4}\n",
             input, folder, folder, layers);
    gd_recipe *recipe;
    gd_model *model;
    assert_int_equal(gd_recipe_parse(text, "net.yaml", &recipe), GD_OK);
    const gd_status status = gd_model_create(recipe, GD_PART_ALL, &model);
    if (status == GD_ERROR_UNSUPPORTED && strstr(gd_last_error(), "without libpng") != NULL)
        skip();
    if (status != GD_OK)
        fail_msg("%s", gd_last_error());
    return model;
}

static gd_status enlarge(const gd_model *model, const char *from, const char *to, int64_t tile)
{
    char from_path[256], to_path[256];
    snprintf(from_path, sizeof from_path, "%s/%s", folder, from);
    snprintf(to_path, sizeof to_path, "%s/%s", folder, to);
    return gd_model_enlarge_file(model, from_path, to_path, (gd_enlarge_opts){.tile = tile});
}

static void read_picture(const char *name, gd__picture *picture)
{
    char path[256], *data;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(gd__file_read(path, 0, &data, &size), GD_OK);
    assert_int_equal(gd__picture_decode(name, data, size, (gd__decode_opts){0}, picture), GD_OK);
    gd_text_free(data);
}

static void tiles_give_the_pixels_of_the_whole(void **state)
{
    (void)state;
    static const struct {
        const char *input, *layers;
    } nets[] = {{"small", shuffled}, {"enlarged", enlarged}, {"small", both}};
    static const int64_t tiles[] = {12, 17, 33, 46};
    static const char *const files[] = {"a.png", "b.png"};
    for (int n = 0; n < 3; n++) {
        gd_model *model = open_net(nets[n].input, nets[n].layers);
        assert_int_equal(gd_model_enlarges(model), 2);
        for (int f = 0; f < 2; f++) {
            gd__picture whole, tiled, small;
            read_picture(files[f], &small);
            assert_int_equal(enlarge(model, files[f], "whole", 0), GD_OK);
            read_picture("whole", &whole);
            assert_true(whole.height == 2 * small.height && whole.width == 2 * small.width &&
                        whole.channels == small.channels);
            for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++) {
                assert_int_equal(enlarge(model, files[f], "tiled", tiles[t]), GD_OK);
                read_picture("tiled", &tiled);
                assert_memory_equal(tiled.pixel, whole.pixel,
                                    (size_t)whole.height * (size_t)whole.width * (size_t)whole.channels);
                gd__picture_free(&tiled);
            }
            gd__picture_free(&whole);
            gd__picture_free(&small);
        }
        gd_model_free(model);
    }
}

// A picture of one pixel, of one row, of one column.
static void the_smallest_pictures_are_enlarged(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 70}, {70, 1}, {3, 2}};
    gd_model *model = open_net("small", both);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char path[256];
        gd__picture large;
        snprintf(path, sizeof path, "%s/small", folder);
        write_made_picture(path, sizes[i][0], sizes[i][1], 3);
        assert_int_equal(enlarge(model, "small", "large", 40), GD_OK);
        read_picture("large", &large);
        assert_true(large.height == 2 * sizes[i][0] && large.width == 2 * sizes[i][1]);
        gd__picture_free(&large);
    }
    gd_model_free(model);
}

// A network that adds nothing is cubic resampling: its figures are those of the pictures, reckoned here.
static void evaluation_measures_whole_pictures(void **state)
{
    (void)state;
    gd_model *model = open_net("enlarged", nothing);
    gd_evaluation result;
    double psnr = 0, ssim = 0, loss = 0;
    assert_int_equal(gd_evaluate(model->data_loss, model->validation, gd_model_evaluate_opts(model), &result), GD_OK);
    assert_int_equal(result.count, 2);
    for (int64_t i = 0; i < 2; i++) {
        gd_array pair[2] = {{0}, {0}};
        double value, sum = 0;
        for (int k = 0; k < 2; k++) {
            const int field = gd_dataset_find(model->validation, k == 0 ? "enlarged" : "y");
            assert_int_equal(gd_dataset_get(model->validation, field, 1, &i, &pair[k]), GD_OK);
            pair[k].shape = GD_SHAPE(1, pair[k].shape.dim[2], pair[k].shape.dim[3]);
        }
        for (int64_t j = 0; j < gd_array_count(&pair[0]); j++) {
            sum += pow(gd_array_get(&pair[0], j) - gd_array_get(&pair[1], j), 2);
            gd_array_put(&pair[0], j, round(fmin(fmax(gd_array_get(&pair[0], j), 0), 1) * 255) / 255);
        }
        loss += sum / (double)gd_array_count(&pair[0]) / 2;
        const gd_likeness_opts opts = {.border = 2};
        assert_int_equal(gd_picture_psnr(&pair[0], &pair[1], opts, &value), GD_OK);
        psnr += value / 2;
        assert_int_equal(gd_picture_ssim(&pair[0], &pair[1], opts, &value), GD_OK);
        ssim += value / 2;
        gd_array_free(&pair[0]);
        gd_array_free(&pair[1]);
    }
    assert_true(fabs(result.metric[0] - psnr) < 1e-3);
    assert_true(fabs(result.metric[1] - ssim) < 1e-5);
    assert_true(fabs(result.loss - loss) < 1e-6);
    gd_model_free(model);
}

static void a_training_is_validated_on_whole_pictures(void **state)
{
    (void)state;
    gd_model *model = open_net("small", both);
    gd_train_settings settings;
    assert_int_equal(gd_model_train_settings(model, &settings), GD_OK);
    settings.fit.checkpoint = settings.fit.best_checkpoint = settings.fit.history_csv = settings.fit.history_jsonl =
        NULL;
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_int_equal(gd_fit(trainer, model->train, settings.fit), GD_OK);
    const gd_history *history = gd_trainer_history(trainer);
    gd_evaluation result;
    assert_int_equal(gd_evaluate(model->data_loss, model->validation, gd_model_evaluate_opts(model), &result), GD_OK);
    assert_true(history->epoch[0].validated);
    assert_true(history->epoch[0].validation_metric[0] == result.metric[0]);
    assert_true(result.metric[0] > 5 && result.metric[0] < 60);
    gd_trainer_free(trainer);
    gd_model_free(model);
}

static void what_cannot_be_enlarged_is_told(void **state)
{
    (void)state;
    gd_model *model = open_net("enlarged", "[]"); // no layer at all is cubic resampling
    assert_int_equal(enlarge(model, "a.png", "nothing", 9), GD_OK);
    gd_model_free(model);
    model = open_net("small", shuffled);
    assert_int_equal(enlarge(model, "a.png", "out", 8), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "tiles of 8 pixels are too small"));
    assert_int_equal(enlarge(model, "a.png", "out", -1), GD_ERROR_ARGUMENT);
    assert_int_equal(enlarge(model, "nowhere.png", "out", 0), GD_ERROR_IO);
    assert_int_equal(enlarge(model, ".", "out", 0), GD_ERROR_IO);
    char path[256];
    snprintf(path, sizeof path, "%s/wide.png", folder);
    write_made_picture(path, 1, 32751, 1);
    assert_int_equal(enlarge(model, "wide.png", "out", 0), GD_ERROR_UNSUPPORTED);
    assert_int_equal(truncate(path, 50), 0);
    assert_int_equal(enlarge(model, "wide.png", "out", 0), GD_ERROR_FORMAT);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/out", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    gd_model_free(model);
    // What depends on all of the picture, and what takes pictures of one size alone.
    model = open_net("enlarged", "[global_avgpool, {dense: 1}, {reshape: [1, 1, 1]}, {add: [previous, enlarged]}]");
    assert_int_equal(enlarge(model, "a.png", "out", 20), GD_ERROR_UNSUPPORTED);
    assert_non_null(strstr(gd_last_error(), "sees all of a picture"));
    gd_model_free(model);
    model = open_net("enlarged", "[flatten, {dense: 256}, {reshape: [1, 16, 16]}]");
    assert_int_not_equal(enlarge(model, "a.png", "out", 0), GD_OK);
    gd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_give_the_pixels_of_the_whole),
        cmocka_unit_test(the_smallest_pictures_are_enlarged),
        cmocka_unit_test(evaluation_measures_whole_pictures),
        cmocka_unit_test(a_training_is_validated_on_whole_pictures),
        cmocka_unit_test(what_cannot_be_enlarged_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
