// Large files: blocks that several threads parse, and the binary copy.
#include "csv_sets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/parallel.h"

enum { ROWS = 180000 };
static char large[256], cache[256], tables[300];

static gd_csv_opts opts(void)
{
    static const char *const target[] = {"k"};
    return (gd_csv_opts){.target = {1, target}, .id = "id", .missing = GD_MISSING_CONSTANT, .missing_value = -1};
}

// About 10 MB: numbers, texts that first appear late, missing cells, and cells of several lines. `shift` changes it.
static void write_large(int shift)
{
    FILE *file = fopen(large, "wb");
    assert_non_null(file);
    fprintf(file, "id,a,b,city,note,k\n");
    for (int r = 0; r < ROWS; r++) {
        fprintf(file, "row-%d,%d.%06d,", r, r % 1000, r * 7 % 1000000 + shift);
        if (r % 1013 == 500)
            fprintf(file, "NA");
        else
            fprintf(file, "%d", r / 9000);
        fprintf(file, ",town %d,\"%s%d\"\"\",%s\n", r / 9000, r % 97 == 0 ? "two\nlines " : "a long note ", r % 5,
                r % 3 == 0 ? "yes" : "no");
    }
    assert_int_equal(fclose(file), 0);
}

static gd_dataset *read_large(gd_csv_opts with)
{
    gd_dataset *set;
    assert_fine(gd_dataset_from_csv(large, with, &set));
    assert_int_equal(gd_dataset_count(set), ROWS);
    return set;
}

// A number for all that is in a set.
static uint64_t digest(const gd_dataset *set)
{
    uint64_t hash = 1;
    gd_array out[2] = {{0}, {0}};
    for (int64_t at = 0; at < ROWS; at += 1000) {
        int64_t sample[1000];
        for (int64_t i = 0; i < 1000; i++)
            sample[i] = at + i;
        for (int f = 0; f < 2; f++) {
            assert_fine(gd_dataset_get(set, f, 1000, sample, &out[f]));
            for (int64_t i = 0; i < gd_array_count(&out[f]); i++)
                hash = (hash ^ (uint64_t)(int64_t)(gd_array_get(&out[f], i) * 1e6)) * 0x100000001b3u;
        }
        const gd_origin origin = gd_dataset_origin(set, at + 500);
        hash = (hash ^ (uint64_t)(origin.line * 31 + origin.row)) * 0x100000001b3u;
        assert_int_equal(atoi(origin.id + 4), at + 500);
    }
    for (int64_t i = 0; i < gd_dataset_field(set, 0).shape.dim[0]; i++)
        for (const char *c = gd_dataset_element_name(set, 0, i); *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    gd_array_free(&out[0]);
    gd_array_free(&out[1]);
    return hash;
}

static uint64_t digest_large(gd_csv_opts with)
{
    gd_dataset *set = read_large(with);
    const uint64_t hash = digest(set);
    gd_dataset_free(set);
    return hash;
}

// How many files the directory of tables has; `path` becomes one of them.
static int count_tables(char path[600])
{
    int count = 0;
    DIR *directory = opendir(tables);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.') {
            if (path != NULL)
                snprintf(path, 600, "%s/%s", tables, entry->d_name);
            count++;
        }
    if (directory != NULL)
        closedir(directory);
    return count;
}

static void clear_tables(void)
{
    char path[600];
    while (count_tables(path) > 0)
        assert_int_equal(unlink(path), 0);
}

static void test_threads(void **state)
{
    (void)state;
    gd_csv_opts with = opts();
    with.no_cache = true;
    gd_set_threads(1);
    gd_dataset *set = read_large(with);
    const uint64_t one = digest(set);
    // Rows that were cut and numbered right: of every 97, one has two lines.
    assert_int_equal(gd_dataset_origin(set, ROWS - 1).line, ROWS + 1 + (ROWS - 1) / 97 + 1);
    assert_string_equal(gd_dataset_element_name(set, 0, 2), "city=town 0");
    assert_string_equal(gd_dataset_element_name(set, 0, 4), "city=town 10");
    gd_array x = {0};
    assert_fine(gd_dataset_get(set, 0, 1, (const int64_t[]){ROWS - 1}, &x));
    assert_true(gd_array_get(&x, 0) == (double)999.259993f && gd_array_get(&x, 1) == 19);
    gd_array_free(&x);
    gd_dataset_free(set);
    for (int threads = 2; threads < 6; threads++) {
        gd_set_threads(threads);
        assert_true(digest_large(with) == one);
    }
    gd_set_threads(0);
    assert_int_equal(count_tables(NULL), 0);
}

