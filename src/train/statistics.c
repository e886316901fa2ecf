#include "train/statistics.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "optim/slot.h"
#include "train/evaluate.h"
#include "train/names.h"

enum { DEFAULT_BATCH = 256, DEFAULT_BATCHES = 128 };

// ---- Which there are

// The running statistic that update `index` of the graph changes, or no tensor: the state of random numbers is none.
static gd_tensor statistic_at(gd_graph *graph, int index)
{
    const gd__ref changed = graph->update[index][0];
    const gd_tensor variable = {.graph = graph, .node = changed.node, .output = changed.output};
    const gd_type type = gd_tensor_type(variable);
    const bool floats = type == GD_F32 || type == GD_F64;
    const bool plain = floats && !gd_variable_trainable(variable) && !gd_variable_of_training(variable) &&
                       strcmp(gd_variable_name(variable), GD__RANDOM_STATE) != 0;
    return plain ? variable : GD_NO_TENSOR;
}

void gd__statistics_slots(gd_tensor loss)
{
    for (int i = 0; i < loss.graph->update_count; i++) {
        const gd_tensor statistic = statistic_at(loss.graph, i);
        if (statistic.graph != NULL)
            gd__slot(statistic, "ema");
    }
}

static gd_tensor slot_of(gd_tensor statistic)
{
    gd__text name = {0};
    gd__text_add(&name, "%s.ema", gd_variable_name(statistic));
    const gd_tensor slot = name.data == NULL ? GD_NO_TENSOR : gd_variable_find(statistic.graph, name.data);
    gd__text_free(&name);
    return slot;
}

gd_status gd__statistics_keep(gd_tensor loss)
{
    gd_status status = GD_OK;
    for (int i = 0; i < loss.graph->update_count && status == GD_OK; i++) {
        const gd_tensor statistic = statistic_at(loss.graph, i);
        if (statistic.graph == NULL)
            continue;
        gd_array value = {0};
        status = gd_variable_get(statistic, &value);
        if (status == GD_OK)
            status = gd_variable_set(slot_of(statistic), &value);
        gd_array_free(&value);
    }
    return status;
}

// ---- Made anew
//
// A run in training mode makes a statistic r of the old one: r = keep · old + part(batch). With old = 0 it is the
// batch's part; with a large number besides, `keep` shows. The statistic of the batch alone is part / (1 - keep), of
// which the mean is taken.

static const double PROBE = 1048576; // 2^20

typedef struct statistic {
    gd_tensor variable;
    gd_array before, value; // `value`: what is set and read
    double *keep, *sum;     // of each element
} statistic;

typedef struct renewal {
    int count;
    statistic *statistic;
    gd_array random; // the state of random numbers, which is put back; or no data
    gd_tensor random_state;
    gd_function *function;
    gd_loader *loader;
    gd__binding binding;
    gd_array loss;
} renewal;

static gd_status take_statistic(gd_tensor variable, statistic *s)
{
    s->variable = variable;
    gd_status status = gd_variable_get(variable, &s->before);
    if (status == GD_OK)
        status = gd_array_create(&s->value, s->before.type, s->before.shape);
    if (status != GD_OK)
        return status;
    const size_t count = (size_t)gd_array_count(&s->before);
    s->keep = gd__alloc_zeroed(count, sizeof *s->keep);
    s->sum = gd__alloc_zeroed(count, sizeof *s->sum);
    return s->keep != NULL && s->sum != NULL ? GD_OK : gd__fail_memory("running statistics");
}

static gd_status find_statistics(renewal *r, gd_graph *graph)
{
    gd_status status = GD_OK;
    r->statistic = gd__alloc_zeroed((size_t)graph->update_count + 1, sizeof *r->statistic);
    if (r->statistic == NULL)
        return gd__fail_memory("running statistics");
    for (int i = 0; i < graph->update_count && status == GD_OK; i++) {
        const gd_tensor variable = statistic_at(graph, i);
        if (variable.graph != NULL)
            status = take_statistic(variable, &r->statistic[r->count++]);
    }
    return status;
}

static gd_status open_batches(renewal *r, gd_tensor loss, const gd_dataset *set, const gd_statistics_opts *opts)
{
    const int64_t samples = gd_dataset_count(set);
    int64_t batch = opts->batch > 0 ? opts->batch : DEFAULT_BATCH;
    batch = batch < samples ? batch : samples;
    const gd_loader_opts how = {.batch = batch,
                                .shuffle = true,
                                .drop_last = true,
                                .seed = opts->seed,
                                .workers = opts->workers,
                                .training = true};
    gd_status status = gd_loader_create(set, how, &r->loader);
    if (status == GD_OK)
        status = gd__bind(set, 1, &loss, 0, NULL, &r->binding);
    if (status != GD_OK)
        return status;
    r->function =
        gd_function_create(loss.graph, 1, &loss, (gd_function_opts){.training = true, .precision = opts->precision});
    r->random_state = gd_variable_find(loss.graph, GD__RANDOM_STATE);
    if (r->function == NULL)
        return GD_ERROR_MEMORY;
    return r->random_state.graph == NULL ? GD_OK : gd_variable_get(r->random_state, &r->random);
}

