#include "data/picture_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/picture_table.h"
#include "io/tar.h"

enum { MOST_ENTRIES = 1 << 27, MOST_CLASSES = 100000, MOST_DEPTH = 16 };

void gd__picture_list_free(gd__picture_list *list)
{
    for (int64_t i = 0; i < list->count; i++) {
        gd__free(list->entry[i].name);
        gd__free(list->entry[i].class_text);
    }
    for (int i = 0; i < list->archive_count; i++)
        gd__free(list->archive[i]);
    for (int i = 0; i < list->class_count; i++)
        gd__free(list->class_name[i]);
    gd__free(list->entry);
    gd__free(list->archive);
    gd__free(list->is_gzip);
    gd__free(list->class_name);
    *list = (gd__picture_list){0};
}

// Whether a name has one of the endings, in capitals or not.
static bool is_wanted(const gd__picture_list *list, const char *name)
{
    const char *end = strrchr(name, '.');
    if (end == NULL)
        return false;
    for (const char *at = list->endings; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        const size_t length = strcspn(at, "|");
        if (length == strlen(end) && strncasecmp(end, at, length) == 0)
            return true;
    }
    return false;
}

// Adds an entry; its capacity doubles at powers of two.
static gd_status add(gd__picture_list *list, gd__picture_entry entry)
{
    const int64_t count = list->count;
    if (count >= MOST_ENTRIES)
        return gd__fail(GD_ERROR_FORMAT, "more than %d pictures", MOST_ENTRIES);
    if ((count & (count - 1)) == 0) {
        gd__picture_entry *larger = gd__realloc(list->entry, count == 0 ? 1 : 2 * (size_t)count, sizeof *list->entry);
        if (larger == NULL)
            return gd__fail_memory("a list of pictures");
        list->entry = larger;
    }
    if (entry.name == NULL)
        return gd__fail_memory("a list of pictures");
    list->entry[list->count++] = entry;
    return GD_OK;
}

static char *join(const char *folder, const char *name)
{
    gd__text text = {0};
    const size_t length = strlen(folder);
    gd__text_add(&text, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name);
    return gd__text_take(&text);
}

static int64_t changed_at(const struct stat *information)
{
    return (int64_t)information->st_mtim.tv_sec * 1000000000 + information->st_mtim.tv_nsec;
}

