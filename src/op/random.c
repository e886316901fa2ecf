// Random numbers: uniform, normal and Bernoulli.
#include "op/random.h"

#include "base/error.h"
#include "base/shape.h"
#include "op/shape_ops.h"

static const char state_name[] = "random.state";

static gd_tensor make_state(gd_graph *graph)
{
    gd_tensor state = gd_variable(graph, state_name, GD_I64, GD_SHAPE(2), (gd_variable_opts){.of_training = true});
    int64_t start[2] = {(int64_t)graph->seed, 0};
    gd_array array = gd_array_borrow(GD_I64, GD_SHAPE(2), start);
    if (gd_tensor_ok(state) && gd_variable_set(state, &array) != GD_OK)
        return gd_graph_fail(graph, GD_ERROR_INTERNAL, "the random state cannot be set");
    return state;
}

gd_tensor gd__random_state(gd_graph *graph)
{
    gd_tensor state = gd_variable_find(graph, state_name);
    return state.graph != NULL ? state : make_state(graph);
}

// ---- Shapes

static bool state_is_good(gd_shape_call *call)
{
    const gd_info *state = &call->input[0];
    char text[GD_SHAPE_TEXT];
    if (state->type == GD_I64 && gd_shape_equal(state->shape, GD_SHAPE(2)))
        return true;
    return gd_op_error(call, "the random state is %s %s, i64 [2] was expected", gd_type_name(state->type),
                       gd_shape_text(state->shape, text));
}

static bool random_shape(gd_shape_call *call)
{
    const gd__random_attributes *a = call->attributes;
    if (!state_is_good(call) || !gd__shape_allowed(call, a->shape))
        return false;
    if (gd_type_size(a->type) == 0)
        return gd_op_error(call, "%d is no type", (int)a->type);
    call->output[0] = (gd_info){a->type, a->shape};
    return true;
}

static bool random_float_shape(gd_shape_call *call)
{
    const gd__random_attributes *a = call->attributes;
    if (!gd_type_is_float(a->type))
        return gd_op_error(call, "the type is %s, a floating type was expected", gd_type_name(a->type));
    return random_shape(call);
}

static bool uniform_shape(gd_shape_call *call)
{
    const gd__random_attributes *a = call->attributes;
    double low = a->parameter[0], high = a->parameter[1];
    if (!isfinite(low) || !isfinite(high) || low > high)
        return gd_op_error(call, "numbers from %g to %g were asked for, low <= high was expected", low, high);
    return random_float_shape(call);
}

static bool normal_shape(gd_shape_call *call)
{
    const gd__random_attributes *a = call->attributes;
    double mean = a->parameter[0], deviation = a->parameter[1];
    if (!isfinite(mean) || !isfinite(deviation) || deviation < 0)
        return gd_op_error(call, "the mean is %g and the deviation %g, a deviation of at least 0 was expected", mean,
                           deviation);
    return random_float_shape(call);
}

static bool bernoulli_shape(gd_shape_call *call)
{
    const gd__random_attributes *a = call->attributes;
    if (!(a->parameter[0] >= 0 && a->parameter[0] <= 1))
        return gd_op_error(call, "the probability is %g, 0 to 1 was expected", a->parameter[0]);
    return random_shape(call);
}

// ---- Plain kernels

// Fills y block by block; `four` turns the words of a block into its numbers.
static gd_status fill(const gd_ref_call *call,
                      void (*four)(const double parameter[2], const uint32_t word[4], double y[4]))
{
    const gd__random_attributes *a = call->attributes;
    const double *state = call->input[0].data;
    int64_t count = gd_shape_count(call->output[0].shape);
    for (int64_t begin = 0; begin < count; begin += 4) {
        uint32_t word[4];
        double y[4];
        gd__random_block((uint64_t)state[0], (uint64_t)state[1], (uint64_t)a->stream, (uint64_t)begin / 4, word);
        four(a->parameter, word, y);
        for (int64_t i = 0; i < 4 && begin + i < count; i++)
            call->output[0].data[begin + i] = y[i];
    }
    return GD_OK;
}

static void uniform_four(const double parameter[2], const uint32_t word[4], double y[4])
{
    for (int i = 0; i < 4; i++)
        y[i] = parameter[0] + (parameter[1] - parameter[0]) * gd__random_fraction(word[i]);
}

static void normal_four(const double parameter[2], const uint32_t word[4], double y[4])
{
    gd__random_normal_pair(word[0], word[1], y);
    gd__random_normal_pair(word[2], word[3], y + 2);
    for (int i = 0; i < 4; i++)
        y[i] = parameter[0] + parameter[1] * y[i];
}

static void bernoulli_four(const double parameter[2], const uint32_t word[4], double y[4])
{
    for (int i = 0; i < 4; i++)
        y[i] = gd__random_fraction(word[i]) < parameter[0];
}

static gd_status uniform_ref(const gd_ref_call *call)
{
    return fill(call, uniform_four);
}

