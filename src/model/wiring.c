#include "model/wiring.h"

#include <gradus/text.h>
#include <stdio.h>
#include <string.h>

#include <gradus/text.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"

enum { FULL_NAME = 512, MOST_WORDS = 400 };

void gd__wires_free(gd__wires *wires)
{
    for (int i = 0; i < wires->count; i++) {
        gd__free(wires->named[i].name);
        gd__free(wires->named[i].weights);
    }
    gd__free(wires->named);
    *wires = (gd__wires){0};
}

static struct gd__named_wire *find(const gd__wires *wires, const char *name)
{
    for (int i = 0; i < wires->count; i++)
        if (strcmp(wires->named[i].name, name) == 0)
            return &wires->named[i];
    return NULL;
}

// The name in the graph's scope.
static bool full_name(const gd__model *model, const char *name, char full[FULL_NAME])
{
    const char *scope = gd_graph_scope(model->shown.graph);
    return snprintf(full, FULL_NAME, "%s%s%s", scope, scope[0] == '\0' ? "" : ".", name) < FULL_NAME;
}

bool gd__wire_is_taken(const gd__model *model, const char *name)
{
    char full[FULL_NAME];
    return full_name(model, name, full) && find(&model->wires, full) != NULL;
}

static bool add(gd__model *model, const char *name, const char *weights, int line, gd__wire wire)
{
    gd__wires *wires = &model->wires;
    char *name_copy = gd__copy_text(name), *weights_copy = gd__copy_text(weights);
    if (name_copy == NULL || weights_copy == NULL ||
        !gd__grow((void **)&wires->named, &wires->capacity, wires->count, sizeof *wires->named)) {
        gd__free(name_copy);
        gd__free(weights_copy);
        gd_graph_fail(model->shown.graph, GD_ERROR_MEMORY, "out of memory for the name of a layer");
        return false;
    }
    wires->named[wires->count++] = (struct gd__named_wire){name_copy, weights_copy, line, wire};
    return true;
}

bool gd__wire_name(gd__model *model, const char *name, const char *weights, int line, gd__wire wire)
{
    gd_graph *graph = model->shown.graph;
    char full[FULL_NAME];
    if (!full_name(model, name, full)) {
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "the name '%.60s…' has more than %d letters", full, FULL_NAME - 1);
        return false;
    }
    struct gd__named_wire *taken = find(&model->wires, full);
    if (taken == NULL)
        return add(model, full, weights, line, wire);
    if (model->sharing) {
        taken->wire = wire;
        return true;
    }
    gd_graph_fail(graph, GD_ERROR_ARGUMENT, "the name '%s' is taken by the layer of line %d%s", full, taken->line,
                  taken->line == line ? ": where a layer is repeated, `${i}` in its name tells them apart" : "");
    return false;
}

// ---- Finding

// In the scope, then in the one around it, and so on.
static const struct gd__named_wire *find_in_scopes(const gd__model *model, const char *name)
{
    const char *scope = gd_graph_scope(model->shown.graph);
    char full[FULL_NAME];
    for (size_t length = strlen(scope);;) {
        snprintf(full, sizeof full, "%.*s%s%s", (int)length, scope, length == 0 ? "" : ".", name);
        const struct gd__named_wire *found = find(&model->wires, full);
        if (found != NULL || length == 0)
            return found;
        while (length > 0 && scope[length - 1] != '.')
            length--;
        length -= length > 0;
    }
}

static void fail_unknown(gd__model *model, const char *name)
{
    const char *words[MOST_WORDS] = {0};
    int count = 0;
    for (int i = 0; i < model->wires.count && count < MOST_WORDS / 2; i++) {
        const char *full = model->wires.named[i].name, *last = strrchr(full, '.');
        words[count++] = full;
        if (last != NULL)
            words[count++] = last + 1;
    }
    for (int i = 0; i < model->fields.count && count < MOST_WORDS; i++)
        if (!gd__predicts(model, i) && model->fields.field[i].role == GD_ROLE_INPUT)
            words[count++] = model->fields.field[i].name;
    const char *near = gd_nearest_word(name, count, words);
    gd__text list = {0};
    for (int i = 0; i < count && i < 20 && near == NULL; i++)
        gd__text_add(&list, "%s%s", i == 0 ? "; there are " : ", ", words[i]);
    gd_graph_fail(model->shown.graph, GD_ERROR_ARGUMENT,
                  "neither a layer before this one nor a field of the data is called '%.60s'%s%s%s%s", name,
                  near == NULL ? "" : ", did you mean '", near == NULL ? "" : near, near == NULL ? "" : "'?",
                  near != NULL || list.data == NULL ? "" : list.data);
    gd__text_free(&list);
}

bool gd__wire_find(gd__model *model, const char *name, gd__wire inner, gd__wire *out)
{
    const struct gd__named_wire *found = find_in_scopes(model, name);
    if (found != NULL) {
        *out = found->wire;
        return true;
    }
    gd_status status = gd__input_named(model, name, &out->value);
    if (status == GD_OK && out->value.graph != NULL)
        status = gd__input_lengths(model, name, &out->lengths);
    if (status != GD_OK)
        gd_graph_fail(model->shown.graph, status, "%s", gd_last_error());
    if (status == GD_OK && out->value.graph != NULL) {
        out->view = gd__view_of_input(out->value);
        return true;
    }
    if (status == GD_OK && strcmp(name, "input") == 0 && inner.value.graph != NULL) {
        *out = inner;
        return true;
    }
    if (status == GD_OK)
        fail_unknown(model, name);
    return false;
}

const char *gd__wire_weights(gd__model *model, const char *name)
{
    const struct gd__named_wire *found = find_in_scopes(model, name);
    if (found == NULL)
        fail_unknown(model, name);
    return found == NULL ? NULL : found->weights;
}
