// Figures: what stands in the specification, errors that stick, files that appear whole, pictures of graphs.
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/figure.h>
#include <gradus/ops.h>
#include <gradus/report.h>
#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"

static char folder[] = "/tmp/gradus-figure-XXXXXX";
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/figure", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

// Writes the figure, releases it and returns the specification; free it with json_decref.
static json_t *write_spec(gd_figure *figure)
{
    unlink(path);
    assert_int_equal(gd_figure_write_json(figure, path), GD_OK);
    gd_figure_free(figure);
    json_t *spec = json_load_file(path, 0, NULL);
    assert_non_null(spec);
    return spec;
}

static json_t *chart_at(json_t *spec, size_t index)
{
    json_t *grid = json_array_get(json_object_get(spec, "marks"), 0);
    return json_array_get(json_object_get(grid, "marks"), index);
}

// The member of a list of the chart that has this name.
static json_t *named(json_t *chart, const char *list, const char *name)
{
    size_t index;
    json_t *member;
    json_array_foreach(json_object_get(chart, list), index, member)
    {
        const char *its_name = json_string_value(json_object_get(member, "name"));
        if (its_name != NULL && strcmp(its_name, name) == 0)
            return member;
    }
    return NULL;
}

static size_t row_count(json_t *chart, const char *data)
{
    return json_array_size(json_object_get(named(chart, "data", data), "values"));
}

static const double numbers[] = {1, 2, 3, 4, 5, 6};

// ---- What stands in the specification

static void test_lines(void **state)
{
    (void)state;
    const double y[] = {1, NAN, 3, INFINITY, -5, 6};
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = "curves", .caption = "A sentence."});
    gd_chart *plain = gd_figure_chart(figure, (gd_chart_opts){.title = "plain", .x_title = "step"});
    gd_chart_line(plain, "training", 6, numbers, y);
    gd_chart_points(plain, "test", 2, numbers, y);
    gd_chart_rule_y(plain, "chance", 0.5);
    gd_chart *log = gd_figure_chart(figure, (gd_chart_opts){.log_y = true});
    gd_chart_line(log, "training", 6, numbers, y);
    gd_chart_line(log, "nothing", 0, NULL, NULL);
    json_t *spec = write_spec(figure);
    assert_int_equal(row_count(chart_at(spec, 0), "layer0"), 4); // NAN and INFINITY are left out
    assert_int_equal(row_count(chart_at(spec, 0), "layer1"), 1);
    assert_int_equal(row_count(chart_at(spec, 1), "layer0"), 3); // and -5 on a logarithmic axis
    json_t *names = json_object_get(named(chart_at(spec, 0), "scales", "color"), "domain");
    assert_int_equal(json_array_size(names), 2);
    assert_string_equal(json_string_value(json_array_get(names, 0)), "training");
    assert_string_equal(json_string_value(json_object_get(named(chart_at(spec, 1), "scales", "y"), "type")), "log");
    json_decref(spec);
}

// Its outline is one closed line; a place without one of its sides is left out of both.
static void test_band(void **state)
{
    (void)state;
    const double low[] = {0, 1, NAN, 1, 0, 1}, high[] = {2, 3, 4, 3, INFINITY, 3};
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){0});
    gd_chart_band(chart, "deviation", 6, numbers, low, high);
    gd_chart_band(chart, "nothing", 0, NULL, NULL, NULL);
    json_t *spec = write_spec(figure), *rows = json_object_get(named(chart_at(spec, 0), "data", "layer0"), "values");
    assert_int_equal(json_array_size(rows), 8);
    assert_true(json_number_value(json_object_get(json_array_get(rows, 7), "x")) == 1);
    assert_true(json_number_value(json_object_get(json_array_get(rows, 7), "y")) == 2);
    json_decref(spec);
}

