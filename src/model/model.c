// Opening models: from a recipe and its data, or from a checkpoint.
#include "model/model.h"

#include <gradus/io.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

void gd_model_free(gd_model *shown)
{
    gd__model *model = (gd__model *)shown;
    if (model == NULL)
        return;
    gd_graph_free(shown->graph);
    gd_dataset_free(shown->train);
    gd_dataset_free(shown->validation);
    gd_dataset_free(shown->test);
    gd_preprocess_free(shown->preprocess);
    gd_recipe_free(shown->recipe);
    gd__fields_free(&model->fields);
    gd__table_free(model);
    gd__wires_free(&model->wires);
    gd__free(model->weights_report);
    gd__model_free_texts(model);
    for (int i = 0; i < GD_MAX_METRICS; i++)
        gd__free(model->metric_name[i]);
    gd__free(model->file);
    gd__free(model);
}

// ---- Data

gd_status gd_model_read_parts(gd_model *model, unsigned parts)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    return gd__read_parts(model, parts);
}

static gd_status read_files(const gd_model *model, int count, const char *const *path, gd__table_opts table,
                            gd_dataset **out)
{
    gd_dataset *raw;
    *out = NULL;
    table.schema = gd_preprocess_csv_schema(model->preprocess);
    table.tokenizer = gd_preprocess_tokenizer(model->preprocess);
    if (table.unknown != GD_UNKNOWN_DEFAULT && table.schema == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "unknown categories are those of a table, and the network was trained on "
                                           "other data");
    gd_status status = gd__read_files(model->recipe, count, path, table, &raw);
    if (status != GD_OK)
        return status;
    status = gd_preprocess_apply(model->preprocess, raw, out);
    if (status == GD_OK && !table.keep_all && (status = gd__check_classes(raw, *out)) != GD_OK) {
        gd_dataset_free(*out);
        *out = NULL;
    }
    gd_dataset_free(raw);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s", path[0]);
}

gd_status gd_model_read(const gd_model *model, int count, const char *const *path, gd_dataset **out)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    return read_files(model, count, path, (gd__table_opts){0}, out);
}

gd_status gd_model_read_inputs(const gd_model *model, const char *path, gd_inputs_opts opts, gd_dataset **out)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    return read_files(model, 1, &path, (gd__table_opts){.keep_all = true, .unknown = opts.unknown}, out);
}

// ---- Opening

static gd_status write_from_fields(gd__model *model)
{
    model->shown.precision = gd__recipe_precision(model->shown.recipe);
    model->shown.views = gd__recipe_views(model->shown.recipe);
    int heads;
    gd_status status =
        gd__find_targets(model->shown.recipe, model->fields.count, model->fields.field, &heads, model->head_field);
    if (status == GD_OK && heads != model->fields.target_count)
        status = gd__fail(GD_ERROR_ARGUMENT, "%s: it has %d losses, and was made with %d",
                          gd_recipe_path(model->shown.recipe), heads, model->fields.target_count);
    return status == GD_OK ? gd__write_network(model) : status;
}

static gd_status read_data(gd__model *model, unsigned parts)
{
    gd_model *shown = &model->shown;
    gd_status status = gd__read_parts(shown, parts | GD_PART_TRAIN);
    if (status == GD_OK)
        status = gd__fields_from_dataset(shown->recipe, shown->train, &model->fields);
    if (status == GD_OK)
        status = write_from_fields(model);
    if (status == GD_OK)
        status = gd__load_start_weights(model);
    if (status == GD_OK)
        status = gd__whiten(model);
    return status == GD_OK ? gd_model_read_parts(shown, 0) : status;
}

