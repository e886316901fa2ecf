// From the list of layers in a recipe to calls of their records.
#include <math.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "model/model.h"

// What the writing of a list of layers knows of itself.
typedef struct list_call {
    gd__model *model;
    const char *place; // of the layer, in the recipe
    int depth;
    gd_layer_view inside; // the widest view at the end of a list that the layer holds
    bool has_inside;
} list_call;

static void take_wider(gd_layer_view *view, const gd_layer_view *other)
{
    for (int i = 0; i < GD_VIEW_AXES; i++)
        view->size[i] = fmax(view->size[i], other->size[i]);
}

// A list that a layer holds, such as a residual block's branch. What the layer puts out sees what the widest of its
// lists sees; the last one says how far apart the views lie.
static gd_tensor write_list(const gd_layer_call *call, const void *list, gd_tensor x)
{
    list_call *outer = call->context;
    gd__model *model = outer->model;
    const gd_layer_view before = model->view;
    gd_tensor y = gd__write_layers(model, list, x, outer->depth + 1);
    gd_layer_view after = model->view;
    if (outer->has_inside)
        take_wider(&after, &outer->inside);
    outer->inside = after;
    outer->has_inside = true;
    model->view = before;
    gd_graph_set_location(model->shown.graph, outer->place); // not that of the list's last layer
    return y;
}

static gd_tensor write_layer(list_call *list, const gd_layer_kind *kind, gd__options options, gd_tensor x)
{
    gd__model *model = list->model;
    gd_graph *graph = model->shown.graph;
    void *fields = kind->record.options_size == 0 ? NULL : gd__alloc_zeroed(1, kind->record.options_size);
    if (fields == NULL && kind->record.options_size > 0)
        return gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for the options of a layer");
    gd__options_read(options, &kind->record, fields);
    const gd_layer_call call = {.kind = kind,
                                .graph = graph,
                                .name = gd__option_text(options, "name"),
                                .type = model->type,
                                .input_count = 1,
                                .input = &x,
                                .options = fields,
                                .write_list = write_list,
                                .context = list};
    gd_tensor y = gd__layer_write(call);
    if (list->has_inside)
        model->view = list->inside;
    if (kind->view != NULL)
        kind->view(&call, &model->view);
    gd__free(fields);
    return y;
}

gd_tensor gd__write_layers(gd__model *model, const gd__yaml *list, gd_tensor x, int depth)
{
    gd_graph *graph = model->shown.graph;
    for (int i = 0; i < list->count && gd_graph_status(graph) == GD_OK; i++) {
        char place[GD__PLACE_SIZE];
        const gd__chosen chosen = gd__chosen_of(list->item[i], &gd__layer_records, NULL);
        const gd_layer_kind *kind = (const gd_layer_kind *)chosen.record;
        list_call call = {.model = model, .place = gd__yaml_place(list->item[i], place), .depth = depth};
        gd_graph_set_location(graph, place);
        int row = gd__table_begin(model, kind, depth, list->item[i]->line);
        int first_node = graph->node_count, first_variable = gd_variable_count(graph);
        x = write_layer(&call, kind, chosen.options, x);
        gd__table_end(model, row, gd__option_text(chosen.options, "name"), first_node, first_variable, x);
    }
    return x;
}
