// Networks written from recipes: shapes, parameters, receptive fields, and what does not fit.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "base/memory.h"
#include "model/expect.h"

static const char cnn[] = "data: {train: {random: {shape: [1, 28, 28], count: 40}}}\n"
                          "model:\n"
                          "  - conv2d: {filters: 32, kernel: 3, padding: same}\n" // line 3
                          "  - relu\n"
                          "  - maxpool2d: 2\n"
                          "  - conv2d: {filters: 64, kernel: 3, stride: 2, padding: [1, 1], name: second}\n"
                          "  - batch_norm\n"
                          "  - residual:\n"
                          "      - conv2d: {filters: 64, kernel: 3, padding: same, bias: false}\n"
                          "      - relu\n"
                          "  - global_avgpool\n"
                          "  - dense: {units: 10, bias: false}\n"
                          "loss: softmax_cross_entropy\n"
                          "optimizer: adam\n";

// ---- Names that people type, and layers of the program's own

static gd_tensor write_halved(const gd_layer_call *call)
{
    return gd_mul(call->input[0], gd_layer_parameter(call, "weight", GD_SCALAR,
                                                     (gd_initializer){.kind = GD_INIT_CONSTANT, .value = 0.5}));
}

static void other_names_and_own_layers(void **state)
{
    (void)state;
    static const gd_layer_kind halved = {
        .record = {.name = "halved", .doc = "half of x, at first"}, .write = write_halved, .stem = "halved"};
    static const char text[] = RECIPE_DATA "model: [{Conv: {filters: 4, kernel: 3}}, bn, LeakyReLU, linear, flatten, "
                                           "halved, {linear: 5}, swish, {Linear: {units: 3}}]\n"
                                           "loss: softmax_cross_entropy\n";
    static const char *const want[] = {"conv2d", "batch_norm", "leaky_relu", "linear", "flatten",
                                       "halved", "dense",      "silu",       "dense"};
    gd_recipe *recipe;
    assert_int_equal(gd_recipe_parse(text, "net.yaml", &recipe), GD_ERROR_FORMAT);
    assert_says("unknown layer 'halved'");
    assert_ok(gd_layer_register(&halved));
    gd_model *model = open_text(text);
    assert_int_equal(model->layer_count, sizeof want / sizeof want[0]);
    for (int i = 0; i < model->layer_count; i++)
        assert_string_equal(model->layer[i].kind, want[i]);
    assert_int_equal(model->layer[5].parameters, 1);
    assert_ptr_equal(model->layer[5].record, &halved);
    assert_string_equal(model->layer[8].name, "fc2");
    gd_model *wider;
    assert_ok(gd_recipe_set(model->recipe, "model.6.linear.units=6"));
    gd_model_free(model);
    model = open_text(text);
    assert_ok(gd_model_resize(model, "fc1", 9, (gd_grow_opts){0}, &wider));
    assert_int_equal(wider->layer[6].output.dim[1], 9);
    gd_model_free(wider);
    gd_model_free(model);
}

