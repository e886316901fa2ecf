// A function keeps plans for a number of batch sizes, and threads may run it meanwhile.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>
#include <pthread.h>

#include "base/memory.h"

#include <cmocka.h>
#include <stdatomic.h>
#include <string.h>

enum { WIDTH = 3, MOST = 40 };

static gd_graph *graph;
static gd_tensor x, y;

static int make_graph(void **state)
{
    (void)state;
    graph = gd_graph_create();
    x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, WIDTH));
    y = gd_sum(gd_tanh(gd_dense(gd_scale(x, 2), WIDTH)), (gd_reduce_opts){.axes = GD_AXES(1)});
    return 0;
}

static int free_graph(void **state)
{
    (void)state;
    gd_graph_free(graph);
    return 0;
}

// Runs a batch of so many equal rows into `result`, which has room for them.
static gd_status run_batch(gd_function *f, int batch, float *result)
{
    float row[MOST * WIDTH];
    for (int i = 0; i < batch * WIDTH; i++)
        row[i] = (float)(i % WIDTH) - 1;
    const gd_feed feed = {x, gd_array_borrow(GD_F32, GD_SHAPE(batch, WIDTH), row)};
    gd_array out = gd_array_borrow(GD_F32, GD_SHAPE(batch), result);
    return gd_function_run(f, 1, &feed, &out);
}

static gd_function *make(int batch_sizes)
{
    gd_function *f = gd_function_create(graph, 1, &y, (gd_function_opts){.batch_sizes = batch_sizes});
    if (f == NULL)
        fail_msg("%s", gd_last_error());
    return f;
}

// A plan that was kept runs without any memory being asked for; making one asks for some.
static bool is_kept(gd_function *f, int batch)
{
    float result[MOST];
    gd__alloc_fail_after(0, true);
    gd_status status = run_batch(f, batch, result);
    gd__alloc_fail_after(-1, false);
    assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
    return status == GD_OK;
}

static void run_all(gd_function *f, int count, const int *batch)
{
    float result[MOST];
    for (int i = 0; i < count; i++) {
        if (run_batch(f, batch[i], result) != GD_OK)
            fail_msg("%s", gd_last_error());
    }
}

static void test_least_recent_goes(void **state)
{
    (void)state;
    gd_function *f = make(3);
    run_all(f, 5, (int[]){1, 2, 3, 1, 4});
    assert_false(is_kept(f, 2));
    assert_true(is_kept(f, 3) && is_kept(f, 1) && is_kept(f, 4));
    run_all(f, 1, (int[]){2}); // 3 was used least recently
    assert_false(is_kept(f, 3));
    assert_true(is_kept(f, 1) && is_kept(f, 4) && is_kept(f, 2));
    gd_function_free(f);
}

static void test_default(void **state)
{
    (void)state;
    gd_function *f = make(0);
    for (int batch = 1; batch <= 17; batch++)
        run_all(f, 1, &batch);
    assert_false(is_kept(f, 1));
    for (int batch = 2; batch <= 17; batch++)
        assert_true(is_kept(f, batch));
    gd_function_free(f);
}

// A size that cannot be planned drives no other one out.
static void test_refused_size(void **state)
{
    (void)state;
    gd_function *f = make(1);
    run_all(f, 1, (int[]){5});
    const gd_feed feed = {x, gd_array_borrow(GD_F32, GD_SHAPE(INT64_C(1) << 50, WIDTH), &feed)};
    gd_array out = {0};
    assert_int_equal(gd_function_run(f, 1, &feed, &out), GD_ERROR_SHAPE);
    assert_true(is_kept(f, 5));
    gd_function_free(f);
}

// What was prepared needs no memory any more; what was trimmed does.
static void test_prepare_and_trim(void **state)
{
    (void)state;
    gd_function *f = make(0);
    assert_int_equal(gd_function_prepare(f, 7), GD_OK);
    assert_int_equal(gd_function_prepare(f, 0), GD_ERROR_ARGUMENT);
    assert_true(is_kept(f, 7));
    gd_function_trim(f);
    assert_false(is_kept(f, 7));
    run_all(f, 1, (int[]){7});
    gd_function_trim(f);
    gd_function_trim(f);
    gd_function_free(f);
}

typedef struct runner {
    gd_function *f;
    int seed;
    const float *want;
    atomic_int *wrong;
} runner;

static void *run_many(void *argument)
{
    const runner *r = argument;
    float result[MOST];
    for (int i = 0; i < 150; i++) {
        int batch = 1 + (i * (r->seed + 3) + r->seed) % MOST;
        bool good = run_batch(r->f, batch, result) == GD_OK;
        for (int j = 0; good && j < batch; j++)
            good = result[j] - *r->want < 1e-5F && *r->want - result[j] < 1e-5F;
        atomic_fetch_add(r->wrong, good ? 0 : 1);
    }
    return NULL;
}

// Many more sizes than are kept: plans go while other threads run them.
static void test_threads(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    gd_function *f = make(2);
    float want;
    assert_int_equal(run_batch(f, 1, &want), GD_OK);
    atomic_int wrong = 0;
    pthread_t thread[THREADS];
    runner r[THREADS];
    for (int i = 0; i < THREADS; i++) {
        r[i] = (runner){f, i, &want, &wrong};
        assert_int_equal(pthread_create(&thread[i], NULL, run_many, &r[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    gd_function_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_recent_goes), cmocka_unit_test(test_default), cmocka_unit_test(test_refused_size),
        cmocka_unit_test(test_prepare_and_trim),  cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, make_graph, free_graph);
}
