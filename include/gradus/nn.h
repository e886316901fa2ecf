// Layers, initialisers, activations, losses, penalties and metrics: functions that write graph with the ops of
// ops.h. Errors stick to the graph and name the layer: "conv2d 'stem': …".
#ifndef GRADUS_NN_H
#define GRADUS_NN_H

#include <gradus/graph.h>
#include <gradus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Initialisers
//
// An initialiser is a record (record.h) with a function that draws. Fans come from the weight's shape, outermost first:
// [out, in, …kernel] has fan_in = in * kernel and fan_out = out * kernel; a vector has its length for both.
typedef struct gd_initializer_kind gd_initializer_kind;

// An initialiser with its options, as layers take it: {.kind = GD_INIT_NORMAL, .scale = 0.01}. {0} leaves the choice to
// the layer.
typedef struct gd_initializer {
    const gd_initializer_kind *kind; // NULL: GD_INIT_DEFAULT
    double scale;                    // 0 means 1
    double value;                    // GD_INIT_CONSTANT only
} gd_initializer;

// A value that is being drawn.
typedef struct gd_initializer_call {
    double *value; // as many as `shape` has elements, in row-major order; they start as zeros
    gd_shape shape;
    double fan_in, fan_out;
    gd_initializer initializer; // its scale is not 0
    void *random;               // of the two functions below
} gd_initializer_call;
GD_API double gd_initializer_uniform(const gd_initializer_call *call); // the next number in [0, 1)
GD_API double gd_initializer_normal(const gd_initializer_call *call);  // of mean 0 and deviation 1, by Box-Muller

struct gd_initializer_kind {
    gd_record record; // its options are fields of gd_initializer
    void (*draw)(const gd_initializer_call *call);
};

GD_API extern const gd_initializer_kind gd__initializer_default, gd__initializer_zeros, gd__initializer_ones,
    gd__initializer_constant, gd__initializer_normal, gd__initializer_uniform, gd__initializer_xavier_uniform,
    gd__initializer_xavier_normal, gd__initializer_he_uniform, gd__initializer_he_normal, gd__initializer_lecun_uniform,
    gd__initializer_lecun_normal, gd__initializer_orthogonal, gd__initializer_dirac;
// A weight: uniform in ±1/sqrt(fan_in), as PyTorch's dense and convolution layers start.
#define GD_INIT_DEFAULT (&gd__initializer_default)
#define GD_INIT_ZEROS (&gd__initializer_zeros)                   // 0
#define GD_INIT_ONES (&gd__initializer_ones)                     // 1
#define GD_INIT_CONSTANT (&gd__initializer_constant)             // value
#define GD_INIT_NORMAL (&gd__initializer_normal)                 // mean 0, deviation scale
#define GD_INIT_UNIFORM (&gd__initializer_uniform)               // uniform in ±scale
#define GD_INIT_XAVIER_UNIFORM (&gd__initializer_xavier_uniform) // uniform in ±scale sqrt(6 / (fan_in + fan_out))
#define GD_INIT_XAVIER_NORMAL (&gd__initializer_xavier_normal)   // deviation scale sqrt(2 / (fan_in + fan_out))
#define GD_INIT_HE_UNIFORM (&gd__initializer_he_uniform)         // uniform in ±scale sqrt(6 / fan_in)
#define GD_INIT_HE_NORMAL (&gd__initializer_he_normal)           // deviation scale sqrt(2 / fan_in)
#define GD_INIT_LECUN_UNIFORM (&gd__initializer_lecun_uniform)   // uniform in ±scale sqrt(3 / fan_in)
#define GD_INIT_LECUN_NORMAL (&gd__initializer_lecun_normal)     // deviation scale sqrt(1 / fan_in)
#define GD_INIT_ORTHOGONAL (&gd__initializer_orthogonal)         // orthonormal rows (or columns) times scale
#define GD_INIT_DIRAC (&gd__initializer_dirac)                   // filter i lets map i through; the rest as default

// All initialisers, as records; and the one of a name or alias, with its defaults, which fails with the nearest name.
GD_API const gd_records *gd_initializer_kinds(void);
GD_API GD_MUST_USE gd_status gd_initializer_named(const char *name, gd_initializer *initializer);
// Adds an initialiser of the program's own, which recipes may name then. The record lives as long as the program. Not
// while other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_initializer_register(const gd_initializer_kind *kind);

