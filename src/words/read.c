// Word vectors out of files: which format it is, and the formats of text.
#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "io/gzip.h"
#include "io/npy.h"
#include "words/file.h"

#include <errno.h>
#include <gradus/io.h>

// ---- Bytes

gd_status gd__words_file_open(const char *path, gd__words_file *f)
{
    *f = (gd__words_file){.path = path};
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (descriptor < 0 || fstat(descriptor, &about) != 0) {
        const int why = errno;
        if (descriptor >= 0)
            close(descriptor);
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(why));
    }
    unsigned char magic[2] = {0};
    const bool regular = S_ISREG(about.st_mode) && about.st_size > 0;
    const bool zipped = regular && pread(descriptor, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    if (!regular || zipped) {
        close(descriptor);
        char *data;
        const gd_status status = gd__gzip_read(path, 0, &data, &f->size);
        f->data = data;
        return status;
    }
    void *map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int why = errno;
    close(descriptor);
    if (map == MAP_FAILED)
        return gd__fail(GD_ERROR_IO, "%s: cannot be mapped: %s", path, strerror(why));
    f->data = map;
    f->size = (size_t)about.st_size;
    f->mapped = true;
    return GD_OK;
}

void gd__words_file_close(gd__words_file *f)
{
    if (f->data != NULL && !f->kept) {
        if (f->mapped)
            munmap((void *)(uintptr_t)f->data, f->size);
        else
            gd__free((void *)(uintptr_t)f->data);
    }
    f->data = NULL;
}

gd_status gd__words_add(const gd__words_file *f, gd_words *w, int64_t i, const char *word, size_t length, bool *added)
{
    if (length == 0 || length > GD__WORD_BYTES || memchr(word, '\0', length) != NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: word %lld is %s: expected 1 to %d bytes", f->path, (long long)i + 1,
                        length == 0               ? "empty"
                        : length > GD__WORD_BYTES ? "too long"
                                                  : "no text",
                        GD__WORD_BYTES);
    const int64_t before = w->lexicon.count;
    if (gd__lexicon_add(&w->lexicon, word, (int32_t)length) < 0)
        return gd__fail_memory("the words of a file");
    *added = w->lexicon.count > before;
    return GD_OK;
}

// ---- Numbers

// A number that ends before `end`; NAN where there is none. Fifteen digits are exact in a double, more are strtod's.
static float number_at(const char **at, const char *end)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = *at;
    const bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    uint64_t whole = 0;
    int digits = 0, shift = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++, digits++)
        whole = digits < 18 ? whole * 10 + (uint64_t)(*p - '0') : whole;
    if (p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, digits++, shift--)
            whole = digits < 18 ? whole * 10 + (uint64_t)(*p - '0') : whole;
    bool plain = digits > 0 && digits <= 15;
    if (p < end && (*p == 'e' || *p == 'E') && digits > 0) {
        const bool down = ++p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        int exponent = 0;
        plain = plain && p < end && *p >= '0' && *p <= '9';
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            exponent = exponent < 1000 ? exponent * 10 + *p - '0' : exponent;
        shift += down ? -exponent : exponent;
    }
    if (plain && shift >= -22 && shift <= 22) {
        *at = p;
        const double value = shift < 0 ? (double)whole / power[-shift] : (double)whole * power[shift];
        return (float)(negative ? -value : value);
    }
    char text[64], *stop;
    size_t length = 0;
    for (p = *at; p < end && length < sizeof text - 1 && !isspace((unsigned char)*p); p++)
        text[length++] = *p;
    text[length] = '\0';
    for (size_t i = 0; i < length; i++) // no hexadecimal numbers, infinities and such
        if (strchr("0123456789+-.eE", text[i]) == NULL)
            return NAN;
    const float value = (float)gd__parse_number(text, &stop);
    *at = p;
    return length > 0 && *stop == '\0' && isfinite(value) ? value : NAN;
}

