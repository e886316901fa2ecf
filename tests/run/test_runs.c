// A run's directory: who gets which, what is removed, what is recorded, and what may change when a run goes on.
#include <gradus/runs.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "model/expect.h"
#include "run/hash.h"
#include "run/lock.h"

static char folder[] = "/tmp/gradus-runs-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave(void **state)
{
    (void)state;
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool is_there(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

static gd_run *take(const char *directory, gd_run_opts opts, const char *expected)
{
    gd_run *run;
    assert_ok(gd_run_take(directory, opts, &run));
    assert_string_equal(gd_run_directory(run), expected);
    return run;
}

// ---- Directories

static void test_names(void **state)
{
    (void)state;
    gd_run *first = take("names/a", (gd_run_opts){0}, "names/a");
    gd_run *second = take("names/a/", (gd_run_opts){0}, "names/a-2"); // the first is locked, though nothing is in it
    gd_run *third = take("names/a", (gd_run_opts){0}, "names/a-3");
    gd_run_release(second);
    assert_false(is_there("names/a-2/run.lock"));
    gd_run *again = take("names/a", (gd_run_opts){0}, "names/a-2");
    gd_run_release(first);
    gd_run_release(third);
    gd_run_release(again);
    write_file("names/a/last.safetensors", "");
    assert_int_equal(rmdir("names/a-2"), 0);
    write_file("names/a-2", ""); // no directory: passed over
    gd_run_release(take("names/a", (gd_run_opts){0}, "names/a-3"));
}

static void test_stale_lock(void **state)
{
    (void)state;
    assert_int_equal(mkdir("stale", 0777), 0);
    write_file("stale/run.lock", "1\n");
    assert_false(gd__lock_is_held("stale/run.lock"));
    gd_run *run = take("stale", (gd_run_opts){0}, "stale");
    assert_true(gd__lock_is_held("stale/run.lock"));
    gd_run_release(run);
}

// A process that is killed while it trains lets go.
static void test_killed(void **state)
{
    (void)state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        gd_run *run;
        bool good = gd_run_take("killed", (gd_run_opts){0}, &run) == GD_OK && write(ready[1], "x", 1) == 1;
        for (;;)
            good = pause() == 0 && good;
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_true(gd__lock_is_held("killed/run.lock"));
    gd_run *run;
    assert_int_equal(gd_run_take("killed", (gd_run_opts){.overwrite = true}, &run), GD_ERROR_ARGUMENT);
    assert_says("a training goes on in killed");
    assert_int_equal(gd_run_take("killed", (gd_run_opts){.resume = true}, &run), GD_ERROR_ARGUMENT);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    gd_run_release(take("killed", (gd_run_opts){0}, "killed"));
    close(ready[0]);
    close(ready[1]);
}

static const struct {
    const char *file;
    bool stays;
} files[] = {
    {"run.json", false},
    {"last.safetensors", false},
    {"best.safetensors", false},
    {"history.csv", false},
    {"history.jsonl", false},
    {"report.html", false},
    {"last.safetensors.123-4.tmp", false},
    {"notes.txt", true},
    {"small.safetensors", true},
    {"history.csv.bak", true},
    {"last.safetensors.123-4.tmp2", true},
    {"run.json.-4.tmp", true},
    {"data.csv.123-4.tmp", true},
};

static void test_overwrite(void **state)
{
    (void)state;
    char path[100];
    assert_int_equal(mkdir("over", 0777), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "over/%s", files[i].file);
        write_file(path, "x");
    }
    gd_run *run = take("over", (gd_run_opts){.overwrite = true}, "over");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "over/%s", files[i].file);
        if (is_there(path) != files[i].stays)
            fail_msg("%s %s", path, files[i].stays ? "was removed" : "is still there");
    }
    gd_run_release(run);
}

