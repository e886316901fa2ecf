// Pascal VOC: which annotations there are in folders and archives, and which of them a list names.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/annotations.h"
#include "io/tar.h"

enum { MOST_DEPTH = 16, MOST_FILE = 1 << 26 };

typedef struct reading {
    gd__annotations *annotations;
    const char *list; // "train", or a path as "ImageSets/Main/train.txt"; NULL: none
    char *listed;     // its content
} reading;

static bool ends_with(const char *name, const char *ending)
{
    const size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

// Whether a file is the list: called so, where a path is given, or among the lists of objects.
static bool is_list(const reading *r, const char *name)
{
    char path[400];
    if (r->list == NULL)
        return false;
    if (strchr(r->list, '/') != NULL || strchr(r->list, '.') != NULL)
        return strlen(r->list) + 2 < sizeof path &&
               (strcmp(name, r->list) == 0 ||
                (snprintf(path, sizeof path, "/%s", r->list) > 0 && ends_with(name, path)));
    return strlen(r->list) + 32 < sizeof path && snprintf(path, sizeof path, "ImageSets/Main/%s.txt", r->list) > 0 &&
           ends_with(name, path);
}

static bool is_wanted(const reading *r, const char *name)
{
    return ends_with(name, ".xml") || is_list(r, name);
}

// Takes the content of a file that is wanted; `data` stays the caller's.
static gd_status take(reading *r, const char *name, const char *data, size_t size)
{
    if (ends_with(name, ".xml"))
        return gd__voc_parse(name, data, size, r->annotations);
    if (r->listed != NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: is a second list called '%.60s'", name, r->list);
    r->listed = gd__copy_text(data);
    return r->listed == NULL ? gd__fail_memory("a list of pictures") : GD_OK;
}

// ---- Folders

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static gd_status take_file(reading *r, const char *path)
{
    char *data = NULL;
    size_t size;
    gd_status status = gd__file_read(path, MOST_FILE, &data, &size);
    if (status == GD_OK)
        status = take(r, path, data, size);
    gd__free(data);
    return status;
}

static gd_status scan(reading *r, const char *folder, int depth);

static gd_status take_entry(reading *r, const char *path, int depth)
{
    struct stat information;
    if (stat(path, &information) != 0)
        return GD_OK; // a link to nothing
    if (S_ISDIR(information.st_mode))
        return scan(r, path, depth + 1);
    return S_ISREG(information.st_mode) && is_wanted(r, path) ? take_file(r, path) : GD_OK;
}

static gd_status scan(reading *r, const char *folder, int depth)
{
    if (depth > MOST_DEPTH)
        return gd__fail(GD_ERROR_FORMAT, "%s: lies more than %d folders deep", folder, MOST_DEPTH);
    struct dirent **entry = NULL;
    const int count = scandir(folder, &entry, is_shown, alphasort);
    gd_status status = count < 0 ? gd__fail(GD_ERROR_IO, "%s: cannot be looked through", folder) : GD_OK;
    for (int i = 0; i < count; i++) {
        gd__text path = {0};
        gd__text_add(&path, "%s/%s", folder, entry[i]->d_name);
        free(entry[i]); // the C library's own blocks
        if (status == GD_OK)
            status = path.failed ? gd__fail_memory("annotations") : take_entry(r, path.data, depth);
        gd__text_free(&path);
    }
    free(entry);
    return status;
}

// ---- Archives

static gd_status take_member(reading *r, gd__tar *tar, const gd__tar_file *file)
{
    if (file->size > MOST_FILE)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %lld bytes; at most %d are read", file->name, (long long)file->size,
                        (int)MOST_FILE);
    char *name = gd__copy_text(file->name), *data = gd__alloc((size_t)file->size + 1);
    gd_status status = name == NULL || data == NULL ? gd__fail_memory("annotations") : gd__tar_read(tar, data);
    if (status == GD_OK) {
        data[file->size] = '\0';
        status = take(r, name, data, (size_t)file->size);
    }
    gd__free(name);
    gd__free(data);
    return status;
}

static gd_status take_archive(reading *r, const char *path)
{
    gd__tar *tar;
    gd__tar_file file;
    gd_status status = gd__tar_open(path, &tar);
    if (status != GD_OK)
        return status;
    while ((status = gd__tar_next(tar, &file)) == GD_OK && file.name != NULL)
        if (is_wanted(r, file.name) && (status = take_member(r, tar, &file)) != GD_OK)
            break;
    gd__tar_close(tar);
    return status;
}

static gd_status take_path(reading *r, const char *path)
{
    struct stat information;
    if (stat(path, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: is not there", path);
    if (S_ISDIR(information.st_mode))
        return scan(r, path, 0);
    if (is_wanted(r, path))
        return take_file(r, path);
    return gd__is_tar(path) ? take_archive(r, path) : GD_OK; // pictures are somebody else's
}

// ---- The list

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t count_lines(const char *text)
{
    int64_t count = 1;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

// The first word of each line, sorted; the words lie in `text`. A -1 behind it says that the picture shows none.
static int64_t split_list(char *text, const char **word)
{
    int64_t count = 0;
    for (char *line = text; line != NULL && *line != '\0';) {
        char *next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        line += strspn(line, " \t\r");
        const size_t length = strcspn(line, " \t\r");
        const char *rest = line + length + strspn(line + length, " \t\r");
        if (length > 0 && strncmp(rest, "-1", 2) != 0)
            word[count++] = line;
        line[length] = '\0';
        line = next;
    }
    qsort((void *)word, (size_t)count, sizeof *word, compare_texts);
    return count;
}

// Leaves the annotations that the list names, each of which must be there.
static gd_status keep_listed(reading *r)
{
    gd__annotations *a = r->annotations;
    if (r->listed == NULL)
        return gd__fail(GD_ERROR_FORMAT, "there is no list '%.60s' of pictures (ImageSets/Main/%.60s.txt)", r->list,
                        r->list);
    const char **word = gd__alloc_zeroed((size_t)count_lines(r->listed) + 1, sizeof *word);
    if (word == NULL)
        return gd__fail_memory("a list of pictures");
    const int64_t words = split_list(r->listed, word);
    int64_t count = 0;
    for (int64_t i = 0; i < a->count; i++) {
        const char *name = a->entry[i].picture;
        if (bsearch(&name, (const void *)word, (size_t)words, sizeof *word, compare_texts) != NULL)
            a->entry[count++] = a->entry[i];
        else
            gd__free(a->entry[i].picture);
    }
    a->count = count;
    gd_status status = GD_OK;
    if (count < words)
        status = gd__fail(GD_ERROR_FORMAT, "the list '%.60s' names %lld pictures, of which %lld have an annotation",
                          r->list, (long long)words, (long long)count);
    gd__free((void *)word);
    return status;
}

gd_status gd__voc_read(int path_count, const char *const *path, const char *list, gd__annotations *annotations)
{
    reading r = {.annotations = annotations, .list = list};
    gd_status status = GD_OK;
    annotations->by_stem = true;
    for (int i = 0; i < path_count && status == GD_OK; i++)
        status = take_path(&r, path[i]);
    if (status == GD_OK && list != NULL)
        status = keep_listed(&r);
    if (status == GD_OK && annotations->count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: there are no annotations (.xml)", path[0]);
    gd__free(r.listed);
    return status;
}
