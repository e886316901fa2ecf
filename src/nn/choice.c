#include "nn/choice.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { MAX_CHOICES = 64 };

int gd__choice_find(const char *word, int count, const gd_choice *choice)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(word, choice[i].name) == 0)
            return i;
    }
    return -1;
}

gd_status gd__choice_unknown(const char *kind, const char *word, int count, const gd_choice *choice)
{
    const char *name[MAX_CHOICES] = {0};
    if (count > MAX_CHOICES)
        count = MAX_CHOICES;
    for (int i = 0; i < count; i++)
        name[i] = choice[i].name;
    const char *nearest = gd_nearest_word(word, count, name);
    if (nearest != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no %s '%s'; did you mean '%s'?", kind, word, nearest);
    char list[GD_MESSAGE_SIZE / 2] = "";
    size_t length = 0;
    for (int i = 0; i < count && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "", name[i]);
    return gd__fail(GD_ERROR_ARGUMENT, "there is no %s '%s'; there are: %s", kind, word, list);
}
