// Update rules, treatments of gradients, and learning-rate schedules. Rules and treatments write graph, so that one
// training step is one graph; schedules are plain functions of the step.
#ifndef GRADUS_OPTIM_H
#define GRADUS_OPTIM_H

#include <gradus/nn.h>
#include <gradus/run.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Update rules
//
// w is a parameter, g its gradient, r the learning rate, t = 1, 2, … the step. State starts at zero and lies in
// variables that are not trainable, named <parameter>.<slot>. Where torch.optim has the rule, formulas and defaults
// are its own. For all rules but AdamW weight decay is the L2 penalty's gradient: g = g + weight_decay w.
//
// ISTA and FISTA lower loss + l1 ||w||_1 by proximal gradient steps: down the loss' gradient, then towards zero
// by r l1, where S(v, a) = sign(v) max(|v| - a, 0). Weights that the loss does not need become zero and stay it. With
// the whole data set as one batch they converge for r below 1 / L, L the largest curvature of the loss.
typedef enum gd_rule_kind {
    GD_RULE_GRADIENT_DESCENT = 0, // w = w - r g
    GD_RULE_MOMENTUM,             // w = w - r v, v as gd_momentum_form says; slot "momentum"   (Polyak 1964)
    GD_RULE_NESTEROV,             // v = mu v + g, w = w - r (g + mu v); slot "momentum"
                                  // (Nesterov 1983; Sutskever et al. 2013)
    GD_RULE_ADAGRAD,              // s = s + g^2, w = w - r g / (sqrt(s) + epsilon); slot "sum"   (Duchi et al. 2011)
    GD_RULE_RMSPROP,              // s = decay s + (1 - decay) g^2, w = w - r g / (sqrt(s) + epsilon);
                                  // slot "square_avg"   (Tieleman and Hinton 2012)
    GD_RULE_ADAM,                 // m = beta1 m + (1 - beta1) g, s = beta2 s + (1 - beta2) g^2,
                                  // w = w - r m / (1 - beta1^t) / (sqrt(s / (1 - beta2^t)) + epsilon);
                                  // slots "exp_avg" (m) and "exp_avg_sq" (s)   (Kingma and Ba 2015)
    GD_RULE_ADAMW,                // w = w - r weight_decay w, then Adam's step   (Loshchilov and Hutter 2019)
    GD_RULE_ISTA,                 // w = S(w - r g, r l1)   (Daubechies, Defrise, De Mol 2004)
    GD_RULE_FISTA,                // z = S(w - r g, r l1), u = (1 + sqrt(1 + 4 s^2)) / 2, w = z + (s - 1) / u (z - z'),
                                  // z' = z, s = u; s is 1 at first. Slot "shrunk" (z) of each parameter, and
                                  // "inertia" (s - 1), one number, of the first. w is the point where the gradient
                                  // is taken, ahead of z; they come together at the end.   (Beck and Teboulle 2009)
    GD_RULE_LBFGS                 // steps over the whole training set, with a line search   (Liu and Nocedal 1989).
                                  // No rule of one step in a graph: gd_fit knows it, gd_rule_assignments refuses it.
                                  // To minimise a loss without a data set, see gd_lbfgs in gradus/solve.h
} gd_rule_kind;

typedef enum gd_momentum_form {
    GD_MOMENTUM_CLASSIC = 0, // v = mu v + g: PyTorch's
    GD_MOMENTUM_AVERAGING    // v = mu v + (1 - mu) g: an average of gradients, as in Ng's course
} gd_momentum_form;

// Made by the constructors below, which fill in every default; fields may be changed afterwards.
typedef struct gd_rule {
    gd_rule_kind kind;
    double learning_rate;  // r at the start; schedules change it
    double momentum;       // mu
    gd_momentum_form form; // GD_RULE_MOMENTUM only
    double decay;          // RMSprop's
    double beta1, beta2;   // Adam's and AdamW's
    double epsilon;        // outside the root
    bool bias_correction;  // Adam, AdamW: on; momentum in its averaging form (v / (1 - mu^t)): off
    double weight_decay;
    double l1;          // ISTA, FISTA: what |w| costs
    bool spare_vectors; // no weight decay and no l1 for variables of rank below 2: biases and norms. Off at first, as
                        // the weights of a single unit may be a vector; recipes, where they never are, have it on
                        // for ISTA and FISTA
    int history;        // L-BFGS: pairs of steps and gradient changes remembered
    double tolerance;   // L-BFGS: ends when ||g|| < tolerance max(1, ||w||)
} gd_rule;

