// The program of a fused chain. It is made by chain.c and run by chain_run.inc, once in float and once in double.
#ifndef GD_CPU_CHAIN_PROGRAM_H
#define GD_CPU_CHAIN_PROGRAM_H

#include <gradus/base.h>

enum {
    GD__TILE_BYTES = 2048,    // of one tile register: a dozen of them stay in a cache of 32 KiB
    GD__CHAIN_REGISTERS = 68, // one for every node and every value from outside, at the worst
    GD__CHAIN_SLOTS = 160,
    GD__CHAIN_SOURCES = 4, // of one instruction, at most
    GD__EXPAND_AXES = 12
};

// How an input comes to the machine, tile by tile.
typedef enum gd__operand_kind {
    GD__OPERAND_DIRECT,  // the memory itself is used as a register
    GD__OPERAND_CONVERT, // of another type: converted into a register
    GD__OPERAND_SPLAT,   // a single number: a register is filled before the first tile
    GD__OPERAND_EXPAND,  // broadcast along some axes: spread into a register
    GD__OPERAND_STATE    // the random state: read by the instruction itself
} gd__operand_kind;

typedef struct gd__operand {
    gd__operand_kind kind;
    int input;     // place in the step's list of inputs
    int slot;      // the value it becomes
    int reg;       // its register; -1 for direct ones and the state
    int last_read; // the last instruction that reads the memory itself; -1: what lies there is copied before the first
    gd_type type;
    // GD__OPERAND_EXPAND: the iteration space, outermost first, and how far one step along each axis goes.
    int axis_count;
    int64_t size[GD__EXPAND_AXES], stride[GD__EXPAND_AXES];
} gd__operand;

// What an instruction may be: GD__CHAIN_OP_add and so on, and the special ones.
enum {
#define CHAIN_1(name, expression) GD__CHAIN_OP_##name,
#define CHAIN_2(name, expression) GD__CHAIN_OP_##name,
#define CHAIN_3(name, expression) GD__CHAIN_OP_##name,
#define SUM_1(name, x, y) GD__CHAIN_OP_##name,
#define SUM_2(name, x, y) GD__CHAIN_OP_##name,
#define SUM_3(name, x, y) GD__CHAIN_OP_##name,
#define SUM_4(name, x, y) GD__CHAIN_OP_##name,
#include "cpu/chain_ops.def"
#include "cpu/chain_sums.def"
#undef CHAIN_1
#undef CHAIN_2
#undef CHAIN_3
#undef SUM_1
#undef SUM_2
#undef SUM_3
#undef SUM_4
    GD__CHAIN_CAST_BOOL, // a != 0
    GD__CHAIN_CAST_F32,  // rounded to f32
    GD__CHAIN_MOVE,
    GD__CHAIN_DROPOUT
};

typedef struct gd__instruction {
    int code;
    int slot; // the value it makes
    int reg;  // its register; -1 when it writes straight to output `store`
    int store;
    int source[GD__CHAIN_SOURCES]; // slots; -1 behind the last
    double p, q;
    int64_t stream; // dropout
} gd__instruction;

// A result that must be copied (or converted) from its register after each tile.
typedef struct gd__chain_store {
    int slot;
    int output; // place in the step's list of outputs
    gd_type type;
} gd__chain_store;

typedef struct gd__program {
    bool is_double;
    int64_t count; // elements of the iteration space
    int64_t grain; // elements below which a thread does not pay
    int slot_count, register_count;
    int operand_count, instruction_count, store_count;
    gd__operand *operand; // one for each input of the step, in their order
    gd__instruction *instruction;
    gd__chain_store *store;
} gd__program;

// One thread's share: elements begin … end-1.
void gd__chain_run_f32(const gd__program *program, const int *input, const int *output, void *const *buffer,
                       int64_t begin, int64_t end);
void gd__chain_run_f64(const gd__program *program, const int *input, const int *output, void *const *buffer,
                       int64_t begin, int64_t end);

#endif
