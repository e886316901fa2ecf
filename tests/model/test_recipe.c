// Recipes: what is refused and with which words, settings, and the way back to text.
#include "base/memory.h"
#include "model/expect.h"
#include "model/yaml.h"

// ---- What is wrong with a recipe is said with its line

static const struct {
    const char *text, *says;
} bad_recipes[] = {
    {"", "net.yaml:1: the recipe is empty"},
    {"\n# nothing\n", "the recipe is empty"},
    {"- a\n- b\n", "net.yaml:1: a recipe is a map of sections"},
    {"data: 3\n", "net.yaml:1: 'data' is '3', expected a map of options"},
    {"trian: {epochs: 3}\n", "net.yaml:1: unknown key in the recipe: 'trian', did you mean 'train'?"},
    {"\ntrain:\n  epochs: 3\n  bacth: 4\n", "net.yaml:4: unknown key in train: 'bacth', did you mean 'batch'?"},
    {"train: {zzzzzz: 3}\n", "unknown key in train: 'zzzzzz'; there are epochs, steps, minutes, batch"},
    {"train:\n  epochs: three\n", "net.yaml:2: 'epochs' is 'three', expected a whole number from 1 to 1"},
    {"train:\n  epochs: 0\n", "net.yaml:2: 'epochs' is '0', expected a whole number from 1 to 1"},
    {"train:\n  epochs: 2.5\n", "net.yaml:2: 'epochs' is '2.5'"},
    {"train:\n  epochs:\n", "net.yaml:2: 'epochs' is left empty"},
    {"train:\n  epochs: \"3\"\n", "net.yaml:2: 'epochs' is '3', expected a whole number"},
    {"train:\n  epochs: [3]\n", "net.yaml:2: 'epochs' is a list"},
    {"train: {shuffle: maybe}\n", "'shuffle' is 'maybe', expected true or false"},
    {"train:\n  precision: bf61\n", "net.yaml:2: 'precision' is 'bf61', did you mean 'bf16'?"},
    {"train: {precision: 32}\n", "net.yaml:1: 'precision' is '32', expected one of fast, exact, bf16"},
    {"train: {recompute: sometimes}\n", "'recompute' is 'sometimes', expected true or false"},
    {"train: {early_stopping: {min_delta: 1}}\n", "net.yaml:1: early_stopping needs 'patience': a whole number"},
    {"model:\n  - relu\n  - conv2b: {filters: 3}\n", "net.yaml:3: unknown layer 'conv2b', did you mean 'conv2d'?"},
    {"model:\n  - relo\n", "net.yaml:2: unknown layer 'relo', did you mean 'relu'?"},
    {"model:\n  - conv2d: {filter: 3, kernel: 3}\n",
     "net.yaml:2: unknown key in conv2d: 'filter', did you mean 'filters'?"},
    {"model:\n  - conv2d: {filters: 3}\n", "net.yaml:2: conv2d needs 'kernel': a whole number or [rows, columns]"},
    {"model:\n  - conv2d: 3\n", "net.yaml:2: conv2d takes a map of options, not a single value"},
    {"model:\n  - conv2d\n", "net.yaml:2: conv2d needs 'filters'"},
    {"model:\n  - conv2d: {filters: 3, kernel: [3, 3, 3]}\n", "'kernel' is a list, expected a whole number or [rows"},
    {"model:\n  - conv2d: {filters: 3, kernel: 0}\n", "'kernel' is '0'"},
    {"model:\n  - conv1d: {filters: 3, kernel: [3, 3]}\n", "'kernel' is a list, expected a whole number from 1 to 1"},
    {"model:\n  - conv2d: {filters: 3, kernel: 3, padding: sane}\n", "'padding' is 'sane', expected same, valid"},
    {"model:\n  - dense\n", "net.yaml:2: dense needs 'units'"},
    {"model:\n  - dense: -1\n", "net.yaml:2: 'units' is '-1', expected a whole number from 1 to 1"},
    {"model:\n  - dense: many\n", "net.yaml:2: 'units' is 'many'"},
    {"model:\n  - relu: 3\n", "net.yaml:2: relu takes no options"},
    {"model:\n  - relu: {slope: 3}\n", "net.yaml:2: relu takes no options"},
    {"model:\n  - dropout: 1\n", "net.yaml:2: 'rate' is '1', expected a number from 0 to below 1"},
    {"model:\n  - dense: 3\n    relu:\n", "net.yaml:3: 'relu' begins a second layer in the same entry as 'dense'"},
    {"model:\n  - [dense, 3]\n", "net.yaml:2: a list, expected one layer"},
    {"model: relu\n", "net.yaml:1: 'model' is 'relu', expected a list of layers"},
    {"model:\n  - residual:\n      - relu\n      - rellu\n", "net.yaml:4: unknown layer 'rellu', did you mean 'relu'?"},
    {"model:\n  - dense: {units: 3, init: hee_normal}\n",
     "unknown initialiser 'hee_normal', did you mean 'he_normal'?"},
    {"loss: softmax_crossentropy\n", "net.yaml:1: unknown loss 'softmax_crossentropy', did you mean"},
    {"loss: {softmax_cross_entropy: {label_smoothing: 1}}\n", "'label_smoothing' is '1', expected a number from 0"},
    {"metrics: [acuracy]\n", "net.yaml:1: unknown metric 'acuracy', did you mean 'accuracy'?"},
    {"optimizer: adamm\n", "net.yaml:1: unknown optimizer 'adamm', did you mean 'adam'?"},
    {"optimizer: {adam: {learning_rate: 0}}\n", "'learning_rate' is '0', expected a number above 0"},
    {"optimizer: {adam: {learningrate: 1}}\n", "unknown key in adam: 'learningrate', did you mean 'learning_rate'?"},
    {"schedule: {cosin: {}}\n", "unknown schedule 'cosin', did you mean 'cosine'?"},
    {"data: {train: {idxx: [a, b]}}\n", "unknown source 'idxx', did you mean 'idx'?"},
    {"data: {train: {idx: [a, b, c]}}\n", "'files' is a list, expected a list of 1 to 2 texts"},
    {"data: {scale: standardise}\n", "'scale' is 'standardise', did you mean 'standardize'?"},
    {"data: {scale: {x: standard}}\n", "net.yaml:1: 'x' is 'standard'"},
    {"data: {csv: {missing: zero}}\n", "'missing' is 'zero', expected one of error, mean, median"},
    // The text itself
    {"train:\n\tepochs: 3\n", "net.yaml:2:1: "},
    {"train: {epochs: 3\n", "net.yaml:2:1: "},
    {"train: {epochs: 3}\ntrain: {}\n", "net.yaml:2:1: the key 'train' stands here for the second time"},
    {"train: &a {epochs: 3}\n", "net.yaml:1:8: anchors (&) and aliases (*) are not allowed"},
    {"train: *a\n", "anchors (&) and aliases (*) are not allowed"},
    {"train: !x {epochs: 3}\n", "net.yaml:1:8: tags (!) are not allowed"},
    {"train: {}\n---\ntrain: {}\n", "net.yaml:2:1: a second document"},
    {"? [a]\n: 3\n", "a name was expected before ':'"},
    {"train: \xff\xfe\n", "not valid UTF-8"},
    {"train: {directory: \"a\\0b\"}\n", "a zero byte inside a text"},
};

