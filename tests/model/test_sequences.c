// A class at each place of a sequence: losses, metrics and gradients see no padding.
#include "model/expect.h"

#include <gradus/gradus.h>
#include <gradus/source_kind.h>
#include <math.h>
#include <stdio.h>

// Sequences of 1 to 5 places over three words; what follows a word is the next one.
enum { SAMPLES = 24, WORDS = 3, LONGEST = 5 };
static const gd_field fields[] = {{.name = "text",
                                   .kind = GD_KIND_CATEGORY,
                                   .type = GD_I32,
                                   .shape = {.rank = 1, .dim = {GD_OPEN}},
                                   .class_count = WORDS},
                                  {.name = "next",
                                   .kind = GD_KIND_CATEGORY,
                                   .role = GD_ROLE_TARGET,
                                   .type = GD_I32,
                                   .shape = {.rank = 1, .dim = {GD_OPEN}},
                                   .class_count = WORDS}};

static int64_t length_of(int64_t sample)
{
    return 1 + sample * 7 % LONGEST;
}

static gd_status shape(void *state, int field, int64_t sample, gd_shape *shape)
{
    (void)state;
    (void)field;
    *shape = GD_SHAPE(length_of(sample));
    return GD_OK;
}

static gd_status read_sample(void *state, int field, int64_t sample, const gd_array *to)
{
    (void)state;
    for (int64_t t = 0; t < length_of(sample); t++)
        ((int32_t *)to->data)[t] = (int32_t)((sample + t + field) % WORDS);
    return GD_OK;
}

static gd_status open_words(const gd_source_call *call, gd_dataset **out)
{
    (void)call;
    const gd_source source = {
        .kind = "words", .count = SAMPLES, .field_count = 2, .field = fields, .read = read_sample, .shape = shape};
    return gd_dataset_from_source(&source, out);
}

// The same texts, each with one class.
static gd_status text_shape(void *state, int field, int64_t sample, gd_shape *to)
{
    if (field == 0)
        return shape(state, field, sample, to);
    *to = GD_SCALAR;
    return GD_OK;
}

static gd_status read_text(void *state, int field, int64_t sample, const gd_array *to)
{
    if (field == 0)
        return read_sample(state, field, sample, to);
    *(int32_t *)to->data = (int32_t)(sample % WORDS);
    return GD_OK;
}

static gd_status open_texts(const gd_source_call *call, gd_dataset **out)
{
    (void)call;
    static const gd_field labelled[] = {
        {.name = "text",
         .kind = GD_KIND_CATEGORY,
         .type = GD_I32,
         .shape = {.rank = 1, .dim = {GD_OPEN}},
         .class_count = WORDS},
        {.name = "next", .kind = GD_KIND_CATEGORY, .role = GD_ROLE_TARGET, .type = GD_I32, .class_count = WORDS}};
    const gd_source source = {
        .kind = "texts", .count = SAMPLES, .field_count = 2, .field = labelled, .read = read_text, .shape = text_shape};
    return gd_dataset_from_source(&source, out);
}

static const gd_option no_options[] = {{0}};
static const gd_source_kind words = {.record = {.name = "test_words", .doc = "words", .options = no_options},
                                     .open = open_words};
static const gd_source_kind texts = {.record = {.name = "test_texts", .doc = "texts", .options = no_options},
                                     .open = open_texts};

#define RECIPE(layers)                                                                                                 \
    "data: {train: {test_words: {}}, target: next}\nmodel: [" layers "]\nloss: cross_entropy\n"                        \
    "metrics: [accuracy, perplexity, bits_per_token]\ntrain: {epochs: 1, batch: 24, seed: 3}\n"

