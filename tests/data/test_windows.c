// Windows over time: what a window shows and asks for, parts that end before others begin, what is wrong with a table,
// and what forecasts are worth.
#include <gradus/windows.h>
#include <math.h>

#include "base/memory.h"
#include "files.h"

static gd_dataset *read_rows(const char *text, bool group)
{
    gd_dataset *set;
    const char *path = write_text("series.csv", text);
    const gd_csv_opts opts = {.order = "date", .group = group ? "shop" : NULL, .missing = GD_MISSING_MEAN};
    assert_fine(gd_dataset_from_csv(path, opts, &set));
    unlink(path);
    return set;
}

// Ten days of one series, from behind: y = 10, 11, …; price = 0, -1, …
static const char ten_days[] = "date,y,price,rain\n"
                               "2026-01-10,19,-9,0.5\n2026-01-09,18,-8,0\n2026-01-08,17,-7,0\n2026-01-07,16,-6,0\n"
                               "2026-01-06,15,-5,0\n2026-01-05,14,-4,0\n2026-01-04,13,-3,0\n2026-01-03,12,-2,0\n"
                               "2026-01-02,11,-1,0\n2026-01-01,10,0,0.25\n";

static void get(const gd_dataset *set, const char *field, int64_t sample, double *value)
{
    gd_array array = {0};
    assert_true(gd_dataset_find(set, field) >= 0);
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, field), 1, &sample, &array));
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        value[i] = gd_array_get(&array, i);
    gd_array_free(&array);
}

static void check(const gd_dataset *set, const char *field, int64_t sample, int count, const double *wanted)
{
    double value[64];
    get(set, field, sample, value);
    for (int i = 0; i < count; i++)
        if (fabs(value[i] - wanted[i]) > 1e-6)
            fail_msg("%s of sample %d: number %d is %g, expected %g", field, (int)sample, i, value[i], wanted[i]);
}

static void test_window(void **state)
{
    (void)state;
    gd_dataset *rows = read_rows(ten_days, false), *set;
    const gd_window_opts opts = {.time = "order",
                                 .target = GD_COLUMNS("y"),
                                 .known = GD_COLUMNS("price"),
                                 .past = 3,
                                 .horizon = 2,
                                 .season = 2,
                                 .lag_count = 1,
                                 .lag = (const int64_t[]){4}};
    assert_fine(gd_dataset_windows(rows, opts, &set));
    gd_dataset_free(rows); // the windows need it no longer
    assert_true(gd_dataset_has_windows(set));
    assert_int_equal(gd_dataset_count(set), 5); // pasts that end on the 4th to the 8th: the lag needs four days
    check(set, "past", 0, 9, (const double[]){11, -1, 0, 12, -2, 0, 13, -3, 0});
    check(set, "known", 0, 4, (const double[]){-4, 10, -5, 11});
    check(set, "y", 0, 2, (const double[]){14, 15});
    check(set, "last_value", 0, 2, (const double[]){13, 13});
    check(set, "same_season", 0, 2, (const double[]){12, 13});
    check(set, "season_error", 0, 1, (const double[]){2});
    check(set, "y", 4, 2, (const double[]){18, 19});
    char text[GD_MOMENT_TEXT], origin[GD_ORIGIN_TEXT];
    assert_string_equal(gd_window_moment(set, 4, 1, text), "2026-01-10");
    assert_string_equal(gd_window_moment(set, 4, 2, text), "");
    assert_non_null(strstr(gd_dataset_origin_text(set, 4, origin), "line 3"));
    assert_string_equal(gd_window_target(set, 0), "y");
    assert_null(gd_window_series(set, 0));
    static const char *const names[] = {"y t-2", "price t-2", "rain t-2", "y t-1"};
    for (int i = 0; i < 4; i++)
        assert_string_equal(gd_dataset_element_name(set, gd_dataset_find(set, "past"), i), names[i]);
    assert_string_equal(gd_dataset_element_name(set, gd_dataset_find(set, "known"), 3), "y 4 earlier t+2");
    gd_dataset_free(set);
}

// ---- Parts

static double number(const gd_dataset *set, const char *field, int64_t sample)
{
    double value;
    get(set, field, sample, &value);
    return value;
}

