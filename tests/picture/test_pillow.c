// Decoding and resizing against Pillow: make_fixtures.py writes the pictures and what it makes of them.
#include "../data/files.h"

#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "io/gzip.h"
#include "picture/picture.h"

#define FOLDER "tests/picture/"

static char *expected; // all pixels that Pillow gave, one picture behind the other
static size_t expected_size;

static int load_expected(void **state)
{
    (void)state;
    assert_fine(gd__gzip_read(FOLDER "expected.gz", 0, &expected, &expected_size));
    return 0;
}

static int free_expected(void **state)
{
    (void)state;
    gd__free(expected);
    return 0;
}

static void read_file(const char *name, char **data, size_t *size)
{
    char path[128];
    snprintf(path, sizeof path, FOLDER "%s", name);
    assert_fine(gd__file_read(path, 0, data, size));
}

static bool is_there(const char *name)
{
#ifndef GD_HAVE_JPEG
    if (strstr(name, ".jpg") != NULL)
        return false;
#endif
#ifndef GD_HAVE_PNG
    if (strstr(name, ".png") != NULL)
        return false;
#endif
    return name[0] != '\0';
}

static void decode(const char *name, gd__decode_opts opts, gd__picture *picture)
{
    char *data;
    size_t size;
    read_file(name, &data, &size);
    assert_fine(gd__picture_decode(name, data, size, opts, picture));
    gd__free(data);
}

static void assert_near(const char *what, const gd__picture *picture, size_t at, int tolerance)
{
    const size_t count = (size_t)picture->height * (size_t)picture->width * (size_t)picture->channels;
    assert_true(at + count <= expected_size);
    for (size_t i = 0; i < count; i++) {
        const int want = (unsigned char)expected[at + i];
        if (abs(picture->pixel[i] - want) > tolerance)
            fail_msg("%s: value %zu of %zu is %d, and Pillow's %d", what, i, count, picture->pixel[i], want);
    }
}

// ---- Decoding

static void test_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int channels, width, height, found, tolerance;
        size_t at;
    } cases[] = {
#define DECODED(name, channels, width, height, found, tolerance, at)                                                   \
    {name, channels, width, height, found, tolerance, at},
#define RESIZED(name, top, left, rows, columns, width, height, filter, at)
#include "fixtures.inc"
#undef DECODED
#undef RESIZED
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!is_there(cases[i].name))
            continue;
        gd__picture picture;
        decode(cases[i].name, (gd__decode_opts){.channels = cases[i].channels}, &picture);
        assert_int_equal(picture.width, cases[i].width);
        assert_int_equal(picture.height, cases[i].height);
        assert_int_equal(picture.channels, cases[i].found);
        assert_near(cases[i].name, &picture, cases[i].at, cases[i].tolerance);
        gd__picture_free(&picture);
    }
}

static void test_smaller(void **state)
{
    (void)state;
    if (!is_there("color.jpg"))
        skip();
    gd__picture picture;
    decode("color.jpg", (gd__decode_opts){.enough = 14}, &picture); // 29 rows: a half of them suffices
    assert_int_equal(picture.height, 15);
    assert_int_equal(picture.width, 19);
    gd__picture_free(&picture);
}

// ---- Resizing

static void test_resized(void **state)
{
    (void)state;
    if (!is_there("color.png"))
        skip();
    static const struct {
        const char *name;
        gd__region region;
        int width, height;
        gd__filter filter;
        size_t at;
    } cases[] = {
#define DECODED(name, channels, width, height, found, tolerance, at)
#define RESIZED(name, top, left, rows, columns, width, height, filter, at)                                             \
    {name, {top, left, rows, columns}, width, height, filter, at},
#include "fixtures.inc"
#undef DECODED
#undef RESIZED
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd__picture picture, resized;
        decode(cases[i].name, (gd__decode_opts){0}, &picture);
        assert_fine(
            gd__picture_resize(&picture, cases[i].region, cases[i].height, cases[i].width, cases[i].filter, &resized));
        char what[96];
        snprintf(what, sizeof what, "%s at (%g, %g) to %d x %d", cases[i].name, cases[i].region.left,
                 cases[i].region.top, cases[i].width, cases[i].height);
        assert_near(what, &resized, cases[i].at, 1);
        gd__picture_free(&picture);
        gd__picture_free(&resized);
    }
}

