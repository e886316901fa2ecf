// Rotary positions, f32 and bf16. The formula stands in op/rotary.c.
#include <string.h>

#include "base/number.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"
#include "op/rotary.h"

typedef struct rotation {
    const gd__rotary_attributes *attributes;
    const void *x;
    void *y;
    bool bf16;
    int64_t places, features;
    const float *cosine, *sine; // (places, width / 2)
} rotation;

GD__LOOP(turn_halves, (const float *x, float *y, int64_t heads, int64_t width, const float *cosine, const float *sine),
         (x, y, heads, width, cosine, sine))
{
    const int64_t half = width / 2;
    for (int64_t h = 0; h < heads; h++) {
        const float *restrict one = x + h * width, *restrict two = one + half;
        float *restrict to = y + h * width;
        for (int64_t i = 0; i < half; i++)
            to[i] = one[i] * cosine[i] - two[i] * sine[i];
        for (int64_t i = 0; i < half; i++)
            to[half + i] = one[i] * sine[i] + two[i] * cosine[i];
    }
}

GD__LOOP(turn_neighbours,
         (const float *x, float *y, int64_t heads, int64_t width, const float *cosine, const float *sine),
         (x, y, heads, width, cosine, sine))
{
    for (int64_t h = 0; h < heads; h++) {
        const float *restrict from = x + h * width;
        float *restrict to = y + h * width;
        for (int64_t i = 0; i < width / 2; i++) {
            to[2 * i] = from[2 * i] * cosine[i] - from[2 * i + 1] * sine[i];
            to[2 * i + 1] = from[2 * i] * sine[i] + from[2 * i + 1] * cosine[i];
        }
    }
}

static void turn_row(const rotation *r, const float *x, float *y, int64_t place)
{
    const gd__rotary_attributes *a = r->attributes;
    const float *cosine = r->cosine + place * (a->width / 2), *sine = r->sine + place * (a->width / 2);
    if (a->interleaved)
        turn_neighbours(x, y, a->turned / a->width, a->width, cosine, sine);
    else
        turn_halves(x, y, a->turned / a->width, a->width, cosine, sine);
}

// Rows of bf16 go by way of f32, some heads at a time.
static void turn_bf16_row(const rotation *r, const uint16_t *x, uint16_t *y, int64_t place)
{
    enum { ROOM = 1024 };
    const gd__rotary_attributes *a = r->attributes;
    float from[ROOM], to[ROOM];
    rotation part = *r;
    gd__rotary_attributes some = *a;
    part.attributes = &some;
    for (int64_t at = 0; at < a->turned; at += some.turned) {
        some.turned = a->turned - at < ROOM ? a->turned - at : ROOM / a->width * a->width;
        gd__convert(from, GD_F32, x + at, GD_BF16, some.turned);
        turn_row(&part, from, to, place);
        gd__convert(y + at, GD_BF16, to, GD_F32, some.turned);
    }
}

static void turn_rows(void *context, int64_t begin, int64_t end)
{
    const rotation *r = context;
    const int64_t features = r->features, turned = r->attributes->turned, rest = features - turned;
    for (int64_t row = begin; row < end; row++) {
        if (r->bf16) {
            const uint16_t *x = (const uint16_t *)r->x + row * features;
            uint16_t *y = (uint16_t *)r->y + row * features;
            turn_bf16_row(r, x, y, row % r->places);
            memcpy(y + turned, x + turned, (size_t)rest * sizeof *y);
        } else {
            const float *x = (const float *)r->x + row * features;
            float *y = (float *)r->y + row * features;
            turn_row(r, x, y, row % r->places);
            memcpy(y + turned, x + turned, (size_t)rest * sizeof *y);
        }
    }
}

static gd_status rotary(const gd__kernel_call *call)
{
    const gd__rotary_attributes *a = call->attributes;
    const gd_shape s = call->input_info[0].shape;
    float *cosine = call->scratch, *sine = cosine + s.dim[1] * (a->width / 2);
    double first = 0;
    if (call->node->input_count > 1)
        gd__to_doubles(&first, call->input[1], call->input_info[1].type, 1);
    for (int64_t place = 0; place < s.dim[1]; place++) {
        for (int64_t i = 0; i < a->width / 2; i++) {
            const double angle = gd__rotary_angle(a, first + (double)place, i);
            cosine[place * (a->width / 2) + i] = (float)cos(angle);
            sine[place * (a->width / 2) + i] = (float)sin(angle);
        }
    }
    rotation r = {.attributes = a,
                  .x = call->input[0],
                  .y = call->output[0],
                  .bf16 = call->input_info[0].type == GD_BF16,
                  .places = s.dim[1],
                  .features = s.dim[2],
                  .cosine = cosine,
                  .sine = sine};
    gd__parallel(s.dim[0] * s.dim[1], gd__grain(s.dim[2]), turn_rows, &r);
    return GD_OK;
}

static size_t rotary_scratch(const gd__node *node, const gd_info *input)
{
    const gd__rotary_attributes *a = node->attributes;
    return (size_t)(input[0].shape.dim[1] * a->width) * sizeof(float);
}

static bool accepts(const gd__node *node, const gd_info *input)
{
    enum { MOST = 1024 }; // a head of bf16 has room in what rows go by way of
    const gd__rotary_attributes *a = node->attributes;
    return input[0].type == GD_F32 || (input[0].type == GD_BF16 && a->width <= MOST);
}

static const gd__kernel row[] = {{&gd__op_rotary, accepts, rotary, rotary_scratch}};
const gd__kernel_family gd__kernels_rotary = {GD_COUNT_OF(row), row};
