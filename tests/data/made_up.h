// Made-up sources: with samples of all kinds that differ in shape, and with plain numbers.
#ifndef GD_TESTS_MADE_UP_H
#define GD_TESTS_MADE_UP_H

#include <gradus/data.h>
#include <stdatomic.h>

// A ragged source: nothing lies in memory, every value follows from its place.
//
//     text     i32 (?)        category, input    sound    f32 (?, 3)     input
//     picture  u8 (2, ?, ?)   input              label    i64 ()         category, target
//     y        f64 (2)        target             weight   f32 ()         weight
//     person   i32 ()         group              note     f32 ()         ignored
enum { TEXT, SOUND, PICTURE, LABEL, Y, WEIGHT, PERSON, NOTE, RAGGED_FIELDS };
enum { TEXT_LENGTH = RAGGED_FIELDS, SOUND_LENGTH, PICTURE_LENGTH };

typedef struct ragged {
    atomic_llong fail_at; // reading this sample's sound fails; -1: none does
    atomic_int open;      // sources that are not closed yet
} ragged;

gd_dataset *make_ragged(ragged *state, int64_t count);
// Dimension `axis` of a sample of a ragged field, and one of its values, as they are delivered.
int64_t ragged_size(int field, int64_t sample, int axis);
double ragged_value(int field, int64_t sample, int64_t element);

// `count` samples with the fields "id" (i64, input), "class" (i32, target, a category of `classes`: id % classes + 5),
// "person" (i32, group: id / 4) and "time" (f64, order: falling). `block` as gd_source.block; all lies in memory.
gd_dataset *make_numbered(int64_t count, int classes, int64_t block);
// The id of a sample of such a set.
int64_t id_of(const gd_dataset *set, int64_t sample);

#endif
