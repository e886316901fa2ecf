#include "cpu/row_matmul.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/processor.h"
#include "op/matmul.h"

GD__FUSE_PRODUCTS

#define PART static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#pragma GCC optimize("O2") // which does not make several copies of the loops that stand here
#endif

enum { FOUR = 4, AHEAD = 512 };

typedef struct row_state {
    int64_t m, n, k; // of x (m, k), w (n, k) and y (m, n)
    bool bias, relu;
} row_state;

typedef struct row_run {
    const row_state *state;
    const float *x, *w, *b;
    float *y;
} row_run;

#ifdef GD__X86
#define NAME(x) x##_avx512
#define TARGET GD__AVX512
#define LANES 16
#include "cpu/row_matmul.inc"
#define NAME(x) x##_avx2
#define TARGET GD__AVX2
#define LANES 8
#include "cpu/row_matmul.inc"
#endif
#define NAME(x) x##_any
#define TARGET
#define LANES GD__LANES
#include "cpu/row_matmul.inc"
#include "op/table.h"

// What this processor runs.
typedef struct row_kernels {
    int lanes;
    void (*few_rows)(const float *x, const float *w, float *y, int64_t m, int64_t k, int64_t n, int64_t count);
    void (*pack)(const float *w, float *packed, int64_t k, int64_t n);
    void (*packed_rows)(const float *x, const float *packed, const float *b, float *y, int64_t m, int64_t k, int64_t n,
                        bool relu);
} row_kernels;

static row_kernels kernels(void)
{
#ifdef GD__X86
    if (gd__has_avx512())
        return (row_kernels){16, few_rows_avx512, pack_avx512, packed_rows_avx512};
    if (gd__has_avx2())
        return (row_kernels){8, few_rows_avx2, pack_avx2, packed_rows_avx2};
#endif
    return (row_kernels){GD__LANES, few_rows_any, pack_any, packed_rows_any};
}

// Adds the bias and applies relu, where there are such.
static void finish(float *restrict y, const float *restrict bias, bool relu, int64_t count)
{
    for (int64_t i = 0; bias != NULL && i < count; i++)
        y[i] += bias[i];
    for (int64_t i = 0; relu && i < count; i++)
        y[i] = y[i] < 0 ? 0 : y[i];
}

// Items are fours of rows of w.
static void run_rows(void *context, int64_t begin, int64_t end)
{
    const row_run *r = context;
    const row_state *s = r->state;
    const row_kernels kernel = kernels();
    const int64_t last = FOUR * end < s->n ? FOUR * end : s->n;
    for (int64_t i = FOUR * begin; i < last; i += FOUR)
        kernel.few_rows(r->x, r->w + i * s->k, r->y + i, s->m, s->k, s->n, last - i < FOUR ? last - i : FOUR);
    for (int64_t row = 0; row < s->m; row++)
        finish(r->y + row * s->n + FOUR * begin, r->b == NULL ? NULL : r->b + FOUR * begin, s->relu,
               last - FOUR * begin);
}

// Below this many weights a thread a share does not pay.
enum { WEIGHTS_GRAIN = 1 << 15 };

static gd_status run_row(const gd__plan_step *step, void *const *buffer)
{
    const row_state *state = step->state;
    row_run r = {state, buffer[step->input[0]], buffer[step->input[1]], NULL, buffer[step->output[0]]};
    if (state->bias)
        r.b = buffer[step->input[2]];
    gd__parallel((state->n + FOUR - 1) / FOUR, WEIGHTS_GRAIN / (FOUR * state->m * state->k) + 1, run_rows, &r);
    return GD_OK;
}

// ---- Weights side by side

static gd_status run_packed(const gd__plan_step *step, void *const *buffer)
{
    const row_state *s = step->state;
    kernels().packed_rows(buffer[step->input[0]], buffer[step->input[1]], s->bias ? buffer[step->input[2]] : NULL,
                          buffer[step->output[0]], s->m, s->k, s->n, s->relu);
    return GD_OK;
}

static gd_status run_pack(const gd__plan_step *step, void *const *buffer)
{
    const row_state *s = step->state;
    kernels().pack(buffer[step->input[0]], buffer[step->output[0]], s->k, s->n);
    return GD_OK;
}

// Rows of fewer numbers than a register holds leave most of it empty. Where the weights are brought into another order
// once, for many runs, a register takes numbers of several rows of w.
static bool is_packed(const gd__planner *planner, gd__ref right, const row_state *s)
{
    const gd__node *maker = &planner->plan->graph->node[right.node];
    return planner->opts.inference && !planner->arranges && !planner->opts.no_fusion && maker->op == &gd__op_variable &&
           s->k < kernels().lanes;
}

// The step that packs w, whose buffer is `weights`. Returns the buffer that it makes, or -1.
static int pack_before(gd__planner *planner, int32_t node, const row_state *s, int weights)
{
    const int64_t lanes = kernels().lanes, rows = (s->n + lanes - 1) / lanes * lanes;
    row_state *state = gd__copy_block(s, sizeof *s);
    if (state == NULL) {
        gd__fail_memory("a matmul");
        return -1;
    }
    const int packed = gd__planner_scratch(planner, (size_t)(rows * s->k) * sizeof(float));
    const gd__plan_step step = {
        .name = "matmul_weights", .node = node, .run = run_pack, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &weights, 1, &packed) == GD_OK ? packed : -1;
}

// ---- The step

// With more rows it pays to bring w into another order first, as oneDNN does.
enum { MOST_ROWS = 8 };

gd_status gd__row_matmul(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd__matmul_attributes *attributes = node->attributes;
    const gd_info *a = gd__info_at(graph, node->input[0]), *b = gd__info_at(graph, node->input[1]);
    if (a->type != GD_F32 || b->type != GD_F32 || node->output[0].type != GD_F32 || attributes->transpose_a ||
        !attributes->transpose_b || b->shape.rank != 2 || gd_shape_count(a->shape) > MOST_ROWS * b->shape.dim[1])
        return gd__fail(GD_ERROR_UNSUPPORTED, "no product of a few rows with a transposed matrix");
    int32_t add = gd__planner_combined(planner, index, &gd__op_add),
            relu = gd__planner_combined(planner, index, &gd__op_relu);
    row_state *state = gd__alloc_zeroed(1, sizeof *state);
    if (state == NULL)
        return gd__fail_memory("a matmul");
    int64_t n = b->shape.dim[0], k = b->shape.dim[1];
    *state = (row_state){gd_shape_count(a->shape) / k, n, k, add >= 0, relu >= 0};
    int input[3] = {gd__planner_want(planner, node->input[0], NULL), gd__planner_want(planner, node->input[1], NULL)};
    const bool packed = is_packed(planner, node->input[1], state);
    if (packed)
        input[1] = pack_before(planner, index, state, input[1]);
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        input[2] = gd__planner_want(planner, sum->input[sum->input[0].node == index ? 1 : 0], NULL);
    }
    int32_t last = relu >= 0 ? relu : (add >= 0 ? add : index);
    int output = gd__planner_give(planner, (gd__ref){last, 0}, NULL);
    gd__plan_step step = {.name = "matmul",
                          .node = index,
                          .run = packed ? run_packed : run_row,
                          .state = state,
                          .free_state = gd__free,
                          .flops = 2.0 * (double)state->m * (double)n * (double)k};
    return gd__planner_add(planner, step, add >= 0 ? 3 : 2, input, 1, &output);
}
