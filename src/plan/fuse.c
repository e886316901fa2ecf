#include "plan/fuse.h"

#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "graph/specialise.h"
#include "plan/backend.h"
#include "plan/sequence.h"

// A walk that has met so many units gives up: the two that it is about lie far apart, and one pass over memory less is
// not worth the search. So the time is linear in the number of nodes.
enum { WALK_UNITS = 256 };

// Units while they form. A unit needs those that make the inputs of its nodes. Joining two units is allowed when no
// third one lies on a path between them, which a walk along the needs finds out. The walk passes by what comes before
// the unit that it looks for, as that cannot need it.
typedef struct fusing {
    const gd__backend *backend;
    const gd_graph *graph;
    gd__plan_opts opts;
    const int32_t *into;
    bool *needed;
    int32_t *unit_of; // by node; -1 while it has none
    int unit_count;
    gd__unit *unit;         // a unit that was merged into another one has count 0
    gd__sequence sequence;  // each unit comes after those that it needs
    bool *assigned;         // by node
    int32_t *effect_before; // by node with an effect: the one before it, which it needs for the order's sake, or -1
    int32_t last_effect;
    int *walked; // by unit: the last walk that came by
    int walk;
    int met_count;
    int met[WALK_UNITS]; // the units that this walk has met; it goes on from one after the other
} fusing;

// The units that a node needs, of which one may stand for several inputs.
static int need_count(const fusing *f, int32_t node)
{
    return f->graph->node[node].input_count + (f->effect_before[node] >= 0);
}

static int need_at(const fusing *f, int32_t node, int index)
{
    const gd__node *n = &f->graph->node[node];
    return f->unit_of[index < n->input_count ? n->input[index].node : f->effect_before[node]];
}

// Meets the units that `unit` needs and that come after `target`. False when `target` is among them, where a direct
// need does count, and when there are too many.
static bool meet_needs(fusing *f, int unit, int target, bool direct_counts)
{
    const gd__unit *u = &f->unit[unit];
    for (int i = 0; i < u->count; i++) {
        for (int j = 0; j < need_count(f, u->node[i]); j++) {
            int need = need_at(f, u->node[i], j);
            if (need == target && direct_counts)
                return false;
            if (f->walked[need] == f->walk || f->sequence.number[need] <= f->sequence.number[target])
                continue;
            if (f->met_count == WALK_UNITS)
                return false;
            f->walked[need] = f->walk;
            f->met[f->met_count++] = need;
        }
    }
    return true;
}

// Does `unit` need `target`, which comes before it, by way of a third unit? When it does not, `met` holds afterwards
// what it needs and what comes after `target`.
static bool needs_through_others(fusing *f, int unit, int target)
{
    f->walk++;
    f->met_count = 0;
    f->walked[unit] = f->walk;
    bool free = meet_needs(f, unit, target, false);
    for (int i = 0; i < f->met_count && free; i++)
        free = meet_needs(f, f->met[i], target, true);
    return !free;
}

// How many different values a chain reads from outside and writes into variables; counts no further than is allowed.
static int chain_values(const fusing *f, const gd__unit *a, const gd__unit *b)
{
    int count = 0, written = 0;
    gd__ref seen[GD__MOST_CHAIN_VALUES + 1];
    for (int part = 0; part < 2; part++) {
        const gd__unit *unit = part == 0 ? a : b;
        for (int i = 0; i < unit->count; i++) {
            const gd__node *node = &f->graph->node[unit->node[i]];
            for (int j = 0; j < node->input_count; j++) {
                const gd__unit *maker = &f->unit[f->unit_of[node->input[j].node]];
                bool known = maker == a || maker == b;
                for (int k = 0; k < count && !known; k++)
                    known = seen[k].node == node->input[j].node && seen[k].output == node->input[j].output;
                if (!known)
                    seen[count++] = node->input[j];
                if (count > f->backend->chain_values)
                    return count;
            }
            written += f->assigned[unit->node[i]];
        }
    }
    return count + written;
}

