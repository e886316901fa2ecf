// numpy.random.RandomState: the Mersenne Twister MT19937 of Matsumoto and Nishimura (1998) and what NumPy draws from
// it. Every expression stands in the order in which NumPy computes it, since the last bit depends on that.
#include <gradus/generate.h>

#include <math.h>
#include <string.h>

#include "base/error.h"

enum { STATE_COUNT = 624, STATE_MIDDLE = 397 };

void gd_numpy_seed(gd_numpy_random *random, uint32_t seed)
{
    GD__NEEDS(random);
    memset(random, 0, sizeof *random);
    for (int i = 0; i < STATE_COUNT; i++) {
        random->state[i] = seed;
        seed = 1812433253U * (seed ^ (seed >> 30)) + (uint32_t)i + 1U;
    }
    random->position = STATE_COUNT;
}

// The word of the next state that is made from the upper bit of one word and the lower bits of its neighbour.
static uint32_t twist(uint32_t word, uint32_t neighbour, uint32_t distant)
{
    const uint32_t mixed = (word & 0x80000000U) | (neighbour & 0x7fffffffU);
    return distant ^ (mixed >> 1) ^ ((neighbour & 1U) != 0 ? 0x9908b0dfU : 0U);
}

static void next_state(gd_numpy_random *random)
{
    uint32_t *state = random->state;
    for (int i = 0; i < STATE_COUNT; i++)
        state[i] = twist(state[i], state[(i + 1) % STATE_COUNT], state[(i + STATE_MIDDLE) % STATE_COUNT]);
    random->position = 0;
}

static uint32_t next_word(gd_numpy_random *random)
{
    if (random->position >= STATE_COUNT)
        next_state(random);
    uint32_t word = random->state[random->position++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680U;
    word ^= (word << 15) & 0xefc60000U;
    return word ^ (word >> 18);
}

double gd_numpy_uniform(gd_numpy_random *random)
{
    GD__NEEDS(random, 0);
    const uint32_t high = next_word(random) >> 5; // 27 bits
    const uint32_t low = next_word(random) >> 6;  // 26 bits
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

// Marsaglia's polar method: a point drawn evenly from the unit disk gives two normal numbers.
double gd_numpy_normal(gd_numpy_random *random)
{
    GD__NEEDS(random, 0);
    if (random->has_normal) {
        const double kept = random->normal;
        random->has_normal = false;
        random->normal = 0;
        return kept;
    }
    double x = 0;
    double y = 0;
    double radius = 0;
    do {
        x = 2.0 * gd_numpy_uniform(random) - 1.0;
        y = 2.0 * gd_numpy_uniform(random) - 1.0;
        // Products that are rounded before they are added, also where the compiler could fuse the two.
        const volatile double x_squared = x * x;
        const volatile double y_squared = y * y;
        radius = x_squared + y_squared;
    } while (radius >= 1.0 || radius == 0.0);
    const double factor = sqrt(-2.0 * log(radius) / radius);
    random->normal = factor * x;
    random->has_normal = true;
    return factor * y;
}

uint32_t gd_numpy_below(gd_numpy_random *random, uint32_t bound)
{
    GD__NEEDS(random, 0);
    if (bound == 1)
        return 0; // nothing to choose: nothing is drawn
    const uint32_t largest = bound - 1;
    uint32_t mask = largest;
    for (int shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    uint32_t value = next_word(random) & mask;
    while (value > largest)
        value = next_word(random) & mask;
    return value;
}

void gd_numpy_uniforms(gd_numpy_random *random, int64_t count, double *value)
{
    GD__NEEDS(random);
    for (int64_t i = 0; i < count; i++)
        value[i] = gd_numpy_uniform(random);
}

void gd_numpy_normals(gd_numpy_random *random, int64_t count, double *value)
{
    GD__NEEDS(random);
    for (int64_t i = 0; i < count; i++)
        value[i] = gd_numpy_normal(random);
}

void gd_numpy_shuffle(gd_numpy_random *random, int64_t count, int64_t *index)
{
    if (count > 0)
        GD__NEEDS(index);
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t other = (int64_t)gd_numpy_below(random, (uint32_t)(i + 1));
        const int64_t kept = index[i];
        index[i] = index[other];
        index[other] = kept;
    }
}

void gd_numpy_permutation(gd_numpy_random *random, int64_t count, int64_t *index)
{
    GD__NEEDS(random);
    for (int64_t i = 0; i < count; i++)
        index[i] = i;
    gd_numpy_shuffle(random, count, index);
}
