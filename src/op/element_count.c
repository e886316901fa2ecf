// How many elements fall into one sum: a number that an open batch size leaves to the plan.
#include "base/shape.h"
#include "op/elementwise.h"
#include "op/reduce.h"

static const gd_attribute element_count_attribute[] = {
    GD_ATTR(gd__axes_attributes, axes, GD_ATTRIBUTE_AXES, "the axes that are summed over"),
};

static bool element_count_shape(gd_shape_call *call)
{
    const gd__axes_attributes *attributes = call->attributes;
    call->output[0] = (gd_info){call->input[0].type, GD_SCALAR};
    return gd__reduce_type_wide(call) && gd__reduce_check_axes(call, attributes->axes);
}

static double count_over(gd_shape shape, uint32_t axes)
{
    double count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= axes & 1u << i ? (double)shape.dim[i] : 1;
    return count;
}

static gd_status element_count_ref(const gd_ref_call *call)
{
    const gd__axes_attributes *attributes = call->attributes;
    call->output[0].data[0] = count_over(call->input[0].shape, attributes->axes);
    return GD_OK;
}

static const gd_sample element_count_sample[] = {
    {.note = "all axes",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 5)}},
     .attributes = &(const gd__axes_attributes){3}},
    {.note = "all but axis 1",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3, 1, 3)}},
     .attributes = &(const gd__axes_attributes){13}},
    {.note = "a single number",
     .input_count = 1,
     .input = {{.shape = GD_SCALAR}},
     .attributes = &(const gd__axes_attributes){0}},
};

const gd_op gd__op_element_count = {.name = "element_count",
                                    .doc = "how many elements of x fall into one sum over the axes; a single number",
                                    .min_inputs = 1,
                                    .max_inputs = 1,
                                    .output_count = 1,
                                    GD_ATTRIBUTES(gd__axes_attributes, element_count_attribute),
                                    .shape = element_count_shape,
                                    .no_grad = "it depends on the shape of x, not on its values",
                                    .ref = element_count_ref,
                                    GD_SAMPLES(element_count_sample)};

gd_tensor gd_element_count(gd_tensor x, gd_axes axes)
{
    gd__axes_attributes attributes;
    if (!gd__axes_mask(x, "element_count", axes, &attributes.axes))
        return gd_apply(&gd__op_element_count, 1, &x, &attributes);
    gd_shape shape = gd_tensor_shape(x);
    for (int i = 0; i < shape.rank; i++) {
        if (attributes.axes & 1u << i && shape.dim[i] < 0)
            return gd_apply(&gd__op_element_count, 1, &x, &attributes);
    }
    return gd_scalar_like(x, count_over(shape, attributes.axes));
}
