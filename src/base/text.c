#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/memory.h"

static bool make_room(gd__text *text, size_t more)
{
    if (text->failed)
        return false;
    size_t needed = text->length + more + 1;
    if (text->data != NULL && needed <= text->capacity)
        return true;
    size_t capacity = text->capacity < 128 ? 256 : text->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    char *larger = gd__realloc(text->data, capacity, 1);
    if (larger == NULL) {
        text->failed = true;
        return false;
    }
    text->data = larger;
    text->capacity = capacity;
    return true;
}

void gd__text_add_bytes(gd__text *text, const char *bytes, size_t length)
{
    if (!make_room(text, length))
        return;
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void gd__text_add(gd__text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = gd__format_list(NULL, 0, format, arguments);
    if (length >= 0 && make_room(text, (size_t)length)) {
        gd__format_list(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

char *gd__text_take(gd__text *text)
{
    if (text->data == NULL && !text->failed)
        gd__text_add_bytes(text, "", 0);
    char *data = text->data;
    if (text->failed) {
        gd__free(data);
        data = NULL;
    }
    *text = (gd__text){0};
    return data;
}

void gd__text_free(gd__text *text)
{
    gd__free(text->data);
    *text = (gd__text){0};
}

void gd_text_free(char *text)
{
    gd__free(text);
}
