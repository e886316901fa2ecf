// What columns are for: targets, weights, groups, names of rows, dates; and files to be predicted.
#include "csv_sets.h"

static const char *name(const gd_dataset *set, const char *field, int64_t element)
{
    const char *found = gd_dataset_element_name(set, gd_dataset_find(set, field), element);
    return found == NULL ? "(none)" : found;
}

static void test_targets(void **state)
{
    (void)state;
    const char *text = "a,y1,b,y2,k\n1,10,2,20,no\n3,30,4,40,yes\n";
    // In the order in which they were asked for; by a pattern in that of the file.
    gd_dataset *set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("y2", "y1"), .ignore = GD_COLUMNS("k")});
    assert_values(set, "y", GD_SHAPE(2, 2), (double[]){20, 10, 40, 30});
    assert_values(set, "x", GD_SHAPE(2, 2), (double[]){1, 2, 3, 4});
    assert_string_equal(name(set, "y", 1), "y1");
    assert_int_equal(gd_dataset_field(set, gd_dataset_find(set, "y")).role, GD_ROLE_TARGET);
    char *json = gd_csv_schema_to_json(gd_dataset_csv_schema(set));
    gd_dataset_free(set);
    gd_csv_schema *schema;
    assert_fine(gd_csv_schema_from_json(json, &schema));
    set = read_text("y1,a,b,y2\n1,2,3,4\n", (gd_csv_opts){.schema = schema});
    assert_values(set, "y", GD_SHAPE(1, 2), (double[]){4, 1});
    gd_dataset_free(set);
    gd_csv_schema_free(schema);
    gd_text_free(json);
    set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("y?"), .ignore = GD_COLUMNS("-1")});
    assert_values(set, "y", GD_SHAPE(2, 2), (double[]){10, 20, 30, 40});
    gd_dataset_free(set);
    // With a class among them, each is a field.
    set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("y1", "k"), .ignore = GD_COLUMNS("y2")});
    assert_values(set, "y1", GD_SHAPE(2, 1), (double[]){10, 30});
    assert_values(set, "k", GD_SHAPE(2), (double[]){0, 1});
    assert_string_equal(gd_dataset_class_name(set, gd_dataset_find(set, "k"), 1), "yes");
    gd_dataset_free(set);
}

// Whole numbers that are classes keep their values.
static void test_classes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double label[3];
        int class_count;
    } cases[] = {
        {"a,t\n1,1\n2,2\n3,3\n", {1, 2, 3}, 4},
        {"a,t\n1,-1\n2,1\n3,-1\n", {-1, 1, -1}, 0},
        {"a,t\n1,0\n2,1.0\n3,2e0\n", {0, 1, 2}, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_dataset *set = read_text(cases[i].text, (gd_csv_opts){.target = GD_COLUMNS("t"), .target_is_class = true});
        assert_values(set, "label", GD_SHAPE(3), cases[i].label);
        const gd_field field = gd_dataset_field(set, gd_dataset_find(set, "label"));
        assert_int_equal(field.kind, GD_KIND_CATEGORY);
        assert_int_equal(field.class_count, cases[i].class_count);
        gd_dataset_free(set);
    }
}

// The stored value of a field of one number a sample that is not delivered.
static void assert_role(const gd_dataset *set, const char *field, gd_role role, int class_count)
{
    const int f = gd_dataset_find(set, field);
    if (f < 0)
        fail_msg("there is no field '%s'", field);
    assert_int_equal(gd_dataset_field(set, f).role, role);
    assert_int_equal(gd_dataset_field(set, f).class_count, class_count);
    assert_int_equal(gd_dataset_field(set, f).shape.rank, 0);
}

static void test_roles(void **state)
{
    (void)state;
    gd_dataset *set = read_text("who,w,part,day,a\nann,2,train,2026-01-02,1\n07,0.5,test,2026-01-01,2\n"
                                "ann,1,train,2026-01-03T12:00,3\n",
                                (gd_csv_opts){.group = "who", .weight = "w", .part = "part", .order = "day"});
    assert_values(set, "x", GD_SHAPE(3, 1), (double[]){1, 2, 3});
    assert_role(set, "weight", GD_ROLE_WEIGHT, 0);
    assert_values(set, "weight", GD_SHAPE(3), (double[]){2, .5, 1});
    assert_role(set, "group", GD_ROLE_GROUP, 2);
    assert_values(set, "group", GD_SHAPE(3), (double[]){1, 0, 1});
    assert_string_equal(gd_dataset_class_name(set, gd_dataset_find(set, "group"), 0), "07");
    assert_role(set, "part", GD_ROLE_PART, 2);
    gd_dataset *test;
    assert_fine(gd_dataset_where(set, "part", "test", &test));
    assert_values(test, "x", GD_SHAPE(1, 1), (double[]){2});
    gd_dataset_free(test);
    assert_role(set, "order", GD_ROLE_ORDER, 0);
    assert_values(set, "order", GD_SHAPE(3), (double[]){1767312000, 1767225600, 1767441600});
    gd_dataset_free(set);
}

