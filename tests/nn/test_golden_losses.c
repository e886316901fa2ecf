// Losses and their gradients against PyTorch's and torchvision's, in losses.safetensors, and in all of the golden cases
// where they are present (GRADUS_GOLDEN, or ../shared/golden).
//
// A case has its arrays as `case/in.NAME` (f32), and the truth as `case/out.y` and `case/grad.NAME` (f64). Where the
// result is no single number, the gradient is that of sum(result * `case/lossw.y`).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/io.h>
#include <gradus/loss.h>
#include <gradus/ops.h>

#include "op/expect.h"

typedef gd_tensor (*prepare)(gd_tensor tensor);

// One loss with its options, for the reductions mean, sum and none.
typedef struct row {
    const char *name; // of the case, without the reduction
    const char *loss;
    const char *input, *target, *weight; // keys; weight: of the classes
    gd_setting setting[3];
    prepare of_input, of_target; // NULL: as they are
    double scale;                // the peer's loss is ours times this; 0: 1
    bool mean_differs;           // the peer divides by another number
    bool each_differs;           // the peer's losses one by one are not ours
} row;

static gd_tensor log_softmax(gd_tensor x)
{
    return gd_log_softmax(x, -1);
}

// Labels -1 and 1 as 0 and 1.
static gd_tensor from_signs(gd_tensor y)
{
    return gd_shift(gd_scale(y, 0.5), 0.5);
}

static gd_tensor classes_last(gd_tensor x)
{
    return gd_transpose(x, (gd_axes){.count = 3, .axis = {0, 2, 1}});
}

#define SMOOTH                                                                                                         \
    {                                                                                                                  \
        .name = "label_smoothing", .value = 0.1                                                                        \
    }
#define IGNORE                                                                                                         \
    {                                                                                                                  \
        .name = "ignored_label", .value = 2                                                                            \
    }
