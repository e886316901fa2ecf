// Reading and writing safetensors: round trips, files of other writers, and files that lie.
#include <gradus/io.h>

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

typedef struct {
    char directory[64];
    char path[96];
} place;

static int make_place(void **state)
{
    static place p;
    p = (place){.directory = "/tmp/gradus-safetensors-XXXXXX"};
    if (mkdtemp(p.directory) == NULL)
        return -1;
    snprintf(p.path, sizeof p.path, "%s/a.safetensors", p.directory);
    *state = &p;
    return 0;
}

static int remove_place(void **state)
{
    const place *p = *state;
    unlink(p->path);
    return rmdir(p->directory); // fails when a temporary file was left behind
}

// Writes a file by hand: the length of `header` (or `length`, when not negative), the header, and the data.
static void write_by_hand(const char *path, int64_t length, const char *header, const void *data, size_t data_size)
{
    size_t header_size = strlen(header);
    uint64_t n = length >= 0 ? (uint64_t)length : header_size;
    char *bytes = malloc(8 + header_size + data_size);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(n >> 8 * i & 255);
    memcpy(bytes + 8, header, header_size);
    if (data_size > 0)
        memcpy(bytes + 8 + header_size, data, data_size);
    assert_int_equal(gd__file_write(path, bytes, 8 + header_size + data_size), GD_OK);
    free(bytes);
}

static void assert_same_array(const gd_array *a, const gd_array *b)
{
    assert_non_null(a);
    assert_int_equal(a->type, b->type);
    assert_true(gd_shape_equal(a->shape, b->shape));
    assert_memory_equal(a->data, b->data, gd_array_bytes(b));
}

static gd_tensor_writer *make_writer(void)
{
    gd_tensor_writer *writer = NULL;
    assert_int_equal(gd_tensor_writer_create(&writer), GD_OK);
    return writer;
}

static gd_tensor_file *open_file(const char *path)
{
    gd_tensor_file *file = NULL;
    if (gd_tensor_file_open(path, &file) != GD_OK)
        fail_msg("%s", gd_last_error());
    return file;
}

static void test_round_trip(void **state)
{
    const place *p = *state;
    const gd_shape shapes[] = {GD_SHAPE(3), GD_SCALAR, GD_SHAPE(2, 0, 5), GD_SHAPE(1, 2, 1, 1, 3, 1, 1, 1)};
    enum { SHAPES = 4, COUNT = SHAPES * GD_TYPE_COUNT };
    gd_array arrays[COUNT];
    char names[COUNT][32];
    gd__random random = gd__random_make(1, 2);
    gd_tensor_writer *writer = make_writer();
    for (int i = 0; i < COUNT; i++) {
        gd_type type = (gd_type)(i % GD_TYPE_COUNT);
        assert_int_equal(gd_array_create(&arrays[i], type, shapes[i / GD_TYPE_COUNT]), GD_OK);
        // Any bits, NaNs among them; a bool is 0 or 1.
        for (size_t b = 0; b < gd_array_bytes(&arrays[i]); b++)
            ((uint8_t *)arrays[i].data)[b] = (uint8_t)gd__random_below(&random, type == GD_BOOL ? 2 : 256);
        snprintf(names[i], sizeof names[i], "layer%d.%s", i, gd_type_name(type));
        assert_int_equal(gd_tensor_writer_add(writer, names[i], &arrays[i]), GD_OK);
    }
    assert_int_equal(gd_tensor_writer_metadata(writer, "recipe", "x: 1\n\"\\\t"), GD_OK);
    assert_int_equal(gd_tensor_writer_metadata(writer, "Größe", "一歩 🐾 старое"), GD_OK);
    assert_int_equal(gd_tensor_writer_metadata(writer, "Größe", "一歩 🐾 шаг"), GD_OK);
    assert_int_equal(gd_tensor_writer_metadata(writer, "", ""), GD_OK);
    assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);
    gd_tensor_writer_free(writer);

    gd_tensor_file *file = open_file(p->path);
    assert_int_equal(gd_tensor_file_count(file), COUNT);
    size_t widest = 8;
    for (int i = 0; i < COUNT; i++) {
        const gd_array *array = gd_tensor_file_get(file, names[i]);
        assert_same_array(array, &arrays[i]);
        assert_int_equal((uintptr_t)array->data % gd_type_size(array->type), 0);
        // In the file: by decreasing width, then as added.
        size_t size = gd_type_size(gd_tensor_file_at(file, i)->type);
        assert_true(size <= widest);
        if (i > 0 && size == widest)
            assert_true(atoi(gd_tensor_file_name(file, i) + 5) > atoi(gd_tensor_file_name(file, i - 1) + 5));
        widest = size;
    }
    assert_null(gd_tensor_file_get(file, "layer"));
    assert_null(gd_tensor_file_get(file, "__metadata__"));
    assert_null(gd_tensor_file_name(file, -1));
    assert_null(gd_tensor_file_at(file, COUNT));
    assert_int_equal(gd_tensor_file_metadata_count(file), 3);
    assert_string_equal(gd_tensor_file_metadata(file, "recipe"), "x: 1\n\"\\\t");
    assert_string_equal(gd_tensor_file_metadata(file, "Größe"), "一歩 🐾 шаг");
    assert_string_equal(gd_tensor_file_metadata(file, ""), "");
    assert_null(gd_tensor_file_metadata(file, "none"));
    assert_string_equal(gd_tensor_file_metadata_key(file, 1), "Größe");
    assert_null(gd_tensor_file_metadata_key(file, 3));
    gd_tensor_file_free(file);
    for (int i = 0; i < COUNT; i++)
        gd_array_free(&arrays[i]);
}