static void the_table_of_layers_is_right(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *name;
        int depth, line;
        gd_shape output;
        int64_t parameters, field;
        double flops; // 0: not compared
    } want[] = {
        {"conv2d", "conv1", 0, 3, {4, {1, 32, 28, 28}}, 32 * 9 + 32, 3, 0},
        {"relu", "", 0, 4, {4, {1, 32, 28, 28}}, 0, 3, 32 * 28 * 28},
        {"maxpool2d", "", 0, 5, {4, {1, 32, 14, 14}}, 0, 4, 0},
        {"conv2d", "second", 0, 6, {4, {1, 64, 7, 7}}, 64 * 32 * 9 + 64, 8, 0},
        {"batch_norm", "bn1", 0, 7, {4, {1, 64, 7, 7}}, 128, 8, 0},
        {"residual", "", 0, 8, {4, {1, 64, 7, 7}}, 64 * 64 * 9, 16, 0},
        {"conv2d", "conv2", 1, 9, {4, {1, 64, 7, 7}}, 64 * 64 * 9, 16, 2.0 * 64 * 64 * 9 * 49},
        {"relu", "", 1, 10, {4, {1, 64, 7, 7}}, 0, 16, 64 * 49},
        {"global_avgpool", "", 0, 11, {2, {1, 64}}, 0, 0, 0},
        {"dense", "fc1", 0, 12, {2, {1, 10}}, 640, 0, 2.0 * 640},
    };
    gd_model *model = open_text(cnn);
    assert_int_equal(model->layer_count, sizeof want / sizeof want[0]);
    int64_t parameters = 0;
    for (int i = 0; i < model->layer_count; i++) {
        const gd_model_layer *have = &model->layer[i];
        assert_string_equal(have->kind, want[i].kind);
        assert_string_equal(have->name, want[i].name);
        assert_int_equal(have->depth, want[i].depth);
        assert_int_equal(have->line, want[i].line);
        assert_true(gd_shape_equal(have->output, want[i].output));
        assert_int_equal(have->parameters, want[i].parameters);
        assert_int_equal(have->receptive_field[0], want[i].field);
        assert_int_equal(have->receptive_field[1], want[i].field);
        assert_int_equal(have->output_bytes, 4 * gd_shape_count(have->output));
        if (want[i].flops > 0 && (have->flops < 0.9 * want[i].flops || have->flops > 1.1 * want[i].flops))
            fail_msg("layer %d: %g FLOPs, expected %g", i, have->flops, want[i].flops);
        parameters += have->depth == 0 ? have->parameters : 0;
    }
    assert_int_equal(model->parameters, parameters);
    assert_ptr_equal(model->task, &gd_task_classes);
    assert_int_equal(model->class_count, 10);
    assert_int_equal(model->input_count, 1);
    assert_int_equal(model->metric_count, 1);
    assert_string_equal(model->metric[0].name, "accuracy");
    char *text = gd_model_info_text(model);
    assert_non_null(text);
    assert_non_null(strstr(text, "conv2d"));
    assert_non_null(strstr(text, "16x16"));
    assert_non_null(strstr(text, "[1,32,28,28]"));
    gd_text_free(text);
    gd_model_free(model);
}

// ---- What does not fit

#define DATA3 "data: {train: {random: {shape: [1, 8, 8], count: 40, classes: 3}}}\n"
#define DATA_Y "data: {train: {random: {shape: [5], count: 40, classes: 0}}}\n"

static const struct {
    const char *text, *says;
} misfits[] = {
    {DATA3 "model:\n  - flatten\n  - dense: 4\nloss: softmax_cross_entropy\n",
     "net.yaml:4: the last layer gives 4 outputs, the data has 3 classes"},
    {DATA3 "model:\n  - dense: 3\nloss: softmax_cross_entropy\n",
     "net.yaml:3: the last layer gives [batch,1,8,3], softmax_cross_entropy wants [batch,classes]; is a `flatten`"},
    {DATA3 "model:\n  - flatten\n  - dense: 1\nloss: logistic\n", "net.yaml:5: logistic tells two classes apart"},
    {DATA_Y "model:\n  - dense: 2\nloss: softmax_cross_entropy\n",
     "net.yaml:4: softmax_cross_entropy: field 'y', sample 0: -1.24646 is no class"},
    {DATA_Y "model:\n  - dense: 2\nloss: squared_error\n",
     "net.yaml:3: the last layer gives [batch,2], but squared_error with the target 'y' wants [batch,1]"},
    {DATA3 "model:\n  - flatten\n  - conv2d: {filters: 3, kernel: 3}\nloss: logistic\n", "net.yaml:4: conv2d"},
    {DATA3 "model:\n  - conv2d: {filters: 3, kernel: 9}\nloss: logistic\n", "net.yaml:3: conv2d"},
    {DATA3 "model:\n  - residual: {branch: [{conv2d: {filters: 3, kernel: 9}}]}\nloss: logistic\n", "net.yaml:3: "},
    {DATA3 "loss: logistic\n", "net.yaml: the section 'model' is missing"},
    {DATA3 "model: [relu]\n", "net.yaml: the section 'loss' is missing"},
    {"model: [relu]\nloss: logistic\n", "net.yaml: the section 'data' is missing"},
    {"data: {scale: none}\n", "net.yaml:1: the section 'data' has no 'train'"},
    {"data: {train: {csv: nowhere.csv}}\n",
     "net.yaml:1: the file 'nowhere.csv' was not found: looked beside the recipe"},
    {"data: {train: {idx: fashion-mnist/none-idx3-ubyte.gz}}\n", "Debian's package dataset-fashion-mnist"},
    {"data: {train: {random: {shape: 3}}, target: z}\n", "the data has no field 'z'; its fields: 'x', 'label'"},
    {"data: {train: {random: {shape: 3}}, split: {validation: 0.6, test: 0.4}}\n", "nothing is left to train on"},
    {"data: {train: {random: {shape: 3}}, split: {test: 0.4}, test: {random: {shape: 3}}}\n", "a source of its own"},
    {"data: {train: {random: {shape: 3}}, scale: {z: minmax}}\n", "no field 'z' to scale"},
    {"data: {train: {random: {shape: 3, classes: 3}}, classes: [a, b]}\n", "2 names for the 3 classes"},
    {DATA3 "model: [flatten, {dense: 3}]\nloss: {softmax_cross_entropy: {class_weights: [1, 2]}}\n",
     "net.yaml:3: 2 class weights for 3 classes"},
    {DATA3 "model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\nmetrics: [accuracy, accuracy]\n",
     "net.yaml:4: the metric 'accuracy' is listed twice"},
};

