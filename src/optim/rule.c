// Update rules: which there are, their constructors, and the formulas that they share.
#include "optim/rule.h"

#include <math.h>

#include "base/error.h"
#include "base/record.h"
#include "graph/graph.h"

#include "minimisers.def"
#include "rules.def"

static const gd_record *const records[] = {GD_RULES(GD__RECORD_OF) GD_MINIMISERS(GD__RECORD_OF)};
static const gd_minimiser_kind *const minimisers[] = {GD_MINIMISERS(GD__KIND_OF)};

static gd_own_records own;
const gd_records gd__rule_records = {
    .noun = "optimizer", .count = GD_COUNT_OF(records), .record = records, .own = &own};

const gd_records *gd_rule_kinds(void)
{
    return &gd__rule_records;
}

gd_status gd_rule_register(const gd_rule_kind *kind)
{
    if (kind == NULL || kind->write == NULL || kind->record.options_size != sizeof(gd_rule))
        return gd__fail(GD_ERROR_ARGUMENT, "a rule needs a function that writes a step, and options of a gd_rule");
    for (const gd_option *option = kind->record.options; option != NULL && option->name != NULL; option++)
        if (option->offset + option->size > sizeof(gd_rule))
            return gd__fail(GD_ERROR_ARGUMENT, "the rule '%.60s': its option '%.60s' has no room in a gd_rule",
                            kind->record.name, option->name);
    return gd_record_register(&gd__rule_records, &kind->record);
}

const gd_minimiser_kind *gd_rule_minimiser(const gd_rule *rule)
{
    GD__NEEDS(rule, NULL);
    for (int i = 0; i < GD_COUNT_OF(minimisers); i++)
        if (rule->kind == &minimisers[i]->record)
            return minimisers[i];
    return NULL;
}

const gd_rule_kind *gd_rule_stepper(const gd_rule *rule)
{
    GD__NEEDS(rule, NULL);
    // The record is the first member.
    return rule->kind == NULL || gd_rule_minimiser(rule) != NULL ? NULL : (const gd_rule_kind *)rule->kind;
}

// ---- Making and changing

static gd_rule make(const gd_record *kind)
{
    gd_rule rule;
    gd_options_default(kind, &rule);
    rule.kind = kind;
    return rule;
}

// An option of a kind of ours; a value out of its range stays for gd_rule_check to complain of.
static void put(gd_rule *rule, const char *name, double value)
{
    gd__option_put_named(rule->kind->options, rule, name, value);
}

static gd_rule make_with(const gd_record *kind, double learning_rate, const char *name, double value)
{
    gd_rule rule = make(kind);
    rule.learning_rate = learning_rate;
    if (name != NULL)
        put(&rule, name, value);
    return rule;
}

gd_rule gd_gradient_descent(double learning_rate)
{
    return make_with(&gd__rule_gradient_descent.record, learning_rate, NULL, 0);
}

gd_rule gd_momentum(double learning_rate, double momentum)
{
    return make_with(&gd__rule_momentum.record, learning_rate, "momentum", momentum);
}

gd_rule gd_nesterov(double learning_rate, double momentum)
{
    return make_with(&gd__rule_nesterov.record, learning_rate, "momentum", momentum);
}

gd_rule gd_adagrad(double learning_rate)
{
    return make_with(&gd__rule_adagrad.record, learning_rate, NULL, 0);
}

gd_rule gd_rmsprop(double learning_rate)
{
    return make_with(&gd__rule_rmsprop.record, learning_rate, NULL, 0);
}

gd_rule gd_adam(double learning_rate)
{
    return make_with(&gd__rule_adam.record, learning_rate, NULL, 0);
}

gd_rule gd_adamw(double learning_rate)
{
    return make_with(&gd__rule_adamw.record, learning_rate, NULL, 0);
}

gd_rule gd_ista(double learning_rate, double l1)
{
    gd_rule rule = make_with(&gd__rule_ista.record, learning_rate, "l1", l1);
    rule.spare_vectors = false;
    return rule;
}

