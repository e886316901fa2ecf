#include "text/clean.h"

#include "base/memory.h"
#include "text/unicode.h"

// Writes the clean text to `to` (NULL: only counts), and returns how many bytes it has.
static size_t write_clean(const char *text, size_t bytes, bool lower, char *to)
{
    size_t written = 0, step;
    for (size_t at = 0; at < bytes; at += step) {
        char put[GD__UTF8_BYTES];
        int32_t point = gd__utf8_get(text + at, bytes - at, &step);
        if (point < 0)
            point = GD__REPLACEMENT;
        const size_t length = gd__utf8_put(lower ? gd__lower_point(point) : point, put);
        for (size_t i = 0; i < length && to != NULL; i++)
            to[written + i] = put[i];
        written += length;
    }
    return written;
}

bool gd__clean_text(const char **text, size_t *bytes, bool lower, char **copy)
{
    *copy = NULL;
    if (!lower && gd__is_utf8(*text, *bytes))
        return true;
    const size_t clean = write_clean(*text, *bytes, lower, NULL);
    *copy = gd__alloc(clean + 1);
    if (*copy == NULL)
        return false;
    write_clean(*text, *bytes, lower, *copy);
    (*copy)[clean] = '\0';
    *text = *copy;
    *bytes = clean;
    return true;
}
