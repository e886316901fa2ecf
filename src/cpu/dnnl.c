#ifdef GD_HAVE_DNNL

#include "cpu/dnnl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"

// ---- Engine and streams

// Documented process-wide state: the engine, and the functions by which a thread says to oneDNN's OpenMP that it
// computes alone (NULL when oneDNN was built without OpenMP).
static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static int (*omp_threads)(void);
static void (*omp_set_threads)(int);

static void find_function(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    memcpy(function, &found, size);
}

static void start(void)
{
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
    if (dnnl_version()->cpu_runtime == DNNL_RUNTIME_OMP) {
        find_function("omp_get_max_threads", &omp_threads, sizeof omp_threads);
        find_function("omp_set_num_threads", &omp_set_threads, sizeof omp_set_threads);
    }
}

dnnl_engine_t gd__dnn_engine(void)
{
    pthread_once(&once, start);
    return engine;
}

int gd__dnn_begin_alone(void)
{
    pthread_once(&once, start);
    const int before = omp_threads != NULL && omp_set_threads != NULL ? omp_threads() : 1;
    if (before != 1)
        omp_set_threads(1);
    return before;
}

// Only the host's own threads have a number of their own to go back to.
void gd__dnn_end_alone(int before)
{
    if (before != 1 && gd__worker() == 0)
        omp_set_threads(before);
}

gd_status gd__dnn_fail(dnnl_status_t status, const char *what)
{
    switch (status) {
    case dnnl_out_of_memory: return gd__fail(GD_ERROR_MEMORY, "out of memory for %s", what);
    case dnnl_unimplemented: return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no %s of this form", what);
    case dnnl_invalid_arguments:
        return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN does not take these arguments for %s", what);
    default: return gd__fail(GD_ERROR_INTERNAL, "oneDNN failed at %s with status %d", what, (int)status);
    }
}

// ---- Types

// Every processor with AVX-512 can; where it has no instructions for bf16, oneDNN makes do with others.
static bool has_bf16(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

bool gd__dnn_type(gd_type type, dnnl_data_type_t *result)
{
    switch (type) {
    case GD_F32: *result = dnnl_f32; return true;
    case GD_BF16: *result = dnnl_bf16; return true;
    case GD_I32:
    case GD_U8:
    case GD_F64:
    case GD_I64:
    case GD_BOOL: break;
    }
    return false;
}

gd_status gd__dnn_takes(const gd_info *info, int rank, const char *what)
{
    const bool known = info->type == GD_F32 || (info->type == GD_BF16 && has_bf16());
    if (known && info->shape.rank <= rank && gd__dnn_engine() != NULL)
        return GD_OK;
    return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no %s of %s", what, gd_type_name(info->type));
}

// ---- How a job is cut

// Work that is worth a share of its own: a third of a millisecond on one processor; and work that is worth a thread.
static const double share_flops = 3e7, thread_flops = 2e6;
enum { SHARES_A_THREAD = 4 };

gd__dnn_split gd__dnn_split_of(int64_t items, double flops, double whole_bytes, double part_bytes)
{
    const int threads = gd_threads();
    if (threads == 1 || items <= 1 || flops < thread_flops)
        return (gd__dnn_split){1, items, items};
    double shares = flops / share_flops;
    // What all shares read should not come to more than what each item has of its own.
    if (shares * whole_bytes > 2 * part_bytes)
        shares = 2 * part_bytes / whole_bytes;
    shares = shares < threads ? threads : shares;
    shares = shares > SHARES_A_THREAD * threads ? SHARES_A_THREAD * threads : shares;
    const int64_t wanted = shares < (double)items ? (int64_t)shares : items, each = (items + wanted - 1) / wanted;
    const int64_t count = (items + each - 1) / each;
    return (gd__dnn_split){(int)count, each, items - (count - 1) * each};
}

void gd__dnn_shares_free(gd__dnn_shares *shares)
{
    if (shares->one != NULL)
        dnnl_primitive_desc_destroy(shares->one);
    if (shares->last != NULL)
        dnnl_primitive_desc_destroy(shares->last);
    *shares = (gd__dnn_shares){0};
}

// ---- Running shares

// Memory objects for one primitive at a time: those of `one` for each of `sets` threads, then those of `last`.
typedef struct job {
    int shares, sets, count; // `count` arguments; the working memory is the last, if any
    dnnl_primitive_t one, last;
    int argument[GD__DNN_ARGUMENTS + 1];
    size_t apart[GD__DNN_ARGUMENTS + 1];
    size_t addend_apart, addend_bytes, addend_bytes_last; // of the value that is added to the result (GD__DNN_ADDEND)
    bool has_pad;
    dnnl_exec_arg_t *memory; // (sets + 1, count)
    dnnl_stream_t *stream;   // (sets + 1)
    atomic_flag busy;        // these are in use by an execution
} job;

static void free_objects(const job *j, dnnl_exec_arg_t *memory, dnnl_stream_t *stream)
{
    for (int i = 0; memory != NULL && i < (j->sets + 1) * j->count; i++) {
        if (memory[i].memory != NULL)
            dnnl_memory_destroy(memory[i].memory);
    }
    for (int i = 0; stream != NULL && i < j->sets + 1; i++) {
        if (stream[i] != NULL)
            dnnl_stream_destroy(stream[i]);
    }
    gd__free(memory);
    gd__free(stream);
}

static void free_job(void *pointer)
{
    job *j = pointer;
    if (j == NULL)
        return;
    free_objects(j, j->memory, j->stream);
    if (j->one != NULL)
        dnnl_primitive_destroy(j->one);
    if (j->last != NULL)
        dnnl_primitive_destroy(j->last);
    gd__free(j);
}

static dnnl_primitive_t primitive_of(const job *j, int share)
{
    return j->last != NULL && share == j->shares - 1 ? j->last : j->one;
}

static gd__dnn_view form_of(dnnl_primitive_t primitive, int argument)
{
    const_dnnl_primitive_desc_t descriptor = NULL;
    if (dnnl_primitive_get_primitive_desc(primitive, &descriptor) != dnnl_success)
        return NULL;
    return dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument);
}

