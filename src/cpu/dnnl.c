#ifdef GD_HAVE_DNNL

#include "cpu/dnnl.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"

// ---- Engine and stream

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static dnnl_stream_t stream;

static void start(void)
{
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
    else if (dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) != dnnl_success)
        stream = NULL;
}

dnnl_engine_t gd__dnn_engine(void)
{
    pthread_once(&once, start);
    return stream != NULL ? engine : NULL;
}

dnnl_stream_t gd__dnn_stream(void)
{
    pthread_once(&once, start);
    return stream;
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

// ---- Descriptors

// Every processor with AVX-512 (core) can; where it has no instructions for bf16, oneDNN makes do with others.
bool gd__dnn_has_bf16(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

bool gd__dnn_type(gd_type type, dnnl_data_type_t *result)
{
    switch (type) {
    case GD_F32: *result = dnnl_f32; return true;
    case GD_BF16: *result = dnnl_bf16; return gd__dnn_has_bf16();
    case GD_I32: *result = dnnl_s32; return true;
    case GD_U8: *result = dnnl_u8; return true;
    case GD_F64:
    case GD_I64:
    case GD_BOOL: break;
    }
    return false;
}

gd_status gd__dnn_takes(const gd_info *info, int rank, const char *what)
{
    const bool known = info->type == GD_F32 || (info->type == GD_BF16 && gd__dnn_has_bf16());
    if (known && info->shape.rank <= rank && gd__dnn_engine() != NULL)
        return GD_OK;
    return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no %s of %s", what, gd_type_name(info->type));
}

dnnl_memory_desc_t gd__dnn_describe(gd_type type, const gd__layout *layout)
{
    dnnl_memory_desc_t desc;
    dnnl_data_type_t data_type = dnnl_f32;
    gd__dnn_type(type, &data_type);
    memset(&desc, 0, sizeof desc);
    if (layout->rank == 0) { // a single number
        dnnl_dims_t dims = {1}, strides = {1};
        dnnl_memory_desc_init_by_strides(&desc, 1, dims, data_type, strides);
        return desc;
    }
    desc.ndims = layout->rank;
    desc.data_type = data_type;
    desc.format_kind = dnnl_blocked;
    for (int i = 0; i < layout->rank; i++) {
        desc.dims[i] = layout->dim[i];
        desc.padded_dims[i] = layout->padded[i];
        desc.format_desc.blocking.strides[i] = layout->stride[i];
    }
    desc.format_desc.blocking.inner_nblks = layout->inner_count;
    for (int i = 0; i < layout->inner_count; i++) {
        desc.format_desc.blocking.inner_idxs[i] = layout->inner_axis[i];
        desc.format_desc.blocking.inner_blks[i] = layout->inner_size[i];
    }
    return desc;
}

dnnl_memory_desc_t gd__dnn_any(gd_type type, int rank, const int64_t *dim)
{
    dnnl_memory_desc_t desc;
    dnnl_data_type_t data_type = dnnl_f32;
    gd__dnn_type(type, &data_type);
    dnnl_dims_t dims = {0};
    memcpy(dims, dim, (size_t)rank * sizeof dim[0]);
    dnnl_memory_desc_init_by_tag(&desc, rank, dims, data_type, dnnl_format_tag_any);
    return desc;
}

bool gd__dnn_layout(const dnnl_memory_desc_t *desc, gd__layout *layout)
{
    *layout = (gd__layout){.rank = desc->ndims};
    if (desc->format_kind != dnnl_blocked || desc->ndims > GD_MAX_RANK ||
        desc->extra.flags != dnnl_memory_extra_flag_none || desc->format_desc.blocking.inner_nblks > GD__INNER_BLOCKS)
        return false;
    for (int i = 0; i < desc->ndims; i++) {
        layout->dim[i] = desc->dims[i];
        layout->padded[i] = desc->padded_dims[i];
        layout->stride[i] = desc->format_desc.blocking.strides[i];
    }
    layout->inner_count = desc->format_desc.blocking.inner_nblks;
    for (int i = 0; i < layout->inner_count; i++) {
        layout->inner_axis[i] = (int)desc->format_desc.blocking.inner_idxs[i];
        layout->inner_size[i] = desc->format_desc.blocking.inner_blks[i];
    }
    return true;
}

void gd__dnn_four(int64_t dim[4], gd_shape shape)
{
    for (int i = 0; i < 4; i++)
        dim[i] = i < shape.rank ? shape.dim[i] : 1;
}

gd__layout gd__dnn_layout_of(const gd__planner *planner, gd__ref ref, const int64_t dim[4])
{
    const gd_graph *graph = planner->plan->graph;
    if (!(graph->node[ref.node].op->flags & GD_OP_SOURCE) && gd__info_at(graph, ref)->shape.rank == 4) {
        const gd__layout *layout = gd__planner_layout(planner, ref);
        if (layout->rank == 4)
            return *layout;
    }
    return gd__layout_plain_of(4, dim);
}

int gd__dnn_want_in(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    return gd__planner_want(planner, ref, gd__layout_is_plain(layout) ? NULL : layout);
}

int gd__dnn_give_in(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    return gd__planner_give(planner, ref, gd__layout_is_plain(layout) ? NULL : layout);
}

static bool known_layout(const dnnl_memory_desc_t *desc, gd__layout *layout)
{
    if (gd__dnn_layout(desc, layout))
        return true;
    gd__fail(GD_ERROR_UNSUPPORTED, "a layout is in a form of oneDNN's own");
    return false;
}

int gd__dnn_want(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc)
{
    gd__layout layout;
    return known_layout(desc, &layout) ? gd__dnn_want_in(planner, ref, &layout) : -1;
}

int gd__dnn_give(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc)
{
    gd__layout layout;
    return known_layout(desc, &layout) ? gd__dnn_give_in(planner, ref, &layout) : -1;
}

gd_status gd__dnn_attributes(dnnl_primitive_attr_t *attributes)
{
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, "primitive attributes");
}

static gd_status attributes_with(unsigned after, dnnl_primitive_attr_t *attributes)
{
    gd_status made = gd__dnn_attributes(attributes);
    if (made != GD_OK || after == 0)
        return made;
    dnnl_post_ops_t list;
    dnnl_status_t status = dnnl_post_ops_create(&list);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "post-ops");
    if (after & GD__DNN_SUM)
        status = dnnl_post_ops_append_sum(list, 1);
    if (status == dnnl_success && (after & GD__DNN_RELU))
        status = dnnl_post_ops_append_eltwise(list, 1, dnnl_eltwise_relu, 0, 0);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_post_ops(*attributes, list);
    dnnl_post_ops_destroy(list);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, "post-ops");
}

