// One function, several threads: a function that writes no variable may run on all of them at the same time.
#include <gradus/gradus.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4 };

typedef struct job {
    gd_function *function;
    gd_tensor input;
    float x[2];
    double sum; // of the result
    gd_status status;
    char error[256];
} job;

static void *run(void *argument)
{
    job *j = argument;
    gd_feed feed = {j->input, gd_array_borrow(GD_F32, GD_SHAPE(1, 2), j->x)};
    gd_array result = {0}; // empty: made by the run
    j->status = gd_function_run(j->function, 1, &feed, &result);
    if (j->status != GD_OK)
        snprintf(j->error, sizeof j->error, "%s", gd_last_error()); // each thread has its own
    for (int64_t i = 0; j->status == GD_OK && i < gd_array_count(&result); i++)
        j->sum += gd_array_get(&result, i);
    gd_array_free(&result);
    return NULL;
}

int main(void)
{
    gd_set_threads(1); // computations: these threads share the processor already
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor y = gd_softmax(gd_dense(x, 5), -1);
    gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){0});
    int failed = function == NULL;
    if (failed)
        fprintf(stderr, "%s\n", gd_last_error());

    job jobs[THREADS] = {0};
    pthread_t thread[THREADS];
    int started = 0;
    for (; !failed && started < THREADS; started++) {
        jobs[started] = (job){.function = function, .input = x, .x = {(float)started, 1}};
        if (pthread_create(&thread[started], NULL, run, &jobs[started]) != 0)
            break;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
        if (jobs[i].status == GD_OK)
            printf("thread %d: the probabilities sum to %.3f\n", i, jobs[i].sum);
        else
            fprintf(stderr, "thread %d: %s\n", i, jobs[i].error);
        failed |= jobs[i].status != GD_OK;
    }
    gd_function_free(function);
    gd_graph_free(graph);
    return failed;
}
