// Convolution by minimal filtering (Winograd 1980; for networks: Lavin and Gray, Fast algorithms for convolutional
// neural networks, CVPR 2016): y = Aᵀ [(G w Gᵀ) * (Bᵀ x B)] A for each tile, where * is a product of matrices over
// the channels. The products are one for each of the tile's `points` x `points` places.
//
// Pictures have their channels in blocks of gd__channel_block(), as in the layout aBcd8b, and every number of channels
// is a multiple of that.
#ifndef GD_CPU_WINOGRAD_H
#define GD_CPU_WINOGRAD_H

#include "cpu/winograd_job.h"

// Is there such an algorithm for this window? Fills in what follows from the sizes that are set already.
bool gd__winograd_plan(gd__winograd *w);

// u (points², in, part) = G w Gᵀ, packed as the products read them.
void gd__winograd_filter(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                         const void *weights, float *u);
// v (points², tiles, in) = Bᵀ x B. What lies outside counts as zero.
void gd__winograd_input(const gd__winograd *w, gd__winograd_share share, const void *x, float *v);
// y = Aᵀ m A, where m is (points², tiles, part); adds the bias (out), if any, and applies ReLU.
void gd__winograd_output(const gd__winograd *w, gd__winograd_share share, const float *m, gd__winograd_after after,
                         void *y);

// The gradient of the weights: dw = A'ᵀ [sum over tiles of (Bᵀ x B) (G' dy G'ᵀ)] A', which is filtering again: of
// tiles of x with tiles of dy, step x step, to a result of kernel x kernel.
// d (points², tiles, part) = G' dy G'ᵀ, packed as the products read them.
void gd__winograd_gradient(const gd__winograd *w, gd__winograd_share share, const void *dy, float *d);
// dw = A'ᵀ du A', where du is (points², in, part).
void gd__winograd_filter_gradient(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                                  const float *du, float *dw);
// db (out) = sum of dy over pictures and places.
void gd__winograd_bias_gradient(const gd__winograd *w, const void *dy, float *db);

#endif
