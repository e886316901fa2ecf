// From the numbers about a network's layers to what is wrong with it.
#ifndef GD_TRAIN_HEALTH_H
#define GD_TRAIN_HEALTH_H

#include <gradus/train.h>

// Fills the findings from the loss and the layers.
gd_status gd__health_judge(gd_health *health);

#endif
