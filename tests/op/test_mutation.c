// A broken gradient must fail the check: every op's gradient is broken on purpose, in three ways.
#include <gradus/ops.h>

#include <cmocka.h>
#include <stdio.h>

#include "op/gradient_check.h"

typedef enum mutation { NONE, FLIPPED, SCALED, DROPPED, MUTATIONS } mutation;
static const char *const mutation_name[] = {"left as it is", "of the wrong sign", "1 % too large", "dropped"};

enum { MOST = 200 };
static gd_op mutant[MOST];
static char mutant_name[MOST][64];

// A gradient function is given no context, so what it should do stands here.
static const gd_op *original;
static mutation how;
static int broken_input;

static void broken_grad(gd_grad_call *call)
{
    original->grad(call);
    gd_tensor *gradient = &call->input_grad[broken_input];
    if (broken_input >= call->input_count || gradient->graph == NULL)
        return;
    if (how == FLIPPED)
        *gradient = gd_neg(*gradient);
    else if (how == SCALED)
        *gradient = gd_scale(*gradient, 1.01);
    else if (how == DROPPED)
        *gradient = GD_NO_TENSOR;
}

// Is there a sample for which the check fails? `reached` says whether the gradient matters for any sample at all.
static bool is_noticed(const gd_op *op, bool *reached)
{
    *reached = false;
    for (int i = 0; i < op->sample_count; i++) {
        if (op->sample[i].no_grad_check || broken_input >= op->sample[i].input_count ||
            op->sample[i].input[broken_input].integer)
            continue;
        gradient_report report = check_gradient(op, &op->sample[i], 1);
        if (report.why != NULL || report.largest < 1e-3)
            continue;
        *reached = true;
        if (!(report.error <= GRADIENT_TOLERANCE))
            return true;
    }
    return false;
}

// Does the op send a gradient other than zero to this input?
static bool input_matters(const gd_op *op)
{
    bool reached;
    how = DROPPED;
    return is_noticed(op, &reached);
}

static void broken_gradients_are_noticed(void **state)
{
    (void)state;
    int count = gd_op_count(), mutants = 0, tried = 0;
    for (int i = 0; i < count; i++) {
        const gd_op *op = gd_op_at(i);
        if (op->grad == NULL)
            continue;
        assert_true(mutants < MOST);
        gd_op *copy = &mutant[mutants];
        *copy = *op;
        copy->struct_size = sizeof *copy;
        snprintf(mutant_name[mutants], sizeof mutant_name[mutants], "mutant_of_%s", op->name);
        copy->name = mutant_name[mutants++];
        copy->grad = broken_grad;
        assert_int_equal(gd_op_register(copy), GD_OK);
        original = op;
        for (broken_input = 0; broken_input < op->max_inputs && broken_input < GD_SAMPLE_INPUTS; broken_input++) {
            if (!input_matters(copy))
                continue;
            bool reached;
            how = NONE;
            if (is_noticed(copy, &reached))
                fail_msg("%s fails the check unbroken", op->name);
            for (how = FLIPPED; how < MUTATIONS; how++, tried++) {
                if (!is_noticed(copy, &reached))
                    fail_msg("%s: nobody notices that the gradient of input %d is %s", op->name, broken_input,
                             mutation_name[how]);
            }
        }
    }
    print_message("%d broken gradients of %d ops were all noticed\n", tried, mutants);
    assert_true(tried > 200);
}

// The record that a user registers must be whole.
static void a_record_without_gradient_or_samples_is_refused(void **state)
{
    (void)state;
    static gd_op bad;
    bad = *gd_op_find("mul");
    bad.struct_size = sizeof bad;
    assert_int_equal(gd_op_register(&bad), GD_ERROR_ARGUMENT);
    bad.name = "mul_of_mine";
    bad.grad = NULL;
    assert_int_equal(gd_op_register(&bad), GD_ERROR_ARGUMENT);
    bad.no_grad = "for the test";
    bad.sample_count = 0;
    assert_int_equal(gd_op_register(&bad), GD_ERROR_ARGUMENT);
    assert_null(gd_op_find("mul_of_mine"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_gradients_are_noticed),
        cmocka_unit_test(a_record_without_gradient_or_samples_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
