#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const char replacement[] = "\xef\xbf\xbd"; // U+FFFD
static const char dash[] = "\xe2\x80\x93";

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

// ---- Numbers

gd__figure gd__figure_count(int64_t count)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, count);
    gd__figure figure;
    size_t length = strlen(digits), at = 0, first = digits[0] == '-';
    for (size_t i = 0; i < length; i++) {
        if (i > first && (length - i) % 3 == 0)
            figure.text[at++] = ',';
        figure.text[at++] = digits[i];
    }
    figure.text[at] = '\0';
    return figure;
}

static gd__figure format_number(double value, const char *unit, int digits)
{
    gd__figure figure;
    if (isfinite(value))
        snprintf(figure.text, sizeof figure.text, "%.*g%s", digits, value, unit);
    else
        snprintf(figure.text, sizeof figure.text, "%s", dash);
    return figure;
}

gd__figure gd__figure_number(double value)
{
    return fabs(value) >= 1e4 && fabs(value) < 1e12 ? gd__figure_count(llround(value)) : format_number(value, "", 4);
}

gd__figure gd__figure_weight(double weight)
{
    const bool whole = weight == floor(weight) && fabs(weight) < 1e15;
    return whole ? gd__figure_count((int64_t)weight) : format_number(weight, "", 6);
}

gd__figure gd__figure_percent(double share)
{
    gd__figure figure;
    if (isfinite(share) && fabs(share) < 1e6)
        snprintf(figure.text, sizeof figure.text, share < 0.9995 ? "%.1f\u00a0%%" : "%.4g\u00a0%%", 100 * share);
    else
        snprintf(figure.text, sizeof figure.text, "%s", dash);
    return figure;
}

gd__figure gd__figure_seconds(double seconds)
{
    if (!(seconds >= 0 && seconds < 1e9))
        return format_number(NAN, "", 3);
    if (seconds < 60)
        return seconds < 1 ? format_number(1000 * seconds, "\u00a0ms", 3) : format_number(seconds, "\u00a0s", 3);
    gd__figure figure;
    long whole = lround(seconds);
    if (whole < 3600)
        snprintf(figure.text, sizeof figure.text, "%ld\u00a0min %ld\u00a0s", whole / 60, whole % 60);
    else
        snprintf(figure.text, sizeof figure.text, "%ld\u00a0h %ld\u00a0min", whole / 3600, whole / 60 % 60);
    return figure;
}

static gd__figure scaled(double value, double step, int units, const char *const *unit)
{
    int at = 0;
    while (at + 1 < units && value >= 0.9995 * step) {
        value /= step;
        at++;
    }
    return format_number(value, unit[at], value >= 999.5 ? 4 : 3);
}

gd__figure gd__figure_bytes(double bytes)
{
    static const char *const unit[] = {"\u00a0B", "\u00a0KiB", "\u00a0MiB", "\u00a0GiB", "\u00a0TiB"};
    return scaled(bytes, 1024, 5, unit);
}

gd__figure gd__figure_operations(double number)
{
    static const char *const unit[] = {"", "\u00a0k", "\u00a0M", "\u00a0G", "\u00a0T"};
    return scaled(number, 1000, 5, unit);
}
