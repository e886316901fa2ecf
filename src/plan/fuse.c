#include "plan/fuse.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "cpu/backend.h"
#include "graph/specialise.h"

// Units while they form. ancestor[u] is the set of units that u needs, directly or not: joining two units is allowed
// when no third one lies on a path between them.
typedef struct fusing {
    const gd_graph *graph;
    gd__plan_opts opts;
    const int32_t *into;
    bool *needed;
    int32_t *unit_of; // by node; -1 while it has none
    int unit_count;
    gd__unit *unit;   // a unit that was merged into another one has count 0
    uint64_t *ancestor;
    size_t words; // of one set
    bool *assigned; // by node
} fusing;

static uint64_t *set_of(const fusing *f, int unit)
{
    return f->ancestor + (size_t)unit * f->words;
}

static bool in_set(const fusing *f, int unit, int other)
{
    return (set_of(f, unit)[other / 64] >> (other % 64) & 1) != 0;
}

static void unite(fusing *f, int unit, int other)
{
    uint64_t *to = set_of(f, unit);
    const uint64_t *from = set_of(f, other);
    for (size_t i = 0; i < f->words; i++)
        to[i] |= from[i];
}

// Notes that `unit` needs `other`, and so does all that needs `unit`.
static void add_need(fusing *f, int unit, int other)
{
    if (unit == other || in_set(f, unit, other))
        return;
    set_of(f, unit)[other / 64] |= (uint64_t)1 << (other % 64);
    unite(f, unit, other);
    for (int i = 0; i < f->unit_count; i++) {
        if (in_set(f, i, unit))
            unite(f, i, unit);
    }
}

// How many different values a chain reads from outside and (at most) writes.
static int chain_values(const fusing *f, const gd__unit *a, const gd__unit *b)
{
    int count = 0;
    gd__ref seen[4 * GD__CHAIN_VALUES];
    for (int part = 0; part < 2; part++) {
        const gd__unit *unit = part == 0 ? a : b;
        for (int i = 0; i < unit->count; i++) {
            const gd__node *node = &f->graph->node[unit->node[i]];
            for (int j = 0; j < node->input_count; j++) {
                const gd__unit *maker = &f->unit[f->unit_of[node->input[j].node]];
                bool known = maker == a || maker == b;
                for (int k = 0; k < count && !known; k++)
                    known = seen[k].node == node->input[j].node && seen[k].output == node->input[j].output;
                if (!known && count < GD_COUNT_OF(seen))
                    seen[count++] = node->input[j];
            }
            count += f->assigned[unit->node[i]];
        }
    }
    return count;
}

// Joins unit `b` into unit `a` when that makes no cycle and the chain stays small enough.
static bool try_join(fusing *f, int a, int b)
{
    gd__unit *to = &f->unit[a], *from = &f->unit[b];
    if (to->count + from->count > GD__CHAIN_NODES || chain_values(f, to, from) > GD__CHAIN_VALUES - 4)
        return false;
    for (int i = 0; i < f->unit_count; i++) {
        if (i == a || i == b || f->unit[i].count == 0)
            continue;
        if ((in_set(f, i, a) && in_set(f, b, i)) || (in_set(f, i, b) && in_set(f, a, i)))
            return false;
    }
    int32_t *node = gd__alloc((size_t)(to->count + from->count) * sizeof *node);
    if (node == NULL)
        return false;
    int i = 0, j = 0, count = 0;
    while (i < to->count || j < from->count) {
        bool first = j == from->count || (i < to->count && to->node[i] < from->node[j]);
        node[count++] = first ? to->node[i++] : from->node[j++];
    }
    for (int k = 0; k < from->count; k++)
        f->unit_of[from->node[k]] = a;
    gd__free(to->node);
    gd__free(from->node);
    *to = (gd__unit){.count = count, .node = node};
    *from = (gd__unit){0};
    // Whatever needed b needs a now.
    unite(f, a, b);
    for (int u = 0; u < f->unit_count; u++) {
        if (u != a && in_set(f, u, b))
            add_need(f, u, a);
    }
    set_of(f, a)[a / 64] &= ~((uint64_t)1 << (a % 64));
    set_of(f, a)[b / 64] &= ~((uint64_t)1 << (b % 64));
    for (int u = 0; u < f->unit_count; u++) {
        if (u != a && in_set(f, u, a))
            unite(f, u, a);
    }
    return true;
}

static int chain_kind(const fusing *f, int32_t index)
{
    if (f->opts.no_fusion || f->opts.reference || f->into[index] >= 0)
        return 0;
    return gd__backend_fuses(f->graph, &f->graph->node[index]);
}

static gd_status place_node(fusing *f, int32_t index)
{
    const gd__node *node = &f->graph->node[index];
    int unit = f->unit_count++;
    f->unit[unit] = (gd__unit){.count = 1, .node = gd__copy_block(&index, sizeof index)};
    f->unit_of[index] = unit;
    if (f->unit[unit].node == NULL)
        return gd__fail_memory("a fused chain");
    for (int i = 0; i < node->input_count; i++)
        add_need(f, unit, f->unit_of[node->input[i].node]);
    int kind = chain_kind(f, index);
    for (int i = 0; kind != 0 && i < node->input_count; i++) {
        const gd__node *input = &f->graph->node[node->input[i].node];
        int other = f->unit_of[node->input[i].node];
        if (other != f->unit_of[index] && chain_kind(f, node->input[i].node) == kind &&
            gd_shape_equal(input->output[0].shape, node->output[0].shape))
            try_join(f, other, f->unit_of[index]);
    }
    return GD_OK;
}

