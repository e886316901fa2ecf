// Perplexity and bits a token against torchmetrics' (image.safetensors of the golden fixtures).
#include <cmocka.h>
#include <gradus/io.h>
#include <gradus/metric.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASES = 4 };
static const double ignored = -100;

static const gd_array *tensor(const gd_tensor_file *file, int test, const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "perplexity%d/%s", test, key);
    const gd_array *array = gd_tensor_file_get(file, name);
    assert_non_null(array);
    return array;
}

// softmax of one row.
static void softmax(const gd_array *logits, int64_t row, int64_t width, double *to)
{
    double sum = 0;
    for (int64_t c = 0; c < width; c++)
        sum += to[c] = exp(gd_array_get(logits, row * width + c));
    for (int64_t c = 0; c < width; c++)
        to[c] /= sum;
}

static double measure(const char *name, const gd_scored *scored)
{
    double value = 0;
    assert_int_equal(gd_metric_measure(gd_metric_kind_named(name), scored, &value), GD_OK);
    return value;
}

static void equal_to_torchmetrics(void **state)
{
    (void)state;
    gd_tensor_file *file;
    assert_int_equal(gd_tensor_file_open("tests/metric/image.safetensors", &file), GD_OK);
    for (int i = 0; i < CASES; i++) {
        const gd_array *logits = tensor(file, i, "in.logits"), *target = tensor(file, i, "in.target");
        const int64_t rows = gd_array_count(target), width = gd_array_count(logits) / rows;
        double *said = calloc((size_t)(rows * width), sizeof *said), *truth = calloc((size_t)rows, sizeof *truth);
        double *weight = calloc((size_t)rows, sizeof *weight);
        for (int64_t r = 0; r < rows; r++) {
            const double label = gd_array_get(target, r);
            softmax(logits, r, width, said + r * width);
            weight[r] = label != ignored;
            truth[r] = label != ignored ? label : 0;
        }
        const gd_scored scored = {.task = GD_TASK_CLASSES,
                                  .count = rows,
                                  .width = width,
                                  .prediction = said,
                                  .target = truth,
                                  .weight = weight,
                                  .probability = true};
        const double expected = gd_array_get(tensor(file, i, "out.perplexity"), 0);
        assert_true(fabs(measure("perplexity", &scored) - expected) <= 1e-5 * fmax(1, expected));
        assert_true(fabs(exp2(measure("bits_per_token", &scored)) - expected) <= 1e-5 * fmax(1, expected));
        free(said);
        free(truth);
        free(weight);
    }
    gd_tensor_file_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_to_torchmetrics)};
    return cmocka_run_group_tests_name("perplexity", tests, NULL, NULL);
}
