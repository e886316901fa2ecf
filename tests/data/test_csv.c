#include "csv_sets.h"

#include "base/memory.h"

static void test_numbers(void **state)
{
    (void)state;
    // With a byte-order mark, both kinds of line ends, blanks, an empty line, and no line end at the end.
    gd_dataset *set = read_text("\xef\xbb\xbf"
                                "a,b,c\r\n1, 2.5 ,-3e1\n\n4,5,6",
                                (gd_csv_opts){.target = GD_COLUMNS("c")});
    assert_int_equal(gd_dataset_count(set), 2);
    assert_values(set, "x", GD_SHAPE(2, 2), (double[]){1, 2.5, 4, 5});
    assert_values(set, "y", GD_SHAPE(2, 1), (double[]){-30, 6});
    gd_dataset_free(set);
    set = read_text("1\t2\n3\t4\n", (gd_csv_opts){.separator = '\t', .no_header = true, .target = GD_COLUMNS("0")});
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){2, 4});
    assert_values(set, "y", GD_SHAPE(2, 1), (double[]){1, 3});
    gd_dataset_free(set);
    set = read_text("a,b,k\n1,2,0\n3,4,2\n",
                    (gd_csv_opts){.target = GD_COLUMNS("-1"), .target_is_class = true, .ignore = GD_COLUMNS("b")});
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){1, 3});
    assert_values(set, "label", GD_SHAPE(2), (double[]){0, 2});
    assert_int_equal(gd_dataset_field(set, 1).class_count, 3);
    gd_dataset_free(set);
    // In the file's notation, with no-break spaces and tabs beside the numbers.
    set = read_text("a;b;c\n\t1,5\xc2\xa0;1.234,5;12 %\n-2;7;3\n",
                    (gd_csv_opts){.decimal = ',', .thousands = '.', .percent = true});
    assert_values(set, "x", GD_SHAPE(2, 3), (double[]){1.5, 1234.5, .12, -2, 7, 3});
    gd_dataset_free(set);
    set =
        read_text("a,b\n\"1,5\",$ 2\n\"2,5\",3 $\n", (gd_csv_opts){.decimal = ',', .separator = ',', .currency = "$"});
    assert_values(set, "x", GD_SHAPE(2, 2), (double[]){1.5, 2, 2.5, 3});
    gd_dataset_free(set);
}

static void test_quotes(void **state)
{
    (void)state;
    gd_dataset *set =
        read_text("\"a,1\",\"b\"\"2\"\"\",c\n\"1\",\"two\nlines\",\"x\"\n2,\"say \"\"hi\"\"\",\"y,z\"\r\n",
                  (gd_csv_opts){.target = GD_COLUMNS("c"), .embed = GD_COLUMNS("b\"2\"")});
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){1, 2});
    assert_values(set, "b\"2\"", GD_SHAPE(2), (double[]){1, 0});
    assert_string_equal(gd_dataset_class_name(set, 1, 0), "say \"hi\"");
    assert_string_equal(gd_dataset_class_name(set, 1, 1), "two\nlines");
    assert_string_equal(gd_dataset_class_name(set, 2, 1), "y,z");
    assert_null(gd_dataset_class_name(set, 2, 2));
    gd_dataset_free(set);
    set = read_text("w\tk\n\"a\tp\nb\"\tn\n",
                    (gd_csv_opts){.separator = '\t', .no_quotes = true, .target = GD_COLUMNS("k")});
    assert_values(set, "label", GD_SHAPE(2), (double[]){1, 0});
    gd_dataset_free(set);
    // A quote within a cell is a letter; blanks may stand around a quoted cell.
    set = read_text("size,k\n5\" pipe,1\n \"6, \"\"wide\"\"\" ,2\n", (gd_csv_opts){.target = GD_COLUMNS("k")});
    assert_string_equal(gd_dataset_element_name(set, 0, 0), "size=5\" pipe");
    assert_string_equal(gd_dataset_element_name(set, 0, 1), "size=6, \"wide\"");
    gd_dataset_free(set);
}

