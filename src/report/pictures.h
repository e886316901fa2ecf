// Pictures of samples, of filters and of what layers put out, for pages.
#ifndef GD_REPORT_PICTURES_H
#define GD_REPORT_PICTURES_H

#include <gradus/model.h>

#include "base/text.h"
#include "figure/thumbnail.h"

// The first field that holds pictures, (C, H, W), or -1.
int gd__picture_field(const gd_dataset *set);
// The pictures of samples as they were before the model's preprocessing, (count, C, H, W). Without such a field *out
// stays empty.
gd_status gd__fetch_pictures(const gd_model *model, const gd_dataset *set, int64_t count, const int64_t *sample,
                             gd_array *out);
// Adds picture `i` as an image of a class of the page's style.
gd_status gd__add_thumbnail(gd__text *html, const gd__thumbnails *pictures, int64_t i, const char *class);
// Adds the channels of `value`, (1, C, H, W), as pictures of grey, each scaled for itself; `most` of them.
gd_status gd__add_channels(gd__text *html, const gd_array *value, int64_t most);

#endif
