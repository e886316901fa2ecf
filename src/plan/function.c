// Functions: the public face of plans. A function makes a plan for each batch size, and number of time steps, that it
// meets and keeps those that were used last.
#include <gradus/run.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "base/stack.h"
#include "graph/specialise.h"
#include "plan/function.h"
#include "plan/values.h"

enum { MOST_PLANS = 16 }; // unless the options say otherwise
// Who predicts in more sizes than these will not come back to each of them often: plans for the others are made
// quickly, nothing is timed for them, and small products run on kernels that need not be made first. Not so in
// training: what came before may not show in its bits, or it could not be resumed.
enum { FEW_SIZES = 4 };

// The plan for one pair of sizes, and the executions that are not running at the moment.
typedef struct planned {
    gd__sizes sizes;
    gd__plan *plan;
    gd__execution **idle;
    int idle_count, idle_capacity;
    int running;  // executions that are
    bool retired; // not in the list any more: goes when the last of them is done
    int64_t used; // when it was taken last, by the function's count
} planned;

struct gd_function {
    gd_graph *graph;
    gd_function_opts opts;
    int output_count, assignment_count;
    gd__ref *wanted;   // outputs, then the values to be assigned
    gd__ref *variable; // what they are assigned to
    gd__function_ends ends;
    pthread_mutex_t lock; // guards the lists below; begun after the graph is held
    planned **plan;
    int plan_count, plan_capacity;
    int most_plans;
    int64_t sizes_met; // for which a plan was made
    atomic_bool draws; // random numbers, as the first run finds out
    int64_t uses;      // how often a plan was taken
};

// ---- Making one

static gd_status check_assignment(const gd_graph *graph, const gd_assignment *assignment)
{
    if (!gd__tensor_is_sound(assignment->variable) || !gd__tensor_is_sound(assignment->value) ||
        assignment->variable.graph != graph || assignment->value.graph != graph)
        return gd__fail(GD_ERROR_ARGUMENT, "an assignment needs a variable and a value of the function's graph");
    const gd__node *node = &graph->node[assignment->variable.node];
    const gd_info *want = gd__info(assignment->variable), *have = gd__info(assignment->value);
    char left[GD_SHAPE_TEXT], right[GD_SHAPE_TEXT];
    if (node->op != &gd__op_variable)
        return gd__fail(GD_ERROR_ARGUMENT, "an assignment's target is %s, a variable was expected", node->op->name);
    if (want->type != have->type || !gd_shape_equal(want->shape, have->shape))
        return gd__fail(GD_ERROR_SHAPE, "variable '%s' is %s %s, the value assigned to it is %s %s", node->name,
                        gd_type_name(want->type), gd_shape_text(want->shape, left), gd_type_name(have->type),
                        gd_shape_text(have->shape, right));
    return GD_OK;
}

// No variable may be assigned twice.
static gd_status check_once(const gd_function *f)
{
    bool *assigned = gd__alloc_zeroed((size_t)f->graph->node_count + 1, sizeof *assigned);
    gd_status status = assigned != NULL ? GD_OK : gd__fail_memory("a function");
    for (int i = 0; status == GD_OK && i < f->assignment_count; i++) {
        int32_t node = f->variable[i].node;
        if (assigned[node])
            status = gd__fail(GD_ERROR_ARGUMENT, "variable '%s' is assigned twice in one function",
                              f->graph->node[node].name);
        assigned[node] = true;
    }
    gd__free(assigned);
    return status;
}

