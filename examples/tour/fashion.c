#include <gradus/gradus.h>
#include <stdio.h>

#define FILES "/usr/share/datasets/fashion-mnist/train-"

int main(void)
{
    gd_dataset *train;
    if (gd_dataset_from_idx(FILES "images-idx3-ubyte.gz", FILES "labels-idx1-ubyte.gz", &train) != GD_OK)
        return fprintf(stderr, "%s\n", gd_last_error()), 1;

    gd_graph *graph = gd_graph_create();
    gd_tensor image = gd_input(graph, "image", GD_F32, GD_SHAPE(GD_BATCH, 1, 28, 28));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = gd_scale(image, 1.0 / 255);
    h = gd_max_pool2d(gd_relu(gd_conv2d(h, 32, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME})),
                      (gd_pool_opts){.kernel = 2});
    h = gd_max_pool2d(gd_relu(gd_conv2d(h, 64, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME})),
                      (gd_pool_opts){.kernel = 2});
    h = gd_dropout(gd_relu(gd_dense(gd_flatten(h), 128)), 0.25);
    gd_tensor loss = gd_softmax_cross_entropy(gd_dense(h, 10), label);

    gd_trainer *trainer = gd_trainer_create(loss, gd_adam(1e-3));
    if (trainer == NULL || gd_fit(trainer, train, (gd_fit_opts){.epochs = 5}) != GD_OK ||
        gd_save_weights(graph, "fashion.safetensors", 0, NULL) != GD_OK)
        return fprintf(stderr, "%s\n", gd_last_error()), 1;
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    gd_dataset_free(train);
}
