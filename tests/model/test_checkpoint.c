// From a recipe to training to a checkpoint, and back without the recipe.
#include "model/expect.h"

static char directory[] = "/tmp/gradus-test-XXXXXX";

static const char *path_in(const char *file)
{
    static char path[2][200];
    static int turn;
    turn = 1 - turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, file);
    return path[turn];
}

static void write_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static int make_files(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    char text[8000];
    size_t at = (size_t)sprintf(text, "size,kind,price\n");
    for (int i = 0; i < 60; i++)
        at += (size_t)sprintf(text + at, "%d,%s,%d\n", 100 + i, i % 2 == 0 ? "flat" : "house",
                              1000 + 20 * i + (i % 2 == 0 ? 0 : 300));
    write_file(path_in("prices.csv"), text);
    sprintf(text,
            "data:\n  train: {csv: prices.csv}\n  csv: {target: price}\n  scale: {x: standardize, y: standardize}\n"
            "  split: {validation: 0.1, test: 0.1}\n"
            "model: [{dense: {units: 1, init: zeros}}]\nloss: squared_error\n"
            "optimizer: {momentum: 0.05}\n"
            "train: {epochs: 200, batch: 16, directory: %s/out, monitor: mean_absolute_error}\n",
            directory);
    write_file(path_in("prices.yaml"), text);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    static const char *const files[] = {
        "out/last.safetensors", "out/best.safetensors", "out/history.csv", "out/history.jsonl",
        "prices.csv",           "prices.yaml",          "new.csv",         "cut.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_in(files[i]));
    rmdir(path_in("out"));
    rmdir(directory);
    return 0;
}

static void train(gd_model *model)
{
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    assert_ok(gd_model_make_directory(model));
    assert_ptr_equal(settings.fit.validate, model->validation);
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_non_null(trainer);
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    gd_trainer_free(trainer);
}

// Everything is in the checkpoint: shapes, categories, scaling. Predictions come in the target's own units.
static void a_checkpoint_stands_alone(void **state)
{
    (void)state;
    gd_model *model, *again;
    assert_ok(gd_model_open(path_in("prices.yaml"), (gd_model_opts){.parts = GD_PART_ALL}, &model));
    assert_int_equal(gd_dataset_count(model->train), 48);
    assert_int_equal(gd_dataset_count(model->test), 6);
    assert_false(model->trained);
    train(model);
    gd_array here, there;
    assert_ok(gd_model_predict(model, model->test, (gd_evaluate_opts){0}, &here));
    gd_model_free(model);

    const char *const settings[] = {"train.epochs=3"};
    assert_ok(gd_model_open(path_in("out/last.safetensors"),
                            (gd_model_opts){.setting_count = 1, .setting = settings, .parts = GD_PART_TEST}, &again));
    assert_true(again->trained);
    assert_string_equal(gd_recipe_name(again->recipe), "prices");
    assert_null(again->train);
    assert_int_equal(gd_dataset_count(again->test), 6);
    assert_ok(gd_model_predict(again, again->test, (gd_evaluate_opts){0}, &there));
    assert_true(gd_shape_equal(here.shape, there.shape));
    assert_memory_equal(here.data, there.data, gd_array_bytes(&here));
    gd_array_free(&here);
    gd_array_free(&there);

    write_file(path_in("new.csv"), "kind,size\nhouse,151\nflat,120\n");
    const char *path = path_in("new.csv");
    gd_dataset *set;
    assert_ok(gd_model_read(again, 1, &path, &set));
    assert_ok(gd_model_predict(again, set, (gd_evaluate_opts){0}, &there));
    const double want[] = {1000 + 20 * 51 + 300, 1000 + 20 * 20};
    for (int i = 0; i < 2; i++)
        if (gd_array_get(&there, i) < want[i] - 30 || gd_array_get(&there, i) > want[i] + 30)
            fail_msg("predicted %g, expected %g", gd_array_get(&there, i), want[i]);
    gd_array_free(&there);
    gd_dataset_free(set);
    gd_model_free(again);
}

// Precision and recomputation come from the recipe, and can be changed where a checkpoint is opened.
static void the_precision_is_the_recipes(void **state)
{
    (void)state;
    static const struct {
        const char *path, *setting[2];
        gd_precision precision;
        bool recompute;
    } cases[] = {
        {"prices.yaml", {"train.threads=0", "train.recompute=false"}, GD_PRECISION_FAST, false},
        {"prices.yaml", {"train.precision=bf16", "train.recompute=true"}, GD_PRECISION_BF16, true},
        {"out/last.safetensors", {"train.precision=exact", "train.threads=1"}, GD_PRECISION_EXACT, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_model *model;
        gd_train_settings settings;
        gd_model_opts opts = {.setting_count = 2, .setting = cases[i].setting};
        assert_ok(gd_model_open(path_in(cases[i].path), opts, &model));
        assert_ok(gd_model_train_settings(model, &settings));
        assert_int_equal(model->precision, cases[i].precision);
        assert_int_equal(settings.fit.precision, cases[i].precision);
        assert_int_equal(settings.fit.recompute, cases[i].recompute);
        gd_model_free(model);
    }
}

static void damaged_checkpoints_are_refused(void **state)
{
    (void)state;
    FILE *stream = fopen(path_in("out/last.safetensors"), "rb");
    assert_non_null(stream);
    static char bytes[100000];
    size_t size = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    for (size_t cut = 0; cut < size; cut += 1 + size / 40) {
        stream = fopen(path_in("cut.safetensors"), "wb");
        assert_non_null(stream);
        assert_int_equal(fwrite(bytes, 1, cut, stream), cut);
        fclose(stream);
        gd_model *model;
        assert_int_not_equal(gd_model_open(path_in("cut.safetensors"), (gd_model_opts){0}, &model), GD_OK);
        assert_says("cut.safetensors");
        assert_null(model);
    }
    const char *const settings[] = {"model.0.dense=2"};
    gd_model *model;
    assert_int_not_equal(gd_model_open(path_in("out/last.safetensors"),
                                       (gd_model_opts){.setting_count = 1, .setting = settings}, &model),
                         GD_OK);
}

static void weights_alone_are_no_model(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_variable(graph, "w", GD_F32, GD_SHAPE(2), (gd_variable_opts){0});
    assert_ok(gd_save_weights(graph, path_in("cut.safetensors"), 0, NULL));
    gd_graph_free(graph);
    gd_model *model;
    assert_int_equal(gd_model_open(path_in("cut.safetensors"), (gd_model_opts){0}, &model), GD_ERROR_FORMAT);
    assert_says("weights without a recipe");
    assert_int_equal(gd_model_open(path_in("none.yaml"), (gd_model_opts){0}, &model), GD_ERROR_IO);
}

// The recipes that ship are read, and written as networks where their data is at hand.
static void shipped_recipes_are_sound(void **state)
{
    (void)state;
    static const char *const names[] = {"fashion-cnn", "fashion-softmax", "fashion-mlp",
                                        "admissions",  "football",        "houses"};
    if (getenv("GRADUS_DATA") == NULL)
        setenv("GRADUS_DATA", "../shared/data", 1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[200];
        snprintf(path, sizeof path, "recipes/%s.yaml", names[i]);
        if (access(path, R_OK) != 0) {
            print_message("the recipes are not beside the current directory\n");
            skip();
        }
        gd_recipe *recipe;
        assert_ok(gd_recipe_open(path, &recipe));
        gd_recipe_free(recipe);
        gd_model *model;
        gd_status status = gd_model_open(path, (gd_model_opts){.parts = GD_PART_ALL}, &model);
        if (status != GD_OK && strstr(gd_last_error(), "was not found") != NULL) {
            print_message("%s: its data is absent: passed over\n", path);
            continue;
        }
        assert_ok(status);
        gd_train_settings settings;
        assert_ok(gd_model_train_settings(model, &settings));
        gd_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_stands_alone),       cmocka_unit_test(the_precision_is_the_recipes),
        cmocka_unit_test(damaged_checkpoints_are_refused), cmocka_unit_test(weights_alone_are_no_model),
        cmocka_unit_test(shipped_recipes_are_sound),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, make_files, remove_files);
}
