// What a backend is given while a plan is made. The backend pulls: it asks where its inputs are, in the layout it
// likes, says where its outputs go, and adds the step.
#ifndef GD_PLAN_PLANNER_H
#define GD_PLAN_PLANNER_H

#include "graph/readers.h"
#include "plan/plan.h"

typedef struct gd__planner gd__planner;
struct gd__planner {
    gd__plan *plan;
    gd__plan_opts opts;
    bool *needed;                    // by node: something that is wanted depends on it
    struct gd__planned_value *value; // by the number that the value has in `readers`
    int value_count;
    gd__readers readers;
    bool *wanted_output;    // by node: the value leaves the plan
    int32_t *into;          // by node: the node whose step computes it too, or -1
    int32_t *combined;      // by node: the first node that is computed by its step too, or -1,
    int32_t *next_combined; // and by that node the next one
    int *workspace;         // by node: a buffer that its backward node needs, or -1
    int *use_count;         // by node: how many nodes read it
    int32_t emitting;       // the node whose steps are being made, for the reason of a reordering
    size_t bytes;           // of all buffers together, wherever they lie
    bool arranges;          // the plan writes variables, so it may choose layouts for them
    gd__layout *arranged;   // by variable of the owner: the layout chosen for it; rank -1 when it stays as it is
    bool *renewed;          // by variable of the owner: the plan writes it
    int assignment_count;
    const gd__ref *assigned; // by assignment: the new value,
    const int *assigned_to;  // the variable of the owner that takes it,
    int *next_assignment;    // and the next assignment of the same value, or -1
};

// A value may be held in more than one layout. Layouts are large, and most values inside of a chain have none.
enum { GD__COPIES = 4 };
typedef struct gd__planned_value {
    int count;
    int assignment; // 1 + the first assignment of it; 0: none
    int buffer[GD__COPIES];
    gd__layout *layout[GD__COPIES]; // owned
} gd__planned_value;

// The node of this op that is combined into `node` (see `combine` in plan/backend.h), or -1.
int32_t gd__planner_combined(const gd__planner *planner, int32_t node, const gd_op *op);
// Does anybody read this output, or does it leave the plan?
bool gd__planner_is_read(const gd__planner *planner, gd__ref ref);
// The first assignment of the value, or -1; see next_assignment.
int gd__planner_assignment(const gd__planner *planner, gd__ref ref);
// The layout in which the value was made.
const gd__layout *gd__planner_layout(const gd__planner *planner, gd__ref ref);
// The buffer that holds the value in this layout (NULL: plain); adds a reordering step when there is none. -1 on
// failure.
int gd__planner_want(gd__planner *planner, gd__ref ref, const gd__layout *layout);
// A new buffer for an output in this layout (NULL: plain). -1 on failure.
int gd__planner_give(gd__planner *planner, gd__ref ref, const gd__layout *layout);
// The same for a value that the backend keeps in a form of its own (a pooling's workspace) of so many bytes.
int gd__planner_give_bytes(gd__planner *planner, gd__ref ref, const gd__layout *layout, size_t bytes);
// Says that an output is the same memory as a buffer that exists, seen with the output's plain shape. False when memory
// is short.
bool gd__planner_give_view(gd__planner *planner, gd__ref ref, int buffer);
// Working memory for the step that is being made. -1 on failure.
int gd__planner_scratch(gd__planner *planner, size_t bytes);
// Adds the step. The lists are copied; `state` is taken over, on failure too. Negative buffer ids fail.
gd_status gd__planner_add(gd__planner *planner, gd__plan_step step, int input_count, const int *input, int output_count,
                          const int *output);

#endif