// What is left of a run that came to nothing is no run.
static void test_leftovers(void **state)
{
    (void)state;
    static const struct {
        const char *record, *file;
        bool kept;
    } cases[] = {
        {"{\"state\": \"failed\"}", "history.csv", false},
        {"{\"state\": \"running\"}", "history.jsonl", false},
        {"{\"state\": \"finished\"}", "history.csv", true},
        {"{\"state\": \"failed\"}", "best.safetensors", true},
        {"{\"state\": \"interrupted\"}", "x", true},
        {NULL, "history.csv", true},
        {NULL, "notes.txt", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char directory[20], path[60], next[24];
        snprintf(directory, sizeof directory, "left%zu", i);
        snprintf(next, sizeof next, "left%zu-2", i);
        assert_int_equal(mkdir(directory, 0777), 0);
        snprintf(path, sizeof path, "%s/run.json", directory);
        if (cases[i].record != NULL)
            write_file(path, cases[i].record);
        snprintf(path, sizeof path, "%s/%s", directory, cases[i].file);
        write_file(path, "x");
        gd_run_release(take(directory, (gd_run_opts){0}, cases[i].kept ? next : directory));
    }
}

static void test_refused(void **state)
{
    (void)state;
    gd_run *run;
    write_file("file", "");
    assert_int_equal(gd_run_take("file/run", (gd_run_opts){0}, &run), GD_ERROR_IO);
    assert_int_equal(gd_run_take("/proc/gradus/run", (gd_run_opts){0}, &run), GD_ERROR_IO);
    assert_null(run);
    assert_int_equal(gd_run_take("", (gd_run_opts){0}, &run), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_run_take("x", (gd_run_opts){.overwrite = true, .resume = true}, &run), GD_ERROR_ARGUMENT);
    if (geteuid() != 0) {
        assert_int_equal(mkdir("closed", 0555), 0);
        assert_int_equal(gd_run_take("closed", (gd_run_opts){0}, &run), GD_ERROR_IO);
        assert_says("ermission");
    }
}

static void test_newest(void **state)
{
    (void)state;
    static const struct {
        const char *directory, *begun;
    } runs[] = {{"new/n", "2026-01-03T00:00:00Z"},
                {"new/n-2", "2026-01-04T00:00:00Z"},
                {"new/n-3", "2026-01-02T00:00:00Z"},
                {"new/n-x", "2027-01-01T00:00:00Z"}};
    assert_null(gd_run_newest("new/n"));
    assert_int_equal(mkdir("new", 0777), 0);
    assert_null(gd_run_newest("new/n"));
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        char path[60], text[60];
        assert_int_equal(mkdir(runs[i].directory, 0777), 0);
        snprintf(path, sizeof path, "%s/run.json", runs[i].directory);
        snprintf(text, sizeof text, "{\"begun\": \"%s\"}", runs[i].begun);
        write_file(path, text);
        snprintf(path, sizeof path, "%s/last.safetensors", runs[i].directory);
        write_file(path, "");
    }
    char *newest = gd_run_newest("new/n");
    assert_string_equal(newest, "new/n-2");
    gd_text_free(newest);
    unlink("new/n-2/last.safetensors"); // it has no weights
    newest = gd_run_newest("new/n/");
    assert_string_equal(newest, "new/n");
    gd_text_free(newest);
}

// ---- Hashes, against the reference implementation's

static void test_hash(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t hash;
    } cases[] = {
        {"", 0xef46db3751d8e999u},
        {"a", 0xd24ec4f1a98c6e5bu},
        {"abc", 0x44bc2cf5ad770999u},
        {"Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1u},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd__hash whole, parts;
        size_t length = strlen(cases[i].text);
        gd__hash_start(&whole);
        gd__hash_add(&whole, cases[i].text, length);
        assert_int_equal(gd__hash_finish(&whole), cases[i].hash);
        gd__hash_start(&parts);
        for (size_t k = 0; k < length; k++)
            gd__hash_add(&parts, cases[i].text + k, 1);
        assert_int_equal(gd__hash_finish(&parts), cases[i].hash);
    }
    gd__file_hash result;
    write_file("hashed", "abc");
    assert_true(gd__hash_file("hashed", &result));
    assert_true(result.whole);
    assert_int_equal(result.bytes, 3);
    assert_int_equal(result.hash, 0x44bc2cf5ad770999u);
    assert_false(gd__hash_file(".", &result));
    assert_false(gd__hash_file("absent", &result));
}

