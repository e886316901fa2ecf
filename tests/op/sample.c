#include "op/sample.h"

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "graph/graph.h"

static double draw_number(const gd_sample_input *input, double low, double high, gd__random *random)
{
    double value;
    do {
        value = low + (high - low) * gd__next_uniform(random);
    } while (input->draw == GD_DRAW_AWAY && fabs(value) < 0.1);
    return value;
}

gd_array draw_input(const gd_sample_input *input, gd_type type, gd__random *random)
{
    gd_type integer = input->type != GD_F32 ? input->type : GD_I64;
    gd_array array;
    assert_int_equal(gd_array_create(&array, input->integer ? integer : type, input->shape), GD_OK);
    int64_t count = gd_array_count(&array);
    double low = input->low, high = input->high;
    if (low == 0 && high == 0 && input->draw != GD_DRAW_INTEGER) {
        low = -1;
        high = 1;
    }
    int64_t order[4096];
    assert_true(count <= 4096);
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    gd__random_shuffle(random, count, order);
    for (int64_t i = 0; i < count; i++) {
        double value;
        switch (input->draw) {
        case GD_DRAW_DISTINCT:
            value = count > 1 ? low + (high - low) * (double)order[i] / (double)(count - 1) : (low + high) / 2;
            break;
        case GD_DRAW_INTEGER: value = low + (double)gd__random_below(random, (uint64_t)(high - low) + 1); break;
        case GD_DRAW_PERMUTATION: value = (double)order[i]; break;
        case GD_DRAW_RANGE:
        case GD_DRAW_AWAY:
        default: value = draw_number(input, low, high, random); break;
        }
        gd_array_put(&array, i, value);
    }
    return array;
}

static gd_tensor make_source(gd_graph *graph, int index, const gd_array *value, bool variable)
{
    char name[16];
    snprintf(name, sizeof name, "x%d", index);
    if (!variable)
        return gd_input(graph, name, value->type, value->shape);
    gd_tensor tensor = gd_variable(graph, name, value->type, value->shape, (gd_variable_opts){0});
    assert_int_equal(gd_variable_set(tensor, value), GD_OK);
    return tensor;
}

sample_graph sample_graph_make(const gd_op *op, const gd_sample *sample, gd_type type, bool variables)
{
    sample_graph s = {.graph = gd_graph_create(), .input_count = sample->input_count};
    gd__random random = gd__random_make(1, gd__hash_text(op->name) ^ gd__hash_text(sample->note));
    for (int i = 0; i < s.input_count; i++) {
        s.value[i] = draw_input(&sample->input[i], type, &random);
        s.input[i] = make_source(s.graph, i, &s.value[i], variables);
    }
    gd_tensor first = gd_apply_in(s.graph, op, s.input_count, s.input, sample->attributes);
    if (!gd_tensor_ok(first))
        return s;
    s.output_count = gd__node_at(s.graph, first.node)->output_count;
    for (int i = 0; i < s.output_count; i++)
        s.output[i] = gd_output(first, i);
    return s;
}

void sample_graph_free(sample_graph *sample)
{
    for (int i = 0; i < sample->input_count; i++)
        gd_array_free(&sample->value[i]);
    gd_graph_free(sample->graph);
}
