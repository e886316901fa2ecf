#include <math.h>
#include <sys/stat.h>

#include "../data/npy_files.h"
#include "base/memory.h"
#include "io/npy.h"

static void assert_round_trip(gd_type type, gd_type back, gd_shape shape)
{
    gd_array array, again;
    assert_fine(gd_array_create(&array, type, shape));
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, type == GD_BOOL ? (double)(i % 2) : (double)(3 * i));
    const char *path = temporary("round.npy");
    assert_fine(gd__npy_write(path, &array));
    assert_fine(gd__npy_read(path, &again));
    assert_int_equal(again.type, back);
    assert_true(gd_shape_equal(again.shape, shape));
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        assert_true(gd_array_get(&again, i) == gd_array_get(&array, i));
    gd_array_free(&array);
    gd_array_free(&again);
    unlink(path);
}

static void test_npy_round_trip(void **state)
{
    (void)state;
    for (int type = 0; type < GD_TYPE_COUNT; type++) {
        gd_type back = type == GD_BF16 ? GD_F32 : (gd_type)type;
        assert_round_trip((gd_type)type, back, GD_SHAPE(2, 3, 4));
        assert_round_trip((gd_type)type, back, GD_SHAPE(5));
        assert_round_trip((gd_type)type, back, GD_SCALAR);
        assert_round_trip((gd_type)type, back, GD_SHAPE(0, 3));
    }
}

// Writes an .npy file of version 1 with the header and the bytes given.
static const char *npy_file(const char *header, const void *bytes, size_t size)
{
    char content[512];
    size_t length = strlen(header);
    memcpy(content, "\x93NUMPY\x01\x00", 8);
    content[8] = (char)length;
    content[9] = 0;
    memcpy(content + 10, header, length);
    memcpy(content + 10 + length, bytes, size);
    return write_bytes("made.npy", content, 10 + length + size);
}

static void test_npy_foreign_layouts(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *bytes;
        size_t size;
        gd_type type;
        double value[4];
    } cases[] = {
        {"{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", "\xff\xfe\x01\x02", 4, GD_I32, {-2, 258}},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }",
         "\x00\x3c\x00\xc0\x01\x00",
         6,
         GD_F32,
         {1, -2, 0x1p-24}},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }",
         "\xff\x7b\x00\xfc\xff\x83\x55\x35",
         8,
         GD_F32,
         {65504, -INFINITY, -1023 * 0x1p-24, 0.333251953125}},
        {"{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", "\x01\x02\0\0\0\0\0\0", 8, GD_I64, {513}},
        {"{'descr': '<u8', 'fortran_order': True, 'shape': (1, 1), }", "\x07\0\0\0\0\0\0\0", 8, GD_I64, {7}},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }", "\x80", 1, GD_I32, {-128}},
        {"{'descr': '<u4', 'fortran_order': False, 'shape': (1,), }", "\xff\xff\xff\xff", 4, GD_I64, {4294967295.0}},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }", "\x01\x02\x03\x04", 4, GD_U8, {1, 3, 2, 4}},
        {"{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", "\x3f\xf8\0\0\0\0\0\0", 8, GD_F64, {1.5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_array array;
        const char *path = npy_file(cases[i].header, cases[i].bytes, cases[i].size);
        assert_fine(gd__npy_read(path, &array));
        assert_int_equal(array.type, cases[i].type);
        for (int64_t e = 0; e < gd_array_count(&array); e++)
            assert_true(gd_array_get(&array, e) == cases[i].value[e]);
        gd_array_free(&array);
        unlink(path);
    }
}