static void test_copy(void **state)
{
    (void)state;
    gd_csv_opts plain = opts();
    plain.no_cache = true;
    const uint64_t expected = digest_large(plain);
    char path[600];
    assert_true(digest_large(opts()) == expected);
    assert_int_equal(count_tables(path), 1);
    assert_true(digest_large(opts()) == expected);
    // It is the copy that is read: what is changed in it shows.
    const int file = open(path, O_WRONLY);
    const double other = 77;
    assert_int_equal(pwrite(file, &other, sizeof other, 4096), sizeof other);
    gd_dataset *set = read_large(opts());
    gd_array x = {0};
    assert_fine(gd_dataset_get(set, 0, 1, (const int64_t[]){0}, &x));
    assert_true(gd_array_get(&x, 0) == 77);
    gd_array_free(&x);
    gd_dataset_free(set);
    // After another start of the system, the cells are checked, and the copy is made anew.
    assert_int_equal(pwrite(file, "other", 5, 80), 5);
    close(file);
    assert_true(digest_large(opts()) == expected);
    assert_int_equal(count_tables(path), 1);
    // Undamaged, it is taken.
    struct stat before, after;
    const int again = open(path, O_WRONLY);
    assert_int_equal(pwrite(again, "other", 5, 80), 5);
    close(again);
    assert_int_equal(stat(path, &before), 0);
    assert_true(digest_large(opts()) == expected);
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino == after.st_ino);
    // The schema of the file reads the same copy.
    set = read_large(opts());
    gd_csv_opts later = {.schema = gd_dataset_csv_schema(set)};
    assert_true(digest_large(later) == expected);
    assert_int_equal(count_tables(NULL), 1);
    gd_dataset_free(set);
    // Another way to read is another copy.
    gd_csv_opts words = opts();
    words.category = GD_COLUMNS("b");
    gd_dataset_free(read_large(words));
    assert_int_equal(count_tables(NULL), 2);
    clear_tables();
}

// A copy that is damaged anywhere, or of another file, is not used.
static void test_damage(void **state)
{
    (void)state;
    const uint64_t expected = digest_large(opts());
    char path[600];
    for (int i = 0; i < 24; i++) {
        assert_int_equal(count_tables(path), 1);
        struct stat information;
        assert_int_equal(stat(path, &information), 0);
        const off_t tail = 4096 + (off_t)ROWS * 5 * 8;
        const int file = open(path, O_RDWR);
        if (i < 16) {
            const off_t at = i < 8 ? i * 9 : tail + (i - 8) * 150;
            unsigned char byte;
            assert_int_equal(pread(file, &byte, 1, at), 1);
            byte ^= 0x11;
            assert_int_equal(pwrite(file, &byte, 1, at), 1);
        } else {
            const off_t sizes[] = {
                0, 10, 4096, 5000, tail, tail + 100, information.st_size - 1, information.st_size + 8};
            assert_int_equal(ftruncate(file, sizes[i - 16]), 0);
        }
        close(file);
        if (digest_large(opts()) != expected)
            fail_msg("damage %d was not noticed", i);
    }
    write_large(1);
    assert_true(digest_large(opts()) != expected);
    write_large(0);
    assert_true(digest_large(opts()) == expected);
    clear_tables();
}

static void test_no_copy(void **state)
{
    (void)state;
    const uint64_t expected = digest_large(opts());
    clear_tables();
    setenv("GRADUS_CACHE", "", 1);
    assert_true(digest_large(opts()) == expected);
    setenv("GRADUS_CACHE", cache, 1);
    assert_int_equal(count_tables(NULL), 0);
    // A small file has none.
    gd_dataset_free(read_text("a\n1\n2\n", (gd_csv_opts){0}));
    assert_int_equal(count_tables(NULL), 0);
    // A full disk: what was written is read back, and the rest stays in memory.
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, smaller;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    static const rlim_t sizes[] = {0, 100, 5 << 20};
    for (int i = 0; i < 3; i++) {
        smaller = limit;
        smaller.rlim_cur = sizes[i];
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &smaller), 0);
        const uint64_t got = digest_large(opts());
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_true(got == expected);
        assert_int_equal(count_tables(NULL), 0);
    }
    // What a process that was killed has left is removed, a day later.
    char path[640];
    snprintf(path, sizeof path, "%s/0123456789abcdef.table.1-0.tmp", tables);
    FILE *left = fopen(path, "wb");
    assert_non_null(left);
    fclose(left);
    gd_dataset_free(read_large(opts()));
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    clear_tables();
    left = fopen(path, "wb");
    fclose(left);
    const struct timespec past[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
    gd_dataset_free(read_large(opts()));
    assert_int_equal(access(path, F_OK), -1);
    clear_tables();
    // Errors leave nothing behind.
    FILE *file = fopen(large, "ab");
    fprintf(file, "too,few\n");
    fclose(file);
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_csv(large, opts(), &set), GD_ERROR_FORMAT);
    assert_said("has 2 fields, the header has 6");
    assert_int_equal(count_tables(NULL), 0);
    write_large(0);
}

