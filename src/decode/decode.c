#include "decode/decode.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

gd_status gd__frames_of(const char *what, const gd_array *logits, int64_t *blank, double **log_probability)
{
    char text[GD_SHAPE_TEXT];
    if (!gd_type_is_float(logits->type) || logits->shape.rank != 2 || logits->shape.dim[1] < 1)
        return gd__fail(GD_ERROR_SHAPE, "%s: the logits are %s %s, f32 or f64 (T, C) was expected", what,
                        gd_type_name(logits->type), gd_shape_text(logits->shape, text));
    const int64_t frames = logits->shape.dim[0], classes = logits->shape.dim[1];
    *blank += *blank < 0 ? classes : 0;
    if (*blank < 0 || *blank >= classes)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the blank is none of the %lld classes", what, (long long)classes);
    double *y = *log_probability = gd__alloc_zeroed((size_t)(frames * classes) + 1, sizeof *y);
    if (y == NULL)
        return gd__fail_memory("log-probabilities");
    for (int64_t t = 0; t < frames; t++, y += classes) {
        double largest = -INFINITY, sum = 0;
        for (int64_t c = 0; c < classes; c++) {
            y[c] = gd_array_get(logits, t * classes + c);
            largest = fmax(largest, y[c]);
        }
        for (int64_t c = 0; c < classes; c++)
            sum += exp(y[c] - largest);
        for (int64_t c = 0; c < classes; c++)
            y[c] -= largest + log(sum);
        if (isnan(sum)) {
            gd__free(*log_probability);
            *log_probability = NULL;
            return gd__fail(GD_ERROR_NUMBER, "%s: the logits of frame %lld have no largest number", what, (long long)t);
        }
    }
    return GD_OK;
}

double gd__log_add(double a, double b)
{
    const double high = fmax(a, b);
    return high == -INFINITY ? high : high + log1p(exp(fmin(a, b) - high));
}

int gd__compare_symbols(const int32_t *a, int64_t a_length, const int32_t *b, int64_t b_length)
{
    for (int64_t i = 0; i < a_length && i < b_length; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return a_length < b_length ? -1 : a_length > b_length;
}

gd_status gd__decodings_make(int count, gd_decodings *out)
{
    *out = (gd_decodings){0};
    out->decoding = gd__alloc_zeroed((size_t)count + 1, sizeof *out->decoding);
    if (out->decoding == NULL)
        return gd__fail_memory("decodings");
    out->count = count;
    return GD_OK;
}

gd_status gd__decoding_make(int64_t length, gd_decoding *out)
{
    out->symbol = gd__alloc_zeroed((size_t)length + 1, sizeof *out->symbol);
    if (out->symbol == NULL)
        return gd__fail_memory("a decoding");
    out->length = length;
    return GD_OK;
}

void gd_decodings_free(gd_decodings *decodings)
{
    if (decodings == NULL)
        return;
    for (int i = 0; i < decodings->count; i++)
        gd__free(decodings->decoding[i].symbol);
    gd__free(decodings->decoding);
    *decodings = (gd_decodings){0};
}
