// A second backend, with memory of its own that nobody else can touch: what it computes is what cpu computes.
#include <gradus/data.h>
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>
#include <gradus/train.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpu/compare.h"
#include "plan/fake_backend.h"
#include "plan/functions.h"
#include "plan/random_graph.h"

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != GD_OK)                                                                                           \
            fail_msg("%s: %s", #call, gd_last_error());                                                                \
    } while (0)

enum { SAMPLES = 40, SIZE = 8, CLASSES = 4, BATCH = 8 };

typedef struct network {
    gd_graph *graph;
    gd_tensor x, label, logits, loss;
    gd_trainer *trainer;
} network;

// A bit of everything: convolution, batch norm, pooling, dropout, a constant, dense layers.
static network make_network(bool fake)
{
    network n = {.graph = gd_graph_create()};
    gd_graph_set_seed(n.graph, 5);
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 1, SIZE, SIZE));
    n.label = gd_input(n.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = gd_conv2d(n.x, 6, (gd_conv2d_opts){.kernel = 3, .no_bias = true});
    h = gd_max_pool2d(gd_relu(gd_batch_norm(h, (gd_batch_norm_opts){0})), (gd_pool_opts){.kernel = 2});
    if (fake)
        use_fake_backend(n.graph); // some variables exist already, others come later
    h = gd_flatten(h);
    gd_array factors = random_array(GD_F32, GD_SHAPE(54), 0.5, 1.5, 9);
    h = gd_mul(h, gd_constant(n.graph, &factors));
    gd_array_free(&factors);
    h = gd_dropout(gd_relu(gd_dense(h, 16)), 0.25);
    n.logits = gd_dense(h, CLASSES);
    n.loss = gd_softmax_cross_entropy(n.logits, n.label);
    n.trainer = gd_trainer_create(n.loss, gd_adam(0.01));
    if (n.trainer == NULL)
        fail_msg("%s", gd_last_error());
    return n;
}

static void free_network(network *n)
{
    gd_trainer_free(n->trainer);
    gd_graph_free(n->graph);
}

