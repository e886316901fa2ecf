// Constants, arithmetic, repeats and blocks: what they become, and what is refused with which words.
#include "base/memory.h"
#include "model/expand.h"
#include "model/expect.h"

#define LOSS "loss: softmax_cross_entropy\n"

// The recipe's layers in one line each, as `gradus info` would find them.
static char *layers_of(const char *text)
{
    gd_recipe *recipe;
    gd_recipe_values values;
    assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
    assert_ok(gd_recipe_list(recipe, &values));
    size_t room = 1;
    for (int i = 0; i < values.count; i++)
        room += strlen(values.value[i].key) + strlen(values.value[i].value) + 2;
    char *list = calloc(room, 1);
    assert_non_null(list);
    for (int i = 0; i < values.count; i++) {
        if (strncmp(values.value[i].key, "model.", 6) != 0)
            continue;
        strcat(list, values.value[i].key + 6);
        strcat(list, "=");
        strcat(list, values.value[i].value);
        strcat(list, " ");
    }
    gd_recipe_values_free(&values);
    gd_recipe_free(recipe);
    return list;
}

static const struct {
    const char *text, *becomes;
} recipes[] = {
    // Arithmetic
    {"constants: {a: 6}\nmodel:\n  - dense: ${a}\n", "0=dense 0.dense.units=6 "},
    {"constants: {a: 6}\nmodel:\n  - dense: $a\n", "0=dense 0.dense.units=6 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${a * 4 - 2}\n", "0=dense 0.dense.units=22 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${a - 2 - 1}\n", "0=dense 0.dense.units=3 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${2 + a * 2}\n", "0=dense 0.dense.units=14 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${(2 + a) * 2}\n", "0=dense 0.dense.units=16 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${a / 4 * 2}\n", "0=dense 0.dense.units=3 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${a // 4}\n", "0=dense 0.dense.units=1 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${-(-7 // 2)}\n", "0=dense 0.dense.units=4 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${-7 % 4}\n", "0=dense 0.dense.units=1 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${+a}\n", "0=dense 0.dense.units=6 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${min(a, 9, 2 * 2)}\n", "0=dense 0.dense.units=4 "},
    {"constants: {a: 6}\nmodel:\n  - dense: ${max(a, 9) + 1e1}\n", "0=dense 0.dense.units=19 "},
    {"constants: {a: 6}\nmodel:\n  - dropout: ${a / 8}\n", "0=dropout 0.dropout.rate=0.75 "},
    {"constants: {a: 6, b: '${a + 1}'}\nmodel:\n  - dense: $b\n", "0=dense 0.dense.units=7 "},
    // In braces and brackets, in quotes or not
    {"constants: {a: 6}\nmodel: [{dense: {units: ${min(a, 5)}, bias: false}}]\n",
     "0=dense 0.dense.units=5 0.dense.bias=false "},
    {"constants: {a: 6}\nmodel: [{dense: {units: \"${min(a, 5)}\"}}]\n", "0=dense 0.dense.units=5 "},

    {"constants: {w: [3, 4]}\nmodel: [{dense: {units: ${w[1] * 2}}}]\n", "0=dense 0.dense.units=8 "},
    {"constants: {k: [3, 5]}\nmodel:\n  - conv2d: {filters: 2, kernel: $k}\n",
     "0=conv2d 0.conv2d.filters=2 0.conv2d.kernel=[3, 5] "},
    {"constants: {i: he_normal}\nmodel:\n  - dense: {units: 2, init: $i}\n",
     "0=dense 0.dense.units=2 0.dense.init=he_normal "},
    // In texts
    {"constants: {a: 6}\nmodel:\n  - dense: {units: 2, name: 'at${a}of${a + 1}'}\n",
     "0=dense 0.dense.units=2 0.dense.name=at6of7 "},
    {"constants: {a: 6}\nmodel:\n  - dense: {units: 2, name: '$${a}$a'}\n",
     "0=dense 0.dense.units=2 0.dense.name=${a}$a "},
    {"model:\n  - dense: {units: 2, name: $price}\n", "0=dense 0.dense.units=2 0.dense.name=$price "},
    // Repeats
    {"model:\n  - relu\n  - repeat: 2\n    layers: [tanh, relu]\n  - elu\n",
     "0=relu 1=tanh 2=relu 3=tanh 4=relu 5=elu "},
    {"model:\n  - repeat: 0\n    layers: [tanh]\n  - elu\n", "0=elu "},
    {"model:\n  - {repeat: 3, layers: [{dense: '${2 * i + 1}'}]}\n",
     "0=dense 0.dense.units=1 1=dense 1.dense.units=3 2=dense 2.dense.units=5 "},
    {"model:\n  - {repeat: 2, index: k, layers: [{repeat: 2, layers: [{dense: ${10 * k + i + 1}}]}]}\n",
     "0=dense 0.dense.units=1 1=dense 1.dense.units=2 2=dense 2.dense.units=11 3=dense 3.dense.units=12 "},
    {"constants: {n: 2}\nmodel:\n  - residual:\n      branch: [{repeat: '${n - 1}', layers: [tanh]}]\n",
     "0=residual 0.residual.branch.0=tanh "},
    // Blocks
    {"blocks: {b: {layers: [tanh, relu]}}\nmodel: [b, elu]\n",
     "0=sequence 0.sequence.block=b 0.sequence.layers.0=tanh 0.sequence.layers.1=relu 1=elu "},
    {"blocks: {b: {parameters: {w: , k: '${w + 1}'}, layers: [{dense: $w}, {dense: $k}]}}\nmodel: [{b: {w: 3}}]\n",
     "0=sequence 0.sequence.block=b 0.sequence.layers.0=dense 0.sequence.layers.0.dense.units=3 "
     "0.sequence.layers.1=dense 0.sequence.layers.1.dense.units=4 "},
    {"blocks: {b: {parameters: {w: , k: 9}, layers: [{dense: ${w + k}}]}}\nmodel: [b: 3]\n",
     "0=sequence 0.sequence.block=b 0.sequence.layers.0=dense 0.sequence.layers.0.dense.units=12 "},
    {"blocks: {b: {parameters: {inner: []}, layers: [tanh, $inner, relu]}}\nmodel: [b: {inner: [elu, {dense: 3}]}, "
     "b]\n",
     "0=sequence 0.sequence.block=b 0.sequence.layers.0=tanh 0.sequence.layers.1=elu 0.sequence.layers.2=dense "
     "0.sequence.layers.2.dense.units=3 0.sequence.layers.3=relu 1=sequence 1.sequence.block=b "
     "1.sequence.layers.0=tanh 1.sequence.layers.1=relu "},
    {"blocks:\n  a: {parameters: {w: }, layers: [dense: $w]}\n  b: {parameters: {w: }, layers: [a: {w: '${2 * w}'}]}\n"
     "model: [b: 3]\n",
     "0=sequence 0.sequence.block=b 0.sequence.layers.0=sequence 0.sequence.layers.0.sequence.block=a "
     "0.sequence.layers.0.sequence.layers.0=dense 0.sequence.layers.0.sequence.layers.0.dense.units=6 "},
    // Beside a name, and names that people type
    {"model:\n  - dense: 3\n    as: x\n  - as: y\n    relu:\n",
     "0=dense 0.dense.units=3 0.dense.as=x 1=relu 1.relu.as=y "},
    {"model:\n  - Dense: 3\n  - RELU\n", "0=dense 0.dense.units=3 1=relu "},
};

