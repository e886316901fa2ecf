// Prints docs/metrics.md, the reference of all metrics, from their records.
#include <stdio.h>
#include <string.h>

#include <gradus/metric.h>

// Prints words as Markdown that shows them as they are, but for `code`.
static void print_words(const char *words)
{
    bool code = false;
    for (const char *at = words; *at != '\0'; at++) {
        if (*at == '`')
            code = !code;
        if (!code && strchr("*_<|[]", *at) != NULL)
            putchar('\\');
        putchar(*at);
    }
}

static void print_tasks(unsigned tasks)
{
    static const char *const names[] = {"numbers", "binary", "classes"};
    const char *between = "";
    for (int task = GD_TASK_NUMBERS; task <= GD_TASK_CLASSES; task++) {
        if (tasks >> task & 1) {
            printf("%s%s", between, names[task]);
            between = ", ";
        }
    }
}

static const char *direction(const gd_metric_kind *kind)
{
    return kind->higher_is_better ? "higher" : "lower";
}

static void print_metric(const gd_metric_kind *kind)
{
    printf("\n## %s\n\n", kind->name);
    print_words(kind->doc);
    printf("\n\n    %s\n\nFor ", kind->formula);
    print_tasks(kind->tasks);
    printf("; %s is better.", direction(kind));
    if (kind->needs_probability)
        printf(" Needs probabilities.");
    if (kind->alias != NULL)
        printf(" Also found as `%s`.", kind->alias);
    if (kind->note != NULL) {
        putchar(' ');
        print_words(kind->note);
    }
    printf("\n\nSource: ");
    print_words(kind->source);
    printf(".\n");
}

int main(void)
{
    int count;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    printf(
        "# Metrics\n\n"
        "Figures that say how good predictions are. This page is written by `make docs` from their records. Each is\n"
        "computed in double precision over a whole set, with the samples' weights w: neither the size of batches nor\n"
        "their order shows in it. A sample of weight 0 is as one that is not there. What is not defined for a set is\n"
        "no number (NaN); without samples that is every metric. From C: "
        "[gradus/metric.h](../include/gradus/metric.h).\n"
        "\n"
        "In the formulas y is the target, p the prediction, s a score, and [statement] is 1 where it holds, else 0.\n"
        "Tasks: *numbers* is regression; *binary* a question, or several, answered by yes or no; *classes* one of\n"
        "several classes.\n\n"
        "| metric | better | for | what |\n|---|---|---|---|\n");
    for (int i = 0; i < count; i++) {
        printf("| [`%s`](#%s) | %s | ", kinds[i]->name, kinds[i]->name, direction(kinds[i]));
        print_tasks(kinds[i]->tasks);
        printf(" | ");
        print_words(kinds[i]->doc);
        printf(" |\n");
    }
    for (int i = 0; i < count; i++)
        print_metric(kinds[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
