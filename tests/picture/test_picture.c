// Pictures decoded and resized. The pictures and what they become were made with Pillow 13.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "picture/picture.h"

static const unsigned char bilinear_4x5[] = {76,  145, 121, 152, 120, 114, 94,  132, 143, 133,
                                             119, 141, 77,  99,  141, 91,  131, 105, 146, 114};
static const unsigned char bicubic_4x5[] = {71,  151, 120, 158, 118, 116, 79,  141, 142, 132,
                                            120, 149, 69,  89,  144, 87,  135, 104, 155, 111};
static const unsigned char bilinear_14x13[] = {
    0,   41,  86,  130, 175, 181, 9,   54,  99,  144, 188, 174, 18,  17,  65,  117, 169, 185, 134, 70,  123, 132, 166,
    172, 120, 62,  41,  98,  143, 196, 183, 78,  141, 204, 174, 181, 143, 65,  122, 65,  131, 86,  85,  108, 67,  140,
    213, 194, 123, 83,  116, 183, 89,  164, 90,  51,  81,  100, 140, 223, 214, 118, 84,  155, 191, 112, 191, 127, 64,
    88,  157, 135, 224, 225, 144, 122, 182, 161, 136, 97,  55,  73,  126, 134, 55,  83,  80,  99,  130, 129, 57,  160,
    67,  41,  84,  148, 153, 15,  17,  18,  91,  155, 137, 75,  184, 100, 84,  98,  153, 215, 14,  26,  38,  122, 196,
    206, 214, 207, 134, 127, 150, 188, 208, 13,  36,  58,  153, 177, 103, 124, 167, 127, 138, 171, 203, 197, 13,  46,
    79,  165, 170, 70,  50,  26,  56,  96,  138, 182, 186, 12,  55,  99,  150, 188, 162, 25,  23,  71,  125, 115, 94,
    130, 83,  136, 141, 172, 172, 114, 71,  40,  95,  156, 99,  22,  83,  144, 205, 174, 194, 156, 60,  115};
static const unsigned char bicubic_14x13[] = {
    0,   35,  81,  123, 182, 201, 0,   40,  94,  140, 203, 194, 4,   13,  57,  120, 183, 200, 139, 65,  118, 124, 174,
    189, 118, 50,  39,  97,  149, 219, 199, 59,  147, 217, 171, 194, 150, 42,  125, 62,  142, 72,  73,  110, 47,  143,
    224, 204, 110, 59,  112, 195, 85,  189, 84,  23,  70,  97,  145, 241, 242, 102, 55,  170, 208, 108, 207, 133, 50,
    81,  165, 137, 234, 243, 137, 112, 192, 162, 138, 91,  37,  67,  137, 134, 50,  74,  69,  93,  137, 125, 30,  165,
    48,  13,  78,  161, 157, 6,   0,   0,   85,  170, 136, 57,  188, 96,  78,  89,  154, 235, 14,  23,  29,  123, 206,
    212, 221, 230, 140, 131, 154, 198, 228, 13,  33,  48,  171, 190, 82,  134, 181, 129, 139, 180, 222, 209, 10,  39,
    70,  184, 183, 42,  38,  15,  47,  90,  138, 197, 201, 6,   46,  96,  148, 203, 180, 12,  10,  65,  135, 113, 80,
    130, 88,  145, 142, 177, 181, 115, 70,  41,  97,  181, 100, 0,   75,  153, 223, 173, 207, 160, 35,  124};
static const unsigned char part_3x3[] = {129, 137, 147, 86, 131, 130, 142, 74, 120};
static const unsigned char jpeg_turned[] = {
    255, 216, 255, 224, 0,  16, 74,  70,  73,  70,  0,  1,   1,   0,   0,   1,  0,  1,  0,  0,   255, 225, 0,  34, 69,
    120, 105, 102, 0,   0,  77, 77,  0,   42,  0,   0,  0,   8,   0,   1,   1,  18, 0,  3,  0,   0,   0,   1,  0,  6,
    0,   0,   0,   0,   0,  0,  255, 219, 0,   67,  0,  3,   2,   2,   3,   2,  2,  3,  3,  3,   3,   4,   3,  3,  4,
    5,   8,   5,   5,   4,  4,  5,   10,  7,   7,   6,  8,   12,  10,  12,  12, 11, 10, 11, 11,  13,  14,  18, 16, 13,
    14,  17,  14,  11,  11, 16, 22,  16,  17,  19,  20, 21,  21,  21,  12,  15, 23, 24, 22, 20,  24,  18,  20, 21, 20,
    255, 192, 0,   11,  8,  0,  8,   0,   16,  1,   1,  17,  0,   255, 196, 0,  21, 0,  1,  1,   0,   0,   0,  0,  0,
    0,   0,   0,   0,   0,  0,  0,   0,   0,   9,   10, 255, 196, 0,   20,  16, 1,  0,  0,  0,   0,   0,   0,  0,  0,
    0,   0,   0,   0,   0,  0,  0,   0,   255, 218, 0,  8,   1,   1,   0,   0,  63, 0,  55, 212, 42,  255, 217};
