#include "base/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char dash[] = "\xe2\x80\x93";

gd__shown gd__show_count(int64_t count)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, count);
    gd__shown shown;
    size_t length = strlen(digits), at = 0, first = digits[0] == '-';
    for (size_t i = 0; i < length; i++) {
        if (i > first && (length - i) % 3 == 0)
            shown.text[at++] = ',';
        shown.text[at++] = digits[i];
    }
    shown.text[at] = '\0';
    return shown;
}

static gd__shown format_number(double value, const char *unit, int digits)
{
    gd__shown shown;
    if (isfinite(value))
        snprintf(shown.text, sizeof shown.text, "%.*g%s", digits, value, unit);
    else
        snprintf(shown.text, sizeof shown.text, "%s", dash);
    return shown;
}

gd__shown gd__show_number(double value)
{
    return fabs(value) >= 1e4 && fabs(value) < 1e12 ? gd__show_count(llround(value)) : format_number(value, "", 4);
}

gd__shown gd__show_weight(double weight)
{
    const bool whole = weight == floor(weight) && fabs(weight) < 1e15;
    return whole ? gd__show_count((int64_t)weight) : format_number(weight, "", 6);
}

gd__shown gd__show_percent(double share)
{
    gd__shown shown;
    if (isfinite(share) && fabs(share) < 1e6)
        snprintf(shown.text, sizeof shown.text, share < 0.9995 ? "%.1f\u00a0%%" : "%.4g\u00a0%%", 100 * share);
    else
        snprintf(shown.text, sizeof shown.text, "%s", dash);
    return shown;
}

gd__shown gd__show_seconds(double seconds)
{
    if (!(seconds >= 0 && seconds < 1e9))
        return format_number(NAN, "", 3);
    if (seconds < 60)
        return seconds < 1 ? format_number(1000 * seconds, "\u00a0ms", 3) : format_number(seconds, "\u00a0s", 3);
    gd__shown shown;
    long whole = lround(seconds);
    if (whole < 3600)
        snprintf(shown.text, sizeof shown.text, "%ld\u00a0min %ld\u00a0s", whole / 60, whole % 60);
    else
        snprintf(shown.text, sizeof shown.text, "%ld\u00a0h %ld\u00a0min", whole / 3600, whole / 60 % 60);
    return shown;
}

static gd__shown scaled(double value, double step, int units, const char *const *unit)
{
    int at = 0;
    while (at + 1 < units && value >= 0.9995 * step) {
        value /= step;
        at++;
    }
    return format_number(value, unit[at], value >= 999.5 ? 4 : 3);
}

gd__shown gd__show_bytes(double bytes)
{
    static const char *const unit[] = {"\u00a0B", "\u00a0KiB", "\u00a0MiB", "\u00a0GiB", "\u00a0TiB"};
    return scaled(bytes, 1024, 5, unit);
}

gd__shown gd__show_operations(double number)
{
    static const char *const unit[] = {"", "\u00a0k", "\u00a0M", "\u00a0G", "\u00a0T"};
    return scaled(number, 1000, 5, unit);
}
