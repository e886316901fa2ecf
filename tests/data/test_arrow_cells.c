// Cells of columns in Arrow's memory format, made by hand: whatever library reads Parquet files, or none.
#include "files.h"

#include <math.h>

#include "data/arrow_cells.h"

// Reads one column, of which all rows are asked for, or none where it is refused.
typedef struct column {
    const char *format;
    const void *buffer[4];
    int64_t length, offset;
    const char *dictionary_format;
    struct ArrowArray *dictionary;
} column;

typedef struct result {
    gd__csv_block block;
    gd__csv_plan plan;
    gd__csv_reading reading;
    char *name;
} result;

static result *read_column(column from, gd__csv_reading reading, bool quoted)
{
    static const char *const words[] = {"none"};
    result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    struct ArrowSchema dictionary = {.format = from.dictionary_format};
    const struct ArrowSchema schema = {
        .format = from.format, .name = "v", .dictionary = from.dictionary == NULL ? NULL : &dictionary};
    struct ArrowArray array = {.length = from.length,
                               .offset = from.offset,
                               .n_buffers = strcmp(from.format, "n") == 0 ? 0 : 4,
                               .buffers = from.buffer,
                               .dictionary = from.dictionary};
    const struct ArrowArray *arrays[] = {&array};
    gd__arrow_column type;
    assert_fine(gd__arrow_column_of("f", &schema, &type));
    r->reading = reading;
    r->plan = (gd__csv_plan){.notation = {.decimal = '.', .c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0)},
                             .missing_word_count = 1,
                             .missing_word = words,
                             .hash_size = 1000,
                             .width = 1,
                             .name = &r->name,
                             .reading = &r->reading,
                             .column_count = gd__csv_is_column(reading),
                             .id = reading == GD__READ_ID ? 0 : -1};
    assert_true(gd__csv_block_create(&r->block, 1));
    r->block.row_limit = from.length;
    const gd__arrow_columns columns = {
        .count = 1, .cell = (const int[]){0}, .column = &type, .array = arrays, .quoted = quoted};
    gd__arrow_read_block(&r->block, &r->plan, &columns);
    return r;
}

static void free_result(result *r)
{
    freelocale(r->plan.notation.c_locale);
    gd__csv_block_free(&r->block, 1);
    free(r);
}

// Cells as text, with blanks between them: numbers, 'texts', and - for what is missing.
static void assert_cells(column from, gd__csv_reading reading, const char *expected)
{
    result *r = read_column(from, reading, true);
    char text[512] = "";
    assert_int_equal(r->block.problem, GD__CSV_NO_PROBLEM);
    assert_int_equal(r->block.row_count, from.length);
    for (int64_t i = 0; i < from.length; i++) {
        const double cell = r->block.cell[i];
        const size_t at = strlen(text);
        if (gd__cell_is_missing(cell))
            snprintf(text + at, sizeof text - at, "%s-", i > 0 ? " " : "");
        else if (gd__cell_is_text(cell))
            snprintf(text + at, sizeof text - at, "%s'%s'", i > 0 ? " " : "",
                     r->block.vocabulary[0].word[gd__cell_with(cell)].text);
        else
            snprintf(text + at, sizeof text - at, "%s%.17g", i > 0 ? " " : "", cell);
    }
    assert_string_equal(text, expected);
    free_result(r);
}

static void test_numbers(void **state)
{
    (void)state;
    static const uint8_t present[] = {0x0b}; // the third is missing
    static const int8_t i8[] = {-128, 0, 5, 127};
    static const uint8_t u8[] = {255, 0, 5, 1};
    static const int64_t i64[] = {INT64_MIN, (INT64_C(1) << 53) + 1, INT64_MAX, 1 - (INT64_C(1) << 53)};
    static const uint64_t u64[] = {UINT64_MAX, UINT64_C(1) << 63, 3, (UINT64_C(1) << 53) + 2};
    static const uint16_t f16[] = {0x3c00, 0xc100, 0x7e00, 0x0001};
    static const float f32[] = {0.1f, -INFINITY, 7, NAN};
    assert_cells((column){"c", {present, i8}, 4, 0, NULL, NULL}, GD__READ_ANY, "-128 0 - 127");
    assert_cells((column){"c", {present, i8}, 2, 2, NULL, NULL}, GD__READ_ANY, "- 127");
    assert_cells((column){"C", {NULL, u8}, 4, 0, NULL, NULL}, GD__READ_ANY, "255 0 5 1");
    assert_cells((column){"l", {NULL, i64}, 4, 0, NULL, NULL}, GD__READ_ANY,
                 "-9.2233720368547758e+18 '9007199254740993' '9223372036854775807' -9007199254740991");
    assert_cells((column){"l", {NULL, i64}, 4, 0, NULL, NULL}, GD__READ_ORDER,
                 "-9.2233720368547758e+18 9007199254740992 9.2233720368547758e+18 -9007199254740991");
    assert_cells((column){"L", {NULL, u64}, 4, 0, NULL, NULL}, GD__READ_ANY,
                 "'18446744073709551615' 9.2233720368547758e+18 3 9007199254740994");
    assert_cells((column){"e", {present, f16}, 4, 0, NULL, NULL}, GD__READ_ANY, "1 -2.5 - 5.9604644775390625e-08");
    assert_cells((column){"f", {NULL, f32}, 4, 0, NULL, NULL}, GD__READ_ANY, "0.10000000149011612 '-inf' 7 -");
    assert_cells((column){"f", {NULL, f32}, 4, 0, NULL, NULL}, GD__READ_TEXT, "'0.1' '-inf' '7' -");
    assert_cells((column){"b", {present, (const uint8_t[]){0x05}}, 4, 0, NULL, NULL}, GD__READ_ANY, "1 0 - 0");
    assert_cells((column){"b", {NULL, (const uint8_t[]){0x05}}, 2, 1, NULL, NULL}, GD__READ_TEXT, "'false' 'true'");
    assert_cells((column){"n", {NULL}, 3, 0, NULL, NULL}, GD__READ_ANY, "- - -");
}

