// Update rules, treatments of gradients, and learning-rate schedules. Rules and treatments write graph, so that one
// training step is one graph; schedules are plain functions of the step.
#ifndef GRADUS_OPTIM_H
#define GRADUS_OPTIM_H

#include <gradus/nn.h>
#include <gradus/record.h>
#include <gradus/run.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Update rules
//
// Each is a record in a file of its own (src/optim), which says its formula, its options with their defaults, and its
// state. w is a parameter, g its gradient, r the learning rate, t = 1, 2, … the step. State starts at zero and lies in
// variables that are not trainable, named <parameter>.<slot>. Where torch.optim has the rule, formulas and defaults
// are its own.
//
// ISTA and FISTA lower loss + l1 ||w||_1 by proximal gradient steps: down the loss' gradient, then towards zero
// by r l1, where S(v, a) = sign(v) max(|v| - a, 0). Weights that the loss does not need become zero and stay it. With
// the whole data set as one batch they converge for r below 1 / L, L the largest curvature of the loss.

typedef struct gd_rule_kind gd_rule_kind;
typedef struct gd_minimiser_kind gd_minimiser_kind;

// Look ahead (Zhang, Lucas, Hinton, Ba 2019): after every so many steps the weights go back towards where they were,
// and stay `part` of the way. Slot "slow".
typedef struct gd_lookahead {
    int64_t steps; // 0: off
    double part;
} gd_lookahead;

// Exponential moving averages of the weights, e = decay e + (1 - decay) w after each step, from e = w (Polyak and
// Juditsky 1992). Slot "ema". gd_swap_averages puts them into the weights' place.
typedef struct gd_ema {
    double decay; // 0: off
} gd_ema;

// Stochastic weight averaging: the plain mean of the weights after the steps start, start + every, start + 2 every, …;
// before that the weights themselves (Izmailov, Podoprikhin, Garipov, Vetrov, Wilson 2018). Slot "ema", as above, so a
// rule has one of the two. gd_fit recomputes the running statistics of batch norm for the means (slot "ema" too): see
// gd_recompute_statistics.
typedef struct gd_swa {
    int64_t start;
    int64_t every; // 0: off
} gd_swa;

// Which rule, what all rules have in common, and its own options. Made by gd_rule_named or by the constructors below,
// which fill in every default; gd_rule_set changes an option, and the fields may be changed directly.
typedef struct gd_rule {
    const gd_record *kind; // of a gd_rule_kind or of a gd_minimiser_kind
    double learning_rate;  // r at the start; schedules change it
    double weight_decay;
    bool decoupled; // w = w - r weight_decay w apart from the gradient (Loshchilov and Hutter 2019); otherwise it is
                    // the L2 penalty's gradient, g = g + weight_decay w
    bool spare_vectors; // no weight decay and no l1 for variables of rank below 2: biases and norms. gd_ista and
                        // gd_fista have it off, as the weights of a single unit may be a vector; recipes, where they
                        // never are, have it on for these
    gd_lookahead lookahead;
    gd_ema ema;
    gd_swa swa;
    gd_options_room own;
} gd_rule;

GD_API gd_rule gd_gradient_descent(double learning_rate);
GD_API gd_rule gd_momentum(double learning_rate, double momentum);
GD_API gd_rule gd_nesterov(double learning_rate, double momentum);
GD_API gd_rule gd_adagrad(double learning_rate);
GD_API gd_rule gd_rmsprop(double learning_rate);
GD_API gd_rule gd_adam(double learning_rate);
GD_API gd_rule gd_adamw(double learning_rate);
GD_API gd_rule gd_ista(double learning_rate, double l1);
GD_API gd_rule gd_fista(double learning_rate, double l1);
GD_API gd_rule gd_lbfgs_rule(int history);

