// What code points are. Tables of the Unicode database stand in unicode_tables.inc.
#ifndef GD_TEXT_UNICODE_H
#define GD_TEXT_UNICODE_H

#include "base/utf8.h"

typedef enum gd__point_kind {
    GD__OTHER = 0, // punctuation, symbols, controls, and what is not assigned
    GD__LETTER,    // general category L
    GD__NUMBER,    // N
    GD__MARK,      // M
    GD__SPACE      // the property White_Space
} gd__point_kind;

gd__point_kind gd__point_kind_of(int32_t point);
// Whether the character is a word by itself: Chinese characters (Han), and Hiragana.
bool gd__is_ideograph(int32_t point);
int32_t gd__lower_point(int32_t point); // Unicode's simple mapping

#endif
