// Work that needs much stack, asked for where there is little.
#include "base/stack.h"

#include <cmocka.h>
#include <string.h>

#include "base/error.h"

enum { LITTLE = 65536, MUCH = 256 * 1024 };

typedef struct errand {
    pthread_t ran_on, asked_on;
    gd_status wanted, got;
    char sentence[100];
} errand;

static gd_status use_much(void *pointer)
{
    errand *e = pointer;
    volatile char block[MUCH];
    for (size_t i = 0; i < MUCH; i += 1024)
        block[i] = (char)i;
    e->ran_on = pthread_self();
    return e->wanted == GD_OK && block[1024] == 0 ? GD_OK : gd__fail(e->wanted, "it was %d", (int)e->wanted);
}

static void *ask(void *pointer)
{
    errand *e = pointer;
    e->asked_on = pthread_self();
    e->got = gd__with_stack(use_much, e);
    strncpy(e->sentence, e->got == GD_OK ? "" : gd_last_error(), sizeof e->sentence - 1);
    return NULL;
}

static void little_stack_is_no_hindrance(void **state)
{
    (void)state;
    static const gd_status statuses[] = {GD_OK, GD_ERROR_NUMBER};
    for (int i = 0; i < 2; i++) {
        errand e = {.wanted = statuses[i]};
        pthread_attr_t attributes;
        pthread_t thread;
        assert_int_equal(pthread_attr_init(&attributes), 0);
        assert_int_equal(pthread_attr_setstacksize(&attributes, LITTLE), 0);
        assert_int_equal(pthread_create(&thread, &attributes, ask, &e), 0);
        pthread_join(thread, NULL);
        pthread_attr_destroy(&attributes);
        assert_int_equal(e.got, e.wanted);
        assert_false(pthread_equal(e.asked_on, e.ran_on));
        if (e.wanted != GD_OK)
            assert_non_null(strstr(e.sentence, "it was ")); // the sentence is the caller's
    }
}

static void with_enough_it_stays_where_it_is(void **state)
{
    (void)state;
    errand e = {.wanted = GD_OK};
    pthread_t thread;
    assert_int_equal(gd__thread_create(&thread, ask, &e), 0);
    pthread_join(thread, NULL);
    assert_int_equal(e.got, GD_OK);
    assert_true(pthread_equal(e.asked_on, e.ran_on));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_stack_is_no_hindrance),
        cmocka_unit_test(with_enough_it_stays_where_it_is),
    };
    return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
