// What belongs to the process: the allocator, the log, the cache, the last status.
#include <gradus/base.h>
#include <gradus/graph.h>

#include "base/debug.h"
#include "base/file.h"
#include "base/memory.h"

#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long living, asked;
static int context;

static void *count_and_allocate(size_t size, void *given)
{
    assert_ptr_equal(given, &context);
    atomic_fetch_add(&living, 1);
    atomic_fetch_add(&asked, 1);
    return malloc(size);
}

static void count_and_release(void *block, void *given)
{
    assert_ptr_equal(given, &context);
    atomic_fetch_sub(&living, 1);
    free(block);
}

// First: before the library has allocated anything.
static void test_allocator(void **state)
{
    (void)state;
    assert_int_equal(gd_set_allocator((gd_allocator){.allocate = count_and_allocate}), GD_ERROR_ARGUMENT);
    const gd_allocator own = {count_and_allocate, count_and_release, &context};
    assert_int_equal(gd_set_allocator(own), GD_OK);
    gd_graph *g = gd_graph_create();
    gd_variable(g, "w", GD_F32, GD_SHAPE(1000, 1000), (gd_variable_opts){0});
    assert_true(atomic_load(&asked) > 3);
    gd_graph_free(g);
    assert_int_equal(atomic_load(&living), 0);
    assert_int_equal(gd_set_allocator(own), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "too late"));
    assert_int_equal(gd_last_status(), GD_ERROR_ARGUMENT);
}

static char logged[100];
static void keep(const char *text, void *given)
{
    assert_ptr_equal(given, &context);
    strncat(logged, text, sizeof logged - strlen(logged) - 1);
}

static void test_log(void **state)
{
    (void)state;
    gd_set_log(keep, &context);
    gd__debug_print("%d steps\n", 3);
    gd_set_log(NULL, NULL);
    assert_string_equal(logged, "3 steps\n");
}

static void test_cache(void **state)
{
    (void)state;
    char directory[] = "/tmp/gradus-cache-XXXXXX", long_path[1200];
    assert_non_null(mkdtemp(directory));
    const int before = gd__cache_changes();
    assert_int_equal(gd_set_cache(directory), GD_OK);
    assert_true(gd__cache_changes() > before);
    char *found = gd__cache_directory(NULL);
    assert_string_equal(found, directory);
    gd_text_free(found);
    assert_int_equal(gd_set_cache(NULL), GD_OK);
    assert_null(gd__cache_directory(NULL));
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(gd_set_cache(long_path), GD_ERROR_ARGUMENT);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_allocator), cmocka_unit_test(test_log),
                                       cmocka_unit_test(test_cache)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
