// Update rules: the course's numbers, twenty steps against the same rule written as loops, names, and mistakes.
#include <stdio.h>

#include "nn/linspace.h"
#include "optim/stepper.h"

// ---- CS231n: w = linspace(-.4, .6), dw = linspace(-.6, .4), both 4x5

typedef struct course {
    gd_graph *graph;
    gd_assignment_list list;
} course;

static course course_create(gd_rule rule, double step)
{
    course c = {.graph = gd_graph_create()};
    gd_tensor w = gd_variable(c.graph, "w", GD_F64, GD_SHAPE(4, 5), (gd_variable_opts){0});
    gd_tensor dw = linspace(c.graph, -0.6, 0.4, GD_SHAPE(4, 5));
    set_linspace(c.graph, "w", -0.4, 0.6);
    gd_tensor rate = number_variable(c.graph, "rate", GD_F64, rule.learning_rate);
    gd_tensor at = number_variable(c.graph, "step", GD_I64, step);
    assert_int_equal(gd_rule_assignments(&rule, c.graph, rate, at, 1, &w, &dw, &c.list), GD_OK);
    return c;
}

static void course_free(course *c)
{
    gd_assignment_list_free(&c->list);
    gd_graph_free(c->graph);
}

// There v holds -rate times ours: v = mu v - rate dw, w = w + v.
static void momentum_gives_the_course_numbers(void **state)
{
    (void)state;
    course c = course_create(gd_momentum(1e-3, 0.9), 1);
    set_linspace(c.graph, "w.momentum", -0.6 / 1e-3, -0.9 / 1e-3);
    take_step(c.graph, &c.list);
    expect_near(element(c.graph, "w", 0), 0.1406, 1e-8);
    expect_near(element(c.graph, "w", 1), 0.20738947, 1e-8);
    expect_near(element(c.graph, "w", 19), 1.4096, 1e-8);
    expect_near(-1e-3 * element(c.graph, "w.momentum", 0), 0.5406, 1e-8);
    expect_near(-1e-3 * element(c.graph, "w.momentum", 19), 0.8096, 1e-8);
    course_free(&c);
}

static void rmsprop_gives_the_course_numbers(void **state)
{
    (void)state;
    course c = course_create(gd_rmsprop(1e-2), 1);
    set_linspace(c.graph, "w.square_avg", 0.6, 0.9);
    take_step(c.graph, &c.list);
    expect_near(element(c.graph, "w", 0), -0.39223849, 1e-8);
    expect_near(element(c.graph, "w", 1), -0.34037513, 1e-8);
    expect_near(element(c.graph, "w", 19), 0.59576619, 1e-8);
    expect_near(element(c.graph, "w.square_avg", 0), 0.5976, 1e-8);
    expect_near(element(c.graph, "w.square_avg", 19), 0.8926, 1e-8);
    course_free(&c);
}

static void adam_gives_the_course_numbers(void **state)
{
    (void)state;
    course c = course_create(gd_adam(1e-2), 6);
    set_linspace(c.graph, "w.exp_avg", 0.6, 0.9);
    set_linspace(c.graph, "w.exp_avg_sq", 0.7, 0.5);
    take_step(c.graph, &c.list);
    expect_near(element(c.graph, "w", 0), -0.40094747, 1e-8);
    expect_near(element(c.graph, "w", 1), -0.34836187, 1e-8);
    expect_near(element(c.graph, "w", 19), 0.59801459, 1e-8);
    expect_near(element(c.graph, "w.exp_avg", 0), 0.48, 1e-8);
    expect_near(element(c.graph, "w.exp_avg_sq", 0), 0.69966, 1e-8);
    course_free(&c);
}

// ---- Twenty steps on a matrix and a vector whose gradient is sin(3 w) + 1/4

enum { MATRIX = 4, VECTOR = 2, ALL = MATRIX + VECTOR, STEPS = 20 };
static const double start[ALL] = {0.5, -0.25, 1.5, -2, 0.125, -1};

