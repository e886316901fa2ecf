// What the names of sounds say: fields of a pattern such as {digit}_{speaker}_{n}.wav, and conditions on them.
#ifndef GD_DATA_SOUND_NAMES_H
#define GD_DATA_SOUND_NAMES_H

#include <gradus/base.h>

enum { GD__NAME_FIELDS = 8, GD__NAME_TEXT = 128 };

typedef struct gd__name_pattern {
    const char *text;
    int count;                                        // of fields
    char name[GD__NAME_FIELDS][GD__NAME_TEXT];        // of each
    char literal[GD__NAME_FIELDS + 1][GD__NAME_TEXT]; // before each field, and behind the last one
} gd__name_pattern;

// What a name has at the fields of a pattern.
typedef struct gd__name_parts {
    char part[GD__NAME_FIELDS][GD__NAME_TEXT];
} gd__name_parts;

// GD_ERROR_ARGUMENT where the text is no pattern.
gd_status gd__name_pattern_parse(const char *text, gd__name_pattern *out);
// Its field of that name, or -1.
int gd__name_pattern_find(const gd__name_pattern *pattern, const char *name);
// Whether the last part of a path fits; each field takes as little as can be.
bool gd__name_pattern_match(const gd__name_pattern *pattern, const char *path, gd__name_parts *parts);
// Whether conditions hold: "n < 5 and speaker != theo"; by number where both sides are numbers (= != < <= > >=).
gd_status gd__name_conditions(const gd__name_pattern *pattern, const char *conditions, const gd__name_parts *parts,
                              bool *hold);

#endif
