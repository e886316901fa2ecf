// box_map: the boxes in a picture as the maps that a detector is taught (box/map.h).
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "box/map.h"
#include "data/raster.h"

enum { BOXES, CLASSES, PICTURE, FIELDS };
typedef struct {
    int64_t stride;
    double spread, least;
} map_opts;

static gd_status find_map(const map_opts *opts, const gd_field *boxes, const gd_field *picture, gd__box_map *map)
{
    gd__raster r;
    gd_status status = gd__raster_of(picture, NULL, &r);
    if (status != GD_OK)
        return status;
    if (r.height < opts->stride || r.width < opts->stride || r.height % opts->stride != 0 ||
        r.width % opts->stride != 0)
        return gd__fail(GD_ERROR_SHAPE, "pictures of %lld x %lld pixels have no cells of %lld: expected multiples",
                        (long long)r.height, (long long)r.width, (long long)opts->stride);
    *map = (gd__box_map){boxes->class_count, r.height / opts->stride, r.width / opts->stride};
    return GD_OK;
}

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)learned;
    (void)count;
    char text[GD_SHAPE_TEXT];
    gd__box_map map = {0};
    const gd_field *boxes = &field[BOXES], *classes = &field[CLASSES];
    if (classes->name == NULL || field[PICTURE].name == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "it takes boxes, their classes and the picture, of which one is not there");
    if (boxes->shape.rank != 2 || boxes->shape.dim[1] != 4 || boxes->class_count < 1)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s of %d classes, expected boxes (n, 4) of some classes",
                        boxes->name, gd_shape_text(boxes->shape, text), boxes->class_count);
    if (classes->shape.rank != 1 || classes->type != GD_I32)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s %s, expected the classes of boxes: i32 (n)", classes->name,
                        gd_type_name(classes->type), gd_shape_text(classes->shape, text));
    gd_status status = find_map(options, boxes, &field[PICTURE], &map);
    if (status == GD_OK) {
        field[BOXES].type = GD_F32;
        field[BOXES].shape = GD_SHAPE(map.classes + GD__MAP_BESIDE, map.rows, map.columns);
    }
    return status;
}

// The boxes in cells; what a crop left nothing of is left out. *count: how many stay.
static gd_status read_boxes(const gd_transform_call *call, double stride, gd__true_box *box, int64_t *count)
{
    const gd_field *field = &call->value[BOXES]->field;
    const gd_array from = gd_array_borrow(field->type, field->shape, call->value[BOXES]->data);
    const int32_t *class = call->value[CLASSES]->data;
    const int64_t all = field->shape.dim[0];
    if (call->value[CLASSES]->field.shape.dim[0] != all)
        return gd__fail(GD_ERROR_SHAPE, "%lld boxes and %lld classes of them", (long long)all,
                        (long long)call->value[CLASSES]->field.shape.dim[0]);
    *count = 0;
    for (int64_t i = 0; i < all; i++) {
        const bool crowd = class[i] < 0;
        const int64_t own = crowd ? -1 - (int64_t) class[i] : class[i];
        const gd__box b = {gd_array_get(&from, 4 * i) / stride, gd_array_get(&from, 4 * i + 1) / stride,
                           gd_array_get(&from, 4 * i + 2) / stride, gd_array_get(&from, 4 * i + 3) / stride};
        if (own >= field->class_count)
            return gd__fail(GD_ERROR_FORMAT, "box %lld is of class %lld, expected 0 to %d", (long long)i,
                            (long long)own, field->class_count - 1);
        if (!(isfinite(b.left) && isfinite(b.top) && isfinite(b.right) && isfinite(b.bottom)))
            return gd__fail(GD_ERROR_NUMBER, "box %lld has an edge that is no finite number", (long long)i);
        if (gd__box_area(b) > 0)
            box[(*count)++] = (gd__true_box){.class = own, .box = b, .crowd = crowd};
    }
    return GD_OK;
}

static gd_status apply(gd_transform_call *call)
{
    const map_opts *opts = call->options;
    gd_sample_value *boxes = call->value[BOXES];
    gd__box_map map = {0};
    int64_t count = 0;
    if (call->value[CLASSES] == NULL || call->value[PICTURE] == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "boxes without their classes or without a picture");
    gd_status status = find_map(opts, &boxes->field, &call->value[PICTURE]->field, &map);
    if (status != GD_OK)
        return status;
    gd__true_box *box = gd__alloc_zeroed((size_t)boxes->field.shape.dim[0] + 1, sizeof *box);
    if (box == NULL)
        return gd__fail_memory("boxes");
    status = read_boxes(call, (double)opts->stride, box, &count);
    const gd_shape shape = GD_SHAPE(map.classes + GD__MAP_BESIDE, map.rows, map.columns);
    if (status == GD_OK)
        status = gd_sample_value_change(boxes, GD_F32, shape, NULL);
    const gd__map_opts how = {.spread = opts->spread, .least = opts->least / (double)opts->stride};
    if (status == GD_OK)
        status = gd__map_teach(map, how, count, box, boxes->data);
    gd__free(box);
    return status;
}

static const gd_option options[] = {
    {.name = "stride",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1024,
     .standard = "8",
     .doc = "pixels to a cell each way: the network's output is so much smaller than its picture",
     GD_FIELD(map_opts, stride)},
    {.name = "spread",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "0.54",
     .doc = "what part of a box, around its middle, is taught",
     GD_FIELD(map_opts, spread)},
    {.name = "least",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 65536,
     .standard = "2",
     .doc = "boxes that are less wide or high, in pixels, are not taught, as what a crop leaves of them",
     GD_FIELD(map_opts, least)},
    {0},
};

const gd_transform_kind gd__transform_box_map = {
    .record = {.name = "box_map",
               .doc =
                   "the boxes in a picture as maps that a detector is taught. `fields: [boxes, box_classes, image]`, "
                   "after all that changes the picture",
               .options = options,
               .short_option = "stride",
               .source = "Zhou, Wang, Krähenbühl 2019, Objects as points; Liu, Zheng, Xu, Yang, Liu, Cai 2019, "
                         "Training-time-friendly network for real-time object detection",
               .options_size = sizeof(map_opts)},
    .least_fields = FIELDS,
    .most_fields = FIELDS,
    .describe = describe,
    .apply = apply,
};
