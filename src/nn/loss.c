// Losses that compare element by element, and the table of all of them.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "nn/choice.h"
#include "nn/layer.h"
#include "nn/target.h"

gd_tensor gd_squared_error_with(gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    if (!gd__target_align("squared_error", prediction, &target))
        return gd__no_result(prediction);
    return gd__weigh_loss("squared_error", gd_square(gd_sub(prediction, target)), GD_NO_TENSOR, opts);
}

gd_tensor gd_absolute_error_with(gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    if (!gd__target_align("absolute_error", prediction, &target))
        return gd__no_result(prediction);
    return gd__weigh_loss("absolute_error", gd_abs(gd_sub(prediction, target)), GD_NO_TENSOR, opts);
}

// With q = min(d, delta) both branches are one formula without a choice: q (d - q / 2).
gd_tensor gd_huber_with(gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    if (!gd__target_align("huber", prediction, &target))
        return gd__no_result(prediction);
    double delta = opts.delta == 0 ? 1.0 : opts.delta;
    if (!(delta > 0))
        return gd__graph_fail(prediction.graph, GD_ERROR_ARGUMENT, "huber: delta is %g, expected a positive number",
                              delta);
    gd_tensor distance = gd_abs(gd_sub(prediction, target));
    gd_tensor near = gd_minimum(distance, gd_scalar_like(distance, delta));
    return gd__weigh_loss("huber", gd_mul(near, gd_sub(distance, gd_scale(near, 0.5))), GD_NO_TENSOR, opts);
}

static bool two_weights_fit(gd_tensor logits, gd_tensor weight)
{
    char text[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(weight))
        return false;
    if (gd_tensor_type(weight) == gd_tensor_type(logits) && gd_shape_equal(gd_tensor_shape(weight), GD_SHAPE(2)))
        return true;
    gd__graph_fail(logits.graph, GD_ERROR_SHAPE, "logistic: class_weight is %s %s, expected %s [2]",
                   gd_type_name(gd_tensor_type(weight)), gd_shape_text(gd_tensor_shape(weight), text),
                   gd_type_name(gd_tensor_type(logits)));
    return false;
}

static gd_tensor weight_of_class(gd_tensor weight, int64_t class)
{
    return gd_reshape(gd_slice(weight, 0, class, class + 1, 1), GD_SCALAR);
}

gd_tensor gd_logistic_loss_with(gd_tensor logits, gd_tensor target, gd_loss_opts opts)
{
    if (!gd__target_align("logistic", logits, &target))
        return gd__no_result(logits);
    gd_tensor yes = gd_mul(target, gd_softplus(gd_neg(logits)));
    const gd_tensor not_target = gd_shift(gd_neg(target), 1.0);
    gd_tensor no = gd_mul(not_target, gd_softplus(logits));
    if (opts.class_weight.graph == NULL)
        return gd__weigh_loss("logistic", gd_add(yes, no), GD_NO_TENSOR, opts);
    if (!two_weights_fit(logits, opts.class_weight))
        return gd__no_result(logits);
    const gd_tensor of_no = weight_of_class(opts.class_weight, 0), of_yes = weight_of_class(opts.class_weight, 1);
    const gd_tensor weight = gd_add(gd_mul(target, of_yes), gd_mul(not_target, of_no));
    return gd__weigh_loss("logistic", gd_add(gd_mul(yes, of_yes), gd_mul(no, of_no)), weight, opts);
}

gd_tensor gd_hinge_with(gd_tensor score, gd_tensor label, gd_loss_opts opts)
{
    if (!gd__target_align("hinge", score, &label))
        return gd__no_result(score);
    double margin = opts.margin == 0 ? 1.0 : opts.margin;
    gd_tensor side = gd_shift(gd_scale(gd_step(label), 2.0), -1.0); // 1 for labels above 0, else -1
    gd_tensor excess = gd_relu(gd_shift(gd_neg(gd_mul(side, score)), margin));
    return gd__weigh_loss("hinge", opts.squared ? gd_square(excess) : excess, GD_NO_TENSOR, opts);
}

gd_tensor gd_squared_error(gd_tensor prediction, gd_tensor target)
{
    return gd_squared_error_with(prediction, target, (gd_loss_opts){0});
}

gd_tensor gd_absolute_error(gd_tensor prediction, gd_tensor target)
{
    return gd_absolute_error_with(prediction, target, (gd_loss_opts){0});
}

gd_tensor gd_huber(gd_tensor prediction, gd_tensor target)
{
    return gd_huber_with(prediction, target, (gd_loss_opts){0});
}

gd_tensor gd_logistic_loss(gd_tensor logits, gd_tensor target)
{
    return gd_logistic_loss_with(logits, target, (gd_loss_opts){0});
}

gd_tensor gd_hinge(gd_tensor score, gd_tensor label)
{
    return gd_hinge_with(score, label, (gd_loss_opts){0});
}

// ---- By name

static const gd_choice choices[] = {
    {"squared_error", "(prediction - target)^2"},
    {"absolute_error", "|prediction - target|"},
    {"huber", "d^2 / 2 up to delta, then delta (d - delta / 2), d = |prediction - target|"},
    {"logistic", "-t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)), from logits z"},
    {"softmax_cross_entropy", "-log softmax(z)[label], from logits z"},
    {"hinge", "max(0, margin - s z), s = 1 for labels above 0, else -1"},
    {"multiclass_hinge", "sum over j != label of max(0, z_j - z_label + margin)"},
    {"kl_divergence", "sum of p (log p - log q), from log q"},
};
// In the order of the words.
static gd_tensor (*const functions[])(gd_tensor prediction, gd_tensor target, gd_loss_opts opts) = {
    gd_squared_error_with,    gd_absolute_error_with,        gd_huber_with,
    gd_logistic_loss_with,    gd_softmax_cross_entropy_with, gd_hinge_with,
    gd_multiclass_hinge_with, gd_kl_divergence_with,
};
_Static_assert(sizeof choices / sizeof choices[0] == sizeof functions / sizeof functions[0], "one function a word");

const gd_choice *gd_loss_choices(int *count)
{
    *count = GD_COUNT_OF(choices);
    return choices;
}

gd_tensor gd_loss_named(const char *name, gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    if (!gd_tensor_ok(prediction))
        return gd__no_result(prediction);
    int found = gd__choice_find(name, GD_COUNT_OF(choices), choices);
    if (found < 0) {
        gd_status status = gd__choice_unknown("loss", name, GD_COUNT_OF(choices), choices);
        return gd__graph_fail(prediction.graph, status, "%s", gd_last_error());
    }
    return functions[found](prediction, target, opts);
}