static void test_categories(void **state)
{
    (void)state;
    const char *text = "n,port,deck,zip,k\n1,S,B,7,yes\n2,C,A,8,no\n3,S,C,07,yes\n";
    gd_csv_opts opts = {.target = GD_COLUMNS("k"), .embed = GD_COLUMNS("deck"), .category = GD_COLUMNS("zip")};
    gd_dataset *set = read_text(text, opts);
    assert_values(set, "x", GD_SHAPE(3, 6), (double[]){1, 0, 1, 0, 1, 0, 2, 1, 0, 0, 0, 1, 3, 0, 1, 1, 0, 0});
    assert_values(set, "deck", GD_SHAPE(3), (double[]){1, 0, 2});
    assert_values(set, "label", GD_SHAPE(3), (double[]){1, 0, 1});
    assert_int_equal(gd_dataset_field(set, 1).class_count, 3);

    // The columns go through JSON and are applied to files with other orders, and without the target.
    char *json = gd_csv_schema_to_json(gd_dataset_csv_schema(set));
    gd_csv_schema *schema;
    assert_fine(gd_csv_schema_from_json(json, &schema));
    char *again = gd_csv_schema_to_json(schema);
    assert_string_equal(json, again);
    gd_dataset *test = read_text("deck,more,zip,port,n\nA,?,8,S,9\n", (gd_csv_opts){.schema = schema});
    assert_int_equal(gd_dataset_field_count(test), 2);
    assert_values(test, "x", GD_SHAPE(1, 6), (double[]){9, 0, 1, 0, 0, 1});
    assert_values(test, "deck", GD_SHAPE(1), (double[]){0});
    gd_dataset_free(test);

    static const struct {
        const char *text, *said;
    } bad[] = {
        {"n,port,deck,zip,k\n1,Q,A,7,yes\n", "line 2, column 'port': 'Q' is not among the categories of the training "
                                             "data: 'C', 'S'"},
        {"n,port,deck,zip,k\n1,S,A,7,yes\n1,12,A,7,yes\n", "line 3, column 'port': '12' is not among the categories"},
        {"n,port,deck,zip,k\n1,S,A,7.0,yes\n", "column 'zip': '7.0' is not among"},
        {"n,port,deck,zip,k\n1,S,A,7,maybe\n", "column 'k': 'maybe'"},
        {"n,prot,deck,zip,k\n1,S,A,7,yes\n", "has no column 'port'; did you mean 'prot'?"},
        {"n,port,deck,zip,k\none,S,A,7,yes\n", "line 2, column 'n': 'one' is no number"},
        {"n,port,port,deck,zip,k\n1,S,S,A,7,yes\n", "columns 1 and 2 are both called 'port'"},
        {"n,port,deck,zip,k\n1,S,,7,yes\n", "column 'deck': the cell is empty"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i].text, (gd_csv_opts){.schema = schema}, bad[i].said);
    gd_csv_schema_free(schema);
    gd_text_free(json);
    gd_text_free(again);
    gd_dataset_free(set);

    opts.unknown = GD_UNKNOWN_NONE;
    set = read_text(text, opts);
    assert_int_equal(gd_dataset_field(set, 1).class_count, 4);
    test = read_text("n,port,deck,zip,k\n1,Q,Z,7,no\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set)});
    assert_values(test, "x", GD_SHAPE(1, 6), (double[]){1, 0, 0, 0, 1, 0});
    assert_values(test, "deck", GD_SHAPE(1), (double[]){3});
    gd_dataset_free(test);
    gd_dataset_free(set);
}

// What a category that was not seen is taken for: as the first file's options say, or those of the second.
static void test_unknown(void **state)
{
    (void)state;
    // Columns of x: port= (missing), port=C, port=S; deck is embedded, and its 0 is the missing cell.
    const char *text = "n,port,deck,k\n1,S,A,1\n2,C,B,2\n3,S,,3\n4,,B,4\n";
    const char *asked = "n,port,deck\n1,Q,Z\n";
    gd_csv_opts opts = {.target = GD_COLUMNS("k"), .embed = GD_COLUMNS("deck"), .missing = GD_MISSING_MEAN};
    static const struct {
        gd_unknown unknown;
        double x[4], deck;
    } cases[] = {
        {GD_UNKNOWN_MISSING, {1, 1, 0, 0}, 0},
        {GD_UNKNOWN_FREQUENT, {1, 0, 0, 1}, 2},
        {GD_UNKNOWN_NONE, {1, 0, 0, 0}, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        opts.unknown = cases[i].unknown;
        gd_dataset *set = read_text(text, opts);
        gd_csv_schema *schema;
        char *json = gd_csv_schema_to_json(gd_dataset_csv_schema(set));
        assert_fine(gd_csv_schema_from_json(json, &schema));
        gd_dataset *test = read_text(asked, (gd_csv_opts){.schema = schema});
        assert_values(test, "x", GD_SHAPE(1, 4), cases[i].x);
        assert_values(test, "deck", GD_SHAPE(1), &cases[i].deck);
        gd_dataset_free(test);
        // The second file's own word counts more.
        assert_refused(asked, (gd_csv_opts){.schema = schema, .unknown = GD_UNKNOWN_ERROR},
                       "line 2, column 'port': 'Q' is not among the categories of the training data");
        gd_csv_schema_free(schema);
        gd_text_free(json);
        gd_dataset_free(set);
    }
    // An embedding without a vector for what was not seen cannot take it.
    opts.unknown = GD_UNKNOWN_DEFAULT;
    gd_dataset *set = read_text(text, opts);
    const gd_csv_schema *schema = gd_dataset_csv_schema(set);
    assert_refused("n,port,deck\n1,Q,Z\n", (gd_csv_opts){.schema = schema, .unknown = GD_UNKNOWN_NONE},
                   "column 'deck': 'Z' is not among the categories");
    gd_dataset_free(set);
    // Where no cell was missing, there is no category of missing ones.
    set = read_text("n,port,k\n1,S,1\n2,C,2\n", (gd_csv_opts){.target = GD_COLUMNS("k")});
    assert_refused("n,port\n1,Q\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set), .unknown = GD_UNKNOWN_MISSING},
                   "column 'port': 'Q' is not among the categories");
    gd_dataset_free(set);
}

// Categories with few rows are one, which also takes those that were not seen.
static void test_rare(void **state)
{
    (void)state;
    gd_dataset *set =
        read_text("c,k\na,1\nb,1\na,2\nz,3\n", (gd_csv_opts){.target = GD_COLUMNS("k"), .least_count = 2});
    assert_values(set, "x", GD_SHAPE(4, 2), (double[]){0, 1, 1, 0, 0, 1, 1, 0});
    assert_string_equal(gd_dataset_element_name(set, 0, 0), "c=(rare)");
    gd_dataset *test = read_text("c\nq\na\n", (gd_csv_opts){.schema = gd_dataset_csv_schema(set)});
    assert_values(test, "x", GD_SHAPE(2, 2), (double[]){1, 0, 0, 1});
    gd_dataset_free(test);
    gd_dataset_free(set);
}

static void test_missing(void **state)
{
    (void)state;
    const char *text = "a,b,k\nNA,,1\n1,u,2\n,v,3\n5,u,4\n";
    gd_dataset *set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("k"), .missing = GD_MISSING_DROP});
    assert_int_equal(gd_dataset_count(set), 2);
    assert_values(set, "y", GD_SHAPE(2, 1), (double[]){2, 4});
    assert_int_equal(gd_dataset_origin(set, 1).row, 4); // rows keep their numbers
    assert_int_equal(gd_dataset_origin(set, 1).line, 5);
    gd_dataset_free(set);
    set =
        read_text(text, (gd_csv_opts){.target = GD_COLUMNS("k"), .missing = GD_MISSING_CONSTANT, .missing_value = -1});
    assert_values(set, "x", GD_SHAPE(4, 4), (double[]){-1, 1, 0, 0, 1, 0, 1, 0, -1, 0, 0, 1, 5, 0, 1, 0});
    gd_dataset_free(set);
    set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("k"),
                                        .missing = GD_MISSING_CONSTANT,
                                        .missing_value = -1,
                                        .indicator = true,
                                        .ignore = GD_COLUMNS("b")});
    assert_values(set, "x", GD_SHAPE(4, 2), (double[]){-1, 1, 1, 0, -1, 1, 5, 0});
    assert_string_equal(gd_dataset_element_name(set, 0, 1), "a is missing");
    gd_dataset_free(set);

    // Means come from the training part alone: its a is {missing, 1}, then {missing, 5} in the rest.
    set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("k"), .missing = GD_MISSING_MEAN});
    gd_loader *loader;
    assert_int_equal(gd_loader_create(set, (gd_loader_opts){.batch = 2}, &loader), GD_ERROR_ARGUMENT);
    gd_dataset *train, *filled;
    assert_fine(gd_dataset_take(set, 0, 2, &train));
    gd_preprocess *preprocess, *again;
    assert_fine(gd_preprocess_fit(train, (gd_preprocess_opts){0}, &preprocess));
    char *json = gd_preprocess_to_json(preprocess);
    assert_fine(gd_preprocess_from_json(json, &again));
    gd_text_free(json);
    assert_non_null(gd_preprocess_csv_schema(again));
    assert_fine(gd_preprocess_apply(again, set, &filled));
    assert_values(filled, "x", GD_SHAPE(4, 4), (double[]){1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 5, 0, 1, 0});
    gd_dataset_free(filled);
    gd_preprocess_free(preprocess);
    gd_preprocess_free(again);
    gd_dataset_free(train);
    gd_dataset_free(set);
}