static void span(const gd_dataset *set, double *first, double *last)
{
    *first = INFINITY;
    *last = -INFINITY;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        *first = fmin(*first, number(set, "time", i));
        *last = fmax(*last, number(set, "until", i));
    }
}

// Two series of 100 hours, of which the second begins 20 hours later.
static gd_dataset *make_hours(double change_from, double change)
{
    static char text[16384];
    size_t at = (size_t)snprintf(text, sizeof text, "date,shop,y\n");
    for (int shop = 0; shop < 2; shop++)
        for (int i = 0; i < 100; i++) {
            const int hour = i + 20 * shop;
            at += (size_t)snprintf(text + at, sizeof text - at, "%d,%c,%g\n", hour, 'A' + shop,
                                   sin(hour) + (hour >= change_from ? change : 0));
        }
    return read_rows(text, true);
}

static gd_dataset *make_windows(gd_dataset *rows)
{
    gd_dataset *set;
    const gd_window_opts opts = {
        .time = "order", .series = "group", .target = GD_COLUMNS("y"), .past = 8, .horizon = 4, .season = 24};
    assert_fine(gd_dataset_windows(rows, opts, &set));
    gd_dataset_free(rows);
    return set;
}

static void test_parts_do_not_touch(void **state)
{
    (void)state;
    static const struct {
        int64_t gap;
    } cases[] = {{0}, {5}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        gd_dataset *set = make_windows(make_hours(INFINITY, 0)), *part[3];
        const gd_split_opts opts = {.part_count = 3,
                                    .fraction = (const double[]){.6, .2, .2},
                                    .deal = {.order = "time", .until = "until", .gap = cases[c].gap}};
        assert_fine(gd_dataset_split(set, opts, part));
        double first[3], last[3];
        for (int p = 0; p < 3; p++)
            span(part[p], &first[p], &last[p]);
        for (int p = 1; p < 3; p++)
            assert_true(last[p - 1] + (double)cases[c].gap < first[p]);
        assert_string_equal(gd_window_series(part[0], gd_dataset_count(part[0]) - 1), "B");
        for (int p = 0; p < 3; p++)
            gd_dataset_free(part[p]);
        gd_dataset_free(set);
    }
}

static void test_bad_splits(void **state)
{
    (void)state;
    static const struct {
        double last;
        gd_deal_opts deal;
        const char *sentence;
    } cases[] = {
        {.2, {.until = "until"}, "needs `order`"},
        {.2, {.order = "time", .until = "until", .gap = -1}, "needs `order`"},
        {.2, {.order = "time", .until = "until", .stratify = "time"}, "neither classes nor groups"},
        {.2, {.order = "time", .until = "past"}, "holds [8,1] numbers a sample, expected one"},
        {.2, {.order = "time", .until = "nothing"}, "no field of this name"},
        {.02, {.order = "time", .until = "until"}, "the first part of the split would be empty"},
        {.2, {.order = "time", .until = "until", .gap = 60}, "the second part of the split would be empty"},
    };
    gd_dataset *set = make_windows(make_hours(INFINITY, 0)), *part[2];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const double fraction[] = {cases[c].last == .02 ? .02 : .8, cases[c].last};
        const gd_split_opts opts = {.part_count = 2, .fraction = fraction, .deal = cases[c].deal};
        assert_int_not_equal(gd_dataset_split(set, opts, part), GD_OK);
        if (strstr(gd_last_error(), cases[c].sentence) == NULL)
            fail_msg("case %d: '%s' lacks '%s'", (int)c, gd_last_error(), cases[c].sentence);
        assert_null(part[0]);
        assert_null(part[1]);
    }
    gd_dataset_free(set);
}

static void test_folds_roll(void **state)
{
    (void)state;
    gd_dataset *set = make_windows(make_hours(INFINITY, 0)), *train, *validation;
    double seen = -INFINITY;
    for (int fold = 0; fold < 4; fold++) {
        const gd_fold_opts opts = {.folds = 4, .fold = fold, .deal = {.order = "time", .until = "until"}};
        assert_fine(gd_dataset_fold(set, opts, &train, &validation));
        double train_first, train_last, first, last;
        span(train, &train_first, &train_last);
        span(validation, &first, &last);
        assert_true(train_last < first);
        assert_true(first > seen); // each fold comes after the one before
        seen = last;
        gd_dataset_free(train);
        gd_dataset_free(validation);
    }
    gd_dataset_free(set);
}

