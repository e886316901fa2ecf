// Hyper-parameters of a small network on the planar flower: five strategies search for the learning rate, the number of
// units and the activation; and the range test finds a learning rate by itself.
#include <math.h>

#include "course.h"

enum { RATE, UNITS, ACTIVATION, PARAMETERS, MOST_TRIALS = 27, EPOCHS = 27, MOST_TOLD = 2 * MOST_TRIALS };
static const char *const activation[] = {"tanh", "relu", "sigmoid"};
static const gd_search_parameter space[PARAMETERS] = {
    {.name = "learning_rate", .range = GD_RANGE_LOG, .low = 1e-4, .high = 1},
    {.name = "units", .range = GD_RANGE_LOG_INTEGER, .low = 2, .high = 64},
    {.name = "activation", .choice_count = 3, .choice = activation}};

typedef struct flower {
    gd_dataset *train, *validation;
} flower;

typedef struct network {
    gd_graph *graph;
    gd_tensor loss;
    gd_trainer *trainer;
} network;

static gd_status create(int64_t units, const char *name, gd_rule rule, network *net)
{
    *net = (network){.graph = gd_graph_create()};
    gd_graph_set_seed(net->graph, 1);
    gd_tensor x = gd_input(net->graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor label = gd_input(net->graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor hidden = gd_activation(gd_dense(x, units), name);
    net->loss = gd_softmax_cross_entropy(gd_dense(hidden, 2), label);
    net->trainer = gd_trainer_create(net->loss, rule);
    return net->trainer != NULL ? GD_OK : GD_ERROR_ARGUMENT;
}

static void release(network *net)
{
    gd_trainer_free(net->trainer);
    gd_graph_free(net->graph);
}

// Trains the network; *loss is that of the validation set.
static gd_status train(const network *net, const flower *data, int64_t epochs, double *loss)
{
    gd_evaluation result = {0};
    gd_status status = gd_fit(net->trainer, data->train, (gd_fit_opts){.epochs = epochs, .batch = 20, .seed = 1});
    if (status == GD_OK)
        status = gd_evaluate(net->loss, data->validation, (gd_evaluate_opts){0}, &result);
    *loss = result.loss;
    return status;
}

// Runs a search to its end. best[i] becomes the best loss after i + 1 results, epochs[i] the epochs trained for them.
static gd_status run(gd_search *search, const flower *data, int *told, double *best, double *epochs)
{
    const gd_search_trial *trial;
    double done = 0;
    gd_status status = GD_OK;
    while (status == GD_OK && (status = gd_search_ask(search, &trial)) == GD_OK && trial != NULL) {
        gd_search_result result = {.epochs = trial->epochs > 0 ? trial->epochs : EPOCHS};
        done += (double)(result.epochs - trial->epochs_done); // halving goes on with trials; here, for short, anew
        network net;
        gd_status trained = create((int64_t)trial->value[UNITS], activation[(int)trial->value[ACTIVATION]],
                                   gd_adam(trial->value[RATE]), &net);
        if (trained == GD_OK)
            trained = train(&net, data, result.epochs, &result.objective);
        release(&net);
        if (trained != GD_OK) { // a failed trial is a result too: the loss became infinite, say
            result.objective = NAN;
            result.failure = gd_last_error();
        }
        status = gd_search_tell(search, trial->number, result);
        best[*told] = fmin(*told > 0 ? best[*told - 1] : INFINITY, trained == GD_OK ? result.objective : INFINITY);
        epochs[(*told)++] = done;
    }
    return status;
}

// All trials as lines over the axes of their values and the loss.
static gd_status draw_trials(const course *options, const gd_search *search)
{
    double value[MOST_TRIALS * (PARAMETERS + 1)];
    const gd_search_trial *trial[MOST_TRIALS];
    int rows = gd_search_ranking(search, trial);
    for (int i = 0; i < rows; i++) {
        memcpy(value + i * (PARAMETERS + 1), trial[i]->value, PARAMETERS * sizeof *value);
        value[i * (PARAMETERS + 1) + PARAMETERS] = trial[i]->objective;
    }
    const gd_parallel_axis axis[] = {{.name = "learning rate", .log = true},
                                     {.name = "units", .log = true},
                                     {.name = "activation", .label_count = 3, .label = activation},
                                     {.name = "validation loss"}};
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_figure_parallel(figure, PARAMETERS + 1, axis, rows, value);
    return course_figure(options, "13-network-parallel", figure);
}

// A strategy from several seeds: draws the mean of the best loss so far over the epochs that it took.
static gd_status try_strategy(const course *options, const char *kind, const flower *data, gd_chart *chart)
{
    int searches = options->small ? 1 : 5, told = 0;
    double best[MOST_TOLD], epochs[MOST_TOLD], mean[MOST_TOLD] = {0};
    char text[PARAMETERS][GD_SEARCH_TEXT];
    gd_status status = GD_OK;
    for (int seed = searches; status == GD_OK && seed >= 1; seed--) {
        gd_search *search = NULL;
        gd_search_opts opts = {gd_strategy_kind_named(kind), .trials = options->small ? 6 : MOST_TRIALS,
                               .epochs = EPOCHS, .seed = (uint64_t)seed};
        if (strcmp(kind, "grid") == 0) // three points of each parameter
            opts.trials = 0, opts.grid = options->small ? 2 : 3;
        status = gd_search_create(PARAMETERS, space, opts, &search);
        told = 0;
        if (status == GD_OK)
            status = run(search, data, &told, best, epochs);
        for (int i = 0; status == GD_OK && i < told; i++)
            mean[i] += best[i] / searches;
        for (int i = 0; status == GD_OK && i < PARAMETERS; i++)
            gd_search_value_text(search, gd_search_best(search), i, text[i]);
        if (status == GD_OK && strcmp(kind, "bayesian") == 0 && seed == 1)
            status = draw_trials(options, search);
        gd_search_free(search);
    }
    if (status == GD_OK && told > 0) {
        printf("%-15s %6.0f %10.4f     %-10s %5s   %s\n", kind, epochs[told - 1], mean[told - 1], text[RATE],
               text[UNITS], text[ACTIVATION]);
        gd_chart_line(chart, kind, told, epochs, mean);
    }
    return status;
}

static gd_status five_strategies(const course *options, const flower *data)
{
    static const char *const strategy[] = {"grid", "random", "coarse_to_fine", "bayesian", "halving"};
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.x_title = "epochs trained, all trials together",
                                                              .y_title = "best validation loss so far",
                                                              .log_x = true,
                                                              .width = 460});
    gd_status status = GD_OK;
    printf("strategy         epochs  best loss     with rate  units   activation\n");
    for (int s = 0; status == GD_OK && s < 5; s++)
        status = try_strategy(options, strategy[s], data, chart);
    gd_status written = course_figure(options, "13-network", figure);
    return status != GD_OK ? status : written;
}

