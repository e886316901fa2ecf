// Every rule and schedule against the numbers of PyTorch and of the papers' formulas: optim.safetensors and
// schedules.json are group D of the golden fixtures. Twelve steps of each rule, in f32 and f64, on the kernels that
// training runs on.
#include <gradus/io.h>
#include <gradus/run.h>
#include <jansson.h>
#include <stdio.h>

#include "optim/stepper.h"

enum { STEPS = 12, PARTS = 2, MOST_SETTINGS = 6, P = 12, Q = 5, RATES = 40 };
static const char *const part_name[PARTS] = {"p", "q"};

typedef struct setting {
    const char *name;
    double value;
} setting;

typedef struct row {
    const char *name, *rule; // the case; the kind
    setting set[MOST_SETTINGS];
    double clip_value, clip_norm;
    bool maximize, matrix_only;
    const char *slot; // compared in place of the parameter
} row;

static const row rows[] = {
    {.name = "sgd", .rule = "gradient_descent", .set = {{"learning_rate", 0.05}}},
    {.name = "sgd_momentum", .rule = "momentum", .set = {{"learning_rate", 0.05}}},
    {.name = "sgd_nesterov", .rule = "nesterov", .set = {{"learning_rate", 0.05}}},
    {.name = "sgd_dampening", .rule = "momentum", .set = {{"learning_rate", 0.05}, {"dampening", 0.3}}},
    {.name = "sgd_decay", .rule = "momentum", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "sgd_nesterov_decay", .rule = "nesterov", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "sgd_maximize", .rule = "gradient_descent", .set = {{"learning_rate", 0.05}}, .maximize = true},
    {.name = "adam", .rule = "adam", .set = {{"learning_rate", 0.05}}},
    {.name = "adam_decay", .rule = "adam", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "adam_betas_eps",
     .rule = "adam",
     .set = {{"learning_rate", 0.05}, {"beta1", 0.8}, {"beta2", 0.95}, {"epsilon", 1e-3}}},
    {.name = "amsgrad", .rule = "adam", .set = {{"learning_rate", 0.05}, {"beta2", 0.5}, {"amsgrad", 1}}},
    {.name = "adamw", .rule = "adamw", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "adamw", .rule = "adam", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}, {"decoupled", 1}}},
    {.name = "adamw_amsgrad",
     .rule = "adamw",
     .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}, {"beta2", 0.5}, {"amsgrad", 1}}},
    {.name = "nadam", .rule = "nadam", .set = {{"learning_rate", 0.05}}},
    {.name = "nadam_decay", .rule = "nadam", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "nadamw", .rule = "nadam", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}, {"decoupled", 1}}},
    {.name = "radam", .rule = "radam", .set = {{"learning_rate", 0.05}}},
    {.name = "radam_decay", .rule = "radam", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "adamax", .rule = "adamax", .set = {{"learning_rate", 0.05}}},
    {.name = "adamax_decay", .rule = "adamax", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "adagrad", .rule = "adagrad", .set = {{"learning_rate", 0.05}}},
    {.name = "adagrad_decay_init",
     .rule = "adagrad",
     .set = {{"learning_rate", 0.05}, {"rate_decay", 0.1}, {"weight_decay", 0.1}, {"initial", 0.5}}},
    {.name = "adadelta", .rule = "adadelta", .set = {{"learning_rate", 1}}},
    {.name = "adadelta_decay",
     .rule = "adadelta",
     .set = {{"learning_rate", 0.5}, {"decay", 0.8}, {"epsilon", 1e-3}, {"weight_decay", 0.1}}},
    {.name = "rmsprop", .rule = "rmsprop", .set = {{"learning_rate", 0.05}}},
    {.name = "rmsprop_centered", .rule = "rmsprop", .set = {{"learning_rate", 0.05}, {"centered", 1}}},
    {.name = "rmsprop_momentum",
     .rule = "rmsprop",
     .set = {{"learning_rate", 0.05}, {"momentum", 0.9}, {"decay", 0.9}}},
    {.name = "rmsprop_centered_momentum_decay",
     .rule = "rmsprop",
     .set = {{"learning_rate", 0.05}, {"momentum", 0.9}, {"decay", 0.9}, {"centered", 1}, {"weight_decay", 0.1}}},
    {.name = "rprop", .rule = "rprop", .set = {{"learning_rate", 0.05}}},
    {.name = "asgd", .rule = "asgd", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "asgd_t0_4", .rule = "asgd", .set = {{"learning_rate", 0.05}, {"start", 4}, {"alpha", 0.5}}},
    {.name = "lion_wd0.0", .rule = "lion", .set = {{"learning_rate", 0.05}}},
    {.name = "lion_wd0.1", .rule = "lion", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    {.name = "lamb_wd0.0", .rule = "lamb", .set = {{"learning_rate", 0.05}}},
    {.name = "lamb_wd0.1", .rule = "lamb", .set = {{"learning_rate", 0.05}, {"weight_decay", 0.1}}},
    // There the vector takes plain gradient descent.
    {.name = "muon", .rule = "muon", .set = {{"learning_rate", 0.05}, {"nesterov", 0}}, .matrix_only = true},
    {.name = "muon_nesterov", .rule = "muon", .set = {{"learning_rate", 0.05}}, .matrix_only = true},
    {.name = "clip_norm_1", .rule = "gradient_descent", .set = {{"learning_rate", 0.05}}, .clip_norm = 1},
    {.name = "clip_value_.3", .rule = "gradient_descent", .set = {{"learning_rate", 0.05}}, .clip_value = 0.3},
    {.name = "ema_.9", .rule = "momentum", .set = {{"learning_rate", 0.05}, {"ema.decay", 0.9}}, .slot = "ema"},
};