static void test_missing_words(void **state)
{
    (void)state;
    // NA is Namibia when it is quoted, or when the words are others.
    gd_dataset *set = read_text("c,k\n\"NA\",1\nZA,2\n", (gd_csv_opts){.target = GD_COLUMNS("k")});
    assert_string_equal(gd_dataset_element_name(set, 0, 0), "c=NA");
    gd_dataset_free(set);
    set = read_text("c,k\nNA,1\nZA,2\n", (gd_csv_opts){.target = GD_COLUMNS("k"), .missing_word_count = -1});
    assert_values(set, "x", GD_SHAPE(2, 2), (double[]){1, 0, 0, 1});
    gd_dataset_free(set);
    const gd_csv_opts own = {.missing_word_count = 1,
                             .missing_word = (const char *const[]){"n.a."},
                             .missing = GD_MISSING_CONSTANT,
                             .missing_value = 7};
    set = read_text("a\n1\n N.A. \n", own);
    assert_values(set, "x", GD_SHAPE(2, 1), (double[]){1, 7});
    gd_dataset_free(set);
    assert_refused("c,k\nNA,1\nZA,2\n", (gd_csv_opts){.target = GD_COLUMNS("k")},
                   "line 2, column 'c': 'NA' counts as missing (`missing_words` says which words do)");
    assert_refused("c,k\n?,1\nZA,2\n", (gd_csv_opts){.target = GD_COLUMNS("k")}, "'?' counts as missing");
    assert_refused("c,k\n\"\",1\nZA,2\n", (gd_csv_opts){.target = GD_COLUMNS("k")}, "the cell is empty");
}

