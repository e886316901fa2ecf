// What `gradus train RECIPE [NAME=VALUE …]` does, in C: open, train, evaluate.
#include <gradus/gradus.h>
#include <stdio.h>

static void print_epoch(void *user, const gd_history *history)
{
    (void)user;
    const gd_epoch_row *row = &history->epoch[history->epoch_count - 1];
    printf("epoch %lld  loss %.4f%s\n", (long long)row->epoch, row->loss, row->best ? "  best so far" : "");
}

static gd_status train(gd_model *model)
{
    gd_train_settings settings;
    gd_status status = gd_model_train_settings(model, &settings);
    if (status == GD_OK)
        status = gd_model_make_directory(model);
    if (status != GD_OK)
        return status;
    settings.fit.observer.on_epoch = print_epoch;
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    status = trainer != NULL ? gd_fit(trainer, model->train, settings.fit) : GD_ERROR_ARGUMENT;
    gd_trainer_free(trainer);
    if (status == GD_OK && model->test != NULL) {
        gd_evaluation result;
        status = gd_evaluate(model->loss, model->test, (gd_evaluate_opts){.precision = model->precision}, &result);
        if (status == GD_OK)
            printf("test loss %.4f; the weights are in %s\n", result.loss, settings.directory);
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: 07_recipe RECIPE [NAME=VALUE …]\n");
        return 2;
    }
    gd_model *model = NULL;
    gd_model_opts opts = {.parts = GD_PART_ALL, .setting_count = argc - 2, .setting = (const char *const *)argv + 2};
    gd_status status = gd_model_open(argv[1], opts, &model);
    if (status == GD_OK)
        status = train(model);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_model_free(model);
    return status != GD_OK;
}
