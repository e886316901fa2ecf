// PNG files that are written row by row are read as what they were.
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "picture/picture.h"
#include "picture/png_write.h"

static bool into_text(void *to, const void *bytes, size_t count)
{
    gd__text_add_bytes(to, bytes, count);
    return true;
}

static void rows_come_back(void **state)
{
    (void)state;
    static const struct {
        int height, width, channels, portion;
    } cases[] = {{1, 1, 1, 1}, {1, 1, 3, 1}, {7, 5, 3, 2}, {5, 300, 1, 5}, {90, 500, 3, 13}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int height = cases[i].height, row = cases[i].width * cases[i].channels;
        unsigned char *pixel = malloc((size_t)height * (size_t)row);
        assert_non_null(pixel);
        for (int y = 0; y < height; y++) // some rows are smooth, others noise
            for (int k = 0; k < row; k++)
                pixel[y * row + k] = (unsigned char)(y % 3 == 0 ? (unsigned)k * 2654435761u >> 24 : (unsigned)(k + y));
        gd__text file = {0};
        gd__png_writer *writer;
        assert_int_equal(gd__png_begin(height, cases[i].width, cases[i].channels, into_text, &file, &writer), GD_OK);
        for (int y = 0; y < height; y += cases[i].portion) {
            const int count = height - y < cases[i].portion ? height - y : cases[i].portion;
            assert_int_equal(gd__png_add_rows(writer, count, pixel + y * row), GD_OK);
        }
        assert_int_equal(gd__png_end(writer), GD_OK);
        gd__png_free(writer);
        gd__picture back;
        const gd_status status = gd__picture_decode("it", file.data, file.length, (gd__decode_opts){0}, &back);
        if (status == GD_ERROR_UNSUPPORTED) {
            gd__text_free(&file);
            free(pixel);
            skip();
        }
        assert_int_equal(status, GD_OK);
        assert_true(back.height == height && back.width == cases[i].width && back.channels == cases[i].channels);
        assert_memory_equal(back.pixel, pixel, (size_t)height * (size_t)row);
        gd__picture_free(&back);
        gd__text_free(&file);
        free(pixel);
    }
}

static bool into_nothing(void *to, const void *bytes, size_t count)
{
    (void)bytes;
    size_t *room = to;
    if (count > *room)
        return false;
    *room -= count;
    return true;
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    static const unsigned char pixel[12] = {0};
    gd__png_writer *writer;
    size_t room = 1000;
    assert_int_equal(gd__png_begin(0, 5, 3, into_nothing, &room, &writer), GD_ERROR_ARGUMENT);
    assert_int_equal(gd__png_begin(5, 5, 2, into_nothing, &room, &writer), GD_ERROR_ARGUMENT);
    assert_int_equal(gd__png_begin(2, 2, 3, into_nothing, &room, &writer), GD_OK);
    assert_int_equal(gd__png_add_rows(writer, 1, pixel), GD_OK);
    assert_int_equal(gd__png_end(writer), GD_ERROR_ARGUMENT); // a row is missing
    assert_int_equal(gd__png_add_rows(writer, 2, pixel), GD_ERROR_ARGUMENT);
    gd__png_free(writer);
    room = 40; // signature and header have room, what follows has none
    assert_int_equal(gd__png_begin(2, 2, 3, into_nothing, &room, &writer), GD_OK);
    assert_int_equal(gd__png_add_rows(writer, 2, pixel), GD_OK);
    assert_int_equal(gd__png_end(writer), GD_ERROR_IO);
    gd__png_free(writer);
    room = 20;
    assert_int_equal(gd__png_begin(2, 2, 3, into_nothing, &room, &writer), GD_ERROR_IO);
    gd__png_free(writer);
    gd__png_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test(what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
