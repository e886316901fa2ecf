// gradus similar
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"

typedef struct {
    gd_model *model;
    const gd_model_layer *layer;
    char *about; // of the vectors: layer, and what the network is
    char *path;  // of the index
    gd_index *index;
} search;

static void search_free(search *s)
{
    gd_index_free(s->index);
    gd_model_free(s->model);
    free(s->about);
    free(s->path);
}

// What tells vectors of one network from those of another: the layer and a sum over the bytes of the checkpoint.
static int say_about(search *s, const char *checkpoint)
{
    FILE *file = fopen(checkpoint, "rb");
    if (file == NULL)
        return print_error("%s: cannot be read", checkpoint);
    uint64_t sum = 14695981039346656037u; // FNV-1a
    unsigned char block[65536];
    for (size_t size; (size = fread(block, 1, sizeof block, file)) > 0;)
        for (size_t i = 0; i < size; i++)
            sum = (sum ^ block[i]) * 1099511628211u;
    const bool good = ferror(file) == 0;
    fclose(file);
    const char *name = s->layer->name[0] != '\0' ? s->layer->name : s->layer->kind;
    const size_t size = strlen(name) + 64;
    s->about = good ? malloc(size) : NULL;
    if (s->about == NULL)
        return print_error(good ? "out of memory" : "%s: cannot be read", checkpoint);
    snprintf(s->about, size, "layer %s of network %016llx", name, (unsigned long long)sum);
    return EXIT_FINE;
}

// Where the index of a folder of pictures lies: beside the checkpoint, called after the folder.
static char *index_beside(const char *checkpoint, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    size_t begin = length;
    while (begin > 0 && folder[begin - 1] != '/')
        begin--;
    char *beside = folder_of(checkpoint);
    const size_t size = length - begin + sizeof ".index";
    char *name = beside == NULL ? NULL : malloc(size);
    if (name != NULL)
        snprintf(name, size, "%.*s.index", (int)(length - begin), folder + begin);
    char *path = name == NULL ? NULL : join_path(beside, name);
    free(name);
    free(beside);
    return path;
}

// ---- Adding

static int add_samples(const arguments *given, search *s, const char *data)
{
    gd_dataset *set = NULL;
    gd_evaluate_opts opts = {.should_stop = interrupt_flag()};
    int64_t added = 0;
    if (!option_integer(given, "batch", 1, 1000000000, &opts.batch))
        return EXIT_USAGE;
    if (gd_model_read_inputs(s->model, data, (gd_inputs_opts){0}, &set) != GD_OK)
        return print_last_error();
    interrupt_watch();
    const gd_status status = gd_index_add_samples(s->index, s->model, s->layer, set, opts, &added);
    if (status != GD_OK)
        print_last_error();
    if (added > 0 || status != GD_OK)
        fprintf(stderr, "%s: %lld of %lld samples of %s are new; %lld in all\n", s->path, (long long)added,
                (long long)gd_dataset_count(set), data, (long long)gd_index_count(s->index));
    gd_dataset_free(set);
    return status == GD_OK                  ? EXIT_FINE
           : status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag()
                                            : EXIT_ERROR;
}

static int open_index(search *s, bool grows)
{
    if (!is_file(s->path) && grows) {
        const int64_t size = s->layer->output.rank > 1 ? s->layer->output.dim[1] : 1; // (batch, size, places…)
        return gd_index_create(s->path, (gd_index_opts){.dimension = size, .about = s->about}, &s->index) == GD_OK
                   ? EXIT_FINE
                   : print_last_error();
    }
    if (gd_index_open(s->path, grows ? GD_INDEX_GROW : GD_INDEX_READ, &s->index) != GD_OK)
        return print_last_error();
    if (strcmp(gd_index_about(s->index), s->about) != 0)
        return print_error("%s holds vectors of another network or layer (%s; this is %s): remove it, or name another "
                           "file with --index",
                           s->path, gd_index_about(s->index), s->about);
    return EXIT_FINE;
}

// ---- Asking

static bool print_found(const gd_index *index, const gd_dataset *set, int64_t count, int most,
                        const gd_neighbour *found, bool as_json)
{
    json_t *list = as_json ? json_array() : NULL;
    for (int64_t q = 0; q < count; q++) {
        char origin[GD_ORIGIN_TEXT];
        gd_dataset_origin_text(set, q, origin);
        json_t *near = as_json ? json_array() : NULL;
        if (!as_json)
            printf("%s%s\n", q == 0 ? "" : "\n", origin);
        for (int i = 0; i < most; i++) {
            const gd_neighbour *one = &found[q * most + i];
            if (one->index < 0)
                break;
            const char *name = gd_index_name(index, one->index);
            if (!as_json) {
                printf("  %6.4f  %s\n", (double)one->similarity, name);
                continue;
            }
            json_t *object = json_object();
            json_put_text(object, "name", name);
            json_put_number(object, "similarity", (double)one->similarity);
            json_array_append_new(near, object);
        }
        if (as_json) {
            json_t *object = json_object();
            json_put_text(object, "query", origin);
            json_object_set_new(object, "nearest", near);
            json_array_append_new(list, object);
        }
    }
    return as_json ? json_print(list) : !ferror(stdout);
}

