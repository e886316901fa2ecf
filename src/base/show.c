#include "base/show.h"
#include "base/error.h"
#include "base/format.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char dash[] = "\xe2\x80\x93";

gd_number_text gd_count_text(int64_t count)
{
    gd_number_text shown;
    char digits[24];
    const size_t length = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)count), first = digits[0] == '-';
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > first && (length - i) % 3 == 0)
            shown.text[at++] = ',';
        shown.text[at++] = digits[i];
    }
    shown.text[at] = '\0';
    return shown;
}

static gd_number_text show(const char *format, ...) GD_PRINTF(1, 2);

static gd_number_text show(const char *format, ...)
{
    gd_number_text shown;
    va_list values;
    va_start(values, format);
    gd__format_list(shown.text, sizeof shown.text, format, values);
    va_end(values);
    return shown;
}

gd_number_text gd_rate_text(double rate)
{
    return rate >= 99.95 && rate < 1e15 ? gd_count_text((int64_t)(rate + 0.5)) : show("%.3g", rate);
}

// Three digits, and a unit of so many powers of `base`; below the base, whole numbers.
static gd_number_text scaled(double number, double base, const char *const *prefix, int prefixes, const char *unit)
{
    if (!isfinite(number))
        return show("%s", dash);
    int power = 0;
    while (power + 1 < prefixes && fabs(number) >= (power == 0 ? base : 0.9995 * base)) {
        number /= base;
        power++;
    }
    const int digits = power == 0 || fabs(number) >= 99.95 ? 0 : fabs(number) >= 9.995 ? 1 : 2;
    const bool bare = prefix[power][0] == '\0' && unit[0] == '\0';
    return show("%.*f%s%s%.24s", digits, number, bare ? "" : " ", prefix[power], unit);
}

gd_number_text gd_prefixed_text(double number, const char *unit)
{
    GD__NEEDS(unit, (gd_number_text){0});
    static const char *const prefix[] = {"", "k", "M", "G", "T", "P"};
    return scaled(number, 1000, prefix, 6, unit);
}

gd_number_text gd_bytes_text(double bytes)
{
    static const char *const prefix[] = {"", "Ki", "Mi", "Gi", "Ti"};
    return scaled(bytes, 1024, prefix, 5, "B");
}

gd_number_text gd_duration_text(double seconds)
{
    if (!(seconds >= 0 && seconds < 1e12))
        return show("%s", dash);
    if (seconds < 0.0995)
        return show("%.3g ms", 1e3 * seconds);
    if (seconds < 0.995)
        return show("%.2f s", seconds);
    if (seconds < 9.95)
        return show("%.1f s", seconds);
    const long long whole = (long long)(seconds + 0.5);
    if (whole < 60)
        return show("%lld s", whole);
    if (whole < 3600)
        return show("%lld min %02lld s", whole / 60, whole % 60);
    return show("%lld h %02lld min", whole / 3600, whole / 60 % 60);
}

// ---- On pages

gd_number_text gd__value_text(double value)
{
    if (!isfinite(value))
        return show("%s", dash);
    return fabs(value) >= 1e4 && fabs(value) < 1e12 ? gd_count_text(llround(value)) : show("%.4g", value);
}

gd_number_text gd__weight_text(double weight)
{
    const bool whole = weight == floor(weight) && fabs(weight) < 1e15;
    return whole ? gd_count_text((int64_t)weight) : show("%.6g", weight);
}

gd_number_text gd__percent_text(double share)
{
    if (!isfinite(share) || fabs(share) >= 1e6)
        return show("%s", dash);
    return share < 0.9995 ? show("%.1f\u00a0%%", 100 * share) : show("%.4g\u00a0%%", 100 * share);
}
