// Connectionist temporal classification: against PyTorch's (ctc.safetensors), against all paths one by one, over many
// frames, and what is refused. A golden case has its arrays as `case/in.NAME` (f32 and i64), and the truth as
// `case/out.y` and `case/grad.logits` (f64); where the result is no single number, the gradient is that of
// sum(result * `case/lossw.y`).
#include "op/expect.h"

#include <math.h>
#include <stdio.h>

#include <gradus/io.h>

// ---- PyTorch's

static const gd_array *find(gd_tensor_file *file, const char *name, const char *key)
{
    char text[200];
    snprintf(text, sizeof text, "%s/%s", name, key);
    return gd_tensor_file_get(file, text);
}

static gd_array converted(const gd_array *array, gd_type type)
{
    gd_array values;
    assert_non_null(array);
    assert_int_equal(gd_array_create(&values, type, array->shape), GD_OK);
    assert_int_equal(gd_array_convert(&values, array), GD_OK);
    return values;
}

static gd_tensor constant(gd_graph *graph, const gd_array *array, gd_type type)
{
    gd_array values = converted(array, type);
    gd_tensor tensor = gd_constant(graph, &values);
    gd_array_free(&values);
    return tensor;
}

static void expect_truth(const char *name, const gd_array *truth, gd_tensor tensor, double tolerance)
{
    gd_array value;
    double largest = 1;
    assert_non_null(truth);
    if (gd_eval(tensor, &value) != GD_OK)
        fail_msg("%s: %s", name, gd_last_error());
    assert_int_equal(gd_array_count(truth), gd_array_count(&value));
    for (int64_t i = 0; i < gd_array_count(truth); i++)
        largest = fmax(largest, fabs(gd_array_get(truth, i)));
    for (int64_t i = 0; i < gd_array_count(truth); i++)
        if (!(fabs(gd_array_get(truth, i) - gd_array_get(&value, i)) <= tolerance * largest))
            fail_msg("%s: element %d is %.15g, expected %.15g", name, (int)i, gd_array_get(&value, i),
                     gd_array_get(truth, i));
    gd_array_free(&value);
}

// The peer divides each loss by its target's length, at least 1, before it takes the mean.
static gd_tensor mean_by_length(gd_tensor loss, gd_tensor length)
{
    length = gd_cast(length, gd_tensor_type(loss));
    return gd_mean(gd_div(loss, gd_maximum(length, gd_scalar_like(length, 1))));
}

static void check_golden(gd_tensor_file *file, const char *name, const char *reduction, gd_type type, double tolerance)
{
    gd_graph *g = gd_graph_create();
    gd_array logits = converted(find(file, name, "in.logits"), type);
    gd_tensor x = gd_variable(g, "logits", type, logits.shape, (gd_variable_opts){0}); // (T, N, C)
    assert_int_equal(gd_variable_set(x, &logits), GD_OK);
    gd_array_free(&logits);
    const gd_tensor target_length = constant(g, find(file, name, "in.target_lengths"), GD_I32);
    gd_tensor loss = gd_ctc(gd_transpose(x, GD_AXES(1, 0, 2)), constant(g, find(file, name, "in.targets"), GD_I64),
                            (gd_ctc_opts){.blank = (int64_t)gd_array_get(find(file, name, "in.blank"), 0),
                                          .zero_impossible = strstr(name, "zero_infinity") != NULL,
                                          .input_length = constant(g, find(file, name, "in.input_lengths"), GD_I64),
                                          .target_length = target_length});
    gd_tensor dx;
    if (strcmp(name, "ctc_impossible_none") == 0) { // where the peer says infinite and NaN
        expect_run_failure(loss, "ctc: the target of row 0 has 3 symbols, which with a blank between equal ones need 5 "
                                 "frames, but its input has 4");
        gd_graph_free(g);
        return;
    }
    if (strcmp(reduction, "mean") == 0)
        loss = mean_by_length(loss, target_length);
    else if (strcmp(reduction, "sum") == 0)
        loss = gd_sum(loss);
    expect_truth(name, find(file, name, "out.y"), loss, tolerance);
    if (find(file, name, "lossw.y") != NULL)
        loss = gd_sum(gd_mul(loss, constant(g, find(file, name, "lossw.y"), type)));
    gd_gradients(loss, 1, &x, &dx);
    expect_truth(name, find(file, name, "grad.logits"), dx, tolerance);
    gd_graph_free(g);
}

