#include "optim/slot.h"

#include <gradus/ops.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"

gd_tensor gd__slot(gd_tensor parameter, const char *slot)
{
    return gd__slot_of(parameter, slot, gd_tensor_shape(parameter));
}

gd_tensor gd__slot_of(gd_tensor parameter, const char *slot, gd_shape shape)
{
    gd__text text = {0};
    gd__text_add(&text, "%s.%s", gd_variable_name(parameter), slot);
    char *name = gd__text_take(&text);
    if (name == NULL)
        return gd_graph_fail(parameter.graph, GD_ERROR_MEMORY, "out of memory for the name of a variable");
    gd_tensor variable =
        gd_variable(parameter.graph, name, gd_tensor_type(parameter), shape, (gd_variable_opts){.of_training = true});
    gd__free(name);
    return variable;
}

gd_status gd__gradients_check(const gd_graph *graph, int count, const gd_tensor *parameter, const gd_tensor *gradient)
{
    if (gd_graph_error(graph) != NULL)
        return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    for (int i = 0; i < count; i++) {
        const char *name = gd_variable_name(parameter[i]);
        if (name[0] == '\0' || parameter[i].graph != graph)
            return gd__fail(GD_ERROR_ARGUMENT, "parameter %d is no variable of the graph", i);
        if (!gd_tensor_ok(gradient[i]) || gradient[i].graph != graph)
            return gd__fail(GD_ERROR_ARGUMENT, "parameter '%s' has no gradient", name);
        gd_type type = gd_tensor_type(parameter[i]);
        gd_shape want = gd_tensor_shape(parameter[i]), have = gd_tensor_shape(gradient[i]);
        char want_text[GD_SHAPE_TEXT], have_text[GD_SHAPE_TEXT];
        if (type != GD_F32 && type != GD_F64)
            return gd__fail(GD_ERROR_SHAPE, "parameter '%s' is %s, expected f32 or f64", name, gd_type_name(type));
        if (gd_tensor_type(gradient[i]) != type || !gd_shape_equal(want, have))
            return gd__fail(GD_ERROR_SHAPE, "parameter '%s' is %s %s, its gradient %s %s", name, gd_type_name(type),
                            gd_shape_text(want, want_text), gd_type_name(gd_tensor_type(gradient[i])),
                            gd_shape_text(have, have_text));
    }
    return GD_OK;
}

gd_tensor gd__single(gd_tensor number, const char *what, gd_type type)
{
    gd_shape shape = gd_tensor_shape(number);
    char text[GD_SHAPE_TEXT];
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] != 1)
            return gd_graph_fail(number.graph, GD_ERROR_SHAPE, "the %s is %s, expected a single number", what,
                                 gd_shape_text(shape, text));
    }
    if (shape.rank > 0)
        number = gd_reshape(number, GD_SCALAR);
    return gd_tensor_type(number) == type ? number : gd_cast(number, type);
}
