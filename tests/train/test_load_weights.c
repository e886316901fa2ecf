// Weights from files of other makers: names by tables, patterns and callbacks, what must be there and what may not,
// what is told, and types that are converted.
#include "train/network.h"

#include <gradus/text.h>

typedef struct tensor_entry {
    const char *name, *type, *shape;
    int bytes;
} tensor_entry;

// By decreasing element size. All values are 1.5.
static const tensor_entry tensors[] = {
    {"module.layer0.conv.weight", "F64", "[2,2]", 32},
    {"module.extra", "F32", "[1]", 4},
    {"module.layer0.conv.bias", "BF16", "[2]", 4},
    {"module.fc.weight", "F16", "[2,2]", 8},
    {"module.fc.bias", "F16", "[3]", 6},
};
enum { TENSORS = sizeof tensors / sizeof tensors[0] };

static void write_values(FILE *file, const tensor_entry *t)
{
    static const double wide = 1.5;
    static const float single = 1.5f;
    static const uint16_t half = 0x3e00, brain = 0x3fc0;
    const bool is_half = strcmp(t->type, "F16") == 0, is_brain = strcmp(t->type, "BF16") == 0;
    const void *one = is_half ? (const void *)&half : is_brain ? (const void *)&brain : (const void *)&single;
    size_t size = is_half || is_brain ? 2 : 4;
    if (strcmp(t->type, "F64") == 0)
        one = &wide, size = sizeof wide;
    for (size_t i = 0; i < (size_t)t->bytes / size; i++)
        fwrite(one, size, 1, file);
}

static const char *write_file(place *p)
{
    const char *path = path_in(p, "other.safetensors");
    char header[2000];
    size_t length = (size_t)snprintf(header, sizeof header, "{");
    int offset = 0;
    for (int i = 0; i < TENSORS; i++) {
        length +=
            (size_t)snprintf(header + length, sizeof header - length,
                             "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}", i > 0 ? "," : "",
                             tensors[i].name, tensors[i].type, tensors[i].shape, offset, offset + tensors[i].bytes);
        offset += tensors[i].bytes;
    }
    length += (size_t)snprintf(header + length, sizeof header - length, "}");
    for (; length % 8 != 0; length++)
        header[length] = ' ';
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    const uint64_t count = length;
    fwrite(&count, sizeof count, 1, file);
    fwrite(header, 1, length, file);
    for (int i = 0; i < TENSORS; i++)
        write_values(file, &tensors[i]);
    assert_int_equal(fclose(file), 0);
    return path;
}

static const char *const names[] = {"stage0.block.weight", "stage0.block.bias", "head.weight", "head.bias"};
enum { VARIABLES = 4 };

// Every value is 7.
static gd_graph *make_model(void)
{
    gd_graph *graph = gd_graph_create();
    for (int i = 0; i < VARIABLES; i++) {
        const gd_tensor v =
            gd_variable(graph, names[i], GD_F32, i % 2 == 0 ? GD_SHAPE(2, 2) : GD_SHAPE(2), (gd_variable_opts){0});
        gd_array value = {0};
        assert_ok(gd_variable_get(v, &value));
        for (int64_t k = 0; k < gd_array_count(&value); k++)
            gd_array_put(&value, k, 7);
        assert_ok(gd_variable_set(v, &value));
        gd_array_free(&value);
    }
    return graph;
}

// Which variables hold 1.5 throughout; the others still hold 7.
static unsigned loaded_in(gd_graph *graph)
{
    unsigned loaded = 0;
    for (int i = 0; i < VARIABLES; i++) {
        gd_array value = {0};
        assert_ok(gd_variable_get(gd_variable_find(graph, names[i]), &value));
        const double first = gd_array_get(&value, 0);
        assert_true(first == 1.5 || first == 7);
        for (int64_t k = 1; k < gd_array_count(&value); k++)
            assert_true(gd_array_get(&value, k) == first);
        loaded |= first == 1.5 ? 1u << i : 0;
        gd_array_free(&value);
    }
    return loaded;
}

