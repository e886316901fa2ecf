// From elementwise nodes to the program of a fused chain.
#include "cpu/chain.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/chain_merge.h"
#include "cpu/chain_program.h"
#include "op/elementwise.h"
#include "op/random.h"
#include "op/table.h"

static const gd_op *const chain_ops[] = {
#define CHAIN_1(name, expression) &gd__op_##name,
#define CHAIN_2(name, expression) &gd__op_##name,
#define CHAIN_3(name, expression) &gd__op_##name,
#include "cpu/chain_ops.def"
#undef CHAIN_1
#undef CHAIN_2
#undef CHAIN_3
};

_Static_assert(GD__CHAIN_OP_add == 0, "the place of an op in this list is the code");

// ---- Which nodes can be chained

static int chain_code(const gd__node *node)
{
    if (node->op == &gd__op_dropout)
        return GD__CHAIN_DROPOUT;
    if (node->op == &gd__op_cast) {
        if (node->output[0].type == GD_BOOL)
            return GD__CHAIN_CAST_BOOL;
        return node->output[0].type == GD_F32 ? GD__CHAIN_CAST_F32 : GD__CHAIN_MOVE;
    }
    for (int i = 0; i < GD_COUNT_OF(chain_ops); i++) {
        if (chain_ops[i] == node->op)
            return i;
    }
    return -1;
}

static bool narrow(gd_type type)
{
    return type == GD_F32 || type == GD_BF16 || type == GD_BOOL || type == GD_U8;
}

gd__tile_machine gd__chain_machine(const gd_graph *graph, const gd__node *node)
{
    int code = chain_code(node);
    gd_type result = node->output[0].type;
    if (code < 0 || (!gd_type_is_float(result) && result != GD_BOOL))
        return GD__MACHINE_NONE;
    bool single = narrow(result);
    for (int i = code == GD__CHAIN_DROPOUT ? 1 : 0; i < node->input_count; i++)
        single = single && narrow(gd__info_at(graph, node->input[i])->type);
    return single ? GD__MACHINE_F32 : GD__MACHINE_F64;
}

// ---- Compiling

typedef struct compiling {
    gd__planner *planner;
    const gd_graph *graph;
    int count;
    const int32_t *node;
    gd__program *program;
    gd_shape space;    // the output shape of all nodes
    gd__layout layout; // in which the chain runs over memory
    int inputs, outputs;
    int input[GD__CHAIN_SLOTS], output[GD__CHAIN_SLOTS]; // buffer ids
    gd__ref value[GD__CHAIN_SLOTS];                      // by slot
    int last_use[GD__CHAIN_SLOTS];                       // by slot: the last instruction that reads it
    bool stored[GD__CHAIN_SLOTS];                        // by slot
} compiling;

static void free_program(void *state)
{
    gd__program *program = state;
    if (program == NULL)
        return;
    gd__free(program->operand);
    gd__free(program->instruction);
    gd__free(program->store);
    gd__free(program);
}

static int find_slot(const compiling *c, gd__ref ref)
{
    for (int i = 0; i < c->program->slot_count; i++) {
        if (c->value[i].node == ref.node && c->value[i].output == ref.output)
            return i;
    }
    return -1;
}

static bool in_chain(const compiling *c, int32_t node)
{
    for (int i = 0; i < c->count; i++) {
        if (c->node[i] == node)
            return true;
    }
    return false;
}

// Is this input of the full shape, and in a layout that a chain can run over other than the plain one?
static bool offers_layout(const compiling *c, gd__ref ref)
{
    const gd__node *source = &c->graph->node[ref.node];
    if (in_chain(c, ref.node) || source->op == &gd__op_input || source->op == &gd__op_constant ||
        !gd_shape_equal(gd__info_at(c->graph, ref)->shape, c->space))
        return false;
    const gd__layout *layout = gd__planner_layout(c->planner, ref);
    return layout->rank == c->space.rank && gd__layout_is_dense(layout) && !gd__layout_is_plain(layout);
}

