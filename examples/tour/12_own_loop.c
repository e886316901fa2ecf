// A training loop of one's own: two losses, the gradient's norm kept below 1, the rate by epoch, a body that is frozen
// at first, and an end when the validation no longer gets better.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRAIN = 2000, VALIDATE = 500, BATCH = 50, EPOCHS = 60 };
static float x[TRAIN + VALIDATE][2], t[TRAIN + VALIDATE][1];

static float uniform(void)
{
    return (float)rand() / (float)RAND_MAX;
}

// Two half moons that reach into each other.
static void make_moons(void)
{
    for (int i = 0; i < TRAIN + VALIDATE; i++) {
        const float angle = uniform() * 3.1416F, other = (float)(i & 1);
        t[i][0] = other;
        x[i][0] = (other > 0 ? 1 - cosf(angle) : cosf(angle)) + 0.1F * (uniform() - 0.5F);
        x[i][1] = (other > 0 ? 0.5F - sinf(angle) : sinf(angle)) + 0.1F * (uniform() - 0.5F);
    }
}

static gd_status train(gd_train_step *step, gd_function *evaluate, gd_tensor in, gd_tensor target)
{
    const gd_feed held_out[] = {{in, gd_array_borrow(GD_F32, GD_SHAPE(VALIDATE, 2), x[TRAIN])},
                                {target, gd_array_borrow(GD_F32, GD_SHAPE(VALIDATE, 1), t[TRAIN])}};
    float loss = INFINITY, best = INFINITY;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &loss);
    gd_status status = gd_train_step_freeze(step, "body*", true);
    for (int epoch = 0, waiting = 0; status == GD_OK && epoch < EPOCHS && waiting < 8; epoch++) {
        if (epoch == 5)
            status = gd_train_step_freeze(step, "body*", false);
        if (status == GD_OK)
            status = gd_train_step_set_learning_rate(step, 0.01 * (1 + cos(3.14159 * epoch / EPOCHS)));
        for (int b = 0; status == GD_OK && b < TRAIN; b += BATCH)
            status = gd_train_step_run_batch(step, BATCH, 2, (const void *const[]){x[b], t[b]});
        if (status == GD_OK)
            status = gd_function_run(evaluate, 2, held_out, &result);
        if (epoch % 5 == 0)
            printf("epoch %d  loss %.4f, gradient norm %.3f, validation %.4f\n", epoch, gd_train_step_loss(step),
                   gd_train_step_gradient_norm(step), (double)loss);
        waiting = loss < best - 1e-4F ? 0 : waiting + 1;
        best = fminf(best, loss);
    }
    return status;
}

int main(void)
{
    make_moons();
    gd_graph *graph = gd_graph_create();
    gd_tensor in = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor target = gd_input(graph, "t", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor h = gd_tanh(gd_dense(in, 16, (gd_dense_opts){.name = "body1"}));
    h = gd_tanh(gd_dense(h, 16, (gd_dense_opts){.name = "body2"}));
    gd_tensor wrong = gd_logistic_loss(gd_dense(h, 1), target), apart = gd_squared_error(gd_dense(h, 2), in);
    gd_tensor loss = gd_add(wrong, gd_scale(apart, 0.3));

    gd_train_step *step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_adam(0.02), .clip_norm = 1});
    gd_function *evaluate = gd_function_create(graph, 1, &wrong, (gd_function_opts){0});
    gd_status status = GD_ERROR_ARGUMENT;
    if (step != NULL && evaluate != NULL)
        status = train(step, evaluate, in, target);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_train_step_free(step);
    gd_function_free(evaluate);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