static const gd_rename by_pattern[] = {{"layer*.conv.*", "stage*.block.*"}, {"fc.*", "head.*"}};
static const gd_rename by_table[] = {
    {"module.layer0.conv.weight", "stage0.block.weight"},
    {"module.layer0.conv.bias", "stage0.block.bias"},
    {"module.fc.weight", "head.weight"},
    {"module.fc.bias", "head.bias"},
};
static const gd_rename by_expression[] = {{"/^module\\.layer([0-9]+)\\.conv\\./", "stage\\1.block."},
                                          {"/^module\\.fc\\.(.*)$/", "head.\\1"}};
static const gd_rename no_expression[] = {{"/^module(/", "stage"}};
static const gd_rename more_groups[] = {{"/^module\\.(.*)$/", "\\1.\\2"}};
static const gd_rename to_one[] = {{"fc.*", "head.bias"}};
static const gd_rename more_stars[] = {{"fc.*", "*.head.*"}};
static const gd_rename without_text[] = {{"fc.*", NULL}};

#define STRIP .strip = "module."
#define PATTERN .rename_count = 2, .rename = by_pattern

// The context is what "layer0" is called; the head's bias and the rest are left out.
static bool by_callback(void *context, const char *tensor, char name[GD_WEIGHT_NAME])
{
    char made[GD_WEIGHT_NAME];
    if (strstr(tensor, "layer0.conv") != NULL)
        snprintf(made, sizeof made, "%s.block%s", (const char *)context, strrchr(tensor, '.'));
    else if (strcmp(name, "fc.weight") == 0) // without what `strip` takes off
        strcpy(made, "head.weight");
    else
        return false;
    strcpy(name, made);
    return true;
}

