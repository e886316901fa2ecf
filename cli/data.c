// gradus data
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "data_json.h"
#include "locate.h"
#include "print.h"

enum {
    NAME_LETTERS = 32,      // of a column or a category
    CELL_LETTERS = 16,      // of a cell of the first rows
    MOST_LINES = 100,       // of a table
    SEEN_LINES = 40,        // of what the network sees
    WARNINGS_OF_A_KIND = 5, // that are printed
    ROWS_ACROSS = 5         // first rows beside each other
};

// ---- Words

enum { SHORT_TEXT = 4 * NAME_LETTERS + 8 };

// The text on one line, cut to `letters` letters with a sign that there are more.
static char *short_text(const char *text, int letters, char out[SHORT_TEXT])
{
    const bool cut = text_width(text) > letters;
    const char *const mark = speaks_utf8() ? "\xe2\x80\xa6" : ".";
    int width = 0;
    size_t length = 0;
    for (; *text != '\0' && length < SHORT_TEXT - 8; text++) {
        const bool begins = ((unsigned char)*text & 0xC0) != 0x80;
        if (begins && ++width > letters - (cut ? 1 : 0))
            break;
        out[length++] = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
    }
    snprintf(out + length, SHORT_TEXT - length, "%s", cut ? mark : "");
    return out;
}

static void add_count(table *table, int64_t count)
{
    table_add(table, "%s", count == 0 ? "" : gd_count_text(count).text);
}

static void add_different(table *table, const gd_column *column)
{
    table_add(table, "%s%s", column->more ? "> " : "", gd_count_text(column->figures[GD_TRAIN].different).text);
}

static void add_number(table *table, double number)
{
    if (fabs(number) >= 1e6 && fabs(number) < 1e15)
        table_add(table, "%.0f", number);
    else if (isfinite(number))
        table_add(table, "%.6g", number);
    else
        table_add(table, "%s", "");
}

static void print_rest(int count, int most)
{
    if (count > most)
        printf("and %d more; --json and --report have all\n", count - most);
}

