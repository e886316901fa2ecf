#include "model/enlarge.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

enum { USUAL_TILE = 128, MOST_TILE = 4096 };

int gd_model_enlarges(const gd_model *model)
{
    GD__NEEDS(model, 0);
    return gd__recipe_enlarges(model->recipe);
}

// ---- Networks for tiles

// The model for tiles of a small picture of rows x columns.
struct gd__tile_network {
    int64_t rows, columns;
    gd_model *model;
    gd_function *function;
    gd_array small, enlarged; // (1, 1, rows, columns), and times the factor
    gd_array output;          // as `enlarged`
};

static void network_free(gd__tile_network *n)
{
    if (n == NULL)
        return;
    if (n->function != NULL)
        gd_function_free(n->function);
    gd_model_free(n->model);
    gd_array_free(&n->small);
    gd_array_free(&n->enlarged);
    gd_array_free(&n->output);
    gd__free(n);
}

static bool reads(const gd_model *model, const char *name)
{
    for (int i = 0; i < model->input_count; i++)
        if (strcmp(model->input_name[i], name) == 0)
            return true;
    return false;
}

// The model's fields are small, enlarged and y, in any order.
static gd_status write_for(const gd_model *model, int64_t factor, gd__tile_network *n)
{
    const gd__field_list *fields = &gd__model_of(model)->fields;
    gd_shape *shape = gd__alloc_zeroed((size_t)fields->count, sizeof *shape);
    if (shape == NULL)
        return gd__fail_memory("a network for tiles");
    for (int i = 0; i < fields->count; i++)
        shape[i] = strcmp(fields->field[i].name, "small") == 0 ? GD_SHAPE(1, n->rows, n->columns)
                                                               : GD_SHAPE(1, n->rows * factor, n->columns * factor);
    gd_status status = gd__model_with_shapes(model, shape, &n->model);
    gd__free(shape);
    return status;
}

static gd_status network_make(const gd__enlarger *e, int64_t rows, int64_t columns, gd__tile_network **out)
{
    gd__tile_network *n = *out = gd__alloc_zeroed(1, sizeof *n);
    if (n == NULL)
        return gd__fail_memory("a network for tiles");
    n->rows = rows;
    n->columns = columns;
    gd_status status = write_for(e->model, e->factor, n);
    if (status == GD_OK)
        status = gd_array_create(&n->small, GD_F32, GD_SHAPE(1, 1, rows, columns));
    if (status == GD_OK)
        status = gd_array_create(&n->enlarged, GD_F32, GD_SHAPE(1, 1, rows * e->factor, columns * e->factor));
    if (status == GD_OK)
        status = gd_array_create(&n->output, GD_F32, n->enlarged.shape);
    if (status != GD_OK)
        return status;
    n->function =
        gd_function_create(n->model->graph, 1, &n->model->prediction, (gd_function_opts){.precision = e->precision});
    return n->function != NULL ? GD_OK : GD_ERROR_MEMORY;
}

// The network for the size, made where it is not there; the one that was not used for the longest time goes.
static gd_status find_network(gd__enlarger *e, int64_t rows, int64_t columns, gd__tile_network **out)
{
    int place = 0;
    while (place < e->network_count && (e->network[place]->rows != rows || e->network[place]->columns != columns))
        place++;
    gd__tile_network *found = place < e->network_count ? e->network[place] : NULL;
    if (found == NULL) {
        gd_status status = network_make(e, rows, columns, &found);
        if (status != GD_OK) {
            network_free(found);
            return status;
        }
        if (e->network_count == GD__TILE_NETWORKS)
            network_free(e->network[--e->network_count]);
        place = e->network_count++;
    }
    memmove(&e->network[1], &e->network[0], (size_t)place * sizeof *e->network);
    e->network[0] = *out = found;
    return GD_OK;
}

// ---- How far the network sees