// All there are, update rules and then minimisers; a program's own at the end.
GD_API const gd_records *gd_rule_kinds(void);
// The rule of a name or an alias, with its defaults. Fails with the nearest name.
GD_API GD_MUST_USE gd_status gd_rule_named(const char *name, gd_rule *rule);
// "adam". Static storage.
GD_API const char *gd_rule_name(const gd_rule *rule);
// Sets any option by its name in recipes, the rule's own or a common one: gd_rule_set(&rule, "beta1", 0.95),
// gd_rule_set(&rule, "ema.decay", 0.999). Fails when there is no such option or the value is out of its range.
GD_API GD_MUST_USE gd_status gd_rule_set(gd_rule *rule, const char *option, double value);
GD_API GD_MUST_USE gd_status gd_rule_set_word(gd_rule *rule, const char *option, const char *word);
// The value of an option: a number, a flag (0 or 1) or a choice (its place); NAN when there is no such option.
GD_API double gd_rule_get(const gd_rule *rule, const char *option);
// Fails with a sentence when an option is out of its range.
GD_API GD_MUST_USE gd_status gd_rule_check(const gd_rule *rule);
// What kind it is: one of the two is NULL.
GD_API const gd_rule_kind *gd_rule_stepper(const gd_rule *rule);
GD_API const gd_minimiser_kind *gd_rule_minimiser(const gd_rule *rule);

// A list that grows. Starts as {0}; release it with gd_assignment_list_free.
typedef struct gd_assignment_list {
    gd_assignment *assignment;
    int count, capacity;
} gd_assignment_list;
GD_API GD_MUST_USE gd_status gd_assignment_list_add(gd_assignment_list *list, gd_tensor variable, gd_tensor value);
GD_API void gd_assignment_list_free(gd_assignment_list *list);

// Writes one step of the rule: for each parameter its new state and its new value, added to `list`. `learning_rate`
// and `step` (1 in the first step) are single numbers, usually inputs or variables, so that they change without a new
// plan; they are cast to the parameters' types. Makes the state variables: once a graph. Single numbers, such as the
// corrections of Adam's bias, are computed once for all parameters. Fails when the rule, a parameter or a gradient does
// not fit.
GD_API GD_MUST_USE gd_status gd_rule_assignments(const gd_rule *rule, gd_graph *graph, gd_tensor learning_rate,
                                                 gd_tensor step, int count, const gd_tensor *parameter,
                                                 const gd_tensor *gradient, gd_assignment_list *list);

// ---- Parameters by pattern

// What is different for some parameters. `match` is a pattern of their names, in which * stands for any text and ? for
// one character, or several with | between them: "*.bias|bn*"; or, between slashes, an extended regular expression of
// POSIX that a part of the name fits: "/^layer[0-9]+\\.(bias|norm)/". A parameter follows all groups that match it;
// where they say different things, the last one counts.
typedef struct gd_parameter_group {
    const char *match;
    bool freeze;            // not trained
    double learning_rate;   // a factor; 0: 1
    bool sets_weight_decay; // to the following
    double weight_decay;    //
    const gd_rule *rule;    // in place of the common rule; its learning rate follows the same schedule. NULL: that one
} gd_parameter_group;
enum { GD_MAX_PARAMETER_GROUPS = 64 };

// gd_rule_assignments with groups. Frozen parameters get none, and need no gradient. GD_ERROR_ARGUMENT when a pattern
// matches no parameter, with the nearest name.
GD_API GD_MUST_USE gd_status gd_group_assignments(const gd_rule *rule, int group_count, const gd_parameter_group *group,
                                                  gd_graph *graph, gd_tensor learning_rate, gd_tensor step, int count,
                                                  const gd_tensor *parameter, const gd_tensor *gradient,
                                                  gd_assignment_list *list);

// Exchanges each parameter with its average (its slot "ema"), where it has one, and so each running statistic; a second
// call puts everything back. gd_fit does so around each validation, and leaves the averages in place in the end;
// checkpoints hold both, and gd_load_weights takes the averages.
GD_API GD_MUST_USE gd_status gd_swap_averages(gd_graph *graph);

// ---- Whole steps, for loops of one's own (gd_fit does more: batches, schedules, checkpoints)