static void recipes_become_what_they_mean(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
        char *list = layers_of(recipes[i].text);
        if (strcmp(list, recipes[i].becomes) != 0)
            fail_msg("%s\nbecame %s\nexpected %s", recipes[i].text, list, recipes[i].becomes);
        free(list);
    }
}

#define CONSTANT "constants: {width: 6, list: [1, 2]}\nmodel:\n"
#define BLOCK "blocks:\n  part: {parameters: {width: , stride: 1}, layers: [dense: $width]}\nmodel:\n"

static const struct {
    const char *text, *says;
} bad[] = {
    {CONSTANT "  - relu\n  - dense: ${widht}\n",
     "net.yaml:4: in '${widht}': unknown name 'widht', did you mean 'width'?"},
    {CONSTANT "  - dense: ${q}\n", "unknown name 'q'; there are list, width"},
    {"model:\n  - dense: ${q}\n", "net.yaml:2: in '${q}': unknown name 'q'; `constants` gives names to values"},
    {CONSTANT "  - dense: ${width *}\n",
     "net.yaml:3: in '${width *}': a number, a name or '(' was expected at the end"},
    {CONSTANT "  - dense: ${* 2}\n", "a number, a name or '(' was expected where '* 2' stands"},
    {CONSTANT "  - dense: ${width 2}\n", "an operator was expected where '2' stands"},
    {CONSTANT "  - dense: ${(width}\n", "')' was expected at the end"},
    {CONSTANT "  - dense: ${min(width; 3)}\n", "',' or ')' was expected where '; 3)' stands"},
    {CONSTANT "  - dense: ${}\n", "an expression was expected between the braces"},
    {CONSTANT "  - dense: ${width\n", "'${width' has no '}' after its '${'"},
    {CONSTANT "  - dense: ${width / 0}\n", "a division by zero"},
    {CONSTANT "  - dense: ${width % (3 - 3)}\n", "a division by zero"},
    {CONSTANT "  - dense: ${list * 2}\n", "a number was expected, not a list"},
    {CONSTANT "  - dense: ${list[2]}\n", "the list has the entries 0 to 1, 2 is none of them"},
    {CONSTANT "  - dense: ${list[0.5]}\n", "0.5 is none of them"},
    {CONSTANT "  - dense: ${width[0]}\n", "what stands before '[' is no list"},
    {CONSTANT "  - dense: {units: 2, name: 'x${list}'}\n", "a list or map cannot stand inside a text"},
    {CONSTANT "  - dense: ${1e308 * 10}\n", "the result is too large"},
    {CONSTANT "  - dense: ${width / 4}\n", "net.yaml:3: 'units' is '1.5', expected a whole number"},
    {CONSTANT "  - dense: ${list}\n", "net.yaml:3: 'units' is a list, expected a whole number"},
    {"constants: {a: ${b}, b: 3}\n", "net.yaml:1: in '${b}': unknown name 'b'"},
    {"constants: {a-b: 3}\n", "'a-b' is no name for a constant"},
    {"constants: 3\n", "'constants' is a map from names to values"},
    // Repeats
    {"model:\n  - repeat: 2\n", "net.yaml:2: repeat needs 'layers'"},
    {"model:\n  - repeat: two\n    layers: [relu]\n", "'repeat' is 'two', expected a whole number from 0 to 10000"},
    {"model:\n  - repeat: 10001\n    layers: [relu]\n", "'repeat' is '10001'"},
    {"model:\n  - repeat: 2\n    layer: [relu]\n", "net.yaml:3: unknown key in repeat: 'layer'"},
    {"model:\n  - repeat: 2\n    index: 3x\n    layers: [relu]\n", "'3x' is no name for the index of a repeat"},
    {"model:\n  - repeat: 2\n    layers:\n      - rellu\n", "net.yaml:4: unknown layer 'rellu', did you mean 'relu'?"},
    {"model:\n  - repeat: 10000\n    layers: [{repeat: 10000, layers: [relu]}]\n", "more than the 100000 values"},
    {"model:\n  - repeat: 10000\n    layers: [{repeat: 10000, layers: []}]\n", "more than the 100000 values"},
    // Blocks
    {BLOCK "  - part\n", "net.yaml:4: the block 'part' needs 'width'"},
    {BLOCK "  - part: {widht: 3}\n",
     "net.yaml:4: unknown parameter 'widht' of the block 'part', did you mean 'width'?"},
    {BLOCK "  - part: 3\n    with: x\n", "net.yaml:5: 'with' stands beside the block 'part'"},
    {BLOCK "  - part: many\n", "net.yaml:2: 'units' is 'many', expected a whole number"},
    {"blocks: {a: {layers: [relu]}}\nmodel: [a: 3]\n", "the block 'a' takes no parameters"},
    {"blocks: {a: {layers: [a]}}\nmodel: [a]\n", "blocks nest more than 32 deep: does 'a' use itself?"},
    {"blocks: {dense: {layers: [relu]}}\n", "the block 'dense' has the name of a layer"},
    {"blocks: {a: {layer: [relu]}}\n", "unknown key in the block 'a': 'layer'; there are parameters, layers"},
    {"blocks: {a: {parameters: {}}}\n", "the block 'a' needs 'layers'"},
    {"blocks: {a: {layers: 3}}\n", "the block 'a' needs 'layers'"},
    {"blocks: {a: {parameters: [w], layers: []}}\n", "the parameters of the block 'a' are a map"},
    {"blocks: {a: {parameters: {as: 3}, layers: []}}\n", "a parameter cannot be called 'as'"},
    {"blocks: [a]\n", "'blocks' is a map from names"},
    // Doublings that grow: 2^40 entries would be no good idea.
    {"constants:\n  a: [1, 1, 1, 1, 1, 1, 1, 1]\n  b: [$a, $a, $a, $a, $a, $a, $a, $a]\n"
     "  c: [$b, $b, $b, $b, $b, $b, $b, $b]\n  d: [$c, $c, $c, $c, $c, $c, $c, $c]\n"
     "  e: [$d, $d, $d, $d, $d, $d, $d, $d]\n  f: [$e, $e, $e, $e, $e, $e, $e, $e]\n",
     "more than the 100000 values"},
    {"model:\n  - dense: 3\n    as: x\n    relu:\n",
     "net.yaml:4: 'relu' begins a second layer in the same entry as 'dense'"},
    {"model:\n  - dense: {units: 3, as: x}\n    as: y\n",
     "net.yaml:3: 'as' stands beside 'dense' and among its options"},
    {"model:\n  - conv2d: 3\n    as: y\n", "net.yaml:2: conv2d takes a map of options, not a single value"},
};