static gd_tensor gradient_of(gd_tensor w)
{
    return gd_shift(gd_sin(gd_scale(w, 3)), 0.25);
}

// The rules as torch.optim's loops have them, one number at a time.
typedef struct plain_state {
    double first, second;
} plain_state;

static double shrink(double v, double a)
{
    return v > a ? v - a : v < -a ? v + a : 0;
}

// NAN for options that the rule does not have.
static double option(const gd_rule *rule, const char *name)
{
    return gd_rule_get(rule, name);
}

static bool is(const gd_rule *rule, const char *name)
{
    return strcmp(gd_rule_name(rule), name) == 0;
}

static double plain_adam(const gd_rule *rule, double rate, int t, double w, double g, plain_state *s)
{
    const double beta1 = option(rule, "beta1"), beta2 = option(rule, "beta2");
    const bool corrects = option(rule, "bias_correction") != 0;
    s->first = beta1 * s->first + (1 - beta1) * g;
    s->second = beta2 * s->second + (1 - beta2) * g * g;
    double one = corrects ? 1 - pow(beta1, t) : 1, two = corrects ? 1 - pow(beta2, t) : 1;
    return w - rate / one * s->first / (sqrt(s->second) / sqrt(two) + option(rule, "epsilon"));
}

static double plain_step(const gd_rule *rule, double rate, int t, bool is_vector, double w, plain_state *s)
{
    double g = sin(3 * w) + 0.25;
    const bool spared = rule->spare_vectors && is_vector;
    const double weight_decay = spared ? 0 : rule->weight_decay, l1 = spared ? 0 : option(rule, "l1");
    const double mu = option(rule, "momentum"), decay = option(rule, "decay"), epsilon = option(rule, "epsilon");
    if (rule->decoupled)
        w *= 1 - rate * weight_decay;
    else
        g += weight_decay * w;
    if (is(rule, "gradient_descent"))
        return w - rate * g;
    if (is(rule, "momentum")) {
        const bool averaging = option(rule, "form") == 1;
        s->first = mu * s->first + (averaging ? 1 - mu : 1) * g;
        return w - rate * s->first / (averaging && option(rule, "bias_correction") != 0 ? 1 - pow(mu, t) : 1);
    }
    if (is(rule, "nesterov")) {
        s->first = mu * s->first + g;
        return w - rate * (g + mu * s->first);
    }
    if (is(rule, "adagrad")) {
        s->first += g * g;
        return w - rate * g / (sqrt(s->first) + epsilon);
    }
    if (is(rule, "rmsprop")) {
        s->first = decay * s->first + (1 - decay) * g * g;
        return w - rate * g / (sqrt(s->first) + epsilon);
    }
    if (is(rule, "ista"))
        return shrink(w - rate * g, rate * l1);
    if (is(rule, "fista")) { // first is z', second s - 1
        double z = shrink(w - rate * g, rate * l1), u = (1 + sqrt(1 + 4 * (1 + s->second) * (1 + s->second))) / 2;
        double next = z + s->second / u * (z - s->first);
        *s = (plain_state){z, u - 1};
        return next;
    }
    return plain_adam(rule, rate, t, w, g, s);
}

// The rate changes from step to step without new graph.
static double rate_of(const gd_rule *rule, int t)
{
    return rule->learning_rate / (1 + 0.1 * (t - 1));
}

