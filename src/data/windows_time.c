// Moments: steps of seconds and of months, and how they are written.
#include <math.h>
#include <stdio.h>

#include "data/csv_date.h"
#include "data/windows.h"

enum { DAY_SECONDS = 86400, MONTHS = 12 };
#define LARGEST_NUMBER 100000 // smaller moments are numbers, larger ones dates
#define TAU 6.283185307179586

// ---- Steps

typedef struct moment {
    int64_t month; // since the year 0
    int day;       // 0 … 30
    bool last_day; // of its month
    double rest;   // seconds since midnight
} moment;

static int64_t month_of(double seconds, int *day)
{
    double part[GD__DATE_PARTS];
    gd__csv_date_parts(seconds, part);
    *day = (int)part[2] - 1;
    return (int64_t)part[0] * MONTHS + (int64_t)part[1] - 1;
}

static moment moment_of(double seconds)
{
    moment m;
    int next;
    m.month = month_of(seconds, &m.day);
    (void)month_of(seconds + DAY_SECONDS, &next);
    m.last_day = next == 0;
    m.rest = seconds - floor(seconds / DAY_SECONDS) * DAY_SECONDS;
    return m;
}

bool gd__time_steps(gd__time_step step, double from, double to, int64_t *steps)
{
    if (step.months == 0) {
        const double exact = (to - from) / step.size;
        *steps = llround(exact);
        return fabs(exact - (double)*steps) < 1e-6;
    }
    const moment a = moment_of(from), b = moment_of(to);
    *steps = (b.month - a.month) / step.months;
    return (b.month - a.month) % step.months == 0 && (a.day == b.day || (a.last_day && b.last_day)) && a.rest == b.rest;
}

double gd__time_after(gd__time_step step, double from, int64_t steps)
{
    if (step.months == 0)
        return from + (double)steps * step.size;
    const moment a = moment_of(from);
    const int64_t month = a.month + steps * step.months;
    const double first = gd__csv_day_seconds((int)(month / MONTHS), (int)(month % MONTHS) + 1, 1);
    const int64_t next = month + 1;
    const double end = gd__csv_day_seconds((int)(next / MONTHS), (int)(next % MONTHS) + 1, 1);
    const int days = (int)((end - first) / DAY_SECONDS);
    return first + (a.last_day || a.day >= days ? days - 1 : a.day) * (double)DAY_SECONDS + a.rest;
}

// ---- Text

char *gd__moment_text(double moment, char text[GD_MOMENT_TEXT])
{
    double part[GD__DATE_PARTS];
    if (fabs(moment) < LARGEST_NUMBER || fabs(moment) > 1e12) {
        snprintf(text, GD_MOMENT_TEXT, "%.15g", moment);
        return text;
    }
    gd__csv_date_parts(moment, part);
    const int day = snprintf(text, GD_MOMENT_TEXT, "%04d-%02d-%02d", (int)part[0], (int)part[1], (int)part[2]);
    const double second = floor(moment) - floor(moment / 60) * 60;
    if (fmod(moment, DAY_SECONDS) == 0)
        return text;
    snprintf(text + day, (size_t)(GD_MOMENT_TEXT - day), second == 0 ? " %02d:%02d" : " %02d:%02d:%02d", (int)part[4],
             (int)part[5], (int)second);
    return text;
}

// ---- The calendar

static const char *const parts[] = {"hour", "weekday", "day", "month"};
enum { PARTS = sizeof parts / sizeof *parts };

int gd__calendar_count(unsigned calendar)
{
    int count = 0;
    for (int p = 0; p < PARTS; p++)
        count += (calendar >> p & 1) != 0 ? 2 : 0;
    return count;
}

void gd__calendar_read(unsigned calendar, double moment, double *to)
{
    double part[GD__DATE_PARTS];
    gd__csv_date_parts(moment, part);
    const double round[PARTS] = {moment / DAY_SECONDS - floor(moment / DAY_SECONDS), part[3] / 7, (part[2] - 1) / 31,
                                 (part[1] - 1) / MONTHS};
    for (int p = 0; p < PARTS; p++)
        if ((calendar >> p & 1) != 0) {
            *to++ = sin(TAU * round[p]);
            *to++ = cos(TAU * round[p]);
        }
}

const char *gd__calendar_name(unsigned calendar, int number)
{
    for (int p = 0; p < PARTS; p++) {
        number -= (calendar >> p & 1) != 0 ? 2 : 0;
        if (number < 0)
            return parts[p];
    }
    return "";
}