// Draws a variable's value. The numbers depend on the graph's seed and the variable's name alone, so a layer starts
// the same whatever else the graph holds.
GD_API GD_MUST_USE gd_status gd_initialize(gd_tensor variable, gd_initializer initializer);
// A trainable variable that starts as `initializer` says.
GD_API gd_tensor gd_parameter(gd_graph *graph, const char *name, gd_type type, gd_shape shape,
                              gd_initializer initializer);

// ---- Layers
//
// Parameters have x's type (f32 or f64) and the names and shapes that PyTorch gives them. A layer without a name
// takes its kind and the first free number: conv1, fc1, bn1, ln1, embedding1; conv1's variables are conv1.weight and
// conv1.bias. Where options leave the initialisers out, weights and biases start uniform in ±1/sqrt(fan_in), as
// PyTorch's do; where only the weight's is given, biases start at zero.

// Fully connected: y = x W^T + b over the last axis of x (…, in), giving (…, units).
// W is <name>.weight [units, in], b is <name>.bias [units].
typedef struct gd_dense_opts {
    const char *name; // NULL: fc1, fc2, …
    bool no_bias;
    gd_initializer initializer;
    gd_initializer bias_initializer;
} gd_dense_opts;
GD_API gd_tensor gd_dense(gd_tensor x, int64_t units, gd_dense_opts opts GD_OPTIONAL);

// In place of a padding: as much as makes the output ceil(input / stride) long (transposed: input * stride). When
// the amount is odd, the end gets one more than the beginning.
#define GD_SAME ((int64_t)-1)

// What stands beyond the ends of an axis: zeros; the elements mirrored at the end, which is not repeated; the last
// element; or the elements of the other end.
typedef enum gd_padding_mode {
    GD_PADDING_ZEROS = 0,
    GD_PADDING_REFLECT,
    GD_PADDING_REPLICATE,
    GD_PADDING_CIRCULAR
} gd_padding_mode;

// Convolutions. Sizes are given once for both axes (.kernel = 3), or by axis, height first (.kernel_hw = {3, 5});
// an entry 0 of a pair takes the single number. Zero means: stride 1, dilation 1, no padding, one group.
// The output is (W - F + 2P) / S + 1 long along each axis, with F = dilation (kernel - 1) + 1.
typedef struct gd_conv2d_opts {
    const char *name; // NULL: conv1, conv2, …
    int64_t kernel, kernel_hw[2];
    int64_t stride, stride_hw[2];
    int64_t dilation, dilation_hw[2];
    int64_t padding, padding_hw[2];               // GD_SAME or a number of elements on either side
    int64_t output_padding, output_padding_hw[2]; // gd_conv2d_transposed only: added at the end of the output
    int64_t groups;
    bool no_bias;
    gd_initializer initializer;
    gd_initializer bias_initializer;
    gd_padding_mode padding_mode; // not of the transposed one
} gd_conv2d_opts;
// x (N, C, H, W) gives (N, filters, H', W'). <name>.weight [filters, C / groups, kh, kw], <name>.bias [filters].
GD_API gd_tensor gd_conv2d(gd_tensor x, int64_t filters, gd_conv2d_opts opts);
// The transposed convolution. <name>.weight [C, filters / groups, kh, kw], <name>.bias [filters]; the output is
// (W - 1) S - 2P + F + output_padding long.
GD_API gd_tensor gd_conv2d_transposed(gd_tensor x, int64_t filters, gd_conv2d_opts opts);

typedef struct gd_conv1d_opts {
    const char *name; // NULL: conv1, conv2, …
    int64_t kernel, stride, dilation, padding, groups;
    int64_t output_padding; // gd_conv1d_transposed only: added at the end of the output
    bool no_bias;
    gd_initializer initializer;
    gd_initializer bias_initializer;
    gd_padding_mode padding_mode; // not of the transposed one
} gd_conv1d_opts;
// x (N, C, L) gives (N, filters, L'). <name>.weight [filters, C / groups, k], <name>.bias [filters].
GD_API gd_tensor gd_conv1d(gd_tensor x, int64_t filters, gd_conv1d_opts opts);
// The transposed convolution. <name>.weight [C, filters / groups, k], <name>.bias [filters].
GD_API gd_tensor gd_conv1d_transposed(gd_tensor x, int64_t filters, gd_conv1d_opts opts);

