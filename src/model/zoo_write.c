// Networks of the zoo written from C.
#include <gradus/zoo.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "model/expand.h"
#include "model/model.h"
#include "model/zoo.h"
#include "nn/layer.h"

static const char source[] = "the parameters of gd_zoo";

static gd__yaml *new_node(gd__yaml_kind kind, const char *text)
{
    gd__yaml *node = gd__alloc_zeroed(1, sizeof *node);
    if (node == NULL)
        return NULL;
    *node = (gd__yaml){.kind = kind, .source = source, .text = text == NULL ? NULL : gd__copy_text(text)};
    if (text == NULL || node->text != NULL)
        return node;
    gd__yaml_free(node);
    return NULL;
}

// A map with one key; takes `value` over, on failure too.
static gd_status wrap(const char *key, gd__yaml *value, gd__yaml **out)
{
    gd__yaml *map = new_node(GD__YAML_MAP, NULL);
    if (map == NULL) {
        gd__yaml_free(value);
        return gd__fail_memory("a network of the zoo");
    }
    const gd_status status = gd__yaml_put(map, key, value);
    if (status == GD_OK)
        *out = map;
    else
        gd__yaml_free(map);
    return status;
}

// {model: [{zoo: {name: parameters}}]}
static gd_status make_recipe(const char *name, const char *parameters, gd__yaml **out)
{
    gd__yaml *value = NULL, *list = new_node(GD__YAML_LIST, NULL);
    const char *text = parameters == NULL ? "" : parameters;
    gd_status status = list == NULL ? gd__fail_memory("a network of the zoo") : GD_OK;
    if (status == GD_OK)
        status = gd__yaml_parse(text, strlen(text), source, true, &value);
    if (status == GD_OK)
        status = wrap(name, value, &value);
    if (status == GD_OK)
        status = wrap("zoo", value, &value);
    if (status == GD_OK)
        status = gd__yaml_append(list, NULL, value);
    if (status == GD_OK)
        return wrap("model", list, out);
    gd__yaml_free(list);
    return status;
}

static gd_tensor write_layers(gd_tensor x, const gd__yaml *layers)
{
    gd__model *model = gd__alloc_zeroed(1, sizeof *model); // too much for a small stack
    if (model == NULL)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for a network of the zoo");
    model->shown.graph = x.graph;
    model->type = gd_type_is_float(gd_tensor_type(x)) ? gd_tensor_type(x) : GD_F32; // words are whole numbers
    char *location = x.graph->location == NULL ? NULL : gd__copy_text(x.graph->location);
    const gd__wire input = {x, gd__view_of_input(x), GD_NO_TENSOR};
    const gd_tensor y = gd__write_layers(model, layers, input, input, 0);
    gd_graph_set_location(x.graph, location);
    gd__free(location);
    gd__table_free(model);
    gd__wires_free(&model->wires);
    gd__free(model);
    return y;
}

gd_tensor gd_zoo(gd_tensor x, const char *name, const char *parameters)
{
    if (!gd_tensor_ok(x))
        return gd__no_result(x);
    if (name == NULL)
        return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "gd_zoo: 'name' is NULL");
    gd__yaml *written = NULL, *recipe = NULL;
    gd_tensor y = GD_NO_TENSOR;
    gd_status status = make_recipe(name, parameters, &written);
    if (status == GD_OK)
        status = gd__recipe_expand(written, &recipe);
    if (status == GD_OK)
        status = gd__schema_check(recipe, gd__recipe_keys, "a network of the zoo");
    if (status == GD_OK)
        y = write_layers(x, gd__yaml_get(recipe, "model"));
    else
        y = gd_graph_fail(x.graph, status, "%s", gd_last_error());
    gd__yaml_free(recipe);
    gd__yaml_free(written);
    return gd_graph_status(x.graph) == GD_OK ? y : gd__poison(x.graph);
}
