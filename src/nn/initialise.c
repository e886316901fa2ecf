// How parameters start.
#include <gradus/nn.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "graph/graph.h"
#include "nn/choice.h"
#include "nn/layer.h"

// In the order of gd_initializer_kind.
static const gd_choice choices[] = {
    {"default", "uniform in ±1/sqrt(fan_in)"},
    {"zeros", "0"},
    {"ones", "1"},
    {"constant", "a given value"},
    {"normal", "normal with deviation scale"},
    {"uniform", "uniform in ±scale"},
    {"xavier_uniform", "uniform in ±scale sqrt(6 / (fan_in + fan_out))"},
    {"xavier_normal", "normal with deviation scale sqrt(2 / (fan_in + fan_out))"},
    {"he_uniform", "uniform in ±scale sqrt(6 / fan_in)"},
    {"he_normal", "normal with deviation scale sqrt(2 / fan_in)"},
    {"lecun_uniform", "uniform in ±scale sqrt(3 / fan_in)"},
    {"lecun_normal", "normal with deviation scale sqrt(1 / fan_in)"},
    {"orthogonal", "orthonormal rows or columns, times scale"},
};

const gd_choice *gd_initializer_choices(int *count)
{
    *count = GD_COUNT_OF(choices);
    return choices;
}

gd_status gd_initializer_named(const char *name, gd_initializer *initializer)
{
    int found = gd__choice_find(name, GD_COUNT_OF(choices), choices);
    if (found < 0)
        return gd__choice_unknown("initialiser", name, GD_COUNT_OF(choices), choices);
    *initializer = (gd_initializer){.kind = (gd_initializer_kind)found};
    return GD_OK;
}

void gd__fans(gd_shape weight, double *fan_in, double *fan_out)
{
    double field = 1;
    for (int i = 2; i < weight.rank; i++)
        field *= (double)weight.dim[i];
    double first = weight.rank > 0 ? (double)weight.dim[0] : 1;
    *fan_out = first * field;
    *fan_in = weight.rank > 1 ? (double)weight.dim[1] * field : first;
}

static void fill_constant(double *value, int64_t count, double constant)
{
    for (int64_t i = 0; i < count; i++)
        value[i] = constant;
}

static void fill_normal(double *value, int64_t count, double deviation, gd__random *random)
{
    for (int64_t i = 0; i < count; i++)
        value[i] = deviation * gd__random_normal(random);
}

static void fill_uniform(double *value, int64_t count, double limit, gd__random *random)
{
    for (int64_t i = 0; i < count; i++)
        value[i] = limit * (2.0 * gd__random_uniform(random) - 1.0);
}

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
static void fill_orthogonal(double *value, gd_shape shape, double scale, gd__random *random)
{
    int64_t count = gd_shape_count(shape);
    int64_t rows = shape.rank > 0 ? shape.dim[0] : 1, columns = count / rows;
    fill_normal(value, count, 1.0, random);
    if (rows <= columns)
        orthonormalise((vectors){value, rows, columns, columns, 1});
    else
        orthonormalise((vectors){value, columns, rows, 1, columns});
    for (int64_t i = 0; i < count; i++)
        value[i] *= scale;
}

static void fill(double *value, gd_shape shape, gd_initializer initializer, gd__random *random)
{
    double fan_in, fan_out;
    gd__fans(shape, &fan_in, &fan_out);
    int64_t count = gd_shape_count(shape);
    double scale = initializer.scale == 0 ? 1.0 : initializer.scale;
    switch (initializer.kind) {
    case GD_INIT_DEFAULT: fill_uniform(value, count, 1.0 / sqrt(fan_in), random); break;
    case GD_INIT_ZEROS: fill_constant(value, count, 0.0); break;
    case GD_INIT_ONES: fill_constant(value, count, 1.0); break;
    case GD_INIT_CONSTANT: fill_constant(value, count, initializer.value); break;
    case GD_INIT_NORMAL: fill_normal(value, count, scale, random); break;
    case GD_INIT_UNIFORM: fill_uniform(value, count, scale, random); break;
    case GD_INIT_XAVIER_UNIFORM: fill_uniform(value, count, scale * sqrt(6.0 / (fan_in + fan_out)), random); break;
    case GD_INIT_XAVIER_NORMAL: fill_normal(value, count, scale * sqrt(2.0 / (fan_in + fan_out)), random); break;
    case GD_INIT_HE_UNIFORM: fill_uniform(value, count, scale * sqrt(6.0 / fan_in), random); break;
    case GD_INIT_HE_NORMAL: fill_normal(value, count, scale * sqrt(2.0 / fan_in), random); break;
    case GD_INIT_LECUN_UNIFORM: fill_uniform(value, count, scale * sqrt(3.0 / fan_in), random); break;
    case GD_INIT_LECUN_NORMAL: fill_normal(value, count, scale * sqrt(1.0 / fan_in), random); break;
    case GD_INIT_ORTHOGONAL: fill_orthogonal(value, shape, scale, random); break;
    }
}

gd_status gd_initialize(gd_tensor variable, gd_initializer initializer)
{
    if (initializer.kind < 0 || (int)initializer.kind >= GD_COUNT_OF(choices))
        return gd__fail(GD_ERROR_ARGUMENT, "initialiser %d is none of the %d there are", (int)initializer.kind,
                        GD_COUNT_OF(choices));
    if (gd_variable_name(variable)[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT, "only a variable can be initialised");
    gd_array array;
    gd_status status = gd_array_create(&array, GD_F64, gd_tensor_shape(variable));
    if (status != GD_OK)
        return status;
    gd__random random = gd__random_make(gd_graph_seed(variable.graph), gd__hash_text(gd_variable_name(variable)));
    fill(array.data, array.shape, initializer, &random);
    status = gd_variable_set(variable, &array);
    gd_array_free(&array);
    return status;
}

gd_tensor gd_parameter(gd_graph *graph, const char *name, gd_type type, gd_shape shape, gd_initializer initializer)
{
    if (graph->status == GD_OK && !gd_type_is_float(type))
        return gd__graph_error(graph, GD_ERROR_ARGUMENT, "parameter '%s' is %s, expected a floating type", name,
                               gd_type_name(type));
    gd_tensor variable = gd_variable(graph, name, type, shape, (gd_variable_opts){0});
    if (!gd_tensor_ok(variable))
        return variable;
    gd_status status = gd_initialize(variable, initializer);
    if (status != GD_OK)
        return gd__graph_error(graph, status, "parameter '%s': %s", name, gd_last_error());
    return variable;
}
