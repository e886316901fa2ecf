// gradus schema
#include <stdio.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "print.h"

static int run(const arguments *given)
{
    output output;
    char *text = gd_recipe_schema();
    if (text == NULL)
        return print_error("out of memory");
    bool good = output_open(&output, option_text(given, "output", NULL));
    if (good)
        good = output_close(&output, fprintf(output.file, "%s\n", text) > 0);
    gd_text_free(text);
    return good ? EXIT_FINE : EXIT_ERROR;
}

static const option_row options[] = {
    {"output", 'o', "FILE", "Write into a file; else standard output", false},
    {0},
};

const command schema_command = {
    .name = "schema",
    .operands = "",
    .least = 0,
    .most = -1,
    .summary = "the JSON Schema of recipes, for editors",
    .text = "Prints what a recipe may say as a JSON Schema (draft 7): sections, layers, losses, rules, their options,\n"
            "defaults and ranges. An editor that knows YAML schemas completes and checks a recipe that begins with\n"
            "\n"
            "  # yaml-language-server: $schema=recipe.schema.json",
    .examples = "  gradus schema --output recipe.schema.json",
    .option = options,
    .run = run,
};
