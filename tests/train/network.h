// A small network on small data for the tests of training.
#ifndef GD_TESTS_TRAIN_NETWORK_H
#define GD_TESTS_TRAIN_NETWORK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <gradus/data.h>
#include <gradus/io.h>
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/train.h>

#include "base/random.h"

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != GD_OK)                                                                                           \
            fail_msg("%s: %s", #call, gd_last_error());                                                                \
    } while (0)

// The last error holds each of the words (up to the first NULL).
static inline void assert_sentence(const char *const *word, int count)
{
    for (int i = 0; i < count && word[i] != NULL; i++)
        if (strstr(gd_last_error(), word[i]) == NULL)
            fail_msg("'%s' is not in: %s", word[i], gd_last_error());
}
#define assert_says(...)                                                                                               \
    assert_sentence((const char *const[]){__VA_ARGS__}, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)))

// Each test program works in a directory of its own.
typedef struct place {
    char directory[64];
    char path[8][128];
    int count;
} place;

static inline int make_place(void **state)
{
    place *p = calloc(1, sizeof *p);
    snprintf(p->directory, sizeof p->directory, "/tmp/gradus-train-XXXXXX");
    *state = p;
    return mkdtemp(p->directory) != NULL ? 0 : -1;
}

static inline int remove_place(void **state)
{
    place *p = *state;
    for (int i = 0; i < p->count; i++)
        unlink(p->path[i]);
    int result = rmdir(p->directory); // fails when a temporary file was left behind
    free(p);
    return result;
}

static inline const char *path_in(place *p, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", p->directory, name);
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->path[i], path) == 0)
            return p->path[i];
    strcpy(p->path[p->count], path);
    return p->path[p->count++];
}

enum { FEATURES = 4, CLASSES = 3 };

// Clouds of points around three centres: fields "x" (4) and "label".
static inline gd_dataset *make_blobs(int count, uint64_t seed)
{
    float *x = malloc((size_t)count * FEATURES * sizeof *x);
    int32_t *label = malloc((size_t)count * sizeof *label);
    gd__random random = gd__random_make(seed, 1);
    for (int i = 0; i < count; i++) {
        label[i] = i % CLASSES;
        for (int k = 0; k < FEATURES; k++)
            x[i * FEATURES + k] = (float)(cos(2.0 * label[i] + k) * 1.5 + 0.5 * gd__next_normal(&random));
    }
    const char *const name[] = {"x", "label"};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(count, FEATURES), x),
                              gd_array_borrow(GD_I32, GD_SHAPE(count), label)};
    gd_dataset *set;
    assert_ok(gd_dataset_from_arrays(2, name, array, &set));
    free(x);
    free(label);
    return set;
}

typedef struct network {
    gd_graph *graph;
    gd_tensor x, label, logits, loss;
    gd_metric metric[2];
    gd_trainer *trainer;
} network;

typedef struct network_opts {
    int64_t hidden; // 0: 8
    double dropout;
    bool batch_norm;
    bool scalar_metric;
    gd_rule rule; // {0}: Adam at 0.01
} network_opts;

static inline network make_network(network_opts opts)
{
    network n = {.graph = gd_graph_create()};
    assert_non_null(n.graph);
    gd_graph_set_seed(n.graph, 7);
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    n.label = gd_input(n.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = gd_dense(n.x, opts.hidden > 0 ? opts.hidden : 8);
    if (opts.batch_norm)
        h = gd_batch_norm(h, (gd_batch_norm_opts){0});
    h = gd_relu(h);
    if (opts.dropout > 0)
        h = gd_dropout(h, opts.dropout);
    n.logits = gd_dense(h, CLASSES);
    n.loss = gd_softmax_cross_entropy(n.logits, n.label);
    n.metric[0] = (gd_metric){.name = "accuracy", .value = gd_accuracy(n.logits, n.label), .higher_is_better = true};
    n.metric[1] = (gd_metric){.name = "correct", .value = gd_correct(n.logits, n.label), .higher_is_better = true};
    gd_rule rule = opts.rule.learning_rate > 0 ? opts.rule : gd_adam(0.01);
    n.trainer = gd_trainer_create(n.loss, rule);
    if (n.trainer == NULL)
        fail_msg("%s", gd_last_error());
    return n;
}

static inline void free_network(network *n)
{
    gd_trainer_free(n->trainer);
    gd_graph_free(n->graph);
}

// All variables of two graphs hold the same bits.
static inline void assert_same_variables(const gd_graph *a, const gd_graph *b)
{
    assert_int_equal(gd_variable_count(a), gd_variable_count(b));
    for (int i = 0; i < gd_variable_count(a); i++) {
        gd_array x, y;
        assert_ok(gd_variable_get(gd_variable_at(a, i), &x));
        assert_ok(gd_variable_get(gd_variable_at(b, i), &y));
        assert_int_equal(gd_array_bytes(&x), gd_array_bytes(&y));
        if (memcmp(x.data, y.data, gd_array_bytes(&x)) != 0)
            fail_msg("'%s' differs", gd_variable_name(gd_variable_at(a, i)));
        gd_array_free(&x);
        gd_array_free(&y);
    }
}

// The largest difference between the model's parameters, relative to their size.
static inline double largest_difference(const gd_graph *a, const gd_graph *b)
{
    double largest = 0;
    for (int i = 0; i < gd_variable_count(a); i++) {
        gd_tensor variable = gd_variable_at(a, i);
        if (!gd_variable_trainable(variable))
            continue;
        gd_array x, y;
        assert_ok(gd_variable_get(variable, &x));
        assert_ok(gd_variable_get(gd_variable_find(b, gd_variable_name(variable)), &y));
        for (int64_t k = 0; k < gd_array_count(&x); k++) {
            double p = gd_array_get(&x, k), q = gd_array_get(&y, k);
            double difference = fabs(p - q) / fmax(1, fmax(fabs(p), fabs(q)));
            largest = fmax(largest, difference);
        }
        gd_array_free(&x);
        gd_array_free(&y);
    }
    return largest;
}

static inline char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    assert_int_equal(fread(text, 1, size, file), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

#endif