static void test_two_at_once(void **state)
{
    (void)state;
    const uint64_t expected = digest_large(opts());
    clear_tables();
    pid_t child[3];
    for (int i = 0; i < 3; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            gd_dataset *set;
            if (gd_dataset_from_csv(large, opts(), &set) != GD_OK)
                _exit(2);
            _exit(digest(set) == expected ? 0 : 1);
        }
    }
    for (int i = 0; i < 3; i++) {
        int result;
        assert_int_equal(waitpid(child[i], &result, 0), child[i]);
        assert_int_equal(result, 0);
    }
    assert_int_equal(count_tables(NULL), 1);
    assert_true(digest_large(opts()) == expected);
    clear_tables();
}

static void append_once(void)
{
    static bool done;
    FILE *file = done ? NULL : fopen(large, "ab");
    done = true;
    if (file != NULL) {
        fprintf(file, "row-%d,1,2,town 0,0\",yes\n", ROWS);
        fclose(file);
    }
}

static void cut_once(void)
{
    static bool done;
    if (!done)
        assert_int_equal(truncate(large, 1000), 0);
    done = true;
}

static void test_changing(void **state)
{
    (void)state;
    static const struct {
        void (*change)(void);
        const char *said;
    } cases[] = {{append_once, "changed while it was read"}, {cut_once, "became shorter while it was read"}};
    for (int i = 0; i < 2; i++) {
        gd_set_threads(2);
        gd__parallel_disturb(cases[i].change);
        gd_dataset *set;
        const gd_status status = gd_dataset_from_csv(large, opts(), &set);
        gd__parallel_disturb(NULL);
        gd_set_threads(0);
        if (gd__workers() > 1) { // one processor alone claims nothing
            assert_int_equal(status, GD_ERROR_IO);
            assert_said(cases[i].said);
        } else {
            gd_dataset_free(set);
        }
        assert_int_equal(count_tables(NULL), gd__workers() > 1 ? 0 : 1);
        clear_tables();
        write_large(0);
    }
}

// The same rows from a gzipped file, which one thread inflates, and from two files.
static void test_gzip(void **state)
{
    (void)state;
    gd_csv_opts plain = opts();
    const uint64_t expected = digest_large(plain);
    clear_tables();
    FILE *file = fopen(large, "rb");
    char *text = malloc(32 << 20);
    const size_t size = fread(text, 1, 32 << 20, file);
    fclose(file);
    const char *path = write_gzip("large.csv", text, size, 0);
    free(text);
    gd_dataset *set;
    assert_fine(gd_dataset_from_csv(path, plain, &set));
    assert_true(digest(set) == expected);
    gd_dataset_free(set);
    assert_fine(gd_dataset_from_csv_files(2, (const char *const[]){large, large}, plain, &set));
    assert_int_equal(gd_dataset_count(set), 2 * ROWS);
    assert_int_equal(gd_dataset_origin(set, ROWS).line, 2);
    assert_int_equal(gd_dataset_origin(set, 2 * ROWS - 1).row, ROWS);
    gd_dataset_free(set);
    unlink(path);
    clear_tables();
}

int main(void)
{
    snprintf(large, sizeof large, "%s", temporary("large-table.csv"));
    snprintf(cache, sizeof cache, "%s", temporary("cache"));
    snprintf(tables, sizeof tables, "%s/tables", cache);
    setenv("GRADUS_CACHE", cache, 1);
    write_large(0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads), cmocka_unit_test(test_copy),        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_no_copy), cmocka_unit_test(test_two_at_once), cmocka_unit_test(test_changing),
        cmocka_unit_test(test_gzip),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(large);
    rmdir(tables);
    rmdir(cache);
    return failed;
}