gd_rule gd_fista(double learning_rate, double l1)
{
    gd_rule rule = make_with(&gd__rule_fista.record, learning_rate, "l1", l1);
    rule.spare_vectors = false;
    return rule;
}

gd_rule gd_lbfgs_rule(int history)
{
    gd_rule rule = make(&gd__minimiser_lbfgs.record);
    put(&rule, "history", history);
    return rule;
}

gd_status gd_rule_named(const char *name, gd_rule *rule)
{
    const gd_record *kind;
    gd_status status = gd_record_named(&gd__rule_records, name, &kind);
    if (status == GD_OK)
        *rule = make(kind);
    return status;
}

const char *gd_rule_name(const gd_rule *rule)
{
    GD__NEEDS(rule, NULL);
    return rule->kind == NULL ? "no rule" : rule->kind->name;
}

gd_status gd_rule_set(gd_rule *rule, const char *option, double value)
{
    GD__NEEDS(rule, GD_ERROR_ARGUMENT);
    return gd_options_set(rule->kind, rule, (gd_setting){.name = option, .value = value});
}

gd_status gd_rule_set_word(gd_rule *rule, const char *option, const char *word)
{
    GD__NEEDS(rule, GD_ERROR_ARGUMENT);
    return gd_options_set(rule->kind, rule, (gd_setting){.name = option, .text = word});
}

double gd_rule_get(const gd_rule *rule, const char *option)
{
    GD__NEEDS(rule, 0);
    double value;
    return gd_options_get(rule->kind, rule, option, &value) == GD_OK ? value : (double)NAN;
}

// ---- Checking

static bool is_known(const gd_record *kind)
{
    for (int i = 0; i < gd_record_count(&gd__rule_records); i++)
        if (gd_record_at(&gd__rule_records, i) == kind)
            return true;
    return false;
}

gd_status gd_rule_check(const gd_rule *rule)
{
    GD__NEEDS(rule, GD_ERROR_ARGUMENT);
    if (!is_known(rule->kind))
        return gd__fail(GD_ERROR_ARGUMENT, "the rule is none of those there are: make it with gd_rule_named or with a "
                                           "function such as gd_adam");
    const bool decays = gd__option_named(rule->kind->options, "weight_decay") != NULL;
    if (!decays && rule->weight_decay != 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: weight_decay is %g, but it knows none; add a penalty to the loss",
                        rule->kind->name, rule->weight_decay);
    if (gd_rule_minimiser(rule) != NULL && (rule->lookahead.steps != 0 || rule->ema.decay != 0 || rule->swa.every != 0))
        return gd__fail(GD_ERROR_ARGUMENT, "%s knows no lookahead and no averages of the weights", rule->kind->name);
    if (rule->ema.decay != 0 && rule->swa.every != 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: ema and swa are two averages of the weights; a rule has one of them",
                        rule->kind->name);
    return gd_options_check(rule->kind, rule);
}

// ---- Formulas

gd_tensor gd__blend(gd_tensor old, double keep, gd_tensor fresh, double add)
{
    return gd_add(gd_scale(old, keep), add == 1.0 ? fresh : gd_scale(fresh, add));
}

gd_tensor gd__descend(gd_tensor w, gd_tensor rate, gd_tensor direction)
{
    return gd_sub(w, gd_mul(rate, direction));
}

// As -expm1(t log beta): near the first step beta^t is close to 1, and in f32 the plain difference would keep only four
// digits.
gd_tensor gd__bias(gd_tensor step, double beta)
{
    if (beta <= 0) // no memory, no bias
        return gd_scalar_like(step, 1.0);
    return gd_neg(gd_expm1(gd_scale(step, log(beta))));
}

gd_tensor gd__first(gd_tensor step)
{
    return gd_cast(gd_equal(step, gd_scalar_like(step, 1.0)), gd_tensor_type(step));
}

gd_tensor gd__soft_threshold(gd_tensor v, gd_tensor a)
{
    return gd_sub(v, gd_minimum(gd_maximum(v, gd_neg(a)), a));
}