static void test_nothing_inside(void **state)
{
    const place *p = *state;
    gd_tensor_writer *writer = make_writer();
    assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);
    gd_tensor_writer_free(writer);
    gd_tensor_file *file = open_file(p->path);
    assert_int_equal(gd_tensor_file_count(file), 0);
    assert_int_equal(gd_tensor_file_metadata_count(file), 0);
    assert_null(gd_tensor_file_get(file, "w"));
    assert_null(gd_tensor_file_metadata(file, "k"));
    gd_tensor_file_free(file);
    gd_tensor_file_free(NULL);
    gd_tensor_writer_free(NULL);
}

// {"w": [[1, 2], [3, 4]] f32, "b": [-1, 7] i64, "flag": [True, False, True]} with the metadata {"format": "pt"}, laid
// out as the format's own library does: wide types first, compact JSON, spaces up to a multiple of 8.
static const char library_header[] = "{\"__metadata__\":{\"format\":\"pt\"},"
                                     "\"b\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                                     "\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[16,32]},"
                                     "\"flag\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[32,35]}}      ";
static const unsigned char library_data[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7,    0,    0, 0, 0,    0,    0, 0, 0, 0,
    0x80, 0x3f, 0,    0,    0,    0x40, 0,    0,    0x40, 0x40, 0, 0, 0x80, 0x40, 1, 0, 1,
};

static void test_bytes_of_the_library(void **state)
{
    const place *p = *state;
    assert_int_equal(strlen(library_header) % 8, 0);
    write_by_hand(p->path, -1, library_header, library_data, sizeof library_data);
    gd_tensor_file *file = open_file(p->path);
    const float w[] = {1, 2, 3, 4};
    const int64_t b[] = {-1, 7};
    const uint8_t flag[] = {1, 0, 1};
    const gd_array arrays[] = {gd_array_borrow(GD_F32, GD_SHAPE(2, 2), w), gd_array_borrow(GD_I64, GD_SHAPE(2), b),
                               gd_array_borrow(GD_BOOL, GD_SHAPE(3), flag)};
    assert_same_array(gd_tensor_file_get(file, "w"), &arrays[0]);
    assert_same_array(gd_tensor_file_get(file, "b"), &arrays[1]);
    assert_same_array(gd_tensor_file_get(file, "flag"), &arrays[2]);
    assert_string_equal(gd_tensor_file_metadata(file, "format"), "pt");
    gd_tensor_file_free(file);

    char *by_hand, *by_us;
    size_t by_hand_size, by_us_size;
    assert_int_equal(gd__file_read(p->path, 0, &by_hand, &by_hand_size), GD_OK);
    gd_tensor_writer *writer = make_writer();
    assert_int_equal(gd_tensor_writer_add(writer, "flag", &arrays[2]), GD_OK);
    assert_int_equal(gd_tensor_writer_add(writer, "w", &arrays[0]), GD_OK);
    assert_int_equal(gd_tensor_writer_add(writer, "b", &arrays[1]), GD_OK);
    assert_int_equal(gd_tensor_writer_metadata(writer, "format", "pt"), GD_OK);
    assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);
    gd_tensor_writer_free(writer);
    assert_int_equal(gd__file_read(p->path, 0, &by_us, &by_us_size), GD_OK);
    assert_int_equal(by_us_size, by_hand_size);
    assert_memory_equal(by_us, by_hand, by_us_size);
    gd__free(by_hand);
    gd__free(by_us);
}

