// Ops with an effect: each runs once in a run, in the order in which the graph was written, whoever reads its output.
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cpu/compare.h"
#include "plan/fake_backend.h"
#include "plan/functions.h"

// ---- note: y = x, and the effect that its mark and x[0] stand in the log

typedef struct note_attributes {
    int64_t mark;
} note_attributes;

static const gd_attribute note_attribute[] = {
    GD_ATTR(note_attributes, mark, GD_ATTRIBUTE_INT, "what is written down"),
};

static struct {
    int64_t mark;
    double value;
} written[64];
static int written_count;

static bool note_shape(gd_shape_call *call)
{
    call->output[0] = call->input[0];
    return true;
}

static gd_status note_ref(const gd_ref_call *call)
{
    const note_attributes *attributes = call->attributes;
    assert_true(written_count < GD_COUNT_OF(written));
    written[written_count].mark = attributes->mark;
    written[written_count++].value = call->input[0].data[0];
    memcpy(call->output[0].data, call->input[0].data, (size_t)gd_shape_count(call->input[0].shape) * sizeof(double));
    return GD_OK;
}

static void note_grad(gd_grad_call *call)
{
    call->input_grad[0] = call->output_grad[0];
}

static const note_attributes first = {1};
static const gd_sample note_sample[] = {
    {.note = "a row", .input_count = 1, .input = {{.shape = {1, {3}}}}, .attributes = &first},
};

static const gd_op note_op = {
    .name = "note",
    .doc = "y = x, and x is written down",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .flags = GD_OP_EFFECT | GD_OP_ADAPTS, // the latter would let it vanish
    .attribute_size = sizeof(note_attributes),
    .attribute_count = GD_COUNT_OF(note_attribute),
    .attribute = note_attribute,
    .shape = note_shape,
    .grad = note_grad,
    .ref = note_ref,
    .sample_count = GD_COUNT_OF(note_sample),
    .sample = note_sample,
};

static gd_tensor note(gd_tensor x, int64_t mark)
{
    return gd_apply(&note_op, 1, &x, &(note_attributes){mark});
}

// What was written since the last time: marks, in their order.
static void expect_marks(const char *what, int count, const int64_t *mark)
{
    for (int i = 0; i < count && i < written_count; i++) {
        if (written[i].mark != mark[i])
            fail_msg("%s: effect %d has the mark %d, %d was expected", what, i, (int)written[i].mark, (int)mark[i]);
    }
    if (written_count != count)
        fail_msg("%s: %d effects, %d were expected", what, written_count, count);
    written_count = 0;
}
#define EXPECT_MARKS(what, ...)                                                                                        \
    expect_marks(what, GD_COUNT_OF(((int64_t[]){__VA_ARGS__})), (const int64_t[]){__VA_ARGS__})
static void expect_no_marks(const char *what)
{
    expect_marks(what, 0, NULL);
}

static gd_graph *new_graph(int backend)
{
    gd_graph *graph = gd_graph_create();
    if (backend == 1)
        use_fake_backend(graph);
    written_count = 0;
    return graph;
}

static const gd_function_opts modes[] = {{0},
                                         {.training = true},
                                         {.training = true, .recompute = true},
                                         {.check_numbers = true},
                                         {.precision = GD_PRECISION_BF16}};
enum { MODES = GD_COUNT_OF(modes) };