static void bad_recipes_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_recipes / sizeof bad_recipes[0]; i++) {
        gd_recipe *recipe = NULL;
        gd_status status = gd_recipe_parse(bad_recipes[i].text, "net.yaml", &recipe);
        if (status != GD_ERROR_FORMAT || strstr(gd_last_error(), bad_recipes[i].says) == NULL)
            fail_msg("case %zu: %s\nstatus %d, expected \"%s\" in \"%s\"", i, bad_recipes[i].text, (int)status,
                     bad_recipes[i].says, gd_last_error());
        assert_null(recipe);
    }
}

static void deep_and_large_recipes_are_refused(void **state)
{
    (void)state;
    gd_recipe *recipe;
    char deep[2000] = "model: ";
    for (int i = 0; i < 800; i++)
        strcat(deep, "[");
    assert_int_equal(gd_recipe_parse(deep, "net.yaml", &recipe), GD_ERROR_FORMAT);
    assert_says("nested more than 32 deep");

    size_t size = (2 << 20) + 1;
    char *large = malloc(size);
    assert_non_null(large);
    memset(large, '#', size - 1);
    large[size - 1] = '\0';
    assert_int_equal(gd_recipe_parse(large, "net.yaml", &recipe), GD_ERROR_FORMAT);
    assert_says("1 MiB");

    size_t at = 0;
    for (int i = 0; i < 11000; i++)
        at += (size_t)sprintf(large + at, "k%d: 1\n", i);
    assert_int_equal(gd_recipe_parse(large, "net.yaml", &recipe), GD_ERROR_FORMAT);
    assert_says("more entries");
    free(large);
    assert_int_equal(gd_recipe_open("/nowhere/net.yaml", &recipe), GD_ERROR_IO);
    assert_says("/nowhere/net.yaml");
}

