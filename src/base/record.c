#include "base/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

enum { MOST_WORDS = 400, WORD = 64 };

// ---- Finding

bool gd__word_in(const char *words, const char *word, int *place)
{
    const size_t length = strlen(word);
    int at_word = 0;
    for (const char *at = words; at != NULL && *at != '\0'; at_word++) {
        const size_t here = strcspn(at, "|");
        if (here == length && length > 0 && strncasecmp(at, word, length) == 0) {
            if (place != NULL)
                *place = at_word;
            return true;
        }
        at += here + (at[here] == '|');
    }
    return false;
}

int gd_record_count(const gd_records *records)
{
    GD__NEEDS(records, 0);
    return records->count + (records->own == NULL ? 0 : records->own->count);
}

const gd_record *gd_record_at(const gd_records *records, int index)
{
    GD__NEEDS(records, NULL);
    if (index < 0 || index >= gd_record_count(records))
        return NULL;
    if (index >= records->count)
        return records->own->record[index - records->count];
    return records->table != NULL ? &records->table[index] : records->record[index];
}

const gd_record *gd_record_find(const gd_records *records, const char *name)
{
    GD__NEEDS(records, NULL);
    const int count = name == NULL ? 0 : gd_record_count(records);
    for (int i = 0; i < count; i++)
        if (strcasecmp(gd_record_at(records, i)->name, name) == 0)
            return gd_record_at(records, i);
    for (int i = 0; i < count; i++)
        if (gd__word_in(gd_record_at(records, i)->aliases, name, NULL))
            return gd_record_at(records, i);
    return NULL;
}

const gd_record *gd__record_meant(const gd_records *records, const char *name, bool has_value)
{
    const gd_record *found = gd_record_find(records, name);
    if (found == NULL || !has_value || found->options != NULL)
        return found;
    for (int i = 0; i < gd_record_count(records); i++) {
        const gd_record *other = gd_record_at(records, i);
        if (other->options != NULL && gd__word_in(other->aliases, name, NULL))
            return other;
    }
    return found;
}

// The names, and the aliases behind them, as single words: `buffer` holds the aliases.
static int list_words(const gd_records *records, const char *word[MOST_WORDS], const gd_record *of[MOST_WORDS],
                      char buffer[MOST_WORDS][WORD])
{
    int count = 0;
    for (int i = 0; i < gd_record_count(records) && count < MOST_WORDS; i++) {
        of[count] = gd_record_at(records, i);
        word[count++] = gd_record_at(records, i)->name;
    }
    for (int i = 0; i < gd_record_count(records); i++) {
        const char *at = gd_record_at(records, i)->aliases;
        while (at != NULL && *at != '\0' && count < MOST_WORDS) {
            const size_t length = strcspn(at, "|");
            if (length < WORD) {
                memcpy(buffer[count], at, length);
                buffer[count][length] = '\0';
                of[count] = gd_record_at(records, i);
                word[count] = buffer[count];
                count++;
            }
            at += length + (at[length] == '|');
        }
    }
    return count;
}

gd_status gd__record_unknown(const gd_records *records, const char *name)
{
    const char *word[MOST_WORDS];
    const gd_record *of[MOST_WORDS];
    char buffer[MOST_WORDS][WORD];
    const int count = list_words(records, word, of, buffer);
    const char *nearest = gd__nearest_word(name, count, word);
    for (int i = 0; nearest != NULL && i < count; i++)
        if (word[i] == nearest)
            return gd__fail(GD_ERROR_ARGUMENT, "unknown %s '%.60s', did you mean '%s'?", records->noun, name,
                            of[i]->name);
    gd__text list = {0};
    for (int i = 0; i < gd_record_count(records); i++)
        gd__text_add(&list, "%s%s", i == 0 ? "" : ", ", gd_record_at(records, i)->name);
    gd_status status = gd__fail(GD_ERROR_ARGUMENT, "unknown %s '%.60s'; there are %s", records->noun, name,
                                list.data == NULL ? "none" : list.data);
    gd__text_free(&list);
    return status;
}

