// Products of matrices in f64, and of a matrix and a vector in f32. Other products: cpu/own_matmul.c.
#include "base/parallel.h"
#include "base/shape.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"
#include "op/common.h"
#include "op/matmul.h"

// A thread works on tiles of y, (TILE_M, TILE_N), over TILE_K terms at a time: what it packs fits into a second-level
// cache, and ROWS sums by 64 bytes of columns into the registers.
enum { ROWS = 6, TILE_M = 8 * ROWS, TILE_N = 128, TILE_K = 128 };

// Strides are in elements; element (i, l) of a matrix of `a` is at i * a_row + l * a_column.
typedef struct product {
    const void *a, *b;
    void *y;
    int64_t m, n, k;
    int64_t a_row, a_column, b_row, b_column;
    gd_shape a_leading, b_leading, leading; // of a, of b, of y: they broadcast
} product;

// Where the matrices of product `batch` begin.
static void matrices_of(const product *p, int64_t batch, int64_t *a, int64_t *b)
{
    int64_t index[GD_MAX_RANK] = {0};
    for (int i = p->leading.rank - 1; i >= 0; i--) {
        index[i] = batch % p->leading.dim[i];
        batch /= p->leading.dim[i];
    }
    *a = gd__broadcast_offset(p->a_leading, p->leading, index) * p->m * p->k;
    *b = gd__broadcast_offset(p->b_leading, p->leading, index) * p->k * p->n;
}

#define REAL double
#define NAME(x) x##_f64
#include "cpu/matmul_tile.inc"

#define REAL float
#define NAME(x) x##_f32
#include "cpu/matmul_vector.inc"
#define REAL double
#define NAME(x) x##_f64
#include "cpu/matmul_vector.inc"

// Is it a matrix times a vector? A vector times a matrix becomes one, transposed.
static bool is_vector(product *p)
{
    if (p->m == 1 && p->n > 1) {
        product q = *p;
        p->a = q.b, p->b = q.a;
        p->m = q.n, p->n = 1;
        p->a_row = q.b_column, p->a_column = q.b_row;
    }
    return p->n == 1;
}

static gd_shape leading(gd_shape shape)
{
    shape.rank -= 2;
    return shape;
}

static product product_of(const gd__matmul_attributes *t, gd_shape a, gd_shape b, gd_shape y)
{
    const gd__matmul_sizes size = gd__matmul_sizes_of(t, a, b);
    product p = {.m = size.m,
                 .n = size.n,
                 .k = size.k,
                 .a_row = t->transpose_a ? 1 : size.k,
                 .a_column = t->transpose_a ? size.m : 1,
                 .b_row = t->transpose_b ? 1 : size.n,
                 .b_column = t->transpose_b ? size.k : 1,
                 .a_leading = leading(a),
                 .b_leading = leading(b),
                 .leading = leading(y)};
    // Many rows times one matrix are one product.
    if (!t->transpose_a && p.b_leading.rank == 0) {
        p.m *= gd_shape_count(p.leading);
        p.a_leading = p.leading = GD_SCALAR;
    }
    return p;
}

static gd_status matmul(const gd__kernel_call *call)
{
    product p =
        product_of(call->attributes, call->input_info[0].shape, call->input_info[1].shape, call->node->output[0].shape);
    p.a = call->input[0];
    p.b = call->input[1];
    p.y = call->output[0];
    const bool f32 = call->input_info[0].type == GD_F32;
    const int64_t count = gd_shape_count(p.leading);
    if (count == 1 && is_vector(&p)) {
        gd__parallel(p.m, gd__grain(2 * p.k), f32 ? vector_f32 : vector_f64, &p);
        return GD_OK;
    }
    const int64_t tiles = count * ((p.m + TILE_M - 1) / TILE_M) * ((p.n + TILE_N - 1) / TILE_N);
    const int64_t m = p.m < TILE_M ? p.m : TILE_M, n = p.n < TILE_N ? p.n : TILE_N;
    gd__parallel(tiles, gd__grain(m * n / 8 * p.k), tiles_f64, &p);
    return GD_OK;
}

static bool accepts(const gd__node *node, const gd_info *input)
{
    product p = product_of(node->attributes, input[0].shape, input[1].shape, node->output[0].shape);
    return gd__kernel_f64(node, input) ||
           (gd__kernel_f32(node, input) && gd_shape_count(p.leading) == 1 && is_vector(&p));
}

static const gd__kernel row[] = {{&gd__op_matmul, accepts, matmul, NULL}};
const gd__kernel_family gd__kernels_matmul = {GD_COUNT_OF(row), row};
