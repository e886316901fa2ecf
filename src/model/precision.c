// A network written once more in double precision.
#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

// Recipe and fields by way of their texts.
static gd_status copy_description(const gd_model *from, gd__model *to)
{
    char *recipe = gd_recipe_text(from->recipe), *fields = gd__fields_to_json(&gd__model_of(from)->fields);
    gd_status status = recipe == NULL || fields == NULL ? gd__fail_memory("a model in double precision") : GD_OK;
    if (status == GD_OK)
        status = gd_recipe_parse(recipe, gd_recipe_path(from->recipe), &to->shown.recipe);
    if (status == GD_OK)
        status = gd__fields_from_json(fields, &to->fields);
    gd_text_free(recipe);
    gd_text_free(fields);
    return status;
}

static gd_status copy_weights(const gd_model *from, gd_model *to)
{
    gd_status status = GD_OK;
    for (int i = 0; i < gd_variable_count(to->graph) && status == GD_OK; i++) {
        gd_tensor variable = gd_variable_at(to->graph, i);
        gd_tensor source = gd_variable_find(from->graph, gd_variable_name(variable));
        gd_array value = {0};
        if (source.graph == NULL)
            continue;
        status = gd_variable_get(source, &value);
        if (status == GD_OK)
            status = gd_variable_set(variable, &value);
        gd_array_free(&value);
    }
    return status;
}

gd_status gd_model_in_double(const gd_model *model, gd_model **out)
{
    *out = NULL;
    gd__model *made = gd__alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return gd__fail_memory("a model in double precision");
    made->type = GD_F64;
    made->target_field = gd__model_of(model)->target_field;
    gd_status status = copy_description(model, made);
    if (status == GD_OK)
        status = gd__write_network(made);
    if (status == GD_OK)
        status = copy_weights(model, &made->shown);
    if (status != GD_OK) {
        gd_model_free(&made->shown);
        return status;
    }
    *out = &made->shown;
    return GD_OK;
}