// ---- The way back to text

// Written and read again, each of these is the same tree: the same texts, and the same of them in quotes.
static const char *const trees[] = {
    "",
    "a:\n",
    "a: {b: }\n",
    "{a: }\n",
    "[a, {b: }, {c: 3}]\n",
    "[{dense: 16}, {relu: }, {dense: 3}]\n",
    "a: {b: {c: [{d: }]}}\n",
    "- a\n-\n- b:\n",
    "a: []\nb: {}\nc: [[], {}]\n",
    "a: ''\nb: \"\"\n",
    "{a: '', b: }\n",
    "a: null\nb: ~\nc: 'null'\nd: \"~\"\n",
    "{a: null, b: ~, c: 'null', d: \"~\"}\n",
    "a: 3\nb: '3'\nc: \"1e-4\"\nd: -.5\n",
    "a: true\nb: 'true'\nc: \"no\"\nd: off\n",
    "a: it's\nb: \"say \\\"no\\\"\"\nc: 'it''s'\n",
    "a: \"two\\nlines\"\nb: |\n  one\n  two\nc: >\n  folded\n  text\n",
    "a: one\n  two\n",
    "a: \" spaces \"\nb: \"tab\\there\"\nc: 'end '\n",
    "a: \"- b\"\nb: \"c: d\"\nc: \"# e\"\nd: \"{f}\"\ne: \"@g\"\n",
    "a: b#c\nb: c:d\nc: d,e\nd: -e\n",
    "'': 1\n\"a b\": 2\n'c: d': 3\n'- e': 4\n'3': 5\n'true': 6\n'# f': 7\n\"g\\nh\": 8\n",
    "{'': 1, 'a, b': 2, '{c}': 3}\n",
    "? \"a key that is longer than the hundred and twenty eight characters up to which libyaml writes one simply, "
    "before "
    "a colon, with nothing around it\"\n: 3\n",
    "a: a text that is so long that it does not stand in one line of a hundred and twenty characters, and so is folded "
    "over two of them\n",
    "a: \"a text  with two  spaces that is so long that it does not stand in one line of a hundred and twenty "
    "characters  and so is folded\"\n",
    "a: \"\xc3\xa9\\u0007\\x7f\\u2028\"\nb: \xc3\xa9t\xc3\xa9\n",
};

static void expect_same_tree(const char *text, const gd__yaml *a, const gd__yaml *b)
{
    if (a->kind != b->kind || a->count != b->count)
        fail_msg("%s\na %d of %d entries became a %d of %d", text, a->kind, a->count, b->kind, b->count);
    if (a->kind == GD__YAML_SCALAR && (a->quoted != b->quoted || strcmp(a->text, b->text) != 0))
        fail_msg("%s\n%s'%s' became %s'%s'", text, a->quoted ? "quoted " : "", a->text, b->quoted ? "quoted " : "",
                 b->text);
    for (int i = 0; i < a->count; i++) {
        if (a->kind == GD__YAML_MAP)
            assert_string_equal(a->key[i]->text, b->key[i]->text);
        expect_same_tree(text, a->item[i], b->item[i]);
    }
}

static void trees_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
        gd__yaml *first, *second;
        assert_ok(gd__yaml_parse(trees[i], strlen(trees[i]), "net.yaml", false, &first));
        char *text = gd__yaml_text(first);
        assert_non_null(text);
        assert_ok(gd__yaml_parse(text, strlen(text), "net.yaml", false, &second));
        expect_same_tree(trees[i], first, second);
        gd__free(text);
        gd__yaml_free(first);
        gd__yaml_free(second);
    }
}

// What a run writes into its checkpoint is a recipe as well.
static void recipes_with_empty_values_come_back(void **state)
{
    (void)state;
    gd_recipe *recipe, *again;
    assert_ok(gd_recipe_parse("model: [{dense: 16}, {relu: }, {dense: 3}]\n", "net.yaml", &recipe));
    char *text = gd_recipe_text(recipe);
    assert_ok(gd_recipe_parse(text, "checkpoint", &again));
    gd_text_free(text);
    gd_recipe_free(recipe);
    gd_recipe_free(again);
}

