// Every CPU kernel against the plain kernel of its op: on all samples of the op in every type that it takes, on larger
// shapes of odd sizes, with one thread and with two, which must agree to the last bit.
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "cpu/kernel.h"
#include "op/attention.h"
#include "op/gather.h"
#include "op/layer_norm.h"
#include "op/matmul.h"
#include "op/pool.h"
#include "op/random.h"
#include "op/reduce.h"
#include "op/rotary.h"
#include "op/shape_ops.h"
#include "op/softmax.h"

// One case with everything that it needs in memory.
typedef struct trial {
    const gd_op *op;
    const gd_sample *sample;
    gd__node node;
    gd_info input[GD_SAMPLE_INPUTS], output[GD_MAX_OUTPUTS];
    void *data[GD_SAMPLE_INPUTS];    // typed
    double *plain[GD_SAMPLE_INPUTS]; // the same numbers
    double *expected[GD_MAX_OUTPUTS];
} trial;

static int64_t count_of(gd_info info)
{
    return gd_shape_count(info.shape);
}

static void *must(void *block)
{
    assert_non_null(block);
    return block;
}

static const gd_op *op_named(const char *name)
{
    const gd_op *op = gd_op_find(name);
    if (op == NULL) {
        fail_msg("there is no op %s", name);
        abort();
    }
    return op;
}

// ---- Inputs

static double draw_number(const gd_sample_input *input, gd__random *random)
{
    double low = input->low, high = input->high;
    if (low == 0 && high == 0) {
        low = -1;
        high = 1;
    }
    double number = low + (high - low) * gd__next_uniform(random);
    if (input->draw == GD_DRAW_AWAY && fabs(number) < 0.1)
        return number < 0 ? -0.1 : 0.1;
    if (input->draw == GD_DRAW_INTEGER)
        return input->low + (double)gd__random_below(random, (uint64_t)(input->high - input->low) + 1);
    return number;
}

static void draw_input(const gd_sample_input *input, int64_t count, gd__random *random, double *number)
{
    int64_t *list = must(gd__alloc((size_t)count * sizeof *list));
    for (int64_t i = 0; i < count; i++)
        list[i] = i;
    gd__random_shuffle(random, count, list);
    for (int64_t i = 0; i < count; i++) {
        number[i] = draw_number(input, random);
        if (input->draw == GD_DRAW_PERMUTATION)
            number[i] = (double)list[i];
        if (input->draw == GD_DRAW_DISTINCT)
            number[i] = input->low + (input->high - input->low) * (double)list[i] / (double)count;
    }
    gd__free(list);
}

// False when the op does not take this type.
static bool set_up(trial *t, const gd_op *op, const gd_sample *sample, gd_type type)
{
    *t = (trial){.op = op, .sample = sample};
    for (int i = 0; i < sample->input_count; i++) {
        const gd_sample_input *input = &sample->input[i];
        gd_type integer = input->type != GD_F32 ? input->type : GD_I64;
        t->input[i] = (gd_info){input->integer ? integer : type, input->shape};
    }
    char message[300];
    gd_shape_call call = {.op = op,
                          .attributes = sample->attributes,
                          .input_count = sample->input_count,
                          .input = t->input,
                          .output_count = op->output_count,
                          .message = message,
                          .message_size = sizeof message};
    if (!op->shape(&call))
        return false;
    memcpy(t->output, call.output, sizeof t->output);
    t->node = (gd__node){.op = op,
                         .attributes = (void *)(uintptr_t)sample->attributes,
                         .input_count = sample->input_count,
                         .output_count = call.output_count,
                         .output = t->output};
    gd__random random = gd__random_make(7, gd__hash_text(op->name));
    for (int i = 0; i < sample->input_count; i++) {
        int64_t count = count_of(t->input[i]);
        t->plain[i] = must(gd__alloc((size_t)count * sizeof(double)));
        t->data[i] = must(gd__alloc((size_t)count * gd_type_size(t->input[i].type)));
        draw_input(&sample->input[i], count, &random, t->plain[i]);
        // Fractions would all become the same few whole numbers.
        for (int64_t j = 0; j < count && !sample->input[i].integer && !gd_type_is_float(type); j++)
            t->plain[i][j] = round(10 * t->plain[i][j]);
        gd__from_doubles(t->data[i], t->input[i].type, t->plain[i], count);
        gd__to_doubles(t->plain[i], t->data[i], t->input[i].type, count);
    }
    return true;
}

