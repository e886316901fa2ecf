#include "model/yaml.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include <gradus/op.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"

enum { MOST_BYTES = 1 << 20, MOST_LEVELS = 32, MOST_ENTRIES = 10000 };

// ---- Nodes

void gd__yaml_free(gd__yaml *node)
{
    if (node == NULL)
        return;
    for (int i = 0; i < node->count; i++) {
        if (node->key != NULL)
            gd__yaml_free(node->key[i]);
        gd__yaml_free(node->item[i]);
    }
    gd__free(node->key);
    gd__free(node->item);
    gd__free(node->text);
    gd__free(node);
}

gd__yaml *gd__yaml_new_map(const char *source)
{
    gd__yaml *map = gd__alloc_zeroed(1, sizeof *map);
    if (map == NULL)
        return NULL;
    map->kind = GD__YAML_MAP;
    map->source = source;
    return map;
}

gd_status gd__yaml_append(gd__yaml *node, gd__yaml *key, gd__yaml *item)
{
    bool good = (key != NULL || node->kind == GD__YAML_LIST) && item != NULL;
    if (good && node->count == node->capacity) {
        int capacity = node->capacity == 0 ? 4 : 2 * node->capacity;
        gd__yaml **items = gd__realloc(node->item, (size_t)capacity, sizeof(gd__yaml *));
        if (items != NULL)
            node->item = items;
        good = items != NULL;
        if (good && node->kind == GD__YAML_MAP) {
            gd__yaml **keys = gd__realloc(node->key, (size_t)capacity, sizeof(gd__yaml *));
            if (keys != NULL)
                node->key = keys;
            good = keys != NULL;
        }
        if (good)
            node->capacity = capacity;
    }
    if (!good) {
        gd__yaml_free(key);
        gd__yaml_free(item);
        return gd__fail_memory("a recipe");
    }
    if (key != NULL)
        node->key[node->count] = key;
    node->item[node->count++] = item;
    return GD_OK;
}