static void test_npy_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *header, *said;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "4 bytes each, but 4 bytes follow"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 16), }", "absurdly large"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999, 99999999999999999), }", "follow"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "cannot be read"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "cannot be read"},
        {"{'descr': '<f4', 'fortran_order': False}", "no shape"},
        {"{'descr': '<f4', 'shape': (1,1,1,1,1,1,1,1,1), }", "more than 8 dimensions"},
        {"{'descr': '<M8[ns]', 'shape': (1,), }", "'M8' cannot be read"},
        {"{'descr': '<c8', 'shape': (1,), }", "'c8'"},
        {"{'descr': [('a', '<f4')], 'shape': (1,), }", "no simple element type"},
        {"", "no simple element type"},
    };
    gd_array array;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = npy_file(cases[i].header, "\0\0\0\0", 4);
        assert_int_not_equal(gd__npy_read(path, &array), GD_OK);
        assert_said(cases[i].said);
        assert_null(array.data);
        unlink(path);
    }
    const char *path = write_bytes("made.npy", "\x93NUMPY\x01\x00\xff\x00{", 11);
    assert_int_equal(gd__npy_read(path, &array), GD_ERROR_FORMAT);
    assert_said("truncated");
    path = write_text("made.npy", "hello, this is no array");
    assert_int_equal(gd__npy_read(path, &array), GD_ERROR_FORMAT);
    assert_said("no .npy file");
    unlink(path);
    assert_int_equal(gd__npy_read("/nonexistent/a.npy", &array), GD_ERROR_IO);
}

static void test_npz(void **state)
{
    (void)state;
    gd_array array[2];
    assert_fine(gd_array_create(&array[0], GD_F32, GD_SHAPE(4, 3)));
    assert_fine(gd_array_create(&array[1], GD_I64, GD_SHAPE(4)));
    gd_array_put(&array[0], 7, 2.5);
    gd_array_put(&array[1], 3, 9);
    const char *path = temporary("two.npz");
    assert_fine(gd__npz_write(path, 2, (const char *const[]){"x", "label"}, array));
    gd__named_arrays arrays;
    assert_fine(gd__npz_read(path, 0, NULL, &arrays));
    assert_int_equal(arrays.count, 2);
    assert_string_equal(arrays.item[0].name, "x");
    assert_string_equal(arrays.item[1].name, "label");
    assert_true(gd_array_get(&arrays.item[0].array, 7) == 2.5);
    assert_true(gd_array_get(&arrays.item[1].array, 3) == 9);
    gd__named_arrays_free(&arrays);
    gd_array_free(&array[0]);
    gd_array_free(&array[1]);

    // Every way of cutting it short, and every damaged byte, must be survived.
    char content[2048];
    FILE *file = fopen(path, "rb");
    size_t size = fread(content, 1, sizeof content, file);
    fclose(file);
    for (size_t keep = 0; keep < size; keep += 7) {
        assert_int_not_equal(gd__npz_read(write_bytes("two.npz", content, keep), 0, NULL, &arrays), GD_OK);
        assert_null(arrays.item);
    }
    for (size_t at = 0; at < size; at++) {
        char was = content[at];
        content[at] = (char)(was ^ 0xff);
        if (gd__npz_read(write_bytes("two.npz", content, size), 0, NULL, &arrays) == GD_OK)
            gd__named_arrays_free(&arrays);
        content[at] = was;
    }
    unlink(temporary("two.npz"));
}

// Reads a whole small file.
static size_t content_of(const char *path, char *to, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(to, 1, room, file);
    fclose(file);
    assert_true(size < room);
    return size;
}

// Only what is asked for is read: other members may be damaged, or no arrays at all.
static void test_npz_by_name(void **state)
{
    (void)state;
    const gd_array array[] = {gd_array_borrow(GD_I32, GD_SHAPE(2), (const int32_t[]){1, 2}),
                              gd_array_borrow(GD_I32, GD_SHAPE(1), (const int32_t[]){3}),
                              gd_array_borrow(GD_U8, GD_SHAPE(4), "ABCD")};
    const char *path = temporary("named.npz");
    assert_fine(gd__npz_write(path, 3, (const char *const[]){"one", "two", "odd"}, array));
    char content[2048];
    const size_t size = content_of(path, content, sizeof content);
    for (size_t i = 0; i + 7 < size; i++) {
        if (memcmp(content + i, "ABCD", 4) == 0)
            content[i] = 'a'; // the checksum is wrong now
        if (memcmp(content + i, "odd.npy", 7) == 0)
            content[i + 6] = 'x'; // and the name
    }
    write_bytes("named.npz", content, size);
    gd__named_arrays arrays;
    assert_fine(gd__npz_read(path, 2, (const char *const[]){"two", "one"}, &arrays));
    assert_int_equal(arrays.count, 2);
    assert_string_equal(arrays.item[0].name, "two");
    assert_true(gd_array_get(&arrays.item[0].array, 0) == 3 && gd_array_get(&arrays.item[1].array, 1) == 2);
    gd__named_arrays_free(&arrays);
    assert_true(gd__npz_has(path, "two") && !gd__npz_has(path, "odd") && !gd__npz_has("/nonexistent.npz", "two"));
    assert_int_equal(gd__npz_read(path, 1, (const char *const[]){"odd"}, &arrays), GD_ERROR_FORMAT);
    assert_said("has no array 'odd'");
    assert_said("; its arrays: 'one', 'two'");
    assert_int_equal(gd__npz_read(path, 0, NULL, &arrays), GD_ERROR_FORMAT);
    assert_said("member 'odd.npx' is no .npy file");
    assert_null(arrays.item);
    unlink(path);
}