// Over volumes. Sizes are given once for all axes, or by axis, depth first (.kernel_dhw = {1, 3, 3}). It is computed as
// a convolution of planes whose channels are those of all planes that a kernel reaches.
typedef struct gd_conv3d_opts {
    const char *name; // NULL: conv1, conv2, …
    int64_t kernel, kernel_dhw[3];
    int64_t stride, stride_dhw[3];
    int64_t dilation, dilation_dhw[3];
    int64_t padding, padding_dhw[3];               // GD_SAME or a number of elements on either side
    int64_t output_padding, output_padding_dhw[3]; // gd_conv3d_transposed only: added at the end of the output
    int64_t groups;
    bool no_bias;
    gd_initializer initializer;
    gd_initializer bias_initializer;
    gd_padding_mode padding_mode; // not of the transposed one
} gd_conv3d_opts;
// x (N, C, D, H, W) gives (N, filters, D', H', W'). <name>.weight [filters, C / groups, kd, kh, kw], <name>.bias
// [filters]. At most 64 planes a kernel.
GD_API gd_tensor gd_conv3d(gd_tensor x, int64_t filters, gd_conv3d_opts opts);
// The transposed convolution. <name>.weight [C, filters / groups, kd, kh, kw], <name>.bias [filters].
GD_API gd_tensor gd_conv3d_transposed(gd_tensor x, int64_t filters, gd_conv3d_opts opts);

// Pooling over windows of `kernel` elements that lie side by side. The global pools of ops.h take whole maps.
// Sizes as for convolutions, but stride 0 means the kernel.
typedef struct gd_pool_opts {
    const char *name; // for messages
    int64_t kernel, kernel_hw[2];
    int64_t stride, stride_hw[2];
    int64_t dilation, dilation_hw[2]; // maximum only
    int64_t padding, padding_hw[2];
    bool exclude_padding; // average only: divide by the number of real elements in the window
    bool ceil;            // a last window that reaches beyond the padding counts too, where it begins before it; what
                          // lies beyond is no element of a mean
} gd_pool_opts;
GD_API gd_tensor gd_max_pool2d(gd_tensor x, gd_pool_opts opts);
GD_API gd_tensor gd_average_pool2d(gd_tensor x, gd_pool_opts opts);
// One spatial axis: x (N, C, L). With options, a pair's entry 0 belongs to it.
GD_API gd_tensor gd_max_pool1d(gd_tensor x, gd_pool_opts opts);
GD_API gd_tensor gd_average_pool1d(gd_tensor x, gd_pool_opts opts);
// Three spatial axes: x (N, C, D, H, W). A window is pooled plane by plane, and then over its planes.
typedef struct gd_pool3d_opts {
    const char *name; // for messages
    int64_t kernel, kernel_dhw[3];
    int64_t stride, stride_dhw[3];
    int64_t dilation, dilation_dhw[3]; // maximum only
    int64_t padding, padding_dhw[3];
    bool exclude_padding; // average only
    bool ceil;
} gd_pool3d_opts;
GD_API gd_tensor gd_max_pool3d(gd_tensor x, gd_pool3d_opts opts);
GD_API gd_tensor gd_average_pool3d(gd_tensor x, gd_pool3d_opts opts);

// Batch normalisation over all axes but axis 1 (Ioffe and Szegedy 2015): y = weight (x - mean) / sqrt(var + epsilon)
// + bias. Training takes mean and biased variance from the batch and moves the running ones towards them:
// running = (1 - momentum) running + momentum batch, with the unbiased variance (N / (N - 1); as it is when N = 1).
// Variables: <name>.weight (ones), .bias (zeros), .running_mean (zeros), .running_var (ones), each [C].
typedef struct gd_batch_norm_opts {
    const char *name; // NULL: bn1, bn2, …
    double momentum;  // 0 means 0.1: the part of the batch in the running statistics
    double epsilon;   // 0 means 1e-5
    bool no_affine;   // without weight and bias
    bool no_scale;    // without weight
} gd_batch_norm_opts;
GD_API gd_tensor gd_batch_norm(gd_tensor x, gd_batch_norm_opts opts GD_OPTIONAL);

