// GD__ASSERT where it is on, whatever the build, and whether the library's own are on as the build says.
#ifdef GD_ASSERTS
enum { BUILT_WITH_ASSERTS = 1 };
#else
enum { BUILT_WITH_ASSERTS = 0 };
#define GD_ASSERTS
#endif
#include "base/assert.h"

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "graph/graph.h"

// Runs it in a process of its own: how that ended, and the beginning of what it said on standard error.
static int run_alone(void (*function)(void), char *said, size_t size)
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        function();
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = 0, more;
    while ((more = read(ends[0], said + length, size - 1 - (size_t)length)) > 0)
        length += more;
    said[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int calls;
static int called(int value)
{
    calls++;
    return value;
}

static void holds(void)
{
    GD__ASSERT(called(2) == 2);
}

static void does_not_hold(void)
{
    const int two = 2;
    GD__ASSERT(two + two == 5);
}

static void one_that_holds_says_nothing(void **state)
{
    (void)state;
    char said[2000];
    assert_int_equal(run_alone(holds, said, sizeof said), 0);
    assert_string_equal(said, "");
    calls = 0;
    holds();
    assert_int_equal(calls, 1);
}

static void one_that_fails_says_where_and_ends_the_process(void **state)
{
    (void)state;
    char said[2000];
    const int status = run_alone(does_not_hold, said, sizeof said);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(said, "test_assert.c:"));
    assert_non_null(strstr(said, "two + two == 5"));
}

// A node that reads one which comes after it.
static void break_an_invariant(void)
{
    gd_graph *graph = gd_graph_create();
    const gd_info info = {GD_F32, GD_SHAPE(1)};
    const gd__ref later = {7, 0};
    gd__graph_add_node(graph, &gd__op_input, 1, &later, NULL, 1, &info);
    gd_graph_free(graph);
}

static void the_library_asserts_in_sanitized_builds_alone(void **state)
{
    (void)state;
    char said[2000];
    const int status = run_alone(break_an_invariant, said, sizeof said);
    if (BUILT_WITH_ASSERTS) {
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_non_null(strstr(said, "graph.c:"));
    } else {
        assert_int_equal(status, 0);
        assert_string_equal(said, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_holds_says_nothing),
        cmocka_unit_test(one_that_fails_says_where_and_ends_the_process),
        cmocka_unit_test(the_library_asserts_in_sanitized_builds_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