// The layout to run in: that of a variable, since it lasts, or else of another input, unless something here needs plain
// order.
static void choose_layout(compiling *c)
{
    c->layout = gd__layout_plain(c->space);
    for (int i = 0; i < c->count; i++) {
        if (chain_code(&c->graph->node[c->node[i]]) == GD__CHAIN_DROPOUT)
            return; // its numbers belong to places in plain order
    }
    for (int variables = 1; variables >= 0; variables--) {
        for (int i = 0; i < c->count; i++) {
            const gd__node *node = &c->graph->node[c->node[i]];
            for (int j = 0; j < node->input_count; j++) {
                bool variable = c->graph->node[node->input[j].node].op == &gd__op_variable;
                if (variable == (variables == 1) && offers_layout(c, node->input[j])) {
                    c->layout = *gd__planner_layout(c->planner, node->input[j]);
                    return;
                }
            }
        }
    }
}

// Iteration axes of a broadcast operand: the walk over the chain's layout, with neighbours joined where possible.
static bool fill_axes(const compiling *c, gd__operand *operand, gd_shape shape)
{
    gd__walk_axis walk[GD__WALK_AXES];
    int count = gd__layout_walk(&c->layout, walk);
    int64_t stride[GD_MAX_RANK] = {0}, step = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
        stride[c->space.rank - shape.rank + i] = shape.dim[i] == 1 ? 0 : step;
        step *= shape.dim[i];
    }
    operand->axis_count = 0;
    for (int i = 0; i < count; i++) {
        int64_t size = walk[i].size, along = stride[walk[i].axis] * walk[i].step;
        int last = operand->axis_count - 1;
        if (last >= 0 && operand->stride[last] == along * size) {
            operand->size[last] *= size;
            operand->stride[last] = along;
            continue;
        }
        if (operand->axis_count == GD__EXPAND_AXES)
            return false;
        operand->size[operand->axis_count] = size;
        operand->stride[operand->axis_count++] = along;
    }
    return operand->axis_count > 0;
}

static gd_status add_operand(compiling *c, gd__ref ref, bool is_state)
{
    gd__program *program = c->program;
    const gd_info *info = gd__info_at(c->graph, ref);
    gd_type type = program->is_double ? GD_F64 : GD_F32;
    gd__operand operand = {.type = info->type, .reg = -1, .input = c->inputs, .slot = program->slot_count};
    bool full = gd_shape_equal(info->shape, c->space);
    if (is_state)
        operand.kind = GD__OPERAND_STATE;
    else if (gd_shape_count(info->shape) == 1)
        operand.kind = GD__OPERAND_SPLAT;
    else if (full)
        operand.kind = info->type == type ? GD__OPERAND_DIRECT : GD__OPERAND_CONVERT;
    else
        operand.kind = GD__OPERAND_EXPAND;
    if (operand.kind == GD__OPERAND_EXPAND && !fill_axes(c, &operand, info->shape))
        return gd__fail(GD_ERROR_UNSUPPORTED, "a chain over too many axes");
    if (program->slot_count == GD__CHAIN_SLOTS)
        return gd__fail(GD_ERROR_INTERNAL, "a fused chain has too many values");
    c->input[c->inputs] = gd__planner_want(c->planner, ref, full && !is_state ? &c->layout : NULL);
    if (c->input[c->inputs++] < 0)
        return GD_ERROR_MEMORY;
    c->value[program->slot_count++] = ref;
    program->operand[program->operand_count++] = operand;
    return GD_OK;
}

