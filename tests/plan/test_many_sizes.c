// A function that meets many batch sizes does not time kernels for each of them.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include "base/file.h"
#include "base/memory.h"

#include <cmocka.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static char directory[] = "/tmp/gradus-sizes-XXXXXX";

static int make_cache(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : setenv("GRADUS_CACHE", directory, 1);
}

// How many choices are remembered.
static int choices(void)
{
    char pattern[sizeof directory + 20];
    snprintf(pattern, sizeof pattern, "%s/choices-*.txt", directory);
    glob_t found;
    int count = 0;
    if (glob(pattern, 0, NULL, &found) == 0) {
        char *text;
        size_t size;
        assert_int_equal(gd__file_read(found.gl_pathv[0], 1 << 20, &text, &size), GD_OK);
        for (size_t i = 0; i < size; i++)
            count += text[i] == '\n';
        gd__free(text);
        globfree(&found);
    }
    return count;
}

static void run_size(gd_function *f, gd_tensor x, int64_t batch)
{
    gd_array value, result = {0};
    assert_int_equal(gd_array_create(&value, GD_F32, GD_SHAPE(batch, 16, 20, 20)), GD_OK);
    const gd_feed feed = {x, value};
    if (gd_function_run(f, 1, &feed, &result) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_array_free(&value);
    gd_array_free(&result);
}

static void test_choices(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 16, 20, 20));
    gd_tensor y = gd_conv2d(x, 16, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME});
    y = gd_dense(gd_flatten(y), 64);
    gd_function *f = gd_function_create(g, 1, &y, (gd_function_opts){0});
    assert_non_null(f);
    for (int64_t batch = 17; batch <= 20; batch++)
        run_size(f, x, batch);
    const int few = choices();
    assert_true(few > 0);
    for (int64_t batch = 21; batch <= 26; batch++)
        run_size(f, x, batch);
    assert_int_equal(choices(), few);
    gd_function_free(f);
    gd_graph_free(g);
}

// A training can be resumed, so what sizes came before must not show in its bits.
static void test_gradients(void **state)
{
    (void)state;
    enum { TERMS = 4, MOST = 40, WEIGHTS = 16 * TERMS };
    static float x[MOST * TERMS];
    for (int i = 0; i < MOST * TERMS; i++)
        x[i] = sinf((float)(3 * i + 1));
    gd_graph *g = gd_graph_create();
    gd_tensor input = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, TERMS));
    gd_tensor loss = gd_mean(gd_square(gd_dense(gd_tanh(gd_dense(input, 16)), 2)));
    gd_tensor weight = gd_variable_at(g, 0), gradient;
    gd_gradients(loss, 1, &weight, &gradient);
    gd_function *many = gd_function_create(g, 1, &gradient, (gd_function_opts){.training = true});
    assert_non_null(many);
    for (int64_t batch = 2; batch <= MOST; batch++) {
        float got[WEIGHTS], want[WEIGHTS];
        gd_function *own = gd_function_create(g, 1, &gradient, (gd_function_opts){.training = true});
        assert_int_equal(gd_function_run_batch(many, batch, 1, (const void *const[]){x}, (void *const[]){got}), GD_OK);
        assert_int_equal(gd_function_run_batch(own, batch, 1, (const void *const[]){x}, (void *const[]){want}), GD_OK);
        assert_memory_equal(got, want, sizeof want);
        gd_function_free(own);
    }
    gd_function_free(many);
    gd_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_choices), cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, make_cache, NULL);
}