static void test_origins(void **state)
{
    (void)state;
    char first[256];
    snprintf(first, sizeof first, "%s",
             write_text("first.csv", "# two files\nid,a\nu1,1\n\n# a word\n\"u\n2\",2\n007,3\n"));
    const char *second = write_text("second.csv", "id,a\n,4\nz,5\n");
    gd_dataset *set;
    const gd_csv_opts opts = {.id = "id", .comment = '#'};
    assert_fine(gd_dataset_from_csv_files(2, (const char *const[]){first, second}, opts, &set));
    assert_values(set, "x", GD_SHAPE(5, 1), (double[]){1, 2, 3, 4, 5});
    static const gd_origin expected[] = {
        {NULL, 1, 3, "u1"}, {NULL, 2, 6, "u\n2"}, {NULL, 3, 8, "007"}, {NULL, 1, 2, ""}, {NULL, 2, 3, "z"}};
    for (int64_t i = 0; i < 5; i++) {
        const gd_origin origin = gd_dataset_origin(set, i);
        assert_string_equal(origin.file, i < 3 ? first : second);
        assert_int_equal(origin.row, expected[i].row);
        assert_int_equal(origin.line, expected[i].line);
        assert_string_equal(origin.id, expected[i].id);
    }
    gd_dataset_free(set);
    assert_fine(gd_dataset_from_csv(first, (gd_csv_opts){.ignore = GD_COLUMNS("id"), .comment = '#'}, &set));
    assert_null(gd_dataset_origin(set, 0).id);
    gd_dataset_free(set);
    // Errors name the file.
    write_text("second.csv", "id,a\n1,x\n");
    assert_int_equal(gd_dataset_from_csv_files(2, (const char *const[]){first, second}, opts, &set), GD_ERROR_FORMAT);
    assert_said("'x' on line 2");
    assert_said("second.csv");
    write_text("second.csv", "id,b\n1,2\n");
    assert_int_equal(gd_dataset_from_csv_files(2, (const char *const[]){first, second}, opts, &set), GD_ERROR_FORMAT);
    assert_said("column 1 is called 'b', but 'a' in");
    unlink(first);
    unlink(second);
}