dnnl_status_t gd__dnn_create(const_dnnl_op_desc_t op, unsigned after, const_dnnl_primitive_desc_t hint,
                             dnnl_primitive_desc_t *descriptor)
{
    dnnl_primitive_attr_t settings = NULL;
    dnnl_status_t status = dnnl_out_of_memory;
    if (attributes_with(after, &settings) == GD_OK)
        status = dnnl_primitive_desc_create(descriptor, op, settings, gd__dnn_engine(), hint);
    dnnl_primitive_attr_destroy(settings);
    return status;
}

const dnnl_memory_desc_t *gd__dnn_scratch(const_dnnl_primitive_desc_t descriptor)
{
    const dnnl_memory_desc_t *scratch = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
    return scratch != NULL && dnnl_memory_desc_get_size(scratch) > 0 ? scratch : NULL;
}

// ---- Steps

typedef struct primitive_state {
    dnnl_primitive_t primitive;
    int count;
    bool output[GD__DNN_ARGUMENTS];
    int place[GD__DNN_ARGUMENTS]; // in the step's list of inputs or outputs
    size_t addend_bytes;          // of the value that is added to the result (GD__DNN_ADDEND)
    dnnl_memory_desc_t desc[GD__DNN_ARGUMENTS];
    dnnl_exec_arg_t argument[GD__DNN_ARGUMENTS];
    atomic_flag busy; // the memory objects in `argument` are in use by an execution
} primitive_state;

static void free_state(void *pointer)
{
    primitive_state *state = pointer;
    if (state == NULL)
        return;
    for (int i = 0; i < state->count; i++) {
        if (state->argument[i].memory != NULL)
            dnnl_memory_destroy(state->argument[i].memory);
    }
    if (state->primitive != NULL)
        dnnl_primitive_destroy(state->primitive);
    gd__free(state);
}

static dnnl_status_t make_memory(const primitive_state *state, dnnl_exec_arg_t *argument)
{
    for (int i = 0; i < state->count; i++) {
        argument[i] = (dnnl_exec_arg_t){.arg = state->argument[i].arg};
        dnnl_status_t status =
            dnnl_memory_create(&argument[i].memory, &state->desc[i], gd__dnn_engine(), DNNL_MEMORY_NONE);
        if (status != dnnl_success)
            return status;
    }
    return dnnl_success;
}

