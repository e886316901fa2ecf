// Counter-based random numbers: the number at a place depends on (seed, stream, step, index) alone, never on the
// order in which numbers are drawn or on how many threads draw them.
#ifndef GD_BASE_RANDOM_H
#define GD_BASE_RANDOM_H

#include <gradus/base.h>

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011).
// Four 32-bit words from a 128-bit counter and a 64-bit key.
static inline void gd__philox(uint64_t key, uint64_t counter_low, uint64_t counter_high, uint32_t word[4])
{
    uint32_t c0 = (uint32_t)counter_low, c1 = (uint32_t)(counter_low >> 32);
    uint32_t c2 = (uint32_t)counter_high, c3 = (uint32_t)(counter_high >> 32);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    word[0] = c0;
    word[1] = c1;
    word[2] = c2;
    word[3] = c3;
}

// A stream of numbers for host code (initialisers, shuffling, data generators).
typedef struct gd__random {
    uint64_t seed, stream, index;
    uint32_t word[4];
    int left; // words of `word` not used yet
} gd__random;

gd__random gd__random_make(uint64_t seed, uint64_t stream);
uint32_t gd__random_word(gd__random *random);
double gd__next_uniform(gd__random *random);                               // [0, 1), 53 bits
double gd__next_normal(gd__random *random);                                // Box-Muller, mean 0, deviation 1
uint64_t gd__random_below(gd__random *random, uint64_t bound);             // 0 … bound-1, without bias; bound > 0
void gd__random_shuffle(gd__random *random, int64_t count, int64_t *list); // Fisher-Yates
// A stream number from a name (FNV-1a).
uint64_t gd__hash_text(const char *text);

#endif
