// Prints docs/ops.md, the reference of all ops, from the op table.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/op.h>

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

static void print_inputs(const gd_op *op)
{
    if (op->max_inputs == 0)
        printf("No inputs");
    else if (op->min_inputs == op->max_inputs)
        printf("%d input%s", op->min_inputs, op->min_inputs == 1 ? "" : "s");
    else if (op->max_inputs >= 1 << 10)
        printf("%d or more inputs", op->min_inputs);
    else
        printf("%d to %d inputs", op->min_inputs, op->max_inputs);
    printf(", %d output%s.", op->output_count, op->output_count == 1 ? "" : "s");
}

static void print_facts(const gd_op *op)
{
    print_inputs(op);
    if (op->flags & GD_OP_ELEMENTWISE)
        printf(" Elementwise: inputs broadcast.");
    if (op->flags & GD_OP_VIEW)
        printf(" A view: no data moves.");
    if (op->flags & GD_OP_RANDOM)
        printf(" Draws random numbers; input 0 is the random state.");
    if (op->flags & GD_OP_EFFECT)
        printf(" Has an effect: never merged, moved or dropped.");
    if (op->inference != NULL)
        printf(" An inference plan computes something simpler.");
    if (op->grad == NULL && op->no_grad != NULL) {
        printf(" No gradient: ");
        print_words(op->no_grad);
        printf(".");
    }
    printf("\n");
}

static void print_attributes(const gd_op *op)
{
    static const char *const kinds[] = {
        [GD_ATTRIBUTE_INT] = "whole number", [GD_ATTRIBUTE_FLOAT] = "number", [GD_ATTRIBUTE_BOOL] = "yes or no",
        [GD_ATTRIBUTE_SHAPE] = "shape",      [GD_ATTRIBUTE_AXES] = "axes",    [GD_ATTRIBUTE_TYPE] = "type"};
    if (op->attribute_count == 0)
        return;
    printf("\n| attribute | kind | meaning |\n|---|---|---|\n");
    for (int i = 0; i < op->attribute_count; i++) {
        const gd_attribute *attribute = &op->attribute[i];
        printf("| `%s` | %s", attribute->name, kinds[attribute->kind]);
        if (attribute->count > 1)
            printf(", %d of them", attribute->count);
        printf(" | ");
        print_words(attribute->doc);
        printf(" |\n");
    }
}

static int by_name(const void *a, const void *b)
{
    const gd_op *const *p = a, *const *q = b;
    return strcmp((*p)->name, (*q)->name);
}

int main(void)
{
    int count = gd_op_count();
    const gd_op **list = malloc((size_t)count * sizeof *list);
    if (list == NULL)
        return 1;
    for (int i = 0; i < count; i++)
        list[i] = gd_op_at(i);
    qsort(list, (size_t)count, sizeof(const gd_op *), by_name);
    printf(
        "# Ops\n\n"
        "The ops of which every graph is made, in alphabetical order. This page is written by `make docs` from the op\n"
        "table, which also drives the tests. The functions that write ops into a graph are in\n"
        "[gradus/ops.h](../include/gradus/ops.h); what they take is explained there. Ops that end in `_backward`,\n"
        "and a few others, are written by the gradients of the ops that they are named after. An op has a gradient\n"
        "unless it says why not.\n\n");
    for (int i = 0; i < count; i++)
        printf("%s[`%s`](#%s)", i == 0 ? "" : i % 6 == 0 ? " ·\n" : " · ", list[i]->name, list[i]->name);
    printf("\n");
    for (int i = 0; i < count; i++) {
        printf("\n## %s\n\n", list[i]->name);
        print_words(list[i]->doc);
        printf("\n\n");
        print_facts(list[i]);
        print_attributes(list[i]);
    }
    free(list);
    return fflush(stdout) == 0 ? 0 : 1;
}