static void add_headings(table *table, int count, const char *const *heading)
{
    for (int i = 0; i < count; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
}

// ---- Figures

static void print_samples(const gd_description *description, const char *name)
{
    printf("%s: %s training samples", name, gd_count_text(description->samples[GD_TRAIN]).text);
    if (description->has[GD_VALIDATION])
        printf(", %s for validation", gd_count_text(description->samples[GD_VALIDATION]).text);
    if (description->has[GD_TEST])
        printf(", %s for the test", gd_count_text(description->samples[GD_TEST]).text);
    printf("\n");
}

static void print_warnings(const gd_description *description)
{
    int of_kind[GD_WARNING_COUNT] = {0};
    if (description->warning_count == 0) {
        printf("\nNothing in them stands out.\n");
        return;
    }
    printf("\nWarnings\n");
    for (int i = 0; i < description->warning_count; i++) {
        const gd_data_warning *warning = &description->warning[i];
        if (of_kind[warning->kind]++ < WARNINGS_OF_A_KIND) {
            printf("  ");
            print_wrapped(warning->sentence, 2);
        }
    }
    for (int k = 0; k < GD_WARNING_COUNT; k++)
        if (of_kind[k] > WARNINGS_OF_A_KIND)
            printf("  and %d more of the kind %s; --json has all\n", of_kind[k] - WARNINGS_OF_A_KIND,
                   gd_warning_name((gd_warning_kind)k));
}

static int count_of_kind(const gd_description *description, gd_kind kind)
{
    int count = 0;
    for (int c = 0; c < description->column_count; c++)
        count += description->column[c].kind == kind;
    return count;
}

static void add_name(table *table, const gd_column *column)
{
    char name[SHORT_TEXT], shape[GD_SHAPE_TEXT] = "";
    if (column->whole)
        gd_shape_text(column->shape, shape);
    table_add(table, "%s%s%.40s", short_text(column->name, NAME_LETTERS, name), column->whole ? " " : "", shape);
    table_add(table, "%s", gd_role_name(column->role));
    table_add(table, "%s", gd_type_name(column->type));
}

static void print_numbers(const gd_description *description)
{
    static const char *const heading[] = {"numbers", "role", "type", "missing",  "different",
                                          "min",     "max",  "mean", "deviation"};
    const int count = count_of_kind(description, GD_KIND_NUMBERS);
    if (count == 0)
        return;
    table *table = table_create("lllrrrrrr");
    add_headings(table, 9, heading);
    for (int c = 0, line = 0; c < description->column_count && line < MOST_LINES; c++) {
        const gd_column *column = &description->column[c];
        const gd_column_figures *train = &column->figures[GD_TRAIN];
        if (column->kind != GD_KIND_NUMBERS)
            continue;
        line++;
        add_name(table, column);
        add_count(table, train->missing);
        add_different(table, column);
        add_number(table, train->min);
        add_number(table, train->max);
        add_number(table, train->mean);
        add_number(table, train->deviation);
    }
    printf("\n");
    table_finish(table, stdout);
    print_rest(count, MOST_LINES);
}

// "red 40%, green 30%, blue 10%", as far as there is room.
static void add_most_frequent(table *table, const gd_column *column)
{
    char text[120] = "";
    size_t length = 0;
    for (int i = 0; i < column->category_count; i++) {
        char name[SHORT_TEXT], one[SHORT_TEXT + 16];
        const double share = (double)column->category[i].count[GD_TRAIN] / (double)column->figures[GD_TRAIN].count;
        const int size = snprintf(one, sizeof one, "%s%s %.3g%%", i == 0 ? "" : ", ",
                                  short_text(column->category[i].name, CELL_LETTERS, name), 100 * share);
        if (text_width(text) + text_width(one) > 60 || length + (size_t)size >= sizeof text)
            break;
        memcpy(text + length, one, (size_t)size + 1);
        length += (size_t)size;
    }
    table_add(table, "%s", text);
}

static void print_categories(const gd_description *description)
{
    static const char *const heading[] = {"categories", "role", "type", "missing", "different", "most frequent"};
    const int count = count_of_kind(description, GD_KIND_CATEGORY);
    if (count == 0)
        return;
    table *table = table_create("lllrrl");
    add_headings(table, 6, heading);
    for (int c = 0, line = 0; c < description->column_count && line < MOST_LINES; c++) {
        const gd_column *column = &description->column[c];
        if (column->kind != GD_KIND_CATEGORY)
            continue;
        line++;
        add_name(table, column);
        add_count(table, column->figures[GD_TRAIN].missing);
        add_different(table, column);
        add_most_frequent(table, column);
    }
    printf("\n");
    table_finish(table, stdout);
    print_rest(count, MOST_LINES);
}

static void print_classes(const gd_description *description, const gd_column *column)
{
    char alignment[GD_PARTS + 2] = "l", name[SHORT_TEXT];
    int columns = 1;
    for (int p = 0; p < GD_PARTS; p++)
        if (description->has[p])
            alignment[columns++] = 'r';
    alignment[columns] = '\0';
    table *table = table_create(alignment);
    table_add(table, "classes of %s", short_text(column->name, NAME_LETTERS, name));
    for (int p = 0; p < GD_PARTS; p++)
        if (description->has[p])
            table_add(table, "%s", gd_part_name(p));
    table_rule(table);
    for (int i = 0; i < column->category_count && i < MOST_LINES; i++) {
        table_add(table, "%s", short_text(column->category[i].name, NAME_LETTERS, name));
        for (int p = 0; p < GD_PARTS; p++) {
            if (description->has[p])
                table_add(table, "%s", gd_count_text(column->category[i].count[p]).text);
        }
    }
    printf("\n");
    table_finish(table, stdout);
    print_rest(column->category_count, MOST_LINES);
    if (column->imbalance >= 1.05)
        printf("the largest class has %.3g times as many samples as the smallest\n", column->imbalance);
}

// ---- First rows: a line a column, and the rows beside each other

static const char *place_of(const char *origin)
{
    const char *comma = strrchr(origin, ',');
    return comma == NULL ? origin : comma + 2;
}

static void print_rows(const gd_first_rows *rows, const char *what, int most)
{
    for (int first = 0; first < rows->row_count && rows->column_count > 0; first += ROWS_ACROSS) {
        char text[SHORT_TEXT], alignment[ROWS_ACROSS + 2] = "l";
        const int count = rows->row_count - first < ROWS_ACROSS ? rows->row_count - first : ROWS_ACROSS;
        memset(alignment + 1, 'r', (size_t)count);
        alignment[count + 1] = '\0';
        table *table = table_create(alignment);
        table_add(table, "%s", what);
        for (int r = 0; r < count; r++)
            table_add(table, "%s", short_text(place_of(rows->origin[first + r]), CELL_LETTERS, text));
        table_rule(table);
        for (int c = 0; c < rows->column_count && c < most; c++) {
            table_add(table, "%s", short_text(rows->heading[c], NAME_LETTERS, text));
            for (int r = 0; r < count; r++)
                table_add(table, "%s",
                          short_text(rows->cell[(first + r) * rows->column_count + c], CELL_LETTERS, text));
        }
        printf("\n");
        table_finish(table, stdout);
        print_rest(rows->column_count, most);
    }
}

static void print_text(const gd_description *description, const char *name)
{
    print_samples(description, name);
    print_warnings(description);
    print_numbers(description);
    print_categories(description);
    for (int c = 0; c < description->column_count; c++) {
        const gd_column *column = &description->column[c];
        if (column->role == GD_ROLE_TARGET && column->kind == GD_KIND_CATEGORY)
            print_classes(description, column);
    }
    print_rows(&description->raw, "first rows", MOST_LINES);
    print_rows(&description->prepared, "what the network sees", SEEN_LINES);
}

// ---- The command

static int open_recipe(const arguments *given, gd_recipe **recipe)
{
    gd_model_opts opts = {0};
    int status = EXIT_USAGE;
    *recipe = NULL;
    if (!take_settings(given, &opts, &status))
        return status;
    if (gd_recipe_open(given->operand[0], recipe) != GD_OK)
        return print_last_error();
    for (int i = 0; i < opts.setting_count; i++)
        if (gd_recipe_set(*recipe, opts.setting[i]) != GD_OK)
            return print_last_error();
    return EXIT_FINE;
}

static int tell(const arguments *given, const gd_recipe *recipe, const gd_description *description)
{
    const char *path = option_text(given, "report", NULL);
    char title[256];
    snprintf(title, sizeof title, "The data of %s", gd_recipe_name(recipe));
    if (path != NULL && gd_data_page_write(description, title, path) != GD_OK)
        return print_last_error();
    if (option_given(given, "json"))
        return print_description_json(description, gd_recipe_name(recipe)) ? EXIT_FINE : EXIT_ERROR;
    print_text(description, gd_recipe_name(recipe));
    if (path != NULL)
        printf("\nreport  %s\n", path);
    return EXIT_FINE;
}

// As training sees them with the recipe's own seed.
static int write_sheet(const arguments *given, const gd_recipe *recipe, const gd_dataset *train)
{
    const char *path = option_text(given, "sheet", NULL);
    char title[256];
    uint64_t seed = 1;
    gd_recipe_values values;
    if (path == NULL)
        return EXIT_FINE;
    if (gd_recipe_list(recipe, &values) != GD_OK)
        return print_last_error();
    const gd_recipe_value *given_seed = gd_recipe_value_find(&values, "train.seed");
    if (given_seed != NULL)
        seed = strtoull(given_seed->value, NULL, 10);
    gd_recipe_values_free(&values);
    snprintf(title, sizeof title, "Samples of %s in training", gd_recipe_name(recipe));
    if (gd_sample_sheet_write(train, (gd_sheet_opts){.seed = seed}, title, path) != GD_OK)
        return print_last_error();
    if (!option_given(given, "json"))
        printf("\nsheet   %s\n", path);
    return EXIT_FINE;
}

static int describe(const arguments *given, const gd_recipe *recipe, int rows)
{
    gd_recipe_parts parts;
    gd_description *description;
    if (gd_recipe_data(recipe, GD_PART_ALL, &parts) != GD_OK)
        return print_last_error();
    gd_describe_opts opts = {.prepared = parts.set[GD_TRAIN], .rows = rows == 0 ? -1 : rows};
    for (int p = 0; p < GD_PARTS; p++)
        opts.part[p] = parts.raw[p];
    int status = gd_describe(opts, &description) == GD_OK ? tell(given, recipe, description) : print_last_error();
    gd_description_free(description);
    if (status == EXIT_FINE)
        status = write_sheet(given, recipe, parts.set[GD_TRAIN]);
    gd_recipe_data_free(&parts);
    return status;
}

static int run(const arguments *given)
{
    int64_t rows = 5;
    gd_recipe *recipe;
    if (!option_integer(given, "rows", 0, 100, &rows))
        return EXIT_USAGE;
    int status = open_recipe(given, &recipe);
    if (status == EXIT_FINE)
        status = describe(given, recipe, (int)rows);
    gd_recipe_free(recipe);
    return status;
}

static const option_row options[] = {
    {"rows", 'n', "N", "How many of the first rows are shown (5)", false},
    {"report", 'r', "FILE", "Write a page with histograms (HTML), too", false},
    {"sheet", 's', "FILE", "Write a page of pictures as training sees them in its first epochs (HTML), too", false},
    {"json", 'j', NULL, "Print one JSON object", false},
    {0},
};

const command data_command = {
    .name = "data",
    .operands = "RECIPE [NAME=VALUE ...]",
    .least = 1,
    .summary = "what the data of a recipe holds, and what is wrong with it",
    .text = "Looks at the data before anything is trained: range, mean, missing cells and different values of every\n"
            "column, classes and how many samples each has, the first rows as they are and as the network will see\n"
            "them. It warns of columns that are constant, number the rows, or give the target away, of values that\n"
            "f32 cannot tell apart, of outliers, of classes that are hardly there, and of samples that lie in two\n"
            "parts. The network may be wrong or missing: only the section `data` of the recipe is used.",
    .examples = "  gradus data recipes/houses.yaml\n"
                "  gradus data net.yaml data.split.seed=2 --rows 10\n"
                "  gradus data net.yaml --report data.html --sheet augmented.html",
    .option = options,
    .run = run,
};
