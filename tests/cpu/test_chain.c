// Fused chains: which instructions are merged, that merging changes no bit, and which results go straight to memory.
#include <gradus/ops.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "cpu/chain_program.h"
#include "cpu/compare.h"
#include "graph/specialise.h"
#include "plan/plan.h"

// ---- Patterns

// Each writes a graph of variables x[0] … x[3] and says how many outputs it has.
typedef int pattern(const gd_tensor *x, gd_tensor *y);

#define PATTERN(name, ...)                                                                                             \
    static int name(const gd_tensor *x, gd_tensor *y)                                                                  \
    {                                                                                                                  \
        const gd_tensor a = x[0], b = x[1], c = x[2], d = x[3];                                                        \
        (void)a, (void)b, (void)c, (void)d;                                                                            \
        __VA_ARGS__                                                                                                    \
    }
#define ONE(name, expression) PATTERN(name, y[0] = (expression); return 1;)

ONE(scaled_sum, gd_add(gd_scale(a, 0.9), gd_scale(b, 0.1)))
ONE(scaled_difference, gd_sub(gd_scale(a, 0.9), gd_scale(b, 0.1)))
ONE(sum_scaled_left, gd_add(gd_scale(a, -1.3), b))
ONE(sum_scaled_right, gd_add(a, gd_scale(b, 0.3)))
ONE(difference_scaled_left, gd_sub(gd_scale(a, 0.3), b))
ONE(difference_scaled_right, gd_sub(a, gd_scale(b, 0.3)))
ONE(sum_with_negative, gd_add(gd_neg(a), b))
ONE(sum_with_itself, gd_add(gd_scale(a, 0.7), a))
ONE(scaled_square, gd_add(gd_scale(a, 0.9), gd_scale(gd_square(b), 0.1)))
ONE(scaled_square_first, gd_sub(gd_scale(gd_square(b), 0.1), a))
ONE(value_minus_its_square, gd_sub(a, gd_square(a)))
ONE(two_squares, gd_add(gd_square(a), gd_square(b)))
ONE(descent, gd_sub(a, gd_mul(b, c)))
ONE(product_minus_value, gd_sub(gd_mul(b, c), a))
ONE(sum_of_products, gd_add(gd_mul(a, b), gd_mul(c, d)))
ONE(square_and_product, gd_add(gd_square(a), gd_scale(gd_mul(b, c), 0.3)))
ONE(product_and_square, gd_sub(gd_scale(gd_mul(b, c), 0.3), gd_square(a)))
ONE(square_by_product, gd_sub(a, gd_mul(b, b)))
ONE(quotient_right, gd_sub(a, gd_mul(b, gd_div(c, d))))
ONE(quotient_left, gd_sub(gd_scale(gd_mul(gd_div(c, d), b), 0.3), a))
ONE(two_quotients, gd_add(a, gd_mul(gd_div(c, d), gd_div(b, d))))
ONE(shifted_scale, gd_shift(gd_scale(a, 2), -1))
ONE(one_minus, gd_shift(gd_neg(a), 1))
ONE(one_minus_square, gd_shift(gd_neg(gd_square(a)), 1))
ONE(shifted_product, gd_shift(gd_mul(a, b), 0.3))
ONE(shifted_root, gd_shift(gd_sqrt(a), 1e-3))
ONE(shifted_scaled_root, gd_shift(gd_mul(gd_sqrt(a), b), 1e-3))
ONE(shifted_root_scaled_left, gd_shift(gd_scale(gd_mul(b, gd_sqrt(a)), 3), 1e-3))
ONE(shifted_quotient, gd_shift(gd_mul(gd_div(a, b), c), 1))
PATTERN(chain_of_sums, gd_tensor s = gd_add(gd_scale(a, 0.9), b);
        y[0] = gd_sub(s, gd_mul(c, gd_shift(gd_sqrt(d), 0.1))); return 1;)
// What is read twice stays.
PATTERN(scale_read_twice, gd_tensor s = gd_scale(a, 0.9); y[0] = gd_mul(gd_add(s, b), s); return 1;)
PATTERN(product_with_itself, gd_tensor s = gd_mul(a, b); y[0] = gd_add(s, s); return 1;)
PATTERN(quotient_read_twice, gd_tensor q = gd_div(c, d); y[0] = gd_mul(gd_sub(a, gd_mul(b, q)), q); return 1;)
PATTERN(square_read_twice, gd_tensor s = gd_square(b); y[0] = gd_mul(gd_add(a, gd_scale(s, 0.1)), s); return 1;)
// So does what leaves the chain.
PATTERN(scale_stored, y[1] = gd_scale(a, 0.9); y[0] = gd_add(y[1], gd_scale(b, 0.1)); return 2;)
PATTERN(square_stored, y[1] = gd_square(b); y[0] = gd_add(a, gd_scale(y[1], 0.1)); return 2;)
PATTERN(product_stored, y[1] = gd_mul(b, c); y[0] = gd_sub(a, y[1]); return 2;)
PATTERN(quotient_stored, y[1] = gd_div(c, d); y[0] = gd_sub(a, gd_mul(b, y[1])); return 2;)
PATTERN(root_stored, y[1] = gd_sqrt(a); y[0] = gd_shift(gd_mul(y[1], b), 1e-3); return 2;)

