#include "cpu/rows.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/labels.h"
#include "op/rows.h"
#include "op/table.h"

enum { DY = 0, INDEX }; // inputs of row_sums
enum { SUMS = 0, IDS, COUNT, SLOTS, TABLE };
enum { EMPTY = -1 };

typedef struct rows_state {
    int64_t rows, width; // of the table
    int64_t places;      // of the index, or of the ids
    gd_type index;       // of row_sums, whose
    int64_t table_size;  // hash table has a power of two of entries, at least twice the places
} rows_state;

// ---- row_sums

// Gives each place the slot of its row, or EMPTY where there is no such row, and returns how many slots there are. An
// open table with linear probing finds the slot of a row.
static int32_t find_slots(const rows_state *s, void *const *buffer, const gd__plan_step *step)
{
    const gd__indices index = {buffer[step->input[INDEX]], s->index};
    int32_t *ids = buffer[step->output[IDS]], *slot = buffer[step->output[SLOTS]], *table = buffer[step->output[TABLE]];
    const uint32_t mask = (uint32_t)s->table_size - 1;
    int32_t count = 0;
    memset(table, 0xff, (size_t)s->table_size * sizeof *table);
    for (int64_t j = 0; j < s->places; j++) {
        const int64_t id = gd__index_at(index, j);
        slot[j] = EMPTY;
        if (id < 0 || id >= s->rows)
            continue;
        uint32_t at = (uint32_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32) & mask;
        while (table[at] != EMPTY && ids[table[at]] != (int32_t)id)
            at = (at + 1) & mask;
        if (table[at] == EMPTY) {
            ids[count] = (int32_t)id;
            table[at] = count++;
        }
        slot[j] = table[at];
    }
    memset(ids + count, 0, (size_t)(s->places - count) * sizeof *ids);
    return count;
}

typedef struct sums_run {
    const rows_state *state;
    const float *dy;
    const int32_t *slot;
    float *sums;
} sums_run;

// The sums of the slots begin … end-1: each gets its terms in the order of the places, however many threads there are.
static void add_slots(void *context, int64_t begin, int64_t end)
{
    const sums_run *r = context;
    const rows_state *s = r->state;
    const int64_t width = s->width;
    memset(r->sums + begin * width, 0, (size_t)((end - begin) * width) * sizeof *r->sums);
    for (int64_t j = 0; j < s->places; j++) {
        if (r->slot[j] < begin || r->slot[j] >= end)
            continue;
        float *to = r->sums + r->slot[j] * width;
        const float *from = r->dy + j * width;
        for (int64_t d = 0; d < width; d++)
            to[d] += from[d];
    }
}

static gd_status run_sums(const gd__plan_step *step, void *const *buffer)
{
    const rows_state *s = step->state;
    const int32_t count = find_slots(s, buffer, step);
    sums_run run = {.state = s,
                    .dy = buffer[step->input[DY]],
                    .slot = buffer[step->output[SLOTS]],
                    .sums = buffer[step->output[SUMS]]};
    *(int32_t *)buffer[step->output[COUNT]] = count;
    // A range of slots passes over all places, so there are no more ranges than threads.
    const int64_t share = (count + gd_threads() - 1) / gd_threads();
    gd__parallel(count, share > gd__grain(s->width) ? share : gd__grain(s->width), add_slots, &run);
    memset(run.sums + count * s->width, 0, (size_t)((s->places - count) * s->width) * sizeof *run.sums);
    return GD_OK;
}

// ---- take_rows and put_rows

typedef struct move_run {
    const rows_state *state;
    const int32_t *ids;
    const float *from;
    float *to;
} move_run;

static bool is_row(const move_run *r, int64_t place)
{
    return r->ids[place] >= 0 && r->ids[place] < r->state->rows;
}

static void take(void *context, int64_t begin, int64_t end)
{
    const move_run *r = context;
    const int64_t width = r->state->width;
    for (int64_t j = begin; j < end; j++)
        if (is_row(r, j))
            memcpy(r->to + j * width, r->from + r->ids[j] * width, (size_t)width * sizeof *r->to);
        else
            memset(r->to + j * width, 0, (size_t)width * sizeof *r->to);
}

