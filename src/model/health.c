// The health of a recipe's network.
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

enum { NAME = 128 };

// Layers that only put their input into another shape have nothing of their own to look at.
static bool is_seen(const gd_model_layer *layer)
{
    return (layer->record->flags & GD_LAYER_SHAPE) == 0;
}

static void name_layer(const gd_model *model, int index, char name[NAME])
{
    const gd_model_layer *layer = &model->layer[index];
    int place = 1;
    for (int i = 0; i < index; i++)
        place += model->layer[i].record == layer->record;
    if (layer->name[0] != '\0')
        snprintf(name, NAME, "%s", layer->name);
    else
        snprintf(name, NAME, "%s%d", layer->kind, place);
}

gd_status gd_model_check_health(gd_model *model, gd_health_opts opts, gd_health *health)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(health, GD_ERROR_ARGUMENT);
    *health = (gd_health){0};
    if (model->train == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s has no training data to look at its network with",
                        gd_recipe_path(model->recipe));
    gd_train_settings settings;
    gd_status status = opts.rule.learning_rate == 0 ? gd_model_train_settings(model, &settings) : GD_OK;
    if (status != GD_OK)
        return status;
    if (opts.rule.learning_rate == 0)
        opts.rule = settings.rule;
    char(*name)[NAME] = gd__alloc_zeroed((size_t)model->layer_count + 1, sizeof *name);
    gd_watched *watched = gd__alloc_zeroed((size_t)model->layer_count + 1, sizeof *watched);
    int count = 0;
    if (name == NULL || watched == NULL)
        status = gd__fail_memory("a check of health");
    for (int i = 0; i < model->layer_count && status == GD_OK; i++) {
        if (!is_seen(&model->layer[i]))
            continue;
        name_layer(model, i, name[count]);
        watched[count] = (gd_watched){name[count], model->layer[i].value};
        count++;
    }
    if (status == GD_OK)
        status = gd_check_health(model->loss, model->train, count, watched, opts, health);
    gd__free(name);
    gd__free(watched);
    return status;
}
