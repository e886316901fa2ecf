// Products of matrices, batched over leading axes that broadcast.
#include "op/matmul.h"

#include "base/shape.h"
#include "op/shape_ops.h"

static const gd_attribute matmul_attribute[] = {
    GD_ATTR(gd__matmul_attributes, transpose_a, GD_ATTRIBUTE_BOOL, "a is (..., k, m)"),
    GD_ATTR(gd__matmul_attributes, transpose_b, GD_ATTRIBUTE_BOOL, "b is (..., n, k)"),
};

gd__matmul_sizes gd__matmul_sizes_of(const gd__matmul_attributes *attributes, gd_shape a, gd_shape b)
{
    return (gd__matmul_sizes){
        .m = a.dim[a.rank - (attributes->transpose_a ? 1 : 2)],
        .n = b.dim[b.rank - (attributes->transpose_b ? 2 : 1)],
        .k = a.dim[a.rank - (attributes->transpose_a ? 2 : 1)],
    };
}

// The axes before those of the matrix.
static gd_shape leading(gd_shape shape)
{
    shape.rank -= 2;
    return shape;
}

static bool matmul_shape(gd_shape_call *call)
{
    const gd__matmul_attributes *attributes = call->attributes;
    const gd_info *a = &call->input[0], *b = &call->input[1];
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!gd_type_is_float(a->type) || a->type != b->type)
        return gd_op_error(call, "a is %s and b is %s; both must have one floating type (gd_cast changes it)",
                           gd_type_name(a->type), gd_type_name(b->type));
    if (a->shape.rank < 2 || b->shape.rank < 2)
        return gd_op_error(call, "a is %s and b is %s; both must have two axes or more", gd_shape_text(a->shape, have),
                           gd_shape_text(b->shape, with));
    gd__matmul_sizes sizes = gd__matmul_sizes_of(attributes, a->shape, b->shape);
    int64_t inner = b->shape.dim[b->shape.rank - (attributes->transpose_b ? 1 : 2)];
    if (inner != sizes.k)
        return gd_op_error(call, "a is %s%s and b is %s%s; the inner sizes differ", gd_shape_text(a->shape, have),
                           attributes->transpose_a ? " (transposed)" : "", gd_shape_text(b->shape, with),
                           attributes->transpose_b ? " (transposed)" : "");
    gd_shape y;
    if (!gd__shape_broadcast(leading(a->shape), leading(b->shape), &y))
        return gd_op_error(call, "the leading axes of a, %s, and b, %s, do not broadcast",
                           gd_shape_text(a->shape, have), gd_shape_text(b->shape, with));
    y.dim[y.rank++] = sizes.m;
    y.dim[y.rank++] = sizes.n;
    call->output[0] = (gd_info){a->type, y};
    return gd__shape_allowed(call, y);
}

// ---- Gradient. With y = a b and dy given: da = dy b^T and db = a^T dy; what is transposed already trades places.

static gd_tensor gradient_of_a(const gd__matmul_attributes *t, gd_tensor b, gd_tensor dy)
{
    if (t->transpose_a)
        return gd_matmul(b, dy, (gd_matmul_opts){.transpose_a = t->transpose_b, .transpose_b = true});
    return gd_matmul(dy, b, (gd_matmul_opts){.transpose_b = !t->transpose_b});
}

static gd_tensor gradient_of_b(const gd__matmul_attributes *t, gd_tensor a, gd_tensor dy)
{
    if (t->transpose_b)
        return gd_matmul(dy, a, (gd_matmul_opts){.transpose_a = true, .transpose_b = t->transpose_a});
    return gd_matmul(a, dy, (gd_matmul_opts){.transpose_a = !t->transpose_a});
}

// (…, m, k) to (rows, k).
static gd_tensor flatten_rows(gd_tensor x)
{
    return gd_reshape(x, GD_SHAPE(GD_INFER, gd_tensor_dim(x, -1)));
}

// When many rows meet one plain matrix, its gradient is one large product over all rows, not a sum of small ones.
static bool rows_flatten(const gd__matmul_attributes *t, gd_shape a, gd_shape b)
{
    gd_shape rows = a;
    rows.rank--;
    const gd__open_count count = gd__shape_open_count(rows);
    return !t->transpose_a && b.rank == 2 && a.rank > 2 && count.batch_power <= 1 && count.length_count <= 1;
}

static void matmul_grad(gd_grad_call *call)
{
    const gd__matmul_attributes *t = call->attributes;
    gd_tensor a = call->input[0], b = call->input[1], dy = call->output_grad[0];
    gd_shape shape_a = gd_tensor_shape(a), shape_b = gd_tensor_shape(b);
    if (call->wanted[0])
        call->input_grad[0] = gd_sum_to(gradient_of_a(t, b, dy), shape_a);
    if (!call->wanted[1])
        return;
    if (rows_flatten(t, shape_a, shape_b))
        call->input_grad[1] = gradient_of_b(t, flatten_rows(a), flatten_rows(dy));
    else
        call->input_grad[1] = gd_sum_to(gradient_of_b(t, a, dy), shape_b);
}

// ---- Plain kernel

// Strides in elements of one matrix.
typedef struct matrix {
    const double *data;
    int64_t row, column;
} matrix;

// Row by row of b, so that the innermost loop runs along rows of y and b.
static void multiply_by_rows(gd__matmul_sizes s, matrix a, const double *b, double *y)
{
    for (int64_t i = 0; i < s.m; i++) {
        for (int64_t j = 0; j < s.n; j++)
            y[i * s.n + j] = 0;
        for (int64_t l = 0; l < s.k; l++) {
            double factor = a.data[i * a.row + l * a.column];
            for (int64_t j = 0; j < s.n; j++)
                y[i * s.n + j] += factor * b[l * s.n + j];
        }
    }
}

