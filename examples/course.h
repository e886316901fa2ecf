// What the programs of the course share: their two options, and how they end.
#ifndef COURSE_H
#define COURSE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

typedef struct course {
    bool small;          // --small: little data and few steps, for tests
    const char *figures; // --figures DIR: where figures are written; NULL: nowhere
} course;

static inline course course_options(int argc, char **argv)
{
    course options = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--small") == 0) {
            options.small = true;
        } else if (strcmp(argv[i], "--figures") == 0 && i + 1 < argc) {
            options.figures = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--small] [--figures DIR]\n", argv[0]);
            exit(2);
        }
    }
    return options;
}

// Prints what went wrong; the program's exit status.
static inline int course_fail(void)
{
    fprintf(stderr, "%s\n", gd_last_error());
    return 1;
}

// Writes DIR/NAME.json if figures are wanted, and releases the figure.
static inline gd_status course_figure(const course *options, const char *name, gd_figure *figure)
{
    gd_status status = GD_OK;
    if (options->figures != NULL) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.json", options->figures, name);
        status = gd_figure_write_json(figure, path);
    }
    gd_figure_free(figure);
    return status;
}

// ---- Networks as the courses with NumPy write them: in double precision, started by NumPy's generator.

// A dense layer whose weight, (units, inputs), starts as numpy.random.randn(units, inputs) * scale; its bias as zeros.
static inline gd_tensor course_dense(gd_tensor x, const char *name, int64_t units, gd_numpy_random *random,
                                     double scale)
{
    gd_initializer zeros = {.kind = GD_INIT_ZEROS};
    gd_tensor y = gd_dense(x, units, (gd_dense_opts){.name = name, .initializer = zeros});
    char weight_name[64];
    snprintf(weight_name, sizeof weight_name, "%s.weight", name);
    gd_tensor weight = gd_variable_find(x.graph, weight_name);
    gd_array value = {0};
    gd_status status = gd_array_create(&value, GD_F64, gd_tensor_shape(weight));
    if (status == GD_OK) {
        gd_numpy_normals(random, gd_array_count(&value), value.data);
        for (int64_t i = 0; i < gd_array_count(&value); i++)
            gd_array_put(&value, i, scale * gd_array_get(&value, i));
        status = gd_variable_set(weight, &value);
    }
    gd_array_free(&value);
    return status == GD_OK ? y : gd_graph_fail(x.graph, status, "%s", gd_last_error());
}

// The first element of a variable.
static inline gd_status course_number(gd_tensor variable, double *number)
{
    gd_array value = {0};
    gd_status status = gd_variable_get(variable, &value);
    *number = status == GD_OK ? gd_array_get(&value, 0) : 0;
    gd_array_free(&value);
    return status;
}

// ---- Points of the plane in classes, and what a network makes of them.

// Generated samples as arrays of double precision: x (n, features) and the labels as y (n, 1). Free both.
static inline gd_status course_generate(gd_generate_opts opts, gd_array *x, gd_array *y)
{
    gd_dataset *set = NULL;
    gd_array field[2] = {{0}, {0}};
    *x = *y = (gd_array){0};
    gd_status status = gd_dataset_generate(opts, &set);
    int64_t n = status == GD_OK ? gd_dataset_count(set) : 0;
    int64_t *all = calloc((size_t)n + 1, sizeof *all);
    for (int64_t i = 0; all != NULL && i < n; i++)
        all[i] = i;
    if (status == GD_OK && all == NULL)
        status = GD_ERROR_MEMORY;
    for (int i = 0; status == GD_OK && i < 2; i++)
        status = gd_dataset_get(set, gd_dataset_find(set, i == 0 ? "x" : "label"), n, all, &field[i]);
    if (status == GD_OK)
        status = gd_array_create(x, GD_F64, field[0].shape);
    if (status == GD_OK)
        status = gd_array_create(y, GD_F64, GD_SHAPE(n, 1));
    for (int64_t i = 0; status == GD_OK && i < gd_array_count(x); i++)
        gd_array_put(x, i, gd_array_get(&field[0], i));
    for (int64_t i = 0; status == GD_OK && i < n; i++)
        gd_array_put(y, i, gd_array_get(&field[1], i));
    gd_array_free(&field[0]);
    gd_array_free(&field[1]);
    gd_dataset_free(set);
    free(all);
    return status;
}

// Colours the square from `from` to `to` in both directions by class: the one to which `probability` (of class 1; or
// the number of a class; one for each sample, in double precision) rounds at each place. `input` is (batch, 2).
static inline gd_status course_regions(gd_chart *chart, gd_tensor probability, gd_tensor input, double from, double to)
{
    enum { GRID = 121 };
    const double step = (to - from) / (GRID - 1);
    gd_array place = {0}, value = {0};
    gd_function *predict = gd_function_create(input.graph, 1, &probability, (gd_function_opts){0});
    gd_status status = predict != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    if (status == GD_OK)
        status = gd_array_create(&place, GD_F64, GD_SHAPE(GRID * GRID, 2));
    for (int64_t i = 0; status == GD_OK && i < GRID * GRID; i++) {
        gd_array_put(&place, 2 * i, from + step * (double)(i % GRID));
        gd_array_put(&place, 2 * i + 1, from + step * (double)(i / GRID));
    }
    if (status == GD_OK)
        status = gd_function_run(predict, 1, &(gd_feed){input, place}, &value);
    if (status == GD_OK)
        gd_chart_regions(chart, (gd_chart_grid){GRID, GRID, from, to, from, to, value.data});
    gd_array_free(&place);
    gd_array_free(&value);
    gd_function_free(predict);
    return status;
}

