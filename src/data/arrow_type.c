#include "data/arrow_type.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { DAY_SECONDS = 86400, MOST_SCALE = 100, MOST_BYTES = 1 << 20 };

// Types whose format is one letter.
static const struct {
    char letter;
    gd__arrow_kind kind;
    int bytes;
} letters[] = {
    {'n', GD__ARROW_NOTHING, 0}, {'b', GD__ARROW_FLAG, 0},     {'c', GD__ARROW_SIGNED, 1}, {'C', GD__ARROW_UNSIGNED, 1},
    {'s', GD__ARROW_SIGNED, 2},  {'S', GD__ARROW_UNSIGNED, 2}, {'i', GD__ARROW_SIGNED, 4}, {'I', GD__ARROW_UNSIGNED, 4},
    {'l', GD__ARROW_SIGNED, 8},  {'L', GD__ARROW_UNSIGNED, 8}, {'e', GD__ARROW_FLOAT, 2},  {'f', GD__ARROW_FLOAT, 4},
    {'g', GD__ARROW_FLOAT, 8},   {'u', GD__ARROW_TEXT, 4},     {'z', GD__ARROW_TEXT, 4},   {'U', GD__ARROW_TEXT, 8},
    {'Z', GD__ARROW_TEXT, 8},
};

// Ticks of a second, by the letter of a unit; 0: it is none.
static int64_t ticks_of(char unit)
{
    return unit == 's' ? 1 : unit == 'm' ? 1000 : unit == 'u' ? 1000000 : unit == 'n' ? 1000000000 : 0;
}

// Types of times: "tdD", "ttu", "tsn:UTC", "tDm".
static gd__arrow_type time_of(const char *format)
{
    const int64_t ticks = ticks_of(format[2]);
    if (strcmp(format, "tdD") == 0)
        return (gd__arrow_type){.kind = GD__ARROW_DATE, .bytes = 4, .ticks = 1, .step = DAY_SECONDS};
    if (strcmp(format, "tdm") == 0 || (strncmp(format, "ts", 2) == 0 && ticks > 0 && format[3] == ':'))
        return (gd__arrow_type){.kind = GD__ARROW_DATE, .bytes = 8, .ticks = ticks, .step = 1};
    if ((format[1] == 't' || format[1] == 'D') && ticks > 0 && format[3] == '\0')
        return (gd__arrow_type){
            .kind = GD__ARROW_SPAN, .bytes = format[1] == 't' && ticks <= 1000 ? 4 : 8, .ticks = ticks, .step = 1};
    return (gd__arrow_type){0};
}

static gd__arrow_type type_of(const char *format)
{
    const size_t length = strlen(format);
    int precision, scale, bits = 128, bytes, end = 0;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0] && length == 1; i++)
        if (letters[i].letter == format[0])
            return (gd__arrow_type){.kind = letters[i].kind, .bytes = letters[i].bytes};
    if (format[0] == 't' && length >= 3)
        return time_of(format);
    if (strcmp(format, "vu") == 0 || strcmp(format, "vz") == 0)
        return (gd__arrow_type){.kind = GD__ARROW_VIEW, .bytes = 16};
    if (sscanf(format, "w:%d%n", &bytes, &end) == 1 && format[end] == '\0' && bytes >= 0 && bytes <= MOST_BYTES)
        return (gd__arrow_type){.kind = GD__ARROW_FIXED_TEXT, .bytes = bytes};
    if (sscanf(format, "d:%d,%d,%d", &precision, &scale, &bits) >= 2 && scale >= -MOST_SCALE && scale <= MOST_SCALE &&
        (bits == 32 || bits == 64 || bits == 128 || bits == 256))
        return (gd__arrow_type){.kind = GD__ARROW_DECIMAL, .bytes = bits / 8, .scale = scale};
    return (gd__arrow_type){0};
}

// What a type is that is no cell.
static const char *describe(const char *format)
{
    static const struct {
        const char *beginning, *words;
    } types[] = {
        {"+l", "lists"},   {"+L", "lists"}, {"+w", "lists"},  {"+vl", "lists"},    {"+vL", "lists"},
        {"+s", "structs"}, {"+m", "maps"},  {"+u", "unions"}, {"ti", "intervals"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strncmp(format, types[i].beginning, strlen(types[i].beginning)) == 0)
            return types[i].words;
    return "values of a kind that is not known";
}

gd_status gd__arrow_column_of(const char *file, const struct ArrowSchema *schema, gd__arrow_column *column)
{
    *column = (gd__arrow_column){.type = type_of(schema->format)};
    bool good = column->type.kind != GD__ARROW_UNKNOWN;
    if (schema->dictionary != NULL) {
        column->value = type_of(schema->dictionary->format);
        good = (column->type.kind == GD__ARROW_SIGNED || column->type.kind == GD__ARROW_UNSIGNED) &&
               column->value.kind != GD__ARROW_UNKNOWN && schema->dictionary->dictionary == NULL;
        column->has_dictionary = true;
    }
    if (good)
        return GD_OK;
    const char *format = schema->dictionary == NULL ? schema->format : schema->dictionary->format;
    return gd__fail(GD_ERROR_FORMAT,
                    "%s: column '%.80s' holds %s (Arrow's type '%.40s'), and a cell is one number or text: "
                    "`ignore: [%.80s]` leaves it out",
                    file, schema->name, describe(format), format, schema->name);
}
