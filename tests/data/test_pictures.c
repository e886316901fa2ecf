// Data sets of pictures: folders of classes, archives of them, broken files.
#include <gradus/data.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

// A PNG of 2 x 1 grey pixels, 0 and 255.
static const unsigned char png_grey[] = {137, 80, 78,  71,  13,  10, 26, 10,  0,   0,  0,  13,  73,  72,  68, 82, 0,
                                         0,   0,  2,   0,   0,   0,  1,  8,   0,   0,  0,  0,   209, 73,  32, 86, 0,
                                         0,   0,  11,  73,  68,  65, 84, 120, 156, 99, 96, 248, 15,  0,   1,  2,  1,
                                         0,   66, 190, 188, 104, 0,  0,  0,   0,   73, 69, 78,  68,  174, 66, 96, 130};

static char folder[64];

static void write_file(const char *name, const void *data, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = strchr(path + 5, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(data, 1, size, file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gradus-pictures-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static gd_status open_with(const char *name, gd_picture_opts opts, gd_dataset **set)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const char *const paths[1] = {path};
    const gd_status status = gd_dataset_from_pictures(1, paths, opts, set);
    if (status == GD_ERROR_FORMAT && strstr(gd_last_error(), "built without libpng") != NULL)
        skip();
    return status;
}

static void wants_label(const gd_dataset *set, int64_t sample, int right)
{
    gd_array label = {0};
    assert_int_equal(gd_dataset_get(set, gd_dataset_find(set, "label"), 1, &sample, &label), GD_OK);
    assert_int_equal(gd_array_get(&label, 0), right);
    gd_array_free(&label);
}

static void folders_are_classes(void **state)
{
    (void)state;
    write_file("train/dog/2.png", png_grey, sizeof png_grey);
    write_file("train/dog/1.PNG", png_grey, sizeof png_grey);
    write_file("train/cat/7.png", png_grey, sizeof png_grey);
    write_file("train/cat/notes.txt", "no picture", 10);
    write_file("train/.hidden/7.png", png_grey, sizeof png_grey);
    gd_dataset *set;
    assert_int_equal(open_with(".", (gd_picture_opts){.below = "train"}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 3);
    const int label = gd_dataset_find(set, "label");
    assert_string_equal(gd_dataset_class_name(set, label, 0), "cat");
    assert_string_equal(gd_dataset_class_name(set, label, 1), "dog");
    wants_label(set, 0, 0);
    wants_label(set, 1, 1);
    char text[GD_ORIGIN_TEXT];
    assert_non_null(strstr(gd_dataset_origin_text(set, 1, text), "train/dog/1.PNG"));
    gd_array image = {0};
    assert_int_equal(gd_dataset_get(set, 0, 1, (const int64_t[]){2}, &image), GD_OK);
    assert_true(gd_shape_equal(image.shape, GD_SHAPE(1, 1, 1, 2)));
    assert_true(gd_array_get(&image, 0) == 0 && gd_array_get(&image, 1) == 255);
    gd_array_free(&image);
    gd_dataset_free(set);
    // As colour, larger, and in other classes' order.
    static const char *const names[] = {"dog", "cat", "bird"};
    assert_int_equal(
        open_with("train",
                  (gd_picture_opts){.height = 3, .width = 3, .channels = 3, .class_count = 3, .class_name = names},
                  &set),
        GD_OK);
    wants_label(set, 0, 1);
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(3, 3, 3)));
    gd_dataset_free(set);
    assert_int_equal(open_with("train", (gd_picture_opts){.class_count = 1, .class_name = names}, &set),
                     GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "'cat' is none of the 1 classes"));
}

static void broken_pictures_are_named_left_out_or_kept(void **state)
{
    (void)state;
    write_file("a/1.png", png_grey, sizeof png_grey);
    write_file("a/2.png", png_grey, sizeof png_grey - 20);
    write_file("a/3.png", "", 0);
    write_file("b/4.png", png_grey, sizeof png_grey);
    gd_dataset *set;
    assert_int_equal(open_with(".", (gd_picture_opts){0}, &set), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "a/2.png: is damaged"));
    assert_int_equal(open_with(".", (gd_picture_opts){.skip_broken = true}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 2);
    wants_label(set, 1, 1);
    gd_dataset_free(set);
    assert_int_equal(open_with(".", (gd_picture_opts){.keep_broken = true}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 4);
    assert_null(gd_dataset_fault(set, 0));
    assert_non_null(strstr(gd_dataset_fault(set, 2), "is empty"));
    gd_dataset_free(set);
}

static void what_is_no_set_of_pictures_is_refused(void **state)
{
    (void)state;
    gd_dataset *set;
    write_file("empty/readme.txt", "x", 1);
    assert_int_equal(open_with("empty", (gd_picture_opts){0}, &set), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "there is no picture"));
    assert_int_equal(open_with("empty/readme.txt", (gd_picture_opts){0}, &set), GD_ERROR_FORMAT);
    assert_int_equal(open_with("absent", (gd_picture_opts){0}, &set), GD_ERROR_IO);
    assert_int_equal(open_with("empty", (gd_picture_opts){.height = 3}, &set), GD_ERROR_ARGUMENT);
    assert_int_equal(open_with("empty", (gd_picture_opts){.channels = 2}, &set), GD_ERROR_ARGUMENT);
}

