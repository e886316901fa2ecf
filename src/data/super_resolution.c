// A source for super-resolution: pictures made small again, and what they were.
//
// Only the luma of the pictures is kept, a byte a pixel. What the network gets is computed when a sample is read, for
// the pixels of the sample alone: a part of a resampled picture is what it is in the whole.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/picture_store.h"
#include "picture/resample.h"
#include "picture/ycbcr.h"

#define MOST_PIXELS ((int64_t)1 << 34)

enum { SMALL, ENLARGED, SHARP, FIELDS };

// The luma of one picture, its sides multiples of the factor.
typedef struct picture {
    const char *name;
    int64_t height, width;
    unsigned char *luma; // (height, width)
} picture;

typedef struct super_resolution {
    gd__picture_list list;
    gd_super_resolution_opts opts;
    int64_t count; // of pictures, those that were made smaller counted too
    picture *picture;
    int64_t *places; // where a patch may begin in the pictures up to and with this one
    gd_field field[FIELDS];
} super_resolution;

static void close_super_resolution(void *state)
{
    super_resolution *s = state;
    for (int64_t i = 0; i < s->count; i++)
        gd__free(s->picture[i].luma);
    gd__free(s->picture);
    gd__free(s->places);
    gd__picture_list_free(&s->list);
    gd__free(s);
}

// ---- Parts of a picture as the network gets them

static gd_status grid_make(gd__grid *grid, int64_t height, int64_t width, gd__part part)
{
    *grid = (gd__grid){height, width, part, gd__alloc_zeroed((size_t)(part.rows * part.columns), sizeof *grid->value)};
    return grid->value != NULL ? GD_OK : gd__fail_memory("a part of a picture");
}

static void take_sharp(const picture *p, gd__part part, float *to)
{
    for (int64_t y = 0; y < part.rows; y++)
        for (int64_t x = 0; x < part.columns; x++)
            *to++ = (float)p->luma[(part.top + y) * p->width + part.left + x] / 255;
}

static gd_status take_small(const picture *p, int64_t factor, gd__part part, float *to)
{
    const int64_t height = p->height / factor, width = p->width / factor;
    gd__grid sharp = {0}, small = {height, width, part, to};
    gd_status status =
        grid_make(&sharp, p->height, p->width, gd__resample_needs(p->height, p->width, height, width, part));
    if (status == GD_OK) {
        take_sharp(p, sharp.part, sharp.value);
        status = gd__resample(&sharp, &small);
    }
    gd__free(sharp.value);
    return status;
}

static gd_status take_enlarged(const picture *p, int64_t factor, gd__part part, float *to)
{
    const int64_t height = p->height / factor, width = p->width / factor;
    gd__grid small = {0}, enlarged = {p->height, p->width, part, to};
    gd_status status = grid_make(&small, height, width, gd__resample_needs(height, width, p->height, p->width, part));
    if (status == GD_OK)
        status = take_small(p, factor, small.part, small.value);
    if (status == GD_OK)
        status = gd__resample(&small, &enlarged);
    gd__free(small.value);
    return status;
}

// ---- Samples

// A patch: its picture, where it begins in the small one, and how it is turned.
typedef struct patch {
    const picture *picture;
    int64_t top, left;
    int turn; // bit 0: rows and columns change places; 1, 2: rows, columns from behind
} patch;

// Each place of each picture is as likely as any other.
static patch draw_patch(const super_resolution *s, int64_t sample, const gd_source_draw *draw)
{
    static const gd_source_draw always = {0};
    const gd_source_draw *by = draw != NULL ? draw : &always;
    uint32_t word[4];
    gd__philox(by->seed ^ gd__hash_text("data.super_resolution"), (uint64_t)sample, (uint64_t)by->epoch, word);
    const uint64_t drawn = (uint64_t)word[0] << 32 | word[1];
    int64_t place = (int64_t)(drawn % (uint64_t)s->places[s->count - 1]), low = 0, high = s->count - 1;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (place < s->places[middle])
            high = middle;
        else
            low = middle + 1;
    }
    const picture *p = &s->picture[low];
    const int64_t columns = (p->width - s->opts.patch) / s->opts.factor + 1;
    place -= low > 0 ? s->places[low - 1] : 0;
    return (patch){p, place / columns, place % columns, s->opts.turn && draw != NULL ? (int)(word[2] >> 29) : 0};
}

