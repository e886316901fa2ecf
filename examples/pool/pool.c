// A pool of threads that predicts, and weights that are exchanged while it does: four workers take requests from a
// queue, each request is one row, and in the middle of it all the model is replaced by a better one. Nobody waits for
// that but for the runs that are under way, and each answer is all the old model's or all the new one's.
//
//     ./pool
#include <gradus/gradus.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

enum { WORKERS = 4, FEATURES = 32, CLASSES = 10, REQUESTS = 4000, ROWS = 16, QUEUE = 64 };

typedef struct net {
    gd_graph *graph;
    gd_function *function;
} net;

typedef struct request {
    int row;
    float answer[CLASSES];
    gd_status status;
} request;

// A queue of requests; NULL in it tells a worker to end.
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    request *item[QUEUE];
    int first, count;
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, {NULL}, 0, 0};

static net served; // written by main before the workers start
static float row[ROWS][FEATURES];
static request requests[REQUESTS];

static void put(request *item)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.count == QUEUE)
        pthread_cond_wait(&queue.changed, &queue.lock);
    queue.item[(queue.first + queue.count++) % QUEUE] = item;
    pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
}

static request *take(void)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.count == 0)
        pthread_cond_wait(&queue.changed, &queue.lock);
    request *item = queue.item[queue.first];
    queue.first = (queue.first + 1) % QUEUE;
    queue.count--;
    pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
    return item;
}

static gd_status predict(const net *n, const float *features, float *answer)
{
    return gd_function_run_batch(n->function, 1, 1, (const void *const[]){features}, (void *const[]){answer});
}

static void *work(void *unused)
{
    (void)unused;
    for (request *r = take(); r != NULL; r = take())
        r->status = predict(&served, row[r->row], r->answer);
    return NULL;
}

// The same net with other first weights: a model and the one that will replace it.
static net make(uint64_t seed)
{
    net n = {.graph = gd_graph_create()};
    gd_graph_set_seed(n.graph, seed);
    gd_tensor x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor h = gd_relu(gd_batch_norm(gd_dense(x, 64)));
    gd_tensor y = gd_softmax(gd_dense(gd_relu(gd_dense(h, 64)), CLASSES), -1);
    n.function = gd_function_create(n.graph, 1, &y, (gd_function_opts){0});
    return n;
}

static bool near(const float *a, const float *b)
{
    for (int i = 0; i < CLASSES; i++)
        if (fabsf(a[i] - b[i]) > 1e-6F)
            return false;
    return true;
}

// Feeds all requests, with the exchange in their middle, and counts whose answers came back.
static gd_status serve(net *next)
{
    static float answer[2][ROWS][CLASSES]; // what either model says
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < 2 * ROWS; i++)
        status = predict(i < ROWS ? &served : next, row[i % ROWS], answer[i / ROWS][i % ROWS]);
    if (status != GD_OK)
        return status;
    pthread_t thread[WORKERS];
    int started = 0;
    while (started < WORKERS && pthread_create(&thread[started], NULL, work, NULL) == 0)
        started++;
    if (started == 0)
        return gd_fail(GD_ERROR_MEMORY, "no thread could be started");
    for (int i = 0; i < REQUESTS; i++) {
        if (i == REQUESTS / 2)
            status = gd_graph_swap_variables(served.graph, next->graph);
        requests[i].row = i % ROWS;
        put(&requests[i]);
    }
    for (int i = 0; i < started; i++)
        put(NULL);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    int from[3] = {0}; // the old model, the new one, neither
    for (int i = 0; i < REQUESTS; i++) {
        const request *r = &requests[i];
        if (r->status != GD_OK)
            status = gd_fail(r->status, "request %d failed", i);
        from[near(r->answer, answer[0][r->row]) ? 0 : near(r->answer, answer[1][r->row]) ? 1 : 2]++;
    }
    printf("%d answers: the old model's %s, the new one's %s, of neither %d\n", REQUESTS, from[0] > 0 ? "yes" : "no",
           from[1] >= REQUESTS / 2 ? "from the exchange on" : "late", from[2]);
    return status == GD_OK && from[2] > 0 ? gd_fail(GD_ERROR_INTERNAL, "an answer is a mixture") : status;
}

int main(void)
{
    gd_set_threads(1); // a run is small, and the workers share the processors already
    for (int i = 0; i < ROWS * FEATURES; i++)
        row[i / FEATURES][i % FEATURES] = sinf((float)(i * i));
    served = make(1);
    net next = make(2);
    gd_status status = GD_ERROR_ARGUMENT;
    if (served.function != NULL && next.function != NULL)
        status = serve(&next);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    for (int i = 0; i < 2; i++) {
        const net n = i == 0 ? served : next;
        gd_function_free(n.function);
        gd_graph_free(n.graph);
    }
    return status == GD_OK ? 0 : 1;
}
