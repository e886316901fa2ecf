#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "similar/index.h"

// The last layer with weights at the top of the network: what the answer is read off.
static int last_with_weights(const gd_model *model)
{
    for (int i = model->layer_count - 1; i >= 0; i--)
        if (model->layer[i].depth == 0 && model->layer[i].parameters > 0)
            return i;
    return 0;
}

const gd_model_layer *gd_model_feature_layer(const gd_model *model, const char *name)
{
    GD__NEEDS(model, NULL);
    if (name != NULL) {
        for (int i = 0; i < model->layer_count; i++)
            if (strcmp(model->layer[i].name, name) == 0)
                return &model->layer[i];
        gd__fail(GD_ERROR_ARGUMENT, "there is no layer '%s'; `gradus info` lists them", name);
        return NULL;
    }
    for (int i = last_with_weights(model) - 1; i >= 0; i--)
        if (model->layer[i].depth == 0)
            return &model->layer[i];
    gd__fail(GD_ERROR_ARGUMENT, "no layer stands before the last one that has weights: name the layer whose output is "
                                "to be compared");
    return NULL;
}

// (N, channels, places…) to (N, channels): the mean over places.
static gd_status average_places(gd_array *features)
{
    const int64_t rows = features->shape.dim[0], channels = features->shape.dim[1];
    const int64_t places = gd_array_count(features) / (rows * channels);
    gd_array means;
    const gd_status status = gd_array_create(&means, GD_F32, GD_SHAPE(rows, channels));
    if (status != GD_OK)
        return status;
    const float *from = features->data;
    float *to = means.data;
    for (int64_t i = 0; i < rows * channels; i++, from += places) {
        double sum = 0;
        for (int64_t p = 0; p < places; p++)
            sum += (double)from[p];
        to[i] = (float)(sum / (double)places);
    }
    gd_array_free(features);
    *features = means;
    return GD_OK;
}

gd_status gd_model_features(const gd_model *model, const gd_model_layer *layer, const gd_dataset *set,
                            gd_evaluate_opts opts, gd_array *result)
{
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    *result = (gd_array){0};
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(layer, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    if (layer->output.rank < 2)
        return gd__fail(GD_ERROR_ARGUMENT, "layer '%s' gives a single number, which is no vector to compare",
                        layer->name);
    opts.precision = model->precision;
    gd_status status = gd_predict(1, &layer->value, set, opts, result);
    if (status == GD_OK && result->type != GD_F32)
        status = gd__fail(GD_ERROR_ARGUMENT, "layer '%s' does not give numbers of f32", layer->name);
    if (status == GD_OK && result->shape.rank > 2)
        status = average_places(result);
    if (status != GD_OK)
        gd_array_free(result);
    return status;
}

// ---- Samples into an index

// The names that an index has, in order, to be looked up.
static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gd_status sorted_names(const gd_index *index, const char ***names)
{
    *names = gd__alloc((size_t)(index->count + 1) * sizeof **names);
    if (*names == NULL)
        return gd__fail_memory("the names of an index");
    for (int64_t i = 0; i < index->count; i++)
        (*names)[i] = gd_index_name(index, i);
    qsort((void *)*names, (size_t)index->count, sizeof **names, compare_names);
    return GD_OK;
}

// The samples that the index does not have yet and that can be used.
static gd_status absent_samples(const gd_index *index, const gd_dataset *set, int64_t **sample, int64_t *count)
{
    const char **names = NULL;
    *count = 0;
    *sample = gd__alloc((size_t)(gd_dataset_count(set) + 1) * sizeof **sample);
    gd_status status = *sample == NULL ? gd__fail_memory("samples for an index") : sorted_names(index, &names);
    for (int64_t i = 0; i < gd_dataset_count(set) && status == GD_OK; i++) {
        char text[GD_ORIGIN_TEXT];
        const char *name = gd_dataset_origin_text(set, i, text);
        if (gd_dataset_fault(set, i) == NULL &&
            bsearch(&name, (const void *)names, (size_t)index->count, sizeof *names, compare_names) == NULL)
            (*sample)[(*count)++] = i;
    }
    gd__free((void *)names);
    return status;
}

// Adds samples of the set, all at once.
static gd_status add_portion(gd_index *index, const gd_model *model, const gd_model_layer *layer, const gd_dataset *set,
                             gd_evaluate_opts opts, int64_t count, const int64_t *sample)
{
    gd_dataset *portion = NULL;
    gd_array features = {0};
    gd_status status = gd_dataset_select(set, count, sample, &portion);
    char(*text)[GD_ORIGIN_TEXT] = gd__alloc_zeroed((size_t)count, sizeof *text);
    const char **name = gd__alloc_zeroed((size_t)count, sizeof *name);
    if (status == GD_OK && (text == NULL || name == NULL))
        status = gd__fail_memory("samples for an index");
    for (int64_t i = 0; i < count && status == GD_OK; i++)
        name[i] = gd_dataset_origin_text(set, sample[i], text[i]);
    if (status == GD_OK)
        status = gd_model_features(model, layer, portion, opts, &features);
    if (status == GD_OK && features.shape.dim[1] != index->dimension)
        status = gd__fail(GD_ERROR_ARGUMENT, "%s holds vectors of %lld numbers, and layer '%s' gives %lld", index->path,
                          (long long)index->dimension, layer->name, (long long)features.shape.dim[1]);
    if (status == GD_OK)
        status = gd_index_add(index, count, features.data, name);
    gd_array_free(&features);
    gd__free((void *)name);
    gd__free(text);
    gd_dataset_free(portion);
    return status;
}

gd_status gd_index_add_samples(gd_index *index, const gd_model *model, const gd_model_layer *layer,
                               const gd_dataset *set, gd_evaluate_opts opts, int64_t *added)
{
    enum { PORTION = 4096 };
    GD__NEEDS(index, GD_ERROR_ARGUMENT);
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(layer, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    int64_t *sample, count, done = 0;
    gd_status status = absent_samples(index, set, &sample, &count);
    while (done < count && status == GD_OK) {
        const int64_t some = count - done < PORTION ? count - done : PORTION;
        status = add_portion(index, model, layer, set, opts, some, sample + done);
        done += status == GD_OK ? some : 0;
    }
    if (added != NULL)
        *added = done;
    gd__free(sample);
    return status;
}
