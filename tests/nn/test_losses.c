// Losses, penalties and metrics at points whose values are known.
#include <gradus/loss.h>
#include <gradus/nn.h>

#include "op/expect.h"

#define SUM ((gd_loss_opts){.reduction = GD_REDUCTION_SUM})
#define NONE ((gd_loss_opts){.reduction = GD_REDUCTION_NONE})

static void element_by_element(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor p = CONSTANT(graph, GD_F64, GD_SHAPE(3), 1, 2, 5);
    gd_tensor t = CONSTANT(graph, GD_F64, GD_SHAPE(3), 1.5, 2, 2);
    EXPECT(gd_squared_error(p, t), GD_SCALAR, 9.25 / 3);
    EXPECT(gd_squared_error(p, t, SUM), GD_SCALAR, 9.25);
    EXPECT(gd_squared_error(p, t, NONE), GD_SHAPE(3), 0.25, 0, 9);
    EXPECT(gd_absolute_error(p, t), GD_SCALAR, 3.5 / 3);
    EXPECT(gd_huber(p, t, NONE), GD_SHAPE(3), 0.125, 0, 2.5);
    EXPECT(gd_huber(p, t, ((gd_loss_opts){.reduction = GD_REDUCTION_NONE, .delta = 2})), GD_SHAPE(3), 0.125, 0, 4);
    EXPECT(gd_huber(p, t, ((gd_loss_opts){.reduction = GD_REDUCTION_NONE, .delta = 4})), GD_SHAPE(3), 0.125, 0, 4.5);
    gd_graph_free(graph);
}

static void logistic(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(6), 0, 2, 1000, 1000, -1000, -1000);
    gd_tensor t = CONSTANT(graph, GD_U8, GD_SHAPE(6), 1, 0, 1, 0, 1, 0);
    gd_tensor loss = gd_logistic_loss(z, t, NONE);
    EXPECT(loss, GD_SHAPE(6), log(2), 2 + log1p(exp(-2)), 0, 1000, 1000, 0);
    gd_tensor gradient; // sigmoid(z) - t
    gd_gradients(loss, 1, &z, &gradient);
    EXPECT(gradient, GD_SHAPE(6), -0.5, 1 / (1 + exp(-2)), 0, 1, -1, 0);
    gd_graph_free(graph);
}

// e^-20 is lost beside 20 in f32, but not in the loss.
static void logistic_does_not_cancel(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F32, GD_SHAPE(2), 20, -20);
    gd_tensor loss = gd_logistic_loss(z, CONSTANT(graph, GD_F32, GD_SHAPE(2), 1, 0), NONE);
    gd_array value;
    gd__ref wanted = gd__ref_of(loss);
    assert_int_equal(gd__reference_run(graph, NULL, 1, &wanted, &value), GD_OK);
    for (int i = 0; i < 2; i++)
        expect_near(gd_array_get(&value, i), 2.0611536e-9, 1e-14);
    gd_array_free(&value);
    gd_graph_free(graph);
}

static void columns_fit_vectors_and_nothing_else(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor column = gd_input(graph, "column", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor vector = gd_input(graph, "vector", GD_I32, GD_SHAPE(GD_BATCH));
    expect_shape(gd_squared_error(column, vector, NONE), GD_SHAPE(GD_BATCH, 1));
    expect_shape(gd_logistic_loss(column, vector), GD_SCALAR);
    expect_shape(gd_accuracy(column, vector), GD_SCALAR);
    gd_tensor wide = gd_input(graph, "wide", GD_F32, GD_SHAPE(GD_BATCH, 3));
    expect_refusal(graph, gd_squared_error(wide, column),
                   "squared_error: the prediction is [batch,3], the target [batch,1]");
}

// log(e + e^2 + e^3) - z[label]
static const double log_sum = 3.4076059644443806;

static void cross_entropy(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(2, 3), 1, 2, 3, 1, 2, 3);
    gd_tensor label = CONSTANT(graph, GD_I32, GD_SHAPE(2), 2, 0);
    EXPECT(gd_softmax_cross_entropy(z, label), GD_SCALAR, log_sum - 2);
    EXPECT(gd_softmax_cross_entropy(z, label, NONE), GD_SHAPE(2), log_sum - 3, log_sum - 1);
    EXPECT(gd_softmax_cross_entropy(z, gd_reshape(label, GD_SHAPE(2, 1))), GD_SCALAR, log_sum - 2);
    EXPECT(gd_softmax_cross_entropy(gd_scale(z, 0), label), GD_SCALAR, log(3));
    gd_tensor huge = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2), 1e4, -1e4);
    EXPECT(gd_softmax_cross_entropy(huge, CONSTANT(graph, GD_I32, GD_SHAPE(1), 1)), GD_SCALAR, 2e4);
    gd_graph_free(graph);
}

