// Fields of a data set go to inputs of a graph by name.
#ifndef GD_TRAIN_BIND_H
#define GD_TRAIN_BIND_H

#include <gradus/data.h>
#include <gradus/run.h>

// What a function is fed: `extra_count` inputs that the caller fills, then the fields of a batch.
typedef struct gd__binding {
    int count;
    int extra_count;
    gd_feed *feed;
    int *field;                // of the data set, by feed; -1 for the extra ones
    int64_t samples, elements; // of the batch that was fed last
    bool resized;              // it, or its sequences, have another size than those of the batch before
} gd__binding;

// Finds a field for each input that the `wanted` tensors (of one graph) depend on, but for the `extra` inputs, and
// checks that type and shape fit. Missing fields are named. Release with gd__binding_free.
gd_status gd__bind(const gd_dataset *set, int wanted_count, const gd_tensor *wanted, int extra_count,
                   const gd_tensor *extra, gd__binding *binding);
void gd__binding_free(gd__binding *binding);
// Points the feeds to the fields of a batch.
void gd__binding_feed(gd__binding *binding, const gd_batch *batch);

// The number of samples that the inputs have room for; 0: any.
int64_t gd__binding_rows(const gd__binding *binding);

// The input of a graph with this name, or GD_NO_TENSOR.
gd_tensor gd__input_find(gd_graph *graph, const char *name);

#endif
