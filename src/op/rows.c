#include "op/rows.h"

#include <string.h>

#include "base/shape.h"
#include "op/gather.h"
#include "op/shape_ops.h"
#include "op/table.h"

// ---- row_sums

static const gd_attribute row_sums_attribute[] = {
    GD_ATTR(gd__row_sums_attributes, rows, GD_ATTRIBUTE_INT, "of the table"),
};

// dy (…, D) for an index (…).
static bool row_sums_shape(gd_shape_call *call)
{
    const gd__row_sums_attributes *a = call->attributes;
    const gd_info *dy = &call->input[0], *index = &call->input[1];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    gd_shape sums = index->shape;
    if (!gd__shape_index_type(call, 1))
        return false;
    if (a->rows < 1 || a->rows > INT32_MAX)
        return gd_op_error(call, "a table of %lld rows, 1 to %d were expected", (long long)a->rows, INT32_MAX);
    if (!gd_type_is_float(dy->type) || dy->shape.rank < 1 || sums.rank >= GD_MAX_RANK)
        return gd_op_error(call, "dy is %s %s, numbers of rank 1 and more were expected", gd_type_name(dy->type),
                           gd_shape_text(dy->shape, text));
    sums.dim[sums.rank++] = dy->shape.dim[dy->shape.rank - 1];
    if (!gd_shape_equal(dy->shape, sums))
        return gd_op_error(call, "dy is %s, %s was expected", gd_shape_text(dy->shape, text),
                           gd_shape_text(sums, with));
    call->output[0] = (gd_info){dy->type, sums};
    call->output[1] = (gd_info){GD_I32, index->shape};
    call->output[2] = (gd_info){GD_I32, GD_SCALAR};
    return true;
}

// The place of `id` among the first *count ids; it is added where it is not there.
static int64_t place_of(double id, double *ids, int64_t *count)
{
    for (int64_t i = 0; i < *count; i++)
        if (ids[i] == id)
            return i;
    ids[*count] = id;
    return (*count)++;
}

static gd_status row_sums_ref(const gd_ref_call *call)
{
    const gd__row_sums_attributes *a = call->attributes;
    const gd_ref_value *dy = &call->input[0], *index = &call->input[1];
    const int64_t width = dy->shape.dim[dy->shape.rank - 1], places = gd_shape_count(index->shape);
    double *sums = call->output[0].data, *ids = call->output[1].data;
    int64_t count = 0;
    memset(sums, 0, (size_t)(places * width) * sizeof *sums);
    memset(ids, 0, (size_t)places * sizeof *ids);
    for (int64_t j = 0; j < places; j++) {
        if (!(index->data[j] >= 0 && index->data[j] < (double)a->rows))
            continue;
        const int64_t at = place_of(index->data[j], ids, &count);
        for (int64_t d = 0; d < width; d++)
            sums[at * width + d] += dy->data[j * width + d];
    }
    call->output[2].data[0] = (double)count;
    return GD_OK;
}

// ---- take_rows and put_rows

static bool check_ids(gd_shape_call *call)
{
    const gd_info *w = &call->input[0], *ids = &call->input[1], *count = &call->input[2];
    char text[GD_SHAPE_TEXT];
    if (w->shape.rank != 2)
        return gd_op_error(call, "w is %s, (rows, features) was expected", gd_shape_text(w->shape, text));
    if (ids->type != GD_I32 || count->type != GD_I32 || count->shape.rank != 0 || ids->shape.rank >= GD_MAX_RANK)
        return gd_op_error(call, "the ids are %s %s, i32 with a number of them was expected", gd_type_name(ids->type),
                           gd_shape_text(ids->shape, text));
    return true;
}

// (…, D): what belongs to the ids.
static gd_shape rows_shape(const gd_shape_call *call)
{
    gd_shape shape = call->input[1].shape;
    shape.dim[shape.rank++] = call->input[0].shape.dim[1];
    return shape;
}

static bool take_rows_shape(gd_shape_call *call)
{
    if (!check_ids(call))
        return false;
    call->output[0] = (gd_info){call->input[0].type, rows_shape(call)};
    return true;
}

static bool put_rows_shape(gd_shape_call *call)
{
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!check_ids(call))
        return false;
    const gd_shape expected = rows_shape(call);
    if (!gd_shape_equal(call->input[3].shape, expected) || call->input[3].type != call->input[0].type)
        return gd_op_error(call, "the rows are %s, %s was expected", gd_shape_text(call->input[3].shape, text),
                           gd_shape_text(expected, with));
    call->output[0] = call->input[0];
    return true;
}

// How many ids count, and whether one of them lies in the table.
static int64_t ids_that_count(const gd_ref_call *call)
{
    const int64_t all = gd_shape_count(call->input[1].shape);
    const double count = call->input[2].data[0];
    return count >= 0 && count < (double)all ? (int64_t)count : all;
}

static bool is_row(const gd_ref_call *call, int64_t place)
{
    const double id = call->input[1].data[place];
    return id >= 0 && id < (double)call->input[0].shape.dim[0];
}