static void compare_steps(gd_rule rule, gd_type type, double tolerance)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor parameter[2] = {gd_variable(graph, "m", type, GD_SHAPE(2, 2), (gd_variable_opts){0}),
                              gd_variable(graph, "v", type, GD_SHAPE(VECTOR), (gd_variable_opts){0})};
    for (int i = 0; i < 2; i++) {
        gd_array value = gd_array_borrow(GD_F64, gd_tensor_shape(parameter[i]), start + i * MATRIX);
        assert_int_equal(gd_variable_set(parameter[i], &value), GD_OK);
    }
    gd_tensor gradient[2] = {gradient_of(parameter[0]), gradient_of(parameter[1])};
    gd_tensor rate = number_variable(graph, "rate", GD_F64, 0), step = number_variable(graph, "step", GD_F32, 0);
    gd_assignment_list list = {0};
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 2, parameter, gradient, &list), GD_OK);
    double w[ALL];
    plain_state plain[ALL] = {0};
    memcpy(w, start, sizeof w);
    for (int t = 1; t <= STEPS; t++) {
        set_number(rate, rate_of(&rule, t));
        set_number(step, t);
        take_step(graph, &list);
        for (int i = 0; i < ALL; i++) {
            w[i] = plain_step(&rule, rate_of(&rule, t), t, i >= MATRIX, w[i], &plain[i]);
            double have = i < MATRIX ? element(graph, "m", i) : element(graph, "v", i - MATRIX);
            expect_near(have, w[i], tolerance);
        }
    }
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

static void twenty_steps_of_each_rule(void **state)
{
    (void)state;
    gd_rule averaging = gd_momentum(0.05, 0.8), corrected, decayed = gd_adam(0.01), uncorrected = decayed;
    assert_int_equal(gd_rule_set_word(&averaging, "form", "averaging"), GD_OK);
    corrected = averaging;
    assert_int_equal(gd_rule_set(&corrected, "bias_correction", 1), GD_OK);
    decayed.weight_decay = 0.1;
    assert_int_equal(gd_rule_set(&uncorrected, "bias_correction", 0), GD_OK);
    gd_rule spared = gd_adamw(0.01), heavy = gd_nesterov(0.02, 0.9), no_memory = gd_adam(0.01);
    spared.weight_decay = 0.5;
    spared.spare_vectors = true;
    heavy.weight_decay = 0.2;
    heavy.spare_vectors = true;
    assert_int_equal(gd_rule_set(&no_memory, "beta1", 0), GD_OK);
    assert_int_equal(gd_rule_set(&no_memory, "beta2", 0), GD_OK);
    gd_rule elastic = gd_ista(0.1, 0.3), spared_fista = gd_fista(0.05, 0.2);
    elastic.weight_decay = 0.1;
    spared_fista.spare_vectors = true;
    gd_rule apart = gd_rmsprop(0.01);
    apart.weight_decay = 0.3;
    apart.decoupled = true;
    const gd_rule rules[] = {
        gd_gradient_descent(0.1),
        gd_momentum(0.02, 0.9),
        averaging,
        corrected,
        gd_nesterov(0.02, 0.9),
        heavy,
        gd_adagrad(0.1),
        gd_rmsprop(0.01),
        gd_adam(0.01),
        decayed,
        uncorrected,
        no_memory,
        gd_adamw(0.01),
        spared,
        gd_ista(0.1, 0.3),
        elastic,
        gd_fista(0.05, 0.2),
        spared_fista,
        apart,
    };
    for (int i = 0; i < GD_COUNT_OF(rules); i++) {
        compare_steps(rules[i], GD_F64, 1e-12);
        compare_steps(rules[i], GD_F32, 2e-5);
    }
}

// The mean of the weights at steps 4, 6, 8 …; the weights themselves before that.
static void means_are_of_the_steps_chosen(void **state)
{
    (void)state;
    gd_rule rule = gd_gradient_descent(0.05);
    assert_int_equal(gd_rule_set(&rule, "swa.start", 4), GD_OK);
    assert_int_equal(gd_rule_set(&rule, "swa.every", 2), GD_OK);
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_variable(graph, "w", GD_F64, GD_SCALAR, (gd_variable_opts){0}), g = gradient_of(w);
    set_number(w, 1.5);
    gd_tensor rate = number_variable(graph, "rate", GD_F64, 0.05), step = number_variable(graph, "step", GD_F64, 0);
    gd_assignment_list list = {0};
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &w, &g, &list), GD_OK);
    double weight = 1.5, sum = 0;
    int count = 0;
    for (int t = 1; t <= STEPS; t++) {
        set_number(step, t);
        take_step(graph, &list);
        weight -= 0.05 * (sin(3 * weight) + 0.25);
        if (t >= 4 && t % 2 == 0) {
            sum += weight;
            count++;
        }
        expect_near(element(graph, "w.ema", 0), count == 0 ? weight : sum / count, 1e-12);
    }
    assert_true(count > 1);
    assert_int_equal(gd_rule_set(&rule, "ema.decay", 0.8), GD_OK);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