static void test_decimals(void **state)
{
    (void)state;
    static const int32_t small[] = {-1250, 7, 0};
    static const int64_t negative[] = {-1, -1, 123456789, 0}; // -1, and 123456789, in 128 bits
    static const uint64_t large[] = {0, 1, 0, UINT64_C(1) << 63};
    assert_cells((column){"d:9,3,32", {NULL, small}, 3, 0, NULL, NULL}, GD__READ_ANY, "-1.25 0.0070000000000000001 0");
    assert_cells((column){"d:9,3,32", {NULL, small}, 3, 0, NULL, NULL}, GD__READ_TEXT, "'-1.250' '0.007' '0.000'");
    assert_cells((column){"d:38,0", {NULL, negative}, 2, 0, NULL, NULL}, GD__READ_ANY, "-1 123456789");
    assert_cells((column){"d:38,-2", {NULL, negative}, 2, 0, NULL, NULL}, GD__READ_TEXT, "'-100' '12345678900'");
    // 2^64 / 10^10 and -2^127 / 10^10
    assert_cells((column){"d:38,10", {NULL, large}, 2, 0, NULL, NULL}, GD__READ_TEXT,
                 "'1844674407.3709551616' '-17014118346046923173168730371.5884105728'");
    assert_cells((column){"d:38,10", {NULL, large}, 2, 0, NULL, NULL}, GD__READ_ANY,
                 "1844674407.3709552 -1.7014118346046924e+28");
    assert_cells((column){"d:76,0,256", {NULL, (const uint64_t[]){1, 0, 0, UINT64_C(1) << 62}}, 1, 0, NULL, NULL},
                 GD__READ_TEXT, "'28948022309329048855892746252171976963317496166410141009864396001978282409985'");
}

static void test_times(void **state)
{
    (void)state;
    static const int32_t days[] = {0, -1, 19000};
    static const int64_t ticks[] = {-1, 1500000, 86400000000}, far[] = {INT64_MIN, INT64_MAX, 0};
    const column date = {"tdD", {NULL, days}, 3, 0, NULL, NULL}, stamp = {"tsu:", {NULL, ticks}, 3, 0, NULL, NULL};
    assert_cells(date, GD__READ_DATE, "0 -86400 1641600000");
    assert_cells(date, GD__READ_ANY, "'1970-01-01' '1969-12-31' '2022-01-08'");
    assert_cells(stamp, GD__READ_ORDER, "-9.9999999999999995e-07 1.5 86400");
    assert_cells(stamp, GD__READ_TEXT,
                 "'1969-12-31 23:59:59.999999' '1970-01-01 00:00:01.500000' '1970-01-02 00:00:00'");
    result *r = read_column(stamp, GD__READ_DATE, true);
    assert_int_equal(r->block.tally[0].timed, 2);
    free_result(r);
    for (const char *unit = "smun"; *unit != '\0'; unit++) {
        const char format[] = {'t', 's', *unit, ':', 'U', 'T', 'C', '\0'};
        if (*unit == 'n') // nanoseconds reach from 1677 to 2262
            assert_cells((column){format, {NULL, far}, 1, 0, NULL, NULL}, GD__READ_DATE, "-9223372036.8547764");
        else
            assert_cells((column){format, {NULL, far}, 3, 0, NULL, NULL}, GD__READ_DATE,
                         "'a date beyond the years 1 to 9999' 'a date beyond the years 1 to 9999' 0");
    }
    assert_cells((column){"ttm", {NULL, (const int32_t[]){1500}}, 1, 0, NULL, NULL}, GD__READ_ANY, "1.5");
    assert_cells((column){"tDn", {NULL, (const int64_t[]){-1500000000}}, 1, 0, NULL, NULL}, GD__READ_TEXT, "'-1.5'");
}

