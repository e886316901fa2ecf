// Super-resolution as the papers measure it: whole pictures, luma in whole steps of 255, without a border as wide as
// the factor, and the mean over the pictures.
#include <gradus/metric.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/enlarge.h"
#include "model/model.h"

enum { PORTION = 1 << 16 };

// The loss of numbers one by one, as a graph of its own: pictures differ in size, but a batch may have any.
typedef struct pixel_loss {
    gd_graph *graph;
    gd_tensor output, target;
    gd_function *function;
} pixel_loss;

static void pixel_loss_free(pixel_loss *loss)
{
    if (loss->function != NULL)
        gd_function_free(loss->function);
    gd_graph_free(loss->graph);
}

static gd_status pixel_loss_make(const gd_model *model, pixel_loss *loss)
{
    gd__loss_of of[GD_MODEL_HEADS];
    void *options = NULL;
    (void)gd__recipe_losses(model->recipe, of);
    *loss = (pixel_loss){.graph = gd_graph_create()};
    gd_status status = loss->graph == NULL ? gd__fail_memory("a graph") : gd__loss_options(of[0].loss, &options);
    if (status == GD_OK) {
        loss->output = gd_input(loss->graph, "output", GD_F32, GD_SHAPE(GD_BATCH, 1));
        loss->target = gd_input(loss->graph, "target", GD_F32, GD_SHAPE(GD_BATCH, 1));
        const gd_tensor mean = gd_loss_write(model->loss_kind, loss->output, loss->target, options, (gd_loss_opts){0});
        loss->function = gd_function_create(loss->graph, 1, &mean, (gd_function_opts){0});
        status = loss->function != NULL ? GD_OK : gd_graph_status(loss->graph);
        if (loss->function == NULL && status == GD_OK)
            status = GD_ERROR_MEMORY;
    }
    gd__free(options);
    return status;
}

// The mean over a picture.
static gd_status pixel_loss_of(const pixel_loss *loss, const gd__enlarged *picture, double *mean)
{
    const int64_t count = gd_array_count(&picture->made);
    gd_status status = GD_OK;
    *mean = 0;
    for (int64_t done = 0; done < count && status == GD_OK;) {
        const int64_t now = count - done < PORTION ? count - done : PORTION;
        const gd_feed feed[2] = {
            {loss->output, gd_array_borrow(GD_F32, GD_SHAPE(now, 1), (const float *)picture->made.data + done)},
            {loss->target, gd_array_borrow(GD_F32, GD_SHAPE(now, 1), (const float *)picture->right.data + done)}};
        float value = 0;
        gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &value);
        status = gd_function_run(loss->function, 2, feed, &result);
        *mean += (double)now / (double)count * (double)value;
        done += now;
    }
    return status;
}

// ---- Metrics

// The inner part, (rows, columns), in double precision; rounded to whole steps where it was computed.
static void take_inner(const gd_array *from, int64_t border, bool rounds, double *to)
{
    const int64_t height = from->shape.dim[1], width = from->shape.dim[2];
    const float *value = from->data;
    for (int64_t y = border; y < height - border; y++)
        for (int64_t x = border; x < width - border; x++) {
            const double v = (double)value[y * width + x];
            *to++ = rounds ? floor(255 * fmin(fmax(v, 0), 1) + 0.5) / 255 : v;
        }
}

