// text: files of texts, a line each, or folders of classes with a file each.
#include "base/error.h"
#include "base/memory.h"
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    FILES(1, 1000,
          "files with a text on each line, plain or .gz; or a folder with a folder for each class, in which "
          "each file .txt or .txt.gz is a text"),
    TEXTS("classes", "the classes (the names of their folders), in the order of their numbers; else all, by name"),
    END};

static gd_status open_texts(const gd_source_call *call, gd_dataset **out)
{
    const gd__yaml *node = gd__option_node(gd__source_call_of(call)->chosen.options, "classes");
    gd_text_opts opts = {.class_count = node == NULL ? 0 : node->kind == GD__YAML_LIST ? node->count : 1};
    const char **names = gd__alloc_zeroed((size_t)opts.class_count + 1, sizeof *names);
    if (names == NULL)
        return gd__fail_memory("the classes of texts");
    for (int i = 0; i < opts.class_count; i++)
        names[i] = node->kind == GD__YAML_LIST ? node->item[i]->text : node->text;
    opts.class_name = names;
    gd_status status = gd_dataset_from_texts(call->file_count, call->file, opts, out);
    gd__free((void *)names);
    return status;
}

const gd_source_kind gd__source_text = {
    .record = {.name = "text",
               .doc = "texts: a line of a file each, or a file each in folders called after their classes. Fields text "
                      "and label",
               .options = keys,
               .short_option = "files",
               .aliases = "texts|lines"},
    .endings = ".txt|.txt.gz",
    .open = open_texts,
};