static gd_status normal_ref(const gd_ref_call *call)
{
    return fill(call, normal_four);
}

static gd_status bernoulli_ref(const gd_ref_call *call)
{
    return fill(call, bernoulli_four);
}

// ---- Records

#define STATE                                                                                                          \
    {                                                                                                                  \
        .shape = GD_SHAPE(2), .integer = true, .draw = GD_DRAW_INTEGER, .high = 1000                                   \
    }
static const gd_sample uniform_sample[] = {
    {.note = "a vector of odd length",
     .input_count = 1,
     .input = {STATE},
     .attributes = &(const gd__random_attributes){GD_F32, {.rank = 1, .dim = {7}}, {-1, 3}, 0}},
    {.note = "three axes",
     .input_count = 1,
     .input = {STATE},
     .attributes = &(const gd__random_attributes){GD_F64, {.rank = 3, .dim = {2, 1, 5}}, {0, 1}, 3}},
};
static const gd_sample normal_sample[] = {
    {.note = "a vector of odd length",
     .input_count = 1,
     .input = {STATE},
     .attributes = &(const gd__random_attributes){GD_F32, {.rank = 1, .dim = {7}}, {0, 1}, 0}},
    {.note = "a scalar",
     .input_count = 1,
     .input = {STATE},
     .attributes = &(const gd__random_attributes){GD_F64, {.rank = 0}, {2, 0.5}, 3}},
};
static const gd_sample bernoulli_sample[] = {
    {.note = "a vector of odd length",
     .input_count = 1,
     .input = {STATE},
     .attributes = &(const gd__random_attributes){GD_F32, {.rank = 1, .dim = {17}}, {0.3, 0}, 0}},
    {.note = "truth values",
     .input_count = 1,
     .input = {STATE},
     .attributes = &(const gd__random_attributes){GD_BOOL, {.rank = 2, .dim = {3, 5}}, {0.5, 0}, 3}},
};

// The meaning of the parameters is the only difference between the tables.
#define RANDOM_TABLE(parameter_words)                                                                                  \
    {                                                                                                                  \
        GD_ATTR(gd__random_attributes, type, GD_ATTRIBUTE_TYPE, "of the result"),                                      \
            GD_ATTR(gd__random_attributes, shape, GD_ATTRIBUTE_SHAPE, "of the result"),                                \
            GD_ATTR_ARRAY(gd__random_attributes, parameter, GD_ATTRIBUTE_FLOAT, 2, parameter_words),                   \
            GD_ATTR(gd__random_attributes, stream, GD_ATTRIBUTE_INT, "which place in the graph draws"),                \
    }
static const gd_attribute uniform_attribute[] = RANDOM_TABLE("low, high");
static const gd_attribute normal_attribute[] = RANDOM_TABLE("mean, standard deviation");
static const gd_attribute bernoulli_attribute[] = RANDOM_TABLE("probability of a 1; unused");

#define RANDOM_RECORD(short_name, words)                                                                               \
    {                                                                                                                  \
        .name = "random_" #short_name, .doc = (words), .min_inputs = 1, .max_inputs = 1, .output_count = 1,            \
        .flags = GD_OP_RANDOM, .attribute_size = sizeof(gd__random_attributes),                                        \
        .attribute_count = GD_COUNT_OF(short_name##_attribute), .attribute = short_name##_attribute,                   \
        .shape = short_name##_shape, .no_grad = "random numbers depend on no other value", .ref = short_name##_ref,    \
        GD_SAMPLES(short_name##_sample)                                                                                \
    }
const gd_op gd__op_random_uniform =
    RANDOM_RECORD(uniform, "random numbers of the given shape, evenly distributed over [low, high)");
const gd_op gd__op_random_normal =
    RANDOM_RECORD(normal, "random numbers of the given shape, normally distributed (Box-Muller)");
const gd_op gd__op_random_bernoulli =
    RANDOM_RECORD(bernoulli, "random zeros and ones of the given shape, 1 with the given probability");

static gd_tensor draw(gd_graph *graph, const gd_op *op, gd__random_attributes attributes)
{
    gd_tensor state = gd__random_state(graph);
    attributes.stream = graph->random_streams++;
    return gd_apply_in(graph, op, 1, &state, &attributes);
}

gd_tensor gd_random_uniform(gd_graph *graph, gd_type type, gd_shape shape, double low, double high)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    return draw(graph, &gd__op_random_uniform,
                (gd__random_attributes){.type = type, .shape = shape, .parameter = {low, high}});
}

gd_tensor gd_random_normal(gd_graph *graph, gd_type type, gd_shape shape, double mean, double deviation)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    return draw(graph, &gd__op_random_normal,
                (gd__random_attributes){.type = type, .shape = shape, .parameter = {mean, deviation}});
}

gd_tensor gd_random_bernoulli(gd_graph *graph, gd_type type, gd_shape shape, double probability)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    return draw(graph, &gd__op_random_bernoulli,
                (gd__random_attributes){.type = type, .shape = shape, .parameter = {probability}});
}
