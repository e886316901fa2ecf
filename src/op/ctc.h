// Connectionist temporal classification: what its plain kernels and those of the processor share.
#ifndef GD_OP_CTC_H
#define GD_OP_CTC_H

#include "op/common.h"

// Of ctc and ctc_backward. Their inputs are logits (N, T, C), target (N, L), where they are there input_length (N) and
// target_length (N), and for ctc_backward dloss (N).
typedef struct gd__ctc_attributes {
    int64_t blank; // the class that stands for no symbol
    bool zero_impossible;
    bool input_lengths, target_lengths; // whether these inputs are there
} gd__ctc_attributes;

// The place of the input, or -1 where it is not there.
static inline int gd__ctc_input_length(const gd__ctc_attributes *a)
{
    return a->input_lengths ? 2 : -1;
}
static inline int gd__ctc_target_length(const gd__ctc_attributes *a)
{
    return a->target_lengths ? 2 + a->input_lengths : -1;
}

// One row of a batch.
typedef struct gd__ctc_row {
    int64_t frames, symbols;
    bool possible; // the frames suffice for the symbols, and for a blank between two that are the same
} gd__ctc_row;

// Measures row `row`, whose target is label[0 … room-1]. `frames` and `symbols` are what the lengths say; where there
// are none, frames is T, and symbols -1: the target ends before its first blank or negative number. Fails with a
// sentence that names the row where a length or a symbol is none, or where the target is impossible and `a` does not
// say that it counts nothing.
gd_status gd__ctc_measure(const gd__ctc_attributes *a, gd_shape logits, int64_t row, int64_t frames, int64_t symbols,
                          const int64_t *label, int64_t room, gd__ctc_row *out);

#endif
