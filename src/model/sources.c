// From the words of a recipe to data sets: reading their files.
#include <gradus/generate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "data/dataset.h"
#include "io/npy.h"
#include "model/find_file.h"
#include "model/model.h"

// ---- Random samples, for trying out

static void fill_normal(gd_array *array, gd__random *random)
{
    float *value = array->data;
    for (int64_t i = 0; i < gd_array_count(array); i++)
        value[i] = (float)gd__next_normal(random);
}

// Whole numbers from 0 to words - 1, for an embedding.
static void fill_words(gd_array *array, gd__random *random, int64_t words)
{
    for (int64_t i = 0; i < gd_array_count(array); i++)
        ((int32_t *)array->data)[i] = (int32_t)gd__random_below(random, (uint64_t)words);
}

static gd_status read_random(const gd__yaml *where, gd__options options, gd_dataset **out)
{
    const gd__yaml *shape_node = gd__option_node(options, "shape");
    int64_t count = gd__option_integer(options, "count"), classes = gd__option_integer(options, "classes");
    const int64_t words = gd__option_integer(options, "words");
    bool is_list = shape_node->kind == GD__YAML_LIST;
    gd_shape shape = {.rank = 1 + (is_list ? shape_node->count : 1), .dim = {count}};
    double elements = (double)count;
    for (int i = 1; i < shape.rank; i++) {
        (void)gd__yaml_integer(is_list ? shape_node->item[i - 1] : shape_node, &shape.dim[i]);
        elements *= (double)shape.dim[i];
    }
    if (elements > 1e9)
        return gd__yaml_fail(where, "%g random numbers are too many, expected at most 1e9", elements);
    gd_array array[2] = {{0}};
    gd_status status = gd_array_create(&array[0], words > 0 ? GD_I32 : GD_F32, shape);
    if (status == GD_OK)
        status = classes > 0 ? gd_array_create(&array[1], GD_I32, GD_SHAPE(count))
                             : gd_array_create(&array[1], GD_F32, GD_SHAPE(count, 1));
    if (status == GD_OK) {
        gd__random random = gd__random_make((uint64_t)gd__option_integer(options, "seed"), 0);
        const char *const name[2] = {shape.rank == 4 ? "image" : "x", classes > 0 ? "label" : "y"};
        if (words > 0)
            fill_words(&array[0], &random, words);
        else
            fill_normal(&array[0], &random);
        if (classes == 0)
            fill_normal(&array[1], &random);
        else // every class comes up when there are samples enough
            for (int64_t i = 0; i < count; i++)
                ((int32_t *)array[1].data)[i] =
                    (int32_t)(i < classes ? i : (int64_t)gd__random_below(&random, (uint64_t)classes));
        status = gd_dataset_from_arrays(2, name, array, out);
    }
    gd_array_free(&array[0]);
    gd_array_free(&array[1]);
    return status;
}

// ---- Made-up data sets

static gd_status read_generated(const gd__yaml *where, gd__options options, gd_dataset **out)
{
    char place[GD__PLACE_SIZE];
    const double noise = gd__option_number(options, "noise");
    gd_generate_opts opts = {
        .samples = gd__option_integer(options, "samples"),
        // Who writes 0 wants none; who writes nothing, the kind's own.
        .noise = gd__option_node(options, "noise") != NULL && noise == 0 ? -1 : noise,
        .seed = (uint32_t)gd__option_integer(options, "seed"),
        .classes = (int)gd__option_integer(options, "classes"),
        .features = (int)gd__option_integer(options, "features"),
    };
    gd_status status = gd_generator_named(gd__option_text(options, "kind"), &opts.kind);
    if (status == GD_OK)
        status = gd_dataset_generate(opts, out);
    return status == GD_OK ? status : gd__fail_in(status, "%s", gd__yaml_place(where, place));
}

// ---- Arrays

static gd_picture_layout layout_of(gd__options options)
{
    const char *word = gd__option_text(options, "layout");
    return word == NULL ? GD_LAYOUT_UNSAID : strcmp(word, "nhwc") == 0 ? GD_NHWC : GD_NCHW;
}

// What a source of arrays says of itself, and for an archive the section `data`.
static gd_array_opts array_opts_of(const gd_recipe *recipe, gd__chosen chosen)
{
    gd_array_opts opts = {.layout = layout_of(chosen.options)};
    const char *kind = chosen.record->name;
    if (strcmp(kind, "npy") == 0)
        return opts;
    opts.x = gd__option_text(chosen.options, "x");
    opts.y = gd__option_text(chosen.options, "y");
    if (strcmp(kind, "hdf5") == 0 && gd__option_node(chosen.options, "channels_first") != NULL)
        opts.layout = gd__option_bool(chosen.options, "channels_first") ? GD_NHWC : GD_NCHW;
    gd__options data = gd__section(recipe->root, "data");
    const bool named = gd__option_text(data, "input") != NULL && gd__option_text(data, "target") != NULL;
    if (strcmp(kind, "npz") == 0 && opts.x == NULL && named) {
        opts.x = gd__option_text(data, "input");
        opts.y = gd__option_text(data, "target");
    }
    return opts;
}