static gd_dataset *make_data(void)
{
    gd_array x = random_array(GD_F32, GD_SHAPE(SAMPLES, 1, SIZE, SIZE), -1, 1, 3);
    int32_t label[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        label[i] = (i * 7) % CLASSES;
    gd_dataset *set;
    assert_ok(gd_dataset_from_arrays(2, (const char *const[]){"x", "label"},
                                     (const gd_array[]){x, gd_array_borrow(GD_I32, GD_SHAPE(SAMPLES), label)}, &set));
    gd_array_free(&x);
    return set;
}

static void expect_equal(const char *what, const gd_array *have, const gd_array *want, double tolerance)
{
    const double distance = array_distance(have, want, 1e-3);
    if (!(distance <= tolerance))
        fail_msg("%s is off by %g", what, distance);
}

static void expect_equal_variables(const network *fake, const network *cpu, double tolerance)
{
    const int count = gd_variable_count(cpu->graph);
    assert_int_equal(gd_variable_count(fake->graph), count);
    assert_true(count > 12); // parameters, statistics, the optimizer's state, the random state
    for (int i = 0; i < count; i++) {
        const gd_tensor of_fake = gd_variable_at(fake->graph, i), of_cpu = gd_variable_at(cpu->graph, i);
        gd_array have, want;
        assert_string_equal(gd_variable_name(of_fake), gd_variable_name(of_cpu));
        assert_ok(gd_variable_get(of_fake, &have));
        assert_ok(gd_variable_get(of_cpu, &want));
        expect_equal(gd_variable_name(of_cpu), &have, &want, tolerance);
        gd_array_free(&have);
        gd_array_free(&want);
    }
}

static gd_array predict(const network *n, const gd_array *x)
{
    gd_function *function = gd_function_create(n->graph, 1, &n->logits, (gd_function_opts){0});
    gd_array result = {0};
    assert_non_null(function);
    for (int run = 0; run < 2; run++) // the second with what the first prepared
        assert_ok(gd_function_run(function, 1, &(gd_feed){n->x, *x}, &result));
    gd_function_free(function);
    return result;
}

static void expect_equal_predictions(const network *fake, const network *cpu, gd_type type)
{
    gd_array x = random_array(type, GD_SHAPE(5, 1, SIZE, SIZE), -1, 1, 77);
    gd_array have = predict(fake, &x), want = predict(cpu, &x);
    expect_equal("the prediction", &have, &want, 1e-4);
    gd_array_free(&have);
    gd_array_free(&want);
    gd_array_free(&x);
}

static void a_training_gives_the_values_of_cpu(void **state)
{
    (void)state;
    const int blocks = fake_used.blocks;
    network fake = make_network(true), cpu = make_network(false);
    gd_dataset *set = make_data();
    const gd_fit_opts opts = {.epochs = 1, .batch = BATCH, .seed = 1, .precision = GD_PRECISION_EXACT};
    const int steps = fake_used.steps;
    assert_ok(gd_fit(fake.trainer, set, opts));
    assert_true(fake_used.steps > steps + 5 * 50); // five batches of many nodes
    assert_ok(gd_fit(cpu.trainer, set, opts));
    assert_int_equal(gd_trainer_history(cpu.trainer)->epoch[0].step, SAMPLES / BATCH);
    assert_true(fabs(gd_trainer_history(fake.trainer)->epoch[0].loss - gd_trainer_history(cpu.trainer)->epoch[0].loss) <
                1e-5);
    expect_equal_variables(&fake, &cpu, 1e-4);
    expect_equal_predictions(&fake, &cpu, GD_F32);
    expect_equal_predictions(&fake, &cpu, GD_F64); // converted on the way in
    gd_dataset_free(set);
    free_network(&fake);
    free_network(&cpu);
    assert_int_equal(fake_used.blocks, blocks); // everything was given back
}

// What one backend saved the other one reads, and a graph may change its backend after a training: the variables, some
// of them in layouts of cpu's, move to the other memory.
static void weights_move_between_backends(void **state)
{
    (void)state;
    network fake = make_network(true), cpu = make_network(false);
    gd_dataset *set = make_data();
    const gd_fit_opts opts = {.epochs = 1, .batch = BATCH, .seed = 1};
    assert_ok(gd_fit(cpu.trainer, set, opts));
    char path[] = "/tmp/gradus-backend-XXXXXX";
    close(mkstemp(path));
    assert_ok(gd_save_weights(cpu.graph, path, 0, NULL));
    gd_load_report report;
    assert_ok(gd_load_weights(fake.graph, path, (gd_load_opts){0}, &report));
    unlink(path);
    expect_equal_predictions(&fake, &cpu, GD_F32);

    gd_array x = random_array(GD_F32, GD_SHAPE(3, 1, SIZE, SIZE), -1, 1, 78);
    gd_array want = predict(&cpu, &x);
    use_fake_backend(cpu.graph);
    gd_array have = predict(&cpu, &x);
    expect_equal("after the move", &have, &want, 1e-4);
    gd_array_free(&have);
    assert_ok(gd_fit(cpu.trainer, set, opts)); // plans of the other backend are made anew
    assert_ok(gd__backend_choose(cpu.graph, "cpu"));
    have = predict(&cpu, &x);
    assert_true(array_distance(&have, &want, 1e-3) > 1e-3); // it has learnt more
    assert_ok(gd_fit(cpu.trainer, set, opts));
    gd_array_free(&have);
    gd_array_free(&want);
    gd_array_free(&x);
    gd_dataset_free(set);
    free_network(&fake);
    free_network(&cpu);
}

static void random_graphs_give_the_values_of_plain_kernels(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        char what[40];
        snprintf(what, sizeof what, "seed %d on the fake backend", (int)seed);
        random_graph r = random_graph_grow(seed, GD_F64, ANYTHING);
        use_fake_backend(r.graph);
        compare_with_reference(what, r.graph, r.result_count, r.result, (compare_opts){.tolerance = 1e-12, .floor = 1});
        gd_graph_free(r.graph);
    }
}

