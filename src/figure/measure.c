#include "figure/measure.h"

#include <stdbool.h>
#include <string.h>

// How many bytes the UTF-8 character at `text` has, and how wide it is as a share of the font's size.
static size_t measure(const char *text, double *width)
{
    unsigned char first = (unsigned char)text[0];
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    bool narrow = first < 0x80 && strchr("iljtfrI.,:;!'|()[] ", first) != NULL;
    // The scripts of East Asia begin at U+1100, in three bytes from 0xe1; below U+3000 stand signs such as dashes.
    *width = length >= 3 && first >= 0xe3 ? 1.0 : narrow ? 0.33 : first < 0x80 && strchr("mwMW%", first) ? 0.85 : 0.58;
    return length;
}

double gd__text_width(const char *text, double font_size)
{
    double sum = 0, width;
    while (text != NULL && *text != '\0') {
        text += measure(text, &width);
        sum += width * font_size;
    }
    return sum;
}

json_t *gd__text_lines(const char *text, double width, double font_size)
{
    json_t *lines = json_array();
    const char *start = text, *end = text; // the line so far ends at `end`, where it may be broken
    double used = 0, since = 0;            // width of the line, and of what stands after `end`
    for (const char *at = text; *at != '\0';) {
        double step;
        size_t length = measure(at, &step);
        bool wide = step == 1.0;
        if (*at == ' ' || *at == '\n' || wide) {
            end = at;
            since = 0;
        }
        used += step * font_size;
        since += step * font_size;
        at += length;
        bool forced = *end == '\n';
        if ((used > width && end > start) || forced) {
            json_array_append_new(lines, json_stringn(start, (size_t)(end - start)));
            start = *end == ' ' || forced ? end + 1 : end;
            end = start;
            used = since;
        }
    }
    if (*start != '\0')
        json_array_append_new(lines, json_string(start));
    return lines;
}
