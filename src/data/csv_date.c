#include "data/csv_date.h"

#include <math.h>
#include <stdint.h>

#include "data/csv_number.h"

enum { DAY_SECONDS = 86400 };

const char *const gd__date_part_names[GD__DATE_PARTS] = {"year", "month", "day", "weekday", "hour", "minute"};

// ---- The calendar: days are counted from the first of March, so that a leap day is the last of its year.

enum { ERA_YEARS = 400, ERA_DAYS = 146097, DAYS_TO_1970 = 719468 };

static int64_t days_since_1970(int year, int month, int day)
{
    const int64_t years = month <= 2 ? year - 1 : year, era = (years >= 0 ? years : years - ERA_YEARS + 1) / ERA_YEARS;
    const int64_t of_era = years - era * ERA_YEARS, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

double gd__csv_day_seconds(int year, int month, int day)
{
    return (double)(days_since_1970(year, month, day) * DAY_SECONDS);
}

static void date_of_days(int64_t days, int *year, int *month, int *day)
{
    days += DAYS_TO_1970;
    const int64_t era = (days >= 0 ? days : days - ERA_DAYS + 1) / ERA_DAYS, of_era = days - era * ERA_DAYS;
    const int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * years + years / 4 - years / 100), shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(years + era * ERA_YEARS + (*month <= 2));
}

void gd__csv_date_parts(double seconds, double part[GD__DATE_PARTS])
{
    const int64_t whole = (int64_t)floor(seconds);
    int64_t days = whole / DAY_SECONDS, rest = whole % DAY_SECONDS;
    if (rest < 0) {
        rest += DAY_SECONDS;
        days--;
    }
    int year, month, day;
    date_of_days(days, &year, &month, &day);
    const int64_t weekday = ((days + 3) % 7 + 7) % 7; // 1970 began on a Thursday
    const double parts[GD__DATE_PARTS] = {
        year, month, day, (double)weekday, (double)(rest / 3600), (double)(rest / 60 % 60)};
    for (int i = 0; i < GD__DATE_PARTS; i++)
        part[i] = parts[i];
}

// ---- Reading

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take(cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

// Exactly `count` digits.
static bool digits(cursor *c, int count, int *value)
{
    if (c->end - c->at < count)
        return false;
    *value = 0;
    for (int i = 0; i < count; i++, c->at++) {
        if (*c->at < '0' || *c->at > '9')
            return false;
        *value = *value * 10 + (*c->at - '0');
    }
    return true;
}

static bool read_day(cursor *c, int64_t *days)
{
    static const int days_of[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!digits(c, 4, &year))
        return false;
    const char mark = c->at < c->end && (*c->at == '-' || *c->at == '/') ? *c->at : '\0';
    if (mark != '\0')
        c->at++;
    if (!digits(c, 2, &month) || (mark != '\0' && !take(c, mark)) || !digits(c, 2, &day))
        return false;
    if (month < 1 || month > 12)
        return false;
    const bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > days_of[month - 1] + leap)
        return false;
    *days = days_since_1970(year, month, day);
    return true;
}

static bool read_time(cursor *c, double *seconds)
{
    int hour, minute, second = 0;
    double fraction = 0;
    if (!digits(c, 2, &hour) || !take(c, ':') || !digits(c, 2, &minute))
        return false;
    if (take(c, ':')) {
        if (!digits(c, 2, &second))
            return false;
        if (take(c, '.') || take(c, ',')) {
            double place = .1;
            for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, place /= 10)
                fraction += place * (*c->at - '0');
        }
    }
    if (hour > 24 || minute > 59 || second > 60)
        return false;
    *seconds = hour * 3600 + minute * 60 + second + fraction;
    return true;
}

static bool read_offset(cursor *c, int *seconds)
{
    *seconds = 0;
    if (c->at == c->end || take(c, 'Z'))
        return true;
    const bool west = *c->at == '-';
    int hours, minutes = 0;
    if ((!take(c, '+') && !take(c, '-')) || !digits(c, 2, &hours))
        return false;
    take(c, ':');
    if (c->at < c->end && !digits(c, 2, &minutes))
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

bool gd__csv_read_date(const char *text, size_t length, bool universal, double *seconds)
{
    gd__csv_trim(&text, &length);
    cursor c = {text, text + length};
    int64_t days;
    double time = 0;
    int offset = 0;
    if (!read_day(&c, &days))
        return false;
    if (c.at < c.end && ((!take(&c, 'T') && !take(&c, ' ')) || !read_time(&c, &time) || !read_offset(&c, &offset)))
        return false;
    *seconds = (double)days * DAY_SECONDS + time - (universal ? offset : 0);
    return c.at == c.end;
}
