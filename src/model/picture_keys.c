#include "model/picture_keys.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

bool gd__option_is(gd__options options, const char *key, const char *word)
{
    const char *text = gd__option_text(options, key);
    return text != NULL && strcmp(text, word) == 0;
}

// The names of the classes: `classes`, where it is given.
static gd_status take_classes(gd__options options, gd_picture_opts *opts, const char ***names)
{
    const gd__yaml *node = gd__option_node(options, "classes");
    if (node == NULL)
        return GD_OK;
    opts->class_count = node->kind == GD__YAML_LIST ? node->count : 1;
    *names = gd__alloc_zeroed((size_t)opts->class_count + 1, sizeof **names);
    if (*names == NULL)
        return gd__fail_memory("the classes of pictures");
    for (int i = 0; i < opts->class_count; i++)
        (*names)[i] = node->kind == GD__YAML_LIST ? node->item[i]->text : node->text;
    opts->class_name = *names;
    return GD_OK;
}

// N, or [rows, columns].
static void take_size(gd__options options, gd_picture_opts *opts)
{
    const gd__yaml *size = gd__option_node(options, "size");
    int64_t rows = 0, columns = 0;
    if (size == NULL)
        return;
    (void)gd__yaml_integer(size->kind == GD__YAML_LIST ? size->item[0] : size, &rows);
    columns = rows;
    if (size->kind == GD__YAML_LIST && size->count == 2)
        (void)gd__yaml_integer(size->item[1], &columns);
    opts->height = (int)rows;
    opts->width = (int)columns;
}

gd_status gd__picture_keys_read(const gd_source_call *call, gd_picture_opts *opts, const char ***names)
{
    const gd__source_call *whole = gd__source_call_of(call);
    const gd__options options = whole->chosen.options;
    *opts = (gd_picture_opts){.channels = (int)gd__option_integer(options, "channels"),
                              .stretch = gd__option_is(options, "fit", "stretch"),
                              .bicubic = gd__option_is(options, "filter", "bicubic"),
                              .below = call->predicting ? NULL : gd__option_text(options, "below"),
                              .skip_broken = gd__option_is(options, "broken", "skip"),
                              .keep_broken = whole->table.keep_all};
    take_size(options, opts);
    return take_classes(options, opts, names);
}
