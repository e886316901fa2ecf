// Every public function with every argument bad in turn: NULL, zero, negative, huge, of an unknown kind. Nothing may
// crash, whatever it returns. Each call is made in a process of its own.
#include <gradus/gradus.h>
#include <gradus/layer.h>
#include <gradus/op.h>
#include <gradus/record.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct walk {
    const char *name;
    void (*call)(int which);
    int count;
} walk;

// ---- Good values: a small world, made anew in each process

enum { ROOM = 4096 }; // for the largest options struct and what is written into
static union {
    char bytes[ROOM];
    void *pointer;
    long double aligned;
} value_of[16];
static int taken; // values of one call

static gd_graph *graph, *other_graph;
static gd_tensor x, y, stranger;
static float numbers[64];
static double doubles[64];
static int64_t whole[64];

static void make_world(void)
{
    graph = gd_graph_create();
    other_graph = gd_graph_create();
    x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4));
    y = gd_dense(x, 2);
    stranger = gd_input(other_graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4));
}

static bool is(const char *word, const char *wanted)
{
    return strcmp(word, wanted) == 0;
}

static bool is_pointer(const char *word)
{
    const size_t length = strlen(word);
    return length > 2 && strcmp(word + length - 2, "_P") == 0;
}

static void *store(void *to, const void *from, size_t size)
{
    memcpy(to, from, size);
    return to;
}

static void *good_pointer(const char *word)
{
    static gd_array array;
    static gd_tensor list[4];
    static char memories[8][ROOM];
    char *const memory = memories[taken % 8];
    if (is(word, "gd_graph_P") || is(word, "const_gd_graph_P"))
        return graph;
    if (is(word, "const_char_P"))
        return "x";
    if (is(word, "const_double_P"))
        return doubles;
    if (is(word, "const_int64_t_P"))
        return whole;
    if (is(word, "const_gd_array_P")) {
        array = gd_array_borrow(GD_F32, GD_SHAPE(2, 4), numbers);
        return &array;
    }
    if (is(word, "const_gd_tensor_P") || is(word, "gd_tensor_P")) {
        for (int i = 0; i < 4; i++)
            list[i] = y;
        return list;
    }
    if (is(word, "gd_function_P"))
        return gd_function_create(graph, 1, &y, (gd_function_opts){0});
    if (is(word, "const_gd_rule_P") || is(word, "gd_rule_P"))
        return store(memory, &(gd_rule[]){gd_adam(1e-3)}, sizeof(gd_rule));
    if (is(word, "gd_dataset_P") || is(word, "const_gd_dataset_P")) {
        gd_dataset *set = NULL;
        return gd_dataset_generate((gd_generate_opts){.samples = 8}, &set) == GD_OK ? set : NULL;
    }
    if (is(word, "const_gd_metric_kind_P"))
        return (void *)(uintptr_t)gd_metric_kind_named("accuracy");
    if (is(word, "const_gd_op_P"))
        return (void *)(uintptr_t)gd_op_find("relu");
    if (is(word, "const_gd_layer_kind_P"))
        return (void *)(uintptr_t)gd_layer_kind_named("dense");
    // Places to write into, which begin as zeros; what else there is has no good value: NULL.
    static const char *const places[] = {"int_P", "double_P", "int64_t_P", "gd_array_P", "gd_precision_P"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (is(word, places[i]))
            return memory;
    const size_t length = strlen(word);
    return length > 4 && is(word + length - 4, "_P_P") ? memory : NULL;
}

static void *good_value(const char *word, size_t size)
{
    char *to = value_of[taken++ % 16].bytes;
    memset(to, 0, ROOM);
    if (is_pointer(word)) {
        void *pointer = good_pointer(word);
        return store(to, &pointer, sizeof pointer);
    }
    if (is(word, "gd_tensor"))
        return store(to, &x, size);
    if (is(word, "gd_shape"))
        return store(to, &GD_SHAPE(2, 4), size);
    if (is(word, "gd_type"))
        return store(to, &(gd_type){GD_F32}, size);
    if (is(word, "double"))
        return store(to, &(double){0.5}, size);
    if (is(word, "int"))
        return store(to, &(int){1}, size);
    if (is(word, "int64_t"))
        return store(to, &(int64_t){2}, size);
    return to; // options and enumerations: zeros
}

// ---- Bad values

static void *bad_value(const char *word, size_t size, int which)
{
    char *to = value_of[taken++ % 16].bytes;
    memset(to, 0, ROOM);
    if (is_pointer(word)) {
        static const char *const text[] = {"", "%s%n\n\xff", "a/b/../../c"};
        const char *pointer = is(word, "const_char_P") && which > 0 ? text[which - 1] : NULL;
        return store(to, &pointer, sizeof pointer);
    }
    if (is(word, "double"))
        return store(to, &(double[]){0, NAN, INFINITY, -1}[which], size);
    if (is(word, "int"))
        return store(to, &(int[]){0, -1, INT_MAX, INT_MIN}[which], size);
    if (is(word, "int64_t"))
        return store(to, &(int64_t[]){0, -1, INT64_MAX, INT64_MIN}[which], size);
    if (is(word, "uint32_t") || is(word, "unsigned"))
        return store(to, &(unsigned[]){0, 1, 77, UINT_MAX}[which], size);
    if (is(word, "gd_tensor")) {
        const gd_tensor bad[] = {{0}, {graph, -1, 0}, {graph, INT_MAX, 7}, stranger};
        return store(to, &bad[which], size);
    }
    if (is(word, "gd_shape")) {
        const gd_shape bad[] = {{.rank = 9}, {.rank = -1}, {.rank = 2, .dim = {INT64_MAX, INT64_MAX}}, {.rank = 1}};
        return store(to, &bad[which], size);
    }
    if (size == sizeof(int)) // an enumeration
        return store(to, &(int[]){99, -1, INT_MAX, 0}[which], size);
    return to;
}

#define GOOD(word, type) (*(type *)good_value(#word, sizeof(type)))
#define BAD(word, type, which) (*(type *)bad_value(#word, sizeof(type), which))

#pragma GCC diagnostic ignored "-Wunused-result" // what comes back does not matter here
#include "walk_calls.inc"

// ---- Walking

// Functions that end the process, or wait for somebody, by their nature: none.
static bool crashes(const walk *w, int which, char *how, size_t room)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, 0);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        static const int signals[] = {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL};
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
            signal(signals[i], SIG_DFL); // cmocka would catch them
        alarm(20);
        make_world();
        w->call(which);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        fail_msg("a process could not be started");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    if (WIFSIGNALED(status))
        snprintf(how, room, "%s", strsignal(WTERMSIG(status)));
    else
        snprintf(how, room, "ends the process with %d", WEXITSTATUS(status));
    return true;
}

static void test_walk(void **state)
{
    (void)state;
    char directory[] = "/tmp/gradus-walk-XXXXXX", how[80];
    assert_non_null(mkdtemp(directory)); // files with odd names are written there
    assert_int_equal(chdir(directory), 0);
    setenv("GRADUS_CACHE", "", 1);
    int calls = 0, failed = 0;
    for (size_t i = 0; i < sizeof walks / sizeof *walks; i++) {
        for (int which = 0; which < walks[i].count; which++, calls++) {
            if (crashes(&walks[i], which, how, sizeof how)) {
                print_error("%s, call %d: %s\n", walks[i].name, which, how);
                failed++;
            }
        }
    }
    char command[80];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    (void)!system(command);
    print_message("%d calls\n", calls);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_walk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
