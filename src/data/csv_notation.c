#include "data/csv_notation.h"

#include <string.h>

#include "data/csv_date.h"

enum { LOOKED_AT = 1000 };

// Whether nine tenths of the first texts are good.
typedef bool judge(const void *how, const char *text, size_t length);
static bool nearly_all(const gd__vocabulary *texts, judge *is_good, const void *how, const char **example)
{
    const int count = texts->count < LOOKED_AT ? texts->count : LOOKED_AT;
    int good = 0;
    for (int w = 0; w < count; w++)
        if (is_good(how, texts->word[w].text, texts->word[w].length)) {
            if (good++ == 0)
                *example = texts->word[w].text;
        } else if (w - good > count / 10) {
            return false;
        }
    return good > 0 && 10 * good >= 9 * count;
}

static bool is_number(const void *how, const char *text, size_t length)
{
    double number;
    return gd__csv_read_number(how, text, length, &number);
}

static bool is_date(const void *how, const char *text, size_t length)
{
    (void)how;
    double seconds;
    return gd__csv_read_date(text, length, false, &seconds);
}

bool gd__csv_are_dates(const gd__vocabulary *texts)
{
    const char *example;
    return nearly_all(texts, is_date, NULL, &example);
}

// The sign of a currency that stands in one of the texts, or NULL.
static const char *find_currency(const gd__vocabulary *texts)
{
    static const char *const signs[] = {"$",   "€",   "£",   "¥",   "₹",   "EUR", "USD", "GBP",
                                        "JPY", "CHF", "CNY", "INR", "Rs.", "kr",  "zł"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0] && texts->count > 0; i++)
        if (strstr(texts->word[0].text, signs[i]) != NULL)
            return signs[i];
    return NULL;
}

static void say_options(const gd__csv_notation *notation, gd__text *options)
{
    const char *between = "";
    if (notation->decimal == ',') {
        gd__text_add(options, "`decimal: comma`");
        between = ", ";
    }
    if (notation->thousands != '\0') {
        gd__text_add(options, "%s`thousands: \"%c\"`", between, notation->thousands);
        between = ", ";
    }
    if (notation->percent) {
        gd__text_add(options, "%s`percent: true`", between);
        between = ", ";
    }
    if (notation->currency != NULL)
        gd__text_add(options, "%s`currency: \"%s\"`", between, notation->currency);
}

bool gd__csv_other_notation(const gd__vocabulary *texts, locale_t c_locale, gd__text *options, const char **example)
{
    // A comma with groups of three digits behind it may be either.
    static const struct {
        char decimal, thousands;
    } signs[] = {{'.', '\0'}, {'.', ','}, {',', '\0'}, {',', '.'}, {'.', ' '}, {',', ' '}, {'.', '\''}};
    const char *currency = find_currency(texts);
    for (int extra = 0; extra < 4; extra++) {
        const bool percent = extra & 1;
        if ((extra & 2) && currency == NULL)
            continue;
        for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
            const gd__csv_notation notation = {.decimal = signs[i].decimal,
                                               .thousands = signs[i].thousands,
                                               .percent = percent,
                                               .currency = extra & 2 ? currency : NULL,
                                               .c_locale = c_locale};
            if (!nearly_all(texts, is_number, &notation, example))
                continue;
            say_options(&notation, options);
            gd__csv_notation comma = notation;
            comma.decimal = ',';
            comma.thousands = '\0';
            const char *other;
            if (notation.thousands == ',' && nearly_all(texts, is_number, &comma, &other))
                gd__text_add(options, " or `decimal: comma`");
            return options->length > 0;
        }
    }
    return false;
}