#define OP(name) GD__CHAIN_OP_##name
static const struct {
    const char *what;
    pattern *make;
    int count;
    int code[3]; // of the instructions, where all operands are of the full shape
} patterns[] = {
    {"p a + q b", scaled_sum, 1, {OP(blend)}},
    {"p a - q b", scaled_difference, 1, {OP(blend)}},
    {"p a + b", sum_scaled_left, 1, {OP(blend)}},
    {"a + q b", sum_scaled_right, 1, {OP(blend)}},
    {"p a - b", difference_scaled_left, 1, {OP(blend)}},
    {"a - q b", difference_scaled_right, 1, {OP(blend)}},
    {"-a + b", sum_with_negative, 1, {OP(blend)}},
    {"p a + a", sum_with_itself, 1, {OP(blend)}},
    {"p a + q b b", scaled_square, 1, {OP(blend_square)}},
    {"q b b - a", scaled_square_first, 1, {OP(blend_square)}},
    {"a - a a", value_minus_its_square, 1, {OP(blend_square)}},
    {"a a + b b", two_squares, 2, {OP(square), OP(blend_square)}},
    {"a - b c", descent, 1, {OP(blend_product)}},
    {"b c - a", product_minus_value, 1, {OP(blend_product)}},
    {"a b + c d", sum_of_products, 2, {OP(mul), OP(blend_product)}},
    {"a a + q b c", square_and_product, 2, {OP(square), OP(blend_product)}},
    {"q b c - a a", product_and_square, 2, {OP(square), OP(blend_product)}},
    {"a - b b as a product", square_by_product, 1, {OP(blend_product)}},
    {"a - b (c / d)", quotient_right, 1, {OP(blend_quotient)}},
    {"q (c / d) b - a", quotient_left, 1, {OP(blend_quotient)}},
    {"a + (c / d) (b / d)", two_quotients, 2, {OP(div), OP(blend_quotient)}},
    {"2 a - 1", shifted_scale, 1, {OP(affine)}},
    {"1 - a", one_minus, 1, {OP(affine)}},
    {"1 - a a", one_minus_square, 1, {OP(affine_square)}},
    {"a b + p", shifted_product, 1, {OP(affine_product)}},
    {"sqrt(a) + p", shifted_root, 1, {OP(affine_root)}},
    {"sqrt(a) b + p", shifted_scaled_root, 1, {OP(affine_scaled_root)}},
    {"3 b sqrt(a) + p", shifted_root_scaled_left, 1, {OP(affine_scaled_root)}},
    {"(a / b) c + p", shifted_quotient, 2, {OP(div), OP(affine_product)}},
    {"p a + b - c (sqrt(d) + p)", chain_of_sums, 3, {OP(blend), OP(affine_root), OP(blend_product)}},
    {"a scale read twice", scale_read_twice, 3, {OP(scale), OP(add), OP(mul)}},
    {"a product added to itself", product_with_itself, 2, {OP(mul), OP(add)}},
    {"a quotient read twice", quotient_read_twice, 3, {OP(div), OP(blend_product), OP(mul)}},
    {"a square read twice", square_read_twice, 3, {OP(square), OP(blend), OP(mul)}},
    {"a scale stored", scale_stored, 2, {OP(scale), OP(blend)}},
    {"a square stored", square_stored, 2, {OP(square), OP(blend)}},
    {"a product stored", product_stored, 2, {OP(mul), OP(sub)}},
    {"a quotient stored", quotient_stored, 2, {OP(div), OP(blend_product)}},
    {"a root stored", root_stored, 2, {OP(sqrt), OP(affine_product)}},
};

// ---- Plans

enum { VALUES = 4, MOST = 8 };

// Plans what is in `wanted`: outputs, new values, and the variables that take them.
static gd__plan *plan_of(gd_graph *graph, int outputs, int assignments, const gd_tensor *wanted, gd__plan_opts opts)
{
    gd__ref ref[MOST], mapped[MOST];
    int values = outputs + assignments, all = values + assignments;
    assert_true(all <= MOST);
    for (int i = 0; i < all; i++)
        ref[i] = gd__ref_of(wanted[i]);
    gd_graph *closed;
    gd__plan *plan = NULL;
    if (gd__graph_specialise(graph, (gd__specialise_opts){0}, all, ref, &closed, mapped) != GD_OK ||
        gd__plan_create(closed, outputs, mapped, assignments, mapped + values, mapped + outputs, opts, &plan) != GD_OK)
        fail_msg("%s", gd_last_error());
    return plan;
}

