// Running a training step, and what it tells.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "optim/step_handle.h"

// ---- Numbers that lie in variables

static double number_in(gd_tensor variable)
{
    gd_array value = {0};
    const double number = gd_variable_get(variable, &value) == GD_OK ? gd_array_get(&value, 0) : NAN;
    gd_array_free(&value);
    return number;
}

gd_status gd_train_step_set_learning_rate(gd_train_step *step, double learning_rate)
{
    GD__NEEDS(step, GD_ERROR_ARGUMENT);
    if (!(learning_rate >= 0 && learning_rate <= 1e30))
        return gd__fail(GD_ERROR_ARGUMENT, "the learning rate is %g, expected 0 to 1e30", learning_rate);
    const gd_array value = gd_array_borrow(GD_F64, GD_SCALAR, &learning_rate);
    return gd_variable_set(step->rate, &value);
}

double gd_train_step_learning_rate(const gd_train_step *step)
{
    GD__NEEDS(step, NAN);
    return number_in(step->rate);
}

int64_t gd_train_step_count(const gd_train_step *step)
{
    GD__NEEDS(step, -1);
    const double count = number_in(step->done);
    return isnan(count) ? -1 : (int64_t)count;
}

// ---- Running

// Notes the sizes that a feed gives to an open input.
static void note_sizes(const gd_feed *feed, gd__sizes *sizes)
{
    const gd_shape open = gd_tensor_shape(feed->input);
    for (int i = 0; i < open.rank && i < feed->value.shape.rank; i++)
        gd__dimension_solve(open.dim[i], feed->value.shape.dim[i], sizes);
}

// Results are written in place as long as the sizes are the same.
static void make_room(gd_train_step *step, int feed_count, const gd_feed *feed)
{
    gd__sizes sizes = {0};
    for (int i = 0; i < feed_count; i++)
        note_sizes(&feed[i], &sizes);
    if (!gd__sizes_equal(sizes, step->sizes))
        for (int i = 0; i < step->told; i++)
            gd_array_free(&step->result[1 + i]);
    step->sizes = sizes;
}

gd_status gd_train_step_run(gd_train_step *step, int feed_count, const gd_feed *feed)
{
    GD__NEEDS(step, GD_ERROR_ARGUMENT);
    if (feed_count > 0)
        GD__NEEDS(feed, GD_ERROR_ARGUMENT);
    make_room(step, feed_count, feed);
    const bool gathers = step->accumulate > 1 && number_in(step->gathered) + 1 < step->accumulate;
    return gd_function_run(gathers ? step->gathering : step->updating, feed_count, feed, step->result);
}

static gd_status run_borrowed(gd_train_step *step, gd__sizes sizes, int count, const void *const *data)
{
    if (count != step->input_count)
        return gd__fail(GD_ERROR_ARGUMENT, "the step has %d inputs, and %d are given", step->input_count, count);
    if (count > 0)
        GD__NEEDS(data, GD_ERROR_ARGUMENT);
    for (int i = 0; i < count; i++) {
        GD__NEEDS(data[i], GD_ERROR_ARGUMENT);
        const gd_shape shape = gd_tensor_shape(step->input[i]);
        for (int axis = 0; sizes.time == 0 && axis < shape.rank; axis++)
            if (gd__dimension_has_time(shape.dim[axis]))
                return gd__fail(GD_ERROR_ARGUMENT,
                                "input %d has an open number of time steps: gd_train_step_run_sequences takes one", i);
        step->feed[i] = (gd_feed){
            step->input[i], gd_array_borrow(gd_tensor_type(step->input[i]), gd__shape_close(shape, sizes), data[i])};
    }
    return gd_train_step_run(step, count, step->feed);
}

