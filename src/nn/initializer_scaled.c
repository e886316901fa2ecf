// Initialisers that draw numbers of a size that follows from the fans: they keep the variance of what goes through a
// layer forwards (fan_in), backwards (fan_out), or halfway between (both).
#include <math.h>

#include "nn/initialise.h"

const gd_option gd__scale_option[] = {{.name = "scale",
                                       .type = GD_OPTION_NUMBER,
                                       .ranged = true,
                                       .above = true,
                                       .high = 1e6,
                                       .standard = "1",
                                       .doc = "a factor",
                                       GD_FIELD(gd_initializer, scale)},
                                      {0}};

void gd__draw_normal(const gd_initializer_call *call, double deviation)
{
    const int64_t count = gd_shape_count(call->shape);
    for (int64_t i = 0; i < count; i++)
        call->value[i] = deviation * gd_initializer_normal(call);
}

// Uniform in ±limit.
static void draw_within(const gd_initializer_call *call, double limit)
{
    const int64_t count = gd_shape_count(call->shape);
    for (int64_t i = 0; i < count; i++)
        call->value[i] = limit * (2.0 * gd_initializer_uniform(call) - 1.0);
}

static void draw_default(const gd_initializer_call *call)
{
    draw_within(call, 1.0 / sqrt(call->fan_in));
}

static void draw_normal(const gd_initializer_call *call)
{
    gd__draw_normal(call, call->initializer.scale);
}

static void draw_uniform(const gd_initializer_call *call)
{
    draw_within(call, call->initializer.scale);
}

static void draw_xavier_uniform(const gd_initializer_call *call)
{
    draw_within(call, call->initializer.scale * sqrt(6.0 / (call->fan_in + call->fan_out)));
}

static void draw_xavier_normal(const gd_initializer_call *call)
{
    gd__draw_normal(call, call->initializer.scale * sqrt(2.0 / (call->fan_in + call->fan_out)));
}

static void draw_he_uniform(const gd_initializer_call *call)
{
    draw_within(call, call->initializer.scale * sqrt(6.0 / call->fan_in));
}

static void draw_he_normal(const gd_initializer_call *call)
{
    gd__draw_normal(call, call->initializer.scale * sqrt(2.0 / call->fan_in));
}

static void draw_lecun_uniform(const gd_initializer_call *call)
{
    draw_within(call, call->initializer.scale * sqrt(3.0 / call->fan_in));
}

static void draw_lecun_normal(const gd_initializer_call *call)
{
    gd__draw_normal(call, call->initializer.scale * sqrt(1.0 / call->fan_in));
}

#define XAVIER .source = "Glorot and Bengio 2010"
#define HE .source = "He, Zhang, Ren, Sun 2015"
#define LECUN .source = "LeCun, Bottou, Orr, Müller 1998"

const gd_initializer_kind gd__initializer_default = {.record = {.name = "default", .doc = "uniform in ±1/sqrt(fan_in)"},
                                                     .draw = draw_default};
const gd_initializer_kind gd__initializer_normal = {
    .record = {.name = "normal", .doc = "normal with deviation scale", .aliases = "gaussian", GD__SCALED},
    .draw = draw_normal};
const gd_initializer_kind gd__initializer_uniform = {
    .record = {.name = "uniform", .doc = "uniform in ±scale", GD__SCALED}, .draw = draw_uniform};
const gd_initializer_kind gd__initializer_xavier_uniform = {
    .record = {.name = "xavier_uniform",
               .doc = "uniform in ±scale sqrt(6 / (fan_in + fan_out))",
               .aliases = "glorot_uniform|xavier|glorot",
               XAVIER,
               GD__SCALED},
    .draw = draw_xavier_uniform};
const gd_initializer_kind gd__initializer_xavier_normal = {
    .record = {.name = "xavier_normal",
               .doc = "normal with deviation scale sqrt(2 / (fan_in + fan_out))",
               .aliases = "glorot_normal",
               XAVIER,
               GD__SCALED},
    .draw = draw_xavier_normal};
const gd_initializer_kind gd__initializer_he_uniform = {.record = {.name = "he_uniform",
                                                                   .doc = "uniform in ±scale sqrt(6 / fan_in)",
                                                                   .aliases = "kaiming_uniform",
                                                                   HE,
                                                                   GD__SCALED},
                                                        .draw = draw_he_uniform};
const gd_initializer_kind gd__initializer_he_normal = {.record = {.name = "he_normal",
                                                                  .doc = "normal with deviation scale sqrt(2 / fan_in)",
                                                                  .aliases = "kaiming_normal|he|kaiming",
                                                                  HE,
                                                                  GD__SCALED},
                                                       .draw = draw_he_normal};
const gd_initializer_kind gd__initializer_lecun_uniform = {
    .record = {.name = "lecun_uniform", .doc = "uniform in ±scale sqrt(3 / fan_in)", LECUN, GD__SCALED},
    .draw = draw_lecun_uniform};
const gd_initializer_kind gd__initializer_lecun_normal = {
    .record = {.name = "lecun_normal", .doc = "normal with deviation scale sqrt(1 / fan_in)", LECUN, GD__SCALED},
    .draw = draw_lecun_normal};