// ---- Settings

static const char good[] = RECIPE_DATA "model:\n"
                                       "  - flatten\n"
                                       "  - dense: {units: 5, name: first}\n"
                                       "  - relu\n"
                                       "  - dense: 3\n"
                                       "loss: softmax_cross_entropy\n"
                                       "optimizer: adam\n"
                                       "train: {epochs: 2, batch: 8}\n";

static gd_recipe *parse(const char *text)
{
    gd_recipe *recipe;
    assert_ok(gd_recipe_parse(text, "a/net.yaml", &recipe));
    return recipe;
}

static void settings_change_values(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *line;
    } cases[] = {
        {"train.epochs=7", "epochs: 7"},
        {"train.early_stopping.patience=3", "early_stopping: {patience: 3}"},
        {"model.1.dense.units=9", "units: 9"},
        {"model.3.dense=20", "dense: 20"},
        {"model.2=tanh", "- tanh"},
        {"optimizer.adam.learning_rate=0.5", "learning_rate: 0.5"},
        {"optimizer={gradient_descent: {learning_rate: 0.25}}", "gradient_descent: {learning_rate: 0.25}"},
        {"penalty.l2=1e-4", "l2: 1e-4"},
        {"model.3.dense.units=17", "units: 17"}, // written `dense: 3`
        {"model.3.dense.name=last", "units: 3"},
        {"data.classes=[a, b, c]", "classes: [a, b, c]"},
        {"train.directory=out", "directory: out"},
        {"train.precision=bf16", "precision: bf16"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_recipe *recipe = parse(good);
        assert_ok(gd_recipe_set(recipe, cases[i].setting));
        char *text = gd_recipe_text(recipe);
        assert_non_null(text);
        // Flow or block: `{patience: 3}` and `patience: 3` mean the same.
        const char *want = cases[i].line;
        if (strstr(text, want) == NULL && (strchr(want, '{') == NULL || strstr(text, "patience: 3") == NULL))
            fail_msg("%s: no \"%s\" in\n%s", cases[i].setting, want, text);
        gd_text_free(text);
        gd_recipe_free(recipe);
    }
}

static void bad_settings_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *says;
    } cases[] = {
        {"train.epoch=3", "setting 'train.epoch=3': unknown key in train: 'epoch', did you mean 'epochs'?"},
        {"trian.epochs=3", "unknown key in the recipe: 'trian', did you mean 'train'?"},
        {"train.epochs=many", "setting 'train.epochs=many': 'epochs' is 'many', expected a whole number"},
        {"train.epochs", "expected name=value"},
        {"=3", "expected name=value"},
        {"train..epochs=3", "empty part"},
        {"model.9.dense=3", "'model' has the entries 0 to 3, '9' is none of them"},
        {"model.x=relu", "'x' is none of them"},
        {"train.epochs.units=3", "'train.epochs' is the single value"},
        {"model.3.dense.unit=3", "unknown key in dense: 'unit', did you mean 'units'?"},
        {"train.epochs=[1", "setting 'train.epochs=[1': "},
        {"optimizer=adm", "unknown optimizer 'adm', did you mean 'adam'?"},
    };
    gd_recipe *recipe = parse(good);
    char *before = gd_recipe_text(recipe);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_status status = gd_recipe_set(recipe, cases[i].setting);
        if (status != GD_ERROR_ARGUMENT || strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("%s: status %d, expected \"%s\" in \"%s\"", cases[i].setting, (int)status, cases[i].says,
                     gd_last_error());
    }
    char *after = gd_recipe_text(recipe);
    assert_string_equal(before, after);
    gd_text_free(before);
    gd_text_free(after);
    gd_recipe_free(recipe);
}

static void names_follow_from_the_path(void **state)
{
    (void)state;
    gd_recipe *recipe = parse(good);
    assert_string_equal(gd_recipe_path(recipe), "a/net.yaml");
    assert_string_equal(gd_recipe_name(recipe), "net");
    assert_string_equal(gd_recipe_directory(recipe), "runs/net");
    assert_ok(gd_recipe_set(recipe, "train.directory=elsewhere"));
    assert_string_equal(gd_recipe_directory(recipe), "elsewhere");
    gd_recipe_free(recipe);
}

