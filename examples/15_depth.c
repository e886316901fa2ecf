// Why depth helps: is the number of ones among n bits odd? Answered by a deep narrow net of exclusive ors and by
// shallow nets, first with weights set by hand, then with trained ones.
#include "course.h"

enum { MOST_BITS = 16, MOST_UNITS = 1 << (MOST_BITS - 1), MOST_PATTERNS = 1024 };

typedef struct patterns {
    int64_t count, bits;
    gd_array x, y; // (count, bits), (count, 1): bits, and 1 where an odd number of them is set
} patterns;

static gd_status make_patterns(int64_t bits, patterns *p)
{
    int64_t all = (int64_t)1 << bits;
    *p = (patterns){.count = all < MOST_PATTERNS ? all : MOST_PATTERNS, .bits = bits};
    gd_status status = gd_array_create(&p->x, GD_F32, GD_SHAPE(p->count, bits));
    if (status == GD_OK)
        status = gd_array_create(&p->y, GD_F32, GD_SHAPE(p->count, 1));
    for (int64_t i = 0; status == GD_OK && i < p->count; i++) {
        int64_t pattern = p->count == all ? i : i * 40503 % all, odd = 0; // when not all: ones that differ
        for (int64_t k = 0; k < bits; k++) {
            gd_array_put(&p->x, i * bits + k, (double)(pattern >> k & 1));
            odd ^= pattern >> k & 1;
        }
        gd_array_put(&p->y, i, (double)odd);
    }
    return status;
}

static void free_patterns(patterns *p)
{
    gd_array_free(&p->x);
    gd_array_free(&p->y);
}

// ---- By hand. Each network gives 1 for odd and 0 for even, and says how many hidden units it has.

static float w[(MOST_UNITS + 1) * MOST_BITS], b[MOST_UNITS + 1]; // of the layer that is being written

// a W' + b, with W (units, inputs) and b (units)
static gd_tensor affine(gd_tensor a, int64_t units)
{
    gd_array weight = gd_array_borrow(GD_F32, GD_SHAPE(units, gd_tensor_dim(a, -1)), w);
    gd_array bias = gd_array_borrow(GD_F32, GD_SHAPE(units), b);
    gd_tensor product = gd_matmul(a, gd_constant(a.graph, &weight), (gd_matmul_opts){.transpose_b = true});
    return gd_add(product, gd_constant(a.graph, &bias));
}

// A tournament of exclusive ors: p xor q = relu(s) - 2 relu(s - 1) with s = p + q. Each gate has two units, and the
// difference that is its answer is taken by the weights of the layer behind it.
static gd_tensor tournament(gd_tensor x, int64_t *units)
{
    int64_t inputs = gd_tensor_dim(x, -1);
    gd_tensor a = x;
    *units = 0;
    for (int64_t gates = inputs / 2; gates >= 1; gates /= 2) {
        int64_t fan = inputs / gates; // 2 bits, or twice the 2 units of a gate
        memset(w, 0, (size_t)(2 * gates * inputs) * sizeof *w);
        for (int64_t u = 0; u < 2 * gates; u++) {
            for (int64_t k = 0; k < fan; k++)
                w[u * inputs + u / 2 * fan + k] = fan == 2 || k % 2 == 0 ? 1 : -2;
            b[u] = u % 2 == 0 ? 0 : -1;
        }
        a = gd_relu(affine(a, 2 * gates));
        inputs = 2 * gates;
        *units += inputs;
    }
    w[0] = 1, w[1] = -2, b[0] = 0;
    return affine(a, 1);
}

// One hidden layer in which every odd pattern has a unit of its own, which answers 1 to it and 0 to all others.
static gd_tensor dictionary(gd_tensor x, int64_t *units)
{
    int64_t bits = gd_tensor_dim(x, -1);
    *units = 0;
    for (int64_t pattern = 0; pattern < (int64_t)1 << bits; pattern++) {
        int64_t ones = 0;
        for (int64_t k = 0; k < bits; k++) {
            w[*units * bits + k] = pattern >> k & 1 ? 1 : -1;
            ones += pattern >> k & 1;
        }
        b[*units] = (float)(1 - ones);
        *units += ones % 2; // the next odd pattern gets the next unit
    }
    return gd_sum(gd_relu(affine(x, *units)), (gd_reduce_opts){.axes = GD_AXES(1), .keep = true});
}

// One hidden layer that counts: a zigzag over the number of ones, with a corner at every unit.
static gd_tensor counter(gd_tensor x, int64_t *units)
{
    int64_t bits = *units = gd_tensor_dim(x, -1);
    for (int64_t u = 0; u < bits; u++) {
        for (int64_t k = 0; k < bits; k++)
            w[u * bits + k] = 1;
        b[u] = (float)-u;
    }
    gd_tensor hidden = gd_relu(affine(x, bits));
    for (int64_t u = 0; u < bits; u++)
        w[u] = u == 0 ? 1 : u % 2 == 0 ? 2 : -2;
    return affine(hidden, 1);
}

static gd_status count_mistakes(gd_tensor (*network)(gd_tensor, int64_t *), const patterns *p, int64_t *units,
                                int64_t *mistakes)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, p->bits));
    gd_tensor answer = network(x, units);
    gd_function *function = gd_function_create(graph, 1, &answer, (gd_function_opts){0});
    gd_array y = {0};
    gd_status status = function != NULL ? gd_function_run(function, 1, &(gd_feed){x, p->x}, &y) : GD_ERROR_ARGUMENT;
    *mistakes = 0;
    for (int64_t i = 0; status == GD_OK && i < p->count; i++)
        *mistakes += gd_array_get(&y, i) != gd_array_get(&p->y, i);
    gd_array_free(&y);
    gd_function_free(function);
    gd_graph_free(graph);
    return status;
}