// Smoothing 0.3 over 3 classes puts 0.8 on the label and 0.1 on the others; -log q is log_sum - z = 2.4, 1.4, 0.4.
static void smoothing_and_class_weights(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(2, 3), 1, 2, 3, 1, 2, 3);
    gd_tensor label = CONSTANT(graph, GD_I64, GD_SHAPE(2), 2, 0);
    gd_tensor w = CONSTANT(graph, GD_F64, GD_SHAPE(3), 1, 2, 5);
    const double a = log_sum - 1, b = log_sum - 2, c = log_sum - 3;
    const double smooth[2] = {0.1 * a + 0.1 * b + 0.8 * c, 0.8 * a + 0.1 * b + 0.1 * c};
    const double both[2] = {0.1 * a + 0.2 * b + 4 * c, 0.8 * a + 0.2 * b + 0.5 * c};
    const gd_loss_opts none = NONE;
    gd_loss_opts opts = none;
    opts.label_smoothing = 0.3;
    EXPECT(gd_softmax_cross_entropy(z, label, opts), GD_SHAPE(2), smooth[0], smooth[1]);
    opts.class_weight = w;
    EXPECT(gd_softmax_cross_entropy(z, label, opts), GD_SHAPE(2), both[0], both[1]);
    opts.reduction = GD_REDUCTION_MEAN; // over the labels' weights, 5 and 1
    EXPECT(gd_softmax_cross_entropy(z, label, opts), GD_SCALAR, (both[0] + both[1]) / 6);
    opts.label_smoothing = 0;
    EXPECT(gd_softmax_cross_entropy(z, label, opts), GD_SCALAR, (5 * c + a) / 6);

    // The same labels as probabilities. Their mean is over rows.
    gd_tensor p = gd_one_hot(label, 3, GD_F64);
    EXPECT(gd_softmax_cross_entropy(z, p), GD_SCALAR, (a + c) / 2);
    opts = (gd_loss_opts){.label_smoothing = 0.3, .class_weight = w};
    EXPECT(gd_softmax_cross_entropy(z, p, opts), GD_SCALAR, (both[0] + both[1]) / 2);

    opts.class_weight = gd_slice(w, 0, 0, 2, 1);
    expect_refusal(graph, gd_softmax_cross_entropy(z, label, opts), "class_weight is f64 [2], expected f64 [3]");
}

