// A trained network with more or fewer units in one of its dense layers.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/model.h"

enum { NAME = 300 };

// The units of a dense layer, by name.
typedef struct place {
    const gd_model_layer *layer, *next;
    const gd_model_layer *between; // a layer on the way that has vectors for each unit, such as a batch norm; or NULL
    const gd_model_layer *last;    // the one before `next`
    int entry;                     // of the layer in the recipe's list
} place;

static bool is_dense(const gd_model_layer *layer)
{
    return layer->record == &gd__layer_dense;
}

static gd_status fail_unknown(const gd_model *model, const char *name)
{
    gd__text list = {0};
    for (int i = 0; i < model->layer_count; i++)
        if (is_dense(&model->layer[i]))
            gd__text_add(&list, "%s'%.60s'", list.length == 0 ? "" : ", ", model->layer[i].name);
    gd_status status = gd__fail(GD_ERROR_ARGUMENT, "%s has no dense layer '%.60s'; its dense layers: %s",
                                gd_recipe_path(model->recipe), name, list.data == NULL ? "none" : list.data);
    gd__text_free(&list);
    return status;
}

static gd_status find_layer(const gd_model *model, const char *name, int *row)
{
    for (int i = 0; i < model->layer_count; i++) {
        if (!is_dense(&model->layer[i]) || strcmp(model->layer[i].name, name) != 0)
            continue;
        *row = i;
        if (model->layer[i].depth > 0)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "the layer '%.60s' stands inside a residual block, which fixes its number of units", name);
        return GD_OK;
    }
    return fail_unknown(model, name);
}

// The dense layer behind row `row`, and the layer with vectors on the way.
static gd_status find_next(const gd_model *model, int row, place *place)
{
    const char *name = model->layer[row].name;
    place->layer = &model->layer[row];
    for (int i = row + 1; i < model->layer_count; i++) {
        const gd_model_layer *layer = &model->layer[i];
        const bool has_vectors = layer->record->unit_vectors != NULL;
        place->next = layer;
        place->last = layer - 1;
        if (is_dense(layer) && layer->depth == 0)
            return GD_OK;
        if (layer->depth > 0 || (layer->record->flags & GD_LAYER_BY_UNIT) == 0 ||
            (has_vectors && place->between != NULL))
            return gd__fail(GD_ERROR_ARGUMENT,
                            "behind '%.60s' stands a %s: the number of units can only be changed between two dense "
                            "layers, with nothing but activations, dropout and a batch norm between them",
                            name, layer->kind);
        place->between = has_vectors ? layer : place->between;
    }
    return gd__fail(GD_ERROR_ARGUMENT, "'%.60s' is the last dense layer: the data fixes its number of units", name);
}

static bool same(gd_tensor a, gd_tensor b)
{
    return a.graph == b.graph && a.node == b.node && a.output == b.output;
}

// Whether the layers from `first` to `next` are a chain: each takes what the one before it puts out, nobody else does,
// and their weights are theirs alone.
static gd_status check_chain(const gd_model *model, int first, int next)
{
    for (int i = 0; i < model->layer_count; i++) {
        const gd_model_layer *layer = &model->layer[i];
        for (int k = first; k < next; k++)
            for (int j = 0; j < layer->input_count; j++)
                if (i != k + 1 && same(layer->input[j], model->layer[k].value))
                    return gd__fail(GD_ERROR_ARGUMENT, "what '%.60s' puts out does not go to '%.60s' alone",
                                    model->layer[first].name, model->layer[next].name);
        if (i > first && i <= next && (layer->input_count != 1 || !same(layer->input[0], layer[-1].value)))
            return gd__fail(GD_ERROR_ARGUMENT, "what '%.60s' puts out does not go to '%.60s'", model->layer[first].name,
                            model->layer[next].name);
        const bool one_of_both = i == first || i == next;
        if (!one_of_both && layer->name[0] != '\0' &&
            (strcmp(layer->name, model->layer[first].name) == 0 || strcmp(layer->name, model->layer[next].name) == 0))
            return gd__fail(GD_ERROR_ARGUMENT, "the weights of '%.60s' are those of another layer, too", layer->name);
    }
    return GD_OK;
}

static gd_status find_place(const gd_model *model, const char *name, place *place)
{
    int row = -1;
    *place = (struct place){0};
    gd_status status = find_layer(model, name, &row);
    if (status == GD_OK)
        status = find_next(model, row, place);
    if (status == GD_OK)
        status = check_chain(model, row, (int)(place->next - model->layer));
    for (int i = 0; i < row && status == GD_OK; i++)
        place->entry += model->layer[i].depth == 0;
    return status;
}