// Turns a square of size x size.
static gd_status turn_square(int turn, int64_t size, float *value)
{
    if (turn == 0)
        return GD_OK;
    float *before = gd__copy_block(value, (size_t)(size * size) * sizeof *value);
    if (before == NULL)
        return gd__fail_memory("a turned patch");
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++) {
            const int64_t a = (turn & 2) != 0 ? size - 1 - y : y, b = (turn & 4) != 0 ? size - 1 - x : x;
            value[y * size + x] = (turn & 1) != 0 ? before[b * size + a] : before[a * size + b];
        }
    gd__free(before);
    return GD_OK;
}

static gd_status read_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, const gd_array *to)
{
    const super_resolution *s = state;
    const int64_t factor = s->opts.factor, scale = field == SMALL ? 1 : factor;
    const patch patch = s->opts.whole ? (struct patch){.picture = &s->picture[sample]} : draw_patch(s, sample, draw);
    const int64_t height = s->opts.whole ? patch.picture->height : s->opts.patch;
    const int64_t width = s->opts.whole ? patch.picture->width : s->opts.patch;
    const gd__part part = {patch.top * scale, patch.left * scale, height / factor * scale, width / factor * scale};
    gd_status status = GD_OK;
    if (field == SHARP)
        take_sharp(patch.picture, part, to->data);
    else if (field == SMALL)
        status = take_small(patch.picture, factor, part, to->data);
    else
        status = take_enlarged(patch.picture, factor, part, to->data);
    return status == GD_OK ? turn_square(patch.turn, part.rows, to->data) : status;
}

static gd_status shape_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, gd_shape *shape)
{
    const super_resolution *s = state;
    const int64_t factor = field == SMALL ? s->opts.factor : 1;
    (void)draw;
    *shape = GD_SHAPE(1, s->picture[sample].height / factor, s->picture[sample].width / factor);
    return GD_OK;
}

static gd_origin origin(void *state, int64_t sample)
{
    const super_resolution *s = state;
    if (!s->opts.whole)
        return (gd_origin){.row = sample + 1};
    return (gd_origin){.file = s->picture[sample].name, .id = s->picture[sample].name};
}

// ---- Opening

static gd_status check_opts(int count, const gd_super_resolution_opts *opts)
{
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "no file, folder or archive of pictures was named");
    if (opts->factor < 2 || opts->factor > 16)
        return gd__fail(GD_ERROR_ARGUMENT, "pictures are to become %d times as large, expected 2 to 16 times",
                        opts->factor);
    if (!opts->whole && (opts->patch < opts->factor || opts->patch % opts->factor != 0 || opts->patch > 4096))
        return gd__fail(GD_ERROR_ARGUMENT, "patches of %lld pixels a side, expected a multiple of %d up to 4096",
                        (long long)opts->patch, opts->factor);
    if (!opts->whole && opts->patches < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld patches an epoch, expected at least 1", (long long)opts->patches);
    for (int i = 0; i < opts->shrink_count; i++)
        if (opts->shrink == NULL || !(opts->shrink[i] > 0 && opts->shrink[i] < 1))
            return gd__fail(GD_ERROR_ARGUMENT, "pictures are to be made smaller by numbers between 0 and 1");
    return GD_OK;
}

// Keeps the luma of a picture in the sides that are multiples of the factor. One that is too small has none.
static gd_status keep_luma(super_resolution *s, const char *name, const gd__picture *decoded, picture *p)
{
    const int64_t factor = s->opts.factor;
    *p = (picture){name, decoded->height / factor * factor, decoded->width / factor * factor, NULL};
    const size_t count = (size_t)(p->height * p->width);
    if (count == 0)
        return GD_OK;
    p->luma = gd__alloc(count);
    float *row = gd__alloc_zeroed((size_t)p->width, sizeof *row);
    for (int64_t y = 0; y < p->height && p->luma != NULL && row != NULL; y++) {
        gd__picture_channel(decoded, 0, y, 0, 1, p->width, row);
        for (int64_t x = 0; x < p->width; x++)
            p->luma[y * p->width + x] = (unsigned char)floorf(255 * row[x] + 0.5f);
    }
    const bool good = p->luma != NULL && row != NULL;
    gd__free(row);
    return good ? GD_OK : gd__fail_memory("the luma of pictures");
}