static void hinges(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(4), 2, 0.5, -3, 0.25);
    gd_tensor signs = CONSTANT(graph, GD_F64, GD_SHAPE(4), 1, 1, -1, -1);
    gd_tensor bits = CONSTANT(graph, GD_U8, GD_SHAPE(4), 1, 1, 0, 0);
    EXPECT(gd_hinge(z, signs, NONE), GD_SHAPE(4), 0, 0.5, 0, 1.25);
    EXPECT(gd_hinge(z, bits, NONE), GD_SHAPE(4), 0, 0.5, 0, 1.25);
    EXPECT(gd_hinge(z, bits, ((gd_loss_opts){.margin = 2, .squared = true})), GD_SCALAR, (2.25 + 2.25 * 2.25) / 4);
    // The cat, the car and the frog of CS231n's third lecture.
    gd_tensor score = CONSTANT(graph, GD_F64, GD_SHAPE(3, 3), 3.2, 5.1, -1.7, 1.3, 4.9, 2.0, 2.2, 2.5, -3.1);
    gd_tensor label = CONSTANT(graph, GD_I32, GD_SHAPE(3), 0, 1, 2);
    EXPECT(gd_multiclass_hinge(score, label, NONE), GD_SHAPE(3), 2.9, 0, 12.9);
    EXPECT(gd_multiclass_hinge(score, label), GD_SCALAR, 15.8 / 3);
    gd_loss_opts squared = NONE;
    squared.squared = true;
    EXPECT(gd_multiclass_hinge(score, label, squared), GD_SHAPE(3), 2.9 * 2.9, 0, 6.3 * 6.3 + 6.6 * 6.6);
    gd_tensor gradient;
    gd_gradients(gd_multiclass_hinge(score, label, SUM), 1, &score, &gradient);
    EXPECT(gradient, GD_SHAPE(3, 3), -1, 1, 0, 0, 0, 0, 1, 1, -2);
    gd_graph_free(graph);
}

static void kullback_leibler(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor p = CONSTANT(graph, GD_F64, GD_SHAPE(2, 3), 0.36, 0.48, 0.16, 0, 0.5, 0.5);
    gd_tensor log_q = gd_log_softmax(gd_scale(p, 0), -1); // a third each
    const double first = 0.36 * log(1.08) + 0.48 * log(1.44) + 0.16 * log(0.48);
    EXPECT(gd_kl_divergence(log_q, p, NONE), GD_SHAPE(2), first, log(1.5));
    EXPECT(gd_kl_divergence(log_q, p), GD_SCALAR, (first + log(1.5)) / 2);
    gd_tensor gradient; // log p - log q + 1, and 0 where p is 0
    gd_gradients(gd_kl_divergence(log_q, p, SUM), 1, &log_q, &gradient);
    EXPECT(gradient, GD_SHAPE(2, 3), -0.36, -0.48, -0.16, 0, -0.5, -0.5);
    gd_graph_free(graph);
}

