// Ops of a program's own with a kernel: it runs in f32 and in bf16 plans, and `ref` elsewhere.
#include <gradus/gradus.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

// y = scale x + number, with a whole number for each row.
typedef struct attributes {
    double scale;
} attributes;

static int runs, references;
static gd_type seen_type;

static bool shape_of(gd_shape_call *call)
{
    if (call->input[1].type != GD_I32)
        return gd_op_error(call, "number is %s, expected i32", gd_type_name(call->input[1].type));
    call->output[0] = call->input[0];
    return true;
}

static gd_status reference(const gd_ref_call *call)
{
    const attributes *a = call->attributes;
    const int64_t columns = call->output[0].shape.dim[1];
    references++;
    for (int64_t i = 0; i < gd_shape_count(call->output[0].shape); i++)
        call->output[0].data[i] = a->scale * call->input[0].data[i] + call->input[1].data[i / columns];
    return GD_OK;
}

static gd_status run(const gd_run_call *call)
{
    const attributes *a = call->attributes;
    const float *x = call->input[0].data;
    const int32_t *number = call->input[1].data;
    float *y = call->output[0].data;
    const int64_t rows = call->output[0].shape.dim[0], columns = call->output[0].shape.dim[1];
    runs++;
    seen_type = call->input[0].type;
    for (int64_t i = 0; i < rows; i++) {
        if (number[i] < 0)
            return gd_fail(GD_ERROR_NUMBER, "number %d is below zero", (int)number[i]);
        for (int64_t k = 0; k < columns; k++)
            y[i * columns + k] = (float)a->scale * x[i * columns + k] + (float)number[i];
    }
    return GD_OK;
}

static void gradient(gd_grad_call *call)
{
    const attributes *a = call->attributes;
    call->input_grad[0] = gd_scale(call->output_grad[0], a->scale);
}

static const gd_attribute attribute[] = {GD_ATTR(attributes, scale, GD_ATTRIBUTE_FLOAT, "of x")};
static const gd_sample sample[] = {
    {.note = "a matrix",
     .input_count = 2,
     .input = {{.shape = {2, {3, 4}}},
               {.shape = {1, {3}}, .integer = true, .type = GD_I32, .draw = GD_DRAW_INTEGER, .low = 0, .high = 5}},
     .attributes = &(const attributes){.scale = 2}}};
static const gd_op affine = {
    .struct_size = sizeof(gd_op),
    .name = "test_affine",
    .doc = "y = scale x + number",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .attribute_size = sizeof(attributes),
    .attribute_count = GD_COUNT_OF(attribute),
    .attribute = attribute,
    .shape = shape_of,
    .grad = gradient,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .ref = reference,
    .sample_count = GD_COUNT_OF(sample),
    .sample = sample,
    .run_f32 = run,
};

enum { ROWS = 3, COLUMNS = 5 };

// One run of the op, and of its gradient's sum; how many numbers are wrong.
static gd_status compute(gd_type type, gd_precision precision, int32_t first_number, double tolerance, int *wrong)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor input[2] = {gd_input(graph, "x", type, GD_SHAPE(GD_BATCH, COLUMNS)),
                          gd_input(graph, "number", GD_I32, GD_SHAPE(GD_BATCH))};
    gd_tensor y = gd_apply(&affine, 2, input, &(attributes){.scale = 3});
    y = gd_apply(&affine, 2, (gd_tensor[]){y, input[1]}, &(attributes){.scale = 0.5});
    gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){.precision = precision});
    gd_array x, answer = {0};
    int32_t number[ROWS] = {first_number, 2, 4};
    assert_int_equal(gd_array_create(&x, type, GD_SHAPE(ROWS, COLUMNS)), GD_OK);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        gd_array_put(&x, i, i * 0.25 - 1);
    const gd_feed feed[] = {{input[0], x}, {input[1], gd_array_borrow(GD_I32, GD_SHAPE(ROWS), number)}};
    const gd_status status = gd_function_run(function, 2, feed, &answer);
    *wrong = 0;
    for (int i = 0; status == GD_OK && i < ROWS * COLUMNS; i++) {
        const double n = number[i / COLUMNS], want = 0.5 * (3 * (i * 0.25 - 1) + n) + n;
        *wrong += !(fabs(gd_array_get(&answer, i) - want) <= tolerance);
    }
    gd_array_free(&answer);
    gd_array_free(&x);
    gd_function_free(function);
    gd_graph_free(graph);
    return status;
}

static void its_kernel_runs(void **state)
{
    (void)state;
    static const struct {
        gd_type type;
        gd_precision precision;
        int runs, references;
        double tolerance;
    } cases[] = {
        {GD_F32, GD_PRECISION_FAST, 2, 0, 1e-6},
        {GD_F32, GD_PRECISION_BF16, 2, 0, 0.05}, // what lies between the two is rounded to bf16
        {GD_BF16, GD_PRECISION_FAST, 2, 0, 0.05},
        {GD_F64, GD_PRECISION_FAST, 0, 2, 1e-12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int wrong;
        runs = references = 0;
        if (compute(cases[i].type, cases[i].precision, 1, cases[i].tolerance, &wrong) != GD_OK)
            fail_msg("case %zu: %s", i, gd_last_error());
        if (runs != cases[i].runs || references != cases[i].references || wrong != 0)
            fail_msg("case %zu: %d runs of the kernel, %d of the reference, %d numbers wrong", i, runs, references,
                     wrong);
        if (runs > 0)
            assert_int_equal(seen_type, GD_F32);
    }
}

static void its_failure_is_that_of_the_run(void **state)
{
    (void)state;
    int wrong;
    assert_int_equal(compute(GD_F32, GD_PRECISION_FAST, -7, 0, &wrong), GD_ERROR_NUMBER);
    assert_non_null(strstr(gd_last_error(), "number -7 is below zero"));
}

static void records_of_other_versions_are_refused(void **state)
{
    (void)state;
    static gd_op op; // a record outlives the graphs
    op = affine;
    op.name = "test_affine_of_another_version";
    op.struct_size = sizeof op - 8;
    assert_int_equal(gd_op_register(&op), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), ", expected sizeof(gd_op)"));
    op.struct_size = sizeof op + 8;
    assert_int_equal(gd_op_register(&op), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "a later version"));
    op.struct_size = 0; // that of this version
    assert_int_equal(gd_op_register(&op), GD_OK);
    assert_int_equal(gd_op_register(&affine), GD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_kernel_runs),
        cmocka_unit_test(its_failure_is_that_of_the_run),
        cmocka_unit_test(records_of_other_versions_are_refused),
    };
    return cmocka_run_group_tests_name("own_op", tests, NULL, NULL);
}