// Layer normalisation over the last axes of x (Ba, Kiros, Hinton 2016).
// Variables: <name>.weight (ones), .bias (zeros), of the shape of those axes.
typedef struct gd_layer_norm_opts {
    const char *name; // NULL: ln1, ln2, …
    int axes;         // 0 means 1: how many of the last axes
    double epsilon;   // 0 means 1e-5
    bool no_affine;
} gd_layer_norm_opts;
GD_API gd_tensor gd_layer_norm(gd_tensor x, gd_layer_norm_opts opts GD_OPTIONAL);

// Group normalisation (Wu and He 2018): each of `groups` groups of channels of each sample to mean 0 and variance 1, x
// being (N, C, …). Variables: <name>.weight (ones), .bias (zeros), each [C].
typedef struct gd_group_norm_opts {
    const char *name; // NULL: gn1, gn2, …
    double epsilon;   // 0 means 1e-5
    bool no_affine;
} gd_group_norm_opts;
GD_API gd_tensor gd_group_norm(gd_tensor x, int64_t groups, gd_group_norm_opts opts GD_OPTIONAL);

// Instance normalisation (Ulyanov, Vedaldi, Lempitsky 2016): each channel of each sample, always by its own statistics.
// As in PyTorch, weight and bias [C] are there on demand.
typedef struct gd_instance_norm_opts {
    const char *name; // NULL: in1, in2, …
    double epsilon;   // 0 means 1e-5
    bool affine;
} gd_instance_norm_opts;
GD_API gd_tensor gd_instance_norm(gd_tensor x, gd_instance_norm_opts opts GD_OPTIONAL);

// Root mean square normalisation over the last axes of x (Zhang and Sennrich 2019): weight x / sqrt(mean(x^2) +
// epsilon).
typedef struct gd_rms_norm_opts {
    const char *name; // NULL: rms1, rms2, …
    int axes;         // 0 means 1: how many of the last axes
    double epsilon;   // 0 means 2^-23, the step of f32 at 1
    bool no_affine;
} gd_rms_norm_opts;
GD_API gd_tensor gd_rms_norm(gd_tensor x, gd_rms_norm_opts opts GD_OPTIONAL);

// Rows of a table for whole numbers 0 … words-1: index (…) gives (…, width).
// <name>.weight [words, width] starts normal with deviation 1.
typedef struct gd_embedding_opts {
    const char *name; // NULL: embedding1, …
    gd_type type;     // GD_F32 or GD_F64
    gd_initializer initializer;
} gd_embedding_opts;
GD_API gd_tensor gd_embedding(gd_tensor index, int64_t words, int64_t width, gd_embedding_opts opts GD_OPTIONAL);

// The transpose of a layer that is there already, with its weight, which both then move (Press and Wolf 2017). Of an
// embedding, whose rows are looked up: x (…, width) gives (…, words), x W^T + b. Of a dense layer: x (…, units) gives
// (…, features), x W + b. `weight` is that layer's variable. <name>.bias starts at zero.
typedef struct gd_tied_opts {
    const char *name; // NULL: tied1, …
    bool no_bias;
    gd_initializer bias_initializer;
} gd_tied_opts;
GD_API gd_tensor gd_tied(gd_tensor x, gd_tensor weight, gd_tied_opts opts GD_OPTIONAL);

// ---- Recurrent layers: x (N, T, features) gives (N, T, units), the state after every step; the formulas are
// PyTorch's. The variables are named and shaped as PyTorch's, with g units rows (g = 4 for LSTM, gates i, f, g, o; 3
// for GRU, gates r, z, n; 1 for RNN): <name>.weight_ih_l0 [g units, features], .weight_hh_l0 [g units, units],
// .bias_ih_l0 and .bias_hh_l0 [g units]; the next layer's end in _l1, those of the reverse direction in _reverse. All
// start uniform in ±1/sqrt(units).

// States of all layers: (layers, N, units), h of a projection (layers, N, projection); twice as many with
// .bidirectional, each layer's forward one first.
typedef struct gd_recurrent_state {
    gd_tensor h;
    gd_tensor c; // LSTM only
} gd_recurrent_state;

