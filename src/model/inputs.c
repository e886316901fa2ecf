// The inputs of a network: fields of the data.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/source.h>
#include <string.h>

#include "base/error.h"
#include "base/shape.h"
#include "base/text.h"
#include "model/model.h"

gd_tensor gd__make_input(gd_model *model, const gd_field *field)
{
    const int64_t rows = gd__model_of(model)->rows;
    gd_shape shape = {.rank = field->shape.rank + 1, .dim = {rows > 0 ? rows : GD_BATCH}};
    for (int i = 0; i < field->shape.rank; i++)
        shape.dim[i + 1] = field->shape.dim[i] == GD_OPEN ? GD_TIME : field->shape.dim[i];
    return gd_input(model->graph, field->name, field->type, shape);
}

static gd_status add_input(gd_model *model, const gd_field *field, gd_tensor *tensor)
{
    if (model->input_count == GD_MODEL_INPUTS)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: the network would read more than %d fields",
                        gd_recipe_path(model->recipe), GD_MODEL_INPUTS);
    *tensor = gd__make_input(model, field);
    model->input_name[model->input_count] = field->name;
    model->input[model->input_count++] = *tensor;
    return GD_OK;
}

bool gd__predicts(const gd__model *model, int field)
{
    for (int i = 0; i < model->fields.target_count; i++)
        if (model->head_field[i] == field)
            return true;
    return false;
}

// Whether a field holds the lengths of another one, whose samples differ in theirs.
static bool holds_lengths(const gd__model *model, int field)
{
    const char *name = model->fields.field[field].name;
    for (int i = 0; i < model->fields.count; i++) {
        const gd_field *of = &model->fields.field[i];
        const size_t length = strlen(of->name);
        if (gd__shape_is_open(of->shape) && strncmp(name, of->name, length) == 0 &&
            strcmp(name + length, "_length") == 0)
            return true;
    }
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
        if (gd__predicts(model, i) || model->fields.field[i].role != GD_ROLE_INPUT)
            continue;
        const char *name = model->fields.field[i].name;
        const bool is_array = gd__names_arrays(recipe) && found < 0 && strcmp(name, "x") == 0;
        if (given == NULL && holds_lengths(model, i))
            continue;
        if (given == NULL || strcmp(name, given) == 0 || is_array)
            found = i;
        candidates++;
        gd__text_add(&list, "%s'%.60s'", list.length == 0 ? "" : ", ", name);
    }
    gd_status status = GD_OK;
    if (given != NULL && found < 0)
        status = gd__yaml_fail(gd__option_node(data, "input"), "the data has no field '%.60s' to read; its fields: %s",
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
        if (gd__predicts(model, i) || field->role != GD_ROLE_INPUT)
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

gd_layer_view gd__view_of_input(gd_tensor x)
{
    const int rank = gd_tensor_rank(x);
    gd_layer_view view = {.spatial = rank >= 3};
    for (int i = 0; i < GD_VIEW_AXES && i + 2 < rank; i++)
        view.size[i] = view.spread[i] = 1;
    return view;
}

gd_status gd__input_named(gd__model *model, const char *name, gd_tensor *out)
{
    *out = GD_NO_TENSOR;
    int field = 0;
    while (field < model->fields.count &&
           (gd__predicts(model, field) || model->fields.field[field].role != GD_ROLE_INPUT ||
            strcmp(model->fields.field[field].name, name) != 0))
        field++;
    if (field == model->fields.count)
        return GD_OK;
    for (int i = 0; i < model->shown.input_count; i++)
        if (strcmp(model->shown.input_name[i], name) == 0)
            *out = model->shown.input[i];
    const gd_status status = out->graph != NULL ? GD_OK : add_input(&model->shown, &model->fields.field[field], out);
    if (status == GD_OK && gd_type_is_float(gd_tensor_type(*out)))
        *out = gd_cast(*out, model->type);
    return status;
}

gd_status gd__input_lengths(gd__model *model, const char *name, gd_tensor *out)
{
    *out = GD_NO_TENSOR;
    for (int i = 0; i < model->fields.count; i++) {
        const gd_field *field = &model->fields.field[i];
        if (strcmp(field->name, name) != 0 || !gd__shape_is_open(field->shape))
            continue;
        gd__text lengths = {0};
        gd__text_add(&lengths, "%s_length", name);
        const gd_status status =
            lengths.data == NULL ? gd__fail_memory("the name of a field") : gd__input_named(model, lengths.data, out);
        gd__text_free(&lengths);
        return status;
    }
    return GD_OK;
}

// Whether the first layer says itself what it takes.
static bool says_from(const gd__yaml *layers)
{
    const gd__yaml *first = layers->count == 0 ? NULL : layers->item[0];
    return first != NULL && first->kind == GD__YAML_MAP && first->count > 0 &&
           gd__yaml_get(first->item[0], "from") != NULL;
}

gd_status gd__write_inputs(gd__model *model, const gd__yaml *layers, gd_tensor *x)
{
    const gd__yaml *root = model->shown.recipe->root;
    const gd__yaml *embed = gd__option_node(gd__option_map(gd__section(root, "data"), "csv"), "embed");
    gd_status status = GD_OK;
    int field = 0;
    *x = GD_NO_TENSOR;
    if (says_from(layers))
        status = GD_OK;
    else if (embed != NULL)
        status = write_embedded(model, embed, x);
    else if ((status = find_input(model, &field)) == GD_OK)
        status = gd__input_named(model, model->fields.field[field].name, x);
    if (status == GD_OK && x->graph != NULL && embed == NULL)
        status = gd__input_lengths(model, model->fields.field[field].name, &model->lengths);
    if (status != GD_OK)
        return status;
    for (int i = 0; i < model->fields.target_count; i++)
        model->shown.head[i].target = gd__make_input(&model->shown, &model->fields.field[model->head_field[i]]);
    model->view = x->graph == NULL ? (gd_layer_view){0} : gd__view_of_input(*x);
    return GD_OK;
}
