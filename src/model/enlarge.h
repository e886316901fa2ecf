// A network that makes pictures larger, on pictures of any size: in tiles, written once for each size of tile. Tiles
// overlap as far as the network sees, so they put out what the whole picture would.
#ifndef GD_MODEL_ENLARGE_H
#define GD_MODEL_ENLARGE_H

#include <gradus/enlarge.h>

#include "picture/resample.h"

// Where the input comes from: fills a part of the small picture, and of the cubic enlargement that part times the
// factor. `enlarged` NULL: the network does not read it.
typedef struct gd__tile_source {
    const void *state;
    gd_status (*read)(const void *state, gd__part part, float *small, float *enlarged);
} gd__tile_source;

typedef struct gd__tile_network gd__tile_network;

enum { GD__TILE_NETWORKS = 8 };
typedef struct gd__enlarger {
    const gd_model *model;
    gd_precision precision;
    int64_t factor, tile, margin; // tile and margin in the small picture; margin < 0: all of the picture is seen
    int network_count;            // those that were used last
    gd__tile_network *network[GD__TILE_NETWORKS];
} gd__enlarger;

// `tile`: side of a tile of the small picture, with what overlaps; 0: 128. The networks have the weights that the model
// has when they are first needed, and compute in its precision, or as `precision` is set then. Release with
// gd__enlarger_free, on failure too.
gd_status gd__enlarger_make(const gd_model *model, int64_t tile, gd__enlarger *enlarger);
void gd__enlarger_free(gd__enlarger *enlarger);

// How many rows of tiles a small picture of that height has, and which rows row `index` of them gives.
gd_status gd__enlarger_rows(const gd__enlarger *enlarger, int64_t height, int64_t *count);
void gd__enlarger_row(const gd__enlarger *enlarger, int64_t height, int64_t index, int64_t *top, int64_t *rows);
// Computes a row of tiles of a small picture of height x width: rows * factor x width * factor numbers.
gd_status gd__enlarger_run(gd__enlarger *enlarger, int64_t height, int64_t width, int64_t index,
                           const gd__tile_source *source, float *to);

// A sample of a set of whole pictures: (1, rows, columns) each.
typedef struct gd__enlarged {
    const char *name; // of the picture, the set's
    gd_array cubic, made, right;
} gd__enlarged;
gd_status gd__enlarger_sample(gd__enlarger *enlarger, const gd_dataset *set, int64_t sample, gd__enlarged *out);
void gd__enlarged_free(gd__enlarged *enlarged);

// Metrics of a picture that was made, (1, rows, columns), without its border; of one that is no kind NAN.
gd_status gd__measure_picture(const gd_array *made, const gd_array *right, int64_t border, int metric_count,
                              const gd_metric *metric, double *value);
// Whether samples are whole pictures, each of its own size.
bool gd__holds_whole_pictures(const gd_dataset *set);

#endif