gd_status gd_model_create(gd_recipe *recipe, unsigned parts, gd_model **out)
{
    GD__NEEDS(recipe, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd__model *model = gd__alloc_zeroed(1, sizeof *model);
    if (model == NULL) {
        gd_recipe_free(recipe);
        return gd__fail_memory("a model");
    }
    model->shown.recipe = recipe;
    gd_status status = read_data(model, parts);
    if (status != GD_OK) {
        gd_model_free(&model->shown);
        return status;
    }
    *out = &model->shown;
    return GD_OK;
}

static gd_status apply_settings(gd_recipe *recipe, gd_model_opts opts)
{
    gd_status status = GD_OK;
    for (int i = 0; i < opts.setting_count && status == GD_OK; i++)
        status = gd_recipe_set(recipe, opts.setting[i]);
    return status;
}

// Everything but the weights out of the file's metadata.
static gd_status read_notes(gd__model *model, const char *path, const gd_tensor_file *file, gd_model_opts opts)
{
    gd_model *shown = &model->shown;
    const char *recipe = gd_tensor_file_metadata(file, GD_NOTE_RECIPE);
    const char *preprocess = gd_tensor_file_metadata(file, GD_NOTE_PREPROCESS);
    const char *fields = gd_tensor_file_metadata(file, GD__NOTE_FIELDS);
    const char *name = gd_tensor_file_metadata(file, GD__NOTE_NAME);
    const char *folder = gd_tensor_file_metadata(file, GD__NOTE_FOLDER);
    const char *files = gd_tensor_file_metadata(file, GD__NOTE_FILES);
    const char *calibration = gd_tensor_file_metadata(file, GD_NOTE_CALIBRATION);
    if (recipe == NULL || preprocess == NULL || fields == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s holds weights without a recipe; a checkpoint of `gradus train` has one",
                        path);
    gd_status status = gd_recipe_parse(recipe, path, &shown->recipe);
    if (status == GD_OK && name != NULL && folder != NULL)
        status = gd__recipe_rename(shown->recipe, name, folder);
    if (status == GD_OK && files != NULL)
        status = gd__file_list_from_json(files, shown->recipe->files);
    if (status == GD_OK)
        status = apply_settings(shown->recipe, opts);
    if (status == GD_OK)
        status = gd_preprocess_from_json(preprocess, &shown->preprocess);
    if (status == GD_OK)
        status = gd__fields_from_json(fields, &model->fields);
    if (status == GD_OK && calibration != NULL)
        status = gd__calibration_from_json(calibration, &shown->calibration);
    return status;
}

// How many numbers a network may have whose weights are in the file: what is no weight needs few. So a file that
// describes a large network and holds none of it costs no memory.
static int64_t numbers_in(const gd_tensor_file *file)
{
    int64_t count = 1024;
    for (int i = 0; i < gd_tensor_file_count(file); i++)
        count += gd_array_count(gd_tensor_file_at(file, i));
    return count;
}

static gd_status open_checkpoint(const char *path, gd_model_opts opts, gd_model **out)
{
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    gd__model *model = gd__alloc_zeroed(1, sizeof *model);
    status = model == NULL ? gd__fail_memory("a model") : read_notes(model, path, file, opts);
    if (status == GD_OK)
        model->most_numbers = numbers_in(file);
    gd_tensor_file_free(file);
    if (status == GD_OK)
        status = write_from_fields(model);
    if (status == GD_OK)
        status = gd_load_weights(model->shown.graph, path, (gd_load_opts){0}, NULL);
    if (status == GD_OK)
        status = gd_model_read_parts(&model->shown, opts.parts);
    if (status != GD_OK) {
        gd_model_free(model == NULL ? NULL : &model->shown);
        return status;
    }
    model->shown.trained = true;
    *out = &model->shown;
    return GD_OK;
}

bool gd_is_checkpoint(const char *path)
{
    const char *dot = path == NULL ? NULL : strrchr(path, '.');
    if (dot != NULL && strcmp(dot, ".safetensors") == 0)
        return true;
    struct stat kind;
    FILE *file = path != NULL && stat(path, &kind) == 0 && S_ISREG(kind.st_mode) ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return false;
    // Such a file begins with the length of its header, eight bytes, and the header's brace.
    unsigned char head[9] = {0};
    const size_t count = fread(head, 1, sizeof head, file);
    fclose(file);
    return count == sizeof head && head[8] == '{' && head[7] == 0;
}

gd_status gd_model_open(const char *path, gd_model_opts opts, gd_model **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (gd_is_checkpoint(path))
        return open_checkpoint(path, opts, out);
    gd_recipe *recipe;
    gd_status status = gd_recipe_open(path, &recipe);
    if (status != GD_OK)
        return status;
    status = apply_settings(recipe, opts);
    if (status != GD_OK) {
        gd_recipe_free(recipe);
        return status;
    }
    return gd_model_create(recipe, opts.parts, out);
}

// ---- Using

gd_evaluate_opts gd_model_evaluate_opts(const gd_model *model)
{
    GD__NEEDS(model, (gd_evaluate_opts){0});
    return (gd_evaluate_opts){.precision = model->precision,
                              .views = model->views,
                              .metric_count = model->metric_count,
                              .metric = model->metric,
                              .scoring = model->scoring,
                              .loss_weight = model->loss_weight,
                              .way = gd__evaluation_way_of(model)};
}

gd_status gd_model_set_views(gd_model *model, gd_views views)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    if (views.shift < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "views moved by %lld pixels were asked for, expected 0 or more",
                        (long long)views.shift);
    model->views = views;
    return GD_OK;
}

