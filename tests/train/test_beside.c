// What may go on beside predicting: weights are swapped and saved, the network is trained, its graph is written.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/train.h>
#include <pthread.h>

#include <cmocka.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { IN = 16, OUT = 5, PREDICTING = 8, MOST_BATCH = 6 };
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
static const double usual_seconds = 3;
#else
static const double usual_seconds = 0.7;
#endif

// GRADUS_BESIDE_SECONDS: how long each of the tests goes on, for who wants to wait longer.
static double seconds(void)
{
    const char *given = getenv("GRADUS_BESIDE_SECONDS");
    return given != NULL ? strtod(given, NULL) : usual_seconds;
}

typedef struct net {
    gd_graph *graph;
    gd_tensor x, label, y;
    gd_function *f;
} net;

static net make_net(uint64_t seed)
{
    net n = {.graph = gd_graph_create()};
    gd_graph_set_seed(n.graph, seed);
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, IN));
    n.label = gd_input(n.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = gd_relu(gd_batch_norm(gd_dense(n.x, 32), (gd_batch_norm_opts){0}));
    n.y = gd_dense(gd_relu(gd_dense(h, 32)), OUT);
    n.f = gd_function_create(n.graph, 1, &n.y, (gd_function_opts){0});
    if (n.f == NULL)
        fail_msg("%s", gd_last_error());
    return n;
}

static void free_net(net n)
{
    gd_function_free(n.f);
    gd_graph_free(n.graph);
}

static void fill(float *x, int batch)
{
    for (int i = 0; i < batch * IN; i++)
        x[i] = (float)((i * 7 + batch * 3) % 19 - 9) / 9;
}

static gd_status predict(const net *n, int batch, float *y)
{
    float x[MOST_BATCH * IN];
    fill(x, batch);
    const gd_feed feed = {n->x, gd_array_borrow(GD_F32, GD_SHAPE(batch, IN), x)};
    gd_array result = gd_array_borrow(GD_F32, GD_SHAPE(batch, OUT), y);
    return gd_function_run(n->f, 1, &feed, &result);
}

// ---- The threads

static char path[2][64];
static net shared;
static float expected[2][MOST_BATCH + 1][MOST_BATCH * OUT];
static atomic_bool over, compares;
static atomic_int failures, runs;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(gd_status status)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    atomic_fetch_add(&failures, 1);
}

// The largest difference from what the weights of file `which` give.
static double distance(int which, int batch, const float *y)
{
    double most = 0;
    for (int i = 0; i < batch * OUT; i++)
        most = fmax(most, fabs((double)y[i] - (double)expected[which][batch][i]));
    return most;
}

static void *predicting(void *unused)
{
    (void)unused;
    float y[MOST_BATCH * OUT];
    for (int i = 0; !atomic_load(&over); i++) {
        const int batch = 1 + i % MOST_BATCH;
        check(predict(&shared, batch, y));
        if (atomic_load(&compares) && fmin(distance(0, batch, y), distance(1, batch, y)) > 1e-5) {
            print_error("an answer is neither model's\n");
            atomic_fetch_add(&failures, 1);
        }
        atomic_fetch_add(&runs, 1);
    }
    return NULL;
}

static void *swapping(void *unused)
{
    (void)unused;
    for (int i = 0; !atomic_load(&over); i++)
        check(gd_load_weights(shared.graph, path[i % 2], (gd_load_opts){.ignore = "head*"}, NULL));
    return NULL;
}

static gd_function *training_step;
static void *training(void *unused)
{
    (void)unused;
    float x[MOST_BATCH * IN];
    const int32_t label[MOST_BATCH] = {0, 1, 2, 3, 4, 0};
    fill(x, MOST_BATCH);
    while (!atomic_load(&over)) {
        const gd_feed feed[] = {{shared.x, gd_array_borrow(GD_F32, GD_SHAPE(MOST_BATCH, IN), x)},
                                {shared.label, gd_array_borrow(GD_I32, GD_SHAPE(MOST_BATCH), label)}};
        gd_array loss = {0};
        check(gd_function_run(training_step, 2, feed, &loss));
        gd_array_free(&loss);
    }
    return NULL;
}

// Adds a hundred heads to the network, one after the other, and runs each once.
static void *growing(void *unused)
{
    (void)unused;
    for (int i = 0; !atomic_load(&over) && i < 100; i++) {
        char name[20];
        snprintf(name, sizeof name, "head%d", i);
        const gd_tensor head = gd_dense(gd_stop_gradient(shared.y), 3, (gd_dense_opts){.name = name});
        net with_head = shared;
        with_head.f = gd_function_create(shared.graph, 1, &head, (gd_function_opts){0});
        float x[IN], y[3];
        fill(x, 1);
        const gd_feed feed = {shared.x, gd_array_borrow(GD_F32, GD_SHAPE(1, IN), x)};
        gd_array result = gd_array_borrow(GD_F32, GD_SHAPE(1, 3), y);
        check(with_head.f == NULL ? GD_ERROR_ARGUMENT : gd_function_run(with_head.f, 1, &feed, &result));
        gd_function_free(with_head.f);
        usleep((useconds_t)(seconds() * 1e6 / 150));
    }
    return NULL;
}

static void *saving(void *unused)
{
    (void)unused;
    char file[80];
    snprintf(file, sizeof file, "%s.saved", path[0]);
    while (!atomic_load(&over))
        check(gd_save_weights(shared.graph, file, 0, NULL));
    unlink(file);
    return NULL;
}

static void run_beside(int count, void *(*const other[])(void *))
{
    pthread_t thread[PREDICTING + 5];
    atomic_store(&over, false);
    atomic_store(&runs, 0);
    atomic_store(&failures, 0);
    for (int i = 0; i < PREDICTING + count; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, i < PREDICTING ? predicting : other[i - PREDICTING], NULL),
                         0);
    for (const double end = now() + seconds(); now() < end;)
        usleep(20000);
    atomic_store(&over, true);
    for (int i = 0; i < PREDICTING + count; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_true(atomic_load(&runs) > 10);
}

// ---- The tests

static int set_up(void **state)
{
    (void)state;
    gd_set_threads(1);
    for (int v = 0; v < 2; v++) {
        snprintf(path[v], sizeof path[v], "/tmp/gradus-beside-%d-%d.safetensors", (int)getpid(), v);
        const net n = make_net((uint64_t)v + 1);
        if (gd_save_weights(n.graph, path[v], 0, NULL) != GD_OK)
            return -1;
        for (int batch = 1; batch <= MOST_BATCH; batch++)
            if (predict(&n, batch, expected[v][batch]) != GD_OK)
                return -1;
        free_net(n);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path[0]) + unlink(path[1]);
}

// Every answer is that of the old weights or that of the new ones, never of some of each.
static void test_swap(void **state)
{
    (void)state;
    shared = make_net(1);
    atomic_store(&compares, true);
    run_beside(1, (void *(*const[])(void *)){swapping});
    free_net(shared);
}

static void test_everything(void **state)
{
    (void)state;
    shared = make_net(1);
    atomic_store(&compares, false);
    const gd_tensor loss = gd_softmax_cross_entropy(shared.y, shared.label);
    training_step = gd_training_step(loss, gd_adam(1e-3));
    assert_non_null(training_step);
    run_beside(5, (void *(*const[])(void *)){training, swapping, growing, saving, training});
    gd_function_free(training_step);
    free_net(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_swap), cmocka_unit_test(test_everything)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
