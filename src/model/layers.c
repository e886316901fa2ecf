// From the list of layers in a recipe to calls of their records.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"
#include "model/wiring.h"

enum { SCOPE = 512, MOST_LISTS = 8, MOST_MORE = 32, MORE_NAME = 24 };

// A layer that is being written.
typedef struct layer_entry {
    gd__model *model;
    const gd_layer_kind *kind;
    gd__options options;
    const char *place; // in the recipe
    int line, depth, row;
    int count; // of what it takes
    gd__wire input[GD__MOST_INPUTS];
    gd__wire inner;       // what came into the innermost sequence
    gd_layer_view inside; // the widest view at the end of a list that the layer holds
    gd_tensor lengths;    // there
    int lists;            // written so far
    gd_tensor end[MOST_LISTS];
    int more; // values that it put out beside its result
    struct more {
        char name[MORE_NAME];
        gd_tensor value;
    } beside[MOST_MORE];
    const char *name;     // of its variables, in the scope in which it is written
    char scope[SCOPE];    // around it
    char sequence[SCOPE]; // what a sequence is called, or ""
    char weights[SCOPE];  // what its variables begin with, in full; or ""
    bool shares, was_sharing;
} layer_entry;

static void take_wider(gd_layer_view *view, const gd_layer_view *other)
{
    for (int i = 0; i < GD_VIEW_AXES; i++)
        view->size[i] = fmax(view->size[i], other->size[i]);
    view->spatial = view->spatial && other->spatial;
}

// ---- What it takes

static gd_status find_inputs(layer_entry *entry, const gd__yaml *from, gd__wire before)
{
    gd_graph *graph = entry->model->shown.graph;
    const bool is_list = from != NULL && from->kind == GD__YAML_LIST;
    entry->count = from == NULL ? 1 : is_list ? from->count : 1;
    if (entry->count > GD__MOST_INPUTS)
        gd_graph_fail(graph, GD_ERROR_UNSUPPORTED, "the layer takes %d values, more than the %d that one may",
                      entry->count, GD__MOST_INPUTS);
    else if (from == NULL && before.value.graph == NULL)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "there is nothing before this layer: `from` says what it takes");
    else if (from == NULL)
        entry->input[0] = before;
    for (int i = 0; from != NULL && i < entry->count && gd_graph_status(graph) == GD_OK; i++) {
        const char *name = is_list ? from->item[i]->text : from->text;
        if (strcmp(name, "previous") == 0 && before.value.graph != NULL)
            entry->input[i] = before;
        else
            (void)gd__wire_find(entry->model, name, entry->inner, &entry->input[i]);
    }
    return gd_graph_status(graph);
}

static char *from_text(const gd__yaml *from)
{
    gd__text text = {0};
    const bool is_list = from->kind == GD__YAML_LIST;
    for (int i = 0; i < (is_list ? from->count : 1); i++)
        gd__text_add(&text, "%s%s", i == 0 ? "" : ", ", is_list ? from->item[i]->text : from->text);
    return gd__text_take(&text);
}

// ---- Lists that it holds

// A list that a layer holds, such as a residual block's branch. What the layer puts out sees what the widest of its
// lists sees; the last one says how far apart the views lie.
static gd_tensor write_list(const gd_layer_call *call, const void *list, gd_tensor x)
{
    layer_entry *outer = call->context;
    gd__model *model = outer->model;
    const gd__wire before = {x, model->view, model->lengths};
    const gd__wire inner = outer->kind == &gd__layer_sequence ? before : outer->inner;
    gd_tensor y = gd__write_layers(model, list, before, inner, outer->depth + 1);
    gd_layer_view after = model->view;
    if (outer->lists > 0)
        take_wider(&after, &outer->inside);
    outer->inside = after;
    outer->lengths = model->lengths;
    if (outer->lists < MOST_LISTS)
        outer->end[outer->lists++] = y;
    model->view = before.view;
    model->lengths = before.lengths;
    gd_graph_set_location(model->shown.graph, outer->place); // not that of the list's last layer
    return y;
}

// ---- What it puts out beside its result

static void put_out(const gd_layer_call *call, const char *name, gd_tensor value)
{
    layer_entry *entry = call->context;
    if (entry->more == MOST_MORE) {
        gd_graph_fail(call->graph, GD_ERROR_UNSUPPORTED, "%s puts out more than %d values", call->kind->record.name,
                      MOST_MORE);
        return;
    }
    struct more *more = &entry->beside[entry->more++];
    snprintf(more->name, sizeof more->name, "%s", name);
    more->value = value;
}

static void name_more(const layer_entry *entry, const char *as)
{
    gd__model *model = entry->model;
    char name[SCOPE];
    for (int i = 0; i < entry->more && gd_graph_status(model->shown.graph) == GD_OK; i++) {
        snprintf(name, sizeof name, "%.400s.%s", as, entry->beside[i].name);
        (void)gd__wire_name(model, name, entry->weights, entry->line,
                            (gd__wire){entry->beside[i].value, model->view, GD_NO_TENSOR});
    }
}

// ---- Other layers that its options name

