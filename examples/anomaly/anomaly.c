// What is unlike all that was seen: an autoencoder on rows of sensors. It learns to put rows of a machine that runs
// well through three numbers and back; rows that it cannot bring back are of a machine that does not.
//
//     ./anomaly NORMAL.csv NEW.csv
//
// Both files have one sensor a column, with headings. The limit is twice what one row in 1000 exceeds, of a fifth of
// the first file that the training never sees. Prints the rows of the second file beyond it, with the sensor that is
// furthest off.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CODE = 3 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The difference between each row of the set, (N, sensors), and what comes back of it.
static gd_status differences(gd_tensor difference, const gd_dataset *set, gd_array *out)
{
    return gd_predict(1, &difference, set, (gd_evaluate_opts){0}, out);
}

static double row_error(const gd_array *difference, int64_t row, int *worst)
{
    const int sensors = (int)difference->shape.dim[1];
    double sum = 0, largest = -1;
    for (int i = 0; i < sensors; i++) {
        const double d = fabs(gd_array_get(difference, row * sensors + i));
        sum += d * d / sensors;
        if (d > largest)
            *worst = i;
        largest = fmax(largest, d);
    }
    return sqrt(sum);
}

// Twice the error that a share of the rows exceeds.
static gd_status find_limit(gd_tensor difference, const gd_dataset *held_out, double share, double *limit)
{
    gd_array d = {0};
    int ignored;
    const int64_t count = gd_dataset_count(held_out);
    double *error = calloc((size_t)count, sizeof *error);
    gd_status status =
        error != NULL ? differences(difference, held_out, &d) : gd_fail(GD_ERROR_MEMORY, "too little memory");
    for (int64_t i = 0; status == GD_OK && i < count; i++)
        error[i] = row_error(&d, i, &ignored);
    if (status == GD_OK) {
        qsort(error, (size_t)count, sizeof *error, by_size);
        *limit = 2 * error[(int64_t)((1 - share) * (double)(count - 1))];
    }
    gd_array_free(&d);
    free(error);
    return status;
}

// Learns on 80 rows in 100 of `normal`, and says in each row of `fresh` that is beyond the limit which sensor it is.
static gd_status detect(const gd_dataset *normal, const gd_dataset *fresh)
{
    const int sensors = (int)gd_dataset_field(normal, 0).shape.dim[0];
    gd_dataset *part[2] = {NULL, NULL}, *scaled[3] = {NULL, NULL, NULL};
    gd_preprocess *scaling = NULL;
    gd_trainer *trainer = NULL;
    gd_array d = {0};
    double limit = 0;

    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, sensors));
    gd_tensor code = gd_dense(gd_tanh(gd_dense(x, 16)), CODE);
    gd_tensor back = gd_dense(gd_tanh(gd_dense(code, 16)), sensors), difference = gd_sub(back, x);

    const gd_preprocess_rule rule = {.field = "x", .scaling = GD_STANDARDIZE};
    gd_status status = gd_dataset_split(
        normal, (gd_split_opts){.part_count = 2, .fraction = (const double[]){0.8, 0.2}, .deal = {.seed = 1}}, part);
    if (status == GD_OK)
        status = gd_preprocess_fit(part[0], (gd_preprocess_opts){.rule_count = 1, .rule = &rule}, &scaling);
    for (int i = 0; status == GD_OK && i < 3; i++)
        status = gd_preprocess_apply(scaling, i < 2 ? part[i] : fresh, &scaled[i]);
    if (status == GD_OK) {
        trainer = gd_trainer_create(gd_mean(gd_square(difference)), gd_adam(5e-3));
        status =
            trainer != NULL ? gd_fit(trainer, scaled[0], (gd_fit_opts){.epochs = 40, .batch = 32}) : gd_last_status();
    }
    if (status == GD_OK)
        status = find_limit(difference, scaled[1], 1e-3, &limit);
    if (status == GD_OK)
        status = differences(difference, scaled[2], &d);
    const int64_t rows = status == GD_OK ? d.shape.dim[0] : 0;
    int64_t found = 0;
    for (int64_t i = 0; i < rows; i++) {
        int sensor = 0;
        const double error = row_error(&d, i, &sensor);
        if (error <= limit)
            continue;
        found++;
        printf("row %lld: %.1f times the limit, sensor %d\n", (long long)i + 1, error / limit, sensor + 1);
    }
    if (status == GD_OK)
        printf("%lld of %lld rows are unlike the others\n", (long long)found, (long long)rows);

    gd_array_free(&d);
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    for (int i = 0; i < 3; i++)
        gd_dataset_free(scaled[i]);
    gd_preprocess_free(scaling);
    gd_dataset_free(part[0]);
    gd_dataset_free(part[1]);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s NORMAL.csv NEW.csv\n", argv[0]);
        return 2;
    }
    gd_dataset *normal = NULL, *fresh = NULL;
    gd_status status = gd_dataset_from_csv(argv[1], (gd_csv_opts){0}, &normal);
    if (status == GD_OK)
        status = gd_dataset_from_csv(argv[2], (gd_csv_opts){0}, &fresh);
    if (status == GD_OK)
        status = detect(normal, fresh);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_dataset_free(fresh);
    gd_dataset_free(normal);
    return status == GD_OK ? 0 : 1;
}