static void test_texts(void **state)
{
    (void)state;
    static const char text[] = "12oneNAnone";
    static const int32_t end[] = {0, 2, 5, 7, 7, 11};
    const column texts = {"u", {NULL, end, text}, 5, 0, NULL, NULL};
    assert_cells(texts, GD__READ_ANY, "12 'one' 'NA' - 'none'");
    assert_cells(texts, GD__READ_TEXT, "'12' 'one' 'NA' - 'none'");
    result *r = read_column(texts, GD__READ_ANY, false);
    assert_true(gd__cell_is_missing(r->block.cell[4]) && gd__cell_is_text(r->block.cell[2]));
    free_result(r);
    r = read_column(texts, GD__READ_ID, true);
    assert_int_equal(r->block.id_text.length, 16);
    assert_memory_equal(r->block.id_text.data, "12\0one\0NA\0\0none", 16);
    free_result(r);
    assert_cells((column){"w:2", {NULL, text}, 2, 1, NULL, NULL}, GD__READ_TEXT, "'on' 'eN'");

    // Views: a length, and a short text or the number of a buffer and a place in it.
    struct {
        int32_t length;
        char inside[12];
    } view[2] = {{3, "abc"}, {13, ""}};
    const int32_t reference[] = {1, 1};
    memcpy(view[1].inside + 4, reference, sizeof reference);
    assert_cells((column){"vu", {NULL, view, "", "-thirteen more"}, 2, 0, NULL, NULL}, GD__READ_TEXT,
                 "'abc' 'thirteen more'");
}

static void test_dictionary(void **state)
{
    (void)state;
    static const char text[] = "redblue7";
    static const int32_t end[] = {0, 3, 7, 8};
    static const uint8_t number[] = {1, 1, 0, 2, 200}, present[] = {0x1d};
    const void *buffers[] = {NULL, end, text};
    struct ArrowArray dictionary = {.length = 3, .n_buffers = 3, .buffers = buffers};
    assert_cells((column){"C", {present, number}, 4, 0, "u", &dictionary}, GD__READ_ANY, "'blue' - 'red' 7");
    const struct {
        const char *format;
        const void *number;
    } beyond[] = {{"C", number + 4}, {"c", (const int8_t[]){-1}}, {"L", (const uint64_t[]){UINT64_MAX}}};
    for (int i = 0; i < 3; i++) {
        result *r = read_column((column){beyond[i].format, {NULL, beyond[i].number}, 1, 0, "u", &dictionary},
                                GD__READ_ANY, true);
        assert_int_equal(r->block.problem, GD__CSV_DAMAGED);
        assert_int_equal(r->block.problem_line, 0);
        free_result(r);
    }
}

static void test_bad_texts(void **state)
{
    (void)state;
    static const char text[] = "a\0b\xff";
    static const int32_t end[] = {0, 1, 3, 4};
    for (int64_t first = 1; first < 3; first++)
        for (gd__csv_reading reading = GD__READ_ANY; reading <= GD__READ_ID; reading++) {
            const column from = {"u", {NULL, end, text}, 2 - (first - 1), first - 1 + (first > 1), NULL, NULL};
            result *r = read_column(from, reading, true);
            // A long text may hold any bytes but zeros.
            if (first == 1 || (reading != GD__READ_HASH && reading != GD__READ_LONG))
                assert_int_equal(r->block.problem, first == 1 ? GD__CSV_ZERO : GD__CSV_ENCODING);
            free_result(r);
        }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *format, *dictionary, *said;
    } cases[] = {
        {"+l", NULL, "f: column 'v' holds lists (Arrow's type '+l'), and a cell is one number or text: `ignore: [v]`"},
        {"+w:3", NULL, "holds lists"},
        {"+vl", NULL, "holds lists"},
        {"+s", NULL, "holds structs"},
        {"+m", NULL, "holds maps"},
        {"+ud:1,2", NULL, "holds unions"},
        {"tin", NULL, "holds intervals"},
        {"+r", NULL, "holds values of a kind that is not known"},
        {"ts", NULL, "holds values of a kind that is not known"},
        {"tsq:", NULL, "holds values"},
        {"w:-1", NULL, "holds values"},
        {"w:3x", NULL, "holds values"},
        {"d:5", NULL, "holds values"},
        {"d:5,999", NULL, "holds values"},
        {"d:5,2,77", NULL, "holds values"},
        {"", NULL, "holds values"},
        {"i", "+l", "holds lists"},
        {"u", "u", "holds values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ArrowSchema dictionary = {.format = cases[i].dictionary};
        const struct ArrowSchema schema = {
            .format = cases[i].format, .name = "v", .dictionary = cases[i].dictionary == NULL ? NULL : &dictionary};
        gd__arrow_column type;
        if (gd__arrow_column_of("f", &schema, &type) == GD_OK)
            fail_msg("'%s' is a cell", cases[i].format);
        assert_said(cases[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_decimals),   cmocka_unit_test(test_times),
        cmocka_unit_test(test_texts),   cmocka_unit_test(test_dictionary), cmocka_unit_test(test_bad_texts),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
