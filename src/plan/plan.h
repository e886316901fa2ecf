// A plan: the flat list of steps that computes a closed graph, and where every value lies.
#ifndef GD_PLAN_PLAN_H
#define GD_PLAN_PLAN_H

#include <gradus/run.h>

#include "base/layout.h"
#include "graph/graph.h"

// A buffer is the memory of one value in one layout. Views share the buffer of what they view.
typedef enum gd__place {
    GD__PLACE_ARENA,    // in the arena of the execution
    GD__PLACE_CONSTANT, // `data`, in the memory of the backend once the plan is made
    GD__PLACE_PREPARED, // in the plan's own memory: follows from variables and constants alone
    GD__PLACE_VARIABLE, // the variable `index`
    GD__PLACE_FEED      // what the caller feeds to input `index`
} gd__place;

typedef struct gd__buffer {
    gd__place place;
    int index;
    const void *data;
    size_t bytes;
    size_t offset;     // in the arena
    int first, last;   // steps between which it is alive; last = step_count: to the end
    int shares;        // the arena buffer whose room it takes over in place, or -1
    gd__layout layout; // of the value
    bool opaque;       // the backend keeps the value in a form of its own
    gd__ref value;     // for messages and dumps; node -1 for scratch
} gd__buffer;

typedef struct gd__plan_step gd__plan_step;
enum { GD__REASON = 160 };
struct gd__plan_step {
    char reason[GD__REASON]; // of a reordering: which layouts, and who wants the second one; else empty
    const char *name;        // of the op, or what it does; static storage or owned by the graph
    int32_t node;            // the node it computes (the last one of a fused chain), or -1
    // Runs the step. buffer[id] is the memory of buffer `id`.
    gd_status (*run)(const gd__plan_step *step, void *const *buffer);
    void *state;                // the backend's own
    void (*free_state)(void *); // may be NULL
    int input_count, output_count;
    int *input, *output; // buffer ids; scratch counts as an output
    double flops;
    int takes_over;  // 1 + the input whose room output 0 should take over, when nobody reads it later; 0: none
    bool prepares;   // follows from variables and constants alone: runs only when those have changed
    bool may_refuse; // may fail on the numbers that it is given: an index outside, an op of the user's own
    // May this output lie where this input of the same shape lies? Each element of it must have been read for the last
    // time when the same element of the output is written. NULL: no output may.
    bool (*in_place)(const gd__plan_step *step, int output, int input);
};

typedef struct gd__copy {
    int variable; // of the owner graph
    int buffer;
} gd__copy;

typedef struct gd__plan {
    gd_graph *graph; // closed; owned
    gd__buffer *buffer;
    int buffer_count, buffer_capacity;
    gd__plan_step *step;
    int step_count, step_capacity;
    size_t arena_bytes;
    size_t live_bytes; // the most that is alive at once: no packing needs less
    const gd__backend *backend;
    const gd__memory *memory; // the backend's, in which everything below lies; NULL: the host's
    void *constants;          // in a device's memory: copies of the constants; NULL in the host's
    void *prepared;           // the buffers in GD__PLACE_PREPARED
    size_t prepared_bytes;
    int64_t prepared_at; // gd_graph.writes of the owner when they were computed; -1: never
    int output_count;
    int *output; // the buffer of each wanted tensor, in plain layout
    gd_info *output_info;
    int copy_count; // variables that no step writes in place
    gd__copy *copy;
    int assignment_count; // variables that the plan writes
    int64_t arrangements; // gd_graph.arrangements of the owner when it was made: it is stale when that has grown
    int random_state;     // the variable that drives random ops here, or -1
    gd_precision precision;
    double flops;
} gd__plan;

typedef struct gd__plan_opts {
    gd_precision precision;
    bool recompute;
    bool inference;  // no backward pass follows
    bool in_passing; // one of many batch sizes: a plan that is soon made counts for more than the fastest one
    bool no_fusion;
    bool late_writes; // variables are written when all steps are done, never by a step
} gd__plan_opts;

// Plans `graph` (closed, taken over, on failure too): computes `output`, then writes value[i] into the variable with
// the node variable[i].
gd_status gd__plan_create(gd_graph *graph, int output_count, const gd__ref *output, int assignment_count,
                          const gd__ref *variable, const gd__ref *value, gd__plan_opts opts, gd__plan **result);
void gd__plan_free(gd__plan *plan);

// One execution: an arena and the table of pointers. A plan may have several, one a thread.
typedef struct gd__execution {
    gd__plan *plan;
    void *arena;
    void **pointer;  // by buffer: an address in the backend's memory
    void **staging;  // by input: where a feed of another type, or for a device, is copied to; NULL until needed
    double *seconds; // by step: the least time that it took, when GD_DEBUG asks for it; else NULL
    int64_t runs;
} gd__execution;
gd_status gd__execution_create(gd__plan *plan, gd__execution **result);
void gd__execution_free(gd__execution *execution);
// Computes what follows from variables alone, where they were written since. Not while another execution of the plan
// is running.
gd_status gd__execution_prepare(gd__execution *execution);
// Runs all other steps. feed[i] belongs to input i of the graph; those that the graph does not use may be empty.
gd_status gd__execution_run(gd__execution *execution, const gd_array *feed, bool check_numbers);

// The plan as text, one step a line.
char *gd__plan_text(const gd__plan *plan);

#endif