// A picture and those that are made of it.
static gd_status add_picture(super_resolution *s, const gd__picture_entry *entry)
{
    unsigned char *data = NULL;
    gd__picture decoded = {0};
    gd_status status = gd__picture_bytes(&s->list, entry, &data);
    if (status == GD_OK)
        status = gd__picture_decode(entry->name, data, (size_t)entry->size, (gd__decode_opts){0}, &decoded);
    gd__free(data);
    const int64_t least = s->opts.whole ? s->opts.factor : s->opts.patch;
    if (status == GD_OK && (decoded.height < least || decoded.width < least))
        status =
            gd__fail(GD_ERROR_FORMAT, "%s: is %d x %d, and %s %lld x %lld are wanted", entry->name, decoded.width,
                     decoded.height, s->opts.whole ? "at least" : "patches of", (long long)least, (long long)least);
    if (status == GD_OK)
        status = keep_luma(s, entry->name, &decoded, &s->picture[s->count++]);
    for (int i = 0; i < s->opts.shrink_count && status == GD_OK; i++) {
        gd__picture smaller = {0};
        const int height = (int)lround(decoded.height * s->opts.shrink[i]);
        const int width = (int)lround(decoded.width * s->opts.shrink[i]);
        if (height < least || width < least)
            continue;
        status = gd__picture_resize(&decoded, (gd__region){0, 0, decoded.height, decoded.width}, height, width,
                                    GD__BICUBIC, &smaller);
        if (status == GD_OK)
            status = keep_luma(s, entry->name, &smaller, &s->picture[s->count++]);
        gd__picture_free(&smaller);
    }
    gd__picture_free(&decoded);
    return status;
}

static gd_status read_pictures(super_resolution *s)
{
    const size_t most = (size_t)s->list.count * (size_t)(1 + s->opts.shrink_count);
    int64_t pixels = 0, seen = 0;
    s->picture = gd__alloc_zeroed(most, sizeof *s->picture);
    s->places = gd__alloc_zeroed(most, sizeof *s->places);
    if (s->picture == NULL || s->places == NULL)
        return gd__fail_memory("pictures for super-resolution");
    gd_status status = GD_OK;
    for (int a = 0; a < s->list.archive_count && status == GD_OK; a++)
        if (s->list.is_gzip[a])
            status = gd__fail(GD_ERROR_UNSUPPORTED,
                              "%s: pictures for super-resolution are not read from a gzipped archive: unpack it, or "
                              "store it as .tar",
                              s->list.archive[a]);
    for (int64_t i = 0; i < s->list.count && status == GD_OK; i++) {
        status = add_picture(s, &s->list.entry[i]);
        for (; status == GD_OK && seen < s->count; seen++)
            pixels += s->picture[seen].height * s->picture[seen].width;
        if (pixels > MOST_PIXELS)
            status = gd__fail(GD_ERROR_UNSUPPORTED, "the pictures have more than %lld pixels in all",
                              (long long)MOST_PIXELS);
    }
    for (int64_t i = 0; i < s->count && status == GD_OK && !s->opts.whole; i++) {
        const int64_t rows = (s->picture[i].height - s->opts.patch) / s->opts.factor + 1;
        const int64_t columns = (s->picture[i].width - s->opts.patch) / s->opts.factor + 1;
        s->places[i] = (i > 0 ? s->places[i - 1] : 0) + rows * columns;
    }
    return status;
}

static gd_status make_dataset(super_resolution *s, gd_dataset **out)
{
    static const char *const name[FIELDS] = {"small", "enlarged", "y"};
    for (int f = 0; f < FIELDS; f++) {
        const int64_t side = s->opts.whole ? GD_OPEN : s->opts.patch / (f == SMALL ? s->opts.factor : 1);
        s->field[f] = (gd_field){.name = name[f],
                                 .role = f == SHARP ? GD_ROLE_TARGET : GD_ROLE_INPUT,
                                 .type = GD_F32,
                                 .shape = GD_SHAPE(1, side, side)};
    }
    const gd_source source = {.kind = "super_resolution",
                              .count = s->opts.whole ? s->count : s->opts.patches,
                              .field_count = FIELDS,
                              .field = s->field,
                              .state = s,
                              .shape_drawn = s->opts.whole ? shape_drawn : NULL,
                              .read_drawn = read_drawn,
                              .origin = origin,
                              .close = close_super_resolution};
    return gd_dataset_from_source(&source, out);
}

gd_status gd_dataset_from_super_resolution(int count, const char *const *path, gd_super_resolution_opts opts,
                                           gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd_status status = check_opts(count, &opts);
    for (int i = 0; i < count && status == GD_OK; i++)
        GD__NEEDS(path[i], GD_ERROR_ARGUMENT);
    if (status != GD_OK)
        return status;
    super_resolution *s = gd__alloc_zeroed(1, sizeof *s);
    if (s == NULL)
        return gd__fail_memory("a data set for super-resolution");
    s->opts = opts;
    status = gd__picture_list_make(count, path, &(gd_picture_opts){.below = opts.below}, &s->list);
    if (status == GD_OK)
        status = read_pictures(s);
    s->opts.below = NULL; // these are the caller's
    s->opts.shrink = NULL;
    if (status == GD_OK)
        return make_dataset(s, out);
    close_super_resolution(s);
    return status;
}
