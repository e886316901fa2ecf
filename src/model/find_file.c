#include "model/find_file.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#define DATASETS "/usr/share/datasets"

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
    const int known = gd__file_list_find(recipe->files, name);
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
    gd_status status = *found == NULL
                           ? gd__fail_memory("a file's name")
                           : gd__file_list_note(recipe->files, name, *found, elsewhere && name[0] != '/', true);
    if (status != GD_OK) {
        gd__free(*found);
        *found = NULL;
    }
    return status;
}
