// Made-up numbers to be predicted.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/generate.h"

static void add_noise(gd__generated *set)
{
    for (int64_t i = 0; i < set->count; i++)
        set->y[i] += set->noise * gd_numpy_normal(&set->random);
}

gd_status gd__generate_linear(gd__generated *set)
{
    const double weight[2] = {2, -3.4}, bias = 4.2;
    gd_numpy_normals(&set->random, set->count * set->features, set->x);
    for (int64_t i = 0; i < set->count; i++) {
        for (int f = 0; f < set->features; f++)
            set->y[i] += set->x[i * set->features + f] * weight[f % 2];
        set->y[i] += bias;
    }
    add_noise(set);
    return GD_OK;
}

// The numbers are drawn and then shuffled, as in the book's program.
gd_status gd__generate_polynomial(gd__generated *set)
{
    const double coefficient[4] = {5, 1.2, -3.4, 5.6}; // of x^k / k!
    int64_t *order = gd__alloc_zeroed((size_t)set->count, sizeof *order);
    double *drawn = gd__alloc_zeroed((size_t)set->count, sizeof *drawn);
    if (order == NULL || drawn == NULL) {
        gd__free(order);
        gd__free(drawn);
        return gd__fail_memory("made-up data");
    }
    gd_numpy_normals(&set->random, set->count, drawn);
    gd_numpy_permutation(&set->random, set->count, order);
    for (int64_t i = 0; i < set->count; i++) {
        const double x = drawn[order[i]];
        double *feature = set->x + i * set->features;
        double power = 1; // x^k / k!
        set->y[i] = coefficient[0];
        for (int k = 1; k <= 3 || k <= set->features; k++) {
            power *= x / k;
            if (k <= 3)
                set->y[i] += coefficient[k] * power;
            if (k <= set->features)
                feature[k - 1] = power;
        }
    }
    gd__free(order);
    gd__free(drawn);
    add_noise(set);
    return GD_OK;
}

gd_status gd__generate_houses(gd__generated *set)
{
    for (int64_t i = 0; i < set->count; i++) {
        double *house = set->x + 4 * i;
        const double area = 40 + 200 * gd_numpy_uniform(&set->random);
        const double bedrooms = 1 + floor(area / 60 + gd_numpy_uniform(&set->random));
        const double postcode = (double)gd_numpy_below(&set->random, 10);
        const double wealth = gd_numpy_uniform(&set->random);
        const double family = fmin(area / 30, 1.5 * bedrooms);
        const double walkability = fmax(0, 1 - postcode / 6);
        const double school_quality = fmax(0, 0.1 + 0.9 * wealth - 0.05 * postcode);
        house[0] = area;
        house[1] = bedrooms;
        house[2] = postcode;
        house[3] = wealth;
        set->y[i] = 50 + 60 * family + 80 * walkability + 120 * school_quality;
    }
    add_noise(set);
    return GD_OK;
}

gd_status gd__generate_sales(gd__generated *set)
{
    enum { SHOPS = 3, FIRST_DAY = 19358, USUAL = 9, REDUCED = 7 }; // 2023-01-01, a Sunday
    static const double level[SHOPS] = {100, 60, 150}, trend[SHOPS] = {0.2, -0.1, 0.05};
    static const double week[] = {0.8, 0.85, 0.9, 1, 1.2, 1.4, 0.6}; // from Monday on
    const double tau = 6.283185307179586;
    double rest[SHOPS] = {0};
    int reduced[SHOPS] = {0}; // days for which the price stays low
    for (int64_t i = 0; i < set->count; i++) {
        const int shop = (int)(i % SHOPS);
        const int64_t day = i / SHOPS;
        double *row = set->x + i * set->features;
        if (reduced[shop] > 0)
            reduced[shop]--;
        else if (gd_numpy_uniform(&set->random) < 1.0 / 14)
            reduced[shop] = 3;
        row[0] = (double)(FIRST_DAY + day) * 86400;
        row[1] = shop;
        row[2] = reduced[shop] > 0 ? REDUCED : USUAL;
        rest[shop] = 0.6 * rest[shop] + set->noise * gd_numpy_normal(&set->random);
        set->y[i] = level[shop] * (1 + trend[shop] * (double)day / 365) * week[(day + 6) % 7] *
                        (1 + 0.2 * sin(tau * (double)day / 365.25)) * pow(USUAL / row[2], 1.5) +
                    rest[shop];
    }
    return GD_OK;
}