// A function whose output 0 is the loss, and which ends each run with one step of the rule on all trainable variables
// of the graph, at the rule's learning rate. A rule with state (momentum, Adam …) can be written once a graph. NULL on
// failure (see gd_last_error); the graph must outlive it; release it with gd_function_free.
GD_API gd_function *gd_training_step(gd_tensor loss, gd_rule rule);
// The two halves of it. The first writes gradients and updates into the graph and adds them to `update`, with the
// variable "steps_done", which counts the steps; the second makes a function of them, with the precision of `opts` and
// its `recompute`, more than once if need be.
GD_API GD_MUST_USE gd_status gd_rule_step(gd_tensor loss, const gd_rule *rule, gd_assignment_list *update);
// gd_rule_step with groups of parameters, as gd_group_assignments takes them.
GD_API GD_MUST_USE gd_status gd_group_step(gd_tensor loss, const gd_rule *rule, int group_count,
                                           const gd_parameter_group *group, gd_assignment_list *update);
GD_API gd_function *gd_training_function(gd_tensor loss, const gd_assignment_list *update, gd_function_opts opts);

// ---- Treatments of gradients. Errors stick to the graph.

// Replaces each gradient by itself kept to -limit … limit.
GD_API void gd_clip_gradients_by_value(int count, gd_tensor *gradient, double limit);
// Scales all gradients by min(1, limit / (norm + 1e-6)), where norm is the Euclidean norm of all of them together,
// and returns that norm, a single number (Pascanu, Mikolov, Bengio 2013; as PyTorch's clip_grad_norm_).
GD_API gd_tensor gd_clip_gradients_by_norm(int count, gd_tensor *gradient, double limit);
// The norm of all gradients as one vector: Euclidean; the sum of all |g|; or the largest |g|.
typedef enum gd_gradient_norm { GD_NORM_L2 = 0, GD_NORM_L1, GD_NORM_MAX } gd_gradient_norm;
// The same with another norm; as PyTorch's norm_type 2, 1 and inf.
GD_API gd_tensor gd_clip_gradients_by_norm_of(gd_gradient_norm kind, int count, gd_tensor *gradient, double limit);

// Gradients of several small batches added up before one step. For each parameter a variable <parameter>.accumulated
// is made, zero at first.
//   gather: assignments of the runs that only add:           accumulated = accumulated + g
//   gradient (in place) for the run that also steps:         (accumulated + g) / batches
//   clear: assignments of that same run:                     accumulated = 0
// `batches`, a single number, says how many gradients are in the sum then.
GD_API GD_MUST_USE gd_status gd_accumulate_gradients(gd_graph *graph, gd_tensor batches, int count,
                                                     const gd_tensor *parameter, gd_tensor *gradient,
                                                     gd_assignment_list *gather, gd_assignment_list *clear);

// ---- Kinds of rules

enum { GD_RULE_SLOTS = 4, GD_RULE_NUMBERS = 8 };

// One step for one parameter, being written. The kind's `write` reads the upper part and fills in the lower one.
typedef struct gd_rule_call {
    const gd_rule *rule;
    const void *options;               // the rule's own
    gd_tensor rate, step;              // r and t, single numbers in the parameter's type
    gd_tensor number[GD_RULE_NUMBERS]; // what `begin` wrote
    gd_tensor shared;                  // the shared slot
    gd_tensor w, g;                    // parameter and gradient, with weight decay in one of them
    gd_tensor slot[GD_RULE_SLOTS];     // the old state; no tensors for slots that are off
    double weight_decay;               // what is left to the rule itself (GD_RULE_DECAYS); 0: nothing
    bool spared;                       // a vector, and the rule spares those

    gd_tensor next[GD_RULE_SLOTS]; // the new state
    gd_tensor next_shared;         // filled in by `begin`
    gd_tensor result;              // the new value of the parameter
} gd_rule_call;

// A variable <parameter>.<name> beside each parameter, of its shape and type.
typedef enum gd_slot_of {
    GD_SLOT_OF_ALL = 0,
    GD_SLOT_OF_MATRICES, // parameters of rank 2 and more
    GD_SLOT_OF_VECTORS
} gd_slot_of;
typedef struct gd_rule_slot {
    const char *name;
    const char *when; // only when this option is not 0; NULL: always
    gd_slot_of of;
} gd_rule_slot;

