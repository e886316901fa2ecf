// Sequences of any length in one function: an LSTM learns whether more ones or more zeros have come so far. It trains
// on lengths from 1 to 20 and is asked about a sequence of 50.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 32, LONGEST = 50 };

// `x` (batch, time, 1) and `y` alike: ones and zeros, and whether the ones prevail up to there.
static void draw(int64_t batch, int64_t time, float *x, float *y)
{
    for (int64_t n = 0; n < batch; n++) {
        for (int64_t t = 0, lead = 0; t < time; t++) {
            x[n * time + t] = (float)(rand() / (RAND_MAX / 2 + 1));
            lead += x[n * time + t] > 0 ? 1 : -1;
            y[n * time + t] = lead > 0 ? 1.0F : 0.0F;
        }
    }
}

int main(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, GD_TIME, 1));
    gd_tensor y = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, GD_TIME, 1));
    gd_tensor logit = gd_dense(gd_lstm(x, 16, (gd_recurrent_opts){0}), 1);
    gd_train_step *step =
        gd_train_step_create(gd_logistic_loss(logit, y), (gd_train_step_opts){.rule = gd_adam(1e-2), .clip_norm = 1});
    gd_function *predict = gd_function_create(graph, 1, &logit, (gd_function_opts){0});
    gd_status status = step != NULL && predict != NULL ? GD_OK : GD_ERROR_ARGUMENT;

    static float ones[BATCH * LONGEST], ahead[BATCH * LONGEST];
    for (int i = 0; status == GD_OK && i < 600; i++) {
        const int64_t time = 1 + rand() % 20;
        draw(BATCH, time, ones, ahead);
        status = gd_train_step_run_sequences(step, BATCH, time, 2, (const void *const[]){ones, ahead});
        if (status == GD_OK && i % 100 == 99)
            printf("step %d, %d steps of time: loss %.3f\n", i + 1, (int)time, gd_train_step_loss(step));
    }

    gd_array answer = {0};
    if (status == GD_OK) {
        draw(1, LONGEST, ones, ahead);
        const gd_feed feed = {x, gd_array_borrow(GD_F32, GD_SHAPE(1, LONGEST, 1), ones)};
        status = gd_function_run(predict, 1, &feed, &answer);
    }
    int right = 0;
    for (int t = 0; status == GD_OK && t < LONGEST; t++)
        right += (gd_array_get(&answer, t) > 0) == (ahead[t] > 0);
    if (status == GD_OK)
        printf("right after %d of %d steps\n", right, LONGEST);
    else
        fprintf(stderr, "%s\n", gd_last_error());
    gd_array_free(&answer);
    gd_function_free(predict);
    gd_train_step_free(step);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
