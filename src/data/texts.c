// Texts in files: a line each, or a file each in folders of classes.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "io/gzip.h"

enum { MOST_CLASSES = 100000, LARGE = 256 << 20, BLOCK_BYTES = 4 << 20 };
static const size_t most_text = (size_t)1 << 30; // bytes of one that is a file

// The bytes of a file of lines: mapped, or inflated.
typedef struct content {
    char *bytes;
    size_t size;
    bool is_mapped;
} content;

typedef struct one_text {
    int file;     // of texts.path
    int label;    // its class; -1: it has none
    int64_t row;  // in the file, from 1; 0: it is all of it
    size_t begin; // of a line in the file
    size_t bytes; // of a line
} one_text;

typedef struct texts {
    gd_text_opts opts; // the caller's; used while the set is made
    int path_count, path_room;
    char **path;
    content *content; // of each path; without bytes where a text is a whole file
    int class_count, class_room;
    char **class_name;
    int64_t count, room;
    one_text *text;
    gd_field field[2];
} texts;

static void close_texts(void *state)
{
    texts *t = state;
    for (int i = 0; i < t->path_count; i++) {
        if (t->content != NULL && t->content[i].is_mapped)
            munmap(t->content[i].bytes, t->content[i].size);
        else if (t->content != NULL)
            gd__free(t->content[i].bytes);
        gd__free(t->path[i]);
    }
    for (int i = 0; i < t->class_count; i++)
        gd__free(t->class_name[i]);
    gd__free(t->path);
    gd__free(t->content);
    gd__free(t->class_name);
    gd__free(t->text);
    gd__free(t);
}

// Adds a path (taken over), and content without bytes for it.
static gd_status add_path(texts *t, char *path)
{
    int room = t->path_room;
    if (path == NULL || !gd__grow((void **)&t->path, &t->path_room, t->path_count, sizeof *t->path) ||
        !gd__grow((void **)&t->content, &room, t->path_count, sizeof *t->content)) {
        gd__free(path);
        return gd__fail_memory("a list of texts");
    }
    t->content[t->path_count] = (content){0};
    t->path[t->path_count++] = path;
    return GD_OK;
}

static gd_status add_text(texts *t, one_text text)
{
    if (!gd__grow_long((void **)&t->text, &t->room, t->count, sizeof *t->text))
        return gd__fail_memory("a list of texts");
    t->text[t->count++] = text;
    return GD_OK;
}

// ---- Lines

static gd_status map_file(const char *path, size_t size, content *out)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = descriptor < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (bytes == MAP_FAILED)
        return gd__fail(GD_ERROR_IO, "%s: cannot be mapped: %s", path, strerror(error));
    *out = (content){bytes, size, true};
    return GD_OK;
}

static gd_status read_content(const char *path, size_t size, content *out)
{
    gd__byte_stream *stream;
    gd_status status = gd__byte_stream_open(path, &stream);
    if (status != GD_OK)
        return status;
    const bool is_gzip = gd__byte_stream_is_gzip(stream);
    gd__byte_stream_close(stream);
    if (!is_gzip)
        return size > 0 ? map_file(path, size, out) : GD_OK;
    *out = (content){0};
    return gd__gzip_read(path, 0, &out->bytes, &out->size);
}

