// Which tensors are the model's and which are the trainer's.
//
// Variables say it themselves. In a file it shows in the names: an update rule keeps its state beside each parameter,
// 'fc.weight' has 'fc.weight.exp_avg', so a name whose part before the last dot is a tensor's name too belongs to the
// trainer.
#ifndef GD_TRAIN_NAMES_H
#define GD_TRAIN_NAMES_H

#include <gradus/graph.h>
#include <gradus/io.h>

#define GD__RANDOM_STATE "random.state" // the variable that counts the runs of random ops

// Parameters and running statistics: what a network needs to predict.
bool gd__is_model_variable(gd_tensor variable);
// The same for a tensor of a file. Counts of batches that PyTorch's batch norm saves are not, as nothing uses them.
bool gd__is_model_tensor(const gd_tensor_file *file, const char *name);

#endif
