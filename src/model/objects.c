// From the answers of a detector to objects in the pixels of pictures, and pictures with boxes.
#include <gradus/objects.h>

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "box/map.h"
#include "data/picture_visit.h"
#include "picture/png_write.h"

#define LEAST_SCORE 0.3

void gd_objects_free(gd_object *found)
{
    gd__free(found);
}

typedef struct finding {
    const gd_objects_opts *opts;
    gd__box_map map;
    int64_t samples, height, width; // of what the network reads
    int64_t *first;                 // (samples + 1): the first object of each sample
    int64_t count, capacity;
    gd_object *found;
} finding;

// ---- In pixels of what the network reads

static gd_status add_found(finding *f, int64_t sample, const gd__found_box *box)
{
    if (!gd__grow_long((void **)&f->found, &f->capacity, f->count, sizeof *f->found))
        return gd__fail_memory("found objects");
    const double down = (double)f->height / (double)f->map.rows, across = (double)f->width / (double)f->map.columns;
    f->found[f->count++] = (gd_object){.sample = sample,
                                       .label = (int)box->class,
                                       .score = box->score,
                                       .left = box->box.left * across,
                                       .top = box->box.top * down,
                                       .right = box->box.right * across,
                                       .bottom = box->box.bottom * down};
    return GD_OK;
}

static gd_status find(finding *f, const gd_array *prediction)
{
    const int64_t width = gd__map_answer_width(f->map);
    const double least = f->opts->least > 0 ? f->opts->least : LEAST_SCORE;
    double *answer = gd__alloc((size_t)width * sizeof *answer);
    gd__found_boxes boxes = {0};
    gd_status status = answer == NULL ? gd__fail_memory("found objects") : GD_OK;
    for (int64_t s = 0; s < f->samples && status == GD_OK; s++) {
        const size_t size = gd_type_size(prediction->type);
        gd__to_doubles(answer, (const char *)prediction->data + (size_t)(s * width) * size, prediction->type, width);
        boxes.count = 0;
        status = gd__map_find(f->map, answer, s, &boxes);
        f->first[s] = f->count;
        for (int64_t i = 0; i < boxes.count && status == GD_OK; i++)
            if (boxes.box[i].score >= least)
                status = add_found(f, s, &boxes.box[i]);
    }
    f->first[f->samples] = f->count;
    gd__free(answer);
    gd__free(boxes.box);
    return status;
}

// ---- In pixels of the file

// As the source brought a part of the picture to its size.
static void move_to_file(finding *f, const gd__visited *v)
{
    const double across = v->part.columns / v->size.width, down = v->part.rows / v->size.height;
    for (int64_t i = f->first[v->sample]; i < f->first[v->sample + 1]; i++) {
        gd_object *o = &f->found[i];
        o->left = v->part.left + o->left * across;
        o->right = v->part.left + o->right * across;
        o->top = v->part.top + o->top * down;
        o->bottom = v->part.top + o->bottom * down;
    }
}

static const unsigned char colors[][3] = {{47, 111, 222}, {224, 102, 47}, {42, 157, 85},
                                          {162, 75, 209}, {201, 161, 0},  {209, 64, 111}};
enum { COLORS = sizeof colors / sizeof *colors };

static int kept_within(double place, int length)
{
    const double at = nearbyint(place);
    return at < 0 ? 0 : at > length - 1 ? length - 1 : (int)at;
}

// The edge of a box, some pixels thick, in the color of its class.
static void draw_box(const gd__picture *picture, unsigned char *pixel, const gd_object *o)
{
    const int height = picture->height, width = picture->width, longer = height > width ? height : width;
    const int thick = 1 + longer / 400;
    const int left = kept_within(o->left, width), right = kept_within(o->right, width);
    const int top = kept_within(o->top, height), bottom = kept_within(o->bottom, height);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++)
            if (y - top < thick || bottom - y < thick || x - left < thick || right - x < thick)
                memcpy(pixel + 3 * ((size_t)y * (size_t)width + (size_t)x), colors[o->label % COLORS], 3);
}

// "folder/cat.jpg" and 7 to "pictures/7-cat.png": no two samples have the same.
static char *path_of(const char *directory, const gd__visited *v)
{
    const char *base = strrchr(v->name, '/'), *end;
    gd__text path = {0};
    base = base == NULL ? v->name : base + 1;
    end = strrchr(base, '.');
    gd__text_add(&path, "%s/%lld-%.*s.png", directory, (long long)v->sample,
                 end == NULL ? (int)strlen(base) : (int)(end - base), base);
    return gd__text_take(&path);
}

