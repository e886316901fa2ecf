// Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006): the negative logarithm of the
// probability that a labelling comes out of frames, over all ways in which it may lie in time. Each frame gives one of
// C classes, one of which is the blank; a path of frames spells a labelling when equal neighbours are joined and blanks
// are dropped. With the target l_1 … l_L written as blank l_1 blank … l_L blank, of S = 2 L + 1 places,
//     alpha_t(s) = y_t(l_s) (alpha_{t-1}(s) + alpha_{t-1}(s-1) + alpha_{t-1}(s-2)),
// the last term only where l_s is no blank and differs from l_{s-2}; beta is the same from the end. All is in
// logarithms.
#include "op/ctc.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"

extern const gd_op gd__op_ctc;
extern const gd_op gd__op_ctc_backward;

static const gd_attribute ctc_attribute[] = {
    GD_ATTR(gd__ctc_attributes, blank, GD_ATTRIBUTE_INT, "the class that stands for no symbol"),
    GD_ATTR(gd__ctc_attributes, zero_impossible, GD_ATTRIBUTE_BOOL, "impossible targets count nothing"),
    GD_ATTR(gd__ctc_attributes, input_lengths, GD_ATTRIBUTE_BOOL, "there is an input input_length"),
    GD_ATTR(gd__ctc_attributes, target_lengths, GD_ATTRIBUTE_BOOL, "there is an input target_length"),
};

// ---- Shapes

static bool rows_fit(gd_shape_call *call, int at, int rank, const char *name)
{
    const gd_info *logits = &call->input[0], *x = &call->input[at];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (x->shape.rank == rank && x->shape.dim[0] == logits->shape.dim[0])
        return true;
    return gd_op_error(call, "the logits are %s and the %s %s, (N, T, C) and %s were expected",
                       gd_shape_text(logits->shape, text), name, gd_shape_text(x->shape, with),
                       rank == 2 ? "(N, L)" : "(N)");
}

static bool inputs_fit(gd_shape_call *call, int further)
{
    const gd__ctc_attributes *a = call->attributes;
    const gd_info *logits = &call->input[0];
    char text[GD_SHAPE_TEXT];
    const int expected = 2 + a->input_lengths + a->target_lengths + further;
    if (call->input_count != expected)
        return gd_op_error(call, "%d inputs were given, %d were expected", call->input_count, expected);
    if (!gd_type_is_float(logits->type))
        return gd_op_error(call, "the logits are %s, a floating type was expected (gd_cast changes it)",
                           gd_type_name(logits->type));
    if (logits->shape.rank != 3)
        return gd_op_error(call, "the logits are %s, (N, T, C) was expected", gd_shape_text(logits->shape, text));
    const int64_t classes = logits->shape.dim[2];
    if (classes >= 0 && (a->blank < 0 || a->blank >= classes))
        return gd_op_error(call, "the blank is class %lld, but there are %lld classes (0 to %lld)", (long long)a->blank,
                           (long long)classes, (long long)classes - 1);
    for (int i = 1; i < expected - further; i++)
        if (!gd__shape_index_type(call, i))
            return false;
    return rows_fit(call, 1, 2, "target") &&
           (!a->input_lengths || rows_fit(call, gd__ctc_input_length(a), 1, "lengths of the inputs")) &&
           (!a->target_lengths || rows_fit(call, gd__ctc_target_length(a), 1, "lengths of the targets"));
}

static bool ctc_shape(gd_shape_call *call)
{
    if (!inputs_fit(call, 0))
        return false;
    call->output[0] = (gd_info){call->input[0].type, {.rank = 1, .dim = {call->input[0].shape.dim[0]}}};
    return true;
}

static bool backward_shape(gd_shape_call *call)
{
    if (!inputs_fit(call, 1) || !rows_fit(call, call->input_count - 1, 1, "loss' gradient"))
        return false;
    if (call->input[call->input_count - 1].type != call->input[0].type)
        return gd_op_error(call, "the logits are %s and the loss' gradient %s", gd_type_name(call->input[0].type),
                           gd_type_name(call->input[call->input_count - 1].type));
    call->output[0] = call->input[0];
    return true;
}

// ---- Gradients

static gd_tensor backward_of(gd_grad_call *call, int input_count, gd_tensor dloss)
{
    gd_tensor input[GD_SAMPLE_INPUTS];
    for (int i = 0; i < input_count; i++)
        input[i] = call->input[i];
    input[input_count] = dloss;
    return gd_apply(&gd__op_ctc_backward, input_count + 1, input, call->attributes);
}

static void ctc_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = backward_of(call, call->input_count, call->output_grad[0]);
}

