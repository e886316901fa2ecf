#include "metric/calibration.h"

#include "base/error.h"
#include "base/memory.h"

static int64_t questions_of(const gd_metric_opts *opts)
{
    return opts->task == GD_TASK_BINARY ? opts->width : 1;
}

size_t gd__calibration_size(const gd_metric_opts *opts)
{
    return sizeof(gd__calibration_bins) +
           (size_t)questions_of(opts) * ((size_t)opts->bins + 1) * sizeof(gd__calibration_bin);
}

gd_status gd__calibration_begin(const gd_metric_opts *opts, void *state)
{
    gd__calibration_bins *all = state;
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

static void count(gd__calibration_bins *all, int64_t question, double weight, double sure, double right)
{
    gd__calibration_bin *at = &all->at[question * (all->bins + 1) + bin_of(sure, all->bins)];
    gd__wide_add(&at->weight, weight);
    gd__wide_add(&at->sure, weight * sure);
    gd__wide_add(&at->right, weight * right);
}

gd_status gd__calibration_add(void *state, const gd_scored *scored)
{
    gd__calibration_bins *all = state;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        gd__wide_add(&all->weight, weight);
        for (int64_t q = 0; all->binary && q < all->questions; q++)
            count(all, q, weight, scored->prediction[i * scored->width + q], scored->target[i * scored->width + q]);
        if (!all->binary) {
            const int64_t said = gd__class_said(scored, i);
            count(all, 0, weight, scored->prediction[i * scored->width + said], said == (int64_t)scored->target[i]);
        }
    }
    return GD_OK;
}

gd_status gd__calibration_merge(void *state, const void *other)
{
    gd__calibration_bins *to = state;
    const gd__calibration_bins *from = other;
    gd__wide_merge(&to->weight, from->weight);
    for (int64_t b = 0; b < to->questions * (to->bins + 1); b++) {
        gd__wide_merge(&to->at[b].weight, from->at[b].weight);
        gd__wide_merge(&to->at[b].sure, from->at[b].sure);
        gd__wide_merge(&to->at[b].right, from->at[b].right);
    }
    return GD_OK;
}

gd_status gd__calibration_make(const gd_scored *scored, gd__calibration_bins **out)
{
    const gd_metric_opts opts = {.task = scored->task, .width = scored->width, .bins = GD__CALIBRATION_BINS};
    *out = gd__alloc_zeroed(1, gd__calibration_size(&opts));
    if (*out == NULL)
        return gd__fail_memory("the bins of probabilities");
    gd_status status = gd__calibration_begin(&opts, *out);
    return status == GD_OK ? gd__calibration_add(*out, scored) : status;
}