// ---- The range test: a rate that grows from step to step, and the loss that comes of it

static gd_status find_rate(const course *options, const flower *data)
{
    network net;
    gd_learning_rate_result found = {0};
    gd_status status = create(32, "tanh", gd_momentum(0.1, 0.9), &net); // the test sets the rates itself
    if (status == GD_OK)
        status = gd_find_learning_rate(net.trainer, data->train, (gd_fit_opts){.batch = 20, .seed = 1},
                                       (gd_learning_rate_opts){.from = 1e-5}, &found);
    release(&net);
    if (status == GD_OK)
        printf("\nthe loss falls fastest at %.2g, is smallest at %.2g: try %.2g\n", found.steepest, found.minimum,
               found.suggestion);
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(
        figure,
        (gd_chart_opts){.x_title = "learning rate", .y_title = "loss", .log_x = true, .y_to = 1.5, .width = 460});
    if (status == GD_OK) {
        gd_chart_points(chart, "of a batch", found.count, found.rate, found.loss);
        gd_chart_line(chart, "smoothed", found.count, found.rate, found.smooth);
        gd_chart_rule_x(chart, "suggestion", found.suggestion);
    }
    printf("rate        validation loss after %d epochs\n", options->small ? 2 : EPOCHS);
    for (double factor = 0.01; status == GD_OK && factor < 200; factor *= 10) {
        double loss = 0, rate = factor * found.suggestion;
        status = create(32, "tanh", gd_momentum(rate, 0.9), &net);
        if (status == GD_OK)
            status = train(&net, data, options->small ? 2 : EPOCHS, &loss);
        release(&net);
        printf("%-10.2g %16.4f\n", rate, loss);
    }
    gd_learning_rate_free(&found);
    gd_status written = course_figure(options, "13-network-rate", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    flower data = {0};
    gd_generate_opts opts = {.kind = GD_GENERATE_FLOWER, .samples = 400, .seed = 1};
    gd_status status = gd_dataset_generate(opts, &data.train);
    opts.seed = 2;
    if (status == GD_OK)
        status = gd_dataset_generate(opts, &data.validation);
    if (status == GD_OK)
        status = five_strategies(&options, &data);
    if (status == GD_OK)
        status = find_rate(&options, &data);
    gd_dataset_free(data.train);
    gd_dataset_free(data.validation);
    return status == GD_OK ? 0 : course_fail();
}