static void fill_attributes(gd__instruction *in, const gd__node *node)
{
    const void *a = node->attributes;
    switch (in->code) {
    case GD__CHAIN_DROPOUT:
        in->p = ((const gd__dropout_attributes *)a)->rate;
        in->stream = ((const gd__dropout_attributes *)a)->stream;
        break;
    case GD__CHAIN_OP_scale: in->p = ((const gd__scale_attributes *)a)->factor; break;
    case GD__CHAIN_OP_shift: in->p = ((const gd__shift_attributes *)a)->term; break;
    case GD__CHAIN_OP_clip:
        in->p = ((const gd__clip_attributes *)a)->low;
        in->q = ((const gd__clip_attributes *)a)->high;
        break;
    case GD__CHAIN_OP_leaky_relu:
    case GD__CHAIN_OP_leaky_relu_backward: in->p = ((const gd__leaky_relu_attributes *)a)->slope; break;
    case GD__CHAIN_OP_elu:
    case GD__CHAIN_OP_elu_backward: in->p = ((const gd__elu_attributes *)a)->alpha; break;
    default: break;
    }
}

static gd_status add_instruction(compiling *c, int index)
{
    const gd__node *node = &c->graph->node[c->node[index]];
    gd__program *program = c->program;
    gd__instruction in = {.code = chain_code(node), .source = {-1, -1, -1, -1}, .reg = -1, .store = -1};
    for (int i = 0; i < node->input_count; i++) {
        int slot = find_slot(c, node->input[i]);
        if (slot < 0) {
            slot = program->slot_count;
            gd_status status = add_operand(c, node->input[i], in.code == GD__CHAIN_DROPOUT && i == 0);
            if (status != GD_OK)
                return status;
        }
        in.source[i] = slot;
    }
    fill_attributes(&in, node);
    if (program->slot_count == GD__CHAIN_SLOTS)
        return gd__fail(GD_ERROR_INTERNAL, "a fused chain has too many values");
    in.slot = program->slot_count++;
    c->value[in.slot] = (gd__ref){c->node[index], 0};
    int inside = 0;
    for (int i = index + 1; i < c->count; i++) {
        const gd__node *user = &c->graph->node[c->node[i]];
        for (int j = 0; j < user->input_count; j++)
            inside += user->input[j].node == c->node[index];
    }
    c->stored[in.slot] = c->planner->wanted_output[c->node[index]] || c->planner->use_count[c->node[index]] > inside ||
                         index == c->count - 1;
    program->instruction[program->instruction_count++] = in;
    return GD_OK;
}

static void find_last_uses(compiling *c)
{
    gd__program *program = c->program;
    for (int i = 0; i < program->instruction_count; i++) {
        const gd__instruction *in = &program->instruction[i];
        for (int j = 0; j < GD__CHAIN_SOURCES && in->source[j] >= 0; j++)
            c->last_use[in->source[j]] = i;
        c->last_use[in->slot] = i;
    }
    for (int i = 0; i < program->operand_count; i++) {
        gd__operand *operand = &program->operand[i];
        operand->last_read = operand->kind == GD__OPERAND_DIRECT ? c->last_use[operand->slot] : -1;
    }
}

// ---- Where results go

// Is the value assigned to a variable whose old value no instruction after this one reads?
static bool renews_variable(const compiling *c, gd__ref ref, int instruction)
{
    const gd__planner *planner = c->planner;
    for (int i = gd__planner_assignment(planner, ref); i >= 0; i = planner->next_assignment[i]) {
        bool later = false;
        for (int j = 0; j < c->program->operand_count; j++) {
            const gd__buffer *buffer = &planner->plan->buffer[c->input[c->program->operand[j].input]];
            later = later || (buffer->place == GD__PLACE_VARIABLE && buffer->index == planner->assigned_to[i] &&
                              c->program->operand[j].last_read > instruction);
        }
        if (!later)
            return true;
    }
    return false;
}

// May the instruction write its result straight to memory? When no later one reads memory directly, the result may
// still take the room of any input. New values of variables have their room, as a rule. Any other result waits in its
// register until the tile is done.
static bool writes_memory(const compiling *c, int instruction)
{
    gd__ref ref = c->value[c->program->instruction[instruction].slot];
    if (gd__info_at(c->graph, ref)->type != (c->program->is_double ? GD_F64 : GD_F32))
        return false;
    bool later = false;
    for (int i = 0; i < c->program->operand_count; i++)
        later = later || c->program->operand[i].last_read > instruction;
    return !later || renews_variable(c, ref, instruction);
}

