// What may be said of every layer, whatever its kind.
#ifndef GD_NN_LAYER_COMMON_H
#define GD_NN_LAYER_COMMON_H

#include <gradus/record.h>

extern const gd_option gd__layer_common[];

#endif
