// gradus bench
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "progress.h"

enum { MOST_TIMES = 100000, FEWEST_STEPS = 5, WARMUP_STEPS = 3 };

// One measurement.
typedef struct {
    const bench_workload *workload;
    int64_t batch;
    double seconds; // to measure for
    gd_precision precision;
    bool recompute;
    bench_model model;
    gd_function *function;
    int feed_count;
    gd_feed feed[2];
    gd_array result;

    double first_step, median_step, mean_step, flops, peak_flops;
    int64_t steps;
} bench;

static void bench_free(bench *b)
{
    gd_function_free(b->function);
    gd_graph_free(b->model.graph);
    gd_array_free(&b->feed[0].value);
    gd_array_free(&b->feed[1].value);
    gd_array_free(&b->result);
}

// ---- Building

static gd_shape label_shape(const bench_workload *w, int64_t batch)
{
    return w->words > 0 ? GD_SHAPE(batch, w->channels) : GD_SHAPE(batch);
}

static gd_status build_training(bench *b)
{
    bench_model *model = &b->model;
    gd_assignment_list update = {0};
    model->label = gd_input(model->graph, "label", GD_I32, label_shape(b->workload, GD_BATCH));
    gd_tensor loss = gd_softmax_cross_entropy(model->output, model->label);
    gd_status status = gd_rule_step(loss, &model->rule, &update);
    if (status == GD_OK)
        b->function = gd_training_function(loss, &update,
                                           (gd_function_opts){.precision = b->precision, .recompute = b->recompute});
    gd_assignment_list_free(&update);
    return status == GD_OK && b->function == NULL ? GD_ERROR_ARGUMENT : status;
}

static gd_status build_function(bench *b)
{
    const bench_workload *w = b->workload;
    bench_model *model = &b->model;
    model->graph = gd_graph_create();
    if (model->graph == NULL)
        return GD_ERROR_MEMORY;
    gd_shape shape =
        w->height > 0 ? GD_SHAPE(GD_BATCH, w->channels, w->height, w->width) : GD_SHAPE(GD_BATCH, w->channels);
    model->input = gd_input(model->graph, "x", w->words > 0 ? GD_I32 : GD_F32, shape);
    w->build(model, w->classes);
    if (!w->inference)
        return build_training(b);
    gd_function_opts opts = {.precision = b->precision};
    b->function = gd_function_create(model->graph, 1, &model->output, opts);
    return b->function != NULL ? GD_OK : GD_ERROR_ARGUMENT;
}

// Uniform numbers from a small generator (Marsaglia's xorshift), the same at every run.
static double next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static gd_status fill_words(gd_array *array, gd_shape shape, int words, uint64_t *state)
{
    gd_status status = gd_array_create(array, GD_I32, shape);
    int32_t *word = array->data;
    for (int64_t i = 0; status == GD_OK && i < gd_shape_count(shape); i++)
        word[i] = (int32_t)(next_random(state) * words);
    return status;
}

static gd_status fill_feeds(bench *b)
{
    const bench_workload *w = b->workload;
    uint64_t state = 88172645463325252U;
    gd_shape shape = gd_tensor_shape(b->model.input);
    gd_status status;
    shape.dim[0] = b->batch;
    b->feed[b->feed_count++].input = b->model.input;
    if (w->words > 0) {
        status = fill_words(&b->feed[0].value, shape, w->words, &state);
    } else {
        status = gd_array_create(&b->feed[0].value, GD_F32, shape);
        float *x = b->feed[0].value.data;
        for (int64_t i = 0; status == GD_OK && i < gd_shape_count(shape); i++)
            x[i] = (float)(2 * next_random(&state) - 1);
    }
    if (status != GD_OK || w->inference)
        return status;
    b->feed[b->feed_count++].input = b->model.label;
    return fill_words(&b->feed[1].value, label_shape(w, b->batch), w->classes, &state);
}

// ---- Measuring

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static gd_status timed_step(bench *b, double *seconds)
{
    double begin = gd_clock();
    gd_status status = gd_function_run(b->function, b->feed_count, b->feed, &b->result);
    *seconds = gd_clock() - begin;
    return status;
}

