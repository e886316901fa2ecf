// Weights go to files (load_weights.c takes them from there).
#include <gradus/io.h>
#include <gradus/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "train/names.h"
#include "train/snapshot.h"

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
