// Parquet files, compared value by value with CSV files of the same cells; what is refused, and damaged files. The
// files in tests/data/parquet are written by make.py there.
#include "csv_sets.h"

#include <dirent.h>
#include <sys/stat.h>

#define FILES "tests/data/parquet/"

// Without the library there is nothing to test but what is said.
static void need_library(void)
{
    gd_dataset *set;
    const gd_status status = gd_dataset_from_parquet(FILES "nested.parquet", (gd_csv_opts){0}, &set);
    assert_null(set);
    if (status != GD_ERROR_UNSUPPORTED)
        return;
    assert_said(FILES "nested.parquet: cannot be read");
    assert_said("Apache Arrow's GLib library");
    static bool said;
    if (!said)
        print_message("skipped: %s\n", gd_last_error());
    said = true;
    skip();
}

// A column that is no cell, or a cell that cannot be used, is told by a sentence.
static void assert_no_table(const char *path, gd_csv_opts opts, const char *said)
{
    gd_dataset *set;
    if (gd_dataset_from_parquet(path, opts, &set) == GD_OK)
        fail_msg("%s was read; expected: %s", path, said);
    assert_null(set);
    assert_said(said);
}

// ---- The same values

static void assert_same_field(const gd_dataset *a, const gd_dataset *b, int field)
{
    const gd_field left = gd_dataset_field(a, field), right = gd_dataset_field(b, field);
    assert_string_equal(left.name, right.name);
    assert_true(left.role == right.role && left.kind == right.kind && left.type == right.type);
    assert_int_equal(left.class_count, right.class_count);
    gd_array x = values(a, left.name), y = values(b, right.name);
    assert_true(gd_shape_equal(x.shape, y.shape));
    const int64_t width = gd_array_count(&x) / x.shape.dim[0];
    for (int64_t i = 0; i < gd_array_count(&x); i++) {
        const char *name = gd_dataset_element_name(a, field, i % width);
        if (gd_array_get(&x, i) != gd_array_get(&y, i))
            fail_msg("%s (%s) of row %d is %.9g and %.9g", left.name, name == NULL ? "" : name, (int)(i / width),
                     gd_array_get(&x, i), gd_array_get(&y, i));
    }
    for (int64_t i = 0; i < width && left.shape.rank > 0; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s", gd_dataset_element_name(a, field, i));
        assert_string_equal(name, gd_dataset_element_name(b, field, i));
    }
    for (int i = 0; i < left.class_count; i++)
        assert_string_equal(gd_dataset_class_name(a, field, i), gd_dataset_class_name(b, field, i));
    gd_array_free(&x);
    gd_array_free(&y);
}

static void assert_same_set(const gd_dataset *a, const gd_dataset *b)
{
    assert_int_equal(gd_dataset_count(a), gd_dataset_count(b));
    assert_int_equal(gd_dataset_field_count(a), gd_dataset_field_count(b));
    for (int f = 0; f < gd_dataset_field_count(a); f++)
        assert_same_field(a, b, f);
    for (int64_t i = 0; i < gd_dataset_count(a); i++) {
        const gd_origin left = gd_dataset_origin(a, i), right = gd_dataset_origin(b, i);
        assert_int_equal(left.row, right.row);
        assert_true((left.id == NULL) == (right.id == NULL));
        if (left.id != NULL)
            assert_string_equal(left.id, right.id);
    }
}

static gd_csv_opts all_columns(void)
{
    static const char *const target[] = {"price"}, *const date[] = {"day", "stamp", "zoned"},
                             *const embed[] = {"chosen"}, *const category[] = {"postcode", "rate"},
                             *const hash[] = {"large_town"};
    return (gd_csv_opts){.target = {1, target},
                         .date = {3, date},
                         .embed = {1, embed},
                         .category = {2, category},
                         .hash = {1, hash},
                         .hash_size = 5,
                         .id = "name",
                         .missing = GD_MISSING_CONSTANT,
                         .missing_value = -7,
                         .indicator = true};
}

