// Attributes of softmax and log_softmax.
#ifndef GD_OP_SOFTMAX_H
#define GD_OP_SOFTMAX_H

#include <stdint.h>

typedef struct gd__softmax_attributes {
    int64_t axis; // 0 … rank-1
} gd__softmax_attributes;

#endif
