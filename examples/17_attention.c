// What attention looks at: two small nets of one attention layer each, of which one writes a word backwards and the
// other looks things up in a list, and the weights by which they do it.
#include <math.h>

#include "course.h"

enum { PLACES = 8, KEYS = 12, VALUES = 10, WIDTH = 32, BATCH = 64 };

typedef struct batch {
    int32_t source[BATCH][PLACES]; // symbols; of the list, its keys
    int32_t value[BATCH][PLACES];  // of the list
    int32_t asked[BATCH][PLACES];  // keys of the list, in another order
    int32_t answer[BATCH][PLACES];
} batch;

typedef struct task {
    const char *name;
    bool look_up;                           // else: to write backwards
    gd_tensor source, value, asked, answer; // inputs (BATCH, PLACES)
    gd_tensor loss, accuracy, weights;      // weights (BATCH, 1, PLACES, PLACES)
} task;

static void make_batch(const task *task, gd_numpy_random *random, batch *b)
{
    for (int n = 0; n < BATCH; n++) {
        int64_t key[KEYS], order[PLACES];
        for (int k = 0; k < KEYS; k++)
            key[k] = k;
        for (int t = 0; t < PLACES; t++)
            order[t] = task->look_up ? t : PLACES - 1 - t; // where the answer stands
        gd_numpy_shuffle(random, KEYS, key);
        if (task->look_up)
            gd_numpy_shuffle(random, PLACES, order);
        for (int t = 0; t < PLACES; t++) {
            b->source[n][t] = task->look_up ? (int32_t)key[t] : (int32_t)gd_numpy_below(random, KEYS);
            b->value[n][t] = (int32_t)gd_numpy_below(random, VALUES);
        }
        for (int t = 0; t < PLACES; t++) {
            b->asked[n][t] = b->source[n][order[t]];
            b->answer[n][t] = task->look_up ? b->value[n][order[t]] : b->source[n][order[t]];
        }
    }
}

// A vector for each place, (PLACES, WIDTH), which is learned.
static gd_tensor places(gd_graph *graph)
{
    static const int32_t number[PLACES] = {0, 1, 2, 3, 4, 5, 6, 7};
    const gd_array array = gd_array_borrow(GD_I32, GD_SHAPE(PLACES), number);
    return gd_embedding(gd_constant(graph, &array), PLACES, WIDTH);
}

static void write_task(task *task, gd_graph *graph)
{
    const gd_shape shape = GD_SHAPE(BATCH, PLACES);
    task->source = gd_input(graph, "source", GD_I32, shape);
    task->answer = gd_input(graph, "answer", GD_I32, shape);
    gd_tensor known = gd_embedding(task->source, KEYS, WIDTH), query;
    if (task->look_up) { // a place of the list is the sum of its key and its value
        task->value = gd_input(graph, "value", GD_I32, shape);
        task->asked = gd_input(graph, "asked", GD_I32, shape);
        known = gd_add(known, gd_embedding(task->value, VALUES, WIDTH));
        query = gd_embedding(task->asked, KEYS, WIDTH);
    } else {
        query = known = gd_add(known, places(graph));
    }
    gd_tensor seen = gd_attention(query, known, known, 1, (gd_attention_opts){.weights = &task->weights});
    gd_tensor logits = gd_dense(seen, task->look_up ? VALUES : KEYS);
    task->loss = gd_softmax_cross_entropy(logits, task->answer);
    task->accuracy = gd_accuracy(logits, task->answer);
}

static gd_status run_task(const task *task, gd_function *function, const batch *b, gd_array *result)
{
    const gd_shape shape = GD_SHAPE(BATCH, PLACES);
    const gd_feed feed[] = {{task->source, gd_array_borrow(GD_I32, shape, b->source)},
                            {task->answer, gd_array_borrow(GD_I32, shape, b->answer)},
                            {task->value, gd_array_borrow(GD_I32, shape, b->value)},
                            {task->asked, gd_array_borrow(GD_I32, shape, b->asked)}};
    return gd_function_run(function, task->look_up ? 4 : 2, feed, result);
}

