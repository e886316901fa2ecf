// The network before the layers, its inputs, and the whole of it. Its end stands in ends.c.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"

// The graph's own error as the sentence of the last failure.
gd_status gd__graph_failure(const gd_model *model)
{
    gd_status status = gd_graph_status(model->graph);
    return status == GD_OK ? GD_OK : gd__fail(status, "%s", gd_graph_error(model->graph));
}

// ---- The whole

gd_status gd__write_network(gd__model *model)
{
    gd_model *shown = &model->shown;
    const gd__yaml *layers, *loss;
    gd_status status = gd__recipe_need(shown->recipe, "model", &layers);
    if (status == GD_OK)
        status = gd__recipe_need(shown->recipe, "loss", &loss);
    if (status != GD_OK)
        return status;
    shown->graph = gd_graph_create();
    if (shown->graph == NULL)
        return gd__fail_memory("a graph");
    gd__graph_limit_variables(shown->graph, model->most_numbers);
    gd_graph_set_seed(shown->graph, (uint64_t)gd__option_integer(gd__section(shown->recipe->root, "train"), "seed"));
    gd_tensor x = GD_NO_TENSOR;
    if (model->rows == 0)
        model->rows = gd__recipe_streams(shown->recipe);
    status = gd__write_inputs(model, layers, &x);
    if (status == GD_OK) {
        const gd__wire input = {x, model->view, model->lengths};
        shown->output = gd__write_layers(model, layers, input, input, 0);
    }
    if (status == GD_OK)
        status = gd__graph_failure(shown);
    if (status == GD_OK)
        status = gd__write_ends(model, layers);
    shown->layer = model->layer;
    for (int i = 0; i < gd_variable_count(shown->graph); i++)
        if (gd_variable_trainable(gd_variable_at(shown->graph, i)))
            shown->parameters += gd_shape_count(gd_tensor_shape(gd_variable_at(shown->graph, i)));
    for (int i = 0; i < shown->layer_count; i++)
        if (shown->layer[i].depth == 0)
            shown->flops += shown->layer[i].flops;
    return status;
}
