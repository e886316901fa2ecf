#ifndef GD_OP_ATTENTION_H
#define GD_OP_ATTENTION_H

#include <gradus/op.h>

// Attention of several heads that lie side by side: head h has the features h D … h D + D - 1 of a place. The inputs
// of the op are the queries (N, T, H D), the keys (N, S, K D) and the values (N, S, K V); packed, they are one tensor
// (N, T, (H + 2 K) D) with the queries first, then the keys, then the values. Last may stand a mask of the keys (N, S),
// of GD_BOOL.
typedef struct gd__attention_attributes {
    int64_t heads, key_heads; // H and K, which divides it: H / K heads of queries share one of keys
    bool packed, masked;
    bool causal; // query t sees the keys 0 … t
    double scale;
} gd__attention_attributes;

extern const gd_op gd__op_attention;          // (queries, keys, values, mask) to (y, log-sum-exp (N, H, T))
extern const gd_op gd__op_attention_backward; // (y, log-sum-exp, dy, queries, …, mask, dlse) to the three gradients

typedef struct gd__attention_sizes {
    int64_t batch, queries, keys, heads, key_heads, group; // heads in a group share keys
    int64_t width, value_width;                            // D and V
    int64_t query_row, key_row, value_row;                 // numbers from one place of a sequence to the next
    int64_t key_at, value_at;                              // where in a place keys and values begin
} gd__attention_sizes;
// From the shapes of queries, keys and values, of which packed attention has the first.
gd__attention_sizes gd__attention_sizes_of(const gd__attention_attributes *attributes, const gd_shape *shape);

// How many inputs hold queries, keys and values.
static inline int gd__attention_parts(const gd__attention_attributes *attributes)
{
    return attributes->packed ? 1 : 3;
}

#endif