gd__yaml *gd__yaml_copy(const gd__yaml *node)
{
    gd__yaml *copy = gd__alloc_zeroed(1, sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *node;
    copy->key = NULL;
    copy->item = NULL;
    copy->count = copy->capacity = 0;
    copy->text = gd__copy_text(node->text);
    bool good = node->text == NULL || copy->text != NULL;
    for (int i = 0; i < node->count && good; i++)
        good = gd__yaml_append(copy, node->key == NULL ? NULL : gd__yaml_copy(node->key[i]),
                               gd__yaml_copy(node->item[i])) == GD_OK;
    if (!good) {
        gd__yaml_free(copy);
        return NULL;
    }
    return copy;
}

gd__yaml *gd__yaml_get(const gd__yaml *map, const char *name)
{
    if (map == NULL || map->kind != GD__YAML_MAP)
        return NULL;
    for (int i = 0; i < map->count; i++)
        if (strcmp(map->key[i]->text, name) == 0)
            return map->item[i];
    return NULL;
}

gd_status gd__yaml_put(gd__yaml *map, const char *name, gd__yaml *value)
{
    for (int i = 0; i < map->count; i++)
        if (strcmp(map->key[i]->text, name) == 0) {
            gd__yaml_free(map->item[i]);
            map->item[i] = value;
            return GD_OK;
        }
    gd__yaml *key = gd__alloc_zeroed(1, sizeof *key);
    if (key != NULL) {
        *key = (gd__yaml){.source = value->source, .line = value->line, .column = value->column};
        key->text = gd__copy_text(name);
    }
    if (key == NULL || key->text == NULL) {
        gd__yaml_free(key);
        gd__yaml_free(value);
        return gd__fail_memory("a recipe");
    }
    return gd__yaml_append(map, key, value);
}

void gd__yaml_remove(gd__yaml *map, const char *key)
{
    for (int i = 0; map->kind == GD__YAML_MAP && i < map->count; i++) {
        if (strcmp(map->key[i]->text, key) != 0)
            continue;
        gd__yaml_free(map->key[i]);
        gd__yaml_free(map->item[i]);
        map->count--;
        memmove(map->key + i, map->key + i + 1, (size_t)(map->count - i) * sizeof map->key[0]);
        memmove(map->item + i, map->item + i + 1, (size_t)(map->count - i) * sizeof map->item[0]);
        return;
    }
}

// ---- Where

const char *gd__yaml_place(const gd__yaml *node, char place[GD__PLACE_SIZE])
{
    if (node->line > 0)
        snprintf(place, GD__PLACE_SIZE, "%.300s:%d", node->source, node->line);
    else
        snprintf(place, GD__PLACE_SIZE, "setting '%.300s'", node->source);
    return place;
}

gd_status gd__yaml_fail(const gd__yaml *node, const char *format, ...)
{
    char sentence[GD_MESSAGE_SIZE], place[GD__PLACE_SIZE];
    va_list list;
    va_start(list, format);
    gd__format_list(sentence, sizeof sentence, format, list);
    va_end(list);
    return gd__fail(node->line > 0 ? GD_ERROR_FORMAT : GD_ERROR_ARGUMENT, "%s: %s", gd__yaml_place(node, place),
                    sentence);
}

// ---- Expressions
//
// In `${min(a, b)}` stand characters that mean something in YAML. While libyaml reads the text, letters of Unicode's
// private area stand in their place, so that lines and columns stay as they are.

static const struct {
    char letter;
    char private[4];
} hidden[] = {
    {'{', "\xEE\x80\x80"}, {'}', "\xEE\x80\x81"}, {',', "\xEE\x80\x82"}, {'[', "\xEE\x80\x83"}, {']', "\xEE\x80\x84"},
};

static void hide(gd__text *out, const char *at, size_t length)
{
    for (; length > 0; at++, length--) {
        const char *private = NULL;
        for (int i = 0; i < GD_COUNT_OF(hidden); i++)
        private = hidden[i].letter == *at ? hidden[i].private : private;
        gd__text_add_bytes(out, private == NULL ? at : private, private == NULL ? 1 : 3);
    }
}

static char *hide_expressions(const char *text, size_t length, size_t *hidden_length)
{
    gd__text out = {0};
    for (size_t i = 0; i < length;) {
        size_t end = i;
        if (text[i] == '$' && i + 1 < length && text[i + 1] == '{')
            while (end < length && text[end] != '}' && text[end] != '\n')
                end++;
        if (end > i && end < length && text[end] == '}') {
            hide(&out, text + i, end + 1 - i);
            i = end + 1;
        } else {
            gd__text_add_bytes(&out, text + i++, 1);
        }
    }
    *hidden_length = out.length;
    return gd__text_take(&out);
}

static char *show_expressions(const char *text)
{
    gd__text out = {0};
    while (*text != '\0') {
        int found = -1;
        for (int i = 0; i < GD_COUNT_OF(hidden); i++)
            found = strncmp(text, hidden[i].private, 3) == 0 ? i : found;
        gd__text_add_bytes(&out, found < 0 ? text : &hidden[found].letter, 1);
        text += found < 0 ? 1 : 3;
    }
    return gd__text_take(&out);
}

// ---- Reading

typedef struct {
    yaml_parser_t parser;
    const char *source;
    bool setting;
} reader;

static gd_status fail_at(const reader *reader, yaml_mark_t mark, const char *what)
{
    if (reader->setting)
        return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': %s", reader->source, what);
    return gd__fail(GD_ERROR_FORMAT, "%.300s:%zu:%zu: %s", reader->source, mark.line + 1, mark.column + 1, what);
}

static gd_status fail_parser(const reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return gd__fail_memory("a recipe");
    char what[300];
    const char *problem = parser->problem == NULL ? "this is not YAML" : parser->problem;
    yaml_mark_t mark = parser->problem_mark;
    if (parser->error == YAML_READER_ERROR) { // it has an offset in place of a mark
        snprintf(what, sizeof what, "not valid UTF-8 text: %.200s", problem);
        mark = parser->mark;
    } else if (parser->context != NULL) {
        snprintf(what, sizeof what, "%.100s: %.100s", parser->context, problem);
    } else {
        snprintf(what, sizeof what, "%.200s", problem);
    }
    return fail_at(reader, mark, what);
}

static gd_status next_event(reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) ? GD_OK : fail_parser(reader);
}

