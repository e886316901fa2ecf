// Word vectors into files.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "io/npy.h"
#include "words/file.h"
#include "words/shortest.h"

#include <gradus/io.h>

static bool put(FILE *to, const void *from, size_t size)
{
    return size == 0 || fwrite(from, 1, size, to) == size;
}

static bool put_line(FILE *to, const gd_words *w, int64_t i, const float *vector)
{
    char text[GD__SHORTEST_TEXT + 1] = " ";
    bool good = put(to, gd__lexicon_word(&w->lexicon, i), (size_t)w->lexicon.entry[i].length);
    for (int64_t j = 0; j < w->size && good; j++)
        good = put(to, text, 1 + (size_t)gd__shortest_text(vector[j], text + 1));
    return good && putc('\n', to) != EOF;
}

static bool put_binary(FILE *to, const gd_words *w, int64_t i, const float *vector)
{
    return put(to, gd__lexicon_word(&w->lexicon, i), (size_t)w->lexicon.entry[i].length) && putc(' ', to) != EOF &&
           put(to, vector, (size_t)w->size * sizeof *vector);
}

// A word with a blank in it would be two to whoever reads the file.
static gd_status check_words(const gd_words *w)
{
    for (int64_t i = 0; i < w->lexicon.count; i++)
        if (strpbrk(gd__lexicon_word(&w->lexicon, i), " \t\n\r") != NULL)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "word %lld, '%.60s', holds a blank, which this format cannot say: use safetensors",
                            (long long)i + 1, gd__lexicon_word(&w->lexicon, i));
    return GD_OK;
}

static gd_status write_lines(const gd_words *w, const char *path, gd_words_format format)
{
    gd__file_writer file;
    float *vector = gd__alloc((size_t)w->size * sizeof *vector);
    if (vector == NULL)
        return gd__fail_memory("a vector");
    gd_status status = check_words(w);
    if (status == GD_OK)
        status = gd__file_writer_open(&file, path);
    if (status == GD_OK) {
        bool good = format == GD_WORDS_GLOVE ||
                    fprintf(file.stream, "%lld %lld\n", (long long)w->lexicon.count, (long long)w->size) > 0;
        for (int64_t i = 0; i < w->lexicon.count && good; i++) {
            gd__words_copy(w, i, vector);
            good =
                format == GD_WORDS_BINARY ? put_binary(file.stream, w, i, vector) : put_line(file.stream, w, i, vector);
        }
        // What could not be written makes the commit fail too.
        status = good || ferror(file.stream) ? gd__file_writer_commit(&file) : GD_ERROR_IO;
        gd__file_writer_abandon(&file);
    }
    gd__free(vector);
    return status;
}

static gd_status write_tensors(const gd_words *w, const char *path)
{
    const int64_t count = w->lexicon.count;
    gd_array bytes = {0}, offset = {0}, vector = {0};
    gd_tensor_writer *writer = NULL;
    int64_t used = 0;
    for (int64_t i = 0; i < count; i++)
        used += w->lexicon.entry[i].length;
    gd_status status = gd_array_create(&bytes, GD_U8, GD_SHAPE(used));
    if (status == GD_OK)
        status = gd_array_create(&offset, GD_I64, GD_SHAPE(count + 1));
    if (status == GD_OK)
        status = gd_array_create(&vector, GD_F32, GD_SHAPE(count, w->size));
    if (status == GD_OK)
        status = gd_tensor_writer_create(&writer);
    if (status == GD_OK) {
        int64_t at = 0;
        for (int64_t i = 0; i < count; i++) {
            const gd__lexicon_entry *entry = &w->lexicon.entry[i];
            memcpy((char *)bytes.data + at, gd__lexicon_word(&w->lexicon, i), (size_t)entry->length);
            ((int64_t *)offset.data)[i] = at;
            at += entry->length;
            gd__words_copy(w, i, (float *)vector.data + i * w->size);
        }
        ((int64_t *)offset.data)[count] = at;
        status = gd_tensor_writer_add(writer, "vectors", &vector);
    }
    if (status == GD_OK)
        status = gd_tensor_writer_add(writer, "words", &bytes);
    if (status == GD_OK)
        status = gd_tensor_writer_add(writer, "offsets", &offset);
    if (status == GD_OK)
        status = gd_tensor_writer_commit(writer, path);
    gd_tensor_writer_free(writer);
    gd_array_free(&bytes);
    gd_array_free(&offset);
    gd_array_free(&vector);
    return status;
}