static void put(void *context, int64_t begin, int64_t end)
{
    const move_run *r = context;
    const int64_t width = r->state->width;
    for (int64_t j = begin; j < end; j++)
        if (is_row(r, j))
            memcpy(r->to + r->ids[j] * width, r->from + j * width, (size_t)width * sizeof *r->to);
}

// How many ids count: inputs are w, ids, count.
static int64_t count_of(const gd__plan_step *step, void *const *buffer)
{
    const rows_state *s = step->state;
    const int32_t count = *(const int32_t *)buffer[step->input[2]];
    return count >= 0 && count < s->places ? count : s->places;
}

static gd_status run_take(const gd__plan_step *step, void *const *buffer)
{
    const rows_state *s = step->state;
    const int64_t count = count_of(step, buffer);
    move_run run = {s, buffer[step->input[1]], buffer[step->input[0]], buffer[step->output[0]]};
    gd__parallel(count, gd__grain(4 * s->width), take, &run);
    memset(run.to + count * s->width, 0, (size_t)((s->places - count) * s->width) * sizeof *run.to);
    return GD_OK;
}

static gd_status run_put(const gd__plan_step *step, void *const *buffer)
{
    const rows_state *s = step->state;
    const float *w = buffer[step->input[0]];
    move_run run = {s, buffer[step->input[1]], buffer[step->input[3]], buffer[step->output[0]]};
    if (run.to != w)
        memcpy(run.to, w, (size_t)(s->rows * s->width) * sizeof *w);
    // The ids differ from each other, so no two threads write one row.
    gd__parallel(count_of(step, buffer), gd__grain(4 * s->width), put, &run);
    return GD_OK;
}

static bool may_put_in_place(const gd__plan_step *step, int output, int input)
{
    (void)step;
    return output == 0 && input == 0;
}

// ---- Adding the step

static gd_status add_step(gd__planner *planner, int32_t index, const rows_state *state, gd__plan_step step)
{
    const gd__node *node = &planner->plan->graph->node[index];
    int input[4], output[TABLE + 1], outputs = node->output_count;
    for (int i = 0; i < node->input_count; i++)
        input[i] = gd__planner_want(planner, node->input[i], NULL);
    for (int i = 0; i < outputs; i++)
        output[i] = gd__planner_give(planner, (gd__ref){index, i}, NULL);
    if (node->op == &gd__op_row_sums) {
        output[outputs++] = gd__planner_scratch(planner, (size_t)state->places * sizeof(int32_t));
        output[outputs++] = gd__planner_scratch(planner, (size_t)state->table_size * sizeof(int32_t));
    }
    rows_state *own = gd__alloc(sizeof *own);
    if (own == NULL)
        return gd__fail_memory(node->op->name);
    *own = *state;
    step.name = node->op->name;
    step.node = index;
    step.state = own;
    step.free_state = gd__free;
    return gd__planner_add(planner, step, node->input_count, input, outputs, output);
}

static int64_t table_size(int64_t places)
{
    int64_t size = 16;
    while (size < 2 * places)
        size *= 2;
    return size;
}

gd_status gd__rows_step(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *first = gd__info_at(graph, node->input[0]), *second = gd__info_at(graph, node->input[1]);
    rows_state state = {.places = gd_shape_count(second->shape), .index = second->type};
    if (first->type != GD_F32 || state.places > INT32_MAX / 4)
        return GD_ERROR_UNSUPPORTED;
    state.width = first->shape.dim[first->shape.rank - 1];
    if (node->op != &gd__op_row_sums) {
        state.rows = first->shape.dim[0];
        const bool puts = node->op == &gd__op_put_rows;
        return add_step(planner, index, &state,
                        puts ? (gd__plan_step){.run = run_put, .in_place = may_put_in_place}
                             : (gd__plan_step){.run = run_take});
    }
    state.rows = ((const gd__row_sums_attributes *)node->attributes)->rows;
    state.table_size = table_size(state.places);
    return add_step(planner, index, &state, (gd__plan_step){.run = run_sums});
}