static dnnl_status_t execute(const gd__step *step, void *const *buffer, dnnl_exec_arg_t *argument)
{
    const primitive_state *state = step->state;
    if (step->takes_over > 0) { // the sum begins with what lies in the output
        const void *addend = buffer[step->input[step->takes_over - 1]];
        if (addend != buffer[step->output[0]])
            memcpy(buffer[step->output[0]], addend, state->addend_bytes);
    }
    for (int i = 0; i < state->count; i++) {
        const int *list = state->output[i] ? step->output : step->input;
        dnnl_status_t status = dnnl_memory_set_data_handle(argument[i].memory, buffer[list[state->place[i]]]);
        if (status != dnnl_success)
            return status;
    }
    return dnnl_primitive_execute(state->primitive, gd__dnn_stream(), state->count, argument);
}

// The memory objects of the state serve one execution at a time; others that run meanwhile make their own.
static gd_status run_primitive(const gd__step *step, void *const *buffer)
{
    primitive_state *state = step->state;
    dnnl_status_t status;
    if (!atomic_flag_test_and_set_explicit(&state->busy, memory_order_acquire)) {
        status = execute(step, buffer, state->argument);
        atomic_flag_clear_explicit(&state->busy, memory_order_release);
    } else {
        dnnl_exec_arg_t argument[GD__DNN_ARGUMENTS] = {0};
        status = make_memory(state, argument);
        if (status == dnnl_success)
            status = execute(step, buffer, argument);
        for (int i = 0; i < state->count; i++) {
            if (argument[i].memory != NULL)
                dnnl_memory_destroy(argument[i].memory);
        }
    }
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, step->name);
}

static gd_status make_primitive(gd__planner *planner, primitive_state *state, dnnl_primitive_desc_t descriptor,
                                const char *name, int *scratch)
{
    *scratch = -1;
    const dnnl_memory_desc_t *pad = gd__dnn_scratch(descriptor);
    if (pad != NULL) {
        *scratch = gd__planner_scratch(planner, dnnl_memory_desc_get_size(pad));
        if (*scratch < 0)
            return GD_ERROR_MEMORY;
        state->argument[state->count].arg = DNNL_ARG_SCRATCHPAD;
        state->desc[state->count] = *pad;
        state->output[state->count++] = true;
    }
    dnnl_status_t status = dnnl_primitive_create(&state->primitive, descriptor);
    if (status == dnnl_success)
        status = make_memory(state, state->argument);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, name);
}

gd_status gd__dnn_emit(gd__planner *planner, const char *name, int32_t node, dnnl_primitive_desc_t descriptor,
                       int count, const gd__dnn_argument *argument, double flops)
{
    primitive_state *state = gd__alloc_zeroed(1, sizeof *state);
    int input[GD__DNN_ARGUMENTS], output[GD__DNN_ARGUMENTS], inputs = 0, outputs = 0, scratch;
    if (state == NULL || count >= GD__DNN_ARGUMENTS) {
        dnnl_primitive_desc_destroy(descriptor);
        gd__free(state);
        return gd__fail_memory(name);
    }
    atomic_flag_clear(&state->busy);
    int takes_over = 0;
    for (int i = 0; i < count; i++) {
        if (argument[i].argument == GD__DNN_ADDEND) { // the last one; oneDNN finds it in the result's memory
            state->addend_bytes = dnnl_memory_desc_get_size(&argument[i].desc);
            input[inputs++] = argument[i].buffer;
            takes_over = inputs;
            count = i;
            break;
        }
        state->argument[i].arg = argument[i].argument;
        state->desc[i] = argument[i].desc;
        state->output[i] = argument[i].output;
        state->place[i] = argument[i].output ? outputs : inputs;
        if (argument[i].output)
            output[outputs++] = argument[i].buffer;
        else
            input[inputs++] = argument[i].buffer;
    }
    state->count = count;
    gd_status status = make_primitive(planner, state, descriptor, name, &scratch);
    dnnl_primitive_desc_destroy(descriptor);
    if (status != GD_OK) {
        free_state(state);
        return status;
    }
    if (scratch >= 0) {
        state->place[count] = outputs;
        output[outputs++] = scratch;
    }
    gd__step step = {.name = name,
                     .node = node,
                     .run = run_primitive,
                     .state = state,
                     .free_state = free_state,
                     .takes_over = takes_over,
                     .flops = flops};
    return gd__planner_add(planner, step, inputs, input, outputs, output);
}

// ---- Timing