// A long line keeps its extremes and its ends.
static void test_long_line(void **state)
{
    (void)state;
    enum { COUNT = 100000, PEAK = 54321 };
    double *x = calloc(COUNT, sizeof *x), *y = calloc(COUNT, sizeof *y);
    assert_non_null(x);
    assert_non_null(y);
    for (int i = 0; i < COUNT; i++)
        x[i] = i;
    y[PEAK] = 7;
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart_line(gd_figure_chart(figure, (gd_chart_opts){0}), "noise", COUNT, x, y);
    json_t *spec = write_spec(figure), *row;
    json_t *rows = json_object_get(named(chart_at(spec, 0), "data", "layer0"), "values");
    assert_true(json_array_size(rows) >= 100 && json_array_size(rows) <= 2000);
    size_t index;
    bool peak = false, first = false, last = false;
    json_array_foreach(rows, index, row)
    {
        double at = json_number_value(json_object_get(row, "x"));
        peak = peak || (at == PEAK && json_number_value(json_object_get(row, "y")) == 7);
        first = first || at == 0;
        last = last || at == COUNT - 1;
    }
    assert_true(peak && first && last);
    json_decref(spec);
    free(x);
    free(y);
}

static void test_hostile_names(void **state)
{
    (void)state;
    const char *const name[] = {"a \"quoted\" \\ name", "</script><b>", "not UTF-8: \xff\xfe", "", NULL};
    const char *const label[] = {"'", "\"", "\xc3"};
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = "\xf0\x28", .caption = "</script>\"\n\n x"});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = "\"", .x_title = "\x80", .y_title = "\\"});
    for (int i = 0; i < 5; i++)
        gd_chart_line(chart, name[i], 6, numbers, numbers);
    gd_chart_rule_x(chart, "\xff\"", 2);
    gd_chart_bars(gd_figure_chart(figure, (gd_chart_opts){0}), "\"", 3, label, numbers);
    unlink(path);
    gd_status status = gd_figure_write_html(figure, path);
    if (status == GD_OK) {
        char *page;
        size_t size;
        assert_int_equal(gd__file_read(path, 0, &page, &size), GD_OK);
        assert_null(strstr(page, "</script><b>"));
        gd__free(page);
    } else {
        assert_int_equal(status, GD_ERROR_UNSUPPORTED);
        assert_non_null(strstr(gd_last_error(), "Vega"));
    }
    json_t *spec = write_spec(figure);
    json_t *names = json_object_get(named(chart_at(spec, 0), "scales", "color"), "domain");
    assert_int_equal(json_array_size(names), 3); // those without a name are not in the legend
    assert_string_equal(json_string_value(json_array_get(names, 0)), name[0]);
    assert_string_equal(json_string_value(json_array_get(names, 2)), "not UTF-8: \xef\xbf\xbd\xef\xbf\xbd");
    json_decref(spec);
}

static void test_grids(void **state)
{
    (void)state;
    const double value[] = {0, 0.2, 0.4, 0.6, 0.8, NAN}, class[] = {0, 1, 2, 2, 1, 0};
    gd_chart_grid grid = {.columns = 3, .rows = 2, .x_from = -1, .x_to = 1, .y_from = 0, .y_to = 5, .value = value};
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart_contours(gd_figure_chart(figure, (gd_chart_opts){0}), grid, 2, (const double[]){0.3, 0.5});
    gd_chart_regions(gd_figure_chart(figure, (gd_chart_opts){0}), grid);
    gd_chart_heat(gd_figure_chart(figure, (gd_chart_opts){0}), grid);
    gd_chart_contours(gd_figure_chart(figure, (gd_chart_opts){0}), grid, 0, NULL);
    grid.value = class;
    gd_chart_regions(gd_figure_chart(figure, (gd_chart_opts){.square = true}), grid);
    json_t *spec = write_spec(figure);
    json_t *transform = json_array_get(json_object_get(named(chart_at(spec, 0), "data", "layer0"), "transform"), 0);
    assert_int_equal(json_array_size(json_object_get(transform, "thresholds")), 2);
    assert_int_equal(json_array_size(json_object_get(chart_at(spec, 1), "data")), 2); // a data set for each class
    assert_int_equal(row_count(chart_at(spec, 2), "layer0"), 5);
    assert_int_equal(json_array_size(json_object_get(chart_at(spec, 4), "data")), 3);
    // A unit is as long on both axes: 2 wide and 5 high.
    json_t *size = json_object_get(json_object_get(chart_at(spec, 4), "encode"), "update");
    double width = json_number_value(json_object_get(json_object_get(size, "width"), "value"));
    double height = json_number_value(json_object_get(json_object_get(size, "height"), "value"));
    assert_true(fabs(height / width - 2.5) < 0.02);
    json_decref(spec);
}