// Of a large file the beginning, the end and the size count.
static void test_hash_of_large_file(void **state)
{
    (void)state;
    static const struct {
        long change; // at this byte
        bool other;
    } cases[] = {{5, true}, {140L << 20, false}, {(300L << 20) - 5, true}};
    gd__file_hash first, result;
    for (size_t i = 0; i <= sizeof cases / sizeof cases[0]; i++) {
        FILE *file = fopen("large", "wb");
        assert_non_null(file);
        assert_int_equal(ftruncate(fileno(file), 300L << 20), 0); // takes no room on the disk
        if (i > 0) {
            assert_int_equal(fseek(file, cases[i - 1].change, SEEK_SET), 0);
            fputc(1, file);
        }
        fclose(file);
        assert_true(gd__hash_file("large", i == 0 ? &first : &result));
        if (i > 0 && (first.hash != result.hash) != cases[i - 1].other)
            fail_msg("a change at byte %ld is %s", cases[i - 1].change, cases[i - 1].other ? "not seen" : "seen");
    }
    assert_false(first.whole);
    assert_int_equal(unlink("large"), 0);
}

// ---- The record

#define NET                                                                                                            \
    "data: {train: {csv: points.csv}, csv: {target: y}, split: {validation: 0.25}}\nmodel: [{dense: 4}, relu, "        \
    "{dense: 1}]\nloss: squared_error\noptimizer: {adam: 0.01}\ntrain: {epochs: 2, batch: 8}\n"

static void write_points(double shift)
{
    FILE *file = fopen("points.csv", "w");
    assert_non_null(file);
    fputs("x,y\n", file);
    for (int i = 0; i < 40; i++)
        fprintf(file, "%g,%g\n", i / 10.0, i / 20.0 + shift);
    fclose(file);
}

// Trains NET into the run's directory.
static void train(gd_run *run, gd_model *model, gd_run_state ends)
{
    static const char *const words[] = {"gradus", "train", "it's a net.yaml"};
    gd_train_settings settings;
    assert_ok(gd_model_set_directory(model, gd_run_directory(run)));
    assert_ok(gd_model_train_settings(model, &settings));
    assert_ok(gd_run_begin(run, model,
                           (gd_run_start){.argument_count = 3,
                                          .argument = words,
                                          .seed = 7,
                                          .monitor = settings.fit.monitor,
                                          .monitor_validation = settings.fit.validate != NULL}));
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_non_null(trainer);
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    const char *name = "mean_absolute_error";
    const double metric = 0.5;
    const gd_run_result result = {.set_name = "validation",
                                  .best_weights = true,
                                  .epoch = 2,
                                  .loss = 0.25,
                                  .metric_count = 1,
                                  .metric_name = &name,
                                  .metric = &metric};
    assert_ok(gd_run_end(run, ends, ends == GD_RUN_FAILED ? "it broke" : NULL, gd_trainer_history(trainer), &result));
    gd_trainer_free(trainer);
}

static void test_record(void **state)
{
    (void)state;
    write_points(0);
    gd_model *model = open_text(NET);
    assert_int_equal(model->file_count, 1);
    assert_string_equal(model->file[0].name, "points.csv");
    assert_false(model->file[0].elsewhere);
    gd_run *run = take("record", (gd_run_opts){0}, "record");
    gd_run_info *info;
    train(run, model, GD_RUN_FINISHED);
    gd_run_release(run);
    assert_ok(gd_run_read("record/", &info));
    assert_string_equal(info->name, "record");
    assert_int_equal(info->state, GD_RUN_FINISHED);
    assert_string_equal(info->command, "gradus train 'it'\\''s a net.yaml'");
    assert_int_equal(info->epochs, 2);
    assert_true(info->best_epoch >= 1 && info->best_epoch <= 2);
    assert_true(info->begun > 0 && info->ended >= info->begun);
    assert_string_equal(info->task, "numbers");
    assert_non_null(strstr(info->recipe, "squared_error"));
    assert_string_equal(info->result.set_name, "validation");
    assert_true(info->result.best_weights);
    assert_string_equal(info->result.metric_name[0], "mean_absolute_error");
    assert_true(info->result.metric[0] == 0.5);
    gd_history *history;
    assert_ok(gd_run_history(info, &history));
    assert_int_equal(history->epoch_count, 2);
    assert_int_equal(history->best_epoch, info->best_epoch);
    assert_true(history->monitor_validation);
    assert_true(history->best_value == info->best_value);
    gd_history_free(history);
    gd_run_info_free(info);
    gd_model_free(model);
}

