#include "picture/made_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "picture/png_write.h"

static bool to_file(void *to, const void *bytes, size_t count)
{
    return fwrite(bytes, 1, count, to) == count;
}

static unsigned char pixel_at(int y, int x, int channel)
{
    const unsigned noise = (unsigned)(y * 977 + x * 131 + channel) * 2654435761u >> 28;
    const double wave = 90 * sin(0.31 * y + 0.02 * x * channel) * cos(0.17 * x);
    return (unsigned char)(110 + wave + noise + ((y / 9 + x / 7) % 2 == 0 ? 25 : 0));
}

void write_made_picture(const char *path, int height, int width, int channels)
{
    FILE *file = fopen(path, "wb");
    gd__png_writer *writer;
    unsigned char *row = malloc((size_t)width * (size_t)channels);
    assert_non_null(file);
    assert_non_null(row);
    assert_int_equal(gd__png_begin(height, width, channels, to_file, file, &writer), GD_OK);
    for (int y = 0; y < height; y++) {
        for (int i = 0; i < width * channels; i++)
            row[i] = pixel_at(y, i / channels, i % channels);
        assert_int_equal(gd__png_add_rows(writer, 1, row), GD_OK);
    }
    assert_int_equal(gd__png_end(writer), GD_OK);
    gd__png_free(writer);
    free(row);
    assert_int_equal(fclose(file), 0);
}
