// A training run in a file: the variables as tensors, the state and the notes as metadata.
#include <string.h>

#include <gradus/io.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "train/names.h"
#include "train/training.h"

#define FORMAT_KEY "gradus.format"
#define FORMAT "1"
#define VERSION_KEY "gradus.version"
#define STATE_KEY "gradus.training"

gd_status gd__check_writable(const char *path)
{
    if (path == NULL)
        return GD_OK;
    gd__file_writer writer;
    gd_status status = gd__file_writer_open(&writer, path);
    if (status == GD_OK)
        gd__file_writer_abandon(&writer);
    return status;
}

// ---- Writing

static gd_status add_tensors(const gd__training *run, gd_tensor_writer *writer)
{
    const gd__snapshot *snapshot = &run->snapshot;
    for (int i = 0; i < snapshot->count; i++) {
        if (gd__trainer_skips(run->trainer, i))
            continue;
        const char *name = gd_variable_name(gd_variable_at(snapshot->graph, i));
        gd_status status = gd_tensor_writer_add(writer, name, &snapshot->value[i]);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status add_metadata(const gd__training *run, gd_tensor_writer *writer)
{
    char *state = gd__state_to_json(&run->snapshot_state, &run->setting);
    if (state == NULL)
        return gd__fail_memory("a checkpoint");
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < run->opts.note_count; i++)
        status = gd_tensor_writer_metadata(writer, run->opts.note[i].key, run->opts.note[i].value);
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, FORMAT_KEY, FORMAT);
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, VERSION_KEY, gd_version());
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, STATE_KEY, state);
    gd__free(state);
    return status;
}

gd_status gd__training_save(const gd__training *run, const char *path)
{
    gd_tensor_writer *writer;
    gd_status status = gd_tensor_writer_create(&writer);
    if (status == GD_OK)
        status = add_tensors(run, writer);
    if (status == GD_OK)
        status = add_metadata(run, writer);
    if (status == GD_OK)
        status = gd_tensor_writer_commit(writer, path);
    gd_tensor_writer_free(writer);
    return status;
}

// ---- Reading

static gd_status check_tensor(const char *path, const gd_tensor_file *file, gd_tensor variable)
{
    const char *name = gd_variable_name(variable);
    const gd_array *array = gd_tensor_file_get(file, name);
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (array == NULL)
        return gd__fail(GD_ERROR_SHAPE, "%s has no '%s', which this run wants: it is of another %s", path, name,
                        gd__is_model_variable(variable) ? "model" : "update rule");
    if (!gd_shape_equal(array->shape, gd_tensor_shape(variable)))
        return gd__fail(GD_ERROR_SHAPE, "%s has '%s' %s, the model wants %s: it is of another model", path, name,
                        gd_shape_text(array->shape, have), gd_shape_text(gd_tensor_shape(variable), want));
    if (array->type != gd_tensor_type(variable))
        return gd__fail(GD_ERROR_SHAPE, "%s has '%s' in %s, the model wants %s", path, name, gd_type_name(array->type),
                        gd_type_name(gd_tensor_type(variable)));
    return GD_OK;
}

static gd_status check_tensors(const gd__training *run, const char *path, const gd_tensor_file *file)
{
    gd_graph *graph = run->trainer->graph;
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < gd_variable_count(graph); i++)
        if (!gd__trainer_skips(run->trainer, i))
            status = check_tensor(path, file, gd_variable_at(graph, i));
    for (int i = 0; status == GD_OK && i < gd_tensor_file_count(file); i++) {
        const char *name = gd_tensor_file_name(file, i);
        if (gd_variable_find(graph, name).graph == NULL)
            status = gd__fail(GD_ERROR_SHAPE, "%s has '%s', which this run does not know: it is of another %s", path,
                              name, gd__is_model_tensor(file, name) ? "model" : "update rule");
    }
    return status;
}

static gd_status read_state(gd__training *run, const char *path, const gd_tensor_file *file)
{
    const char *format = gd_tensor_file_metadata(file, FORMAT_KEY);
    const char *state = gd_tensor_file_metadata(file, STATE_KEY);
    if (state == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s holds weights, but no training run to go on with", path);
    if (format == NULL || strcmp(format, FORMAT) != 0)
        return gd__fail(GD_ERROR_FORMAT, "%s is a checkpoint of format %s; this version reads format %s", path,
                        format != NULL ? format : "(none)", FORMAT);
    gd_status status = gd__state_from_json(state, path, &run->setting, &run->state);
    if (status == GD_OK && run->state.batch > run->batches)
        status = gd__fail(GD_ERROR_FORMAT, "%s stands at batch %lld, but an epoch has %lld", path,
                          (long long)run->state.batch, (long long)run->batches);
    return status;
}

gd_status gd__training_resume(gd__training *run)
{
    const char *path = run->opts.resume;
    gd_graph *graph = run->trainer->graph;
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    status = check_tensors(run, path, file);
    if (status == GD_OK)
        status = read_state(run, path, file);
    for (int i = 0; status == GD_OK && i < gd_variable_count(graph); i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        if (!gd__trainer_skips(run->trainer, i))
            status = gd_variable_set(variable, gd_tensor_file_get(file, gd_variable_name(variable)));
    }
    gd_tensor_file_free(file);
    return status;
}