// ---- Out of a model and into one

static gd_tensor variable_of(const gd_model *model, const char *layer, const char *variable)
{
    char name[NAME];
    snprintf(name, sizeof name, "%.200s.%s", layer, variable);
    return gd_variable_find(model->graph, name);
}

// Vector `index` of those that belong to the units, first the dense layer's own; *fresh: what a new unit starts with.
// False behind the last. A variable that is not there, or does not go by units, is GD_NO_TENSOR.
static bool vector_at(const gd_model *model, const place *place, int index, gd_tensor *variable, double *fresh)
{
    const gd_model_layer *const layer[] = {place->layer, place->between};
    for (int l = 0; l < GD_COUNT_OF(layer) && layer[l] != NULL; l++)
        for (const gd_layer_vector *v = layer[l]->record->unit_vectors; v->variable != NULL; v++) {
            if (index-- > 0)
                continue;
            const gd_shape units = GD_SHAPE(gd_tensor_dim(variable_of(model, place->layer->name, "weight"), 0));
            *variable = variable_of(model, layer[l]->name, v->variable);
            *fresh = v->fresh;
            if (variable->graph != NULL && !gd_shape_equal(gd_tensor_shape(*variable), units))
                *variable = GD_NO_TENSOR;
            return true;
        }
    return false;
}

static gd_status read_units(const gd_model *model, const place *place, gd_units *units)
{
    gd_tensor weight = variable_of(model, place->layer->name, "weight");
    gd_tensor next = variable_of(model, place->next->name, "weight");
    if (weight.graph == NULL || next.graph == NULL)
        return gd__fail(GD_ERROR_INTERNAL, "the layers '%.60s' and '%.60s' have no weights", place->layer->name,
                        place->next->name);
    gd_status status = gd_variable_get(weight, &units->weight);
    if (status == GD_OK)
        status = gd_variable_get(next, &units->next);
    gd_tensor variable;
    double fresh;
    for (int i = 0; status == GD_OK && vector_at(model, place, i, &variable, &fresh); i++) {
        if (variable.graph == NULL)
            continue;
        if (units->vector_count == GD_UNIT_VECTORS)
            return gd__fail(GD_ERROR_UNSUPPORTED, "the units of '%.60s' have more than %d vectors", place->layer->name,
                            GD_UNIT_VECTORS);
        status = gd_variable_get(variable, &units->vector[units->vector_count].value);
        units->vector[units->vector_count++].fresh = fresh;
    }
    return status;
}

static gd_status write_units(const gd_model *model, const place *place, const gd_units *units)
{
    gd_status status = gd_variable_set(variable_of(model, place->layer->name, "weight"), &units->weight);
    if (status == GD_OK)
        status = gd_variable_set(variable_of(model, place->next->name, "weight"), &units->next);
    int taken = 0;
    gd_tensor variable;
    double fresh;
    for (int i = 0; status == GD_OK && vector_at(model, place, i, &variable, &fresh); i++)
        if (variable.graph != NULL)
            status = gd_variable_set(variable, &units->vector[taken++].value);
    return status;
}

// ---- The change

static double outgoing_norm(const gd_units *units, int64_t unit)
{
    int64_t count = units->weight.shape.dim[0];
    double sum = 0;
    for (int64_t o = 0; o < units->next.shape.dim[0]; o++)
        sum += pow(gd_array_get(&units->next, o * count + unit), 2);
    return sqrt(sum);
}

// Samples that the activity of units is measured on, at most.
enum { SAMPLES = 2000 };

// How much of what the next layer gives changes with the unit: the deviation of its activation over samples, times the
// norm of its outgoing weights. (What does not change, the next layer's bias can say.)
static gd_status rank_by_activity(const gd_model *model, const place *place, const gd_units *units, double *importance)
{
    int64_t samples = gd_dataset_count(model->train), count = units->weight.shape.dim[0];
    gd_dataset *first = NULL;
    gd_array activation = {0}; // (n, …, units)
    gd_status status = gd_dataset_take(model->train, 0, samples < SAMPLES ? samples : SAMPLES, &first);
    if (status == GD_OK)
        status =
            gd_predict(1, &place->last->value, first, (gd_evaluate_opts){.precision = model->precision}, &activation);
    int64_t rows = status == GD_OK ? gd_array_count(&activation) / count : 0;
    for (int64_t i = 0; i < count && rows > 0; i++) {
        double sum = 0, squares = 0;
        for (int64_t row = 0; row < rows; row++) {
            double a = gd_array_get(&activation, row * count + i);
            sum += a;
            squares += a * a;
        }
        double mean = sum / (double)rows;
        importance[i] = sqrt(fmax(0, squares / (double)rows - mean * mean)) * outgoing_norm(units, i);
    }
    gd_array_free(&activation);
    gd_dataset_free(first);
    return status;
}