gd_status gd__measure_picture(const gd_array *made, const gd_array *right, int64_t border, int metric_count,
                              const gd_metric *metric, double *value)
{
    const int64_t rows = right->shape.dim[1] - 2 * border, columns = right->shape.dim[2] - 2 * border;
    if (rows < 1 || columns < 1)
        return gd__fail(GD_ERROR_SHAPE, "a picture of %lld x %lld has nothing inside a border of %lld",
                        (long long)right->shape.dim[2], (long long)right->shape.dim[1], (long long)border);
    double *inner = gd__alloc_zeroed((size_t)(2 * rows * columns), sizeof *inner);
    if (inner == NULL)
        return gd__fail_memory("a picture that is measured");
    take_inner(made, border, true, inner);
    take_inner(right, border, false, inner + rows * columns);
    const gd_metric_opts opts = {.task = GD_TASK_NUMBERS, .width = rows * columns, .rows = rows, .columns = columns};
    const gd_scored scored = {.task = GD_TASK_NUMBERS,
                              .count = 1,
                              .width = rows * columns,
                              .prediction = inner,
                              .target = inner + rows * columns};
    gd_status status = GD_OK;
    for (int i = 0; i < metric_count && status == GD_OK; i++) {
        gd_meter *meter = NULL;
        value[i] = NAN;
        if (metric[i].kind == NULL)
            continue;
        status = gd_meter_create(metric[i].kind, opts, &meter);
        if (status == GD_OK)
            status = gd_meter_add(meter, &scored);
        if (status == GD_OK)
            status = gd_meter_value(meter, &value[i]);
        gd_meter_free(meter);
    }
    gd__free(inner);
    return status;
}

// ---- A set

static gd_status evaluate_picture(gd__enlarger *enlarger, const pixel_loss *loss, const gd_dataset *set, int64_t sample,
                                  double share, gd_evaluation *result)
{
    const gd_model *model = enlarger->model;
    gd__enlarged picture;
    double mean = 0, value[GD_MAX_METRICS];
    gd_status status = gd__enlarger_sample(enlarger, set, sample, &picture);
    if (status == GD_OK)
        status = pixel_loss_of(loss, &picture, &mean);
    if (status == GD_OK)
        status = gd__measure_picture(&picture.made, &picture.right, enlarger->factor, model->metric_count,
                                     model->metric, value);
    result->loss += share * mean;
    for (int i = 0; i < model->metric_count && status == GD_OK; i++)
        result->metric[i] += share * value[i];
    gd__enlarged_free(&picture);
    return status;
}

static gd_status evaluate_pictures(const gd_model *model, const gd_dataset *set, const gd_evaluate_opts *opts,
                                   gd_evaluation *result)
{
    const double started = gd_clock();
    const int64_t count = gd_dataset_count(set);
    gd__enlarger enlarger;
    pixel_loss loss = {0};
    *result = (gd_evaluation){0};
    gd_status status = gd__enlarger_make(model, 0, &enlarger);
    if (status == GD_OK)
        status = pixel_loss_make(model, &loss);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        if (opts->should_stop != NULL && *opts->should_stop != 0)
            status = gd__fail(GD_ERROR_INTERRUPTED, "the evaluation was interrupted");
        else
            status = evaluate_picture(&enlarger, &loss, set, i, 1 / (double)count, result);
        result->count += status == GD_OK;
        if (status == GD_OK && opts->on_batch != NULL)
            opts->on_batch(opts->user, i + 1, count);
    }
    pixel_loss_free(&loss);
    gd__enlarger_free(&enlarger);
    result->seconds = gd_clock() - started;
    return status;
}

bool gd__holds_whole_pictures(const gd_dataset *set)
{
    const int field = gd_dataset_find(set, "small");
    return field >= 0 && gd_dataset_field(set, field).shape.rank == 3 && gd_dataset_field(set, field).shape.dim[1] < 0;
}

// Patches are evaluated as the samples that they are.
static gd_status run(const void *state, const gd_dataset *set, const gd_evaluate_opts *opts, gd_evaluation *result)
{
    const gd_model *model = state;
    if (gd__holds_whole_pictures(set))
        return evaluate_pictures(model, set, opts, result);
    gd_evaluate_opts plain = gd_model_evaluate_opts(model);
    plain.way = (gd_evaluation_way){0};
    plain.batch = opts->batch;
    plain.should_stop = opts->should_stop;
    plain.user = opts->user;
    plain.on_batch = opts->on_batch;
    return gd_evaluate(model->data_loss, set, plain, result);
}

gd_evaluation_way gd__evaluation_way_of(const gd_model *model)
{
    return gd__recipe_enlarges(model->recipe) != 0 ? (gd_evaluation_way){model, run} : (gd_evaluation_way){0};
}