// Loss and metrics of a batch of all sequences are those of the sequences one by one, put together by their places.
static void padding_counts_nothing(void **state)
{
    (void)state;
    gd_model *model = open_text(RECIPE("{embedding: {words: 3, width: 4}}, {gru: 5}, {dense: 3}"));
    assert_ptr_equal(model->task, &gd_task_tokens);
    gd_evaluate_opts opts = gd_model_evaluate_opts(model);
    gd_evaluation together, alone;
    opts.batch = SAMPLES;
    assert_ok(gd_evaluate(model->data_loss, model->train, opts, &together));
    opts.batch = 1;
    assert_ok(gd_evaluate(model->data_loss, model->train, opts, &alone));
    assert_true(fabs(together.loss - alone.loss) < 1e-6);
    for (int i = 0; i < model->metric_count; i++)
        assert_true(fabs(together.metric[i] - alone.metric[i]) < 1e-5);
    assert_true(fabs(together.metric[1] - exp(together.loss)) < 1e-4);
    assert_true(fabs(together.metric[2] - together.loss / log(2.0)) < 1e-5);
    gd_model_free(model);
}

// Layers that look beyond a place: padding is none of theirs. Each sequence gives what it gives alone.
static void lengths_go_through_layers(void **state)
{
    (void)state;
    static const char *const layers[] = {
        "{lstm: {units: 4, bidirectional: true, layers: 2}}, {dense: 3}",
        "{lstm: {units: 4, projection: 2, bidirectional: true}}, {dense: 3}",
        "{rnn: {units: 4, bidirectional: true}}, {dropout: 0}, {gru: {units: 4, bidirectional: true}}, {dense: 3}",
        "{attention: 2}, {dense: {units: 3, bias: false}}",
        "{dense: 12}, {attend: 2}, {dense: 3}",
        "{permute: [2, 1]}, {conv1d: {filters: 3, kernel: 3, padding: 1}}, {permute: [2, 1]}",
        "{sequence: [{dense: {units: 4, name: a}}, {residual: [{gru: {units: 4, name: g}}]}]}, "
        "{gru: {units: 3, bidirectional: true}}, {dense: 3}",
    };
    static const char *const pooled[] = {
        "{over_time: mean}, {dense: 3}",
        "{over_time: max}, {dense: 3}",
        "{over_time: last}, {dense: 3}",
        "{over_time: sum}, {dense: 3}",
        "{lstm: {units: 5, last: true, bidirectional: true}}, {dense: 3}",
        "{permute: [2, 1]}, {conv1d: {filters: 5, kernel: 3, padding: 1}}, global_avgpool, {dense: 3}",
        "{permute: [2, 1]}, {conv1d: {filters: 5, kernel: 3, padding: 2, stride: 2}}, relu, global_maxpool, {dense: 3}",
    };
    for (size_t i = 0; i < GD_COUNT_OF(layers) + GD_COUNT_OF(pooled); i++) {
        const bool each = i < GD_COUNT_OF(layers);
        char recipe[600];
        snprintf(recipe, sizeof recipe,
                 "data: {train: {%s: {}}, target: next}\nmodel: [{embedding: {words: 3, width: 4}}, %s]\n"
                 "loss: cross_entropy\ntrain: {epochs: 1, batch: 24, seed: 3}\n",
                 each ? "test_words" : "test_texts", each ? layers[i] : pooled[i - GD_COUNT_OF(layers)]);
        gd_model *model = open_text(recipe);
        gd_evaluate_opts opts = gd_model_evaluate_opts(model);
        gd_evaluation together, alone;
        opts.batch = SAMPLES;
        assert_ok(gd_evaluate(model->data_loss, model->train, opts, &together));
        opts.batch = 1;
        assert_ok(gd_evaluate(model->data_loss, model->train, opts, &alone));
        if (!(fabs(together.loss - alone.loss) < 2e-6))
            fail_msg("%s: %.9g together, %.9g alone", recipe, together.loss, alone.loss);
        gd_model_free(model);
    }
}

