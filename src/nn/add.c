// Sum and product of several inputs, element by element.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor fold(const gd_layer_call *call, gd_tensor (*join)(gd_tensor a, gd_tensor b))
{
    gd_tensor y = call->input[0];
    for (int i = 1; i < call->input_count; i++)
        y = join(y, call->input[i]);
    return y;
}

static gd_tensor write_add(const gd_layer_call *call)
{
    return fold(call, gd_add);
}

static gd_tensor write_multiply(const gd_layer_call *call)
{
    return fold(call, gd_mul);
}

const gd_layer_kind gd__layer_add = {
    .record = {.name = "add",
               .doc = "the sum of its inputs; they broadcast",
               .aliases = "sum|plus",
               .list_option = "from"},
    .flags = GD_LAYER_BY_PLACE,
    .min_inputs = 2,
    .max_inputs = -1,
    .write = write_add,
};
const gd_layer_kind gd__layer_multiply = {
    .record = {.name = "multiply",
               .doc = "the product of its inputs; they broadcast",
               .aliases = "mul|product|gate",
               .list_option = "from"},
    .flags = GD_LAYER_BY_PLACE,
    .min_inputs = 2,
    .max_inputs = -1,
    .write = write_multiply,
};
