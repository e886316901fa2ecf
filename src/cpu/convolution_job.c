#include "cpu/convolution_job.h"

#include "base/error.h"
#include "op/table.h"

static const gd__ref none = {-1, 0};

static gd__direction direction_of(const gd__node *node)
{
    if (node->op == &gd__op_convolution_backward_data)
        return GD__BACKWARD_DATA;
    return node->op == &gd__op_convolution_backward_weights ? GD__BACKWARD_WEIGHTS : GD__FORWARD;
}

static void find_operands(const gd__planner *planner, const gd__node *node, gd__convolution_job *j)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__ref first = {j->index, 0}, second = {j->index, 1};
    switch (j->direction) {
    case GD__FORWARD: {
        const int32_t add = gd__planner_combined(planner, j->index, &gd__op_add),
                      relu = gd__planner_combined(planner, j->index, &gd__op_relu);
        j->x = node->input[0];
        j->w = node->input[1];
        j->b = node->input_count > 2 ? node->input[2] : none;
        j->y = relu >= 0 ? (gd__ref){relu, 0} : (add >= 0 ? (gd__ref){add, 0} : first);
        j->relu = relu >= 0;
        if (add >= 0) {
            const gd__node *sum = &graph->node[add];
            j->addend = sum->input[sum->input[0].node == j->index ? 1 : 0];
        }
        break;
    }
    case GD__BACKWARD_DATA:
        j->y = node->input[0];
        j->w = node->input[1];
        j->x = first;
        break;
    case GD__BACKWARD_WEIGHTS:
        j->x = node->input[0];
        j->y = node->input[1];
        j->w = first;
        j->b = gd__planner_is_read(planner, second) ? second : none;
        break;
    }
}

bool gd__convolution_job_of(const gd__planner *planner, int32_t index, gd__convolution_job *job)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    gd__convolution_job j = {.index = index,
                             .name = node->op->name,
                             .direction = direction_of(node),
                             .attributes = node->attributes,
                             .b = none,
                             .addend = none,
                             .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.inference = j.direction == GD__FORWARD && planner->opts.inference && !planner->arranges;
    find_operands(planner, node, &j);
    const gd_info *x = gd__info_at(graph, j.x), *y = gd__info_at(graph, j.y);
    j.type = x->type;
    j.x_shape = x->shape;
    j.y_shape = y->shape;
    const gd__convolution_attributes *a = j.attributes;
    const int64_t products = j.x_shape.dim[1] / a->groups * a->window.kernel[0] * a->window.kernel[1]; // for one of y
    j.flops = 2.0 * (double)gd_shape_count(j.y_shape) * (double)products;
    *job = j;
    if (j.type == GD_F32 || j.type == GD_BF16)
        return true;
    gd__fail(GD_ERROR_UNSUPPORTED, "no convolution of %s by a fast way", gd_type_name(j.type));
    return false;
}

bool gd__convolution_has_window(const gd__convolution_job *job, int64_t kernel)
{
    const gd__convolution_attributes *a = job->attributes;
    bool has = a->groups == 1 && job->x_shape.rank == 4;
    for (int i = 0; i < GD_SPATIAL; i++)
        has = has && a->window.kernel[i] == kernel && a->window.stride[i] == 1 && a->window.dilation[i] == 1;
    return has;
}