// Whatever the later hours hold, samples and scaling of the training part stay as they are to the bit.
static void test_nothing_leaks(void **state)
{
    (void)state;
    char *fitted[2];
    double sum[2] = {0};
    int64_t count[2];
    double border = 0;
    for (int turn = 0; turn < 2; turn++) {
        gd_dataset *set = make_windows(make_hours(turn == 0 ? INFINITY : border, 1000)), *part[2];
        const gd_split_opts opts = {
            .part_count = 2, .fraction = (const double[]){.7, .3}, .deal = {.order = "time", .until = "until"}};
        assert_fine(gd_dataset_split(set, opts, part));
        double first, last;
        span(part[1], &border, &last);
        span(part[0], &first, &last);
        const gd_preprocess_rule rule[] = {{.field = "past", .scaling = GD_STANDARDIZE, .extent = GD_EXTENT_COLUMN},
                                           {.field = "y", .scaling = GD_MIN_MAX, .extent = GD_EXTENT_COLUMN}};
        gd_preprocess *preprocess;
        assert_fine(gd_preprocess_fit(part[0], (gd_preprocess_opts){.rule_count = 2, .rule = rule}, &preprocess));
        fitted[turn] = gd_preprocess_to_json(preprocess);
        count[turn] = gd_dataset_count(part[0]);
        static const char *const field[] = {"past", "y", "last_value", "same_season", "season_error"};
        for (int64_t i = 0; i < count[turn]; i++)
            for (int f = 0; f < 5; f++) {
                double value[64] = {0};
                get(part[0], field[f], i, value);
                for (int e = 0; e < 8; e++)
                    sum[turn] += value[e] * (double)(i * 8 + e + f + 1);
            }
        // And the validation part does see the change.
        assert_true(turn == 0 || number(part[1], "time", 0) >= border);
        gd_preprocess_free(preprocess);
        gd_dataset_free(part[0]);
        gd_dataset_free(part[1]);
        gd_dataset_free(set);
    }
    assert_int_equal(count[0], count[1]);
    assert_memory_equal(&sum[0], &sum[1], sizeof sum[0]);
    assert_string_equal(fitted[0], fitted[1]);
    gd_text_free(fitted[0]);
    gd_text_free(fitted[1]);
}

// A column is scaled alike at all steps: its mean over all training windows is 0, its deviation 1.
static void test_columns_are_scaled_alike(void **state)
{
    (void)state;
    gd_dataset *set = make_windows(make_hours(50, 3)), *scaled;
    const gd_preprocess_rule rule = {.field = "past", .scaling = GD_STANDARDIZE, .extent = GD_EXTENT_COLUMN};
    gd_preprocess *preprocess;
    assert_fine(gd_preprocess_fit(set, (gd_preprocess_opts){.rule_count = 1, .rule = &rule}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, set, &scaled));
    double sum = 0, square = 0, value[8], plain[8];
    const double count = 8 * (double)gd_dataset_count(set);
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        get(scaled, "past", i, value);
        get(set, "past", i, plain);
        for (int e = 0; e < 8; e++) {
            sum += value[e];
            square += value[e] * value[e];
            const double slope = (value[e] - value[0]) / (plain[e] - plain[0]);
            assert_true(e == 0 || fabs(plain[e] - plain[0]) < 0.1 ||
                        fabs(slope / ((value[1] - value[0]) / (plain[1] - plain[0])) - 1) < 1e-3);
        }
    }
    assert_true(fabs(sum / count) < 1e-5);
    assert_true(fabs(square / count - 1) < 1e-5);
    gd_preprocess_free(preprocess);
    gd_dataset_free(scaled);
    gd_dataset_free(set);
}

// ---- What is wrong with a table