// How far a first step goes, which the health of a network is judged by.
typedef enum gd_step_size {
    GD_STEP_LIKE_GRADIENT = 0, // r times the gradient
    GD_STEP_LIKE_RATE,         // each element moves by r, about
    GD_STEP_UNKNOWN
} gd_step_size;

enum { GD_RULE_DECAYS = 1 }; // weight decay that is not decoupled is the rule's own affair

struct gd_rule_kind {
    gd_record record; // options begin with GD_RULE_RATE and end with GD_RULE_COMMON; options_size is that of gd_rule
    unsigned flags;
    gd_step_size step_size;
    gd_rule_slot slot[GD_RULE_SLOTS];
    const char *shared_slot; // a single number for all parameters of a type, named after the first; NULL: none
    // Writes the single numbers that all parameters of a type share into call->number. NULL: there are none.
    void (*begin)(gd_rule_call *call);
    // Writes next and result. Errors stick to the graph.
    void (*write)(gd_rule_call *call);
    // Does a weight stay where it is, and its state too, as long as its gradient is 0 (weight decay apart)? Of a large
    // table then only the rows are passed over that were looked up. NULL: it does not.
    bool (*stands_still)(const gd_rule *rule);
};

// The field of a rule's own option, in the options struct S.
#define GD_RULE_OWN(S, field)                                                                                          \
    .name = #field, .offset = offsetof(gd_rule, own) + offsetof(S, field), .size = sizeof(((S *)NULL)->field)
#define GD_RULE_RATE(value)                                                                                            \
    {                                                                                                                  \
        .name = "learning_rate", .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .low = 0, .high = 1e30,      \
        .standard = (value), .doc = "size of a step", .aliases = "lr|rate|step_size", GD_FIELD(gd_rule, learning_rate) \
    }
// The options that every rule has, with the defaults of three of them, as texts.
#define GD_RULE_COMMON(decay, is_decoupled, spares)                                                                    \
    {.name = "weight_decay",                                                                                           \
     .aliases = "wd",                                                                                                  \
     .type = GD_OPTION_NUMBER,                                                                                         \
     .ranged = true,                                                                                                   \
     .low = 0,                                                                                                         \
     .high = 1e9,                                                                                                      \
     .standard = (decay),                                                                                              \
     .doc = "pulls the weights towards zero",                                                                          \
     GD_FIELD(gd_rule, weight_decay)},                                                                                 \
        {.name = "decoupled",                                                                                          \
         .type = GD_OPTION_FLAG,                                                                                       \
         .standard = (is_decoupled),                                                                                   \
         .doc = "weight decay apart from the gradient, as AdamW's: w = w - r weight_decay w",                          \
         GD_FIELD(gd_rule, decoupled)},                                                                                \
        {.name = "spare_vectors",                                                                                      \
         .type = GD_OPTION_FLAG,                                                                                       \
         .standard = (spares),                                                                                         \
         .doc = "no weight decay (and no l1) for biases and norms",                                                    \
         GD_FIELD(gd_rule, spare_vectors)},                                                                            \
        {.name = "lookahead",                                                                                          \
         .type = GD_OPTION_MAP,                                                                                        \
         .options = gd_lookahead_options,                                                                              \
         .doc = "every few steps back towards where the weights were: {steps: 5, part: 0.5} is the default",           \
         GD_FIELD(gd_rule, lookahead)},                                                                                \
        {.name = "ema",                                                                                                \
         .type = GD_OPTION_MAP,                                                                                        \
         .options = gd_ema_options,                                                                                    \
         .doc = "moving averages of the weights, which are validated, and used in the end: {decay: 0.999} is the "     \
                "default",                                                                                             \
         GD_FIELD(gd_rule, ema)},                                                                                      \
    {                                                                                                                  \
        .name = "swa", .type = GD_OPTION_MAP, .options = gd_swa_options,                                               \
        .doc = "stochastic weight averaging: the plain mean of the weights from a step on, which is validated, and "   \
               "used in the end, with running statistics of its own: {start: 1000, every: 100}",                       \
        GD_FIELD(gd_rule, swa)                                                                                         \
    }