// Other ways to read the same cells.
static gd_csv_opts other_ways(int way)
{
    static const char *const town[] = {"town"}, *const small[] = {"u8"}, *const unneeded[] = {"d*", "s*", "z*", "name"},
                             *const others[] = {"z*", "da*", "name"}, *const hash[] = {"i64",  "u64",  "money",
                                                                                       "wait", "town", "stamp"},
                             *const texts[] = {"i8", "digits", "clock", "day"}, *const embed[] = {"long_money"},
                             *const date[] = {"zoned"};
    switch (way) {
    case 0: return (gd_csv_opts){.target = {1, small}, .ignore = {4, unneeded}, .missing = GD_MISSING_DROP};
    case 1:
        return (gd_csv_opts){.target = {1, town},
                             .ignore = {3, others},
                             .hash = {4, hash},
                             .category = {3, texts},
                             .missing = GD_MISSING_DROP,
                             .weight = "u8",
                             .order = "stamp",
                             .group = "postcode"};
    default:
        return (gd_csv_opts){.target = {1, small},
                             .ignore = {1, others + 2},
                             .hash = {6, hash},
                             .category = {4, texts},
                             .embed = {1, embed},
                             .date = {1, date},
                             .missing = GD_MISSING_CONSTANT,
                             .least_count = 2};
    }
}

static void test_types(void **state)
{
    (void)state;
    need_library();
    static const char *const paths[] = {FILES "types-snappy.parquet", FILES "types-zstd.parquet"};
    gd_dataset *expected, *set;
    assert_fine(gd_dataset_from_csv(FILES "types.csv", all_columns(), &expected));
    for (int i = 0; i < 2; i++) {
        assert_fine(gd_dataset_from_parquet(paths[i], all_columns(), &set));
        assert_same_set(expected, set);
        char text[GD_ORIGIN_TEXT];
        assert_string_equal(gd_dataset_origin(set, 21).file, paths[i]);
        assert_int_equal(gd_dataset_origin(set, 21).line, 0);
        assert_non_null(strstr(gd_dataset_origin_text(set, 21, text), "row 22 (id row 21)"));
        gd_dataset_free(set);
    }
    gd_dataset_free(expected);
}

static void test_several_files(void **state)
{
    (void)state;
    need_library();
    static const char *const texts[] = {FILES "types.csv", FILES "more.csv"}, *const paths[] = {FILES
                                                                                                "types-zstd.parquet",
                                                                                                FILES "more.parquet"};
    gd_dataset *expected, *set;
    assert_fine(gd_dataset_from_csv_files(2, texts, all_columns(), &expected));
    assert_fine(gd_dataset_from_parquet_files(2, paths, all_columns(), &set));
    assert_int_equal(gd_dataset_count(set), 44);
    assert_same_set(expected, set);
    assert_string_equal(gd_dataset_origin(set, 41).file, paths[1]);
    assert_int_equal(gd_dataset_origin(set, 41).row, 2);
    gd_dataset_free(expected);
    gd_dataset_free(set);
    static const char *const unlike[] = {FILES "types-zstd.parquet", FILES "odd.parquet"};
    assert_int_equal(gd_dataset_from_parquet_files(2, unlike, all_columns(), &set), GD_ERROR_FORMAT);
    assert_said("odd.parquet: has 14 columns, but " FILES "types-zstd.parquet has 30");
}

// What was learnt from one kind of file reads the other.
static void test_schema(void **state)
{
    (void)state;
    need_library();
    gd_dataset *trained, *from_csv, *from_parquet;
    assert_fine(gd_dataset_from_parquet(FILES "types-snappy.parquet", all_columns(), &trained));
    char *json = gd_csv_schema_to_json(gd_dataset_csv_schema(trained));
    gd_csv_schema *schema;
    assert_fine(gd_csv_schema_from_json(json, &schema));
    const gd_csv_opts applied = {.schema = schema};
    assert_fine(gd_dataset_from_csv(FILES "more.csv", applied, &from_csv));
    assert_fine(gd_dataset_from_parquet(FILES "more.parquet", applied, &from_parquet));
    assert_same_set(from_csv, from_parquet);
    gd_dataset_free(from_parquet);
    const gd_csv_opts predicting = {.schema = schema, .keep_all = true};
    assert_fine(gd_dataset_from_parquet(FILES "more.parquet", predicting, &from_parquet));
    assert_int_equal(gd_dataset_find(from_parquet, "y"), -1);
    gd_dataset_free(from_parquet);
    gd_dataset_free(from_csv);
    gd_csv_schema_free(schema);
    gd_text_free(json);
    gd_dataset_free(trained);
}

