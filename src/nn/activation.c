// Activations by name.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "nn/choice.h"
#include "nn/layer.h"

static gd_tensor linear(gd_tensor x)
{
    return x;
}

static gd_tensor leaky_relu(gd_tensor x)
{
    return gd_leaky_relu(x, 0.01);
}

static gd_tensor elu(gd_tensor x)
{
    return gd_elu(x, 1.0);
}

static gd_tensor softmax(gd_tensor x)
{
    return gd_softmax(x, -1);
}

static gd_tensor log_softmax(gd_tensor x)
{
    return gd_log_softmax(x, -1);
}

static const gd_choice choices[] = {
    {"linear", "x"},
    {"relu", "max(x, 0)"},
    {"leaky_relu", "x, and 0.01 x below 0"},
    {"elu", "x, and exp(x) - 1 below 0"},
    {"gelu", "x Phi(x), Phi the normal distribution's"},
    {"silu", "x sigmoid(x)"},
    {"softplus", "log(1 + exp(x))"},
    {"sigmoid", "1 / (1 + exp(-x))"},
    {"tanh", "the hyperbolic tangent"},
    {"hard_sigmoid", "x / 6 + 1/2, kept to 0 … 1"},
    {"step", "1 above 0, else 0: the perceptron's; its gradient is zero"},
    {"sign", "-1, 0 or 1; its gradient is zero"},
    {"softmax", "exp(x) over its sum along the last axis"},
    {"log_softmax", "the logarithm of softmax along the last axis"},
};
// In the order of the words.
static gd_tensor (*const functions[])(gd_tensor x) = {
    linear,     gd_relu, leaky_relu,      elu,     gd_gelu, gd_silu, gd_softplus,
    gd_sigmoid, gd_tanh, gd_hard_sigmoid, gd_step, gd_sign, softmax, log_softmax,
};
_Static_assert(sizeof choices / sizeof choices[0] == sizeof functions / sizeof functions[0], "one function a word");

const gd_choice *gd_activation_choices(int *count)
{
    *count = GD_COUNT_OF(choices);
    return choices;
}

gd_tensor gd_activation(gd_tensor x, const char *name)
{
    if (!gd_tensor_ok(x))
        return gd__no_result(x);
    int found = gd__choice_find(name, GD_COUNT_OF(choices), choices);
    if (found < 0) {
        gd_status status = gd__choice_unknown("activation", name, GD_COUNT_OF(choices), choices);
        return gd__graph_error(x.graph, status, "%s", gd_last_error());
    }
    return functions[found](x);
}
