// From the words of a recipe to data sets: choosing the kind of a source, and finding its files.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/record.h"
#include "data/dataset.h"
#include "model/find_file.h"
#include "model/model.h"
#include "model/source_kind.h"

static const gd_source_kind *kind_of(gd__chosen chosen)
{
    return (const gd_source_kind *)(const void *)chosen.record; // its first member
}

// The option that names its files, or NULL.
static const gd_option *files_option(const gd_source_kind *kind)
{
    const gd_option *files = gd__option_named(kind->record.options, "files");
    return files != NULL ? files : gd__option_named(kind->record.options, "file");
}

// ---- Reading

// The options struct as the recipe says, or of defaults; *options is NULL where the kind has none. gd__free.
static gd_status fill_options(const gd__source_call *call, void **options)
{
    const gd_record *record = &call->shown.kind->record;
    *options = record->options_size == 0 ? NULL : gd__alloc_zeroed(1, record->options_size);
    if (*options == NULL)
        return record->options_size == 0 ? GD_OK : gd__fail_memory("the options of a source");
    gd__options_read(call->chosen.options, record, *options);
    return GD_OK;
}

static gd_status open_source(gd__source_call *call, gd_dataset **out)
{
    void *options;
    gd_status status = fill_options(call, &options);
    call->shown.options = options;
    if (status == GD_OK)
        status = call->shown.kind->open(&call->shown, out);
    gd__free(options);
    return status;
}

static bool fits(gd__source_call *call)
{
    void *options;
    if (call->shown.kind->fits == NULL)
        return true;
    bool good = fill_options(call, &options) == GD_OK;
    call->shown.options = options;
    good = good && call->shown.kind->fits(&call->shown);
    gd__free(options);
    return good;
}

// The files that a source lists, found; free each, and the list.
static gd_status find_files(const gd_recipe *recipe, gd__chosen chosen, char ***path, int *count)
{
    const gd_option *option = files_option(kind_of(chosen));
    const gd__yaml *files = option == NULL ? NULL : gd__option_node(chosen.options, option->name);
    *count = 0;
    *path = NULL;
    if (files == NULL)
        return GD_OK;
    const bool is_list = files->kind == GD__YAML_LIST;
    const int wanted = is_list ? files->count : 1;
    *path = gd__alloc_zeroed((size_t)wanted, sizeof **path);
    if (*path == NULL)
        return gd__fail_memory("the names of files");
    for (int i = 0; i < wanted; i++) {
        const gd__yaml *file = is_list ? files->item[i] : files;
        gd_status status = gd__find_file(recipe, file, file->text, &(*path)[i]);
        if (status != GD_OK)
            return status;
        *count = i + 1;
    }
    return GD_OK;
}

// Gives the field of sample weights its role; columns of a table have theirs.
static gd_status mark_weight(const gd_recipe *recipe, gd_status status, gd_dataset **set)
{
    const gd__yaml *node = gd__option_node(gd__section(recipe->root, "data"), "weight");
    if (status != GD_OK || node == NULL || gd_dataset_csv_schema(*set) != NULL)
        return status;
    gd_dataset *plain = *set;
    if (gd_dataset_find(plain, node->text) < 0)
        status = gd__yaml_fail(node, "the data has no field '%.60s' of weights", node->text);
    else
        status = gd_dataset_with_role(plain, node->text, GD_ROLE_WEIGHT, set);
    gd_dataset_free(plain);
    if (status != GD_OK)
        *set = NULL;
    return status;
}

// Weights of arrays; a table has its own looked at where it is read.
static gd_status check_weights(gd_status status, gd_dataset **set)
{
    char origin[GD_ORIGIN_TEXT];
    if (status != GD_OK || gd_dataset_csv_schema(*set) != NULL)
        return status;
    for (int f = 0; f < gd_dataset_field_count(*set) && status == GD_OK; f++) {
        const gd_field field = gd_dataset_field(*set, f);
        if (field.role != GD_ROLE_WEIGHT || field.shape.rank != 0)
            continue;
        double weight;
        for (int64_t i = 0; i < gd_dataset_count(*set) && status == GD_OK; i++) {
            status = gd__sample_number(*set, f, i, &weight);
            if (status == GD_OK && weight < 0)
                status = gd__fail(GD_ERROR_FORMAT, "%s: the weight '%.60s' is %g, which is negative",
                                  gd_dataset_origin_text(*set, i, origin), field.name, weight);
        }
    }
    if (status != GD_OK) {
        gd_dataset_free(*set);
        *set = NULL;
    }
    return status;
}

