// Weighted means of losses: sum of w l / sum of w, where w is the sample's weight times that of its class.
#include "nn/layer.h"
#include "nn/lengths.h"
#include "nn/target.h"

static gd_tensor whole_sum(gd_tensor x)
{
    return gd_sum(x, (gd_reduce_opts){0});
}

// (N) as (N, 1, …), of the loss' rank, so that it is broadcast over the other axes.
static gd_tensor spread(gd_tensor weight, gd_tensor loss)
{
    if (gd_tensor_type(weight) != gd_tensor_type(loss))
        weight = gd_cast(weight, gd_tensor_type(loss));
    while (gd_tensor_ok(weight) && gd_tensor_rank(weight) < gd_tensor_rank(loss))
        weight = gd_expand_axis(weight, -1);
    return weight;
}

static bool sample_weight_fits(const char *kind, gd_tensor loss, gd_tensor weight)
{
    char have[GD_SHAPE_TEXT], of[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(weight) || !gd_tensor_ok(loss))
        return false;
    if (gd_tensor_rank(loss) >= 1 && gd_tensor_rank(weight) == 1 && gd_tensor_dim(weight, 0) == gd_tensor_dim(loss, 0))
        return true;
    gd_graph_fail(loss.graph, GD_ERROR_SHAPE, "%s: sample_weight is %s, expected one number for each sample of %s",
                  kind, gd_shape_text(gd_tensor_shape(weight), have), gd_shape_text(gd_tensor_shape(loss), of));
    return false;
}

// The sum of `weight` with each of its numbers as often as the loss has elements for it.
static gd_tensor total_of(gd_tensor weight, gd_tensor loss)
{
    const gd_shape shape = gd_tensor_shape(loss);
    return whole_sum(gd_shape_equal(gd_tensor_shape(weight), shape) ? weight : gd_broadcast_to(weight, shape));
}

static bool lengths_fit(const char *kind, gd_tensor loss, gd_tensor lengths)
{
    char have[GD_SHAPE_TEXT], of[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(lengths) || !gd_tensor_ok(loss))
        return false;
    if (gd_tensor_rank(loss) >= 2 && gd_tensor_rank(lengths) == 1 &&
        gd_tensor_dim(lengths, 0) == gd_tensor_dim(loss, 0))
        return true;
    gd_graph_fail(loss.graph, GD_ERROR_SHAPE, "%s: lengths are %s, expected one for each sequence of %s", kind,
                  gd_shape_text(gd_tensor_shape(lengths), have), gd_shape_text(gd_tensor_shape(loss), of));
    return false;
}

gd_tensor gd__without_padding(const char *kind, gd_tensor x, gd_tensor lengths)
{
    if (!lengths_fit(kind, x, lengths))
        return gd__no_result(x);
    return gd_where(gd__within(lengths, x, 1), x, gd_scalar_like(x, 0));
}

// The weight of each element, or no tensor where all count alike; *loss becomes loss times weight.
static bool weigh(const char *kind, gd_tensor *loss, gd_tensor class_weight, const gd_loss_opts *opts,
                  gd_tensor *weight)
{
    *weight = class_weight;
    if (opts->sample_weight.graph != NULL) {
        if (!sample_weight_fits(kind, *loss, opts->sample_weight))
            return false;
        const gd_tensor own = spread(opts->sample_weight, *loss);
        *loss = gd_mul(*loss, own);
        *weight = class_weight.graph != NULL ? gd_mul(class_weight, own) : own;
    }
    if (opts->lengths.graph == NULL)
        return true;
    if (!lengths_fit(kind, *loss, opts->lengths))
        return false;
    const gd_tensor is = gd__within(opts->lengths, *loss, 1);
    *loss = gd_where(is, *loss, gd_scalar_like(*loss, 0)); // not a product: padding may be no number
    const gd_tensor one = gd_cast(is, gd_tensor_type(*loss));
    *weight = weight->graph != NULL ? gd_mul(*weight, one) : one;
    return true;
}

gd_tensor gd__weigh_loss(const char *kind, gd_tensor loss, gd_tensor class_weight, gd_loss_opts opts)
{
    gd_tensor weight;
    if (opts.total_weight != NULL)
        *opts.total_weight = GD_NO_TENSOR;
    if (!weigh(kind, &loss, class_weight, &opts, &weight))
        return gd__no_result(loss);
    if (weight.graph == NULL)
        return gd__reduce_loss(loss, opts.reduction);
    const gd_tensor total = total_of(weight, loss);
    if (opts.total_weight != NULL)
        *opts.total_weight = total;
    if (opts.reduction != GD_REDUCTION_MEAN)
        return gd__reduce_loss(loss, opts.reduction);
    // A batch whose weights are all zero has the loss 0 and no gradient.
    const gd_tensor some = gd_greater(total, gd_scalar_like(total, 0));
    return gd_div(whole_sum(loss), gd_where(some, total, gd_scalar_like(total, 1)));
}