// The page, with the pictures of the folder that the index was made of, or of what was added.
static int write_page(const arguments *given, const search *s, const gd_dataset *set, int most,
                      const gd_neighbour *found)
{
    const char *path = option_text(given, "page", NULL), *index = option_text(given, "index", NULL);
    const char *const *added;
    const int add_count = option_texts(given, "add", &added);
    const char *data = is_directory(index) ? index : add_count > 0 ? added[0] : NULL;
    gd_dataset *indexed = NULL;
    if (path == NULL)
        return EXIT_FINE;
    if (data != NULL && gd_model_read_inputs(s->model, data, (gd_inputs_opts){0}, &indexed) != GD_OK)
        return print_last_error();
    const gd_similar_page page = {s->index, set, most, found, indexed};
    const gd_status status = gd_similar_page_write(s->model, page, NULL, path);
    gd_dataset_free(indexed);
    return status == GD_OK ? EXIT_FINE : print_last_error();
}

static int ask(const arguments *given, const search *s, const char *data)
{
    gd_dataset *set = NULL;
    gd_array features = {0};
    int64_t most = 10;
    if (!option_integer(given, "nearest", 1, 100000, &most))
        return EXIT_USAGE;
    if (gd_model_read_inputs(s->model, data, (gd_inputs_opts){0}, &set) != GD_OK)
        return print_last_error();
    const int64_t count = gd_dataset_count(set);
    gd_neighbour *found = calloc((size_t)(count * most) + 1, sizeof *found);
    int status = found == NULL ? print_error("out of memory") : EXIT_FINE;
    if (status == EXIT_FINE && (gd_model_features(s->model, s->layer, set, (gd_evaluate_opts){0}, &features) != GD_OK ||
                                gd_index_nearest(s->index, count, features.data, (int)most, found) != GD_OK))
        status = print_last_error();
    if (status == EXIT_FINE && !print_found(s->index, set, count, (int)most, found, option_given(given, "json")))
        status = EXIT_ERROR;
    if (status == EXIT_FINE)
        status = write_page(given, s, set, (int)most, found);
    free(found);
    gd_array_free(&features);
    gd_dataset_free(set);
    return status;
}

static int open_model(const arguments *given, search *s)
{
    gd_model_opts opts = {0};
    char *checkpoint = find_checkpoint(given->operand[0], opts);
    if (checkpoint == NULL)
        return EXIT_ERROR;
    int status = gd_model_open(checkpoint, opts, &s->model) == GD_OK ? EXIT_FINE : print_last_error();
    if (status == EXIT_FINE) {
        s->layer = gd_model_feature_layer(s->model, option_text(given, "layer", NULL));
        status = s->layer == NULL ? print_last_error() : say_about(s, checkpoint);
    }
    if (status == EXIT_FINE) {
        const char *index = option_text(given, "index", NULL);
        s->path = is_directory(index) ? index_beside(checkpoint, index) : strdup(index);
        status = s->path == NULL ? EXIT_ERROR : EXIT_FINE;
    }
    free(checkpoint);
    return status;
}

static int run(const arguments *given)
{
    const char *index = option_text(given, "index", NULL), *query = option_text(given, "query", NULL);
    const char *const *added;
    const int add_count = option_texts(given, "add", &added);
    if (index == NULL)
        return usage_error(given->of, "--index is missing: the file of the index, or the folder that it is made of");
    const bool folder = is_directory(index);
    if (query == NULL && add_count == 0 && !folder)
        return usage_error(given->of, "nothing is asked: --query names what to compare, --add what to put in");
    if (!apply_threads(given))
        return EXIT_USAGE;
    search s = {0};
    int status = open_model(given, &s);
    if (status == EXIT_FINE)
        status = open_index(&s, folder || add_count > 0);
    if (status == EXIT_FINE && folder)
        status = add_samples(given, &s, index);
    for (int i = 0; i < add_count && status == EXIT_FINE; i++)
        status = add_samples(given, &s, added[i]);
    if (status == EXIT_FINE && query != NULL)
        status = ask(given, &s, query);
    search_free(&s);
    return status;
}

static const option_row options[] = {
    {"index", 'i', "FILE", "The index, or a folder of pictures: its index then lies beside the checkpoint", false},
    {"add", 'a', "DATA", "Put these samples in, as far as they are new; the index is made if it is not there", true},
    {"query", 'q', "DATA", "Find what is most similar to each sample of this", false},
    {"nearest", 'n', "N", "So many for each (10)", false},
    {"page", 'p', "FILE", "Write a page of them (HTML), with the pictures of the folder of --index, or of --add",
     false},
    {"layer", 'l', "NAME", "Compare what this layer puts out; else the one before the last with weights", false},
    {"batch", 'b', "N", "Samples at once (256)", false},
    {"json", 0, NULL, "Print JSON", false},
    {"threads", 't', "N", "Threads (one a processor)", false},
    {0},
};

const command similar_command = {
    .name = "similar",
    .operands = "CHECKPOINT|DIRECTORY|RECIPE",
    .least = 1,
    .most = 1,
    .summary = "what is most similar to a picture or a row, as a network sees it",
    .text =
        "Compares samples by what an inner layer of a trained network makes of them: the cosine between its\n"
        "outputs, of pictures averaged over the places. The vectors are kept in an index, a file that is made once,\n"
        "mapped when it is asked, and grown by what is new. The search is exact.",
    .examples = "  gradus similar runs/cifar --index photos/ --query dog.jpg\n"
                "  gradus similar runs/cifar --index photos/ --query dog.jpg --page similar.html\n"
                "  gradus similar runs/houses --index houses.index --add houses.csv\n"
                "  gradus similar runs/houses --index houses.index --query mine.csv --nearest 3 --json",
    .option = options,
    .run = run,
};
