// Text that grows while it is written.
#ifndef GD_BASE_TEXT_H
#define GD_BASE_TEXT_H

#include <gradus/base.h>

// Starts as {0}. `data` is NULL while nothing was written, else terminated. `failed` stays true once memory was short.
typedef struct gd__text {
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
} gd__text;

void gd__text_add(gd__text *text, const char *format, ...) GD_PRINTF(2, 3);
void gd__text_add_bytes(gd__text *text, const char *bytes, size_t length);
// Hands the string over (the caller frees it with gd__free); "" when nothing was written, NULL when memory was short.
char *gd__text_take(gd__text *text);
void gd__text_free(gd__text *text);

#endif