// Texts stand where the axis is shown, and nowhere else; a second call replaces them.
static void test_texts(void **state)
{
    (void)state;
    const double value[] = {0, 0.2, 0.4, 0.6, 0.8, 1};
    const char *const column[] = {"a", "\"'\xff", NULL, "beyond"}, *const row[] = {"first", "second"};
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){0});
    gd_chart_texts_x(chart, 2, row);
    gd_chart_texts_x(chart, 4, column);
    gd_chart_texts_y(chart, 2, row);
    gd_chart_heat(chart, (gd_chart_grid){3, 2, 0, 2, 0, 1, value});
    gd_chart_texts_x(NULL, 2, row);
    json_t *spec = write_spec(figure), *axes = json_object_get(chart_at(spec, 0), "axes");
    assert_int_equal(json_array_size(json_object_get(json_array_get(axes, 0), "values")), 3);
    assert_int_equal(json_array_size(json_object_get(json_array_get(axes, 1), "values")), 2);
    json_t *texts = json_object_get(named(chart_at(spec, 0), "signals", "texts0"), "value");
    assert_int_equal(json_array_size(texts), 4);
    assert_string_equal(json_string_value(json_array_get(texts, 1)), "\"'\xef\xbf\xbd");
    assert_string_equal(json_string_value(json_array_get(texts, 2)), "");
    json_decref(spec);
}

static void test_paths_and_parallel(void **state)
{
    (void)state;
    const gd_parallel_axis axis[] = {{.name = "rate", .log = true},
                                     {.name = "rule", .label_count = 2, .label = (const char *const[]){"sgd", "adam"}},
                                     {.name = "accuracy"}};
    const double value[] = {0.1, 0, 0.8, NAN, 1, 0.9, -1, 5, NAN};
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 1});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.x_from = 0, .x_to = 3});
    gd_chart_path(chart, "sgd", 6, numbers, numbers);
    gd_figure_parallel(figure, 3, axis, 3, value);
    json_t *spec = write_spec(figure);
    assert_non_null(named(chart_at(spec, 0), "data", "layer0_drawn"));
    assert_non_null(named(chart_at(spec, 0), "data", "layer0_end"));
    json_t *rows = json_object_get(named(chart_at(spec, 1), "data", "rows"), "values"), *row;
    assert_int_equal(json_array_size(rows), 9);
    size_t index, missing = 0;
    json_array_foreach(rows, index, row) missing += json_is_null(json_object_get(row, "u"));
    assert_int_equal(missing, 4); // NAN and -1 on the logarithmic axis, 5 among two labels, NAN
    json_decref(spec);
}

// ---- Errors

static void negative_count(gd_figure *figure)
{
    gd_chart_line(gd_figure_chart(figure, (gd_chart_opts){0}), "w", -1, numbers, numbers);
}

static void no_data(gd_figure *figure)
{
    gd_chart_points(gd_figure_chart(figure, (gd_chart_opts){0}), "w", 3, numbers, NULL);
}

static void many_texts(gd_figure *figure)
{
    const char *const text[] = {"a"};
    gd_chart_texts_x(gd_figure_chart(figure, (gd_chart_opts){0}), 5000, text);
}

static void no_texts(gd_figure *figure)
{
    gd_chart_texts_y(gd_figure_chart(figure, (gd_chart_opts){0}), 2, NULL);
}

static void one_column(gd_figure *figure)
{
    gd_chart_contours(gd_figure_chart(figure, (gd_chart_opts){0}), (gd_chart_grid){1, 6, 0, 1, 0, 1, numbers}, 0, NULL);
}

static void huge_grid(gd_figure *figure)
{
    gd_chart_regions(gd_figure_chart(figure, (gd_chart_opts){0}),
                     (gd_chart_grid){2000000000, 2000000000, 0, 1, 0, 1, numbers});
}

static void empty_grid(gd_figure *figure)
{
    gd_chart_heat(gd_figure_chart(figure, (gd_chart_opts){0}), (gd_chart_grid){3, 2, 0, 1, 0, 1, NULL});
}

static void grid_backwards(gd_figure *figure)
{
    gd_chart_heat(gd_figure_chart(figure, (gd_chart_opts){0}), (gd_chart_grid){3, 2, 1, 0, 0, 1, numbers});
}

static void log_grid(gd_figure *figure)
{
    gd_chart_regions(gd_figure_chart(figure, (gd_chart_opts){.log_x = true}),
                     (gd_chart_grid){3, 2, 1, 2, 0, 1, numbers});
}