static void tear_down(trial *t)
{
    for (int i = 0; i < t->sample->input_count; i++) {
        gd__free(t->data[i]);
        gd__free(t->plain[i]);
    }
    for (int i = 0; i < GD_MAX_OUTPUTS; i++)
        gd__free(t->expected[i]);
}

// ---- Both kernels

static gd_status run_plain(trial *t)
{
    gd_ref_value in[GD_SAMPLE_INPUTS], out[GD_MAX_OUTPUTS];
    for (int i = 0; i < t->node.input_count; i++)
        in[i] = (gd_ref_value){t->input[i].type, t->input[i].shape, t->plain[i]};
    for (int i = 0; i < t->node.output_count; i++) {
        t->expected[i] = must(gd__alloc_zeroed((size_t)count_of(t->output[i]), sizeof(double)));
        out[i] = (gd_ref_value){t->output[i].type, t->output[i].shape, t->expected[i]};
    }
    gd_ref_call call = {t->sample->attributes, t->node.input_count, in, t->node.output_count, out};
    return t->op->ref(&call);
}

static gd_status run_kernel(const trial *t, const gd__kernel *kernel, void **output)
{
    void *scratch = NULL;
    size_t bytes = kernel->scratch != NULL ? kernel->scratch(&t->node, t->input) : 0;
    // Aligned as in a plan, and not a byte longer than was asked for.
    if (bytes > 0)
        assert_int_equal(posix_memalign(&scratch, 64, bytes), 0);
    for (int i = 0; i < t->node.output_count; i++) {
        size_t size = (size_t)count_of(t->output[i]) * gd_type_size(t->output[i].type);
        output[i] = must(malloc(size));
        memset(output[i], 0xa5, size);
    }
    gd__kernel_call call = {.attributes = t->sample->attributes,
                            .node = &t->node,
                            .input_info = t->input,
                            .input = (const void *const *)t->data,
                            .output = output,
                            .scratch = scratch};
    gd_status status = kernel->run(&call);
    free(scratch);
    return status;
}

static void free_outputs(const trial *t, void **output)
{
    for (int i = 0; i < t->node.output_count; i++)
        free(output[i]);
}

// The error that is allowed, of the largest number in the output.
static double tolerance_of(gd_type type)
{
    return type == GD_F32 ? 1e-5 : type == GD_F64 ? 1e-12 : 0;
}

static void compare_output(const trial *t, int output, const void *data)
{
    gd_info info = t->output[output];
    int64_t count = count_of(info);
    double *got = must(gd__alloc((size_t)count * sizeof *got)), largest = 1;
    gd__to_doubles(got, data, info.type, count);
    if (tolerance_of(info.type) == 0) { // to be exact, what is expected must be of the type as well
        void *typed = must(gd__alloc((size_t)count * gd_type_size(info.type)));
        gd__from_doubles(typed, info.type, t->expected[output], count);
        gd__to_doubles(t->expected[output], typed, info.type, count);
        gd__free(typed);
    }
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(t->expected[output][i]));
    for (int64_t i = 0; i < count; i++) {
        double want = t->expected[output][i];
        if (fabs(got[i] - want) <= tolerance_of(info.type) * largest || (isnan(got[i]) && isnan(want)))
            continue;
        fail_msg("%s (%s, %s): element %lld of output %d is %.9g, %.9g was expected", t->op->name, t->sample->note,
                 gd_type_name(info.type), (long long)i, output, got[i], want);
    }
    gd__free(got);
}

