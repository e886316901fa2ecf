#include "metric/metric.h"
#include "metric/sum.h"

// Sums of weights times how sure predictions were, and times what came true of them.
typedef struct {
    gd__sum sure, right;
} bin;

typedef struct {
    bool binary;
    int64_t questions;
    int bins; // the last one, number `bins`, is for a probability of exactly 1
    gd__sum weight;
    bin at[]; // (questions, bins + 1)
} calibration;

static int64_t questions_of(const gd_metric_opts *opts)
{
    return opts->task == GD_TASK_BINARY ? opts->width : 1;
}

static size_t size(const gd_metric_opts *opts)
{
    return sizeof(calibration) + (size_t)questions_of(opts) * ((size_t)opts->bins + 1) * sizeof(bin);
}

static gd_status begin(const gd_metric_opts *opts, void *state)
{
    calibration *all = state;
    all->binary = opts->task == GD_TASK_BINARY;
    all->questions = questions_of(opts);
    all->bins = opts->bins;
    return GD_OK;
}

// Bin b begins at b / bins. The product may round past a border, or short of it.
static int bin_of(double probability, int bins)
{
    int b = (int)(probability * bins);
    if (b < bins && probability >= (double)(b + 1) / bins)
        b++;
    if (probability < (double)b / bins)
        b--;
    return b;
}

static void count(calibration *all, int64_t question, double weight, double sure, double right)
{
    bin *at = &all->at[question * (all->bins + 1) + bin_of(sure, all->bins)];
    gd__sum_add(&at->sure, weight * sure);
    gd__sum_add(&at->right, weight * right);
}

static gd_status add(void *state, const gd_scored *scored)
{
    calibration *all = state;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        gd__sum_add(&all->weight, weight);
        for (int64_t q = 0; all->binary && q < all->questions; q++)
            count(all, q, weight, scored->prediction[i * scored->width + q], scored->target[i * scored->width + q]);
        if (!all->binary) {
            const int64_t said = gd__class_said(scored, i);
            count(all, 0, weight, scored->prediction[i * scored->width + said], said == (int64_t)scored->target[i]);
        }
    }
    return GD_OK;
}

static gd_status merge(void *state, const void *other)
{
    calibration *to = state;
    const calibration *from = other;
    gd__sum_merge(&to->weight, from->weight);
    for (int64_t b = 0; b < to->questions * (to->bins + 1); b++) {
        gd__sum_merge(&to->at[b].sure, from->at[b].sure);
        gd__sum_merge(&to->at[b].right, from->at[b].right);
    }
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const calibration *all = state;
    const double weight = gd__sum_value(all->weight);
    gd__sum sum = {0};
    for (int64_t b = 0; b < all->questions * (all->bins + 1); b++)
        gd__sum_add(&sum, fabs(gd__sum_value(gd__sum_minus(all->at[b].sure, all->at[b].right))));
    *value = weight > 0 ? gd__sum_value(sum) / weight / (double)all->questions : NAN;
    return GD_OK;
}

const gd_metric_kind gd__metric_expected_calibration_error = {
    .name = "expected_calibration_error",
    .alias = "ece",
    .doc = "how far probabilities are from what comes true: the mean over bins of equal width, 15 unless `bins` says",
    .formula = "sum over bins of |sum w p - sum w [right]| / sum w, p the probability of the class that is said; "
               "binary: of yes, and [right] is [yes]",
    .source = "Naeini, Cooper and Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian binning; Guo "
              "and others 2017, On calibration of modern neural networks; torchmetrics, calibration_error",
    .note = "A border belongs to the bin above it; a probability of exactly 1 has a bin of its own. With several "
            "binary questions it is the mean over them.",
    .tasks = GD__FOR_ANSWERS,
    .needs_probability = true,
    .size = size,
    .begin = begin,
    .add = add,
    .merge = merge,
    .end = end,
};
