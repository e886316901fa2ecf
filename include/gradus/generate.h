// Made-up data: the generator of NumPy's older interface, and the small data sets of the courses.
#ifndef GRADUS_GENERATE_H
#define GRADUS_GENERATE_H

#include <gradus/data.h>
#include <gradus/nn.h> // gd_choice

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
GD_API double gd_numpy_uniform(gd_numpy_random *random);                 // random_sample(): [0, 1)
GD_API double gd_numpy_normal(gd_numpy_random *random);                  // randn()
GD_API uint32_t gd_numpy_below(gd_numpy_random *random, uint32_t bound); // the draw that shuffle uses: 0 … bound-1
GD_API void gd_numpy_uniforms(gd_numpy_random *random, int64_t count, double *value);     // rand(…), in C order
GD_API void gd_numpy_normals(gd_numpy_random *random, int64_t count, double *value);      // randn(…), in C order
GD_API void gd_numpy_shuffle(gd_numpy_random *random, int64_t count, int64_t *index);     // shuffle(index)
GD_API void gd_numpy_permutation(gd_numpy_random *random, int64_t count, int64_t *index); // permutation(count)

// ---- Data sets. Each has the field "x", (features), and "y", (1), for numbers to predict, or "label", (), for
// classes. All are drawn with NumPy's generator.
typedef enum gd_generator_kind {
    GD_GENERATE_CIRCLES = 0, // a circle around a smaller one of 0.8 its size, as scikit-learn's make_circles; 2 classes
    GD_GENERATE_MOONS,       // two half circles that reach into each other, as make_moons; 2 classes
    GD_GENERATE_SPIRALS,     // `classes` arms, as in CS231n; 3 classes unless said
    GD_GENERATE_BLOBS,       // Gaussian clouds around `classes` centres; 3 unless said
    GD_GENERATE_FLOWER,      // the planar data set of Ng's course: petals of two colours; 2 classes
    GD_GENERATE_XOR,         // the four corners of a square, opposite ones alike, with noise around; 2 classes
    GD_GENERATE_LINEAR,      // y = x w + b + noise
    GD_GENERATE_POLYNOMIAL,  // y = 5 + 1.2 x - 3.4 x^2/2! + 5.6 x^3/3! + noise, x normal   (Dive into Deep Learning)
    GD_GENERATE_HOUSES       // price of a house by area, bedrooms, postcode and wealth of its surroundings
} gd_generator_kind;

typedef struct gd_generate_opts {
    gd_generator_kind kind;
    int64_t samples; // 0: 300
    double noise;    // deviation; a negative number: none. 0: the kind's own, stated in the recipe reference
    uint32_t seed;
    int classes;  // spirals, blobs; 0: 3
    int features; // blobs, linear; 0: 2. Polynomial: the powers delivered, x^1 … x^features; 0: 1
} gd_generate_opts;

// The words for kinds ("circles"); fails with the nearest word.
GD_API const gd_choice *gd_generator_choices(int *count);
GD_API GD_MUST_USE gd_status gd_dataset_generate(gd_generate_opts opts, gd_dataset **out);

#ifdef __cplusplus
}
#endif
#endif