static gd_status fill_lists(gd_function *f, const gd_tensor *output)
{
    int updates = f->opts.training ? f->graph->update_count : 0;
    size_t most = (size_t)f->output_count + (size_t)f->opts.assignment_count + (size_t)updates + 1;
    f->wanted = gd__alloc_zeroed(most, sizeof *f->wanted);
    f->variable = gd__alloc_zeroed(most, sizeof *f->variable);
    if (f->wanted == NULL || f->variable == NULL)
        return gd__fail_memory("a function");
    for (int i = 0; i < f->output_count; i++) {
        if (!gd__tensor_is_sound(output[i]) || output[i].graph != f->graph)
            return gd__fail(GD_ERROR_ARGUMENT, "output %d of the function is no tensor of its graph", i);
        f->wanted[i] = gd__ref_of(output[i]);
    }
    for (int i = 0; i < f->opts.assignment_count; i++) {
        gd_status status = check_assignment(f->graph, &f->opts.assignment[i]);
        if (status != GD_OK)
            return status;
        f->variable[f->assignment_count] = gd__ref_of(f->opts.assignment[i].variable);
        f->wanted[f->output_count + f->assignment_count++] = gd__ref_of(f->opts.assignment[i].value);
    }
    for (int i = 0; i < updates; i++) {
        f->variable[f->assignment_count] = f->graph->update[i][0];
        f->wanted[f->output_count + f->assignment_count++] = f->graph->update[i][1];
    }
    return check_once(f);
}

static gd_status find_ends(gd_function *f)
{
    const gd_graph *graph = f->graph;
    gd__function_ends *ends = &f->ends;
    bool *needed = gd__graph_needed(graph, f->output_count + f->assignment_count, f->wanted);
    ends->input = gd__alloc_zeroed((size_t)graph->input_count + 1, sizeof *ends->input);
    ends->info = gd__alloc_zeroed((size_t)graph->input_count + (size_t)f->output_count + 1, sizeof *ends->info);
    const bool good = needed != NULL && ends->input != NULL && ends->info != NULL;
    for (int i = 0; good && i < graph->input_count; i++) {
        const int32_t node = graph->input[i].node;
        if (!needed[node])
            continue;
        ends->info[ends->input_count] = graph->node[node].output[0];
        ends->input[ends->input_count++] = (gd_tensor){f->graph, node, 0};
    }
    for (; good && ends->output_count < f->output_count; ends->output_count++) {
        const gd__ref ref = f->wanted[ends->output_count];
        ends->info[ends->input_count + ends->output_count] = graph->node[ref.node].output[ref.output];
    }
    gd__free(needed);
    return good ? GD_OK : gd__fail_memory("a function");
}

const gd__function_ends *gd__function_ends_of(const gd_function *f)
{
    return &f->ends;
}

gd_function *gd_function_create(gd_graph *graph, int output_count, const gd_tensor *output, gd_function_opts opts)
{
    GD__NEEDS(graph, NULL);
    if (output_count > 0)
        GD__NEEDS(output, NULL);
    if (gd_graph_error(graph) != NULL) {
        gd__fail(graph->status, "%s", gd_graph_error(graph));
        return NULL;
    }
    gd_function *f = gd__alloc_zeroed(1, sizeof *f);
    if (f == NULL) {
        gd__fail_memory("a function");
        return NULL;
    }
    f->graph = graph;
    f->opts = opts;
    f->output_count = output_count;
    f->most_plans = opts.batch_sizes > 0 ? opts.batch_sizes : MOST_PLANS;
    pthread_mutex_init(&f->lock, NULL);
    gd__graph_read(graph);
    gd_status status = fill_lists(f, output);
    if (status == GD_OK)
        status = find_ends(f);
    gd__graph_release(graph);
    if (status != GD_OK) {
        gd_function_free(f);
        return NULL;
    }
    f->opts.assignment = NULL; // the list was copied
    return f;
}

static void free_planned(planned *p)
{
    if (p == NULL)
        return;
    for (int i = 0; i < p->idle_count; i++)
        gd__execution_free(p->idle[i]);
    gd__free(p->idle);
    gd__plan_free(p->plan);
    gd__free(p);
}

void gd_function_free(gd_function *f)
{
    if (f == NULL)
        return;
    for (int i = 0; i < f->plan_count; i++)
        free_planned(f->plan[i]);
    gd__free(f->plan);
    gd__free(f->wanted);
    gd__free(f->variable);
    gd__free(f->ends.input);
    gd__free(f->ends.info);
    pthread_mutex_destroy(&f->lock);
    gd__free(f);
}

