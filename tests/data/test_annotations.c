// Annotations of pictures: Pascal VOC and COCO, well formed and hostile; and what becomes of their boxes.
#include <gradus/data.h>
#include <gradus/transform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/annotations.h"

// A PNG of 2 x 1 grey pixels.
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

static void write_words(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gradus-boxes-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static void expect_said(gd_status status, gd_status wanted, const char *part)
{
    if (status == GD_ERROR_UNSUPPORTED && strstr(gd_last_error(), "built without") != NULL)
        skip();
    if (status != wanted || (part != NULL && strstr(gd_last_error(), part) == NULL))
        fail_msg("status %d, \"%s\"; expected %d and \"%s\"", (int)status, gd_last_error(), (int)wanted,
                 part == NULL ? "" : part);
}

// ---- Pascal VOC

#define SIZE "<size><width>200</width><height>100</height></size>"
#define BOX(a, b, c, d) "<bndbox><xmin>" #a "</xmin><ymin>" #b "</ymin><xmax>" #c "</xmax><ymax>" #d "</ymax></bndbox>"
#define OBJECT(name, ...) "<object><name>" name "</name>" __VA_ARGS__ "</object>"
#define ANNOTATION(...) "<annotation>" __VA_ARGS__ "</annotation>"

static gd_status parse_voc(const char *xml, bool skip_bad, gd__annotations *a)
{
    *a = (gd__annotations){.skip_bad = skip_bad};
    return gd__voc_parse("some/cell.xml", xml, strlen(xml), a);
}

static void voc_is_read(void **state)
{
    (void)state;
    gd__annotations a;
    expect_said(parse_voc("<?xml version=\"1.0\"?><!-- by hand -->" ANNOTATION(
                              "<filename>other.jpg</filename>" SIZE OBJECT(" cat ", BOX(10, 20, 30.5, 40))
                                  OBJECT("ant", "<difficult>1</difficult>" BOX(-5, 90, 300, 120))),
                          false, &a),
                GD_OK, NULL);
    assert_int_equal(a.count, 1);
    assert_string_equal(a.entry[0].picture, "cell");
    assert_int_equal(a.entry[0].width, 200);
    assert_int_equal(a.box_count, 2);
    const float first[4] = {10, 20, 30.5F, 40}, cut[4] = {0, 90, 200, 100};
    assert_memory_equal(a.box[0], first, sizeof first);
    assert_memory_equal(a.box[1], cut, sizeof cut);
    assert_int_equal(gd__annotations_number(&a, 0, NULL), GD_OK);
    assert_string_equal(a.class_name[0], "ant"); // by name, and the difficult one counts neither way
    assert_int_equal(a.label[0], 1);
    assert_int_equal(a.label[1], -1 - 0);
    const char *const others[] = {"dog", "cat"};
    assert_int_equal(gd__annotations_number(&a, 2, others), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "'ant' is none of the 2 classes"));
    gd__annotations_free(&a);
}

static void hostile_xml(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *said;
    } cases[] = {
        {"", "cell.xml"},
        {"<annotation>", "cell.xml: line 1"},
        {"no xml", "cell.xml: line 1"},
        {"<svg/>", "is no annotation: its root is <svg>"},
        {ANNOTATION(""), "said to be nan x nan pixels"},
        {ANNOTATION("<size><width>0</width><height>0</height></size>"), "said to be 0 x 0"},
        {ANNOTATION("<size><width>1e9</width><height>100</height></size>"), "said to be 1e+09 x 100"},
        {ANNOTATION("<size><width>200x</width><height>100</height></size>"), "said to be nan x 100"},
        {ANNOTATION(SIZE OBJECT("", BOX(1, 2, 3, 4))), "an object without a name"},
        {ANNOTATION(SIZE OBJECT("cat", "")), "'cat' has no box of four numbers"},
        {ANNOTATION(SIZE OBJECT("cat", BOX(1, 2, x, 4))), "'cat' has no box of four numbers"},
        {ANNOTATION(SIZE OBJECT("cat", BOX(1, 2, nan, 4))), "'cat' has no box of four numbers"},
        {ANNOTATION(SIZE OBJECT("cat", BOX(1, 2, inf, 4))), "no finite number; `bad_boxes: skip`"},
        {ANNOTATION(SIZE OBJECT("cat", BOX(7, 2, 7, 4))), "from (7, 2) to (7, 4) has no area"},
        {ANNOTATION(SIZE OBJECT("cat", BOX(9, 2, 7, 4))), "has no area"},
        {ANNOTATION(SIZE OBJECT("cat", BOX(300, 2, 310, 4))), "lies outside of its picture"},
        // Entities that would be a thousand million letters, a file of the machine, and a type of somebody else's.
        {"<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>"
         "<annotation><object><name>&c;</name></object></annotation>",
         "has a document type"},
        {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><annotation/>", "has a document type"},
        {"<!DOCTYPE a [<!ENTITY % a SYSTEM \"http://localhost/x\"> %a;]><annotation/>", "has a document type"},
        {ANNOTATION(SIZE "<object><name>&c;</name></object>"), "cell.xml: line 1"}, // an entity nobody declared
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd__annotations a;
        expect_said(parse_voc(cases[i].xml, false, &a), GD_ERROR_FORMAT, cases[i].said);
        gd__annotations_free(&a);
    }
    gd__annotations a; // what is left out
    expect_said(parse_voc(ANNOTATION(SIZE OBJECT("cat", BOX(7, 2, 7, 4)) OBJECT("cat", BOX(300, 2, 310, 4))
                                         OBJECT("cat", BOX(1, 2, 3, 4))),
                          true, &a),
                GD_OK, NULL);
    assert_int_equal(a.box_count, 1);
    gd__annotations_free(&a);
}