static void misfits_are_told_with_their_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misfits / sizeof misfits[0]; i++) {
        gd_recipe *recipe;
        gd_model *model;
        assert_ok(gd_recipe_parse(misfits[i].text, "net.yaml", &recipe));
        gd_status status = gd_model_create(recipe, GD_PART_ALL, &model);
        if (status == GD_OK || strstr(gd_last_error(), misfits[i].says) == NULL)
            fail_msg("case %zu: %s\nexpected \"%s\" in \"%s\"", i, misfits[i].text, misfits[i].says, gd_last_error());
        assert_null(model);
    }
}

// ---- Every layer can be written

static void newer_layers_are_written(void **state)
{
    (void)state;
    gd_model *model = open_text("data: {train: {random: {shape: [8, 6, 6], count: 20, classes: 0}}}\n"
                                "model:\n"
                                "  - group_norm: 4\n"
                                "  - prelu: {per_channel: true, init: {constant: 0.1}}\n"
                                "  - pixel_shuffle: 2\n"
                                "  - upsample: {scale: [2, 0.5], mode: bilinear}\n"
                                "  - lrn: 3\n"
                                "  - instance_norm: {affine: true}\n"
                                "  - hard_swish\n"
                                "  - slice: {axis: 2, end: 8}\n"
                                "  - reshape: [2, -1]\n"
                                "  - permute: [2, 1]\n"
                                "  - conv1d_transposed: {filters: 4, kernel: 2, stride: 2, output_padding: 1}\n"
                                "  - glu: 1\n"
                                "  - dense: 4\n"
                                "  - positional\n"
                                "  - attention: {heads: 2, causal: true, dropout: 0.1}\n"
                                "  - rms_norm\n"
                                "  - positional: sinusoidal\n"
                                "  - hard_tanh: {low: -2}\n"
                                "  - celu: 2\n"
                                "  - flatten\n"
                                "  - dense: 1\n"
                                "loss: squared_error\n");
    static const gd_shape want[] = {{4, {1, 8, 6, 6}},  {4, {1, 8, 6, 6}},  {4, {1, 2, 12, 12}}, {4, {1, 2, 24, 6}},
                                    {4, {1, 2, 24, 6}}, {4, {1, 2, 24, 6}}, {4, {1, 2, 24, 6}},  {4, {1, 2, 8, 6}},
                                    {3, {1, 2, 48}},    {3, {1, 48, 2}},    {3, {1, 4, 5}}};
    char have[GD_SHAPE_TEXT], text[GD_SHAPE_TEXT];
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_string_equal(gd_shape_text(model->layer[i].output, have), gd_shape_text(want[i], text));
    assert_int_equal(model->layer[2].receptive_field[0], 1);
    assert_int_equal(model->layer[3].receptive_field[0], 1); // 1.5: the two places that it lies between
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_ok(gd_fit(trainer, model->train, (gd_fit_opts){.epochs = 1, .batch = 10, .seed = 1}));
    gd_trainer_free(trainer);
    gd_model_free(model);
}