// b is (n, k): the innermost loop runs along its rows.
static void multiply_by_columns(gd__matmul_sizes s, matrix a, const double *b, double *y)
{
    for (int64_t i = 0; i < s.m; i++) {
        for (int64_t j = 0; j < s.n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < s.k; l++)
                sum += a.data[i * a.row + l * a.column] * b[j * s.k + l];
            y[i * s.n + j] = sum;
        }
    }
}

static gd_status matmul_ref(const gd_ref_call *call)
{
    const gd__matmul_attributes *attributes = call->attributes;
    const gd_ref_value *a = &call->input[0], *b = &call->input[1], *y = &call->output[0];
    gd__matmul_sizes s = gd__matmul_sizes_of(attributes, a->shape, b->shape);
    gd_shape batch = leading(y->shape);
    int64_t index[GD_MAX_RANK] = {0};
    double *to = y->data;
    do {
        matrix from = {.data = a->data + gd__broadcast_offset(leading(a->shape), batch, index) * s.m * s.k,
                       .row = attributes->transpose_a ? 1 : s.k,
                       .column = attributes->transpose_a ? s.m : 1};
        const double *by = b->data + gd__broadcast_offset(leading(b->shape), batch, index) * s.k * s.n;
        if (attributes->transpose_b)
            multiply_by_columns(s, from, by, to);
        else
            multiply_by_rows(s, from, by, to);
        to += s.m * s.n;
    } while (gd__shape_next(batch, index));
    return GD_OK;
}

static double matmul_cost(const gd_shape_call *call)
{
    gd__matmul_sizes s = gd__matmul_sizes_of(call->attributes, call->input[0].shape, call->input[1].shape);
    return 2.0 * (double)gd_shape_count(call->output[0].shape) * (double)s.k;
}

// ---- Record

static const gd__matmul_attributes plain = {0}, first = {.transpose_a = true}, second = {.transpose_b = true},
                                   both = {.transpose_a = true, .transpose_b = true};
#define SAMPLE(words, flags, ...)                                                                                      \
    {                                                                                                                  \
        .note = words, .input_count = 2, .input = {__VA_ARGS__}, .attributes = &(flags)                                \
    }
#define OF(...)                                                                                                        \
    {                                                                                                                  \
        .shape = GD_SHAPE(__VA_ARGS__)                                                                                 \
    }

static const gd_sample matmul_sample[] = {
    SAMPLE("plain", plain, OF(3, 5), OF(5, 7)),
    SAMPLE("a transposed", first, OF(5, 3), OF(5, 7)),
    SAMPLE("b transposed", second, OF(3, 5), OF(7, 5)),
    SAMPLE("both transposed", both, OF(5, 3), OF(7, 5)),
    SAMPLE("one row, one column", plain, OF(1, 9), OF(9, 1)),
    SAMPLE("outer product", plain, OF(4, 1), OF(1, 3)),
    SAMPLE("batched", plain, OF(2, 3, 4), OF(2, 4, 5)),
    SAMPLE("batched, a transposed", first, OF(2, 4, 3), OF(2, 4, 5)),
    SAMPLE("batched, b transposed", second, OF(3, 2, 4), OF(3, 5, 4)),
    SAMPLE("batched, both transposed", both, OF(2, 2, 4, 3), OF(2, 2, 5, 4)),
    SAMPLE("many rows, one matrix", plain, OF(2, 3, 4), OF(4, 5)),
    SAMPLE("many rows, one matrix, b transposed", second, OF(2, 1, 3, 4), OF(5, 4)),
    SAMPLE("many matrices, one matrix, a transposed", first, OF(3, 4, 2), OF(4, 5)),
    SAMPLE("one matrix, many matrices", plain, OF(3, 4), OF(2, 4, 5)),
    SAMPLE("one matrix, many matrices, both transposed", both, OF(4, 3), OF(3, 5, 4)),
    SAMPLE("both broadcast", plain, OF(2, 1, 2, 3), OF(1, 3, 3, 2)),
    SAMPLE("both broadcast, ranks differ, b transposed", second, OF(3, 2, 3), OF(2, 1, 4, 3)),
};

const gd_op gd__op_matmul = {
    .name = "matmul",
    .doc = "y = a b; a (..., m, k), b (..., k, n), y (..., m, n); the leading axes broadcast",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__matmul_attributes),
    .attribute_count = GD_COUNT_OF(matmul_attribute),
    .attribute = matmul_attribute,
    .bf16_inputs = 3,
    .bf16_outputs = 1,
    .shape = matmul_shape,
    .grad = matmul_grad,
    .ref = matmul_ref,
    .cost = matmul_cost,
    GD_SAMPLES(matmul_sample),
};

// A vector becomes a matrix of one row or one column, which leaves the result again; its transpose is itself.
gd_tensor gd_matmul(gd_tensor a, gd_tensor b, gd_matmul_opts opts)
{
    gd__matmul_attributes attributes = {.transpose_a = opts.transpose_a, .transpose_b = opts.transpose_b};
    bool row = gd_tensor_ok(a) && gd_tensor_rank(a) == 1, column = gd_tensor_ok(b) && gd_tensor_rank(b) == 1;
    if (row) {
        a = gd_reshape(a, GD_SHAPE(1, gd_tensor_dim(a, 0)));
        attributes.transpose_a = false;
    }
    if (column) {
        b = gd_reshape(b, GD_SHAPE(gd_tensor_dim(b, 0), 1));
        attributes.transpose_b = false;
    }
    gd_tensor y = gd_apply(&gd__op_matmul, 2, (gd_tensor[]){a, b}, &attributes);
    if (row)
        y = gd_squeeze(y, -2);
    return column ? gd_squeeze(y, -1) : y;
}
