// Made-up data sets: what each kind is called, which options it takes, and how it is delivered.
#include "data/generate.h"

#include <math.h>

#include "base/error.h"
#include "data/dataset.h"

// In the order of gd_generator_kind.
static const gd_record kinds[GD_GENERATOR_COUNT] = {
    {.name = "circles", .doc = "a circle around a smaller one"},
    {.name = "moons", .doc = "two half circles that reach into each other"},
    {.name = "spirals", .doc = "arms around one point, a class each"},
    {.name = "blobs", .doc = "clouds, a class each"},
    {.name = "flower", .doc = "petals of two colours"},
    {.name = "xor", .doc = "the corners of a square, opposite ones alike"},
    {.name = "linear", .doc = "a linear function"},
    {.name = "polynomial", .doc = "a polynomial of degree 3"},
    {.name = "houses", .doc = "prices of houses by area, bedrooms, postcode and wealth"},
    {.name = "sales", .doc = "what three shops sell, day by day"},
};
static const gd_records kind_records = {.noun = "kind of made-up data", .count = GD_GENERATOR_COUNT, .table = kinds};

typedef struct {
    gd__generator *generate;
    double noise;
    int classes, features;
    bool any_classes, any_features; // the two numbers are only what holds when the user says nothing
} generator;

static const generator generators[GD_GENERATOR_COUNT] = {
    [GD_GENERATE_CIRCLES] = {gd__generate_circles, .noise = 0.05, .classes = 2, .features = 2},
    [GD_GENERATE_MOONS] = {gd__generate_moons, .noise = 0.2, .classes = 2, .features = 2},
    [GD_GENERATE_SPIRALS] = {gd__generate_spirals, .noise = 0.2, .classes = 3, .features = 2, .any_classes = true},
    [GD_GENERATE_BLOBS] = {gd__generate_blobs, .noise = 1, .classes = 3, .features = 2, .any_classes = true,
                           .any_features = true},
    [GD_GENERATE_FLOWER] = {gd__generate_flower, .noise = 0.2, .classes = 2, .features = 2},
    [GD_GENERATE_XOR] = {gd__generate_xor, .noise = 0.2, .classes = 2, .features = 2},
    [GD_GENERATE_LINEAR] = {gd__generate_linear, .noise = 0.01, .features = 2, .any_features = true},
    [GD_GENERATE_POLYNOMIAL] = {gd__generate_polynomial, .noise = 0.1, .features = 1, .any_features = true},
    [GD_GENERATE_HOUSES] = {gd__generate_houses, .noise = 10, .features = 4},
    [GD_GENERATE_SALES] = {gd__generate_sales, .noise = 5, .features = 3},
};

enum { STANDARD_SAMPLES = 300, MOST_CLASSES = 1000000 };
#define MOST_NUMBERS 1e9

const gd_records *gd_generator_kinds(void)
{
    return &kind_records;
}

gd_status gd_generator_named(const char *name, gd_generator_kind *kind)
{
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    GD__NEEDS(kind, GD_ERROR_ARGUMENT);
    const gd_record *record;
    gd_status status = gd_record_named(&kind_records, name, &record);
    if (status == GD_OK)
        *kind = (gd_generator_kind)(record - kinds);
    return status;
}

// One of the two counts: what the user gave, if the kind leaves it open.
static gd_status choose_count(const char *kind, const char *what, int given, int own, bool open, int *count)
{
    *count = given == 0 ? own : given;
    if (given < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %d %s, expected 1 or more", kind, given, what);
    if (!open && *count != own)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %d %s, but this kind always has %d", kind, given, what, own);
    return GD_OK;
}

static gd_status check(gd_generate_opts opts, gd__generated *set)
{
    if ((unsigned)opts.kind >= GD_GENERATOR_COUNT)
        return gd__fail(GD_ERROR_ARGUMENT, "made-up data of kind %d, expected 0 to %d", (int)opts.kind,
                        GD_GENERATOR_COUNT - 1);
    const char *name = kinds[opts.kind].name;
    const generator *own = &generators[opts.kind];
    gd_status status = choose_count(name, "classes", opts.classes, own->classes, own->any_classes, &set->classes);
    if (status == GD_OK)
        status = choose_count(name, "features", opts.features, own->features, own->any_features, &set->features);
    if (status != GD_OK)
        return status;
    if (set->classes > MOST_CLASSES)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %d classes, expected at most %d", name, set->classes, MOST_CLASSES);
    set->count = opts.samples == 0 ? STANDARD_SAMPLES : opts.samples;
    const int least = set->classes > 0 ? set->classes : 1;
    if (set->count < least)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %lld samples, expected at least %d", name, (long long)opts.samples,
                        least);
    if ((double)set->count * set->features > MOST_NUMBERS)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %lld samples of %d features, expected at most 1e9 numbers", name,
                        (long long)set->count, set->features);
    if (!isfinite(opts.noise))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: noise is %g, expected a finite deviation", name, opts.noise);
    set->noise = opts.noise == 0 ? own->noise : opts.noise < 0 ? 0 : opts.noise;
    return GD_OK;
}