// ---- Lines of text

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// Where the last `size` fields of a line begin; NULL: it has fewer than one more.
static const char *numbers_of(const char *line, const char *end, int64_t size)
{
    const char *p = end;
    for (int64_t i = 0; i < size; i++) {
        while (p > line && is_blank(p[-1]))
            p--;
        const char *const field = p;
        while (p > line && !is_blank(p[-1]))
            p--;
        if (p == field || p == line)
            return NULL;
    }
    return p;
}

static int64_t fields_of(const char *line, const char *end)
{
    int64_t count = 0;
    for (const char *p = line; p < end;) {
        while (p < end && is_blank(*p))
            p++;
        count += p < end;
        while (p < end && !is_blank(*p))
            p++;
    }
    return count;
}

static gd_status take_line(const gd__words_file *f, gd_words *w, int64_t line, const char *from, const char *end)
{
    const char *at = numbers_of(from, end, w->size), *word_end = at;
    if (at == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld has %lld fields: expected a word and %lld numbers", f->path,
                        (long long)line, (long long)fields_of(from, end), (long long)w->size);
    while (word_end > from && is_blank(word_end[-1]))
        word_end--;
    bool added = false;
    const gd_status status = gd__words_add(f, w, line - 1, from, (size_t)(word_end - from), &added);
    if (status != GD_OK || !added)
        return status;
    float *to = w->own + (w->lexicon.count - 1) * w->size;
    for (int64_t j = 0; j < w->size; j++) {
        while (at < end && is_blank(*at))
            at++;
        to[j] = number_at(&at, end);
        if (isnan(to[j]) || (at < end && !is_blank(*at)))
            return gd__fail(GD_ERROR_FORMAT, "%s: line %lld: number %lld of '%.60s' is none", f->path, (long long)line,
                            (long long)j + 1, gd__lexicon_word(&w->lexicon, w->lexicon.count - 1));
    }
    return GD_OK;
}

// `count` 0: as many lines as there are.
gd_status gd__words_take_text(const gd__words_file *f, size_t at, int64_t count, gd_words *w)
{
    const char *p = f->data + at, *const end = f->data + f->size;
    int64_t line = at > 0 ? 2 : 1, taken = 0, room = 0;
    gd_status status = GD_OK;
    for (; p < end && status == GD_OK; line++) {
        const char *next = memchr(p, '\n', (size_t)(end - p));
        const char *const stop = next != NULL ? next : end;
        if (fields_of(p, p + (stop - p < 64 ? stop - p : 64)) > 0) {
            if (count > 0 && taken == count)
                return gd__fail(GD_ERROR_FORMAT, "%s: line %lld goes on behind the %lld words that the first line says",
                                f->path, (long long)line, (long long)count);
            if (w->lexicon.count == room) { // as many as the file may still hold, but not all at once
                room = room == 0 ? 1024 : room * 2;
                size_t size;
                float *own =
                    !gd__multiply((size_t)room, (size_t)w->size, &size) ? NULL : gd__realloc(w->own, size, sizeof *own);
                if (own == NULL)
                    return gd__fail_memory("word vectors");
                w->own = own;
            }
            status = take_line(f, w, line, p, stop);
            taken++;
        }
        p = stop + 1;
    }
    if (status == GD_OK && (taken < count || taken == 0))
        return gd__fail(GD_ERROR_FORMAT, "%s: %lld words where %s%lld are expected: it is cut short", f->path,
                        (long long)taken, count > 0 ? "" : "at least ", (long long)(count > 0 ? count : 1));
    return status;
}

// ---- Which format