static void check_trial(trial *t, const gd__kernel *kernel)
{
    assert_int_equal(run_plain(t), GD_OK);
    void *first[GD_MAX_OUTPUTS];
    for (int run = 0; run < 4; run++) {
        void *output[GD_MAX_OUTPUTS];
        gd_set_threads(1 + run / 2);
        assert_int_equal(run_kernel(t, kernel, output), GD_OK);
        for (int i = 0; i < t->node.output_count; i++) {
            size_t size = (size_t)count_of(t->output[i]) * gd_type_size(t->output[i].type);
            if (run == 0)
                compare_output(t, i, output[i]);
            else if (memcmp(first[i], output[i], size) != 0)
                fail_msg("%s (%s): two runs differ in output %d", t->op->name, t->sample->note, i);
        }
        if (run == 0)
            memcpy(first, output, sizeof first);
        else
            free_outputs(t, output);
    }
    free_outputs(t, first);
}

static void check_sample(const gd_op *op, const gd_sample *sample, gd_type type, bool required)
{
    trial t;
    bool possible = set_up(&t, op, sample, type);
    const gd__kernel *kernel = possible ? gd__kernel_find(&t.node, t.input) : NULL;
    if (required && kernel == NULL)
        fail_msg("%s (%s): there is no kernel for %s", op->name, sample->note, gd_type_name(type));
    if (kernel != NULL)
        check_trial(&t, kernel);
    tear_down(&t);
}

// ---- The samples of the ops

static const char *const with_kernel[] = {
    "argmax",
    "argmin",
    "attention",
    "broadcast_to",
    "concat",
    "ctc",
    "ctc_backward",
    "cumsum",
    "cross_entropy",
    "cross_entropy_backward",
    "embedding",
    "flip",
    "gather",
    "embedding_backward",
    "layer_norm",
    "log_softmax",
    "layer_norm_backward",
    "max",
    "max_pool",
    "mean",
    "max_pool_backward",
    "max_pool_select",
    "min",
    "one_hot",
    "pad",
    "pick",
    "prod",
    "pick_backward",
    "random_bernoulli",
    "random_normal",
    "scatter_add",
    "slice",
    "random_uniform",
    "rotary",
    "slice_backward",
    "softmax",
    "sum",
    "sum_to",
    "top_k",
    "transpose",
};

static const char *const with_f64_kernel[] = {
    "cross_entropy", "cross_entropy_backward", "layer_norm", "layer_norm_backward", "log_softmax", "matmul", "softmax",
};

static bool takes_f32(const gd_op *op, const gd_sample *sample)
{
    if (op->flags & GD_OP_RANDOM)
        return ((const gd__random_attributes *)sample->attributes)->type == GD_F32;
    for (int i = 0; i < sample->input_count; i++) {
        if (!sample->input[i].integer)
            return true;
    }
    return false;
}

static void test_ops_that_need_a_kernel_have_one(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(with_kernel); i++) {
        const gd_op *op = op_named(with_kernel[i]);
        for (int j = 0; j < op->sample_count; j++)
            check_sample(op, &op->sample[j], GD_F32, takes_f32(op, &op->sample[j]));
    }
    for (int i = 0; i < GD_COUNT_OF(with_f64_kernel); i++) {
        const gd_op *op = op_named(with_f64_kernel[i]);
        for (int j = 0; j < op->sample_count; j++)
            check_sample(op, &op->sample[j], GD_F64, true);
    }
}

static void test_samples_in_every_type(void **state)
{
    (void)state;
    for (int i = 0; i < gd_op_count(); i++) {
        for (int j = 0; j < gd_op_at(i)->sample_count; j++) {
            for (int type = 0; type < GD_TYPE_COUNT; type++)
                check_sample(gd_op_at(i), &gd_op_at(i)->sample[j], (gd_type)type, false);
        }
    }
}

