#ifdef GD_HAVE_DNNL

#include "cpu/dnnl_api.h"

#include <string.h>

#include "base/memory.h"

// ---- Descriptors

// oneDNN's description of blocks: what one query each gives in 3.x, and one struct in 2.x.
typedef struct blocks {
    int rank, count;
    const int64_t *dim, *padded, *stride, *size, *axis;
} blocks;

#if DNNL_VERSION_MAJOR >= 3

gd__dnn_desc gd__dnn_desc_create(dnnl_data_type_t type, int rank, const int64_t *dim, const int64_t *stride)
{
    gd__dnn_desc desc = NULL;
    dnnl_status_t status = stride != NULL
                               ? dnnl_memory_desc_create_with_strides(&desc, rank, dim, type, stride)
                               : dnnl_memory_desc_create_with_tag(&desc, rank, dim, type, dnnl_format_tag_any);
    return status == dnnl_success ? desc : NULL;
}

void gd__dnn_desc_free(gd__dnn_desc desc)
{
    if (desc != NULL)
        dnnl_memory_desc_destroy(desc);
}

static const int64_t *numbers(gd__dnn_view desc, dnnl_query_t what)
{
    const dnnl_dims_t *list = NULL;
    return dnnl_memory_desc_query(desc, what, (void *)&list) == dnnl_success && list != NULL ? *list : NULL;
}

static bool find_blocks(gd__dnn_view desc, blocks *b)
{
    dnnl_format_kind_t kind = dnnl_format_kind_undef;
    if (dnnl_memory_desc_query(desc, dnnl_query_format_kind, &kind) != dnnl_success || kind != dnnl_blocked ||
        dnnl_memory_desc_query(desc, dnnl_query_ndims_s32, &b->rank) != dnnl_success ||
        dnnl_memory_desc_query(desc, dnnl_query_inner_nblks_s32, &b->count) != dnnl_success)
        return false;
    b->dim = numbers(desc, dnnl_query_dims);
    b->padded = numbers(desc, dnnl_query_padded_dims);
    b->stride = numbers(desc, dnnl_query_strides);
    b->size = numbers(desc, dnnl_query_inner_blks);
    b->axis = numbers(desc, dnnl_query_inner_idxs);
    return b->dim != NULL && b->padded != NULL && b->stride != NULL && b->size != NULL && b->axis != NULL;
}

#else

gd__dnn_desc gd__dnn_desc_create(dnnl_data_type_t type, int rank, const int64_t *dim, const int64_t *stride)
{
    gd__dnn_desc desc = gd__alloc_zeroed(1, sizeof *desc);
    if (desc == NULL)
        return NULL;
    dnnl_status_t status = stride != NULL ? dnnl_memory_desc_init_by_strides(desc, rank, dim, type, stride)
                                          : dnnl_memory_desc_init_by_tag(desc, rank, dim, type, dnnl_format_tag_any);
    if (status == dnnl_success)
        return desc;
    gd__free(desc);
    return NULL;
}

void gd__dnn_desc_free(gd__dnn_desc desc)
{
    gd__free(desc);
}

static bool find_blocks(gd__dnn_view desc, blocks *b)
{
    const dnnl_blocking_desc_t *form = &desc->format_desc.blocking;
    *b = (blocks){desc->ndims,   form->inner_nblks, desc->dims,      desc->padded_dims,
                  form->strides, form->inner_blks,  form->inner_idxs};
    return desc->format_kind == dnnl_blocked && desc->extra.flags == dnnl_memory_extra_flag_none;
}

#endif

bool gd__dnn_layout(gd__dnn_view desc, gd__layout *layout)
{
    blocks b;
    if (desc == NULL || !find_blocks(desc, &b) || b.rank > GD_MAX_RANK || b.count > GD__INNER_BLOCKS)
        return false;
    *layout = (gd__layout){.rank = b.rank, .inner_count = b.count};
    for (int i = 0; i < b.rank; i++) {
        layout->dim[i] = b.dim[i];
        layout->padded[i] = b.padded[i];
        layout->stride[i] = b.stride[i];
    }
    for (int i = 0; i < b.count; i++) {
        layout->inner_axis[i] = (int)b.axis[i];
        layout->inner_size[i] = b.size[i];
    }
    return true;
}

// ---- Attributes

static dnnl_status_t append_relu(dnnl_post_ops_t list)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(list, dnnl_eltwise_relu, 0, 0);
#else
    return dnnl_post_ops_append_eltwise(list, 1, dnnl_eltwise_relu, 0, 0);
#endif
}