// "count size" in the first line. *at: where the next one begins.
static bool has_heading(const gd__words_file *f, int64_t *count, int64_t *size, size_t *at)
{
    const char *newline = memchr(f->data, '\n', f->size < 64 ? f->size : 64);
    char line[64];
    if (newline == NULL)
        return false;
    const size_t length = (size_t)(newline - f->data);
    memcpy(line, f->data, length);
    line[length] = '\0';
    long long c, s;
    int used = 0;
    if (sscanf(line, "%18lld %18lld %n", &c, &s, &used) != 2 || line[used] != '\0')
        return false;
    *count = c;
    *size = s;
    *at = length + 1;
    return true;
}

// Whether the first record is text: a line whose last fields are numbers.
static bool is_text(const gd__words_file *f, size_t at, int64_t size)
{
    const char *const line = f->data + at;
    const size_t left = f->size - at, most = GD__WORD_BYTES + 64 * (size_t)size;
    const char *end = memchr(line, '\n', left < most ? left : most);
    if (end == NULL)
        end = line + (left < most ? left : most);
    const char *p = numbers_of(line, end, size);
    if (p == NULL)
        return memchr(line, '\0', (size_t)(end - line)) == NULL && end > line && left < most;
    for (; p < end; p++)
        if (strchr("0123456789+-.eEnaifNIF \t\r", *p) == NULL || *p == '\0')
            return false;
    return true;
}

static gd_status take_heading(gd__words_file *f, int64_t count, size_t at, gd_words *w)
{
    // Each number takes a byte and a blank at least.
    if (count < 1 || w->size < 1 || w->size > 65536 || (uint64_t)count > f->size / (uint64_t)(2 * w->size))
        return gd__fail(GD_ERROR_FORMAT, "%s: %lld words of %lld numbers do not fit into %s", f->path, (long long)count,
                        (long long)w->size, gd_bytes_text((double)f->size).text);
    return is_text(f, at, w->size) ? gd__words_take_text(f, at, count, w) : gd__words_take_binary(f, at, count, w);
}

static gd_status take_glove(gd__words_file *f, gd_words *w)
{
    const char *newline = memchr(f->data, '\n', f->size);
    w->size = fields_of(f->data, newline != NULL ? newline : f->data + f->size) - 1;
    if (w->size < 1 || w->size > 65536 || !is_text(f, 0, w->size))
        return gd__fail(GD_ERROR_FORMAT,
                        "%s holds no word vectors: expected the form of word2vec, GloVe, fastText or "
                        "safetensors",
                        f->path);
    return gd__words_take_text(f, 0, 0, w);
}

static gd_status take_tensors(const gd_tensor_file *tensors, const gd__words_file *f, gd_words *w)
{
    const gd_array *vector = gd_tensor_file_get(tensors, "vectors"), *bytes = gd_tensor_file_get(tensors, "words");
    const gd_array *offset = gd_tensor_file_get(tensors, "offsets");
    if (vector == NULL || bytes == NULL || offset == NULL || vector->type != GD_F32 || vector->shape.rank != 2 ||
        bytes->type != GD_U8 || bytes->shape.rank != 1 || offset->type != GD_I64 ||
        !gd_shape_equal(offset->shape, GD_SHAPE(vector->shape.dim[0] + 1)))
        return gd__fail(GD_ERROR_FORMAT, "%s: expected tensors `vectors` (count, size), `words` and `offsets`",
                        f->path);
    const int64_t count = vector->shape.dim[0], *at = offset->data;
    w->size = vector->shape.dim[1];
    w->own = gd__copy_block(vector->data, gd_array_bytes(vector));
    if (w->own == NULL)
        return gd__fail_memory("word vectors");
    for (int64_t i = 0; i < count; i++) {
        bool added = false;
        if (at[i] < 0 || at[i + 1] < at[i] || at[i + 1] > bytes->shape.dim[0])
            return gd__fail(GD_ERROR_FORMAT, "%s: word %lld lies outside of `words`", f->path, (long long)i + 1);
        const gd_status status =
            gd__words_add(f, w, i, (const char *)bytes->data + at[i], (size_t)(at[i + 1] - at[i]), &added);
        if (status != GD_OK)
            return status;
        if (!added)
            return gd__fail(GD_ERROR_FORMAT, "%s: word %lld is there twice", f->path, (long long)i + 1);
    }
    return GD_OK;
}

