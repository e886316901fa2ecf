// Training ends with the same bits whoever computes which share and when: with workers that are late at random and
// beside programs that take the processors, by every way of convolving.
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/parallel.h"
#include "train/stripes.h"

static void be_late_at_random(void)
{
    static _Thread_local unsigned seed;
    seed = (seed == 0 ? 31u + (unsigned)gd__worker() : seed) * 1664525u + 1013904223u;
    if (seed >> 27 == 0)
        nanosleep(&(struct timespec){.tv_nsec = seed >> 13 & 0x1ffff}, NULL);
}

static network trained(const gd_dataset *set, gd_precision precision)
{
    network n = make_stripe_network();
    assert_ok(gd_fit(n.trainer, set, (gd_fit_opts){.epochs = 3, .batch = 20, .seed = 3, .precision = precision}));
    return n;
}

static void *keep_busy(void *stop)
{
    while (!atomic_load((atomic_bool *)stop))
        ;
    return NULL;
}

// The ways of convolving: cpu/convolution.c lists five at most.
enum { WAYS = 5, BUSY = 4 };

static void bits_do_not_depend_on_who_computes(void **state)
{
    (void)state;
    gd_dataset *set = make_stripes();
    for (int way = 0; way < WAYS; way++) {
        const char choice[] = {(char)('0' + way), '\0'};
        setenv("GD_CHOOSE", choice, 1);
        for (int threads = 2; threads <= 3; threads++) {
            gd_set_threads(threads);
            network undisturbed = trained(set, GD_PRECISION_FAST);
            gd__parallel_disturb(be_late_at_random);
            network late = trained(set, GD_PRECISION_FAST);
            gd__parallel_disturb(NULL);
            assert_same_variables(undisturbed.graph, late.graph);
            free_network(&late);
            free_network(&undisturbed);
        }
    }
    unsetenv("GD_CHOOSE");
    gd_set_threads(0);
    gd_dataset_free(set);
}

static void busy_programs_change_no_bit(void **state)
{
    (void)state;
    gd_dataset *set = make_stripes();
    gd_set_threads(2);
    for (int half = 0; half < 2; half++) {
        const gd_precision precision = half ? GD_PRECISION_BF16 : GD_PRECISION_FAST;
        network alone = trained(set, precision);
        atomic_bool stop = false;
        pthread_t busy[BUSY];
        for (int i = 0; i < BUSY; i++)
            assert_int_equal(pthread_create(&busy[i], NULL, keep_busy, &stop), 0);
        network beside = trained(set, precision);
        atomic_store(&stop, true);
        for (int i = 0; i < BUSY; i++)
            pthread_join(busy[i], NULL);
        assert_same_variables(alone.graph, beside.graph);
        free_network(&alone);
        free_network(&beside);
    }
    gd_set_threads(0);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_do_not_depend_on_who_computes),
        cmocka_unit_test(busy_programs_change_no_bit),
    };
    return cmocka_run_group_tests_name("training in company", tests, NULL, NULL);
}