// In the small picture, to either side; -1: everywhere. One more than the half of the field, since a kernel may have an
// even size and a pixel of the large picture begins between two of the small one.
static int64_t margin_of(const gd_model *model, int64_t factor)
{
    if (model->layer_count == 0) // what comes in goes out
        return 0;
    const gd_model_layer *last = &model->layer[0];
    for (int i = 0; i < model->layer_count; i++)
        if (model->layer[i].depth == 0)
            last = &model->layer[i];
    int64_t field = 0;
    for (int axis = 0; axis < 2; axis++) {
        if (last->receptive_field[axis] == 0)
            return -1;
        field = last->receptive_field[axis] > field ? last->receptive_field[axis] : field;
    }
    const int64_t margin = field / 2 + 1;
    return reads(model, "small") ? margin : (margin + factor - 1) / factor;
}

gd_status gd__enlarger_make(const gd_model *model, int64_t tile, gd__enlarger *e)
{
    *e = (gd__enlarger){.model = model, .precision = model->precision, .factor = gd__recipe_enlarges(model->recipe)};
    if (e->factor == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s does not make pictures larger: its data is not of super_resolution",
                        gd_recipe_path(model->recipe));
    if (tile < 0 || tile > MOST_TILE)
        return gd__fail(GD_ERROR_ARGUMENT, "tiles of %lld pixels a side, expected up to %d", (long long)tile,
                        MOST_TILE);
    e->tile = tile > 0 ? tile : USUAL_TILE;
    e->margin = margin_of(model, e->factor);
    if (tile == 0 && e->tile < 4 * e->margin) // at least half of what is computed is kept along each side
        e->tile = 4 * e->margin;
    return GD_OK;
}

void gd__enlarger_free(gd__enlarger *e)
{
    for (int i = 0; i < e->network_count; i++)
        network_free(e->network[i]);
    *e = (gd__enlarger){0};
}

// ---- Pieces of an axis

// `size` numbers are computed from `begin` on, and `kept` of them are kept, from `keep` on.
typedef struct piece {
    int64_t begin, size, keep, kept;
} piece;

static gd_status count_pieces(const gd__enlarger *e, int64_t length, int64_t *count)
{
    *count = 1;
    if (length <= e->tile)
        return GD_OK;
    if (e->margin < 0)
        return gd__fail(
            GD_ERROR_UNSUPPORTED,
            "the network sees all of a picture at once, and so cannot work in tiles: of %lld pixels a side, "
            "at most %lld go at a time",
            (long long)length, (long long)e->tile);
    const int64_t step = e->tile - 2 * e->margin;
    if (step < 1)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "tiles of %lld pixels are too small: the network sees %lld to either side, so they must be "
                        "larger than %lld",
                        (long long)e->tile, (long long)e->margin, (long long)(2 * e->margin));
    *count = (length - e->tile + step - 1) / step + 1;
    return GD_OK;
}

// At its ends the picture ends for a piece too; elsewhere it loses the margin.
static piece piece_of(const gd__enlarger *e, int64_t length, int64_t index)
{
    if (length <= e->tile)
        return (piece){0, length, 0, length};
    const int64_t step = e->tile - 2 * e->margin, last = length - e->tile;
    const int64_t begin = index * step < last ? index * step : last;
    const int64_t keep = index == 0 ? 0 : index * step + e->margin;
    const int64_t end = begin == last ? length : begin + e->tile - e->margin;
    return (piece){begin, e->tile, keep, end - keep};
}

gd_status gd__enlarger_rows(const gd__enlarger *e, int64_t height, int64_t *count)
{
    return count_pieces(e, height, count);
}

void gd__enlarger_row(const gd__enlarger *e, int64_t height, int64_t index, int64_t *top, int64_t *rows)
{
    const piece p = piece_of(e, height, index);
    *top = p.keep;
    *rows = p.kept;
}

// ---- A row of tiles

static gd_status run_tile(const gd__enlarger *e, gd__tile_network *n, piece row, piece column,
                          const gd__tile_source *source)
{
    const gd_model *model = n->model;
    const gd__part part = {row.begin, column.begin, row.size, column.size};
    gd_feed feed[2];
    int count = 0;
    gd_status status =
        source->read(source->state, part, n->small.data, reads(model, "enlarged") ? n->enlarged.data : NULL);
    for (int i = 0; i < model->input_count && i < GD_COUNT_OF(feed); i++)
        feed[count++] = (gd_feed){model->input[i], strcmp(model->input_name[i], "small") == 0 ? n->small : n->enlarged};
    (void)e;
    return status == GD_OK ? gd_function_run(n->function, count, feed, &n->output) : status;
}