static void run_plan(gd__plan *plan, gd_array *value)
{
    gd__execution *execution;
    assert_int_equal(gd__execution_create(plan, &execution), GD_OK);
    assert_int_equal(gd__execution_prepare(execution), GD_OK);
    assert_int_equal(gd__execution_run(execution, NULL, false), GD_OK);
    for (int i = 0; i < plan->output_count; i++) {
        gd_array from =
            gd_array_borrow(plan->output_info[i].type, plan->output_info[i].shape, execution->pointer[plan->output[i]]);
        assert_int_equal(gd_array_create(&value[i], from.type, from.shape), GD_OK);
        assert_int_equal(gd_array_convert(&value[i], &from), GD_OK);
    }
    gd__execution_free(execution);
}

// The program of the plan's last chain.
static const gd__program *program_of(const gd__plan *plan)
{
    assert_true(plan->step_count > 0);
    const gd__plan_step *step = &plan->step[plan->step_count - 1];
    assert_non_null(step->in_place);
    return step->state;
}

// ---- What is merged

// Operand shapes: all full; every other one a row or a single number.
enum { FULL, ROWS, NUMBERS, OPERANDS };

static gd_graph *make_operands(gd_type type, int operands, gd_tensor *x)
{
    gd_graph *graph = gd_graph_create();
    const gd_shape full = GD_SHAPE(9, 131), row = GD_SHAPE(131), number = GD_SCALAR; // more than two tiles
    for (int i = 0; i < VALUES; i++) {
        gd_shape shape = operands == FULL || i % 2 == 0 ? full : operands == ROWS ? row : number;
        x[i] =
            random_variable_of(graph, (const char *[]){"a", "b", "c", "d"}[i], type, shape, 0.3, 1.7, 20 + (uint64_t)i);
    }
    return graph;
}

static void check_pattern(int index, gd_type type, int operands)
{
    gd_tensor x[VALUES], y[2];
    gd_array merged[2], single[2];
    gd_graph *graph = make_operands(type, operands, x);
    int count = patterns[index].make(x, y);
    char what[100];
    snprintf(what, sizeof what, "%s in %s, operands %d", patterns[index].what, gd_type_name(type), operands);
    compare_with_reference(what, graph, count, y, (compare_opts){.tolerance = 1e-12});
    gd__plan *plan = plan_of(graph, count, 0, y, (gd__plan_opts){0});
    gd__plan *plain = plan_of(graph, count, 0, y, (gd__plan_opts){.no_fusion = true});
    const gd__program *program = program_of(plan);
    if (operands == FULL && (plan->step_count != 1 || program->instruction_count != patterns[index].count))
        fail_msg("%s: %d instructions in %d steps", what, program->instruction_count, plan->step_count);
    for (int i = 0; operands == FULL && i < patterns[index].count; i++) {
        if (program->instruction[i].code != patterns[index].code[i])
            fail_msg("%s: instruction %d is not the expected one", what, i);
    }
    run_plan(plan, merged);
    run_plan(plain, single);
    for (int i = 0; i < count; i++) {
        if (array_distance(&merged[i], &single[i], 0) != 0)
            fail_msg("%s: merging changed result %d", what, i);
        gd_array_free(&merged[i]);
        gd_array_free(&single[i]);
    }
    gd__plan_free(plan);
    gd__plan_free(plain);
    gd_graph_free(graph);
}

static void every_pattern(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(patterns); i++) {
        for (int operands = FULL; operands < OPERANDS; operands++) {
            gd_set_threads(1 + operands % 2);
            check_pattern(i, GD_F32, operands);
            check_pattern(i, GD_F64, operands);
        }
    }
}

// ---- Where results go