// Joins unit `b` into unit `a` when that makes no cycle and the chain stays small enough.
static bool try_join(fusing *f, int a, int b)
{
    gd__unit *to = &f->unit[a], *from = &f->unit[b];
    if (to->count + from->count > f->backend->chain_nodes || chain_values(f, to, from) > f->backend->chain_values)
        return false;
    const bool rises = f->sequence.number[a] < f->sequence.number[b];
    const int first = rises ? a : b, second = rises ? b : a;
    if (needs_through_others(f, second, first))
        return false;
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
    for (int k = 1; k < count; k++)
        GD__ASSERT(node[k - 1] < node[k]);
    // The joined unit stands where the first one stood; what the second one needs stands before it.
    gd__sequence_move(&f->sequence, first, f->met_count, f->met);
    gd__sequence_remove(&f->sequence, second);
    if (a != first)
        gd__sequence_replace(&f->sequence, first, a);
    gd__free(to->node);
    gd__free(from->node);
    *to = (gd__unit){.count = count, .node = node};
    *from = (gd__unit){0};
    return true;
}

int gd__fusion_kind(const gd__backend *backend, const gd_graph *graph, int32_t index)
{
    const gd__node *node = &graph->node[index];
    return backend->fuses == NULL || (node->op->flags & GD_OP_EFFECT) ? 0 : backend->fuses(graph, node);
}

static int chain_kind(const fusing *f, int32_t index)
{
    return f->opts.no_fusion || f->into[index] != -1 ? 0 : gd__fusion_kind(f->backend, f->graph, index);
}

