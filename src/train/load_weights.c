// A model takes its weights from a file. All is judged before any variable is set, and nobody reads meanwhile.
#include <string.h>

#include <gradus/io.h>
#include <gradus/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "optim/group.h"
#include "train/names.h"
#include "train/weight_map.h"

enum { MOST_HINTS = 20 }; // names that are looked for among all others, which takes time

// What the comparison of a file with a model found.
typedef struct {
    const char *path;
    const gd_load_opts *opts;
    gd__weight_map map;
    gd_load_report report;
    gd__text text;
    int fatal;          // of the lines of the text
    size_t first_fatal; // where the first of them begins
} comparison;

// The line that is written next is one for which loading fails.
static void note_fatal(comparison *comparison)
{
    if (comparison->fatal++ == 0)
        comparison->first_fatal = comparison->text.length;
}

static bool is_demanded(const comparison *comparison, const char *name)
{
    return !comparison->opts->partial || gd__pattern_fits(&comparison->map.demand, name);
}

static void note_missing(comparison *comparison, const char *name)
{
    char shape[GD_SHAPE_TEXT];
    const gd__mapped_tensor *near =
        comparison->report.missing < MOST_HINTS ? gd__weight_map_nearest(&comparison->map, name) : NULL;
    if (is_demanded(comparison, name))
        note_fatal(comparison);
    comparison->report.missing++;
    gd__text_add(&comparison->text, "%s has no '%s', which the model wants", comparison->path, name);
    if (near != NULL)
        gd__text_add(&comparison->text, "; the nearest there: '%s' %s", near->tensor,
                     gd_shape_text(near->value->shape, shape));
    gd__text_add(&comparison->text, "\n");
}

static void note_different(comparison *comparison, const gd__mapped_tensor *mapped, gd_shape want)
{
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    if (is_demanded(comparison, mapped->name))
        note_fatal(comparison);
    comparison->report.different++;
    gd__text_add(&comparison->text, "%s has '%s' %s, the model wants %s", comparison->path, mapped->tensor,
                 gd_shape_text(mapped->value->shape, have_text), gd_shape_text(want, want_text));
    if (strcmp(mapped->name, mapped->tensor) != 0)
        gd__text_add(&comparison->text, " for '%s'", mapped->name);
    gd__text_add(&comparison->text, "\n");
}

static void note_unknown(comparison *comparison, const gd__mapped_tensor *mapped)
{
    if (!comparison->opts->partial && !comparison->opts->allow_unused)
        note_fatal(comparison);
    comparison->report.unknown++;
    gd__text_add(&comparison->text, "%s has '%s'", comparison->path, mapped->tensor);
    if (strcmp(mapped->name, mapped->tensor) != 0)
        gd__text_add(&comparison->text, ", here '%s'", mapped->name);
    gd__text_add(&comparison->text, ", which the model does not know\n");
}

static void note_loaded(comparison *comparison, const gd__mapped_tensor *mapped, gd_tensor variable)
{
    char shape[GD_SHAPE_TEXT];
    const gd_type from = mapped->value->type, to = gd_tensor_type(variable);
    comparison->report.loaded++;
    if (!comparison->opts->list_loaded)
        return;
    gd__text_add(&comparison->text, "'%s' %s is '%s'", mapped->name, gd_shape_text(mapped->value->shape, shape),
                 mapped->tensor);
    if (from != to)
        gd__text_add(&comparison->text, ", %s made %s", gd_type_name(from), gd_type_name(to));
    gd__text_add(&comparison->text, "\n");
}

// The shape that the value has in the model.
static gd_shape shape_of(const gd__mapped_tensor *mapped)
{
    const gd_shape s = mapped->value->shape;
    return mapped->turned ? GD_SHAPE(s.dim[1], s.dim[0]) : s;
}

static void compare(comparison *comparison, gd_graph *graph)
{
    for (int i = 0; i < gd_variable_count(graph); i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        const char *name = gd_variable_name(variable);
        gd__mapped_tensor *mapped = gd__weight_map_find(&comparison->map, name);
        if (mapped != NULL) {
            mapped->known = true;
            mapped->turned = mapped->value->shape.rank == 2 && comparison->opts->transpose != NULL &&
                             gd__pattern_fits(&comparison->map.transpose, name);
        }
        if (!gd__is_model_variable(variable) || !gd__weight_wanted(&comparison->map, name))
            continue;
        if (mapped == NULL)
            note_missing(comparison, name);
        else if (!gd_shape_equal(shape_of(mapped), gd_tensor_shape(variable)))
            note_different(comparison, mapped, gd_tensor_shape(variable));
        else
            note_loaded(comparison, mapped, variable);
    }
    for (int i = 0; i < comparison->map.count; i++)
        if (comparison->map.at[i].wanted && !comparison->map.at[i].known)
            note_unknown(comparison, &comparison->map.at[i]);
}

