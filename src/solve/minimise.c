#include "solve/minimise.h"

#include <string.h>

#include "base/error.h"

#if GD_HAVE_LBFGS

#include <lbfgs.h>
#include <limits.h>
#include <math.h>

typedef struct search {
    const gd_objective *objective;
    gd_minimised *result;
    gd_status status; // the first failure
} search;

static lbfgsfloatval_t evaluate(void *user, const lbfgsfloatval_t *x, lbfgsfloatval_t *gradient, const int n,
                                const lbfgsfloatval_t length)
{
    (void)length;
    search *s = user;
    double value = HUGE_VAL;
    bool finite = false;
    if (s->status == GD_OK) {
        s->status = s->objective->evaluate(s->objective->user, x, &value, gradient);
        s->result->evaluations++;
        finite = s->status == GD_OK && isfinite(value);
    }
    double square = 0;
    for (int i = 0; finite && i < n; i++)
        square += gradient[i] * gradient[i];
    if (finite && isfinite(square)) {
        if (s->result->evaluations == 1) {
            s->result->loss = value;
            s->result->gradient_norm = sqrt(square);
        }
        return value;
    }
    if (s->status == GD_OK && s->result->evaluations == 1)
        s->status = gd__fail(GD_ERROR_NUMBER, "L-BFGS: at the start the loss is %g and the gradient's norm %g", value,
                             sqrt(square));
    // An infinite value makes the line search try a shorter step.
    memset(gradient, 0, (size_t)n * sizeof *gradient);
    return HUGE_VAL;
}

static int iterate(void *user, const lbfgsfloatval_t *x, const lbfgsfloatval_t *gradient, const lbfgsfloatval_t value,
                   const lbfgsfloatval_t x_norm, const lbfgsfloatval_t gradient_norm, const lbfgsfloatval_t step, int n,
                   int number, int trials)
{
    (void)gradient, (void)x_norm, (void)n, (void)trials;
    search *s = user;
    bool stop = false;
    s->result->iterations = number;
    s->result->loss = value;
    s->result->gradient_norm = gradient_norm;
    gd_iteration iteration = {number, x, value, gradient_norm, step};
    if (s->objective->iterate != NULL)
        s->status = s->objective->iterate(s->objective->user, &iteration, &stop);
    return stop || s->status != GD_OK;
}

static const char *reason_of(int code)
{
    switch (code) {
    case LBFGS_SUCCESS:
    case LBFGS_ALREADY_MINIMIZED: return "the gradient is small enough";
    case LBFGS_STOP: return "it was asked to stop";
    case LBFGSERR_MAXIMUMITERATION: return "the iterations that were allowed are done";
    default: return "no step along the direction makes the loss smaller: the precision of the numbers is reached";
    }
}

static gd_status status_of(int code)
{
    switch (code) {
    case LBFGSERR_OUTOFMEMORY: return gd__fail_memory("L-BFGS");
    case LBFGSERR_UNKNOWNERROR:
    case LBFGSERR_LOGICERROR: return gd__fail(GD_ERROR_INTERNAL, "liblbfgs gives up, with code %d", code);
    default: return GD_OK;
    }
}

gd_status gd__minimise_check(void)
{
    return GD_OK;
}

gd_status gd__minimise(const gd_objective *objective, gd__minimise_opts opts, double *x, gd_minimised *result)
{
    *result = (gd_minimised){.reason = ""};
    if (objective->size > INT_MAX - 64)
        return gd__fail(GD_ERROR_UNSUPPORTED, "L-BFGS: %lld numbers are more than liblbfgs can count",
                        (long long)objective->size);
    int n = (int)objective->size;
    double *point = lbfgs_malloc(n); // some builds of the library want it longer, and aligned
    if (point == NULL)
        return gd__fail_memory("L-BFGS");
    memcpy(point, x, (size_t)n * sizeof *x);
    // Halving the step until the loss falls enough and its slope has become flatter (Wolfe's conditions): this way of
    // searching bears values that are not finite.
    lbfgs_parameter_t parameter;
    lbfgs_parameter_init(&parameter);
    parameter.m = opts.history;
    parameter.epsilon = opts.tolerance;
    parameter.max_iterations = opts.iterations < INT_MAX ? (int)opts.iterations : INT_MAX;
    parameter.linesearch = LBFGS_LINESEARCH_BACKTRACKING_WOLFE;
    search s = {.objective = objective, .result = result};
    int code = lbfgs(n, point, NULL, evaluate, iterate, &s, &parameter);
    memcpy(x, point, (size_t)n * sizeof *x);
    lbfgs_free(point);
    if (s.status != GD_OK)
        return s.status;
    result->reason = reason_of(code);
    return status_of(code);
}

#else

gd_status gd__minimise_check(void)
{
    return gd__fail(GD_ERROR_UNSUPPORTED, "this Gradus was built without liblbfgs, which L-BFGS needs (Debian: "
                                          "liblbfgs-dev)");
}

gd_status gd__minimise(const gd_objective *objective, gd__minimise_opts opts, double *x, gd_minimised *result)
{
    (void)objective, (void)opts, (void)x;
    *result = (gd_minimised){.reason = ""};
    return gd__minimise_check();
}

#endif

// ---- As a kind of rule

typedef struct lbfgs_options {
    int history;
    double tolerance;
} lbfgs_options;
_Static_assert(sizeof(lbfgs_options) <= GD_OPTIONS_ROOM, "the options are too large");

static gd_status minimise(const gd_rule *rule, const gd_objective *objective, int64_t iterations, double *x,
                          gd_minimised *result)
{
    lbfgs_options o;
    memcpy(&o, &rule->own, sizeof o);
    return gd__minimise(objective, (gd__minimise_opts){iterations, o.history, o.tolerance}, x, result);
}

static const gd_option options[] = {
    {GD_RULE_OWN(lbfgs_options, history), .type = GD_OPTION_INTEGER, .ranged = true, .low = 1, .high = 1000,
     .standard = "6", .doc = "pairs of steps and gradient changes remembered"},
    {GD_RULE_OWN(lbfgs_options, tolerance), .type = GD_OPTION_NUMBER, .ranged = true, .below = true, .low = 0,
     .high = 1, .standard = "1e-5",
     .doc = "ends when the gradient's norm is below this times the weights' norm (at least 1)"},
    {0},
};

const gd_minimiser_kind gd__minimiser_lbfgs = {
    .record = {.name = "lbfgs",
               .doc =
                   "limited-memory BFGS, for small problems: steps over the whole training set with a line search. An "
                   "epoch is one iteration, and `train.batch` only bounds memory",
               .source = "Liu and Nocedal 1989",
               .options = options,
               .short_option = "history",
               .aliases = "l-bfgs|l_bfgs",
               .options_size = sizeof(gd_rule)},
    .check = gd__minimise_check,
    .minimise = minimise,
};
