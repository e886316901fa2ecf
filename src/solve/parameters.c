#include "solve/parameters.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "graph/graph.h"
#include "graph/specialise.h"

gd_status gd__parameters_of(gd_tensor loss, gd__parameters *parameters)
{
    gd_graph *graph = loss.graph;
    *parameters = (gd__parameters){0};
    gd__ref ref = gd__ref_of(loss);
    bool *needed = gd__graph_needed(graph, 1, &ref);
    gd_tensor *variable = gd__alloc_zeroed((size_t)gd_variable_count(graph) + 1, sizeof *variable);
    if (needed == NULL || variable == NULL) {
        gd__free(needed);
        gd__free(variable);
        return gd__fail_memory("the parameters of a network");
    }
    int count = 0;
    for (int i = 0; i < gd_variable_count(graph); i++) {
        gd_tensor candidate = gd_variable_at(graph, i);
        if (gd_variable_trainable(candidate) && needed[candidate.node])
            variable[count++] = candidate;
    }
    gd__free(needed);
    if (count == 0) {
        gd__free(variable);
        return gd__fail(GD_ERROR_ARGUMENT, "the loss depends on no trainable variable: there is nothing to train");
    }
    *parameters = (gd__parameters){count, variable};
    return GD_OK;
}

void gd__parameters_free(gd__parameters *parameters)
{
    gd__free(parameters->variable);
    *parameters = (gd__parameters){0};
}

int64_t gd__parameters_size(const gd__parameters *parameters)
{
    int64_t size = 0;
    for (int i = 0; i < parameters->count; i++)
        size += gd_shape_count(gd_tensor_shape(parameters->variable[i]));
    return size;
}

gd_status gd__parameters_read(const gd__parameters *parameters, double *vector)
{
    for (int i = 0; i < parameters->count; i++) {
        gd_array value;
        gd_status status = gd_variable_get(parameters->variable[i], &value);
        if (status != GD_OK)
            return status;
        gd__to_doubles(vector, value.data, value.type, gd_array_count(&value));
        vector += gd_array_count(&value);
        gd_array_free(&value);
    }
    return GD_OK;
}

gd_status gd__parameters_write(const gd__parameters *parameters, const double *vector)
{
    for (int i = 0; i < parameters->count; i++) {
        gd_array value = gd_array_borrow(GD_F64, gd_tensor_shape(parameters->variable[i]), vector);
        gd_status status = gd_variable_set(parameters->variable[i], &value);
        if (status != GD_OK)
            return status;
        vector += gd_array_count(&value);
    }
    return GD_OK;
}

gd_status gd__loss_check(gd_tensor loss)
{
    if (loss.graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no loss to be made small");
    if (gd_graph_error(loss.graph) != NULL)
        return gd__fail(gd_graph_status(loss.graph), "%s", gd_graph_error(loss.graph));
    char text[GD_SHAPE_TEXT];
    gd_shape shape = gd_tensor_shape(loss);
    bool single = true;
    for (int i = 0; i < shape.rank; i++)
        single = single && shape.dim[i] == 1;
    gd_type type = gd_tensor_type(loss);
    if (!single || (type != GD_F32 && type != GD_F64))
        return gd__fail(GD_ERROR_SHAPE, "the loss is %s %s; expected a single number, f32 or f64", gd_type_name(type),
                        gd_shape_text(shape, text));
    return GD_OK;
}