static void deep_and_long_xml(void **state)
{
    (void)state;
    enum { DEPTH = 100000, STEP = 3 };
    char *deep = malloc(DEPTH * STEP + 1);
    assert_non_null(deep);
    for (int i = 0; i < DEPTH; i++)
        memcpy(deep + i * STEP, "<a>", STEP);
    deep[DEPTH * STEP] = '\0';
    gd__annotations a;
    expect_said(parse_voc(deep, false, &a), GD_ERROR_FORMAT, "cell.xml");
    gd__annotations_free(&a);
    free(deep);
    a = (gd__annotations){0};
    expect_said(gd__voc_parse("cell.xml", "<a/>", (size_t)1 << 30, &a), GD_ERROR_FORMAT, "an annotation has at most");
}

#define SMALL "<size><width>2</width><height>1</height></size>"

static gd_status open_voc(const char *list, gd_box_opts opts, gd_dataset **set)
{
    char path[100];
    snprintf(path, sizeof path, "%s/voc", folder);
    const char *const paths[] = {path};
    opts.list = list;
    opts.picture.height = 16;
    opts.picture.width = 32;
    opts.picture.stretch = true;
    const gd_status status = gd_dataset_from_voc(1, paths, opts, set);
    if (status != GD_OK && strstr(gd_last_error(), "built without") != NULL)
        skip();
    return status;
}

static void make_voc(void)
{
    write_words("voc/Annotations/a.xml",
                ANNOTATION(SMALL OBJECT("cat", BOX(0, 0, 1, 1)) OBJECT("ant", BOX(0.5, 0.25, 2, 1))));
    write_words("voc/Annotations/b.xml", ANNOTATION(SMALL OBJECT("cat", BOX(0, 0, 2, 0.5))));
    write_words("voc/Annotations/c.xml", ANNOTATION(SMALL));
    write_file("voc/JPEGImages/a.png", png_grey, sizeof png_grey);
    write_file("voc/JPEGImages/b.png", png_grey, sizeof png_grey);
    write_file("voc/JPEGImages/c.png", png_grey, sizeof png_grey);
    write_words("voc/ImageSets/Main/some.txt", "c  -1\r\nb\na  1\n\n");
    write_words("voc/ImageSets/Main/more.txt", "a\nb\nd\n");
}