// What other writers may do: types that are only read, a header in another order than the data, one that leaves the
// data unaligned, tensors without elements between others, bools that are not 0 or 1, fields of their own.
static void test_other_writers(void **state)
{
    const place *p = *state;
    const char header[] = "{\"i16\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[16,20]},"
                          "\"f16\":{\"dtype\":\"F16\",\"shape\":[7],\"data_offsets\":[2,16]},"
                          "\"none\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[16,16]},"
                          "\"bool\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[0,1],\"note\":null},"
                          "\"i8\":{\"dtype\":\"I8\",\"shape\":[1,1],\"data_offsets\":[1,2]},"
                          "\"f32\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[21,25]},"
                          "\"u8\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[20,21]}}  \n ";
    const unsigned char data[] = {
        7,    0x80,                                                             // bool, i8
        0,    0x3c, 0,    0xc0, 1,    0, 0xff, 0x7b, 0, 0x7c, 0, 0x80, 1, 0x7e, // f16
        0,    0x80, 0xff, 0x7f,                                                 // i16
        0xc8, 0,    0,    0x80, 0xbf,                                           // u8, f32
    };
    write_by_hand(p->path, -1, header, data, sizeof data);
    gd_tensor_file *file = open_file(p->path);
    assert_string_equal(gd_tensor_file_name(file, 0), "i16");
    assert_string_equal(gd_tensor_file_name(file, 6), "u8");
    assert_int_equal(gd_tensor_file_get(file, "i16")->type, GD_I32);
    assert_true(gd_array_get(gd_tensor_file_get(file, "i16"), 0) == -32768);
    assert_true(gd_array_get(gd_tensor_file_get(file, "i16"), 1) == 32767);
    assert_int_equal(gd_tensor_file_get(file, "i8")->type, GD_I32);
    assert_true(gd_array_get(gd_tensor_file_get(file, "i8"), 0) == -128);
    assert_true(gd_array_get(gd_tensor_file_get(file, "u8"), 0) == 200);
    assert_true(gd_array_get(gd_tensor_file_get(file, "f32"), 0) == -1);
    assert_int_equal(*(const uint8_t *)gd_tensor_file_get(file, "bool")->data, 1);
    assert_int_equal(gd_array_count(gd_tensor_file_get(file, "none")), 0);
    const gd_array *f16 = gd_tensor_file_get(file, "f16");
    const double expected[] = {1, -2, 0x1p-24, 65504, INFINITY, 0};
    for (int i = 0; i < 6; i++)
        assert_true(gd_array_get(f16, i) == expected[i]);
    assert_true(signbit(gd_array_get(f16, 5)));
    assert_true(isnan(gd_array_get(f16, 6)));
    for (int i = 0; i < gd_tensor_file_count(file); i++) {
        const gd_array *array = gd_tensor_file_at(file, i);
        assert_int_equal((uintptr_t)array->data % gd_type_size(array->type), 0);
    }
    gd_tensor_file_free(file);
}

#define ENTRY(type, shape, begin, end)                                                                                 \
    "{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

