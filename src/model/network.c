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

// ---- Inputs

gd_tensor gd__write_input(gd_model *model, const gd_field *field)
{
    gd_shape shape = {.rank = field->shape.rank + 1, .dim = {GD_BATCH}};
    for (int i = 0; i < field->shape.rank; i++)
        shape.dim[i + 1] = field->shape.dim[i];
    return gd_input(model->graph, field->name, field->type, shape);
}

static gd_status add_input(gd_model *model, const gd_field *field, gd_tensor *tensor)
{
    if (model->input_count == GD_MODEL_INPUTS)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: the network would read more than %d fields",
                        gd_recipe_path(model->recipe), GD_MODEL_INPUTS);
    *tensor = gd__write_input(model, field);
    model->input_name[model->input_count] = field->name;
    model->input[model->input_count++] = *tensor;
    return GD_OK;
}

static bool is_target(const gd__model *model, int field)
{
    for (int i = 0; i < model->fields.target_count; i++)
        if (model->head_field[i] == field)
            return true;
    return false;
}

// The field that the network reads when nothing is embedded: the recipe's choice, or the only one there is.
static gd_status find_input(const gd__model *model, int *field)
{
    const gd_recipe *recipe = model->shown.recipe;
    gd__options data = gd__section(recipe->root, "data");
    const char *given = gd__option_text(data, "input");
    gd__text list = {0};
    int found = -1, candidates = 0;
    for (int i = 0; i < model->fields.count; i++) {
        if (is_target(model, i) || model->fields.field[i].role != GD_ROLE_INPUT)
            continue;
        const char *name = model->fields.field[i].name;
        const bool is_array = gd__names_arrays(recipe) && found < 0 && strcmp(name, "x") == 0;
        if (given == NULL || strcmp(name, given) == 0 || is_array)
            found = i;
        candidates++;
        gd__text_add(&list, "%s'%.60s'", list.length == 0 ? "" : ", ", name);
    }
    gd_status status = GD_OK;
    if (given != NULL && found < 0)
        status = gd__yaml_fail(gd__option(data, "input"), "the data has no field '%.60s' to read; its fields: %s",
                               given, list.data == NULL ? "none" : list.data);
    else if (given == NULL && candidates != 1)
        status = gd__fail(GD_ERROR_FORMAT,
                          "%s: the data has %d fields that the network could read (%s): `data.input` "
                          "says which",
                          recipe->path, candidates, list.data == NULL ? "none" : list.data);
    gd__text_free(&list);
    *field = found;
    return status;
}

// Embedded columns of a CSV file are looked up in a table each, and stand after the other features.
static gd_status write_embedded(gd__model *model, const gd__yaml *embed, gd_tensor *x)
{
    gd_tensor part[GD_MODEL_INPUTS];
    int count = 0;
    for (int i = 0; i < model->fields.count; i++) {
        const gd_field *field = &model->fields.field[i];
        const gd__yaml *width_node = gd__yaml_get(embed, field->name);
        if (is_target(model, i) || field->role != GD_ROLE_INPUT)
            continue;
        gd_status status = add_input(&model->shown, field, &part[count]);
        if (status != GD_OK)
            return status;
        if (field->type == GD_I32) {
            int64_t width = 0;
            if (!gd__yaml_integer(width_node, &width))
                return gd__yaml_fail(embed, "the field '%.60s' has no width to be embedded in", field->name);
            part[count] = gd_embedding(part[count], field->class_count, width,
                                       (gd_embedding_opts){.name = field->name, .type = model->type});
        }
        part[count] = gd_cast(part[count], model->type);
        count++;
    }
    *x = count == 1 ? part[0] : gd_concat(count, part, 1);
    return GD_OK;
}

static gd_status write_inputs(gd__model *model, gd_tensor *x)
{
    const gd__yaml *root = model->shown.recipe->root;
    const gd__yaml *embed = gd__option(gd__option_map(gd__section(root, "data"), "csv"), "embed");
    gd_status status;
    if (embed != NULL) {
        status = write_embedded(model, embed, x);
    } else {
        int field;
        status = find_input(model, &field);
        if (status == GD_OK)
            status = add_input(&model->shown, &model->fields.field[field], x);
        if (status == GD_OK && gd_type_is_float(gd_tensor_type(*x)))
            *x = gd_cast(*x, model->type);
    }
    for (int i = 0; i < model->fields.target_count && status == GD_OK; i++)
        model->shown.head[i].target = gd__write_input(&model->shown, &model->fields.field[model->head_field[i]]);
    model->view = (gd_layer_view){.spatial = status == GD_OK && gd_tensor_rank(*x) >= 3};
    for (int i = 0; i < GD_VIEW_AXES && status == GD_OK && i + 2 < gd_tensor_rank(*x); i++)
        model->view.size[i] = model->view.spread[i] = 1;
    return status;
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
    status = write_inputs(model, &x);
    if (status == GD_OK)
        shown->output = gd__write_layers(model, layers, x, 0);
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