// The median is that of the first MOST_TIMES steps; the mean is that of all, with what lies between them.
static gd_status measure_steps(bench *b)
{
    double *time = malloc(MOST_TIMES * sizeof *time);
    if (time == NULL)
        return GD_ERROR_MEMORY;
    double seconds, whole = 0;
    gd_status status = timed_step(b, &b->first_step);
    for (int i = 1; i < WARMUP_STEPS && status == GD_OK; i++)
        status = timed_step(b, &seconds);
    const double begin = gd_clock();
    while (status == GD_OK && (b->steps < FEWEST_STEPS || whole < b->seconds)) {
        status = *interrupt_flag() != 0 ? GD_ERROR_INTERRUPTED : timed_step(b, &seconds);
        if (status == GD_OK && b->steps < MOST_TIMES)
            time[b->steps] = seconds;
        b->steps++;
        whole = gd_clock() - begin;
    }
    if (status == GD_OK) {
        const int64_t count = b->steps < MOST_TIMES ? b->steps : MOST_TIMES;
        qsort(time, (size_t)count, sizeof *time, by_size);
        b->median_step = time[count / 2];
        b->mean_step = whole / (double)b->steps;
    }
    free(time);
    return status;
}

static gd_status measure(bench *b)
{
    gd_function_cost cost;
    double before = measure_peak_flops(gd_threads());
    gd_status status = build_function(b);
    if (status == GD_OK)
        status = fill_feeds(b);
    if (status == GD_OK)
        status = measure_steps(b);
    if (status == GD_OK)
        status = gd_function_measure(b->function, b->feed_count, b->feed, &cost);
    if (status != GD_OK)
        return status;
    double after = measure_peak_flops(gd_threads());
    b->flops = cost.flops;
    b->peak_flops = before > after ? before : after;
    return GD_OK;
}

// ---- Telling

static double peak_memory_mb(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024 : 0; // Linux counts in KiB
}

static int64_t count_parameters(const gd_graph *graph)
{
    int64_t count = 0;
    for (int i = 0; i < gd_variable_count(graph); i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        count += gd_variable_trainable(variable) ? gd_shape_count(gd_tensor_shape(variable)) : 0;
    }
    return count;
}

static int print_result_json(const bench *b)
{
    json_t *root = json_object();
    json_put_text(root, "workload", b->workload->name);
    json_put_integer(root, "batch", b->batch);
    json_put_integer(root, "threads", gd_threads());
    json_put_text(root, "precision", gd_precision_name(b->precision));
    if (b->recompute)
        json_put_text(root, "recompute", "yes");
    json_put_integer(root, "parameters", count_parameters(b->model.graph));
    json_put_number(root, "ms_per_step", 1e3 * b->median_step);
    json_put_number(root, "mean_ms_per_step", 1e3 * b->mean_step);
    json_put_number(root, "samples_per_s", (double)b->batch / b->median_step);
    json_put_number(root, "gflops", 1e-9 * b->flops / b->median_step);
    json_put_number(root, "peak_gflops", 1e-9 * b->peak_flops);
    json_put_number(root, "peak_memory_mb", peak_memory_mb());
    json_put_integer(root, "steps", b->steps);
    json_put_number(root, "first_step_ms", 1e3 * b->first_step);
    json_put_number(root, "gflop_per_step", 1e-9 * b->flops);
    return json_print(root) ? EXIT_FINE : EXIT_ERROR;
}

static int print_result_text(const bench *b)
{
    double rate = b->flops / b->median_step;
    printf("%s: %s; batch %lld, %d thread%s, precision %s, %s parameters\n", b->workload->name, b->workload->doc,
           (long long)b->batch, gd_threads(), gd_threads() == 1 ? "" : "s", gd_precision_name(b->precision),
           gd_count_text(count_parameters(b->model.graph)).text);
    printf("  step          %.4g ms (median of %lld; mean %.4g ms; the first, with planning, %s)\n",
           1e3 * b->median_step, (long long)b->steps, 1e3 * b->mean_step, gd_duration_text(b->first_step).text);
    printf("  speed         %s samples/s\n", gd_rate_text((double)b->batch / b->median_step).text);
    printf("  arithmetic    %.4g GFLOP/s, %.0f%% of the measured peak", 1e-9 * rate, 100 * rate / b->peak_flops);
    printf(" in f32 (%.4g GFLOP/s)\n", 1e-9 * b->peak_flops);
    printf("  peak memory   %.0f MB\n", peak_memory_mb());
    return EXIT_FINE;
}

