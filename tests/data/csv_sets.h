// Data sets from texts, and their values.
#ifndef GD_TESTS_CSV_SETS_H
#define GD_TESTS_CSV_SETS_H

#include "files.h"

#include <gradus/data.h>
#include <math.h>

// Every value of a field, in order; of the first 64 samples.
static inline gd_array values(const gd_dataset *set, const char *field)
{
    int64_t sample[64];
    for (int64_t i = 0; i < 64; i++)
        sample[i] = i;
    gd_array out = {0};
    const int number = gd_dataset_find(set, field);
    if (number < 0)
        fail_msg("there is no field '%s'", field);
    const int64_t count = gd_dataset_count(set);
    assert_fine(gd_dataset_get(set, number, count < 64 ? count : 64, sample, &out));
    return out;
}

static inline void assert_values(const gd_dataset *set, const char *field, gd_shape shape, const double *expected)
{
    gd_array array = values(set, field);
    char text[GD_SHAPE_TEXT];
    if (!gd_shape_equal(array.shape, shape))
        fail_msg("%s has shape %s", field, gd_shape_text(array.shape, text));
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        if (gd_array_get(&array, i) != (double)(float)expected[i])
            fail_msg("%s[%d] is %.9g, expected %.9g", field, (int)i, gd_array_get(&array, i), expected[i]);
    gd_array_free(&array);
}

static inline gd_dataset *read_text(const char *text, gd_csv_opts opts)
{
    gd_dataset *set;
    const char *path = write_text("t.csv", text);
    assert_fine(gd_dataset_from_csv(path, opts, &set));
    unlink(path);
    return set;
}

// Reading the text fails, and the sentence holds `said`.
static inline void assert_refused(const char *text, gd_csv_opts opts, const char *said)
{
    gd_dataset *set;
    const char *path = write_text("bad.csv", text);
    if (gd_dataset_from_csv(path, opts, &set) == GD_OK)
        fail_msg("was read: %.200s\n    expected: %s", text, said);
    assert_null(set);
    assert_said(said);
    unlink(path);
}

#endif