// An update of Adam is four instructions, and no result of it is copied.
static void an_update_of_adam(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor w = random_variable_of(graph, "w", GD_F32, GD_SHAPE(40, 40), -1, 1, 1);
    gd_tensor g = random_variable_of(graph, "g", GD_F32, GD_SHAPE(40, 40), -1, 1, 2);
    gd_tensor m = random_variable_of(graph, "m", GD_F32, GD_SHAPE(40, 40), -1, 1, 3);
    gd_tensor s = random_variable_of(graph, "s", GD_F32, GD_SHAPE(40, 40), 0.1, 1, 4);
    gd_tensor rate = random_variable_of(graph, "rate", GD_F32, GD_SCALAR, 0.1, 0.2, 5);
    gd_tensor fix = random_variable_of(graph, "fix", GD_F32, GD_SCALAR, 1, 2, 6);
    gd_tensor new_m = gd_add(gd_scale(m, 0.9), gd_scale(g, 0.1));
    gd_tensor new_s = gd_add(gd_scale(s, 0.99), gd_scale(gd_square(g), 0.01));
    gd_tensor direction = gd_div(new_m, gd_shift(gd_mul(gd_sqrt(new_s), fix), 1e-8));
    gd_tensor new_w = gd_sub(w, gd_mul(rate, direction));
    gd_tensor wanted[] = {new_m, new_s, new_w, m, s, w};
    gd__plan *plan = plan_of(graph, 0, 3, wanted, (gd__plan_opts){0});
    assert_int_equal(plan->step_count, 1);
    assert_int_equal(program_of(plan)->instruction_count, 4);
    assert_int_equal(program_of(plan)->store_count, 0);
    assert_int_equal(plan->copy_count, 0);
    gd_array want[3];
    run_reference(graph, true, 0, NULL, 3, wanted, want);
    run_plan(plan, NULL);
    for (int i = 0; i < 3; i++) {
        gd_array have;
        assert_int_equal(gd_variable_get(wanted[3 + i], &have), GD_OK);
        assert_true(array_distance(&have, &want[i], 0) < 2e-6);
        gd_array_free(&have);
        gd_array_free(&want[i]);
    }
    gd__plan_free(plan);
    gd_graph_free(graph);
}

// A new value that is made before the old one is read for the last time waits until the tile is done; so does a result
// that no variable takes, which may lie in any input's room.
static void results_that_wait(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = random_variable_of(graph, "a", GD_F32, GD_SHAPE(30), -1, 1, 1);
    gd_tensor b = random_variable_of(graph, "b", GD_F32, GD_SHAPE(30), -1, 1, 2);
    gd_tensor sum = gd_add(a, b), product = gd_mul(gd_exp(sum), a);
    const struct {
        int outputs, assignments, copies;
        gd_tensor wanted[4];
    } row[] = {
        {0, 2, 1, {sum, product, a, b}}, // a is read later
        {0, 2, 0, {sum, product, b, a}}, // b is not
        {1, 1, 1, {sum, product, b}},
        {2, 0, 1, {sum, product}},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd__plan *plan = plan_of(graph, row[i].outputs, row[i].assignments, row[i].wanted, (gd__plan_opts){0});
        assert_int_equal(plan->step_count, 1);
        if (program_of(plan)->store_count != row[i].copies)
            fail_msg("row %d: %d results are copied", i, program_of(plan)->store_count);
        assert_int_equal(plan->copy_count, 0);
        gd__plan_free(plan);
    }
    gd_graph_free(graph);
}

// ---- Sine and cosine of large numbers, which vector code leaves to the C library

static void circular_functions_of_large_numbers(void **state)
{
    (void)state;
    enum { COUNT = 1300 }; // more than two tiles
    float x[COUNT];
    for (int i = 0; i < COUNT; i++)
        x[i] = i % 7 == 0 ? ldexpf(1 + (float)i / COUNT, i % 128) : (float)i / 8 - 80;
    gd_array numbers = gd_array_borrow(GD_F32, GD_SHAPE(COUNT), x);
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_variable(graph, "a", GD_F32, numbers.shape, (gd_variable_opts){0});
    assert_int_equal(gd_variable_set(a, &numbers), GD_OK);
    // A result that is read again is computed where its operand was.
    gd_tensor y[] = {gd_sin(a), gd_cos(a), gd_sin(gd_scale(gd_neg(a), 0.5)), gd_cos(gd_scale(gd_neg(a), 0.5))};
    gd_array value[4] = {{0}};
    gd__plan *plan = plan_of(graph, 4, 0, y, (gd__plan_opts){0});
    run_plan(plan, value);
    for (int i = 0; i < COUNT; i++) {
        const float half = -0.5F * x[i], want[] = {sinf(x[i]), cosf(x[i]), sinf(half), cosf(half)};
        for (int k = 0; k < 4; k++) {
            if (!(fabsf(((const float *)value[k].data)[i] - want[k]) <= 2e-7F))
                fail_msg("result %d of %g", k, (double)x[i]);
        }
    }
    for (int k = 0; k < 4; k++)
        gd_array_free(&value[k]);
    gd__plan_free(plan);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pattern),
        cmocka_unit_test(an_update_of_adam),
        cmocka_unit_test(results_that_wait),
        cmocka_unit_test(circular_functions_of_large_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
