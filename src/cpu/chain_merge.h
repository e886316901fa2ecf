// Merging instructions of a fused chain. Most are bound by the first-level cache, through which their operands pass, so
// one that does the work of three takes a third of the time.
#ifndef GD_CPU_CHAIN_MERGE_H
#define GD_CPU_CHAIN_MERGE_H

#include "cpu/chain_program.h"

// Merges instructions whose values are read once and are not stored (by slot) into those that read them. An instruction
// keeps its slot, so every value that is left is where it was; its sources may change. Results are the same bits.
void gd__chain_merge(gd__program *program, const bool *stored);

#endif