static void what_cannot_be_put_in_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gd_recipe *recipe = NULL;
        const gd_status status = gd_recipe_parse(bad[i].text, "net.yaml", &recipe);
        if (status != GD_ERROR_FORMAT || strstr(gd_last_error(), bad[i].says) == NULL)
            fail_msg("case %zu: %s\nstatus %d, expected \"%s\" in \"%s\"", i, bad[i].text, (int)status, bad[i].says,
                     status == GD_OK ? "" : gd_last_error());
        assert_null(recipe);
    }
}

// A recipe is kept as it was written, and says the same when it is read again.
static void text_stays_as_it_was_written(void **state)
{
    (void)state;
    static const char text[] = "constants: {width: 6}\n"
                               "blocks:\n  part:\n    parameters: {w: , k: 1}\n    layers:\n    - dense: ${w * 2}\n"
                               "    - dense: {units: ${min(w, k)}}\n"
                               "model:\n- part: $width\n- repeat: 2\n  layers: [relu]\n";
    gd_recipe *recipe, *again;
    assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
    char *first = gd_recipe_text(recipe);
    assert_non_null(strstr(first, "dense: ${w * 2}"));
    assert_non_null(strstr(first, "repeat: 2"));
    assert_ok(gd_recipe_parse(first, "net.yaml", &again));
    char *second = gd_recipe_text(again), *before = layers_of(text), *after = layers_of(first);
    assert_string_equal(first, second);
    assert_string_equal(before, after);
    free(before);
    free(after);
    gd_text_free(first);
    gd_text_free(second);
    gd_recipe_free(recipe);
    gd_recipe_free(again);
}

