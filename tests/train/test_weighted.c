// Weights of samples and classes in training and evaluation: the size of the batches plays no part.
#include "train/network.h"

enum { COUNT = 48 };

// The blobs with a weight each, some of them 0; with `first_none` the first eight weigh nothing.
static gd_dataset *make_weighted(int64_t first_none)
{
    gd_dataset *blobs = make_blobs(COUNT, 3);
    int64_t all[COUNT];
    for (int64_t i = 0; i < COUNT; i++)
        all[i] = i;
    gd_array array[3] = {{0}};
    assert_ok(gd_dataset_get(blobs, 0, COUNT, all, &array[0]));
    assert_ok(gd_dataset_get(blobs, 1, COUNT, all, &array[1]));
    assert_ok(gd_array_create(&array[2], GD_F32, GD_SHAPE(COUNT)));
    for (int64_t i = 0; i < COUNT; i++)
        gd_array_put(&array[2], i, i < first_none || i % 7 == 3 ? 0 : 0.25 * (double)(1 + i % 5));
    const char *const name[] = {"x", "label", "weight"};
    gd_dataset *set;
    assert_ok(gd_dataset_from_arrays(3, name, array, &set));
    for (int i = 0; i < 3; i++)
        gd_array_free(&array[i]);
    gd_dataset_free(blobs);
    return set;
}

typedef struct weighted {
    gd_graph *graph;
    gd_tensor loss, total;
    gd_scoring scoring;
    gd_trainer *trainer;
} weighted;

typedef struct weighted_opts {
    gd_type type;
    bool classes, samples; // which weights there are
    double rate;           // of plain gradient descent
} weighted_opts;

static weighted make(weighted_opts opts)
{
    weighted w = {.graph = gd_graph_create()};
    gd_graph_set_seed(w.graph, 7);
    gd_tensor x = gd_cast(gd_input(w.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES)), opts.type);
    gd_tensor label = gd_input(w.graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = gd_tanh(gd_dense(x, 6));
    gd_tensor logits = gd_dense(h, CLASSES);
    gd_loss_opts loss = {.total_weight = &w.total};
    const double of_class[CLASSES] = {0.5, 1, 4};
    gd_array array;
    assert_ok(gd_array_create(&array, opts.type, GD_SHAPE(CLASSES)));
    for (int k = 0; k < CLASSES; k++)
        gd_array_put(&array, k, of_class[k]);
    if (opts.classes)
        loss.class_weight = gd_constant(w.graph, &array);
    gd_array_free(&array);
    if (opts.samples)
        loss.sample_weight = gd_input(w.graph, "weight", GD_F32, GD_SHAPE(GD_BATCH));
    w.loss = gd_softmax_cross_entropy(logits, label, loss);
    w.scoring = (gd_scoring){.task = &gd_task_classes,
                             .prediction = gd_softmax(logits, -1),
                             .target = "label",
                             .weight = opts.samples ? "weight" : NULL,
                             .probability = true};
    if (gd_graph_error(w.graph) != NULL)
        fail_msg("%s", gd_graph_error(w.graph));
    w.trainer = gd_trainer_create(w.loss, gd_gradient_descent(opts.rate > 0 ? opts.rate : 0.1));
    assert_non_null(w.trainer);
    return w;
}

static void drop(weighted *w)
{
    gd_trainer_free(w->trainer);
    gd_graph_free(w->graph);
}

