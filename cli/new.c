// gradus new
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "locate.h"
#include "new.h"
#include "print.h"

// ---- YAML

static void print_text(FILE *out, const char *text)
{
    if (text[0] != '\0' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_./") == strlen(text)) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\x%02x", (unsigned)*text);
        else
            fprintf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    putc('"', out);
}

// `ignore: [a, b]`, of the columns for which that is their use.
static void print_columns(FILE *out, const table_guess *table, const char *key, column_use use, const char *value)
{
    int printed = 0;
    for (int i = 0; i < table->count; i++) {
        const column_guess *column = &table->column[i];
        // Texts are categories by themselves; those that are partly numbers must be told.
        if (column->use != use || (use == USE_CATEGORY && !column->mixed && 2 * column->different < table->rows / 2))
            continue;
        fprintf(out, "%s", printed++ == 0 ? "    " : ", ");
        if (printed == 1)
            fprintf(out, "%s: %s", key, value == NULL ? "[" : "{");
        print_text(out, column->name);
        fprintf(out, "%s", value == NULL ? "" : value);
    }
    if (printed > 0)
        fprintf(out, "%s\n", value == NULL ? "]" : "}");
}

// ---- The network and its training

typedef struct plan {
    bool regression, binary;
    int outputs, width, batch;
    int64_t epochs;
} plan;

static plan make_plan(const table_guess *table)
{
    const column_guess *target = &table->column[table->target];
    plan plan = {.regression = target->number, .binary = !target->number && target->different == 2};
    plan.outputs = plan.regression || plan.binary ? 1 : target->different;
    plan.width = table->rows < 300 ? 16 : table->rows < 3000 ? 32 : table->rows < 30000 ? 64 : 128;
    plan.batch = table->rows < 5000 ? 32 : table->rows < 50000 ? 128 : 512;
    // About four thousand updates, stopped early where they are too many.
    plan.epochs = (int64_t)fmin(200, fmax(5, 4000.0 * plan.batch / (double)table->rows));
    return plan;
}

static void print_data(FILE *out, const table_guess *table, const char *file, const plan *plan)
{
    const column_guess *target = &table->column[table->target];
    fprintf(out, "data:\n  train: {csv: ");
    print_text(out, file);
    fprintf(out, "}\n  csv:\n    target: ");
    print_text(out, target->name);
    putc('\n', out);
    if (!plan->regression && target->whole)
        fprintf(out, "    target_is_class: true            # its numbers are names of classes\n");
    if (table->decimal_comma)
        fprintf(out, "    decimal: comma\n");
    if (table->missing)
        fprintf(out, "    missing: median                  # of the training part; `drop` leaves such rows out\n");
    print_columns(out, table, "ignore", USE_IGNORE, NULL);
    print_columns(out, table, "categories", USE_CATEGORY, NULL);
    print_columns(out, table, "dates", USE_DATE, NULL);
    print_columns(out, table, "embed", USE_EMBED, ": 8");
    // A class with a single row cannot be dealt out.
    const bool stratify = !plan->regression && target->least >= 5;
    fprintf(out, "  split: {validation: 0.2, seed: 1%s}   # a fifth of the rows shows how good it is\n",
            stratify ? ", stratify: true" : "");
    if (plan->regression)
        fprintf(out, "  scale: {x: standardize, y: standardize}   # predictions are scaled back\n");
    else
        fprintf(out, "  scale: standardize                 # each column to mean 0 and deviation 1\n");
}

static void print_rest(FILE *out, const plan *plan)
{
    fprintf(out,
            "\nconstants: {width: %d}\n\nmodel:\n  - dense: $width\n  - relu\n  - dense: $width\n  - relu\n"
            "  - dense: %-26d # %s\n\n",
            plan->width, plan->outputs,
            plan->regression ? "one number"
            : plan->binary   ? "one logit: above 0 is yes"
                             : "a logit for each class");
    fprintf(out, "loss: %s\noptimizer: {adam: {learning_rate: 1e-3}}\nschedule: {cosine: {final: 0.05}}\n",
            plan->regression ? "squared_error"
            : plan->binary   ? "logistic"
                             : "softmax_cross_entropy");
    fprintf(out,
            "train:\n  epochs: %lld\n  batch: %d\n  seed: 1\n"
            "  early_stopping: {patience: %lld, restore_best: true}\n",
            (long long)plan->epochs, plan->batch, (long long)fmax(3, (double)plan->epochs / 5));
}