static const struct loading {
    const char *title;
    gd_load_opts opts;
    gd_status status;
    unsigned loaded; // bits of `names`
    int missing, different, unknown;
    const char *says; // in the error, or in the report
} loadings[] = {
    {"patterns",
     {STRIP, PATTERN, .partial = true},
     GD_OK,
     7,
     0,
     1,
     1,
     "has 'module.fc.bias' [3], the model wants [2] for 'head.bias'"},
    {"expressions",
     {.rename_count = 2, .rename = by_expression, .partial = true, .match = "/^(stage|head)/", .ignore = "/[.]bias$/"},
     GD_OK,
     5,
     0,
     0,
     0,
     NULL},
    {"no expression",
     {.rename_count = 1, .rename = no_expression},
     GD_ERROR_ARGUMENT,
     0,
     0,
     0,
     0,
     "'^module(' is no regular expression"},
    {"more groups",
     {.rename_count = 1, .rename = more_groups},
     GD_ERROR_ARGUMENT,
     0,
     0,
     0,
     0,
     "'\\1.\\2' speaks of group 2, and '/^module\\.(.*)$/' has 1"},
    {"a table",
     {.rename_count = 4, .rename = by_table, .partial = true},
     GD_OK,
     7,
     0,
     1,
     1,
     "has 'module.extra', which the model does not know"},
    {"a callback",
     {STRIP, .name = by_callback, .context = "stage0", .partial = true},
     GD_OK,
     7,
     1,
     0,
     0,
     "has no 'head.bias', which the model wants"},
    {"a callback's own context",
     {.name = by_callback, .context = "other", .partial = true},
     GD_ERROR_SHAPE,
     0,
     0,
     0,
     0,
     "none of its 2 tensors fits the model by name and shape"},
    {"strict", {STRIP, PATTERN}, GD_ERROR_SHAPE, 0, 0, 0, 0, "(and 1 more such differences)"},
    {"unused tensors allowed",
     {STRIP, PATTERN, .allow_unused = true},
     GD_ERROR_SHAPE,
     0,
     0,
     0,
     0,
     "the model wants [2] for 'head.bias'"},
    {"what differs ignored", {STRIP, PATTERN, .allow_unused = true, .ignore = "head.bias"}, GD_OK, 7, 0, 0, 1, "extra"},
    {"all that is amiss ignored", {STRIP, PATTERN, .ignore = "head.bias|ext*"}, GD_OK, 7, 0, 0, 0, NULL},
    {"only some", {STRIP, PATTERN, .match = "stage?.*"}, GD_OK, 3, 0, 0, 0, NULL},
    {"demanded and there",
     {STRIP, PATTERN, .partial = true, .demand = "stage*|head.weight"},
     GD_OK,
     7,
     0,
     1,
     1,
     "extra"},
    {"demanded and not there",
     {STRIP, PATTERN, .partial = true, .demand = "head.*"},
     GD_ERROR_SHAPE,
     0,
     0,
     0,
     0,
     "the model wants [2] for 'head.bias'"},
    {"names that only partly become others",
     {.rename_count = 1, .rename = &by_pattern[0]},
     GD_ERROR_SHAPE,
     0,
     0,
     0,
     0,
     "has no 'stage0.block.weight', which the model wants (and"},
    {"a pattern of nothing",
     {.strip = "module.f", .partial = true, .match = "head*|c*"},
     GD_ERROR_ARGUMENT,
     0,
     0,
     0,
     0,
     "'c*' matches no parameter"},
    {"a demand of nothing",
     {STRIP, PATTERN, .partial = true, .demand = "haed.weight"},
     GD_ERROR_ARGUMENT,
     0,
     0,
     0,
     0,
     "'haed.weight' matches no parameter; the nearest is 'head.weight'"},
    {"two of one name",
     {STRIP, .rename_count = 1, .rename = to_one},
     GD_ERROR_ARGUMENT,
     0,
     0,
     0,
     0,
     "'module.fc.bias' and 'module.fc.weight' of the file both become 'head.bias'"},
    {"more stars", {.rename_count = 1, .rename = more_stars}, GD_ERROR_ARGUMENT, 0, 0, 0, 0, "'*.head.*' has 2 *"},
    {"no text", {.rename_count = 1, .rename = without_text}, GD_ERROR_ARGUMENT, 0, 0, 0, 0, "has no text"},
    {"no table", {.rename_count = 1}, GD_ERROR_ARGUMENT, 0, 0, 0, 0, "rename"},
    {"a count below zero", {.rename_count = -1}, GD_ERROR_ARGUMENT, 0, 0, 0, 0, "-1 rules"},
};

static void check_loading(const struct loading *c, const char *path)
{
    gd_graph *graph = make_model();
    gd_load_report report;
    const gd_status status = gd_load_weights(graph, path, c->opts, &report);
    int bits = 0;
    for (unsigned rest = c->loaded; rest != 0; rest >>= 1)
        bits += (rest & 1) != 0;
    if (status != c->status)
        fail_msg("%s: status %d, %s", c->title, (int)status, gd_last_error());
    if (loaded_in(graph) != c->loaded)
        fail_msg("%s: variables %#x were loaded", c->title, loaded_in(graph));
    if (report.loaded != bits || report.missing != c->missing || report.different != c->different ||
        report.unknown != c->unknown)
        fail_msg("%s: %d loaded, %d missing, %d different, %d unknown", c->title, report.loaded, report.missing,
                 report.different, report.unknown);
    const char *text = status == GD_OK ? report.text : gd_last_error();
    if ((c->says == NULL) != (text == NULL) || (c->says != NULL && strstr(text, c->says) == NULL))
        fail_msg("%s: '%s' is not in: %s", c->title, c->says, text);
    gd_text_free(report.text);
    gd_graph_free(graph);
}

static void maps(void **state)
{
    const char *path = write_file(*state);
    for (size_t i = 0; i < sizeof loadings / sizeof loadings[0]; i++)
        check_loading(&loadings[i], path);
}

