// Weights from a file by patterns: the section `weights` of a recipe.
#include <fnmatch.h>
#include <gradus/io.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/find_file.h"
#include "model/model.h"
#include "train/names.h"

enum { NAME = 512, MOST_LINES = 200, MOST_WORDS = 4000 };

typedef struct loading {
    gd__model *model;
    gd__options options;
    const char *path;
    gd_tensor_file *file;
    int count;
    char **name; // of the file's tensors, as the model would call them; "": not the model's
    int wanted, loaded, amiss;
    gd__text lines;
} loading;

// ---- Names

// `layer*.conv` and what it makes of layer1.conv with `stage*.c`: the first * stands for the same in both.
static bool rename_by(const char *from, const char *to, char name[NAME])
{
    const char *star = strchr(from, '*');
    const size_t head = star == NULL ? strlen(from) : (size_t)(star - from), length = strlen(name);
    const size_t tail = star == NULL ? 0 : strlen(star + 1);
    if (length < head + tail || memcmp(name, from, head) != 0 || (star == NULL && length != head) ||
        (star != NULL && strcmp(name + length - tail, star + 1) != 0))
        return false;
    char made[NAME];
    const char *place = strchr(to, '*');
    if (place == NULL)
        snprintf(made, sizeof made, "%s", to);
    else
        snprintf(made, sizeof made, "%.*s%.*s%s", (int)(place - to), to, (int)(length - head - tail), name + head,
                 place + 1);
    snprintf(name, NAME, "%s", made);
    return true;
}

static void map_name(const loading *l, const char *file_name, char name[NAME])
{
    const char *strip = gd__option_text(l->options, "strip");
    const gd__yaml *rules = gd__option_node(l->options, "rename");
    const size_t length = strip == NULL ? 0 : strlen(strip);
    snprintf(name, NAME, "%s", length > 0 && strncmp(file_name, strip, length) == 0 ? file_name + length : file_name);
    bool done = false;
    for (int i = 0; rules != NULL && i < rules->count && !done; i++) // the first rule that fits
        done = rename_by(rules->key[i]->text, rules->item[i]->text, name);
}

static gd_status map_names(loading *l)
{
    l->count = gd_tensor_file_count(l->file);
    l->name = gd__alloc_zeroed((size_t)l->count + 1, sizeof *l->name);
    if (l->name == NULL)
        return gd__fail_memory("the names of weights");
    for (int i = 0; i < l->count; i++) {
        char name[NAME] = "";
        if (gd__is_model_tensor(l->file, gd_tensor_file_name(l->file, i)))
            map_name(l, gd_tensor_file_name(l->file, i), name);
        l->name[i] = gd__copy_text(name);
        if (l->name[i] == NULL)
            return gd__fail_memory("the names of weights");
        for (int k = 0; k < i && name[0] != '\0'; k++)
            if (strcmp(l->name[k], name) == 0)
                return gd__yaml_fail(gd__option_node(l->options, "file"),
                                     "'%.100s' and '%.100s' of %.100s both become '%.100s'",
                                     gd_tensor_file_name(l->file, k), gd_tensor_file_name(l->file, i), l->path, name);
    }
    return GD_OK;
}

static bool is_wanted(const loading *l, const char *name)
{
    const gd__yaml *match = gd__option_node(l->options, "match");
    const bool is_list = match != NULL && match->kind == GD__YAML_LIST;
    for (int i = 0; match != NULL && i < (is_list ? match->count : 1); i++)
        if (fnmatch(is_list ? match->item[i]->text : match->text, name, 0) == 0)
            return true;
    return match == NULL;
}

// ---- Loading

static void complain(loading *l, const char *format, const char *name, const char *nearest)
{
    if (l->amiss++ < MOST_LINES)
        gd__text_add(&l->lines, format, name, nearest);
}