typedef struct gd_recurrent_opts {
    const char *name;   // NULL: lstm1, gru1, rnn1, …
    int64_t layers;     // 0 means 1: one on top of the other
    bool bidirectional; // each layer also reads from the end; the result is (N, T, 2 units)
    bool last;          // only the state after a direction's last step: (N, units), or (N, 2 units)
    bool time_first;    // x is (T, N, features), and so is the result
    bool no_bias;
    bool relu;          // gd_rnn only: relu in place of tanh
    double dropout;     // of what goes from layer to layer
    bool variational;   // one mask of dropout for all steps of a sequence (Gal, Ghahramani 2016), not one a step
    bool peepholes;     // gd_lstm only: the cell enters the gates i, f and o, by <name>.weight_peephole_l0 [3 units]
    double forget_bias; // gd_lstm only; not 0: what the biases of the forget gate start as, in sum
    int64_t projection; // gd_lstm only; not 0: h is w_hr (o tanh(c)), so many numbers, fewer than units (Sak, Senior,
                        // Beaufays 2014); w_hr is <name>.weight_hr_l0 [projection, units], PyTorch's proj_size
    gd_recurrent_state initial; // the states before the first step; GD_NO_TENSOR: zeros
    gd_recurrent_state *final;  // receives the states after the last step, unless NULL
    // How long each sequence is, (N) whole numbers from 0 to T; GD_NO_TENSOR: all have T steps. What stands in x behind
    // the ends, a NaN even, reaches nothing; the result is zero there, the last states are those at the ends, and
    // backwards is from the ends. x must be (N, T, features).
    gd_tensor lengths;
    bool carry; // the states before the first step are those after the last one of the training run
                // before: <name>.hidden (and <name>.cell), for training on long sequences cut into
                // pieces (truncated back-propagation through time). x must have a fixed N.
    gd_initializer initializer;
    gd_initializer bias_initializer;
} gd_recurrent_opts;
// Long short-term memory (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000).
GD_API gd_tensor gd_lstm(gd_tensor x, int64_t units, gd_recurrent_opts opts GD_OPTIONAL);
// Gated recurrent unit (Cho et al. 2014); the reset gate multiplies W_hn h + b_hn.
GD_API gd_tensor gd_gru(gd_tensor x, int64_t units, gd_recurrent_opts opts GD_OPTIONAL);
// h[t] = tanh(W_ih x[t] + b_ih + W_hh h[t-1] + b_hh) (Elman 1990).
GD_API gd_tensor gd_rnn(gd_tensor x, int64_t units, gd_recurrent_opts opts GD_OPTIONAL);

// One place of all places of x (N, T, …): (N, …).
typedef enum gd_over_time_way {
    GD_OVER_TIME_MEAN = 0,
    GD_OVER_TIME_MAX, // the largest
    GD_OVER_TIME_LAST,
    GD_OVER_TIME_SUM
} gd_over_time_way;
typedef struct gd_over_time_opts {
    const char *name; // for messages
    gd_over_time_way way;
    // (N) whole numbers: how many places of each sequence count; GD_NO_TENSOR: all. What stands behind them, a NaN
    // even, reaches neither the result nor a gradient. The result of a sequence without places is 0.
    gd_tensor lengths;
} gd_over_time_opts;
GD_API gd_tensor gd_over_time(gd_tensor x, gd_over_time_opts opts GD_OPTIONAL);

// The sum of x and what a branch made of it (He, Zhang, Ren, Sun 2016). Where their shapes differ, x is projected
// without a bias: maps by a 1x1 convolution whose stride follows from the sizes, rows by a dense layer. The
// projection's weight is <name>.weight; with .batch_norm it is <name>.0.weight and the norm is <name>.1, as in
// torchvision's "downsample".
typedef struct gd_residual_opts {
    const char *name; // NULL: downsample1, …
    bool batch_norm;  // normalise the projection
    gd_initializer initializer;
} gd_residual_opts;
GD_API gd_tensor gd_residual(gd_tensor x, gd_tensor branch, gd_residual_opts opts GD_OPTIONAL);

