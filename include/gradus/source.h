// Sources: where samples come from. A source has named, typed fields, and reads any sample of it by number, from any
// thread. The readers of gradus/data.h are sources; a program adds its own with gd_dataset_from_source.
#ifndef GRADUS_SOURCE_H
#define GRADUS_SOURCE_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a field holds. This is never guessed from the type in which it is stored.
typedef enum gd_kind {
    GD_KIND_NUMBERS = 0, // quantities: may be scaled
    GD_KIND_CATEGORY,    // numbers of classes, categories or words: 0 … class_count-1 where class_count is known
    GD_KIND_TEXT         // a text as its bytes: u8, (GD_OPEN), any bytes. The transform `tokens` makes categories of it
} gd_kind;

// What a field is for.
typedef enum gd_role {
    GD_ROLE_INPUT = 0, // what a network reads
    GD_ROLE_TARGET,    // what it shall say
    GD_ROLE_WEIGHT,    // how much the sample counts
    GD_ROLE_GROUP,     // samples of one group (a person's rows) stay in one part of a split
    GD_ROLE_PART,      // which part of a split the sample belongs to: a category "train", "validation" or "test"
    GD_ROLE_ORDER,     // by which samples are ordered before a split in order: a time
    GD_ROLE_IGNORED    // kept, and not delivered in batches
} gd_role;

// A dimension of a field's shape that differs from sample to sample.
#define GD_OPEN ((int64_t)-1)

// One field. A batch of n samples of it is (n, shape…); an open dimension is padded with zeros up to the longest of
// the batch, and the lengths stand in a field of their own, called as the field with "_length" behind it.
typedef struct gd_field {
    const char *name;
    gd_kind kind;
    gd_role role;
    gd_type type;
    gd_shape shape;  // of one sample; GD_OPEN where it differs
    int class_count; // for categories, where it is known: values are 0 … class_count-1; else 0
} gd_field;

// Where a sample stands. It travels with the sample through splits, selections and preprocessing.
typedef struct gd_origin {
    const char *file; // as it was named; NULL: not from a file
    int64_t row;    // in that file, counted from 1 (for a table: rows of data, without the heading); 0: it is all of it
    int64_t line;   // where the row begins in a text file, counted from 1; 0: it has no lines
    const char *id; // the sample's own name, from a column of them; NULL: it has none
} gd_origin;

// What random changes of a sample depend on, beside the sample itself.
typedef struct gd_source_draw {
    uint64_t seed;
    int64_t epoch;
} gd_source_draw;

// A source. The functions may be called by several threads at a time. `field`, its names and `all` live as long as
// the source does.
typedef struct gd_source {
    const char *kind; // "csv": for messages. Static storage
    int64_t count;    // samples
    int field_count;
    const gd_field *field; // as they are stored
    void *state;           // handed to the functions

    // For each field: all samples one behind the other, (count, shape…), or an array without data where they are
    // read one by one. NULL: all are.
    const gd_array *all;
    // Reads one sample of a field into to->data, which has room for a sample of to->shape. May be NULL when `all` has
    // every field.
    gd_status (*read)(void *state, int field, int64_t sample, const gd_array *to);
    // The shape of one sample of a field that has an open dimension. NULL: no field has any.
    gd_status (*shape)(void *state, int field, int64_t sample, gd_shape *shape);
    // The text that stands for a category, or NULL. NULL: no category has one.
    const char *(*class_name)(void *state, int field, int category);
    // What one number of a sample is called ("price", "country=ZA"), or NULL. Valid until the next call on the same
    // thread. NULL: numbers have no names.
    const char *(*element_name)(void *state, int field, int64_t element);
    // Where the sample stands. NULL: row `sample` + 1 of no file.
    gd_origin (*origin)(void *state, int64_t sample);
    // Why a sample cannot be used, for one that is kept nonetheless (a row with an empty cell that is to be
    // predicted); NULL for one that can. NULL: all can.
    const char *(*fault)(void *state, int64_t sample);
    void (*close)(void *state); // releases all of it. NULL: there is nothing to release
    // Samples one after the other lie near each other on a disk, and a set is larger than memory may hold: shuffling
    // then takes blocks of so many samples. 0: samples may be read in any order.
    int64_t block;
    // As `shape` and `read`, and in place of them, for a source that changes its samples at random in training: then
    // `draw` is what the change depends on; else it is NULL. NULL: it changes none.
    gd_status (*shape_drawn)(void *state, int field, int64_t sample, const gd_source_draw *draw, gd_shape *shape);
    gd_status (*read_drawn)(void *state, int field, int64_t sample, const gd_source_draw *draw, const gd_array *to);
} gd_source;

#ifdef __cplusplus
}
#endif
#endif