static gd_status take_rows_ref(const gd_ref_call *call)
{
    const gd_ref_value *w = &call->input[0], *y = &call->output[0];
    const int64_t width = w->shape.dim[1], count = ids_that_count(call);
    memset(y->data, 0, (size_t)gd_shape_count(y->shape) * sizeof *y->data);
    for (int64_t j = 0; j < count; j++)
        if (is_row(call, j))
            memcpy(y->data + j * width, w->data + (int64_t)call->input[1].data[j] * width,
                   (size_t)width * sizeof *y->data);
    return GD_OK;
}

static gd_status put_rows_ref(const gd_ref_call *call)
{
    const gd_ref_value *w = &call->input[0], *y = &call->output[0];
    const int64_t width = w->shape.dim[1], count = ids_that_count(call);
    memcpy(y->data, w->data, (size_t)gd_shape_count(w->shape) * sizeof *y->data);
    for (int64_t j = 0; j < count; j++)
        if (is_row(call, j))
            memcpy(y->data + (int64_t)call->input[1].data[j] * width, call->input[3].data + j * width,
                   (size_t)width * sizeof *y->data);
    return GD_OK;
}

// ---- Writing them

bool gd__rows_of_gradient(gd_tensor gradient, gd__rows *rows)
{
    if (!gd_tensor_ok(gradient) || gradient.output != 0)
        return false;
    const gd__node *node = gd__node_at(gradient.graph, gradient.node);
    if (node->op != &gd__op_embedding_backward)
        return false;
    const gd_tensor input[] = {gd__tensor(gradient.graph, node->input[0]), gd__tensor(gradient.graph, node->input[1])};
    const gd__row_sums_attributes attributes = {.rows = gd_tensor_dim(gradient, 0)};
    rows->sums = gd_apply(&gd__op_row_sums, 2, input, &attributes);
    rows->ids = gd_output(rows->sums, 1);
    rows->count = gd_output(rows->sums, 2);
    return gd_tensor_ok(rows->sums);
}

gd_tensor gd__take_rows(gd_tensor w, const gd__rows *rows)
{
    return gd_apply(&gd__op_take_rows, 3, (gd_tensor[]){w, rows->ids, rows->count}, NULL);
}

gd_tensor gd__put_rows(gd_tensor w, const gd__rows *rows, gd_tensor value)
{
    return gd_apply(&gd__op_put_rows, 4, (gd_tensor[]){w, rows->ids, rows->count, value}, NULL);
}

// ---- Records

#define INDEX_BELOW(bound) .integer = true, .draw = GD_DRAW_INTEGER, .high = (bound)-1
#define COUNT_OF(number) .integer = true, .type = GD_I32, .draw = GD_DRAW_INTEGER, .low = (number), .high = (number)
static const gd_sample row_sums_sample[] = {
    {.note = "places of which several are of one row",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 4, 3)}, {.shape = GD_SHAPE(2, 4), INDEX_BELOW(5)}},
     .attributes = &(const gd__row_sums_attributes){5}},
};
static const gd_sample take_rows_sample[] = {
    {.note = "three of five ids count",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(4, 2)},
               {.shape = GD_SHAPE(5), INDEX_BELOW(4), .type = GD_I32},
               {.shape = {0}, COUNT_OF(3)}}},
};
static const gd_sample put_rows_sample[] = {
    {.note = "one id counts",
     .input_count = 4,
     .input = {{.shape = GD_SHAPE(4, 2)},
               {.shape = GD_SHAPE(3), INDEX_BELOW(4), .type = GD_I32},
               {.shape = {0}, COUNT_OF(1)},
               {.shape = GD_SHAPE(3, 2)}}},
};

const gd_op gd__op_row_sums = {
    .name = "row_sums",
    .doc =
        "the gradient of a table (V, D) by the rows that were looked up: dy (…, D) of index (…) gives the sum for each "
        "different row, the rows, and their number",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 3,
    .attribute_size = sizeof(gd__row_sums_attributes),
    .attribute_count = GD_COUNT_OF(row_sums_attribute),
    .attribute = row_sums_attribute,
    .shape = row_sums_shape,
    .no_grad = "it stands in update rules alone",
    .ref = row_sums_ref,
    GD_SAMPLES(row_sums_sample),
};

const gd_op gd__op_take_rows = {
    .name = "take_rows",
    .doc = "rows of w (V, D) by the first count of ids (…): (…, D), then zeros",
    .min_inputs = 3,
    .max_inputs = 3,
    .output_count = 1,
    .shape = take_rows_shape,
    .no_grad = "it stands in update rules alone",
    .ref = take_rows_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(take_rows_sample),
};

const gd_op gd__op_put_rows = {
    .name = "put_rows",
    .doc = "w (V, D) with rows (…, D) in the places of the first count of ids (…)",
    .min_inputs = 4,
    .max_inputs = 4,
    .output_count = 1,
    .shape = put_rows_shape,
    .no_grad = "it stands in update rules alone",
    .ref = put_rows_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(put_rows_sample),
};