static void test_trouble(void **state)
{
    (void)state;
    const struct {
        const char *rows;
        gd_window_opts opts;  // besides what all have
        const char *sentence; // NULL: none, and …
        int windows;          // … so many
    } cases[] = {
        {"2026-01-01,1\n2026-01-02,2\n2026-01-04,3\n2026-01-05,4\n",
         {.past = 1, .horizon = 1},
         "line 4: 2026-01-04: the moment before is 2026-01-02, and 1 in between have no row",
         0},
        {"2026-01-01,1\n2026-01-02,2\n2026-01-04,3\n2026-01-05,4\n",
         {.past = 1, .horizon = 1, .gaps = GD_GAPS_APART},
         NULL,
         2},
        {"2026-01-01,1\n2026-01-02,2\n2026-01-04,3\n2026-01-05,4\n",
         {.past = 1, .horizon = 1, .gaps = GD_GAPS_PREVIOUS},
         NULL,
         4},
        {"2026-01-01,1\n2026-01-02,2\n2026-01-02,3\n",
         {.past = 1, .horizon = 1},
         "line 4: 2026-01-02: a row of this moment",
         0},
        {"2026-01-01,1\n2026-01-02,2\n2026-01-02,3\n",
         {.past = 1, .horizon = 1, .duplicates = GD_DUPLICATES_LAST},
         NULL,
         1},
        {"2026-01-01,1\n2026-01-02,\n2026-01-03,3\n",
         {.past = 1, .horizon = 1},
         "line 3: 2026-01-02: the cell of 'y' is empty",
         0},
        {"2026-01-01,1\n2026-01-02,\n2026-01-03,3\n2026-01-04,4\n",
         {.past = 1, .horizon = 1, .gaps = GD_GAPS_APART},
         NULL,
         1},
        {"2026-01-01,1\n2026-01-02,2\n2026-01-03 12:00,3\n",
         {.past = 1, .horizon = 1},
         "line 4: 2026-01-03 12:00: lies off the step",
         0},
        {"2026-01-01,1\n2026-01-02,2\n", {.past = 2, .horizon = 1}, "at most 2 moments follow each other", 0},
        {"2026-01-01,1\n2026-01-02,2\n",
         {.past = 2, .horizon = 1, .drop_short = true},
         "no series of the table is long enough",
         0},
        {"2026-01-01,1\n2026-01-02,2\n",
         {.past = 1, .horizon = 2, .lag_count = 1, .lag = (const int64_t[]){1}},
         "a lag of 1 is not known",
         0},
        {"2026-01-01,1\n2026-01-02,2\n", {.past = 0, .horizon = 2}, "windows of 0 moments", 0},
        {"2026-01-01,1\n2026-01-02,2\n", {.past = 1, .horizon = 1, .known = GD_COLUMNS("x")}, "no column 'x'", 0},
        {"2026-01-01,1\n2026-01-02,2\n", {.past = 1, .horizon = 1, .known = GD_COLUMNS("y")}, "asked for twice", 0},
        {"2026-01-01,1\n2026-01-01,2\n",
         {.past = 1, .horizon = 1, .duplicates = GD_DUPLICATES_MEAN},
         "two different moments",
         0},
        // Months differ in length.
        {"2026-01-31,1\n2026-02-28,2\n2026-03-31,3\n2026-04-30,4\n", {.past = 1, .horizon = 1}, NULL, 3},
        {"2025-01-15,1\n2025-04-15,2\n2025-07-15,3\n2026-01-15,4\n",
         {.past = 1, .horizon = 1, .gaps = GD_GAPS_PREVIOUS},
         NULL,
         4},
        // What comes behind the last target is still to come.
        {"2026-01-01,1\n2026-01-02,2\n2026-01-03,\n2026-01-04,\n", {.past = 1, .horizon = 1}, NULL, 1},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[512];
        snprintf(text, sizeof text, "date,y\n%s", cases[c].rows);
        gd_dataset *rows = read_rows(text, false), *set;
        gd_window_opts opts = cases[c].opts;
        opts.time = "order";
        opts.target = GD_COLUMNS("y");
        const gd_status status = gd_dataset_windows(rows, opts, &set);
        gd_dataset_free(rows);
        if (cases[c].sentence == NULL) {
            assert_fine(status);
            assert_int_equal(gd_dataset_count(set), cases[c].windows);
        } else {
            assert_int_not_equal(status, GD_OK);
            if (strstr(gd_last_error(), cases[c].sentence) == NULL)
                fail_msg("case %d: '%s' lacks '%s'", (int)c, gd_last_error(), cases[c].sentence);
        }
        gd_dataset_free(set);
    }
}