// Adds a file that a table names to the list, whatever its ending.
static gd_status add_row(void *context, const char *path, const char *class_text)
{
    gd__picture_list *list = context;
    struct stat information;
    if (stat(path, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", path, strerror(errno));
    if (!S_ISREG(information.st_mode))
        return gd__fail(GD_ERROR_IO, "%s: is no file", path);
    gd__picture_entry entry = {.name = gd__copy_text(path),
                               .archive = -1,
                               .size = (int64_t)information.st_size,
                               .changed = changed_at(&information),
                               .label = -1,
                               .class_text = class_text == NULL ? NULL : gd__copy_text(class_text)};
    gd_status status =
        class_text != NULL && entry.class_text == NULL ? gd__fail_memory("a list of pictures") : add(list, entry);
    if (status != GD_OK) {
        gd__free(entry.name);
        gd__free(entry.class_text);
    }
    return status;
}

// ---- Folders

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static gd_status scan(gd__picture_list *list, const char *folder, int depth);

static gd_status take_file(gd__picture_list *list, const char *path, int depth)
{
    struct stat information;
    if (stat(path, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", path, strerror(errno));
    if (S_ISDIR(information.st_mode))
        return scan(list, path, depth + 1);
    if (!S_ISREG(information.st_mode) || !is_wanted(list, path))
        return GD_OK;
    return add(list, (gd__picture_entry){.name = gd__copy_text(path),
                                         .archive = -1,
                                         .size = (int64_t)information.st_size,
                                         .changed = changed_at(&information),
                                         .label = -1});
}

static gd_status scan(gd__picture_list *list, const char *folder, int depth)
{
    if (depth > MOST_DEPTH)
        return gd__fail(GD_ERROR_FORMAT, "%s: lies more than %d folders deep", folder, MOST_DEPTH);
    struct dirent **entry = NULL;
    const int count = scandir(folder, &entry, is_shown, by_name);
    if (count < 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked through: %s", folder, strerror(errno));
    gd_status status = GD_OK;
    for (int i = 0; i < count; i++) {
        char *path = status == GD_OK ? join(folder, entry[i]->d_name) : NULL;
        if (status == GD_OK)
            status = path == NULL ? gd__fail_memory("a list of pictures") : take_file(list, path, depth);
        gd__free(path);
        free(entry[i]); // the C library's own blocks
    }
    free(entry);
    return status;
}

// ---- Archives

// Whether a name lies below the folder ("train" has "train/cat/1.jpg" and "./train/cat/1.jpg").
static bool lies_below(const char *name, const char *below)
{
    if (strncmp(name, "./", 2) == 0)
        name += 2;
    if (below == NULL)
        return true;
    size_t length = strlen(below);
    while (length > 0 && below[length - 1] == '/')
        length--;
    return strncmp(name, below, length) == 0 && name[length] == '/';
}

static gd_status take_members(gd__picture_list *list, gd__tar *tar, const char *below, int64_t changed)
{
    gd_status status = GD_OK;
    for (;;) {
        gd__tar_file file;
        status = gd__tar_next(tar, &file);
        if (status != GD_OK || file.name == NULL)
            return status;
        const char *base = strrchr(file.name, '/');
        base = base == NULL ? file.name : base + 1;
        if (base[0] == '.' || !is_wanted(list, file.name) || !lies_below(file.name, below))
            continue;
        status = add(list, (gd__picture_entry){.name = gd__copy_text(file.name),
                                               .archive = list->archive_count - 1,
                                               .offset = file.offset,
                                               .size = file.size,
                                               .changed = changed,
                                               .label = -1});
        if (status != GD_OK)
            return status;
    }
}

static gd_status take_archive(gd__picture_list *list, const char *path, const char *below, int64_t changed)
{
    char **archive = gd__realloc(list->archive, (size_t)list->archive_count + 1, sizeof *archive);
    if (archive != NULL)
        list->archive = archive;
    bool *is_gzip = gd__realloc(list->is_gzip, (size_t)list->archive_count + 1, sizeof *is_gzip);
    if (is_gzip != NULL)
        list->is_gzip = is_gzip;
    char *copy = gd__copy_text(path);
    if (archive == NULL || is_gzip == NULL || copy == NULL) {
        gd__free(copy);
        return gd__fail_memory("a list of pictures");
    }
    list->archive[list->archive_count] = copy;
    gd__tar *tar;
    list->archive_count++;
    gd_status status = gd__tar_open(path, &tar);
    if (status != GD_OK)
        return status;
    list->is_gzip[list->archive_count - 1] = gd__tar_is_gzip(tar);
    status = take_members(list, tar, below, changed);
    gd__tar_close(tar);
    return status;
}

// ---- Classes

static const char *behind(const char *name, const char *folder)
{
    const size_t length = folder == NULL ? 0 : strlen(folder);
    name += length > 0 && strncmp(name, folder, length) == 0 ? length : 0;
    return name + strspn(name, "/");
}

// The folder that a picture lies in, below what was named: its last but one part. NULL: none.
static char *class_of(const gd__picture_entry *entry, const char *root, const char *below)
{
    if (entry->class_text != NULL)
        return gd__copy_text(entry->class_text);
    const char *name = entry->name + (strncmp(entry->name, "./", 2) == 0 ? 2 : 0);
    if (entry->archive < 0)
        name = behind(name, root);
    name = behind(name, below);
    const char *end = strrchr(name, '/');
    if (end == NULL)
        return NULL;
    const char *begin = end;
    while (begin > name && begin[-1] != '/')
        begin--;
    char *text = gd__alloc((size_t)(end - begin) + 1);
    if (text != NULL) {
        memcpy(text, begin, (size_t)(end - begin));
        text[end - begin] = '\0';
    }
    return text;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Sorts the classes' names, leaves one of each, and numbers the entries.
static gd_status number_classes(gd__picture_list *list, char **of_entry)
{
    char **name = gd__alloc((size_t)(list->count + 1) * sizeof *name);
    if (name == NULL)
        return gd__fail_memory("the classes of pictures");
    if (list->count > 0)
        memcpy(name, of_entry, (size_t)list->count * sizeof *name);
    qsort(name, (size_t)list->count, sizeof *name, compare_texts);
    int64_t count = 0;
    for (int64_t i = 0; i < list->count; i++)
        if (i == 0 || strcmp(name[i], name[count - 1]) != 0)
            name[count++] = name[i];
    gd_status status = GD_OK;
    list->class_name = gd__alloc_zeroed((size_t)count + 1, sizeof *list->class_name);
    if (list->class_name == NULL)
        status = gd__fail_memory("the classes of pictures");
    else if (count > MOST_CLASSES)
        status = gd__fail(GD_ERROR_FORMAT, "%lld classes of pictures; at most %d are possible", (long long)count,
                          MOST_CLASSES);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        list->class_name[i] = gd__copy_text(name[i]);
        status = list->class_name[i] == NULL ? gd__fail_memory("the classes of pictures") : GD_OK;
        list->class_count++;
    }
    for (int64_t i = 0; i < list->count && status == GD_OK; i++)
        list->entry[i].label =
            (int)((char **)bsearch(&of_entry[i], list->class_name, (size_t)count, sizeof *name, compare_texts) -
                  list->class_name);
    gd__free(name);
    return status;
}

// Every picture in a folder of its class, or none: else it is not known what is meant.
static gd_status find_classes(gd__picture_list *list, const char *const *root, const char *below)
{
    char **name = gd__alloc_zeroed((size_t)list->count + 1, sizeof *name);
    gd_status status = name == NULL ? gd__fail_memory("the classes of pictures") : GD_OK;
    int64_t with = 0;
    for (int64_t i = 0; i < list->count && status == GD_OK; i++) {
        name[i] = class_of(&list->entry[i], root[i], below);
        with += name[i] != NULL;
    }
    if (status == GD_OK && with == list->count)
        status = number_classes(list, name);
    for (int64_t i = 0; i < list->count && name != NULL; i++)
        gd__free(name[i]);
    gd__free(name);
    return status;
}

// ---- The whole

static gd_status take_path(gd__picture_list *list, const char *path, const gd_picture_opts *opts)
{
    const char *below = opts->below;
    struct stat information;
    if (stat(path, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", path, strerror(errno));
    if (S_ISDIR(information.st_mode)) {
        char *folder = below == NULL ? gd__copy_text(path) : join(path, below);
        const gd_status status = folder == NULL ? gd__fail_memory("a list of pictures") : scan(list, folder, 0);
        gd__free(folder);
        return status;
    }
    if (is_wanted(list, path))
        return take_file(list, path, 0);
    if (gd__is_picture_table(path))
        return gd__picture_table_read(path, opts, add_row, list);
    return take_archive(list, path, below, changed_at(&information));
}

gd_status gd__picture_list_make(int path_count, const char *const *path, const gd_picture_opts *opts,
                                gd__picture_list *list)
{
    return gd__file_list_make(&(const gd__file_form){".jpg|.jpeg|.png", "picture"}, path_count, path, opts, list);
}

// ".jpg, .jpeg, .png"
static void list_endings(const char *endings, char to[100])
{
    size_t length = 0;
    for (; *endings != '\0' && length < 98; endings++) {
        to[length++] = *endings == '|' ? ',' : *endings;
        if (*endings == '|')
            to[length++] = ' ';
    }
    to[length] = '\0';
}

gd_status gd__file_list_make(const gd__file_form *form, int path_count, const char *const *path,
                             const gd_picture_opts *opts, gd__picture_list *list)
{
    const char *below = opts->below;
    char endings[100];
    *list = (gd__picture_list){.endings = form->endings};
    list_endings(form->endings, endings);
    const char **root = NULL; // of each entry, the path that it was found by; NULL for a file that was named itself
    gd_status status = GD_OK;
    for (int p = 0; p < path_count && status == GD_OK; p++) {
        const int64_t before = list->count;
        status = take_path(list, path[p], opts);
        const char **longer = gd__realloc(root, (size_t)list->count + 1, sizeof *root);
        if (longer == NULL) {
            status = gd__fail_memory("a list of pictures");
            break;
        }
        root = longer;
        for (int64_t i = before; i < list->count; i++)
            root[i] = path[p];
    }
    if (status == GD_OK && list->count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: there is no %s (%s)%s%s", path[0], form->noun, endings,
                          below != NULL ? " below " : "", below != NULL ? below : "");
    if (status == GD_OK)
        status = find_classes(list, root, below);
    gd__free((void *)root);
    if (status != GD_OK)
        gd__picture_list_free(list);
    return status;
}
