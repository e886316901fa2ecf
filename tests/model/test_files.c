// Where data files are looked for, and what a checkpoint remembers of them.
#include <sys/stat.h>

#include "base/memory.h"
#include "model/expect.h"
#include "model/find_file.h"
#include "model/recipe.h"

static char folder[] = "/tmp/gradus-files-XXXXXX";

static int enter(void **state)
{
    (void)state;
    static const char *const made[] = {"recipes", "store", "old"};
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return 1;
    for (int i = 0; i < 3; i++)
        if (mkdir(made[i], 0777) != 0)
            return 1;
    return setenv("GRADUS_DATA", "store", 1);
}

static int leave(void **state)
{
    (void)state;
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") != 0 || system(command) != 0 || unsetenv("GRADUS_DATA");
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static gd_recipe *make_recipe(const char *path)
{
    gd_recipe *recipe;
    assert_ok(gd_recipe_parse("train: {epochs: 1}\n", path, &recipe));
    return recipe;
}

// Each case adds a file, and the search takes it before those that were there.
static const struct {
    const char *file, *found;
    bool elsewhere;
} places[] = {
    {"store/a.csv", "store/a.csv", true},
    {"a.csv", "a.csv", true},
    {"recipes/a.csv", "recipes/a.csv", false},
};

static void test_order(void **state)
{
    (void)state;
    char *found;
    gd_recipe *recipe = make_recipe("recipes/net.yaml");
    assert_int_equal(gd__find_file(recipe, recipe->root, "a.csv", &found), GD_ERROR_FORMAT);
    assert_says("looked beside the recipe ('recipes'), in the current directory, in $GRADUS_DATA (store)");
    assert_null(found);
    gd_recipe_free(recipe);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int count;
        gd_model_file *file;
        write_file(places[i].file);
        recipe = make_recipe("recipes/net.yaml");
        for (int again = 0; again < 2; again++) { // it is noted once
            assert_ok(gd__find_file(recipe, recipe->root, "a.csv", &found));
            assert_string_equal(found, places[i].found);
            gd__free(found);
        }
        assert_ok(gd__file_list_read(recipe->files, &count, &file));
        assert_int_equal(count, 1);
        assert_string_equal(file[0].name, "a.csv");
        assert_string_equal(file[0].path, places[i].found);
        assert_int_equal(file[0].elsewhere, places[i].elsewhere);
        gd__free(file);
        gd_recipe_free(recipe);
    }
}

// What a training found is found again, wherever one is; when it is gone, the search begins anew.
static void test_remembered(void **state)
{
    (void)state;
    char *found, *text, *known;
    int count;
    gd_model_file *file;
    write_file("old/b.csv");
    gd_recipe *recipe = make_recipe("old/net.yaml"), *later = make_recipe("recipes/net.yaml");
    assert_ok(gd__find_file(recipe, recipe->root, "b.csv", &found));
    known = gd__absolute_path(found);
    text = gd__file_list_to_json(recipe->files);
    gd__free(found);
    assert_ok(gd__file_list_from_json(text, later->files));
    write_file("recipes/b.csv");
    assert_ok(gd__file_list_read(later->files, &count, &file));
    assert_int_equal(count, 0); // known, but not read
    gd__free(file);
    assert_ok(gd__find_file(later, later->root, "b.csv", &found));
    assert_string_equal(found, known);
    gd__free(found);
    assert_int_equal(unlink("old/b.csv"), 0);
    assert_ok(gd__find_file(later, later->root, "b.csv", &found));
    assert_string_equal(found, "recipes/b.csv");
    gd__free(found);
    gd__free(known);
    gd__free(text);
    gd_recipe_free(recipe);
    gd_recipe_free(later);
}

static void test_damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"files\": 3}",
        "{\"files\": [3]}",
        "{\"files\": [{\"name\": \"a\"}]}",
        "{\"files\": [{\"name\": 1, \"path\": \"a\"}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        gd__file_list list = {0};
        if (gd__file_list_from_json(texts[i], &list) != GD_ERROR_FORMAT)
            fail_msg("%s is taken", texts[i]);
        gd__file_list_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_remembered),
                                       cmocka_unit_test(test_damaged)};
    return cmocka_run_group_tests(tests, enter, leave);
}
