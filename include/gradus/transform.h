// Transforms: what is done to a sample between its source and the steps of gradus/data.h. A transform takes one or
// several fields of a sample and changes them together: a picture alone, or a picture with its boxes. It may have been
// fitted on the training part, and it may draw lots, in training only. Each kind is a record in a file of its own,
// which recipes name under `data.transforms`; a program registers kinds of its own.
#ifndef GRADUS_TRANSFORM_H
#define GRADUS_TRANSFORM_H

#include <gradus/data.h>
#include <gradus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

// One field of one sample, in memory of its own.
typedef struct gd_sample_value {
    gd_field field; // its `shape` is this sample's: no dimension is open
    void *data;     // of field.type, contiguous
    size_t room;    // bytes of `data`
    void *before;   // the memory that gd_sample_value_change put aside
    size_t before_room;
} gd_sample_value;
// Gives the value another type and shape, and memory that is not filled yet. *before: what it held, which stays until
// the value is changed so again.
GD_API GD_MUST_USE gd_status gd_sample_value_change(gd_sample_value *value, gd_type type, gd_shape shape,
                                                    const void **before);

// What a transform learned: lists of numbers by name, and texts by name. Saved as they are.
enum { GD_MAX_LEARNED = 8 };
typedef struct gd_learned {
    int count;
    const char *name[GD_MAX_LEARNED];
    int64_t length[GD_MAX_LEARNED];
    double *value[GD_MAX_LEARNED];
    int text_count;
    const char *text_name[GD_MAX_LEARNED];
    char *text[GD_MAX_LEARNED];
} gd_learned;
// Adds a list; `name` and `value` are copied. GD_ERROR_ARGUMENT when there is no room, the name is taken or a number is
// not finite.
GD_API GD_MUST_USE gd_status gd_learned_add(gd_learned *learned, const char *name, int64_t length, const double *value);
// The list of that name, or NULL; *length (may be NULL) its length.
GD_API const double *gd_learned_find(const gd_learned *learned, const char *name, int64_t *length);
// Adds a text, UTF-8; `name` and `text` are copied. GD_ERROR_ARGUMENT when there is no room, or the name is taken.
GD_API GD_MUST_USE gd_status gd_learned_add_text(gd_learned *learned, const char *name, const char *text);
// The text of that name, or NULL.
GD_API const char *gd_learned_find_text(const gd_learned *learned, const char *name);

// One sample that is being transformed.
typedef struct gd_transform_call {
    const void *options;
    const gd_learned *learned;
    bool training; // whether lots are drawn. Outside training a random kind does what stands for all that it might draw
    int count;     // fields, in the order in which the recipe names them
    gd_sample_value *const *value; // NULL: the set lacks that field (boxes of pictures that are to be predicted)
    int64_t epoch;                 // from 0
    uint64_t lasting;              // random bits that a sample has in every epoch
    uint64_t seed;                 // of gd_transform_uniform
    uint64_t drawn;                // numbers drawn so far
    const void *prepared;          // what the kind's `prepare` made; NULL: it has none
} gd_transform_call;
// Random numbers, [0, 1) and normal. They depend on (the loader's seed, the epoch, the sample, the transform's place)
// alone, so neither threads nor the other samples show in them.
GD_API double gd_transform_uniform(gd_transform_call *call);
GD_API double gd_transform_normal(gd_transform_call *call);
// From 0 to 1, with the density x^(a - 1) (1 - x)^(b - 1) / B(a, b); a, b > 0. NAN for others.
GD_API double gd_transform_beta(gd_transform_call *call, double a, double b);

// A kind of transform. Its functions may be called by several threads at a time.
typedef struct gd_transform_kind {
    gd_record record;              // options: numbers, flags, choices, texts, sizes and lists of numbers
    int least_fields, most_fields; // how many it takes at a time; both 0: one
    bool random;                   // draws lots
    // Checks that the fields are such as it takes, and says what it makes of them: type, shape, kind, class count. A
    // dimension that depends on the sample is GD_OPEN. A field whose `name` is NULL is not there. NULL: they stay.
    gd_status (*describe)(const void *options, const gd_learned *learned, int count, gd_field *field);
    // Learns from the training samples as the transforms before it leave them: field[i] is the place of its i-th field
    // in `train`. NULL: there is nothing to learn.
    gd_status (*fit)(const void *options, const gd_dataset *train, int count, const int *field, gd_learned *learned);
    // Makes of the options and of what was learned what `apply` uses, once for all samples, and releases it. May fail
    // on what was saved and is not valid. NULL: nothing.
    gd_status (*prepare)(const void *options, const gd_learned *learned, void **prepared);
    void (*release)(void *prepared);
    // What it makes of a sample costs more to make than to keep: it is kept in memory, as far as there is room.
    bool worth_keeping;
    // Changes one sample: the values in place, or with gd_sample_value_change.
    gd_status (*apply)(gd_transform_call *call);
    // In place of `apply`, for a kind that mixes the samples of a batch, in training only: makes one of call->value[0]
    // and of `other`, which is that field of another sample. Both are as they are delivered, scaled and in f32, and
    // keep their shape. *share becomes the share of the sample itself, from 0 to 1, in which its targets are then mixed
    // with those of the other.
    gd_status (*mix)(gd_transform_call *call, const gd_sample_value *other, double *share);
} gd_transform_kind;

// All there are: Gradus' own, then the program's.
GD_API const gd_records *gd_transform_kinds(void);
GD_API const gd_transform_kind *gd_transform_kind_named(const char *name); // or an alias; NULL: there is none
// Adds a kind of the program's own, which lives as long as the program. Not while other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_transform_register(const gd_transform_kind *kind);

// A transform of certain fields.
typedef struct gd_transform {
    const gd_transform_kind *kind;
    const void *options; // its options struct (gd_options_default, gd_options_set); NULL: the defaults
    int field_count;
    const char *const *field; // the first must be there; where a set lacks it, the transform is left out
} gd_transform;

// A list of transforms, fitted. Never changes once made, and is shared by whoever uses it.
typedef struct gd_pipeline gd_pipeline;

// Fits each on the training samples as those before it leave them. Everything is copied. Release with gd_pipeline_free.
GD_API GD_MUST_USE gd_status gd_pipeline_fit(const gd_dataset *train, int count, const gd_transform *transform,
                                             gd_pipeline **out);
GD_API void gd_pipeline_free(gd_pipeline *pipeline); // NULL is fine
// The samples of `set`, which must not be preprocessed yet, transformed when they are read: with random changes by a
// loader with `training`, without them by everyone else. `set` and `pipeline` may be freed before it.
GD_API GD_MUST_USE gd_status gd_pipeline_apply(const gd_pipeline *pipeline, const gd_dataset *set, gd_dataset **out);
// {"transforms": [{"kind": "clip", "fields": ["x"], "options": {…}, "learned": {…}}, …]}; NULL when memory is short;
// gd_text_free.
GD_API char *gd_pipeline_to_json(const gd_pipeline *pipeline);
GD_API GD_MUST_USE gd_status gd_pipeline_from_json(const char *json, gd_pipeline **out);

#ifdef __cplusplus
}
#endif
#endif