static void every_layer_is_written(void **state)
{
    (void)state;
    gd_model *model =
        open_text("data: {train: {random: {shape: [2, 12, 12], count: 20, classes: 0}}}\n"
                  "model:\n"
                  "  - conv2d_transposed: {filters: 3, kernel: 4, stride: 2, padding: 1}\n"
                  "  - leaky_relu: 0.2\n"
                  "  - conv2d: {filters: 4, kernel: [3, 5], padding: same, groups: 1, init: orthogonal}\n"
                  "  - elu\n"
                  "  - avgpool2d: {kernel: 2, exclude_padding: true}\n"
                  "  - layer_norm: {axes: 2}\n"
                  "  - residual: {branch: [{conv2d: {filters: 6, kernel: 3, padding: same, stride: 2}}],\n"
                  "               batch_norm: true}\n"
                  "  - gelu\n"
                  "  - reshape: [6, -1]\n"
                  "  - conv1d: {filters: 5, kernel: 3, padding: same}\n"
                  "  - maxpool1d: 2\n"
                  "  - avgpool1d: 2\n"
                  "  - silu\n"
                  "  - softplus\n"
                  "  - hard_sigmoid\n"
                  "  - global_maxpool\n"
                  "  - dense: {units: 6, init: {normal: 0.1}, bias_init: {constant: 0.5}}\n"
                  "  - tanh\n"
                  "  - dropout: 0.5\n"
                  "  - dense: 1\n"
                  "  - sigmoid\n"
                  "loss: {huber: 2}\n"
                  "penalty: {l1: 1e-4, l2: 1e-3}\n"
                  "optimizer: {momentum: {momentum: 0.8, form: averaging}}\n"
                  "schedule: {step: {every: 3, factor: 0.5, warmup_epochs: 1}}\n"
                  "train: {clip_norm: 1, accumulate: 2, epochs: 4, batch: 5, shuffle: no, workers: 3}\n");
    assert_ptr_equal(model->task, &gd_task_regression);
    assert_int_equal(model->layer[0].output.dim[2], 24);
    assert_string_equal(model->metric[0].name, "mean_absolute_error");
    gd_array bias;
    assert_ok(gd_variable_get(gd_variable_find(model->graph, "fc1.bias"), &bias));
    assert_true(gd_array_get(&bias, 0) == 0.5);
    gd_array_free(&bias);

    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    assert_string_equal(gd_rule_name(&settings.rule), "momentum");
    assert_true(gd_rule_get(&settings.rule, "form") == 1);
    assert_true(gd_rule_get(&settings.rule, "momentum") == 0.8 && settings.rule.learning_rate == 0.01);
    gd_schedule step = gd_step_schedule(3, 0.5);
    step.warmup_epochs = 1;
    assert_memory_equal(&settings.fit.schedule, &step, sizeof step);
    assert_int_equal(settings.fit.workers, 3);
    assert_true(settings.fit.clip_norm == 1 && settings.fit.accumulate == 2 && settings.fit.no_shuffle);
    assert_int_equal(settings.fit.epochs, 4);
    assert_int_equal(settings.fit.batch, 5);
    assert_int_equal(settings.fit.seed, 1);
    assert_string_equal(settings.directory, "runs/net");
    assert_string_equal(settings.fit.best_checkpoint, "runs/net/best.safetensors");
    gd_model_free(model);
}

// With the library's own defaults wherever a recipe says nothing.
static void defaults_are_the_librarys(void **state)
{
    (void)state;
    for (int i = 0; i < gd_record_count(gd_rule_kinds()); i++) {
        const char *name = gd_record_at(gd_rule_kinds(), i)->name;
        char text[400];
        snprintf(text, sizeof text, DATA3 "model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\noptimizer: %s\n",
                 name);
        gd_model *model = open_text(text);
        gd_train_settings settings;
        gd_rule want;
        assert_ok(gd_model_train_settings(model, &settings));
        assert_ok(gd_rule_named(name, &want));
        assert_memory_equal(&settings.rule, &want, sizeof want);
        gd_model_free(model);
    }
    for (int i = 0; i < gd_record_count(gd_schedule_kinds()); i++) {
        const char *name = gd_record_at(gd_schedule_kinds(), i)->name;
        char text[400];
        snprintf(text, sizeof text,
                 DATA3 "model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\noptimizer: adam\nschedule: %s\n",
                 strcmp(name, "multistep") == 0 ? "{multistep: 4}" : name);
        gd_model *model = open_text(text);
        gd_train_settings settings;
        gd_schedule want;
        assert_ok(gd_model_train_settings(model, &settings));
        assert_ok(gd_schedule_named(name, &want));
        if (strcmp(name, "multistep") != 0)
            assert_memory_equal(&settings.fit.schedule, &want, sizeof want);
        gd_model_free(model);
    }
}

