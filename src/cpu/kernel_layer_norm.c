// Layer norm and its gradient, f32.
#include "op/layer_norm.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"

// x is (rows, size); what belongs to a row is (rows).
typedef struct norm_context {
    const float *x, *dy, *weight, *bias, *mean, *inverse;
    float *y, *dx, *mean_out, *inverse_out;
    double *partial; // (chunks, 2, size): the sums of dy x' and of dy over a chunk's rows
    int64_t rows, size, chunks;
    double epsilon;
} norm_context;

// Biased variance and mean of one row, in double precision; returns 1 / sqrt(variance + epsilon).
GD__CLONES static double row_statistics(const float *x, int64_t size, double epsilon, double *mean_out)
{
    double sum = 0, squares = 0;
    GD__SIMD(reduction(+ : sum))
    for (int64_t i = 0; i < size; i++)
        sum += (double)x[i];
    double mean = sum / (double)size;
    GD__SIMD(reduction(+ : squares))
    for (int64_t i = 0; i < size; i++) {
        double difference = (double)x[i] - mean;
        squares += difference * difference;
    }
    *mean_out = mean;
    return 1 / sqrt(squares / (double)size + epsilon);
}

// y = weight (x - mean) inverse + bias
GD__CLONES static void normalise_row(const float *x, const float *weight, const float *bias, float *y, int64_t size,
                                     float mean, float inverse)
{
    for (int64_t i = 0; i < size; i++)
        y[i] = weight[i] * ((x[i] - mean) * inverse) + bias[i];
}

static void forward_rows(void *context, int64_t begin, int64_t end)
{
    const norm_context *c = context;
    for (int64_t row = begin; row < end; row++) {
        double mean, inverse = row_statistics(c->x + row * c->size, c->size, c->epsilon, &mean);
        c->mean_out[row] = (float)mean;
        c->inverse_out[row] = (float)inverse;
        normalise_row(c->x + row * c->size, c->weight, c->bias, c->y + row * c->size, c->size, (float)mean,
                      (float)inverse);
    }
}

static gd_status layer_norm(const gd__kernel_call *call)
{
    const gd__layer_norm_attributes *a = call->attributes;
    norm_context context = {.x = call->input[0],
                            .weight = call->input[1],
                            .bias = call->input[2],
                            .y = call->output[0],
                            .mean_out = call->output[1],
                            .inverse_out = call->output[2],
                            .rows = gd_shape_count(call->node->output[1].shape),
                            .size = gd_shape_count(call->input_info[1].shape),
                            .epsilon = a->epsilon};
    gd__parallel(context.rows, gd__grain(4 * context.size), forward_rows, &context);
    return GD_OK;
}

// ---- The gradient

// With x' = (x - mean) inverse and g = weight dy: adds dy x' and dy to the sums, and finds the sums of g and g x' over
// the row, which dx = inverse (g - mean(g) - x' mean(g x')) needs.
GD__CLONES static void backward_row(const norm_context *c, int64_t row, double *dweight, double *dbias)
{
    const float *x = c->x + row * c->size, *dy = c->dy + row * c->size, *weight = c->weight;
    float *dx = c->dx + row * c->size;
    float mean = c->mean[row], inverse = c->inverse[row];
    double sum = 0, product = 0;
    for (int64_t i = 0; i < c->size; i++) {
        dx[i] = (x[i] - mean) * inverse; // x' for now
        dbias[i] += (double)dy[i];
        dweight[i] += (double)dy[i] * (double)dx[i];
    }
    GD__SIMD(reduction(+ : sum))
    for (int64_t i = 0; i < c->size; i++)
        sum += (double)weight[i] * (double)dy[i];
    GD__SIMD(reduction(+ : product))
    for (int64_t i = 0; i < c->size; i++)
        product += (double)weight[i] * (double)dy[i] * (double)dx[i];
    float mean_g = (float)(sum / (double)c->size), mean_product = (float)(product / (double)c->size);
    for (int64_t i = 0; i < c->size; i++)
        dx[i] = inverse * (weight[i] * dy[i] - mean_g - dx[i] * mean_product);
}

static void backward_chunks(void *context, int64_t begin, int64_t end)
{
    const norm_context *c = context;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        double *dweight = c->partial + chunk * 2 * c->size, *dbias = dweight + c->size;
        memset(dweight, 0, 2 * (size_t)c->size * sizeof *dweight);
        for (int64_t row = c->rows * chunk / c->chunks; row < c->rows * (chunk + 1) / c->chunks; row++)
            backward_row(c, row, dweight, dbias);
    }
}

// How many chunks the rows are cut into: this depends on the shape alone, and so do the sums.
static int64_t chunk_count(int64_t rows, int64_t size)
{
    enum { MOST = 32 };
    int64_t chunks = rows * size / GD__GRAIN;
    chunks = chunks > MOST ? MOST : chunks;
    chunks = chunks > rows ? rows : chunks;
    return chunks < 1 ? 1 : chunks;
}

static size_t backward_scratch(const gd__node *node, const gd_info *input)
{
    (void)node;
    int64_t size = gd_shape_count(input[2].shape), rows = gd_shape_count(input[3].shape);
    return (size_t)(chunk_count(rows, size) * 2 * size) * sizeof(double);
}

static gd_status layer_norm_backward(const gd__kernel_call *call)
{
    norm_context context = {.x = call->input[0],
                            .dy = call->input[1],
                            .weight = call->input[2],
                            .mean = call->input[3],
                            .inverse = call->input[4],
                            .dx = call->output[0],
                            .partial = call->scratch,
                            .rows = gd_shape_count(call->input_info[3].shape),
                            .size = gd_shape_count(call->input_info[2].shape)};
    float *dweight = call->output[1], *dbias = call->output[2];
    context.chunks = chunk_count(context.rows, context.size);
    gd__parallel(context.chunks, 1, backward_chunks, &context);
    for (int64_t i = 0; i < context.size; i++) {
        double weight_sum = 0, bias_sum = 0;
        for (int64_t chunk = 0; chunk < context.chunks; chunk++) {
            weight_sum += context.partial[chunk * 2 * context.size + i];
            bias_sum += context.partial[(chunk * 2 + 1) * context.size + i];
        }
        dweight[i] = (float)weight_sum;
        dbias[i] = (float)bias_sum;
    }
    return GD_OK;
}

static const gd__kernel row[] = {
    {"layer_norm", gd__kernel_f32, layer_norm, NULL},
    {"layer_norm_backward", gd__kernel_f32, layer_norm_backward, backward_scratch},
};
const gd__kernel_family gd__kernels_layer_norm = {GD_COUNT_OF(row), row};
