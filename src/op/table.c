// The op table: Gradus' own ops, then those that users registered.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "op/table.h"

static const gd_op *const own[] = {
    &gd__op_constant,
    &gd__op_input,
    &gd__op_variable,
#define GD_OP(name) &gd__op_##name,
#ifdef GD__MINIMAL
#define GD_SELDOM_OP(name)
#else
#define GD_SELDOM_OP(name) GD_OP(name)
#endif
#include "op/ops.def"
#undef GD_SELDOM_OP
#undef GD_OP
};

// Documented process-wide state: what gd_op_register was given.
enum { MAX_REGISTERED = 256 };
static const gd_op *registered[MAX_REGISTERED];
static int registered_count;

int gd_op_count(void)
{
    return GD_COUNT_OF(own) + registered_count;
}

const gd_op *gd_op_at(int index)
{
    if (index < 0 || index >= gd_op_count())
        return NULL;
    return index < GD_COUNT_OF(own) ? own[index] : registered[index - GD_COUNT_OF(own)];
}

const gd_op *gd_op_find(const char *name)
{
    GD__NEEDS(name, NULL);
    for (int i = 0; i < gd_op_count(); i++) {
        if (strcmp(gd_op_at(i)->name, name) == 0)
            return gd_op_at(i);
    }
    return NULL;
}

gd_status gd_op_register(const gd_op *op)
{
    if (op == NULL || op->name == NULL || op->name[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT, "an op needs a name");
    if (gd_op_find(op->name) != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "op '%s' stands in the table already", op->name);
    if (op->struct_size != 0 && op->struct_size != sizeof *op)
        return gd__fail(GD_ERROR_ARGUMENT, "op '%s' has struct_size %zu, expected sizeof(gd_op), %zu%s", op->name,
                        op->struct_size, sizeof *op,
                        op->struct_size > sizeof *op ? ": it was compiled for a later version" : "");
    if (op->shape == NULL || op->ref == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "op '%s' needs a shape function and a reference kernel", op->name);
    if (op->grad == NULL && op->no_grad == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "op '%s' needs a gradient, or the reason why it has none", op->name);
    if (op->sample_count <= 0 || op->sample == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "op '%s' needs samples for the tests", op->name);
    if (op->output_count < 1 || op->output_count > GD_MAX_OUTPUTS)
        return gd__fail(GD_ERROR_ARGUMENT, "op '%s' has %d outputs, 1 to %d were expected", op->name, op->output_count,
                        GD_MAX_OUTPUTS);
    if (registered_count == MAX_REGISTERED)
        return gd__fail(GD_ERROR_MEMORY, "no more than %d ops can be registered", MAX_REGISTERED);
    registered[registered_count++] = op;
    return GD_OK;
}