// ---- Planning

typedef struct plan_call {
    gd_graph *closed;
    const gd_function *function;
    const gd__ref *wanted;
    gd__plan_opts opts;
    gd__plan **plan;
} plan_call;

static gd_status create_plan(void *call)
{
    const plan_call *c = call;
    const gd_function *f = c->function;
    return gd__plan_create(c->closed, f->output_count, c->wanted, f->assignment_count,
                           c->wanted + f->output_count + f->assignment_count, c->wanted + f->output_count, c->opts,
                           c->plan);
}

static gd_status make_plan(gd_function *f, gd__sizes sizes, gd__plan **plan)
{
    // The copy needs the variables' nodes too, even where the new values do not depend on the old ones.
    int values = f->output_count + f->assignment_count, all = values + f->assignment_count;
    gd__ref *wanted = gd__alloc_zeroed(2 * (size_t)all + 1, sizeof *wanted);
    if (wanted == NULL)
        return gd__fail_memory("a plan");
    gd__ref *mapped = wanted + all;
    memcpy(wanted, f->wanted, (size_t)values * sizeof *wanted);
    memcpy(wanted + values, f->variable, (size_t)f->assignment_count * sizeof *wanted);
    gd_graph *closed;
    gd__specialise_opts opts = {.batch = sizes.batch, .time = sizes.time, .inference = !f->opts.training};
    // Where every number is checked, every op is a step of its own, so that the one to blame has a name; and no
    // variable is written before the last check.
    gd__plan_opts plan_opts = {.precision = f->opts.precision,
                               .recompute = f->opts.recompute,
                               .inference = !f->opts.training,
                               .in_passing = !f->opts.training && f->sizes_met >= FEW_SIZES,
                               .no_fusion = f->opts.check_numbers,
                               .late_writes = f->opts.check_numbers};
    gd_status status = gd__graph_specialise(f->graph, opts, all, wanted, &closed, mapped);
    if (status == GD_OK)
        status = gd__with_stack(create_plan, &(plan_call){closed, f, mapped, plan_opts, plan});
    gd__free(wanted);
    return status;
}

static gd_status make_planned(gd_function *f, gd__sizes sizes, planned **result)
{
    planned *made = gd__alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return gd__fail_memory("a plan");
    made->sizes = sizes;
    gd_status status = make_plan(f, sizes, &made->plan);
    if (status == GD_OK)
        *result = made;
    else
        free_planned(made);
    return status;
}

// Takes plan `index` out of the list. One that is running is freed when it is done.
static void retire(gd_function *f, int index)
{
    planned *p = f->plan[index];
    f->plan[index] = f->plan[--f->plan_count];
    p->retired = true;
    if (p->running == 0)
        free_planned(p);
}

static int least_recently_used(const gd_function *f)
{
    int least = 0;
    for (int i = 1; i < f->plan_count; i++)
        least = f->plan[i]->used < f->plan[least]->used ? i : least;
    return least;
}

// Called with the lock held. A plan that was made before variables changed their layout is made anew; that happens
// when a training plan arranges them, and training excludes other runs.
static gd_status plan_for(gd_function *f, gd__sizes sizes, planned **result)
{
    int index = 0;
    while (index < f->plan_count && !gd__sizes_equal(f->plan[index]->sizes, sizes))
        index++;
    bool known = index < f->plan_count;
    if (!known || f->plan[index]->plan->arrangements != f->graph->arrangements) {
        if (!gd__grow((void **)&f->plan, &f->plan_capacity, f->plan_count, sizeof(planned *)))
            return gd__fail_memory("a plan");
        planned *made = NULL;
        gd_status status = make_planned(f, sizes, &made);
        if (status != GD_OK)
            return status;
        f->sizes_met += !known;
        if (known || f->plan_count == f->most_plans)
            retire(f, known ? index : least_recently_used(f));
        index = f->plan_count++;
        f->plan[index] = made;
    }
    *result = f->plan[index];
    (*result)->used = ++f->uses;
    return GD_OK;
}

// ---- Feeds

