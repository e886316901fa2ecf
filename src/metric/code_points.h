// Texts as code points, for the scores of texts.
#ifndef GD_METRIC_CODE_POINTS_H
#define GD_METRIC_CODE_POINTS_H

#include <gradus/base.h>

typedef struct gd__codes {
    int32_t *code;
    int64_t count, capacity;
} gd__codes;

// Adds one; false when memory is short.
bool gd__codes_add(gd__codes *codes, int32_t code);
// Adds those of a text; what is no UTF-8 becomes U+FFFD, byte by byte.
bool gd__codes_add_text(gd__codes *codes, const char *text);
void gd__codes_free(gd__codes *codes);

// As Python and Unicode have it.
bool gd__code_is_space(int32_t code);
// The next word in codes[*at …]: its beginning and end; false when there is none.
bool gd__next_word(const gd__codes *codes, int64_t *at, int64_t *begin, int64_t *end);

#endif
