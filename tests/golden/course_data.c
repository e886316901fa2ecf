// The data sets of the course, in double precision.
#include <unistd.h>

#include "golden/course.h"

#ifndef GD_TEST_DATA
#define GD_TEST_DATA "../shared/data"
#endif

course_set course_set_create(int64_t count, int64_t features)
{
    course_set set;
    assert_ok(gd_array_create(&set.x, GD_F64, GD_SHAPE(count, features)));
    assert_ok(gd_array_create(&set.y, GD_F64, GD_SHAPE(count, 1)));
    return set;
}

void course_set_free(course_set *set)
{
    gd_array_free(&set->x);
    gd_array_free(&set->y);
}

course_set course_generate(gd_generator_kind kind, uint32_t seed, int64_t count, double noise)
{
    course_set set;
    gd_generate_opts opts = {.kind = kind, .seed = seed, .samples = count, .noise = noise};
    assert_ok(gd_generate(opts, &set.x, &set.y));
    return set;
}

const char *course_file(const char *name)
{
    static char path[4096];
    const char *directory = getenv("GRADUS_DATA");
    snprintf(path, sizeof path, "%s/%s", directory == NULL ? GD_TEST_DATA : directory, name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: %s is absent\n", path);
        skip();
    }
    return path;
}

static int64_t count_of(FILE *file, int what)
{
    int64_t count = 0;
    for (int c = getc(file); c != EOF; c = getc(file))
        count += c == what;
    rewind(file);
    return count;
}

course_set course_read_csv(const char *name)
{
    char line[4096];
    FILE *file = fopen(course_file(name), "r");
    assert_non_null(file);
    const int64_t lines = count_of(file, '\n'), rows = lines - 1;
    assert_true(lines > 1);
    const int64_t columns = count_of(file, ',') / lines + 1;
    course_set set = course_set_create(rows, columns - 1);
    double *x = set.x.data, *y = set.y.data;
    assert_non_null(fgets(line, sizeof line, file));
    for (int64_t i = 0; i < rows; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        char *text = line;
        for (int64_t k = 0; k < columns; k++, text++)
            *(k < columns - 1 ? x++ : y++) = strtod(text, &text);
    }
    fclose(file);
    return set;
}