// ---- Larger shapes

#define DIM(...)                                                                                                       \
    {                                                                                                                  \
        .rank = (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), .dim = { __VA_ARGS__ }                              \
    }
#define OF(...)                                                                                                        \
    {                                                                                                                  \
        .shape = DIM(__VA_ARGS__)                                                                                      \
    }
#define INDEX(bound, ...)                                                                                              \
    {                                                                                                                  \
        .shape = DIM(__VA_ARGS__), .integer = true, .type = GD_I32, .draw = GD_DRAW_INTEGER, .high = (bound)-1         \
    }
#define STATE                                                                                                          \
    {                                                                                                                  \
        .shape = DIM(2), .integer = true, .draw = GD_DRAW_INTEGER, .high = 1000                                        \
    }
#define AXES(mask)                                                                                                     \
    &(const gd__reduce_attributes)                                                                                     \
    {                                                                                                                  \
        mask, false                                                                                                    \
    }
#define PLANES(...)                                                                                                    \
    &(const gd__pool_attributes)                                                                                       \
    {                                                                                                                  \
        .window = {                                                                                                    \
            .spatial = 2,                                                                                              \
            .size = {29, 31},                                                                                          \
            .kernel = {3, 3},                                                                                          \
            .stride = {2, 2},                                                                                          \
            .dilation = {1, 1},                                                                                        \
            .pad_begin = {1, 1},                                                                                       \
            .pad_end = {1, 1}                                                                                          \
        }                                                                                                              \
    }

#define MASKED(...)                                                                                                    \
    {                                                                                                                  \
        .shape = DIM(__VA_ARGS__), .integer = true, .type = GD_BOOL, .draw = GD_DRAW_INTEGER, .high = 1                \
    }
#define HEADS(...)                                                                                                     \
    &(const gd__attention_attributes)                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
// y, the log-sum-exp, and dy of attention's gradient.
#define ATTENDED(y, sums)                                                                                              \
    {.shape = y}, {.shape = sums, .low = 5, .high = 7},                                                                \
    {                                                                                                                  \
        .shape = y                                                                                                     \
    }

typedef struct large_case {
    const char *op;
    gd_sample sample;
} large_case;