// The recipe's own source of this kind whose arrays the file has, since they need not all use the same names; else the
// first of the kind.
static gd_array_opts opts_like(const gd_recipe *recipe, const char *kind, const char *path)
{
    static const char *const parts[] = {"train", "validation", "test"};
    gd_array_opts opts = {.x = strcmp(kind, "hdf5") == 0 ? "x" : NULL};
    bool any = false;
    for (int i = 0; i < GD_COUNT_OF(parts); i++) {
        const gd__yaml *source = gd__option_node(gd__section(recipe->root, "data"), parts[i]);
        const gd__chosen chosen = gd__chosen_of(source, &gd__source_variants, NULL);
        if (chosen.record == NULL || strcmp(chosen.record->name, kind) != 0)
            continue;
        const gd_array_opts named = array_opts_of(recipe, chosen);
        const bool found = named.x != NULL && strcmp(kind, "hdf5") == 0 && gd_hdf5_has(path, named.x);
        if (found || !any)
            opts = named;
        any = true;
        if (found)
            break;
    }
    return opts;
}

// ---- Reading

static gd_status read_kind(const gd_recipe *recipe, const char *kind, int count, const char *const *path,
                           gd_array_opts arrays, gd__table_opts table, gd_dataset **out)
{
    const char *second = count > 1 ? path[1] : NULL;
    table.is_parquet = strcmp(kind, "parquet") == 0;
    if (table.is_parquet || strcmp(kind, "csv") == 0)
        return gd__read_table(recipe, count, path, table, out);
    if (strcmp(kind, "hdf5") == 0)
        return gd_dataset_from_hdf5(path[0], arrays, out);
    if (strcmp(kind, "npy") == 0)
        return gd_dataset_from_npy(path[0], second, arrays, out);
    if (strcmp(kind, "npz") == 0)
        return gd_dataset_from_npz(path[0], arrays, out);
    return gd_dataset_from_idx(path[0], second, out);
}

// The files that a source lists, found; free each, and the list.
static gd_status find_files(const gd_recipe *recipe, gd__chosen chosen, char ***path, int *count)
{
    const bool single = strcmp(chosen.record->name, "hdf5") == 0;
    const gd__yaml *files = gd__option_node(chosen.options, single ? "file" : "files");
    const bool is_list = files->kind == GD__YAML_LIST;
    *count = 0;
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

static gd_status read_source(const gd_recipe *recipe, const gd__yaml *source, const gd_csv_schema *schema,
                             gd_dataset **out)
{
    const gd__chosen chosen = gd__chosen_of(source, &gd__source_variants, NULL);
    if (strcmp(chosen.record->name, "random") == 0)
        return read_random(chosen.node, chosen.options, out);
    if (strcmp(chosen.record->name, "generate") == 0)
        return read_generated(chosen.node, chosen.options, out);
    char **path = NULL, place[GD__PLACE_SIZE];
    int count = 0;
    gd_status status = find_files(recipe, chosen, &path, &count);
    if (status == GD_OK) {
        status = read_kind(recipe, chosen.record->name, count, (const char *const *)path, array_opts_of(recipe, chosen),
                           (gd__table_opts){.schema = schema}, out);
        if (status != GD_OK && strcmp(chosen.record->name, "hdf5") == 0)
            status = gd__fail_in(status, "%s", gd__yaml_place(chosen.node, place));
    }
    for (int i = 0; i < count; i++)
        gd__free(path[i]);
    gd__free(path);
    return status;
}

gd_status gd__read_source(const gd_recipe *recipe, const gd__yaml *source, const gd_csv_schema *schema,
                          gd_dataset **out)
{
    *out = NULL;
    gd_status status = mark_weight(recipe, read_source(recipe, source, schema, out), out);
    return check_weights(status, out);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

static const char *kind_of_file(const char *path)
{
    static const char *const endings[][2] = {{".csv", "csv"},    {".tsv", "csv"},   {".csv.gz", "csv"},
                                             {".tsv.gz", "csv"}, {".npz", "npz"},   {".npy", "npy"},
                                             {".h5", "hdf5"},    {".hdf5", "hdf5"}, {".parquet", "parquet"}};
    if (strcmp(path, "-") == 0)
        return "csv";
    for (int i = 0; i < GD_COUNT_OF(endings); i++)
        if (ends_with(path, endings[i][0]))
            return endings[i][1];
    return NULL;
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
    const char *kind = kind_of_file(path[0]);
    const gd__yaml *train = gd__option_node(gd__section(recipe->root, "data"), "train");
    if (kind == NULL && train != NULL) {
        kind = gd__chosen_of(train, &gd__source_variants, NULL).record->name;
        if (strcmp(kind, "random") == 0 || strcmp(kind, "generate") == 0)
            kind = NULL;
    }
    gd_array_opts arrays = kind == NULL ? (gd_array_opts){0} : opts_like(recipe, kind, path[0]);
    // The answers of a file to be predicted may be absent.
    const bool has_y = arrays.y == NULL || kind == NULL ? true
                       : strcmp(kind, "hdf5") == 0      ? gd_hdf5_has(path[0], arrays.y)
                       : strcmp(kind, "npz") == 0       ? gd__npz_has(path[0], arrays.y)
                                                        : true;
    if (!has_y)
        arrays.y = NULL;
    return read_kind(recipe, kind == NULL ? "idx" : kind, count, path, arrays, table, out);
}
