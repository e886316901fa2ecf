// A network written once more: with a changed recipe, or in double precision.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

// Recipe, fields and preprocessing by way of their texts.
static gd_status copy_description(const gd_model *from, const char *setting, gd__model *to)
{
    const gd_recipe *recipe = from->recipe;
    char *text = gd_recipe_text(recipe), *fields = gd__fields_to_json(&gd__model_of(from)->fields);
    char *preprocess = gd_preprocess_to_json(from->preprocess), *files = gd__file_list_to_json(recipe->files);
    bool made = text != NULL && fields != NULL && preprocess != NULL && files != NULL;
    gd_status status = made ? gd_recipe_parse(text, recipe->path, &to->shown.recipe) : gd__fail_memory("a model");
    // That of a checkpoint is not called after its file.
    if (status == GD_OK &&
        (strcmp(to->shown.recipe->name, recipe->name) != 0 || strcmp(to->shown.recipe->folder, recipe->folder) != 0))
        status = gd__recipe_rename(to->shown.recipe, recipe->name, recipe->folder);
    if (status == GD_OK)
        status = gd__file_list_from_json(files, to->shown.recipe->files);
    if (status == GD_OK && setting != NULL)
        status = gd_recipe_set(to->shown.recipe, setting);
    if (status == GD_OK)
        status = gd__fields_from_json(fields, &to->fields);
    if (status == GD_OK)
        status = gd_preprocess_from_json(preprocess, &to->shown.preprocess);
    gd_text_free(text);
    gd_text_free(fields);
    gd_text_free(preprocess);
    gd_text_free(files);
    return status;
}

// `all`: each variable must be there, of the same shape.
static gd_status copy_weights(const gd_model *from, gd_model *to, bool all)
{
    gd_status status = GD_OK;
    for (int i = 0; i < gd_variable_count(to->graph) && status == GD_OK; i++) {
        gd_tensor variable = gd_variable_at(to->graph, i);
        gd_tensor source = gd_variable_find(from->graph, gd_variable_name(variable));
        gd_array value = {0};
        if (gd_variable_of_training(variable)) // such as states that are carried
            continue;
        if (source.graph == NULL || !gd_shape_equal(gd_tensor_shape(source), gd_tensor_shape(variable))) {
            if (all)
                status =
                    gd__fail(GD_ERROR_UNSUPPORTED,
                             "the network takes samples of one shape alone: it has '%.100s', whose shape depends on "
                             "that of the samples",
                             gd_variable_name(variable));
            continue;
        }
        status = gd_variable_get(source, &value);
        if (status == GD_OK)
            status = gd_variable_set(variable, &value);
        gd_array_free(&value);
    }
    return status;
}

// What is different in a copy.
typedef struct change {
    gd_type type;
    const char *setting;   // of the recipe; NULL: none
    const gd_shape *shape; // of the fields; NULL: as they are
    int64_t rows, context; // as in gd__model
} change;

static gd_status copy(const gd_model *model, change change, gd_model **out)
{
    *out = NULL;
    gd__model *made = gd__alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return gd__fail_memory("a model");
    made->type = change.type;
    made->rows = change.rows;
    made->context = change.context;
    memcpy(made->head_field, gd__model_of(model)->head_field, sizeof made->head_field);
    made->shown.precision = model->precision;
    made->shown.views = model->views;
    made->shown.calibration = model->calibration;
    made->shown.trained = model->trained;
    gd_status status = copy_description(model, change.setting, made);
    for (int i = 0; i < made->fields.count && status == GD_OK && change.shape != NULL; i++)
        made->fields.field[i].shape = change.shape[i];
    if (status == GD_OK)
        status = gd__write_network(made);
    if (status == GD_OK)
        status = copy_weights(model, &made->shown, change.shape != NULL);
    if (status != GD_OK) {
        gd_model_free(&made->shown);
        return status;
    }
    *out = &made->shown;
    return GD_OK;
}

gd_status gd__model_copy(const gd_model *model, gd_type type, const char *setting, gd_model **out)
{
    return copy(model, (change){.type = type, .setting = setting, .rows = gd__model_of(model)->rows}, out);
}

gd_status gd__model_with_shapes(const gd_model *model, const gd_shape *shape, gd_model **out)
{
    return copy(model, (change){.type = gd__model_of(model)->type, .shape = shape}, out);
}

gd_status gd__model_for_places(const gd_model *model, int64_t places, int64_t context, gd_model **out)
{
    const gd__field_list *fields = &gd__model_of(model)->fields;
    *out = NULL;
    gd_shape *shape = gd__alloc_zeroed((size_t)fields->count, sizeof *shape);
    if (shape == NULL)
        return gd__fail_memory("the shapes of a network");
    for (int i = 0; i < fields->count; i++) {
        shape[i] = fields->field[i].shape;
        if (shape[i].rank == 1 && fields->field[i].type == GD_I32)
            shape[i].dim[0] = places;
    }
    const change change = {.type = gd__model_of(model)->type, .shape = shape, .rows = 1, .context = context};
    gd_status status = copy(model, change, out);
    gd__free(shape);
    return status;
}

gd_status gd_model_in_double(const gd_model *model, gd_model **out)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    return gd__model_copy(model, GD_F64, NULL, out);
}