static const large_case large[] = {
    {"sum", {"rows", 1, {OF(257, 33)}, AXES(2), false}},
    {"sum", {"long rows", 1, {OF(65, 1033)}, AXES(2), false}},
    {"sum", {"columns", 1, {OF(257, 333)}, AXES(1), false}},
    {"sum", {"few columns of many rows", 1, {OF(30011, 10)}, AXES(1), false}},
    {"sum", {"bias of images", 1, {OF(17, 5, 31, 33)}, AXES(13), false}},
    {"sum", {"bias of many channels", 1, {OF(9, 67, 13, 11)}, AXES(13), false}},
    {"sum", {"everything", 1, {OF(257, 333)}, AXES(3), false}},
    {"sum", {"every second axis", 1, {OF(7, 9, 11, 13, 15)}, AXES(21), false}},
    {"sum", {"every other axis", 1, {OF(7, 9, 11, 13, 15)}, AXES(10), false}},
    {"mean", {"channels", 1, {OF(17, 31, 101)}, AXES(2), false}},
    {"max", {"rows", 1, {OF(257, 1033)}, AXES(2), false}},
    {"max", {"columns", 1, {OF(257, 333)}, AXES(1), false}},
    {"max", {"everything", 1, {OF(257, 333)}, AXES(3), false}},
    {"min", {"channels", 1, {OF(17, 31, 101)}, AXES(2), false}},
    {"sum_to", {"rows", 1, {OF(257, 333)}, &(const gd__target_attributes){DIM(333)}, false}},
    {"sum_to", {"both", 1, {OF(7, 33, 5, 67)}, &(const gd__target_attributes){DIM(33, 1, 67)}, false}},
    {"broadcast_to", {"rows", 1, {OF(333)}, &(const gd__target_attributes){DIM(257, 333)}, false}},
    {"broadcast_to", {"channels", 1, {OF(31, 1, 1)}, &(const gd__target_attributes){DIM(5, 31, 17, 13)}, false}},
    {"argmax", {"rows", 1, {OF(257, 333)}, &(const gd__argmax_attributes){1}, false}},
    {"argmin", {"between", 1, {OF(17, 31, 101)}, &(const gd__argmax_attributes){1}, false}},
    {"cumsum", {"columns", 1, {OF(257, 333)}, &(const gd__cumsum_attributes){0, true, false}, false}},
    {"cumsum", {"rows", 1, {OF(257, 333)}, &(const gd__cumsum_attributes){1, false, true}, false}},
    {"top_k", {"five of many", 1, {OF(257, 333)}, &(const gd__top_k_attributes){5}, false}},
    {"softmax", {"rows", 1, {OF(257, 333)}, &(const gd__softmax_attributes){1}, false}},
    {"softmax", {"channels", 1, {OF(9, 33, 101)}, &(const gd__softmax_attributes){1}, false}},
    {"log_softmax", {"rows", 1, {OF(257, 33)}, &(const gd__softmax_attributes){1}, false}},
    {"log_softmax", {"columns", 1, {OF(257, 333)}, &(const gd__softmax_attributes){0}, false}},
    {"cross_entropy", {"a thousand classes", 2, {OF(67, 1000), INDEX(1000, 67)}, NULL, false}},
    {"cross_entropy", {"ten classes", 2, {OF(3001, 10), INDEX(10, 3001)}, NULL, false}},
    {"cross_entropy_backward", {"ten classes", 3, {OF(3001, 10), INDEX(10, 3001), OF(3001)}, NULL, false}},
    {"attention", {"packed, causal", 1, {OF(3, 301, 360)}, HEADS(3, 3, true, false, true, 0.2), false}},
    {"attention", {"short", 1, {OF(5, 100, 192)}, HEADS(2, 2, true, false, true, 0.2), false}},
    {"attention_backward",
     {"short",
      4,
      {ATTENDED(DIM(5, 100, 64), DIM(5, 2, 100)), OF(5, 100, 192)},
      HEADS(2, 2, true, false, true, 0.2),
      false}},
    {"attention", {"one long head", 1, {OF(1, 700, 24)}, HEADS(1, 1, true, false, true, 0.5), false}},
    {"attention",
     {"grouped, masked",
      4,
      {OF(2, 67, 96), OF(2, 700, 48), OF(2, 700, 80), MASKED(2, 700)},
      HEADS(4, 2, false, true, false, 0.3),
      false}},
    {"attention_backward",
     {"packed, causal",
      4,
      {ATTENDED(DIM(3, 301, 120), DIM(3, 3, 301)), OF(3, 301, 360)},
      HEADS(3, 3, true, false, true, 0.2),
      false}},
    {"attention_backward",
     {"one long head",
      4,
      {ATTENDED(DIM(1, 700, 8), DIM(1, 1, 700)), OF(1, 700, 24)},
      HEADS(1, 1, true, false, true, 0.5),
      false}},
    {"attention_backward",
     {"grouped, masked",
      7,
      {ATTENDED(DIM(2, 67, 160), DIM(2, 4, 67)), OF(2, 67, 96), OF(2, 700, 48), OF(2, 700, 80), MASKED(2, 700)},
      HEADS(4, 2, false, true, false, 0.3),
      false}},
    {"rotary", {"halves", 1, {OF(3, 301, 72)}, &(const gd__rotary_attributes){24, 48, 1e4, false, false}, false}},
    {"rotary", {"neighbours", 1, {OF(3, 301, 72)}, &(const gd__rotary_attributes){24, 72, 1e4, true, true}, false}},
    {"gather", {"rows", 2, {OF(101, 67), INDEX(101, 1001)}, &(const gd__gather_attributes){0}, false}},
    {"gather", {"columns", 2, {OF(257, 101), INDEX(101, 203)}, &(const gd__gather_attributes){1}, false}},
    {"embedding", {"sequences", 2, {OF(501, 63), INDEX(501, 17, 65)}, NULL, false}},
    {"embedding_backward",
     {"sequences",
      2,
      {OF(17, 65, 63), INDEX(501, 17, 65)},
      &(const gd__scatter_add_attributes){0, DIM(501, 63)},
      false}},
    {"scatter_add",
     {"between", 2, {OF(33, 65, 63), INDEX(31, 65)}, &(const gd__scatter_add_attributes){1, DIM(33, 31, 63)}, false}},
    {"pick", {"rows", 2, {OF(20011, 5), INDEX(5, 20011)}, NULL, false}},
    {"pick_backward", {"rows", 2, {OF(20011), INDEX(5, 20011)}, &(const gd__pick_attributes){DIM(20011, 5)}, false}},
    {"one_hot", {"rows", 1, {INDEX(10, 3001)}, &(const gd__one_hot_attributes){10, GD_F32}, false}},
    {"transpose", {"matrix", 1, {OF(257, 333)}, &(const gd__transpose_attributes){{1, 0}}, false}},
    {"transpose", {"channels last", 1, {OF(5, 33, 17, 19)}, &(const gd__transpose_attributes){{0, 2, 3, 1}}, false}},
    {"transpose", {"heads", 1, {OF(9, 33, 7, 17)}, &(const gd__transpose_attributes){{0, 2, 1, 3}}, false}},
    {"transpose", {"turned round", 1, {OF(7, 9, 11, 13)}, &(const gd__transpose_attributes){{3, 2, 1, 0}}, false}},
    {"flip", {"width", 1, {OF(5, 33, 17, 19)}, &(const gd__flip_attributes){8}, false}},
    {"flip", {"all but width", 1, {OF(5, 33, 17, 19)}, &(const gd__flip_attributes){7}, false}},
    {"slice", {"columns", 1, {OF(257, 333)}, &(const gd__slice_attributes){1, 3, DIM(5, 101, 333)}, false}},
    {"slice_backward", {"rows", 1, {OF(101, 333)}, &(const gd__slice_attributes){0, 2, DIM(5, 101, 257)}, false}},
    {"pad", {"images", 1, {OF(5, 33, 17, 19)}, &(const gd__pad_attributes){{0, 0, 2, 1}, {0, 0, 1, 3}, 0.5}, false}},
    {"concat", {"channels", 2, {OF(5, 33, 221), OF(5, 7, 221)}, &(const gd__concat_attributes){1}, false}},
    {"layer_norm", {"rows", 3, {OF(257, 333), OF(333), OF(333)}, &(const gd__layer_norm_attributes){1, 1e-5}, false}},
    {"layer_norm_backward",
     {"rows",
      5,
      {OF(257, 333), OF(257, 333), OF(333), OF(257), {.shape = DIM(257), .low = 0.5, .high = 2}},
      &(const gd__layer_norm_attributes){1, 1e-5},
      false}},
    {"max_pool", {"planes", 1, {OF(5, 7, 29, 31)}, PLANES(), false}},
    {"max_pool_backward", {"planes", 2, {OF(5, 7, 15, 16), INDEX(29 * 31, 5, 7, 15, 16)}, PLANES(), false}},
    {"max_pool_select", {"planes", 2, {OF(5, 7, 29, 31), INDEX(29 * 31, 5, 7, 15, 16)}, PLANES(), false}},
    {"random_uniform",
     {"many", 1, {STATE}, &(const gd__random_attributes){GD_F32, DIM(257, 333), {-0.3, 0.7}, 5}, false}},
    {"random_normal",
     {"many", 1, {STATE}, &(const gd__random_attributes){GD_F32, DIM(257, 333), {-0.3, 0.7}, 5}, false}},
    {"random_normal",
     {"many, f64", 1, {STATE}, &(const gd__random_attributes){GD_F64, DIM(257, 333), {-0.3, 0.7}, 5}, false}},
    {"random_bernoulli",
     {"many", 1, {STATE}, &(const gd__random_attributes){GD_F32, DIM(257, 333), {0.3, 0}, 5}, false}},
    {"matmul", {"a vector", 2, {OF(301, 101), OF(101, 1)}, &(const gd__matmul_attributes){false, false}, false}},
    {"matmul", {"a row", 2, {OF(1, 301), OF(301, 101)}, &(const gd__matmul_attributes){false, false}, false}},
};

