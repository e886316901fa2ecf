// An index of vectors: what is nearest, growing, and files that are damaged.
#include <gradus/similar.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/gradus-index-%d", (int)getpid());
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

enum { ROWS = 3000, SIZE = 37, QUERIES = 7, MOST = 5 };

static float *random_vectors(int count, uint64_t seed)
{
    float *vector = malloc(sizeof(float) * (size_t)count * SIZE);
    gd__random random = gd__random_make(seed, 0);
    for (int i = 0; i < count * SIZE; i++)
        vector[i] = (float)gd__next_normal(&random);
    return vector;
}

static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < SIZE; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static void add_named(gd_index *index, int first, int count, const float *vector)
{
    char(*text)[16] = malloc(sizeof *text * (size_t)count);
    const char **name = malloc(sizeof *name * (size_t)count);
    for (int i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], "v%d", first + i);
        name[i] = text[i];
    }
    assert_int_equal(gd_index_add(index, count, vector + (size_t)first * SIZE, name), GD_OK);
    free((void *)name);
    free(text);
}

// In two portions, with the file closed between them, and against plain sums in double precision.
static void the_nearest_are_found(void **state)
{
    (void)state;
    float *vector = random_vectors(ROWS, 1), *query = random_vectors(QUERIES, 2);
    gd_index *index;
    assert_int_equal(gd_index_create(path, (gd_index_opts){.dimension = SIZE, .about = "a test"}, &index), GD_OK);
    add_named(index, 0, 1234, vector);
    gd_index_free(index);
    assert_int_equal(gd_index_open(path, GD_INDEX_GROW, &index), GD_OK);
    add_named(index, 1234, ROWS - 1234, vector);
    gd_index_free(index);
    assert_int_equal(gd_index_open(path, GD_INDEX_READ, &index), GD_OK);
    assert_int_equal(gd_index_count(index), ROWS);
    assert_string_equal(gd_index_about(index), "a test");
    assert_string_equal(gd_index_name(index, 2000), "v2000");
    assert_null(gd_index_name(index, ROWS));
    gd_neighbour found[QUERIES * MOST];
    assert_int_equal(gd_index_nearest(index, QUERIES, query, MOST, found), GD_OK);
    for (int q = 0; q < QUERIES; q++) {
        double last = 2;
        for (int i = 0; i < MOST; i++) {
            const gd_neighbour *one = &found[q * MOST + i];
            const double right = cosine(query + q * SIZE, vector + one->index * SIZE);
            assert_true(fabs(right - (double)one->similarity) < 1e-6 && right <= last + 1e-6);
            last = right;
        }
        int more = 0;
        for (int i = 0; i < ROWS; i++)
            more += cosine(query + q * SIZE, vector + i * SIZE) > last + 1e-6;
        assert_true(more < MOST);
    }
    // One query alone is answered as among others.
    gd_neighbour alone[MOST];
    assert_int_equal(gd_index_nearest(index, 1, query + 3 * SIZE, MOST, alone), GD_OK);
    for (int i = 0; i < MOST; i++)
        assert_int_equal(alone[i].index, found[3 * MOST + i].index);
    gd_index_free(index);
    free(vector);
    free(query);
}

static void equals_stand_in_order_and_absent_ones_are_told(void **state)
{
    (void)state;
    static const float vector[3][2] = {{1, 0}, {2, 0}, {0, 1}};
    gd_index *index;
    gd_neighbour found[4];
    assert_int_equal(gd_index_create(path, (gd_index_opts){.dimension = 2}, &index), GD_OK);
    assert_int_equal(gd_index_nearest(index, 1, vector[0], 1, found), GD_OK);
    assert_int_equal(found[0].index, -1);
    assert_int_equal(gd_index_add(index, 3, vector[0], (const char *const[]){"a", "b", "c"}), GD_OK);
    assert_int_equal(gd_index_nearest(index, 1, vector[1], 4, found), GD_OK);
    static const int64_t right[4] = {0, 1, 2, -1};
    for (int i = 0; i < 4; i++)
        assert_int_equal(found[i].index, right[i]);
    // What is no vector is refused, and the index stays as it was.
    static const float bad[2][2] = {{1, 1}, {0, 0}};
    assert_int_equal(gd_index_add(index, 2, bad[0], (const char *const[]){"d", "e"}), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "'e'"));
    assert_int_equal(gd_index_count(index), 3);
    // A second one that would add has to wait; one that asks does not.
    gd_index *second;
    assert_int_equal(gd_index_open(path, GD_INDEX_GROW, &second), GD_ERROR_IO);
    assert_int_equal(gd_index_open(path, GD_INDEX_READ, &second), GD_OK);
    assert_int_equal(gd_index_add(second, 3, vector[0], (const char *const[]){"a", "b", "c"}), GD_ERROR_ARGUMENT);
    gd_index_free(second);
    gd_index_free(index);
}

// Any byte of the file may be another, and it may end anywhere: an error in words, or an index that can be read.
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    static const float vector[3][2] = {{1, 0}, {2, 0}, {0, 1}};
    gd_index *index;
    assert_int_equal(gd_index_create(path, (gd_index_opts){.dimension = 2}, &index), GD_OK);
    assert_int_equal(gd_index_add(index, 3, vector[0], (const char *const[]){"a", "b", "c"}), GD_OK);
    gd_index_free(index);
    static char whole[8192];
    FILE *file = fopen(path, "rb");
    const size_t size = fread(whole, 1, sizeof whole, file);
    fclose(file);
    int refused = 0;
    for (size_t at = 0; at < size; at = at == 40 ? 4090 : at + 1)
        for (int form = 0; form < 3; form++) {
            static const char other[] = {0, 0x7f, (char)0xff};
            char kept = whole[at];
            whole[at] = other[form];
            file = fopen(path, "wb");
            fwrite(whole, 1, size, file);
            fclose(file);
            whole[at] = kept;
            gd_neighbour found[4];
            if (gd_index_open(path, GD_INDEX_READ, &index) == GD_OK &&
                gd_index_nearest(index, 1, (const float[65536]){1}, 4, found) == GD_OK && found[0].index >= 0)
                assert_non_null(gd_index_name(index, found[0].index));
            else
                refused++;
            gd_index_free(index);
        }
    assert_true(refused > 20);
    assert_int_equal(truncate(path, (off_t)size - 1), 0);
    assert_int_equal(gd_index_open(path, GD_INDEX_READ, &index), GD_ERROR_FORMAT);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(gd_index_open(path, GD_INDEX_READ, &index), GD_ERROR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_are_found, make_path, remove_path),
        cmocka_unit_test_setup_teardown(equals_stand_in_order_and_absent_ones_are_told, make_path, remove_path),
        cmocka_unit_test_setup_teardown(damaged_files_do_no_harm, make_path, remove_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