static const row rows[] = {
    {.name = "ce_ids", .loss = "softmax_cross_entropy", .input = "x", .target = "y"},
    {.name = "ce_ls_ids", .loss = "softmax_cross_entropy", .input = "x", .target = "y", .setting = {SMOOTH}},
    {.name = "ce_w_ids", .loss = "softmax_cross_entropy", .input = "x", .target = "y", .weight = "w"},
    {.name = "ce_w_ls_ids",
     .loss = "softmax_cross_entropy",
     .input = "x",
     .target = "y",
     .weight = "w",
     .setting = {SMOOTH}},
    {.name = "ce_ign2_ids", .loss = "softmax_cross_entropy", .input = "x", .target = "y", .setting = {IGNORE}},
    {.name = "ce_ls_ign2_ids",
     .loss = "softmax_cross_entropy",
     .input = "x",
     .target = "y",
     .setting = {IGNORE, SMOOTH}},
    {.name = "ce_w_ign2_ids",
     .loss = "softmax_cross_entropy",
     .input = "x",
     .target = "y",
     .weight = "w",
     .setting = {IGNORE}},
    {.name = "ce_w_ls_ign2_ids",
     .loss = "softmax_cross_entropy",
     .input = "x",
     .target = "y",
     .weight = "w",
     .setting = {IGNORE, SMOOTH}},
    {.name = "ce_probs", .loss = "softmax_cross_entropy", .input = "x", .target = "p"},
    {.name = "ce_ls_probs", .loss = "softmax_cross_entropy", .input = "x", .target = "p", .setting = {SMOOTH}},
    {.name = "ce_w_probs", .loss = "softmax_cross_entropy", .input = "x", .target = "p", .weight = "w"},
    {.name = "ce_w_ls_probs",
     .loss = "softmax_cross_entropy",
     .input = "x",
     .target = "p",
     .weight = "w",
     .setting = {SMOOTH}},
    {.name = "ce_spatial",
     .loss = "softmax_cross_entropy",
     .input = "x",
     .target = "y",
     .weight = "w",
     .of_input = classes_last},
    {.name = "nll_w",
     .loss = "negative_log_likelihood",
     .input = "x",
     .target = "y",
     .weight = "w",
     .of_input = log_softmax},
    {.name = "bce_logits_plain", .loss = "logistic", .input = "x", .target = "t"},
    {.name = "bce_logits_soft", .loss = "logistic", .input = "x", .target = "t"},
    {.name = "bce_logits_pos",
     .loss = "logistic",
     .input = "x",
     .target = "t",
     .weight = "pos_weight",
     .mean_differs = true},
    {.name = "soft_margin", .loss = "logistic", .input = "x", .target = "y", .of_target = from_signs},
    {.name = "multi_margin_p1_m1.0", .loss = "multiclass_hinge", .input = "x", .target = "y", .scale = 0.25},
    {.name = "multi_margin_p2_m0.5",
     .loss = "multiclass_hinge",
     .input = "x",
     .target = "y",
     .setting = {{.name = "margin", .value = 0.5}, {.name = "squared", .value = 1}},
     .scale = 0.25},
    {.name = "hinge_plain", .loss = "hinge", .input = "x", .target = "y"},
    {.name = "hinge_squared",
     .loss = "hinge",
     .input = "x",
     .target = "y",
     .setting = {{.name = "squared", .value = 1}}},
    {.name = "mse", .loss = "squared_error", .input = "x", .target = "t"},
    {.name = "l1", .loss = "absolute_error", .input = "x", .target = "t"},
    {.name = "smooth_l1_b1", .loss = "smooth_l1", .input = "x", .target = "t"},
    {.name = "smooth_l1_b.5",
     .loss = "smooth_l1",
     .input = "x",
     .target = "t",
     .setting = {{.name = "beta", .value = 0.5}}},
    {.name = "huber_d.5", .loss = "huber", .input = "x", .target = "t", .setting = {{.name = "delta", .value = 0.5}}},
    {.name = "huber_d2", .loss = "huber", .input = "x", .target = "t", .setting = {{.name = "delta", .value = 2}}},
    {.name = "kl_t",
     .loss = "kl_divergence",
     .input = "z",
     .target = "t",
     .of_input = log_softmax,
     .mean_differs = true,
     .each_differs = true},
    {.name = "kl_logt",
     .loss = "kl_divergence",
     .input = "z",
     .target = "t",
     .of_input = log_softmax,
     .of_target = gd_exp,
     .mean_differs = true,
     .each_differs = true},
    {.name = "poisson_nll_log", .loss = "poisson", .input = "x", .target = "t"},
    {.name = "poisson_nll_log_full",
     .loss = "poisson",
     .input = "x",
     .target = "t",
     .setting = {{.name = "full", .value = 1}}},
    {.name = "poisson_nll_rate",
     .loss = "poisson",
     .input = "x",
     .target = "t",
     .setting = {{.name = "rate", .value = 1}}},
    {.name = "poisson_nll_rate_full",
     .loss = "poisson",
     .input = "x",
     .target = "t",
     .setting = {{.name = "rate", .value = 1}, {.name = "full", .value = 1}}},
    {.name = "gaussian_nll", .loss = "gaussian", .input = "x", .target = "t"},
    {.name = "gaussian_nll_full",
     .loss = "gaussian",
     .input = "x",
     .target = "t",
     .setting = {{.name = "full", .value = 1}}},
    {.name = "focal_a0.25_g2.0", .loss = "focal", .input = "x", .target = "t"},
    {.name = "focal_a-1.0_g2.0",
     .loss = "focal",
     .input = "x",
     .target = "t",
     .setting = {{.name = "alpha", .value = 0}}},
    {.name = "focal_a0.25_g0.0",
     .loss = "focal",
     .input = "x",
     .target = "t",
     .setting = {{.name = "gamma", .value = 0}}},
    {.name = "focal_a0.6_g1.5",
     .loss = "focal",
     .input = "x",
     .target = "t",
     .setting = {{.name = "gamma", .value = 1.5}, {.name = "alpha", .value = 0.6}}},
    {.name = "dice_s1.0", .loss = "dice", .input = "x", .target = "t"},
    {.name = "dice_s1e-06_squared",
     .loss = "dice",
     .input = "x",
     .target = "t",
     .setting = {{.name = "smooth", .value = 1e-6}, {.name = "squared", .value = 1}}},
    {.name = "dice_s1.0_batch",
     .loss = "dice",
     .input = "x",
     .target = "t",
     .setting = {{.name = "batch", .value = 1}}},
    {.name = "giou", .loss = "generalised_iou", .input = "b1", .target = "b2"},
    {.name = "diou", .loss = "distance_iou", .input = "b1", .target = "b2"},
};

