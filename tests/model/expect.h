// What the tests of models share.
#ifndef GD_TESTS_MODEL_EXPECT_H
#define GD_TESTS_MODEL_EXPECT_H

#include <cmocka.h>
#include <gradus/model.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void assert_ok_at(gd_status status, const char *file, int line)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    _fail(file, line);
}
#define assert_ok(call) assert_ok_at((call), __FILE__, __LINE__)

// The last error holds `part`.
static inline void assert_says_at(const char *part, const char *file, int line)
{
    if (strstr(gd_last_error(), part) != NULL)
        return;
    print_error("expected \"%s\" in \"%s\"\n", part, gd_last_error());
    _fail(file, line);
}
#define assert_says(part) assert_says_at((part), __FILE__, __LINE__)

// A small recipe that needs no files: `model` and `rest` are put into it.
#define RECIPE_DATA "data: {train: {random: {shape: [1, 8, 8], count: 40, classes: 3}}, split: {validation: 0.2}}\n"

static inline gd_model *open_text(const char *text)
{
    gd_recipe *recipe;
    gd_model *model;
    assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
    assert_ok(gd_model_create(recipe, GD_PART_ALL, &model));
    return model;
}

#endif
