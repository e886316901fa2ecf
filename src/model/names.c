// The dotted names that the tables know, for completion.
#include <gradus/model.h>

#include "base/text.h"
#include "model/schema.h"

enum { MOST_DEEP = 6 };

static void list_options(gd__text *text, const char *path, const gd_option *options, int deep);

static void list_name(gd__text *text, const char *path, const gd_option *option, int deep)
{
    gd__text inner = {0};
    gd__text_add(&inner, "%s%s%s", path, path[0] == '\0' ? "" : ".", option->name);
    const char *name = inner.failed ? path : inner.data;
    const gd_records *records = option->type == GD_OPTION_VARIANT ? option->records : NULL;
    if (option->type == GD_OPTION_MAP)
        list_options(text, name, option->options, deep);
    else if (option->type != GD_OPTION_VARIANTS && option->type != GD_OPTION_NAMED)
        gd__text_add(text, "%s\n", name);
    for (int i = 0; records != NULL && i < gd_record_count(records); i++) {
        const gd_record *record = gd_record_at(records, i);
        gd__text chosen = {0};
        gd__text_add(&chosen, "%s.%s", name, record->name);
        if (!chosen.failed)
            list_options(text, chosen.data, record->options, deep);
        gd__text_free(&chosen);
    }
    text->failed = text->failed || inner.failed;
    gd__text_free(&inner);
}

static void list_options(gd__text *text, const char *path, const gd_option *options, int deep)
{
    for (const gd_option *option = options; deep < MOST_DEEP && option != NULL && option->name != NULL; option++)
        list_name(text, path, option, deep + 1);
}

char *gd_recipe_names(void)
{
    gd__text text = {0};
    list_options(&text, "", gd__recipe_keys, 0);
    return gd__text_take(&text);
}
