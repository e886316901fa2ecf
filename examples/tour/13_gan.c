// A generative adversarial network on one number: the generator learns to draw from N(3, 0.5). One graph, whose two
// parts are moved by two steps; the discriminator is a list of layers that is used twice.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 64, ROUNDS = 2000 };

static float normal(void)
{
    const float u = ((float)rand() + 1) / ((float)RAND_MAX + 1), v = (float)rand() / (float)RAND_MAX;
    return sqrtf(-2 * logf(u)) * cosf(6.2831853F * v);
}

static gd_status play(gd_train_step *judge, gd_train_step *forger)
{
    float real[BATCH];
    gd_status status = GD_OK;
    for (int round = 0; status == GD_OK && round <= ROUNDS; round++) {
        for (int i = 0; i < BATCH; i++)
            real[i] = 3 + 0.5F * normal();
        status = gd_train_step_run_batch(judge, BATCH, 1, (const void *const[]){real});
        if (status == GD_OK)
            status = gd_train_step_run_batch(forger, BATCH, 0, NULL); // it needs no input
        if (status == GD_OK && round % 500 == 0) {
            const gd_array *fake = gd_train_step_output(forger, 0);
            double mean = 0;
            for (int i = 0; i < BATCH; i++)
                mean += gd_array_get(fake, i) / BATCH;
            printf("round %d  judge %.3f, forger %.3f, mean of the forged %.2f\n", round, gd_train_step_loss(judge),
                   gd_train_step_loss(forger), mean);
        }
    }
    return status;
}

int main(void)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor real = gd_input(graph, "real", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor noise = gd_random_normal(graph, GD_F32, GD_SHAPE(BATCH, 4), 0, 1);
    gd_tensor fake = gd_tanh(gd_dense(noise, 16, (gd_dense_opts){.name = "forger1"}));
    fake = gd_dense(fake, 1, (gd_dense_opts){.name = "forger2"});

    const gd_setting hidden[] = {{"units", 16, NULL}, {0}}, one[] = {{"units", 1, NULL}, {0}};
    gd_layer *judges[] = {gd_layer_create(graph, "dense", "judge1", hidden), gd_layer_create(graph, "tanh", NULL, NULL),
                          gd_layer_create(graph, "dense", "judge2", one)};
    gd_tensor of_real = gd_layers_apply(3, judges, real), of_fake = gd_layers_apply(3, judges, fake);
    gd_tensor caught =
        gd_add(gd_logistic_loss(of_real, gd_ones_like(of_real)), gd_logistic_loss(of_fake, gd_zeros_like(of_fake)));
    gd_tensor fooled = gd_logistic_loss(of_fake, gd_ones_like(of_fake));

    gd_rule rule = gd_adam(2e-3);
    gd_status status = gd_rule_set(&rule, "beta1", 0.5); // less momentum, so they do not circle each other
    gd_train_step *judge = gd_train_step_create(caught, (gd_train_step_opts){.rule = rule, .parameters = "judge*"});
    gd_train_step *forger = gd_train_step_create(
        fooled, (gd_train_step_opts){.rule = rule, .parameters = "forger*", .output_count = 1, .output = &fake});
    if (status == GD_OK)
        status = judge != NULL && forger != NULL ? play(judge, forger) : GD_ERROR_ARGUMENT;
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_train_step_free(judge);
    gd_train_step_free(forger);
    for (int i = 0; i < 3; i++)
        gd_layer_free(judges[i]);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
