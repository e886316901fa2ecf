// Initialisers that give every element the same value.
#include "nn/initialise.h"

static void fill(const gd_initializer_call *call, double value)
{
    const int64_t count = gd_shape_count(call->shape);
    for (int64_t i = 0; i < count; i++)
        call->value[i] = value;
}

static void draw_zeros(const gd_initializer_call *call)
{
    fill(call, 0);
}

static void draw_ones(const gd_initializer_call *call)
{
    fill(call, 1);
}

static void draw_constant(const gd_initializer_call *call)
{
    fill(call, call->initializer.value);
}

static const gd_option value_option[] = {{.name = "value",
                                          .type = GD_OPTION_NUMBER,
                                          .required = true,
                                          .doc = "what every element starts as",
                                          GD_FIELD(gd_initializer, value)},
                                         {0}};

const gd_initializer_kind gd__initializer_zeros = {.record = {.name = "zeros", .doc = "0", .aliases = "zero"},
                                                   .draw = draw_zeros};
const gd_initializer_kind gd__initializer_ones = {.record = {.name = "ones", .doc = "1", .aliases = "one"},
                                                  .draw = draw_ones};
const gd_initializer_kind gd__initializer_constant = {.record = {.name = "constant",
                                                                 .doc = "a given value",
                                                                 .options = value_option,
                                                                 .short_option = "value",
                                                                 .options_size = sizeof(gd_initializer)},
                                                      .draw = draw_constant};