// The arrays are released by the caller, also after a failure.
static gd_status fill(gd_generate_opts opts, gd__generated *set, gd_array *x, gd_array *y)
{
    gd_status status = check(opts, set);
    if (status == GD_OK)
        status = gd_array_create(x, GD_F64, GD_SHAPE(set->count, set->features));
    if (status == GD_OK)
        status = gd_array_create(y, GD_F64, GD_SHAPE(set->count, 1));
    if (status != GD_OK)
        return status;
    set->x = x->data;
    set->y = y->data;
    gd_numpy_seed(&set->random, opts.seed);
    return generators[opts.kind].generate(set);
}

gd_status gd_generate(gd_generate_opts opts, gd_array *x, gd_array *y)
{
    GD__NEEDS(x, GD_ERROR_ARGUMENT);
    GD__NEEDS(y, GD_ERROR_ARGUMENT);
    *x = *y = (gd_array){0};
    gd__generated set = {0};
    gd_status status = fill(opts, &set, x, y);
    if (status != GD_OK) {
        gd_array_free(x);
        gd_array_free(y);
    }
    return status;
}

// Adds y as labels or as numbers to be predicted.
static gd_status add_answers(gd__arrays *arrays, const gd__generated *set, gd_array *y)
{
    if (set->classes == 0)
        return gd__arrays_add(arrays, "y", y);
    gd_array label = {0};
    y->shape = GD_SHAPE(set->count);
    gd_status status = gd_array_create(&label, GD_I32, y->shape);
    if (status == GD_OK)
        status = gd_array_convert(&label, y);
    if (status == GD_OK)
        return gd__arrays_add(arrays, "label", &label);
    gd_array_free(&label);
    return status;
}

// A series has a field for each column.
static gd_status add_columns(gd__arrays *arrays, const gd__generated *set)
{
    static const char *const name[] = {"time", "shop", "price", "sales"};
    static const char *const shop[] = {"A", "B", "C"};
    gd_status status = GD_OK;
    for (int c = 0; c < 4 && status == GD_OK; c++) {
        gd_array column = {0};
        status = gd_array_create(&column, c == 1 ? GD_I32 : GD_F64, GD_SHAPE(set->count));
        for (int64_t i = 0; i < set->count && status == GD_OK; i++) {
            const double value = c < 3 ? set->x[i * set->features + c] : set->y[i];
            if (c == 1)
                ((int32_t *)column.data)[i] = (int32_t)value;
            else
                ((double *)column.data)[i] = value;
        }
        if (status == GD_OK)
            status = gd__arrays_add(arrays, name[c], &column);
        if (status == GD_OK && c == 1)
            status = gd__arrays_name_classes(arrays, 3, shop);
    }
    return status;
}

gd_status gd_dataset_generate(gd_generate_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd_array x = {0}, y = {0};
    gd__generated set = {0};
    gd_status status = fill(opts, &set, &x, &y);
    gd__arrays *arrays = status == GD_OK ? gd__arrays_create("generate") : NULL;
    if (status == GD_OK && arrays == NULL)
        status = gd__fail_memory("a data set");
    if (status == GD_OK && opts.kind == GD_GENERATE_SALES) {
        status = add_columns(arrays, &set);
    } else if (status == GD_OK) {
        status = gd__arrays_add(arrays, "x", &x);
        if (status == GD_OK)
            status = add_answers(arrays, &set, &y);
    }
    gd_array_free(&x);
    gd_array_free(&y);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}
