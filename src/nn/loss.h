// What the losses share.
#ifndef GD_NN_LOSS_H
#define GD_NN_LOSS_H

#include <gradus/loss.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/target.h"

extern const gd_records gd__loss_records;
extern const gd_loss_kind gd__loss_huber; // on which others are built

// A row of scores makes one number.
#define GD__OVER_ROWS ((gd_reduce_opts){.axes = {.count = 1, .axis = {-1}}})

// Balanced weights are those of scikit-learn and King and Zeng 2001: samples / (classes * samples of the class).
#define GD__CLASS_WEIGHTS(words)                                                                                       \
    {                                                                                                                  \
        .name = "class_weights", .type = GD_OPTION_NUMBERS, .choices = "balanced", .ranged = true, .low = 0,           \
        .high = 1e30, .least = 2, .doc = (words)                                                                       \
    }
// An option above zero; one from `low_end` to below `high_end`.
#define GD__LOSS_POSITIVE(S, field, value, words)                                                                      \
    {                                                                                                                  \
        .name = #field, .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .low = 0, .high = 1e30,               \
        .standard = (value), .doc = (words), GD_FIELD(S, field)                                                        \
    }
#define GD__LOSS_PART(S, field, low_end, high_end, value, words)                                                       \
    {                                                                                                                  \
        .name = #field, .type = GD_OPTION_NUMBER, .ranged = true, .below = true, .low = (low_end), .high = (high_end), \
        .standard = (value), .doc = (words), GD_FIELD(S, field)                                                        \
    }
#define GD__LOSS_FLAG(S, field, value, words)                                                                          \
    {                                                                                                                  \
        .name = #field, .type = GD_OPTION_FLAG, .standard = (value), .doc = (words), GD_FIELD(S, field)                \
    }
// The exponent of focal losses.
#define GD__FOCUS(S)                                                                                                   \
    {                                                                                                                  \
        .name = "gamma", .type = GD_OPTION_NUMBER, .ranged = true, .low = 0, .high = 100, .standard = "2",             \
        .doc = "the more, the less do samples count that are judged right already", GD_FIELD(S, gamma)                 \
    }
#define GD__LOSS_END                                                                                                   \
    {                                                                                                                  \
        0                                                                                                              \
    }

// Weights of classes are `count` numbers of the output's type, or for yes and no as many for each column; otherwise the
// error is noted.
bool gd__class_weight_fits(const gd_loss_call *call, int64_t count);
// Whether the output has `spread` numbers for each of the target's, along the last axis; otherwise the error is noted.
bool gd__spread_fits(const gd_loss_call *call, int spread);
// The weight of class `class`, a scalar, or one for each column.
gd_tensor gd__weight_of_class(const gd_loss_call *call, int64_t class);

#endif