static void test_readings(void **state)
{
    (void)state;
    need_library();
    for (int way = 0; way < 3; way++) {
        gd_dataset *expected, *set;
        assert_fine(gd_dataset_from_csv(FILES "types.csv", other_ways(way), &expected));
        assert_fine(gd_dataset_from_parquet(FILES "types-snappy.parquet", other_ways(way), &set));
        assert_same_set(expected, set);
        gd_dataset_free(expected);
        gd_dataset_free(set);
    }
}

// ---- Larger files

static void assert_long(gd_csv_opts opts)
{
    static const int64_t sample[] = {0, 69999, 70000, 199999, 200000, 299999};
    enum { SAMPLES = 6, TEXTS = 10, WIDTH = TEXTS + 2 };
    gd_dataset *set;
    assert_fine(gd_dataset_from_parquet(FILES "long.parquet", opts, &set));
    assert_int_equal(gd_dataset_count(set), 300000);
    gd_array x = {0}, y = {0};
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, "x"), SAMPLES, sample, &x));
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, "y"), SAMPLES, sample, &y));
    assert_true(gd_shape_equal(x.shape, GD_SHAPE(SAMPLES, WIDTH)));
    for (int i = 0; i < SAMPLES; i++) {
        const int row = (int)sample[i];
        for (int t = 0; t < TEXTS; t++)
            assert_int_equal((int)gd_array_get(&x, i * WIDTH + 1 + t), t == row / 30000 * 7 % 10);
        assert_int_equal((int)gd_array_get(&x, i * WIDTH), row / 5000);
        assert_true(gd_array_get(&x, i * WIDTH + WIDTH - 1) == (row == 200000 ? -1 : row / 25000 / 8.0));
        assert_true(gd_array_get(&y, i) == row / 100000 + .5);
        char id[24];
        snprintf(id, sizeof id, "n%d", row / 60000);
        assert_string_equal(gd_dataset_origin(set, row).id, id);
        assert_int_equal(gd_dataset_origin(set, row).row, row + 1);
    }
    gd_array_free(&x);
    gd_array_free(&y);
    gd_dataset_free(set);
}

static int count_files(const char *folder)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    if (directory != NULL)
        closedir(directory);
    return count;
}

// What takes much room as cells is copied to the cache directory, however small its file is.
static void test_large(void **state)
{
    (void)state;
    need_library();
    char cache[256], tables[300], command[400];
    gd_csv_opts opts = {
        .target = GD_COLUMNS("y"), .id = "name", .missing = GD_MISSING_CONSTANT, .missing_value = -1, .no_cache = true};
    snprintf(cache, sizeof cache, "%s", temporary("parquet-cache"));
    snprintf(tables, sizeof tables, "%s/tables", cache);
    assert_int_equal(setenv("GRADUS_CACHE", cache, 1), 0);
    assert_long(opts);
    assert_int_equal(count_files(tables), 0);
    opts.no_cache = false;
    for (int i = 0; i < 2; i++) {
        assert_long(opts);
        assert_int_equal(count_files(tables), 1);
    }
    unsetenv("GRADUS_CACHE");
    snprintf(command, sizeof command, "rm -r '%s'", cache);
    assert_int_equal(system(command), 0);
}

// ---- What is refused