// run.json says running, and who ran it is no more.
static void test_states(void **state)
{
    (void)state;
    static const char running[] = "{\"state\": \"running\", \"begun\": \"2026-11-27T04:05:06Z\"}";
    gd_run_info *info;
    gd_run *run = take("states", (gd_run_opts){0}, "states");
    write_file("states/run.json", running);
    assert_ok(gd_run_read("states", &info));
    assert_int_equal(info->state, GD_RUN_RUNNING);
    assert_int_equal(info->begun, 1795752306);
    gd_run_info_free(info);
    gd_run_release(run);
    assert_ok(gd_run_read("states", &info));
    assert_int_equal(info->state, GD_RUN_KILLED);
    gd_run_info_free(info);
    write_file("states/run.json", "{\"state\": 3, \"best\": [], \"result\": {\"metrics\": 7}, \"command\": {}}");
    assert_ok(gd_run_read("states", &info));
    assert_int_equal(info->state, GD_RUN_KILLED);
    gd_run_info_free(info);
    write_file("states/run.json", "{\"state\": ");
    assert_int_equal(gd_run_read("states", &info), GD_ERROR_FORMAT);
    assert_says("states/run.json is damaged");
    assert_int_equal(gd_run_read("nowhere", &info), GD_ERROR_IO);
    assert_null(info);
}

static void test_list(void **state)
{
    (void)state;
    static const struct {
        const char *directory, *record;
    } runs[] = {{"list/b", "{\"state\": \"finished\", \"begun\": \"2026-01-02T00:00:00Z\"}"},
                {"list/a", "{\"state\": \"failed\", \"begun\": \"2026-01-03T00:00:00Z\"}"},
                {"list/c", "{\"state\": \"finished\", \"begun\": \"2026-01-01T00:00:00Z\"}"},
                {"list/broken", "{"}};
    assert_int_equal(mkdir("list", 0777), 0);
    assert_int_equal(mkdir("list/empty", 0777), 0);
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        char path[40];
        assert_int_equal(mkdir(runs[i].directory, 0777), 0);
        snprintf(path, sizeof path, "%s/run.json", runs[i].directory);
        write_file(path, runs[i].record);
    }
    gd_run_list list;
    assert_ok(gd_run_find("list", &list));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.run[0]->name, "c");
    assert_string_equal(list.run[1]->name, "b");
    assert_string_equal(list.run[2]->name, "a");
    gd_run_list_free(&list);
    assert_ok(gd_run_find("list/b", &list));
    assert_int_equal(list.count, 1);
    gd_run_list_free(&list);
    assert_int_equal(gd_run_find("absent", &list), GD_ERROR_IO);
}

// ---- Going on

static const struct {
    const char *setting, *says; // NULL: it may change
} changes[] = {
    {"train.epochs=9", NULL},
    {"train.steps=100", NULL},
    {"train.threads=2", NULL},
    {"train.history_every=3", NULL},
    {"train.early_stopping={patience: 3}", NULL},
    {"train.checkpoint.seconds=5", NULL},
    {"schedule={cosine: {final: 0.1}}", NULL},
    {"optimizer.adam=0.1", NULL},
    {"optimizer={adam: {beta1: 0.8}}", NULL},
    {"train.shuffle=true", NULL}, // as it is when nothing is said
    {"train.batch=8.0", NULL},
    {"train.batch=16", "train.batch is 16, not 8"},
    {"train.seed=2", "train.seed is 2, not 1"},
    {"train.shuffle=false", "train.shuffle is false, not true"},
    {"train.monitor=mean_absolute_error", "train.monitor is mean_absolute_error, not left out"},
    {"model.0.dense=5", "model.0.dense.units is 5, not 4"},
    {"model.1=tanh", "model.1 is tanh, not relu"},
    {"loss=huber", "loss is huber, not squared_error"},
    {"penalty.l2=0.1", "penalty.l2 is 0.1, not left out"},
    {"optimizer=nesterov", "optimizer is nesterov, not adam"},
    {"data.split.validation=0.5", "data.split.validation is 0.5, not 0.25"},
    {"data.split={test: 0.25}", "data.split.validation is not given, not 0.25"},
    {"data.scale=standardize", "data.scale is standardize, not none"},
    {"data.csv.target=x", "data.csv.target is x, not y"},
};

