#include "model/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/json.h"

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

int gd__file_list_find(const gd__file_list *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->entry[i].found.name, name) == 0)
            return i;
    return -1;
}

gd_status gd__file_list_note(gd__file_list *list, const char *name, const char *path, bool elsewhere, bool read)
{
    char *path_copy = gd__copy_text(path);
    int place = gd__file_list_find(list, name);
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
                                              : gd__file_list_note(list, name, path, elsewhere, false);
    }
    json_decref(root);
    return status;
}
