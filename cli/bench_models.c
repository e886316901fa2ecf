// The named workloads, each as its paper has it unless it says otherwise.
#include "bench.h"

#include <gradus/zoo.h>
#include <stddef.h>

static gd_tensor convolution(gd_tensor x, int64_t filters, int64_t kernel, int64_t stride, int64_t padding)
{
    return gd_conv2d(x, filters, (gd_conv2d_opts){.kernel = kernel, .stride = stride, .padding = padding});
}

// Convolution, batch norm, relu: without a bias, which the norm has.
static gd_tensor normed(gd_tensor x, int64_t filters, int64_t kernel, int64_t stride, int64_t padding)
{
    x = gd_conv2d(x, filters,
                  (gd_conv2d_opts){.kernel = kernel, .stride = stride, .padding = padding, .no_bias = true});
    return gd_batch_norm(x, (gd_batch_norm_opts){0});
}

// 784-256-10 with relu.
static void build_mlp(bench_model *model, int classes)
{
    model->output = gd_dense(gd_relu(gd_dense(model->input, 256)), classes);
    model->rule = gd_adam(1e-3);
}

// Two convolutions of 3x3 with pooling, and a hidden layer of 128.
static void build_cnn(bench_model *model, int classes)
{
    gd_tensor x = gd_max_pool2d(gd_relu(convolution(model->input, 32, 3, 1, GD_SAME)), (gd_pool_opts){.kernel = 2});
    x = gd_max_pool2d(gd_relu(convolution(x, 64, 3, 1, GD_SAME)), (gd_pool_opts){.kernel = 2});
    x = gd_relu(gd_dense(gd_flatten(x), 128));
    model->output = gd_dense(x, classes);
    model->rule = gd_adam(1e-3);
}

// LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998) with softmax and full connections between the maps.
static void build_lenet(bench_model *model, int classes)
{
    gd_tensor x = gd_average_pool2d(gd_tanh(convolution(model->input, 6, 5, 1, 0)), (gd_pool_opts){.kernel = 2});
    x = gd_average_pool2d(gd_tanh(convolution(x, 16, 5, 1, 0)), (gd_pool_opts){.kernel = 2});
    x = gd_tanh(gd_dense(gd_flatten(x), 120));
    model->output = gd_dense(gd_tanh(gd_dense(x, 84)), classes);
    model->rule = gd_momentum(0.01, 0.9);
}

// AlexNet (Krizhevsky, Sutskever, Hinton 2012) in one tower, without local response normalisation.
static void build_alexnet(bench_model *model, int classes)
{
    gd_pool_opts pool = {.kernel = 3, .stride = 2};
    gd_tensor x = gd_max_pool2d(gd_relu(convolution(model->input, 96, 11, 4, 0)), pool);
    x = gd_max_pool2d(gd_relu(convolution(x, 256, 5, 1, 2)), pool);
    x = gd_relu(convolution(x, 384, 3, 1, 1));
    x = gd_relu(convolution(x, 384, 3, 1, 1));
    x = gd_max_pool2d(gd_relu(convolution(x, 256, 3, 1, 1)), pool);
    x = gd_dropout(gd_relu(gd_dense(gd_flatten(x), 4096)), 0.5);
    x = gd_dropout(gd_relu(gd_dense(x, 4096)), 0.5);
    model->output = gd_dense(x, classes);
    model->rule = gd_momentum(0.01, 0.9);
}

// The convolutions of a VGG net (Simonyan and Zisserman 2015): numbers of filters, 0 for a pooling, -1 at the end.
static gd_tensor vgg_convolutions(gd_tensor x, const int *filters, bool batch_norm)
{
    for (; *filters >= 0; filters++) {
        if (*filters == 0)
            x = gd_max_pool2d(x, (gd_pool_opts){.kernel = 2});
        else
            x = gd_relu(batch_norm ? normed(x, *filters, 3, 1, 1) : convolution(x, *filters, 3, 1, 1));
    }
    return x;
}

// For small pictures: batch norm, and a single dense layer at the end.
static void build_vgg11(bench_model *model, int classes)
{
    static const int filters[] = {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0, -1};
    model->output = gd_dense(gd_flatten(vgg_convolutions(model->input, filters, true)), classes);
    model->rule = gd_momentum(0.01, 0.9);
}

static void build_vgg16(bench_model *model, int classes)
{
    static const int filters[] = {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0, -1};
    gd_tensor x = gd_flatten(vgg_convolutions(model->input, filters, false));
    x = gd_dropout(gd_relu(gd_dense(x, 4096)), 0.5);
    x = gd_dropout(gd_relu(gd_dense(x, 4096)), 0.5);
    model->output = gd_dense(x, classes);
    model->rule = gd_momentum(0.01, 0.9);
}

// ---- Residual nets (He, Zhang, Ren, Sun 2016); where shapes change, the shortcut is a normalised projection.

static gd_tensor basic_block(gd_tensor x, int64_t filters, int64_t stride)
{
    gd_tensor y = gd_relu(normed(x, filters, 3, stride, 1));
    y = normed(y, filters, 3, 1, 1);
    return gd_relu(gd_residual(x, y, (gd_residual_opts){.batch_norm = true}));
}

