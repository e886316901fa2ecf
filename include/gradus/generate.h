// Made-up data: the generator of NumPy's older interface, and the small data sets of the courses.
#ifndef GRADUS_GENERATE_H
#define GRADUS_GENERATE_H

#include <gradus/data.h>
#include <gradus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- NumPy's legacy generator (numpy.random.RandomState): the same seed gives the same numbers, to the last bit.
// MT19937 (Matsumoto and Nishimura 1998); 53-bit doubles; normal numbers by Marsaglia's polar method, of which one
// value is kept back; bounded integers by masking and rejection.
typedef struct gd_numpy_random {
    uint32_t state[624];
    int position;
    bool has_normal;
    double normal; // kept back
} gd_numpy_random;

GD_API void gd_numpy_seed(gd_numpy_random *random, uint32_t seed);
GD_API double gd_numpy_uniform(gd_numpy_random *random); // random_sample(): [0, 1)
GD_API double gd_numpy_normal(gd_numpy_random *random);  // randn()
// The draw that shuffle uses: 0 … bound-1. A bound of 0 stands for 2^32.
GD_API uint32_t gd_numpy_below(gd_numpy_random *random, uint32_t bound);
GD_API void gd_numpy_uniforms(gd_numpy_random *random, int64_t count, double *value);     // rand(…), in C order
GD_API void gd_numpy_normals(gd_numpy_random *random, int64_t count, double *value);      // randn(…), in C order
GD_API void gd_numpy_shuffle(gd_numpy_random *random, int64_t count, int64_t *index);     // shuffle(index)
GD_API void gd_numpy_permutation(gd_numpy_random *random, int64_t count, int64_t *index); // permutation(count)
// The last two take at most 2^32 numbers.

// ---- Data sets. Each has the field "x", (features), and "y", (1), for numbers to predict, or "label", (), for
// classes. All are drawn with NumPy's generator, in the order in which the courses' own programs draw: the same seed
// gives the points that they have.
typedef enum gd_generator_kind {
    // Points evenly on a circle of radius 1 (class 0) and one of 0.8 (class 1), shuffled, with noise (0.05), as
    // scikit-learn's make_circles.
    GD_GENERATE_CIRCLES = 0,
    // Two half circles that reach into each other, shuffled, with noise (0.2), as make_moons.
    GD_GENERATE_MOONS,
    // Arms (r sin t, r cos t), r from 0 to 1; arm j of `classes` has t from 4j to 4(j + 1) with noise (0.2), as in
    // Stanford's CS231n.
    GD_GENERATE_SPIRALS,
    // Gaussian clouds of deviation `noise` (1) around `classes` centres that are drawn evenly from -10 … 10, as
    // make_blobs.
    GD_GENERATE_BLOBS,
    // The planar data set of Ng's course: petals (r sin t, r cos t), r = 4 sin 4t, of two colours, one for t from 0 to
    // 3.12 and one to 6.24, with noise (0.2) in t and r.
    GD_GENERATE_FLOWER,
    // Clouds of deviation `noise` (0.2) around the corners (0, 0), (0, 1), (1, 0), (1, 1) in turn; class 1 where the
    // two differ.
    GD_GENERATE_XOR,
    // y = x w + 4.2 + noise (0.01), x normal, w = 2, -3.4, 2, -3.4, …   (Dive into Deep Learning)
    GD_GENERATE_LINEAR,
    // y = 5 + 1.2 x - 3.4 x^2/2! + 5.6 x^3/3! + noise (0.1), x normal; the features are x, x^2/2!, x^3/3!, …
    // (Dive into Deep Learning)
    GD_GENERATE_POLYNOMIAL,
    // A house's price in thousands by its area in square metres (40 … 240), its bedrooms, its postcode (0 the centre
    // … 9 the outskirts) and the wealth of its surroundings (0 … 1), noise (10):
    //     family = min(area / 30, 1.5 bedrooms)              persons that it has room for
    //     walkability = max(0, 1 - postcode / 6)
    //     school quality = max(0, 0.1 + 0.9 wealth - 0.05 postcode)
    //     price = 50 + 60 family + 80 walkability + 120 school quality + noise
    // What stands between the four numbers and the price is what a hidden layer has to find.
    GD_GENERATE_HOUSES,
    // What three shops sell, day by day from 2023-01-01 on (gradus/windows.h): row i is shop i % 3 on day i / 3.
    //     y = level (1 + trend day / 365) week[weekday] (1 + 0.2 sin(2 pi day / 365.25)) (9 / price)^1.5 + rest
    // with a level of 100, 60, 150, a trend of 0.2, -0.1, 0.05, a week that rises towards Saturday, a price of 9 that
    // falls to 7 for three days now and then (known beforehand), and rest[day] = 0.6 rest[day - 1] + noise (5).
    // The features are the day in seconds since 1970, the shop, and the price. As a data set: fields `time`, `shop`,
    // `price` and `sales` of one number each.
    GD_GENERATE_SALES
} gd_generator_kind;
enum { GD_GENERATOR_COUNT = GD_GENERATE_SALES + 1 };

typedef struct gd_generate_opts {
    gd_generator_kind kind;
    int64_t samples; // 0: 300. Classes have the same number, to within one
    double noise;    // deviation; a negative number: none. 0: the kind's own, given above
    uint32_t seed;
    int classes;  // spirals, blobs; 0: 3
    int features; // blobs, linear; 0: 2. Polynomial: how many powers; 0: 1
} gd_generate_opts;

// The kinds as records ("circles"), in the order of gd_generator_kind; and the kind of a name, which fails with the
// nearest one.
GD_API const gd_records *gd_generator_kinds(void);
GD_API GD_MUST_USE gd_status gd_generator_named(const char *name, gd_generator_kind *kind);

// In double precision: x is f64 (samples, features); y is f64 (samples, 1), also where it holds classes. Both are
// overwritten; release them with gd_array_free. At most 1e9 numbers.
GD_API GD_MUST_USE gd_status gd_generate(gd_generate_opts opts, gd_array *x, gd_array *y);
// The same numbers as a data set: f32, and i32 labels.
GD_API GD_MUST_USE gd_status gd_dataset_generate(gd_generate_opts opts, gd_dataset **out);

#ifdef __cplusplus
}
#endif
#endif
