// Small files for tests, and checks that a failure says what it should.
#ifndef GD_TESTS_FILES_H
#define GD_TESTS_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>
#include <gradus/base.h>

#ifndef GD_TEST_DATA
#define GD_TEST_DATA "../shared/data"
#endif

// A file name of this test program's own; lives until the next call but three.
static inline const char *temporary(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    const char *directory = getenv("TMPDIR");
    snprintf(path[turn], sizeof path[turn], "%s/gradus-test-%ld-%s", directory == NULL ? "/tmp" : directory,
             (long)getpid(), name);
    return path[turn];
}

static inline const char *write_bytes(const char *name, const void *data, size_t size)
{
    const char *path = temporary(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

// As write_bytes, gzipped, but only the first `keep` bytes of the gzip file (0: all).
static inline const char *write_gzip(const char *name, const void *data, size_t size, size_t keep)
{
    const char *path = temporary(name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
    if (keep > 0)
        assert_int_equal(truncate(path, (off_t)keep), 0);
    return path;
}

// The last sentence must hold `part`.
static inline void assert_said(const char *part)
{
    if (strstr(gd_last_error(), part) == NULL)
        fail_msg("the sentence was: %s\n    expected in it: %s", gd_last_error(), part);
}

static inline void assert_fine(gd_status status)
{
    if (status != GD_OK)
        fail_msg("%s: %s", gd_status_name(status), gd_last_error());
}

// A file below the data directory, or NULL where it is absent.
static inline const char *data_file(const char *name)
{
    static char path[512];
    const char *directory = getenv("GRADUS_DATA");
    snprintf(path, sizeof path, "%s/%s", directory == NULL ? GD_TEST_DATA : directory, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

#endif