static gd_status write_npy(const gd_words *w, const char *path)
{
    gd__file_writer list;
    gd_array vector = {0};
    char *name = gd__words_list_name(path);
    gd_status status = name != NULL ? gd_array_create(&vector, GD_F32, GD_SHAPE(w->lexicon.count, w->size))
                                    : gd__fail_memory("a name");
    for (int64_t i = 0; i < w->lexicon.count && status == GD_OK; i++) {
        if (strchr(gd__lexicon_word(&w->lexicon, i), '\n') != NULL)
            status = gd__fail(GD_ERROR_ARGUMENT, "word %lld holds a line's end, which a list of lines cannot say",
                              (long long)i + 1);
        gd__words_copy(w, i, (float *)vector.data + i * w->size);
    }
    if (status == GD_OK)
        status = gd__npy_write(path, &vector);
    if (status == GD_OK)
        status = gd__file_writer_open(&list, name);
    if (status == GD_OK) {
        for (int64_t i = 0; i < w->lexicon.count; i++)
            fprintf(list.stream, "%s\n", gd__lexicon_word(&w->lexicon, i));
        status = gd__file_writer_commit(&list);
        gd__file_writer_abandon(&list);
    }
    gd_array_free(&vector);
    gd__free(name);
    return status;
}

// ---- fastText: read_binary.c says what stands where

static void put_int(FILE *to, int32_t value)
{
    put(to, &value, sizeof value);
}

static void put_long(FILE *to, int64_t value)
{
    put(to, &value, sizeof value);
}

static void put_options(FILE *to, const gd_words *w)
{
    enum { MAGIC = 793712314, VERSION = 12, NEGATIVE_SAMPLING = 2, SKIP_GRAM = 2 };
    const int32_t option[] = {(int32_t)w->size,
                              5,
                              1,
                              1,
                              5,
                              1,
                              NEGATIVE_SAMPLING,
                              SKIP_GRAM,
                              (int32_t)w->parts.buckets,
                              (int32_t)w->parts.shortest,
                              (int32_t)w->parts.longest,
                              100};
    const double sample = 1e-4;
    put_int(to, MAGIC);
    put_int(to, VERSION);
    put(to, option, sizeof option);
    put(to, &sample, sizeof sample);
}

static void put_dictionary(FILE *to, const gd_words *w)
{
    const int64_t count = w->lexicon.count;
    int64_t tokens = 0;
    for (int64_t i = 0; i < count; i++)
        tokens += w->lexicon.entry[i].seen;
    put_int(to, (int32_t)count);
    put_int(to, (int32_t)count);
    put_int(to, 0);
    put_long(to, tokens);
    put_long(to, -1);
    for (int64_t i = 0; i < count; i++) {
        put(to, gd__lexicon_word(&w->lexicon, i), (size_t)w->lexicon.entry[i].length + 1);
        put_long(to, w->lexicon.entry[i].seen);
        putc(0, to);
    }
}

// A word's own row, of which its vector is the mean with those of its parts.
static void own_row(const gd_words *w, int64_t i, int32_t *bucket, float *row)
{
    gd__words_copy(w, i, row);
    if (w->parts.longest == 0)
        return;
    const int count = gd__parts_of(&w->parts, gd__lexicon_word(&w->lexicon, i), bucket);
    for (int64_t j = 0; j < w->size; j++) {
        double own = (double)row[j] * (count + 1);
        for (int k = 0; k < count; k++)
            own -= (double)w->bucket[bucket[k] * w->size + j];
        row[j] = (float)own;
    }
}

static gd_status write_fasttext(const gd_words *w, const char *path)
{
    gd__file_writer file;
    const int64_t count = w->lexicon.count;
    const size_t bytes = (size_t)w->size * sizeof(float);
    int32_t *bucket = gd__alloc(GD__WORD_PARTS * sizeof *bucket);
    float *row = gd__alloc(bytes);
    gd_status status = bucket != NULL && row != NULL ? check_words(w) : gd__fail_memory("a vector");
    if (status == GD_OK)
        status = gd__file_writer_open(&file, path);
    if (status == GD_OK) {
        FILE *const to = file.stream; // what cannot be written makes the commit fail
        put_options(to, w);
        put_dictionary(to, w);
        putc(0, to);
        put_long(to, count + w->parts.buckets);
        put_long(to, w->size);
        for (int64_t i = 0; i < count; i++) {
            own_row(w, i, bucket, row);
            put(to, row, bytes);
        }
        put(to, w->bucket, (size_t)w->parts.buckets * bytes);
        putc(0, to);
        put_long(to, count);
        put_long(to, w->size);
        memset(row, 0, bytes);
        for (int64_t i = 0; i < count; i++)
            put(to, row, bytes);
        status = gd__file_writer_commit(&file);
        gd__file_writer_abandon(&file);
    }
    gd__free(bucket);
    gd__free(row);
    return status;
}

gd_status gd_words_write(const gd_words *words, const char *path, gd_words_format format)
{
    GD__NEEDS(words, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (format < GD_WORDS_TEXT || format > GD_WORDS_SAFETENSORS)
        return gd__fail(GD_ERROR_ARGUMENT, "%d is no format of word vectors", (int)format);
    switch (format) {
    case GD_WORDS_FASTTEXT: return write_fasttext(words, path);
    case GD_WORDS_NPY: return write_npy(words, path);
    case GD_WORDS_SAFETENSORS: return write_tensors(words, path);
    default: return write_lines(words, path, format);
    }
}