static const large_case large_f64[] = {
    {"matmul", {"plain", 2, {OF(101, 301), OF(301, 133)}, &(const gd__matmul_attributes){false, false}, false}},
    {"matmul", {"a transposed", 2, {OF(301, 101), OF(301, 133)}, &(const gd__matmul_attributes){true, false}, false}},
    {"matmul", {"b transposed", 2, {OF(101, 301), OF(133, 301)}, &(const gd__matmul_attributes){false, true}, false}},
    {"matmul", {"both", 2, {OF(301, 101), OF(133, 301)}, &(const gd__matmul_attributes){true, true}, false}},
    {"matmul", {"batched", 2, {OF(7, 3, 33, 17), OF(3, 17, 29)}, &(const gd__matmul_attributes){false, false}, false}},
};

static void test_larger_shapes(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(large); i++) {
        const gd_op *op = op_named(large[i].op);
        check_sample(op, &large[i].sample, GD_F32, true);
        check_sample(op, &large[i].sample, GD_F64, false);
        check_sample(op, &large[i].sample, GD_U8, false);
    }
    for (int i = 0; i < GD_COUNT_OF(large_f64); i++)
        check_sample(op_named(large_f64[i].op), &large_f64[i].sample, GD_F64, true);
}

// Uniform numbers and zeros and ones are those of the plain kernel to the last bit.
static void test_random_numbers_are_exact(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(large); i++) {
        if (strcmp(large[i].op, "random_uniform") != 0 && strcmp(large[i].op, "random_bernoulli") != 0)
            continue;
        trial t;
        void *output[GD_MAX_OUTPUTS];
        assert_true(set_up(&t, op_named(large[i].op), &large[i].sample, GD_F32));
        assert_int_equal(run_plain(&t), GD_OK);
        assert_int_equal(run_kernel(&t, gd__kernel_find(&t.node, t.input), output), GD_OK);
        for (int64_t j = 0; j < count_of(t.output[0]); j++)
            assert_true(((float *)output[0])[j] == (float)t.expected[0][j]);
        free_outputs(&t, output);
        tear_down(&t);
    }
}