// Maps (N, C, H, W), or (N, C, L), in another size, as PyTorch's interpolate makes them.
typedef enum gd_upsample_mode {
    GD_UPSAMPLE_NEAREST = 0,   // the place floor(i / scale)
    GD_UPSAMPLE_NEAREST_EXACT, // the nearest middle of a place
    GD_UPSAMPLE_BILINEAR,      // linear along each axis
    GD_UPSAMPLE_BICUBIC        // cubic along each axis, a = -0.75
} gd_upsample_mode;
typedef struct gd_upsample_opts {
    const char *name;          // for messages
    double scale, scale_hw[2]; // how many times as large; or
    int64_t size, size_hw[2];  // the new size
    gd_upsample_mode mode;
    bool align_corners; // bilinear and bicubic: the middles of corner places coincide, not the edges
} gd_upsample_opts;
GD_API gd_tensor gd_upsample(gd_tensor x, gd_upsample_opts opts);

// Attention (Vaswani et al. 2017): softmax(query key^T scale + bias) value, over (…, T, E), (…, S, E), (…, S, V).
typedef struct gd_dot_product_opts {
    double scale;       // 0 means 1 / sqrt(E)
    bool causal;        // query t sees the keys 0 … t
    gd_tensor bias;     // added to the scores (…, T, S), broadcast; GD_NO_TENSOR: nothing
    double dropout;     // of the weights
    gd_tensor *weights; // receives the weights (…, T, S), before dropout, unless NULL
} gd_dot_product_opts;
GD_API gd_tensor gd_dot_product_attention(gd_tensor query, gd_tensor key, gd_tensor value,
                                          gd_dot_product_opts opts GD_OPTIONAL);

// Multi-head attention: query (N, T, E), key (N, S, K), value (N, S, V) give (N, T, E). The variables are those of
// PyTorch's nn.MultiheadAttention: <name>.in_proj_weight [3 E, E] and .in_proj_bias [3 E] (where K or V is not E:
// .q_proj_weight [E, E], .k_proj_weight [E, K], .v_proj_weight [E, V]), .out_proj.weight [E, E], .out_proj.bias [E].
// Weights start xavier_uniform, that of out_proj uniform in ±1/sqrt(E), biases at zero.
typedef struct gd_attention_opts {
    const char *name; // NULL: attn1, attn2, …
    bool causal;      // query t sees the keys 0 … t
    gd_tensor
        key_mask;   // (N, S): 1 where a key counts, else 0; or (N): how many of the first count; GD_NO_TENSOR: all do
    gd_tensor bias; // added to the scores (N, heads, T, S), broadcast
    double dropout; // of the weights
    bool no_bias;
    gd_initializer initializer;
    gd_tensor *weights; // receives the weights (N, heads, T, S) unless NULL
    // For generating, one place at a time, where not 0: the most places that are kept. The layer, causal and of (N, 1,
    // E) to itself, then attends to all places so far (to the last `cache` of them where there are more): their keys
    // and values are the variables <name>.keys and <name>.values [N, cache, E], and <name>.position [1] counts the
    // places. Each run must write gd_updated of all three, as training runs do by themselves; zeros in the position
    // begin a new sequence.
    int64_t cache;
    double rotary; // not 0: queries and keys of rotary positions (gd_rotary) with this base, 10000 as a rule
} gd_attention_opts;
GD_API gd_tensor gd_attention(gd_tensor query, gd_tensor key, gd_tensor value, int64_t heads,
                              gd_attention_opts opts GD_OPTIONAL);

// ---- Activations by name, with their customary constants: "relu", "leaky_relu" (0.01), "softmax" (last axis), …
// These are the layers (layer.h) with the flag GD_LAYER_ACTIVATION. An unknown word sticks to the graph as an error
// that names the nearest one.
GD_API gd_tensor gd_activation(gd_tensor x, const char *name);

// ---- Losses
//
// By default a loss is the mean: over all elements where it compares element by element, over rows where it makes
// one number a row (cross-entropy, multi-class hinge, KL). Targets of another type are cast to the prediction's.
// Element by element, a prediction (N, 1) fits a target (N); no other broadcasting is done.
typedef enum gd_reduction { GD_REDUCTION_MEAN = 0, GD_REDUCTION_SUM, GD_REDUCTION_NONE } gd_reduction;