// ---- What is hostile

// The file cut anywhere must be refused in words, and never with what was not there.
static void test_cut_short(void **state)
{
    (void)state;
    static const char *const names[] = {"color.jpg", "progressive.jpg", "cmyk.jpg", "grey.png", "palette.png"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *data;
        size_t size;
        read_file(names[i], &data, &size);
        for (size_t keep = 0; keep + 16 < size && is_there(names[i]); keep += 1 + keep / 40) {
            char *part = gd__copy_block(data, keep); // its own block, so that a byte beyond it is noticed
            gd__picture picture;
            assert_int_equal(gd__picture_decode(names[i], part, keep, (gd__decode_opts){0}, &picture), GD_ERROR_FORMAT);
            assert_null(picture.pixel);
            assert_said(names[i]);
            gd__free(part);
        }
        gd__free(data);
    }
}

// One byte changed anywhere: a picture or a sentence.
static void test_damaged(void **state)
{
    (void)state;
    static const char *const names[] = {"orientation6.jpg", "progressive.jpg", "palette_clear.png", "grey_alpha.png"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *data;
        size_t size;
        read_file(names[i], &data, &size);
        for (size_t at = 0; at < size && is_there(names[i]); at += 1 + at / 100) {
            const char whole = data[at];
            data[at] = (char)(whole ^ 0x91);
            gd__picture picture;
            const gd_status status =
                gd__picture_decode(names[i], data, size, (gd__decode_opts){.channels = 3}, &picture);
            assert_true((status == GD_OK) == (picture.pixel != NULL));
            if (status != GD_OK)
                assert_said(names[i]);
            gd__picture_free(&picture);
            data[at] = whole;
        }
        gd__free(data);
    }
}

static void set_big_endian(char *at, unsigned value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (char)(value >> 8 * (bytes - 1 - i));
}

// The header of a small file says that the picture is huge. PNG's checksum of it is mended.
static void test_huge(void **state)
{
    (void)state;
    char *data;
    size_t size;
    gd__picture picture;
    if (is_there("grey.png")) {
        read_file("grey.png", &data, &size);
        set_big_endian(data + 16, 100000, 4);
        set_big_endian(data + 20, 100000, 4);
        set_big_endian(data + 29, (unsigned)crc32(0, (const unsigned char *)data + 12, 17), 4);
        assert_int_equal(gd__picture_decode("huge.png", data, size, (gd__decode_opts){0}, &picture), GD_ERROR_FORMAT);
        assert_said("huge.png");
        gd__free(data);
    }
    if (is_there("color.jpg")) {
        read_file("color.jpg", &data, &size);
        size_t at = 2; // the frame's header is the segment that begins with ff c0
        while (at + 9 < size && (unsigned char)data[at + 1] != 0xc0)
            at += 2 + ((size_t)(unsigned char)data[at + 2] << 8 | (unsigned char)data[at + 3]);
        assert_true(at + 9 < size);
        set_big_endian(data + at + 5, 65000, 2);
        set_big_endian(data + at + 7, 65000, 2);
        assert_int_equal(gd__picture_decode("huge.jpg", data, size, (gd__decode_opts){.enough = 8}, &picture),
                         GD_ERROR_FORMAT);
        assert_said("huge.jpg");
        gd__free(data);
    }
}

static void test_no_picture(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t size;
    } cases[] = {
        {"empty.jpg", "", 0},
        {"one.png", "\x89", 1},
        {"text.jpg", "these are words", 15},
        {"animated.jpg", "GIF89a\x01\0\x01\0", 10},
        {"bitmap.png", "BM\x36\0\0\0", 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd__picture picture;
        assert_int_equal(
            gd__picture_decode(cases[i].name, cases[i].bytes, cases[i].size, (gd__decode_opts){0}, &picture),
            GD_ERROR_FORMAT);
        assert_said(cases[i].name);
        assert_null(picture.pixel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoded),    cmocka_unit_test(test_smaller), cmocka_unit_test(test_resized),
        cmocka_unit_test(test_cut_short),  cmocka_unit_test(test_damaged), cmocka_unit_test(test_huge),
        cmocka_unit_test(test_no_picture),
    };
    return cmocka_run_group_tests(tests, load_expected, free_expected);
}