GD_API extern const gd_option gd_lookahead_options[], gd_ema_options[], gd_swa_options[];

// Adds a rule of the program's own, which recipes may name then. The record lives as long as the program. Not while
// other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_rule_register(const gd_rule_kind *kind);

// ---- Kinds of minimisers: they want the value of the whole loss at any point they choose, and search along lines. No
// step of theirs can be written into a graph: gd_fit knows them, gd_rule_assignments refuses them.

// An iteration is over: x is the new point, f was evaluated there last, and `step` is how far along the direction the
// line search went.
typedef struct gd_iteration {
    int number; // from 1
    const double *x;
    double value, gradient_norm, step;
} gd_iteration;

// What is made small. A failure ends the search.
typedef struct gd_objective {
    int64_t size;
    void *user;
    // f(x) into *value, and its gradient into `gradient`.
    gd_status (*evaluate)(void *user, const double *x, double *value, double *gradient);
    gd_status (*iterate)(void *user, const gd_iteration *iteration, bool *stop); // NULL: nothing is told
} gd_objective;

typedef struct gd_minimised {
    int iterations;
    int evaluations; // of loss and gradients
    double loss, gradient_norm;
    const char *reason; // why it ended, static text: "the gradient is small enough"
} gd_minimised;

struct gd_minimiser_kind {
    gd_record record; // options_size is that of gd_rule
    // GD_OK, or why it cannot be used here. NULL: it always can.
    gd_status (*check)(void);
    // Starts at x and leaves the best point there, after a failure of the objective too. At most `iterations`.
    gd_status (*minimise)(const gd_rule *rule, const gd_objective *objective, int64_t iterations, double *x,
                          gd_minimised *result);
};

// ---- Schedules of the learning rate
//
// Each is a record in a file of its own (src/optim/schedule_*.c). base is the rule's learning rate; step counts from 0;
// epoch = step / steps_per_epoch, rounded down; T is the number of steps of the whole training, or the schedule's own
// length. x runs from 0 at the end of the warm-up to 1 at step T.

typedef struct gd_schedule_kind gd_schedule_kind;

// What a schedule has learned from the metric; kept in checkpoints, starts as zeros.
typedef struct gd_schedule_state {
    int64_t observations; // so far
    int64_t waiting;      // observations since the best
    int64_t drops;
    int64_t cooling; // observations that do not count yet
    double best;
} gd_schedule_state;

// Which schedule, what all have in common, and its own options. {0} is a constant rate. Made by gd_schedule_named or by
// the constructors below, which fill in every default.
typedef struct gd_schedule gd_schedule;
struct gd_schedule {
    const gd_record *kind; // of a gd_schedule_kind; NULL: constant
    // In the first w steps the rate is multiplied by (step + 1) / w.
    int64_t warmup_steps;
    double warmup_epochs; // counts when warmup_steps is 0
    // How long it lasts; both 0: to the end of the training. Beyond it the rate stays, or the next schedule begins,
    // which counts steps and epochs from there.
    int64_t steps;
    double epochs;           // counts when steps is 0
    const gd_schedule *then; // the next one, which must outlive this one; NULL: none
    bool higher_better;      // the metric grows as the model gets better (accuracy)
    gd_schedule_state state; // the first schedule's is that of the whole
    gd_options_room own;
};

GD_API gd_schedule gd_step_schedule(double every, double factor);
// Drops at the beginning of each of these epochs, counted from 0; at most GD_MAX_RANK of them.
GD_API gd_schedule gd_multistep_schedule(int count, const int64_t *epoch, double factor);
GD_API gd_schedule gd_exponential_schedule(double factor);
GD_API gd_schedule gd_inverse_schedule(double decay);
GD_API gd_schedule gd_cosine_schedule(double final);
GD_API gd_schedule gd_linear_schedule(double from, double final);
GD_API gd_schedule gd_one_cycle_schedule(double rise);
GD_API gd_schedule gd_plateau_schedule(int64_t patience, double factor);

// The learning rate at a step. steps_per_epoch and total_steps are at least 1; a step beyond the last counts as the
// last.
GD_API double gd_schedule_at(const gd_schedule *schedule, double base_rate, int64_t step, int64_t steps_per_epoch,
                             int64_t total_steps);
