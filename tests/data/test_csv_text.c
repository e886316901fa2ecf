// How files are written: encodings, separators, comments, line ends; and what is no file.
#include "csv_sets.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "data/csv_rows.h"

static const double four[] = {1, 2.5, 3, 4};

static void test_line_ends(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,b\n1,2.5\n3,4\n",
        "a,b\r\n1,2.5\r\n3,4\r\n",
        "a,b\r1,2.5\r3,4\r",
        "a,b\r\n1,2.5\n3,4\r",
        "a,b\n\n1,2.5\n  \n3,4",
        "\n\na,b\n1,2.5\n3,4\n\n\n",
        "\"a\",\"b\"\r\"1\",2.5\r3,\"4\"",
        "a,b\n\"1\",\"2.5\"\n\"3\" , \"4\" \n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        gd_dataset *set = read_text(texts[i], (gd_csv_opts){0});
        assert_values(set, "x", GD_SHAPE(2, 2), four);
        gd_dataset_free(set);
    }
    // One empty line more or less: in a table of one column, too, it is no row.
    gd_dataset *set = read_text("a\n1\n\n2.5\n\"\"\n3\n4\n", (gd_csv_opts){.missing = GD_MISSING_DROP});
    assert_values(set, "x", GD_SHAPE(4, 1), four);
    assert_int_equal(gd_dataset_origin(set, 2).line, 6);
    gd_dataset_free(set);
}

static void test_separators(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gd_csv_opts opts;
    } cases[] = {
        {"a;b\n1;2.5\n3;4\n", {0}},
        {"a\tb\n1\t2.5\n3\t4\n", {0}},
        {"a|b\n1|2.5\n3|4\n", {0}},
        {"a;b\n1;2,5\n3;4\n", {.decimal = ','}},
        {"1,0;2,5\n3,0;4,0\n", {.decimal = ',', .no_header = true}},
        {"\"a,x\";b\n1;2.5\n3;4\n", {0}},
        {"sep=;\na;b\n1;2.5\n3;4\n", {0}},
        {"\"sep=:\"\r\na:b\r\n1:2.5\r\n3:4\r\n", {0}},
        {"# a; b; c; d\na,b\n# more\n1,2.5\n3,4\n#\n", {.comment = '#'}},
        {"a b\n1 2.5\n3 4\n", {.separator = ' '}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_dataset *set = read_text(cases[i].text, cases[i].opts);
        assert_values(set, "x", GD_SHAPE(2, 2), four);
        gd_dataset_free(set);
    }
    // What was found is kept.
    gd_dataset *set = read_text("a;b\n1;2\n", (gd_csv_opts){0});
    gd_dataset *later =
        read_text("a;b\n3,4;5\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set), .keep_all = true});
    assert_string_equal(gd_dataset_fault(later, 0), "column 'a': '3,4' is no number");
    gd_dataset_free(later);
    gd_dataset_free(set);
}

// A text as UTF-16.
static size_t widen(const char *text, bool big_endian, bool mark, char *to)
{
    static const unsigned char egg[] = {0xd8, 0x3e, 0xdd, 0x5a}; // U+1F95A, a pair
    size_t size = 0;
    for (const char *at = mark ? text : text + 1; *at != '\0'; at++) {
        if (*at == '@') {
            for (int i = 0; i < 4; i++)
                to[size++] = (char)egg[big_endian ? i : i ^ 1];
            continue;
        }
        const unsigned char high = *at == '^' ? 0xfe : 0, low = *at == '^' ? 0xff : (unsigned char)*at;
        to[size++] = (char)(big_endian ? high : low);
        to[size++] = (char)(big_endian ? low : high);
    }
    return size;
}

static void test_utf16(void **state)
{
    (void)state;
    char wide[256];
    for (int way = 0; way < 4; way++) {
        const size_t size = widen("^k,t\n@,1\n\xe9,2\n", way & 1, way & 2, wide);
        gd_dataset *set;
        const char *path = write_bytes("wide.csv", wide, size);
        assert_fine(gd_dataset_from_csv(path, (gd_csv_opts){.target = GD_COLUMNS("t")}, &set));
        assert_string_equal(gd_dataset_element_name(set, 0, 0), "k=\xc3\xa9");
        assert_string_equal(gd_dataset_element_name(set, 0, 1), "k=\xf0\x9f\xa5\x9a");
        gd_dataset_free(set);
        write_bytes("wide.csv", wide, size - 1);
        assert_int_equal(gd_dataset_from_csv(path, (gd_csv_opts){0}, &set), GD_ERROR_FORMAT);
        assert_said("is not valid UTF-16");
        unlink(path);
    }
}

static const char stream_text[] = "a,b\n1,2.5\n3,4\n";

static void test_standard_input(void **state)
{
    (void)state;
    for (int compressed = 0; compressed < 2; compressed++) {
        const char *path =
            compressed ? write_gzip("in.csv", stream_text, strlen(stream_text), 0) : write_text("in.csv", stream_text);
        const int before = dup(STDIN_FILENO), file = open(path, O_RDONLY);
        assert_true(dup2(file, STDIN_FILENO) >= 0);
        close(file);
        gd_dataset *set;
        assert_fine(gd_dataset_from_csv("-", (gd_csv_opts){0}, &set));
        dup2(before, STDIN_FILENO);
        close(before);
        assert_values(set, "x", GD_SHAPE(2, 2), four);
        gd_dataset_free(set);
        unlink(path);
    }
}

static void *feed(void *path)
{
    const int pipe = open(path, O_WRONLY);
    for (size_t i = 0; i < strlen(stream_text); i++) // a few bytes at a time
        if (write(pipe, stream_text + i, 1) != 1)
            break;
    close(pipe);
    return NULL;
}

static void test_fifo(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s", temporary("pipe.csv"));
    assert_int_equal(mkfifo(path, 0600), 0);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, feed, path), 0);
    gd_dataset *set;
    assert_fine(gd_dataset_from_csv(path, (gd_csv_opts){0}, &set));
    pthread_join(writer, NULL);
    assert_values(set, "x", GD_SHAPE(2, 2), four);
    gd_dataset_free(set);
    unlink(path);
}