// Each is followed by `data` zero bytes. The error must hold `says`.
static const struct {
    const char *header;
    int64_t length; // -1: that of the header
    size_t data;
    const char *says;
} hostile[] = {
    {"{}", 3, 0, "cut short: its header has 3 bytes, the file holds 2"},
    {"{}", 1, 0, "would have 1 bytes"},
    {"{}", 0, 0, "would have 0 bytes"},
    {"{}", 100000001, 0, "would have 100000001 bytes"},
    {"{}", INT64_MAX, 0, "would have 9223372036854775807 bytes"},
    {" {}", -1, 0, "does not begin with '{'"},
    {"[1,2]", -1, 0, "does not begin with '{'"},
    {"{nonsense}", -1, 0, "not sound JSON"},
    {"{\"w\":", -1, 0, "not sound JSON"},
    {"{} x", -1, 0, "not sound JSON"},
    {"{\"\xff\xfe\":1}", -1, 0, "not sound JSON"},
    {"{\"a\\u0000b\":" ENTRY("F32", "[1]", 0, 4) "}", -1, 4, "not sound JSON"},
    {"{\"w\":" ENTRY("F32", "[1]", 0, 4) ",\"w\":" ENTRY("F32", "[1]", 4, 8) "}", -1, 8, "duplicate"},
    {"{\"w\":" ENTRY("F32", "[99999999999999999999]", 0, 4) "}", -1, 4, "not sound JSON"},
    {"{\"w\":3}", -1, 0, "tensor 'w' has no dtype"},
    {"{\"w\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}", -1, 4, "tensor 'w' has no dtype"},
    {"{\"w\":" ENTRY("F99", "[1]", 0, 4) "}", -1, 4, "dtype F99, which is not one of F64"},
    {"{\"w\":" ENTRY("f32", "[1]", 0, 4) "}", -1, 4, "dtype f32"},
    {"{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", -1, 4, "the shape of tensor 'w'"},
    {"{\"w\":" ENTRY("F32", "1", 0, 4) "}", -1, 4, "the shape of tensor 'w'"},
    {"{\"w\":" ENTRY("F32", "[-1]", 0, 4) "}", -1, 4, "the shape of tensor 'w'"},
    {"{\"w\":" ENTRY("F32", "[1.0]", 0, 4) "}", -1, 4, "the shape of tensor 'w'"},
    {"{\"w\":" ENTRY("F32", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", -1, 4, "at most 8"},
    {"{\"w\":" ENTRY("F32", "[4294967296,4294967296]", 0, 0) "}", -1, 0, "too large for any memory"},
    {"{\"w\":" ENTRY("U8", "[4294967296,4294967297]", 0, 4294967296) "}", -1, 0, "too large for any memory"},
    {"{\"w\":" ENTRY("F64", "[2305843009213693952]", 0, 0) "}", -1, 0, "too large for any memory"},
    {"{\"w\":" ENTRY("F32", "[0,9223372036854775807,9223372036854775807]", 0, 0) "}", -1, 0, "too large"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", -1, 4, "data_offsets of tensor 'w'"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", -1, 4, "data_offsets of tensor 'w'"},
    {"{\"w\":" ENTRY("F32", "[1]", -4, 0) "}", -1, 4, "data_offsets of tensor 'w'"},
    {"{\"w\":" ENTRY("F32", "[1]", 4, 0) "}", -1, 4, "which is 4 bytes, but has those from 4 to 0"},
    {"{\"w\":" ENTRY("F32", "[1]", 9223372036854775807, 3) "}", -1, 4, "but has those from 9223372036854775807 to 3"},
    {"{\"w\":" ENTRY("F32", "[2]", 0, 4) "}", -1, 4, "F32 of shape [2], which is 8 bytes, but has those from 0 to 4"},
    {"{\"w\":" ENTRY("F32", "[0]", 0, 4) "}", -1, 4, "which is 0 bytes"},
    {"{\"a\":" ENTRY("F32", "[2]", 0, 8) ",\"b\":" ENTRY("F32", "[2]", 4, 12) "}", -1, 12, "'a' and 'b' overlap"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) ",\"b\":" ENTRY("F32", "[1]", 0, 4) "}", -1, 4, "overlap"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) ",\"b\":" ENTRY("F32", "[1]", 8, 12) "}", -1, 12, "4 to 8 of the data"},
    {"{\"w\":" ENTRY("F32", "[1]", 4, 8) "}", -1, 8, "0 to 4 of the data, before tensor 'w', are a hole"},
    {"{\"w\":" ENTRY("F32", "[4]", 0, 16) "}", -1, 15,
     "cut short: the header promises 16 bytes of data, the file "
     "holds 15"},
    {"{\"w\":" ENTRY("F32", "[1000000000000]", 0, 4000000000000) "}", -1, 0, "cut short"},
    {"{\"w\":" ENTRY("F32", "[4]", 0, 16) "}", -1, 17, "too long: the header promises 16 bytes"},
    {"{}", -1, 1, "too long"},
    {"{\"__metadata__\":7}", -1, 0, "__metadata__ is not a JSON object"},
    {"{\"__metadata__\":{\"step\":7}}", -1, 0, "the value of 'step' in __metadata__ is not a text"},
};

