// random: random samples, for trying out.
#include "base/error.h"
#include "base/random.h"
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    {.name = "shape",
     .type = GD_OPTION_INTEGERS,
     .required = true,
     .ranged = true,
     .low = 1,
     .high = 1e6,
     .least = 1,
     .most = 4,
     .doc = "of one sample"},
    WHOLE("count", 1, 1e7, "512", "samples"),
    WHOLE("classes", 0, 1e6, "10", "labels are 0 … classes-1; 0: one number each"),
    WHOLE("words", 1, 1e9, NULL, "samples are whole numbers 0 … words-1, for an embedding"),
    WHOLE("seed", 0, LARGEST, "1", "of the random numbers"),
    END};

static void fill_normal(gd_array *array, gd__random *random)
{
    float *value = array->data;
    for (int64_t i = 0; i < gd_array_count(array); i++)
        value[i] = (float)gd__next_normal(random);
}

// Whole numbers from 0 to words - 1, for an embedding.
static void fill_words(gd_array *array, gd__random *random, int64_t words)
{
    for (int64_t i = 0; i < gd_array_count(array); i++)
        ((int32_t *)array->data)[i] = (int32_t)gd__random_below(random, (uint64_t)words);
}

static gd_status open_random(const gd_source_call *call, gd_dataset **out)
{
    const gd__chosen chosen = gd__source_call_of(call)->chosen;
    gd__options options = chosen.options;
    const gd__yaml *shape_node = gd__option_node(options, "shape");
    int64_t count = gd__option_integer(options, "count"), classes = gd__option_integer(options, "classes");
    const int64_t words = gd__option_integer(options, "words");
    bool is_list = shape_node->kind == GD__YAML_LIST;
    gd_shape shape = {.rank = 1 + (is_list ? shape_node->count : 1), .dim = {count}};
    double elements = (double)count;
    for (int i = 1; i < shape.rank; i++) {
        (void)gd__yaml_integer(is_list ? shape_node->item[i - 1] : shape_node, &shape.dim[i]);
        elements *= (double)shape.dim[i];
    }
    if (elements > 1e9)
        return gd__yaml_fail(chosen.node, "%g random numbers are too many, expected at most 1e9", elements);
    gd_array array[2] = {{0}};
    gd_status status = gd_array_create(&array[0], words > 0 ? GD_I32 : GD_F32, shape);
    if (status == GD_OK)
        status = classes > 0 ? gd_array_create(&array[1], GD_I32, GD_SHAPE(count))
                             : gd_array_create(&array[1], GD_F32, GD_SHAPE(count, 1));
    if (status == GD_OK) {
        gd__random random = gd__random_make((uint64_t)gd__option_integer(options, "seed"), 0);
        const char *const name[2] = {shape.rank == 4 ? "image" : "x", classes > 0 ? "label" : "y"};
        if (words > 0)
            fill_words(&array[0], &random, words);
        else
            fill_normal(&array[0], &random);
        if (classes == 0)
            fill_normal(&array[1], &random);
        else // every class comes up when there are samples enough
            for (int64_t i = 0; i < count; i++)
                ((int32_t *)array[1].data)[i] =
                    (int32_t)(i < classes ? i : (int64_t)gd__random_below(&random, (uint64_t)classes));
        status = gd_dataset_from_arrays(2, name, array, out);
    }
    gd_array_free(&array[0]);
    gd_array_free(&array[1]);
    return status;
}

const gd_source_kind gd__source_random = {
    .record = {.name = "random", .doc = "normal random numbers, for trying out", .options = keys},
    .open = open_random,
};