static void test_golden(void **state)
{
    (void)state;
    static const char *const kind[] = {"ragged", "equal",      "last_blank",
                                       "tight",  "impossible", "impossible_zero_infinity"};
    static const char *const reduction[] = {"mean", "sum", "none"};
    gd_tensor_file *file;
    int checked = 0;
    assert_int_equal(gd_tensor_file_open("tests/op/ctc.safetensors", &file), GD_OK);
    for (int k = 0; k < GD_COUNT_OF(kind); k++)
        for (int r = 0; r < GD_COUNT_OF(reduction); r++) {
            char name[80];
            snprintf(name, sizeof name, "ctc_%s_%s", kind[k], reduction[r]);
            if (find(file, name, "out.y") == NULL)
                continue;
            check_golden(file, name, reduction[r], GD_F64, 1e-10);
            check_golden(file, name, reduction[r], GD_F32, 2e-6);
            checked++;
        }
    gd_tensor_file_free(file);
    assert_int_equal(checked, 16);
}

// ---- All paths

enum { FRAMES = 5, CLASSES = 3 };

// Whether path `number`, written in CLASSES digits, spells the target.
static bool spells(int number, int blank, const int *target, int symbols, int *path)
{
    int found = 0, before = -1;
    for (int t = 0; t < FRAMES; t++, number /= CLASSES)
        path[t] = number % CLASSES;
    for (int t = 0; t < FRAMES; t++) {
        if (path[t] != blank && path[t] != before && (found >= symbols || path[t] != target[found++]))
            return false;
        before = path[t];
    }
    return found == symbols;
}

static void test_all_paths(void **state)
{
    (void)state;
    static const int target[][3] = {{1, 2, 1}, {1, 1, 0}, {2, 0, 0}, {0, 0, 0}};
    static const int symbols[] = {3, 2, 1, 0};
    gd_graph *g = gd_graph_create();
    double x[4][FRAMES][CLASSES], label[4][3], expected[4];
    for (int n = 0; n < 4; n++) {
        double likelihood = 0;
        for (int t = 0; t < FRAMES; t++)
            for (int c = 0; c < CLASSES; c++)
                x[n][t][c] = sin(7 * n + 3 * t + 5 * c * c);
        for (int number = 0; number < 3 * 3 * 3 * 3 * 3; number++) {
            int path[FRAMES];
            double product = 1;
            if (!spells(number, 0, target[n], symbols[n], path))
                continue;
            for (int t = 0; t < FRAMES; t++)
                product *= exp(x[n][t][path[t]]) / (exp(x[n][t][0]) + exp(x[n][t][1]) + exp(x[n][t][2]));
            likelihood += product;
        }
        expected[n] = -log(likelihood);
        for (int i = 0; i < 3; i++)
            label[n][i] = target[n][i];
    }
    gd_tensor logits = constant_of(g, GD_F64, GD_SHAPE(4, FRAMES, CLASSES), &x[0][0][0]);
    gd_tensor rows = constant_of(g, GD_I32, GD_SHAPE(4, 3), &label[0][0]);
    expect_values(gd_ctc(logits, rows), GD_SHAPE(4), expected);
    gd_tensor length = CONSTANT(g, GD_U8, GD_SHAPE(4), 3, 2, 1, 0);
    expect_values(gd_ctc(logits, rows, (gd_ctc_opts){.target_length = length}), GD_SHAPE(4), expected);
    gd_graph_free(g);
}

// ---- Many frames

// f32 keeps close to f64 where log-likelihoods are large: 3000 frames of which each is sure of a class.
static void test_many_frames(void **state)
{
    (void)state;
    enum { LONG = 3000, SYMBOLS = 200, OUTPUTS = 12 };
    gd_array values[2], label, found[4];
    assert_int_equal(gd_array_create(&label, GD_I32, GD_SHAPE(1, SYMBOLS)), GD_OK);
    for (int i = 0; i < SYMBOLS; i++)
        gd_array_put(&label, i, 1 + i * 7 % 11);
    for (int k = 0; k < 2; k++) {
        const gd_type type = k == 0 ? GD_F64 : GD_F32;
        assert_int_equal(gd_array_create(&values[k], type, GD_SHAPE(1, LONG, OUTPUTS)), GD_OK);
        for (int i = 0; i < LONG * OUTPUTS; i++)
            gd_array_put(&values[k], i, (double)(float)(9 * sin(0.37 * i) + 4 * sin(1.1 * i)));
        gd_graph *g = gd_graph_create();
        gd_tensor x = gd_variable(g, "x", type, values[k].shape, (gd_variable_opts){0}), dx;
        assert_int_equal(gd_variable_set(x, &values[k]), GD_OK);
        gd_tensor loss = gd_ctc(x, gd_constant(g, &label));
        gd_gradients(gd_sum(loss), 1, &x, &dx);
        assert_int_equal(gd_eval(loss, &found[2 * k]), GD_OK);
        assert_int_equal(gd_eval(dx, &found[2 * k + 1]), GD_OK);
        gd_graph_free(g);
        gd_array_free(&values[k]);
    }
    const double loss = gd_array_get(&found[0], 0);
    assert_true(loss > 1000);
    expect_near(gd_array_get(&found[2], 0), loss, 2e-6 * loss);
    for (int i = 0; i < LONG * OUTPUTS; i++)
        expect_near(gd_array_get(&found[3], i), gd_array_get(&found[1], i), 2e-3); // sums over 3,000 frames, in f32
    for (int i = 0; i < 4; i++)
        gd_array_free(&found[i]);
    gd_array_free(&label);
}