gd_status gd__enlarger_run(gd__enlarger *e, int64_t height, int64_t width, int64_t index, const gd__tile_source *source,
                           float *to)
{
    int64_t columns;
    gd_status status = count_pieces(e, width, &columns);
    const piece row = piece_of(e, height, index);
    for (int64_t i = 0; i < columns && status == GD_OK; i++) {
        const piece column = piece_of(e, width, i);
        gd__tile_network *n;
        status = find_network(e, row.size, column.size, &n);
        if (status == GD_OK)
            status = run_tile(e, n, row, column, source);
        const int64_t from_top = (row.keep - row.begin) * e->factor,
                      from_left = (column.keep - column.begin) * e->factor;
        for (int64_t y = 0; y < row.kept * e->factor && status == GD_OK; y++)
            memcpy(to + y * width * e->factor + column.keep * e->factor,
                   (const float *)n->output.data + (from_top + y) * column.size * e->factor + from_left,
                   (size_t)(column.kept * e->factor) * sizeof *to);
    }
    return status;
}

// ---- Samples of a set

typedef struct arrays {
    const gd_array *small, *enlarged; // (1, 1, rows, columns)
    int64_t factor;
} arrays;

static void copy_part(const gd_array *from, int64_t scale, gd__part part, float *to)
{
    const int64_t width = from->shape.dim[3];
    for (int64_t y = 0; y < part.rows * scale; y++)
        memcpy(to + y * part.columns * scale,
               (const float *)from->data + (part.top * scale + y) * width + part.left * scale,
               (size_t)(part.columns * scale) * sizeof *to);
}

static gd_status read_arrays(const void *state, gd__part part, float *small, float *enlarged)
{
    const arrays *a = state;
    copy_part(a->small, 1, part, small);
    if (enlarged != NULL)
        copy_part(a->enlarged, a->factor, part, enlarged);
    return GD_OK;
}

// One sample of a field, (1, 1, rows, columns).
static gd_status get_sample(const gd_dataset *set, const char *name, int64_t sample, gd_array *out)
{
    const int field = gd_dataset_find(set, name);
    if (field < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set has no field '%s'; expected pictures for super-resolution",
                        name);
    gd_status status = gd_dataset_get(set, field, 1, &sample, out);
    if (status == GD_OK && (out->type != GD_F32 || out->shape.rank != 4 || out->shape.dim[1] != 1))
        status = gd__fail(GD_ERROR_SHAPE, "the field '%s' holds no pictures for super-resolution", name);
    return status;
}

void gd__enlarged_free(gd__enlarged *enlarged)
{
    gd_array_free(&enlarged->cubic);
    gd_array_free(&enlarged->made);
    gd_array_free(&enlarged->right);
}

static void drop_first_axis(gd_array *array)
{
    array->shape = GD_SHAPE(array->shape.dim[1], array->shape.dim[2], array->shape.dim[3]);
}

gd_status gd__enlarger_sample(gd__enlarger *e, const gd_dataset *set, int64_t sample, gd__enlarged *out)
{
    gd_array small = {0};
    *out = (gd__enlarged){.name = gd_dataset_origin(set, sample).file};
    gd_status status = get_sample(set, "small", sample, &small);
    if (status == GD_OK)
        status = get_sample(set, "enlarged", sample, &out->cubic);
    if (status == GD_OK)
        status = get_sample(set, "y", sample, &out->right);
    if (status == GD_OK)
        status = gd_array_create(&out->made, GD_F32, out->cubic.shape);
    const arrays from = {&small, &out->cubic, e->factor};
    const gd__tile_source source = {&from, read_arrays};
    int64_t count = 0, top, rows;
    if (status == GD_OK)
        status = gd__enlarger_rows(e, small.shape.dim[2], &count);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        gd__enlarger_row(e, small.shape.dim[2], i, &top, &rows);
        status = gd__enlarger_run(e, small.shape.dim[2], small.shape.dim[3], i, &source,
                                  (float *)out->made.data + top * e->factor * small.shape.dim[3] * e->factor);
    }
    if (status == GD_OK) {
        drop_first_axis(&out->cubic);
        drop_first_axis(&out->made);
        drop_first_axis(&out->right);
    }
    gd_array_free(&small);
    return status;
}