// n rows of one text column whose cells are made by a format and the row's number.
static void make_column(char *text, size_t size, int rows, const char *format, int step)
{
    int length = snprintf(text, size, "price,t\n");
    for (int r = 0; r < rows; r++) {
        char cell[64];
        snprintf(cell, sizeof cell, format, 1 + r / 10 * step, r % 10);
        length += snprintf(text + length, size - (size_t)length, "%s,%d\n", cell, r);
    }
}

// What looks like numbers, names or dates is not silently taken for categories.
static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        int rows;
        const char *format, *said;
    } cases[] = {
        {30, "\"%d,%d\"",
         "'1,0' is a number in another notation: `decimal: comma` reads the column as numbers, and "
         "`categories: [price]` as categories"},
        {30, "\"%d,%d00\"", "`thousands: \",\"` or `decimal: comma`"},
        {30, "\"%d.%d00,5\"", "`decimal: comma`, `thousands: \".\"`"},
        {30, "%d.%d%%", "`percent: true`"},
        {30, "$ %d.%d", "`currency: \"$\"`"},
        {30, "%d.%d EUR", "`currency: \"EUR\"`"},
        {4, "%d%d%%", "`percent: true`"}, // also a few
        {30, "name %d%d",
         "column 'price' holds 30 different texts in 30 rows, such as 'name 10' on line 2: "
         "`ignore: [price]` leaves it out"},
        {30, "2026-0%d-1%d", "'2026-01-10' is a date: `dates: [price]` makes numbers of its parts"},
    };
    char text[2048];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_column(text, sizeof text, cases[i].rows, cases[i].format, 1);
        assert_refused(text, (gd_csv_opts){.target = GD_COLUMNS("t")}, cases[i].said);
        assert_refused(text, (gd_csv_opts){.target = GD_COLUMNS("price")}, cases[i].said);
        gd_dataset *set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("t"), .category = GD_COLUMNS("price")});
        assert_int_equal(gd_dataset_field(set, 0).shape.dim[0], cases[i].rows);
        gd_dataset_free(set);
        set = read_text(text, (gd_csv_opts){.target = GD_COLUMNS("t"), .ignore = GD_COLUMNS("price")});
        assert_int_equal(gd_dataset_field_count(set), 1);
        gd_dataset_free(set);
    }
    // Few rows, or texts that come again, are categories.
    make_column(text, sizeof text, 19, "name %d%d", 1);
    gd_dataset_free(read_text(text, (gd_csv_opts){.target = GD_COLUMNS("t")}));
    make_column(text, sizeof text, 40, "name %d%d", 0);
    gd_dataset_free(read_text(text, (gd_csv_opts){.target = GD_COLUMNS("t")}));

    assert_refused(
        "a,gre\n1,310\n3,twelve\n", (gd_csv_opts){0},
        "column 'gre' holds numbers and texts: 310 on line 2, 'twelve' on line 3; `missing_words` if it stands "
        "for a missing cell, `categories: [gre]` if all cells are texts, or `ignore`");
    assert_refused("a,b\n1,2\n\n3,\"4,5\"\n", (gd_csv_opts){0},
                   "2 on line 2, '4,5' on line 4; `decimal: comma` makes a number of it");
    assert_refused("a\n?\n1\n", (gd_csv_opts){.missing_word_count = -1}, "1 on line 3, '?' on line 2");
}

