// Another number of rows at each call. A function keeps plans for the sizes that were used last, so memory is bounded
// whatever comes; the size that matters most is planned before the first call, and all plans can be given back.
#include <gradus/gradus.h>
#include <stdio.h>
#include <stdlib.h>

enum { LARGEST = 1500, CALLS = 300, FEATURES = 64, CLASSES = 10 };
static float rows[LARGEST][FEATURES], scores[LARGEST][CLASSES];

static double resident_megabytes(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &all, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return (double)resident * 4096 / (1 << 20);
}

int main(void)
{
    gd_set_threads(1);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor y = gd_dense(gd_relu(gd_dense(gd_relu(gd_dense(x, 256)), 256)), CLASSES);
    gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){.batch_sizes = 8}); // plans kept
    gd_status status = function != NULL ? gd_function_prepare(function, 1) : gd_last_status();
    const double before = resident_megabytes();
    double slowest = 0;
    for (int i = 0; status == GD_OK && i < CALLS; i++) {
        const int count = i % 2 == 0 ? 1 : 1 + rand() % LARGEST;
        const double begin = gd_clock();
        status = gd_function_run_batch(function, count, 1, (const void *const[]){rows}, (void *const[]){scores});
        if (count == 1 && gd_clock() - begin > slowest)
            slowest = gd_clock() - begin;
    }
    if (status == GD_OK) {
        const double grown = resident_megabytes() - before;
        printf("%d calls of many sizes took %s than 50 MB; the slowest of one row %.2f ms\n", CALLS,
               grown < 50 ? "less" : "more", slowest * 1000);
        gd_function_trim(function); // until the next call
    } else {
        fprintf(stderr, "%s\n", gd_last_error());
    }
    gd_function_free(function);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