static gd_tensor_file *open_golden(void)
{
    gd_tensor_file *file;
    if (gd_tensor_file_open("tests/optim/optim.safetensors", &file) != GD_OK)
        fail_msg("%s", gd_last_error());
    return file;
}

static const gd_array *get(const gd_tensor_file *file, const char *name, const char *key, const char *part)
{
    char full[100];
    snprintf(full, sizeof full, "%s/%s%s", name, key, part);
    const gd_array *array = gd_tensor_file_get(file, full);
    if (array == NULL)
        fail_msg("there is no %s", full);
    return array;
}

static gd_tensor fixture_constant(gd_graph *graph, const gd_tensor_file *file, const char *key, const char *part,
                                  gd_type type)
{
    const gd_tensor constant = gd_constant(graph, get(file, "problem", key, part));
    return type == GD_F32 ? constant : gd_cast(constant, type);
}

// a (w - c) + b cos(w)
static gd_tensor gradient_of(const gd_tensor_file *file, gd_tensor w, const char *part)
{
    const gd_type type = gd_tensor_type(w);
    const gd_tensor a = fixture_constant(w.graph, file, "in.a_", part, type);
    const gd_tensor b = fixture_constant(w.graph, file, "in.b_", part, type);
    const gd_tensor c = fixture_constant(w.graph, file, "in.c_", part, type);
    return gd_add(gd_mul(a, gd_sub(w, c)), gd_mul(b, gd_cos(w)));
}

static gd_rule make_rule(const row *r)
{
    gd_rule rule;
    assert_int_equal(gd_rule_named(r->rule, &rule), GD_OK);
    for (int i = 0; i < MOST_SETTINGS && r->set[i].name != NULL; i++)
        if (gd_rule_set(&rule, r->set[i].name, r->set[i].value) != GD_OK)
            fail_msg("%s: %s", r->name, gd_last_error());
    return rule;
}

// |have - want| <= tolerance max(1, |want|), in the step (0: before the first).
static void compare(const row *r, const gd_tensor_file *file, gd_tensor variable, int part, int step, double tolerance)
{
    const gd_array *truth = get(file, r->name, "out.", part_name[part]);
    const int64_t count = part == 0 ? P : Q;
    gd_array have;
    assert_int_equal(gd_variable_get(variable, &have), GD_OK);
    double largest = 1, worst = 0;
    for (int64_t i = 0; i < count; i++) {
        const double want = gd_array_get(truth, step * count + i);
        const double off = fabs(gd_array_get(&have, i) - want);
        largest = fmax(largest, fabs(want));
        worst = off > worst || isnan(off) ? off : worst;
    }
    gd_array_free(&have);
    if (!(worst <= tolerance * largest))
        fail_msg("%s in %s, step %d, %s: off by %g", r->name, gd_type_name(gd_tensor_type(variable)), step,
                 part_name[part], worst);
}