static size_t bytes_of(dnnl_primitive_t primitive, int argument)
{
    gd__dnn_view form = form_of(primitive, argument);
    return form != NULL ? dnnl_memory_desc_get_size(form) : 0;
}

// The objects of one execution.
static bool make_objects(const job *j, dnnl_exec_arg_t **memory, dnnl_stream_t **stream)
{
    *memory = gd__alloc_zeroed((size_t)((j->sets + 1) * j->count), sizeof **memory);
    *stream = gd__alloc_zeroed((size_t)(j->sets + 1), sizeof **stream);
    bool good = *memory != NULL && *stream != NULL;
    for (int set = 0; set <= j->sets && good; set++) {
        dnnl_primitive_t primitive = set < j->sets ? j->one : j->last;
        if (primitive == NULL)
            break;
        good = dnnl_stream_create(&(*stream)[set], gd__dnn_engine(), dnnl_stream_default_flags) == dnnl_success;
        for (int i = 0; i < j->count && good; i++) {
            dnnl_exec_arg_t *at = &(*memory)[set * j->count + i];
            at->arg = j->argument[i];
            good = dnnl_memory_create(&at->memory, form_of(primitive, at->arg), gd__dnn_engine(), DNNL_MEMORY_NONE) ==
                   dnnl_success;
        }
    }
    return good;
}

typedef struct execution {
    const job *job;
    dnnl_exec_arg_t *memory;
    dnnl_stream_t *stream;
    char *base[GD__DNN_ARGUMENTS + 1]; // by argument
    const char *addend;                // NULL: none, or it lies in the result's memory already
    char *result;
    atomic_int status; // the first failure
} execution;

static dnnl_status_t run_share(execution *e, int share)
{
    const job *j = e->job;
    const bool is_last = j->last != NULL && share == j->shares - 1;
    const int set = is_last ? j->sets : (j->sets == j->shares ? share : gd__worker());
    dnnl_exec_arg_t *argument = e->memory + set * j->count;
    if (e->addend != NULL) // the sum begins with what lies in the result
        memcpy(e->result + (size_t)share * j->addend_apart, e->addend + (size_t)share * j->addend_apart,
               is_last ? j->addend_bytes_last : j->addend_bytes);
    for (int i = 0; i < j->count; i++) {
        const bool is_pad = j->has_pad && i == j->count - 1;
        const size_t part = (size_t)(is_pad ? set : share);
        dnnl_status_t status = dnnl_memory_set_data_handle(argument[i].memory, e->base[i] + part * j->apart[i]);
        if (status != dnnl_success)
            return status;
    }
    const int before = gd__dnn_begin_alone();
    const dnnl_status_t status = dnnl_primitive_execute(primitive_of(j, share), e->stream[set], j->count, argument);
    gd__dnn_end_alone(before);
    return status;
}