static const unsigned char jpeg_printed[] = {
    255, 216, 255, 238, 0,  14, 65, 100, 111, 98,  101, 0,   100, 0,   0,   0,   0,   0,   255, 219, 0,  67, 0,
    3,   2,   2,   3,   2,  2,  3,  3,   3,   3,   4,   3,   3,   4,   5,   8,   5,   5,   4,   4,   5,  10, 7,
    7,   6,   8,   12,  10, 12, 12, 11,  10,  11,  11,  13,  14,  18,  16,  13,  14,  17,  14,  11,  11, 16, 22,
    16,  17,  19,  20,  21, 21, 21, 12,  15,  23,  24,  22,  20,  24,  18,  20,  21,  20,  255, 192, 0,  20, 8,
    0,   8,   0,   8,   4,  67, 17, 0,   77,  17,  0,   89,  17,  0,   75,  17,  0,   255, 196, 0,   20, 0,  1,
    0,   0,   0,   0,   0,  0,  0,  0,   0,   0,   0,   0,   0,   0,   0,   9,   255, 196, 0,   20,  16, 1,  0,
    0,   0,   0,   0,   0,  0,  0,  0,   0,   0,   0,   0,   0,   0,   0,   255, 218, 0,   14,  4,   67, 0,  77,
    0,   89,  0,   75,  0,  0,  63, 0,   84,  197, 80,  170, 42,  111, 255, 217};
static const unsigned char png_16[] = {
    137, 80,  78,  71, 13, 10, 26,  10,  0,   0,   0,   13,  73,  72, 68, 82, 0,   0,   0,  2,  0,  0,   0,   2,   16,
    0,   0,   0,   0,  7,  77, 142, 187, 0,   0,   0,   18,  73,  68, 65, 84, 120, 156, 99, 96, 96, 248, 255, 159, 161,
    129, 193, 129, 1,  0,  15, 125, 2,   191, 192, 115, 242, 104, 0,  0,  0,  0,   73,  69, 78, 68, 174, 66,  96,  130};
static const unsigned char png_transparent[] = {
    137, 80,  78, 71, 13,  10,  26,  10,  0,   0,  0,   13,  73, 72, 68, 82, 0,   0,   0,  2,   0,   0,   0,   1,   8,
    6,   0,   0,  0,  244, 34,  127, 138, 0,   0,  0,   17,  73, 68, 65, 84, 120, 156, 99, 248, 207, 192, 240, 159, 129,
    129, 129, 1,  0,  12,  252, 1,   255, 253, 45, 119, 109, 0,  0,  0,  0,  73,  69,  78, 68,  174, 66,  96,  130};

// ---- Resizing

enum { ROWS = 9, COLUMNS = 11 };

static void is_near(gd__region region, int height, int width, gd__filter filter, const unsigned char *right)
{
    unsigned char pixel[ROWS * COLUMNS];
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++)
            pixel[r * COLUMNS + c] = (unsigned char)(r * 37 + c * 53 + (r * c) % 7 * 19);
    const gd__picture from = {ROWS, COLUMNS, 1, pixel};
    gd__picture to;
    assert_int_equal(gd__picture_resize(&from, region, height, width, filter, &to), GD_OK);
    for (int i = 0; i < height * width; i++)
        if (abs(to.pixel[i] - right[i]) > 1)
            fail_msg("%d x %d, pixel %d: %d, expected %d", width, height, i, to.pixel[i], right[i]);
    gd__picture_free(&to);
}

