#include "base/pattern.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

// A * is tried with ever longer texts.
static bool glob_fits(const char *pattern, int length, const char *text)
{
    const char *end = pattern + length, *star = NULL, *retry = text;
    while (*text != '\0') {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (pattern < end && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

size_t gd__expression_length(const char *text)
{
    if (text[0] != '/')
        return 0;
    for (const char *at = text + 1; *at != '\0'; at++)
        if (*at == '/' && (at[1] == '|' || at[1] == '\0'))
            return (size_t)(at - text) + 1;
    return 0;
}

static gd_status add(gd__pattern *pattern, const char *text, size_t length, bool is_expression)
{
    gd__alternative one = {.text = text, .length = (int)length};
    if (length > 100000)
        return gd__fail(GD_ERROR_ARGUMENT, "a pattern of names is %zu bytes long", length);
    const gd_status status = is_expression ? gd__expression_create(text + 1, length - 2, &one.expression) : GD_OK;
    if (status != GD_OK)
        return status;
    if (!gd__grow((void **)&pattern->alternative, &pattern->capacity, pattern->count, sizeof one)) {
        gd__expression_free(one.expression);
        return gd__fail_memory("a pattern of names");
    }
    pattern->alternative[pattern->count++] = one;
    return GD_OK;
}

gd_status gd__pattern_create(gd__pattern *pattern, const char *text)
{
    *pattern = (gd__pattern){0};
    for (const char *at = text;; at++) {
        const size_t expression = gd__expression_length(at);
        const size_t length = expression > 0 ? expression : strcspn(at, "|");
        const gd_status status = add(pattern, at, length, expression > 0);
        if (status != GD_OK) {
            gd__pattern_free(pattern);
            return status;
        }
        at += length;
        if (*at == '\0')
            return GD_OK;
    }
}

void gd__pattern_free(gd__pattern *pattern)
{
    for (int i = 0; i < pattern->count; i++)
        gd__expression_free(pattern->alternative[i].expression);
    gd__free(pattern->alternative);
    *pattern = (gd__pattern){0};
}

bool gd__alternative_fits(const gd__alternative *alternative, const char *name)
{
    return alternative->expression != NULL ? gd__expression_fits(alternative->expression, name)
                                           : glob_fits(alternative->text, alternative->length, name);
}

bool gd__pattern_fits(const gd__pattern *pattern, const char *name)
{
    for (int i = 0; i < pattern->count; i++)
        if (gd__alternative_fits(&pattern->alternative[i], name))
            return true;
    return false;
}
