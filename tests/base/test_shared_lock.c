// The lock that readers share: nothing is torn, and neither side starves the other.
#include <cmocka.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/shared_lock.h"

enum { MOST = 16, NUMBERS = 8, FEWEST = 20, PATIENCE = 60 }; // times that each comes in, within so many seconds

static gd__shared_lock lock;
static atomic_bool over;
static int numbers[NUMBERS]; // all the same, but while a writer is in
static atomic_int torn;

static void *reads(void *count)
{
    while (!atomic_load(&over)) {
        gd__shared_lock_read(&lock);
        for (int i = 1; i < NUMBERS; i++) {
            if (numbers[i] != numbers[0])
                atomic_fetch_add(&torn, 1);
        }
        gd__shared_lock_read_end(&lock);
        atomic_fetch_add((atomic_long *)count, 1);
    }
    return NULL;
}

static void *writes(void *count)
{
    while (!atomic_load(&over)) {
        gd__shared_lock_write(&lock);
        for (int i = 0; i < NUMBERS; i++)
            numbers[i]++;
        gd__shared_lock_write_end(&lock);
        atomic_fetch_add((atomic_long *)count, 1);
    }
    return NULL;
}

// Whether each thread came in often enough.
static bool all_came(int threads, const atomic_long *count)
{
    for (int i = 0; i < threads; i++) {
        if (atomic_load(&count[i]) < FEWEST)
            return false;
    }
    return true;
}

// Runs both without a pause until each thread came in often enough.
static void run(int readers, int writers)
{
    pthread_t thread[MOST];
    atomic_long count[MOST] = {0};
    long written = 0;
    atomic_store(&over, false);
    assert_int_equal(gd__shared_lock_init(&lock), 0);
    for (int i = 0; i < readers + writers; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, i < readers ? reads : writes, &count[i]), 0);
    for (int i = 0; i < PATIENCE * 100 && !all_came(readers + writers, count); i++)
        usleep(10000);
    const bool fair = all_came(readers + writers, count);
    atomic_store(&over, true);
    for (int i = 0; i < readers + writers; i++) {
        pthread_join(thread[i], NULL);
        written += i < readers ? 0 : atomic_load(&count[i]);
    }
    gd__shared_lock_destroy(&lock);
    assert_int_equal(atomic_load(&torn), 0);
    assert_true(fair);
    assert_int_equal(numbers[0], written);
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = 0;
}

static void test_neither_starves(void **state)
{
    (void)state;
    static const int companies[][2] = {{1, 1}, {8, 1}, {1, 4}, {8, 4}, {12, 0}, {0, 4}};
    for (size_t i = 0; i < sizeof companies / sizeof *companies; i++)
        run(companies[i][0], companies[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_neither_starves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