static void test_bad_files(void **state)
{
    (void)state;
    const struct {
        const char *text;
        gd_csv_opts opts;
        const char *said;
    } cases[] = {
        {"a,b\n1,2\n3\n", {0}, "line 3 has 1 fields, the header has 2"},
        {"a,b\n1,2,3\n", {0}, "line 2 has 3 fields, the header has 2"},
        {"a,b\n\"1\n\n\",2\n3\n", {0}, "line 5 has 1 fields"},
        {"a,b\n1\r2,3\n", {0}, "line 2 has 1 fields"},
        {"1,2\n3\n", {.no_header = true}, "line 2 has 1 fields, the first line has 2"},
        {"a\n1\n1e999\n", {0}, "1 on line 2, '1e999' on line 3"},
        {"a\n1\n1e-\n", {0}, "'1e-' on line 3"},
        {"a\n1\ninf\n", {0}, "'inf' on line 3"},
        {"a,b\n1,2\n,3\n", {0}, "line 3, column 'a': the cell is empty"},
        {"a,b\n1,2\n2,\n",
         {.target = GD_COLUMNS("b"), .missing = GD_MISSING_MEAN},
         "line 3, column 'b': the cell is empty"},
        {"a,b\n,2\n,3\n", {.missing = GD_MISSING_MEAN}, "column 'a' is empty in every row"},
        {"", {0}, "is empty"},
        {"\n\n", {0}, "is empty"},
        {"a,b\n", {0}, "has no rows of data"},
        {"a,b\n,1\n", {.missing = GD_MISSING_DROP, .ignore = GD_COLUMNS("b")}, "column 'a' is empty"},
        {"a,b\n,1\n2,\n", {.missing = GD_MISSING_DROP}, "after those with missing cells"},
        {"a,b\n1,\"2\n3,4\n", {0}, "the quote that opens on line 2 is never closed"},
        {"a,b\n1,2\n\"x\ny\",\"2\n3,4\n", {0}, "the quote that opens on line 4 is never closed"},
        {"a,\"b\n1,2\n", {0}, "the quote that opens on line 1 is never closed"},
        {"a,b\n1,\"2\"x\n", {0}, "line 2, column 2: text follows a closing quote"},
        {"a,a\n1,2\n", {0}, "both called 'a'"},
        {"price,b\n1,2\n", {.target = GD_COLUMNS("pirce")}, "no column 'pirce'; did you mean 'price'?"},
        {"a,b\n1,2\n", {.target = GD_COLUMNS("2")}, "column 2 was asked for, but there are 2"},
        {"a,b\n1,2\n", {.target = GD_COLUMNS("-3")}, "column -3 was asked for"},
        {"a,b\n1,2\n", {.target = GD_COLUMNS("pixel_*")}, "no column fits the pattern 'pixel_*'"},
        {"a,b\n1,2\n", {.target = GD_COLUMNS("b"), .ignore = GD_COLUMNS("b")}, "also ignored"},
        {"a,b\n1,1.5\n", {.target = GD_COLUMNS("b"), .target_is_class = true}, "line 2, column 'b': 1.5 is no class"},
        {"a,w\n1,-1\n", {.weight = "w"}, "the weight -1 is negative"},
        {"a,w\n1,2\n2,x\n", {.weight = "w"}, "line 3, column 'w': 'x' is no number"},
        {"a,w\n1,2\n", {.weight = "w", .group = "w"}, "column 'w' is both weight and group"},
        {"a\nx\ny\nz\n", {.max_categories = 2}, "3 different texts, more than 2"},
        {"a\n\xff\xfe\n", {0}, "line 2, column 'a': the text is not valid UTF-8"},
        {"x,b\nq,1\n", {.embed = GD_COLUMNS("x")}, "two fields are called 'x'"},
        {"a,b\n1,2\n", {.separator = '"'}, "cannot separate"},
        {"a,b\n1,2\n", {.separator = '1'}, "cannot separate"},
        {"a,b\n1,2\n", {.thousands = '.'}, "another sign for thousands"},
        {"a,b\n1,2\n", {.ignore = GD_COLUMNS("a"), .embed = GD_COLUMNS("a")}, "listed twice"},
        {"a,d\n1,27.11.2026\n", {.date = GD_COLUMNS("d")}, "'27.11.2026' is no date"},
        {"a,d\n1,soon\n", {.order = "d"}, "'soon' is no number, and no date"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cases[i].text, cases[i].opts, cases[i].said);
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_csv(write_bytes("bad.csv", "a,b\n1,\0\n", 8), (gd_csv_opts){0}, &set),
                     GD_ERROR_FORMAT);
    assert_said("line 2 holds a zero byte");
    assert_int_equal(gd_dataset_from_csv(write_gzip("bad.csv", "a,b\n1,2\n", 8, 20), (gd_csv_opts){0}, &set),
                     GD_ERROR_FORMAT);
    assert_said("truncated");
    unlink(temporary("bad.csv"));
    assert_int_equal(gd_dataset_from_csv("/nonexistent.csv", (gd_csv_opts){0}, &set), GD_ERROR_IO);
    assert_int_equal(gd_dataset_from_csv("/tmp", (gd_csv_opts){0}, &set), GD_ERROR_IO);
    assert_said("is a directory where a file was expected");
}

