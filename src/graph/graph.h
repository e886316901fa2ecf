// The graph as the library sees it: nodes in an order in which every node stands after its inputs.
#ifndef GD_GRAPH_GRAPH_H
#define GD_GRAPH_GRAPH_H

#include <gradus/graph.h>
#include <gradus/op.h>

#include "base/device_memory.h"
#include "base/dimension.h"
#include "base/layout.h"
#include "graph/guard.h"
#include "graph/names.h"

// A graph of one thread alone, as the passes of the planner make them. NULL when memory is short.
gd_graph *gd__graph_create_private(void);

// One output of one node, without the graph.
typedef struct gd__ref {
    int32_t node;
    int32_t output;
} gd__ref;

typedef struct gd__node {
    const gd_op *op;
    void *attributes; // op->attribute_size bytes, or NULL; in the block of `output`
    char *name;       // NULL when the user gave none
    int input_count;
    int output_count;
    gd__ref *input;  // in the block of `output`
    gd_info *output; // owned
} gd__node;

// What computes a graph; see plan/backend.h.
typedef struct gd__backend gd__backend;

// What lasts from run to run. `data` lies in `memory` (NULL: the host's), in `layout`: row-major order until a training
// plan arranged it otherwise.
typedef struct gd__variable {
    char *name;
    gd_info info;
    bool trainable;
    bool of_training;
    bool carried; // gd__graph_carry
    int32_t node; // the node that stands for it in its graph
    gd__layout layout;
    const gd__memory *memory;
    void *data;
} gd__variable;

typedef struct gd__input {
    char *name;
    gd_info info;
    int32_t node;
} gd__input;

struct gd_graph {
    gd__guard *guard; // NULL: one thread alone sees the graph
    gd__node *node;
    int node_count, node_capacity;
    gd__input *input;
    int input_count, input_capacity;
    gd_array *constant;
    int constant_count, constant_capacity;
    gd__variable *variable; // of the graph that the user wrote; see `owner`
    int variable_count, variable_capacity;
    gd__names names;      // of inputs, variables and layers; passes that copy a graph leave it empty
    int64_t writes;       // how often variables were written: values prepared from them before that are stale
    int64_t arrangements; // how often variables changed their layout: plans made before that are stale
    gd__ref (*update)[2]; // gd_update_in_training: variable, value
    int update_count, update_capacity;
    int random_streams; // how many places draw random numbers
    uint64_t seed;
    char *location; // where the writer is, for messages
    char *layer;    // the layer being written, for messages: "conv2d 'stem'"
    char *scope;    // what the names of layers begin with, or NULL
    bool sharing;   // a layer whose name is in use takes the variables of that name
    gd_status status;
    char *message;
    // Elements of all variables, and how many there may be (0: any number).
    int64_t variable_elements, most_variable_elements;
    const gd__backend *backend; // NULL: the default one
    const gd__memory *memory;   // where its variables lie; NULL: in the host's memory
    // The passes of the planner write graphs of their own; their variable nodes mean the variables of `owner`.
    gd_graph *owner;
};

// The sources: nodes without inputs.
extern const gd_op gd__op_input;
extern const gd_op gd__op_variable;
extern const gd_op gd__op_constant;
typedef struct gd__source_attributes {
    int64_t index; // into the graph's list of inputs, variables or constants
} gd__source_attributes;

static inline const gd__node *gd__node_at(const gd_graph *graph, int32_t node)
{
    return &graph->node[node];
}
static inline gd_tensor gd__tensor(gd_graph *graph, gd__ref ref)
{
    return (gd_tensor){graph, ref.node, ref.output};
}
static inline gd__ref gd__ref_of(gd_tensor tensor)
{
    return (gd__ref){tensor.node, tensor.output};
}
static inline const gd_info *gd__info_at(const gd_graph *graph, gd__ref ref)
{
    return &graph->node[ref.node].output[ref.output];
}
// gd_tensor_ok, for who holds the graph.
bool gd__tensor_is_sound(gd_tensor tensor);
// The info of a sound tensor.
const gd_info *gd__info(gd_tensor tensor);
// For source nodes: the index into the graph's list.
int gd__source_index(const gd__node *node);
// Notes the name of a variable, its place in the list, and every layer's name that it begins with. False when memory is
// short.
bool gd__note_variable(gd_graph *graph, const char *name, int index);
gd__variable *gd__variable_of(const gd_graph *graph, const gd__node *node);

// Variables that would have more elements together are an error, before memory is taken for them.
void gd__graph_limit_variables(gd_graph *graph, int64_t most_elements);
// As gd_update_in_training, for a state that goes from one piece of a sequence to the next one: evaluation and
// generating carry it too, and begin with zeros.
void gd__graph_carry(gd_tensor variable, gd_tensor value);
bool gd__variable_is_carried(gd_tensor variable);

gd_tensor gd__poison(gd_graph *graph);
// Sets the layer that messages name; NULL clears it.
void gd__graph_set_layer(gd_graph *graph, const char *layer);

// How much stands in a graph, to go back to when what comes next fails: the nodes, inputs, constants, variables and
// updates that came since go, and so does an error. The caller holds the graph for writing.
typedef struct gd__graph_mark {
    int nodes, inputs, constants, variables, updates, random_streams;
} gd__graph_mark;
gd__graph_mark gd__graph_mark_here(const gd_graph *graph);
void gd__graph_go_back(gd_graph *graph, gd__graph_mark mark);

// Adds a node with outputs already known; takes nothing over (everything is copied). -1 when memory is short.
int32_t gd__graph_add_node(gd_graph *graph, const gd_op *op, int input_count, const gd__ref *input,
                           const void *attributes, int output_count, const gd_info *output);
// Adds a constant that takes over `array` (its storage moves into the graph, on failure too).
gd_tensor gd__constant_take(gd_graph *graph, gd_array *array);
// The graph whose variables are meant.
static inline gd_graph *gd__variables_of(gd_graph *graph)
{
    return graph->owner != NULL ? graph->owner : graph;
}

// A block for its value in its memory, filled with zeros; NULL when memory is short.
void *gd__variable_zeros(const gd__variable *variable);
// Writes a value that comes in row-major order, of any type. The caller counts it in gd_graph.writes.
gd_status gd__variable_write(gd__variable *variable, const gd_array *array);
// Reads a value in row-major order into memory for as many elements.
gd_status gd__variable_read(const gd__variable *variable, void *to);
// Moves the value into another layout of the same sizes. The caller counts it in gd_graph.arrangements.
gd_status gd__variable_arrange(gd__variable *variable, const gd__layout *layout);
// Moves the values of all variables into another memory, in row-major order; those that are made later lie there too.
gd_status gd__graph_move_variables(gd_graph *graph, const gd__memory *memory);

// ---- Attributes, through the op's table of them
bool gd__attributes_equal(const gd_op *op, const void *a, const void *b);
uint64_t gd__attributes_hash(const gd_op *op, const void *attributes);
// Fills in the sizes in every GD_ATTRIBUTE_SHAPE, and in every GD_ATTRIBUTE_INT that is a length in time.
void gd__attributes_close(const gd_op *op, void *attributes, gd__sizes sizes);

// Who uses the graph at the same time: see graph/guard.h.
static inline void gd__graph_read(const gd_graph *graph)
{
    gd__guard_begin(graph->guard, false);
}
static inline void gd__graph_write(const gd_graph *graph)
{
    gd__guard_begin(graph->guard, true);
}
static inline void gd__graph_release(const gd_graph *graph)
{
    gd__guard_end(graph->guard);
}

#endif