// ---- Settings

static const char base[] =
    "constants: {width: 6}\n"
    "blocks:\n  part: {parameters: {w: , k: 1}, layers: [{dense: $w}, {dense: $k}]}\n"
    "model:\n  - part: {w: $width}\n  - {repeat: 1, layers: [{dense: $width}]}\n  - dense: {units: 3, bias: false}\n"
    "  - relu:\n    as: x\n"
    "optimizer: {adam: {learning_rate: 0.5, beta1: 0.8}}\n"
    "schedule: {step: {every: 3}}\n";

static const struct {
    const char *setting, *key, *value;
} settings[] = {
    {"constants.width=8", "model.0.sequence.layers.0.dense.units", "8"},
    {"constants.width=8", "model.1.dense.units", "8"},
    {"constants.width=8", "constants.width", "8"},
    {"constants.more=8", "constants.more", "8"},
    {"model.0.part.w=9", "model.0.sequence.layers.0.dense.units", "9"},
    {"model.0.part.k=9", "model.0.sequence.layers.1.dense.units", "9"},
    {"model.0.part.k=${width * 2}", "model.0.sequence.layers.1.dense.units", "12"},
    {"model.1.repeat=2", "model.2.dense.units", "6"},
    {"model.1.layers.0.dense=11", "model.1.dense.units", "11"},
    {"model.1.layers.0.dense.bias=false", "model.1.dense.units", "6"},
    {"blocks.part.layers.0.dense.units=13", "model.0.sequence.layers.0.dense.units", "13"},
    {"blocks.part.parameters.k=13", "model.0.sequence.layers.1.dense.units", "13"},
    // Short and long, one place
    {"model.2.dense=20", "model.2.dense.units", "20"},
    {"model.2.dense=20", "model.2.dense.bias", "false"},
    {"model.2.units=20", "model.2.dense.units", "20"},
    {"model.2.Dense.units=20", "model.2.dense.units", "20"},
    {"model.2.as=x", "model.2.dense.as", "x"},
    {"model.3.as=y", "model.3.relu.as", "y"},
    {"optimizer.adam=0.01", "optimizer.adam.learning_rate", "0.01"},
    {"optimizer.adam=0.01", "optimizer.adam.beta1", "0.8"},
    {"optimizer.adam.learning_rate=0.01", "optimizer.adam.learning_rate", "0.01"},
    {"optimizer.learning_rate=0.01", "optimizer.adam.learning_rate", "0.01"},
    {"optimizer.lr=0.01", "optimizer.adam.learning_rate", "0.01"},
    {"optimizer.adam.lr=0.01", "optimizer.adam.learning_rate", "0.01"},
    {"schedule.every=5", "schedule.step.every", "5"},
    {"schedule.step=5", "schedule.step.every", "5"},
};

