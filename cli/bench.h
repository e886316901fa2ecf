// Named workloads, and the machine they are compared with.
#ifndef GRADUS_CLI_BENCH_H
#define GRADUS_CLI_BENCH_H

#include <gradus/gradus.h>

// A network to be measured. The function that builds one fills `output`, and for training `label` and `rule`.
typedef struct bench_model {
    gd_graph *graph;
    gd_tensor input;  // f32, (batch, …), or i32 words (batch, steps)
    gd_tensor label;  // i32, (batch), or one a word; unused in inference
    gd_tensor output; // logits
    gd_rule rule;
} bench_model;

typedef struct bench_workload {
    const char *name;
    const char *doc;
    int batch;                   // by default
    bool inference;              // forward only
    int channels, height, width; // of the input; height 0: a vector
    int classes;
    void (*build)(bench_model *model, int classes); // input is made, output is wanted
    int words; // 0, or the vocabulary: the input is `channels` words, each with a label of its own
} bench_workload;

// All of them; ends with a row without a name.
extern const bench_workload bench_workloads[];

// The most fused multiplications and additions a second that `threads` threads do in registers, in FLOP/s (two each),
// in single precision.
double measure_peak_flops(int threads);

#endif
