// The arithmetic of word vectors: rows of inputs meet rows of outputs, and both move. Stands once for each instruction
// set (words/kernel.inc).
#ifndef GD_WORDS_KERNEL_H
#define GD_WORDS_KERNEL_H

#include <stdint.h>

enum {
    GD__WORDS_INPUTS = 32, // the most of one step
    GD__WORDS_OUTPUTS = 120,
    GD__WORDS_LANES = 16 // rows are a multiple of this wide, and the numbers that no dimension has are 0
};

// One step of gradient descent on the loss of logistic regression, summed over all pairs of an input row x_i and an
// output row y_j (Mikolov et al. 2013, eq. 4), of which all see the rows as they were before the step:
//
//     g_ij = rate * count_i * weight_j * (target_j - sigmoid(x_i · y_j)),   x_i += Σ_j g_ij y_j,   y_j += Σ_i g_ij x_i
//
// Several inputs share the outputs, so this is three small products of matrices in place of inputs * outputs products
// of vectors (Ji, Satish, Li, Dubey: Parallelizing word2vec in shared and distributed memory. 2016).
typedef struct gd__words_step {
    int64_t width;                  // numbers of a row
    int inputs, outputs;            // at least 1 of each
    float *input[GD__WORDS_INPUTS]; // rows, no two the same
    float count[GD__WORDS_INPUTS];  // how often each is there
    // Rows, no two the same. Behind them gd__words_step_pad writes.
    float *output[GD__WORDS_OUTPUTS + 8];
    float target[GD__WORDS_OUTPUTS + 8]; // 1: belongs to the inputs, 0: does not
    float weight[GD__WORDS_OUTPUTS + 8]; // how often the pair counts
    float rate;
    float *spare; // a row of zeros, which the kernel writes zeros to
} gd__words_step;

// To be called when `outputs` has changed, before the step.
void gd__words_step_pad(gd__words_step *step);

typedef struct gd__words_kernel {
    const char *name;
    int lanes;
    void (*step)(gd__words_step *step);
    // The same with one input, which stays as it is; change = Σ_j g_j y_j.
    void (*step_one)(gd__words_step *step, float *change);
    // sum = scale * (row[0] + … + row[count - 1])
    void (*mean)(int64_t width, int count, float *const *row, float scale, float *sum);
    // row[i] += scale * change, one after the other
    void (*add)(int64_t width, int count, float *const *row, float scale, const float *change);
    // shared += own - was; own = was = shared
    void (*merge)(int64_t count, float *shared, float *own, float *was);
} gd__words_kernel;

// The kernels that this processor can run, the fastest first. Returns how many there are.
enum { GD__WORDS_KERNELS = 3 };
int gd__words_kernels(const gd__words_kernel *list[GD__WORDS_KERNELS]);

#endif