static gd_status by_hand(const course *options)
{
    static gd_tensor (*const network[])(gd_tensor, int64_t *) = {tournament, dictionary, counter};
    static const char *const name[] = {"tournament (deep)", "dictionary (shallow)", "counter (shallow)"};
    double bits[4], size[3][4];
    int rows = options->small ? 3 : 4;
    gd_status status = GD_OK;
    printf("by hand: hidden units (mistakes)\nbits");
    for (int k = 0; k < 3; k++)
        printf("  %22s", name[k]);
    for (int i = 0; status == GD_OK && i < rows; i++) {
        int64_t n = (int64_t)2 << i; // 2, 4, 8, 16
        bits[i] = (double)n;
        patterns p = {0};
        status = make_patterns(n, &p);
        printf("\n%4d", (int)n);
        for (int k = 0; status == GD_OK && k < 3; k++) {
            int64_t units, mistakes;
            status = count_mistakes(network[k], &p, &units, &mistakes);
            size[k][i] = (double)units;
            printf("  %18lld (%lld)", (long long)units, (long long)mistakes);
        }
        free_patterns(&p);
    }
    printf("\n");
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart =
        gd_figure_chart(figure, (gd_chart_opts){.x_title = "bits", .y_title = "hidden units", .log_y = true});
    for (int k = 0; status == GD_OK && k < 3; k++)
        gd_chart_line(chart, name[k], rows, bits, size[k]);
    gd_status written = course_figure(options, "15-depth", figure);
    return status != GD_OK ? status : written;
}

// ---- Trained: the parity of 10 bits, all 1024 patterns, Adam

typedef struct design {
    int layers, units; // hidden ones; each layer has the same number
} design;

static gd_status train(design d, const gd_dataset *set, int64_t bits, int epochs, uint64_t seed, int64_t *parameters,
                       double *accuracy)
{
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, seed);
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, bits));
    gd_tensor y = gd_input(graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor a = gd_shift(gd_scale(x, 2), -1); // bits as -1 and 1
    gd_dense_opts he = {.initializer = {.kind = GD_INIT_HE_NORMAL}};
    for (int l = 0; l < d.layers; l++)
        a = gd_relu(gd_dense(a, d.units, he));
    gd_tensor logit = gd_dense(a, 1), loss = gd_logistic_loss(logit, y);
    *parameters = 0;
    for (int i = 0; i < gd_variable_count(graph); i++)
        *parameters += gd_shape_count(gd_tensor_shape(gd_variable_at(graph, i)));

    gd_fit_opts opts = {.epochs = epochs, .batch = 32, .seed = seed, .schedule = gd_cosine_schedule(0)};
    gd_trainer *trainer = gd_trainer_create(loss, gd_adam(0.01));
    gd_status status = trainer != NULL ? gd_fit(trainer, set, opts) : GD_ERROR_ARGUMENT;
    gd_metric metric = {.name = "accuracy", .value = gd_correct(logit, y)};
    gd_evaluation result = {0};
    if (status == GD_OK)
        status = gd_evaluate(loss, set, (gd_evaluate_opts){.metric_count = 1, .metric = &metric}, &result);
    *accuracy = result.metric[0];
    gd_trainer_free(trainer);
    gd_graph_free(graph);
    return status;
}

// Trains each design from several starts and draws the mean accuracies over the number of parameters.
static gd_status trained(const course *options)
{
    enum { BITS = 10, SIZES = 5 };
    static const int size[3][SIZES] = {{8, 16, 20, 32, 64}, {4, 6, 8, 10, 12}, {4, 6, 8, 10, 12}};
    static const char *const name[] = {"1 hidden layer", "2 hidden layers", "3 hidden layers"};
    int starts = options->small ? 1 : 5, sizes = options->small ? 2 : SIZES;
    patterns p;
    gd_dataset *set = NULL;
    gd_status status = make_patterns(BITS, &p);
    if (status == GD_OK)
        status = gd_dataset_from_arrays(2, (const char *const[]){"x", "y"}, (const gd_array[]){p.x, p.y}, &set);
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart =
        gd_figure_chart(figure, (gd_chart_opts){.x_title = "parameters", .y_title = "accuracy", .percent_y = true});
    printf("trained: the parity of %d bits, %d starts each\n", BITS, starts);
    for (int k = 0; status == GD_OK && k < 3; k++) {
        double parameters[SIZES], mean[SIZES] = {0};
        for (int i = 0; status == GD_OK && i < sizes; i++) {
            int64_t count = 0;
            for (int s = 1; status == GD_OK && s <= starts; s++) {
                double accuracy;
                status = train((design){k + 1, size[k][i]}, set, BITS, options->small ? 5 : 150, (uint64_t)s, &count,
                               &accuracy);
                mean[i] += accuracy / starts;
            }
            parameters[i] = (double)count;
            printf("%s of %2d: %4lld parameters, accuracy %.1f%%\n", name[k], size[k][i], (long long)count,
                   100 * mean[i]);
        }
        gd_chart_line(chart, name[k], sizes, parameters, mean);
        gd_chart_points(chart, name[k], sizes, parameters, mean);
    }
    gd_status written = course_figure(options, "15-depth-trained", figure);
    free_patterns(&p);
    gd_dataset_free(set);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = by_hand(&options);
    if (status == GD_OK)
        status = trained(&options);
    return status == GD_OK ? 0 : course_fail();
}
