#include "files.h"

#include <gradus/data.h>

#define NAMES(...) .ignore = (const char *const[]){__VA_ARGS__}, .ignore_count = 1

// Every value of a field, in order.
static gd_array values(const gd_dataset *set, const char *field)
{
    int64_t sample[64];
    for (int64_t i = 0; i < 64; i++)
        sample[i] = i;
    gd_array out = {0};
    int number = gd_dataset_find(set, field);
    assert_true(number >= 0);
    assert_fine(gd_dataset_get(set, number, gd_dataset_count(set), sample, &out));
    return out;
}

static void assert_values(const gd_dataset *set, const char *field, gd_shape shape, const double *expected)
{
    gd_array array = values(set, field);
    assert_true(gd_shape_equal(array.shape, shape));
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        if (gd_array_get(&array, i) != expected[i])
            fail_msg("%s[%d] is %g, expected %g", field, (int)i, gd_array_get(&array, i), expected[i]);
    gd_array_free(&array);
}

static gd_dataset *read_text(const char *text, gd_csv_opts opts)
{
    gd_dataset *set;
    const char *path = write_text("t.csv", text);
    assert_fine(gd_dataset_from_csv(path, opts, &set));
    unlink(path);
    return set;
}

static void test_numbers(void **state)
{
    (void)state;
    // With a byte-order mark, both kinds of line ends, blanks, an empty line, and no line end at the end.
    gd_dataset *set = read_text("\xef\xbb\xbf"
                                "a,b,c\r\n1, 2.5 ,-3e1\n\n4,5,6",
                                (gd_csv_opts){.target = "c"});
    assert_int_equal(gd_dataset_count(set), 2);
    assert_values(set, "x", GD_SHAPE(2, 2), (double[]){1, 2.5, 4, 5});
    assert_values(set, "y", GD_SHAPE(2, 1), (double[]){-30, 6});
    gd_dataset_free(set);
    set = read_text("1\t2\n3\t4\n", (gd_csv_opts){.separator = '\t', .no_header = true, .target = "0"});
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){2, 4});
    assert_values(set, "y", GD_SHAPE(2, 1), (double[]){1, 3});
    gd_dataset_free(set);
    set = read_text("a,b,k\n1,2,0\n3,4,2\n", (gd_csv_opts){.target = "-1", .target_is_class = true, NAMES("b")});
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){1, 3});
    assert_values(set, "label", GD_SHAPE(2), (double[]){0, 2});
    assert_int_equal(gd_dataset_field(set, 1).class_count, 3);
    gd_dataset_free(set);
}

static void test_quotes(void **state)
{
    (void)state;
    gd_dataset *set =
        read_text("\"a,1\",\"b\"\"2\"\"\",c\n\"1\",\"two\nlines\",\"x\"\n2,\"say \"\"hi\"\"\",\"y,z\"\r\n",
                  (gd_csv_opts){.target = "c", .embed = (const char *const[]){"b\"2\""}, .embed_count = 1});
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){1, 2});
    assert_values(set, "b\"2\"", GD_SHAPE(2), (double[]){1, 0});
    assert_string_equal(gd_dataset_class_name(set, 1, 0), "say \"hi\"");
    assert_string_equal(gd_dataset_class_name(set, 1, 1), "two\nlines");
    assert_string_equal(gd_dataset_class_name(set, 2, 1), "y,z");
    assert_null(gd_dataset_class_name(set, 2, 2));
    gd_dataset_free(set);
    set = read_text("w\tk\n\"a\tp\nb\"\tn\n", (gd_csv_opts){.separator = '\t', .no_quotes = true, .target = "k"});
    assert_values(set, "label", GD_SHAPE(2), (double[]){1, 0});
    gd_dataset_free(set);
}