// A matrix in NumPy's form, with a list of words beside it.
static gd_status take_npy(const gd__words_file *f, gd_words *w)
{
    gd_array matrix = {0}, vector = {0};
    char *name = gd__words_list_name(f->path), *text = NULL;
    size_t size = 0;
    gd_status status = name != NULL ? gd__npy_parse(f->path, f->data, f->size, &matrix) : gd__fail_memory("a name");
    if (status == GD_OK && (matrix.shape.rank != 2 || matrix.shape.dim[0] < 1 || matrix.shape.dim[1] < 1))
        status = gd__fail(GD_ERROR_FORMAT, "%s holds no matrix: expected (words, numbers)", f->path);
    if (status == GD_OK)
        status = gd_array_create(&vector, GD_F32, matrix.shape);
    if (status == GD_OK)
        status = gd_array_convert(&vector, &matrix);
    if (status == GD_OK)
        status = gd__gzip_read(name, 0, &text, &size);
    int64_t i = 0;
    const int64_t count = matrix.shape.dim[0];
    w->size = matrix.shape.dim[1];
    for (const char *p = text, *const end = text + size; status == GD_OK && p < end; i++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline != NULL ? newline : end;
        bool added = false;
        status = gd__words_add(f, w, i, p, (size_t)(stop - p) - (stop > p && stop[-1] == '\r'), &added);
        if (status == GD_OK && !added)
            status = gd__fail(GD_ERROR_FORMAT, "%s: line %lld: the word is there twice", name, (long long)i + 1);
        p = stop + 1;
    }
    if (status == GD_OK && i != count)
        status = gd__fail(GD_ERROR_FORMAT, "%s has %lld words, and %s %lld vectors", name, (long long)i, f->path,
                          (long long)count);
    if (status == GD_OK && (w->own = gd__copy_block(vector.data, gd_array_bytes(&vector))) == NULL)
        status = gd__fail_memory("word vectors");
    gd_array_free(&matrix);
    gd_array_free(&vector);
    gd__free(text);
    gd__free(name);
    return status;
}

char *gd__words_list_name(const char *path)
{
    const size_t length = strlen(path);
    char *name = gd__alloc(length + sizeof ".words");
    if (name != NULL) {
        const bool ending = length > 4 && strcmp(path + length - 4, ".npy") == 0;
        memcpy(name, path, length);
        strcpy(name + length - (ending ? 4 : 0), ".words");
    }
    return name;
}

static gd_status take_any(gd__words_file *f, gd_words *w)
{
    int64_t count;
    size_t at;
    uint32_t magic = 0;
    if (f->size >= 4)
        memcpy(&magic, f->data, 4);
    if (magic == 793712314)
        return gd__words_take_fasttext(f, w);
    if (f->size > 6 && memcmp(f->data, "\x93NUMPY", 6) == 0)
        return take_npy(f, w);
    if (f->size > 9 && f->data[8] == '{') {
        gd_tensor_file *tensors;
        gd_status status = gd_tensor_file_open(f->path, &tensors);
        if (status == GD_OK)
            status = take_tensors(tensors, f, w);
        gd_tensor_file_free(tensors);
        return status;
    }
    return has_heading(f, &count, &w->size, &at) ? take_heading(f, count, at, w) : take_glove(f, w);
}

gd_status gd_words_read(const char *path, gd_words **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd__words_file file;
    gd_status status = gd__words_file_open(path, &file);
    if (status != GD_OK)
        return status;
    gd_words *words = gd__words_new(0);
    status = words == NULL ? gd__fail_memory("word vectors") : take_any(&file, words);
    gd__words_file_close(&file);
    if (status != GD_OK) {
        gd_words_free(words);
        return status;
    }
    *out = words;
    return GD_OK;
}