// Emits a unit after the units that it needs. Depth is bounded by an explicit stack.
static gd_status emit(const fusing *f, int root, bool late, bool *done, gd__units *units)
{
    int *stack = gd__alloc((size_t)(f->unit_count + 1) * sizeof *stack);
    int32_t *next = gd__alloc_zeroed((size_t)f->unit_count + 1, sizeof *next); // by unit: how far its needs were walked
    if (stack == NULL || next == NULL) {
        gd__free(stack);
        gd__free(next);
        return gd__fail_memory("ordering steps");
    }
    int depth = 0;
    stack[depth++] = root;
    while (depth > 0) {
        int unit = stack[depth - 1];
        const gd__unit *u = &f->unit[unit];
        bool pushed = false;
        while (!done[unit] && next[unit] < u->count && !pushed) {
            const gd__node *node = &f->graph->node[u->node[next[unit]]];
            for (int j = 0; j < node->input_count && !pushed; j++) {
                int need = f->unit_of[node->input[j].node];
                if (need != unit && !done[need] && f->unit[need].late == late) {
                    stack[depth++] = need;
                    pushed = true;
                }
            }
            if (!pushed)
                next[unit]++;
        }
        if (pushed)
            continue;
        if (!done[unit]) {
            done[unit] = true;
            units->unit[units->count++] = *u;
        }
        depth--;
    }
    gd__free(stack);
    gd__free(next);
    return GD_OK;
}

static void mark_late(fusing *f)
{
    for (int i = 0; i < f->unit_count; i++) {
        for (int j = 0; j < f->unit[i].count; j++)
            f->unit[i].late |= f->assigned[f->unit[i].node[j]];
        if (f->unit[i].count == 1 && (f->graph->node[f->unit[i].node[0]].op->flags & GD_OP_SOURCE))
            f->unit[i].late = false;
    }
    for (int i = 0; i < f->unit_count; i++) {
        for (int j = 0; j < f->unit_count; j++) {
            if (f->unit[j].count > 0 && f->unit[j].late && in_set(f, i, j) && !f->unit[i].late) {
                f->unit[i].late = true;
                i = -1; // once more from the start: those that need unit i are late too
                break;
            }
        }
    }
}

static gd_status order(fusing *f, gd__units *units)
{
    mark_late(f);
    bool *done = gd__alloc_zeroed((size_t)f->unit_count + 1, sizeof *done);
    units->unit = gd__alloc_zeroed((size_t)f->unit_count + 1, sizeof *units->unit);
    gd_status status = done != NULL && units->unit != NULL ? GD_OK : gd__fail_memory("ordering steps");
    // By the last node of each unit: the order in which the graph was written.
    for (int late = 0; late < 2; late++) {
        for (int32_t i = 0; status == GD_OK && i < f->graph->node_count; i++) {
            int unit = f->needed[i] ? f->unit_of[i] : -1;
            if (unit < 0 || done[unit] || f->unit[unit].late != (late == 1))
                continue;
            if (f->unit[unit].node[f->unit[unit].count - 1] == i)
                status = emit(f, unit, late == 1, done, units);
        }
    }
    gd__free(done);
    return status;
}

gd_status gd__fuse(const gd_graph *graph, gd__plan_opts opts, const int32_t *into, int count, const gd__ref *wanted,
                   int assigned, gd__units *units)
{
    *units = (gd__units){0};
    fusing f = {.graph = graph, .opts = opts, .into = into};
    size_t nodes = (size_t)graph->node_count + 1;
    f.needed = gd__graph_needed(graph, count, wanted);
    f.unit_of = gd__alloc_zeroed(nodes, sizeof *f.unit_of);
    f.unit = gd__alloc_zeroed(nodes, sizeof *f.unit);
    f.assigned = gd__alloc_zeroed(nodes, sizeof *f.assigned);
    f.words = (nodes + 63) / 64;
    f.ancestor = gd__alloc_zeroed(nodes * f.words, sizeof *f.ancestor);
    gd_status status = GD_OK;
    if (f.needed == NULL || f.unit_of == NULL || f.unit == NULL || f.assigned == NULL || f.ancestor == NULL)
        status = gd__fail_memory("fusing");
    for (int i = count - assigned; status == GD_OK && i < count; i++)
        f.assigned[wanted[i].node] = true;
    for (int32_t i = 0; status == GD_OK && i < graph->node_count; i++) {
        f.unit_of[i] = -1;
        if (f.needed[i])
            status = place_node(&f, i);
    }
    if (status == GD_OK)
        status = order(&f, units);
    if (status != GD_OK) {
        for (int i = 0; f.unit != NULL && i < f.unit_count; i++)
            gd__free(f.unit[i].node);
        gd__free(units->unit);
        *units = (gd__units){0};
    }
    gd__free(f.needed);
    gd__free(f.unit_of);
    gd__free(f.unit);
    gd__free(f.assigned);
    gd__free(f.ancestor);
    return status;
}

void gd__units_free(gd__units *units)
{
    for (int i = 0; i < units->count; i++)
        gd__free(units->unit[i].node);
    gd__free(units->unit);
    *units = (gd__units){0};
}