// Two entries of the directory that point to the same bytes, or into each other's: a way to make much of little.
static void test_npz_overlap(void **state)
{
    (void)state;
    static const unsigned char zeros[500] = {0};
    const gd_array array[] = {gd_array_borrow(GD_U8, GD_SHAPE(500), zeros), gd_array_borrow(GD_U8, GD_SHAPE(1), zeros)};
    const char *path = temporary("overlap.npz");
    assert_fine(gd__npz_write(path, 2, (const char *const[]){"a", "b"}, array));
    char content[2048];
    const size_t size = content_of(path, content, sizeof content), end = size - 22;
    const size_t first = (unsigned char)content[end + 16] | (size_t)(unsigned char)content[end + 17] << 8;
    gd__named_arrays arrays;
    assert_fine(gd__npz_read(path, 0, NULL, &arrays));
    gd__named_arrays_free(&arrays);

    char *second = content + first + 46 + 5; // the entry of b
    char kept[4];
    memcpy(kept, second + 42, 4);
    memset(second + 42, 0, 4); // where a is
    assert_int_equal(gd__npz_read(write_bytes("overlap.npz", content, size), 0, NULL, &arrays), GD_ERROR_FORMAT);
    assert_said("the members 'a.npy' and 'b.npy' overlap");
    assert_null(arrays.item);
    memcpy(second + 42, kept, 4);
    content[first + 20] = (char)(content[first + 20] + 40); // a, packed, reaches into b
    assert_int_equal(gd__npz_read(write_bytes("overlap.npz", content, size), 1, (const char *const[]){"b"}, &arrays),
                     GD_ERROR_FORMAT);
    assert_said("overlap");
    unlink(path);
}

static void test_npy_texts(void **state)
{
    (void)state;
    gd__named_array named;
    const char *path = write_npy("made.npy", "|S2", "4,", "b\0aab\0\0\0", 8);
    assert_fine(gd__npy_read_texts(path, &named));
    assert_int_equal(named.class_count, 3);
    static const char *const names[] = {"", "aa", "b"};
    static const int number[] = {2, 1, 2, 0};
    for (int i = 0; i < 3; i++)
        assert_string_equal(named.class_name[i], names[i]);
    for (int i = 0; i < 4; i++)
        assert_int_equal((int)gd_array_get(&named.array, i), number[i]);
    gd__named_array_free(&named);
    gd_array array;
    assert_int_equal(gd__npy_read(path, &array), GD_ERROR_UNSUPPORTED);
    assert_said("holds texts ('S2'), where numbers were expected");
    path = write_npy("made.npy", "<f4", "1,", (const float[]){2.5f}, 4);
    assert_fine(gd__npy_read_texts(path, &named));
    assert_int_equal(named.class_count, 0);
    assert_true(gd_array_get(&named.array, 0) == 2.5);
    gd__named_array_free(&named);
    unlink(path);
}