static void settings_come_before_expansion(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        gd_recipe *recipe;
        gd_recipe_values values;
        assert_ok(gd_recipe_parse(base, "net.yaml", &recipe));
        if (gd_recipe_set(recipe, settings[i].setting) != GD_OK)
            fail_msg("%s: %s", settings[i].setting, gd_last_error());
        assert_ok(gd_recipe_list(recipe, &values));
        const gd_recipe_value *value = gd_recipe_value_find(&values, settings[i].key);
        if (value == NULL || strcmp(value->value, settings[i].value) != 0)
            fail_msg("%s: %s is %s, expected %s", settings[i].setting, settings[i].key,
                     value == NULL ? "not there" : value->value, settings[i].value);
        gd_recipe_values_free(&values);
        gd_recipe_free(recipe);
    }
}

// Without a section, an option means the one that would be chosen.
static void settings_make_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *key, *value;
    } cases[] = {
        {"model.1.attention.heads=2", "model.1.attention.heads", "2"},
        {"model.1.attention.heads=2", "model.1.attention.from", "[a, b]"},
        {"model.1.attention=2", "model.1.attention.heads", "2"},
        {"model.1.attention.from=[a, c]", "model.1.attention.from", "[a, c]"},
        {"model.1.attention.1=c", "model.1.attention.from", "[a, c]"},
        {"model.2.attention=[a, c]", "model.2.attention.from", "[a, c]"},
        {"model.2.attention=[a, c]", "model.2.attention.heads", "4"},
        {"model.3.add.as=sum", "model.3.add.from", "[a, b]"},
        {"model.3.add=[b, c]", "model.3.add.from", "[b, c]"},
        {"optimizer.learning_rate=0.01", "optimizer.adam.learning_rate", "0.01"},
        {"optimizer.momentum.learning_rate=0.01", "optimizer.momentum.learning_rate", "0.01"},
        {"optimizer.momentum=0.01", "optimizer.momentum.learning_rate", "0.01"},
        {"schedule.step.every=3", "schedule.step.every", "3"},
        {"train.epochs=3", "train.epochs", "3"},
        {"data.train.idx=a", "data.train.idx.files", "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_recipe *recipe;
        gd_recipe_values values;
        assert_ok(gd_recipe_parse("model: [relu, {attention: [a, b]}, {attention: {heads: 4}}, {add: [a, b]}]\n",
                                  "net.yaml", &recipe));
        if (gd_recipe_set(recipe, cases[i].setting) != GD_OK)
            fail_msg("%s: %s", cases[i].setting, gd_last_error());
        assert_ok(gd_recipe_list(recipe, &values));
        const gd_recipe_value *value = gd_recipe_value_find(&values, cases[i].key);
        if (value == NULL || strcmp(value->value, cases[i].value) != 0)
            fail_msg("%s: %s is %s, expected %s", cases[i].setting, cases[i].key,
                     value == NULL ? "not there" : value->value, cases[i].value);
        gd_recipe_values_free(&values);
        gd_recipe_free(recipe);
    }
}