static const char *weights_of(const gd_layer_call *call, const char *layer)
{
    const layer_entry *entry = call->context;
    return gd__wire_weights(entry->model, layer);
}

// ---- What it is called

// A block without a name of its own is called after itself, with the first free number. With the name "" its layers
// are called as if they stood where it stands.
static void name_sequence(layer_entry *entry, const char *as)
{
    const char *block = gd__option_text(entry->options, "block");
    if (as != NULL || block == NULL) {
        snprintf(entry->sequence, SCOPE, "%s", as == NULL ? "" : as);
        return;
    }
    for (int i = 1; entry->sequence[0] == '\0' || gd__wire_is_taken(entry->model, entry->sequence); i++)
        snprintf(entry->sequence, SCOPE, "%.200s%d", block, i);
}

static void join(char full[SCOPE], const char *scope, const char *name)
{
    snprintf(full, SCOPE, "%.*s%s%.*s", SCOPE / 2 - 2, scope, scope[0] == '\0' ? "" : ".", SCOPE / 2 - 2, name);
}

// Finds the layer's name, and the scope in which it is written: that of the layer whose weights it shares, where it
// does.
static void enter(layer_entry *entry)
{
    gd_graph *graph = entry->model->shown.graph;
    const char *as = gd__option_text(entry->options, "as"), *share = gd__option_text(entry->options, "share");
    const bool is_sequence = entry->kind == &gd__layer_sequence;
    snprintf(entry->scope, SCOPE, "%s", gd_graph_scope(graph));
    entry->was_sharing = entry->model->sharing;
    entry->name = gd__option_text(entry->options, "name");
    if (is_sequence)
        name_sequence(entry, as);
    else if (entry->name == NULL)
        entry->name = as;
    const char *own = is_sequence ? entry->sequence : entry->name;
    if (own != NULL && own[0] != '\0')
        join(entry->weights, entry->scope, own);
    if (share != NULL) {
        const char *weights = gd__wire_weights(entry->model, share);
        if (weights == NULL)
            return; // which was told
        snprintf(entry->weights, SCOPE, "%s", weights);
        entry->shares = true;
        entry->model->sharing = true;
        gd_graph_set_sharing(graph, true);
        gd_graph_set_scope(graph, NULL);
        entry->name = entry->weights;
    }
    if (is_sequence && entry->weights[0] != '\0')
        gd_graph_set_scope(graph, entry->weights);
}

// Back into the scope around it, where it gets its name.
static void leave(layer_entry *entry, gd_tensor y, int first_variable)
{
    gd__model *model = entry->model;
    gd_graph *graph = model->shown.graph;
    const char *as = entry->sequence[0] != '\0' ? entry->sequence : gd__option_text(entry->options, "as");
    if (entry->shares && gd_graph_status(graph) == GD_OK && gd_variable_count(graph) > first_variable)
        gd_graph_fail(
            graph, GD_ERROR_ARGUMENT,
            "'%s' has no variable '%s' to share: layers that share are of one kind, with the same options; in "
            "a sequence or block each needs a name (`as`)",
            gd__option_text(entry->options, "share"), gd_variable_name(gd_variable_at(graph, first_variable)));
    model->sharing = entry->was_sharing;
    gd_graph_set_sharing(graph, model->sharing);
    gd_graph_set_scope(graph, entry->scope);
    if (as != NULL && as[0] != '\0' && gd_graph_status(graph) == GD_OK)
        (void)gd__wire_name(model, as, entry->weights, entry->line, (gd__wire){y, model->view, model->lengths});
    if (as != NULL)
        name_more(entry, as);
}

// ---- Sequences of different lengths

// What the layer takes, without padding where it may not see that, and how many places of each are real. Returns the
// first input with lengths; -1 where none has.
static int take_lengths(const layer_entry *entry, gd_tensor input[GD__MOST_INPUTS], gd_tensor at[GD__MOST_INPUTS])
{
    int first = -1;
    for (int i = 0; i < entry->count; i++) {
        const gd_tensor value = entry->input[i].value, lengths = entry->input[i].lengths;
        at[i] = gd__lengths_at(lengths, value);
        input[i] = gd__lengths_clear(entry->kind, lengths, value);
        if (first < 0 && at[i].graph != NULL)
            first = i;
    }
    return first;
}

static void pass_lengths(layer_entry *entry, int of, gd_tensor y)
{
    gd_tensor *after = &entry->model->lengths;
    *after = entry->lists > 0 ? entry->lengths : of >= 0 ? entry->input[of].lengths : GD_NO_TENSOR;
    if (of >= 0 && !gd__lengths_after(entry->kind, entry->input[of].lengths, entry->input[of].value, y))
        *after = GD_NO_TENSOR;
}

// ---- Writing it

// A network that goes on step by step: layers keep what they need of the steps before.
static gd_status keep_states(gd__model *model, const gd_record *record, void *fields)
{
    gd_status status = GD_OK;
    if (model->context > 0 && gd__option_named(record->options, "carry") != NULL)
        status = gd_options_set(record, fields, (gd_setting){.name = "carry", .value = 1});
    if (status == GD_OK && model->context > 0 && gd__option_named(record->options, "cache") != NULL) {
        status = gd_options_set(record, fields, (gd_setting){.name = "cache", .value = (double)model->context});
        model->caches = true;
    }
    return status;
}