static void schedules_and_parameters_are_read(void **state)
{
    (void)state;
    gd_model *model = open_text(DATA3 "model: [{conv2d: {filters: 2, kernel: 3}}, flatten, {dense: 3}]\n"
                                      "loss: softmax_cross_entropy\n"
                                      "optimizer: {adamw: {lookahead: {steps: 6}, ema: {decay: 0.99}, decoupled: no}}\n"
                                      "schedule:\n"
                                      "  - linear: {from: 0.1, final: 1, epochs: 2}\n"
                                      "  - cosine: 0.01\n"
                                      "parameters:\n"
                                      "  - {match: \"*.bias\", weight_decay: 0}\n"
                                      "  - {match: \"conv1.*\", learning_rate: 0.1}\n"
                                      "  - {match: fc1.weight, rule: {momentum: 0.2}, freeze: no}\n");
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    const gd_rule *rule = &settings.rule;
    assert_true(rule->lookahead.steps == 6 && rule->lookahead.part == 0.5 && rule->ema.decay == 0.99);
    assert_false(rule->decoupled);
    gd_schedule cosine = gd_cosine_schedule(0.01), warm = gd_linear_schedule(0.1, 1);
    warm.epochs = 2;
    warm.then = &cosine;
    for (int64_t step = 0; step < 60; step += 7)
        assert_true(gd_schedule_at(&settings.fit.schedule, 1, step, 5, 60) == gd_schedule_at(&warm, 1, step, 5, 60));
    assert_int_equal(settings.fit.group_count, 3);
    const gd_parameter_group *group = settings.fit.group;
    assert_true(group[0].sets_weight_decay && group[0].weight_decay == 0 && group[0].learning_rate == 0);
    assert_true(group[1].learning_rate == 0.1 && !group[1].sets_weight_decay && group[1].rule == NULL);
    assert_string_equal(group[2].match, "fc1.weight");
    assert_true(group[2].rule->learning_rate == 0.2 && group[2].rule->kind == gd_momentum(1, 0).kind);
    gd_model_free(model);
    // By dotted names, whether an option was written in short or not.
    gd_recipe *changed;
    gd_recipe_values values;
    assert_ok(
        gd_recipe_parse("schedule: [{linear: {epochs: 2}}, {cosine: 0.01}]\nparameters: [{match: a, freeze: yes}]\n",
                        "net.yaml", &changed));
    assert_ok(gd_recipe_set(changed, "schedule.1.cosine.final=0.5"));
    assert_ok(gd_recipe_set(changed, "schedule.0.linear.epochs=3"));
    assert_ok(gd_recipe_set(changed, "parameters.0.learning_rate=0.1"));
    assert_ok(gd_recipe_list(changed, &values));
    assert_string_equal(gd_recipe_value_find(&values, "parameters.0.learning_rate")->value, "0.1");
    assert_string_equal(gd_recipe_value_find(&values, "schedule.1.cosine.final")->value, "0.5");
    assert_string_equal(gd_recipe_value_find(&values, "schedule.0.linear.epochs")->value, "3");
    gd_recipe_values_free(&values);
    gd_recipe_free(changed);
    // A sequence is checked as a whole, and entries as others are.
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"schedule: [{linear: 0}, cosine]\n", "net.yaml:4: schedule linear: it needs a length"},
        {"parameters: [{match: fc1.biass}]\n",
         "net.yaml:4: parameters: 'fc1.biass' matches no parameter; the nearest is"},
        {"parameters: [{match: \"*\", rule: lbfgs}]\n", "net.yaml:4: parameters: '*': lbfgs works on all"},
        {"parameters: [{freeze: yes}]\n", "parameters needs 'match'"},
        {"parameters: [{match: \"*\", freez: yes}]\n", "did you mean 'freeze'?"},
        {"optimizer: {adam: {ema: {deca: 1}}}\n", "did you mean 'decay'?"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[600];
        snprintf(text, sizeof text, DATA3 "model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\n%s",
                 wrong[i].text);
        gd_recipe *recipe;
        gd_status status = gd_recipe_parse(text, "net.yaml", &recipe);
        if (status == GD_OK) {
            assert_ok(gd_model_create(recipe, GD_PART_ALL, &model));
            status = gd_model_train_settings(model, &settings);
            gd_model_free(model);
        }
        if (status == GD_OK || strstr(gd_last_error(), wrong[i].says) == NULL)
            fail_msg("%zu: %s", i, gd_last_error());
    }
}