GD_API gd_rule gd_gradient_descent(double learning_rate);
GD_API gd_rule gd_momentum(double learning_rate, double momentum);
GD_API gd_rule gd_nesterov(double learning_rate, double momentum);
GD_API gd_rule gd_adagrad(double learning_rate); // epsilon 1e-10
GD_API gd_rule gd_rmsprop(double learning_rate); // decay 0.99, epsilon 1e-8
GD_API gd_rule gd_adam(double learning_rate);    // beta 0.9 and 0.999, epsilon 1e-8
GD_API gd_rule gd_adamw(double learning_rate);   // as Adam, weight_decay 0.01
GD_API gd_rule gd_ista(double learning_rate, double l1);
GD_API gd_rule gd_fista(double learning_rate, double l1);
GD_API gd_rule gd_lbfgs_rule(int history); // tolerance 1e-5

// The words for rules ("gradient_descent", "adam", …) and the rule of a word, with torch.optim's default learning
// rate (0.01; Adam and AdamW 0.001), momentum 0.9, l1 0.001, and a history of 6. Fails with the nearest word.
GD_API const gd_choice *gd_rule_choices(int *count);
GD_API GD_MUST_USE gd_status gd_rule_named(const char *name, gd_rule *rule);
// The word for a rule's kind. Static storage.
GD_API const char *gd_rule_name(const gd_rule *rule);
// Fails with a sentence when a field is out of its range.
GD_API GD_MUST_USE gd_status gd_rule_check(const gd_rule *rule);

// A list that grows. Starts as {0}; release it with gd_assignment_list_free.
typedef struct gd_assignment_list {
    gd_assignment *assignment;
    int count, capacity;
} gd_assignment_list;
GD_API GD_MUST_USE gd_status gd_assignment_list_add(gd_assignment_list *list, gd_tensor variable, gd_tensor value);
GD_API void gd_assignment_list_free(gd_assignment_list *list);

// Writes one step of the rule: for each parameter its new state and its new value, added to `list`. `learning_rate`
// and `step` (1 in the first step) are single numbers, usually inputs or variables, so that they change without a new
// plan; they are cast to the parameters' types. Makes the state variables: once a graph. The corrections of Adam's
// bias are computed once for all parameters. Fails when the rule, a parameter or a gradient does not fit.
GD_API GD_MUST_USE gd_status gd_rule_assignments(const gd_rule *rule, gd_graph *graph, gd_tensor learning_rate,
                                                 gd_tensor step, int count, const gd_tensor *parameter,
                                                 const gd_tensor *gradient, gd_assignment_list *list);

// ---- Whole steps, for loops of one's own (gd_fit does more: batches, schedules, checkpoints)

// A function whose output 0 is the loss, and which ends each run with one step of the rule on all trainable variables
// of the graph, at the rule's learning rate. A rule with state (momentum, Adam …) can be written once a graph. NULL on
// failure (see gd_last_error); the graph must outlive it; release it with gd_function_free.
GD_API gd_function *gd_training_step(gd_tensor loss, gd_rule rule);
// The two halves of it. The first writes gradients and updates into the graph and adds them to `update`, with the
// variable "steps_done", which counts the steps; the second makes a function of them, with the precision of `opts` and
// its `recompute`, more than once if need be.
GD_API GD_MUST_USE gd_status gd_rule_step(gd_tensor loss, const gd_rule *rule, gd_assignment_list *update);
GD_API gd_function *gd_training_step_with(gd_tensor loss, const gd_assignment_list *update, gd_function_opts opts);

// ---- Treatments of gradients. Errors stick to the graph.

// Replaces each gradient by itself kept to -limit … limit.
GD_API void gd_clip_gradients_by_value(int count, gd_tensor *gradient, double limit);
// Scales all gradients by min(1, limit / (norm + 1e-6)), where norm is the Euclidean norm of all of them together,
// and returns that norm, a single number (Pascanu, Mikolov, Bengio 2013; as PyTorch's clip_grad_norm_).
GD_API gd_tensor gd_clip_gradients_by_norm(int count, gd_tensor *gradient, double limit);