// A NaN must come through.
static void test_nan_is_an_extreme(void **state)
{
    (void)state;
    const char *const name[] = {"max", "min", "sum", "softmax"};
    const gd_sample rows = {"rows", 1, {OF(3, 133)}, AXES(2), false};
    const gd_sample columns = {"columns", 1, {OF(3, 133)}, AXES(1), false};
    const gd_sample lines = {"lines", 1, {OF(3, 133)}, &(const gd__softmax_attributes){1}, false};
    for (int i = 0; i < GD_COUNT_OF(name); i++) {
        for (int j = 0; j < 2; j++) {
            trial t;
            assert_true(set_up(&t, op_named(name[i]), i == 3 ? &lines : j == 0 ? &rows : &columns, GD_F32));
            ((float *)t.data[0])[133 + 70] = NAN;
            t.plain[0][133 + 70] = NAN;
            check_trial(&t, gd__kernel_find(&t.node, t.input));
            tear_down(&t);
        }
    }
}

// ---- Wrong indices: nothing is written outside, and the sentence is that of the plain kernel.

typedef struct index_case {
    const char *op;
    int input; // the index
    int64_t bound;
    gd_sample sample;
} index_case;

static const index_case wrong_index[] = {
    {"gather", 1, 4, {"", 2, {OF(4, 3), INDEX(4, 7)}, &(const gd__gather_attributes){0}, false}},
    {"embedding", 1, 4, {"", 2, {OF(4, 3), INDEX(4, 7)}, NULL, false}},
    {"scatter_add", 1, 4, {"", 2, {OF(7, 3), INDEX(4, 7)}, &(const gd__scatter_add_attributes){0, DIM(4, 3)}, false}},
    {"embedding_backward",
     1,
     4,
     {"", 2, {OF(7, 3), INDEX(4, 7)}, &(const gd__scatter_add_attributes){0, DIM(4, 3)}, false}},
    {"pick", 1, 3, {"", 2, {OF(7, 3), INDEX(3, 7)}, NULL, false}},
    {"pick_backward", 1, 3, {"", 2, {OF(7), INDEX(3, 7)}, &(const gd__pick_attributes){DIM(7, 3)}, false}},
    {"one_hot", 0, 3, {"", 1, {INDEX(3, 7)}, &(const gd__one_hot_attributes){3, GD_F32}, false}},
    {"cross_entropy", 1, 3, {"", 2, {OF(7, 3), INDEX(3, 7)}, NULL, false}},
    {"cross_entropy_backward", 1, 3, {"", 3, {OF(7, 3), INDEX(3, 7), OF(7)}, NULL, false}},
    {"max_pool_backward", 1, 29 * 31, {"", 2, {OF(1, 2, 15, 16), INDEX(9, 1, 2, 15, 16)}, PLANES(), false}},
    {"max_pool_select", 1, 29 * 31, {"", 2, {OF(1, 2, 29, 31), INDEX(9, 1, 2, 15, 16)}, PLANES(), false}},
};

