// A loss of one's own, by which a recipe is trained.
#include <gradus/gradus.h>
#include <stdio.h>

typedef struct log_cosh_opts {
    double scale;
} log_cosh_opts;

// s^2 log cosh(e / s) = s^2 (|e / s| + softplus(-2 |e / s|) - log 2): a square near 0, and a line far away.
static gd_tensor write_log_cosh(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight; // classes have none here
    const log_cosh_opts *opts = call->options;
    gd_tensor error = gd_scale(gd_abs(gd_sub(call->output, call->target)), 1 / opts->scale);
    gd_tensor each = gd_shift(gd_add(error, gd_softplus(gd_scale(error, -2))), -0.6931471805599453);
    return gd_scale(each, opts->scale * opts->scale);
}

static const gd_option log_cosh_options[] = {
    {.name = "scale",
     .type = GD_OPTION_NUMBER,
     .standard = "1",
     .ranged = true,
     .above = true,
     .high = 1e9,
     .doc = "where the square ends and the line begins",
     GD_FIELD(log_cosh_opts, scale)},
    {0},
};

static const gd_loss_kind log_cosh = {
    .record = {.name = "log_cosh",
               .doc = "scale² log cosh((prediction - target) / scale)",
               .options = log_cosh_options,
               .short_option = "scale",
               .options_size = sizeof(log_cosh_opts)},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write_log_cosh,
};

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: 11_own_loss RECIPE\n");
        return 2;
    }
    gd_model *model = NULL;
    gd_evaluation result = {0};
    const char *const setting[] = {"loss={log_cosh: 0.5}"};
    gd_status status = gd_loss_register(&log_cosh);
    if (status == GD_OK)
        status = gd_model_open(argv[1], (gd_model_opts){.setting_count = 1, .setting = setting}, &model);
    if (status == GD_OK)
        status = gd_evaluate(model->data_loss, model->train, gd_model_evaluate_opts(model), &result);
    if (status == GD_OK)
        printf("%s: %.4f before any training\n", model->loss_kind->record.name, result.loss);
    else
        fprintf(stderr, "%s\n", gd_last_error());
    gd_model_free(model);
    return status != GD_OK;
}
