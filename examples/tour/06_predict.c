// Predicting with a checkpoint that `gradus train` wrote: the recipe and the scaling of the data are in the file.
//
//     06_predict runs/fashion-cnn/best.safetensors t10k-images-idx3-ubyte.gz
#include <gradus/gradus.h>
#include <stdio.h>

static void print_predictions(const gd_model *model, const gd_array *prediction)
{
    int64_t samples = prediction->shape.dim[0], columns = gd_array_count(prediction) / samples;
    for (int64_t i = 0; i < samples && i < 10; i++) {
        int64_t best = 0;
        for (int64_t j = 1; j < columns; j++)
            if (gd_array_get(prediction, i * columns + j) > gd_array_get(prediction, i * columns + best))
                best = j;
        const char *name = model->task == &gd_task_classes ? gd_model_class_name(model, (int)best) : NULL;
        printf("%lld: %s %g\n", (long long)i, name != NULL ? name : "", gd_array_get(prediction, i * columns + best));
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: 06_predict CHECKPOINT FILE\n");
        return 2;
    }
    gd_model *model = NULL;
    gd_dataset *set = NULL;
    gd_array prediction = {0};
    gd_status status = gd_model_open(argv[1], (gd_model_opts){0}, &model);
    if (status == GD_OK)
        status = gd_model_read(model, 1, (const char *const[]){argv[2]}, &set);
    if (status == GD_OK)
        status = gd_model_predict(model, set, (gd_evaluate_opts){0}, &prediction);
    if (status == GD_OK)
        print_predictions(model, &prediction);
    else
        fprintf(stderr, "%s\n", gd_last_error());
    gd_array_free(&prediction);
    gd_dataset_free(set);
    gd_model_free(model);
    return status != GD_OK;
}