// ---- Reading a case

typedef struct golden {
    gd_tensor_file *file;
    const char *name; // of the case
    gd_graph *graph;
    gd_type type;
} golden;

// `case/KEY`, or NULL.
static const gd_array *find(const golden *g, const char *key)
{
    char name[400];
    snprintf(name, sizeof name, "%s/%s", g->name, key);
    return gd_tensor_file_get(g->file, name);
}

static gd_array convert(const gd_array *array, gd_type type)
{
    gd_array values;
    assert_int_equal(gd_array_create(&values, type, array->shape), GD_OK);
    assert_int_equal(gd_array_convert(&values, array), GD_OK);
    return values;
}

// A variable or a constant with the array's values, in the type that is computed with where they are no labels.
static gd_tensor take(const golden *g, const char *key, bool varies)
{
    char name[200];
    snprintf(name, sizeof name, "in.%s", key);
    const gd_array *array = find(g, name);
    if (array == NULL)
        fail_msg("%s has no %s", g->name, name);
    gd_array values = convert(array, array->type == GD_F32 ? g->type : array->type);
    gd_tensor tensor;
    if (varies) {
        tensor = gd_variable(g->graph, key, g->type, array->shape, (gd_variable_opts){0});
        assert_int_equal(gd_variable_set(tensor, &values), GD_OK);
    } else {
        tensor = gd_constant(g->graph, &values);
    }
    gd_array_free(&values);
    return tensor;
}

static void expect_array(const golden *g, const char *key, gd_tensor tensor, double tolerance)
{
    const gd_array *truth = find(g, key);
    gd_array value;
    if (truth == NULL)
        fail_msg("%s has no %s", g->name, key);
    if (gd_eval(tensor, &value) != GD_OK)
        fail_msg("%s: %s", g->name, gd_last_error());
    assert_int_equal(gd_array_count(truth), gd_array_count(&value));
    double largest = 1;
    for (int64_t i = 0; i < gd_array_count(truth); i++)
        largest = fmax(largest, fabs(gd_array_get(truth, i)));
    for (int64_t i = 0; i < gd_array_count(truth); i++)
        if (!(fabs(gd_array_get(truth, i) - gd_array_get(&value, i)) <= tolerance * largest))
            fail_msg("%s: element %d of %s is %.15g, expected %.15g", g->name, (int)i, key, gd_array_get(&value, i),
                     gd_array_get(truth, i));
    gd_array_free(&value);
}

// ---- Checking

// Weights of columns: what no counts, 1, and what yes counts.
static gd_tensor weights(const golden *g, const row *r)
{
    if (r->weight == NULL)
        return GD_NO_TENSOR;
    const gd_tensor weight = take(g, r->weight, false);
    if (strcmp(r->weight, "pos_weight") != 0)
        return weight;
    const gd_tensor rows_of[] = {gd_expand_axis(gd_ones_like(weight), 0), gd_expand_axis(weight, 0)};
    return gd_concat(2, rows_of, 0);
}