// The stride is that of the 3x3 convolution, as in torchvision.
static gd_tensor bottleneck_block(gd_tensor x, int64_t filters, int64_t stride)
{
    gd_tensor y = gd_relu(normed(x, filters, 1, 1, 0));
    y = gd_relu(normed(y, filters, 3, stride, 1));
    y = normed(y, 4 * filters, 1, 1, 0);
    return gd_relu(gd_residual(x, y, (gd_residual_opts){.batch_norm = true}));
}

// Four stages of blocks; from the second stage on the first block of each halves the maps.
static gd_tensor stages(gd_tensor x, gd_tensor (*block)(gd_tensor, int64_t, int64_t), const int *blocks, int classes)
{
    for (int s = 0; s < 4; s++)
        for (int b = 0; b < blocks[s]; b++)
            x = block(x, (int64_t)64 << s, s > 0 && b == 0 ? 2 : 1);
    return gd_dense(gd_global_average_pool(x), classes);
}

static gd_tensor large_stem(gd_tensor x)
{
    x = gd_relu(normed(x, 64, 7, 2, 3));
    return gd_max_pool2d(x, (gd_pool_opts){.kernel = 3, .stride = 2, .padding = 1});
}

static const int blocks_of_18[] = {2, 2, 2, 2}, blocks_of_50[] = {3, 4, 6, 3};

// For small pictures: the stem is one 3x3 convolution, without pooling.
static void build_resnet18(bench_model *model, int classes)
{
    model->output = stages(gd_relu(normed(model->input, 64, 3, 1, 1)), basic_block, blocks_of_18, classes);
    model->rule = gd_momentum(0.1, 0.9);
}

static void build_resnet18_large(bench_model *model, int classes)
{
    model->output = stages(large_stem(model->input), basic_block, blocks_of_18, classes);
}

static void build_resnet50(bench_model *model, int classes)
{
    model->output = stages(large_stem(model->input), bottleneck_block, blocks_of_50, classes);
    model->rule = gd_momentum(0.1, 0.9);
}

// ---- A recurrent net: which character comes next

static void build_lstm(bench_model *model, int classes)
{
    gd_tensor x = gd_embedding(model->input, classes, 128, (gd_embedding_opts){0});
    model->output = gd_dense(gd_lstm(x, 256, (gd_recurrent_opts){.layers = 2}), classes);
    model->rule = gd_adam(1e-3);
}

// ---- Transformers: which character comes next, with GPT-2's layers (Radford and others 2019)

static void build_gpt(bench_model *model, int classes)
{
    (void)classes;
    model->output = gd_zoo(model->input, "gpt2", "{words: 65, places: 64, width: 128, depth: 4, heads: 4}");
    model->rule = gd_adamw(1e-3);
}

static void build_gpt_large(bench_model *model, int classes)
{
    (void)classes;
    model->output = gd_zoo(model->input, "gpt2", "{words: 65, places: 256, width: 384, depth: 6, heads: 6}");
    model->rule = gd_adamw(1e-3);
}

const bench_workload bench_workloads[] = {
    {"mlp", "784-256-10, Adam", 64, false, 784, 0, 0, 10, build_mlp, 0},
    {"cnn", "conv32-pool-conv64-pool-128-10 on 28x28, Adam", 64, false, 1, 28, 28, 10, build_cnn, 0},
    {"lenet", "LeNet-5 on 32x32, momentum", 64, false, 1, 32, 32, 10, build_lenet, 0},
    {"alexnet", "AlexNet on 227x227, momentum", 32, false, 3, 227, 227, 1000, build_alexnet, 0},
    {"vgg11", "VGG-11 with batch norm on 32x32, momentum", 64, false, 3, 32, 32, 10, build_vgg11, 0},
    {"vgg16", "VGG-16 on 224x224, momentum", 8, false, 3, 224, 224, 1000, build_vgg16, 0},
    {"resnet18", "ResNet-18 on 32x32 with a 3x3 stem, momentum", 64, false, 3, 32, 32, 10, build_resnet18, 0},
    {"resnet50", "ResNet-50 on 224x224, momentum", 16, false, 3, 224, 224, 1000, build_resnet50, 0},
    {"lstm", "embedding 128, LSTM 2x256 on 64 characters of 65, Adam", 32, false, 64, 0, 0, 65, build_lstm, 65},
    {"gpt", "GPT of 4 layers of 128, 4 heads, on 64 characters of 65, AdamW", 12, false, 64, 0, 0, 65, build_gpt, 65},
    {"gpt-large", "GPT of 6 layers of 384, 6 heads, on 256 characters of 65, AdamW", 16, false, 256, 0, 0, 65,
     build_gpt_large, 65},
    {"resnet18-infer", "ResNet-18 on 224x224, forward only", 1, true, 3, 224, 224, 1000, build_resnet18_large, 0},
    {"mlp-infer", "784-256-10, forward only", 1, true, 784, 0, 0, 10, build_mlp, 0},
    {0},
};