// Two equal ones both run, though nobody reads them, in each run anew: nothing is merged, dropped or prepared, and a
// constant is not folded.
static void equal_effects_all_run_in_order(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2 * MODES; mode++) {
        gd_graph *graph = new_graph(mode % 2);
        gd_tensor a = VARIABLE(graph, "a", 1, 2, 3);
        note(a, 7);
        note(a, 7);
        note(gd_constant(graph, &(gd_array){.type = GD_F32, .shape = GD_SHAPE(1), .data = (float[]){4}}), 8);
        note(gd_exp(a), 5);
        gd_tensor y = gd_scale(a, 2);
        gd_function *function = gd_function_create(graph, 1, &y, modes[mode / 2]);
        for (int run = 0; run < 3; run++) {
            gd_array result = {0};
            run_function(function, &result);
            expect_array("y", &result, 3, (double[]){2, 4, 6});
            EXPECT_MARKS("a run", 7, 7, 8, 5);
            gd_array_free(&result);
        }
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// One on the way of a value is computed once, though its gradient is taken and the value is cheap to make again.
static void an_effect_on_the_way_runs_once(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2 * MODES; mode++) {
        gd_graph *graph = new_graph(mode % 2);
        gd_tensor a = VARIABLE(graph, "a", 0.5, 1, 2), dx;
        gd_tensor y = gd_sum(gd_exp(note(gd_square(note(a, 1)), 2)), (gd_reduce_opts){0});
        gd_gradients(y, 1, &a, &dx);
        gd_function *function = gd_function_create(graph, 1, &dx, modes[mode / 2]);
        gd_array result = {0};
        run_function(function, &result);
        expect_array("dx", &result, 3, (double[]){1.2840254, 5.4365637, 218.39260});
        EXPECT_MARKS("a run", 1, 2);
        gd_array_free(&result);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// An effect runs where its inputs are fed; a function that goes without an input goes without its effects.
static void an_effect_wants_no_more_inputs(void **state)
{
    (void)state;
    gd_graph *graph = new_graph(0);
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH)),
              t = gd_input(graph, "t", GD_F32, GD_SHAPE(GD_BATCH));
    gd_tensor y = gd_scale(x, 3);
    note(x, 1);
    note(gd_sub(y, t), 2);
    note(gd_element_count(x, (gd_axes){0}), 3);
    gd_tensor loss = gd_sum(gd_square(gd_sub(y, t)), (gd_reduce_opts){0}),
              without = gd_scale(gd_element_count(x, (gd_axes){0}), 1);
    const float one[] = {1}, two[] = {2};
    const gd_feed feed[] = {{x, gd_array_borrow(GD_F32, GD_SHAPE(1), one)},
                            {t, gd_array_borrow(GD_F32, GD_SHAPE(1), two)}};
    gd_tensor output[] = {y, loss, without};
    const int fed[] = {1, 2, 1};
    for (int i = 0; i < 3; i++) {
        gd_function *function = gd_function_create(graph, 1, &output[i], (gd_function_opts){0});
        gd_array result = {0};
        if (gd_function_run(function, fed[i], feed, &result) != GD_OK)
            fail_msg("%s", gd_last_error());
        if (i == 1)
            EXPECT_MARKS("the loss", 1, 2, 3);
        else
            EXPECT_MARKS("without t", 1, 3);
        gd_array_free(&result);
        gd_function_free(function);
    }
    gd_graph_free(graph);
}

// New values of variables are made behind everything that reads the old ones. An effect that looks at such a value
// takes the later ones with it.
static void effects_keep_their_order_behind_updates(void **state)
{
    (void)state;
    for (int backend = 0; backend < 2; backend++) {
        gd_graph *graph = new_graph(backend);
        gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), b = VARIABLE(graph, "b", 4, 5, 6);
        gd_tensor new_a = gd_sub(a, gd_scale(b, 0.1));
        note(a, 1);
        note(new_a, 2);
        note(b, 3);
        gd_tensor chained = gd_add(note(a, 4), new_a);
        note(gd_exp(b), 5);
        gd_function *function =
            make_function(graph, 1, &chained, 2, (gd_assignment[]){{a, new_a}, {b, gd_add(b, chained)}});
        gd_array result = {0};
        run_function(function, &result);
        assert_true(written[0].value == 1 && written[2].value == 4 && written[3].value == 1); // the old values
        EXPECT_MARKS("a step", 1, 2, 3, 4, 5);
        EXPECT_VARIABLE(a, 0.6, 1.5, 2.4);
        gd_array_free(&result);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// exp(a) is wanted by the first effect, and would be joined with the sum behind the second one into a chain that needs
// the second before the first.
static void a_chain_does_not_turn_effects_round(void **state)
{
    (void)state;
    gd_graph *graph = new_graph(0);
    gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), b = VARIABLE(graph, "b", 4, 5, 6);
    gd_tensor grown = gd_exp(a);
    note(grown, 1);
    gd_tensor sum = gd_add(grown, note(b, 2));
    gd_function *function = gd_function_create(graph, 1, &sum, (gd_function_opts){.training = true});
    gd_array result = {0};
    run_function(function, &result);
    EXPECT_MARKS("a run", 1, 2);
    gd_array_free(&result);
    gd_function_free(function);
    gd_graph_free(graph);
}

// The plain kernels run them as well.
static void the_reference_runs_them_too(void **state)
{
    (void)state;
    gd_graph *graph = new_graph(0);
    gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), y = gd_scale(a, 2);
    note(a, 1);
    expect_no_marks("writing a graph");
    gd_array value;
    run_reference(graph, false, 0, NULL, 1, &y, &value);
    EXPECT_MARKS("the reference", 1);
    gd_array_free(&value);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_effects_all_run_in_order),
        cmocka_unit_test(an_effect_on_the_way_runs_once),
        cmocka_unit_test(an_effect_wants_no_more_inputs),
        cmocka_unit_test(effects_keep_their_order_behind_updates),
        cmocka_unit_test(a_chain_does_not_turn_effects_round),
        cmocka_unit_test(the_reference_runs_them_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
