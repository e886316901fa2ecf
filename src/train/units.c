// More or fewer units between two dense layers.
#include <gradus/train.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"

void gd_units_free(gd_units *units)
{
    GD__NEEDS(units);
    gd_array_free(&units->weight);
    gd_array_free(&units->next);
    for (int i = 0; i < units->vector_count && i < GD_UNIT_VECTORS; i++)
        gd_array_free(&units->vector[i].value);
    *units = (gd_units){0};
}

// ---- Do the parts fit together?

static gd_status check_matrix(const gd_array *matrix, const char *what)
{
    char shape[GD_SHAPE_TEXT];
    if ((matrix->type != GD_F32 && matrix->type != GD_F64) || matrix->shape.rank != 2 || matrix->data == NULL)
        return gd__fail(GD_ERROR_SHAPE, "the %s weights are %s %s; expected a matrix of f32 or f64", what,
                        gd_type_name(matrix->type), gd_shape_text(matrix->shape, shape));
    return GD_OK;
}

static gd_status check_units(const gd_units *units)
{
    gd_status status = check_matrix(&units->weight, "incoming");
    if (status == GD_OK)
        status = check_matrix(&units->next, "outgoing");
    if (status != GD_OK)
        return status;
    int64_t count = units->weight.shape.dim[0];
    char shape[GD_SHAPE_TEXT];
    if (count < 1 || units->next.shape.dim[1] != count)
        return gd__fail(GD_ERROR_SHAPE, "the incoming weights are for %lld units, the outgoing ones are %s",
                        (long long)count, gd_shape_text(units->next.shape, shape));
    if (units->vector_count < 0 || units->vector_count > GD_UNIT_VECTORS)
        return gd__fail(GD_ERROR_ARGUMENT, "%d vectors of units were given; at most %d are possible",
                        units->vector_count, GD_UNIT_VECTORS);
    for (int i = 0; i < units->vector_count; i++)
        if (!gd_shape_equal(units->vector[i].value.shape, GD_SHAPE(count)))
            return gd__fail(GD_ERROR_SHAPE, "vector %d is %s; there are %lld units", i,
                            gd_shape_text(units->vector[i].value.shape, shape), (long long)count);
    return GD_OK;
}

// Arrays of `count` units for all that `from` has.
static gd_status make_units(const gd_units *from, int64_t count, gd_units *to)
{
    gd_status status = gd_array_create(&to->weight, from->weight.type, GD_SHAPE(count, from->weight.shape.dim[1]));
    if (status == GD_OK)
        status = gd_array_create(&to->next, from->next.type, GD_SHAPE(from->next.shape.dim[0], count));
    for (int i = 0; i < from->vector_count && status == GD_OK; i++) {
        status = gd_array_create(&to->vector[i].value, from->vector[i].value.type, GD_SHAPE(count));
        to->vector[i].fresh = from->vector[i].fresh;
        to->vector_count = i + 1;
    }
    if (status != GD_OK)
        gd_units_free(to);
    return status;
}

// Unit `to_unit` becomes a copy of unit `from_unit`.
static void copy_unit(const gd_units *from, int64_t from_unit, gd_units *to, int64_t to_unit)
{
    int64_t inputs = from->weight.shape.dim[1], outputs = from->next.shape.dim[0];
    int64_t from_count = from->weight.shape.dim[0], to_count = to->weight.shape.dim[0];
    for (int64_t i = 0; i < inputs; i++)
        gd_array_put(&to->weight, to_unit * inputs + i, gd_array_get(&from->weight, from_unit * inputs + i));
    for (int64_t i = 0; i < outputs; i++)
        gd_array_put(&to->next, i * to_count + to_unit, gd_array_get(&from->next, i * from_count + from_unit));
    for (int i = 0; i < from->vector_count; i++)
        gd_array_put(&to->vector[i].value, to_unit, gd_array_get(&from->vector[i].value, from_unit));
}

// ---- Fewer

gd_status gd_rank_units(const gd_units *units, double *importance)
{
    GD__NEEDS(units, GD_ERROR_ARGUMENT);
    gd_status status = check_units(units);
    if (status != GD_OK)
        return status;
    int64_t count = units->weight.shape.dim[0], inputs = units->weight.shape.dim[1];
    for (int64_t unit = 0; unit < count; unit++) {
        double incoming = 0, outgoing = 0;
        for (int64_t i = 0; i < inputs; i++) {
            double w = gd_array_get(&units->weight, unit * inputs + i);
            incoming += w * w;
        }
        for (int64_t i = 0; i < units->next.shape.dim[0]; i++) {
            double w = gd_array_get(&units->next, i * count + unit);
            outgoing += w * w;
        }
        importance[unit] = sqrt(incoming) * sqrt(outgoing);
    }
    return GD_OK;
}