static gd_status place_node(fusing *f, int32_t index)
{
    const gd__node *node = &f->graph->node[index];
    int unit = f->unit_count++;
    f->unit[unit] = (gd__unit){.count = 1, .node = gd__copy_block(&index, sizeof index)};
    f->unit_of[index] = unit;
    if (node->op->flags & GD_OP_EFFECT) {
        f->effect_before[index] = f->last_effect;
        f->last_effect = index;
    }
    if (f->unit[unit].node == NULL)
        return gd__fail_memory("a fused chain");
    gd__sequence_append(&f->sequence, unit);
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

// While units are put into the order in which they run.
typedef struct emission {
    bool *done;    // by unit
    int32_t *next; // by unit: how far its needs were walked
    int *stack;    // of units that wait for what they need
} emission;

// Emits a unit after the units that it needs. Depth is bounded by an explicit stack.
static void emit(const fusing *f, int root, bool late, emission *e, gd__step_units *units)
{
    bool *done = e->done;
    int32_t *next = e->next;
    int *stack = e->stack, depth = 0;
    stack[depth++] = root;
    while (depth > 0) {
        int unit = stack[depth - 1];
        const gd__unit *u = &f->unit[unit];
        bool pushed = false;
        while (!done[unit] && next[unit] < u->count && !pushed) {
            const int32_t node = u->node[next[unit]];
            for (int j = 0; j < need_count(f, node) && !pushed; j++) {
                int need = need_at(f, node, j);
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
            GD__ASSERT(u->count >= 1 && (u->count == 1 || u->count <= f->backend->chain_nodes));
            done[unit] = true;
            units->unit[units->count++] = *u;
        }
        depth--;
    }
}

static bool is_source(const fusing *f, int32_t node)
{
    return (f->graph->node[node].op->flags & GD_OP_SOURCE) != 0;
}

static bool needs_late(const fusing *f, int32_t index)
{
    for (int i = 0; i < need_count(f, index); i++) {
        if (f->unit[need_at(f, index, i)].late)
            return true;
    }
    return false;
}

// Units that write variables are late, and so is whatever needs a late one. One pass in graph order mostly does; a
// chain can make an earlier node late, which the next pass carries on.
static void mark_late(fusing *f)
{
    for (bool again = true; again;) {
        again = false;
        for (int32_t i = 0; i < f->graph->node_count; i++) {
            gd__unit *unit = f->needed[i] ? &f->unit[f->unit_of[i]] : NULL;
            if (unit != NULL && !unit->late && !is_source(f, i) && (f->assigned[i] || needs_late(f, i)))
                unit->late = again = true;
        }
    }
}

static gd_status order(fusing *f, gd__step_units *units)
{
    mark_late(f);
    size_t count = (size_t)f->unit_count + 1;
    emission e = {.done = gd__alloc_zeroed(count, sizeof *e.done),
                  .next = gd__alloc_zeroed(count, sizeof *e.next),
                  .stack = gd__alloc(count * sizeof *e.stack)};
    units->unit = gd__alloc_zeroed(count, sizeof *units->unit);
    bool good = e.done != NULL && e.next != NULL && e.stack != NULL && units->unit != NULL;
    // By the last node of each unit: the order in which the graph was written.
    for (int late = 0; late < 2; late++) {
        for (int32_t i = 0; good && i < f->graph->node_count; i++) {
            int unit = f->needed[i] ? f->unit_of[i] : -1;
            if (unit < 0 || e.done[unit] || f->unit[unit].late != (late == 1))
                continue;
            if (f->unit[unit].node[f->unit[unit].count - 1] == i)
                emit(f, unit, late == 1, &e, units);
        }
    }
    gd__free(e.done);
    gd__free(e.next);
    gd__free(e.stack);
    return good ? GD_OK : gd__fail_memory("ordering steps");
}

gd_status gd__fuse(const gd__plan *plan, gd__plan_opts opts, const int32_t *into, int count, const gd__ref *wanted,
                   int assigned, gd__step_units *units)
{
    *units = (gd__step_units){0};
    const gd_graph *graph = plan->graph;
    fusing f = {.backend = plan->backend, .graph = graph, .opts = opts, .into = into, .last_effect = -1};
    size_t nodes = (size_t)graph->node_count + 1;
    f.needed = gd__graph_computed(graph, count, wanted);
    f.unit_of = gd__alloc_zeroed(nodes, sizeof *f.unit_of);
    f.unit = gd__alloc_zeroed(nodes, sizeof *f.unit);
    f.assigned = gd__alloc_zeroed(nodes, sizeof *f.assigned);
    f.walked = gd__alloc_zeroed(nodes, sizeof *f.walked);
    f.effect_before = gd__alloc_zeroed(nodes, sizeof *f.effect_before);
    gd_status status = GD_OK;
    bool in_sequence = gd__sequence_start(&f.sequence, nodes);
    if (f.needed == NULL || f.unit_of == NULL || f.unit == NULL || f.assigned == NULL || f.walked == NULL ||
        f.effect_before == NULL || !in_sequence)
        status = gd__fail_memory("fusing");
    for (int i = count - assigned; status == GD_OK && i < count; i++)
        f.assigned[wanted[i].node] = true;
    for (int32_t i = 0; status == GD_OK && i < graph->node_count; i++) {
        f.unit_of[i] = f.effect_before[i] = -1;
        if (f.needed[i])
            status = place_node(&f, i);
    }
    if (status == GD_OK)
        status = order(&f, units);
    if (status != GD_OK) {
        for (int i = 0; f.unit != NULL && i < f.unit_count; i++)
            gd__free(f.unit[i].node);
        gd__free(units->unit);
        *units = (gd__step_units){0};
    }
    gd__free(f.needed);
    gd__free(f.unit_of);
    gd__free(f.unit);
    gd__free(f.assigned);
    gd__sequence_end(&f.sequence);
    gd__free(f.walked);
    gd__free(f.effect_before);
    return status;
}

void gd__step_units_free(gd__step_units *units)
{
    for (int i = 0; i < units->count; i++)
        gd__free(units->unit[i].node);
    gd__free(units->unit);
    *units = (gd__step_units){0};
}