// The same out of an archive, gzipped or not, whole and cut anywhere.
static void archives_are_read_directly(void **state)
{
    (void)state;
    write_file("in/train/dog/1.png", png_grey, sizeof png_grey);
    write_file("in/train/a-cat-with-a-name-that-is-longer-than-a-header-of-tar-has-room-for-which-is-one-hundred-bytes/"
               "with-more/2.png",
               png_grey, sizeof png_grey);
    char command[512];
    snprintf(command, sizeof command, "cd '%s' && tar cf all.tar -C in . && gzip -k all.tar", folder);
    if (system(command) != 0)
        skip();
    for (int form = 0; form < 2; form++) {
        gd_dataset *set;
        assert_int_equal(open_with(form == 0 ? "all.tar" : "all.tar.gz", (gd_picture_opts){.below = "train"}, &set),
                         GD_OK);
        assert_int_equal(gd_dataset_count(set), 2);
        const int label = gd_dataset_find(set, "label");
        assert_string_equal(gd_dataset_class_name(set, label, 0), "dog");
        assert_string_equal(gd_dataset_class_name(set, label, 1), "with-more");
        gd_dataset_free(set);
    }
    char path[128];
    snprintf(path, sizeof path, "%s/all.tar", folder);
    for (int64_t size = 10240; size >= 0; size -= 313) {
        gd_dataset *set;
        assert_int_equal(truncate(path, size), 0);
        (void)open_with("all.tar", (gd_picture_opts){0}, &set);
        gd_dataset_free(set);
    }
}

// Tables name pictures from their own folder on, whatever the files' endings, and their classes.
static void tables_name_pictures_and_classes(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "n;Class;file\r\n1;dog;a/1.png\r\n\r\n2;\"the \"\"cat\"\"\";\"b 2\"\n3;dog;a/1.png";
    write_file("table/a/1.png", png_grey, sizeof png_grey);
    write_file("table/b 2", png_grey, sizeof png_grey);
    write_file("table/list.csv", text, sizeof text - 1);
    gd_dataset *set;
    assert_int_equal(open_with("table/list.csv", (gd_picture_opts){0}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 3);
    const int label = gd_dataset_find(set, "label");
    assert_string_equal(gd_dataset_class_name(set, label, 0), "dog");
    assert_string_equal(gd_dataset_class_name(set, label, 1), "the \"cat\"");
    wants_label(set, 0, 0);
    wants_label(set, 1, 1);
    wants_label(set, 2, 0);
    gd_dataset_free(set);
    // By other columns; without a column of classes the folder is the class.
    write_file("table/other.csv", "label,where\na,a/1.png\n", 22);
    assert_int_equal(open_with("table/other.csv", (gd_picture_opts){.path_column = "where"}, &set), GD_OK);
    assert_string_equal(gd_dataset_class_name(set, 1, 0), "a");
    gd_dataset_free(set);
    write_file("table/plain.csv", "path\na/1.png\n", 13);
    assert_int_equal(open_with("table/plain.csv", (gd_picture_opts){0}, &set), GD_OK);
    assert_string_equal(gd_dataset_class_name(set, 1, 0), "a");
    gd_dataset_free(set);
}

static void bad_tables_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gd_picture_opts opts;
        const char *said;
    } bad[] = {
        {"", {0}, "is empty"},
        {"a,b\n1,2\n", {0}, "none of its columns"},
        {"path\na/1.png\n", {.class_column = "kind"}, "no column 'kind'"},
        {"path,label\na/1.png,x\n\nmissing.png,y\n", {0}, "bad.csv, line 4"},
        {"path,label\na/1.png\n", {0}, "names no class"},
        {"path,label\n,x\n", {0}, "names no picture"},
        {"path,label\n\"a/1.png,x\n", {0}, "a quote is not closed"},
        {"path,label\na,x\n", {0}, "is no file"},
        {"path,label\n", {0}, "there is no picture"},
    };
    write_file("table/a/1.png", png_grey, sizeof png_grey);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gd_dataset *set = NULL;
        write_file("table/bad.csv", bad[i].text, strlen(bad[i].text));
        assert_true(open_with("table/bad.csv", bad[i].opts, &set) != GD_OK);
        if (strstr(gd_last_error(), bad[i].said) == NULL)
            fail_msg("'%s' does not say '%s'", gd_last_error(), bad[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_name_pictures_and_classes),
        cmocka_unit_test(bad_tables_are_named),
        cmocka_unit_test_setup_teardown(folders_are_classes, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(broken_pictures_are_named_left_out_or_kept, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_no_set_of_pictures_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(archives_are_read_directly, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
