// Which kinds of transforms there are, and what they are handed.
#include <gradus/op.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "base/record.h"
#include "base/shape.h"
#include "data/pipeline.h"

#include "transforms.def"

static const gd_record *const records[] = {GD_TRANSFORMS(GD__RECORD_OF)};

// What may be said of every transform in a recipe.
static const gd_option common[] = {
    {.name = "fields",
     .type = GD_OPTION_TEXTS,
     .least = 1,
     .doc = "what it changes: a field of the data, or several that are changed together (a picture and its boxes); "
            "else the only field that is not the target",
     .aliases = "field|of"},
    {0},
};

static gd_own_records own;
const gd_records gd__transform_records = {
    .noun = "transform", .count = GD_COUNT_OF(records), .record = records, .own = &own, .common = common};

const gd_records *gd_transform_kinds(void)
{
    return &gd__transform_records;
}

const gd_transform_kind *gd_transform_kind_named(const char *name)
{
    // The record is the first member.
    return (const gd_transform_kind *)(const void *)gd_record_find(&gd__transform_records, name);
}

// Whether an option can be kept with what was learned.
static bool can_be_kept(const gd_option *option)
{
    switch (option->type) {
    case GD_OPTION_INTEGER:
    case GD_OPTION_NUMBER:
    case GD_OPTION_FLAG:
    case GD_OPTION_TEXT:
    case GD_OPTION_CHOICE:
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING:
    case GD_OPTION_INTEGERS:
    case GD_OPTION_NUMBERS: return option->size > 0;
    default: return false;
    }
}

gd_status gd_transform_register(const gd_transform_kind *kind)
{
    if (kind == NULL || (kind->apply == NULL) == (kind->mix == NULL))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "a transform needs a function that is applied to a sample, or one that mixes two");
    if ((kind->prepare == NULL) != (kind->release == NULL))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "the transform '%.60s' has one of `prepare` and `release`, and not the other",
                        kind->record.name);
    if (kind->least_fields < 0 || kind->most_fields < kind->least_fields || kind->most_fields > GD__MOST_STAGE_FIELDS)
        return gd__fail(GD_ERROR_ARGUMENT, "a transform takes %d to %d fields, expected 1 to %d", kind->least_fields,
                        kind->most_fields, GD__MOST_STAGE_FIELDS);
    for (const gd_option *option = kind->record.options; option != NULL && option->name != NULL; option++)
        if (!can_be_kept(option) || option->offset + option->size > kind->record.options_size)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "the transform '%.60s': its option '%.60s' is not one that can be kept with what was "
                            "learned, or has no room in its options struct",
                            kind->record.name, option->name);
    return gd_record_register(&gd__transform_records, &kind->record);
}

// ---- Values

gd_status gd_sample_value_change(gd_sample_value *value, gd_type type, gd_shape shape, const void **before)
{
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    int64_t bytes;
    char text[GD_SHAPE_TEXT];
    if (gd__shape_is_open(shape) || !gd__shape_bytes(shape, gd_type_size(type), &bytes))
        return gd__fail(GD_ERROR_SHAPE, "a sample of '%s' cannot become %s", value->field.name,
                        gd_shape_text(shape, text));
    void *data = value->before;
    size_t room = value->before_room;
    if (data == NULL || (size_t)bytes > room) {
        room = bytes > 0 ? (size_t)bytes : 1;
        data = gd__alloc(room);
        if (data == NULL)
            return gd__fail_memory("a sample");
        gd__free(value->before);
    }
    value->before = value->data;
    value->before_room = value->room;
    value->data = data;
    value->room = room;
    value->field.type = type;
    value->field.shape = shape;
    if (before != NULL)
        *before = value->before;
    return GD_OK;
}

gd_status gd_learned_add(gd_learned *learned, const char *name, int64_t length, const double *value)
{
    GD__NEEDS(learned, GD_ERROR_ARGUMENT);
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    if (length > 0)
        GD__NEEDS(value, GD_ERROR_ARGUMENT);
    if (learned->count == GD_MAX_LEARNED || length < 0 || gd_learned_find(learned, name, NULL) != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a transform learned more than %d lists, or '%.60s' twice", GD_MAX_LEARNED,
                        name);
    for (int64_t i = 0; i < length; i++)
        if (!isfinite(value[i]))
            return gd__fail(GD_ERROR_NUMBER, "a transform learned a number that is not finite: '%.60s', place %lld",
                            name, (long long)i);
    char *copy = gd__copy_text(name);
    double *list = gd__alloc_zeroed((size_t)length + 1, sizeof *list);
    if (copy == NULL || list == NULL) {
        gd__free(copy);
        gd__free(list);
        return gd__fail_memory("what a transform learned");
    }
    for (int64_t i = 0; i < length; i++)
        list[i] = value[i];
    learned->name[learned->count] = copy;
    learned->length[learned->count] = length;
    learned->value[learned->count++] = list;
    return GD_OK;
}

