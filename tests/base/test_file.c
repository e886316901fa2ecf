// Files that appear whole or not at all; and what is no file, and must not become one.
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static char folder[200];

static int enter(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/gradus-file-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    return mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("real", 0700) != 0;
}

static int leave(void **state)
{
    (void)state;
    static const char *const files[] = {"real/a", "real/b", "link", "dangling", "pipe", "disk", "full", "plain"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i]);
    // Fails when a temporary file was left.
    return rmdir("real") != 0 || chdir("/") != 0 || rmdir(folder) != 0;
}

static mode_t kind_of(const char *path)
{
    struct stat kind;
    assert_int_equal(lstat(path, &kind), 0);
    return kind.st_mode & S_IFMT;
}

static void assert_content(const char *path, const char *text)
{
    char *data;
    size_t size;
    assert_int_equal(gd__file_read(path, 0, &data, &size), GD_OK);
    assert_string_equal(data, text);
    gd__free(data);
}

static void test_links(void **state)
{
    (void)state;
    assert_int_equal(gd__file_write("real/a", "old", 3), GD_OK);
    assert_int_equal(symlink("real/a", "link"), 0);
    assert_int_equal(symlink("real/b", "dangling"), 0);
    assert_int_equal(gd__file_write("link", "new", 3), GD_OK);
    assert_int_equal(kind_of("link"), S_IFLNK);
    assert_content("real/a", "new");
    assert_int_equal(gd__file_write("dangling", "made", 4), GD_OK);
    assert_int_equal(kind_of("dangling"), S_IFLNK);
    assert_int_equal(kind_of("real/b"), S_IFREG);
    assert_content("real/b", "made");
    // Given up, nothing changes.
    gd__file_writer writer;
    assert_int_equal(gd__file_writer_open(&writer, "link"), GD_OK);
    fputs("half", writer.stream);
    gd__file_writer_abandon(&writer);
    assert_content("real/a", "new");
}

static void *read_pipe(void *text)
{
    FILE *stream = fopen("pipe", "r");
    if (stream != NULL && fgets(text, 20, stream) == NULL)
        strcpy(text, "nothing");
    if (stream != NULL)
        fclose(stream);
    return NULL;
}

static void test_pipe(void **state)
{
    (void)state;
    char text[20] = "";
    pthread_t reader;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_pipe, text), 0);
    assert_int_equal(gd__file_write("pipe", "through", 7), GD_OK);
    pthread_join(reader, NULL);
    assert_string_equal(text, "through");
    assert_int_equal(kind_of("pipe"), S_IFIFO);
}

static void test_devices(void **state)
{
    (void)state;
    // Copies of /dev/null and /dev/full, for a user who may make them.
    if (mknod("disk", S_IFCHR | 0600, (dev_t)(1 << 8 | 3)) != 0 ||
        mknod("full", S_IFCHR | 0600, (dev_t)(1 << 8 | 7)) != 0)
        skip();
    FILE *stream = fopen("disk", "w"); // also not in every container
    if (stream == NULL)
        skip();
    fclose(stream);
    assert_int_equal(gd__file_write("disk", "text", 4), GD_OK);
    assert_int_equal(kind_of("disk"), S_IFCHR);
    assert_int_equal(gd__file_write("full", "text", 4), GD_ERROR_IO);
    assert_non_null(strstr(gd_last_error(), "full: writing failed: No space left on device"));
    assert_int_equal(kind_of("full"), S_IFCHR);
}

static void test_plain(void **state)
{
    (void)state;
    assert_int_equal(gd__file_write("plain", "one", 3), GD_OK);
    assert_int_equal(gd__file_write("plain", "two", 3), GD_OK);
    assert_content("plain", "two");
    assert_int_equal(gd__file_write("real", "x", 1), GD_ERROR_IO);
    assert_int_equal(kind_of("real"), S_IFDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
