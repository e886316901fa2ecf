// Made-up points of several classes. Each generator computes and draws in the order of the program it follows.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/generate.h"

#define PI 3.14159265358979323846

// Element `index` of numpy.linspace(start, stop, count); with `open_end` stop itself is left out.
static double spaced(double start, double stop, int64_t count, bool open_end, int64_t index)
{
    const int64_t steps = open_end ? count : count - 1;
    if (index == 0)
        return start;
    if (index == steps)
        return stop;
    const double step = (stop - start) / (double)steps;
    return (double)index * step + start;
}

static void put(gd__generated *set, int64_t sample, double x, double y, int label)
{
    set->x[2 * sample] = x;
    set->x[2 * sample + 1] = y;
    set->y[sample] = label;
}

// scikit-learn's shuffle: the rows in the order of a shuffled list of their numbers.
static gd_status shuffle(gd__generated *set)
{
    const int64_t count = set->count, features = set->features;
    int64_t *order = gd__alloc_zeroed((size_t)count, sizeof *order);
    double *x = gd__copy_block(set->x, (size_t)(count * features) * sizeof *x);
    double *y = gd__copy_block(set->y, (size_t)count * sizeof *y);
    const bool good = order != NULL && x != NULL && y != NULL;
    if (good)
        gd_numpy_permutation(&set->random, count, order);
    for (int64_t i = 0; i < count && good; i++) {
        for (int64_t f = 0; f < features; f++)
            set->x[i * features + f] = x[order[i] * features + f];
        set->y[i] = y[order[i]];
    }
    gd__free(order);
    gd__free(x);
    gd__free(y);
    return good ? GD_OK : gd__fail_memory("shuffling made-up data");
}

static void add_noise(gd__generated *set)
{
    for (int64_t i = 0; i < set->count * set->features; i++)
        set->x[i] += set->noise * gd_numpy_normal(&set->random);
}

gd_status gd__generate_circles(gd__generated *set)
{
    const int64_t outer = set->count / 2, inner = set->count - outer;
    for (int64_t i = 0; i < set->count; i++) {
        const bool is_inner = i >= outer;
        const double angle = is_inner ? spaced(0, 2 * PI, inner, true, i - outer) : spaced(0, 2 * PI, outer, true, i);
        const double radius = is_inner ? 0.8 : 1;
        put(set, i, radius * cos(angle), radius * sin(angle), is_inner);
    }
    const gd_status status = shuffle(set);
    if (status == GD_OK)
        add_noise(set);
    return status;
}

gd_status gd__generate_moons(gd__generated *set)
{
    const int64_t outer = set->count / 2, inner = set->count - outer;
    for (int64_t i = 0; i < outer; i++) {
        const double angle = spaced(0, PI, outer, false, i);
        put(set, i, cos(angle), sin(angle), 0);
    }
    for (int64_t i = 0; i < inner; i++) {
        const double angle = spaced(0, PI, inner, false, i);
        put(set, outer + i, 1 - cos(angle), 1 - sin(angle) - 0.5, 1);
    }
    const gd_status status = shuffle(set);
    if (status == GD_OK)
        add_noise(set);
    return status;
}

// Where class `label` begins when the samples are shared out evenly.
static int64_t first_of(const gd__generated *set, int label)
{
    return set->count / set->classes * label + set->count % set->classes * label / set->classes;
}

gd_status gd__generate_spirals(gd__generated *set)
{
    for (int arm = 0; arm < set->classes; arm++) {
        const int64_t first = first_of(set, arm), count = first_of(set, arm + 1) - first;
        for (int64_t i = 0; i < count; i++) {
            const double radius = spaced(0, 1, count, false, i);
            const double angle =
                spaced(arm * 4, (arm + 1) * 4, count, false, i) + gd_numpy_normal(&set->random) * set->noise;
            put(set, first + i, radius * sin(angle), radius * cos(angle), arm);
        }
    }
    return GD_OK;
}

gd_status gd__generate_blobs(gd__generated *set)
{
    const int64_t features = set->features;
    double *centre = gd__alloc_zeroed((size_t)set->classes, (size_t)features * sizeof *centre);
    if (centre == NULL)
        return gd__fail_memory("the centres of made-up clouds");
    for (int64_t i = 0; i < set->classes * features; i++)
        centre[i] = -10 + 20 * gd_numpy_uniform(&set->random);
    int64_t sample = 0;
    for (int label = 0; label < set->classes; label++) {
        const int64_t count = set->count / set->classes + (label < set->count % set->classes);
        for (int64_t i = 0; i < count; i++, sample++) {
            for (int64_t f = 0; f < features; f++)
                set->x[sample * features + f] =
                    centre[label * features + f] + set->noise * gd_numpy_normal(&set->random);
            set->y[sample] = label;
        }
    }
    gd__free(centre);
    return shuffle(set);
}

// All angles of a colour are drawn before its radii; they wait in the place of the first coordinate.
gd_status gd__generate_flower(gd__generated *set)
{
    const double petal = 4;
    for (int colour = 0; colour < 2; colour++) {
        const int64_t first = first_of(set, colour), count = first_of(set, colour + 1) - first;
        for (int64_t i = 0; i < count; i++)
            set->x[2 * (first + i)] = spaced(colour * 3.12, (colour + 1) * 3.12, count, false, i) +
                                      gd_numpy_normal(&set->random) * set->noise;
        for (int64_t i = first; i < first + count; i++) {
            const double angle = set->x[2 * i];
            const double radius = petal * sin(4 * angle) + gd_numpy_normal(&set->random) * set->noise;
            put(set, i, radius * sin(angle), radius * cos(angle), colour);
        }
    }
    return GD_OK;
}

gd_status gd__generate_xor(gd__generated *set)
{
    for (int64_t i = 0; i < set->count; i++) {
        const int first = (int)(i / 2 % 2), second = (int)(i % 2);
        put(set, i, first, second, first != second);
    }
    add_noise(set);
    return GD_OK;
}