// Gradients of several small batches added up before one step. For each parameter a variable <parameter>.accumulated
// is made, zero at first.
//   gather: assignments of the runs that only add:           accumulated = accumulated + g
//   gradient (in place) for the run that also steps:         (accumulated + g) / batches
//   clear: assignments of that same run:                     accumulated = 0
// `batches`, a single number, says how many gradients are in the sum then.
GD_API GD_MUST_USE gd_status gd_accumulate_gradients(gd_graph *graph, gd_tensor batches, int count,
                                                     const gd_tensor *parameter, gd_tensor *gradient,
                                                     gd_assignment_list *gather, gd_assignment_list *clear);

// ---- Schedules of the learning rate
//
// base is the rule's learning rate; step counts from 0; epoch = step / steps_per_epoch, rounded down; T is the number
// of steps of the whole training. In cosine and linear, x runs from 0 at the end of the warm-up to 1 at step T.
typedef enum gd_schedule_kind {
    GD_SCHEDULE_CONSTANT = 0, // base
    GD_SCHEDULE_STEP,         // base factor^floor(epoch / every)
    GD_SCHEDULE_EXPONENTIAL,  // base factor^epoch
    GD_SCHEDULE_INVERSE,      // base / (1 + decay epoch)
    GD_SCHEDULE_COSINE,       // base (f + (1 - f) (1 + cos(pi x)) / 2), f = final   (Loshchilov and Hutter 2017)
    GD_SCHEDULE_LINEAR,       // base (1 - (1 - f) x)
    GD_SCHEDULE_ONE_CYCLE,    // up from base / start_divisor to base and down to base / start_divisor /
                              // end_divisor, along half cosines; base is the peak   (Smith and Topin 2018; as
                              // PyTorch's OneCycleLR). The rise ends at step rise T - 1, the fall at T - 1.
    GD_SCHEDULE_PLATEAU       // base factor^drops, a drop after more than `patience` observations in a row without a
                              // new best (as PyTorch's ReduceLROnPlateau)
} gd_schedule_kind;

// Zero means the default, so {.kind = GD_SCHEDULE_COSINE, .warmup_epochs = 1} is whole.
typedef struct gd_schedule {
    gd_schedule_kind kind;
    double factor;        // step and plateau 0.1, exponential 0.95
    double every;         // step: epochs between drops, 10
    double decay;         // inverse: 1
    double final;         // cosine, linear: the last rate as a part of base, 0
    double rise;          // one-cycle: the rise's part of all steps, 0.3
    double start_divisor; // one-cycle: 25
    double end_divisor;   // one-cycle: 1e4
    double minimum;       // plateau: no rate below this, 0
    double threshold;     // plateau: a new best is better by this part of the old one, 1e-4
    int64_t patience;     // plateau: 10
    bool higher_better;   // plateau: the metric grows as the model gets better (accuracy)
    // Any kind but one-cycle: in the first w steps the rate is multiplied by (step + 1) / w.
    int64_t warmup_steps;
    double warmup_epochs; // counts when warmup_steps is 0
    // The plateau's state, kept in checkpoints; starts as zeros.
    int64_t observations; // so far
    int64_t waiting;      // observations since the best
    int64_t drops;
    double best;
} gd_schedule;

// The learning rate at a step. steps_per_epoch and total_steps are at least 1; a step beyond the last counts as the
// last.
GD_API double gd_schedule_at(const gd_schedule *schedule, double base_rate, int64_t step, int64_t steps_per_epoch,
                             int64_t total_steps);
// Tells a plateau schedule the metric of an epoch (a loss unless higher_better); nothing for the others.
GD_API void gd_schedule_observe(gd_schedule *schedule, double metric);

// The words for schedules, and the schedule of a word. Fails with the nearest word.
GD_API const gd_choice *gd_schedule_choices(int *count);
GD_API GD_MUST_USE gd_status gd_schedule_named(const char *name, gd_schedule *schedule);
// Fails with a sentence when a field is out of its range.
GD_API GD_MUST_USE gd_status gd_schedule_check(const gd_schedule *schedule);

#ifdef __cplusplus
}
#endif
#endif