// A heading may hold anything; a comment is one line.
static void print_comment(FILE *out, const char *text, int width)
{
    for (; *text != '\0'; text++) {
        putc((unsigned char)*text < ' ' ? ' ' : *text, out);
        width -= ((unsigned char)*text & 0xC0) != 0x80;
    }
    fprintf(out, "%*s", width > 0 ? width : 0, "");
}

static void print_recipe(FILE *out, const table_guess *table, const char *file)
{
    const column_guess *target = &table->column[table->target];
    const plan plan = make_plan(table);
    fprintf(out, "# ");
    print_comment(out, target->name, 0);
    fprintf(out,
            " from a table of %lld rows and %d columns. `gradus train` trains it as it stands.\n"
            "# What the columns were taken for:\n",
            (long long)table->rows, table->count);
    for (int i = 0; i < table->count; i++) {
        static const char *const use[] = {"number", "category", "embedded", "date", "left out", "target"};
        const column_guess *column = &table->column[i];
        fprintf(out, "#   ");
        print_comment(out, column->name, 20);
        fprintf(out, " %-9s ", use[column->use]);
        print_comment(out, column->why, 0);
        if (column->missing > 0 && column->use != USE_IGNORE)
            fprintf(out, "; %lld missing", (long long)column->missing);
        putc('\n', out);
    }
    print_data(out, table, file, &plan);
    print_rest(out, &plan);
}

// ---- The command

// "folder/iris.csv.gz" is "iris.yaml". free() it.
static char *output_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash == NULL ? path : slash + 1;
    const size_t length = file[0] == '.' ? strlen(file) : strcspn(file, ".");
    char *made = malloc(length + 6);
    if (made == NULL)
        print_error("out of memory");
    else
        snprintf(made, length + 6, "%.*s.yaml", (int)length, file);
    return made;
}

// A recipe looks for its data beside itself and in the current directory. free() it.
static char *data_path(const char *path, const char *recipe)
{
    return strchr(recipe, '/') == NULL ? strdup(path) : realpath(path, NULL);
}

static int write_recipe(const arguments *given, const table_guess *table, const char *recipe)
{
    output output;
    const bool to_stdout = strcmp(recipe, "-") == 0;
    if (!to_stdout && access(recipe, F_OK) == 0 && !option_given(given, "force"))
        return print_error("%s is there already: --output names another file, --force writes over it", recipe);
    char *file = data_path(given->operand[0], recipe);
    if (file == NULL)
        return print_error("the path of %s cannot be found out", given->operand[0]);
    bool good = output_open(&output, to_stdout ? NULL : recipe);
    if (good) {
        print_recipe(output.file, table, file);
        good = output_close(&output, ferror(output.file) == 0);
    }
    free(file);
    if (!good)
        return EXIT_ERROR;
    const column_guess *target = &table->column[table->target];
    if (!to_stdout)
        printf("%s predicts '%s' (%s).\nWhat the other columns were taken for stands at its top. Next:\n"
               "  gradus data %s\n  gradus train %s\n",
               recipe, target->name, target->why, recipe, recipe);
    return EXIT_FINE;
}

static int run(const arguments *given)
{
    table_guess table;
    char *recipe =
        option_given(given, "output") ? strdup(option_text(given, "output", "")) : output_of(given->operand[0]);
    int status = recipe == NULL ? EXIT_ERROR : EXIT_FINE;
    if (status == EXIT_FINE && !guess_columns(given->operand[0], option_text(given, "target", NULL), &table))
        status = EXIT_ERROR;
    else if (status == EXIT_FINE)
        status = write_recipe(given, &table, recipe);
    if (recipe != NULL)
        free_guess(&table);
    free(recipe);
    return status;
}

static const option_row options[] = {
    {"target", 't', "COLUMN", "The column to be predicted; else the last one", false},
    {"output", 'o', "FILE", "Write the recipe here (-: standard output); else beside you, named as the table", false},
    {"force", 'f', NULL, "Write over a file that is there", false},
    {0},
};

const command new_command = {
    .name = "new",
    .operands = "TABLE",
    .least = 1,
    .most = 1,
    .summary = "a recipe for a table, to begin with",
    .text = "Reads a table (.csv, .tsv, also .gz) and writes a recipe that learns one of its columns from the others. "
            "What\n"
            "each column was taken for stands in the recipe, and why. The loss follows from the target: numbers, yes "
            "or no,\n"
            "or classes.",
    .examples = "  gradus new iris.csv\n"
                "  gradus new titanic.csv --target Survived --output survived.yaml",
    .option = options,
    .run = run,
};
