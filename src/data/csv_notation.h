// Texts that are numbers in another notation than the one that was said.
#ifndef GD_DATA_CSV_NOTATION_H
#define GD_DATA_CSV_NOTATION_H

#include "base/text.h"
#include "data/csv_number.h"
#include "data/csv_vocabulary.h"

// Adds the options that would read the texts as numbers ("`decimal: comma`, `percent: true`"); false when there are
// none. Nearly all of the texts must be numbers then, and `example` becomes one of them.
bool gd__csv_other_notation(const gd__vocabulary *texts, locale_t c_locale, gd__text *options, const char **example);
// Whether nearly all of the texts are dates.
bool gd__csv_are_dates(const gd__vocabulary *texts);

#endif
