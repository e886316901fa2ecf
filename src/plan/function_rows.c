// A function run on rows of the caller's, which are read and written where they lie.
#include "plan/function.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"

int gd_function_input_count(const gd_function *f)
{
    GD__NEEDS(f, 0);
    return gd__function_ends_of(f)->input_count;
}

gd_tensor gd_function_input(const gd_function *f, int index)
{
    GD__NEEDS(f, GD_NO_TENSOR);
    const gd__function_ends *ends = gd__function_ends_of(f);
    if (index >= 0 && index < ends->input_count)
        return ends->input[index];
    gd__fail(GD_ERROR_ARGUMENT, "the function has %d inputs, there is no input %d", ends->input_count, index);
    return GD_NO_TENSOR;
}

// One array: an input's, or an output's.
static gd_status borrow(const gd_info *info, gd__sizes sizes, const void *data, gd_array *array)
{
    GD__NEEDS(data, GD_ERROR_ARGUMENT);
    for (int axis = 0; sizes.time == 0 && axis < info->shape.rank; axis++)
        if (gd__dimension_has_time(info->shape.dim[axis]))
            return gd__fail(GD_ERROR_ARGUMENT, "the number of time steps is open: gd_function_run_sequences takes one");
    *array = gd_array_borrow(info->type, gd__shape_close(info->shape, sizes), data);
    return GD_OK;
}

static gd_status run(gd_function *f, gd__sizes sizes, const void *const *data, void *const *result, gd_feed *feed,
                     gd_array *out)
{
    const gd__function_ends *ends = gd__function_ends_of(f);
    for (int i = 0; i < ends->input_count; i++) {
        feed[i].input = ends->input[i];
        const gd_status status = borrow(&ends->info[i], sizes, data[i], &feed[i].value);
        if (status != GD_OK)
            return status;
    }
    for (int i = 0; i < ends->output_count; i++) {
        const gd_status status = borrow(&ends->info[ends->input_count + i], sizes, result[i], &out[i]);
        if (status != GD_OK)
            return status;
    }
    return gd_function_run(f, ends->input_count, feed, out);
}

static gd_status run_rows(gd_function *f, gd__sizes sizes, int input_count, const void *const *data,
                          void *const *result)
{
    const gd__function_ends *ends = gd__function_ends_of(f);
    if (input_count != ends->input_count)
        return gd__fail(GD_ERROR_ARGUMENT, "the function has %d inputs, and %d are given", ends->input_count,
                        input_count);
    if (input_count > 0)
        GD__NEEDS(data, GD_ERROR_ARGUMENT);
    if (ends->output_count > 0)
        GD__NEEDS(result, GD_ERROR_ARGUMENT);
    enum { FEW = 8 }; // as most functions have: nothing is allocated for them
    gd_feed few_feeds[FEW];
    gd_array few_results[FEW];
    if (input_count <= FEW && ends->output_count <= FEW)
        return run(f, sizes, data, result, few_feeds, few_results);
    gd_feed *feed = gd__alloc_zeroed((size_t)input_count + 1, sizeof *feed);
    gd_array *out = gd__alloc_zeroed((size_t)ends->output_count + 1, sizeof *out);
    const gd_status status =
        feed != NULL && out != NULL ? run(f, sizes, data, result, feed, out) : gd__fail_memory("a run");
    gd__free(feed);
    gd__free(out);
    return status;
}

gd_status gd_function_run_batch(gd_function *f, int64_t batch, int input_count, const void *const *data,
                                void *const *result)
{
    GD__NEEDS(f, GD_ERROR_ARGUMENT);
    if (batch < 1 || batch > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld samples, expected at least 1", (long long)batch);
    return run_rows(f, (gd__sizes){.batch = batch}, input_count, data, result);
}

gd_status gd_function_run_sequences(gd_function *f, int64_t batch, int64_t time, int input_count,
                                    const void *const *data, void *const *result)
{
    GD__NEEDS(f, GD_ERROR_ARGUMENT);
    if (batch < 1 || batch > INT32_MAX || time < 1 || time > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld samples with %lld time steps, expected at least 1 of each",
                        (long long)batch, (long long)time);
    return run_rows(f, (gd__sizes){batch, time}, input_count, data, result);
}
