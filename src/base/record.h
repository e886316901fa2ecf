// Options as text and as fields.
#ifndef GD_BASE_RECORD_H
#define GD_BASE_RECORD_H

#include <gradus/record.h>

// What the lists of the build (cmake/CollectRecords.cmake) are asked for: the beginnings of the kinds, or the kinds.
//     #include "layers.def"
//     static const gd_record *const records[] = {GD_LAYERS(GD__RECORD_OF)};
#define GD__RECORD_OF(kind) &(kind).record,
#define GD__KIND_OF(kind) &(kind),

// The option of that name or alias, or NULL.
const gd_option *gd__option_named(const gd_option *options, const char *name);
// gd_record_find for `name` alone, or for `name: value`: with a value, a name whose record has no options means the
// record that has options and the name as an alias. (`linear` is the identity, `linear: 64` a dense layer.)
const gd_record *gd__record_meant(const gd_records *records, const char *name, bool has_value);
// Fails with "unknown <noun> '<name>', did you mean '…'?", or with the list of what there is.
gd_status gd__record_unknown(const gd_records *records, const char *name);
// Whether `word` stands in "a|b|c", in capitals or not; *place: which one it is.
bool gd__word_in(const char *words, const char *word, int *place);
bool gd__option_in_range(const gd_option *option, double value);

// Writes a value into the option's field of an options struct; nothing where it has no field.
void gd__option_put_integer(const gd_option *option, void *options, int64_t value);
void gd__option_put_number(const gd_option *option, void *options, double value);
// The number of the option of that name, whole or not, in whatever range; nothing where the table has no such option.
void gd__option_put_named(const gd_option *table, void *options, const char *name, double value);
void gd__option_put_flag(const gd_option *option, void *options, bool value);
void gd__option_put_text(const gd_option *option, void *options, const char *value);
// Fills a field of several numbers; where `value` has fewer, its last one goes on.
void gd__option_put_numbers(const gd_option *option, void *options, int count, const double *value);
// How many axes a GD_OPTION_SIZE or GD_OPTION_PADDING may speak of; and of one, how many it does.
enum { GD__OPTION_AXES = 3 };
int gd__option_axes(const gd_option *option);
void gd__option_put_size(const gd_option *option, void *options, const int64_t value[GD__OPTION_AXES]);
// Fills the fields that the table describes with their defaults; the others stay as they are.
void gd__options_put_defaults(const gd_option *table, void *options);
// Numbers left at 0 take their defaults, for options structs that were filled in C.
void gd__options_complete(const gd_option *table, void *options);

#endif