static void run_shares(void *context, int64_t begin, int64_t end)
{
    execution *e = context;
    for (int64_t share = begin; share < end; share++) {
        const dnnl_status_t status = run_share(e, (int)share);
        if (status != dnnl_success)
            atomic_store(&e->status, (int)status);
    }
}

static dnnl_status_t execute(execution *e)
{
    gd__parallel(e->job->shares, 1, run_shares, e);
    return (dnnl_status_t)atomic_load(&e->status);
}

// ---- Making jobs

// The working memory of each set, rounded up to whole cache lines.
static size_t pad_bytes(const job *j)
{
    const size_t one = bytes_of(j->one, DNNL_ARG_SCRATCHPAD);
    const size_t last = j->last != NULL ? bytes_of(j->last, DNNL_ARG_SCRATCHPAD) : 0;
    return ((one > last ? one : last) + 63) / 64 * 64;
}

static dnnl_status_t make_primitives(job *j, const gd__dnn_shares *shares)
{
    const int before = gd__dnn_begin_alone();
    dnnl_status_t status = dnnl_primitive_create(&j->one, shares->one);
    if (status == dnnl_success && shares->last != NULL)
        status = dnnl_primitive_create(&j->last, shares->last);
    gd__dnn_end_alone(before);
    return status;
}

// Takes the shares over. Returns NULL, with an error, when the job cannot be made.
static job *make_job(const char *name, gd__dnn_shares *shares, int count, const gd__dnn_argument *argument)
{
    job *j = gd__alloc_zeroed(1, sizeof *j);
    dnnl_status_t status = dnnl_out_of_memory;
    if (j != NULL) {
        atomic_flag_clear(&j->busy);
        j->shares = shares->count;
        j->sets = shares->count < gd__workers() ? shares->count : gd__workers();
        status = make_primitives(j, shares);
    }
    gd__dnn_shares_free(shares);
    if (status != dnnl_success) {
        gd__dnn_fail(status, name);
        free_job(j);
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        if (argument[i].argument == GD__DNN_ADDEND) {
            j->addend_apart = argument[i].apart;
            j->addend_bytes = bytes_of(j->one, DNNL_ARG_DST);
            j->addend_bytes_last = j->last != NULL ? bytes_of(j->last, DNNL_ARG_DST) : 0;
            continue;
        }
        j->argument[j->count] = argument[i].argument;
        j->apart[j->count++] = argument[i].apart;
    }
    const size_t pad = pad_bytes(j);
    if (pad > 0) {
        j->has_pad = true;
        j->argument[j->count] = DNNL_ARG_SCRATCHPAD;
        j->apart[j->count++] = pad;
    }
    if (make_objects(j, &j->memory, &j->stream))
        return j;
    gd__fail_memory(name);
    free_job(j);
    return NULL;
}

// Working memory of all sets, and of the last share.
static size_t all_pad_bytes(const job *j)
{
    return j->has_pad ? j->apart[j->count - 1] * (size_t)(j->sets + 1) : 0;
}

// ---- Steps

typedef struct dnnl_step {
    job *job;
    int place[GD__DNN_ARGUMENTS + 1]; // in the step's list of inputs or outputs
    bool output[GD__DNN_ARGUMENTS + 1];
} dnnl_step;

static void free_step(void *pointer)
{
    dnnl_step *state = pointer;
    if (state != NULL)
        free_job(state->job);
    gd__free(state);
}

// The objects of the job serve one execution at a time; others that run meanwhile make their own.
static gd_status run_step(const gd__plan_step *step, void *const *buffer)
{
    const dnnl_step *state = step->state;
    job *j = state->job;
    execution e = {.job = j, .memory = j->memory, .stream = j->stream};
    for (int i = 0; i < j->count; i++)
        e.base[i] = buffer[(state->output[i] ? step->output : step->input)[state->place[i]]];
    if (step->takes_over > 0) {
        e.addend = buffer[step->input[step->takes_over - 1]];
        e.result = buffer[step->output[0]];
        if (e.addend == e.result)
            e.addend = NULL;
    }
    dnnl_status_t status = dnnl_out_of_memory;
    if (!atomic_flag_test_and_set_explicit(&j->busy, memory_order_acquire)) {
        status = execute(&e);
        atomic_flag_clear_explicit(&j->busy, memory_order_release);
    } else {
        if (make_objects(j, &e.memory, &e.stream))
            status = execute(&e);
        free_objects(j, e.memory, e.stream);
    }
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, step->name);
}