static void test_bad_schemas(void **state)
{
    (void)state;
#define HEAD                                                                                                           \
    "{\"separator\":\",\",\"no_header\":false,\"no_quotes\":false,\"missing\":\"error\",\"missing_value\":0,"          \
    "\"allow_unknown\":false,\"target_is_class\":true,"
#define COLUMN(name, kind, more) "{\"name\":\"" name "\",\"kind\":\"" kind "\",\"words\":[]" more "}"
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"columns\": 3}",
        "{\"columns\": [], \"separator\": \",\"}",
        HEAD "\"target\":5,\"columns\":[]}",
        HEAD "\"target\":-1,\"columns\":[" COLUMN("a", "odd", "") "]}",
        HEAD "\"target\":-1,\"columns\":[{\"name\":\"a\",\"kind\":\"one_hot\",\"words\":[\"u\",\"u\"]}]}",
        HEAD "\"columns\":[" COLUMN("a", "number", ",\"role\":\"boss\"") "]}",
        HEAD "\"columns\":[" COLUMN("a", "number", ",\"role\":\"target\"") "]}",
        HEAD "\"targets\":[0,0],\"columns\":[" COLUMN("a", "number", "") "]}",
        HEAD "\"unknown\":\"perhaps\",\"columns\":[" COLUMN("a", "number", "") "]}",
        HEAD "\"columns\":[" COLUMN("a", "one_hot", ",\"frequent\":0") "]}",
        HEAD "\"hash_size\":0,\"columns\":[" COLUMN("a", "number", "") "]}",
        HEAD "\"missing_words\":[3],\"columns\":[" COLUMN("a", "number", "") "]}",
        HEAD "\"decimal\":\"point\",\"columns\":[" COLUMN("a", "number", "") "]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gd_csv_schema *schema;
        if (gd_csv_schema_from_json(bad[i], &schema) != GD_ERROR_FORMAT)
            fail_msg("was read: %s", bad[i]);
        assert_null(schema);
    }
    // Roles that do not fit the kind are found when the schema is applied.
    static const char *const misfits[] = {
        HEAD "\"columns\":[" COLUMN("a", "one_hot", ",\"role\":\"weight\"") "]}",
        HEAD "\"columns\":[" COLUMN("a", "number", ",\"role\":\"order\"") "," COLUMN("b", "number",
                                                                                     ",\"role\":\"order\"") "]}",
        HEAD "\"separator\":\"1\",\"columns\":[" COLUMN("a", "number", "") "]}",
    };
    for (size_t i = 0; i < sizeof misfits / sizeof misfits[0]; i++) {
        gd_csv_schema *schema;
        assert_fine(gd_csv_schema_from_json(misfits[i], &schema));
        gd_dataset *set;
        assert_int_not_equal(
            gd_dataset_from_csv(write_text("t.csv", "a,b\n1,2\n"), (gd_csv_opts){.schema = schema}, &set), GD_OK);
        gd_csv_schema_free(schema);
    }
    unlink(temporary("t.csv"));
}

