// Going back to an earlier state of a graph.
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"

gd__graph_mark gd__graph_mark_here(const gd_graph *graph)
{
    return (gd__graph_mark){.nodes = graph->node_count,
                            .inputs = graph->input_count,
                            .constants = graph->constant_count,
                            .variables = graph->variable_count,
                            .updates = graph->update_count,
                            .random_streams = graph->random_streams};
}

// The names of what is left. Where memory is short for one, it is not found: a second of that name would not be
// noticed.
static void name_again(gd_graph *graph)
{
    gd__names_free(&graph->names);
    for (int i = 0; i < graph->input_count; i++)
        (void)gd__names_put(&graph->names, GD__NAME_INPUT, graph->input[i].name, strlen(graph->input[i].name), i);
    for (int i = 0; i < graph->variable_count; i++)
        (void)gd__note_variable(graph, graph->variable[i].name, i);
}

void gd__graph_go_back(gd_graph *graph, gd__graph_mark mark)
{
    for (; graph->node_count > mark.nodes; graph->node_count--) {
        gd__free(graph->node[graph->node_count - 1].name);
        gd__free(graph->node[graph->node_count - 1].output);
    }
    for (; graph->input_count > mark.inputs; graph->input_count--)
        gd__free(graph->input[graph->input_count - 1].name);
    for (; graph->constant_count > mark.constants; graph->constant_count--)
        gd_array_free(&graph->constant[graph->constant_count - 1]);
    for (; graph->variable_count > mark.variables; graph->variable_count--) {
        gd__variable *variable = &graph->variable[graph->variable_count - 1];
        gd__free(variable->name);
        gd__memory_release(variable->memory, variable->data);
        graph->variable_elements -= gd_shape_count(variable->info.shape);
    }
    graph->update_count = mark.updates;
    graph->random_streams = mark.random_streams;
    name_again(graph);
    gd_graph_clear_error(graph);
}