// A file that stays where it is gives what loading it gives, whatever the type and across blocks.
static void test_npy_file(void **state)
{
    (void)state;
    enum { COUNT = 20000, FIRST = 37, SOME = 19000 };
    static const char *const types[] = {"|u1", "|i1", "|b1", "<i2", ">u2", "<f2",
                                        ">i4", "<u4", "<f4", ">f4", "<i8", "<f8"};
    static char content[256 + 8 * COUNT];
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        const size_t begin = npy_start(content, types[t], false, "20000,"), size = (size_t)(types[t][2] - '0') * COUNT;
        for (size_t i = 0; i < size; i++)
            content[begin + i] = (char)(i * 37 % 101);
        const char *path = write_bytes("stays.npy", content, begin + size);
        gd_array all, some;
        gd__npy_file *file;
        assert_fine(gd__npy_read(path, &all));
        assert_fine(gd__npy_open(path, &file));
        assert_int_equal(file->is.type, all.type);
        assert_fine(gd_array_create(&some, all.type, GD_SHAPE(SOME)));
        assert_fine(gd__npy_read_some(file, FIRST, SOME, some.data));
        assert_memory_equal(some.data, (const char *)all.data + FIRST * gd_type_size(all.type), gd_array_bytes(&some));
        gd__npy_close(file);
        gd_array_free(&some);
        gd_array_free(&all);
        unlink(path);
    }
}

static void test_npy_no_file(void **state)
{
    (void)state;
    gd__npy_file *file;
    const char *pipe = temporary("pipe.npy");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(gd__npy_open(pipe, &file), GD_ERROR_IO); // at once, though nobody writes
    assert_said("is no file");
    assert_int_equal(gd__npy_open("/nonexistent/a.npy", &file), GD_ERROR_IO);
    assert_said("cannot be opened");
    const char *texts = write_npy("made.npy", "|S2", "1,", "ab", 2);
    assert_int_equal(gd__npy_open(texts, &file), GD_ERROR_UNSUPPORTED);
    assert_int_equal(gd__npy_open(write_text("made.npy", ""), &file), GD_ERROR_FORMAT);
    assert_null(file);
    unlink(pipe);
    unlink(texts);
}

// An archive with one deflated member, as np.savez_compressed writes, made by hand.
static void test_npz_deflated(void **state)
{
    (void)state;
    unsigned char npy[256] = "\x93NUMPY\x01\x00\x76\x00{'descr': '|u1', 'fortran_order': False, 'shape': (100,), }";
    for (size_t i = 10 + strlen((char *)npy + 10); i < 128; i++)
        npy[i] = ' ';
    memset(npy + 128, 7, 100);
    unsigned char packed[256], zip[512] = {0};
    z_stream stream = {.next_in = npy, .avail_in = 228, .next_out = packed, .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t length = stream.total_out;
    deflateEnd(&stream);
    uint32_t sum = (uint32_t)crc32(0, npy, 228);
    memcpy(zip, "PK\3\4", 4);
    memcpy(zip + 26, "\5\0\0\0", 4);
    memcpy(zip + 30, "a.npy", 5);
    memcpy(zip + 35, packed, length);
    unsigned char *central = zip + 35 + length, *end = central + 51;
    memcpy(central, "PK\1\2", 4);
    central[10] = 8;
    memcpy(central + 16, &sum, 4);
    central[20] = (unsigned char)length;
    central[24] = 228;
    central[28] = 5;
    memcpy(central + 46, "a.npy", 5);
    memcpy(end, "PK\5\6", 4);
    end[10] = 1;
    end[16] = (unsigned char)(35 + length);
    const char *path = write_bytes("deflated.npz", zip, (size_t)(end - zip) + 22);
    gd__named_arrays arrays;
    assert_fine(gd__npz_read(path, 0, NULL, &arrays));
    assert_int_equal(gd_array_count(&arrays.item[0].array), 100);
    assert_true(gd_array_get(&arrays.item[0].array, 99) == 7);
    gd__named_arrays_free(&arrays);
    central[16] ^= 1;
    path = write_bytes("deflated.npz", zip, (size_t)(end - zip) + 22);
    assert_int_equal(gd__npz_read(path, 0, NULL, &arrays), GD_ERROR_FORMAT);
    assert_said("checksum");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_npy_round_trip), cmocka_unit_test(test_npy_foreign_layouts),
        cmocka_unit_test(test_npy_bad_files),  cmocka_unit_test(test_npz),
        cmocka_unit_test(test_npz_deflated),   cmocka_unit_test(test_npz_by_name),
        cmocka_unit_test(test_npz_overlap),    cmocka_unit_test(test_npy_texts),
        cmocka_unit_test(test_npy_file),       cmocka_unit_test(test_npy_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