typedef struct gd_loss_opts {
    gd_reduction reduction;
    // Of the losses below, where they have such an option (gd_loss_write takes a loss' own options struct):
    double delta;           // Huber; 0 means 1
    double margin;          // hinge losses; 0 means 1
    bool squared;           // hinge losses: the square of each margin's excess
    double label_smoothing; // softmax cross-entropy: in [0, 1)
    // Weighted means divide by the sum of the weights: sum of w l / sum of w, and 0 where that sum is 0.
    gd_tensor class_weight;  // softmax cross-entropy: [K]; logistic: [2], of no and yes, or
                             // [2, K], of each column; of the logits' type
    gd_tensor sample_weight; // (N), not negative: how much each sample counts
    gd_tensor lengths;       // (N), whole: of (N, T, …) the losses from that place on count nothing
    gd_tensor *total_weight; // not NULL: gets that sum, a scalar, or GD_NO_TENSOR where nothing is weighted
} gd_loss_opts;

// (prediction - target)^2
GD_API gd_tensor gd_squared_error(gd_tensor prediction, gd_tensor target, gd_loss_opts opts GD_OPTIONAL);
// |prediction - target|
GD_API gd_tensor gd_absolute_error(gd_tensor prediction, gd_tensor target, gd_loss_opts opts GD_OPTIONAL);
// d^2 / 2 where d = |prediction - target| <= delta, else delta (d - delta / 2)   (Huber 1964)
GD_API gd_tensor gd_huber(gd_tensor prediction, gd_tensor target, gd_loss_opts opts GD_OPTIONAL);
// Binary cross-entropy of p = sigmoid(logits): -t log p - (1 - t) log(1 - p), for targets in [0, 1]; computed as
// t softplus(-z) + (1 - t) softplus(z), which neither overflows nor cancels.
GD_API gd_tensor gd_logistic_loss(gd_tensor logits, gd_tensor target, gd_loss_opts opts GD_OPTIONAL);
// -log softmax(logits)[label]: logits (…, K), label (…) of whole numbers; or label (…, K) of the logits' type, the
// probabilities p, giving -sum p log softmax(logits). As in PyTorch: smoothing e makes the target (1 - e) p + e / K;
// class weights w multiply class by class, and the mean over labels is the weighted one, sum / sum of w[label].
GD_API gd_tensor gd_softmax_cross_entropy(gd_tensor logits, gd_tensor label, gd_loss_opts opts GD_OPTIONAL);
// max(0, margin - s z), where s is 1 for labels above 0 and -1 for others: labels 0/1 and -1/1 both fit.
GD_API gd_tensor gd_hinge(gd_tensor score, gd_tensor label, gd_loss_opts opts GD_OPTIONAL);
// Sum over j != label of max(0, z_j - z_label + margin)   (Weston and Watkins 1999; CS231n's "SVM loss").
GD_API gd_tensor gd_multiclass_hinge(gd_tensor score, gd_tensor label, gd_loss_opts opts GD_OPTIONAL);
// KL(p || q) = sum over the last axis of p (log p - log q). The prediction is log q (gd_log_softmax gives it); the
// target is p, of the same shape. Where p is 0 it adds nothing.
GD_API gd_tensor gd_kl_divergence(gd_tensor log_q, gd_tensor p, gd_loss_opts opts GD_OPTIONAL);

// A loss by its name or an alias: "squared_error", "softmax_cross_entropy", "mse", … gradus/loss.h has them as records.
GD_API gd_tensor gd_loss_named(const char *name, gd_tensor prediction, gd_tensor target, gd_loss_opts opts GD_OPTIONAL);

// ---- Penalties on the graph's trainable variables so far of rank 2 and more: weights, not biases or norms.
typedef struct gd_penalty_opts {
    bool all; // every trainable variable
} gd_penalty_opts;
GD_API gd_tensor gd_l1_penalty(gd_graph *graph, double strength, gd_penalty_opts opts GD_OPTIONAL); // strength sum |w|
// strength / 2 sum w^2, so that its gradient is strength w, as that of weight decay.
GD_API gd_tensor gd_l2_penalty(gd_graph *graph, double strength, gd_penalty_opts opts GD_OPTIONAL);