gd_status gd_record_named(const gd_records *records, const char *name, const gd_record **out)
{
    if (records == NULL || out == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_record_named needs records and a place for the result");
    *out = gd_record_find(records, name);
    return *out != NULL ? GD_OK : gd__record_unknown(records, name == NULL ? "" : name);
}

gd_status gd_record_register(const gd_records *records, const gd_record *record)
{
    if (records == NULL || records->own == NULL || record == NULL || record->name == NULL || record->name[0] == '\0' ||
        record->doc == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a record needs a name and a line that says what it does");
    if (gd_record_find(records, record->name) != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "there is a %s '%.60s' already", records->noun, record->name);
    if (records->own->count == GD_MAX_OWN_RECORDS)
        return gd__fail(GD_ERROR_UNSUPPORTED, "more than %d of one's own: no room for the %s '%.60s'",
                        GD_MAX_OWN_RECORDS, records->noun, record->name);
    records->own->record[records->own->count++] = record;
    return GD_OK;
}

// ---- Options

const gd_option *gd__option_named(const gd_option *options, const char *name)
{
    for (const gd_option *option = options; option != NULL && option->name != NULL; option++)
        if (name != NULL && strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

bool gd__option_in_range(const gd_option *option, double value)
{
    return !option->ranged || ((option->above ? value > option->low : value >= option->low) &&
                               (option->below ? value < option->high : value <= option->high));
}

static void *field(const gd_option *option, void *options)
{
    return option->size == 0 ? NULL : (char *)options + option->offset;
}

void gd__option_put_integer(const gd_option *option, void *options, int64_t value)
{
    void *to = field(option, options);
    if (option->size == sizeof(int)) {
        const int narrow = (int)value;
        memcpy(to, &narrow, sizeof narrow);
    } else if (to != NULL) {
        memcpy(to, &value, sizeof value);
    }
}

void gd__option_put_number(const gd_option *option, void *options, double value)
{
    if (option->size != 0)
        memcpy(field(option, options), &value, sizeof value);
}

void gd__option_put_flag(const gd_option *option, void *options, bool value)
{
    const bool stored = value != option->inverted;
    if (option->size != 0)
        memcpy(field(option, options), &stored, sizeof stored);
}

void gd__option_put_text(const gd_option *option, void *options, const char *value)
{
    if (option->size != 0)
        memcpy(field(option, options), &value, sizeof value);
}

void gd__option_put_size(const gd_option *option, void *options, const int64_t value[2])
{
    if (option->size != 0)
        memcpy(field(option, options), value, option->size < 2 * sizeof *value ? sizeof *value : 2 * sizeof *value);
}

static void put_default(const gd_option *option, void *options)
{
    const char *text = option->standard;
    int place = 0;
    switch (option->type) {
    case GD_OPTION_INTEGER: gd__option_put_integer(option, options, strtoll(text, NULL, 10)); break;
    case GD_OPTION_NUMBER: gd__option_put_number(option, options, strtod(text, NULL)); break;
    case GD_OPTION_FLAG: gd__option_put_flag(option, options, strcmp(text, "true") == 0); break;
    case GD_OPTION_TEXT: gd__option_put_text(option, options, text); break;
    case GD_OPTION_CHOICE:
        if (gd__word_in(option->choices, text, &place))
            gd__option_put_integer(option, options, place);
        break;
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING: {
        const int64_t size = strtoll(text, NULL, 10);
        gd__option_put_size(option, options, (int64_t[2]){size, size});
        break;
    }
    default: break; // lists and maps have no default
    }
}

void gd_options_default(const gd_record *record, void *options)
{
    if (record == NULL || options == NULL || record->options_size == 0)
        return;
    memset(options, 0, record->options_size);
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (option->standard != NULL && option->size > 0)
            put_default(option, options);
}

static gd_status fail_value(const gd_record *record, const gd_option *option, const char *expected, gd_setting setting)
{
    return setting.text != NULL ? gd__fail(GD_ERROR_ARGUMENT, "%s: %s is '%.60s', expected %s", record->name,
                                           option->name, setting.text, expected)
                                : gd__fail(GD_ERROR_ARGUMENT, "%s: %s is %g, expected %s", record->name, option->name,
                                           setting.value, expected);
}

gd_status gd_options_set(const gd_record *record, void *options, gd_setting setting)
{
    if (record == NULL || options == NULL || setting.name == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_options_set needs a record, an options struct and a name");
    const gd_option *option = gd__option_named(record->options, setting.name);
    const double value = setting.value;
    char range[80];
    int place;
    if (option == NULL || option->size == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s has no option '%.60s' that could be set so", record->name, setting.name);
    snprintf(range, sizeof range, "a number %s %g and %s %g", option->above ? "above" : "of at least", option->low,
             option->below ? "below" : "at most", option->high);
    switch (option->type) {
    case GD_OPTION_TEXT: gd__option_put_text(option, options, setting.text); return GD_OK;
    case GD_OPTION_CHOICE:
        if (setting.text == NULL || !gd__word_in(option->choices, setting.text, &place))
            return fail_value(record, option, option->choices, setting);
        gd__option_put_integer(option, options, place);
        return GD_OK;
    case GD_OPTION_FLAG: gd__option_put_flag(option, options, value != 0); return GD_OK;
    case GD_OPTION_NUMBER:
        if (setting.text != NULL || value != value || !gd__option_in_range(option, value))
            return fail_value(record, option, range, setting);
        gd__option_put_number(option, options, value);
        return GD_OK;
    case GD_OPTION_INTEGER:
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING:
        if (setting.text != NULL || !(value > -0x1p53 && value < 0x1p53) || (double)(int64_t)value != value ||
            !gd__option_in_range(option, value))
            return fail_value(record, option, "a whole number in its range", setting);
        if (option->type == GD_OPTION_INTEGER)
            gd__option_put_integer(option, options, (int64_t)value);
        else
            gd__option_put_size(option, options, (int64_t[2]){(int64_t)value, (int64_t)value});
        return GD_OK;
    default: return gd__fail(GD_ERROR_ARGUMENT, "%s: %s is no single value", record->name, option->name);
    }
}
