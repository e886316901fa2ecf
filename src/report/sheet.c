// A page of pictures as training sees them: each row is the same samples, in one epoch after the other.
#include <gradus/report.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/raster.h"
#include "figure/escape.h"
#include "figure/page.h"
#include "figure/thumbnail.h"

enum { SAMPLES = 10, EPOCHS = 10, MOST = 100 };

// The field, or the first input whose samples are pictures; -1: there is none.
static int find_pictures(const gd_dataset *set, const char *field)
{
    for (int f = 0; field == NULL && f < gd_dataset_field_count(set); f++) {
        const gd_field found = gd_dataset_field(set, f);
        if (found.role == GD_ROLE_INPUT && (found.shape.rank == 2 || found.shape.rank == 3))
            return f;
    }
    return field == NULL ? -1 : gd_dataset_find(set, field);
}

// A batch of pictures as (n, C, H, W) in f32.
static gd_status arrange(const gd_array *batch, const char *name, gd_array *out)
{
    gd__raster r;
    gd_status status = gd__raster_of_batch(batch, name, &r);
    if (status == GD_OK)
        status = gd_array_create(out, GD_F32, GD_SHAPE(batch->shape.dim[0], r.channels, r.height, r.width));
    const int64_t bytes = gd_array_count(batch) / batch->shape.dim[0] * (int64_t)gd_type_size(batch->type);
    int64_t place = 0;
    for (int64_t n = 0; n < batch->shape.dim[0] && status == GD_OK; n++) {
        r.data = (char *)batch->data + n * bytes;
        for (int64_t c = 0; c < r.channels; c++)
            for (int64_t y = 0; y < r.height; y++)
                for (int64_t x = 0; x < r.width; x++)
                    gd_array_put(out, place++, gd__raster_get(&r, c, y, x));
    }
    return status;
}

static gd_status add_row(gd__text *html, const char *heading, const gd_array *batch, const char *name)
{
    gd_array pictures = {0};
    gd__thumbnails thumbnails;
    gd_status status = arrange(batch, name, &pictures);
    if (status == GD_OK)
        status = gd__thumbnails_open(&pictures, &thumbnails);
    gd__text_add(html, "<tr><th>%s</th>", heading);
    for (int64_t i = 0; i < batch->shape.dim[0] && status == GD_OK; i++) {
        gd__text_add(html, "<td><img alt=\"sample %lld\" src=\"", (long long)i + 1);
        status = gd__thumbnails_add(&thumbnails, i, html);
        gd__text_add(html, "\"></td>");
    }
    gd__text_add(html, "</tr>\n");
    gd_array_free(&pictures);
    return status;
}

// `training`: as they are augmented in epochs 1 to `epochs`; else once, as they are without.
static gd_status add_rows(gd__text *html, const gd_dataset *set, int field, gd_sheet_opts opts, bool training)
{
    gd_loader *loader;
    char heading[64];
    gd_status status = gd_loader_create(
        set, (gd_loader_opts){.batch = opts.samples, .seed = opts.seed, .no_prefetch = true, .training = training},
        &loader);
    for (int64_t epoch = 0; epoch < (training ? opts.epochs : 1) && status == GD_OK; epoch++) {
        gd_batch batch = {0};
        status = gd_loader_seek(loader, epoch, 0);
        if (status == GD_OK)
            status = gd_loader_next(loader, &batch);
        snprintf(heading, sizeof heading, training ? "epoch %lld" : "without", (long long)epoch + 1);
        if (status == GD_OK)
            status = add_row(html, heading, &batch.field[field], gd_dataset_field(set, field).name);
    }
    gd_loader_free(loader);
    return status;
}

gd_status gd_sample_sheet_write(const gd_dataset *set, gd_sheet_opts opts, const char *title, const char *path)
{
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    opts.samples = opts.samples > 0 ? opts.samples : SAMPLES;
    opts.epochs = opts.epochs > 0 ? opts.epochs : EPOCHS;
    if (opts.samples > gd_dataset_count(set))
        opts.samples = gd_dataset_count(set);
    const int field = find_pictures(set, opts.field);
    if (field < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a sheet of samples: the data set has no pictures%s%.60s",
                        opts.field == NULL ? "" : " in ", opts.field == NULL ? "" : opts.field);
    if (opts.samples > MOST || opts.epochs > MOST)
        return gd__fail(GD_ERROR_ARGUMENT, "a sheet of %lld samples in %lld epochs was asked for, expected at most %d",
                        (long long)opts.samples, (long long)opts.epochs, MOST);
    const char *shown = title != NULL ? title : "Samples in training";
    gd__page page = {0};
    gd__page_begin(&page, shown);
    gd__text_add(&page.html, "<header><h1>");
    gd__html_add(&page.html, shown);
    gd__text_add(&page.html, "</h1></header>\n<main><section><div class=\"card long\"><div class=\"scroll\"><table>\n");
    gd_status status = add_rows(&page.html, set, field, opts, false);
    if (status == GD_OK)
        status = add_rows(&page.html, set, field, opts, true);
    gd__text_add(&page.html, "</table></div></div></section></main>\n");
    gd__page_end(&page);
    return gd__page_write(&page, status, "a sheet of samples", path);
}
