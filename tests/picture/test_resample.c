// Cubic resampling: what it gives by hand, and that a part is what it is in the whole. That it gives the papers'
// figures is tested with their pictures (tests/data/test_super_resolution.c).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "picture/resample.h"
#include "picture/ycbcr.h"

// Keys' kernel with a = -1/2. Twice as large, a place lies a quarter between two, where the weights are -9, 111, 29 and
// -3 of 128; at the end the mirror shows the number next to it once more.
static void rows_by_hand(void **state)
{
    (void)state;
    static const struct {
        int count, to_count;
        float from[8];
        double to[8];
    } cases[] = {
        {4, 8, {0, 0, 128, 0}, {0, -3, -9, 29, 111, 111, 29, -12}},
        {4, 2, {1, 2, 3, 4}, {1.4609375, 3.5390625}},
        {8, 4, {0, 0, 0, 1, 0, 0, 0, 0}, {-0.03515625, 0.43359375, 0.11328125, -0.01171875}},
        {3, 2, {1, 2, 4}, {1.1944444444444442, 3.4722222222222223}},
        {1, 3, {5}, {5, 5, 5}},
        {2, 1, {1, 9}, {5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int turned = 0; turned < 2; turned++) { // along rows, and along columns
            float from[8], to[8];
            memcpy(from, cases[i].from, sizeof from);
            const int64_t n = cases[i].count, m = cases[i].to_count;
            gd__grid a = {1, n, {0, 0, 1, n}, from}, b = {1, m, {0, 0, 1, m}, to};
            if (turned == 1) {
                a = (gd__grid){n, 1, {0, 0, n, 1}, from};
                b = (gd__grid){m, 1, {0, 0, m, 1}, to};
            }
            assert_int_equal(gd__resample(&a, &b), GD_OK);
            for (int k = 0; k < m; k++)
                assert_true(fabs((double)to[k] - cases[i].to[k]) < 1e-5);
        }
}

static void a_part_is_what_it_is_in_the_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t height, width, to_height, to_width;
    } sizes[] = {{40, 36, 20, 18}, {20, 18, 40, 36}, {36, 24, 12, 8}, {10, 7, 40, 28}, {3, 2, 9, 6}, {5, 5, 2, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t h = sizes[i].height, w = sizes[i].width, th = sizes[i].to_height, tw = sizes[i].to_width;
        float from[1600], whole[1600], held[1600], part[1600];
        for (int64_t k = 0; k < h * w; k++)
            from[k] = (float)((uint32_t)k * 2654435761u >> 8) / (1 << 24);
        gd__grid a = {h, w, {0, 0, h, w}, from}, b = {th, tw, {0, 0, th, tw}, whole};
        assert_int_equal(gd__resample(&a, &b), GD_OK);
        for (int64_t top = 0; top < th; top++)
            for (int64_t left = 0; left < tw; left += 3) {
                const gd__part wanted = {top, left, th - top < 2 ? 1 : 2, tw - left < 5 ? tw - left : 5};
                const gd__part needs = gd__resample_needs(h, w, th, tw, wanted);
                assert_true(needs.top >= 0 && needs.left >= 0 && needs.top + needs.rows <= h &&
                            needs.left + needs.columns <= w);
                for (int64_t y = 0; y < needs.rows; y++)
                    memcpy(held + y * needs.columns, from + (needs.top + y) * w + needs.left,
                           (size_t)needs.columns * sizeof *held);
                gd__grid c = {h, w, needs, held}, d = {th, tw, wanted, part};
                assert_int_equal(gd__resample(&c, &d), GD_OK);
                for (int64_t y = 0; y < wanted.rows; y++)
                    assert_memory_equal(part + y * wanted.columns, whole + (top + y) * tw + left,
                                        (size_t)wanted.columns * sizeof *part);
            }
    }
}

// White, black and the three colours, as rgb2ycbcr has them; and every grey and many colours there and back.
static void luma_and_chroma_there_and_back(void **state)
{
    (void)state;
    static const struct {
        unsigned char pixel[3];
        double channel[3]; // of 255
    } cases[] = {{{255, 255, 255}, {235, 128, 128}},
                 {{0, 0, 0}, {16, 128, 128}},
                 {{255, 0, 0}, {81.481, 90.203, 240}},
                 {{0, 255, 0}, {144.553, 53.797, 34.214}},
                 {{0, 0, 255}, {40.966, 240, 109.786}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char pixel[3];
        memcpy(pixel, cases[i].pixel, 3);
        const gd__picture one = {1, 1, 3, pixel};
        for (int c = 0; c < 3; c++) {
            float value;
            gd__picture_channel(&one, c, 0, 0, 1, 1, &value);
            assert_true(fabs(255 * (double)value - cases[i].channel[c]) < 1e-3);
        }
    }
    for (unsigned i = 0; i < 4096; i++) {
        unsigned char pixel[3] = {(unsigned char)(i * 97), (unsigned char)(i * 31 >> 2), (unsigned char)(i >> 4)};
        unsigned char back[3], grey;
        const gd__picture one = {1, 1, 3, pixel}, plain = {1, 1, 1, pixel};
        float channel[3];
        for (int c = 0; c < 3; c++)
            gd__picture_channel(&one, c, 0, 0, 1, 1, &channel[c]);
        gd__pixels_of_channels(1, &channel[0], &channel[1], &channel[2], back);
        assert_memory_equal(back, pixel, 3);
        gd__picture_channel(&plain, 0, 0, 0, 1, 1, &channel[0]);
        gd__pixels_of_channels(1, &channel[0], NULL, NULL, &grey);
        assert_int_equal(grey, pixel[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_by_hand),
        cmocka_unit_test(a_part_is_what_it_is_in_the_whole),
        cmocka_unit_test(luma_and_chroma_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
