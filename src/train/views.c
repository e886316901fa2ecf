#include "train/views.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/raster.h"

// How one view shows a picture: moved by so many pixels, mirrored, and how much it counts.
typedef struct view {
    int64_t shift;
    bool mirrored;
    double weight;
} view;

enum { MOST_VIEWS = 6 };

// As it is first. The picture in its place counts as much as both moved ones together, each as much as its mirror image
// (as Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", section 3.5).
static int list_views(gd_views of, view list[MOST_VIEWS])
{
    const int64_t shift[] = {0, -of.shift, of.shift};
    const int shifts = of.shift > 0 ? 3 : 1, mirrors = of.flip ? 2 : 1;
    int count = 0;
    for (int s = 0; s < shifts; s++)
        for (int m = 0; m < mirrors; m++)
            list[count++] = (view){.shift = shift[s],
                                   .mirrored = m == 1,
                                   .weight = (shifts == 1 ? 1
                                              : s == 0    ? 0.5
                                                          : 0.25) /
                                             mirrors};
    return count;
}

// ---- Making it

static bool is_wanted(gd_views of)
{
    return of.flip || of.shift > 0;
}

static gd_status check_pictures(gd_views of, const gd_field *field)
{
    gd__raster r;
    gd_status status = gd__raster_of(field, NULL, &r);
    if (status == GD_OK && (r.height <= of.shift || r.width <= of.shift))
        status = gd__fail(GD_ERROR_ARGUMENT,
                          "views moved by %lld pixels were asked for of pictures of %lld x %lld ('%.60s')",
                          (long long)of.shift, (long long)r.height, (long long)r.width, field->name);
    return status;
}

gd_status gd__views_create(gd__views *views, gd_views of, const gd_dataset *set, const gd__binding *binding,
                           int output_count)
{
    *views = (gd__views){.of = of, .feed = -1, .output_count = output_count};
    if (of.shift < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "views moved by %lld pixels were asked for, expected 0 or more",
                        (long long)of.shift);
    if (!is_wanted(of))
        return GD_OK;
    gd_field field = {0};
    for (int i = binding->extra_count; i < binding->count && views->feed < 0; i++) {
        field = gd_dataset_field(set, binding->field[i]);
        if (field.role == GD_ROLE_INPUT && field.type == GD_F32 && (field.shape.rank == 2 || field.shape.rank == 3))
            views->feed = i;
    }
    if (views->feed < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "views of pictures were asked for, and the network reads no pictures");
    views->name = field.name;
    views->sum = gd__alloc_zeroed((size_t)output_count, sizeof *views->sum);
    return views->sum == NULL ? gd__fail_memory("views of pictures") : check_pictures(of, &field);
}

void gd__views_free(gd__views *views)
{
    for (int i = 0; i < views->output_count && views->sum != NULL; i++)
        gd_array_free(&views->sum[i]);
    gd__free(views->sum);
    gd_array_free(&views->picture);
    *views = (gd__views){0};
}

// ---- A view of a batch

// The picture goes on beyond its edges as its mirror image.
static int64_t reflected(int64_t place, int64_t size)
{
    return place < 0 ? -place : place >= size ? 2 * size - 2 - place : place;
}

static void draw(const view *view, const gd__raster *from, const gd__raster *to)
{
    for (int64_t y = 0; y < to->height; y++) {
        const int64_t row = reflected(y + view->shift, to->height);
        for (int64_t x = 0; x < to->width; x++) {
            const int64_t column = reflected((view->mirrored ? to->width - 1 - x : x) + view->shift, to->width);
            for (int64_t c = 0; c < to->channels; c++)
                ((float *)to->data)[c * to->channel_step + y * to->row_step + x * to->column_step] =
                    ((const float *)
                         from->data)[c * from->channel_step + row * from->row_step + column * from->column_step];
        }
    }
}

// views->picture becomes a view of `batch`, (n, shape…) in f32.
static gd_status show(gd__views *views, const view *view, const gd_array *batch)
{
    gd_status status = GD_OK;
    gd__raster from = {0}, to;
    if (views->picture.data == NULL || !gd_shape_equal(views->picture.shape, batch->shape)) {
        gd_array_free(&views->picture);
        status = gd_array_create(&views->picture, batch->type, batch->shape);
    }
    if (status == GD_OK)
        status = gd__raster_of_batch(batch, views->name, &from);
    to = from;
    to.data = views->picture.data;
    const int64_t step = status == GD_OK ? from.channels * from.height * from.width : 0;
    for (int64_t n = 0; n < batch->shape.dim[0] && status == GD_OK; n++) {
        draw(view, &from, &to);
        from.data = (float *)from.data + step;
        to.data = (float *)to.data + step;
    }
    return status;
}

// ---- Means

static gd_status add(gd__views *views, double weight, bool first, const gd_array *output)
{
    gd_status status = GD_OK;
    for (int i = 0; i < views->output_count && status == GD_OK; i++) {
        gd_array *sum = &views->sum[i];
        if (first && (sum->data == NULL || !gd_shape_equal(sum->shape, output[i].shape))) {
            gd_array_free(sum);
            status = gd_array_create(sum, GD_F64, output[i].shape);
        }
        double *to = sum->data;
        const int64_t count = gd_array_count(&output[i]);
        for (int64_t k = 0; k < count && status == GD_OK; k++) {
            const double value = gd_array_get(&output[i], k);
            if (first)
                to[k] = gd_type_is_float(output[i].type) ? weight * value : value;
            else if (gd_type_is_float(output[i].type))
                to[k] += weight * value;
        }
    }
    return status;
}

gd_status gd__views_run(gd__views *views, gd_function *function, const gd__binding *binding, gd_array *output)
{
    if (!is_wanted(views->of))
        return gd_function_run(function, binding->count, binding->feed, output);
    view list[MOST_VIEWS];
    const int count = list_views(views->of, list);
    const gd_array batch = binding->feed[views->feed].value;
    gd_status status = GD_OK;
    for (int v = 0; v < count && status == GD_OK; v++) {
        status = show(views, &list[v], &batch);
        binding->feed[views->feed].value = views->picture;
        if (status == GD_OK)
            status = gd_function_run(function, binding->count, binding->feed, output);
        if (status == GD_OK)
            status = add(views, list[v].weight, v == 0, output);
    }
    binding->feed[views->feed].value = batch;
    for (int i = 0; i < views->output_count && status == GD_OK; i++)
        for (int64_t k = 0; k < gd_array_count(&output[i]); k++)
            gd_array_put(&output[i], k, ((const double *)views->sum[i].data)[k]);
    return status;
}
