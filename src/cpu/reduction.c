#include "cpu/reduction.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"

enum {
    BLOCK = 256,       // results gathered at a time
    CHUNK_WORK = 32768 // elements that are worth a chunk of their own
};

// One axis of the simplified shape.
typedef struct axis {
    int64_t size, stride;
} axis;

// The work of a reduction. Neighbouring axes of one kind are one axis, so kept and folded ones alternate; the innermost
// of each kind is handled by the loops, the outer ones are walked through. The work is a grid: items (blocks of
// results) by chunks (parts of the outermost folded axis, when there are too few items to share among threads).
typedef struct plan {
    axis kept, folded; // innermost of their kind; size 1 where there is none
    axis outer_kept[GD_MAX_RANK], outer_folded[GD_MAX_RANK];
    int outer_kept_count, outer_folded_count;
    bool inner_folded; // the innermost axis of all is folded
    int64_t results;   // elements of y
    int64_t block;     // results along `kept` in one item
    int64_t blocks;    // items along `kept`
    int64_t items, chunks;
    int64_t total; // elements of x
} plan;

static void plan_axes(plan *p, gd_shape shape, uint32_t mask)
{
    axis list[GD_MAX_RANK];
    bool is_folded[GD_MAX_RANK];
    int count = 0;
    int64_t stride = 1;
    for (int i = shape.rank - 1; i >= 0; i--) { // from the innermost outwards
        bool folded = (mask & 1u << i) != 0;
        if (shape.dim[i] == 1)
            continue;
        if (count > 0 && is_folded[count - 1] == folded) {
            list[count - 1].size *= shape.dim[i];
        } else {
            list[count] = (axis){shape.dim[i], stride};
            is_folded[count++] = folded;
        }
        stride *= shape.dim[i];
    }
    p->kept = p->folded = (axis){1, 0};
    p->inner_folded = count > 0 && is_folded[0];
    for (int i = 0; i < count; i++) {
        if (i < 2)
            *(is_folded[i] ? &p->folded : &p->kept) = list[i];
        else if (is_folded[i])
            p->outer_folded[p->outer_folded_count++] = list[i];
        else
            p->outer_kept[p->outer_kept_count++] = list[i];
    }
}

static plan make_plan(gd_shape shape, uint32_t mask)
{
    plan p = {.total = gd_shape_count(shape)};
    plan_axes(&p, shape, mask);
    p.results = p.kept.size;
    for (int i = 0; i < p.outer_kept_count; i++)
        p.results *= p.outer_kept[i].size;
    int64_t each = p.total / p.results; // elements in one result
    p.block = p.inner_folded ? gd__grain(each) : BLOCK;
    p.block = p.block > BLOCK ? BLOCK : p.block;
    p.blocks = (p.kept.size + p.block - 1) / p.block;
    p.items = p.results / p.kept.size * p.blocks;
    int64_t outermost = p.outer_folded_count > 0 ? p.outer_folded[p.outer_folded_count - 1].size : p.folded.size;
    p.chunks = p.total / CHUNK_WORK;
    p.chunks = p.chunks > 64 / p.items ? 64 / p.items : p.chunks;
    p.chunks = p.chunks > outermost ? outermost : p.chunks;
    p.chunks = p.chunks < 1 ? 1 : p.chunks;
    return p;
}

typedef struct fold_context {
    const gd__axis_reduction *reduction;
    const plan *plan;
    const char *x;
    void *y;
    double *partial; // (chunks, results), or NULL with one chunk
} fold_context;

static void put_result(const gd__axis_reduction *reduction, void *y, int64_t at, double value)
{
    value /= reduction->divisor;
    if (reduction->type == GD_F32)
        ((float *)y)[at] = (float)value;
    else
        ((double *)y)[at] = value;
}

// The offset of combination `index` of some axes, listed innermost first.
static int64_t offset_of(const axis *list, int count, int64_t index)
{
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        offset += index % list[i].size * list[i].stride;
        index /= list[i].size;
    }
    return offset;
}

// Folds one chunk of the elements that belong to `width` results, the first of which begins at element `start`.
static void fold_block(const fold_context *c, int64_t start, int64_t width, int64_t chunk, double *acc)
{
    const plan *p = c->plan;
    const gd__fold *fold = c->reduction->fold;
    int64_t element = (int64_t)gd_type_size(c->reduction->type);
    axis outer[GD_MAX_RANK], inner = p->folded;
    int64_t combinations = 1;
    memcpy(outer, p->outer_folded, sizeof outer);
    axis *split = p->outer_folded_count > 0 ? &outer[p->outer_folded_count - 1] : &inner;
    int64_t first = split->size * chunk / p->chunks;
    start += first * split->stride;
    split->size = split->size * (chunk + 1) / p->chunks - first;
    for (int i = 0; i < p->outer_folded_count; i++)
        combinations *= outer[i].size;
    for (int64_t i = 0; i < width; i++)
        acc[i] = fold->initial;
    for (int64_t i = 0; i < combinations; i++) {
        const void *x = c->x + (start + offset_of(outer, p->outer_folded_count, i)) * element;
        if (p->inner_folded)
            fold->rows(x, width, p->kept.stride, inner.size, acc);
        else
            fold->columns(x, inner.size, inner.stride, width, acc);
    }
}

static void fold_items(void *context, int64_t begin, int64_t end)
{
    const fold_context *c = context;
    const plan *p = c->plan;
    double acc[BLOCK];
    for (int64_t at = begin; at < end; at++) {
        int64_t chunk = at / p->items, item = at % p->items, outer = item / p->blocks;
        int64_t first = item % p->blocks * p->block;
        int64_t width = p->kept.size - first < p->block ? p->kept.size - first : p->block;
        int64_t start = offset_of(p->outer_kept, p->outer_kept_count, outer) + first * p->kept.stride;
        int64_t result = outer * p->kept.size + first;
        fold_block(c, start, width, chunk, acc);
        for (int64_t i = 0; i < width; i++) {
            if (c->partial != NULL)
                c->partial[chunk * p->results + result + i] = acc[i];
            else
                put_result(c->reduction, c->y, result + i, acc[i]);
        }
    }
}

void gd__fold_axes(const gd__axis_reduction *reduction, const void *x, void *y, void *scratch)
{
    plan p = make_plan(reduction->shape, reduction->mask);
    fold_context context = {reduction, &p, x, y, p.chunks > 1 ? scratch : NULL};
    gd__parallel(p.items * p.chunks, gd__grain(p.total / (p.items * p.chunks)), fold_items, &context);
    for (int64_t i = 0; context.partial != NULL && i < p.results; i++) {
        double value = context.partial[i];
        for (int64_t chunk = 1; chunk < p.chunks; chunk++)
            value = reduction->fold->join(value, context.partial[chunk * p.results + i]);
        put_result(reduction, y, i, value);
    }
}

size_t gd__fold_scratch(gd_shape shape, uint32_t mask)
{
    plan p = make_plan(shape, mask);
    return p.chunks > 1 ? (size_t)(p.chunks * p.results) * sizeof(double) : 0;
}