// After a batch norm the size of the incoming weights means nothing; its own weight does.
static gd_status rank_behind_norm(const gd_model *model, const place *place, const gd_units *units, double *importance)
{
    gd_array gamma = {0};
    gd_tensor variable = variable_of(model, place->between->name, "weight");
    gd_status status = variable.graph == NULL ? GD_OK : gd_variable_get(variable, &gamma);
    int64_t count = units->weight.shape.dim[0];
    for (int64_t i = 0; i < count && status == GD_OK; i++)
        importance[i] = outgoing_norm(units, i) * (variable.graph == NULL ? 1 : fabs(gd_array_get(&gamma, i)));
    gd_array_free(&gamma);
    return status;
}

static gd_status prune(const gd_model *model, const place *place, const gd_units *units, int64_t keep, gd_units *to)
{
    double *importance = gd__alloc((size_t)units->weight.shape.dim[0] * sizeof *importance);
    if (importance == NULL)
        return gd__fail_memory("the importance of units");
    const bool behind_norm = place->between != NULL && place->between->record == &gd__layer_batch_norm;
    gd_status status = model->train != NULL ? rank_by_activity(model, place, units, importance)
                       : behind_norm        ? rank_behind_norm(model, place, units, importance)
                                            : gd_rank_units(units, importance);
    if (status == GD_OK)
        status = gd_prune_units(units, keep, importance, to);
    gd__free(importance);
    return status;
}

// "model.3.dense=64": the entry counts in the recipe as it was written.
static gd_status make_setting(const gd_model *model, const place *place, int64_t units, char setting[NAME])
{
    const gd__yaml *list, *written = gd__yaml_get(model->recipe->written, "model");
    const gd_status status = gd__recipe_need(model->recipe, "model", &list);
    if (status != GD_OK)
        return status;
    for (int i = 0; place->entry < list->count && written != NULL && i < written->count; i++)
        if (written->item[i] == list->item[place->entry]->origin) {
            snprintf(setting, NAME, "model.%d.dense=%lld", i, (long long)units);
            return GD_OK;
        }
    return gd__fail(GD_ERROR_ARGUMENT,
                    "the layer '%.60s' comes from a `repeat` or a constant's list, which fixes its number of units",
                    place->layer->name);
}

gd_status gd_model_resize(const gd_model *model, const char *layer, int64_t units, gd_grow_opts opts, gd_model **out)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    place place;
    char setting[NAME];
    gd_units old = {0}, changed = {0};
    *out = NULL;
    gd_status status = find_place(model, layer, &place);
    if (status == GD_OK && units < 1)
        status =
            gd__fail(GD_ERROR_ARGUMENT, "'%.60s' is to have %lld units; expected at least 1", layer, (long long)units);
    if (status == GD_OK)
        status = make_setting(model, &place, units, setting);
    if (status == GD_OK)
        status = gd__model_copy(model, gd__model_of(model)->type, setting, out);
    if (status == GD_OK)
        status = read_units(model, &place, &old);
    if (status == GD_OK)
        status = units < old.weight.shape.dim[0] ? prune(model, &place, &old, units, &changed)
                                                 : gd_grow_units(&old, units, opts, &changed);
    if (status == GD_OK)
        status = write_units(*out, &place, &changed);
    gd_units_free(&old);
    gd_units_free(&changed);
    if (status != GD_OK) {
        gd_model_free(*out);
        *out = NULL;
    }
    return status;
}

gd_status gd_model_save(gd_model *model, const char *path)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    gd_train_settings settings;
    gd_note note[GD__NOTES + 1];
    int count = GD__NOTES;
    char *calibration = NULL;
    gd_status status = gd_model_train_settings(model, &settings);
    for (int i = 0; i < GD__NOTES && status == GD_OK; i++)
        note[i] = settings.fit.note[i];
    if (status == GD_OK && (model->calibration.temperature > 0 || model->calibration.has_threshold)) {
        calibration = gd__calibration_to_json(&model->calibration);
        note[count++] = (gd_note){GD_NOTE_CALIBRATION, calibration};
        status = calibration == NULL ? gd__fail_memory("a calibration") : GD_OK;
    }
    if (status == GD_OK)
        status = gd_save_weights(model->graph, path, count, note);
    gd__free(calibration);
    return status;
}