static void test_wrong_indices(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(wrong_index); i++) {
        const index_case *c = &wrong_index[i];
        for (int wrong = 0; wrong < 2; wrong++) {
            trial t;
            void *output[GD_MAX_OUTPUTS];
            assert_true(set_up(&t, op_named(c->op), &c->sample, GD_F32));
            int32_t value = wrong == 0 ? -1 : (int32_t)c->bound;
            ((int32_t *)t.data[c->input])[5] = value;
            t.plain[c->input][5] = value;
            assert_int_equal(run_plain(&t), GD_ERROR_ARGUMENT);
            char sentence[1024];
            snprintf(sentence, sizeof sentence, "%s", gd_last_error());
            assert_int_equal(run_kernel(&t, gd__kernel_find(&t.node, t.input), output), GD_ERROR_ARGUMENT);
            assert_string_equal(gd_last_error(), sentence);
            free_outputs(&t, output);
            tear_down(&t);
        }
    }
}

// ---- What no kernel takes goes to the plain one.

static void test_unsupported_types_are_refused(void **state)
{
    (void)state;
    trial t;
    const gd_op *op = op_named("softmax");
    assert_true(set_up(&t, op, &op->sample[0], GD_BF16));
    assert_null(gd__kernel_find(&t.node, t.input));
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ops_that_need_a_kernel_have_one),
        cmocka_unit_test(test_samples_in_every_type),
        cmocka_unit_test(test_larger_shapes),
        cmocka_unit_test(test_random_numbers_are_exact),
        cmocka_unit_test(test_nan_is_an_extreme),
        cmocka_unit_test(test_wrong_indices),
        cmocka_unit_test(test_unsupported_types_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
