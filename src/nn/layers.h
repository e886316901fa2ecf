// Layers by their records.
#ifndef GD_NN_LAYERS_H
#define GD_NN_LAYERS_H

#include <gradus/layer.h>

extern const gd_records gd__layer_records;

// Those that others must tell from the rest.
extern const gd_layer_kind gd__layer_sequence, gd__layer_dense, gd__layer_batch_norm, gd__layer_embedding;

// Writes a layer by its record: checks the inputs, fills in default options, and takes a name where the record has a
// stem.
gd_tensor gd__layer_write(gd_layer_call call);
// Whether an option holds a list of layers.
bool gd__layer_has_lists(const gd_layer_kind *kind);

#endif