static int print_workloads(void)
{
    printf("Workloads, with their batch size:\n");
    for (const bench_workload *w = bench_workloads; w->name != NULL; w++) {
        char doc[160];
        snprintf(doc, sizeof doc, "%s (%d)", w->doc, w->batch);
        print_help_row(w->name, doc);
    }
    return EXIT_FINE;
}

// ---- The whole

static const bench_workload *find_workload(const arguments *given, int *status)
{
    const char *name = given->operand[0], *words[32] = {NULL};
    int count = 0;
    for (const bench_workload *w = bench_workloads; w->name != NULL; w++) {
        if (strcmp(w->name, name) == 0)
            return w;
        words[count++] = w->name;
    }
    const char *near = gd_nearest_word(name, count, words);
    *status = usage_error(given->of, "there is no workload '%s'%s%s%s", name, near == NULL ? "" : ", did you mean '",
                          near == NULL ? "" : near, near == NULL ? "" : "'?");
    return NULL;
}

static int choose_precision(const arguments *given, gd_precision *precision)
{
    const char *name = option_text(given, "precision", "fast");
    if (strcmp(name, "f32") == 0)
        name = "fast";
    if (gd_precision_named(name, precision) == GD_OK)
        return EXIT_FINE;
    return usage_error(given->of, "--precision is '%s', expected fast (or f32), exact or bf16", name);
}

static int run(const arguments *given)
{
    bench b = {.seconds = 3};
    int status = EXIT_USAGE;
    if (given->operand_count == 0)
        return print_workloads();
    b.workload = find_workload(given, &status);
    if (b.workload == NULL)
        return status;
    b.batch = b.workload->batch;
    if (!apply_threads(given) || !option_integer(given, "batch", 1, 65536, &b.batch) ||
        !option_number(given, "seconds", 0, 3600, &b.seconds))
        return EXIT_USAGE;
    status = choose_precision(given, &b.precision);
    if (status != EXIT_FINE)
        return status;
    b.recompute = option_given(given, "recompute");
    interrupt_watch();
    gd_status measured = measure(&b);
    if (measured == GD_OK)
        status = option_given(given, "json") ? print_result_json(&b) : print_result_text(&b);
    else if (*interrupt_flag() != 0)
        status = EXIT_BY_SIGNAL + *interrupt_flag();
    else
        status = measured == GD_ERROR_MEMORY ? print_error("out of memory") : print_last_error();
    bench_free(&b);
    return status;
}

static const option_row options[] = {
    {"batch", 'b', "N", "Batch size; else the workload's own", false},
    {"threads", 't', "N", "Threads that compute; else OMP_NUM_THREADS, or one a processor", false},
    {"precision", 'p', "P",
     "fast (or f32; the default), exact: without Winograd's convolution, or bf16: large values in bf16", false},
    {"recompute", 'r', NULL, "Gradient checkpointing: less memory, more time", false},
    {"seconds", 's', "S", "How long to measure (3), at least 5 steps", false},
    {"json", 'j', NULL, "Print one JSON object", false},
    {0},
};

const command bench_command = {
    .name = "bench",
    .operands = "[WORKLOAD]",
    .least = 0,
    .most = 1,
    .summary = "measure the speed of a named network on this machine",
    .text = "Runs a named workload on random data: whole training steps (forward, backward, update), or forward only.\n"
            "Prints the median and the mean time of a step, samples a second, floating-point operations a second\n"
            "beside the most that the processor does in registers, measured in the same run, and the peak memory of\n"
            "the process. The mean shows what other programs cost: a few slow steps hardly move the median.\n"
            "Without a name it lists the workloads.",
    .examples = "  gradus bench\n"
                "  gradus bench resnet18 --threads 2 --json",
    .option = options,
    .run = run,
};
