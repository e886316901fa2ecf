// Searches in a directory: gone on with after being cut anywhere, and the recipe that they leave.
#include <cmocka.h>
#include <gradus/search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/gradus-search-XXXXXX";

static void assert_ok_at(gd_status status, const char *file, int line)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    _fail(file, line);
}
#define assert_ok(call) assert_ok_at((call), __FILE__, __LINE__)

static const char recipe_text[] =
    "# The whole.\n"
    "data: {train: {random: {shape: [4], count: 40, classes: 3}}, split: {validation: 0.25}}\n"
    "\n"
    "model:\n"
    "  - dense: 8   # units\n"
    "  - relu\n"
    "  - dense: 3\n"
    "loss: softmax_cross_entropy\n"
    "optimizer: {adam: {learning_rate: 0.01}} # rate\n"
    "\n"
    "# What is tried.\n"
    "search:\n"
    "  trials: 6\n"
    "  space:\n"
    "    optimizer.adam.learning_rate: {log: [1e-3, 1e-1]}\n"
    "    model.0.dense: {choice: [4, 8, 16]}\n"
    "    train.clip_norm: {uniform: [1, 2]}\n"
    "\n"
    "# How long.\n"
    "train:\n"
    "  epochs: 2 # two\n";

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static char *read_file(const char *path, size_t *length)
{
    static char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *length = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

// Told by a formula instead of training.
static void run_to_its_end(gd_search *search)
{
    const gd_search_trial *trial;
    for (;;) {
        assert_ok(gd_search_ask(search, &trial));
        if (trial == NULL)
            return;
        gd_search_result result = {.objective = trial->value[0] + trial->value[1], .epochs = 2, .best_epoch = 1};
        if (trial->number == 2)
            result.failure = "line 1: \"it\" diverged";
        assert_ok(gd_search_tell(search, trial->number, result));
    }
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void open_search(const char *directory, gd_search **out)
{
    char setting[100];
    const char *settings[] = {setting};
    snprintf(setting, sizeof setting, "train.directory=%s", directory);
    write_file("net.yaml", recipe_text, sizeof recipe_text - 1);
    assert_ok(gd_search_open("net.yaml", (gd_search_open_opts){.setting_count = 1, .setting = settings}, out));
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    gd_search *whole, *search;
    open_search("whole", &whole);
    run_to_its_end(whole);
    assert_int_equal(gd_search_trial_count(whole), 6);
    size_t length, head;
    char *text = read_file("whole/journal.jsonl", &length), *copy = malloc(length);
    memcpy(copy, text, length);
    head = (size_t)(strchr(text, '\n') - text) + 1;
    mkdir("cut", 0777);
    for (size_t cut = 0; cut < length; cut++) {
        write_file("cut/journal.jsonl", copy, cut);
        gd_status status = gd_search_resume("cut", (gd_search_open_opts){0}, &search);
        if (cut < head) {
            assert_int_equal(status, GD_ERROR_FORMAT);
            assert_non_null(strstr(gd_last_error(), "cut/journal.jsonl: line 1 is not whole"));
            continue;
        }
        assert_ok(status);
        run_to_its_end(search);
        assert_int_equal(gd_search_trial_count(search), 6);
        for (int i = 0; i < 6; i++) {
            const gd_search_trial *a = gd_search_trial_at(whole, i), *b = gd_search_trial_at(search, i);
            assert_memory_equal(a->value, b->value, 3 * sizeof(double));
            assert_int_equal(a->state, b->state);
            assert_true(a->objective == b->objective);
        }
        gd_search_free(search);
    }
    free(copy);
    gd_search_free(whole);
}

static void damage_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"nonsense", "line 2 does not fit"},
        {"{\"event\":\"finished\",\"trial\":1,\"objective\":1}", "line 2 does not fit"},
        {"{\"event\":\"started\",\"trial\":2,\"epochs\":0,\"values\":{}}", "line 2 does not fit"},
        {"{\"event\":\"started\",\"trial\":1,\"epochs\":0,\"values\":{\"optimizer.adam.learning_rate\":9,"
         "\"model.0.dense\":\"4\",\"train.clip_norm\":1}}",
         "line 2 does not fit"},
        {"{\"event\":\"started\",\"trial\":1,\"epochs\":0,\"values\":{\"optimizer.adam.learning_rate\":0.01,"
         "\"model.0.dense\":\"5\",\"train.clip_norm\":1}}",
         "line 2 does not fit"},
        {"{\"event\":\"sung\",\"trial\":1}", "line 2 does not fit"},
    };
    gd_search *search;
    open_search("damaged", &search);
    gd_search_free(search);
    size_t length;
    char *text = read_file("damaged/journal.jsonl", &length);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text[length] = '\0';
        char whole[1 << 13];
        int size = snprintf(whole, sizeof whole, "%.*s%s\n", (int)length, text, cases[i].line);
        write_file("damaged/journal.jsonl", whole, (size_t)size);
        assert_int_equal(gd_search_resume("damaged", (gd_search_open_opts){0}, &search), GD_ERROR_FORMAT);
        assert_null(search);
        if (strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("expected \"%s\" in \"%s\"", cases[i].says, gd_last_error());
    }
    assert_int_equal(gd_search_resume("nowhere", (gd_search_open_opts){0}, &search), GD_ERROR_IO);
}