static void test_hostile_files(void **state)
{
    const place *p = *state;
    static const char zeros[32];
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        write_by_hand(p->path, hostile[i].length, hostile[i].header, zeros, hostile[i].data);
        gd_tensor_file *file = (gd_tensor_file *)state;
        if (gd_tensor_file_open(p->path, &file) != GD_ERROR_FORMAT)
            fail_msg("%s: not refused as expected: %s", hostile[i].header, gd_last_error());
        assert_null(file);
        if (strstr(gd_last_error(), hostile[i].says) == NULL || strstr(gd_last_error(), p->path) == NULL)
            fail_msg("%s: the error is \"%s\", expected \"%s\"", hostile[i].header, gd_last_error(), hostile[i].says);
    }
    gd_tensor_file *file;
    assert_int_equal(gd__file_write(p->path, "1234567", 7), GD_OK);
    assert_int_equal(gd_tensor_file_open(p->path, &file), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "it has 7 bytes, the least is 10"));
    assert_int_equal(gd_tensor_file_open(p->directory, &file), GD_ERROR_IO);
    unlink(p->path);
    assert_int_equal(gd_tensor_file_open(p->path, &file), GD_ERROR_IO);
    assert_non_null(strstr(gd_last_error(), "cannot be opened"));
}

// Reads every value of a file, so that the sanitizers see each access.
static double sum_of(const gd_tensor_file *file)
{
    double sum = 0;
    for (int i = 0; i < gd_tensor_file_count(file); i++) {
        const gd_array *array = gd_tensor_file_get(file, gd_tensor_file_name(file, i));
        for (int64_t k = 0; k < gd_array_count(array); k++)
            sum += gd_array_get(array, k);
    }
    return sum;
}

// A damaged file is either refused with a sentence or read; it never crashes.
static void open_damaged(const char *path, const char *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
    gd_tensor_file *file = NULL;
    if (gd_tensor_file_open(path, &file) == GD_OK) {
        volatile double sum = sum_of(file);
        (void)sum;
    } else {
        assert_null(file);
        assert_true(strlen(gd_last_error()) > 0);
    }
    gd_tensor_file_free(file);
}

static void test_damaged_files(void **state)
{
    const place *p = *state;
    enum { FLIPS = 4000 };
    char bytes[512];
    const size_t header_size = strlen(library_header), size = 8 + header_size + sizeof library_data;
    assert_true(size <= sizeof bytes);
    memset(bytes, 0, 8);
    bytes[0] = (char)header_size;
    memcpy(bytes + 8, library_header, header_size);
    memcpy(bytes + 8 + header_size, library_data, sizeof library_data);

    gd_tensor_file *file;
    for (size_t length = 0; length < size; length++) {
        open_damaged(p->path, bytes, length);
        assert_int_not_equal(gd_tensor_file_open(p->path, &file), GD_OK);
    }
    gd__random random = gd__random_make(7, 0);
    const char likely[] = "0123456789-[]{},:\". \\"; // characters that keep the JSON sound more often
    for (int flip = 0; flip < FLIPS; flip++) {
        char damaged[sizeof bytes];
        memcpy(damaged, bytes, size);
        for (uint64_t changes = 1 + gd__random_below(&random, 4); changes > 0; changes--) {
            size_t at = (size_t)gd__random_below(&random, size);
            damaged[at] =
                flip % 2 == 0 ? (char)gd__random_word(&random) : likely[gd__random_below(&random, sizeof likely - 1)];
        }
        open_damaged(p->path, damaged, size);
    }
}

