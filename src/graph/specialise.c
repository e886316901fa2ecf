#include "graph/specialise.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"

static void mark_needs(const gd_graph *graph, bool *needed)
{
    for (int i = graph->node_count - 1; i >= 0; i--) {
        for (int j = 0; needed[i] && j < graph->node[i].input_count; j++)
            needed[graph->node[i].input[j].node] = true;
    }
}

bool *gd__graph_needed(const gd_graph *graph, int count, const gd__ref *wanted)
{
    bool *needed = gd__alloc_zeroed((size_t)graph->node_count + 1, sizeof *needed);
    if (needed == NULL)
        return NULL;
    for (int i = 0; i < count; i++)
        needed[wanted[i].node] = true;
    mark_needs(graph, needed);
    return needed;
}

static bool has_effects(const gd_graph *graph)
{
    for (int i = 0; i < graph->node_count; i++) {
        if (graph->node[i].op->flags & GD_OP_EFFECT)
            return true;
    }
    return false;
}

// Marks the nodes with an effect that need no other input of the graph than those that are needed already. A copy that
// a pass has written holds no others, even where the pass found out that an input has no influence.
static bool mark_effects(const gd_graph *graph, bool *needed)
{
    bool *given = gd__alloc_zeroed((size_t)graph->node_count + 1, sizeof *given);
    if (given == NULL)
        return false;
    for (int i = 0; i < graph->node_count; i++) {
        const gd__node *node = &graph->node[i];
        given[i] = node->op != &gd__op_input || needed[i] || graph->owner != NULL;
        for (int j = 0; j < node->input_count; j++)
            given[i] = given[i] && given[node->input[j].node];
    }
    for (int i = 0; i < graph->node_count; i++)
        needed[i] = needed[i] || (given[i] && (graph->node[i].op->flags & GD_OP_EFFECT));
    gd__free(given);
    mark_needs(graph, needed);
    return true;
}

bool *gd__graph_computed(const gd_graph *graph, int count, const gd__ref *wanted)
{
    bool *computed = gd__graph_needed(graph, count, wanted);
    if (computed == NULL || !has_effects(graph) || mark_effects(graph, computed))
        return computed;
    gd__free(computed);
    return NULL;
}

typedef struct copying {
    gd_graph *from, *to;
    gd__specialise_opts opts;
    gd__ref (*map)[GD_MAX_OUTPUTS]; // from a node of `from` to its outputs in `to`
} copying;

static gd__sizes sizes_of(const gd__specialise_opts *opts)
{
    return (gd__sizes){opts->batch, opts->time};
}

static gd_type wide(const copying *c, gd_type type)
{
    return c->opts.widen && gd_type_is_float(type) ? GD_F64 : type;
}

// The types that attributes ask for.
static void widen_attributes(const copying *c, const gd_op *op, void *attributes)
{
    for (int i = 0; i < op->attribute_count; i++) {
        gd_type *type = (gd_type *)(void *)((char *)attributes + op->attribute[i].offset);
        if (op->attribute[i].kind == GD_ATTRIBUTE_TYPE)
            *type = wide(c, *type);
    }
}

// The copy lists the same inputs, with closed shapes, and borrows the constants.
static bool copy_lists(copying *c)
{
    gd_graph *to = c->to;
    const gd_graph *from = c->from;
    to->owner = from->owner != NULL ? from->owner : c->from;
    to->seed = from->seed;
    to->random_streams = from->random_streams;
    to->input = gd__alloc_zeroed((size_t)from->input_count + 1, sizeof *to->input);
    to->constant = gd__alloc_zeroed((size_t)from->constant_count + 1, sizeof *to->constant);
    if (to->input == NULL || to->constant == NULL)
        return false;
    to->input_capacity = from->input_count;
    to->constant_capacity = from->constant_count;
    for (int i = 0; i < from->input_count; i++) {
        to->input[i] = (gd__input){.name = gd__copy_text(from->input[i].name), .info = from->input[i].info, .node = -1};
        to->input[i].info.shape = gd__shape_close(from->input[i].info.shape, sizes_of(&c->opts));
        to->input[i].info.type = wide(c, from->input[i].info.type);
        to->input_count++;
        if (to->input[i].name == NULL)
            return false;
    }
    for (int i = 0; i < from->constant_count; i++)
        to->constant[to->constant_count++] =
            gd_array_borrow(from->constant[i].type, from->constant[i].shape, from->constant[i].data);
    return true;
}

static void copy_source(copying *c, int index)
{
    const gd__node *node = &c->from->node[index];
    gd_info info = node->output[0];
    info.shape = gd__shape_close(info.shape, sizes_of(&c->opts));
    info.type = wide(c, info.type);
    char text[GD_SHAPE_TEXT];
    if (gd__shape_open_count(info.shape).overflow) {
        gd_graph_fail(c->to, GD_ERROR_SHAPE, "%s '%s' would be %s, which is too many elements", node->op->name,
                      node->name != NULL ? node->name : "", gd_shape_text(info.shape, text));
        return;
    }
    int32_t copy = gd__graph_add_node(c->to, node->op, 0, NULL, node->attributes, 1, &info);
    if (copy < 0) {
        gd_graph_fail(c->to, GD_ERROR_MEMORY, "out of memory for a node");
        return;
    }
    c->map[index][0] = (gd__ref){copy, 0};
    if (node->op == &gd__op_input)
        c->to->input[gd__source_index(node)].node = copy;
}

