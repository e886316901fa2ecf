// Penalties on the size of weights.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "graph/graph.h"

static gd_tensor absolute_sum(gd_tensor w)
{
    return gd_sum(gd_abs(w), (gd_reduce_opts){0});
}

static gd_tensor square_sum(gd_tensor w)
{
    return gd_sum(gd_square(w), (gd_reduce_opts){0});
}

// factor times the sum of measure(w), in the type of the first variable that counts.
static gd_tensor penalty(gd_graph *graph, double factor, gd_tensor (*measure)(gd_tensor w), gd_penalty_opts opts)
{
    gd_tensor total = GD_NO_TENSOR;
    // Measuring adds nodes, not variables.
    for (int i = 0; i < gd_variable_count(graph); i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        if (!gd_variable_trainable(variable) || !(opts.all || gd_tensor_rank(variable) >= 2))
            continue;
        gd_tensor size = measure(variable);
        if (total.graph != NULL && gd_tensor_type(size) != gd_tensor_type(total))
            size = gd_cast(size, gd_tensor_type(total));
        total = total.graph == NULL ? size : gd_add(total, size);
    }
    return total.graph == NULL ? gd_scalar(graph, 0.0) : gd_scale(total, factor);
}

gd_tensor gd_l1_penalty(gd_graph *graph, double strength, gd_penalty_opts opts)
{
    return penalty(graph, strength, absolute_sum, opts);
}

gd_tensor gd_l2_penalty(gd_graph *graph, double strength, gd_penalty_opts opts)
{
    return penalty(graph, strength / 2, square_sum, opts);
}