static void test_writer_refuses(void **state)
{
    const place *p = *state;
    const float value = 1;
    const gd_array good = gd_array_borrow(GD_F32, GD_SHAPE(1), &value);
    const gd_array open = gd_array_borrow(GD_F32, GD_SHAPE(GD_BATCH), &value);
    const gd_array strange = gd_array_borrow((gd_type)99, GD_SHAPE(1), &value);
    const gd_array deep = gd_array_borrow(GD_F32, (gd_shape){.rank = 9}, &value);
    gd_tensor_writer *writer = make_writer();
    assert_int_equal(gd_tensor_writer_add(writer, "w", &good), GD_OK);
    assert_int_equal(gd_tensor_writer_add(writer, "w", &good), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "'w' is added to a safetensors file twice"));
    assert_int_equal(gd_tensor_writer_add(writer, "__metadata__", &good), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_writer_add(writer, "\xff", &good), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_writer_add(writer, "open", &open), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_writer_add(writer, "strange", &strange), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_writer_add(writer, "deep", &deep), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_writer_metadata(writer, "\xc3", "x"), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_writer_metadata(writer, "x", "\xc3"), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "not UTF-8"));
    assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);
    gd_tensor_writer_free(writer);
    gd_tensor_file *file = open_file(p->path);
    assert_int_equal(gd_tensor_file_count(file), 1);
    assert_int_equal(gd_tensor_file_metadata_count(file), 0);
    gd_tensor_file_free(file);
}

// When a file cannot be written, the sentence says why and the old file is as it was.
static void test_write_failure(void **state)
{
    const place *p = *state;
    const float old_value = 42;
    gd_array old_array = gd_array_borrow(GD_F32, GD_SCALAR, &old_value), large;
    gd_tensor_writer *writer = make_writer();
    assert_int_equal(gd_tensor_writer_add(writer, "old", &old_array), GD_OK);
    assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);

    char lost[160];
    snprintf(lost, sizeof lost, "%s/none/b.safetensors", p->directory);
    assert_int_equal(gd_tensor_writer_commit(writer, lost), GD_ERROR_IO);
    assert_non_null(strstr(gd_last_error(), "No such file or directory"));
    if (geteuid() != 0) { // root may write everywhere
        assert_int_equal(chmod(p->directory, 0555), 0);
        gd_status status = gd_tensor_writer_commit(writer, p->path);
        assert_int_equal(chmod(p->directory, 0755), 0);
        assert_int_equal(status, GD_ERROR_IO);
        assert_non_null(strstr(gd_last_error(), "Permission denied"));
    }

    assert_int_equal(gd_array_create(&large, GD_F64, GD_SHAPE(1 << 17)), GD_OK);
    assert_int_equal(gd_tensor_writer_add(writer, "large", &large), GD_OK);
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    // Room for nothing, for a part of the header, for a part of the data.
    const rlim_t sizes[] = {0, 64, 300000};
    for (int i = 0; i < 3; i++) {
        limit = before;
        limit.rlim_cur = sizes[i];
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        gd_status status = gd_tensor_writer_commit(writer, p->path);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, GD_ERROR_IO);
        assert_non_null(strstr(gd_last_error(), "writing failed: File too large"));
        gd_tensor_file *file = open_file(p->path);
        assert_int_equal(gd_tensor_file_count(file), 1);
        assert_same_array(gd_tensor_file_get(file, "old"), &old_array);
        gd_tensor_file_free(file);
    }
    signal(SIGXFSZ, handler);
    // The same writer succeeds once there is room.
    assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);
    gd_tensor_writer_free(writer);
    gd_array_free(&large);
    gd_tensor_file *file = open_file(p->path);
    assert_int_equal(gd_tensor_file_count(file), 2);
    gd_tensor_file_free(file);
}

