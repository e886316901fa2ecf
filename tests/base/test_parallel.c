// Regions of gd__parallel: each item is computed exactly once, whoever is late, nested, from several threads, and in
// the child of a fork.
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/parallel.h"
#include "base/processors.h"

enum { ITEMS = 1000 };

typedef struct counting {
    atomic_int times[ITEMS];
    atomic_int ranges, wrong_worker;
    int64_t all, least; // items, and those of a range
} counting;

static void count_items(void *context, int64_t begin, int64_t end)
{
    counting *c = context;
    atomic_fetch_add(&c->ranges, 1);
    if (gd__worker() < 0 || gd__worker() >= gd__workers() || gd__worker() >= gd_threads() ||
        (end - begin < c->least && end - begin < c->all))
        atomic_fetch_add(&c->wrong_worker, 1);
    for (int64_t i = begin; i < end; i++)
        atomic_fetch_add(&c->times[i], 1);
}

// True when each of `items` was counted `times` times, and nothing else was.
static bool is_complete(counting *c, int64_t items, int times)
{
    bool complete = atomic_load(&c->wrong_worker) == 0;
    for (int64_t i = 0; i < ITEMS; i++)
        complete = complete && atomic_load(&c->times[i]) == (i < items ? times : 0);
    return complete;
}

static void each_item_is_computed_once(void **state)
{
    (void)state;
    static const int64_t counts[] = {0, 1, 2, 3, 7, 8, 9, 64, 999, 1000}, grains[] = {0, 1, 2, 5, 100, 5000};
    static const int threads[] = {1, 2, 3, 8, 64, 1000};
    for (int t = 0; t < 6; t++) {
        gd_set_threads(threads[t]);
        assert_int_equal(gd_threads(), threads[t]);
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 6; j++) {
                counting c = {.all = counts[i], .least = grains[j]};
                gd__parallel(counts[i], grains[j], count_items, &c);
                assert_true(is_complete(&c, counts[i], 1));
                if (threads[t] == 1 && counts[i] > 0)
                    assert_int_equal(atomic_load(&c.ranges), 1);
            }
        }
    }
    gd_set_threads(0);
    assert_int_equal(gd_threads(), gd__workers());
}

// ---- Late workers

static void sleep_now_and_then(void)
{
    static _Thread_local unsigned seed;
    if (seed == 0)
        seed = 77u + (unsigned)gd__worker();
    seed = seed * 1664525u + 1013904223u;
    if (seed >> 28 == 0)
        nanosleep(&(struct timespec){.tv_nsec = seed >> 12 & 0x3ffff}, NULL);
}

static void late_workers_change_nothing(void **state)
{
    (void)state;
    gd_set_threads(4);
    gd__parallel_disturb(sleep_now_and_then);
    bool complete = true;
    for (int round = 0; round < 400; round++) {
        counting c = {.least = 1};
        const int64_t items = 1 + round % 37;
        gd__parallel(items, 1, count_items, &c);
        complete = complete && is_complete(&c, items, 1);
    }
    gd__parallel_disturb(NULL);
    gd_set_threads(0);
    assert_true(complete);
}

// Workers have gone to sleep between these regions.
static void sleeping_workers_wake(void **state)
{
    (void)state;
    gd_set_threads(2);
    for (int round = 0; round < 20; round++) {
        counting c = {.least = 1};
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        gd__parallel(ITEMS, 1, count_items, &c);
        assert_true(is_complete(&c, ITEMS, 1));
    }
    gd_set_threads(0);
}

// ---- Regions within regions, and beside each other

static void run_inner(void *context, int64_t begin, int64_t end)
{
    counting *inner = context;
    for (int64_t i = begin; i < end; i++) {
        if (!gd__in_parallel())
            atomic_fetch_add(&inner->wrong_worker, 1);
        gd__parallel(ITEMS, 1, count_items, inner);
    }
}

static void nested_regions_run_alone(void **state)
{
    (void)state;
    gd_set_threads(2);
    counting c = {.least = 1};
    assert_false(gd__in_parallel());
    gd__parallel(8, 1, run_inner, &c);
    assert_false(gd__in_parallel());
    assert_true(is_complete(&c, ITEMS, 8));
    assert_int_equal(atomic_load(&c.ranges), 8);
    gd_set_threads(0);
}

static void *run_many(void *result)
{
    for (int round = 0; round < 300; round++) {
        counting c = {.least = 1};
        gd__parallel(100 + round, 1, count_items, &c);
        if (!is_complete(&c, 100 + round, 1))
            atomic_fetch_add((atomic_int *)result, 1);
    }
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    gd_set_threads(2);
    atomic_int wrong = 0;
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, run_many, &wrong), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    gd_set_threads(0);
    assert_int_equal(atomic_load(&wrong), 0);
}

// ---- Fork

static void a_child_computes(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); // it does not follow threads that are started after a fork
#endif
    gd_set_threads(2);
    counting c = {.least = 1};
    gd__parallel(ITEMS, 1, count_items, &c); // there are workers now, which the child will not have
    for (int round = 0; round < 3; round++) {
        const pid_t child = fork();
        if (child == 0) {
            atomic_int wrong = 0;
            run_many(&wrong);
            _exit(atomic_load(&wrong) == 0 ? 0 : 1);
        }
        assert_true(child > 0);
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    gd_set_threads(0);
}

static void there_is_a_processor(void **state)
{
    (void)state;
    assert_true(gd__processors() >= 1 && gd__processors() <= 1 << 20);
    assert_true(gd__workers() >= 1 && gd__workers() <= gd__processors());
}

static int threads_of_this_process(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

// After a region of many threads (reading pictures), one of two has two, and no others that look out for work.
static void fewer_threads_are_fewer(void **state)
{
    (void)state;
    if (gd__workers() < 3) {
        print_message("skipped: it takes three processors\n");
        skip();
    }
    static const int threads[] = {0, 2, 3, 2};
    for (int t = 0; t < 4; t++) {
        gd_set_threads(threads[t]);
        counting c = {.all = ITEMS, .least = 1};
        gd__parallel(ITEMS, 1, count_items, &c);
        assert_true(is_complete(&c, ITEMS, 1));
        assert_int_equal(threads_of_this_process(), gd_threads());
    }
    gd_set_threads(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_is_computed_once), cmocka_unit_test(late_workers_change_nothing),
        cmocka_unit_test(sleeping_workers_wake),      cmocka_unit_test(nested_regions_run_alone),
        cmocka_unit_test(threads_do_not_meet),        cmocka_unit_test(a_child_computes),
        cmocka_unit_test(there_is_a_processor),       cmocka_unit_test(fewer_threads_are_fewer),
    };
    return cmocka_run_group_tests_name("parallel regions", tests, NULL, NULL);
}