// What Gradus 0.1.0 wrote into its checkpoints.
static void test_early_schema(void **state)
{
    (void)state;
    gd_csv_schema *schema;
    assert_fine(gd_csv_schema_from_json(
        "{\"separator\":\",\",\"no_header\":false,\"no_quotes\":false,\"missing\":\"mean\",\"missing_value\":0.0,"
        "\"allow_unknown\":false,\"target\":2,\"target_is_class\":true,\"columns\":["
        "{\"name\":\"n\",\"kind\":\"number\",\"words\":[]},"
        "{\"name\":\"port\",\"kind\":\"one_hot\",\"words\":[\"\",\"?\",\"S\"]},"
        "{\"name\":\"k\",\"kind\":\"index\",\"words\":[\"no\",\"yes\"]}]}",
        &schema));
    gd_dataset *set = read_text("n,port,k\n1,S,yes\n2,na,no\n3,?,no\n", (gd_csv_opts){.schema = schema});
    const int x = gd_dataset_find(set, "x");
    assert_int_equal(gd_dataset_field(set, x).shape.dim[0], 4);
    assert_values(set, "label", GD_SHAPE(3), (double[]){1, 0, 0});
    gd_dataset_free(set);
    gd_csv_schema_free(schema);
}

// Wherever memory is short, the status says so, and nothing is lost (which the sanitizers look at).
static void test_short_memory(void **state)
{
    (void)state;
    const char *path =
        write_text("t.csv", "id,a,b,d,h,k\nu,1,p,2026-01-02,x,yes\nv,,q,2026-01-03,\"y\"\"\",no\nw,3,p,,z,no\n");
    const gd_csv_opts opts = {.target = GD_COLUMNS("k"),
                              .id = "id",
                              .date = GD_COLUMNS("d"),
                              .hash = GD_COLUMNS("h"),
                              .missing = GD_MISSING_DROP};
    gd_status status = GD_ERROR_MEMORY;
    for (long successes = 0; status != GD_OK; successes++) {
        gd_dataset *set;
        gd__alloc_fail_after(successes, successes % 2 == 0);
        status = gd_dataset_from_csv(path, opts, &set);
        gd__alloc_fail_after(-1, false);
        if (status != GD_OK) {
            assert_int_equal(status, GD_ERROR_MEMORY);
            assert_null(set);
        }
        gd_dataset_free(set);
    }
    unlink(path);
}

int main(void)
{
    setenv("GRADUS_CACHE", "", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_quotes),       cmocka_unit_test(test_categories),
        cmocka_unit_test(test_unknown),       cmocka_unit_test(test_rare),         cmocka_unit_test(test_missing),
        cmocka_unit_test(test_missing_words), cmocka_unit_test(test_kinds),        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_bad_schemas),   cmocka_unit_test(test_early_schema), cmocka_unit_test(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