static gd_status write_and_read(const char *path)
{
    const double x[] = {1, 2};
    const gd_array array = gd_array_borrow(GD_F64, GD_SHAPE(2), x);
    gd_tensor_writer *writer = NULL;
    gd_tensor_file *file = NULL;
    gd_status status = gd_tensor_writer_create(&writer);
    if (status == GD_OK)
        status = gd_tensor_writer_add(writer, "x", &array);
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, "k", "v");
    if (status == GD_OK)
        status = gd_tensor_writer_commit(writer, path);
    if (status == GD_OK)
        status = gd_tensor_file_open(path, &file);
    gd_tensor_file_free(file);
    gd_tensor_writer_free(writer);
    return status;
}

static void test_short_memory(void **state)
{
    const place *p = *state;
    for (int successes = 0; successes < 100; successes++) {
        gd__alloc_fail_after(successes, true);
        gd_status status = write_and_read(p->path);
        gd__alloc_fail_after(-1, false);
        if (status == GD_OK) {
            assert_true(successes > 8);
            return;
        }
        assert_int_equal(status, GD_ERROR_MEMORY);
    }
    fail_msg("100 allocations were not enough");
}

// Metadata change, and nothing else: neither tensors nor other texts, whatever the length.
static void test_changed_metadata(void **state)
{
    const place *p = *state;
    double values[3] = {1, -0.0, 1e300};
    const int32_t whole[2] = {7, -7};
    const gd_array first = gd_array_borrow(GD_F64, GD_SHAPE(3), values),
                   second = gd_array_borrow(GD_I32, GD_SHAPE(2), whole);
    char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    static const char *const keys[] = {"note", "other", "Größe"};
    for (int with = 0; with < 2; with++) {
        gd_tensor_writer *writer = make_writer();
        assert_int_equal(gd_tensor_writer_add(writer, "a", &first), GD_OK);
        assert_int_equal(gd_tensor_writer_add(writer, "b", &second), GD_OK);
        if (with)
            assert_int_equal(gd_tensor_writer_metadata(writer, "other", "stays"), GD_OK);
        assert_int_equal(gd_tensor_writer_commit(writer, p->path), GD_OK);
        gd_tensor_writer_free(writer);
        const struct {
            const char *key, *value;
        } changes[] = {{"note", "short"}, {"note", longer}, {"Größe", "\"q\"\n"}, {"note", ""}, {"note", NULL}};
        for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
            assert_int_equal(gd_tensor_file_set_metadata(p->path, changes[i].key, changes[i].value), GD_OK);
            gd_tensor_file *file = open_file(p->path);
            assert_same_array(gd_tensor_file_get(file, "a"), &first);
            assert_same_array(gd_tensor_file_get(file, "b"), &second);
            const char *now = gd_tensor_file_metadata(file, changes[i].key);
            if (changes[i].value == NULL)
                assert_null(now);
            else
                assert_string_equal(now, changes[i].value);
            if (with)
                assert_string_equal(gd_tensor_file_metadata(file, "other"), "stays");
            int known = 0;
            for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
                known += gd_tensor_file_metadata(file, keys[k]) != NULL;
            assert_int_equal(gd_tensor_file_metadata_count(file), known);
            gd_tensor_file_free(file);
        }
        assert_int_equal(gd_tensor_file_set_metadata(p->path, "note", "\xff"), GD_ERROR_ARGUMENT);
        assert_int_equal(gd_tensor_file_set_metadata(p->path, "\xff", "text"), GD_ERROR_ARGUMENT);
        gd_tensor_file_free(open_file(p->path));
    }
    write_by_hand(p->path, 100, "{}", NULL, 0);
    assert_int_equal(gd_tensor_file_set_metadata(p->path, "note", "text"), GD_ERROR_FORMAT);
    unlink(p->path);
    assert_int_equal(gd_tensor_file_set_metadata(p->path, "note", "text"), GD_ERROR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_nothing_inside, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_bytes_of_the_library, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_other_writers, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_hostile_files, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_damaged_files, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_writer_refuses, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_write_failure, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_changed_metadata, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_short_memory, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