static void settings_that_go_nowhere_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *says;
    } cases[] = {
        {"constants.width=x", "'units' is 'x', expected a whole number"},
        {"model.0.part.v=3", "unknown parameter 'v' of the block 'part'"},
        {"optimizer.beta3=3", "'optimizer' is adam, which has no option 'beta3', did you mean 'beta1'?"},
        {"optimizer.momentum=0.1", "'optimizer' is adam, so there is no 'momentum' in it"},
        {"model.2.dense={bias: false}", "dense needs 'units'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_recipe *recipe;
        assert_ok(gd_recipe_parse(base, "net.yaml", &recipe));
        char *before = gd_recipe_text(recipe);
        const gd_status status = gd_recipe_set(recipe, cases[i].setting);
        if (status == GD_OK || strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("%s: status %d, expected \"%s\" in \"%s\"", cases[i].setting, (int)status, cases[i].says,
                     status == GD_OK ? "" : gd_last_error());
        char *after = gd_recipe_text(recipe);
        assert_string_equal(before, after);
        gd_text_free(before);
        gd_text_free(after);
        gd_recipe_free(recipe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipes_become_what_they_mean), cmocka_unit_test(what_cannot_be_put_in_is_told),
        cmocka_unit_test(text_stays_as_it_was_written),  cmocka_unit_test(settings_come_before_expansion),
        cmocka_unit_test(settings_make_what_is_missing), cmocka_unit_test(settings_that_go_nowhere_are_refused),
    };
    return cmocka_run_group_tests_name("expand", tests, NULL, NULL);
}