static void copy_op(copying *c, int index)
{
    const gd__node *node = &c->from->node[index];
    gd_tensor *input = gd__alloc_zeroed((size_t)node->input_count + 1, sizeof *input);
    void *attributes = gd__copy_block(node->attributes, node->attributes != NULL ? node->op->attribute_size : 0);
    gd_tensor output[GD_MAX_OUTPUTS] = {0};
    if (input == NULL || attributes == NULL) {
        gd_graph_fail(c->to, GD_ERROR_MEMORY, "out of memory for a node");
    } else {
        for (int i = 0; i < node->input_count; i++)
            input[i] = gd__tensor(c->to, c->map[node->input[i].node][node->input[i].output]);
        if (node->attributes != NULL) {
            gd__attributes_close(node->op, attributes, sizes_of(&c->opts));
            widen_attributes(c, node->op, attributes);
        }
        gd__graph_set_layer(c->to, node->name);
        if (c->opts.inference && node->op->inference != NULL) {
            node->op->inference(c->to, input, attributes, output);
        } else {
            gd_tensor copy =
                gd_apply_in(c->to, node->op, node->input_count, input, node->attributes != NULL ? attributes : NULL);
            for (int i = 0; i < node->output_count; i++)
                output[i] = (gd_tensor){c->to, copy.node, i};
        }
        for (int i = 0; i < node->output_count; i++)
            c->map[index][i] = gd__ref_of(output[i]);
        // An inference form may be one of the inputs, which has a name of its own.
        if (node->name != NULL && gd_tensor_ok(output[0]) && c->to->node[output[0].node].name == NULL)
            gd_name(output[0], node->name);
    }
    gd__free(input);
    gd__free(attributes);
}

// Whether a size that is not known stands in a shape, and which.
static const char *unknown_size(gd_shape shape, const gd__specialise_opts *opts)
{
    for (int i = 0; i < shape.rank; i++) {
        if (opts->time == 0 && gd__dimension_has_time(shape.dim[i]))
            return "number of time steps";
        if (opts->batch == 0 && gd__dimension_parts_of(shape.dim[i]).batch_power > 0)
            return "batch size";
    }
    return NULL;
}

// Every open dimension of an input that is needed must follow from the sizes.
static gd_status check_sizes(const copying *c, const bool *needed)
{
    for (int i = 0; i < c->from->input_count; i++) {
        const gd__input *input = &c->from->input[i];
        const char *unknown = unknown_size(input->info.shape, &c->opts);
        if (input->node >= 0 && needed[input->node] && unknown != NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "input '%s' was given no value, so the %s is not known", input->name,
                            unknown);
    }
    return GD_OK;
}

static gd_status failed_copy(const copying *c)
{
    if (c->opts.time == 0)
        return gd__fail(c->to->status, "with a batch of %lld: %s", (long long)c->opts.batch, gd_graph_error(c->to));
    return gd__fail(c->to->status, "with a batch of %lld and %lld time step%s: %s", (long long)c->opts.batch,
                    (long long)c->opts.time, c->opts.time == 1 ? "" : "s", gd_graph_error(c->to));
}

gd_status gd__graph_specialise(gd_graph *source, gd__specialise_opts opts, int count, const gd__ref *wanted,
                               gd_graph **result, gd__ref *mapped)
{
    *result = NULL;
    copying c = {.from = source, .to = gd__graph_create_private(), .opts = opts};
    bool *needed = gd__graph_computed(source, count, wanted);
    c.map = gd__alloc_zeroed((size_t)source->node_count + 1, sizeof *c.map);
    gd_status status = GD_OK;
    if (c.to == NULL || needed == NULL || c.map == NULL || !copy_lists(&c))
        status = gd__fail_memory("a copy of the graph");
    if (status == GD_OK)
        status = check_sizes(&c, needed);
    for (int i = 0; status == GD_OK && i < source->node_count; i++) {
        if (!needed[i])
            continue;
        if (source->node[i].op->flags & GD_OP_SOURCE)
            copy_source(&c, i);
        else
            copy_op(&c, i);
        if (c.to->status != GD_OK)
            status = failed_copy(&c);
    }
    for (int i = 0; status == GD_OK && i < count; i++)
        mapped[i] = c.map[wanted[i].node][wanted[i].output];
    gd__free(needed);
    gd__free(c.map);
    if (status == GD_OK) {
        gd__graph_set_layer(c.to, NULL);
        *result = c.to;
    } else if (c.to != NULL) {
        gd_graph_free(c.to);
    }
    return status;
}

void gd__graph_move_lists(gd_graph *from, gd_graph *to)
{
    to->owner = from->owner;
    to->seed = from->seed;
    to->random_streams = from->random_streams;
    to->input = from->input;
    to->input_count = from->input_count;
    to->input_capacity = from->input_capacity;
    to->constant = from->constant;
    to->constant_count = from->constant_count;
    to->constant_capacity = from->constant_capacity;
    from->input = NULL;
    from->constant = NULL;
    from->input_count = from->constant_count = 0;
    for (int i = 0; i < to->input_count; i++)
        to->input[i].node = -1;
}