static dnnl_status_t append_sum(dnnl_post_ops_t list)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_sum(list, 1, 0, dnnl_data_type_undef);
#else
    return dnnl_post_ops_append_sum(list, 1);
#endif
}

dnnl_status_t gd__dnn_attributes(unsigned after, dnnl_primitive_attr_t *attributes)
{
    dnnl_post_ops_t list = NULL;
    *attributes = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && after != 0)
        status = dnnl_post_ops_create(&list);
    if (status == dnnl_success && (after & GD__DNN_SUM))
        status = append_sum(list);
    if (status == dnnl_success && (after & GD__DNN_RELU))
        status = append_relu(list);
    if (status == dnnl_success && after != 0)
        status = dnnl_primitive_attr_set_post_ops(*attributes, list);
    if (list != NULL)
        dnnl_post_ops_destroy(list);
    if (status != dnnl_success && *attributes != NULL) {
        dnnl_primitive_attr_destroy(*attributes);
        *attributes = NULL;
    }
    return status;
}

// ---- Primitive descriptors

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t gd__dnn_describe_convolution(dnnl_engine_t engine, const gd__dnn_convolution_call *c,
                                           dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t *descriptor)
{
    switch (c->direction) {
    case GD__DNN_FORWARD:
        return dnnl_convolution_forward_primitive_desc_create(descriptor, engine, c->kind, c->algorithm, c->x, c->w,
                                                              c->b, c->y, c->stride, c->dilation, c->pad_begin,
                                                              c->pad_end, attributes);
    case GD__DNN_BACKWARD_DATA:
        return dnnl_convolution_backward_data_primitive_desc_create(descriptor, engine, c->algorithm, c->x, c->w, c->y,
                                                                    c->stride, c->dilation, c->pad_begin, c->pad_end,
                                                                    c->hint, attributes);
    case GD__DNN_BACKWARD_WEIGHTS: break;
    }
    return dnnl_convolution_backward_weights_primitive_desc_create(descriptor, engine, c->algorithm, c->x, c->w, c->b,
                                                                   c->y, c->stride, c->dilation, c->pad_begin,
                                                                   c->pad_end, c->hint, attributes);
}

dnnl_status_t gd__dnn_describe_matmul(dnnl_engine_t engine, gd__dnn_view left, gd__dnn_view right, gd__dnn_view bias,
                                      gd__dnn_view result, dnnl_primitive_attr_t attributes,
                                      dnnl_primitive_desc_t *descriptor)
{
    return dnnl_matmul_primitive_desc_create(descriptor, engine, left, right, bias, result, attributes);
}

#else

dnnl_status_t gd__dnn_describe_convolution(dnnl_engine_t engine, const gd__dnn_convolution_call *c,
                                           dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t *descriptor)
{
    dnnl_convolution_desc_t op;
    dnnl_status_t status = dnnl_invalid_arguments;
    switch (c->direction) {
    case GD__DNN_FORWARD:
        status = dnnl_dilated_convolution_forward_desc_init(&op, c->kind, c->algorithm, c->x, c->w, c->b, c->y,
                                                            c->stride, c->dilation, c->pad_begin, c->pad_end);
        break;
    case GD__DNN_BACKWARD_DATA:
        status = dnnl_dilated_convolution_backward_data_desc_init(&op, c->algorithm, c->x, c->w, c->y, c->stride,
                                                                  c->dilation, c->pad_begin, c->pad_end);
        break;
    case GD__DNN_BACKWARD_WEIGHTS:
        status = dnnl_dilated_convolution_backward_weights_desc_init(&op, c->algorithm, c->x, c->w, c->b, c->y,
                                                                     c->stride, c->dilation, c->pad_begin, c->pad_end);
        break;
    }
    return status == dnnl_success ? dnnl_primitive_desc_create(descriptor, &op, attributes, engine, c->hint) : status;
}

dnnl_status_t gd__dnn_describe_matmul(dnnl_engine_t engine, gd__dnn_view left, gd__dnn_view right, gd__dnn_view bias,
                                      gd__dnn_view result, dnnl_primitive_attr_t attributes,
                                      dnnl_primitive_desc_t *descriptor)
{
    dnnl_matmul_desc_t op;
    dnnl_status_t status = dnnl_matmul_desc_init(&op, left, right, bias, result);
    return status == dnnl_success ? dnnl_primitive_desc_create(descriptor, &op, attributes, engine, NULL) : status;
}

#endif
#else
// Without oneDNN nothing stands here.
typedef int gd__no_dnnl_api;
#endif
