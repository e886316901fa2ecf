// Why does it not learn? A deep network of sigmoids, and the same one with relu, looked at before any training.
#include <gradus/gradus.h>
#include <stdio.h>

enum { LAYERS = 10 };

static gd_status look_at(const char *activation, const gd_initializer_kind *start, const gd_dataset *train)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor h = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_watched layer[LAYERS + 1];
    char name[LAYERS + 1][24];
    for (int i = 0; i <= LAYERS; i++) {
        gd_dense_opts opts = {.initializer = {.kind = start}};
        h = i < LAYERS ? gd_activation(gd_dense(h, 100, opts), activation) : gd_dense(h, 2, opts);
        snprintf(name[i], sizeof name[i], "layer %d", i + 1);
        layer[i] = (gd_watched){name[i], h};
    }
    gd_tensor loss = gd_softmax_cross_entropy(h, label);

    gd_health health;
    gd_status status =
        gd_check_health(loss, train, LAYERS + 1, layer, (gd_health_opts){.rule = gd_adam(1e-3)}, &health);
    if (status == GD_OK) {
        printf("%s: the first layer's gradient is %.0e, the last one's %.0e\n", activation, health.layer[0].gradient,
               health.layer[LAYERS].gradient);
        for (int i = 0; i < health.finding_count; i++)
            printf("  %s. %s\n", health.finding[i].text, health.finding[i].help);
    }
    gd_health_free(&health);
    gd_graph_free(graph);
    return status;
}

int main(void)
{
    gd_dataset *train;
    gd_generate_opts moons = {.kind = GD_GENERATE_MOONS, .samples = 300, .seed = 1};
    gd_status status = gd_dataset_generate(moons, &train);
    if (status == GD_OK) {
        status = look_at("sigmoid", GD_INIT_XAVIER_NORMAL, train);
        if (status == GD_OK)
            status = look_at("relu", GD_INIT_HE_NORMAL, train);
        gd_dataset_free(train);
    }
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    return status != GD_OK;
}