gd_status gd_train_step_run_batch(gd_train_step *step, int64_t batch, int count, const void *const *data)
{
    GD__NEEDS(step, GD_ERROR_ARGUMENT);
    if (batch < 1 || batch > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld samples, expected at least 1", (long long)batch);
    return run_borrowed(step, (gd__sizes){.batch = batch}, count, data);
}

gd_status gd_train_step_run_sequences(gd_train_step *step, int64_t batch, int64_t time, int count,
                                      const void *const *data)
{
    GD__NEEDS(step, GD_ERROR_ARGUMENT);
    if (batch < 1 || batch > INT32_MAX || time < 1 || time > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld samples with %lld time steps, expected at least 1 of each",
                        (long long)batch, (long long)time);
    return run_borrowed(step, (gd__sizes){batch, time}, count, data);
}

int gd_train_step_input_count(const gd_train_step *step)
{
    GD__NEEDS(step, 0);
    return step->input_count;
}

gd_tensor gd_train_step_input(const gd_train_step *step, int index)
{
    GD__NEEDS(step, GD_NO_TENSOR);
    if (index < 0 || index >= step->input_count) {
        gd__fail(GD_ERROR_ARGUMENT, "the step has %d inputs, there is no input %d", step->input_count, index);
        return GD_NO_TENSOR;
    }
    return step->input[index];
}

// ---- What the last run found

static const gd_array *result_at(const gd_train_step *step, int place)
{
    return place >= 0 && step->result[place].data != NULL ? &step->result[place] : NULL;
}

double gd_train_step_loss(const gd_train_step *step)
{
    GD__NEEDS(step, NAN);
    const gd_array *loss = result_at(step, 0);
    return loss != NULL ? gd_array_get(loss, 0) : NAN;
}

double gd_train_step_gradient_norm(const gd_train_step *step)
{
    GD__NEEDS(step, NAN);
    const gd_array *norm = result_at(step, step->norm_at);
    return norm != NULL ? gd_array_get(norm, 0) : NAN;
}

const gd_array *gd_train_step_output(const gd_train_step *step, int index)
{
    GD__NEEDS(step, NULL);
    if (index >= 0 && index < step->told)
        return result_at(step, 1 + index);
    gd__fail(GD_ERROR_ARGUMENT, "the step has %d outputs, there is no output %d", step->told, index);
    return NULL;
}

// ---- Parameters

int gd_train_step_parameter_count(const gd_train_step *step)
{
    GD__NEEDS(step, 0);
    return step->parameter_count;
}

static bool has_parameter(const gd_train_step *step, int index)
{
    if (index >= 0 && index < step->parameter_count)
        return true;
    gd__fail(GD_ERROR_ARGUMENT, "the step moves %d parameters, there is no parameter %d", step->parameter_count, index);
    return false;
}

gd_tensor gd_train_step_parameter(const gd_train_step *step, int index)
{
    GD__NEEDS(step, GD_NO_TENSOR);
    return has_parameter(step, index) ? step->parameter[index] : GD_NO_TENSOR;
}

const gd_array *gd_train_step_gradient(const gd_train_step *step, int index)
{
    GD__NEEDS(step, NULL);
    if (!has_parameter(step, index) || step->gradient_at < 0)
        return NULL;
    return result_at(step, step->gradient_at + index);
}

static gd_status freeze(gd_train_step *step, const gd__pattern *match, bool frozen)
{
    gd_status status = gd__pattern_check(match, step->parameter_count, step->parameter);
    if (status != GD_OK)
        return status;
    const size_t bytes = (size_t)step->parameter_count * sizeof *step->frozen;
    bool *before = gd__copy_block(step->frozen, bytes);
    if (before == NULL)
        return gd__fail_memory("a training step");
    for (int i = 0; i < step->parameter_count; i++)
        if (gd__pattern_fits(match, gd_variable_name(step->parameter[i])))
            step->frozen[i] = frozen;
    status = gd__train_step_make_updating(step);
    bool *unused = before;
    if (status != GD_OK) { // all is as it was
        unused = step->frozen;
        step->frozen = before;
    }
    gd__free(unused);
    return status;
}

gd_status gd_train_step_freeze(gd_train_step *step, const char *parameters, bool frozen)
{
    GD__NEEDS(step, GD_ERROR_ARGUMENT);
    GD__NEEDS(parameters, GD_ERROR_ARGUMENT);
    gd__pattern match;
    gd_status status = gd__pattern_create(&match, parameters);
    if (status == GD_OK)
        status = freeze(step, &match, frozen);
    gd__pattern_free(&match);
    return status;
}