const double *gd_learned_find(const gd_learned *learned, const char *name, int64_t *length)
{
    GD__NEEDS(learned, NULL);
    GD__NEEDS(name, NULL);
    for (int i = 0; i < learned->count; i++)
        if (strcmp(learned->name[i], name) == 0) {
            if (length != NULL)
                *length = learned->length[i];
            return learned->value[i];
        }
    return NULL;
}

gd_status gd_learned_add_text(gd_learned *learned, const char *name, const char *text)
{
    GD__NEEDS(learned, GD_ERROR_ARGUMENT);
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    if (learned->text_count == GD_MAX_LEARNED || gd_learned_find_text(learned, name) != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a transform learned more than %d texts, or '%.60s' twice", GD_MAX_LEARNED,
                        name);
    char *name_copy = gd__copy_text(name), *copy = gd__copy_text(text);
    if (name_copy == NULL || copy == NULL) {
        gd__free(name_copy);
        gd__free(copy);
        return gd__fail_memory("what a transform learned");
    }
    learned->text_name[learned->text_count] = name_copy;
    learned->text[learned->text_count++] = copy;
    return GD_OK;
}

const char *gd_learned_find_text(const gd_learned *learned, const char *name)
{
    GD__NEEDS(learned, NULL);
    GD__NEEDS(name, NULL);
    for (int i = 0; i < learned->text_count; i++)
        if (strcmp(learned->text_name[i], name) == 0)
            return learned->text[i];
    return NULL;
}

// ---- Numbers

gd_status gd__numbers_describe(gd_field *field)
{
    if (field->kind != GD_KIND_NUMBERS)
        return gd__fail(GD_ERROR_ARGUMENT, "the field '%.60s' holds %s, numbers were expected", field->name,
                        field->kind == GD_KIND_TEXT ? "texts" : "categories");
    field->type = GD_F64;
    return GD_OK;
}

gd_status gd__numbers_of(gd_sample_value *value, int64_t *length, double **number)
{
    const void *before;
    const gd_type type = value->field.type;
    *length = gd_shape_count(value->field.shape);
    gd_status status = GD_OK;
    if (type != GD_F64) {
        status = gd_sample_value_change(value, GD_F64, value->field.shape, &before);
        if (status == GD_OK)
            gd__to_doubles(value->data, before, type, *length);
    }
    *number = value->data;
    return status;
}

// ---- Lots

double gd_transform_uniform(gd_transform_call *call)
{
    GD__NEEDS(call, 0);
    uint32_t word[4];
    gd__philox(call->seed, call->drawn++, 0, word);
    return (double)((uint64_t)word[0] << 21 | word[1] >> 11) / 0x1p53;
}

double gd_transform_normal(gd_transform_call *call)
{
    GD__NEEDS(call, 0);
    const double first = 1 - gd_transform_uniform(call), second = gd_transform_uniform(call);
    return sqrt(-2 * log(first)) * cos(2 * 3.14159265358979323846 * second); // Box and Muller 1958
}

// The logarithm of a number with the density x^(a - 1) exp(-x) / Gamma(a): Marsaglia and Tsang 2000, "A simple method
// for generating gamma variables". One of a below 1 comes from one of a + 1, times U^(1 / a).
static double log_gamma_number(gd_transform_call *call, double a)
{
    const double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = gd_transform_normal(call), u = 1 - gd_transform_uniform(call), root = 1 + c * x;
        const double v = root * root * root;
        if (root > 0 && log(u) < 0.5 * x * x + d - d * v + d * log(v))
            return log(d * v) + (a < 1 ? log(1 - gd_transform_uniform(call)) / a : 0);
    }
}

double gd_transform_beta(gd_transform_call *call, double a, double b)
{
    GD__NEEDS(call, 0);
    if (!(a > 0 && b > 0) || !isfinite(a) || !isfinite(b))
        return NAN;
    const double x = log_gamma_number(call, a), y = log_gamma_number(call, b);
    return 1 / (1 + exp(y - x)); // x / (x + y), whose logarithms may be far below the smallest number
}
