// The state of training as a file: a safetensors file with the matrices, and where training stands.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "words/trainer.h"

#include <gradus/io.h>

enum { ABOUT = 512 };

// Everything that must be the same for training to go on.
static void describe(const gd__words_trainer *t, char about[ABOUT])
{
    const gd_words_opts *o = &t->opts;
    snprintf(about, ABOUT,
             "model %d size %" PRId64 " window %" PRId64 " negative %" PRId64 " tree %d sample %.17g rows %" PRId64
             " epochs %" PRId64 " rate %.17g undivided %d parts %" PRId64 " %" PRId64 " %" PRId64 " seed %" PRIu64
             " words %" PRId64 " of %" PRId64,
             (int)o->model, o->size, o->window, o->negative, o->hierarchical_softmax, o->sample, t->tables.count,
             o->epochs, o->learning_rate, o->undivided, o->shortest, o->longest, o->buckets, o->seed, t->tables.length,
             t->corpus->length);
}

typedef struct part {
    const char *name;
    float *data;
    int64_t rows;
} part;

enum { PARTS = 3 };

static void list_parts(const gd__words_trainer *t, part list[PARTS])
{
    list[0] = (part){"input", t->input, t->input_rows};
    list[1] = (part){"output", t->output, t->tables.count};
    list[2] = (part){"tree", t->tree, t->tables.count};
}

gd_status gd__words_save(const gd__words_trainer *t, const char *path)
{
    gd_tensor_writer *writer;
    part list[PARTS];
    char about[ABOUT], place[64];
    describe(t, about);
    snprintf(place, sizeof place, "%" PRId64 " %" PRId64, t->epoch, t->round);
    list_parts(t, list);
    gd_status status = gd_tensor_writer_create(&writer);
    for (int i = 0; i < PARTS && status == GD_OK; i++) {
        if (list[i].data == NULL)
            continue;
        const gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(list[i].rows, t->width), list[i].data);
        status = gd_tensor_writer_add(writer, list[i].name, &array);
    }
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, "gradus.words", about);
    if (status == GD_OK)
        status = gd_tensor_writer_metadata(writer, "place", place);
    if (status == GD_OK)
        status = gd_tensor_writer_commit(writer, path);
    gd_tensor_writer_free(writer);
    return status;
}

static gd_status take(gd__words_trainer *t, const gd_tensor_file *file, const char *path)
{
    char about[ABOUT];
    part list[PARTS];
    describe(t, about);
    list_parts(t, list);
    const char *was = gd_tensor_file_metadata(file, "gradus.words");
    const char *place = gd_tensor_file_metadata(file, "place");
    if (was == NULL || place == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s is no state of learning words", path);
    if (strcmp(was, about) != 0)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "%s is the state of another training (%s; this is %s): remove it, or name another", path, was,
                        about);
    const int64_t rounds = (t->slice_count + GD__WORDS_ROUND - 1) / GD__WORDS_ROUND;
    int64_t epoch, round;
    if (sscanf(place, "%" SCNd64 " %" SCNd64, &epoch, &round) != 2 || epoch < 0 || epoch > t->opts.epochs ||
        round < 0 || round > rounds)
        return gd__fail(GD_ERROR_FORMAT, "%s: '%.40s' is no place in this training", path, place);
    for (int i = 0; i < PARTS; i++) {
        const gd_array *array = gd_tensor_file_get(file, list[i].name);
        if (list[i].data == NULL)
            continue;
        if (array == NULL || array->type != GD_F32 || !gd_shape_equal(array->shape, GD_SHAPE(list[i].rows, t->width)))
            return gd__fail(GD_ERROR_FORMAT, "%s: there is no tensor '%s' of %lld rows of %lld numbers", path,
                            list[i].name, (long long)list[i].rows, (long long)t->width);
    }
    for (int i = 0; i < PARTS; i++)
        if (list[i].data != NULL)
            memcpy(list[i].data, gd_tensor_file_get(file, list[i].name)->data,
                   (size_t)(list[i].rows * t->width) * sizeof(float));
    t->epoch = epoch;
    t->round = round;
    return GD_OK;
}

gd_status gd__words_load(gd__words_trainer *t, const char *path)
{
    if (!gd__file_exists(path))
        return GD_OK;
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status == GD_OK)
        status = take(t, file, path);
    gd_tensor_file_free(file);
    return status;
}
