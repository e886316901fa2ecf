// The passes of batch norm over memory, which stand once for each instruction set (cpu/norm_kernel.inc).
//
// A strip is `places` places of `channels` channels that lie side by side, `pitch` numbers from one place to the next;
// with `channels` 1 and `pitch` 1 it is a plane of one channel. What is known of a channel is an entry of an array.
#ifndef GD_CPU_NORM_KERNEL_H
#define GD_CPU_NORM_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gd__norm_strip {
    int64_t places, channels, pitch;
    const float *x, *dy; // dy: backward
    float *y;            // the result, or backward dx
    bool relu;           // behind the norm
    // y = scale x + shift. Backward these say what ReLU let through.
    const float *scale, *shift;
    const float *mean;                   // backward
    const float *factor, *slope, *start; // dx = factor dy + slope (x - mean) + start
} gd__norm_strip;

typedef struct gd__norm_kernel {
    const char *name;
    // sum[c] = the sum of x; squares[c] = the sum of (x - the strip's own mean)².
    void (*find_moments)(const gd__norm_strip *strip, float *sum, float *squares);
    void (*normalise)(const gd__norm_strip *strip);
    // sum[c] = the sum of dy, products[c] = the sum of dy (x - mean).
    void (*sum_gradients)(const gd__norm_strip *strip, float *sum, float *products);
    void (*find_gradient)(const gd__norm_strip *strip);
} gd__norm_kernel;

// The kernels that this processor can run, the fastest first. Returns how many there are.
enum { GD__NORM_KERNELS = 3 };
int gd__norm_kernels(const gd__norm_kernel *list[GD__NORM_KERNELS]);

#endif
