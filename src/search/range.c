// Parameters: places in the unit interval, and the values that stand there.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "search/search.h"

#define LARGEST 9007199254740992.0

static bool is_log(const gd_search_parameter *p)
{
    return p->range == GD_RANGE_LOG || p->range == GD_RANGE_LOG_INTEGER;
}

static bool is_whole(const gd_search_parameter *p)
{
    return p->range == GD_RANGE_INTEGER || p->range == GD_RANGE_LOG_INTEGER;
}

gd_status gd__search_parameter_check(const gd_search_parameter *p)
{
    if (p->name == NULL || p->name[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT, "a parameter of the search has no name");
    if (p->range == GD_RANGE_CHOICE) {
        if (p->choice_count < 1)
            return gd__fail(GD_ERROR_ARGUMENT, "the choice of '%.100s' is empty", p->name);
        return GD_OK;
    }
    if (!isfinite(p->low) || !isfinite(p->high) || fabs(p->low) > LARGEST || fabs(p->high) > LARGEST)
        return gd__fail(GD_ERROR_ARGUMENT, "the range of '%.100s' goes from %g to %g", p->name, p->low, p->high);
    if (p->low >= p->high)
        return gd__fail(GD_ERROR_ARGUMENT, "the range of '%.100s' goes from %g to %g, expected the smaller end first",
                        p->name, p->low, p->high);
    if (is_log(p) && p->low <= 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the range of '%.100s' is logarithmic and begins at %g, expected above 0",
                        p->name, p->low);
    if (is_whole(p) && (p->low != floor(p->low) || p->high != floor(p->high)))
        return gd__fail(GD_ERROR_ARGUMENT, "the range of '%.100s' goes from %g to %g, expected whole numbers", p->name,
                        p->low, p->high);
    return GD_OK;
}

// Six digits are enough for a hyper-parameter, and are easier to read. Powers of ten up to 22 are exact, so the result
// is the double nearest to the short decimal.
static double six_digits(double value)
{
    int shift = value == 0 ? 0 : 5 - (int)floor(log10(fabs(value)));
    if (shift < -22 || shift > 22)
        return value;
    double power = pow(10, abs(shift));
    return shift >= 0 ? round(value * power) / power : round(value / power) * power;
}

static double kept_within(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

double gd__range_value(const gd_search_parameter *p, double place)
{
    place = kept_within(place, 0, 1);
    switch (p->range) {
    case GD_RANGE_CHOICE: return fmin(floor(place * p->choice_count), p->choice_count - 1);
    case GD_RANGE_UNIFORM: return kept_within(six_digits(p->low + place * (p->high - p->low)), p->low, p->high);
    case GD_RANGE_LOG:
        return kept_within(six_digits(exp(log(p->low) + place * log(p->high / p->low))), p->low, p->high);
    case GD_RANGE_INTEGER: return fmin(p->low + floor(place * (p->high - p->low + 1)), p->high);
    case GD_RANGE_LOG_INTEGER: {
        double from = log(p->low - 0.5), to = log(p->high + 0.5);
        return kept_within(round(exp(from + place * (to - from))), p->low, p->high);
    }
    }
    return 0;
}

double gd__range_place(const gd_search_parameter *p, double value)
{
    double place = 0;
    switch (p->range) {
    case GD_RANGE_CHOICE: place = (value + 0.5) / p->choice_count; break;
    case GD_RANGE_UNIFORM: place = (value - p->low) / (p->high - p->low); break;
    case GD_RANGE_LOG: place = log(value / p->low) / log(p->high / p->low); break;
    case GD_RANGE_INTEGER: place = (value - p->low + 0.5) / (p->high - p->low + 1); break;
    case GD_RANGE_LOG_INTEGER: place = log(value / (p->low - 0.5)) / log((p->high + 0.5) / (p->low - 0.5)); break;
    }
    return kept_within(place, 0, 1);
}

double gd__range_size(const gd_search_parameter *p)
{
    return p->range == GD_RANGE_CHOICE ? p->choice_count : is_whole(p) ? p->high - p->low + 1 : 0;
}

bool gd__search_is_new(const gd_search *search, const double *value)
{
    size_t bytes = (size_t)search->parameter_count * sizeof *value;
    for (int i = 0; i < search->trial_count; i++)
        if (memcmp(search->trial[i]->value, value, bytes) == 0)
            return false;
    return true;
}

const char *gd_search_value_text(const gd_search *search, const gd_search_trial *trial, int index,
                                 char text[GD_SEARCH_TEXT])
{
    GD__NEEDS(search, NULL);
    GD__NEEDS(trial, NULL);
    GD__NEEDS(text, NULL);
    const gd_search_parameter *p = &search->parameter[index];
    double value = trial->value[index];
    if (p->range == GD_RANGE_CHOICE)
        snprintf(text, GD_SEARCH_TEXT, "%s", p->choice[(int)value]);
    else if (is_whole(p))
        gd__format(text, GD_SEARCH_TEXT, "%.0f", value);
    else
        gd__format(text, GD_SEARCH_TEXT, "%.6g", value);
    bool rounded = p->range != GD_RANGE_CHOICE && gd__parse_number(text, NULL) != value; // an end with many digits
    if (rounded)
        gd__format(text, GD_SEARCH_TEXT, "%.17g", value);
    return text;
}
