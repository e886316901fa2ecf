// Products of matrices of our own: c (m, n) = a (m, k) b (k, n), in f32, with operands in f32 or bf16.
//
// Every number of c is a sum over k in one fixed order, so it does not depend on how the work is divided.
#ifndef GD_CPU_GEMM_H
#define GD_CPU_GEMM_H

#include <gradus/base.h>

#include "cpu/gemm_kernel.h"

// Many products of one form: `axes` axes of matrices. Matrix (i, j, …) of a begins i * a_step[0] + j * a_step[1] + …
// elements on, and a step may be 0. The matrices of c lie c_step apart, the last axis fastest.
typedef struct gd__gemm {
    int64_t m, n, k;
    gd__gemm_operand a, b;
    int64_t c_row;    // from one row of c to the next
    bool c_bf16;      // c is rounded to bf16
    bool b_is_packed; // by gd__gemm_pack; the matrices of b are that far apart, in numbers, as b_step says
    bool adds;        // to what c holds, which is f32
    bool relu;
    int axes;
    int64_t size[GD_MAX_RANK], a_step[GD_MAX_RANK], b_step[GD_MAX_RANK], c_step;
    const gd__gemm_kernel *kernel; // NULL: the fastest
    // gd__gemm_prepare sets the rest.
    bool packs_a, packs_b;
    int64_t count, tile_m, tile_n, down, across; // matrices, and the tiles of one of them
    int64_t each;                                // tiles that are worth a share of their own
    int workers;                                 // that may run it, each with working memory of its own
    size_t a_room, b_room, c_room;               // numbers of working memory of one worker
} gd__gemm;

typedef struct gd__gemm_data {
    const void *a, *b;
    void *c;
    const float *bias; // (n), added to each row; or NULL
} gd__gemm_data;

// Divides the work for so many threads.
void gd__gemm_prepare(gd__gemm *g, int threads);
// Bytes of working memory, aligned to 64 bytes, that a run wants.
size_t gd__gemm_memory(const gd__gemm *g);
void gd__gemm_run(const gd__gemm *g, const gd__gemm_data *data, void *memory);

// b in the order in which the kernel reads it: for an operand that many products share. Numbers, and packing one
// matrix; `kernel`, k, n and the form of b are looked at.
size_t gd__gemm_packed_size(const gd__gemm *g);
void gd__gemm_pack(const gd__gemm *g, const void *b, float *packed);
// Where element (l, j) of b is in it. As many elements behind it as the machine's vectors are long, from a multiple of
// that, lie side by side. For a form that is prepared.
int64_t gd__gemm_packed_at(const gd__gemm *g, int64_t l, int64_t j);

// The products' part that one thread computes by itself: all of them, in the working memory of one worker.
size_t gd__gemm_memory_alone(const gd__gemm *g);
void gd__gemm_run_alone(const gd__gemm *g, const gd__gemm_data *data, void *memory);

#endif