// The result is linear in dloss: sum(dy dlogits for dloss = 1) over frames and classes.
static void backward_grad(gd_grad_call *call)
{
    const int last = call->input_count - 1;
    if (call->wanted[0])
        gd_graph_fail(call->graph, GD_ERROR_ARGUMENT, "ctc has no second derivative");
    else if (call->wanted[last])
        call->input_grad[last] =
            gd_sum(gd_mul(call->output_grad[0], backward_of(call, last, gd_ones_like(call->input[last]))),
                   (gd_reduce_opts){.axes = GD_AXES(1, 2)});
}

// ---- Rows

gd_status gd__ctc_measure(const gd__ctc_attributes *a, gd_shape logits, int64_t row, int64_t frames, int64_t symbols,
                          const int64_t *label, int64_t room, gd__ctc_row *out)
{
    const int64_t most = logits.dim[1], classes = logits.dim[2];
    if (frames < 0 || frames > most)
        return gd__fail(GD_ERROR_ARGUMENT, "ctc: the input of row %lld is said to have %lld frames, but there are %lld",
                        (long long)row, (long long)frames, (long long)most);
    if (symbols < -1 || symbols > room)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "ctc: the target of row %lld is said to have %lld symbols, but there is room for %lld",
                        (long long)row, (long long)symbols, (long long)room);
    if (symbols == -1)
        for (symbols = 0; symbols < room && label[symbols] >= 0 && label[symbols] != a->blank;)
            symbols++;
    int64_t repeats = 0;
    for (int64_t i = 0; i < symbols; i++) {
        if (label[i] < 0 || label[i] >= classes || label[i] == a->blank)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "ctc: symbol %lld of the target of row %lld is %lld, 0 to %lld without the blank %lld was "
                            "expected",
                            (long long)i, (long long)row, (long long)label[i], (long long)classes - 1,
                            (long long)a->blank);
        repeats += i > 0 && label[i] == label[i - 1];
    }
    *out = (gd__ctc_row){frames, symbols, symbols + repeats <= frames};
    if (out->possible || a->zero_impossible)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT,
                    "ctc: the target of row %lld has %lld symbols, which with a blank between equal ones need %lld "
                    "frames, but its input has %lld",
                    (long long)row, (long long)symbols, (long long)(symbols + repeats), (long long)frames);
}

// ---- Plain kernels

typedef struct {
    const gd__ctc_attributes *a;
    gd__ctc_row row;
    int64_t classes, places; // S = 2 symbols + 1
    int64_t *label;          // (L)
    double *y;               // log-probabilities (T, C)
    double *alpha, *beta;    // (T, S)
} trellis;

static int64_t class_at(const trellis *t, int64_t place)
{
    return place % 2 == 0 ? t->a->blank : t->label[place / 2];
}

static double log_add(double a, double b)
{
    const double high = fmax(a, b);
    return high == -INFINITY ? high : high + log1p(exp(fmin(a, b) - high));
}

// Whether a path may go from place - 2 to place.
static bool skips(const trellis *t, int64_t place)
{
    return place % 2 == 1 && place > 1 && t->label[place / 2] != t->label[place / 2 - 1];
}

static void walk_forward(trellis *t)
{
    for (int64_t frame = 0; frame < t->row.frames; frame++)
        for (int64_t s = 0; s < t->places; s++) {
            const double *before = t->alpha + (frame - 1) * t->places;
            double sum = s < 2 ? 0 : -INFINITY;
            if (frame > 0) {
                sum = s > 0 ? log_add(before[s], before[s - 1]) : before[s];
                sum = skips(t, s) ? log_add(sum, before[s - 2]) : sum;
            }
            t->alpha[frame * t->places + s] = sum + t->y[frame * t->classes + class_at(t, s)];
        }
}

static void walk_backward(trellis *t)
{
    for (int64_t frame = t->row.frames - 1; frame >= 0; frame--)
        for (int64_t s = t->places - 1; s >= 0; s--) {
            const double *after = t->beta + (frame + 1) * t->places;
            double sum = s + 2 >= t->places ? 0 : -INFINITY;
            if (frame + 1 < t->row.frames) {
                sum = s + 1 < t->places ? log_add(after[s], after[s + 1]) : after[s];
                sum = s + 2 < t->places && skips(t, s + 2) ? log_add(sum, after[s + 2]) : sum;
            }
            t->beta[frame * t->places + s] = sum + t->y[frame * t->classes + class_at(t, s)];
        }
}

// The logarithm of the target's probability; 0 frames give the empty target only.
static double log_likelihood(const trellis *t)
{
    if (t->row.frames == 0)
        return 0;
    const double *last = t->alpha + (t->row.frames - 1) * t->places;
    return t->places > 1 ? log_add(last[t->places - 1], last[t->places - 2]) : last[0];
}