static gd_status read_source(const gd_recipe *recipe, const gd__yaml *source, gd__table_opts table, gd_dataset **out)
{
    const gd__chosen chosen = gd__chosen_of(source, &gd__source_variants, NULL);
    char **path = NULL;
    int count = 0;
    gd_status status = find_files(recipe, chosen, &path, &count);
    if (status == GD_OK) {
        gd__source_call call = {.shown = {.kind = kind_of(chosen), .file_count = count},
                                .recipe = recipe,
                                .chosen = chosen,
                                .table = table};
        call.shown.file = (const char *const *)path;
        status = open_source(&call, out);
    }
    for (int i = 0; i < count; i++)
        gd__free(path[i]);
    gd__free(path);
    return status;
}

gd_status gd__read_source(const gd_recipe *recipe, const gd__yaml *source, gd__table_opts table, gd_dataset **out)
{
    *out = NULL;
    gd_status status = mark_weight(recipe, read_source(recipe, source, table, out), out);
    status = check_weights(status, out);
    return status == GD_OK ? gd__apply_windows(recipe, false, out) : status;
}

// ---- Files that the user names

static bool ends_with(const char *text, const char *ending, size_t tail)
{
    const size_t length = strlen(text);
    return length >= tail && memcmp(text + length - tail, ending, tail) == 0;
}

static bool is_of_kind(const char *path, const gd_source_kind *kind)
{
    for (const char *at = kind->endings; at != NULL && *at != '\0';) {
        const size_t length = strcspn(at, "|");
        if (ends_with(path, at, length))
            return true;
        at += length + (at[length] == '|');
    }
    return false;
}

// By the file's ending; NULL: it says nothing. Where several kinds have the ending it is `likely`, if that is one.
static const gd_source_kind *kind_of_file(const char *path, const gd_source_kind *likely)
{
    if (likely != NULL && is_of_kind(path, likely))
        return likely;
    for (int i = 0; i < gd_record_count(&gd__source_variants); i++) {
        const gd_source_kind *kind = (const gd_source_kind *)(const void *)gd_record_at(&gd__source_variants, i);
        if (is_of_kind(path, kind))
            return kind;
    }
    return NULL;
}

// The recipe's own source of this kind whose options fit the file, since they need not all name the same arrays; else
// the first of the kind.
static gd__chosen chosen_like(gd__source_call *call)
{
    static const char *const parts[] = {"train", "validation", "test"};
    gd__chosen first = {.record = &call->shown.kind->record};
    for (int i = 0; i < GD_COUNT_OF(parts); i++) {
        const gd__yaml *source = gd__option_node(gd__section(call->recipe->root, "data"), parts[i]);
        call->chosen = gd__chosen_of(source, &gd__source_variants, NULL);
        if (call->chosen.record != &call->shown.kind->record)
            continue;
        if (fits(call))
            return call->chosen;
        if (first.node == NULL)
            first = call->chosen;
    }
    return first;
}

gd_status gd__read_files(const gd_recipe *recipe, int count, const char *const *path, gd__table_opts table,
                         gd_dataset **out)
{
    *out = NULL;
    if (count < 1 || count > 2)
        return gd__fail(GD_ERROR_ARGUMENT, "%d files, expected one, or two (samples and labels)", count);
    for (int i = 0; i < count; i++)
        if (strcmp(path[i], "-") != 0 && !gd__file_exists(path[i]))
            return gd__fail(GD_ERROR_IO, "the file '%.300s' is not there", path[i]);
    const gd__yaml *train = gd__option_node(gd__section(recipe->root, "data"), "train");
    const gd_source_kind *likely = train == NULL ? NULL : kind_of(gd__chosen_of(train, &gd__source_variants, NULL));
    const gd_source_kind *kind = strcmp(path[0], "-") == 0 ? &gd__source_csv : kind_of_file(path[0], likely);
    if (kind == NULL)
        kind = likely;
    if (kind == NULL || files_option(kind) == NULL)
        kind = &gd__source_idx;
    gd__source_call call = {.shown = {.kind = kind, .file_count = count, .file = path, .predicting = true},
                            .recipe = recipe,
                            .table = table};
    call.chosen = chosen_like(&call);
    gd_status status = open_source(&call, out);
    return status == GD_OK ? gd__apply_windows(recipe, table.keep_all, out) : status;
}