// The first line for which loading fails, and how many follow.
static gd_status judge(const comparison *comparison)
{
    if (comparison->text.failed)
        return gd__fail_memory("the comparison of a file with a model");
    const char *line = comparison->text.data == NULL ? "" : comparison->text.data + comparison->first_fatal;
    const int length = (int)strcspn(line, "\n");
    if (comparison->fatal > 1)
        return gd__fail(GD_ERROR_SHAPE, "%.*s (and %d more such differences): it is a file of another model", length,
                        line, comparison->fatal - 1);
    if (comparison->fatal == 1)
        return gd__fail(GD_ERROR_SHAPE, "%.*s", length, line);
    if (comparison->report.loaded == 0)
        return gd__fail(GD_ERROR_SHAPE, "%s: none of its %d tensors fits the model by name and shape%s%.*s",
                        comparison->path, comparison->map.count, length > 0 ? ": " : "", length, line);
    return GD_OK;
}

// The moving average of a parameter where the file has one, else the parameter.
static const gd_array *value_of(const gd_tensor_file *file, const gd__mapped_tensor *mapped)
{
    gd__text average = {0};
    gd__text_add(&average, "%s.ema", mapped->tensor);
    const gd_array *array = average.data == NULL ? NULL : gd_tensor_file_get(file, average.data);
    gd__text_free(&average);
    return array != NULL && gd_shape_equal(array->shape, mapped->value->shape) ? array : mapped->value;
}

static gd_status set_turned(gd_tensor variable, const gd_array *value)
{
    const int64_t rows = value->shape.dim[0], columns = value->shape.dim[1];
    gd_array turned;
    gd_status status = gd_array_create(&turned, value->type, GD_SHAPE(columns, rows));
    if (status != GD_OK)
        return status;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            gd_array_put(&turned, j * rows + i, gd_array_get(value, i * columns + j));
    status = gd_variable_set(variable, &turned);
    gd_array_free(&turned);
    return status;
}

static gd_status copy_values(const comparison *comparison, gd_graph *graph, const gd_tensor_file *file)
{
    for (int i = 0; i < gd_variable_count(graph); i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        const gd__mapped_tensor *mapped = gd__weight_map_find(&comparison->map, gd_variable_name(variable));
        if (mapped == NULL || !mapped->wanted || !gd__is_model_variable(variable) ||
            !gd_shape_equal(shape_of(mapped), gd_tensor_shape(variable)))
            continue;
        const gd_array *value = value_of(file, mapped);
        const gd_status status = mapped->turned ? set_turned(variable, value) : gd_variable_set(variable, value);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status hand_over(comparison *comparison, gd_load_report *report)
{
    if (report == NULL)
        return GD_OK;
    if (comparison->text.data != NULL) {
        comparison->report.text = gd__text_take(&comparison->text);
        if (comparison->report.text == NULL)
            return gd__fail_memory("the comparison of a file with a model");
    }
    *report = comparison->report;
    return GD_OK;
}

// Every alternative of `match` and `demand` means a variable.
static gd_status check_patterns(gd_graph *graph, const gd__weight_map *map)
{
    const int all = gd_variable_count(graph);
    gd_tensor *variable = gd__alloc(((size_t)all + 1) * sizeof *variable);
    if (variable == NULL)
        return gd__fail_memory("the variables of a model");
    int count = 0;
    for (int i = 0; i < all; i++)
        if (gd__is_model_variable(gd_variable_at(graph, i)))
            variable[count++] = gd_variable_at(graph, i);
    gd_status status = gd__pattern_check(&map->match, count, variable);
    if (status == GD_OK)
        status = gd__pattern_check(&map->demand, count, variable);
    if (status == GD_OK)
        status = gd__pattern_check(&map->transpose, count, variable);
    gd__free(variable);
    return status;
}

static gd_status load(comparison *found, gd_graph *graph, const gd_tensor_file *file, gd_load_report *report)
{
    gd_status status = check_patterns(graph, &found->map);
    if (status != GD_OK)
        return status;
    compare(found, graph);
    status = judge(found);
    if (status == GD_OK)
        status = hand_over(found, report);
    return status == GD_OK ? copy_values(found, graph, file) : status;
}

gd_status gd_load_weights(gd_graph *graph, const char *path, gd_load_opts opts, gd_load_report *report)
{
    GD__NEEDS(graph, GD_ERROR_ARGUMENT);
    if (report != NULL)
        *report = (gd_load_report){0};
    if (gd_graph_error(graph) != NULL)
        return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    comparison found = {.path = path, .opts = &opts};
    status = gd__weight_map_create(&found.map, file, &opts); // calls the program, so without the lock
    if (status == GD_OK) {
        gd__graph_write(graph); // whoever predicts meanwhile has all of the old weights or all of the new ones
        status = load(&found, graph, file, report);
        gd__graph_release(graph);
    }
    gd__weight_map_free(&found.map);
    gd__text_free(&found.text);
    gd_tensor_file_free(file);
    return status;
}
