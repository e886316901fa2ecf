#include "cpu/row_matmul.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/simd.h"
#include "op/matmul.h"

typedef struct row_state {
    int64_t m, n, k; // of x (m, k), w (n, k) and y (m, n)
    bool bias, relu;
} row_state;

typedef struct row_run {
    const row_state *state;
    const float *x, *w, *b;
    float *y;
} row_run;

// y[i] = x · w[i] for rows begin … end-1 of w, four at a time so that the additions of one need not wait for those of
// another.
GD__LOOP(dots, (const float *x, const float *w, float *y, int64_t k, int64_t begin, int64_t end),
         (x, w, y, k, begin, end))
{
    int64_t i = begin;
    for (; i + 4 <= end; i += 4) {
        const float *p = w + i * k, *q = p + k, *r = q + k, *s = r + k;
        float a = 0, b = 0, c = 0, d = 0;
        GD__SIMD(reduction(+ : a, b, c, d))
        for (int64_t j = 0; j < k; j++) {
            a += x[j] * p[j];
            b += x[j] * q[j];
            c += x[j] * r[j];
            d += x[j] * s[j];
        }
        y[i] = a;
        y[i + 1] = b;
        y[i + 2] = c;
        y[i + 3] = d;
    }
    for (; i < end; i++) {
        float a = 0;
        GD__SIMD(reduction(+ : a))
        for (int64_t j = 0; j < k; j++)
            a += x[j] * w[i * k + j];
        y[i] = a;
    }
}

// Rows of w that stay in the first-level cache while all rows of x meet them.
enum { BLOCK = 4 };

static void run_rows(void *context, int64_t begin, int64_t end)
{
    const row_run *r = context;
    const row_state *s = r->state;
    int64_t block = s->m == 1 ? end - begin : BLOCK; // a single row of x meets each row of w once
    for (int64_t i = begin; i < end; i += block) {
        for (int64_t row = 0; row < s->m; row++)
            dots(r->x + row * s->k, r->w, r->y + row * s->n, s->k, i, i + block < end ? i + block : end);
    }
    for (int64_t row = 0; row < s->m && (r->b != NULL || s->relu); row++) {
        for (int64_t i = begin; i < end; i++) {
            float y = r->y[row * s->n + i] + (r->b != NULL ? r->b[i] : 0);
            r->y[row * s->n + i] = s->relu && y < 0 ? 0 : y;
        }
    }
}

// Below this many weights a thread a share does not pay.
enum { WEIGHTS_GRAIN = 1 << 15 };

static gd_status run_row(const gd__step *step, void *const *buffer)
{
    const row_state *state = step->state;
    row_run r = {state, buffer[step->input[0]], buffer[step->input[1]], NULL, buffer[step->output[0]]};
    if (state->bias)
        r.b = buffer[step->input[2]];
    gd__parallel(state->n, WEIGHTS_GRAIN / (state->m * state->k) + 1, run_rows, &r);
    return GD_OK;
}

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
    int32_t add = gd__planner_combined(planner, index, "add"), relu = gd__planner_combined(planner, index, "relu");
    row_state *state = gd__alloc_zeroed(1, sizeof *state);
    if (state == NULL)
        return gd__fail_memory("a matmul");
    int64_t n = b->shape.dim[0], k = b->shape.dim[1];
    *state = (row_state){gd_shape_count(a->shape) / k, n, k, add >= 0, relu >= 0};
    int input[3] = {gd__planner_want(planner, node->input[0], NULL), gd__planner_want(planner, node->input[1], NULL)};
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        input[2] = gd__planner_want(planner, sum->input[sum->input[0].node == index ? 1 : 0], NULL);
    }
    int32_t last = relu >= 0 ? relu : (add >= 0 ? add : index);
    int output = gd__planner_give(planner, (gd__ref){last, 0}, NULL);
    gd__step step = {.name = "matmul",
                     .node = index,
                     .run = run_row,
                     .state = state,
                     .free_state = gd__free,
                     .flops = 2.0 * (double)state->m * (double)n * (double)k};
    return gd__planner_add(planner, step, add >= 0 ? 3 : 2, input, 1, &output);
}
