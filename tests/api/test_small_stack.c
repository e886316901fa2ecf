// 64 KiB of stack suffice: everything that programs do, in a thread that has no more.
#include <gradus/gradus.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/npy.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 // whose own frames are larger
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { STACK = 65536, ROWS = 60 };

typedef struct job {
    const char *what;
    gd_status (*run)(const char *directory);
} job;

static const char *path_of(const char *directory, const char *name)
{
    static _Thread_local char path[200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

// ---- A graph: built, trained, saved, loaded, asked; with kernels of every kind

typedef struct net {
    gd_graph *graph;
    gd_tensor x, label, loss, y;
} net;

static net build_net(gd_type type)
{
    net n = {.graph = gd_graph_create()};
    n.x = gd_input(n.graph, "x", type, GD_SHAPE(GD_BATCH, 3, 16, 16));
    n.label = gd_input(n.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor y = gd_conv2d(n.x, 16, (gd_conv2d_opts){.kernel = 3, .padding = 1});
    y = gd_relu(gd_batch_norm(y, (gd_batch_norm_opts){0}));
    y = gd_conv2d(y, 16, (gd_conv2d_opts){.kernel = 5, .padding = 2});
    y = gd_max_pool2d(gd_dropout(gd_gelu(y), 0.1), (gd_pool_opts){.kernel = 2});
    y = gd_reshape(y, GD_SHAPE(GD_BATCH, 16, 64));
    y = gd_lstm(y, 12, (gd_recurrent_opts){0});
    // In f64, products of matrices have the largest tiles of all.
    const gd_tensor flat = gd_dense(gd_flatten(n.x), 96);
    y = gd_flatten(gd_layer_norm(y, (gd_layer_norm_opts){0}));
    n.y = gd_dense(gd_dense(gd_concat(2, (const gd_tensor[]){flat, y}, 1), 64), 4);
    n.loss = gd_softmax_cross_entropy(n.y, n.label);
    return n;
}

static gd_status train_net(net *n, gd_type type, gd_precision precision, const char *path)
{
    enum { BATCH = 8, STEPS = 3 };
    gd_array x, label;
    gd_status status = gd_array_create(&x, type, GD_SHAPE(BATCH, 3, 16, 16));
    if (status == GD_OK)
        status = gd_array_create(&label, GD_I32, GD_SHAPE(BATCH));
    for (int64_t i = 0; status == GD_OK && i < gd_array_count(&x); i++)
        gd_array_put(&x, i, (double)(i * 7 % 13) / 13);
    for (int i = 0; status == GD_OK && i < BATCH; i++)
        gd_array_put(&label, i, i % 4);
    gd_train_step *step =
        gd_train_step_create(n->loss, (gd_train_step_opts){.rule = gd_adam(1e-3), .precision = precision});
    const gd_feed feed[] = {{n->x, x}, {n->label, label}};
    if (status == GD_OK && step == NULL)
        status = gd_last_status();
    for (int i = 0; i < STEPS && status == GD_OK; i++)
        status = gd_train_step_run(step, 2, feed);
    if (status == GD_OK)
        status = gd_save_state(n->graph, path, 0, NULL);
    if (status == GD_OK)
        status = gd_load_state(n->graph, path);
    if (status == GD_OK)
        status = gd_load_weights(n->graph, path, (gd_load_opts){0}, NULL);
    gd_train_step_free(step);
    gd_function *predict = gd_function_create(n->graph, 1, &n->y, (gd_function_opts){0});
    gd_array answer = {0};
    if (status == GD_OK)
        status = gd_function_run(predict, 1, feed, &answer);
    gd_array_free(&answer);
    gd_function_free(predict);
    gd_array_free(&x);
    gd_array_free(&label);
    return status;
}

static gd_status use_graph(const char *directory)
{
    static const struct {
        gd_type type;
        gd_precision precision;
    } cases[] = {{GD_F32, GD_PRECISION_FAST}, {GD_F32, GD_PRECISION_BF16}, {GD_F64, GD_PRECISION_FAST}};
    gd_status status = GD_OK;
    for (int i = 0; i < 3 && status == GD_OK; i++) {
        net n = build_net(cases[i].type);
        status = train_net(&n, cases[i].type, cases[i].precision, path_of(directory, "state.safetensors"));
        gd_graph_free(n.graph);
    }
    return status;
}

// ---- Files

static gd_status write_table(const char *directory)
{
    FILE *file = fopen(path_of(directory, "rows.csv"), "w");
    fprintf(file, "length,width,colour,kind\n");
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d.5,%d,%s,%s\n", i % 9, i * 7 % 11, i % 3 == 0 ? "red" : "blue", i % 9 > 4 ? "big" : "small");
    return fclose(file) == 0 ? GD_OK : GD_ERROR_IO;
}

static gd_status read_csv(const char *directory)
{
    gd_dataset *set = NULL;
    gd_status status = write_table(directory);
    if (status == GD_OK)
        status = gd_dataset_from_csv(path_of(directory, "rows.csv"), (gd_csv_opts){.target = GD_COLUMNS("kind")}, &set);
    gd_dataset_free(set);
    return status;
}

static gd_status read_arrays(const char *directory)
{
    const float number[6] = {1, 2, 3, 4, 5, 6};
    const gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(3, 2), number);
    gd_array read = {0};
    gd_status status = gd_npy_write(path_of(directory, "x.npy"), &array);
    if (status == GD_OK)
        status = gd_npy_read(path_of(directory, "x.npy"), &read);
    gd_array_free(&read);
    gd_dataset *set = NULL;
    if (status == GD_OK)
        status = gd__npz_write(path_of(directory, "x.npz"), 2, (const char *const[]){"x", "y"},
                               (const gd_array[]){array, array});
    if (status == GD_OK)
        status = gd_dataset_from_npz(path_of(directory, "x.npz"), (gd_array_opts){.x = "x", .y = "y"}, &set);
    gd_dataset_free(set);
    return status;
}

static gd_status read_json(const char *directory)
{
    gd_dataset *set = NULL;
    gd_preprocess *fitted = NULL, *again = NULL;
    gd_status status =
        gd_dataset_from_csv(path_of(directory, "rows.csv"), (gd_csv_opts){.target = GD_COLUMNS("kind")}, &set);
    if (status == GD_OK)
        status = gd_preprocess_fit(set, (gd_preprocess_opts){0}, &fitted);
    char *json = status == GD_OK ? gd_preprocess_to_json(fitted) : NULL;
    if (status == GD_OK)
        status = gd_preprocess_from_json(json, &again);
    gd_text_free(json);
    gd_preprocess_free(fitted);
    gd_preprocess_free(again);
    gd_dataset_free(set);
    return status;
}

// Errors are found by long ways too: the nearest of many names.
static gd_status fail_in_words(const char *directory)
{
    (void)directory;
    gd_recipe *recipe = NULL;
    const gd_record *record;
    if (gd_recipe_parse("model: [flatten]\nlozz: mse\n", "net.yaml", &recipe) == GD_OK)
        return GD_ERROR_FORMAT;
    return gd_record_named(gd_initializer_kinds(), "he_unifrom", &record) != GD_OK ? GD_OK : GD_ERROR_ARGUMENT;
}

// ---- A recipe, and the report on what came of it

static gd_status train_recipe(const char *directory)
{
    char text[1000];
    snprintf(text, sizeof text,
             "data: {train: {csv: %s/rows.csv}, csv: {target: kind}, split: {validation: 0.25}}\n"
             "model:\n  - dense: {units: 8}\n  - relu\n  - dense: {units: 1}\nloss: logistic\n"
             "metrics: [accuracy, roc_auc]\n"
             "train: {epochs: 2, batch: 8, directory: %s/run}\n",
             directory, directory);
    gd_recipe *recipe = NULL;
    gd_model *model = NULL;
    gd_train_settings settings;
    gd_status status = gd_recipe_parse(text, "net.yaml", &recipe);
    if (status == GD_OK)
        status = gd_model_create(recipe, GD_PART_ALL, &model);
    if (status == GD_OK)
        status = gd_model_train_settings(model, &settings);
    gd_trainer *trainer = status == GD_OK ? gd_trainer_create(model->loss, settings.rule) : NULL;
    const gd_fit_opts opts = {.epochs = 2, .batch = 8};
    if (status == GD_OK)
        status = trainer == NULL ? gd_last_status() : gd_fit(trainer, model->train, opts);
    gd_array prediction = {0};
    if (status == GD_OK)
        status = gd_model_predict(model, model->validation, (gd_evaluate_opts){0}, &prediction);
    if (status == GD_OK)
        status =
            gd_report_write_model(path_of(directory, "report.html"), model, (gd_report_model_opts){.title = "Small"});
    gd_array_free(&prediction);
    gd_trainer_free(trainer);
    gd_model_free(model);
    return status;
}

// Layers in layers, nearly as deep as a recipe may be.
static gd_status write_deep(const char *directory)
{
    enum { DEEP = 12 };
    (void)directory;
    char text[1000] = "data: {train: {random: {shape: [8], count: 40, classes: 3}}}\nmodel: [";
    for (int i = 0; i < DEEP; i++)
        strcat(text, "residual: [");
    strcat(text, "tanh");
    for (int i = 0; i < DEEP; i++)
        strcat(text, "]");
    strcat(text, ", dense: 3]\nloss: softmax_cross_entropy\n");
    gd_recipe *recipe = NULL;
    gd_model *model = NULL;
    gd_status status = gd_recipe_parse(text, "deep.yaml", &recipe);
    if (status == GD_OK)
        status = gd_model_create(recipe, GD_PART_ALL, &model);
    gd_model_free(model);
    return status;
}

static const job jobs[] = {
    {"a graph", use_graph},
    {"CSV", read_csv},
    {"NPY and NPZ", read_arrays},
    {"JSON", read_json},
    {"errors in words", fail_in_words},
    {"a recipe", train_recipe},
    {"a deep recipe", write_deep},
};

typedef struct errand {
    const char *directory;
    const job *job;
    gd_status status;
    char sentence[400];
} errand;

static void *work(void *pointer)
{
    errand *e = pointer;
    e->status = e->job->run(e->directory);
    snprintf(e->sentence, sizeof e->sentence, "%s", gd_last_error());
    return NULL;
}

static void a_small_stack_suffices(void **state)
{
    (void)state;
#ifdef SANITIZED
    skip();
#endif
    char directory[] = "/tmp/gradus-stack-XXXXXX";
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        errand e = {.directory = directory, .job = &jobs[i]};
        pthread_attr_t attributes;
        pthread_t thread;
        assert_int_equal(pthread_attr_init(&attributes), 0);
        assert_int_equal(pthread_attr_setstacksize(&attributes, STACK), 0);
        assert_int_equal(pthread_create(&thread, &attributes, work, &e), 0);
        pthread_join(thread, NULL);
        pthread_attr_destroy(&attributes);
        if (e.status != GD_OK)
            fail_msg("%s: %s", jobs[i].what, e.sentence);
    }
    static const char *const files[] = {"state.safetensors", "rows.csv", "x.npy", "x.npz", "report.html"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_of(directory, files[i]));
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_small_stack_suffices)};
    return cmocka_run_group_tests_name("small_stack", tests, NULL, NULL);
}