static void test_duplicates_and_gaps_are_filled(void **state)
{
    (void)state;
    gd_dataset *rows = read_rows("date,y\n1,1\n2,2\n2,4\n4,6\n5,\n6,8\n", false), *set;
    const gd_window_opts opts = {.time = "order",
                                 .target = GD_COLUMNS("y"),
                                 .past = 5,
                                 .horizon = 1,
                                 .gaps = GD_GAPS_PREVIOUS,
                                 .duplicates = GD_DUPLICATES_MEAN};
    assert_fine(gd_dataset_windows(rows, opts, &set));
    check(set, "past", 0, 5, (const double[]){1, 3, 3, 6, 6});
    check(set, "y", 0, 1, (const double[]){8});
    gd_dataset_free(rows);
    gd_dataset_free(set);
}

// ---- The future

static void test_future(void **state)
{
    (void)state;
    gd_dataset *rows = read_rows("date,shop,y,price\n"
                                 "2026-01-01,A,1,5\n2026-01-02,A,2,6\n2026-01-03,A,,7\n2026-01-04,A,,8\n"
                                 "2026-01-01,B,3,5\n2026-01-02,B,4,6\n2026-01-03,B,,7\n"
                                 "2026-01-02,C,4,6\n2026-01-03,C,,7\n2026-01-04,C,,7\n",
                                 true),
               *set;
    const gd_window_opts opts = {.time = "order",
                                 .series = "group",
                                 .target = GD_COLUMNS("y"),
                                 .known = GD_COLUMNS("price"),
                                 .past = 2,
                                 .horizon = 2,
                                 .calendar = GD_CALENDAR_WEEKDAY,
                                 .future = true};
    assert_fine(gd_dataset_windows(rows, opts, &set));
    assert_int_equal(gd_dataset_count(set), 3);
    assert_int_equal(gd_dataset_find(set, "y"), -1);
    const double tau = 6.283185307179586, friday = tau * 4 / 7, saturday = tau * 5 / 7, sunday = tau * 6 / 7;
    check(set, "past", 0, 8,
          (const double[]){1, 5, sin(tau * 3 / 7), cos(tau * 3 / 7), 2, 6, sin(friday), cos(friday)});
    check(set, "known", 0, 6, (const double[]){7, sin(saturday), cos(saturday), 8, sin(sunday), cos(sunday)});
    assert_null(gd_dataset_fault(set, 0));
    assert_non_null(
        strstr(gd_dataset_fault(set, 1), "'price' is known beforehand, and the table lacks it for 2026-01-04"));
    assert_non_null(strstr(gd_dataset_fault(set, 2), "the series has 1 moments"));
    char text[GD_MOMENT_TEXT];
    assert_string_equal(gd_window_series(set, 1), "B");
    assert_string_equal(gd_window_moment(set, 0, 1, text), "2026-01-04");
    assert_string_equal(gd_dataset_origin(set, 1).id, "B");
    gd_dataset_free(rows);
    gd_dataset_free(set);
}

// ---- What forecasts are worth

static void assert_near(double value, double wanted, double most)
{
    if (!(fabs(value - wanted) <= most))
        fail_msg("%.9g, expected %.9g", value, wanted);
}