static void losses_by_name(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(1, 6), -1, -2, -3, -1, -2, -3);
    gd_tensor numbers = CONSTANT(graph, GD_F64, GD_SHAPE(1, 6), 0, 1, 1, 0, 1, 0);
    for (int i = 0; i < gd_record_count(gd_loss_kinds()); i++) {
        const gd_loss_kind *kind = (const gd_loss_kind *)gd_record_at(gd_loss_kinds(), i);
        if (kind->task == &gd_task_boxes) // its maps: test_detection.c
            continue;
        const int64_t outputs = kind->spread == NULL ? 1 : kind->spread(&(gd_quantile_opts){0});
        const int64_t width = outputs == 1 ? 4 : 6; // four are a box, too
        gd_tensor target =
            kind->task->labels ? CONSTANT(graph, GD_I32, GD_SHAPE(1), 1) : gd_slice(numbers, 1, 0, width / outputs, 1);
        gd_tensor output = gd_slice(z, 1, 0, width, 1);
        expect_shape(gd_loss_named(kind->record.name, output, target, (gd_loss_opts){0}), GD_SCALAR);
        assert_ptr_equal(gd_loss_kind_named(kind->record.name), kind);
    }
    static const struct {
        const char *alias, *name;
    } aliases[] = {{"MSE", "squared_error"},
                   {"mae", "absolute_error"},
                   {"l1", "absolute_error"},
                   {"bce", "logistic"},
                   {"cross_entropy", "softmax_cross_entropy"},
                   {"nll", "negative_log_likelihood"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        assert_string_equal(gd_loss_kind_named(aliases[i].alias)->record.name, aliases[i].name);
    gd_tensor label = CONSTANT(graph, GD_I32, GD_SHAPE(1), 1);
    gd_tensor wrong = gd_loss_named("softmax_crossentropy", z, label, (gd_loss_opts){0});
    expect_refusal(graph, wrong, "unknown loss 'softmax_crossentropy', did you mean 'softmax_cross_entropy'?");
}

static gd_tensor write_cubed(const gd_loss_call *call, gd_tensor *weight)
{
    const double *factor = call->options;
    (void)weight;
    const gd_tensor error = gd_abs(gd_sub(call->output, call->target));
    return gd_scale(gd_mul(error, gd_square(error)), *factor);
}

static void losses_of_ones_own(void **state)
{
    (void)state;
    static const gd_option options[] = {
        {.name = "factor", .type = GD_OPTION_NUMBER, .standard = "2", .doc = "of all", .size = sizeof(double)}, {0}};
    static const gd_loss_kind cubed = {.record = {.name = "cubed_error",
                                                  .doc = "factor |prediction - target|³",
                                                  .options = options,
                                                  .options_size = sizeof(double)},
                                       .task = &gd_task_regression,
                                       .link = &gd_link_identity,
                                       .write = write_cubed};
    gd_loss_kind lacking = cubed, taken = cubed;
    lacking.write = NULL;
    taken.record.name = "huber";
    assert_int_equal(gd_loss_register(&lacking), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_loss_register(&taken), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_loss_register(&cubed), GD_OK);
    gd_graph *graph = gd_graph_create();
    gd_tensor p = CONSTANT(graph, GD_F64, GD_SHAPE(2), 1, 3), t = CONSTANT(graph, GD_F64, GD_SHAPE(2), 2, 1);
    EXPECT(gd_loss_named("cubed_error", p, t, (gd_loss_opts){0}), GD_SCALAR, 9);
    EXPECT(gd_loss_write(&cubed, p, t, &(double){3}, NONE), GD_SHAPE(2), 3, 24);
    gd_graph_free(graph);
}

// The losses one by one, where no peer has them.
static void quantiles_and_focal_classes(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_loss_kind *quantile = gd_loss_kind_named("pinball"), *focal = gd_loss_kind_named("softmax_focal");
    // Two numbers a sample, and of each the quantiles 0.25 and 0.5.
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 4), 1, 5, 2, 4),
              t = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2), 3, 3);
    const gd_quantile_opts opts = {.quantiles = {.count = 2, .value = {0.25, 0.5}}};
    EXPECT(gd_loss_write(quantile, x, t, &opts, NONE), GD_SHAPE(1, 4), 0.5, 1.5, 0.5, 0.5);
    EXPECT(quantile->answer(x, &opts), GD_SHAPE(1, 2), 2, 4);
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(2, 2), 0, log(3), 0, 0),
              label = CONSTANT(graph, GD_I32, GD_SHAPE(2), 1, 0);
    EXPECT(gd_loss_write(focal, z, label, NULL, NONE), GD_SHAPE(2), -log(0.75) / 16, log(2) / 4);
    EXPECT(gd_loss_write(focal, z, label, &(gd_focal_opts){0}, NONE), GD_SHAPE(2), -log(0.75), log(2));
    gd_tensor odd = CONSTANT(graph, GD_F64, GD_SHAPE(1, 3), 1, 2, 3);
    expect_refusal(graph, gd_loss_write(gd_loss_kind_named("gaussian"), odd, t, NULL, NONE),
                   "gaussian: the prediction is [1,3], expected 2 numbers along the last axis");
}

static void labels_that_do_not_fit(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = gd_input(graph, "z", GD_F32, GD_SHAPE(GD_BATCH, 10));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH, 3));
    expect_refusal(graph, gd_softmax_cross_entropy(z, label),
                   "softmax_cross_entropy: the prediction is [batch,10], the label [batch,3]");
    graph = gd_graph_create();
    label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    expect_refusal(graph, gd_softmax_cross_entropy(label, label), "the prediction is i32, expected a floating type");
    graph = gd_graph_create();
    z = gd_input(graph, "z", GD_F32, GD_SHAPE(GD_BATCH, 10));
    label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor loss = gd_softmax_cross_entropy(z, label, (gd_loss_opts){.label_smoothing = 1});
    expect_refusal(graph, loss, "label_smoothing is 1");
}