// How many units stand before this one, by importance and then by place.
static int64_t place_of(const double *importance, int64_t count, int64_t unit)
{
    int64_t place = 0;
    for (int64_t i = 0; i < count; i++)
        place += importance[i] > importance[unit] || (i < unit && importance[i] == importance[unit]);
    return place;
}

static gd_status check_importance(const double *importance, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (isnan(importance[i]))
            return gd__fail(GD_ERROR_NUMBER, "the importance of unit %lld is not a number", (long long)i);
    return GD_OK;
}

gd_status gd_prune_units(const gd_units *from, int64_t keep, const double *importance, gd_units *to)
{
    GD__NEEDS(from, GD_ERROR_ARGUMENT);
    GD__NEEDS(to, GD_ERROR_ARGUMENT);
    *to = (gd_units){0};
    gd_status status = check_units(from);
    if (status != GD_OK)
        return status;
    int64_t count = from->weight.shape.dim[0];
    if (keep < 1 || keep > count)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld of %lld units are to be kept; expected 1 to %lld", (long long)keep,
                        (long long)count, (long long)count);
    double *rank = gd__alloc((size_t)count * sizeof *rank);
    if (rank == NULL)
        return gd__fail_memory("the ranks of units");
    if (importance == NULL)
        status = gd_rank_units(from, rank);
    for (int64_t i = 0; i < count && importance != NULL; i++)
        rank[i] = importance[i];
    if (status == GD_OK)
        status = check_importance(rank, count);
    if (status == GD_OK)
        status = make_units(from, keep, to);
    int64_t kept = 0;
    for (int64_t i = 0; i < count && status == GD_OK; i++)
        if (place_of(rank, count, i) < keep)
            copy_unit(from, i, to, kept++);
    gd__free(rank);
    return status;
}

// ---- More

#define SMALLEST_PART 0.05 // so that no copy is silent

static void fill_fresh(gd_units *to, int64_t unit, gd__random *random)
{
    int64_t inputs = to->weight.shape.dim[1];
    double deviation = sqrt(2 / fmax(1, (double)inputs));
    for (int64_t i = 0; i < inputs; i++)
        gd_array_put(&to->weight, unit * inputs + i, deviation * gd__next_normal(random));
    for (int i = 0; i < to->vector_count; i++)
        gd_array_put(&to->vector[i].value, unit, to->vector[i].fresh);
}

// source[unit] is what each unit is a copy of. Each outgoing weight is shared among the copies by parts of its own,
// which add up to 1: with one part for all of them the gradients of the copies' incoming weights would be multiples of
// each other, and under a rule that takes no heed of a gradient's scale, as Adam's, copies would stay copies.
static gd_status split_units(const gd_units *from, gd_units *to, gd__random *random)
{
    int64_t old = from->weight.shape.dim[0], count = to->weight.shape.dim[0], outputs = to->next.shape.dim[0];
    int64_t *source = gd__alloc((size_t)count * sizeof *source);
    double *part = gd__alloc((size_t)count * sizeof *part), *sum = gd__alloc((size_t)old * sizeof *sum);
    gd_status status = source != NULL && part != NULL && sum != NULL ? GD_OK : gd__fail_memory("splitting units");
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        source[i] = i < old ? i : (int64_t)gd__random_below(random, (uint64_t)old);
        copy_unit(from, source[i], to, i);
    }
    for (int64_t k = 0; k < outputs && status == GD_OK; k++) {
        memset(sum, 0, (size_t)old * sizeof *sum);
        for (int64_t i = 0; i < count; i++) {
            part[i] = SMALLEST_PART + gd__next_uniform(random);
            sum[source[i]] += part[i];
        }
        for (int64_t i = 0; i < count; i++) {
            double whole = gd_array_get(&to->next, k * count + i);
            gd_array_put(&to->next, k * count + i, whole * (part[i] / sum[source[i]]));
        }
    }
    gd__free(source);
    gd__free(part);
    gd__free(sum);
    return status;
}

gd_status gd_grow_units(const gd_units *from, int64_t units, gd_grow_opts opts, gd_units *to)
{
    GD__NEEDS(from, GD_ERROR_ARGUMENT);
    GD__NEEDS(to, GD_ERROR_ARGUMENT);
    *to = (gd_units){0};
    gd_status status = check_units(from);
    if (status != GD_OK)
        return status;
    int64_t old = from->weight.shape.dim[0];
    if (units < old)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld units cannot grow to %lld", (long long)old, (long long)units);
    status = make_units(from, units, to);
    gd__random random = gd__random_make(opts.seed, gd__hash_text("units"));
    if (status == GD_OK && opts.split)
        status = split_units(from, to, &random);
    for (int64_t i = 0; i < units && status == GD_OK && !opts.split; i++) {
        if (i < old)
            copy_unit(from, i, to, i);
        else
            fill_fresh(to, i, &random);
    }
    if (status != GD_OK)
        gd_units_free(to);
    return status;
}