// Of a query, the source whose answer it wants.
static int right_place(const task *task, const batch *b, int n, int t)
{
    int place = PLACES - 1 - t;
    for (int s = 0; task->look_up && s < PLACES; s++)
        place = b->source[n][s] == b->asked[n][t] ? s : place;
    return place;
}

// The weights of the first sequence as a map: a row for each query, from above, and a column for each place that it
// may look at.
static void draw(const task *task, const batch *b, const float weights[BATCH][PLACES][PLACES], gd_figure *figure)
{
    double value[PLACES * PLACES];
    char across[PLACES][16], down[PLACES][16];
    const char *x[PLACES], *y[PLACES];
    for (int t = 0; t < PLACES; t++) {
        const int row = PLACES - 1 - t;
        for (int s = 0; s < PLACES; s++)
            value[row * PLACES + s] = weights[0][t][s];
        if (task->look_up) {
            snprintf(across[t], sizeof across[t], "%c = %d", 'a' + b->source[0][t], b->value[0][t]);
            snprintf(down[row], sizeof down[row], "%c ?", 'a' + b->asked[0][t]);
        } else {
            snprintf(across[t], sizeof across[t], "%c", 'a' + b->source[0][t]);
            snprintf(down[row], sizeof down[row], "%d.", t + 1);
        }
        x[t] = across[t];
        y[row] = down[row];
    }
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = task->name,
                                                              .x_title = "looked at",
                                                              .y_title = task->look_up ? "asked for" : "place written",
                                                              .square = true,
                                                              .width = 340,
                                                              .height = 340});
    gd_chart_texts_x(chart, PLACES, x);
    gd_chart_texts_y(chart, PLACES, y);
    gd_chart_heat(chart, (gd_chart_grid){PLACES, PLACES, 0, PLACES - 1, 0, PLACES - 1, value});
}

static gd_status measure(const task *task, gd_function *test, gd_numpy_random *random, int step, gd_figure *figure)
{
    static float weights[BATCH][PLACES][PLACES];
    float accuracy = 0;
    double on_right = 0;
    batch b;
    make_batch(task, random, &b);
    gd_array result[] = {gd_array_borrow(GD_F32, GD_SCALAR, &accuracy),
                         gd_array_borrow(GD_F32, GD_SHAPE(BATCH, 1, PLACES, PLACES), weights)};
    gd_status status = run_task(task, test, &b, result);
    for (int n = 0; n < BATCH; n++)
        for (int t = 0; t < PLACES; t++)
            on_right += (double)weights[n][t][right_place(task, &b, n, t)] / (BATCH * PLACES);
    if (status == GD_OK)
        printf("%-12s %5d %9.1f%% %18.3f\n", task->name, step, 100 * (double)accuracy, on_right);
    if (status == GD_OK && figure != NULL)
        draw(task, &b, weights, figure);
    return status;
}

static gd_status learn(task *task, int steps, gd_figure *figure)
{
    static batch b;
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 1);
    write_task(task, graph);
    const gd_tensor output[] = {task->accuracy, task->weights};
    gd_function *train = gd_training_step(task->loss, gd_adam(0.003));
    gd_function *test = gd_function_create(graph, 2, output, (gd_function_opts){0});
    gd_status status = train != NULL && test != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    float loss;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &loss);
    for (int i = 0; status == GD_OK && i <= steps; i++) {
        if (i == 0 || i == 10 || i == 25 || i == 50 || i == steps)
            status = measure(task, test, &random, i, i == steps ? figure : NULL);
        make_batch(task, &random, &b);
        if (status == GD_OK && i < steps)
            status = run_task(task, train, &b, &result);
    }
    gd_function_free(train);
    gd_function_free(test);
    gd_graph_free(graph);
    return status;
}

int main(int argc, char **argv)
{
    const course options = course_options(argc, argv);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    printf("%-12s %5s %10s %18s\n", "task", "step", "right", "weight on its place");
    gd_status status = learn(&(task){.name = "backwards"}, options.small ? 20 : 200, figure);
    if (status == GD_OK)
        status = learn(&(task){.name = "look up", .look_up = true}, options.small ? 20 : 200, figure);
    gd_status written = course_figure(&options, "17-attention", figure);
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