// "; nearest in the file: 'layer1.0.conv1.weight' [64,64,1,1]"
static void nearest_text(const loading *l, const char *name, char text[2 * NAME])
{
    const char *words[MOST_WORDS];
    int count = 0;
    text[0] = '\0';
    for (int i = 0; i < l->count && count < MOST_WORDS; i++)
        words[count++] = l->name[i];
    const char *near = gd_nearest_word(name, count, words);
    for (int i = 0; i < l->count && near != NULL; i++)
        if (l->name[i] == near && near[0] != '\0') {
            char shape[GD_SHAPE_TEXT];
            snprintf(text, 2 * NAME, "; the nearest there: '%.300s' %s", gd_tensor_file_name(l->file, i),
                     gd_shape_text(gd_tensor_file_at(l->file, i)->shape, shape));
            return;
        }
}

static gd_status load_one(loading *l, gd_tensor variable)
{
    const char *name = gd_variable_name(variable);
    char text[2 * NAME], have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    int found = 0;
    while (found < l->count && strcmp(l->name[found], name) != 0)
        found++;
    l->wanted++;
    if (found == l->count) {
        nearest_text(l, name, text);
        complain(l, "the file has no '%s'%s\n", name, text);
        return GD_OK;
    }
    const gd_array *array = gd_tensor_file_at(l->file, found);
    if (!gd_shape_equal(array->shape, gd_tensor_shape(variable))) {
        snprintf(text, sizeof text, "is %s in the file, and %s in the network", gd_shape_text(array->shape, have),
                 gd_shape_text(gd_tensor_shape(variable), want));
        complain(l, "'%s' %s\n", name, text);
        return GD_OK;
    }
    l->loaded++;
    return gd_variable_set(variable, array);
}

static gd_status judge(loading *l)
{
    const gd__yaml *where = gd__option_node(l->options, "file");
    const bool strict = gd__option_bool(l->options, "strict");
    const int length = l->lines.data == NULL ? 0 : (int)strcspn(l->lines.data, "\n");
    if (l->wanted == 0)
        return gd__yaml_fail(gd__option_node(l->options, "match"), "no variable of the network fits `match`");
    if (l->amiss > 0 && (strict || l->loaded == 0))
        return gd__yaml_fail(where, "%d of %d variables come from %.100s; %.*s%s", l->loaded, l->wanted, l->path,
                             length, l->lines.data == NULL ? "" : l->lines.data,
                             l->loaded == 0 ? "" : ". `strict: false` leaves out what does not fit");
    gd__text report = {0};
    gd__text_add(&report, "%d of %d variables from %s\n%s", l->loaded, l->wanted, l->path,
                 l->lines.data == NULL ? "" : l->lines.data);
    l->model->weights_report = gd__text_take(&report);
    return l->model->weights_report == NULL ? gd__fail_memory("the report on weights") : GD_OK;
}

static gd_status load(loading *l)
{
    gd_graph *graph = l->model->shown.graph;
    gd_status status = gd_tensor_file_open(l->path, &l->file);
    if (status == GD_OK)
        status = map_names(l);
    for (int i = 0; i < gd_variable_count(graph) && status == GD_OK; i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        if (gd__is_model_variable(variable) && is_wanted(l, gd_variable_name(variable)))
            status = load_one(l, variable);
    }
    if (status == GD_OK)
        status = judge(l);
    for (int i = 0; i < l->count && l->name != NULL; i++)
        gd__free(l->name[i]);
    gd__free(l->name);
    gd__text_free(&l->lines);
    gd_tensor_file_free(l->file);
    return status;
}

gd_status gd__load_start_weights(gd__model *model)
{
    const gd_recipe *recipe = model->shown.recipe;
    loading l = {.model = model, .options = gd__section(recipe->root, "weights")};
    char *path;
    if (l.options.node == NULL)
        return GD_OK;
    const gd__yaml *file = gd__option_node(l.options, "file");
    if (file == NULL && gd__option_node(l.options, "whiten") != NULL)
        return GD_OK;
    if (file == NULL)
        return gd__yaml_fail(l.options.node, "neither a `file` nor what to `whiten`");
    gd_status status = gd__find_file(recipe, file, file->text, &path);
    if (status != GD_OK)
        return status;
    l.path = path;
    status = load(&l);
    gd__free(path);
    return status;
}

const char *gd_model_weights_report(const gd_model *model)
{
    GD__NEEDS(model, NULL);
    return gd__model_of(model)->weights_report;
}
