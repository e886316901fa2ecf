// The two tables behind planning: bytes taken over time, and units in an order that allows for joining them.
#include "plan/occupancy.h"
#include "plan/sequence.h"

#include <cmocka.h>
#include <stdlib.h>

enum { STEPS = 37, BLOCKS = 300 };

typedef struct block {
    int first, last;
    size_t offset, bytes;
} block;

static int draw(unsigned *state, int count)
{
    *state = *state * 1103515245u + 12345u;
    return (int)(*state >> 16) % count;
}

// The lowest offset, by looking at every block that is alive at the same time: 0 or the end of one of them.
static size_t lowest(const block *taken, int count, const block *wanted)
{
    size_t best = SIZE_MAX;
    for (int candidate = -1; candidate < count; candidate++) {
        size_t offset = candidate < 0 ? 0 : taken[candidate].offset + taken[candidate].bytes;
        bool free = offset < best;
        for (int i = 0; i < count && free; i++)
            free = taken[i].last < wanted->first || taken[i].first > wanted->last ||
                   offset + wanted->bytes <= taken[i].offset || offset >= taken[i].offset + taken[i].bytes;
        best = free ? offset : best;
    }
    return best;
}

static void test_lowest_places(void **state)
{
    (void)state;
    gd__occupancy occupancy;
    assert_true(gd__occupancy_start(&occupancy, STEPS));
    for (unsigned seed = 1; seed <= 20; seed++) {
        block taken[BLOCKS];
        unsigned random = seed;
        gd__occupancy_clear(&occupancy);
        for (int i = 0; i < BLOCKS; i++) {
            int first = draw(&random, STEPS), longest = draw(&random, 4) == 0 ? STEPS : 3;
            int last = first + draw(&random, longest);
            taken[i] = (block){first, last < STEPS ? last : STEPS - 1, 0, 64 * (size_t)(1 + draw(&random, 20))};
            taken[i].offset = gd__occupancy_find(&occupancy, first, taken[i].last, taken[i].bytes);
            assert_int_equal(taken[i].offset, lowest(taken, i, &taken[i]));
            assert_true(gd__occupancy_take(&occupancy, first, taken[i].last, taken[i].offset, taken[i].bytes));
        }
    }
    gd__occupancy_end(&occupancy);
}

// So many moves that numbers run out and are given anew, against a plain list.
static void test_sequence(void **state)
{
    (void)state;
    enum { UNITS = 50, MOVES = 3000 };
    gd__sequence sequence;
    int list[UNITS];
    unsigned random = 1;
    assert_true(gd__sequence_start(&sequence, UNITS));
    for (int i = 0; i < UNITS; i++) {
        gd__sequence_append(&sequence, i);
        list[i] = i;
    }
    for (int move = 0; move < MOVES; move++) {
        // Two units in a row, given in the wrong order, go before one that stands further on in front.
        int to = draw(&random, move % 3 == 0 ? 3 : UNITS - 2), from = to + 1 + draw(&random, UNITS - 2 - to);
        int moved[] = {list[from + 1 < UNITS ? from + 1 : from], list[from]};
        int count = moved[0] == moved[1] ? 1 : 2;
        gd__sequence_move(&sequence, list[to], count, moved);
        int kept[] = {list[from], list[from + count - 1]};
        for (int i = from - 1; i >= to; i--)
            list[i + count] = list[i];
        for (int i = 0; i < count; i++)
            list[to + i] = kept[i];
        int unit = sequence.last;
        for (int i = UNITS - 1; i >= 0; i--, unit = sequence.before[unit]) {
            assert_int_equal(unit, list[i]);
            assert_true(i == 0 || sequence.number[list[i - 1]] < sequence.number[list[i]]);
        }
        assert_true(unit < 0 && sequence.number[list[0]] > 0);
    }
    gd__sequence_remove(&sequence, list[3]);
    gd__sequence_replace(&sequence, list[UNITS - 1], list[3]);
    assert_int_equal(sequence.last, list[3]);
    assert_int_equal(sequence.before[list[3]], list[UNITS - 2]);
    assert_int_equal(sequence.after[list[2]], list[4]);
    assert_int_equal(sequence.length, UNITS - 1);
    gd__sequence_end(&sequence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lowest_places),
        cmocka_unit_test(test_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