// Five steps forward and half of the way back, and averages of what comes of it, against loops.
static void wrappers_go_with_any_rule(void **state)
{
    (void)state;
    enum { FORWARD = 3 };
    gd_rule rule = gd_momentum(0.05, 0.9);
    assert_int_equal(gd_rule_set(&rule, "lookahead.steps", FORWARD), GD_OK);
    assert_int_equal(gd_rule_set(&rule, "ema.decay", 0.8), GD_OK);
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_variable(graph, "w", GD_F64, GD_SCALAR, (gd_variable_opts){0}), g = gradient_of(w);
    set_number(w, 1.5);
    gd_tensor rate = number_variable(graph, "rate", GD_F64, 0.05), step = number_variable(graph, "step", GD_F64, 0);
    gd_assignment_list list = {0};
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &w, &g, &list), GD_OK);
    double fast = 1.5, slow = 1.5, average = 1.5, velocity = 0;
    for (int t = 1; t <= STEPS; t++) {
        set_number(step, t);
        take_step(graph, &list);
        velocity = 0.9 * velocity + sin(3 * fast) + 0.25;
        fast -= 0.05 * velocity;
        if (t % FORWARD == 0)
            fast = slow = slow + 0.5 * (fast - slow);
        average = 0.8 * average + 0.2 * fast;
        expect_near(element(graph, "w", 0), fast, 1e-12);
        expect_near(element(graph, "w.slow", 0), slow, 1e-12);
        expect_near(element(graph, "w.ema", 0), average, 1e-12);
    }
    assert_int_equal(gd_swap_averages(graph), GD_OK);
    expect_near(element(graph, "w", 0), average, 1e-12);
    expect_near(element(graph, "w.ema", 0), fast, 1e-12);
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