static gd_status shape_mismatch(const gd__input *input, const gd_array *value)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    return gd__fail(GD_ERROR_SHAPE, "input '%s' is %s, was given %s", input->name,
                    gd_shape_text(input->info.shape, want), gd_shape_text(value->shape, have));
}

// Matches one feed with its input; finds out the sizes or checks them.
static gd_status check_feed(const gd__input *input, const gd_array *value, gd__sizes *sizes)
{
    const gd_shape *open = &input->info.shape;
    if (gd_type_size(value->type) == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "input '%s' was given values of an unknown type, %d", input->name,
                        (int)value->type);
    if (value->data == NULL || value->shape.rank != open->rank)
        return shape_mismatch(input, value);
    for (int i = 0; i < open->rank; i++) {
        const gd__sizes before = *sizes;
        gd__sizes alone = {0};
        if (gd__dimension_solve(open->dim[i], value->shape.dim[i], sizes))
            continue;
        if (!gd__dimension_solve(open->dim[i], value->shape.dim[i], &alone) || (alone.batch == 0 && alone.time == 0))
            return shape_mismatch(input, value);
        if (alone.batch != 0)
            return gd__fail(GD_ERROR_SHAPE, "input '%s' was given a batch of %lld, the inputs before it one of %lld",
                            input->name, (long long)alone.batch, (long long)before.batch);
        return gd__fail(GD_ERROR_SHAPE, "input '%s' was given %lld time steps, the inputs before it %lld", input->name,
                        (long long)alone.time, (long long)before.time);
    }
    return GD_OK;
}

// Once all sizes are known: a dimension that says nothing of one size alone must be what they make of it.
static gd_status check_closed(const gd_function *f, const gd_array *value, gd__sizes sizes)
{
    for (int i = 0; i < f->graph->input_count; i++) {
        const gd__input *input = &f->graph->input[i];
        if (value[i].data != NULL && !gd_shape_equal(gd__shape_close(input->info.shape, sizes), value[i].shape))
            return shape_mismatch(input, &value[i]);
    }
    return GD_OK;
}

// Orders the feeds by the graph's list of inputs.
static gd_status match_feeds(const gd_function *f, int feed_count, const gd_feed *feed, gd_array *value,
                             gd__sizes *sizes)
{
    *sizes = (gd__sizes){0};
    for (int i = 0; i < feed_count; i++) {
        const gd_tensor *tensor = &feed[i].input;
        if (!gd__tensor_is_sound(*tensor) || tensor->graph != f->graph ||
            f->graph->node[tensor->node].op != &gd__op_input)
            return gd__fail(GD_ERROR_ARGUMENT, "feed %d is for no input of the function's graph", i);
        int index = gd__source_index(&f->graph->node[tensor->node]);
        gd_status status = value[index].data != NULL
                               ? gd__fail(GD_ERROR_ARGUMENT, "input '%s' is fed twice", f->graph->input[index].name)
                               : check_feed(&f->graph->input[index], &feed[i].value, sizes);
        if (status != GD_OK)
            return status;
        value[index] = feed[i].value;
    }
    return sizes->time == 0 ? GD_OK : check_closed(f, value, *sizes);
}

// Every input that the plan reads must have been fed.
static gd_status check_fed(const gd__plan *plan, const gd_array *value)
{
    for (int i = 0; i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        if (buffer->place == GD__PLACE_FEED && value[buffer->index].data == NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "input '%s' was given no value", plan->graph->input[buffer->index].name);
    }
    return GD_OK;
}

// ---- Running

static gd_status take_execution(gd_function *f, gd__sizes sizes, planned **from, gd__execution **execution)
{
    gd_status status = plan_for(f, sizes, from);
    if (status != GD_OK)
        return status;
    planned *p = *from;
    if (p->idle_count > 0) {
        *execution = p->idle[--p->idle_count];
    } else {
        // Room for its return is made now, so that returning it cannot fail.
        if (!gd__grow((void **)&p->idle, &p->idle_capacity, p->running, sizeof *p->idle))
            return gd__fail_memory("an execution");
        status = gd__execution_create(p->plan, execution);
    }
    p->running += status == GD_OK;
    return status;
}