static void test_features(void **state)
{
    (void)state;
    gd_dataset *set = read_text("when,c,t,h\n2026-11-27 12:34,p,1,aa\n2024-02-29,q,2,bb\n",
                                (gd_csv_opts){.date = GD_COLUMNS("when"), .hash = GD_COLUMNS("h"), .hash_size = 4});
    assert_int_equal(gd_dataset_field(set, 0).shape.dim[0], 6 + 2 + 1 + 4);
    gd_array x = values(set, "x");
    static const double date[] = {2026, 11, 27, 4, 12, 34, 1, 0, 1};
    for (int i = 0; i < 9; i++)
        assert_true(gd_array_get(&x, i) == date[i]);
    for (int row = 0; row < 2; row++) { // one of the four
        double sum = 0;
        for (int i = 9; i < 13; i++)
            sum += gd_array_get(&x, row * 13 + i);
        assert_true(sum == 1);
    }
    gd_array_free(&x);
    static const char *const names[] = {
        "when.year", "when.month", "when.day", "when.weekday", "when.hour", "when.minute", "c=p", "c=q", "t", "h#0"};
    for (int i = 0; i < 10; i++)
        assert_string_equal(name(set, "x", i), names[i]);
    assert_string_equal(name(set, "x", 13), "(none)");
    // Without times of day, there are four parts in every file.
    gd_dataset_free(set);
    set = read_text("when\n2026-11-27\n2024-02-29T00:00:00Z\n", (gd_csv_opts){.date = GD_COLUMNS("when")});
    assert_values(set, "x", GD_SHAPE(2, 4), (double[]){2026, 11, 27, 4, 2024, 2, 29, 3});
    gd_dataset *later = read_text("when\n2026-11-27T11:00\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set)});
    assert_values(later, "x", GD_SHAPE(1, 4), (double[]){2026, 11, 27, 4});
    gd_dataset_free(later);
    gd_dataset_free(set);
}

// Numbers keep double precision until they are scaled.
static void test_precision(void **state)
{
    (void)state;
    gd_dataset *set = read_text("t\n1700000000\n1700000060\n1700000120\n", (gd_csv_opts){0});
    gd_preprocess *preprocess;
    gd_dataset *scaled;
    const gd_preprocess_rule rule = {.scaling = GD_MIN_MAX};
    assert_fine(gd_preprocess_fit(set, (gd_preprocess_opts){.rule_count = 1, .rule = &rule}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, set, &scaled));
    assert_values(scaled, "x", GD_SHAPE(3, 1), (double[]){0, .5, 1});
    gd_dataset_free(scaled);
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

// A file to be predicted: targets are not read, and every row has its answer or its reason.
static void test_predicting(void **state)
{
    (void)state;
    static const gd_missing policies[] = {GD_MISSING_ERROR, GD_MISSING_DROP};
    for (int p = 0; p < 2; p++) {
        gd_dataset *set =
            read_text("id,size,c,w,kind\na,1,u,1,apple\nb,2,v,1,pear\n",
                      (gd_csv_opts){.target = GD_COLUMNS("kind"), .id = "id", .weight = "w", .missing = policies[p]});
        const gd_csv_opts opts = {.schema = gd_dataset_csv_schema(set), .keep_all = true};
        static const char *const without_trouble[] = {"size,c\n3,v\n", "kind,c,w,size\n,v,,3\n",
                                                      "kind,c,w,size\n?,v,x,3\n", "kind,c,size\nunknown,v,3\n"};
        for (size_t i = 0; i < 4; i++) {
            gd_dataset *ask = read_text(without_trouble[i], opts);
            assert_int_equal(gd_dataset_field_count(ask), 1);
            assert_values(ask, "x", GD_SHAPE(1, 3), (double[]){3, 0, 1});
            assert_null(gd_dataset_fault(ask, 0));
            gd_dataset_free(ask);
        }
        gd_dataset *ask = read_text("id,size,c\nr,1,u\ns,,v\nt,5,z\nu,six,u\nv,?,u\nw,3,v\n", opts);
        assert_values(ask, "x", GD_SHAPE(6, 3), (double[]){1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1});
        static const char *const faults[] = {
            NULL,
            "column 'size': the cell is empty",
            "column 'c': 'z' is not among the categories of the training data: 'u', 'v'",
            "column 'size': 'six' is no number",
            "column 'size': '?' counts as missing (`missing_words` says which words do)",
            NULL};
        for (int64_t i = 0; i < 6; i++) {
            const char *fault = gd_dataset_fault(ask, i);
            assert_true((fault == NULL) == (faults[i] == NULL));
            if (fault != NULL)
                assert_string_equal(fault, faults[i]);
            assert_int_equal(gd_dataset_origin(ask, i).id[0], 'r' + i);
        }
        gd_dataset_free(ask);
        gd_dataset_free(set);
    }
    // Where missing cells are filled in, they are no fault.
    gd_dataset *set = read_text("a\n1\n3\n", (gd_csv_opts){.missing = GD_MISSING_MEAN});
    gd_dataset *ask = read_text("a\n5\nNA\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set), .keep_all = true});
    assert_null(gd_dataset_fault(ask, 1));
    gd_dataset_free(ask);
    gd_dataset_free(set);
    // Without a heading, targets may be absent too.
    set = read_text("1;2;yes\n3;4;no\n", (gd_csv_opts){.no_header = true, .target = GD_COLUMNS("-1")});
    ask = read_text("5;6\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set), .keep_all = true});
    assert_values(ask, "x", GD_SHAPE(1, 2), (double[]){5, 6});
    gd_dataset_free(ask);
    assert_refused("5;6;7;8\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set)},
                   "has 4 columns, the training data had 3");
    gd_dataset_free(set);
}

int main(void)
{
    setenv("GRADUS_CACHE", "", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),    cmocka_unit_test(test_classes),  cmocka_unit_test(test_roles),
        cmocka_unit_test(test_origins),    cmocka_unit_test(test_features), cmocka_unit_test(test_precision),
        cmocka_unit_test(test_predicting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
