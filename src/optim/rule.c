// Update rules: their defaults, names and ranges. update.c writes them as graph.
#include <gradus/optim.h>

#include "base/error.h"
#include "graph/graph.h"
#include "nn/choice.h"

gd_rule gd_gradient_descent(double learning_rate)
{
    return (gd_rule){.kind = GD_RULE_GRADIENT_DESCENT, .learning_rate = learning_rate};
}

gd_rule gd_momentum(double learning_rate, double momentum)
{
    return (gd_rule){.kind = GD_RULE_MOMENTUM, .learning_rate = learning_rate, .momentum = momentum};
}

gd_rule gd_nesterov(double learning_rate, double momentum)
{
    return (gd_rule){.kind = GD_RULE_NESTEROV, .learning_rate = learning_rate, .momentum = momentum};
}

gd_rule gd_adagrad(double learning_rate)
{
    return (gd_rule){.kind = GD_RULE_ADAGRAD, .learning_rate = learning_rate, .epsilon = 1e-10};
}

gd_rule gd_rmsprop(double learning_rate)
{
    return (gd_rule){.kind = GD_RULE_RMSPROP, .learning_rate = learning_rate, .decay = 0.99, .epsilon = 1e-8};
}

gd_rule gd_adam(double learning_rate)
{
    return (gd_rule){.kind = GD_RULE_ADAM,
                     .learning_rate = learning_rate,
                     .beta1 = 0.9,
                     .beta2 = 0.999,
                     .epsilon = 1e-8,
                     .bias_correction = true};
}

gd_rule gd_adamw(double learning_rate)
{
    gd_rule rule = gd_adam(learning_rate);
    rule.kind = GD_RULE_ADAMW;
    rule.weight_decay = 0.01;
    return rule;
}

gd_rule gd_ista(double learning_rate, double l1)
{
    return (gd_rule){.kind = GD_RULE_ISTA, .learning_rate = learning_rate, .l1 = l1};
}

gd_rule gd_fista(double learning_rate, double l1)
{
    return (gd_rule){.kind = GD_RULE_FISTA, .learning_rate = learning_rate, .l1 = l1};
}

gd_rule gd_lbfgs_rule(int history)
{
    return (gd_rule){.kind = GD_RULE_LBFGS, .history = history, .tolerance = 1e-5};
}

// In the order of gd_rule_kind.
static const gd_choice choices[] = {
    {"gradient_descent", "w = w - r g"},
    {"momentum", "v = mu v + g (or mu v + (1 - mu) g), w = w - r v"},
    {"nesterov", "v = mu v + g, w = w - r (g + mu v)"},
    {"adagrad", "s = s + g^2, w = w - r g / (sqrt(s) + epsilon)"},
    {"rmsprop", "s = decay s + (1 - decay) g^2, w = w - r g / (sqrt(s) + epsilon)"},
    {"adam", "averages m of g and s of g^2, corrected for their start at zero; w = w - r m / (sqrt(s) + epsilon)"},
    {"adamw", "Adam, with weight decay apart from the gradient"},
    {"ista",
     "a step down the gradient, then each weight towards zero by r l1: weights that are not needed become zero"},
    {"fista", "ISTA from a point ahead of the last step, by Nesterov's sequence"},
    {"lbfgs", "limited-memory BFGS over the whole training set, with a line search; an epoch is an iteration"},
};

const gd_choice *gd_rule_choices(int *count)
{
    *count = GD_COUNT_OF(choices);
    return choices;
}

const char *gd_rule_name(const gd_rule *rule)
{
    int kind = (int)rule->kind;
    return kind >= 0 && kind < GD_COUNT_OF(choices) ? choices[kind].name : "unknown rule";
}

gd_status gd_rule_named(const char *name, gd_rule *rule)
{
    int found = gd__choice_find(name, GD_COUNT_OF(choices), choices);
    if (found < 0)
        return gd__choice_unknown("optimizer", name, GD_COUNT_OF(choices), choices);
    switch ((gd_rule_kind)found) {
    case GD_RULE_GRADIENT_DESCENT: *rule = gd_gradient_descent(0.01); break;
    case GD_RULE_MOMENTUM: *rule = gd_momentum(0.01, 0.9); break;
    case GD_RULE_NESTEROV: *rule = gd_nesterov(0.01, 0.9); break;
    case GD_RULE_ADAGRAD: *rule = gd_adagrad(0.01); break;
    case GD_RULE_RMSPROP: *rule = gd_rmsprop(0.01); break;
    case GD_RULE_ADAM: *rule = gd_adam(0.001); break;
    case GD_RULE_ADAMW: *rule = gd_adamw(0.001); break;
    case GD_RULE_ISTA: *rule = gd_ista(0.01, 0.001); break;
    case GD_RULE_FISTA: *rule = gd_fista(0.01, 0.001); break;
    case GD_RULE_LBFGS: *rule = gd_lbfgs_rule(6); break;
    }
    return GD_OK;
}

gd_status gd_rule_check(const gd_rule *rule)
{
    if (rule->kind < 0 || (int)rule->kind >= GD_COUNT_OF(choices))
        return gd__fail(GD_ERROR_ARGUMENT, "rule %d is none of the %d there are", (int)rule->kind,
                        GD_COUNT_OF(choices));
    if (rule->form != GD_MOMENTUM_CLASSIC && rule->form != GD_MOMENTUM_AVERAGING)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: form %d is neither classic nor averaging", gd_rule_name(rule),
                        (int)rule->form);
    // The upper bounds of parts are excluded: with 1 nothing of the gradient would be left.
    const struct {
        const char *name;
        double value, below;
    } fields[] = {
        {"learning_rate", rule->learning_rate, 1e30},
        {"momentum", rule->momentum, 1},
        {"decay", rule->decay, 1},
        {"beta1", rule->beta1, 1},
        {"beta2", rule->beta2, 1},
        {"epsilon", rule->epsilon, 1e30},
        {"weight_decay", rule->weight_decay, 1e30},
        {"l1", rule->l1, 1e30},
        {"tolerance", rule->tolerance, 1},
    };
    for (int i = 0; i < GD_COUNT_OF(fields); i++) {
        // A NaN fails this comparison, too.
        if (!(fields[i].value >= 0 && fields[i].value < fields[i].below))
            return gd__fail(GD_ERROR_ARGUMENT, "%s: %s is %g, expected at least 0 and below %g", gd_rule_name(rule),
                            fields[i].name, fields[i].value, fields[i].below);
    }
    if (rule->kind == GD_RULE_LBFGS && (rule->history < 1 || rule->history > 1000))
        return gd__fail(GD_ERROR_ARGUMENT, "lbfgs: history is %d, expected 1 to 1000", rule->history);
    if (rule->kind == GD_RULE_LBFGS && rule->weight_decay > 0)
        return gd__fail(GD_ERROR_ARGUMENT, "lbfgs: weight_decay is %g, but it knows none; add a penalty to the loss",
                        rule->weight_decay);
    return GD_OK;
}
