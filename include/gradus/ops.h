// The ops: each call writes one node (or a few) into the graph of its operands. The op reference in the
// documentation is made from the op table; here stands what to call.
//
// Elementwise ops broadcast as NumPy does. Operands of one op have one type; gd_cast changes it. A negative axis
// counts from the end.
#ifndef GRADUS_OPS_H
#define GRADUS_OPS_H

#include <gradus/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Arithmetic
GD_API gd_tensor gd_add(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_sub(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_mul(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_div(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_neg(gd_tensor x);
GD_API gd_tensor gd_scale(gd_tensor x, double factor); // x * factor
GD_API gd_tensor gd_shift(gd_tensor x, double term);   // x + term
GD_API gd_tensor gd_reciprocal(gd_tensor x);           // 1 / x
GD_API gd_tensor gd_minimum(gd_tensor a, gd_tensor b); // a tie sends the whole gradient to a
GD_API gd_tensor gd_maximum(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_clip(gd_tensor x, double low, double high);

// ---- Functions of one number
GD_API gd_tensor gd_abs(gd_tensor x);
GD_API gd_tensor gd_sign(gd_tensor x); // -1, 0 or 1; its gradient is zero
GD_API gd_tensor gd_step(gd_tensor x); // 1 where x > 0, else 0: the perceptron's; its gradient is zero
GD_API gd_tensor gd_floor(gd_tensor x);
GD_API gd_tensor gd_exp(gd_tensor x);
GD_API gd_tensor gd_expm1(gd_tensor x);
GD_API gd_tensor gd_log(gd_tensor x);
GD_API gd_tensor gd_log1p(gd_tensor x);
GD_API gd_tensor gd_sqrt(gd_tensor x);
GD_API gd_tensor gd_rsqrt(gd_tensor x); // 1 / sqrt(x)
GD_API gd_tensor gd_square(gd_tensor x);
GD_API gd_tensor gd_pow(gd_tensor x, gd_tensor exponent); // x > 0 where the exponent is not a whole number
GD_API gd_tensor gd_sin(gd_tensor x);
GD_API gd_tensor gd_cos(gd_tensor x);
GD_API gd_tensor gd_erf(gd_tensor x);

// ---- Activations
GD_API gd_tensor gd_relu(gd_tensor x);
GD_API gd_tensor gd_leaky_relu(gd_tensor x, double slope); // slope of the negative side, 0.01 commonly
GD_API gd_tensor gd_elu(gd_tensor x, double alpha);        // alpha (exp(x) - 1) for x < 0; 1 commonly
GD_API gd_tensor gd_gelu(gd_tensor x);                     // x Phi(x), with erf
GD_API gd_tensor gd_gelu_tanh(gd_tensor x);                // its approximation by tanh
GD_API gd_tensor gd_silu(gd_tensor x);                     // x sigmoid(x)
GD_API gd_tensor gd_softplus(gd_tensor x);                 // log(1 + exp(x))
GD_API gd_tensor gd_sigmoid(gd_tensor x);
GD_API gd_tensor gd_tanh(gd_tensor x);
GD_API gd_tensor gd_hard_sigmoid(gd_tensor x); // clip(x / 6 + 1/2, 0, 1), as PyTorch's
GD_API gd_tensor gd_softmax(gd_tensor x, int axis);
GD_API gd_tensor gd_log_softmax(gd_tensor x, int axis);

// ---- Comparisons (the result is GD_BOOL) and choice
GD_API gd_tensor gd_equal(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_not_equal(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_less(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_less_equal(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_greater(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_greater_equal(gd_tensor a, gd_tensor b);
GD_API gd_tensor gd_where(gd_tensor condition, gd_tensor yes, gd_tensor no); // condition is GD_BOOL

// ---- Reductions. Axes left empty mean all of them.
typedef struct gd_axes {
    int count;
    int axis[GD_MAX_RANK];
} gd_axes;
// GD_AXES(1, 2) is such a list.
#ifdef __cplusplus
extern "C++" {
template <typename... Axes> inline gd_axes gd__axes(Axes... axes)
{
    static_assert(sizeof...(axes) <= GD_MAX_RANK, "more axes than a tensor has");
    return gd_axes{static_cast<int>(sizeof...(axes)), {static_cast<int>(axes)...}};
}
}
#define GD_AXES(...) gd__axes(__VA_ARGS__)
#else
#define GD_AXES(...) ((gd_axes){.count = (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), .axis = {__VA_ARGS__}})
#endif
typedef struct gd_reduce_opts {
    bool keep; // keep the reduced axes with size 1
    gd_axes axes;
} gd_reduce_opts;
GD_API gd_tensor gd_sum(gd_tensor x, gd_reduce_opts opts GD_OPTIONAL);
GD_API gd_tensor gd_mean(gd_tensor x, gd_reduce_opts opts GD_OPTIONAL);
GD_API gd_tensor gd_max(gd_tensor x, gd_reduce_opts opts GD_OPTIONAL); // equal maxima share the gradient evenly
GD_API gd_tensor gd_min(gd_tensor x, gd_reduce_opts opts GD_OPTIONAL);
GD_API gd_tensor gd_prod(gd_tensor x, gd_reduce_opts opts GD_OPTIONAL);
GD_API gd_tensor gd_argmax(gd_tensor x, int axis); // i32; the first of equals
GD_API gd_tensor gd_argmin(gd_tensor x, int axis);
typedef struct gd_cumsum_opts {
    bool reverse;   // from the end
    bool exclusive; // without the element itself
} gd_cumsum_opts;
GD_API gd_tensor gd_cumsum(gd_tensor x, int axis, gd_cumsum_opts opts GD_OPTIONAL);
// How many elements of x fall into one sum over the axes, as a scalar of x's type: known once the batch size is.
GD_API gd_tensor gd_element_count(gd_tensor x, gd_axes axes);
// Sums x over the axes by which `shape` was broadcast to x's shape: the adjoint of gd_broadcast_to.
GD_API gd_tensor gd_sum_to(gd_tensor x, gd_shape shape);

// ---- Matrices: a (…, m, k) times b (…, k, n) gives (…, m, n); the leading axes broadcast. A vector counts as a row
// on the left and as a column on the right, as in NumPy.
typedef struct gd_matmul_opts {
    bool transpose_a; // a is (…, k, m)
    bool transpose_b; // b is (…, n, k)
} gd_matmul_opts;
GD_API gd_tensor gd_matmul(gd_tensor a, gd_tensor b, gd_matmul_opts opts GD_OPTIONAL);

// ---- Windows: convolution and pooling over one or two spatial axes, the last ones of x (N, C, …spatial).
// Entry i belongs to spatial axis i. Zero means: stride 1 (pooling: the kernel), dilation 1, no padding.
enum { GD_SPATIAL = 2 };
typedef struct gd_window {
    int64_t kernel[GD_SPATIAL]; // pooling only; a convolution takes it from the weight
    int64_t stride[GD_SPATIAL];
    int64_t dilation[GD_SPATIAL];
    int64_t pad_begin[GD_SPATIAL];
    int64_t pad_end[GD_SPATIAL];
    int64_t groups; // convolution only; 0 means 1
} gd_window;
// x (N, C, …), w (O, C / groups, …kernel), b (O) or GD_NO_TENSOR; output size (W - F + 2P) / S + 1.
GD_API gd_tensor gd_convolve(gd_tensor x, gd_tensor w, gd_tensor b, gd_window window);
// The transposed convolution: x (N, C, …), w (C, O / groups, …kernel), b (O) or GD_NO_TENSOR;
// output size (W - 1) S - 2P + D (F - 1) + 1 + output_padding.
GD_API gd_tensor gd_convolve_transposed(gd_tensor x, gd_tensor w, gd_tensor b, gd_window window,
                                        const int64_t output_padding[GD_SPATIAL]); // NULL: none
GD_API gd_tensor gd_max_pool(gd_tensor x, gd_window window);
typedef struct gd_average_pool_opts {
    bool exclude_padding; // divide by the number of real elements in the window
} gd_average_pool_opts;
GD_API gd_tensor gd_average_pool(gd_tensor x, gd_window window, gd_average_pool_opts opts);
GD_API gd_tensor gd_global_average_pool(gd_tensor x); // (N, C, …) to (N, C)
GD_API gd_tensor gd_global_max_pool(gd_tensor x);

// ---- Normalisation
// Batch norm over all axes but axis 1 (Ioffe and Szegedy 2015): x (N, C, …); weight, bias, running_mean,
// running_variance (C). Training uses the batch's statistics (and their biased variance); an inference plan uses
// the running ones. gd_output(y, 1) and (y, 2) are the batch's mean and biased variance.
GD_API gd_tensor gd_batch_normalize(gd_tensor x, gd_tensor weight, gd_tensor bias, gd_tensor running_mean,
                                    gd_tensor running_variance, double epsilon);
// The same with a mean and a variance that are given, (C).
GD_API gd_tensor gd_batch_norm_apply(gd_tensor x, gd_tensor weight, gd_tensor bias, gd_tensor mean, gd_tensor variance,
                                     double epsilon);
// Layer norm over the last `axes` axes (Ba, Kiros, Hinton 2016); weight and bias have the shape of those axes.
GD_API gd_tensor gd_layer_normalize(gd_tensor x, gd_tensor weight, gd_tensor bias, int axes, double epsilon);

// ---- Recurrent networks. Sequences are (N, T, …), states (N, H). `from_x` is what the inputs add to the gates at
// every step, x w_ih^T + b, one matmul for all steps; w is PyTorch's weight_hh. The result is all h, (N, T, H).
typedef struct gd_recurrent_steps_opts {
    bool time_first; // sequences are (T, N, …)
    bool reverse;    // from the last place of a sequence to the first
    bool relu;       // gd_rnn_steps only: relu in place of tanh
    // gd_lstm_steps only: p (3H), by which the cell before enters the gates i and f, and the cell after it o, each
    // element by its own weight (Gers, Schraudolph, Schmidhuber 2002); GD_NO_TENSOR: it does not.
    gd_tensor peepholes;
} gd_recurrent_steps_opts;
// from_x (N, T, 4H) for the gates i, f, g, o; h0, c0 (N, H); w (4H, H). gd_output(y, 1) is all c, (N, T, H).
GD_API gd_tensor gd_lstm_steps(gd_tensor from_x, gd_tensor h0, gd_tensor c0, gd_tensor w,
                               gd_recurrent_steps_opts opts GD_OPTIONAL);
// from_x (N, T, 3H) for r, z, n; h0 (N, H); w (3H, H) and b (3H): the reset gate multiplies h w_n^T + b_n.
GD_API gd_tensor gd_gru_steps(gd_tensor from_x, gd_tensor h0, gd_tensor w, gd_tensor b,
                              gd_recurrent_steps_opts opts GD_OPTIONAL);
// from_x (N, T, H); h0 (N, H); w (H, H).
GD_API gd_tensor gd_rnn_steps(gd_tensor from_x, gd_tensor h0, gd_tensor w, gd_recurrent_steps_opts opts GD_OPTIONAL);

// ---- Attention (Vaswani et al. 2017) of heads that lie side by side: query (N, T, H D), key (N, S, K D) and value
// (N, S, K V) give (N, T, H V), for each head the sum of the values weighted by softmax(scale q . k). The matrix of
// weights is never stored, forward or backward. Where key and value are GD_NO_TENSOR, query is all three side by side,
// (N, T, (H + 2 K) D). A query that sees no key gives zeros; what is behind the mask, NaN included, reaches nothing.
// gd_output(y, 1) is the logarithm of each query's sum of exponentials, (N, H, T).
typedef struct gd_attend_opts {
    int64_t heads;      // H; 0 means 1
    int64_t key_heads;  // K, which divides H: H / K neighbouring heads share keys and values; 0 means H
    bool causal;        // query t sees the keys 0 … t
    double scale;       // 0 means 1 / sqrt(D)
    gd_tensor key_mask; // (N, S): not 0 where a key counts; GD_NO_TENSOR: all do
} gd_attend_opts;
GD_API gd_tensor gd_attend(gd_tensor query, gd_tensor key, gd_tensor value, gd_attend_opts opts GD_OPTIONAL);

// Rotary positions (Su et al. 2021): x (N, T, features) holds heads of `width` features side by side; pair i of a head
// at place t is turned by the angle t base^(-2i/width).
typedef struct gd_rotary_opts {
    double base;      // 0 means 10000
    int64_t features; // how many features are turned, the first ones; 0 means all
    bool interleaved; // pairs are neighbours, as in the paper; else the halves of a head, as LLaMA has it
    gd_tensor first;  // [1]: the place of the first step; GD_NO_TENSOR: 0
} gd_rotary_opts;
GD_API gd_tensor gd_rotary(gd_tensor x, int64_t width, gd_rotary_opts opts GD_OPTIONAL);

// ---- Randomness. Numbers come from (seed, place in the graph, run, index): the same for any number of threads.
// Each run of a function that draws numbers draws new ones.
GD_API gd_tensor gd_random_uniform(gd_graph *graph, gd_type type, gd_shape shape, double low, double high);
GD_API gd_tensor gd_random_normal(gd_graph *graph, gd_type type, gd_shape shape, double mean, double deviation);
GD_API gd_tensor gd_random_bernoulli(gd_graph *graph, gd_type type, gd_shape shape, double probability); // 0 and 1
// Zeroes each element with probability `rate` and scales the others by 1 / (1 - rate) (Srivastava et al. 2014,
// inverted form). The identity in an inference plan.
GD_API gd_tensor gd_dropout(gd_tensor x, double rate);

// ---- Shape
GD_API gd_tensor gd_reshape(gd_tensor x, gd_shape shape); // one dimension may be GD_INFER
GD_API gd_tensor gd_flatten(gd_tensor x);                 // (N, …) to (N, rest)
GD_API gd_tensor gd_expand_axis(gd_tensor x, int axis);   // a new axis of size 1
GD_API gd_tensor gd_squeeze(gd_tensor x, int axis);       // drops an axis of size 1
GD_API gd_tensor gd_broadcast_to(gd_tensor x, gd_shape shape);
GD_API gd_tensor gd_transpose(gd_tensor x, gd_axes order); // empty: the axes reversed
GD_API gd_tensor gd_concat(int count, const gd_tensor *x, int axis);
// Cuts x into `count` parts along an axis, of the given sizes, or of equal ones when sizes is NULL.
GD_API void gd_split(gd_tensor x, int axis, int count, const int64_t *sizes, gd_tensor *part);
// begin … end-1 with a step along one axis. Negative positions count from the end; end = GD_INFER is the end.
GD_API gd_tensor gd_slice(gd_tensor x, int axis, int64_t begin, int64_t end, int64_t step);
// Adds `before` and `after` elements of `value` along each axis (arrays of x's rank).
GD_API gd_tensor gd_pad(gd_tensor x, const int64_t *before, const int64_t *after, double value);
GD_API gd_tensor gd_flip(gd_tensor x, gd_axes axes); // empty: all axes

// ---- Index. Indices are i32 or i64; one outside the range stops the run with a sentence.
// Elements of x along `axis` at `index` (of any shape), which takes that axis' place.
GD_API gd_tensor gd_gather(gd_tensor x, gd_tensor index, int axis);
// A zero tensor of `shape` into which `x` is added at `index` along `axis`: the adjoint of gd_gather.
GD_API gd_tensor gd_scatter_add(gd_tensor x, gd_tensor index, int axis, gd_shape shape);
// One element a row: x (…, k) and index (…) give (…): x[…, index[…]].
GD_API gd_tensor gd_pick(gd_tensor x, gd_tensor index);
// Rows of w (V, D) for index (…): (…, D). The same as gd_gather along axis 0, with a sparse-minded gradient.
GD_API gd_tensor gd_embed(gd_tensor w, gd_tensor index);
GD_API gd_tensor gd_one_hot(gd_tensor index, int64_t classes, gd_type type); // (…) to (…, classes)
// The k largest along the last axis, in descending order. gd_output(y, 1) holds their positions (i32).
GD_API gd_tensor gd_top_k(gd_tensor x, int64_t k);

// ---- Types and gradients
GD_API gd_tensor gd_cast(gd_tensor x, gd_type type);
GD_API gd_tensor gd_stop_gradient(gd_tensor x); // x, with a gradient of zero
GD_API gd_tensor gd_zeros_like(gd_tensor x);
GD_API gd_tensor gd_ones_like(gd_tensor x);

// ---- Losses that are one op for speed and numerical safety; nn.h has the full set.
// logits (…, K), label (…) of integers: -log softmax(logits)[label], one number a row.
GD_API gd_tensor gd_label_cross_entropy(gd_tensor logits, gd_tensor label);
// Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006): logits (N, T, C), target (N,
// L) of integers: -log of the probability that the frames of a row spell its target, (N). Runs that find an impossible
// target (more symbols, and blanks between equal ones, than frames) end with an error that names the row. It has a
// first derivative only.
typedef struct gd_ctc_opts {
    int64_t blank;           // the class that stands for no symbol; a negative one counts from the last, -1
    bool zero_impossible;    // impossible targets have the loss 0 and no gradient
    gd_tensor input_length;  // (N) of integers, frames that count; absent: T each
    gd_tensor target_length; // (N) of integers; absent: a target ends before its first blank or negative number
} gd_ctc_opts;
GD_API gd_tensor gd_ctc(gd_tensor logits, gd_tensor target, gd_ctc_opts opts GD_OPTIONAL);

// The options of these calls may be left out (options.h).
#ifndef __cplusplus
#define gd_sum(...) GD__OPTIONS_AFTER_1(gd_sum, gd_reduce_opts, __VA_ARGS__)
#define gd_mean(...) GD__OPTIONS_AFTER_1(gd_mean, gd_reduce_opts, __VA_ARGS__)
#define gd_max(...) GD__OPTIONS_AFTER_1(gd_max, gd_reduce_opts, __VA_ARGS__)
#define gd_min(...) GD__OPTIONS_AFTER_1(gd_min, gd_reduce_opts, __VA_ARGS__)
#define gd_prod(...) GD__OPTIONS_AFTER_1(gd_prod, gd_reduce_opts, __VA_ARGS__)
#define gd_cumsum(...) GD__OPTIONS_AFTER_2(gd_cumsum, gd_cumsum_opts, __VA_ARGS__)
#define gd_matmul(...) GD__OPTIONS_AFTER_2(gd_matmul, gd_matmul_opts, __VA_ARGS__)
#define gd_attend(...) GD__OPTIONS_AFTER_3(gd_attend, gd_attend_opts, __VA_ARGS__)
#define gd_rotary(...) GD__OPTIONS_AFTER_2(gd_rotary, gd_rotary_opts, __VA_ARGS__)
#define gd_ctc(...) GD__OPTIONS_AFTER_2(gd_ctc, gd_ctc_opts, __VA_ARGS__)
#define gd_lstm_steps(...) GD__OPTIONS_AFTER_4(gd_lstm_steps, gd_recurrent_steps_opts, __VA_ARGS__)
#define gd_gru_steps(...) GD__OPTIONS_AFTER_4(gd_gru_steps, gd_recurrent_steps_opts, __VA_ARGS__)
#define gd_rnn_steps(...) GD__OPTIONS_AFTER_3(gd_rnn_steps, gd_recurrent_steps_opts, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