static void set(gd_graph *graph, const char *name, const double *value)
{
    gd_tensor variable = gd_variable_find(graph, name);
    gd_array array = gd_array_borrow(GD_F64, gd_tensor_shape(variable), value);
    assert_int_equal(gd_variable_set(variable, &array), GD_OK);
}

static void penalties(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    EXPECT(gd_l2_penalty(graph, 0.1, (gd_penalty_opts){0}), GD_SCALAR, 0);
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2), 1, 1);
    gd_batch_norm(gd_dense(x, 1), (gd_batch_norm_opts){0});
    set(graph, "fc1.weight", (double[]){3, -4});
    set(graph, "fc1.bias", (double[]){-10});
    EXPECT(gd_l1_penalty(graph, 0.1, (gd_penalty_opts){0}), GD_SCALAR, 0.7);
    EXPECT(gd_l2_penalty(graph, 0.1, (gd_penalty_opts){0}), GD_SCALAR, 1.25);
    EXPECT(gd_l2_penalty(graph, 0.1, (gd_penalty_opts){.all = true}), GD_SCALAR, 0.05 * (25 + 100 + 1));
    gd_tensor weight = gd_variable_find(graph, "fc1.weight"), gradient;
    gd_gradients(gd_l2_penalty(graph, 0.1, (gd_penalty_opts){0}), 1, &weight, &gradient);
    EXPECT(gradient, GD_SHAPE(1, 2), 0.3, -0.4);
    gd_graph_free(graph);
}

static void metrics(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(4, 3), 1, 2, 3, 3, 2, 1, 1, 3, 2, NAN, NAN, NAN);
    gd_tensor label = CONSTANT(graph, GD_I64, GD_SHAPE(4), 2, 1, 0, 1);
    EXPECT(gd_correct(gd_slice(z, 0, 0, 3, 1), gd_slice(label, 0, 0, 3, 1)), GD_SHAPE(3), 1, 0, 0);
    EXPECT(gd_accuracy(z, label), GD_SCALAR, 0.25);
    EXPECT(gd_top_k_accuracy(z, label, 1), GD_SCALAR, 0.25);
    EXPECT(gd_top_k_accuracy(z, label, 2), GD_SCALAR, 0.5);
    gd_tensor binary = CONSTANT(graph, GD_F64, GD_SHAPE(4, 1), 0.1, -0.1, 5, -5);
    gd_tensor truth = CONSTANT(graph, GD_U8, GD_SHAPE(4), 1, 1, 1, 0);
    EXPECT(gd_accuracy(binary, truth), GD_SCALAR, 0.75);
    EXPECT(gd_accuracy(binary, gd_reshape(truth, GD_SHAPE(4, 1))), GD_SCALAR, 0.75);
    gd_tensor a = CONSTANT(graph, GD_F64, GD_SHAPE(2), 1, 2), b = CONSTANT(graph, GD_F64, GD_SHAPE(2), 1, 5);
    EXPECT(gd_mean_squared_error(a, b), GD_SCALAR, 4.5);
    EXPECT(gd_mean_absolute_error(a, b), GD_SCALAR, 1.5);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(element_by_element),
        cmocka_unit_test(logistic),
        cmocka_unit_test(logistic_does_not_cancel),
        cmocka_unit_test(columns_fit_vectors_and_nothing_else),
        cmocka_unit_test(cross_entropy),
        cmocka_unit_test(smoothing_and_class_weights),
        cmocka_unit_test(hinges),
        cmocka_unit_test(kullback_leibler),
        cmocka_unit_test(losses_by_name),
        cmocka_unit_test(losses_of_ones_own),
        cmocka_unit_test(quantiles_and_focal_classes),
        cmocka_unit_test(labels_that_do_not_fit),
        cmocka_unit_test(penalties),
        cmocka_unit_test(metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
