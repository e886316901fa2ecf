// Adam, of which AdamW is the form with decoupled weight decay.
#ifndef GD_OPTIM_ADAM_H
#define GD_OPTIM_ADAM_H

#include "optim/rule.h"

typedef struct gd__adam_options {
    double beta1, beta2, epsilon;
    bool bias_correction, amsgrad;
} gd__adam_options;

#define GD__ADAM_OPTIONS                                                                                               \
    GD_RULE_RATE("0.001"),                                                                                             \
        {GD_RULE_OWN(gd__adam_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",                    \
         .doc = "the part of the mean gradient that is kept"},                                                         \
        {GD_RULE_OWN(gd__adam_options, beta2), .aliases = "b2|beta_2", GD__PART, .standard = "0.999",                  \
         .doc = "the part of the mean square that is kept"},                                                           \
        {GD_RULE_OWN(gd__adam_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-8",                   \
         .doc = "keeps the division sound"},                                                                           \
        {GD_RULE_OWN(gd__adam_options, bias_correction), .type = GD_OPTION_FLAG, .standard = "true",                   \
         .doc = "undo the start at zero"},                                                                             \
    {                                                                                                                  \
        GD_RULE_OWN(gd__adam_options, amsgrad),                                                                        \
            .type = GD_OPTION_FLAG, .standard = "false",                                                               \
            .doc = "divide by the root of the largest mean square so far (Reddi, Kale, Kumar 2018)"                    \
    }

#define GD__ADAM_SLOTS                                                                                                 \
    {                                                                                                                  \
        {.name = "exp_avg"}, {.name = "exp_avg_sq"},                                                                   \
        {                                                                                                              \
            .name = "max_exp_avg_sq", .when = "amsgrad"                                                                \
        }                                                                                                              \
    }

void gd__adam_begin(gd_rule_call *call);
void gd__adam_write(gd_rule_call *call);

#endif