static void test_nested(void **state)
{
    (void)state;
    need_library();
    static const char *const target[] = {"after"}, *const ignore[] = {"point", "series", "pairs", "pixels"};
    static const char *const said[] = {
        "column 'point' holds structs (Arrow's type '+s'), and a cell is one number or text: `ignore: [point]` leaves",
        "column 'series' holds lists", "column 'pairs' holds maps", "column 'pixels' holds lists"};
    for (int i = 0; i < 4; i++)
        assert_no_table(FILES "nested.parquet", (gd_csv_opts){.target = {1, target}, .ignore = {i, ignore}}, said[i]);
    gd_dataset *set;
    assert_fine(gd_dataset_from_parquet(FILES "nested.parquet",
                                        (gd_csv_opts){.target = {1, target}, .ignore = {4, ignore}}, &set));
    assert_values(set, "x", GD_SHAPE(3, 1), (const double[]){1, 2, 3});
    assert_values(set, "y", GD_SHAPE(3, 1), (const double[]){10.5, 20.5, 30.5});
    gd_dataset_free(set);
    assert_no_table(FILES "nested.parquet", (gd_csv_opts){.target = {1, (const char *const[]){"befor"}}},
                    "has no column 'befor'; did you mean 'before'?");
}

// One column of the odd ones, and the target.
static gd_csv_opts only(const char *column, gd_csv_opts opts)
{
    static const char *const names[] = {"large", "larger", "exact", "infinite", "not_a_number", "nothing", "zero",
                                        "latin", "far",    "day",   "word",     "mixed",        "half"};
    static const char *ignored[13], *const target[] = {"y"};
    int count = 0;
    for (int i = 0; i < 13; i++)
        if (strcmp(names[i], column) != 0)
            ignored[count++] = names[i];
    opts.target = (gd_csv_columns){1, target};
    opts.ignore = (gd_csv_columns){count, ignored};
    return opts;
}