// ---- What is refused

static void test_wrong_rows(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = counting(g, GD_SHAPE(2, 4, 3));
    gd_tensor target = CONSTANT(g, GD_I32, GD_SHAPE(2, 3), 1, 2, 0, 1, 1, 1);
    expect_run_failure(gd_ctc(x, target),
                       "ctc: the target of row 1 has 3 symbols, which with a blank between equal ones "
                       "need 5 frames, but its input has 4");
    gd_tensor length = CONSTANT(g, GD_I32, GD_SHAPE(2), 2, 3), five = CONSTANT(g, GD_I32, GD_SHAPE(2), 4, 5);
    expect_run_failure(gd_ctc(x, target, (gd_ctc_opts){.input_length = five}),
                       "ctc: the input of row 1 is said to have 5 frames, but there are 4");
    expect_run_failure(gd_ctc(x, target, (gd_ctc_opts){.target_length = five}),
                       "ctc: the target of row 0 is said to have 4 symbols, but there is room for 3");
    expect_run_failure(gd_ctc(x, CONSTANT(g, GD_I32, GD_SHAPE(2, 2), 1, 2, 3, 0)),
                       "ctc: symbol 0 of the target of row 1 is 3, 0 to 2 without the blank 0 was expected");
    expect_run_failure(
        gd_ctc(x, CONSTANT(g, GD_I32, GD_SHAPE(2, 3), 1, 2, 1, 2, 0, 1), (gd_ctc_opts){.target_length = length}),
        "ctc: symbol 1 of the target of row 1 is 0, 0 to 2 without the blank 0 was expected");
    gd_graph_free(g);
}

#define REFUSES(expression, words)                                                                                     \
    do {                                                                                                               \
        gd_graph *g = gd_graph_create();                                                                               \
        gd_tensor x = counting(g, GD_SHAPE(2, 4, 3)), target = CONSTANT(g, GD_I32, GD_SHAPE(2, 1), 1, 2);              \
        (void)target, (void)x;                                                                                         \
        expression;                                                                                                    \
        assert_non_null(gd_graph_error(g));                                                                            \
        if (strstr(gd_graph_error(g), words) == NULL)                                                                  \
            fail_msg("'%s' does not say '%s'", gd_graph_error(g), words);                                              \
        gd_graph_free(g);                                                                                              \
    } while (0)

static void test_wrong_shapes(void **state)
{
    (void)state;
    REFUSES(gd_ctc(x, target, (gd_ctc_opts){.blank = 3}), "the blank is class 3, but there are 3 classes (0 to 2)");
    REFUSES(gd_ctc(x, target, (gd_ctc_opts){.blank = -4}), "the blank is class -1");
    REFUSES(gd_ctc(x, counting(g, GD_SHAPE(2, 1))), "i32, i64 or u8");
    REFUSES(gd_ctc(target, target), "the logits are i32");
    REFUSES(gd_ctc(x, CONSTANT(g, GD_I32, GD_SHAPE(1, 1), 1)), "the logits are [2,4,3] and the target [1,1]");
    REFUSES(gd_ctc(x, target, (gd_ctc_opts){.input_length = target}),
            "lengths of the inputs [2,1], (N, T, C) and (N) were expected");
}

static void test_no_second_derivative(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = counting(g, GD_SHAPE(1, 4, 3)), dx, ddx;
    gd_gradients(gd_sum(gd_ctc(x, CONSTANT(g, GD_I32, GD_SHAPE(1, 1), 1))), 1, &x, &dx);
    gd_gradients(gd_sum(gd_square(dx)), 1, &x, &ddx);
    assert_string_equal(gd_graph_error(g), "ctc has no second derivative");
    gd_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),       cmocka_unit_test(test_all_paths),
        cmocka_unit_test(test_many_frames),  cmocka_unit_test(test_wrong_rows),
        cmocka_unit_test(test_wrong_shapes), cmocka_unit_test(test_no_second_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