static void bars_with_lines(gd_figure *figure)
{
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = "both"});
    gd_chart_line(chart, "line", 6, numbers, numbers);
    gd_chart_bars(chart, "bar", 1, (const char *const[]){"one"}, numbers);
}

static void range_backwards(gd_figure *figure)
{
    gd_figure_chart(figure, (gd_chart_opts){.y_from = 2, .y_to = 1});
}

static void log_from_zero(gd_figure *figure)
{
    gd_figure_chart(figure, (gd_chart_opts){.log_x = true, .x_to = 1});
}

static void enormous(gd_figure *figure)
{
    gd_figure_chart(figure, (gd_chart_opts){.width = 100000});
}

static void one_axis(gd_figure *figure)
{
    gd_figure_parallel(figure, 1, &(gd_parallel_axis){.name = "w"}, 1, numbers);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        void (*make)(gd_figure *figure);
        const char *sentence;
    } row[] = {{negative_count, "-1 values"},
               {no_data, "no memory to read them from"},
               {many_texts, "5000 texts along x"},
               {no_texts, "no memory to read them from"},
               {one_column, "1 columns and 6 rows"},
               {huge_grid, "at most"},
               {empty_grid, "no values"},
               {grid_backwards, "cannot lie"},
               {log_grid, "logarithmic"},
               {bars_with_lines, "'both'"},
               {range_backwards, "from 2 to 1"},
               {log_from_zero, "cannot begin at 0"},
               {enormous, "100000"},
               {one_axis, "1 axes"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        gd_figure *figure = gd_figure_create((gd_figure_opts){0});
        row[i].make(figure);
        // Whatever comes later does not matter any more.
        gd_chart *ignored = gd_figure_chart(figure, (gd_chart_opts){0});
        assert_non_null(ignored);
        gd_chart_line(ignored, "w", 6, numbers, numbers);
        gd_chart_line(ignored, "w", -7, numbers, numbers);
        unlink(path);
        assert_int_equal(gd_figure_write_json(figure, path), GD_ERROR_ARGUMENT);
        assert_non_null(strstr(gd_last_error(), row[i].sentence));
        assert_false(gd__file_exists(path));
        assert_int_equal(gd_figure_write_html(figure, path), GD_ERROR_ARGUMENT);
        gd_figure_free(figure);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    gd_chart *chart = gd_figure_chart(NULL, (gd_chart_opts){0});
    assert_non_null(chart);
    gd_chart_line(chart, "w", 6, numbers, numbers);
    gd_chart_line(NULL, "w", 6, numbers, numbers);
    gd_figure_parallel(NULL, 0, NULL, 0, NULL);
    assert_int_equal(gd_figure_write_json(NULL, path), GD_ERROR_ARGUMENT);
    gd_figure_free(NULL);
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    assert_int_equal(gd_figure_write_json(figure, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_figure_write_json(figure, "/nowhere/at/all.json"), GD_ERROR_IO);
    gd_figure_chart(figure, (gd_chart_opts){0}); // an empty chart has axes from 0 to 1
    json_decref(write_spec(figure));
}

static gd_status write_small_figure(void)
{
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = "small"});
    if (figure == NULL)
        return GD_ERROR_MEMORY;
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = "chart", .x_title = "x"});
    gd_chart_path(chart, "path", 6, numbers, numbers);
    gd_chart_texts_x(chart, 2, (const char *const[]){"nought", "one"});
    gd_chart_band(chart, "band", 6, numbers, numbers, numbers);
    gd_chart_heat(gd_figure_chart(figure, (gd_chart_opts){0}), (gd_chart_grid){3, 2, 0, 1, 0, 1, numbers});
    gd_chart_bars(gd_figure_chart(figure, (gd_chart_opts){0}), "bar", 1, (const char *const[]){"one"}, numbers);
    gd_figure_parallel(figure, 2, (const gd_parallel_axis[]){{.name = "a"}, {.name = "b"}}, 3, numbers);
    gd_status status = gd_figure_write_json(figure, path);
    gd_figure_free(figure);
    return status;
}

