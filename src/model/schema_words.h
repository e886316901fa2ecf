// The tables in words: for error sentences and for the reference.
#ifndef GD_MODEL_SCHEMA_WORDS_H
#define GD_MODEL_SCHEMA_WORDS_H

#include "base/record.h"
#include "base/text.h"

// "a whole number of at least 1", "one of same, valid", …
void gd__describe_option(gd__text *text, const gd_option *key);

#endif
