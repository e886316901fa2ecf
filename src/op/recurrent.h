// What the recurrent ops (lstm, gru, rnn) share.
//
// A sequence is (N, T, F): N sequences of T steps of F numbers, or (T, N, F) with `time_first`. A state is (N, H). What
// the inputs add to the gates is one large product over all steps, which is an op of its own (matmul); a recurrent op
// takes its result, `from_x`, and adds what the state of the step before gives through the weight `w`, (gates H, H).
//
// Steps are counted in the order in which they are computed: step 0 is the first place of a sequence, or the last one
// with `reverse`.
#ifndef GD_OP_RECURRENT_H
#define GD_OP_RECURRENT_H

#include <gradus/op.h>
#include <gradus/ops.h>

typedef struct gd__recurrent_attributes {
    bool time_first; // sequences are (T, N, F)
    bool reverse;    // from the last place to the first
    bool relu;       // rnn only: relu instead of tanh
    bool peepholes;  // lstm only: there is an input of peepholes
} gd__recurrent_attributes;

// The rows of an attribute table that all of them have.
#define GD__RECURRENT_ROWS                                                                                             \
    GD_ATTR(gd__recurrent_attributes, time_first, GD_ATTRIBUTE_BOOL, "sequences are (T, N, F), not (N, T, F)"),        \
        GD_ATTR(gd__recurrent_attributes, reverse, GD_ATTRIBUTE_BOOL,                                                  \
                "from the last place of a sequence to the first")

extern const gd_op gd__op_lstm;          // (from_x, h0, c0, w[, p]) to (y, c, gates)
extern const gd_op gd__op_lstm_backward; // (w, c0, c, gates, dy[, dc[, p]]) to (dfrom_x, dh0, dc0)
extern const gd_op gd__op_gru;           // (from_x, h0, w, b) to (y, gates)
extern const gd_op gd__op_gru_backward;  // (w, h0, y, gates, dy) to (dfrom_x, dfrom_h, dh0)
extern const gd_op gd__op_rnn;           // (from_x, h0, w) to y
extern const gd_op gd__op_rnn_backward;  // (w, y, dy) to (dfrom_x, dh0)

// ---- Shapes

// What an input or output is; `multiple` times H numbers wide.
typedef enum gd__recurrent_kind {
    GD__SEQUENCE, // (N, T, multiple H)
    GD__STATE,    // (N, H)
    GD__MATRIX,   // (multiple H, H)
    GD__VECTOR    // (multiple H)
} gd__recurrent_kind;
typedef struct gd__recurrent_role {
    const char *name;
    gd__recurrent_kind kind;
    int64_t multiple;
} gd__recurrent_role;
// Checks the inputs against their roles (one of them is the matrix, one a sequence) and fills in the outputs.
bool gd__recurrent_shape(gd_shape_call *call, const gd__recurrent_role *input, const gd__recurrent_role *output);

typedef struct gd__recurrent_sizes {
    int64_t steps, batch, units; // T, N, H
} gd__recurrent_sizes;
// The sizes that belong to a closed sequence of states (N, T, H).
gd__recurrent_sizes gd__recurrent_sizes_of(const gd__recurrent_attributes *a, gd_shape states);

// The place in a sequence of `steps` at which a step is computed.
static inline int64_t gd__recurrent_place(const gd__recurrent_attributes *a, int64_t steps, int64_t step)
{
    return a->reverse ? steps - 1 - step : step;
}

// The row, of all N T rows of a sequence, that belongs to sequence n at a step.
static inline int64_t gd__recurrent_row(const gd__recurrent_attributes *a, gd__recurrent_sizes s, int64_t step,
                                        int64_t n)
{
    int64_t place = gd__recurrent_place(a, s.steps, step);
    return a->time_first ? place * s.batch + n : n * s.steps + place;
}

// ---- For plain kernels: the state of sequence n before a step, from those after each step and the first one.
const double *gd__recurrent_state_before(const gd__recurrent_attributes *a, gd__recurrent_sizes s, const double *states,
                                         const double *first, int64_t step, int64_t n);
// dh (H) += dgates (width) w (width, H): what a step of one sequence sends to the state before it.
void gd__recurrent_send_back(const double *dgates, int64_t width, const double *w, int64_t units, double *dh);
// The multiplications and additions of all steps.
double gd__recurrent_flops(gd_shape from_x, gd_shape w);

// ---- For gradients, as graph

// The states before each step, as a sequence.
gd_tensor gd__recurrent_states_before(const gd__recurrent_attributes *a, gd_tensor states, gd_tensor first);
// dw = sum over all steps of dgates^T h, h the state before the step: one large product.
gd_tensor gd__recurrent_weight_gradient(const gd__recurrent_attributes *a, gd_tensor dgates, gd_tensor states,
                                        gd_tensor first);
gd_tensor gd__recurrent_zeros(gd_tensor like_if_absent, gd_tensor x); // x, or zeros like the first when x is absent

// Step by step with elementary ops: for second derivatives.
int64_t gd__recurrent_steps(const gd__recurrent_attributes *a, gd_tensor sequence);
gd_tensor gd__recurrent_step(const gd__recurrent_attributes *a, gd_tensor sequence, int64_t step); // (N, F)
// Sequences that are being put together of their steps.
typedef struct gd__recurrent_parts {
    gd_graph *graph;
    int64_t steps;
    gd_tensor *part; // by list and place
} gd__recurrent_parts;
bool gd__recurrent_parts_begin(gd__recurrent_parts *parts, const gd__recurrent_attributes *a, gd_tensor like,
                               int lists);
void gd__recurrent_put(gd__recurrent_parts *parts, const gd__recurrent_attributes *a, int list, int64_t step,
                       gd_tensor value);
// The sequences of all lists; poisoned when memory was short. Releases the parts.
void gd__recurrent_join(gd__recurrent_parts *parts, const gd__recurrent_attributes *a, int lists, gd_tensor *sequence);

// ---- Samples: a note, time_first, reverse, the first two sizes of a sequence, N and H.
#define GD__RECURRENT_CASES(CASE)                                                                                      \
    CASE("three steps of two", false, false, 2, 3, 2, 2)                                                               \
    CASE("time first, odd sizes", true, false, 2, 3, 3, 3)                                                             \
    CASE("reverse, one sequence", false, true, 1, 3, 1, 2)                                                             \
    CASE("reverse and time first, H = 1", true, true, 3, 2, 2, 1)                                                      \
    CASE("one step", false, false, 2, 1, 2, 3)
#define GD__RECURRENT_ATTRIBUTES(time, back)                                                                           \
    (&(const gd__recurrent_attributes){.time_first = (time), .reverse = (back)})

#endif