static gd_status read_node(reader *reader, const yaml_event_t *event, int level, gd__yaml **out);

static gd_status read_scalar(const reader *reader, const yaml_event_t *event, gd__yaml *node)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        return fail_at(reader, event->start_mark, "a zero byte inside a text");
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = show_expressions(text);
    return node->text == NULL ? gd__fail_memory("a recipe") : GD_OK;
}

static gd_status read_entry(reader *reader, const yaml_event_t *first, int level, gd__yaml *node)
{
    gd__yaml *key = NULL, *item = NULL;
    if (node->count >= MOST_ENTRIES)
        return fail_at(reader, first->start_mark, "more entries than the 10000 that a list or map may have");
    if (node->kind == GD__YAML_LIST) {
        gd_status status = read_node(reader, first, level, &item);
        return status == GD_OK ? gd__yaml_append(node, NULL, item) : status;
    }
    if (first->type != YAML_SCALAR_EVENT)
        return fail_at(reader, first->start_mark, "a name was expected before ':', not a list or map");
    gd_status status = read_node(reader, first, level, &key);
    if (status != GD_OK)
        return status;
    if (gd__yaml_get(node, key->text) != NULL) {
        char what[200];
        snprintf(what, sizeof what, "the key '%.80s' stands here for the second time", key->text);
        status = fail_at(reader, first->start_mark, what);
    }
    yaml_event_t event;
    if (status == GD_OK && (status = next_event(reader, &event)) == GD_OK) {
        status = read_node(reader, &event, level, &item);
        yaml_event_delete(&event);
    }
    if (status != GD_OK) {
        gd__yaml_free(key);
        return status;
    }
    return gd__yaml_append(node, key, item);
}

static gd_status read_entries(reader *reader, int level, gd__yaml *node)
{
    yaml_event_type_t end = node->kind == GD__YAML_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
    for (;;) {
        yaml_event_t event;
        gd_status status = next_event(reader, &event);
        if (status != GD_OK)
            return status;
        bool done = event.type == end;
        if (!done)
            status = read_entry(reader, &event, level + 1, node);
        yaml_event_delete(&event);
        if (done || status != GD_OK)
            return status;
    }
}

static gd_status refuse(const reader *reader, const yaml_event_t *event, int level)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (event->type == YAML_ALIAS_EVENT || anchor != NULL)
        return fail_at(reader, event->start_mark, "anchors (&) and aliases (*) are not allowed in a recipe");
    if (tag != NULL)
        return fail_at(reader, event->start_mark, "tags (!) are not allowed in a recipe");
    if (level > MOST_LEVELS)
        return fail_at(reader, event->start_mark, "lists and maps nested more than 32 deep");
    return GD_OK;
}

static gd_status read_node(reader *reader, const yaml_event_t *event, int level, gd__yaml **out)
{
    *out = NULL;
    gd_status status = refuse(reader, event, level);
    if (status != GD_OK)
        return status;
    gd__yaml *node = gd__alloc_zeroed(1, sizeof *node);
    if (node == NULL)
        return gd__fail_memory("a recipe");
    node->source = reader->source;
    if (!reader->setting) {
        node->line = (int)event->start_mark.line + 1;
        node->column = (int)event->start_mark.column + 1;
    }
    if (event->type == YAML_SCALAR_EVENT) {
        status = read_scalar(reader, event, node);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node->kind = GD__YAML_LIST;
        node->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        status = read_entries(reader, level, node);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        node->kind = GD__YAML_MAP;
        node->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        status = read_entries(reader, level, node);
    } else {
        status = fail_at(reader, event->start_mark, "a value was expected");
    }
    if (status != GD_OK) {
        gd__yaml_free(node);
        return status;
    }
    *out = node;
    return GD_OK;
}