static void test_resume(void **state)
{
    (void)state;
    write_points(0);
    gd_model *model = open_text(NET);
    gd_run *run = take("resume", (gd_run_opts){0}, "resume");
    train(run, model, GD_RUN_INTERRUPTED);
    gd_run_release(run);
    gd_model_free(model);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        gd_recipe *recipe;
        assert_ok(gd_recipe_parse(NET, "net.yaml", &recipe));
        assert_ok(gd_recipe_set(recipe, changes[i].setting));
        assert_ok(gd_model_create(recipe, GD_PART_TRAIN, &model));
        gd_status status = gd_run_check_resume("resume/last.safetensors", model);
        if ((status == GD_OK) != (changes[i].says == NULL))
            fail_msg("%s: %s", changes[i].setting, status == GD_OK ? "is taken" : gd_last_error());
        if (changes[i].says != NULL)
            assert_says(changes[i].says);
        gd_model_free(model);
    }
    write_points(1); // as many bytes do not make the same content
    model = open_text(NET);
    assert_int_equal(gd_run_check_resume("resume/last.safetensors", model), GD_ERROR_ARGUMENT);
    assert_says("the file points.csv has another content");
    gd_model_free(model);
}

// A run that is resumed remembers when it began, and notes when it went on.
static void test_resumed_record(void **state)
{
    (void)state;
    write_points(0);
    gd_model *model = open_text(NET);
    gd_run *run = take("again", (gd_run_opts){0}, "again");
    train(run, model, GD_RUN_INTERRUPTED);
    gd_run_release(run);
    gd_run_info *before, *after;
    assert_ok(gd_run_read("again", &before));
    run = take("again", (gd_run_opts){.resume = true}, "again");
    assert_ok(gd_run_begin(run, model, (gd_run_start){0}));
    assert_ok(gd_run_end(run, GD_RUN_FAILED, "it broke", NULL, NULL));
    gd_run_release(run);
    assert_ok(gd_run_read("again", &after));
    assert_int_equal(after->begun, before->begun);
    assert_int_equal(after->state, GD_RUN_FAILED);
    assert_string_equal(after->sentence, "it broke");
    gd_run_info_free(before);
    gd_run_info_free(after);
    gd_model_free(model);
}

// ---- Comparing

static void test_compare(void **state)
{
    (void)state;
    gd_run_info run[3] = {
        {.directory = "a", .recipe = "model: [{dense: 4}]\nloss: huber\n"},
        {.directory = "b",
         .recipe = "model: [{dense: {units: 4}}]\nloss: huber\noptimizer: adam\ntrain: {epochs: 1, "
                   "directory: b}\n"},
        {.directory = "c", .recipe = "model: [{dense: 4}, relu]\nloss: {huber: 2}\noptimizer: {adam: 0.1}\n"},
    };
    gd_run_info *const pointer[3] = {&run[0], &run[1], &run[2]};
    gd_run_differences list;
    assert_ok(gd_run_compare(2, pointer, &list));
    assert_int_equal(list.count, 0);
    gd_run_differences_free(&list);
    assert_ok(gd_run_compare(3, pointer, &list));
    assert_int_equal(list.count, 3);
    static const struct {
        const char *key, *value[3];
    } rows[] = {{"model.1", {NULL, NULL, "relu"}},
                {"loss.huber.delta", {"1", "1", "2"}},
                {"optimizer.adam.learning_rate", {"0.001", "0.001", "0.1"}}};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(list.key[i], rows[i].key);
        for (int r = 0; r < 3; r++)
            if (rows[i].value[r] != NULL)
                assert_string_equal(list.value[i * 3 + r], rows[i].value[r]);
    }
    gd_run_differences_free(&list);
    run[1].recipe = NULL;
    assert_int_equal(gd_run_compare(3, pointer, &list), GD_ERROR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_stale_lock),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_overwrite),
        cmocka_unit_test(test_leftovers),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_newest),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_hash_of_large_file),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_resumed_record),
        cmocka_unit_test(test_compare),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