// Memory may run out at any allocation: that is said, and no file appears.
static void test_memory(void **state)
{
    (void)state;
    gd_status status = GD_ERROR_MEMORY;
    int failures = 0;
    for (long successes = 0; status != GD_OK && successes < 2000; successes++) {
        unlink(path);
        gd__alloc_fail_after(successes, true);
        status = write_small_figure();
        gd__alloc_fail_after(-1, false);
        if (status == GD_OK)
            break;
        failures++;
        assert_int_equal(status, GD_ERROR_MEMORY);
        assert_false(gd__file_exists(path));
    }
    assert_int_equal(status, GD_OK);
    assert_true(failures > 20);
}

// ---- In a report

static void test_report(void **state)
{
    (void)state;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = "my figure"});
    gd_chart_line(gd_figure_chart(figure, (gd_chart_opts){0}), "w", 6, numbers, numbers);
    const gd_figure *list[] = {figure, NULL};
    gd_report report = {.figure_count = 1, .figure = list};
    assert_int_equal(gd_report_write(path, &report), GD_OK);
    char *page;
    size_t size;
    assert_int_equal(gd__file_read(path, 0, &page, &size), GD_OK);
    if (strstr(page, "id=\"vega\"") != NULL)
        assert_non_null(strstr(page, "my figure"));
    gd__free(page);
    report.figure_count = 2;
    assert_int_equal(gd_report_write(path, &report), GD_ERROR_ARGUMENT);
    gd_figure_free(figure);
}

// ---- Pictures of graphs

static const char *note(void *user, gd_tensor tensor)
{
    int *calls = user;
    (*calls)++;
    return gd_tensor_rank(tensor) == 0 ? "value <6>\ngradient & more" : NULL;
}

// Well-formed, as far as a text like this can be wrong: every element is closed, and no bare < or & stands in it.
static void assert_well_formed(const char *xml)
{
    int open = 0;
    for (const char *at = strchr(xml, '<'); at != NULL; at = strchr(at, '<')) {
        const char *end = strchr(at, '>');
        assert_non_null(end);
        assert_null(memchr(at + 1, '<', (size_t)(end - at - 1)));
        open += at[1] == '/' ? -1 : end[-1] == '/' ? 0 : 1;
        assert_true(open >= 0);
        at = end;
    }
    assert_int_equal(open, 0);
    for (const char *at = strchr(xml, '&'); at != NULL; at = strchr(at + 1, '&'))
        assert_true(strncmp(at, "&lt;", 4) == 0 || strncmp(at, "&gt;", 4) == 0 || strncmp(at, "&amp;", 5) == 0);
}

static int count_text(const char *in, const char *text)
{
    int count = 0;
    for (const char *at = strstr(in, text); at != NULL; at = strstr(at + 1, text))
        count++;
    return count;
}

// J = 3 (a + b c), with a node beside it that does not lead to J.
static void test_graph(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_input(graph, "a", GD_F32, GD_SHAPE()), b = gd_input(graph, "b", GD_F32, GD_SHAPE());
    gd_tensor c = gd_input(graph, "c<&", GD_F32, GD_SHAPE()), beside = gd_mul(a, a);
    gd_tensor v = gd_name(gd_add(a, gd_name(gd_mul(b, c), "u")), "v");
    gd_tensor j = gd_name(gd_mul(gd_scalar(graph, 3), v), "J");
    int calls = 0;
    assert_int_equal(gd_graph_write_svg(path, 1, &j, note, &calls), GD_OK);
    assert_int_equal(calls, 7); // a, b, c, u, v, 3, J
    char *svg;
    size_t size;
    assert_int_equal(gd__file_read(path, 0, &svg, &size), GD_OK);
    assert_well_formed(svg);
    assert_int_equal(count_text(svg, "<rect x="), 7);
    assert_int_equal(count_text(svg, "url(#head)"), 6);
    assert_non_null(strstr(svg, ">c&lt;&amp;<"));
    assert_non_null(strstr(svg, ">gradient &amp; more<"));
    gd__free(svg);
    assert_int_equal(gd_graph_write_svg(path, 2, (const gd_tensor[]){j, beside}, NULL, NULL), GD_OK);
    assert_int_equal(gd_graph_write_svg(path, 0, &j, NULL, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_graph_write_svg(path, 1, &GD_NO_TENSOR, NULL, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_graph_write_svg("/nowhere/at/all.svg", 1, &j, NULL, NULL), GD_ERROR_IO);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_band),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_grids),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_paths_and_parallel),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_graph),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
