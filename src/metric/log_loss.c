#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    if (opts->task == GD_TASK_CLASSES)
        return gd__log_loss_of_class(scored, sample);
    const int64_t at = sample * scored->width + column;
    const double target = scored->target[at], probability = scored->prediction[at];
    const double yes = target == 0 ? 0 : target * gd__clipped_log(probability);
    const double no = target == 1 ? 0 : (1 - target) * gd__clipped_log(1 - probability);
    return -(yes + no);
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

const gd_metric_kind gd__metric_log_loss = {
    .name = "log_loss",
    .doc = "the mean of the negative logarithm of the probability of what is true",
    .formula = "-sum w log p(true) / sum w; binary: p(true) = p for yes, 1 - p for no",
    .source = "Good 1952, Rational decisions; scikit-learn, log_loss",
    .note = "Probabilities are kept between 2.2e-16 and 1 - 2.2e-16. With several binary questions it is the mean over "
            "them. A binary target t that is a probability has -(t log p + (1 - t) log(1 - p)).",
    .is_mean = true,
    .tasks = GD__FOR_ANSWERS,
    .needs_probability = true,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = gd__averages_end,
};