// Runs the batch with all statistics at `old` and reads what they become.
static gd_status run_with(renewal *r, const gd_batch *batch, double old)
{
    gd_status status = GD_OK;
    for (int i = 0; i < r->count && status == GD_OK; i++) {
        statistic *s = &r->statistic[i];
        for (int64_t k = 0; k < gd_array_count(&s->value); k++)
            gd_array_put(&s->value, k, old);
        status = gd_variable_set(s->variable, &s->value);
    }
    gd__binding_feed(&r->binding, batch);
    if (status == GD_OK)
        status = gd_function_run(r->function, r->binding.count, r->binding.feed, &r->loss);
    for (int i = 0; i < r->count && status == GD_OK; i++) {
        gd_array_free(&r->statistic[i].value);
        status = gd_variable_get(r->statistic[i].variable, &r->statistic[i].value);
    }
    return status;
}

// With `first`, what a run keeps of the old is found too: by a run at PROBE before the one at 0.
static gd_status add_batch(renewal *r, const gd_batch *batch, bool first)
{
    gd_status status = GD_OK;
    if (first) {
        status = run_with(r, batch, PROBE);
        for (int i = 0; i < r->count && status == GD_OK; i++)
            for (int64_t k = 0; k < gd_array_count(&r->statistic[i].value); k++)
                r->statistic[i].keep[k] = gd_array_get(&r->statistic[i].value, k);
    }
    if (status == GD_OK)
        status = run_with(r, batch, 0);
    for (int i = 0; i < r->count && status == GD_OK; i++) {
        statistic *s = &r->statistic[i];
        for (int64_t k = 0; k < gd_array_count(&s->value); k++) {
            const double part = gd_array_get(&s->value, k);
            s->sum[k] += part;
            if (first)
                s->keep[k] = (s->keep[k] - part) / PROBE;
        }
    }
    return status;
}

static gd_status go_through(renewal *r, const gd_statistics_opts *opts)
{
    const int64_t most = opts->batches > 0 ? opts->batches : DEFAULT_BATCHES;
    const int64_t all = gd_loader_batches(r->loader), batches = all < most ? all : most;
    gd_status status = GD_OK;
    for (int64_t b = 0; b < batches && status == GD_OK; b++) {
        gd_batch batch = {0};
        if (opts->should_stop != NULL && *opts->should_stop != 0)
            return gd__fail(GD_ERROR_INTERRUPTED, "recomputing the running statistics was interrupted");
        status = gd_loader_next(r->loader, &batch);
        if (status == GD_OK)
            status = add_batch(r, &batch, b == 0);
    }
    for (int i = 0; i < r->count && status == GD_OK; i++) {
        statistic *s = &r->statistic[i];
        for (int64_t k = 0; k < gd_array_count(&s->value); k++) {
            const double moves = 1 - s->keep[k];
            const double old = gd_array_get(&s->before, k);
            gd_array_put(&s->value, k, moves > 0 ? s->sum[k] / ((double)batches * moves) : old);
        }
        status = gd_variable_set(s->variable, &s->value);
    }
    return status;
}

static gd_status put_back(renewal *r, bool failed)
{
    gd_status status = r->random.data == NULL ? GD_OK : gd_variable_set(r->random_state, &r->random);
    for (int i = 0; failed && i < r->count && status == GD_OK; i++)
        if (r->statistic[i].before.data != NULL)
            status = gd_variable_set(r->statistic[i].variable, &r->statistic[i].before);
    return status;
}

static void free_renewal(renewal *r)
{
    for (int i = 0; i < r->count; i++) {
        gd_array_free(&r->statistic[i].before);
        gd_array_free(&r->statistic[i].value);
        gd__free(r->statistic[i].keep);
        gd__free(r->statistic[i].sum);
    }
    gd__free(r->statistic);
    gd_function_free(r->function);
    gd_loader_free(r->loader);
    gd__binding_free(&r->binding);
    gd_array_free(&r->random);
    gd_array_free(&r->loss);
}

gd_status gd_recompute_statistics(gd_tensor loss, const gd_dataset *set, gd_statistics_opts opts)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    if (!gd_tensor_ok(loss))
        return gd__fail(GD_ERROR_ARGUMENT, "the loss whose running statistics were to be recomputed is no tensor");
    if (opts.batch < 0 || opts.batches < 0 || gd_dataset_count(set) < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "running statistics of %lld batches of %lld samples were asked for",
                        (long long)opts.batches, (long long)opts.batch);
    gd_status status = gd__check_precision(opts.precision);
    renewal r = {0};
    if (status == GD_OK)
        status = find_statistics(&r, loss.graph);
    if (status == GD_OK && r.count > 0)
        status = open_batches(&r, loss, set, &opts);
    if (status == GD_OK && r.count > 0) {
        status = go_through(&r, &opts);
        const gd_status back = put_back(&r, status != GD_OK);
        status = status == GD_OK ? back : status;
    }
    free_renewal(&r);
    return status;
}