// Text, tree and text again: the second text is the first.
static void text_makes_the_round_trip(void **state)
{
    (void)state;
    gd_recipe *recipe = parse(good), *again;
    assert_ok(gd_recipe_set(recipe, "data.classes=[\"1\", 'yes', \"a: b\"]"));
    char *text = gd_recipe_text(recipe);
    assert_ok(gd_recipe_parse(text, "net.yaml", &again));
    char *second = gd_recipe_text(again);
    assert_string_equal(text, second);
    assert_non_null(strstr(text, "\"1\""));
    gd_text_free(text);
    gd_text_free(second);
    gd_recipe_free(recipe);
    gd_recipe_free(again);
}

static void the_reference_names_every_word(void **state)
{
    (void)state;
    char *text = gd_recipe_reference();
    assert_non_null(text);
    const gd_records *const records[] = {gd_layer_kinds(), gd_initializer_kinds(), gd_rule_kinds(), gd_loss_kinds(),
                                         gd_schedule_kinds()};
    for (size_t r = 0; r < sizeof records / sizeof records[0]; r++)
        for (int i = 0; i < gd_record_count(records[r]); i++)
            if (strstr(text, gd_record_at(records[r], i)->name) == NULL)
                fail_msg("the reference does not name '%s'", gd_record_at(records[r], i)->name);
    gd_text_free(text);
}

// ---- Damage: whatever comes, it is read or refused

static void damaged_recipes_do_no_harm(void **state)
{
    (void)state;
    static const char rich[] =
        "data:\n  train: {csv: a.csv}\n  scale: {x: minmax}\n  csv: {embed: {c: 3}, ignore: [a]}\n"
        "model:\n  - residual: [{conv2d: {filters: 3, kernel: [3, 5], padding: same}}, relu]\n"
        "  - dense: {units: 3, init: {normal: 0.1}}\n"
        "loss: {softmax_cross_entropy: {class_weights: [1, 2]}}\n"
        "optimizer: {adam: 1e-3}\ntrain: {epochs: 2, early_stopping: {patience: 2}}\n";
    char text[sizeof rich];
    uint64_t random = 12345;
    for (int round = 0; round < 20000; round++) {
        memcpy(text, rich, sizeof rich);
        for (int flips = 0; flips <= round % 3; flips++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(random >> 33) % (sizeof rich - 1);
            text[at] = (char)("\0\n\t :-{}[],&*!|>'\"%@`#?x9\x80\xff"[(random >> 20) % 28]);
        }
        gd_recipe *recipe;
        if (gd_recipe_parse(text, "net.yaml", &recipe) != GD_OK) {
            assert_true(gd_last_error()[0] != '\0');
            continue;
        }
        char *written = gd_recipe_text(recipe);
        assert_non_null(written);
        gd_text_free(written);
        gd_recipe_free(recipe);
    }
    for (size_t length = 0; length < sizeof rich; length++) {
        memcpy(text, rich, sizeof rich);
        text[length] = '\0';
        gd_recipe *recipe;
        if (gd_recipe_parse(text, "net.yaml", &recipe) == GD_OK)
            gd_recipe_free(recipe);
    }
}

// Each allocation fails once: the error is told, nothing is lost, and the recipe stays what it was.
static void short_memory_is_survived(void **state)
{
    (void)state;
    int failures = 0;
    for (long successes = 0;; successes++) {
        gd_recipe *recipe = NULL;
        gd__alloc_fail_after(successes, false);
        gd_status status = gd_recipe_parse(good, "a/net.yaml", &recipe);
        if (status == GD_OK)
            status = gd_recipe_set(recipe, "train.early_stopping.patience=3");
        char *text = status == GD_OK ? gd_recipe_text(recipe) : NULL;
        gd__alloc_fail_after(-1, false);
        bool done = text != NULL;
        if (status != GD_OK)
            assert_int_equal(status, GD_ERROR_MEMORY);
        gd_text_free(text);
        gd_recipe_free(recipe);
        if (done)
            break;
        failures++;
    }
    assert_true(failures > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_recipes_are_refused),
        cmocka_unit_test(deep_and_large_recipes_are_refused),
        cmocka_unit_test(trees_come_back),
        cmocka_unit_test(recipes_with_empty_values_come_back),
        cmocka_unit_test(settings_change_values),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(names_follow_from_the_path),
        cmocka_unit_test(text_makes_the_round_trip),
        cmocka_unit_test(the_reference_names_every_word),
        cmocka_unit_test(damaged_recipes_do_no_harm),
        cmocka_unit_test(short_memory_is_survived),
    };
    return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
