// Filters of a first convolution that whiten the pictures: `weights: {whiten: NAME}` of a recipe.
#include <gradus/train.h>
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"
#include "solve/eigen.h"

enum { SAMPLES = 5000, BATCH = 500, MOST_SIDE = 1024 };
static const double LEAST_VARIANCE = 5e-4; // added to each eigenvalue, as the source has it

// The second moments of all patches of the size of a filter.
typedef struct patches {
    int64_t channels, height, width; // of a filter
    int64_t side;                    // numbers in one
    double *moment;                  // (side, side), of which the upper triangle is summed up
    double *value;                   // (side): the patch at hand
    int64_t count;
} patches;

// x is (C, H, W), one picture.
static void add_picture(patches *p, const float *x, int64_t height, int64_t width)
{
    for (int64_t i = 0; i + p->height <= height; i++) {
        for (int64_t j = 0; j + p->width <= width; j++) {
            double *v = p->value;
            for (int64_t c = 0; c < p->channels; c++) {
                for (int64_t k = 0; k < p->height; k++) {
                    const float *row = x + (c * height + i + k) * width + j;
                    for (int64_t l = 0; l < p->width; l++)
                        *v++ = row[l];
                }
            }
            for (int64_t a = 0; a < p->side; a++) {
                double *sum = p->moment + a * p->side;
                for (int64_t b = a; b < p->side; b++)
                    sum[b] += p->value[a] * p->value[b];
            }
            p->count++;
        }
    }
}

// The first pictures of the training data, as the network sees them, but for what is drawn by lot.
static gd_status add_pictures(const gd__model *model, int field, patches *p)
{
    gd_loader *loader = NULL;
    gd_loader_opts opts = {.batch = BATCH, .allow_short = true, .no_prefetch = true, .epochs = 1};
    gd_status status = gd_loader_create(model->shown.train, opts, &loader);
    int64_t samples = 0;
    for (gd_batch batch = {0}; status == GD_OK && !batch.last && samples < SAMPLES;) {
        status = gd_loader_next(loader, &batch);
        if (status != GD_OK)
            break;
        const gd_array *x = &batch.field[field]; // (N, C, H, W)
        const int64_t size = x->shape.dim[1] * x->shape.dim[2] * x->shape.dim[3];
        for (int64_t i = 0; i < batch.count && samples < SAMPLES; i++, samples++)
            add_picture(p, (const float *)x->data + i * size, x->shape.dim[2], x->shape.dim[3]);
    }
    gd_loader_free(loader);
    return status;
}

// weight is (F, C, kh, kw): filter i is eigenvector i over the root of its eigenvalue, and filter side + i its
// negative, so that nothing is lost where negative numbers are cut off. Filters beyond keep what they have.
static gd_status set_filters(gd_tensor weight, const patches *p, const double *value, const double *vector)
{
    gd_array filters = {0};
    gd_status status = gd_variable_get(weight, &filters);
    for (int64_t i = 0; i < filters.shape.dim[0] && i < 2 * p->side && status == GD_OK; i++) {
        const int64_t which = i % p->side;
        const double factor = (i < p->side ? 1 : -1) / sqrt(fmax(value[which], 0) + LEAST_VARIANCE);
        for (int64_t k = 0; k < p->side; k++)
            gd_array_put(&filters, i * p->side + k, factor * vector[which * p->side + k]);
    }
    if (status == GD_OK)
        status = gd_variable_set(weight, &filters);
    gd_array_free(&filters);
    return status;
}

static gd_status whiten(const gd__model *model, gd_tensor weight, int field)
{
    const gd_shape shape = gd_tensor_shape(weight);
    patches p = {.channels = shape.dim[1], .height = shape.dim[2], .width = shape.dim[3]};
    p.side = p.channels * p.height * p.width;
    const size_t square = (size_t)(p.side * p.side);
    p.moment = gd__alloc_zeroed(square, sizeof *p.moment);
    p.value = gd__alloc_zeroed((size_t)p.side, sizeof *p.value);
    double *vector = gd__alloc_zeroed(square, sizeof *vector);
    gd_status status = p.moment == NULL || p.value == NULL || vector == NULL ? gd__fail_memory("the moments of patches")
                                                                             : add_pictures(model, field, &p);
    if (status == GD_OK) {
        for (int64_t a = 0; a < p.side; a++) {
            for (int64_t b = a; b < p.side; b++)
                p.moment[b * p.side + a] = p.moment[a * p.side + b] /= (double)(p.count > 0 ? p.count : 1);
        }
        gd__eigen(p.side, p.moment, p.value, vector);
        status = set_filters(weight, &p, p.value, vector);
    }
    gd__free(p.moment);
    gd__free(p.value);
    gd__free(vector);
    return status;
}

// The field of pictures that fit the filters, or -1.
static int pictures_of(const gd__model *model, gd_shape filters)
{
    for (int i = 0; i < model->fields.count; i++) {
        const gd_field *field = &model->fields.field[i];
        if (filters.rank == 4 && field->shape.rank == 3 && field->type == GD_F32 &&
            field->shape.dim[0] == filters.dim[1] && field->shape.dim[1] >= filters.dim[2] &&
            field->shape.dim[2] >= filters.dim[3])
            return i;
    }
    return -1;
}

gd_status gd__whiten(gd__model *model)
{
    const gd__options options = gd__section(model->shown.recipe->root, "weights");
    const gd__yaml *where = options.node == NULL ? NULL : gd__option_node(options, "whiten");
    if (where == NULL)
        return GD_OK;
    char name[256];
    snprintf(name, sizeof name, "%.200s.weight", where->text);
    const gd_tensor weight = gd_variable_find(model->shown.graph, name);
    if (weight.graph == NULL)
        return gd__yaml_fail(where, "the network has no '%s': `whiten` takes the name of a convolution", name);
    const gd_shape shape = gd_tensor_shape(weight);
    const int field = pictures_of(model, shape);
    char text[GD_SHAPE_TEXT];
    if (field < 0)
        return gd__yaml_fail(where, "'%s' is %s: no field of the data holds pictures that such filters see", name,
                             gd_shape_text(shape, text));
    if (gd_shape_count(shape) / shape.dim[0] > MOST_SIDE)
        return gd__yaml_fail(where, "'%s' is %s: filters of at most %d numbers can be found in this way", name,
                             gd_shape_text(shape, text), MOST_SIDE);
    return whiten(model, weight, field);
}
