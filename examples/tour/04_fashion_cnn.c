// A convolutional network on Fashion-MNIST: layers, a trainer, validation, checkpoints.
//
//     04_fashion_cnn [EPOCHS [SAMPLES]]        (5 epochs of all 60000 samples)
#include <gradus/gradus.h>
#include <stdio.h>
#include <stdlib.h>

// Where the pictures lie: $GRADUS_DATA/fashion-mnist, or where Debian's package puts them.
static gd_status read_set(const char *part, gd_dataset **set)
{
    const char *data = getenv("GRADUS_DATA");
    char images[1024], labels[1024];
    for (int i = data != NULL ? 0 : 1; i < 2; i++) {
        const char *folder = i == 0 ? data : "/usr/share/datasets";
        snprintf(images, sizeof images, "%s/fashion-mnist/%s-images-idx3-ubyte.gz", folder, part);
        snprintf(labels, sizeof labels, "%s/fashion-mnist/%s-labels-idx1-ubyte.gz", folder, part);
        if (gd_dataset_from_idx(images, labels, set) == GD_OK)
            return GD_OK;
    }
    return GD_ERROR_IO;
}

// Takes the first `count` samples only.
static gd_status shorten(gd_dataset **set, int64_t count)
{
    gd_dataset *whole = *set;
    if (count <= 0 || count >= gd_dataset_count(whole))
        return GD_OK;
    gd_status status = gd_dataset_take(whole, 0, count, set);
    if (status == GD_OK)
        gd_dataset_free(whole); // views share the samples, so they may outlive the whole
    return status;
}

// Mean 0 and deviation 1, learned from the training samples and applied to both sets.
static gd_status standardize(gd_dataset **train, gd_dataset **test)
{
    gd_preprocess_rule rule = {.field = "image", .scaling = GD_STANDARDIZE};
    gd_preprocess *preprocess;
    gd_status status = gd_preprocess_fit(*train, (gd_preprocess_opts){.rule_count = 1, .rule = &rule}, &preprocess);
    for (int i = 0; status == GD_OK && i < 2; i++) {
        gd_dataset **set = i == 0 ? train : test, *raw = *set;
        status = gd_preprocess_apply(preprocess, raw, set);
        if (status == GD_OK)
            gd_dataset_free(raw);
        else
            *set = raw;
    }
    gd_preprocess_free(preprocess);
    return status;
}

static gd_tensor network(gd_tensor image)
{
    gd_tensor h = gd_relu(gd_conv2d(image, 32, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME}));
    h = gd_max_pool2d(h, (gd_pool_opts){.kernel = 2}); // (N, 32, 14, 14)
    h = gd_relu(gd_conv2d(h, 64, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME}));
    h = gd_max_pool2d(h, (gd_pool_opts){.kernel = 2}); // (N, 64, 7, 7)
    h = gd_relu(gd_dense(gd_flatten(h), 128));
    return gd_dense(gd_dropout(h, 0.25), 10);
}

static void print_epoch(void *user, const gd_history *history)
{
    (void)user;
    const gd_epoch_row *row = &history->epoch[history->epoch_count - 1];
    printf("epoch %lld  loss %.4f  test loss %.4f  test accuracy %.4f\n", (long long)row->epoch, row->loss,
           row->validation_loss, row->validation_metric[0]);
}

static gd_status train_on(const gd_dataset *train, const gd_dataset *test, int64_t epochs)
{
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 1);
    gd_tensor image = gd_input(graph, "image", GD_F32, GD_SHAPE(GD_BATCH, 1, 28, 28));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor logits = network(image);
    gd_tensor loss = gd_softmax_cross_entropy(logits, label);

    gd_metric accuracy = {.name = "accuracy", .value = gd_correct(logits, label), .higher_is_better = true};
    gd_fit_opts opts = {.epochs = epochs,
                        .batch = 64,
                        .seed = 1,
                        .schedule = gd_cosine_schedule(0.05),
                        .validate = test,
                        .metric_count = 1,
                        .metric = &accuracy,
                        .checkpoint = "fashion-cnn.safetensors",
                        .observer = {.on_epoch = print_epoch}};
    gd_trainer *trainer = gd_trainer_create(loss, gd_adam(1e-3));
    gd_status status = trainer != NULL ? gd_fit(trainer, train, opts) : GD_ERROR_ARGUMENT;
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    return status;
}

int main(int argc, char **argv)
{
    gd_dataset *train = NULL, *test = NULL;
    if (read_set("train", &train) != GD_OK || read_set("t10k", &test) != GD_OK) {
        fprintf(stderr, "Fashion-MNIST cannot be read (Debian: apt install dataset-fashion-mnist). %s\n",
                gd_last_error());
        gd_dataset_free(train);
        return 1;
    }
    int64_t samples = argc > 2 ? atoll(argv[2]) : 0;
    gd_status status = shorten(&train, samples);
    if (status == GD_OK)
        status = shorten(&test, samples);
    if (status == GD_OK)
        status = standardize(&train, &test);
    if (status == GD_OK)
        status = train_on(train, test, argc > 1 ? atoll(argv[1]) : 5);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_dataset_free(train);
    gd_dataset_free(test);
    return status != GD_OK;
}
