#include "base/random.h"

#include <math.h>

gd__random gd__random_make(uint64_t seed, uint64_t stream)
{
    return (gd__random){.seed = seed, .stream = stream};
}

uint32_t gd__random_word(gd__random *random)
{
    if (random->left == 0) {
        gd__philox(random->seed, random->index, random->stream, random->word);
        random->index++;
        random->left = 4;
    }
    return random->word[--random->left];
}

double gd__next_uniform(gd__random *random)
{
    uint64_t high = gd__random_word(random) >> 5, low = gd__random_word(random) >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

double gd__next_normal(gd__random *random)
{
    double u = 1.0 - gd__next_uniform(random); // (0, 1]
    double v = gd__next_uniform(random);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

uint64_t gd__random_below(gd__random *random, uint64_t bound)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        uint64_t high = gd__random_word(random);
        uint64_t number = high << 32 | gd__random_word(random);
        if (number < limit)
            return number % bound;
    }
}

void gd__random_shuffle(gd__random *random, int64_t count, int64_t *list)
{
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)gd__random_below(random, (uint64_t)i + 1);
        int64_t swap = list[i];
        list[i] = list[j];
        list[j] = swap;
    }
}

uint64_t gd__hash_text(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}