static void boxes_follow_the_size(void **state)
{
    (void)state;
    gd_dataset *set;
    make_voc();
    assert_int_equal(open_voc(NULL, (gd_box_opts){0}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 3);
    assert_int_equal(gd_dataset_field(set, 1).class_count, 2);
    assert_string_equal(gd_dataset_class_name(set, 1, 0), "ant");
    gd_array boxes = {0};
    const int64_t first = 0, none = 2;
    assert_int_equal(gd_dataset_get(set, 1, 1, &first, &boxes), GD_OK);
    assert_int_equal(boxes.shape.dim[1], 2);
    const float right[8] = {0, 0, 16, 16, 8, 4, 32, 16};
    assert_memory_equal(boxes.data, right, sizeof right);
    gd_array_free(&boxes);
    assert_int_equal(gd_dataset_get(set, 1, 1, &none, &boxes), GD_OK);
    assert_int_equal(boxes.shape.dim[1], 0);
    gd_array_free(&boxes);
    gd_dataset_free(set);
}

static void lists_choose(void **state)
{
    (void)state;
    gd_dataset *set;
    make_voc();
    assert_int_equal(open_voc("some", (gd_box_opts){0}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 2); // -1: it shows none
    assert_non_null(strstr(gd_dataset_origin(set, 1).id, "b.png"));
    gd_dataset_free(set);
    expect_said(open_voc("more", (gd_box_opts){0}, &set), GD_ERROR_FORMAT, "names 3 pictures, of which 2");
    expect_said(open_voc("less", (gd_box_opts){0}, &set), GD_ERROR_FORMAT, "there is no list 'less'");
    write_words("voc/Annotations/e.xml", ANNOTATION(SMALL OBJECT("cat", BOX(0, 0, 1, 1))));
    expect_said(open_voc(NULL, (gd_box_opts){0}, &set), GD_ERROR_FORMAT, "'e' is annotated, and is not there");
    write_file("voc/JPEGImages/e.png", png_grey, sizeof png_grey);
    write_file("voc/JPEGImages/more/e.png", png_grey, sizeof png_grey);
    expect_said(open_voc(NULL, (gd_box_opts){0}, &set), GD_ERROR_FORMAT, "there are several of that name");
}

// ---- COCO

static gd_status parse_coco(const char *json, gd__annotations *a)
{
    *a = (gd__annotations){0};
    return gd__coco_parse("some.json", json, strlen(json), a);
}

#define IMAGES                                                                                                         \
    "\"images\": [{\"id\": 7, \"file_name\": \"x/a.png\", \"width\": 2, \"height\": 1},"                               \
    " {\"id\": 3, \"file_name\": \"y/a.png\", \"width\": 2, \"height\": 1}]"
#define CATEGORIES "\"categories\": [{\"id\": 90, \"name\": \"ant\"}, {\"id\": 2, \"name\": \"cat\"}]"
#define NOTES(...) "{" IMAGES ", " CATEGORIES ", \"annotations\": [" __VA_ARGS__ "]}"
#define NOTE(image, category, box, more)                                                                               \
    "{\"id\": 5, \"image_id\": " #image ", \"category_id\": " #category ", \"bbox\": " box more "}"

static void coco_is_read(void **state)
{
    (void)state;
    gd__annotations a;
    expect_said(parse_coco(NOTES(NOTE(7, 90, "[0, 0, 1, 1]", "") ", " NOTE(3, 2, "[1, 0.5, 9, 9]", "") ", " NOTE(
                               7, 2, "[1, 0, 1, 1]", ", \"iscrowd\": 1")),
                           &a),
                GD_OK, NULL);
    assert_int_equal(a.count, 2); // by the pictures' ids
    assert_string_equal(a.entry[0].picture, "y/a.png");
    assert_int_equal(a.entry[0].count, 1);
    assert_int_equal(a.entry[1].count, 2);
    assert_string_equal(a.class_name[0], "cat"); // by the categories' ids
    const float cut[4] = {1, 0.5F, 2, 1};
    assert_memory_equal(a.box[0], cut, sizeof cut);
    assert_int_equal(a.label[0], 0);
    assert_int_equal(a.label[1], 1);
    assert_int_equal(a.label[2], -1 - 0);
    gd__annotations_free(&a);
}

static void hostile_json(void **state)
{
    (void)state;
    static const struct {
        const char *json, *said;
    } cases[] = {
        {"", "some.json: line 1"},
        {"{\"images\": [", "some.json: line 1"}, // cut short
        {"[]", "has not the lists"},
        {"{" IMAGES ", " CATEGORIES "}", "has not the lists"},
        {NOTES("{}"), "`annotations`, entry 0 has no whole number `image_id`"},
        {NOTES("7"), "`annotations`, entry 0"},
        {NOTES(NOTE(8, 2, "[0, 0, 1, 1]", "")), "an annotation is of the image 8, which is not there"},
        {NOTES(NOTE(4, 2, "[0, 0, 1, 1]", "")), "an annotation is of the image 4, which is not there"},
        {NOTES(NOTE(7, 1, "[0, 0, 1, 1]", "")), "there is no category 1"},
        {NOTES(NOTE(7, 2, "[0, 0, 1]", "")), "`bbox` is no list of 4 numbers"},
        {NOTES(NOTE(7, 2, "[0, 0, 1, \"1\"]", "")), "`bbox` is no list of 4 numbers"},
        {NOTES(NOTE(7, 2, "{}", "")), "`bbox` is no list of 4 numbers"},
        {NOTES(NOTE(7, 2, "[0, 0, 0, 1]", "")), "some.json: annotation 5: the box from (0, 0) to (0, 1) has no area"},
        {NOTES(NOTE(7, 2, "[0, 0, -1, 1]", "")), "has no area"},
        {NOTES(NOTE(7, 2, "[5, 5, 1, 1]", "")), "lies outside of its picture"},
        {NOTES(NOTE(7, 2, "[0, 0, 1e400, 1]", "")), "some.json: line 1"},
        {"{\"images\": [{\"id\": 1}], \"categories\": [], \"annotations\": []}", "the image 1 has no file_name"},
        {"{\"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"categories\": [], \"annotations\": []}", "0 x 0 pixels"},
        {"{\"images\": [{\"id\": 1}, {\"id\": 1}], \"categories\": [], \"annotations\": []}",
         "two entries of `images` have the id 1"},
        {"{\"images\": [], \"categories\": [{\"id\": 1}], \"annotations\": []}", "the category 1 has no name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd__annotations a;
        expect_said(parse_coco(cases[i].json, &a), GD_ERROR_FORMAT, cases[i].said);
        gd__annotations_free(&a);
    }
}

static void coco_finds_pictures(void **state)
{
    (void)state;
    char json[100], pictures[100];
    write_words("coco/notes.json", NOTES(NOTE(7, 90, "[0, 0, 1, 1]", "")));
    write_file("coco/x/a.png", png_grey, sizeof png_grey);
    write_file("coco/y/a.png", png_grey, sizeof png_grey);
    write_file("coco/y/b.png", png_grey, sizeof png_grey); // nobody's
    snprintf(json, sizeof json, "%s/coco/notes.json", folder);
    snprintf(pictures, sizeof pictures, "%s/coco", folder);
    const char *const paths[] = {pictures};
    gd_dataset *set;
    expect_said(gd_dataset_from_coco(json, 1, paths, (gd_box_opts){0}, &set), GD_OK, NULL);
    assert_int_equal(gd_dataset_count(set), 2);
    gd_array boxes = {0};
    const int64_t both[] = {0, 1};
    assert_int_equal(gd_dataset_get(set, 1, 2, both, &boxes), GD_OK);
    assert_int_equal(boxes.shape.dim[1], 1);
    const float right[8] = {0, 0, 1, 1}; // x/a has a box, y/a none
    assert_memory_equal(boxes.data, right, sizeof right);
    gd_array_free(&boxes);
    gd_dataset_free(set);
}

// ---- Both, with random faults

static uint32_t random_bits(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

// A copy in which bytes were changed, parts taken out, doubled or replaced by words that mean something; returns its
// length. `to` has room for `room` bytes.
static size_t mutate(const char *from, char *to, size_t room)
{
    static const char *const words[] = {
        "&#0;", "]]>",  "<![CDATA[",           "1e999",        "-",       "nan",    "\"", "{", "[[", "<bndbox>",
        "\xff", "null", "9223372036854775808", "<!DOCTYPE a>", "\\u0000", "</size>"};
    size_t length = strlen(from);
    memcpy(to, from, length);
    for (uint32_t n = 1 + random_bits() % 4; n > 0 && length > 8; n--) {
        const size_t at = random_bits() % (length - 4), part = 1 + random_bits() % ((length - at) / 2 + 1);
        const char *word = words[random_bits() % (sizeof words / sizeof *words)];
        switch (random_bits() % 4) {
        case 0: to[at] = (char)random_bits(); break;
        case 1:
            memmove(to + at, to + at + part, length - at - part);
            length -= part;
            break;
        case 2:
            if (length + part <= room) {
                memmove(to + at + part, to + at, length - at);
                length += part;
            }
            break;
        default:
            if (at + strlen(word) <= length)
                memcpy(to + at, word, strlen(word));
        }
    }
    return length;
}

// What was read, whatever was wrong behind it.
static void expect_sound(const gd__annotations *a)
{
    int64_t boxes = 0;
    for (int64_t i = 0; i < a->count; i++) {
        const gd__annotated *entry = &a->entry[i];
        boxes += entry->count;
        for (int64_t k = entry->first; k < entry->first + entry->count; k++) {
            const float *box = a->box[k];
            const int class = a->label[k] < 0 ? -1 - a->label[k] : a->label[k];
            assert_true(box[0] >= 0 && box[1] >= 0 && box[2] > box[0] && box[3] > box[1]);
            assert_true(box[2] <= (float)entry->width && box[3] <= (float)entry->height);
            assert_true(class >= 0 && class < a->class_count);
        }
    }
    assert_int_equal(boxes, a->box_count);
}

static void random_faults(void **state)
{
    (void)state;
    enum { TRIES = 4000, ROOM = 4096 };
    static const char xml[] = ANNOTATION(SIZE OBJECT("cat", BOX(10, 20, 30, 40)) OBJECT("ant", BOX(1, 2, 3, 4)));
    static const char json[] = NOTES(NOTE(7, 90, "[0, 0, 1, 1]", "") ", " NOTE(3, 2, "[1, 0.5, 9, 9]", ""));
    char *text = malloc(ROOM);
    assert_non_null(text);
    int read = 0;
    for (int i = 0; i < TRIES; i++) {
        gd__annotations a = {.skip_bad = i % 2 == 0};
        const bool voc = i % 4 < 2;
        const size_t length = mutate(voc ? xml : json, text, ROOM);
        read += (voc ? gd__voc_parse("a.xml", text, length, &a) : gd__coco_parse("a.json", text, length, &a)) == GD_OK;
        expect_sound(&a);
        gd__annotations_free(&a);
    }
    free(text);
    assert_true(read > 0 && read < TRIES);
}

// ---- Through transforms to maps

static void boxes_become_maps(void **state)
{
    (void)state;
    gd_dataset *set, *seen;
    gd_pipeline *pipeline;
    make_voc();
    assert_int_equal(open_voc("some", (gd_box_opts){0}, &set), GD_OK);
    const gd_transform_kind *kind = gd_transform_kind_named("box_map");
    assert_non_null(kind);
    const char *const fields[] = {"boxes", "box_classes", "image"};
    gd_options_room options;
    assert_true(kind->record.options_size <= sizeof options);
    gd_options_default(&kind->record, &options);
    assert_int_equal(gd_options_set(&kind->record, &options, (gd_setting){.name = "stride", .value = 4}), GD_OK);
    const gd_transform map = {.kind = kind, .options = &options, .field_count = 3, .field = fields};
    assert_int_equal(gd_pipeline_fit(set, 1, &map, &pipeline), GD_OK);
    assert_int_equal(gd_pipeline_apply(pipeline, set, &seen), GD_OK);
    enum { CLASSES = 2, PLANES = CLASSES + 6, ROWS = 4, COLUMNS = 8, CELLS = ROWS * COLUMNS };
    assert_true(gd_shape_equal(gd_dataset_field(seen, 1).shape, GD_SHAPE(PLANES, ROWS, COLUMNS)));
    gd_array target = {0};
    const int64_t first = 0;
    assert_int_equal(gd_dataset_get(seen, 1, 1, &first, &target), GD_OK);
    // The list of boxes: how many, then the class and the edges of each, in cells.
    const float right[] = {2, 1, 0, 0, 4, 4, 0, 2, 1, 8, 4};
    assert_memory_equal((const float *)target.data + (PLANES - 1) * CELLS, right, sizeof right);
    gd_array_free(&target);
    gd_dataset_free(seen);
    gd_pipeline_free(pipeline);
    assert_int_equal(gd_options_set(&kind->record, &options, (gd_setting){.name = "stride", .value = 5}), GD_OK);
    expect_said(gd_pipeline_fit(set, 1, &map, &pipeline), GD_ERROR_SHAPE, "have no cells of 5");
    // In 8 cells is room for one box, and the first picture has two.
    assert_int_equal(gd_options_set(&kind->record, &options, (gd_setting){.name = "stride", .value = 8}), GD_OK);
    assert_int_equal(gd_pipeline_fit(set, 1, &map, &pipeline), GD_OK);
    assert_int_equal(gd_pipeline_apply(pipeline, set, &seen), GD_OK);
    expect_said(gd_dataset_get(seen, 1, 1, &first, &target), GD_ERROR_UNSUPPORTED, "has room for 1");
    gd_dataset_free(seen);
    gd_pipeline_free(pipeline);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voc_is_read),
        cmocka_unit_test(hostile_xml),
        cmocka_unit_test(deep_and_long_xml),
        cmocka_unit_test_setup_teardown(boxes_follow_the_size, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(lists_choose, make_folder, remove_folder),
        cmocka_unit_test(coco_is_read),
        cmocka_unit_test(hostile_json),
        cmocka_unit_test(random_faults),
        cmocka_unit_test_setup_teardown(coco_finds_pictures, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(boxes_become_maps, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