static void resized_pictures_are_those_of_pillow(void **state)
{
    (void)state;
    const gd__region all = {0, 0, ROWS, COLUMNS};
    is_near(all, 4, 5, GD__BILINEAR, bilinear_4x5);
    is_near(all, 4, 5, GD__BICUBIC, bicubic_4x5);
    is_near(all, 14, 13, GD__BILINEAR, bilinear_14x13);
    is_near(all, 14, 13, GD__BICUBIC, bicubic_14x13);
    is_near((gd__region){0.25, 1.5, 6.75, 8.25}, 3, 3, GD__BICUBIC, part_3x3);
    const gd__picture from = {1, 1, 1, (unsigned char[]){7}};
    gd__picture to;
    assert_int_equal(gd__picture_resize(&from, (gd__region){0, 0, 1, 2}, 1, 1, GD__BILINEAR, &to), GD_ERROR_ARGUMENT);
    assert_int_equal(gd__picture_resize(&from, (gd__region){0, 0, 1, 1}, 3, 70000, GD__BILINEAR, &to), GD_ERROR_FORMAT);
    assert_int_equal(gd__picture_resize(&from, (gd__region){0, 0, 1, 1}, 3, 2, GD__BICUBIC, &to), GD_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(to.pixel[i], 7);
    gd__picture_free(&to);
}

// ---- Decoding

static bool decodes(const void *data, size_t size, int channels, gd__picture *picture)
{
    const gd_status status = gd__picture_decode("p", data, size, (gd__decode_opts){.channels = channels}, picture);
    if (status == GD_ERROR_UNSUPPORTED)
        skip();
    return status == GD_OK;
}

static void a_jpeg_is_turned_as_it_says(void **state)
{
    (void)state;
    gd__picture p;
    // 16 x 8 with a dark left half, to be turned to the right: 8 x 16, dark above.
    assert_true(decodes(jpeg_turned, sizeof jpeg_turned, 0, &p));
    assert_int_equal(p.height, 16);
    assert_int_equal(p.width, 8);
    assert_int_equal(p.channels, 1);
    assert_true(p.pixel[3] < 60 && p.pixel[15 * 8 + 3] > 180);
    gd__picture_free(&p);
    assert_true(decodes(jpeg_turned, sizeof jpeg_turned, 3, &p));
    assert_int_equal(p.channels, 3);
    assert_int_equal(p.pixel[0], p.pixel[1]);
    gd__picture_free(&p);
}

static void a_jpeg_for_print_becomes_colour(void **state)
{
    (void)state;
    gd__picture p;
    assert_true(decodes(jpeg_printed, sizeof jpeg_printed, 0, &p));
    assert_int_equal(p.channels, 3);
    assert_true(p.pixel[0] > 230 && p.pixel[1] < 25 && p.pixel[2] < 25); // magenta and yellow are red
    gd__picture_free(&p);
}

static void a_png_of_16_bits_and_a_transparent_one(void **state)
{
    (void)state;
    gd__picture p;
    assert_true(decodes(png_16, sizeof png_16, 0, &p));
    assert_int_equal(p.channels, 1);
    static const int right[4] = {0, 255, 128, 64};
    for (int i = 0; i < 4; i++)
        assert_true(abs(p.pixel[i] - right[i]) <= 1);
    gd__picture_free(&p);
    assert_true(decodes(png_transparent, sizeof png_transparent, 0, &p));
    static const unsigned char colors[6] = {255, 0, 0, 255, 255, 255};
    assert_memory_equal(p.pixel, colors, 6);
    gd__picture_free(&p);
}

// Cut anywhere, and with any byte changed: a picture or a sentence, and nothing else.
static void damage(const unsigned char *data, size_t size)
{
    unsigned char *copy = malloc(size);
    gd__picture p;
    for (size_t length = 0; length < size; length++) {
        memcpy(copy, data, length);
        if (decodes(copy, length, 3, &p))
            assert_true(length >= size - 16); // what is missing is the mark of the end
        gd__picture_free(&p);
    }
    for (size_t at = 0; at < size; at++)
        for (int form = 0; form < 4; form++) {
            memcpy(copy, data, size);
            copy[at] = (unsigned char)(form == 0 ? 0 : form == 1 ? 0xff : form == 2 ? copy[at] ^ 0x80 : copy[at] + 1);
            (void)decodes(copy, size, 3, &p);
            gd__picture_free(&p);
        }
    free(copy);
}

static void damaged_pictures_do_no_harm(void **state)
{
    (void)state;
    damage(jpeg_turned, sizeof jpeg_turned);
    damage(jpeg_printed, sizeof jpeg_printed);
    damage(png_16, sizeof png_16);
    damage(png_transparent, sizeof png_transparent);
    gd__picture p;
    assert_int_equal(gd__picture_decode("p", "", 0, (gd__decode_opts){0}, &p), GD_ERROR_FORMAT);
    assert_int_equal(gd__picture_decode("p", "GIF89a", 6, (gd__decode_opts){0}, &p), GD_ERROR_FORMAT);
}

// A header that promises 60,000 x 60,000 pixels is refused before memory is taken.
static void huge_headers_cost_nothing(void **state)
{
    (void)state;
    unsigned char copy[sizeof jpeg_turned];
    gd__picture p;
    memcpy(copy, jpeg_turned, sizeof copy);
    for (size_t i = 0; i + 9 < sizeof copy; i++)
        if (copy[i] == 0xff && copy[i + 1] == 0xc0) {
            copy[i + 5] = copy[i + 7] = 0xea;
            copy[i + 6] = copy[i + 8] = 0x60;
        }
    assert_false(decodes(copy, sizeof copy, 0, &p));
    assert_non_null(strstr(gd_last_error(), "60000 x 60000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resized_pictures_are_those_of_pillow),
        cmocka_unit_test(a_jpeg_is_turned_as_it_says),
        cmocka_unit_test(a_jpeg_for_print_becomes_colour),
        cmocka_unit_test(a_png_of_16_bits_and_a_transparent_one),
        cmocka_unit_test(damaged_pictures_do_no_harm),
        cmocka_unit_test(huge_headers_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