// Vectors take AdamW's step, at a part of the rate.
static void muon_leaves_vectors_to_adamw(void **state)
{
    (void)state;
    gd_rule muon, adamw = gd_adamw(0.05 * 0.25);
    assert_int_equal(gd_rule_named("muon", &muon), GD_OK);
    muon.learning_rate = 0.05;
    assert_int_equal(gd_rule_set(&muon, "vectors", 0.25), GD_OK);
    assert_int_equal(gd_rule_set(&adamw, "beta2", 0.95), GD_OK);
    assert_int_equal(gd_rule_set(&adamw, "epsilon", 1e-10), GD_OK);
    adamw.weight_decay = 0;
    gd_graph *graph = gd_graph_create();
    gd_tensor w[2], g[2], rate[2], step = number_variable(graph, "step", GD_F64, 0);
    gd_assignment_list list = {0};
    for (int i = 0; i < 2; i++) {
        w[i] = gd_variable(graph, i == 0 ? "a" : "b", GD_F64, GD_SHAPE(VECTOR), (gd_variable_opts){0});
        gd_array value = gd_array_borrow(GD_F64, GD_SHAPE(VECTOR), start);
        assert_int_equal(gd_variable_set(w[i], &value), GD_OK);
        g[i] = gradient_of(w[i]);
        rate[i] = gd_scalar_like(step, i == 0 ? 0.05 : 0.0125);
        assert_int_equal(gd_rule_assignments(i == 0 ? &muon : &adamw, graph, rate[i], step, 1, &w[i], &g[i], &list),
                         GD_OK);
    }
    assert_true(gd_variable_find(graph, "a.momentum").graph == NULL);
    for (int t = 1; t <= STEPS; t++) {
        set_number(step, t);
        take_step(graph, &list);
        for (int i = 0; i < VECTOR; i++)
            expect_near(element(graph, "a", i), element(graph, "b", i), 1e-12);
    }
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

// Normalised, w goes to the norm sqrt(rows) before the step: what it was before says nothing but its direction.
static void muon_normalizes(void **state)
{
    (void)state;
    static const double first[4] = {3, 0, 0, -4};
    gd_rule rule;
    assert_int_equal(gd_rule_named("muon", &rule), GD_OK);
    assert_int_equal(gd_rule_set(&rule, "normalize", 1), GD_OK);
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_variable(graph, "w", GD_F64, GD_SHAPE(2, 2), (gd_variable_opts){0});
    const gd_array value = gd_array_borrow(GD_F64, GD_SHAPE(2, 2), (void *)(uintptr_t)first);
    assert_int_equal(gd_variable_set(w, &value), GD_OK);
    gd_tensor g = gradient_of(w), step = number_variable(graph, "step", GD_F64, 1);
    gd_assignment_list list = {0};
    assert_int_equal(gd_rule_assignments(&rule, graph, gd_scalar_like(step, 0), step, 1, &w, &g, &list), GD_OK);
    take_step(graph, &list);
    for (int i = 0; i < 4; i++)
        expect_near(element(graph, "w", i), first[i] * sqrt(2) / 5, 1e-6);
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

// A rule of the program's own: a step by the sign, whose size is an option.
typedef struct sign_options {
    double size;
} sign_options;

static void write_sign(gd_rule_call *call)
{
    const sign_options *o = call->options;
    call->result = gd_sub(call->w, gd_scale(gd_sign(call->g), o->size));
}

static const gd_option sign_keys[] = {
    GD_RULE_RATE("1"),
    {GD_RULE_OWN(sign_options, size), .type = GD_OPTION_NUMBER, .standard = "0.5", .doc = "of a step"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};
static const gd_rule_kind sign_kind = {
    .record = {.name = "signs", .doc = "w = w - size sign(g)", .options = sign_keys, .options_size = sizeof(gd_rule)},
    .write = write_sign,
};

static void a_program_adds_a_rule(void **state)
{
    (void)state;
    gd_rule_kind small = sign_kind, idle = sign_kind;
    small.record.options_size = 8;
    idle.write = NULL;
    assert_int_equal(gd_rule_register(&small), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_rule_register(&idle), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_rule_register(&sign_kind), GD_OK);
    assert_int_equal(gd_rule_register(&sign_kind), GD_ERROR_ARGUMENT);
    gd_rule rule;
    assert_int_equal(gd_rule_named("signs", &rule), GD_OK);
    assert_int_equal(gd_rule_check(&rule), GD_OK);
    course c = course_create(rule, 1);
    take_step(c.graph, &c.list);
    expect_near(element(c.graph, "w", 0), 0.1, 1e-12);
    course_free(&c);
}

// Parameters of two types in one list take the shared numbers in their own type.
static void types_mix(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor parameter[2] = {gd_variable(graph, "a", GD_F32, GD_SHAPE(1), (gd_variable_opts){0}),
                              gd_variable(graph, "b", GD_F64, GD_SHAPE(1), (gd_variable_opts){0})};
    gd_tensor gradient[2] = {gd_ones_like(parameter[0]), gd_ones_like(parameter[1])};
    gd_rule rule = gd_adam(0.5);
    gd_assignment_list list = {0};
    gd_tensor rate = number_variable(graph, "rate", GD_F32, 0.5), step = number_variable(graph, "step", GD_I32, 1);
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 2, parameter, gradient, &list), GD_OK);
    take_step(graph, &list);
    expect_near(element(graph, "a", 0), -0.5, 1e-6);
    expect_near(element(graph, "b", 0), -0.5, 1e-7);
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

static void state_is_named_after_parameters(void **state)
{
    (void)state;
    const struct {
        gd_rule rule;
        const char *slot[2];
    } rows[] = {
        {gd_gradient_descent(0.1), {NULL, NULL}},    {gd_momentum(0.1, 0.9), {"momentum", NULL}},
        {gd_nesterov(0.1, 0.9), {"momentum", NULL}}, {gd_adagrad(0.1), {"sum", NULL}},
        {gd_rmsprop(0.1), {"square_avg", NULL}},     {gd_adam(0.1), {"exp_avg", "exp_avg_sq"}},
        {gd_adamw(0.1), {"exp_avg", "exp_avg_sq"}},  {gd_ista(0.1, 0.1), {NULL, NULL}},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        course c = course_create(rows[i].rule, 1);
        int slots = 0;
        for (; slots < 2 && rows[i].slot[slots] != NULL; slots++) {
            char name[40];
            snprintf(name, sizeof name, "w.%s", rows[i].slot[slots]);
            gd_tensor variable = gd_variable_find(c.graph, name);
            expect_shape(variable, GD_SHAPE(4, 5));
            assert_false(gd_variable_trainable(variable));
        }
        assert_int_equal(gd_variable_count(c.graph), 3 + slots); // w, rate, step
        assert_int_equal(c.list.count, 1 + slots);
        course_free(&c);
    }
}

static void rules_by_name(void **state)
{
    (void)state;
    for (int i = 0; i < gd_record_count(gd_rule_kinds()); i++) {
        const gd_record *record = gd_record_at(gd_rule_kinds(), i);
        gd_rule rule;
        assert_int_equal(gd_rule_named(record->name, &rule), GD_OK);
        assert_int_equal(gd_rule_check(&rule), GD_OK);
        assert_string_equal(gd_rule_name(&rule), record->name);
        assert_non_null(record->doc);
        assert_true((gd_rule_stepper(&rule) == NULL) != (gd_rule_minimiser(&rule) == NULL));
    }
    gd_rule rule;
    assert_int_equal(gd_rule_named("SGD", &rule), GD_OK);
    assert_true(rule.kind == gd_gradient_descent(1).kind);
    assert_int_equal(gd_rule_named("adm", &rule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "unknown optimizer 'adm', did you mean 'adam'?");
}

// The constructors have the defaults of the records, whatever they are given.
static void constructors_have_the_defaults(void **state)
{
    (void)state;
    gd_rule made[] = {gd_gradient_descent(0.01), gd_momentum(0.01, 0.9), gd_nesterov(0.01, 0.9), gd_adagrad(0.01),
                      gd_rmsprop(0.01),          gd_adam(0.001),         gd_adamw(0.001),        gd_ista(0.01, 0.001),
                      gd_fista(0.01, 0.001),     gd_lbfgs_rule(6)};
    for (int i = 0; i < GD_COUNT_OF(made); i++) {
        gd_rule named;
        assert_int_equal(gd_rule_named(gd_rule_name(&made[i]), &named), GD_OK);
        named.spare_vectors = false; // ISTA's and FISTA's is on in recipes
        assert_memory_equal(&named, &made[i], sizeof named);
    }
}

static void options_are_set_by_name(void **state)
{
    (void)state;
    gd_rule rule = gd_adam(0.1);
    assert_int_equal(gd_rule_set(&rule, "beta1", 0.8), GD_OK);
    assert_true(gd_rule_get(&rule, "beta1") == 0.8);
    assert_int_equal(gd_rule_set(&rule, "learning_rate", 0.2), GD_OK);
    assert_true(rule.learning_rate == 0.2);
    assert_true(isnan(gd_rule_get(&rule, "momentum")));
    assert_int_equal(gd_rule_set(&rule, "beta1", 1), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "adam: beta1 is 1, expected a number of at least 0 and below 1");
    assert_int_equal(gd_rule_set(&rule, "momentum", 0.5), GD_ERROR_ARGUMENT);
    // An option of a map gives the map, with the defaults of the others.
    assert_true(rule.lookahead.steps == 0);
    assert_int_equal(gd_rule_set(&rule, "lookahead.part", 0.8), GD_OK);
    assert_true(rule.lookahead.steps == 5 && rule.lookahead.part == 0.8);
    assert_int_equal(gd_rule_set(&rule, "ema.decay", 0.9), GD_OK);
    assert_true(rule.ema.decay == 0.9);
    assert_int_equal(gd_rule_set(&rule, "ema.decays", 0.9), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_rule_check(&rule), GD_OK);
    rule.lookahead.part = 2;
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule = gd_momentum(0.1, 0.9);
    assert_int_equal(gd_rule_set_word(&rule, "form", "averagin"), GD_ERROR_ARGUMENT);
}

static void fields_out_of_range(void **state)
{
    (void)state;
    gd_rule rule = gd_momentum(0.1, 1);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "momentum: momentum is 1, expected a number of at least 0 and below 1");
    rule = gd_adam((double)NAN);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule = gd_adamw(-1);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule = gd_ista(0.1, -1);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule = gd_lbfgs_rule(0);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "lbfgs: history is 0, expected a whole number of at least 1 and at most 1000");
    rule = gd_lbfgs_rule(6);
    rule.weight_decay = 0.1;
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule = gd_lbfgs_rule(6);
    rule.ema.decay = 0.9;
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule = (gd_rule){0};
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
    rule.kind = gd_record_at(gd_schedule_kinds(), 0);
    assert_int_equal(gd_rule_check(&rule), GD_ERROR_ARGUMENT);
}

static void gradients_that_do_not_fit(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_variable(graph, "w", GD_F32, GD_SHAPE(3), (gd_variable_opts){0});
    gd_tensor short_one = CONSTANT(graph, GD_F32, GD_SHAPE(2), 1, 2), none = GD_NO_TENSOR;
    gd_tensor rate = gd_scalar(graph, 0.1), step = gd_scalar(graph, 1);
    gd_rule rule = gd_lbfgs_rule(6);
    gd_assignment_list list = {0};
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &w, &w, &list), GD_ERROR_UNSUPPORTED);
    rule = gd_adam(0.1);
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &w, &short_one, &list), GD_ERROR_SHAPE);
    assert_string_equal(gd_last_error(), "parameter 'w' is f32 [3], its gradient f32 [2]");
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &w, &none, &list), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &short_one, &w, &list), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_rule_assignments(&rule, graph, none, step, 1, &w, &w, &list), GD_ERROR_ARGUMENT);
    assert_null(gd_graph_error(graph));
    assert_int_equal(gd_rule_assignments(&rule, graph, short_one, step, 1, &w, &w, &list), GD_ERROR_SHAPE);
    assert_non_null(strstr(gd_last_error(), "the learning rate is [2], expected a single number"));
    gd_assignment_list_free(&list);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(momentum_gives_the_course_numbers),
        cmocka_unit_test(rmsprop_gives_the_course_numbers),
        cmocka_unit_test(adam_gives_the_course_numbers),
        cmocka_unit_test(twenty_steps_of_each_rule),
        cmocka_unit_test(wrappers_go_with_any_rule),
        cmocka_unit_test(means_are_of_the_steps_chosen),
        cmocka_unit_test(muon_leaves_vectors_to_adamw),
        cmocka_unit_test(muon_normalizes),
        cmocka_unit_test(types_mix),
        cmocka_unit_test(state_is_named_after_parameters),
        cmocka_unit_test(rules_by_name),
        cmocka_unit_test(constructors_have_the_defaults),
        cmocka_unit_test(options_are_set_by_name),
        cmocka_unit_test(fields_out_of_range),
        cmocka_unit_test(gradients_that_do_not_fit),
        cmocka_unit_test(a_program_adds_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