// Two variables that swap are copied within the memory; an output of the old value is copied aside.
static void assignments_stay_in_the_memory(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), b = VARIABLE(graph, "b", 10, 20, 30);
    use_fake_backend(graph);
    gd_tensor sum = gd_add(a, b);
    gd_function *function = make_function(graph, 2, (gd_tensor[]){sum, a}, 2, (gd_assignment[]){{a, b}, {b, a}});
    gd_array result[2] = {0};
    run_function(function, result);
    expect_array("sum", &result[0], 3, (double[]){11, 22, 33});
    expect_array("the old a", &result[1], 3, (double[]){1, 2, 3});
    EXPECT_VARIABLE(a, 10, 20, 30);
    EXPECT_VARIABLE(b, 1, 2, 3);
    for (int i = 0; i < 2; i++)
        gd_array_free(&result[i]);
    gd_function_free(function);
    gd_graph_free(graph);
}

// A number that is none is found in any memory, also where an inference plan would compute it once and keep it.
static void numbers_are_checked_everywhere(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++) {
        gd_graph *graph = gd_graph_create();
        if (mode % 2 == 1)
            use_fake_backend(graph);
        gd_tensor a = VARIABLE(graph, "a", 1, -1), root = gd_sqrt(a);
        const gd_function_opts opts = {.check_numbers = true, .training = mode >= 2};
        gd_function *function = gd_function_create(graph, 1, &root, opts);
        gd_array result = {0};
        assert_int_equal(gd_function_run(function, 0, NULL, &result), GD_ERROR_NUMBER);
        assert_non_null(strstr(gd_last_error(), "sqrt"));
        gd_array_free(&result);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// The fake memory does what the other tests trust in.
static void touching_the_memory_ends_the_program(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); // the sanitizer takes the signal for itself
#endif
    gd_graph *graph = gd_graph_create();
    use_fake_backend(graph);
    gd_tensor a = VARIABLE(graph, "a", 1, 2, 3);
    const float *value = gd__variable_of(graph, gd__node_at(graph, a.node))->data;
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        _exit(*(const volatile float *)value == 1 ? 0 : 1);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended));
    gd_graph_free(graph);
}

static gd_status nothing(gd__planner *planner, int32_t index)
{
    (void)planner;
    (void)index;
    return GD_ERROR_UNSUPPORTED;
}

static void backends_that_are_not_whole_are_refused(void **state)
{
    (void)state;
    static const gd__memory half = {0};
    const struct {
        gd__backend backend;
        const char *words;
    } bad[] = {
        {{.name = NULL}, "needs a name"},
        {{.name = ""}, "needs a name"},
        {{.name = "cpu", .node = nothing, .reorder = fake_backend.reorder}, "'cpu' stands in the table already"},
        {{.name = "bad", .reorder = fake_backend.reorder}, "functions for nodes"},
        {{.name = "bad", .node = nothing}, "functions for nodes"},
        {{.name = "bad", .node = nothing, .reorder = fake_backend.reorder, .memory = &half}, "functions of its memory"},
        {{.name = "bad", .node = nothing, .reorder = fake_backend.reorder, .fuses = gd__backend_find("cpu")->fuses},
         "both functions for chains"},
        {{.name = "bad",
          .node = nothing,
          .reorder = fake_backend.reorder,
          .fuses = gd__backend_find("cpu")->fuses,
          .chain = gd__backend_find("cpu")->chain,
          .chain_nodes = 10,
          .chain_values = GD__MOST_CHAIN_VALUES + 1},
         "limits for chains"},
    };
    for (int i = 0; i < GD_COUNT_OF(bad); i++) {
        assert_int_equal(gd__backend_register(&bad[i].backend), GD_ERROR_ARGUMENT);
        if (strstr(gd_last_error(), bad[i].words) == NULL)
            fail_msg("'%s' is not in: %s", bad[i].words, gd_last_error());
    }
    gd_graph *graph = gd_graph_create();
    assert_int_equal(gd__backend_choose(graph, "abacus"), GD_ERROR_ARGUMENT);
    assert_string_equal(gd__backend_of(graph)->name, "cpu");
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_gives_the_values_of_cpu),
        cmocka_unit_test(weights_move_between_backends),
        cmocka_unit_test(random_graphs_give_the_values_of_plain_kernels),
        cmocka_unit_test(assignments_stay_in_the_memory),
        cmocka_unit_test(numbers_are_checked_everywhere),
        cmocka_unit_test(touching_the_memory_ends_the_program),
        cmocka_unit_test(backends_that_are_not_whole_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