static void check(golden *g, const row *r, gd_reduction reduction, double tolerance)
{
    const gd_loss_kind *kind = gd_loss_kind_named(r->loss);
    _Alignas(max_align_t) unsigned char options[512];
    assert_true(kind != NULL && kind->record.options_size <= sizeof options);
    gd_options_default(&kind->record, options);
    for (int i = 0; i < 3 && r->setting[i].name != NULL; i++)
        assert_int_equal(gd_options_set(&kind->record, options, r->setting[i]), GD_OK);
    g->graph = gd_graph_create();
    gd_tensor varying[2] = {take(g, r->input, true)};
    int count = 1;
    gd_tensor output = r->of_input != NULL ? r->of_input(varying[0]) : varying[0];
    if (strcmp(r->loss, "gaussian") == 0) { // means, and logarithms of the variances
        varying[count++] = take(g, "var", true);
        output = gd_concat(2, (const gd_tensor[]){output, gd_log(varying[1])}, 1);
    }
    gd_tensor target = take(g, r->target, false);
    if (r->of_target != NULL)
        target = r->of_target(target);
    const gd_loss_opts opts = {.reduction = reduction, .class_weight = weights(g, r)};
    gd_tensor loss = gd_loss_write(kind, output, target, kind->record.options_size > 0 ? options : NULL, opts);
    if (r->scale != 0)
        loss = gd_scale(loss, r->scale);
    expect_array(g, "out.y", loss, tolerance);
    const gd_array *factor = find(g, "lossw.y");
    if (factor != NULL) {
        gd_array values = convert(factor, g->type);
        loss = gd_sum(gd_mul(loss, gd_constant(g->graph, &values)), (gd_reduce_opts){0});
        gd_array_free(&values);
    }
    gd_tensor gradient[2];
    gd_gradients(loss, count, varying, gradient);
    char key[40];
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof key, "grad.%s", i == 0 ? r->input : "var");
        expect_array(g, key, gradient[i], tolerance);
    }
    gd_graph_free(g->graph);
}

static void check_file(const char *path)
{
    static const char *const suffix[] = {"_mean", "_sum", "_none"};
    static const gd_reduction reduction[] = {GD_REDUCTION_MEAN, GD_REDUCTION_SUM, GD_REDUCTION_NONE};
    static const struct {
        gd_type type;
        double tolerance; // what float32 PyTorch is off by on these is below 3e-7
    } in[] = {{GD_F64, 1e-9}, {GD_F32, 4e-6}};
    golden g = {0};
    assert_int_equal(gd_tensor_file_open(path, &g.file), GD_OK);
    int checked = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int k = 0; k < 4; k++) {
            char name[100], key[140];
            // Some have no reduction in their name, and the mean is meant.
            snprintf(name, sizeof name, "%s%s", rows[i].name, k < 3 ? suffix[k] : "");
            snprintf(key, sizeof key, "%s/out.y", name);
            if (gd_tensor_file_get(g.file, key) == NULL || (k == 0 && rows[i].mean_differs) ||
                (k == 2 && rows[i].each_differs))
                continue;
            g.name = name;
            for (size_t t = 0; t < sizeof in / sizeof *in; t++) {
                g.type = in[t].type;
                check(&g, &rows[i], k < 3 ? reduction[k] : GD_REDUCTION_MEAN, in[t].tolerance);
            }
            checked++;
        }
    gd_tensor_file_free(g.file);
    assert_int_equal(checked, 120);
}

static void losses(void **state)
{
    (void)state;
    check_file("tests/nn/losses.safetensors");
}

static void all_losses(void **state)
{
    (void)state;
    char path[4096];
    const char *folder = getenv("GRADUS_GOLDEN");
    snprintf(path, sizeof path, "%s/losses.safetensors", folder == NULL ? "../shared/golden" : folder);
    if (access(path, R_OK) != 0) {
        print_message("%s is not there: set GRADUS_GOLDEN to the folder of the golden sets\n", path);
        skip();
    }
    check_file(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(losses), cmocka_unit_test(all_losses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
