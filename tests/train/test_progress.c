// Long calls say how far they are, and end when they are told to.
#include "train/network.h"

#include <gradus/progress.h>

typedef struct listening {
    const char *stop_at; // the first report of this ends the call; NULL: none
    int reports;
    char heard[400]; // what was reported, each once
    bool ordered;    // `done` never went beyond `total`
} listening;

static int listen(void *context, const char *what, int64_t done, int64_t total)
{
    listening *l = context;
    l->reports++;
    l->ordered = l->ordered && done >= 0 && (total == 0 || done <= total);
    if (strstr(l->heard, what) == NULL)
        snprintf(l->heard + strlen(l->heard), sizeof l->heard - strlen(l->heard), "%s;", what);
    return l->stop_at != NULL && strcmp(l->stop_at, what) == 0;
}

static void listen_to(listening *l, const char *stop_at)
{
    *l = (listening){.stop_at = stop_at, .ordered = true};
    gd_set_listener((gd_listener){.report = listen, .context = l, .interval = -1});
}

static int be_silent(void **state)
{
    (void)state;
    gd_set_listener((gd_listener){0});
    return 0;
}

static gd_status read_table(const char *path)
{
    gd_dataset *set = NULL;
    const gd_status status = gd_dataset_from_csv(path, (gd_csv_opts){.target = GD_COLUMNS("y")}, &set);
    gd_dataset_free(set);
    return status;
}

static void reading_reports_and_ends(void **state)
{
    const char *path = path_in(*state, "rows.csv");
    FILE *file = fopen(path, "w");
    fprintf(file, "x,y\n1,2\n3,4\n");
    assert_int_equal(fclose(file), 0);
    listening l;
    listen_to(&l, NULL);
    assert_ok(read_table(path));
    assert_string_equal(l.heard, "reading a table;");
    listen_to(&l, "reading a table");
    assert_int_equal(read_table(path), GD_ERROR_INTERRUPTED);
    assert_says("reading a table was cancelled after ");
}

static void training_reports(void **state)
{
    (void)state;
    gd_dataset *train = make_blobs(90, 1);
    network n = make_network((network_opts){0});
    listening l;
    listen_to(&l, NULL);
    assert_ok(gd_fit(n.trainer, train, (gd_fit_opts){.epochs = 2, .batch = 8, .validate = train}));
    assert_non_null(strstr(l.heard, "making a plan;"));
    assert_non_null(strstr(l.heard, "training;"));
    assert_non_null(strstr(l.heard, "evaluation;"));
    assert_true(l.ordered && l.reports > 24); // a report for each update at least
    free_network(&n);
    gd_dataset_free(train);
}

// Whatever it is doing when it is told to end, what was done is in the checkpoint, and training goes on from there to
// the same weights.
static void training_ends_and_goes_on(void **state)
{
    static const char *const moments[] = {"making a plan", "training", "evaluation"};
    const char *path = path_in(*state, "last.safetensors");
    gd_dataset *train = make_blobs(90, 1);
    gd_fit_opts opts = {.epochs = 2, .batch = 8, .seed = 5, .validate = train, .checkpoint = path};
    network whole = make_network((network_opts){0});
    assert_ok(gd_fit(whole.trainer, train, opts));
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        listening l;
        network first = make_network((network_opts){0}), second = make_network((network_opts){0});
        opts.resume = NULL;
        listen_to(&l, moments[i]);
        if (gd_fit(first.trainer, train, opts) != GD_ERROR_INTERRUPTED)
            fail_msg("%s: not ended: %s", moments[i], gd_last_error());
        assert_says("training was stopped after step ");
        be_silent(NULL);
        opts.resume = path;
        assert_ok(gd_fit(second.trainer, train, opts));
        assert_same_variables(whole.graph, second.graph);
        free_network(&first);
        free_network(&second);
    }
    free_network(&whole);
    gd_dataset_free(train);
}

// A report that calls the library itself hears nothing of that.
static int read_meanwhile(void *context, const char *what, int64_t done, int64_t total)
{
    (void)what, (void)done, (void)total;
    listening *l = context;
    l->reports++;
    return read_table(l->stop_at) != GD_OK;
}

static void a_report_may_call_the_library(void **state)
{
    listening l = {.stop_at = path_in(*state, "rows.csv")};
    gd_set_listener((gd_listener){.report = read_meanwhile, .context = &l, .interval = -1});
    assert_ok(read_table(l.stop_at));
    assert_int_equal(l.reports, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reading_reports_and_ends, be_silent),
        cmocka_unit_test_teardown(training_reports, be_silent),
        cmocka_unit_test_teardown(training_ends_and_goes_on, be_silent),
        cmocka_unit_test_teardown(a_report_may_call_the_library, be_silent),
    };
    return cmocka_run_group_tests_name("progress", tests, make_place, remove_place);
}