// dlogits = (softmax(logits) - the share of all paths that are in this class now) dloss
static void put_gradient(const trellis *t, double dloss, double *dlogits)
{
    const double likelihood = log_likelihood(t);
    for (int64_t frame = 0; frame < t->row.frames; frame++, dlogits += t->classes) {
        const double *y = t->y + frame * t->classes;
        for (int64_t c = 0; c < t->classes; c++)
            dlogits[c] = exp(y[c]) * dloss;
        for (int64_t s = 0; s < t->places; s++) {
            const int64_t at = frame * t->places + s, class = class_at(t, s);
            if (t->alpha[at] > -INFINITY) // and so is y
                dlogits[class] -= exp(t->alpha[at] + t->beta[at] - y[class] - likelihood) * dloss;
        }
    }
}

static gd_status take_row(const gd_ref_call *call, int64_t row, trellis *t)
{
    const gd_ref_value *logits = &call->input[0], *target = &call->input[1];
    const int input_length = gd__ctc_input_length(t->a), target_length = gd__ctc_target_length(t->a);
    const int64_t frames = logits->shape.dim[1], room = target->shape.dim[1];
    for (int64_t i = 0; i < room; i++)
        t->label[i] = (int64_t)target->data[row * room + i];
    gd_status status = gd__ctc_measure(
        t->a, logits->shape, row, input_length < 0 ? frames : (int64_t)call->input[input_length].data[row],
        target_length < 0 ? -1 : (int64_t)call->input[target_length].data[row], t->label, room, &t->row);
    t->places = 2 * t->row.symbols + 1;
    for (int64_t frame = 0; status == GD_OK && frame < t->row.frames; frame++) {
        const double *x = logits->data + (row * frames + frame) * t->classes;
        double largest = x[0], sum = 0;
        for (int64_t c = 1; c < t->classes; c++)
            largest = fmax(largest, x[c]);
        for (int64_t c = 0; c < t->classes; c++)
            sum += exp(x[c] - largest);
        for (int64_t c = 0; c < t->classes; c++)
            t->y[frame * t->classes + c] = x[c] - largest - log(sum);
    }
    return status;
}

static gd_status each_row(const gd_ref_call *call, trellis *t, const double *dloss)
{
    const gd_shape logits = call->input[0].shape;
    double *result = call->output[0].data;
    for (int64_t row = 0; row < logits.dim[0]; row++) {
        gd_status status = take_row(call, row, t);
        if (status != GD_OK)
            return status;
        if (t->row.possible)
            walk_forward(t);
        if (dloss == NULL) {
            result[row] = t->row.possible ? -log_likelihood(t) : 0;
            continue;
        }
        double *dlogits = result + row * logits.dim[1] * logits.dim[2];
        for (int64_t i = 0; i < logits.dim[1] * logits.dim[2]; i++)
            dlogits[i] = 0;
        if (t->row.possible) {
            walk_backward(t);
            put_gradient(t, dloss[row], dlogits);
        }
    }
    return GD_OK;
}

static gd_status run_plainly(const gd_ref_call *call, const double *dloss)
{
    const gd_shape logits = call->input[0].shape;
    const int64_t room = call->input[1].shape.dim[1], places = 2 * room + 1;
    trellis t = {.a = call->attributes, .classes = logits.dim[2]};
    t.label = gd__alloc_zeroed((size_t)room + 1, sizeof *t.label);
    t.y = gd__alloc_zeroed((size_t)(logits.dim[1] * t.classes), sizeof *t.y);
    t.alpha = gd__alloc_zeroed((size_t)(logits.dim[1] * places), sizeof *t.alpha);
    t.beta = gd__alloc_zeroed((size_t)(logits.dim[1] * places), sizeof *t.beta);
    gd_status status = t.label == NULL || t.y == NULL || t.alpha == NULL || t.beta == NULL
                           ? gd__fail_memory("the paths of ctc")
                           : each_row(call, &t, dloss);
    gd__free(t.label);
    gd__free(t.y);
    gd__free(t.alpha);
    gd__free(t.beta);
    return status;
}

static gd_status ctc_ref(const gd_ref_call *call)
{
    return run_plainly(call, NULL);
}

static gd_status backward_ref(const gd_ref_call *call)
{
    return run_plainly(call, call->input[call->input_count - 1].data);
}

// ---- Records

static double walk_cost(const gd_shape_call *call, double walks)
{
    const gd_shape logits = call->input[0].shape;
    const double frames = (double)logits.dim[0] * (double)logits.dim[1];
    return frames * (5 * (double)logits.dim[2] + walks * 10 * (2 * (double)call->input[1].shape.dim[1] + 1));
}