// Tells a schedule the metric of an epoch (a loss unless higher_better), measured after `step` steps. Only a plateau
// listens, from its beginning on.
GD_API void gd_schedule_observe(gd_schedule *schedule, double metric, int64_t step, int64_t steps_per_epoch);

// All there are; a program's own at the end.
GD_API const gd_records *gd_schedule_kinds(void);
// The schedule of a name or an alias, with its defaults. Fails with the nearest name.
GD_API GD_MUST_USE gd_status gd_schedule_named(const char *name, gd_schedule *schedule);
// "cosine". Static storage.
GD_API const char *gd_schedule_name(const gd_schedule *schedule);
// Sets any option by its name in recipes. Fails when there is no such option or the value is out of its range.
GD_API GD_MUST_USE gd_status gd_schedule_set(gd_schedule *schedule, const char *option, double value);
GD_API GD_MUST_USE gd_status gd_schedule_set_word(gd_schedule *schedule, const char *option, const char *word);
// Fails with a sentence when an option is out of its range, or a sequence is none: all schedules but the last need a
// length, and at most one of them listens to the metric.
GD_API GD_MUST_USE gd_status gd_schedule_check(const gd_schedule *schedule);

// ---- Kinds of schedules

// A moment, within one schedule of a sequence.
typedef struct gd_schedule_call {
    const void *options; // the schedule's own
    const gd_schedule_state *state;
    double base;
    double step, steps; // since its beginning, and how many it has in all
    double per_epoch;   // steps of an epoch
    double x;           // the part of the steps after the warm-up that is done
} gd_schedule_call;

struct gd_schedule_kind {
    gd_record record; // options end with GD_SCHEDULE_COMMON; options_size is that of gd_schedule
    // The rate before the warm-up.
    double (*rate)(const gd_schedule_call *call);
    // Takes the metric of an epoch into the state. NULL: it does not listen.
    void (*observe)(const void *options, gd_schedule_state *state, double metric, bool higher_better);
};

// The field of a schedule's own option, in the options struct S.
#define GD_SCHEDULE_OWN(S, field)                                                                                      \
    .name = #field, .offset = offsetof(gd_schedule, own) + offsetof(S, field), .size = sizeof(((S *)NULL)->field)
// How long it lasts.
#define GD_SCHEDULE_LENGTH                                                                                             \
    {.name = "steps",                                                                                                  \
     .type = GD_OPTION_INTEGER,                                                                                        \
     .ranged = true,                                                                                                   \
     .low = 0,                                                                                                         \
     .high = 1e15,                                                                                                     \
     .doc = "it lasts so many updates; else to the end",                                                               \
     GD_FIELD(gd_schedule, steps)},                                                                                    \
    {                                                                                                                  \
        .name = "epochs", .type = GD_OPTION_NUMBER, .ranged = true, .low = 0, .high = 1e9,                             \
        .doc = "the same in epochs", GD_FIELD(gd_schedule, epochs)                                                     \
    }
// Warm-up and length: the options that all schedules have.
#define GD_SCHEDULE_COMMON                                                                                             \
    {.name = "warmup_steps",                                                                                           \
     .type = GD_OPTION_INTEGER,                                                                                        \
     .ranged = true,                                                                                                   \
     .low = 0,                                                                                                         \
     .high = 1e15,                                                                                                     \
     .doc = "the rate rises from nearly zero during so many updates",                                                  \
     GD_FIELD(gd_schedule, warmup_steps)},                                                                             \
        {.name = "warmup_epochs",                                                                                      \
         .type = GD_OPTION_NUMBER,                                                                                     \
         .ranged = true,                                                                                               \
         .low = 0,                                                                                                     \
         .high = 1e9,                                                                                                  \
         .doc = "the same in epochs",                                                                                  \
         GD_FIELD(gd_schedule, warmup_epochs)},                                                                        \
        GD_SCHEDULE_LENGTH

// Adds a schedule of the program's own, which recipes may name then. The record lives as long as the program. Not while
// other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_schedule_register(const gd_schedule_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
