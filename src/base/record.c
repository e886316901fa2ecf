#include "base/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
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

// The names, and the aliases behind them, as single words.
typedef struct words {
    const char *word[MOST_WORDS];
    const gd_record *of[MOST_WORDS];
    char buffer[MOST_WORDS][WORD]; // holds the aliases
} words;

static int list_words(const gd_records *records, words *list)
{
    const char **word = list->word;
    const gd_record **of = list->of;
    char(*buffer)[WORD] = list->buffer;
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

// NULL: none is near.
static const gd_record *nearest_record(const gd_records *records, const char *name)
{
    words *list = gd__alloc(sizeof *list); // too much for the stack
    if (list == NULL)
        return NULL;
    const int count = list_words(records, list);
    const char *nearest = gd_nearest_word(name, count, list->word);
    const gd_record *meant = NULL;
    for (int i = 0; nearest != NULL && meant == NULL && i < count; i++)
        if (list->word[i] == nearest)
            meant = list->of[i];
    gd__free(list);
    return meant;
}

gd_status gd__record_unknown(const gd_records *records, const char *name)
{
    const gd_record *meant = nearest_record(records, name);
    if (meant != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "unknown %s '%.60s', did you mean '%s'?", records->noun, name, meant->name);
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
    for (const gd_option *option = options; option != NULL && option->name != NULL; option++)
        if (name != NULL && gd__word_in(option->aliases, name, NULL))
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

int gd__option_axes(const gd_option *option)
{
    return option->most == 0 ? 2 : option->most;
}

void gd__option_put_size(const gd_option *option, void *options, const int64_t value[GD__OPTION_AXES])
{
    const size_t most = GD__OPTION_AXES * sizeof *value;
    if (option->size != 0)
        memcpy(field(option, options), value, option->size < most ? option->size : most);
}

void gd__option_put_numbers(const gd_option *option, void *options, int count, const double *value)
{
    double *to = field(option, options);
    if (option->size == sizeof(gd_numbers)) {
        gd_numbers numbers = {0};
        for (; numbers.count < count && numbers.count < GD_MAX_NUMBERS; numbers.count++)
            numbers.value[numbers.count] = value[numbers.count];
        memcpy(to, &numbers, sizeof numbers);
        return;
    }
    const int room = (int)(option->size / sizeof *value);
    for (int i = 0; i < room && count > 0; i++)
        to[i] = value[i < count ? i : count - 1];
}

void gd__option_put_named(const gd_option *table, void *options, const char *name, double value)
{
    const gd_option *option = gd__option_named(table, name);
    if (option != NULL && option->type == GD_OPTION_INTEGER)
        gd__option_put_integer(option, options, (int64_t)value);
    else if (option != NULL)
        gd__option_put_number(option, options, value);
}

static void put_default(const gd_option *option, void *options)
{
    const char *text = option->standard;
    int place = 0;
    switch (option->type) {
    case GD_OPTION_INTEGER: gd__option_put_integer(option, options, strtoll(text, NULL, 10)); break;
    case GD_OPTION_NUMBER: gd__option_put_number(option, options, gd__parse_number(text, NULL)); break;
    case GD_OPTION_FLAG: gd__option_put_flag(option, options, strcmp(text, "true") == 0); break;
    case GD_OPTION_TEXT: gd__option_put_text(option, options, text); break;
    case GD_OPTION_CHOICE:
        if (gd__word_in(option->choices, text, &place))
            gd__option_put_integer(option, options, place);
        break;
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING: {
        const int64_t size = strtoll(text, NULL, 10);
        gd__option_put_size(option, options, (int64_t[GD__OPTION_AXES]){size, size, size});
        break;
    }
    default: break; // lists and maps have no default
    }
}

void gd__options_put_defaults(const gd_option *table, void *options)
{
    for (const gd_option *option = table; option != NULL && option->name != NULL; option++)
        if (option->standard != NULL && option->size > 0)
            put_default(option, options);
}

void gd_options_default(const gd_record *record, void *options)
{
    if (record == NULL || options == NULL || record->options_size == 0)
        return;
    memset(options, 0, record->options_size);
    gd__options_put_defaults(record->options, options);
}

// ---- One option

static bool is_given(const gd_option *map, const void *options)
{
    const unsigned char *byte = (const unsigned char *)options + map->offset;
    for (size_t i = 0; i < map->size; i++)
        if (byte[i] != 0)
            return true;
    return false;
}

void gd__options_complete(const gd_option *table, void *options)
{
    for (const gd_option *option = table; option != NULL && option->name != NULL; option++)
        if ((option->type == GD_OPTION_INTEGER || option->type == GD_OPTION_NUMBER) && option->standard != NULL &&
            option->size > 0 && !is_given(option, options))
            put_default(option, options);
}

// The option, and in *inner the struct of its field; NULL: there is none with a field.
static const gd_option *option_at(const gd_record *record, void *options, const char *name, bool give, void **inner)
{
    const char *dot = strchr(name, '.');
    char first[WORD];
    *inner = options;
    if (dot == NULL) {
        const gd_option *option = gd__option_named(record->options, name);
        return option != NULL && option->size > 0 ? option : NULL;
    }
    snprintf(first, sizeof first, "%.*s", (int)(dot - name < WORD ? dot - name : 0), name);
    const gd_option *map = gd__option_named(record->options, first);
    if (map == NULL || map->type != GD_OPTION_MAP || map->size == 0)
        return NULL;
    *inner = field(map, options);
    const gd_option *option = gd__option_named(map->options, dot + 1);
    if (option != NULL && give && !is_given(map, options))
        gd__options_put_defaults(map->options, *inner);
    return option;
}

static const char *range_text(const gd_option *option, char text[80])
{
    gd__format(text, 80, "a %snumber %s %g and %s %g",
               option->type == GD_OPTION_NUMBER || option->type == GD_OPTION_NUMBERS ? "" : "whole ",
               option->above ? "above" : "of at least", option->low, option->below ? "below" : "at most", option->high);
    return text;
}

static gd_status fail_value(const gd_record *record, const char *expected, gd_setting setting)
{
    return setting.text != NULL ? gd__fail(GD_ERROR_ARGUMENT, "%s: %s is '%.60s', expected %s", record->name,
                                           setting.name, setting.text, expected)
                                : gd__fail(GD_ERROR_ARGUMENT, "%s: %s is %g, expected %s", record->name, setting.name,
                                           setting.value, expected);
}

// "3,5" as numbers, at most `most` of them. False where it is something else.
static bool read_list(const char *text, int most, double number[GD_MAX_NUMBERS], int *count)
{
    for (*count = 0; *count < most; text++) {
        char *end;
        number[(*count)++] = gd__parse_number(text, &end);
        if (end == text || *end == '\0')
            return end != text;
        text = end;
        if (*text != ',')
            return false;
    }
    return false;
}

// How many numbers its field has room for.
static int room_of(const gd_option *option)
{
    if (option->type != GD_OPTION_NUMBERS)
        return gd__option_axes(option);
    return option->size == sizeof(gd_numbers) ? GD_MAX_NUMBERS : (int)(option->size / sizeof(double));
}

static bool is_whole(double value)
{
    return value > -0x1p53 && value < 0x1p53 && (double)(int64_t)value == value;
}

// One number or one an axis, whole or not.
static gd_status set_numbers(const gd_record *record, const gd_option *option, void *options, gd_setting setting)
{
    double number[GD_MAX_NUMBERS] = {setting.value};
    int count = 1;
    const int room = room_of(option);
    const bool whole = option->type != GD_OPTION_NUMBERS;
    const bool same = option->type == GD_OPTION_PADDING && setting.text != NULL && strcmp(setting.text, "same") == 0;
    const bool valid = option->type == GD_OPTION_PADDING && setting.text != NULL && strcmp(setting.text, "valid") == 0;
    if (same || valid) {
        gd__option_put_size(option, options,
                            same ? (int64_t[GD__OPTION_AXES]){-1, -1, -1} : (int64_t[GD__OPTION_AXES]){0});
        return GD_OK;
    }
    bool good = setting.text == NULL || read_list(setting.text, room, number, &count);
    good = good && (!whole || count == 1 || count == room);
    for (int i = 0; i < count && good; i++)
        good = number[i] == number[i] && (!whole || is_whole(number[i])) && gd__option_in_range(option, number[i]);
    if (!good) {
        char range[80], expected[120] = "";
        gd__format(expected, sizeof expected, "%s%s",
                   option->ranged ? range_text(option, range)
                   : whole        ? "a whole number"
                                  : "a number",
                   room == 1 ? ""
                   : whole   ? ", or one an axis, as in 3,5"
                             : ", or several, as in 3,5");
        return fail_value(record, expected, setting);
    }
    int64_t size[GD__OPTION_AXES];
    for (int i = 0; i < GD__OPTION_AXES && whole; i++)
        size[i] = (int64_t)number[i < count ? i : count - 1];
    if (whole)
        gd__option_put_size(option, options, size);
    else
        gd__option_put_numbers(option, options, count, number);
    return GD_OK;
}

// The name of a record, with its default options; its field begins with the pointer to it.
static gd_status set_record(const gd_record *record, const gd_option *option, void *options, gd_setting setting)
{
    const gd_record *chosen;
    if (setting.text == NULL)
        return fail_value(record, "a name", setting);
    gd_status status = gd_record_named(option->records, setting.text, &chosen);
    if (status != GD_OK)
        return status;
    gd_options_default(chosen, field(option, options));
    memcpy(field(option, options), &chosen, sizeof chosen);
    return GD_OK;
}

gd_status gd_options_set(const gd_record *record, void *options, gd_setting setting)
{
    if (record == NULL || options == NULL || setting.name == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_options_set needs a record, an options struct and a name");
    void *fields;
    const gd_option *option = option_at(record, options, setting.name, true, &fields);
    const double value = setting.value;
    char range[80];
    int place;
    if (option == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s has no option '%.60s' that could be set so", record->name, setting.name);
    switch (option->type) {
    case GD_OPTION_TEXT: gd__option_put_text(option, fields, setting.text); return GD_OK;
    case GD_OPTION_CHOICE:
        if (setting.text == NULL || !gd__word_in(option->choices, setting.text, &place))
            return fail_value(record, option->choices, setting);
        gd__option_put_integer(option, fields, place);
        return GD_OK;
    case GD_OPTION_FLAG: gd__option_put_flag(option, fields, value != 0); return GD_OK;
    case GD_OPTION_NUMBER:
        if (setting.text != NULL || value != value || !gd__option_in_range(option, value))
            return fail_value(record, range_text(option, range), setting);
        gd__option_put_number(option, fields, value);
        return GD_OK;
    case GD_OPTION_INTEGER:
        if (setting.text != NULL || !is_whole(value) || !gd__option_in_range(option, value))
            return fail_value(record, option->ranged ? range_text(option, range) : "a whole number", setting);
        gd__option_put_integer(option, fields, (int64_t)value);
        return GD_OK;
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING:
    case GD_OPTION_NUMBERS: return set_numbers(record, option, fields, setting);
    case GD_OPTION_VARIANT: return set_record(record, option, fields, setting);
    default: return gd__fail(GD_ERROR_ARGUMENT, "%s: %s is no single value", record->name, option->name);
    }
}

// False when its field is no single number.
static bool read_number(const gd_option *option, const void *options, double *value)
{
    const char *from = (const char *)options + option->offset;
    switch (option->type) {
    case GD_OPTION_NUMBER: memcpy(value, from, sizeof *value); return true;
    case GD_OPTION_FLAG: {
        bool stored;
        memcpy(&stored, from, sizeof stored);
        *value = stored != option->inverted;
        return true;
    }
    case GD_OPTION_INTEGER:
    case GD_OPTION_CHOICE: {
        int narrow;
        int64_t wide;
        if (option->size == sizeof narrow)
            memcpy(&narrow, from, sizeof narrow);
        else
            memcpy(&wide, from, sizeof wide);
        *value = option->size == sizeof narrow ? (double)narrow : (double)wide;
        return true;
    }
    default: return false;
    }
}

gd_status gd_options_get(const gd_record *record, const void *options, const char *name, double *value)
{
    if (record == NULL || options == NULL || name == NULL || value == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_options_get needs a record, an options struct and a name");
    void *fields;
    const gd_option *option = option_at(record, (void *)(uintptr_t)options, name, false, &fields);
    if (option != NULL && read_number(option, fields, value))
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s has no option '%.60s' that is a single number", record->name, name);
}

// ---- All options

static int count_words(const char *words)
{
    int count = words != NULL && words[0] != '\0';
    for (const char *at = words; at != NULL && *at != '\0'; at++)
        count += *at == '|';
    return count;
}

static gd_status check_option(const gd_record *record, const gd_option *option, const void *options)
{
    double value;
    char range[80];
    if (option->type == GD_OPTION_INTEGERS) {
        gd_shape list;
        memcpy(&list, (const char *)options + option->offset, sizeof list);
        if (list.rank < option->least || list.rank > GD_MAX_RANK)
            return gd__fail(GD_ERROR_ARGUMENT, "%s: %s has %d entries, expected %d to %d", record->name, option->name,
                            list.rank, option->least, GD_MAX_RANK);
        for (int i = 0; i < list.rank; i++)
            if (!gd__option_in_range(option, (double)list.dim[i]))
                return fail_value(record, range_text(option, range),
                                  (gd_setting){option->name, (double)list.dim[i], 0});
        return GD_OK;
    }
    if (!read_number(option, options, &value))
        return GD_OK;
    if (option->type == GD_OPTION_CHOICE && !(value >= 0 && value < count_words(option->choices)))
        return fail_value(record, option->choices, (gd_setting){option->name, value, NULL});
    if (!gd__option_in_range(option, value))
        return fail_value(record, range_text(option, range), (gd_setting){option->name, value, NULL});
    return GD_OK;
}

gd_status gd_options_check(const gd_record *record, const void *options)
{
    if (record == NULL || options == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_options_check needs a record and an options struct");
    gd_status status = GD_OK;
    for (const gd_option *o = record->options; o != NULL && o->name != NULL && status == GD_OK; o++) {
        if (o->type == GD_OPTION_MAP && o->size > 0 && is_given(o, options)) {
            const void *inner = (const char *)options + o->offset;
            for (const gd_option *i = o->options; i->name != NULL && status == GD_OK; i++)
                status = i->size > 0 ? check_option(record, i, inner) : GD_OK;
        } else if (o->size > 0) {
            status = check_option(record, o, options);
        }
    }
    return status;
}