static void it_learns(void **state)
{
    (void)state;
    gd_model *model = open_text(RECIPE("{embedding: {words: 3, width: 8}}, {dense: 3}") "optimizer: {adam: 0.1}\n");
    gd_train_settings settings;
    gd_evaluation evaluation;
    assert_ok(gd_model_train_settings(model, &settings));
    settings.fit.epochs = 60;
    settings.fit.checkpoint = settings.fit.best_checkpoint = settings.fit.history_csv = settings.fit.history_jsonl =
        NULL;
    settings.fit.restore_best = false;
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    assert_ok(gd_evaluate(model->data_loss, model->train, gd_model_evaluate_opts(model), &evaluation));
    assert_true(evaluation.metric[0] == 1);
    assert_true(evaluation.metric[1] < 1.1);
    gd_trainer_free(trainer);
    gd_model_free(model);
}

static void shapes_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *recipe, *said;
    } cases[] = {
        {RECIPE("{embedding: {words: 3, width: 4}}, {dense: 4}"), "with a class at each place wants [batch,time,3]"},
        {RECIPE("{embedding: {words: 3, width: 4}}, batch_norm, {dense: 3}"), "batch_norm would count the padding"},
        {RECIPE("{embedding: {words: 3, width: 4}}, {slice: {begin: -1}}, {dense: 3}"),
         "slice would take padding for places"},
        {RECIPE("{embedding: {words: 3, width: 4}}, {gru: {units: 5, last: true}}, {dense: 3}"),
         "with a class at each place wants [batch,time,3]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_recipe *recipe;
        gd_model *model;
        assert_ok(gd_recipe_parse(cases[i].recipe, "net.yaml", &recipe));
        assert_int_not_equal(gd_model_create(recipe, GD_PART_ALL, &model), GD_OK);
        assert_says(cases[i].said);
    }
}

// What is computed of padding may be no number: neither the loss nor a gradient sees it.
static void padding_may_be_no_number(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_variable(graph, "w", GD_F32, GD_SHAPE(2, 3, 2));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(2, 3));
    gd_tensor lengths = gd_input(graph, "lengths", GD_I32, GD_SHAPE(2));
    gd_tensor total;
    const gd_tensor loss =
        gd_softmax_cross_entropy(w, label, (gd_loss_opts){.lengths = lengths, .total_weight = &total});
    gd_tensor gradient;
    gd_gradients(loss, 1, &w, &gradient);
    assert_null(gd_graph_error(graph));
    const float logits[2][3][2] = {{{1, 2}, {0, 0}, {NAN, NAN}}, {{3, 1}, {NAN, INFINITY}, {NAN, 0}}};
    assert_ok(gd_variable_write(w, 12, &logits[0][0][0]));
    const gd_tensor output[] = {loss, total, gradient};
    gd_function *function = gd_function_create(graph, 3, output, (gd_function_opts){0});
    int32_t labels[6] = {1, 0, 0, 0, 0, 0}, length[2] = {2, 1};
    const gd_feed feed[] = {{label, gd_array_borrow(GD_I32, GD_SHAPE(2, 3), labels)},
                            {lengths, gd_array_borrow(GD_I32, GD_SHAPE(2), length)}};
    gd_array result[3] = {0};
    assert_ok(gd_function_run(function, 2, feed, result));
    const double expected = (log1p(exp(-1)) + log(2) + log1p(exp(-2))) / 3;
    assert_true(fabs(gd_array_get(&result[0], 0) - expected) < 1e-6);
    assert_true(gd_array_get(&result[1], 0) == 3);
    for (int i = 0; i < 12; i++)
        assert_true(isfinite(gd_array_get(&result[2], i)));
    assert_true(gd_array_get(&result[2], 4) == 0 && gd_array_get(&result[2], 11) == 0);
    for (int i = 0; i < 3; i++)
        gd_array_free(&result[i]);
    gd_function_free(function);
    gd_graph_free(graph);
}

static int setup(void **state)
{
    (void)state;
    return gd_source_register(&words) != GD_OK || gd_source_register(&texts) != GD_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_counts_nothing), cmocka_unit_test(lengths_go_through_layers),
        cmocka_unit_test(it_learns), cmocka_unit_test(shapes_are_checked), cmocka_unit_test(padding_may_be_no_number)};
    return cmocka_run_group_tests_name("sequences", tests, setup, NULL);
}
