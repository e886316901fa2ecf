// The values of variables: in the memory and in the layout in which they lie.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"

static size_t bytes_in(const gd__variable *variable, const gd__layout *layout)
{
    return (size_t)gd__layout_elements(layout) * gd_type_size(variable->info.type);
}

void *gd__variable_zeros(const gd__variable *variable)
{
    size_t bytes;
    if (gd__layout_bytes(&variable->layout, gd_type_size(variable->info.type), &bytes) != GD_OK)
        return NULL;
    void *zeros = gd__alloc_zeroed(bytes, 1);
    if (variable->memory == NULL || zeros == NULL)
        return zeros;
    void *data = gd__memory_allocate(variable->memory, bytes);
    if (data != NULL && gd__memory_copy_in(variable->memory, data, zeros, bytes) != GD_OK) {
        gd__memory_release(variable->memory, data);
        data = NULL;
    }
    gd__free(zeros);
    return data;
}

gd_status gd__variable_read(const gd__variable *variable, void *to)
{
    const gd__layout plain = gd__layout_plain(variable->info.shape);
    const size_t bytes = bytes_in(variable, &variable->layout);
    if (gd__layout_equal(&plain, &variable->layout))
        return gd__memory_copy_out(variable->memory, to, variable->data, bytes);
    void *copy;
    const void *data = gd__memory_view(variable->memory, variable->data, bytes, &copy);
    if (data == NULL)
        return GD_ERROR_MEMORY;
    gd__layout_copy(to, &plain, data, &variable->layout, gd_type_size(variable->info.type));
    gd__free(copy);
    return GD_OK;
}

// Converts the value into row-major order, and arranges it in the host's memory at `to`.
static gd_status convert(const gd__variable *variable, void *to, const gd_array *array)
{
    gd_array plain = gd_array_borrow(variable->info.type, variable->info.shape, to);
    if (gd__layout_is_plain(&variable->layout))
        return gd_array_convert(&plain, array);
    gd_status status = gd_array_create(&plain, variable->info.type, variable->info.shape);
    if (status == GD_OK)
        status = gd_array_convert(&plain, array);
    if (status == GD_OK) {
        const gd__layout from = gd__layout_plain(variable->info.shape);
        gd__layout_copy(to, &variable->layout, plain.data, &from, gd_type_size(variable->info.type));
    }
    gd_array_free(&plain);
    return status;
}

gd_status gd__variable_write(gd__variable *variable, const gd_array *array)
{
    const size_t bytes = bytes_in(variable, &variable->layout);
    void *copy = variable->memory != NULL ? gd__alloc(bytes) : NULL;
    if (variable->memory != NULL && copy == NULL)
        return gd__fail_memory("the value of a variable");
    gd_status status = convert(variable, copy != NULL ? copy : variable->data, array);
    if (status == GD_OK && copy != NULL)
        status = gd__memory_copy_in(variable->memory, variable->data, copy, bytes);
    gd__free(copy);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "variable '%s'", variable->name);
}

// The value in a block of another memory and layout, for as many bytes as that takes. NULL on failure.
static void *moved(const gd__variable *variable, const gd__memory *memory, const gd__layout *layout)
{
    const size_t width = gd_type_size(variable->info.type), bytes = bytes_in(variable, layout);
    void *copy, *data = gd__memory_allocate(memory, bytes);
    const void *from = gd__memory_view(variable->memory, variable->data, bytes_in(variable, &variable->layout), &copy);
    void *arranged = memory != NULL ? gd__alloc(bytes) : data;
    bool good = data != NULL && from != NULL && arranged != NULL;
    if (good)
        gd__layout_copy(arranged, layout, from, &variable->layout, width);
    good = good && (memory == NULL || gd__memory_copy_in(memory, data, arranged, bytes) == GD_OK);
    gd__free(copy);
    if (memory != NULL)
        gd__free(arranged);
    if (good)
        return data;
    gd__memory_release(memory, data);
    gd__fail(GD_ERROR_MEMORY, "out of memory for variable '%s'", variable->name);
    return NULL;
}

gd_status gd__variable_arrange(gd__variable *variable, const gd__layout *layout)
{
    void *data = moved(variable, variable->memory, layout);
    if (data == NULL)
        return GD_ERROR_MEMORY;
    gd__memory_release(variable->memory, variable->data);
    variable->data = data;
    variable->layout = *layout;
    return GD_OK;
}

gd_status gd__graph_move_variables(gd_graph *graph, const gd__memory *memory)
{
    const int count = graph->variable_count;
    void **data = gd__alloc_zeroed((size_t)count + 1, sizeof *data);
    bool good = data != NULL;
    for (int i = 0; i < count && good; i++) {
        const gd__layout plain = gd__layout_plain(graph->variable[i].info.shape);
        data[i] = moved(&graph->variable[i], memory, &plain);
        good = data[i] != NULL;
    }
    for (int i = 0; i < count && good; i++) {
        gd__variable *variable = &graph->variable[i];
        gd__memory_release(variable->memory, variable->data);
        variable->data = data[i];
        variable->memory = memory;
        variable->layout = gd__layout_plain(variable->info.shape);
        data[i] = NULL;
    }
    for (int i = 0; i < count && data != NULL; i++)
        gd__memory_release(memory, data[i]);
    gd__free(data);
    if (!good)
        return GD_ERROR_MEMORY;
    graph->memory = memory;
    return GD_OK;
}
