#include "optim/rule.h"

#include <math.h>

typedef struct muon_options {
    double momentum, vectors, beta1, beta2, epsilon;
    int iterations;
    bool nesterov, normalize;
} muon_options;
GD__OPTIONS_FIT(muon_options);

enum { MOMENTUM, MEAN, SQUARE };   // slots: of matrices, and of vectors
enum { VECTOR_RATE, VECTOR_ROOT }; // vectors r / (1 - beta1^t) and 1 / sqrt(1 - beta2^t)

static void begin(gd_rule_call *call)
{
    const muon_options *o = call->options;
    call->number[VECTOR_RATE] = gd_div(gd_scale(call->rate, o->vectors), gd__bias(call->step, o->beta1));
    call->number[VECTOR_ROOT] = gd_rsqrt(gd__bias(call->step, o->beta2));
}

// Newton and Schulz' iteration: pushes the singular values of x, (rows, columns), to about 1.
static gd_tensor orthogonal(gd_tensor x, int iterations)
{
    static const double a = 3.4445, b = -4.7750, c = 2.0315;
    const bool tall = gd_tensor_dim(x, 0) > gd_tensor_dim(x, 1);
    x = gd_div(x, gd_shift(gd_sqrt(gd_sum(gd_square(x), (gd_reduce_opts){0})), 1e-7));
    for (int i = 0; i < iterations; i++) {
        // q = x xT, or xT x of a tall matrix: the smaller of the two, with the same result.
        gd_tensor q = gd_matmul(x, x, (gd_matmul_opts){.transpose_a = tall, .transpose_b = !tall});
        gd_tensor p = gd_add(gd_scale(q, b), gd_scale(gd_matmul(q, q), c));
        x = gd_add(gd_scale(x, a), tall ? gd_matmul(x, p) : gd_matmul(p, x));
    }
    return x;
}

static void write_vector(gd_rule_call *call)
{
    const muon_options *o = call->options;
    gd_tensor m = gd__blend(call->slot[MEAN], o->beta1, call->g, 1.0 - o->beta1);
    gd_tensor s = gd__blend(call->slot[SQUARE], o->beta2, gd_square(call->g), 1.0 - o->beta2);
    gd_tensor root = gd_shift(gd_mul(gd_sqrt(s), call->number[VECTOR_ROOT]), o->epsilon);
    call->next[MEAN] = m;
    call->next[SQUARE] = s;
    call->result = gd__descend(call->w, call->number[VECTOR_RATE], gd_div(m, root));
}

static void write_step(gd_rule_call *call)
{
    const muon_options *o = call->options;
    const gd_shape shape = gd_tensor_shape(call->g);
    if (shape.rank < 2) {
        write_vector(call);
        return;
    }
    gd_tensor v = gd__blend(call->slot[MOMENTUM], o->momentum, call->g, 1.0);
    gd_tensor direction = o->nesterov ? gd_add(call->g, gd_scale(v, o->momentum)) : v;
    const int64_t rows = shape.dim[0], columns = gd_shape_count(shape) / (rows > 0 ? rows : 1);
    gd_tensor x = orthogonal(gd_reshape(direction, GD_SHAPE(rows, columns)), o->iterations);
    const double stretch = sqrt(fmax(1, (double)rows / (double)(columns > 0 ? columns : 1)));
    call->next[MOMENTUM] = v;
    gd_tensor w = call->w;
    if (o->normalize) {
        // To the norm that it has with rows of length 1.
        gd_tensor norm = gd_shift(gd_sqrt(gd_sum(gd_square(w), (gd_reduce_opts){0})), 1e-7);
        w = gd_div(gd_scale(w, sqrt((double)rows)), norm);
    }
    call->result = gd__descend(w, gd_scale(call->rate, stretch), gd_reshape(x, shape));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.02"),
    {GD_RULE_OWN(muon_options, momentum), GD__PART, .standard = "0.95",
     .doc = "mu, the part of the velocity that is kept"},
    {GD_RULE_OWN(muon_options, nesterov), .type = GD_OPTION_FLAG, .standard = "true",
     .doc = "take g + mu v in place of v"},
    {GD_RULE_OWN(muon_options, normalize), .type = GD_OPTION_FLAG, .standard = "false",
     .doc = "first scale w to the norm sqrt(rows), for weights before a norm, whose size says nothing"},
    {GD_RULE_OWN(muon_options, iterations), .type = GD_OPTION_INTEGER, .ranged = true, .low = 1, .high = 100,
     .standard = "5", .doc = "of Newton and Schulz"},
    {GD_RULE_OWN(muon_options, vectors), GD__POSITIVE, .standard = "0.015",
     .doc = "the rate of biases and norms, as a part of the learning rate"},
    {GD_RULE_OWN(muon_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",
     .doc = "biases and norms: the part of the mean gradient that is kept"},
    {GD_RULE_OWN(muon_options, beta2), .aliases = "b2|beta_2", GD__PART, .standard = "0.95",
     .doc = "biases and norms: the part of the mean square that is kept"},
    {GD_RULE_OWN(muon_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-10",
     .doc = "biases and norms: keeps the division sound"},
    GD_RULE_COMMON("0", "true", "false"),
    {0},
};

const gd_rule_kind gd__rule_muon = {
    .record = {.name = "muon",
               .doc =
                   "v = mu v + g, w = w - r sqrt(max(1, rows / columns)) X, X = v with all singular values pushed to "
                   "about 1: for matrices, and for weights of convolutions as matrices of a row a filter. Biases and "
                   "norms take AdamW's step. Embeddings and the last layer are better off with a rule of their own "
                   "(`parameters`)",
               .source = "Jordan et al. 2024",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_UNKNOWN,
    .slot = {{.name = "momentum", .of = GD_SLOT_OF_MATRICES},
             {.name = "exp_avg", .of = GD_SLOT_OF_VECTORS},
             {.name = "exp_avg_sq", .of = GD_SLOT_OF_VECTORS}},
    .begin = begin,
    .write = write_step,
};
