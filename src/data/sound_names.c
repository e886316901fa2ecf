#include "data/sound_names.h"

#include <string.h>

#include "base/error.h"
#include "base/format.h"

static bool copy_part(const char *from, size_t length, char to[GD__NAME_TEXT])
{
    if (length >= GD__NAME_TEXT)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

gd_status gd__name_pattern_parse(const char *text, gd__name_pattern *out)
{
    *out = (gd__name_pattern){.text = text};
    const char *at = text;
    for (;;) {
        const char *open = strchr(at, '{'), *close = open == NULL ? NULL : strchr(open, '}');
        const size_t before = open == NULL ? strlen(at) : (size_t)(open - at);
        if (!copy_part(at, before, out->literal[out->count]))
            break;
        if (open == NULL)
            return out->count > 0 ? GD_OK : gd__fail(GD_ERROR_ARGUMENT, "'%s' has no field, such as {speaker}", text);
        const bool apart = before > 0 || out->count == 0;
        if (close == NULL || close == open + 1 || out->count == GD__NAME_FIELDS || !apart ||
            !copy_part(open + 1, (size_t)(close - open - 1), out->name[out->count]))
            break;
        out->count++;
        at = close + 1;
    }
    return gd__fail(
        GD_ERROR_ARGUMENT,
        "'%.60s' is no pattern: up to %d fields in braces with something between them were expected, such as "
        "{word}_{speaker}.wav",
        text, GD__NAME_FIELDS);
}

int gd__name_pattern_find(const gd__name_pattern *pattern, const char *name)
{
    for (int i = 0; i < pattern->count; i++)
        if (strcmp(pattern->name[i], name) == 0)
            return i;
    return -1;
}

bool gd__name_pattern_match(const gd__name_pattern *pattern, const char *path, gd__name_parts *parts)
{
    const char *at = strrchr(path, '/');
    at = at == NULL ? path : at + 1;
    const size_t first = strlen(pattern->literal[0]);
    if (strncmp(at, pattern->literal[0], first) != 0)
        return false;
    at += first;
    for (int i = 0; i < pattern->count; i++) {
        const char *literal = pattern->literal[i + 1];
        const size_t length = strlen(literal), left = strlen(at);
        const bool last = i + 1 == pattern->count;
        const char *end = last ? (left >= length ? at + left - length : NULL) : strstr(at, literal);
        if (end == NULL || end == at || strncmp(end, literal, length) != 0 ||
            !copy_part(at, (size_t)(end - at), parts->part[i]))
            return false;
        at = end + length;
    }
    return true;
}

// ---- Conditions

static bool is_number(const char *text, double *value)
{
    char *end;
    if (strchr("0123456789.-+", text[0]) == NULL)
        return false;
    *value = gd__parse_number(text, &end);
    return end != text && *end == '\0';
}

// Whether one text is in the relation to another: by number where both are, else as texts.
static bool is_so(const char *a, const char *relation, const char *b)
{
    double x, y;
    int order;
    if (is_number(a, &x) && is_number(b, &y))
        order = x < y ? -1 : x > y;
    else
        order = strcmp(a, b);
    const bool equal = order == 0;
    if (strcmp(relation, "=") == 0 || strcmp(relation, "==") == 0)
        return equal;
    if (strcmp(relation, "!=") == 0)
        return !equal;
    return relation[0] == '<' ? order < 0 || (equal && relation[1] == '=') : order > 0 || (equal && relation[1] == '=');
}

static bool is_relation(const char *word)
{
    static const char *const known[] = {"=", "==", "!=", "<", "<=", ">", ">="};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], word) == 0)
            return true;
    return false;
}

// The next word, between spaces; false at the end or where it is too long.
static bool next_word(const char **at, char to[GD__NAME_TEXT])
{
    *at += strspn(*at, " ");
    const size_t length = strcspn(*at, " ");
    const bool good = length > 0 && copy_part(*at, length, to);
    *at += length;
    return good;
}

gd_status gd__name_conditions(const gd__name_pattern *pattern, const char *conditions, const gd__name_parts *parts,
                              bool *hold)
{
    const char *at = conditions;
    char name[GD__NAME_TEXT], relation[GD__NAME_TEXT], value[GD__NAME_TEXT], word[GD__NAME_TEXT];
    *hold = true;
    for (;;) {
        if (!next_word(&at, name) || !next_word(&at, relation) || !next_word(&at, value) || !is_relation(relation))
            break;
        const int field = gd__name_pattern_find(pattern, name);
        if (field < 0)
            return gd__fail(GD_ERROR_ARGUMENT, "'%s': the pattern %s has no field '%s'", conditions, pattern->text,
                            name);
        *hold = *hold && is_so(parts->part[field], relation, value);
        if (!next_word(&at, word))
            return GD_OK;
        if (strcmp(word, "and") != 0)
            break;
    }
    return gd__fail(
        GD_ERROR_ARGUMENT,
        "'%.80s': conditions such as n < 5 and speaker != theo were expected, with spaces between the words",
        conditions);
}
