#include "report/pictures.h"

int gd__picture_field(const gd_dataset *set)
{
    for (int i = 0; i < gd_dataset_field_count(set); i++) {
        const gd_field field = gd_dataset_field(set, i);
        if (field.type == GD_F32 && field.shape.rank == 3 && field.shape.dim[1] > 1 && field.shape.dim[2] > 1)
            return i;
    }
    return -1;
}

gd_status gd__fetch_pictures(const gd_model *model, const gd_dataset *set, int64_t count, const int64_t *sample,
                             gd_array *out)
{
    const int field = gd__picture_field(set);
    if (field < 0 || count == 0)
        return GD_OK;
    gd_status status = gd_dataset_get(set, field, count, sample, out);
    if (status == GD_OK && out->type == GD_F32 && model->preprocess != NULL)
        status = gd_preprocess_invert(model->preprocess, gd_dataset_field(set, field).name, out);
    return status;
}

gd_status gd__add_thumbnail(gd__text *html, const gd__thumbnails *pictures, int64_t i, const char *class)
{
    gd__text_add(html, "<img class=\"%s\" alt=\"\" src=\"", class);
    const gd_status status = gd__thumbnails_add(pictures, i, html);
    gd__text_add(html, "\">");
    return status;
}

gd_status gd__add_channels(gd__text *html, const gd_array *value, int64_t most)
{
    const int64_t height = value->shape.dim[2], width = value->shape.dim[3];
    gd_status status = GD_OK;
    for (int64_t c = 0; c < value->shape.dim[1] && c < most && status == GD_OK; c++) {
        const gd_array channel =
            gd_array_borrow(GD_F32, GD_SHAPE(1, 1, height, width), (float *)value->data + c * height * width);
        gd__thumbnails picture;
        status = gd__thumbnails_open(&channel, &picture);
        gd__text_add(html, "<img class=\"channel\" alt=\"channel %lld\" src=\"", (long long)c);
        if (status == GD_OK)
            status = gd__thumbnails_add(&picture, 0, html);
        gd__text_add(html, "\">");
    }
    return status;
}
