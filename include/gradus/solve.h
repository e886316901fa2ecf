// Methods that are not steps down a gradient: the perceptron's rule, the normal equations, L-BFGS, and a Gaussian
// process for Bayesian optimisation.
#ifndef GRADUS_SOLVE_H
#define GRADUS_SOLVE_H

#include <gradus/graph.h>
#include <gradus/optim.h>
#include <gradus/run.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Perceptron (Rosenblatt 1958): y = 1 if w x + b > 0, else 0; for each sample w = w + r (t - y) x, b = b + r (t -
// y). Ends after an epoch without a mistake. Data that no line separates never gets there: then `epochs` bounds it and
// `separated` says so, with the weights that made the fewest mistakes (the pocket, Gallant 1990).
typedef struct gd_perceptron_opts {
    double learning_rate; // 0: 1
    int64_t epochs;       // the most; 0: 1000
} gd_perceptron_opts;
typedef struct gd_perceptron_result {
    bool separated;
    int64_t epochs;   // done
    int64_t mistakes; // of the weights returned, on the samples
} gd_perceptron_result;
// x is (n, features), t is n numbers 0 or 1, w is features, in and out, b likewise.
GD_API GD_MUST_USE gd_status gd_perceptron(int64_t n, int64_t features, const double *x, const double *t, double *w,
                                           double *b, gd_perceptron_opts opts, gd_perceptron_result *result);

// ---- Least squares in closed form: w that minimises ||X w - y||^2 + ridge ||w||^2, by Cholesky's factors of
// X'X + ridge I with X's columns scaled to length 1, and one step of refinement. x is (n, features), y is (n, outputs),
// w is (features, outputs). GD_ERROR_NUMBER when X'X is singular, naming the first column (from 0) that is a
// combination of the ones before it.
GD_API GD_MUST_USE gd_status gd_least_squares(int64_t n, int64_t features, int64_t outputs, const double *x,
                                              const double *y, double ridge, double *w);

// ---- L-BFGS (Liu and Nocedal 1989) on all trainable variables that `loss` depends on, with fixed feeds. Each step is
// halved until it meets Wolfe's conditions. For training on a data set, see gd_lbfgs_rule in gradus/optim.h.
typedef struct gd_lbfgs_opts {
    int iterations;   // the most; 0: 100
    int history;      // pairs of steps and gradient changes remembered; 0: 6
    double tolerance; // ends when ||g|| < tolerance max(1, ||w||); 0: 1e-5
    bool training;    // as gd_function_opts.training: statistics of the batch
    int feed_count;
    const gd_feed *feed;
    void *user; // for on_iteration, which may be NULL; returning anything but 0 stops
    int (*on_iteration)(void *user, int iteration, double loss, double gradient_norm);
} gd_lbfgs_opts;
typedef gd_minimised gd_lbfgs_result;
// GD_ERROR_UNSUPPORTED when built without liblbfgs; GD_ERROR_NUMBER when the loss is not finite at the start. The
// variables hold the best point found, after a failure too. The gradients stay in the graph of `loss`.
GD_API GD_MUST_USE gd_status gd_lbfgs(gd_tensor loss, gd_lbfgs_opts opts, gd_lbfgs_result *result);

// ---- Gaussian process regression on the unit cube, with a Matern 5/2 kernel whose length scales, amplitude and noise
// are chosen by marginal likelihood (Rasmussen and Williams 2006, algorithm 2.1): one length scale a feature, found by
// a search without chance. Made for up to about 500 points, as the work grows with n^3. Points may lie on one another.
// A process is used by one thread at a time.
typedef struct gd_process gd_process;
// x is (n, features) in [0, 1], y is n numbers. n >= 1. Release with gd_process_free.
GD_API GD_MUST_USE gd_status gd_process_fit(int64_t n, int64_t features, const double *x, const double *y,
                                            gd_process **out);
GD_API void gd_process_free(gd_process *process);
// Mean and deviation of the function at one point; the deviation is that of the function, without the noise.
GD_API void gd_process_predict(const gd_process *process, const double *x, double *mean, double *deviation);
// How much smaller than `best` the function is expected to be there (Jones, Schonlau, Welch 1998).
GD_API double gd_process_expected_improvement(const gd_process *process, const double *x, double best);
// The point of the unit cube with the largest expected improvement, found by random starts and local search; the same
// seed gives the same point.
GD_API GD_MUST_USE gd_status gd_process_suggest(const gd_process *process, double best, uint64_t seed, double *x);

#ifdef __cplusplus
}
#endif
#endif