gd_status gd__dnn_emit(gd__planner *planner, const char *name, int32_t node, gd__dnn_shares *shares, int count,
                       const gd__dnn_argument *argument, double flops)
{
    dnnl_step *state = gd__alloc_zeroed(1, sizeof *state);
    if (state == NULL) {
        gd__dnn_shares_free(shares);
        return gd__fail_memory(name);
    }
    state->job = make_job(name, shares, count, argument);
    if (state->job == NULL) {
        free_step(state);
        return GD_ERROR_MEMORY;
    }
    int input[GD__DNN_ARGUMENTS], output[GD__DNN_ARGUMENTS + 1], inputs = 0, outputs = 0, takes_over = 0;
    for (int i = 0; i < count; i++) {
        state->output[i] = argument[i].output;
        state->place[i] = argument[i].output ? outputs : inputs;
        if (argument[i].output)
            output[outputs++] = argument[i].buffer;
        else
            input[inputs++] = argument[i].buffer;
        if (argument[i].argument == GD__DNN_ADDEND)
            takes_over = inputs;
    }
    if (state->job->has_pad) {
        state->output[state->job->count - 1] = true;
        state->place[state->job->count - 1] = outputs;
        output[outputs++] = gd__planner_scratch(planner, all_pad_bytes(state->job));
    }
    gd__plan_step step = {.name = name,
                          .node = node,
                          .run = run_step,
                          .state = state,
                          .free_state = free_step,
                          .takes_over = takes_over,
                          .flops = flops};
    return gd__planner_add(planner, step, inputs, input, outputs, output);
}

gd_status gd__dnn_pack(gd__planner *planner, int32_t node, int from, gd__dnn_view from_desc, int to,
                       gd__dnn_view to_desc)
{
    dnnl_primitive_attr_t attributes = NULL;
    gd__dnn_shares shares = {.count = 1};
    const int before = gd__dnn_begin_alone();
    dnnl_status_t status = gd__dnn_attributes(0, &attributes);
    if (status == dnnl_success)
        status = dnnl_reorder_primitive_desc_create(&shares.one, from_desc, gd__dnn_engine(), to_desc, gd__dnn_engine(),
                                                    attributes);
    gd__dnn_end_alone(before);
    if (attributes != NULL)
        dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "reorder");
    const gd__dnn_argument argument[] = {GD__DNN_IN(DNNL_ARG_FROM, from, 0), GD__DNN_OUT(DNNL_ARG_TO, to, 0)};
    return gd__dnn_emit(planner, "reorder", node, &shares, 2, argument, 0);
}

// ---- Timing

// Bytes of all shares' parts.
static size_t whole_bytes(const job *j, int i)
{
    if (j->has_pad && i == j->count - 1)
        return all_pad_bytes(j);
    const size_t last = bytes_of(j->last != NULL ? j->last : j->one, j->argument[i]);
    return j->apart[i] > 0 ? j->apart[i] * (size_t)(j->shares - 1) + last : last;
}

double gd__dnn_time(gd__dnn_shares *shares, int count, const gd__dnn_argument *argument)
{
    job *j = make_job("a trial", shares, count, argument);
    if (j == NULL)
        return -1;
    execution e = {.job = j, .memory = j->memory, .stream = j->stream};
    bool good = true;
    for (int i = 0; i < j->count; i++) {
        e.base[i] = gd__alloc_zeroed(whole_bytes(j, i) + 1, 1);
        good = good && e.base[i] != NULL;
    }
    double begin = 0;
    for (int i = 0; i < 2 && good; i++) {
        begin = gd_clock();
        good = execute(&e) == dnnl_success;
    }
    const double seconds = good ? gd_clock() - begin : -1;
    for (int i = 0; i < j->count; i++)
        gd__free(e.base[i]);
    free_job(j);
    return seconds;
}

#else
// Without oneDNN nothing stands here.
typedef int gd__no_dnnl;
#endif