static void test_odd(void **state)
{
    (void)state;
    need_library();
    static const char *const yes[] = {"yes"}, *const infinite[] = {"-inf"}, *const far[] = {"far"};
    const struct {
        const char *column;
        gd_csv_opts opts;
        const char *said; // or NULL: it is read
        double value[3];
    } cases[] = {
        {"large", {0}, "row 1, column 'large': '9007199254740993' is a whole number beyond 2^53", {0}},
        {"larger", {0}, "row 1, column 'larger': '18446744073709551615' is a whole number beyond 2^53", {0}},
        {"exact", {0}, NULL, {0x1p60, 0x1p62, 5}},
        {"infinite", {0}, "column 'infinite' holds numbers and texts: 1 on row 1, '-inf' on row 2", {0}},
        {"infinite",
         {.missing_word_count = 1, .missing_word = infinite, .missing = GD_MISSING_CONSTANT},
         NULL,
         {1, 0, 2}},
        {"not_a_number", {0}, "row 2, column 'not_a_number': the cell is empty", {0}},
        {"not_a_number", {.missing = GD_MISSING_CONSTANT, .missing_value = 4}, NULL, {1, 4, 2}},
        {"half", {.missing = GD_MISSING_CONSTANT, .missing_value = 4}, NULL, {1.5, 4, 2.5}},
        {"nothing", {.missing = GD_MISSING_CONSTANT}, "column 'nothing' is empty in every row; ignore it", {0}},
        {"zero", {0}, "row 2, column 'zero': the text holds a zero byte", {0}},
        {"latin", {0}, "row 3, column 'latin': the text is not valid UTF-8", {0}},
        {"far", {.date = {1, far}}, "row 2, column 'far': 'a date beyond the years 1 to 9999' is no date", {0}},
        {"day", {0}, "row 1, column 'day': '1970-01-01' is a date: `dates: [day]` makes numbers of its parts", {0}},
        {"word", {.missing = GD_MISSING_CONSTANT, .missing_word = yes, .missing_word_count = -1}, NULL, {1, 0, 0}},
        {"mixed", {0}, "column 'mixed' holds numbers and texts: 1 on row 1, 'two' on row 2", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gd_csv_opts opts = only(cases[i].column, cases[i].opts);
        gd_dataset *set;
        if (cases[i].said != NULL) {
            assert_no_table(FILES "odd.parquet", opts, cases[i].said);
            continue;
        }
        assert_fine(gd_dataset_from_parquet(FILES "odd.parquet", opts, &set));
        gd_array x = values(set, "x");
        const int64_t width = x.shape.dim[1];
        for (int r = 0; r < 3; r++)
            if (gd_array_get(&x, r * width) != (double)(float)cases[i].value[r])
                fail_msg("%s: row %d is %.9g", cases[i].column, r, gd_array_get(&x, r * width));
        gd_array_free(&x);
        gd_dataset_free(set);
    }
    assert_no_table(FILES "empty.parquet", only("exact", (gd_csv_opts){0}), "has no rows of data");
}

// When it is predicted, a row that cannot be used keeps its place.
static void test_faults(void **state)
{
    (void)state;
    need_library();
    gd_dataset *trained, *set;
    assert_fine(gd_dataset_from_csv(write_text("fault.csv", "large,y\n1,2\n3,4\n"),
                                    (gd_csv_opts){.target = GD_COLUMNS("y")}, &trained));
    unlink(temporary("fault.csv"));
    const gd_csv_opts opts = {.schema = gd_dataset_csv_schema(trained), .keep_all = true};
    assert_fine(gd_dataset_from_parquet(FILES "odd.parquet", opts, &set));
    assert_string_equal(gd_dataset_fault(set, 0),
                        "column 'large': '9007199254740993' is a number that double precision "
                        "does not have");
    assert_null(gd_dataset_fault(set, 2));
    gd_dataset_free(set);
    gd_dataset_free(trained);
}

// ---- Files that are none

static void test_no_files(void **state)
{
    (void)state;
    need_library();
    char pipe[256];
    snprintf(pipe, sizeof pipe, "%s", temporary("pipe.parquet"));
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const struct {
        const char *path, *said;
    } cases[] = {
        {"/nowhere.parquet", "/nowhere.parquet: cannot be opened: No such file"},
        {FILES, "is a directory"},
        {pipe, "is no regular file"},
        {"-", "standard input: a Parquet file is read at random"},
        {FILES "types.csv", "types.csv: cannot be read as Parquet: Parquet magic bytes not found"},
        {write_text("none.parquet", ""), "none.parquet: cannot be read as Parquet: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_no_table(cases[i].path, (gd_csv_opts){0}, cases[i].said);
    unlink(cases[5].path);
    unlink(pipe);
}

static unsigned char *read_bytes(const char *path, size_t *size)
{
    static unsigned char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(*size >= 1000 && *size <= sizeof bytes - 1);
    return bytes;
}

// A file that ends early never is a table, wherever it was cut.
static void test_cut(void **state)
{
    (void)state;
    need_library();
    size_t size;
    const unsigned char *bytes = read_bytes(FILES "types-snappy.parquet", &size);
    for (size_t cut = 1; cut < size; cut += cut < size - 300 ? 997 : 7) {
        const char *path = write_bytes("cut.parquet", bytes, cut);
        assert_no_table(path, all_columns(), "cut.parquet: cannot be read as Parquet: ");
        unlink(path);
    }
}

// Pages that were damaged are an error, or other values; never more rows or columns than there are.
static void test_damaged(void **state)
{
    (void)state;
    need_library();
    size_t size;
    unsigned char *bytes = read_bytes(FILES "types-zstd.parquet", &size);
    for (size_t at = 4; at < size; at += 499) {
        const unsigned char before = bytes[at];
        bytes[at] ^= 0x5a;
        const char *path = write_bytes("damaged.parquet", bytes, size);
        gd_dataset *set;
        if (gd_dataset_from_parquet(path, all_columns(), &set) == GD_OK)
            assert_int_equal(gd_dataset_count(set), 40);
        else
            assert_said("damaged.parquet");
        gd_dataset_free(set);
        unlink(path);
        bytes[at] = before;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),    cmocka_unit_test(test_several_files), cmocka_unit_test(test_schema),
        cmocka_unit_test(test_readings), cmocka_unit_test(test_large),         cmocka_unit_test(test_nested),
        cmocka_unit_test(test_odd),      cmocka_unit_test(test_faults),        cmocka_unit_test(test_no_files),
        cmocka_unit_test(test_cut),      cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
