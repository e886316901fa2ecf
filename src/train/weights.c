// Weights go to files and come from them.
#include <string.h>

#include <gradus/io.h>
#include <gradus/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "train/names.h"
#include "train/snapshot.h"

// What the comparison of a file with a model found. The first complaint becomes the error of a strict load.
typedef struct {
    const char *path;
    gd_load_report report;
    gd__text text;
} comparison;

static void note_missing(comparison *comparison, const char *name)
{
    comparison->report.missing++;
    gd__text_add(&comparison->text, "%s has no '%s', which the model wants\n", comparison->path, name);
}

static void note_different(comparison *comparison, const char *name, gd_shape have, gd_shape want)
{
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    comparison->report.different++;
    gd__text_add(&comparison->text, "%s has '%s' %s, the model wants %s\n", comparison->path, name,
                 gd_shape_text(have, have_text), gd_shape_text(want, want_text));
}

static void note_unknown(comparison *comparison, const char *name)
{
    comparison->report.unknown++;
    gd__text_add(&comparison->text, "%s has '%s', which the model does not know\n", comparison->path, name);
}

static void compare(comparison *comparison, gd_graph *graph, const gd_tensor_file *file)
{
    for (int i = 0; i < gd_variable_count(graph); i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        const char *name = gd_variable_name(variable);
        if (!gd__is_model_variable(variable))
            continue;
        const gd_array *array = gd_tensor_file_get(file, name);
        if (array == NULL)
            note_missing(comparison, name);
        else if (!gd_shape_equal(array->shape, gd_tensor_shape(variable)))
            note_different(comparison, name, array->shape, gd_tensor_shape(variable));
        else
            comparison->report.loaded++;
    }
    for (int i = 0; i < gd_tensor_file_count(file); i++) {
        const char *name = gd_tensor_file_name(file, i);
        if (gd__is_model_tensor(file, name) && gd_variable_find(graph, name).graph == NULL)
            note_unknown(comparison, name);
    }
}

// The first line of the comparison, and how many follow.
static gd_status fail_comparison(const comparison *comparison)
{
    const char *text = comparison->text.data;
    if (text == NULL)
        return gd__fail_memory("the comparison of a file with a model");
    int rest = comparison->report.missing + comparison->report.different + comparison->report.unknown - 1;
    int length = (int)strcspn(text, "\n");
    if (rest > 0)
        return gd__fail(GD_ERROR_SHAPE, "%.*s (and %d more such differences): it is a file of another model", length,
                        text, rest);
    return gd__fail(GD_ERROR_SHAPE, "%.*s", length, text);
}

// The moving average of a parameter where the file has one, else the parameter.
static const gd_array *value_of(const gd_tensor_file *file, const char *name)
{
    gd__text average = {0};
    gd__text_add(&average, "%s.ema", name);
    const gd_array *array = average.data == NULL ? NULL : gd_tensor_file_get(file, average.data);
    gd__text_free(&average);
    return array != NULL ? array : gd_tensor_file_get(file, name);
}

static gd_status copy_values(gd_graph *graph, const gd_tensor_file *file)
{
    for (int i = 0; i < gd_variable_count(graph); i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        const gd_array *array = value_of(file, gd_variable_name(variable));
        if (array == NULL || !gd__is_model_variable(variable) ||
            !gd_shape_equal(array->shape, gd_tensor_shape(variable)))
            continue;
        gd_status status = gd_variable_set(variable, array);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status hand_over(comparison *comparison, gd_load_report *report)
{
    if (comparison->text.failed)
        return gd__fail_memory("the comparison of a file with a model");
    if (report == NULL)
        return GD_OK;
    if (comparison->text.data != NULL) {
        comparison->report.text = gd__text_take(&comparison->text);
        if (comparison->report.text == NULL)
            return gd__fail_memory("the comparison of a file with a model");
    }
    *report = comparison->report;
    return GD_OK;
}

gd_status gd_load_weights(gd_graph *graph, const char *path, gd_load_opts opts, gd_load_report *report)
{
    GD__NEEDS(graph, GD_ERROR_ARGUMENT);
    if (report != NULL)
        *report = (gd_load_report){0};
    if (gd_graph_error(graph) != NULL)
        return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    comparison found = {.path = path};
    gd__graph_write(graph); // whoever predicts meanwhile has all of the old weights or all of the new ones
    compare(&found, graph, file);
    bool differs = found.report.missing + found.report.different + found.report.unknown > 0;
    if (differs && !opts.partial)
        status = fail_comparison(&found);
    else if (found.report.loaded == 0)
        status = gd__fail(GD_ERROR_SHAPE, "%s: none of its %d tensors fits the model by name and shape", path,
                          gd_tensor_file_count(file));
    if (status == GD_OK)
        status = hand_over(&found, report);
    if (status == GD_OK)
        status = copy_values(graph, file);
    gd__graph_release(graph);
    gd__text_free(&found.text);
    gd_tensor_file_free(file);
    return status;
}

// ---- Writing

// Of one moment: all variables that `wanted` takes (NULL: every one), and the notes.
static gd_status save(const gd_graph *graph, const char *path, bool (*wanted)(gd_tensor variable), int note_count,
                      const gd_note *note)
{
    if (note_count > 0)
        GD__NEEDS(note, GD_ERROR_ARGUMENT);
    gd_tensor_writer *writer;
    gd__snapshot snapshot = {0};
    gd_status status = gd_tensor_writer_create(&writer);
    if (status == GD_OK && gd_variable_count(graph) == 0)
        status = gd__fail(GD_ERROR_ARGUMENT, "%s: the graph has no variables to save", path);
    if (status == GD_OK)
        status = gd__snapshot_take(&snapshot, gd_variable_at(graph, 0).graph);
    for (int i = 0; status == GD_OK && i < snapshot.count; i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        if (wanted == NULL || wanted(variable))
            status = gd_tensor_writer_add(writer, gd_variable_name(variable), &snapshot.value[i]);
    }
    for (int i = 0; status == GD_OK && i < note_count; i++)
        status = gd_tensor_writer_metadata(writer, note[i].key, note[i].value);
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, "gradus.version", gd_version());
    if (status == GD_OK)
        status = gd_tensor_writer_commit(writer, path);
    gd_tensor_writer_free(writer);
    gd__snapshot_free(&snapshot);
    return status;
}

gd_status gd_save_weights(const gd_graph *graph, const char *path, int note_count, const gd_note *note)
{
    return save(graph, path, gd__is_model_variable, note_count, note);
}

gd_status gd_save_state(gd_graph *graph, const char *path, int note_count, const gd_note *note)
{
    GD__NEEDS(graph, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    return save(graph, path, NULL, note_count, note);
}

gd_status gd_checkpoint_note(const char *path, const char *key, char **value)
{
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    *value = NULL;
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    const char *text = gd_tensor_file_metadata(file, key);
    if (text != NULL && (*value = gd__copy_text(text)) == NULL)
        status = gd__fail_memory("a note of a checkpoint");
    gd_tensor_file_free(file);
    return status;
}
