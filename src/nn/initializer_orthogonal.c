// Orthonormal rows or columns: what goes through keeps its length.
#include <math.h>

#include "nn/initialise.h"

// Vector i of a matrix: element j lies at base[i * step + j * stride].
typedef struct vectors {
    double *base;
    int64_t count, length, step, stride;
} vectors;

// value -= projection of vector i on vector j (a unit vector).
static void remove_direction(vectors v, int64_t i, int64_t j)
{
    double dot = 0;
    for (int64_t k = 0; k < v.length; k++)
        dot += v.base[i * v.step + k * v.stride] * v.base[j * v.step + k * v.stride];
    for (int64_t k = 0; k < v.length; k++)
        v.base[i * v.step + k * v.stride] -= dot * v.base[j * v.step + k * v.stride];
}

// Orthonormal vectors out of normal ones by Gram and Schmidt's method, each projection removed twice, because once
// leaves rounding errors. Its R has a positive diagonal, so the result is uniform among all orthogonal matrices.
static void orthonormalise(vectors v)
{
    for (int64_t i = 0; i < v.count; i++) {
        for (int64_t j = 0; j < 2 * i; j++)
            remove_direction(v, i, j % i);
        double square = 0;
        for (int64_t k = 0; k < v.length; k++)
            square += v.base[i * v.step + k * v.stride] * v.base[i * v.step + k * v.stride];
        double factor = square > 0 ? 1.0 / sqrt(square) : 0.0;
        for (int64_t k = 0; k < v.length; k++)
            v.base[i * v.step + k * v.stride] *= factor;
    }
}

// The weight as a matrix of dim[0] rows; its rows become orthonormal, or its columns when they are fewer.
static void draw_orthogonal(const gd_initializer_call *call)
{
    const int64_t count = gd_shape_count(call->shape);
    const int64_t rows = call->shape.rank > 0 ? call->shape.dim[0] : 1, columns = count / rows;
    gd__draw_normal(call, 1.0);
    if (rows <= columns)
        orthonormalise((vectors){call->value, rows, columns, columns, 1});
    else
        orthonormalise((vectors){call->value, columns, rows, 1, columns});
    for (int64_t i = 0; i < count; i++)
        call->value[i] *= call->initializer.scale;
}

const gd_initializer_kind gd__initializer_orthogonal = {.record = {.name = "orthogonal",
                                                                   .doc = "orthonormal rows or columns, times scale",
                                                                   .source = "Saxe, McClelland, Ganguli 2013",
                                                                   GD__SCALED},
                                                        .draw = draw_orthogonal};
