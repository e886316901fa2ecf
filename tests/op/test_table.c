// The op table: every record is whole, and every gradient, first and second, agrees with the numerical one.
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "op/gradient_check.h"
#include "op/sample.h"

static bool is_source(const gd_op *op)
{
    return (op->flags & GD_OP_SOURCE) != 0;
}

static void every_record_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < gd_op_count(); i++) {
        const gd_op *op = gd_op_at(i);
        if (op->name == NULL || op->doc == NULL || op->shape == NULL)
            fail_msg("op %d lacks a name, a line of documentation, or a shape function", i);
        if (gd_op_find(op->name) != op)
            fail_msg("two ops are called %s", op->name);
        if (op->grad == NULL && op->no_grad == NULL)
            fail_msg("%s has neither a gradient nor a reason why not", op->name);
        if (op->output_count < 1 || op->output_count > GD_MAX_OUTPUTS || op->min_inputs > op->max_inputs)
            fail_msg("%s has impossible numbers of inputs or outputs", op->name);
        if (!is_source(op) && (op->ref == NULL || op->sample_count == 0 || op->sample == NULL))
            fail_msg("%s lacks a plain kernel or samples", op->name);
        if (op->attribute_size > 0 && op->attribute_count == 0)
            fail_msg("%s has attributes that are not in its table", op->name);
    }
}

// Recomputation finds the backward pass by this flag. Backward data is also how transposed convolutions go forward.
static void backward_ops_say_so(void **state)
{
    (void)state;
    for (int i = 0; i < gd_op_count(); i++) {
        const gd_op *op = gd_op_at(i);
        const bool expected =
            strstr(op->name, "backward") != NULL && strcmp(op->name, "convolution_backward_data") != 0;
        if (((op->flags & GD_OP_BACKWARD) != 0) != expected)
            fail_msg("%s is %sflagged as an op of backward passes", op->name, expected ? "not " : "");
    }
}

static void every_sample_fits_its_op(void **state)
{
    (void)state;
    for (int i = 0; i < gd_op_count(); i++) {
        const gd_op *op = gd_op_at(i);
        for (int j = 0; j < op->sample_count; j++) {
            if (op->sample[j].note == NULL || op->sample[j].note[0] == '\0')
                fail_msg("%s, sample %d has no note", op->name, j);
            if (op->attribute_size > 0 && op->sample[j].attributes == NULL)
                fail_msg("%s (%s) has no attributes", op->name, op->sample[j].note);
            sample_graph sample = sample_graph_make(op, &op->sample[j], GD_F64, false);
            if (gd_graph_error(sample.graph) != NULL)
                fail_msg("%s (%s): %s", op->name, op->sample[j].note, gd_graph_error(sample.graph));
            sample_graph_free(&sample);
        }
    }
}

static void check_all(int order)
{
    int wrong = 0, checked = 0;
    for (int i = 0; i < gd_op_count(); i++) {
        const gd_op *op = gd_op_at(i);
        for (int j = 0; op->grad != NULL && j < op->sample_count; j++) {
            const gd_sample *sample = &op->sample[j];
            if (sample->no_grad_check) {
                if (order == 1)
                    print_message("skip %s: %s\n", op->name, sample->note);
                continue;
            }
            gradient_report report = check_gradient(op, sample, order);
            if (report.why != NULL) {
                if (order == 1)
                    print_message("skip %s (%s): %s\n", op->name, sample->note, report.why);
                continue;
            }
            checked++;
            if (report.error <= GRADIENT_TOLERANCE)
                continue;
            print_error("%s (%s): the gradient of order %d for input %d is wrong by %g\n", op->name, sample->note,
                        order, report.input, report.error);
            wrong++;
        }
    }
    print_message("%d samples checked\n", checked);
    assert_int_equal(wrong, 0);
    assert_true(checked > 200);
}

static void first_gradients(void **state)
{
    (void)state;
    check_all(1);
}

static void second_gradients(void **state)
{
    (void)state;
    check_all(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_whole),    cmocka_unit_test(backward_ops_say_so),
        cmocka_unit_test(every_sample_fits_its_op), cmocka_unit_test(first_gradients),
        cmocka_unit_test(second_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