static void test_no_permission(void **state)
{
    (void)state;
    const char *path = write_text("secret.csv", stream_text);
    assert_int_equal(chmod(path, 0), 0);
    gd_dataset *set = NULL;
    const gd_status status = gd_dataset_from_csv(path, (gd_csv_opts){0}, &set);
    if (geteuid() != 0) { // root reads everything
        assert_int_equal(status, GD_ERROR_IO);
        assert_said("cannot be opened: Permission denied");
    }
    gd_dataset_free(set);
    unlink(path);
}

// A row of more than 64 MiB is refused, whatever it is, in bounded memory.
static void test_endless_rows(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        char fill;
        const char *said;
    } cases[] = {
        {"a,b\n1,2\n", '7', "line 3 is longer than 64 MiB"},
        {"a,b\n1,\"2", '\n', "the quote that opens on line 2 is never closed within 64 MiB"},
        {"", ',', "line 1 is longer than 64 MiB"},
        {"a,b\n", '\0', "line 2 is longer than 64 MiB"},
    };
    const size_t size = (size_t)70 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(text, cases[i].fill, size);
        memcpy(text, cases[i].head, strlen(cases[i].head));
        gd_dataset *set;
        const char *path = write_gzip("endless.csv", text, size, 0);
        assert_int_equal(gd_dataset_from_csv(path, (gd_csv_opts){0}, &set), GD_ERROR_FORMAT);
        assert_said(cases[i].said);
        unlink(path);
    }
    // Too many columns are told before they are all read.
    memset(text, ',', 20000);
    memcpy(text + 20000, "\n1\n", 4);
    assert_refused(text, (gd_csv_opts){0}, "has more than 16384 columns");
    free(text);
}

// Blocks are cut at row ends, also where quotes hold line ends; and however rows are cut, they are the same rows.
static void test_cut(void **state)
{
    (void)state;
    static const char text[] = "a,\"x\ny\",b\r\n1,\"\"\"\n\",2\n#\"\n5\" pipe,\"\",\r3,\"4,\n5\",6\r\n\n";
    const gd__csv_format format = {',', false, '#'};
    static const size_t ends[] = {11, 21, 24, 36, 48, 49};
    const size_t size = strlen(text);
    for (size_t begin = 0, row = 0; begin < size; begin = ends[row++])
        for (size_t target = begin + 1; target <= size; target++) {
            const size_t cut = (size_t)(gd__csv_cut(&format, text + begin, text + target, text + size) - text);
            bool is_end = false;
            for (size_t i = row; i < 6; i++)
                is_end = is_end || cut == ends[i];
            if (!is_end)
                fail_msg("from %zu to %zu is cut at %zu", begin, target, cut);
        }
    // Nothing is cut off a row that goes on.
    for (size_t size_now = 1; size_now < 11; size_now++)
        assert_ptr_equal(gd__csv_cut(&format, text, text + size_now, text + size_now), text);
}

int main(void)
{
    setenv("GRADUS_CACHE", "", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends),      cmocka_unit_test(test_separators), cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_standard_input), cmocka_unit_test(test_fifo),       cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_endless_rows),   cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
