// Loads and unloads the shared library again and again, as a host does with a plugin, and trains a little each time:
//
//     plugin libgradus.so
//
// Nothing of it may stay: no mapping, no thread, and no memory that grows from one time to the next.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <gradus/base.h>
#include <gradus/graph.h>
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The loader itself keeps about a kilobyte each time, for the libraries that ours needs; a network has megabytes.
enum { LOADER_KEEPS = 4096 };

enum { TIMES = 12, SETTLED = 4, BATCH = 64, INPUTS = 512 };

// The functions of the library, of the types that its headers give them.
static struct {
    __typeof__(&gd_set_threads) set_threads;
    __typeof__(&gd_array_borrow) borrow;
    __typeof__(&gd_graph_create) graph_create;
    __typeof__(&gd_graph_free) graph_free;
    __typeof__(&gd_input) input;
    __typeof__(&gd_dense) dense;
    __typeof__(&gd_tanh) tanh;
    __typeof__(&gd_squared_error) squared_error;
    __typeof__(&gd_adam) adam;
    __typeof__(&gd_training_step) training_step;
    __typeof__(&gd_function_run) run;
    __typeof__(&gd_function_free) function_free;
    __typeof__(&gd_last_error) last_error;
} gd;

static void *library;

static bool find(const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static bool find_all(void)
{
    return find("gd_set_threads", &gd.set_threads) && find("gd_array_borrow", &gd.borrow) &&
           find("gd_graph_create", &gd.graph_create) && find("gd_graph_free", &gd.graph_free) &&
           find("gd_input", &gd.input) && find("gd_dense", &gd.dense) && find("gd_tanh", &gd.tanh) &&
           find("gd_squared_error", &gd.squared_error) && find("gd_adam", &gd.adam) &&
           find("gd_training_step", &gd.training_step) && find("gd_function_run", &gd.run) &&
           find("gd_function_free", &gd.function_free) && find("gd_last_error", &gd.last_error);
}

// A few steps on two threads; NULL when they went well.
static void *train(void *fails)
{
    static float x[BATCH][INPUTS];
    float first = 0, loss = 0;
    gd_array result = gd.borrow(GD_F32, GD_SCALAR, &loss);
    gd.set_threads(2);
    gd_graph *graph = gd.graph_create();
    const gd_tensor input = gd.input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, INPUTS));
    const gd_tensor hidden = gd.tanh(gd.dense(input, 256, (gd_dense_opts){0}));
    const gd_tensor output = gd.dense(hidden, INPUTS, (gd_dense_opts){0});
    const gd_tensor error = gd.squared_error(output, input, (gd_loss_opts){0});
    gd_function *step = gd.training_step(error, gd.adam(1e-3));
    for (int i = 0; i < BATCH * INPUTS; i++)
        x[i / INPUTS][i % INPUTS] = (float)(i % 7) / 7;
    const gd_feed feed = {input, gd.borrow(GD_F32, GD_SHAPE(BATCH, INPUTS), x)};
    bool good = step != NULL;
    for (int i = 0; i < 5 && good; i++) {
        good = gd.run(step, 1, &feed, &result) == GD_OK;
        first = i == 0 ? loss : first;
    }
    if (!good)
        fprintf(stderr, "%s\n", gd.last_error());
    // A failure leaves a sentence in this thread's own storage.
    good = good && loss < first && gd.run(step, 1, NULL, NULL) != GD_OK;
    gd.function_free(step);
    gd.graph_free(graph);
    return good ? NULL : fails;
}

static int count_threads(void)
{
    DIR *directory = opendir("/proc/self/task");
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static bool is_mapped(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4096];
    bool found = false;
    while (fgets(line, sizeof line, maps) != NULL)
        found = found || strstr(line, "libgradus") != NULL;
    fclose(maps);
    return found;
}

int main(int count, char **argument)
{
    size_t settled = 0;
    int threads = 0;
    for (int i = 0; i < TIMES && count > 1; i++) {
        library = dlopen(argument[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL || !find_all()) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        // On a thread that outlives the library's visit, and on one that ends while the library is there.
        pthread_t other;
        void *failed = &gd;
        if (train(&gd) != NULL || pthread_create(&other, NULL, train, &gd) != 0 || pthread_join(other, &failed) != 0 ||
            failed != NULL)
            return 1;
        if (dlclose(library) != 0 || is_mapped()) {
            printf("time %d: the library is still there\n", i);
            return 1;
        }
        if (i == SETTLED) {
            settled = mallinfo2().uordblks;
            threads = count_threads();
        }
    }
    const long grown = (long)mallinfo2().uordblks - (long)settled;
    printf("threads %d, later %d; memory grew by %ld bytes\n", threads, count_threads(), grown);
    return count_threads() == threads && grown < LOADER_KEEPS * (TIMES - SETTLED) ? 0 : 1;
}