// Where a name is missing, the one that may have been meant is told with its shape.
static void the_nearest_is_told(void **state)
{
    const char *path = write_file(*state);
    static const gd_rename nearly[] = {{"*layer0.conv.weight", "stage0.blocks.weight"},
                                       {"*layer0.conv.bias", "net.stage0.block.bias"}};
    static const struct {
        const char *match, *says;
    } cases[] = {
        {"stage0.block.weight", "the nearest there: 'module.layer0.conv.weight' [2,2]"}, // by letters
        {"stage0.block.bias", "the nearest there: 'module.layer0.conv.bias' [2]"},       // by its beginning
    };
    gd_graph *graph = make_model();
    for (int i = 0; i < 2; i++) {
        const gd_load_opts opts = {.match = cases[i].match, .rename_count = 2, .rename = nearly};
        assert_int_equal(gd_load_weights(graph, path, opts, NULL), GD_ERROR_SHAPE);
        assert_says(cases[i].says);
    }
    assert_int_equal(loaded_in(graph), 0);
    gd_graph_free(graph);
}

static void what_was_loaded_is_listed(void **state)
{
    const char *path = write_file(*state);
    gd_graph *graph = make_model();
    gd_load_report report;
    assert_ok(
        gd_load_weights(graph, path, (gd_load_opts){STRIP, PATTERN, .partial = true, .list_loaded = true}, &report));
    assert_non_null(strstr(report.text, "'stage0.block.weight' [2,2] is 'module.layer0.conv.weight', f64 made f32\n"));
    assert_non_null(strstr(report.text, "'stage0.block.bias' [2] is 'module.layer0.conv.bias', bf16 made f32\n"));
    assert_non_null(strstr(report.text, "'head.weight' [2,2] is 'module.fc.weight'\n"));
    gd_text_free(report.text);
    gd_graph_free(graph);
}

// Each * of the new name is what that of the old one stood for, in order.
static void stars_stand_for_texts(void **state)
{
    place *p = *state;
    static const struct {
        const char *from, *to, *name, *becomes;
    } cases[] = {
        {"*", "a.*", "x", "a.x"},
        {"layer*.*.conv*.weight", "s*.b*.c*.w", "layer1.0.conv2.weight", "s1.b0.c2.w"},
        {"*.weight", "*.w", "a.weight.weight", "a.weight.w"},
        {"*a*b", "*-*", "xaaxbb", "x-axb"},
        {"a*", "b", "a", "b"},
        {"**", "*|*", "xy", "|xy"},
        {"a.*", "b.*", "ab", "ab"}, // does not fit: the name stays
        {"a", "b", "aa", "aa"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = path_in(p, "one.safetensors");
        const float one = 1;
        const gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(1), &one);
        gd_tensor_writer *writer;
        assert_ok(gd_tensor_writer_create(&writer));
        assert_ok(gd_tensor_writer_add(writer, cases[i].name, &array));
        assert_ok(gd_tensor_writer_commit(writer, path));
        gd_tensor_writer_free(writer);
        gd_graph *graph = gd_graph_create();
        const gd_tensor variable = gd_variable(graph, cases[i].becomes, GD_F32, GD_SHAPE(1), (gd_variable_opts){0});
        assert_true(gd_tensor_ok(variable));
        const gd_rename rule = {cases[i].from, cases[i].to};
        if (gd_load_weights(graph, path, (gd_load_opts){.rename_count = 1, .rename = &rule}, NULL) != GD_OK)
            fail_msg("%s to %s: %s", cases[i].from, cases[i].to, gd_last_error());
        gd_graph_free(graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps),
        cmocka_unit_test(the_nearest_is_told),
        cmocka_unit_test(what_was_loaded_is_listed),
        cmocka_unit_test(stars_stand_for_texts),
    };
    return cmocka_run_group_tests_name("load_weights", tests, make_place, remove_place);
}