// Outputs that are copied when the tile is done may take the room of any input; the others that of inputs which are
// not read later.
static bool may_take_room(const gd__plan_step *step, int output, int input)
{
    const gd__program *program = step->state;
    for (int i = 0; i < program->instruction_count; i++) {
        if (program->instruction[i].store == output)
            return program->operand[input].last_read <= i;
    }
    return true;
}

static gd_status give_outputs(compiling *c)
{
    gd__program *program = c->program;
    for (int i = 0; i < program->instruction_count; i++) {
        gd__instruction *in = &program->instruction[i];
        if (!c->stored[in->slot])
            continue;
        gd__ref ref = c->value[in->slot];
        c->output[c->outputs] = gd__planner_give(c->planner, ref, &c->layout);
        if (c->output[c->outputs] < 0)
            return GD_ERROR_MEMORY;
        if (writes_memory(c, i)) {
            in->store = c->outputs;
        } else {
            gd_type type = gd__info_at(c->graph, ref)->type;
            program->store[program->store_count++] = (gd__chain_store){in->slot, c->outputs, type};
            c->last_use[in->slot] = program->instruction_count;
        }
        c->outputs++;
    }
    return GD_OK;
}

// ---- Registers

_Static_assert(GD__CHAIN_REGISTERS >= (int)GD__CHAIN_NODES + (int)GD__CHAIN_VALUES, "a chain of the largest size fits");

static int take_register(bool *busy)
{
    for (int i = 0; i < GD__CHAIN_REGISTERS; i++) {
        if (!busy[i]) {
            busy[i] = true;
            return i;
        }
    }
    return -1;
}

// Registers are given for the time from a value's making to its last use.
static gd_status give_registers(compiling *c)
{
    gd__program *program = c->program;
    bool busy[GD__CHAIN_REGISTERS] = {false};
    int reg_of[GD__CHAIN_SLOTS];
    for (int i = 0; i < GD__CHAIN_SLOTS; i++)
        reg_of[i] = -1;
    // Operands are loaded before the first instruction.
    for (int i = 0; i < program->operand_count; i++) {
        gd__operand *operand = &program->operand[i];
        if (operand->kind == GD__OPERAND_DIRECT || operand->kind == GD__OPERAND_STATE)
            continue;
        operand->reg = take_register(busy);
        if (operand->reg < 0)
            return gd__fail(GD_ERROR_INTERNAL, "a fused chain needs too many registers");
        if (operand->kind != GD__OPERAND_SPLAT) // a splat register keeps its content from tile to tile
            reg_of[operand->slot] = operand->reg;
    }
    for (int i = 0; i < program->instruction_count; i++) {
        gd__instruction *in = &program->instruction[i];
        if (in->store < 0) {
            in->reg = take_register(busy);
            if (in->reg < 0)
                return gd__fail(GD_ERROR_INTERNAL, "a fused chain needs too many registers");
            reg_of[in->slot] = in->reg;
        }
        for (int slot = 0; slot < program->slot_count; slot++) {
            if (reg_of[slot] >= 0 && c->last_use[slot] <= i) {
                busy[reg_of[slot]] = false;
                reg_of[slot] = -1;
            }
        }
    }
    return GD_OK;
}

// ---- Running

typedef struct running {
    const gd__plan_step *step;
    void *const *buffer;
} running;

static void run_range(void *context, int64_t begin, int64_t end)
{
    const running *r = context;
    const gd__program *program = r->step->state;
    if (program->is_double)
        gd__chain_run_f64(program, r->step->input, r->step->output, r->buffer, begin, end);
    else
        gd__chain_run_f32(program, r->step->input, r->step->output, r->buffer, begin, end);
}

