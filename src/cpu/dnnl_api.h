// oneDNN's C interface as this house uses it, in the form that 3.x has: descriptors are handles, which are made and
// freed, and primitive descriptors are made in one call. dnnl_api.c says the same to 2.6 and 2.7; these two files are
// the only ones that know the version.
#ifndef GD_CPU_DNNL_API_H
#define GD_CPU_DNNL_API_H

#ifdef GD_HAVE_DNNL

#include <oneapi/dnnl/dnnl.h>

#include "base/layout.h"

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t gd__dnn_desc;
typedef const_dnnl_memory_desc_t gd__dnn_view; // of somebody else's descriptor
#else
typedef dnnl_memory_desc_t *gd__dnn_desc;
typedef const dnnl_memory_desc_t *gd__dnn_view;
#endif

// A value of `rank` axes in memory: strides count elements. NULL lets oneDNN choose the layout. Returns NULL on
// failure.
gd__dnn_desc gd__dnn_desc_create(dnnl_data_type_t type, int rank, const int64_t *dim, const int64_t *stride);
void gd__dnn_desc_free(gd__dnn_desc desc); // NULL is fine

// Back to a layout; false when it is in a form of oneDNN's own.
bool gd__dnn_layout(gd__dnn_view desc, gd__layout *layout);

// What a primitive does to its result: adds what lies in its memory already, then ReLU.
enum { GD__DNN_RELU = 1, GD__DNN_SUM = 2 };
// Attributes with these, and with working memory that the caller gives. Freed by dnnl_primitive_attr_destroy.
dnnl_status_t gd__dnn_attributes(unsigned after, dnnl_primitive_attr_t *attributes);

typedef enum gd__dnn_direction { GD__DNN_FORWARD, GD__DNN_BACKWARD_DATA, GD__DNN_BACKWARD_WEIGHTS } gd__dnn_direction;
// Backward, the descriptors are those of the gradients. `b` may be NULL.
typedef struct gd__dnn_convolution_call {
    gd__dnn_direction direction;
    dnnl_prop_kind_t kind; // forward
    dnnl_alg_kind_t algorithm;
    gd__dnn_view x, w, b, y;
    const int64_t *stride, *dilation, *pad_begin, *pad_end; // dnnl_dims_t; dilation counts the gap
    dnnl_primitive_desc_t hint;                             // backward: the forward one
} gd__dnn_convolution_call;
dnnl_status_t gd__dnn_describe_convolution(dnnl_engine_t engine, const gd__dnn_convolution_call *call,
                                           dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t *descriptor);

dnnl_status_t gd__dnn_describe_matmul(dnnl_engine_t engine, gd__dnn_view left, gd__dnn_view right, gd__dnn_view bias,
                                      gd__dnn_view result, dnnl_primitive_attr_t attributes,
                                      dnnl_primitive_desc_t *descriptor);

#endif
#endif