static void a_directory_is_one_search(void **state)
{
    (void)state;
    gd_search *search, *other;
    open_search("one", &search);
    assert_int_equal(gd_search_resume("one", (gd_search_open_opts){0}, &other), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "another process is searching in one"));
    assert_ok(gd_search_resume("one", (gd_search_open_opts){.read_only = true}, &other));
    gd_search_free(other);
    gd_search_free(search);
    open_search("one", &search);
    gd_search_free(search);
    const char *settings[] = {"train.directory=one", "train.batch=7"};
    assert_int_equal(
        gd_search_open("net.yaml", (gd_search_open_opts){.setting_count = 2, .setting = settings}, &search),
        GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "holds the search of another recipe"));
    const char *more[] = {"search.trials=8"};
    assert_ok(gd_search_resume("one", (gd_search_open_opts){.setting_count = 1, .setting = more}, &search));
    assert_int_equal(gd_search_trials_planned(search), 8);
    gd_search_free(search);
    assert_ok(gd_search_resume("one", (gd_search_open_opts){0}, &search));
    assert_int_equal(gd_search_trials_planned(search), 8);
    gd_search_free(search);
}

static void best_recipe_keeps_comments(void **state)
{
    (void)state;
    gd_search *search;
    open_search("best", &search);
    run_to_its_end(search);
    assert_ok(gd_search_write_results(search));
    char rate[GD_SEARCH_TEXT], norm[GD_SEARCH_TEXT], expected[2000];
    const gd_search_trial *best = gd_search_best(search);
    snprintf(expected, sizeof expected,
             "# Trial %d of the search in best: loss %.6g in epoch 1.\n"
             "# The whole.\n"
             "data: {train: {random: {shape: [4], count: 40, classes: 3}}, split: {validation: 0.25}}\n"
             "\n"
             "model:\n"
             "  - dense: 4   # units\n"
             "  - relu\n"
             "  - dense: 3\n"
             "loss: softmax_cross_entropy\n"
             "optimizer: {adam: {learning_rate: %s}} # rate\n"
             "\n"
             "# How long.\n"
             "train:\n"
             "  directory: 'best/best'\n"
             "  clip_norm: %s\n"
             "  epochs: 2 # two\n",
             best->number, best->objective, gd_search_value_text(search, best, 0, rate),
             gd_search_value_text(search, best, 2, norm));
    size_t length;
    assert_string_equal(read_file("best/best.yaml", &length), expected);
    gd_recipe *recipe;
    assert_ok(gd_recipe_open("best/best.yaml", &recipe));
    gd_recipe_free(recipe);
    char *table = read_file("best/results.csv", &length);
    assert_non_null(strstr(table, "trial,state,loss,best_epoch,epochs,seconds,optimizer.adam.learning_rate,"
                                  "model.0.dense,train.clip_norm,failure\n"));
    assert_non_null(strstr(table, "2,failed,,,2,0.000,"));
    assert_non_null(strstr(table, ",\"line 1: \"\"it\"\" diverged\"\n"));
    gd_recipe *trial;
    assert_ok(gd_search_trial_recipe(search, best, &trial));
    char directory[40];
    snprintf(directory, sizeof directory, "best/trials/%03d", best->number);
    assert_string_equal(gd_recipe_directory(trial), directory);
    gd_recipe_free(trial);
    gd_search_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(a_directory_is_one_search),
        cmocka_unit_test(best_recipe_keeps_comments),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