static const weighted_opts kinds[] = {
    {GD_F64, false, false, 0}, {GD_F64, true, false, 0}, {GD_F64, false, true, 0}, {GD_F64, true, true, 0},
    {GD_F32, true, false, 0},  {GD_F32, false, true, 0}, {GD_F32, true, true, 0},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void expect_close(double have, double want, double tolerance, int kind, const char *what, int64_t batch)
{
    if (!(fabs(have - want) <= tolerance * (1 + fabs(want))))
        fail_msg("case %d, batch %lld: %s is %.17g, expected %.17g", kind, (long long)batch, what, have, want);
}

// From batches of one sample to the whole set at once.
static void any_batch_gives_the_same_evaluation(void **state)
{
    (void)state;
    gd_dataset *set = make_weighted(0);
    static const char *const names[] = {"accuracy", "log_loss", "f1", "cohen_kappa"};
    enum { METRICS = sizeof names / sizeof names[0] };
    for (int k = 0; k < KINDS; k++) {
        weighted w = make(kinds[k]);
        gd_metric metric[METRICS];
        for (int m = 0; m < METRICS; m++) {
            metric[m] = (gd_metric){.name = names[m], .kind = gd_metric_kind_named(names[m])};
            assert_non_null(metric[m].kind);
        }
        const double tolerance = kinds[k].type == GD_F64 ? 1e-12 : 1e-6;
        gd_evaluation whole, parts;
        gd_evaluate_opts opts = {
            .batch = COUNT, .metric_count = METRICS, .metric = metric, .scoring = w.scoring, .loss_weight = w.total};
        assert_ok(gd_evaluate(w.loss, set, opts, &whole));
        assert_true(whole.loss > 0);
        for (opts.batch = 1; opts.batch < COUNT; opts.batch++) {
            assert_ok(gd_evaluate(w.loss, set, opts, &parts));
            expect_close(parts.loss, whole.loss, tolerance, k, "the loss", opts.batch);
            for (int m = 0; m < METRICS; m++)
                expect_close(parts.metric[m], whole.metric[m], tolerance, k, names[m], opts.batch);
        }
        drop(&w);
    }
    gd_dataset_free(set);
}

// The parameters one behind the other, in double precision.
static int64_t take_parameters(const weighted *w, double *out)
{
    int64_t count = 0;
    for (int i = 0; i < gd_variable_count(w->graph); i++) {
        gd_tensor variable = gd_variable_at(w->graph, i);
        if (!gd_variable_trainable(variable))
            continue;
        gd_array value;
        assert_ok(gd_variable_get(variable, &value));
        for (int64_t e = 0; e < gd_array_count(&value); e++)
            out[count++] = gd_array_get(&value, e);
        gd_array_free(&value);
    }
    return count;
}

enum { MOST = 200 };

// 48 samples make an update of 32 and one of 16 in each epoch, either way.
static void accumulated_batches_are_a_large_one(void **state)
{
    (void)state;
    gd_dataset *set = make_weighted(8);
    for (int k = 0; k < KINDS; k++) {
        weighted large = make(kinds[k]), small = make(kinds[k]);
        const gd_fit_opts opts = {.epochs = 3, .batch = 32, .no_shuffle = true, .loss_weight = large.total};
        gd_fit_opts accumulating = opts;
        accumulating.batch = 8;
        accumulating.accumulate = 4;
        accumulating.loss_weight = small.total;
        double before[MOST], one[MOST], other[MOST];
        const int64_t count = take_parameters(&large, before);
        assert_ok(gd_fit(large.trainer, set, opts));
        assert_ok(gd_fit(small.trainer, set, accumulating));
        take_parameters(&large, one);
        take_parameters(&small, other);
        double moved = 0;
        for (int64_t i = 0; i < count; i++) {
            moved = fmax(moved, fabs(one[i] - before[i]));
            expect_close(other[i], one[i], kinds[k].type == GD_F64 ? 1e-12 : 2e-6, k, "a parameter", i);
        }
        assert_true(moved > 1e-2);
        const gd_history *a = gd_trainer_history(large.trainer), *b = gd_trainer_history(small.trainer);
        assert_int_equal(a->epoch[2].step, 6);
        assert_int_equal(b->epoch[2].step, 6);
        for (int e = 0; e < 3; e++)
            expect_close(b->epoch[e].loss, a->epoch[e].loss, kinds[k].type == GD_F64 ? 1e-12 : 2e-6, k,
                         "an epoch's loss", e);
        drop(&large);
        drop(&small);
    }
    gd_dataset_free(set);
}

static void no_weight_changes_nothing(void **state)
{
    (void)state;
    gd_dataset *set = make_weighted(16);
    for (int accumulate = 1; accumulate <= 2; accumulate++)
        for (int classes = 0; classes < 2; classes++) {
            weighted w = make((weighted_opts){.type = GD_F64, .classes = classes != 0, .samples = true});
            double before[MOST], after[MOST];
            const int64_t count = take_parameters(&w, before);
            gd_fit_opts opts = {
                .steps = 1, .batch = 8, .no_shuffle = true, .accumulate = accumulate, .loss_weight = w.total};
            assert_ok(gd_fit(w.trainer, set, opts));
            take_parameters(&w, after);
            assert_memory_equal(before, after, (size_t)count * sizeof *before);
            assert_true(gd_trainer_history(w.trainer)->step_count == 0 ||
                        gd_trainer_history(w.trainer)->step[0].loss == 0);
            // The third batch of eight has weights.
            opts.steps = 3;
            assert_ok(gd_fit(w.trainer, set, opts));
            take_parameters(&w, after);
            assert_memory_not_equal(before, after, (size_t)count * sizeof *before);
            drop(&w);
        }
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_batch_gives_the_same_evaluation),
        cmocka_unit_test(accumulated_batches_are_a_large_one),
        cmocka_unit_test(no_weight_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