static double ctc_cost(const gd_shape_call *call)
{
    return walk_cost(call, 1);
}

static double backward_cost(const gd_shape_call *call)
{
    return walk_cost(call, 2);
}

#define SYMBOLS(low_end, high_end) .integer = true, .draw = GD_DRAW_INTEGER, .low = (low_end), .high = (high_end)
static const gd_sample ctc_sample[] = {
    {.note = "ragged",
     .input_count = 4,
     .input = {{.shape = GD_SHAPE(3, 7, 4), .low = -2, .high = 2},
               {.shape = GD_SHAPE(3, 3), SYMBOLS(1, 3), .type = GD_I32},
               {.shape = GD_SHAPE(3), SYMBOLS(5, 7), .type = GD_I32},
               {.shape = GD_SHAPE(3), SYMBOLS(0, 3), .type = GD_I32}},
     .attributes = &(const gd__ctc_attributes){.input_lengths = true, .target_lengths = true}},
    {.note = "targets that end before the blank, which is the last class",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(4, 6, 3), .low = -2, .high = 2}, {.shape = GD_SHAPE(4, 3), SYMBOLS(0, 2)}},
     .attributes = &(const gd__ctc_attributes){.blank = 2}},
    {.note = "impossible ones among them",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(6, 4, 5), .low = -2, .high = 2},
               {.shape = GD_SHAPE(6, 3), SYMBOLS(1, 2), .type = GD_U8},
               {.shape = GD_SHAPE(6), SYMBOLS(0, 4)}},
     .attributes = &(const gd__ctc_attributes){.zero_impossible = true, .input_lengths = true}},
};
static const gd_sample backward_sample[] = {
    {.note = "ragged",
     .input_count = 5,
     .input = {{.shape = GD_SHAPE(3, 7, 4), .low = -2, .high = 2},
               {.shape = GD_SHAPE(3, 3), SYMBOLS(1, 3), .type = GD_I32},
               {.shape = GD_SHAPE(3), SYMBOLS(5, 7), .type = GD_I32},
               {.shape = GD_SHAPE(3), SYMBOLS(0, 3), .type = GD_I32},
               {.shape = GD_SHAPE(3)}},
     .attributes = &(const gd__ctc_attributes){.input_lengths = true, .target_lengths = true}},
    {.note = "more symbols than a vector holds, and some that are impossible",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(3, 30, 9), .low = -2, .high = 2},
               {.shape = GD_SHAPE(3, 25), SYMBOLS(1, 8), .type = GD_I32},
               {.shape = GD_SHAPE(3)}},
     .attributes = &(const gd__ctc_attributes){.zero_impossible = true}},
};

const gd_op gd__op_ctc = {
    .name = "ctc",
    .doc = "logits (N, T, C), target (N, L), input_length (N)?, target_length (N)?: loss (N), -log of the probability "
           "of all paths that spell the target",
    .min_inputs = 2,
    .max_inputs = 4,
    .output_count = 1,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__ctc_attributes),
    .attribute_count = GD_COUNT_OF(ctc_attribute),
    .attribute = ctc_attribute,
    .shape = ctc_shape,
    .grad = ctc_grad,
    .ref = ctc_ref,
    .cost = ctc_cost,
    GD_SAMPLES(ctc_sample),
};

const gd_op gd__op_ctc_backward = {
    .name = "ctc_backward",
    .doc = "the inputs of ctc, and dloss (N): the gradient of the logits (N, T, C)",
    .min_inputs = 3,
    .max_inputs = 5,
    .output_count = 1,
    .flags = GD_OP_HEAVY | GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__ctc_attributes),
    .attribute_count = GD_COUNT_OF(ctc_attribute),
    .attribute = ctc_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_ctc(gd_tensor logits, gd_tensor target, gd_ctc_opts opts)
{
    gd__ctc_attributes attributes = {.blank = opts.blank,
                                     .zero_impossible = opts.zero_impossible,
                                     .input_lengths = opts.input_length.graph != NULL,
                                     .target_lengths = opts.target_length.graph != NULL};
    if (attributes.blank < 0 && gd_tensor_ok(logits) && gd_tensor_rank(logits) == 3)
        attributes.blank += gd_tensor_dim(logits, -1);
    gd_tensor input[4] = {logits, target};
    int count = 2;
    if (attributes.input_lengths)
        input[count++] = opts.input_length;
    if (attributes.target_lengths)
        input[count++] = opts.target_length;
    return gd_apply(&gd__op_ctc, count, input, &attributes);
}
