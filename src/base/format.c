#include "base/format.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// Documented process-wide state: the C locale, made once. Where there is no memory for it the program's own is used.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

// Of this thread alone: others that write meanwhile notice nothing.
static locale_t enter(void)
{
    pthread_once(&once, make_locale);
    return c_locale == (locale_t)0 ? (locale_t)0 : uselocale(c_locale);
}

static void leave(locale_t before)
{
    if (before != (locale_t)0)
        uselocale(before);
}

int gd__format_list(char *to, size_t room, const char *format, va_list arguments)
{
    const locale_t before = enter();
    const int length = vsnprintf(to, room, format, arguments);
    leave(before);
    return length;
}

int gd__format(char *to, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = gd__format_list(to, room, format, arguments);
    va_end(arguments);
    return length;
}

double gd__parse_number(const char *text, char **end)
{
    const locale_t before = enter();
    const double number = strtod(text, end);
    leave(before);
    return number;
}
