#include "plan/bf16.h"

#include "base/error.h"
#include "base/memory.h"
#include "graph/specialise.h"
#include "op/elementwise.h"
#include "op/table.h"

// A matrix product of fewer multiplications stays in f32: converting would cost more than it saves.
static const double least_products = 4e6;

typedef struct storing {
    const gd_graph *from;
    gd_graph *to;
    gd__ref (*as_made)[GD_MAX_OUTPUTS]; // by node of `from`: its outputs in `to`, of whichever type
    gd__ref (*cast)[GD_MAX_OUTPUTS];    // the same in the other type, once somebody asked; node -1 before
} storing;

static gd_type type_of(const storing *s, gd__ref ref)
{
    return gd__info_at(s->to, ref)->type;
}

// The value in the type that is wanted: as it was made, or through a cast.
static gd__ref in_type(storing *s, gd__ref old, gd_type type)
{
    gd__ref made = s->as_made[old.node][old.output];
    gd_type have = type_of(s, made);
    bool convertible = (have == GD_F32 && type == GD_BF16) || (have == GD_BF16 && type == GD_F32);
    if (!convertible)
        return made;
    gd__ref *cast = &s->cast[old.node][old.output];
    if (cast->node < 0) {
        gd_info info = {type, gd__info_at(s->to, made)->shape};
        gd__cast_attributes attributes = {.type = type};
        cast->node = gd__graph_add_node(s->to, &gd__op_cast, 1, &made, &attributes, 1, &info);
        cast->output = 0;
    }
    return *cast;
}

static bool is_large_matmul(const storing *s, const gd__node *node)
{
    const gd_shape *a = &gd__info_at(s->from, node->input[0])->shape, *y = &node->output[0].shape;
    double inner = (double)gd_shape_count(*a) / (double)y->dim[y->rank - 2];
    return (double)gd_shape_count(*y) * inner >= least_products;
}

// Does it read or write bf16 here? Everything but the inputs and outputs that its record names stays f32.
static bool takes_bf16(const storing *s, const gd__node *node)
{
    return (node->op->bf16_inputs | node->op->bf16_outputs) != 0 && node->output[0].type == GD_F32 &&
           (node->op != &gd__op_matmul || is_large_matmul(s, node));
}

// An elementwise op stays in bf16 when an input of its own shape does.
static bool follows_in_bf16(const storing *s, const gd__node *node)
{
    if (!(node->op->flags & GD_OP_ELEMENTWISE) || node->output[0].type != GD_F32)
        return false;
    for (int i = 0; i < node->input_count; i++) {
        gd__ref made = s->as_made[node->input[i].node][node->input[i].output];
        if (type_of(s, made) == GD_BF16 && gd_shape_equal(gd__info_at(s->to, made)->shape, node->output[0].shape))
            return true;
    }
    return false;
}

static gd_status store_node(storing *s, int index)
{
    const gd__node *node = &s->from->node[index];
    gd__ref *input = gd__alloc((size_t)(node->input_count + 1) * sizeof *input);
    if (input == NULL)
        return gd__fail_memory("a bf16 plan");
    const bool takes = takes_bf16(s, node), follows = !takes && follows_in_bf16(s, node);
    gd_info output[GD_MAX_OUTPUTS];
    for (int i = 0; i < node->input_count; i++) {
        gd__ref old = node->input[i];
        if (follows)
            input[i] = s->as_made[old.node][old.output]; // the machine of chains reads both
        else
            input[i] = in_type(s, old, takes && (node->op->bf16_inputs >> i & 1) ? GD_BF16 : GD_F32);
    }
    for (int i = 0; i < node->output_count; i++) {
        output[i] = node->output[i];
        if (output[i].type == GD_F32 && (follows || (takes && (node->op->bf16_outputs >> i & 1))))
            output[i].type = GD_BF16;
    }
    int32_t copy =
        gd__graph_add_node(s->to, node->op, node->input_count, input, node->attributes, node->output_count, output);
    gd__free(input);
    if (copy < 0)
        return gd__fail_memory("a bf16 plan");
    for (int i = 0; i < node->output_count; i++) {
        s->as_made[index][i] = (gd__ref){copy, i};
        s->cast[index][i] = (gd__ref){-1, 0};
    }
    if (node->name != NULL)
        gd_name((gd_tensor){s->to, copy, 0}, node->name);
    if (node->op == &gd__op_input)
        s->to->input[gd__source_index(node)].node = copy;
    return GD_OK;
}

gd_status gd__store_bf16(gd_graph *graph, int count, gd__ref *wanted, gd_graph **result)
{
    *result = NULL;
    size_t nodes = (size_t)graph->node_count + 1;
    storing s = {.from = graph, .to = gd__graph_create_private()};
    bool *needed = gd__graph_computed(graph, count, wanted);
    s.as_made = gd__alloc_zeroed(nodes, sizeof *s.as_made);
    s.cast = gd__alloc_zeroed(nodes, sizeof *s.cast);
    gd_status status = GD_OK;
    if (s.to == NULL || needed == NULL || s.as_made == NULL || s.cast == NULL)
        status = gd__fail_memory("a bf16 plan");
    else
        gd__graph_move_lists(graph, s.to);
    for (int i = 0; status == GD_OK && i < graph->node_count; i++) {
        if (needed[i])
            status = store_node(&s, i);
    }
    // What leaves the plan has the type it was asked for in.
    for (int i = 0; status == GD_OK && i < count; i++) {
        wanted[i] = in_type(&s, wanted[i], gd__info_at(graph, wanted[i])->type);
        if (wanted[i].node < 0)
            status = gd__fail_memory("a bf16 plan");
    }
    gd__free(needed);
    gd__free(s.as_made);
    gd__free(s.cast);
    gd_graph_free(graph);
    if (status == GD_OK)
        *result = s.to;
    else
        gd_graph_free(s.to);
    return status;
}