static gd_status run_chain(const gd__plan_step *step, void *const *buffer)
{
    const gd__program *program = step->state;
    running r = {step, buffer};
    gd__parallel(program->count, program->grain, run_range, &r);
    return GD_OK;
}

// Does every instruction read what was made before it, and write to a register or an output that there is?
static bool is_sound(const compiling *c)
{
    const gd__program *program = c->program;
    bool made[GD__CHAIN_SLOTS] = {false};
    for (int i = 0; i < program->operand_count; i++)
        made[program->operand[i].slot] = true;
    for (int i = 0; i < program->instruction_count; i++) {
        const gd__instruction *in = &program->instruction[i];
        for (int j = 0; j < GD__CHAIN_SOURCES && in->source[j] >= 0; j++) {
            if (in->source[j] >= program->slot_count || !made[in->source[j]])
                return false;
        }
        if (in->store >= c->outputs || in->reg >= GD__CHAIN_REGISTERS || (in->store < 0) == (in->reg < 0))
            return false;
        made[in->slot] = true;
    }
    for (int i = 0; i < program->store_count; i++) {
        if (!made[program->store[i].slot] || program->store[i].output >= c->outputs)
            return false;
    }
    return true;
}

static bool make_lists(compiling *c)
{
    gd__program *program = c->program;
    size_t reads = 0; // at most one operand for each
    for (int i = 0; i < c->count; i++)
        reads += (size_t)c->graph->node[c->node[i]].input_count;
    program->operand = gd__alloc_zeroed(reads + 1, sizeof *program->operand);
    program->instruction = gd__alloc_zeroed((size_t)c->count + 1, sizeof *program->instruction);
    program->store = gd__alloc_zeroed((size_t)c->count + 1, sizeof *program->store);
    return program->operand != NULL && program->instruction != NULL && program->store != NULL;
}

static gd_status compile(compiling *c)
{
    if (!make_lists(c))
        return gd__fail_memory("a fused chain");
    gd_status status = GD_OK;
    choose_layout(c);
    for (int i = 0; status == GD_OK && i < c->count; i++)
        status = add_instruction(c, i);
    if (status == GD_OK) {
        gd__chain_merge(c->program, c->stored);
        find_last_uses(c);
        status = give_outputs(c);
    }
    if (status == GD_OK)
        status = give_registers(c);
    GD__ASSERT(status != GD_OK || is_sound(c));
    return status;
}

gd_status gd__chain_emit(gd__planner *planner, int count, const int32_t *node)
{
    const gd_graph *graph = planner->plan->graph;
    compiling *c = gd__alloc_zeroed(1, sizeof *c);
    gd__program *program = gd__alloc_zeroed(1, sizeof *program);
    if (c == NULL || program == NULL) {
        gd__free(c);
        gd__free(program);
        return gd__fail_memory("a fused chain");
    }
    *c = (compiling){.planner = planner, .graph = graph, .count = count, .node = node, .program = program};
    c->space = graph->node[node[0]].output[0].shape;
    GD__ASSERT(count >= 1 && count <= GD__CHAIN_NODES);
    for (int i = 0; i < count; i++)
        GD__ASSERT(gd_shape_equal(graph->node[node[i]].output[0].shape, c->space));
    program->is_double = gd__chain_machine(graph, &graph->node[node[0]]) == GD__MACHINE_F64;
    program->count = gd_shape_count(c->space);
    gd_status status = compile(c);
    if (status == GD_OK) {
        program->grain = 32768 / program->instruction_count + 1;
        gd__plan_step step = {.name = count == 1 ? graph->node[node[0]].op->name : "chain",
                              .node = node[count - 1],
                              .run = run_chain,
                              .state = program,
                              .free_state = free_program,
                              .flops = (double)program->count * count,
                              .in_place = may_take_room};
        status = gd__planner_add(planner, step, c->inputs, c->input, c->outputs, c->output);
    } else {
        free_program(program);
    }
    gd__free(c);
    return status;
}