static bool write_bytes(void *to, const void *bytes, size_t count)
{
    return fwrite(bytes, 1, count, to) == count;
}

static gd_status write_png(const char *path, const gd__picture *picture, const unsigned char *pixel)
{
    gd__file_writer file;
    gd__png_writer *png = NULL;
    gd_status status = gd__file_writer_open(&file, path);
    if (status != GD_OK)
        return status;
    status = gd__png_begin(picture->height, picture->width, 3, write_bytes, file.stream, &png);
    if (status == GD_OK)
        status = gd__png_add_rows(png, picture->height, pixel);
    if (status == GD_OK)
        status = gd__png_end(png);
    gd__png_free(png);
    if (status == GD_OK)
        status = gd__file_writer_commit(&file);
    gd__file_writer_abandon(&file);
    return status;
}

static gd_status draw_picture(const finding *f, const gd__visited *v)
{
    const gd__picture *picture = v->picture;
    const size_t size = (size_t)picture->height * (size_t)picture->width * 3;
    unsigned char *pixel = gd__copy_block(picture->pixel, size);
    char *path = path_of(f->opts->pictures, v);
    gd_status status = pixel == NULL || path == NULL ? gd__fail_memory("a picture with boxes") : GD_OK;
    for (int64_t i = f->first[v->sample + 1] - 1; i >= f->first[v->sample] && status == GD_OK; i--) // the surest on top
        draw_box(picture, pixel, &f->found[i]);
    if (status == GD_OK)
        status = write_png(path, picture, pixel);
    gd__free(pixel);
    gd__free(path);
    return status;
}

static gd_status visit(void *state, const gd__visited *visited)
{
    finding *f = state;
    // A transform may have left another size, of which nobody knows what it shows.
    if (visited->size.height == f->height && visited->size.width == f->width)
        move_to_file(f, visited);
    else if (f->opts->pictures != NULL)
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "boxes cannot be drawn: a transform gives pictures of %d x %d another size, %lld x %lld",
                        visited->size.height, visited->size.width, (long long)f->height, (long long)f->width);
    return f->opts->pictures == NULL ? GD_OK : draw_picture(f, visited);
}

// ---- The whole

static gd_status begin(const gd_model *model, int head, const gd_dataset *set, const gd_array *prediction, finding *f)
{
    char text[GD_SHAPE_TEXT];
    if (head < 0 || head >= model->head_count || model->head[head].task != &gd_task_boxes)
        return gd__fail(GD_ERROR_ARGUMENT, "objects were to be found by what is no detector");
    const gd_shape shape = prediction->shape, input = gd_tensor_shape(model->input[0]);
    if (prediction->data == NULL || shape.rank != 4 || shape.dim[0] != gd_dataset_count(set) || input.rank != 4 ||
        shape.dim[1] <= GD__MAP_EDGES || shape.dim[2] < 1 || shape.dim[3] < 1)
        return gd__fail(GD_ERROR_SHAPE, "predictions are %s, expected the maps of a detector for %lld pictures",
                        gd_shape_text(shape, text), (long long)gd_dataset_count(set));
    f->samples = shape.dim[0];
    f->map = (gd__box_map){shape.dim[1] - GD__MAP_EDGES, shape.dim[2], shape.dim[3]};
    f->height = input.dim[2];
    f->width = input.dim[3];
    f->first = gd__alloc_zeroed((size_t)f->samples + 1, sizeof *f->first);
    return f->first == NULL ? gd__fail_memory("found objects") : GD_OK;
}

gd_status gd_model_objects(const gd_model *model, int head, const gd_dataset *set, const gd_array *prediction,
                           gd_objects_opts opts, int64_t *count, gd_object **found)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(prediction, GD_ERROR_ARGUMENT);
    GD__NEEDS(count, GD_ERROR_ARGUMENT);
    GD__NEEDS(found, GD_ERROR_ARGUMENT);
    *count = 0;
    *found = NULL;
    finding f = {.opts = &opts};
    gd_status status = begin(model, head, set, prediction, &f);
    if (status == GD_OK)
        status = find(&f, prediction);
    if (status == GD_OK && opts.pictures != NULL)
        status = gd__make_directory(opts.pictures);
    if (status == GD_OK && (gd__is_of_pictures(set) || opts.pictures != NULL))
        status = gd__pictures_visit(set, visit, &f);
    gd__free(f.first);
    if (status == GD_OK) {
        *count = f.count;
        *found = f.found;
    } else {
        gd__free(f.found);
    }
    return status;
}
