#include <gradus/text.h>

#include <string.h>

#include "base/error.h"

// How many letters must be added, dropped, changed, or swapped with their neighbours. Long words are far from all.
static int letters_apart(const char *a, const char *b)
{
    enum { LONGEST = 48 };
    const int rows = (int)strnlen(a, LONGEST + 1), columns = (int)strnlen(b, LONGEST + 1);
    if (rows > LONGEST || columns > LONGEST)
        return LONGEST;
    int row[3][LONGEST + 1]; // cost[j]: between the first i letters of a and the first j of b; of i and the two before
    int *cost = row[0], *before = row[1], *long_before = row[2];
    for (int i = 0; i <= rows; i++) {
        int *spare = long_before;
        long_before = before;
        before = cost;
        cost = spare;
        for (int j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                cost[j] = i + j;
                continue;
            }
            int least = before[j - 1] + (a[i - 1] != b[j - 1]);
            least = least < before[j] + 1 ? least : before[j] + 1;
            least = least < cost[j - 1] + 1 ? least : cost[j - 1] + 1;
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && long_before[j - 2] + 1 < least)
                least = long_before[j - 2] + 1;
            cost[j] = least;
        }
    }
    return cost[columns];
}

const char *gd_nearest_word(const char *word, int count, const char *const *words)
{
    GD__NEEDS(words, NULL);
    const char *nearest = NULL;
    const size_t length = strlen(word);
    int least = length > 1000 ? 0 : 1 + (int)length / 3; // beyond it is another word
    for (int i = 0; i < count; i++) {
        // The beginning of a word is near to it, however long the rest is.
        const bool begins = length > 2 && strncmp(word, words[i], length) == 0;
        const int apart = begins ? 0 : letters_apart(word, words[i]);
        if (apart <= least) {
            nearest = words[i];
            least = apart - 1;
        }
    }
    return nearest;
}