static const struct {
    dnnl_query_t query;
    int index, argument;
} arguments[] = {
    {dnnl_query_src_md, 0, DNNL_ARG_SRC},
    {dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS},
    {dnnl_query_weights_md, 1, DNNL_ARG_BIAS},
    {dnnl_query_dst_md, 0, DNNL_ARG_DST},
    {dnnl_query_diff_src_md, 0, DNNL_ARG_DIFF_SRC},
    {dnnl_query_diff_weights_md, 0, DNNL_ARG_DIFF_WEIGHTS},
    {dnnl_query_diff_weights_md, 1, DNNL_ARG_DIFF_BIAS},
    {dnnl_query_diff_dst_md, 0, DNNL_ARG_DIFF_DST},
    {dnnl_query_scratchpad_md, 0, DNNL_ARG_SCRATCHPAD},
};

static double time_primitive(dnnl_primitive_t primitive, int count, const dnnl_exec_arg_t *argument)
{
    double start = 0;
    for (int i = 0; i < 2; i++) {
        start = gd__clock_seconds();
        if (dnnl_primitive_execute(primitive, gd__dnn_stream(), count, argument) != dnnl_success)
            return -1;
    }
    return gd__clock_seconds() - start;
}

double gd__dnn_time(dnnl_primitive_desc_t descriptor)
{
    dnnl_exec_arg_t argument[GD_COUNT_OF(arguments)];
    void *block[GD_COUNT_OF(arguments)];
    int count = 0;
    dnnl_primitive_t primitive = NULL;
    bool good = dnnl_primitive_create(&primitive, descriptor) == dnnl_success;
    for (int i = 0; i < GD_COUNT_OF(arguments) && good; i++) {
        const dnnl_memory_desc_t *desc =
            dnnl_primitive_desc_query_md(descriptor, arguments[i].query, arguments[i].index);
        size_t bytes = desc != NULL ? dnnl_memory_desc_get_size(desc) : 0;
        if (bytes == 0)
            continue;
        block[count] = gd__alloc_zeroed(bytes, 1);
        argument[count].arg = arguments[i].argument;
        good = block[count] != NULL &&
               dnnl_memory_create(&argument[count].memory, desc, gd__dnn_engine(), block[count]) == dnnl_success;
        if (!good)
            gd__free(block[count]);
        else
            count++;
    }
    double seconds = good ? time_primitive(primitive, count, argument) : -1;
    for (int i = 0; i < count; i++) {
        dnnl_memory_destroy(argument[i].memory);
        gd__free(block[i]);
    }
    dnnl_primitive_destroy(primitive);
    return seconds;
}

// ---- Reordering

gd_status gd__dnn_reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                          const gd__layout *to_layout)
{
    gd_type type = gd__info_at(planner->plan->graph, ref)->type;
    gd__layout source = *from_layout, target = *to_layout;
    gd__layout_match_axes(&source, &target);
    dnnl_memory_desc_t source_desc = gd__dnn_describe(type, &source), target_desc = gd__dnn_describe(type, &target);
    return gd__dnn_reorder_desc(planner, ref, from, &source_desc, to, &target_desc);
}

int gd__dnn_want_packed(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *plain,
                        const dnnl_memory_desc_t *packed)
{
    int from = gd__planner_want(planner, ref, NULL);
    int to = gd__planner_scratch(planner, dnnl_memory_desc_get_size(packed));
    if (from < 0 || to < 0 || gd__dnn_reorder_desc(planner, ref, from, plain, to, packed) != GD_OK)
        return -1;
    return to;
}

gd_status gd__dnn_reorder_desc(gd__planner *planner, gd__ref ref, int from, const dnnl_memory_desc_t *from_desc, int to,
                               const dnnl_memory_desc_t *to_desc)
{
    dnnl_primitive_attr_t attributes = NULL;
    gd_status made = gd__dnn_attributes(&attributes);
    if (made != GD_OK) {
        dnnl_primitive_attr_destroy(attributes);
        return made;
    }
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(&descriptor, from_desc, gd__dnn_engine(), to_desc,
                                                              gd__dnn_engine(), attributes);
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "reorder");
    gd__dnn_argument argument[] = {GD__DNN_IN(DNNL_ARG_FROM, *from_desc, from), GD__DNN_OUT(DNNL_ARG_TO, *to_desc, to)};
    return gd__dnn_emit(planner, "reorder", ref.node, descriptor, 2, argument, 0);
}

#else
// Without oneDNN nothing stands here.
typedef int gd__no_dnnl;
#endif