// The samples as points in the colours of their classes: x (n, 2) and y, n labels.
static inline void course_classes(gd_chart *chart, const gd_array *x, const gd_array *y)
{
    int64_t n = gd_array_count(y);
    int classes = 2;
    for (int64_t i = 0; i < n; i++)
        if (gd_array_get(y, i) > classes - 0.5)
            classes = (int)(gd_array_get(y, i) + 1.5);
    double *point = calloc((size_t)(2 * n) + 1, sizeof *point);
    for (int k = 0; point != NULL && k < classes; k++) {
        int64_t count = 0;
        for (int64_t i = 0; i < n; i++) {
            if ((int)(gd_array_get(y, i) + 0.5) == k) {
                point[count] = gd_array_get(x, 2 * i);
                point[n + count++] = gd_array_get(x, 2 * i + 1);
            }
        }
        char name[24];
        snprintf(name, sizeof name, "class %d", k);
        gd_chart_points(chart, name, count, point, point + n);
    }
    free(point);
}

// A decision boundary: the plane from -side to side in both directions by class, and the samples over it.
static inline gd_status course_boundary(gd_chart *chart, gd_tensor probability, gd_tensor input, double side,
                                        const gd_array *x, const gd_array *y)
{
    gd_status status = course_regions(chart, probability, input, -side, side);
    if (status == GD_OK)
        course_classes(chart, x, y);
    return status;
}

// ---- Pictures of ten kinds of clothes

typedef struct course_pictures {
    gd_dataset *train, *test;
    const char *field; // of the pictures: 784 numbers from 0 to 255
} course_pictures;

static inline gd_status course_fashion_part(const char *part, int64_t count, gd_dataset **set)
{
    const char *folder[] = {getenv("GRADUS_DATA"), "/usr/share/datasets"}; // the second: Debian's dataset-fashion-mnist
    gd_dataset *whole = NULL;
    gd_status status = GD_ERROR_IO;
    for (int i = 0; status != GD_OK && i < 2; i++) {
        char images[4096], labels[4096];
        snprintf(images, sizeof images, "%s/fashion-mnist/%s-images-idx3-ubyte.gz", folder[i] ? folder[i] : ".", part);
        snprintf(labels, sizeof labels, "%s/fashion-mnist/%s-labels-idx1-ubyte.gz", folder[i] ? folder[i] : ".", part);
        status = gd_dataset_from_idx(images, labels, &whole);
    }
    if (status == GD_OK)
        status = gd_dataset_take(whole, 0, count, set);
    gd_dataset_free(whole); // a view holds what it needs
    return status;
}

// The first pictures of Fashion-MNIST; without it, and saying so, clouds of points in 784 dimensions. Free both sets.
static inline gd_status course_fashion(int64_t train, int64_t test, course_pictures *pictures)
{
    *pictures = (course_pictures){.field = "image"};
    gd_status status = course_fashion_part("train", train, &pictures->train);
    if (status == GD_OK)
        status = course_fashion_part("t10k", test, &pictures->test);
    if (status == GD_OK)
        return GD_OK;
    printf("No Fashion-MNIST here (%s); clouds of points stand in.\n", gd_last_error());
    gd_dataset_free(pictures->train);
    *pictures = (course_pictures){.field = "x"};
    gd_dataset *both = NULL; // parts of one set have the same centres
    gd_generate_opts blobs = {
        .kind = GD_GENERATE_BLOBS, .samples = train + test, .noise = 60, .classes = 10, .features = 784};
    status = gd_dataset_generate(blobs, &both);
    if (status == GD_OK)
        status = gd_dataset_take(both, 0, train, &pictures->train);
    if (status == GD_OK)
        status = gd_dataset_take(both, train, test, &pictures->test);
    gd_dataset_free(both);
    return status;
}

// The input for them, with the batch in front.
static inline gd_tensor course_picture_input(gd_graph *graph, const course_pictures *pictures)
{
    gd_field field = gd_dataset_field(pictures->train, gd_dataset_find(pictures->train, pictures->field));
    gd_shape shape = {.rank = field.shape.rank + 1, .dim = {GD_BATCH}};
    for (int i = 0; i < field.shape.rank; i++)
        shape.dim[i + 1] = field.shape.dim[i];
    return gd_input(graph, pictures->field, GD_F32, shape);
}

// Trains a network that learns them, and measures it on one of the sets.
static inline gd_status course_train(gd_trainer *trainer, const course_pictures *pictures, int64_t epochs)
{
    gd_fit_opts opts = {.epochs = epochs, .batch = 32, .seed = 1, .schedule = gd_cosine_schedule(0)};
    return gd_fit(trainer, pictures->train, opts);
}

static inline gd_status course_measure(gd_tensor loss, const gd_metric *accuracy, const gd_dataset *set,
                                       double *loss_value, double *accuracy_value)
{
    gd_evaluation result = {0};
    gd_evaluate_opts opts = {.metric_count = 1, .metric = accuracy};
    gd_status status = gd_evaluate(loss, set, opts, &result);
    *loss_value = result.loss;
    *accuracy_value = result.metric[0];
    return status;
}

#endif
