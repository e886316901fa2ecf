#include "model/zoo.h"

#include <gradus/text.h>
#include <gradus/zoo.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_NETWORKS = 200 };

int gd_zoo_count(void)
{
    int count = 0;
    while (gd__zoo_networks[count].name != NULL)
        count++;
    return count;
}

const char *gd_zoo_name(int i)
{
    return i >= 0 && i < gd_zoo_count() ? gd__zoo_networks[i].name : NULL;
}

const char *gd_zoo_doc(int i)
{
    return i >= 0 && i < gd_zoo_count() ? gd__zoo_networks[i].doc : NULL;
}

gd_status gd__zoo_parse(const gd__yaml *name, gd__yaml **out)
{
    const char *words[MOST_NETWORKS];
    const int count = gd_zoo_count();
    *out = NULL;
    for (int i = 0; i < count; i++) {
        const gd__zoo_file *file = &gd__zoo_files[gd__zoo_networks[i].file];
        if (strcmp(gd__zoo_networks[i].name, name->text) == 0)
            return gd__yaml_parse((const char *)file->text, file->length, file->name, false, out);
        words[i < MOST_NETWORKS ? i : 0] = gd__zoo_networks[i].name;
    }
    const char *near = gd_nearest_word(name->text, count < MOST_NETWORKS ? count : MOST_NETWORKS, words);
    return gd__yaml_fail(name, "the zoo has no network '%.60s'%s%s%s", name->text,
                         near == NULL ? "" : ", did you mean '", near == NULL ? "; docs/zoo.md lists them" : near,
                         near == NULL ? "" : "'?");
}