static gd_status add_lines(texts *t, int file)
{
    const content *c = &t->content[file];
    size_t at = c->size >= 3 && memcmp(c->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; // a byte-order mark
    gd_status status = GD_OK;
    for (int64_t row = 1; at < c->size && status == GD_OK; row++) {
        const char *end = memchr(c->bytes + at, '\n', c->size - at);
        const size_t stop = end == NULL ? c->size : (size_t)(end - c->bytes);
        const size_t bytes = stop - at - (stop > at && c->bytes[stop - 1] == '\r');
        status = add_text(t, (one_text){.file = file, .label = -1, .row = row, .begin = at, .bytes = bytes});
        at = stop + 1;
    }
    return status;
}

// ---- Folders

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_text_name(const char *name)
{
    const size_t length = strlen(name);
    return (length > 4 && strcmp(name + length - 4, ".txt") == 0) ||
           (length > 7 && strcmp(name + length - 7, ".txt.gz") == 0);
}

// The number of a class, which is added where the caller names none; -1 with a failure.
static int class_of(texts *t, const char *name)
{
    for (int i = 0; i < t->class_count; i++)
        if (strcmp(t->class_name[i], name) == 0)
            return i;
    if (t->opts.class_count > 0 || t->class_count == MOST_CLASSES) {
        gd__fail(GD_ERROR_FORMAT, "'%.80s' is none of the %d classes", name, t->class_count);
        return -1;
    }
    char *copy = gd__copy_text(name);
    if (copy == NULL || !gd__grow((void **)&t->class_name, &t->class_room, t->class_count, sizeof *t->class_name)) {
        gd__free(copy);
        gd__fail_memory("the classes of texts");
        return -1;
    }
    t->class_name[t->class_count] = copy;
    return t->class_count++;
}

// Adds the texts of a folder: of a class, or (label -1) the folder of classes itself.
static gd_status add_folder(texts *t, const char *folder, int label)
{
    struct dirent **entry = NULL;
    const int count = scandir(folder, &entry, is_shown, by_name);
    gd_status status =
        count < 0 ? gd__fail(GD_ERROR_IO, "%s: cannot be looked through: %s", folder, strerror(errno)) : GD_OK;
    for (int i = 0; i < count; i++) {
        gd__text path = {0};
        struct stat information = {0};
        gd__text_add(&path, "%s/%s", folder, entry[i]->d_name);
        char *taken = gd__text_take(&path);
        if (status == GD_OK && taken == NULL)
            status = gd__fail_memory("a list of texts");
        if (status == GD_OK && stat(taken, &information) != 0)
            status = gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", taken, strerror(errno));
        if (status == GD_OK && S_ISDIR(information.st_mode) && label < 0) {
            const int inner = class_of(t, entry[i]->d_name);
            status = inner < 0 ? gd__fail_in(gd_last_status(), "%s", folder) : add_folder(t, taken, inner);
        } else if (status == GD_OK && S_ISREG(information.st_mode) && is_text_name(entry[i]->d_name)) {
            status = add_path(t, taken);
            taken = NULL;
            if (status == GD_OK)
                status = add_text(t, (one_text){.file = t->path_count - 1, .label = label});
        }
        gd__free(taken);
        free(entry[i]); // the C library's own blocks
    }
    free(entry);
    return status;
}

static gd_status add_given(texts *t, const char *path)
{
    struct stat information;
    if (stat(path, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", path, strerror(errno));
    if (S_ISDIR(information.st_mode))
        return add_folder(t, path, -1);
    gd_status status = add_path(t, gd__copy_text(path));
    if (status == GD_OK)
        status = read_content(path, (size_t)information.st_size, &t->content[t->path_count - 1]);
    return status == GD_OK ? add_lines(t, t->path_count - 1) : status;
}

// ---- The functions of a source

// A text that is a file; *bytes may be freed with gd__free.
static gd_status read_file(const texts *t, int64_t sample, char **bytes, size_t *size)
{
    return gd__gzip_read(t->path[t->text[sample].file], most_text, bytes, size);
}

static gd_status shape(void *state, int field, int64_t sample, gd_shape *shape)
{
    const texts *t = state;
    size_t size = t->text[sample].bytes;
    (void)field;
    if (t->text[sample].row == 0) {
        char *bytes;
        gd_status status = read_file(t, sample, &bytes, &size);
        if (status != GD_OK)
            return status;
        gd__free(bytes);
    }
    *shape = GD_SHAPE((int64_t)size);
    return GD_OK;
}

static gd_status read_sample(void *state, int field, int64_t sample, const gd_array *to)
{
    const texts *t = state;
    const one_text *text = &t->text[sample];
    if (field == 1) {
        *(int32_t *)to->data = text->label;
        return GD_OK;
    }
    if (text->row > 0) {
        memcpy(to->data, t->content[text->file].bytes + text->begin, text->bytes);
        return GD_OK;
    }
    char *bytes;
    size_t size;
    gd_status status = read_file(t, sample, &bytes, &size);
    if (status == GD_OK && size != gd_array_bytes(to))
        status = gd__fail(GD_ERROR_FORMAT, "%s: has changed while it was read", t->path[text->file]);
    else if (status == GD_OK)
        memcpy(to->data, bytes, size);
    gd__free(bytes);
    return status;
}

static const char *class_name(void *state, int field, int category)
{
    const texts *t = state;
    return field == 1 && category >= 0 && category < t->class_count ? t->class_name[category] : NULL;
}

static gd_origin origin(void *state, int64_t sample)
{
    const texts *t = state;
    const one_text *text = &t->text[sample];
    return (gd_origin){.file = t->path[text->file], .row = text->row, .line = text->row};
}

// ---- Making

static gd_status take_classes(texts *t, const gd_text_opts *opts)
{
    if (opts->class_count < 0 || opts->class_count > MOST_CLASSES ||
        (opts->class_count > 0 && opts->class_name == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "%d classes of texts, or classes without names", opts->class_count);
    gd_status status = GD_OK;
    for (int i = 0; i < opts->class_count && status == GD_OK; i++) {
        GD__NEEDS(opts->class_name[i], GD_ERROR_ARGUMENT);
        status = class_of(t, opts->class_name[i]) == i
                     ? GD_OK
                     : gd__fail(GD_ERROR_ARGUMENT, "the class '%.80s' is named twice", opts->class_name[i]);
    }
    t->opts = *opts;
    return status;
}

static gd_status make(texts *t, gd_dataset **out)
{
    int64_t bytes = 0, labelled = 0;
    for (int i = 0; i < t->path_count; i++)
        bytes += (int64_t)t->content[i].size;
    for (int64_t i = 0; i < t->count; i++)
        labelled += t->text[i].label >= 0;
    if (labelled > 0 && labelled < t->count) {
        close_texts(t);
        return gd__fail(GD_ERROR_FORMAT, "%lld of %lld texts lie in a folder of a class, and the others in none",
                        (long long)labelled, (long long)t->count);
    }
    t->opts = (gd_text_opts){0};
    t->field[0] = (gd_field){.name = "text", .kind = GD_KIND_TEXT, .type = GD_U8, .shape = GD_SHAPE(GD_OPEN)};
    t->field[1] = (gd_field){.name = "label",
                             .kind = GD_KIND_CATEGORY,
                             .role = GD_ROLE_TARGET,
                             .type = GD_I32,
                             .class_count = t->class_count};
    const gd_source source = {.kind = "text",
                              .count = t->count,
                              .field_count = labelled > 0 ? 2 : 1,
                              .field = t->field,
                              .state = t,
                              .read = read_sample,
                              .shape = shape,
                              .class_name = class_name,
                              .origin = origin,
                              .close = close_texts,
                              .block = bytes >= LARGE ? BLOCK_BYTES / (bytes / t->count + 1) + 1 : 0};
    return gd_dataset_from_source(&source, out);
}

gd_status gd_dataset_from_texts(int count, const char *const *path, gd_text_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "no file or folder of texts was named");
    texts *t = gd__alloc_zeroed(1, sizeof *t);
    if (t == NULL)
        return gd__fail_memory("a data set of texts");
    gd_status status = take_classes(t, &opts);
    for (int i = 0; i < count && status == GD_OK; i++)
        status = path[i] == NULL ? gd__fail(GD_ERROR_ARGUMENT, "path %d of texts is NULL", i) : add_given(t, path[i]);
    if (status == GD_OK && t->count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: holds no texts: no lines, and no files .txt", path[0]);
    if (status == GD_OK)
        return make(t, out);
    close_texts(t);
    return status;
}
