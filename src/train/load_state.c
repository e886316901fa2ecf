// A graph takes all that it held from a file, to go on with a training loop of one's own.
#include <gradus/io.h>
#include <gradus/train.h>

#include "base/error.h"
#include "graph/graph.h"

// Both have the same variables, of the same shapes and types: bits must come back as they were.
static gd_status check(gd_graph *graph, const gd_tensor_file *file, const char *path)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    for (int i = 0; i < gd_variable_count(graph); i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        const char *name = gd_variable_name(variable);
        const gd_array *array = gd_tensor_file_get(file, name);
        if (array == NULL)
            return gd__fail(GD_ERROR_SHAPE, "%s has no '%s', which the graph wants", path, name);
        if (array->type != gd_tensor_type(variable) || !gd_shape_equal(array->shape, gd_tensor_shape(variable)))
            return gd__fail(GD_ERROR_SHAPE, "%s has '%s' as %s %s, the graph wants %s %s", path, name,
                            gd_type_name(array->type), gd_shape_text(array->shape, have),
                            gd_type_name(gd_tensor_type(variable)), gd_shape_text(gd_tensor_shape(variable), want));
    }
    for (int i = 0; i < gd_tensor_file_count(file); i++)
        if (gd_variable_find(graph, gd_tensor_file_name(file, i)).graph == NULL)
            return gd__fail(GD_ERROR_SHAPE, "%s has '%s', which the graph does not know", path,
                            gd_tensor_file_name(file, i));
    return GD_OK;
}

gd_status gd_load_state(gd_graph *graph, const char *path)
{
    GD__NEEDS(graph, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    gd__graph_write(graph);
    status = check(graph, file, path);
    for (int i = 0; status == GD_OK && i < gd_variable_count(graph); i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        status = gd_variable_set(variable, gd_tensor_file_get(file, gd_variable_name(variable)));
    }
    gd__graph_release(graph);
    gd_tensor_file_free(file);
    return status;
}