static void return_execution(planned *p, gd__execution *execution)
{
    p->idle[p->idle_count++] = execution;
    p->running--;
    if (p->retired && p->running == 0)
        free_planned(p);
}

// One run, with the graph held; `value` has room for every input. *shared: nobody else may run meanwhile, but the graph
// is held for reading only, so nothing was done.
static gd_status run_held(gd_function *f, bool alone, int feed_count, const gd_feed *feed, gd_array *value,
                          gd_array *result, bool *shared)
{
    gd__sizes sizes;
    planned *from = NULL;
    gd__execution *execution = NULL;
    gd_status status = match_feeds(f, feed_count, feed, value, &sizes);
    if (status != GD_OK)
        return status;
    pthread_mutex_lock(&f->lock);
    status = take_execution(f, sizes, &from, &execution);
    *shared = status == GD_OK && !alone && execution->plan->random_state >= 0;
    if (status == GD_OK && !*shared)
        status = gd__execution_prepare(execution);
    pthread_mutex_unlock(&f->lock);
    if (status == GD_OK && !*shared)
        status = check_fed(execution->plan, value);
    if (status == GD_OK && !*shared)
        status = gd__execution_run(execution, value, f->opts.check_numbers);
    for (int i = 0; status == GD_OK && !*shared && i < f->output_count; i++)
        status = gd__execution_output(execution, i, &result[i]);
    if (status == GD_OK && !*shared)
        status = gd__execution_advance_random(execution);
    pthread_mutex_lock(&f->lock);
    if (execution != NULL)
        return_execution(from, execution);
    pthread_mutex_unlock(&f->lock);
    return status;
}

// The graph is held while the function runs: a run that writes variables, if only the state of the random numbers, has
// it for itself.
gd_status gd_function_run(gd_function *f, int feed_count, const gd_feed *feed, gd_array *result)
{
    GD__NEEDS(f, GD_ERROR_ARGUMENT);
    if (feed_count > 0)
        GD__NEEDS(feed, GD_ERROR_ARGUMENT);
    if (f->output_count > 0)
        GD__NEEDS(result, GD_ERROR_ARGUMENT);
    bool alone = f->assignment_count > 0 || atomic_load_explicit(&f->draws, memory_order_relaxed), shared = false;
    gd_status status = GD_OK;
    do {
        alone = alone || shared;
        if (alone)
            gd__graph_write(f->graph);
        else
            gd__graph_read(f->graph);
        gd_array few[16];
        const int inputs = f->graph->input_count;
        gd_array *value = inputs <= 16 ? few : gd__alloc_zeroed((size_t)inputs, sizeof *value);
        for (int i = 0; value == few && i < inputs; i++)
            few[i] = (gd_array){0};
        status =
            value == NULL ? gd__fail_memory("feeds") : run_held(f, alone, feed_count, feed, value, result, &shared);
        gd__graph_release(f->graph);
        if (value != few)
            gd__free(value);
        if (shared)
            atomic_store_explicit(&f->draws, true, memory_order_relaxed);
    } while (shared && !alone);
    return status;
}

// ---- Plans beforehand, and given back

// A training plan that is made may move variables into other layouts.
static void hold(gd_function *f)
{
    if (f->assignment_count > 0)
        gd__graph_write(f->graph);
    else
        gd__graph_read(f->graph);
    pthread_mutex_lock(&f->lock);
}

static void let_go(gd_function *f)
{
    pthread_mutex_unlock(&f->lock);
    gd__graph_release(f->graph);
}

static gd_status prepare(gd_function *f, gd__sizes sizes)
{
    planned *from = NULL;
    gd__execution *execution = NULL;
    hold(f);
    gd_status status = take_execution(f, sizes, &from, &execution);
    if (status == GD_OK)
        status = gd__execution_prepare(execution);
    if (execution != NULL)
        return_execution(from, execution);
    let_go(f);
    return status;
}