static gd_function *write_problem(const row *r, const gd_tensor_file *file, gd_type type, gd_tensor shown[PARTS])
{
    const gd_rule rule = make_rule(r);
    gd_graph *graph = gd_graph_create();
    gd_tensor w[PARTS], g[PARTS], done = number_variable(graph, "done", type, 0), step = gd_shift(done, 1);
    for (int i = 0; i < PARTS; i++) {
        const gd_array *start = get(file, "problem", "in.w_", part_name[i]);
        w[i] = gd_variable(graph, part_name[i], type, start->shape, (gd_variable_opts){0});
        assert_int_equal(gd_variable_set(w[i], start), GD_OK);
        g[i] = gradient_of(file, w[i], part_name[i]);
        if (r->maximize)
            g[i] = gd_neg(g[i]);
    }
    if (r->clip_value > 0)
        gd_clip_gradients_by_value(PARTS, g, r->clip_value);
    if (r->clip_norm > 0)
        gd_clip_gradients_by_norm(PARTS, g, r->clip_norm);
    gd_assignment_list list = {0};
    const gd_tensor rate = gd_scalar_like(step, rule.learning_rate);
    if (gd_rule_assignments(&rule, graph, rate, step, PARTS, w, g, &list) != GD_OK)
        fail_msg("%s: %s", r->name, gd_last_error());
    assert_int_equal(gd_assignment_list_add(&list, done, step), GD_OK);
    for (int i = 0; i < PARTS; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s%s%s", part_name[i], r->slot == NULL ? "" : ".", r->slot == NULL ? "" : r->slot);
        shown[i] = gd_variable_find(graph, name);
    }
    gd_function *function = gd_function_create(
        graph, 1, &step, (gd_function_opts){.assignment = list.assignment, .assignment_count = list.count});
    if (function == NULL)
        fail_msg("%s: %s", r->name, gd_last_error());
    gd_assignment_list_free(&list);
    return function;
}

static void twelve_steps(const row *r, const gd_tensor_file *file, gd_type type, double tolerance)
{
    gd_tensor shown[PARTS];
    gd_function *function = write_problem(r, file, type, shown);
    for (int step = 1; step <= STEPS; step++) {
        gd_array result = {0};
        if (gd_function_run(function, 0, NULL, &result) != GD_OK)
            fail_msg("%s: %s", r->name, gd_last_error());
        gd_array_free(&result);
        for (int i = 0; i < (r->matrix_only ? 1 : PARTS); i++)
            compare(r, file, shown[i], i, step, tolerance);
    }
    gd_graph *graph = shown[0].graph;
    gd_function_free(function);
    gd_graph_free(graph);
}

static void rules_land_on_the_truth(void **state)
{
    (void)state;
    gd_tensor_file *file = open_golden();
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        twelve_steps(&rows[i], file, GD_F64, 1e-9);
        twelve_steps(&rows[i], file, GD_F32, strcmp(rows[i].name, "clip_value_.3") == 0 ? 9e-6 : 6e-6);
    }
    gd_tensor_file_free(file);
}

// No rule is left out: each kind that writes steps has a row here, or none has a truth.
static void every_rule_has_a_row(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"ista", "fista"}; // tests/optim/test_lasso.c
    for (int k = 0; k < gd_record_count(gd_rule_kinds()); k++) {
        gd_rule rule;
        assert_int_equal(gd_rule_named(gd_record_at(gd_rule_kinds(), k)->name, &rule), GD_OK);
        bool found = gd_rule_stepper(&rule) == NULL;
        for (int i = 0; i < GD_COUNT_OF(rows); i++)
            found = found || strcmp(rows[i].rule, gd_rule_name(&rule)) == 0;
        for (int i = 0; i < GD_COUNT_OF(elsewhere); i++)
            found = found || strcmp(elsewhere[i], gd_rule_name(&rule)) == 0;
        if (!found)
            fail_msg("%s has no row", gd_rule_name(&rule));
    }
}

// ---- Schedules: base 0.1, a step an epoch, 40 steps

typedef struct part {
    const char *kind;
    setting set[MOST_SETTINGS];
} part;

enum { MOST_PARTS = 2 };

typedef struct schedule_row {
    const char *name;
    double base;
    part part[MOST_PARTS];
} schedule_row;