static void test_categories(void **state)
{
    (void)state;
    const char *text = "n,port,deck,zip,k\n1,S,B,7,yes\n2,C,A,8,no\n3,S,C,7,yes\n";
    gd_csv_opts opts = {.target = "k",
                        .embed = (const char *const[]){"deck"},
                        .embed_count = 1,
                        .category = (const char *const[]){"zip"},
                        .category_count = 1};
    gd_dataset *set = read_text(text, opts);
    assert_values(set, "x", GD_SHAPE(3, 5), (double[]){1, 0, 1, 1, 0, 2, 1, 0, 0, 1, 3, 0, 1, 1, 0});
    assert_values(set, "deck", GD_SHAPE(3), (double[]){1, 0, 2});
    assert_values(set, "label", GD_SHAPE(3), (double[]){1, 0, 1});
    assert_int_equal(gd_dataset_field(set, 1).class_count, 3);

    // The columns go through JSON and are applied to files with other orders, and without the target.
    char *json = gd_csv_schema_to_json(gd_dataset_csv_schema(set));
    gd_csv_schema *schema;
    assert_fine(gd_csv_schema_from_json(json, &schema));
    char *again = gd_csv_schema_to_json(schema);
    assert_string_equal(json, again);
    gd_dataset *test = read_text("deck,more,zip,port,n\nA,?,8,S,9\n", (gd_csv_opts){.schema = schema});
    assert_int_equal(gd_dataset_field_count(test), 2);
    assert_values(test, "x", GD_SHAPE(1, 5), (double[]){9, 0, 1, 0, 1});
    assert_values(test, "deck", GD_SHAPE(1), (double[]){0});
    gd_dataset_free(test);

    static const struct {
        const char *text, *said;
    } bad[] = {
        {"n,port,deck,zip,k\n1,Q,A,7,yes\n", "line 2, column 'port': 'Q' is not among the categories of the training "
                                             "data: 'C', 'S'"},
        {"n,port,deck,zip,k\n1,S,A,7,maybe\n", "column 'k': 'maybe'"},
        {"n,prot,deck,zip,k\n1,S,A,7,yes\n", "has no column 'port'; did you mean 'prot'?"},
        {"n,port,deck,zip,k\none,S,A,7,yes\n", "'one' is no number"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(gd_dataset_from_csv(write_text("t.csv", bad[i].text), (gd_csv_opts){.schema = schema}, &test),
                         GD_ERROR_FORMAT);
        assert_said(bad[i].said);
    }
    gd_csv_schema_free(schema);
    gd_text_free(json);
    gd_text_free(again);
    gd_dataset_free(set);

    opts.allow_unknown = true;
    set = read_text(text, opts);
    assert_int_equal(gd_dataset_field(set, 1).class_count, 4);
    test = read_text("n,port,deck,zip,k\n1,Q,Z,7,no\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set)});
    assert_values(test, "x", GD_SHAPE(1, 5), (double[]){1, 0, 0, 1, 0});
    assert_values(test, "deck", GD_SHAPE(1), (double[]){3});
    gd_dataset_free(test);
    gd_dataset_free(set);
}

static void test_missing(void **state)
{
    (void)state;
    const char *text = "a,b,k\nNA,,1\n1,u,2\n,v,3\n5,u,4\n";
    gd_dataset *set = read_text(text, (gd_csv_opts){.target = "k", .missing = GD_MISSING_DROP});
    assert_int_equal(gd_dataset_count(set), 2);
    assert_values(set, "y", GD_SHAPE(2, 1), (double[]){2, 4});
    gd_dataset_free(set);
    set = read_text(text, (gd_csv_opts){.target = "k", .missing = GD_MISSING_CONSTANT, .missing_value = -1});
    assert_values(set, "x", GD_SHAPE(4, 4), (double[]){-1, 1, 0, 0, 1, 0, 1, 0, -1, 0, 0, 1, 5, 0, 1, 0});
    gd_dataset_free(set);

    // Means come from the training part alone: its a is {missing, 1}, then {missing, 5} in the rest.
    set = read_text(text, (gd_csv_opts){.target = "k", .missing = GD_MISSING_MEAN});
    gd_loader *loader;
    assert_int_equal(gd_loader_create(set, (gd_loader_opts){.batch = 2}, &loader), GD_ERROR_ARGUMENT);
    assert_said("may have missing cells");
    gd_array out = {0};
    assert_int_equal(gd_dataset_get(set, 0, 1, (const int64_t[]){2}, &out), GD_ERROR_NUMBER);
    assert_said("field 'x', sample 2: element 0 is missing");
    gd_dataset *train, *filled;
    assert_fine(gd_dataset_take(set, 0, 2, &train));
    gd_preprocess *preprocess, *again;
    assert_fine(gd_preprocess_fit(train, (gd_preprocess_opts){0}, &preprocess));
    char *json = gd_preprocess_to_json(preprocess);
    assert_fine(gd_preprocess_from_json(json, &again));
    gd_text_free(json);
    assert_non_null(gd_preprocess_csv_schema(again));
    assert_fine(gd_preprocess_apply(again, set, &filled));
    assert_values(filled, "x", GD_SHAPE(4, 4), (double[]){1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 5, 0, 1, 0});
    gd_dataset_free(filled);
    gd_preprocess_free(preprocess);
    gd_preprocess_free(again);
    gd_dataset_free(train);
    gd_dataset_free(set);

    set = read_text("a\n1\n\n9\nnan\n2\n", (gd_csv_opts){.missing = GD_MISSING_MEDIAN});
    assert_fine(gd_preprocess_fit(set, (gd_preprocess_opts){0}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, set, &filled));
    assert_values(filled, "x", GD_SHAPE(4, 1), (double[]){1, 9, 2, 2});
    gd_dataset_free(filled);
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

static void test_bad_files(void **state)
{
    (void)state;
    const struct {
        const char *text;
        gd_csv_opts opts;
        const char *said;
    } cases[] = {
        {"a,b\n1,2\n3\n", {0}, "line 3 has 1 fields, the header has 2"},
        {"a,b\n1,2,3\n", {0}, "line 2 has 3 fields, the header has 2"},
        {"a,b\n\"1\n\n\",2\n3\n", {0}, "line 5 has 1 fields"},
        {"1,2\n3\n", {.no_header = true}, "line 2 has 1 fields, the first line has 2"},
        {"a,gre\n1,2\n3,twelve\n",
         {0},
         "line 3, column 'gre': 'twelve' is no number, but the column is numeric since "
         "line 2"},
        {"a\n1\n1e99\n", {0}, "line 3, column 'a': 1e99 is beyond the range of f32"},
        {"a\n1\n1e-\n", {0}, "'1e-' is no number"},
        {"a\n1\ninf\n", {0}, "'inf' is no number"},
        {"a,b\n1,2\n,3\n", {0}, "line 3, column 'a': the cell is empty"},
        {"a,b\n1,2\n2,\n", {.target = "b", .missing = GD_MISSING_MEAN}, "the target is missing"},
        {"a,b\n,2\n,3\n", {.missing = GD_MISSING_MEAN}, "column 'a' is empty in every row"},
        {"", {0}, "is empty"},
        {"a,b\n", {0}, "has no rows of data"},
        {"a,b\n,1\n", {.missing = GD_MISSING_DROP}, "after those with missing cells"},
        {"a,b\n1,\"2\n3,4\n", {0}, "the quote that opens on line 2 is never closed"},
        {"a,b\n1,\"2\"x\n", {0}, "line 2, column 2: text follows a closing quote"},
        {"a,a\n1,2\n", {0}, "both called 'a'"},
        {"price,b\n1,2\n", {.target = "pirce"}, "no column 'pirce'; did you mean 'price'?"},
        {"a,b\n1,2\n", {.target = "2"}, "column 2 was asked for, but there are 2"},
        {"a,b\n1,2\n", {.target = "-3"}, "column -3 was asked for"},
        {"a,b\n1,2\n", {.target = "b", NAMES("b")}, "also ignored"},
        {"a,b\n1,1.5\n", {.target = "b", .target_is_class = true}, "1.5 is no class label"},
        {"a,b\n1,-1\n", {.target = "b", .target_is_class = true}, "-1 is no class label"},
        {"a\nx\ny\nz\n", {.max_categories = 2}, "more than 2 different texts"},
        {"a\n\xff\xfe\n", {0}, "not valid UTF-8"},
        {"x,b\nq,1\n", {.embed = (const char *const[]){"x"}, .embed_count = 1}, "two fields are called 'x'"},
        {"a,b\n1,2\n", {.separator = '"'}, "cannot separate"},
        {"a,b\n1,2\n", {NAMES("a"), .embed = (const char *const[]){"a"}, .embed_count = 1}, "listed twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_dataset *set;
        const char *path = write_text("bad.csv", cases[i].text);
        assert_int_not_equal(gd_dataset_from_csv(path, cases[i].opts, &set), GD_OK);
        assert_null(set);
        assert_said(cases[i].said);
        unlink(path);
    }
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_csv(write_bytes("bad.csv", "a,b\n1,\0\n", 8), (gd_csv_opts){0}, &set),
                     GD_ERROR_FORMAT);
    assert_said("line 2 holds a zero byte");
    assert_int_equal(gd_dataset_from_csv(write_gzip("bad.csv", "a,b\n1,2\n", 8, 20), (gd_csv_opts){0}, &set),
                     GD_ERROR_FORMAT);
    assert_said("truncated");
    unlink(temporary("bad.csv"));
    assert_int_equal(gd_dataset_from_csv("/nonexistent.csv", (gd_csv_opts){0}, &set), GD_ERROR_IO);
}

// Rows that straddle the reader's buffer, gzipped.
static void test_long(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    char *text = malloc((size_t)ROWS * 32);
    size_t length = (size_t)sprintf(text, "i,\"t\",k\n");
    for (int r = 0; r < ROWS; r++)
        length += (size_t)sprintf(text + length, "%d,\"w%d\n\"\"\",%s\n", r, r % 7, r % 2 ? "odd" : "even");
    gd_dataset *set;
    assert_fine(gd_dataset_from_csv(write_gzip("long.csv", text, length, 0), (gd_csv_opts){.target = "k"}, &set));
    assert_int_equal(gd_dataset_count(set), ROWS);
    gd_array x = {0};
    assert_fine(gd_dataset_get(set, 0, 1, (const int64_t[]){ROWS - 1}, &x));
    assert_true(gd_shape_equal(x.shape, GD_SHAPE(1, 8)));
    assert_true(gd_array_get(&x, 0) == ROWS - 1 && gd_array_get(&x, 1 + (ROWS - 1) % 7) == 1);
    gd_array_free(&x);
    gd_dataset_free(set);
    free(text);
    unlink(temporary("long.csv"));
}

static void test_bad_schemas(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"columns\": 3}",
        "{\"columns\": [], \"separator\": \",\"}",
        "{\"separator\":\",\",\"no_header\":false,\"no_quotes\":false,\"missing\":\"error\",\"missing_value\":0,"
        "\"allow_unknown\":false,\"target\":5,\"target_is_class\":true,\"columns\":[]}",
        "{\"separator\":\",\",\"no_header\":false,\"no_quotes\":false,\"missing\":\"error\",\"missing_value\":0,"
        "\"allow_unknown\":false,\"target\":-1,\"target_is_class\":true,\"columns\":[{\"name\":\"a\",\"kind\":\"odd\","
        "\"words\":[]}]}",
        "{\"separator\":\",\",\"no_header\":false,\"no_quotes\":false,\"missing\":\"error\",\"missing_value\":0,"
        "\"allow_unknown\":false,\"target\":-1,\"target_is_class\":true,\"columns\":[{\"name\":\"a\",\"kind\":"
        "\"one_hot\",\"words\":[\"u\",\"u\"]}]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gd_csv_schema *schema;
        assert_int_equal(gd_csv_schema_from_json(bad[i], &schema), GD_ERROR_FORMAT);
        assert_null(schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_quotes),    cmocka_unit_test(test_categories),
        cmocka_unit_test(test_missing),     cmocka_unit_test(test_bad_files), cmocka_unit_test(test_long),
        cmocka_unit_test(test_bad_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
