// Super-resolution: networks that make pictures larger, on pictures of any size.
#ifndef GRADUS_ENLARGE_H
#define GRADUS_ENLARGE_H

#include <gradus/model.h>

#ifdef __cplusplus
extern "C" {
#endif

// How many times as large the model makes a picture along each side: the factor of its data (`super_resolution`); 0
// where it does something else.
GD_API int gd_model_enlarges(const gd_model *model);

typedef struct gd_enlarge_opts {
    int64_t tile; // side of a tile of the small picture, with what overlaps its neighbours; 0: 128 or more
    const volatile sig_atomic_t *should_stop;                 // GD_ERROR_INTERRUPTED
    void *user;                                               // for on_rows
    void (*on_rows)(void *user, int64_t done, int64_t count); // rows of tiles; may be NULL
} gd_enlarge_opts;
// Makes a larger picture of the JPEG or PNG file `from`, grey or colour and of any size, and writes it to `to` as PNG;
// the file appears whole or not at all. The network makes the luma, and chroma is resampled (cubic). It works in tiles
// that overlap as far as the network sees, so that their pixels are those of the whole, and holds one row of them in
// memory besides the small picture. GD_ERROR_ARGUMENT: the model does not enlarge, or the tiles are too small for what
// it sees; GD_ERROR_UNSUPPORTED: the result would be too large to be read again, or the network sees all of the
// picture, which is larger than a tile; the errors of reading and writing.
GD_API GD_MUST_USE gd_status gd_model_enlarge_file(const gd_model *model, const char *from, const char *to,
                                                   gd_enlarge_opts opts);

#ifdef __cplusplus
}
#endif
#endif
