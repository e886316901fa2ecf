#include "figure/escape.h"

#include <string.h>

#include "base/memory.h"

static const char replacement[] = "\xef\xbf\xbd"; // U+FFFD

// The length of the UTF-8 character that `text` begins with, or 0 when it is none (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF). `text` ends with a zero, so no byte after it is looked at.
static size_t character_length(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    if (byte[0] < 0x80)
        return byte[0] >= 0x20 && byte[0] != 0x7f ? 1 : byte[0] == '\n' || byte[0] == '\t';
    size_t length = byte[0] >= 0xc2 && byte[0] <= 0xdf   ? 2
                    : byte[0] >= 0xe0 && byte[0] <= 0xef ? 3
                    : byte[0] >= 0xf0 && byte[0] <= 0xf4 ? 4
                                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
        (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    return length;
}

static const char *entity(char character)
{
    switch (character) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void add_clean(gd__text *to, const char *text, bool html)
{
    while (text != NULL && *text != '\0') {
        size_t length = character_length(text);
        const char *instead = length == 0 ? replacement : html ? entity(*text) : NULL;
        if (instead != NULL)
            gd__text_add_bytes(to, instead, strlen(instead));
        else
            gd__text_add_bytes(to, text, length);
        text += length == 0 ? 1 : length;
    }
}

void gd__html_add(gd__text *html, const char *text)
{
    add_clean(html, text, true);
}

void gd__html_add_name(gd__text *html, const char *name)
{
    static const char *const otherwise[][2] = {{"r2", "R\xc2\xb2"}, {"f1", "F1"}, {"roc_auc", "ROC AUC"}};
    for (size_t i = 0; name != NULL && i < sizeof otherwise / sizeof *otherwise; i++)
        name = strcmp(name, otherwise[i][0]) == 0 ? otherwise[i][1] : name;
    const size_t before = html->length;
    add_clean(html, name, true);
    for (size_t i = before; i < html->length; i++)
        if (html->data[i] == '_')
            html->data[i] = ' ';
}

char *gd__utf8_copy(const char *text)
{
    gd__text copy = {0};
    add_clean(&copy, text, false);
    return gd__text_take(&copy);
}