static const schedule_row schedules[] = {
    {"step", 0.1, {{"step", {{"every", 7}, {"factor", 0.5}}}}},
    {"exponential", 0.1, {{"exponential", {{"factor", 0.9}}}}},
    // PyTorch's cosine comes back after its T_max steps.
    {"cosine",
     0.1,
     {{"cosine", {{"final", 0.01}, {"epochs", 20}}}, {"cosine", {{"from", 0.01}, {"final", 1}, {"steps", 20}}}}},
    {"cosine_restarts", 0.1, {{"cosine_restarts", {{"every", 5}, {"times", 2}, {"final", 0.01}}}}},
    {"onecycle", 0.5, {{"one_cycle", {{0}}}}},
    {"onecycle_linear_3phase", 0.5, {{"one_cycle", {{"rise", 0.4}, {"three_phases", 1}, {"shape linear", 0}}}}},
    {"polynomial", 0.1, {{"polynomial", {{"power", 2}, {"steps", 30}}}}},
    {"linear_warmup", 0.1, {{"linear", {{"from", 0.1}, {"final", 1}, {"epochs", 10}}}}},
    {"constant", 0.1, {{"constant", {{"factor", 0.25}, {"steps", 6}}}, {"constant", {{0}}}}},
    {"cyclic_triangular", 0.1, {{"cyclic", {{"from", 0.1}, {"final", 2}, {"up", 6}, {"down", 9}}}}},
    {"cyclic_triangular2", 0.1, {{"cyclic", {{"from", 0.1}, {"final", 2}, {"up", 6}, {"factor", 0.5}}}}},
    {"warmup_then_cosine", 0.1, {{"linear", {{"from", 0.1}, {"final", 1}, {"steps", 8}}}, {"cosine", {{"steps", 32}}}}},
    {"plateau", 0.1, {{"plateau", {{"factor", 0.5}, {"patience", 3}}}}},
    {"plateau_abs",
     0.1,
     {{"plateau",
       {{"factor", 0.5}, {"patience", 2}, {"threshold", 0.01}, {"absolute", 1}, {"cooldown", 2}, {"minimum", 0.01}}}}},
};

static gd_schedule make_part(const part *p)
{
    gd_schedule schedule;
    assert_int_equal(gd_schedule_named(p->kind, &schedule), GD_OK);
    for (int i = 0; i < MOST_SETTINGS && p->set[i].name != NULL; i++) {
        const bool is_shape = strcmp(p->set[i].name, "shape linear") == 0;
        const gd_status status = is_shape ? gd_schedule_set_word(&schedule, "shape", "linear")
                                          : gd_schedule_set(&schedule, p->set[i].name, p->set[i].value);
        if (status != GD_OK)
            fail_msg("%s: %s", p->kind, gd_last_error());
    }
    return schedule;
}

static void compare_rate(const char *name, int step, double have, double want)
{
    if (!(fabs(have - want) <= 1e-9 * fmax(1, fabs(want))))
        fail_msg("%s, step %d: the rate is %.12g, expected %.12g", name, step, have, want);
}

static void check_schedule(const char *name, double base, gd_schedule *schedule, const json_t *truth)
{
    const json_t *rates = json_object_get(truth, "lr"), *metric = json_object_get(truth, "metric");
    const json_t *after = json_object_get(truth, "lr_after");
    assert_int_equal(gd_schedule_check(schedule), GD_OK);
    for (int step = 0; step < RATES; step++) {
        if (rates != NULL) {
            compare_rate(name, step, gd_schedule_at(schedule, base, step, 1, RATES),
                         json_number_value(json_array_get(rates, (size_t)step)));
            continue;
        }
        gd_schedule_observe(schedule, json_number_value(json_array_get(metric, (size_t)step)), step + 1, 1);
        compare_rate(name, step, gd_schedule_at(schedule, base, step + 1, 1, RATES),
                     json_number_value(json_array_get(after, (size_t)step)));
    }
}

static void schedules_land_on_the_truth(void **state)
{
    (void)state;
    json_error_t error;
    json_t *all = json_load_file("tests/optim/schedules.json", 0, &error);
    assert_non_null(all);
    for (int i = 0; i < GD_COUNT_OF(schedules); i++) {
        const schedule_row *r = &schedules[i];
        gd_schedule first = make_part(&r->part[0]), second = {0};
        if (r->part[1].kind != NULL) {
            second = make_part(&r->part[1]);
            first.then = &second;
        }
        check_schedule(r->name, r->base, &first, json_object_get(all, r->name));
    }
    gd_schedule drops = gd_multistep_schedule(3, (int64_t[]){5, 12, 13}, 0.3);
    check_schedule("multistep", 0.1, &drops, json_object_get(all, "multistep"));
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_land_on_the_truth),
        cmocka_unit_test(every_rule_has_a_row),
        cmocka_unit_test(schedules_land_on_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
