// A long call says how far it is, and ends when the program wants it to: here after a tenth of a second.
#include <gradus/gradus.h>
#include <stdio.h>

typedef struct job {
    double deadline;
} job;

static int report(void *context, const char *what, int64_t done, int64_t total)
{
    job *j = context;
    printf("%s: %lld of %lld\n", what, (long long)done, (long long)total);
    return gd_clock() > j->deadline; // the call ends with GD_ERROR_INTERRUPTED
}

int main(void)
{
    enum { ROWS = 64 };
    static float x[ROWS * 2], y[ROWS];
    for (int i = 0; i < ROWS; i++) {
        x[2 * i] = (float)(i % 8) / 8;
        x[2 * i + 1] = (float)(i / 8) / 8;
        y[i] = x[2 * i] * x[2 * i + 1];
    }
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(ROWS, 2), x),
                              gd_array_borrow(GD_F32, GD_SHAPE(ROWS, 1), y)};
    gd_dataset *set = NULL;
    gd_status status = gd_dataset_from_arrays(2, (const char *const[]){"x", "y"}, array, &set);
    gd_graph *graph = gd_graph_create();
    gd_tensor in = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor target = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor loss = gd_squared_error(gd_dense(gd_tanh(gd_dense(in, 16)), 1), target);
    gd_trainer *trainer = gd_trainer_create(loss, gd_adam(1e-2));

    job j = {.deadline = gd_clock() + 0.1};
    gd_set_listener((gd_listener){.report = report, .context = &j, .interval = 0.05});
    if (status == GD_OK)
        status = gd_fit(trainer, set, (gd_fit_opts){.epochs = 1000000, .batch = 16});
    if (status == GD_ERROR_INTERRUPTED)
        printf("ended: %s\n", gd_last_error());
    else
        fprintf(stderr, "%s\n", status == GD_OK ? "nothing ended it" : gd_last_error());
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(set);
    return status == GD_ERROR_INTERRUPTED ? 0 : 1;
}
