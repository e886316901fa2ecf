#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    (void)column;
    return gd__log_loss_of_class(scored, sample);
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const double loss = gd__average_of(state, 0);
    *value = exp(loss);
    return GD_OK;
}

const gd_metric_kind gd__metric_perplexity = {
    .name = "perplexity",
    .doc = "how many tokens are equally likely, as it were, where the next one is guessed: e to the log loss",
    .formula = "exp(-sum w log p(true) / sum w)",
    .source = "Jelinek, Mercer, Bahl, Baker 1977",
    .note = "Probabilities are kept between 2.2e-16 and 1 - 2.2e-16.",
    .tasks = GD__FOR_CLASSES,
    .needs_probability = true,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = end,
};
