#include "model/files.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/json.h"
#include "model/recipe.h"

#define DATASETS "/usr/share/datasets"
enum { MOST_FILES = 100000 }; // in a checkpoint's list

// ---- The list

void gd__file_list_free(gd__file_list *list)
{
    for (int i = 0; i < list->count; i++) {
        gd__free((void *)(uintptr_t)list->entry[i].found.name);
        gd__free((void *)(uintptr_t)list->entry[i].found.path);
    }
    gd__free(list->entry);
    *list = (gd__file_list){0};
}

static int index_of(const gd__file_list *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->entry[i].found.name, name) == 0)
            return i;
    return -1;
}

// Puts it in the place of an earlier one of the name.
static gd_status note(gd__file_list *list, const char *name, const char *path, bool elsewhere, bool read)
{
    char *path_copy = gd__copy_text(path);
    int place = index_of(list, name);
    if (path_copy != NULL && place >= 0) {
        gd__free((void *)(uintptr_t)list->entry[place].found.path);
        list->entry[place].found.path = path_copy;
        list->entry[place].found.elsewhere = elsewhere;
        list->entry[place].read = list->entry[place].read || read;
        return GD_OK;
    }
    char *name_copy = gd__copy_text(name);
    if (path_copy == NULL || name_copy == NULL ||
        !gd__grow((void **)&list->entry, &list->capacity, list->count, sizeof *list->entry)) {
        gd__free(path_copy);
        gd__free(name_copy);
        return gd__fail_memory("a file's name");
    }
    list->entry[list->count++] =
        (struct gd__file_entry){.found = {.name = name_copy, .path = path_copy, .elsewhere = elsewhere}, .read = read};
    return GD_OK;
}

gd_status gd__file_list_read(const gd__file_list *list, int *count, gd_model_file **file)
{
    *count = 0;
    *file = gd__alloc_zeroed((size_t)list->count, sizeof **file);
    if (*file == NULL)
        return gd__fail_memory("the names of files");
    for (int i = 0; i < list->count; i++)
        if (list->entry[i].read)
            (*file)[(*count)++] = list->entry[i].found;
    return GD_OK;
}

// ---- In a checkpoint

char *gd__absolute_path(const char *path)
{
    char *whole = realpath(path, NULL);
    char *copy = gd__copy_text(whole == NULL ? path : whole);
    free(whole);
    return copy;
}

char *gd__file_list_to_json(const gd__file_list *list)
{
    json_t *files = json_array();
    bool good = files != NULL;
    for (int i = 0; i < list->count && good; i++) {
        char *path = gd__absolute_path(list->entry[i].found.path);
        // A name that is no UTF-8 cannot stand in JSON: it is looked for as the recipe's own are.
        json_t *entry = path == NULL ? NULL
                                     : json_pack("{s:s, s:s, s:b}", "name", list->entry[i].found.name, "path", path,
                                                 "elsewhere", list->entry[i].found.elsewhere);
        good = path != NULL && (entry == NULL || json_array_append_new(files, entry) == 0);
        gd__free(path);
    }
    if (!good) {
        json_decref(files);
        return NULL;
    }
    return gd__json_text(json_pack("{s:o}", "files", files));
}

gd_status gd__file_list_from_json(const char *text, gd__file_list *list)
{
    json_t *root;
    gd_status status = gd__json_parse("the list of data files", text, &root);
    if (status != GD_OK)
        return status;
    const json_t *files = json_object_get(root, "files");
    if (!json_is_array(files) || json_array_size(files) > MOST_FILES)
        status = gd__fail(GD_ERROR_FORMAT, "the list of data files is damaged");
    for (size_t i = 0; i < json_array_size(files) && status == GD_OK; i++) {
        const json_t *entry = json_array_get(files, i);
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *path = json_string_value(json_object_get(entry, "path"));
        const bool elsewhere = json_is_true(json_object_get(entry, "elsewhere"));
        status = name == NULL || path == NULL ? gd__fail(GD_ERROR_FORMAT, "the list of data files is damaged")
                                              : note(list, name, path, elsewhere, false);
    }
    json_decref(root);
    return status;
}

// ---- Finding

// Takes "folder/name" into *found when there is such a file.
static bool try_file(const char *folder, const char *name, char **found)
{
    gd__text path = {0};
    if (strcmp(folder, ".") == 0)
        gd__text_add(&path, "%s", name);
    else
        gd__text_add(&path, "%s/%s", folder, name);
    if (!path.failed && gd__file_exists(path.data)) {
        *found = gd__text_take(&path);
        return true;
    }
    gd__text_free(&path);
    return false;
}

// Looks in every folder that system packages put data sets into.
static bool try_datasets(const char *name, char **found)
{
    if (try_file(DATASETS, name, found))
        return true;
    glob_t folders = {0};
    bool good = false;
    if (glob(DATASETS "/*", 0, NULL, &folders) == 0)
        for (size_t i = 0; i < folders.gl_pathc && !good; i++)
            good = try_file(folders.gl_pathv[i], name, found);
    globfree(&folders);
    return good;
}

static bool is_fashion_mnist(const char *name)
{
    return strstr(name, "fashion-mnist") != NULL || strstr(name, "-idx3-ubyte") != NULL ||
           strstr(name, "-idx1-ubyte") != NULL;
}

static gd_status fail_missing(const gd_recipe *recipe, const gd__yaml *node, const char *name)
{
    const char *data = getenv("GRADUS_DATA");
    const char *hint = is_fashion_mnist(name)
                           ? "; Fashion-MNIST comes with Debian's package dataset-fashion-mnist (apt-get install it)"
                           : "";
    if (name[0] == '/')
        return gd__yaml_fail(node, "the file '%.200s' is not there%s", name, hint);
    return gd__yaml_fail(node,
                         "the file '%.200s' was not found: looked beside the recipe ('%.100s'), in the current "
                         "directory, in $GRADUS_DATA (%.100s) and in " DATASETS "/*%s",
                         name, recipe->folder, data == NULL || data[0] == '\0' ? "not set" : data, hint);
}

// True when there is such a file; *found is NULL then when memory is short.
static bool look_for(const gd_recipe *recipe, const char *name, char **found, bool *elsewhere)
{
    const char *data = getenv("GRADUS_DATA");
    const int known = index_of(recipe->files, name);
    *elsewhere = false;
    if (name[0] != '/' && known < 0 && try_file(recipe->folder, name, found))
        return true;
    *elsewhere = true;
    if (known >= 0 && gd__file_exists(recipe->files->entry[known].found.path)) {
        *elsewhere = recipe->files->entry[known].found.elsewhere;
        *found = gd__copy_text(recipe->files->entry[known].found.path);
        return true;
    }
    if (name[0] == '/') {
        *found = gd__file_exists(name) ? gd__copy_text(name) : NULL;
        return gd__file_exists(name);
    }
    *elsewhere = false;
    if (known >= 0 && try_file(recipe->folder, name, found))
        return true;
    *elsewhere = true;
    return try_file(".", name, found) || (data != NULL && data[0] != '\0' && try_file(data, name, found)) ||
           try_datasets(name, found);
}

gd_status gd__find_file(const gd_recipe *recipe, const gd__yaml *node, const char *name, char **found)
{
    bool elsewhere;
    *found = NULL;
    if (!look_for(recipe, name, found, &elsewhere))
        return fail_missing(recipe, node, name);
    gd_status status = *found == NULL ? gd__fail_memory("a file's name")
                                      : note(recipe->files, name, *found, elsewhere && name[0] != '/', true);
    if (status != GD_OK) {
        gd__free(*found);
        *found = NULL;
    }
    return status;
}