// By hand: y of the windows is (14, 15), (15, 16), …, and the network says 1 too much at the first step, 3 too little
// at the second. The season of two days errs by 2 at each step, the last value by 1 and 2.
static void test_score(void **state)
{
    (void)state;
    gd_dataset *rows = read_rows(ten_days, false), *set;
    const gd_window_opts opts = {.time = "order", .target = GD_COLUMNS("y"), .past = 4, .horizon = 2, .season = 2};
    assert_fine(gd_dataset_windows(rows, opts, &set));
    gd_dataset_free(rows);
    float truth[10], said[10];
    double absolute = 0, symmetric = 0, total = 0;
    assert_int_equal(gd_dataset_count(set), 5);
    for (int i = 0; i < 10; i++) {
        truth[i] = (float)(14 + i / 2 + i % 2);
        said[i] = truth[i] + (i % 2 == 0 ? 1 : -3);
        absolute += i % 2 == 0 ? 1 : 3;
        symmetric += 2 * (i % 2 == 0 ? 1 : 3) / ((double)said[i] + (double)truth[i]);
        total += (double)truth[i];
    }
    const gd_array target = gd_array_borrow(GD_F32, GD_SHAPE(5, 2, 1), truth);
    const gd_array prediction = gd_array_borrow(GD_F32, GD_SHAPE(5, 2, 1), said);
    gd_forecast_score score;
    assert_fine(gd_forecast_score_make(set, &prediction, &target, &score));
    assert_near(score.of[GD_FORECAST_MODEL].mae, 2, 1e-6);
    assert_near(score.of[GD_FORECAST_MODEL].rmse, sqrt(5), 1e-6);
    assert_near(score.of[GD_FORECAST_MODEL].mase, 1, 1e-6); // a season ago is 2 less everywhere
    assert_near(score.of[GD_FORECAST_MODEL].smape, symmetric / 10, 1e-6);
    assert_near(score.of[GD_FORECAST_MODEL].wape, absolute / total, 1e-6);
    assert_near(score.step_error[GD_FORECAST_MODEL][1], 3, 1e-6);
    assert_near(score.of[GD_FORECAST_LAST_VALUE].mae, 1.5, 1e-6);
    assert_near(score.step_error[GD_FORECAST_LAST_VALUE][1], 2, 1e-6);
    assert_near(score.of[GD_FORECAST_SAME_SEASON].mae, 2, 1e-6);
    assert_near(score.of[GD_FORECAST_SAME_SEASON].mase, 1, 1e-6);
    gd_forecast_score_free(&score);
    const gd_array wrong = gd_array_borrow(GD_F32, GD_SHAPE(5, 1), said);
    assert_int_equal(gd_forecast_score_make(set, &wrong, &target, &score), GD_ERROR_SHAPE);
    gd_dataset_free(set);
}

// Whatever allocation fails, windows, parts and scores are there whole or not at all.
static gd_status use_all(const gd_dataset *rows)
{
    static float answer[6];
    const gd_window_opts opts = {.time = "order",
                                 .target = GD_COLUMNS("y"),
                                 .known = GD_COLUMNS("price"),
                                 .past = 3,
                                 .horizon = 2,
                                 .gaps = GD_GAPS_PREVIOUS};
    const gd_split_opts split = {
        .part_count = 2, .fraction = (const double[]){.6, .4}, .deal = {.order = "time", .until = "until"}};
    gd_dataset *set, *part[2] = {NULL};
    gd_forecast_score score = {0};
    gd_status status = gd_dataset_windows(rows, opts, &set);
    if (status == GD_OK)
        status = gd_dataset_split(set, split, part);
    if (status == GD_OK) {
        assert_int_equal(gd_dataset_count(part[0]), 3);
        const gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(3, 2, 1), answer);
        status = gd_forecast_score_make(part[0], &array, &array, &score);
    }
    gd_forecast_score_free(&score);
    gd_dataset_free(part[0]);
    gd_dataset_free(part[1]);
    gd_dataset_free(set);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    gd_dataset *rows = read_rows(ten_days, false);
    gd_status status = GD_ERROR_MEMORY;
    for (long successes = 0; status != GD_OK && successes < 1000; successes++) {
        gd__alloc_fail_after(successes, true);
        status = use_all(rows);
        gd__alloc_fail_after(-1, false);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
    }
    assert_int_equal(status, GD_OK);
    gd_dataset_free(rows);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_window),        cmocka_unit_test(test_parts_do_not_touch),
    cmocka_unit_test(test_bad_splits),    cmocka_unit_test(test_folds_roll),
    cmocka_unit_test(test_nothing_leaks), cmocka_unit_test(test_columns_are_scaled_alike),
    cmocka_unit_test(test_trouble),       cmocka_unit_test(test_duplicates_and_gaps_are_filled),
    cmocka_unit_test(test_future),        cmocka_unit_test(test_score),
    cmocka_unit_test(test_allocations),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
