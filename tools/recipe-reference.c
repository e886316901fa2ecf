// Prints docs/recipe-reference.md from the tables that recipes are checked against.
#include <stdio.h>

#include <gradus/model.h>

int main(void)
{
    char *text = gd_recipe_reference();
    if (text == NULL) {
        fprintf(stderr, "%s\n", gd_last_error());
        return 1;
    }
    int written = fputs(text, stdout);
    gd_text_free(text);
    return written >= 0 && fflush(stdout) == 0 ? 0 : 1;
}