// ---- Metrics
// 1 where the prediction is right, else 0, in the logits' type. Logits (…, K) and label (…): the largest logit is
// the label's. Logits of the label's shape (or one more axis of size 1): the logit is above 0 where the label is
// above 1/2.
GD_API gd_tensor gd_correct(gd_tensor logits, gd_tensor label);
GD_API gd_tensor gd_accuracy(gd_tensor logits, gd_tensor label); // the mean of gd_correct
// The part of rows whose label is among the k largest logits; ties count in its favour.
GD_API gd_tensor gd_top_k_accuracy(gd_tensor logits, gd_tensor label, int64_t k);
GD_API gd_tensor gd_mean_squared_error(gd_tensor prediction, gd_tensor target);
GD_API gd_tensor gd_mean_absolute_error(gd_tensor prediction, gd_tensor target);

// The options of these calls may be left out (options.h).
#ifndef __cplusplus
#define gd_dense(...) GD__OPTIONS_AFTER_2(gd_dense, gd_dense_opts, __VA_ARGS__)
#define gd_batch_norm(...) GD__OPTIONS_AFTER_1(gd_batch_norm, gd_batch_norm_opts, __VA_ARGS__)
#define gd_layer_norm(...) GD__OPTIONS_AFTER_1(gd_layer_norm, gd_layer_norm_opts, __VA_ARGS__)
#define gd_group_norm(...) GD__OPTIONS_AFTER_2(gd_group_norm, gd_group_norm_opts, __VA_ARGS__)
#define gd_instance_norm(...) GD__OPTIONS_AFTER_1(gd_instance_norm, gd_instance_norm_opts, __VA_ARGS__)
#define gd_rms_norm(...) GD__OPTIONS_AFTER_1(gd_rms_norm, gd_rms_norm_opts, __VA_ARGS__)
#define gd_embedding(...) GD__OPTIONS_AFTER_3(gd_embedding, gd_embedding_opts, __VA_ARGS__)
#define gd_lstm(...) GD__OPTIONS_AFTER_2(gd_lstm, gd_recurrent_opts, __VA_ARGS__)
#define gd_gru(...) GD__OPTIONS_AFTER_2(gd_gru, gd_recurrent_opts, __VA_ARGS__)
#define gd_rnn(...) GD__OPTIONS_AFTER_2(gd_rnn, gd_recurrent_opts, __VA_ARGS__)
#define gd_over_time(...) GD__OPTIONS_AFTER_1(gd_over_time, gd_over_time_opts, __VA_ARGS__)
#define gd_residual(...) GD__OPTIONS_AFTER_2(gd_residual, gd_residual_opts, __VA_ARGS__)
#define gd_dot_product_attention(...) GD__OPTIONS_AFTER_3(gd_dot_product_attention, gd_dot_product_opts, __VA_ARGS__)
#define gd_attention(...) GD__OPTIONS_AFTER_4(gd_attention, gd_attention_opts, __VA_ARGS__)
#define gd_squared_error(...) GD__OPTIONS_AFTER_2(gd_squared_error, gd_loss_opts, __VA_ARGS__)
#define gd_absolute_error(...) GD__OPTIONS_AFTER_2(gd_absolute_error, gd_loss_opts, __VA_ARGS__)
#define gd_huber(...) GD__OPTIONS_AFTER_2(gd_huber, gd_loss_opts, __VA_ARGS__)
#define gd_logistic_loss(...) GD__OPTIONS_AFTER_2(gd_logistic_loss, gd_loss_opts, __VA_ARGS__)
#define gd_softmax_cross_entropy(...) GD__OPTIONS_AFTER_2(gd_softmax_cross_entropy, gd_loss_opts, __VA_ARGS__)
#define gd_hinge(...) GD__OPTIONS_AFTER_2(gd_hinge, gd_loss_opts, __VA_ARGS__)
#define gd_multiclass_hinge(...) GD__OPTIONS_AFTER_2(gd_multiclass_hinge, gd_loss_opts, __VA_ARGS__)
#define gd_kl_divergence(...) GD__OPTIONS_AFTER_2(gd_kl_divergence, gd_loss_opts, __VA_ARGS__)
#define gd_loss_named(...) GD__OPTIONS_AFTER_3(gd_loss_named, gd_loss_opts, __VA_ARGS__)
#define gd_l1_penalty(...) GD__OPTIONS_AFTER_2(gd_l1_penalty, gd_penalty_opts, __VA_ARGS__)
#define gd_l2_penalty(...) GD__OPTIONS_AFTER_2(gd_l2_penalty, gd_penalty_opts, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
