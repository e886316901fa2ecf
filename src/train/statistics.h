// Running statistics: what layers such as batch norm note of the batches they are trained on.
#ifndef GD_TRAIN_STATISTICS_H
#define GD_TRAIN_STATISTICS_H

#include <gradus/train.h>

// Makes a slot "ema" for each running statistic of the loss' graph, which gd_swap_averages exchanges with it. Errors
// are the graph's.
void gd__statistics_slots(gd_tensor loss);
// Copies the statistics of training into those slots.
gd_status gd__statistics_keep(gd_tensor loss);

#endif
