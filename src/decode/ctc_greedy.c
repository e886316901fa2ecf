#include "base/error.h"
#include "base/memory.h"
#include "decode/decode.h"

gd_status gd_ctc_greedy(const gd_array *logits, int64_t blank, gd_decodings *out)
{
    GD__NEEDS(logits, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    double *y;
    *out = (gd_decodings){0};
    gd_status status = gd__frames_of("gd_ctc_greedy", logits, &blank, &y);
    if (status != GD_OK)
        return status;
    const int64_t frames = logits->shape.dim[0], classes = logits->shape.dim[1];
    status = gd__decodings_make(1, out);
    if (status == GD_OK)
        status = gd__decoding_make(frames, &out->decoding[0]);
    int64_t before = blank, length = 0;
    for (int64_t t = 0; t < frames && status == GD_OK; t++) {
        const double *frame = y + t * classes;
        int64_t best = 0;
        for (int64_t c = 1; c < classes; c++)
            best = frame[c] > frame[best] ? c : best;
        if (best != blank && best != before)
            out->decoding[0].symbol[length++] = (int32_t)best;
        out->decoding[0].log_probability += frame[best];
        before = best;
    }
    gd__free(y);
    if (status != GD_OK) {
        gd_decodings_free(out);
        return status;
    }
    out->decoding[0].length = length;
    out->decoding[0].score = out->decoding[0].log_probability;
    return GD_OK;
}