// The document between the stream's start and end.
static gd_status read_document(reader *reader, gd__yaml **out)
{
    bool opened = false;
    for (;;) {
        yaml_event_t event;
        gd_status status = next_event(reader, &event);
        if (status != GD_OK)
            return status;
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && opened)
            status = fail_at(reader, event.start_mark, "a second document (---) begins; a recipe is one");
        else if (type == YAML_DOCUMENT_START_EVENT)
            opened = true;
        else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT && type != YAML_DOCUMENT_END_EVENT)
            status = read_node(reader, &event, 0, out);
        yaml_event_delete(&event);
        if (status != GD_OK || type == YAML_STREAM_END_EVENT)
            return status;
    }
}

gd_status gd__yaml_parse(const char *text, size_t length, const char *source, bool setting, gd__yaml **out)
{
    *out = NULL;
    if (length > MOST_BYTES)
        return gd__fail(GD_ERROR_FORMAT, "%.300s: %zu bytes, more than the 1 MiB a recipe may have", source, length);
    reader reader = {.source = source, .setting = setting};
    char *shown = hide_expressions(text, length, &length);
    if (shown == NULL || !yaml_parser_initialize(&reader.parser)) {
        gd__free(shown);
        return gd__fail_memory("a recipe");
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)shown, length);
    gd_status status = read_document(&reader, out);
    yaml_parser_delete(&reader.parser);
    gd__free(shown);
    if (status == GD_OK && *out == NULL) { // no document at all
        *out = gd__alloc_zeroed(1, sizeof **out);
        if (*out == NULL || ((*out)->text = gd__copy_text("")) == NULL)
            status = gd__fail_memory("a recipe");
        else
            **out = (gd__yaml){.source = source, .line = setting ? 0 : 1, .column = 1, .text = (*out)->text};
    }
    if (status != GD_OK) {
        gd__yaml_free(*out);
        *out = NULL;
    }
    return status;
}

// ---- Scalars

static bool is_plain(const gd__yaml *node)
{
    return node != NULL && node->kind == GD__YAML_SCALAR && !node->quoted;
}

// Decimal only, whatever the locale says: digits, a point, an exponent.
bool gd__yaml_number(const gd__yaml *node, double *value)
{
    if (!is_plain(node))
        return false;
    const char *at = node->text;
    double sign = *at == '-' ? -1 : 1;
    at += *at == '-' || *at == '+';
    long double mantissa = 0;
    int digits = 0, shift = 0;
    for (bool point = false; (*at >= '0' && *at <= '9') || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        mantissa = 10 * mantissa + (*at - '0');
        digits++;
        shift += point;
    }
    int exponent = 0;
    if (digits > 0 && (*at == 'e' || *at == 'E')) {
        at++;
        int exponent_sign = *at == '-' ? -1 : 1;
        at += *at == '-' || *at == '+';
        if (*at < '0' || *at > '9')
            return false;
        for (; *at >= '0' && *at <= '9'; at++)
            exponent = exponent < 10000 ? 10 * exponent + (*at - '0') : exponent;
        exponent *= exponent_sign;
    }
    if (digits == 0 || digits > 40 || *at != '\0')
        return false;
    exponent -= shift;
    // Powers of ten up to 22 are exact, so short decimals become the nearest double.
    long double scale = powl(10.0L, (long double)(exponent < 0 ? -exponent : exponent));
    *value = sign * (double)(exponent < 0 ? mantissa / scale : mantissa * scale);
    return isfinite(*value);
}

bool gd__yaml_integer(const gd__yaml *node, int64_t *value)
{
    double number;
    if (!gd__yaml_number(node, &number) || number != floor(number) || fabs(number) > 9007199254740992.0)
        return false;
    *value = (int64_t)number;
    return true;
}

bool gd__yaml_bool(const gd__yaml *node, bool *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    if (!is_plain(node))
        return false;
    for (int i = 0; i < 6; i++)
        if (strcasecmp(node->text, words[i]) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    return false;
}

bool gd__yaml_is(const gd__yaml *node, const char *text)
{
    return node != NULL && node->kind == GD__YAML_SCALAR && strcmp(node->text, text) == 0;
}
