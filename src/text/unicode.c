#include "text/unicode.h"

typedef struct range {
    int32_t first, last;
    gd__point_kind kind;
} range;

// Every `step`-th from first to last has its lower-case letter `distance` further.
typedef struct lower_range {
    int32_t first, last, step, distance;
} lower_range;

#include "text/unicode_tables.inc"

enum { KINDS = sizeof kinds / sizeof *kinds, LOWERS = sizeof lowers / sizeof *lowers };

gd__point_kind gd__point_kind_of(int32_t point)
{
    if (point < 0x80) {
        const int32_t letter = point | 0x20;
        if (letter >= 'a' && letter <= 'z')
            return GD__LETTER;
        if (point >= '0' && point <= '9')
            return GD__NUMBER;
        return point == ' ' || (point >= 9 && point <= 13) ? GD__SPACE : GD__OTHER;
    }
    int low = 0, high = KINDS; // kinds[low].first <= point < kinds[high].first
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (kinds[middle].first <= point)
            low = middle;
        else
            high = middle;
    }
    return point <= kinds[low].last ? kinds[low].kind : GD__OTHER;
}

bool gd__is_ideograph(int32_t point)
{
    return point >= 0x3005 && (point <= 0x3007 || (point >= 0x3041 && point <= 0x3096) ||
                               (point >= 0x3400 && point <= 0x4dbf) || (point >= 0x4e00 && point <= 0x9fff) ||
                               (point >= 0xf900 && point <= 0xfaff) || (point >= 0x20000 && point <= 0x3ffff));
}

int32_t gd__lower_point(int32_t point)
{
    if (point < 0x80)
        return point >= 'A' && point <= 'Z' ? point + 32 : point;
    int low = 0, high = LOWERS;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (lowers[middle].first <= point)
            low = middle;
        else
            high = middle;
    }
    const lower_range *r = &lowers[low];
    return point >= r->first && point <= r->last && (point - r->first) % r->step == 0 ? point + r->distance : point;
}