static gd_tensor call_layer(layer_entry *entry)
{
    gd__model *model = entry->model;
    gd_graph *graph = model->shown.graph;
    const gd_record *record = &entry->kind->record;
    gd_tensor input[GD__MOST_INPUTS], lengths[GD__MOST_INPUTS];
    void *fields = record->options_size == 0 ? NULL : gd__alloc_zeroed(1, record->options_size);
    if (fields == NULL && record->options_size > 0)
        return gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for the options of a layer");
    gd__options_read(entry->options, record, fields);
    if (keep_states(model, record, fields) != GD_OK)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s", gd_last_error());
    model->view = entry->input[0].view;
    const int with_lengths = take_lengths(entry, input, lengths);
    model->lengths = with_lengths < 0 ? GD_NO_TENSOR : entry->input[with_lengths].lengths;
    for (int i = 0; i < entry->count; i++)
        take_wider(&model->view, &entry->input[i].view);
    const gd_layer_call call = {.kind = entry->kind,
                                .graph = graph,
                                .name = entry->name,
                                .type = model->type,
                                .input_count = entry->count,
                                .input = input,
                                .lengths = with_lengths < 0 ? NULL : lengths,
                                .options = fields,
                                .write_list = write_list,
                                .put_out = gd__option_text(entry->options, "as") == NULL ? NULL : put_out,
                                .weights_of = weights_of,
                                .context = entry};
    gd_tensor y = gd__layer_write(call);
    pass_lengths(entry, with_lengths, y);
    if (entry->lists > 0)
        model->view = entry->inside;
    if (entry->kind->view != NULL)
        entry->kind->view(&call, &model->view);
    gd__free(fields);
    return y;
}

// For the table: a layer of layers takes what they put out.
static void note_inputs(layer_entry *entry, const gd__yaml *from)
{
    gd_tensor input[GD__MOST_INPUTS + MOST_LISTS];
    int count = 0;
    char *names = from == NULL ? NULL : from_text(from);
    if (entry->lists < 2) // beside a single list goes what came in
        for (int i = 0; i < entry->count && entry->kind != &gd__layer_sequence; i++)
            input[count++] = entry->input[i].value;
    for (int i = 0; i < entry->lists; i++)
        input[count++] = entry->end[i];
    gd__table_takes(entry->model, entry->row, count, input, names);
    gd__free(names);
}

// The entry's layer and all of its blocks. `entry` is filled as far as the recipe says.
static gd_tensor write_filled(layer_entry *entry, gd__options options, gd__wire before)
{
    gd__model *model = entry->model;
    gd_graph *graph = model->shown.graph;
    const gd__yaml *from = gd__yaml_get(options.node, "from");
    gd_graph_set_location(graph, entry->place);
    if (find_inputs(entry, from, before) != GD_OK)
        return before.value;
    const char *block = entry->kind == &gd__layer_sequence ? gd__option_text(options, "block") : NULL;
    entry->row = gd__table_begin(model, entry->kind, block != NULL ? block : entry->kind->record.name, entry->depth,
                                 entry->line);
    const int first_node = graph->node_count, first_variable = gd_variable_count(graph);
    enter(entry);
    const gd_tensor y = call_layer(entry);
    leave(entry, y, first_variable);
    gd__table_end(model, entry->row, entry->weights[0] != '\0' ? entry->weights : NULL, first_node, first_variable, y);
    note_inputs(entry, from);
    return y;
}

// Blocks stand in blocks, so what an entry keeps is not kept on the stack.
static gd_tensor write_entry(gd__model *model, const gd__yaml *node, gd__wire before, gd__wire inner, int depth)
{
    struct kept {
        layer_entry entry;
        char place[GD__PLACE_SIZE];
    } *kept = gd__alloc(sizeof *kept);
    if (kept == NULL)
        return gd_graph_fail(model->shown.graph, GD_ERROR_MEMORY, "out of memory for a layer");
    const gd__chosen chosen = gd__chosen_of(node, &gd__layer_records, NULL);
    kept->entry = (layer_entry){.model = model,
                                .kind = (const gd_layer_kind *)chosen.record,
                                .options = chosen.options,
                                .place = gd__yaml_place(node, kept->place),
                                .line = node->line,
                                .depth = depth,
                                .inner = inner};
    const gd_tensor y = write_filled(&kept->entry, chosen.options, before);
    gd__free(kept);
    return y;
}

gd_tensor gd__write_layers(gd__model *model, const gd__yaml *list, gd__wire x, gd__wire inner, int depth)
{
    model->view = x.view;
    model->lengths = x.lengths;
    for (int i = 0; i < list->count && gd_graph_status(model->shown.graph) == GD_OK; i++) {
        x.value = write_entry(model, list->item[i], x, inner, depth);
        x.view = model->view;
        x.lengths = model->lengths;
    }
    return x.value;
}
