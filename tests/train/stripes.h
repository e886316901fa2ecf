// A small network of convolutions on small pictures.
#ifndef GD_TESTS_TRAIN_STRIPES_H
#define GD_TESTS_TRAIN_STRIPES_H

#include "train/network.h"

enum { SIDE = 16, PICTURES = 48, BATCH = 16 };

// Stripes along or across, with noise: fields "x" (1, 16, 16) and "label".
static inline gd_dataset *make_stripes(void)
{
    float *x = malloc((size_t)PICTURES * SIDE * SIDE * sizeof *x);
    int32_t label[PICTURES];
    gd__random random = gd__random_make(5, 1);
    for (int i = 0; i < PICTURES; i++) {
        label[i] = i % 2;
        for (int k = 0; k < SIDE * SIDE; k++) {
            int along = label[i] == 0 ? k / SIDE : k % SIDE;
            x[i * SIDE * SIDE + k] = (float)((along / 2 % 2 == 0 ? 1 : -1) + 0.5 * gd__next_normal(&random));
        }
    }
    const char *const name[] = {"x", "label"};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(PICTURES, 1, SIDE, SIDE), x),
                              gd_array_borrow(GD_I32, GD_SHAPE(PICTURES), label)};
    gd_dataset *set;
    assert_ok(gd_dataset_from_arrays(2, name, array, &set));
    free(x);
    return set;
}

// Convolutions with batch norm, which bf16 and recomputation both treat specially, and dropout.
static inline network make_stripe_network(void)
{
    network n = {.graph = gd_graph_create()};
    gd_graph_set_seed(n.graph, 7);
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 1, SIDE, SIDE));
    n.label = gd_input(n.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = n.x;
    for (int i = 0; i < 3; i++)
        h = gd_relu(gd_batch_norm(gd_conv2d(h, 16, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME}),
                                  (gd_batch_norm_opts){0}));
    n.logits = gd_dense(gd_dropout(gd_flatten(gd_max_pool2d(h, (gd_pool_opts){.kernel = 4})), 0.2), 2);
    n.loss = gd_softmax_cross_entropy(n.logits, n.label);
    n.metric[0] = (gd_metric){.name = "accuracy", .value = gd_accuracy(n.logits, n.label), .higher_is_better = true};
    n.trainer = gd_trainer_create(n.loss, gd_adam(0.01));
    if (n.trainer == NULL)
        fail_msg("%s", gd_last_error());
    return n;
}

#endif