static void embedded_columns_join_the_features(void **state)
{
    (void)state;
    char path[] = "/tmp/gradus-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *stream = fdopen(file, "w");
    for (int i = -1; i < 30; i++)
        if (i < 0)
            fprintf(stream, "area,town,price\n");
        else
            fprintf(stream, "%d,%s,%d\n", 50 + i, i % 3 == 0 ? "north" : i % 3 == 1 ? "south" : "west", 1000 * i);
    fclose(stream);
    char text[600];
    snprintf(text, sizeof text,
             "data:\n  train: {csv: %s}\n  csv: {target: price, embed: {town: 4}}\n"
             "  scale: {x: standardize, y: minmax}\n  split: {validation: 0.2, test: 0.2}\n"
             "model: [{dense: 1}]\nloss: squared_error\noptimizer: adam\n",
             path);
    gd_model *model = open_text(text);
    assert_int_equal(model->input_count, 2);
    assert_int_equal(model->parameters, 3 * 4 + 5 + 1);
    assert_int_equal(gd_dataset_count(model->train), 18);
    assert_int_equal(gd_dataset_count(model->validation), 6);
    assert_int_equal(gd_dataset_count(model->test), 6);
    gd_model_free(model);
    unlink(path);
}

// Each allocation fails once while a model is made, described and freed.
static void short_memory_is_survived(void **state)
{
    (void)state;
    static const char text[] = "data: {train: {random: {shape: [4], count: 10, classes: 2}}, scale: standardize}\n"
                               "model: [{dense: 3}, batch_norm, relu, {dropout: 0.5}, {residual: [{dense: 3}]}, "
                               "{dense: 2}]\n"
                               "loss: softmax_cross_entropy\noptimizer: adam\npenalty: {l2: 0.1}\n";
    enum { ENOUGH = 60 }; // a few failures are lived with: so many successes in a row mean that all was tried
    int failures = 0, in_a_row = 0;
    for (long successes = 0; in_a_row < ENOUGH; successes++) {
        gd_recipe *recipe;
        gd_model *model = NULL;
        gd_train_settings settings;
        assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
        gd__alloc_fail_after(successes, false);
        gd_status status = gd_model_create(recipe, GD_PART_ALL, &model);
        if (status == GD_OK)
            status = gd_model_train_settings(model, &settings);
        char *info = status == GD_OK ? gd_model_info_text(model) : NULL;
        gd__alloc_fail_after(-1, false);
        in_a_row = info != NULL ? in_a_row + 1 : 0;
        failures += info == NULL;
        if (status != GD_OK && status != GD_ERROR_MEMORY)
            fail_msg("allocation %ld: status %d: %s", successes, (int)status, gd_last_error());
        gd_text_free(info);
        gd_model_free(model);
    }
    assert_true(failures > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_names_and_own_layers),       cmocka_unit_test(the_table_of_layers_is_right),
        cmocka_unit_test(misfits_are_told_with_their_line), cmocka_unit_test(every_layer_is_written),
        cmocka_unit_test(newer_layers_are_written),         cmocka_unit_test(schedules_and_parameters_are_read),
        cmocka_unit_test(defaults_are_the_librarys),        cmocka_unit_test(embedded_columns_join_the_features),
        cmocka_unit_test(short_memory_is_survived),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