gd_status gd_function_prepare(gd_function *f, int64_t batch)
{
    GD__NEEDS(f, GD_ERROR_ARGUMENT);
    if (batch < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld is to be prepared, expected at least 1", (long long)batch);
    return prepare(f, (gd__sizes){.batch = batch});
}

gd_status gd_function_prepare_sequences(gd_function *f, int64_t batch, int64_t time)
{
    GD__NEEDS(f, GD_ERROR_ARGUMENT);
    if (batch < 1 || time < 1)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "a batch of %lld with %lld time steps is to be prepared, expected at least 1 of each",
                        (long long)batch, (long long)time);
    return prepare(f, (gd__sizes){batch, time});
}

void gd_function_trim(gd_function *f)
{
    if (f == NULL)
        return;
    pthread_mutex_lock(&f->lock);
    while (f->plan_count > 0)
        retire(f, f->plan_count - 1);
    pthread_mutex_unlock(&f->lock);
}

// ---- Looking at plans

// The plan for these feeds. The function is held while it is looked at.
static gd_status plan_of_feeds(gd_function *f, int feed_count, const gd_feed *feed, planned **result)
{
    gd_array *value = gd__alloc_zeroed((size_t)f->graph->input_count + 1, sizeof *value);
    if (value == NULL)
        return gd__fail_memory("feeds");
    gd__sizes sizes;
    gd_status status = match_feeds(f, feed_count, feed, value, &sizes);
    gd__free(value);
    return status == GD_OK ? plan_for(f, sizes, result) : status;
}

char *gd_function_text(gd_function *f, int feed_count, const gd_feed *feed)
{
    if (feed_count > 0)
        GD__NEEDS(feed, NULL);
    planned *planned_for;
    char *text = NULL;
    hold(f);
    if (plan_of_feeds(f, feed_count, feed, &planned_for) == GD_OK)
        text = gd__plan_text(planned_for->plan);
    let_go(f);
    return text;
}

gd_status gd_function_measure(gd_function *f, int feed_count, const gd_feed *feed, gd_function_cost *cost)
{
    if (feed_count > 0)
        GD__NEEDS(feed, GD_ERROR_ARGUMENT);
    GD__NEEDS(cost, GD_ERROR_ARGUMENT);
    planned *planned_for;
    *cost = (gd_function_cost){0};
    hold(f);
    gd_status status = plan_of_feeds(f, feed_count, feed, &planned_for);
    if (status == GD_OK) {
        const gd__plan *plan = planned_for->plan;
        cost->flops = plan->flops;
        cost->arena_bytes = plan->arena_bytes;
        cost->step_count = plan->step_count;
        for (int i = 0; i < f->graph->variable_count; i++) {
            const gd_info *info = &f->graph->variable[i].info;
            cost->variable_bytes += (size_t)gd_shape_count(info->shape) * gd_type_size(info->type);
        }
    }
    let_go(f);
    return status;
}

// ---- Lazy evaluation

gd_status gd_eval(gd_tensor tensor, gd_array *array)
{
    GD__NEEDS(array, GD_ERROR_ARGUMENT);
    *array = (gd_array){0};
    if (tensor.graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "no tensor to evaluate");
    gd_function *f = gd_function_create(tensor.graph, 1, &tensor, (gd_function_opts){0});
    if (f == NULL)
        return tensor.graph->status != GD_OK ? tensor.graph->status : GD_ERROR_ARGUMENT;
    gd_status status = gd_function_run(f, 0, NULL, array);
    gd_function_free(f);
    return status;
}

double gd_value(gd_tensor tensor)
{
    gd_array array;
    if (gd_eval(tensor, &array) != GD_OK)
        return NAN;
    double value = gd_array_count(&array) == 1 ? gd_array_get(&array, 0) : NAN;
    if (gd_array_count(&array) != 1)
        gd__fail(GD_ERROR_SHAPE, "gd_value takes a tensor of one element, was given %lld",
                 (long long)gd_array_count(&array));
    gd_array_free(&array);
    return value;
}