// The answers of a head in the units of its target.
static gd_status take_back(const gd_model *model, int head, gd_array *result)
{
    const gd_model_head *of = &model->head[head];
    return of->task->in_units ? gd_preprocess_invert(model->preprocess, of->name, result) : GD_OK;
}

// A single head is predicted as calibration has it.
static gd_tensor prediction_of(const gd_model *model, int head)
{
    return head == 0 ? model->prediction : model->head[head].prediction;
}

gd_status gd_model_predict_all(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts, gd_array *result)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    gd_tensor prediction[GD_MODEL_HEADS];
    for (int i = 0; i < model->head_count; i++)
        prediction[i] = prediction_of(model, i);
    opts.precision = model->precision;
    opts.views = model->views;
    gd_status status = gd_predict(model->head_count, prediction, set, opts, result);
    for (int i = 0; i < model->head_count && status == GD_OK; i++)
        status = take_back(model, i, &result[i]);
    for (int i = 0; i < model->head_count && status != GD_OK; i++)
        gd_array_free(&result[i]);
    return status;
}

static gd_status predict_head(const gd_model *model, int head, const gd_dataset *set, gd_evaluate_opts opts,
                              gd_array *result)
{
    const gd_tensor prediction = prediction_of(model, head);
    opts.precision = model->precision;
    opts.views = model->views;
    gd_status status = gd_predict(1, &prediction, set, opts, result);
    if (status == GD_OK)
        status = take_back(model, head, result);
    if (status != GD_OK)
        gd_array_free(result);
    return status;
}

gd_status gd_model_predict(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts, gd_array *result)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    return predict_head(model, 0, set, opts, result);
}

// A field of every sample of the set.
static gd_status get_all(const gd_dataset *set, const char *name, gd_array *out)
{
    const int field = gd_dataset_find(set, name);
    if (field < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set has no '%s' to compare predictions with", name);
    const int64_t count = gd_dataset_count(set);
    int64_t *sample = gd__alloc_zeroed((size_t)count, sizeof *sample);
    if (sample == NULL)
        return gd__fail_memory("the numbers of all samples");
    for (int64_t i = 0; i < count; i++)
        sample[i] = i;
    gd_status status = gd_dataset_get(set, field, count, sample, out);
    gd__free(sample);
    return status;
}

gd_status gd_model_answers_of(const gd_model *model, int head, const gd_dataset *set, gd_evaluate_opts opts,
                              gd_array *prediction, gd_array *target, gd_array *weight)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(prediction, GD_ERROR_ARGUMENT);
    GD__NEEDS(target, GD_ERROR_ARGUMENT);
    GD__NEEDS(weight, GD_ERROR_ARGUMENT);
    *prediction = *target = *weight = (gd_array){0};
    if (head < 0 || head >= model->head_count)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no target %d of %d", head, model->head_count);
    const gd_model_head *of = &model->head[head];
    gd_status status = predict_head(model, head, set, opts, prediction);
    if (status == GD_OK)
        status = get_all(set, of->name, target);
    if (status == GD_OK && of->task->in_units && target->type == GD_F32)
        status = gd_preprocess_invert(model->preprocess, of->name, target);
    if (status == GD_OK && model->weight_name != NULL && gd_dataset_find(set, model->weight_name) >= 0)
        status = get_all(set, model->weight_name, weight);
    if (status != GD_OK) {
        gd_array_free(prediction);
        gd_array_free(target);
        gd_array_free(weight);
    }
    return status;
}

gd_status gd_model_answers(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts, gd_array *prediction,
                           gd_array *target, gd_array *weight)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    return gd_model_answers_of(model, 0, set, opts, prediction, target, weight);
}

// What is known of a head's target, or NULL.
static const gd__target_names *names_of(const gd_model *model, int head)
{
    return head >= 0 && head < model->head_count ? &gd__model_of(model)->fields.target[head] : NULL;
}

const char *gd_model_class_name_of(const gd_model *model, int head, int label)
{
    GD__NEEDS(model, NULL);
    const gd__target_names *names = names_of(model, head);
    return names != NULL && label >= 0 && label < names->class_name_count ? names->class_name[label] : NULL;
}

const char *gd_model_class_name(const gd_model *model, int label)
{
    GD__NEEDS(model, NULL);
    return gd_model_class_name_of(model, 0, label);
}

const char *gd_model_element_name(const gd_model *model, int head, int64_t element)
{
    GD__NEEDS(model, NULL);
    const gd__target_names *names = names_of(model, head);
    return names != NULL && element >= 0 && element < names->element_name_count ? names->element_name[element] : NULL;
}
