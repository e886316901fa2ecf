// What the cell of an LSTM keeps: one is trained on made-up text with quotes, brackets and lines of one length, and
// then looked into, gate by gate.
#include <math.h>

#include "course.h"

// ---- The text. What comes next hangs on three things only, so the best possible loss is known.

enum { WIDTH = 32, DEEPEST = 3, SYMBOLS = 15, LETTERS = 11 };
static const char symbol[SYMBOLS + 1] = "aeiou bcdfg\"()\n"; // the letters first, vowels before consonants
enum { QUOTE = 11, OPEN, CLOSE, NEWLINE };

typedef struct writer {
    gd_numpy_random random;
    int quoted, depth, place; // inside quotes; brackets that are open; characters since the line began
} writer;

enum { FEATURES = 3 };
static const char *const feature_name[FEATURES] = {"inside quotes", "bracket depth", "place in the line"};

static double feature(const writer *w, int which)
{
    return which == 0 ? w->quoted : which == 1 ? w->depth : w->place;
}

// How probable each symbol is: a full line ends; within quotes there are mostly vowels and no brackets; outside of them
// mostly consonants, and the more brackets are open, the more often one closes.
static void chances(const writer *w, double chance[SYMBOLS])
{
    memset(chance, 0, SYMBOLS * sizeof *chance);
    if (w->place == WIDTH) {
        chance[NEWLINE] = 1;
        return;
    }
    chance[QUOTE] = w->quoted ? 0.12 : 0.06;
    if (!w->quoted) {
        chance[OPEN] = w->depth < DEEPEST ? 0.1 : 0;
        chance[CLOSE] = 0.1 * w->depth;
    }
    double rest = 1 - chance[QUOTE] - chance[OPEN] - chance[CLOSE];
    for (int k = 0; k < LETTERS; k++)
        chance[k] = rest * (k == 5 ? 0.15 : 0.17 * ((k < 5) == w->quoted ? 0.85 : 0.15));
}

static int write_symbol(writer *w)
{
    double chance[SYMBOLS], left = gd_numpy_uniform(&w->random);
    int next = 0;
    chances(w, chance);
    for (; next < SYMBOLS - 1 && left >= chance[next]; next++)
        left -= chance[next];
    w->quoted = next == QUOTE ? !w->quoted : w->quoted;
    w->depth += (next == OPEN) - (next == CLOSE);
    w->place = next == NEWLINE ? 0 : w->place + 1;
    return next;
}

// ---- Training: `STREAMS` texts side by side, each read on from where the step before left off

enum { STREAMS = 32, STEPS = 64, UNITS = 48 };
enum { LENGTH = 4000 }; // of the text that it is tried on

static gd_tensor one_hot(gd_tensor id)
{
    return gd_one_hot(id, SYMBOLS, GD_F32);
}

// Every stream's symbols are moved on: x[t] is what was written, y[t] what came then.
static void read_on(writer author[STREAMS], int32_t x[STREAMS][STEPS], int32_t y[STREAMS][STEPS])
{
    for (int s = 0; s < STREAMS; s++) {
        for (int t = 0; t < STEPS; t++) {
            x[s][t] = t == 0 ? y[s][STEPS - 1] : y[s][t - 1];
            y[s][t] = write_symbol(&author[s]);
        }
    }
}

static gd_status train(gd_graph *graph, int steps)
{
    static writer author[STREAMS];
    static int32_t text[STREAMS][STEPS], next[STREAMS][STEPS];
    gd_tensor x = gd_input(graph, "x", GD_I32, GD_SHAPE(STREAMS, STEPS));
    gd_tensor y = gd_input(graph, "y", GD_I32, GD_SHAPE(STREAMS, STEPS));
    gd_tensor h = gd_lstm(one_hot(x), UNITS, (gd_recurrent_opts){.name = "lstm", .carry = true});
    gd_tensor logits = gd_dense(h, SYMBOLS, (gd_dense_opts){.name = "out"});
    gd_function *step = gd_training_step(gd_softmax_cross_entropy(logits, y), gd_adam(0.004));
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    const gd_feed feed[] = {{x, gd_array_borrow(GD_I32, GD_SHAPE(STREAMS, STEPS), text)},
                            {y, gd_array_borrow(GD_I32, GD_SHAPE(STREAMS, STEPS), next)}};
    float loss = 0;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &loss);
    for (int s = 0; s < STREAMS; s++) {
        gd_numpy_seed(&author[s].random, (uint32_t)s + 1);
        next[s][STEPS - 1] = NEWLINE;
    }
    for (int i = 0; status == GD_OK && i < steps; i++) {
        read_on(author, text, next);
        status = gd_function_run(step, 2, feed, &result);
        if (status == GD_OK && (i + 1) % (steps / 4) == 0)
            printf("step %5d  loss %.3f bits a character\n", i + 1, loss / log(2));
    }
    gd_function_free(step);
    return status;
}

// ---- One step of the LSTM, equation by equation, with the weights that were trained

typedef struct cell {
    gd_tensor i, f, o, candidate, c, h; // each (1, UNITS)
} cell;

// x is (1, SYMBOLS); h and c are (1, UNITS), as the step before left them.
static cell step_of_cell(gd_tensor x, gd_tensor h, gd_tensor c)
{
    const gd_matmul_opts transposed = {.transpose_b = true};
    gd_tensor w_x = gd_variable_find(x.graph, "lstm.weight_ih_l0"), b_x = gd_variable_find(x.graph, "lstm.bias_ih_l0");
    gd_tensor w_h = gd_variable_find(x.graph, "lstm.weight_hh_l0"), b_h = gd_variable_find(x.graph, "lstm.bias_hh_l0");
    gd_tensor z = gd_add(gd_add(gd_matmul(x, w_x, transposed), b_x), gd_add(gd_matmul(h, w_h, transposed), b_h));
    gd_tensor part[4]; // z is (1, 4 UNITS), in the order i, f, candidate, o
    gd_split(z, 1, 4, NULL, part);
    cell s = {.i = gd_sigmoid(part[0]), .f = gd_sigmoid(part[1]), .o = gd_sigmoid(part[3])};
    s.candidate = gd_tanh(part[2]);
    s.c = gd_add(gd_mul(s.f, c), gd_mul(s.i, s.candidate));
    s.h = gd_mul(s.o, gd_tanh(s.c));
    return s;
}

// What is seen after each symbol of a text that the network has never read.
typedef struct moment {
    int32_t id;
    double feature[FEATURES];
    double surprise, least; // bits for this symbol: of the net, and at best
    float i[UNITS], f[UNITS], o[UNITS], c[UNITS], h[UNITS], log_p[SYMBOLS]; // log_p: of the symbol after it
} moment;

typedef struct reader {
    gd_function *function;
    gd_tensor id, h, c;
} reader;

static reader make_reader(gd_graph *graph)
{
    reader r = {.id = gd_input(graph, "one", GD_I32, GD_SHAPE(1)),
                .h = gd_input(graph, "h", GD_F32, GD_SHAPE(1, UNITS)),
                .c = gd_input(graph, "c", GD_F32, GD_SHAPE(1, UNITS))};
    const cell s = step_of_cell(one_hot(r.id), r.h, r.c);
    gd_tensor logits =
        gd_add(gd_matmul(s.h, gd_variable_find(graph, "out.weight"), (gd_matmul_opts){.transpose_b = true}),
               gd_variable_find(graph, "out.bias"));
    const gd_tensor output[] = {s.i, s.f, s.o, s.c, s.h, gd_log_softmax(logits, 1)};
    r.function = gd_function_create(graph, 6, output, (gd_function_opts){0});
    return r;
}

// Reads `count` symbols from the start of a line. With `still`, cells that have a finite number there are held at it.
static gd_status read_text(const reader *r, int count, const float *still, moment *m)
{
    writer author = {0};
    float h[UNITS] = {0}, c[UNITS] = {0};
    const gd_shape state = GD_SHAPE(1, UNITS);
    gd_status status = GD_OK;
    gd_numpy_seed(&author.random, 1000);
    for (int t = 0; status == GD_OK && t < count; t++) {
        double chance[SYMBOLS];
        chances(&author, chance);
        m[t].id = t == 0 ? NEWLINE : write_symbol(&author);
        m[t].least = t == 0 ? 0 : -log2(chance[m[t].id]);
        m[t].surprise = t == 0 ? 0 : -m[t - 1].log_p[m[t].id] / log(2);
        for (int k = 0; k < FEATURES; k++)
            m[t].feature[k] = feature(&author, k);
        const gd_feed feed[] = {{r->id, gd_array_borrow(GD_I32, GD_SHAPE(1), &m[t].id)},
                                {r->h, gd_array_borrow(GD_F32, state, h)},
                                {r->c, gd_array_borrow(GD_F32, state, c)}};
        gd_array result[] = {
            gd_array_borrow(GD_F32, state, m[t].i), gd_array_borrow(GD_F32, state, m[t].f),
            gd_array_borrow(GD_F32, state, m[t].o), gd_array_borrow(GD_F32, state, m[t].c),
            gd_array_borrow(GD_F32, state, m[t].h), gd_array_borrow(GD_F32, GD_SHAPE(1, SYMBOLS), m[t].log_p)};
        status = gd_function_run(r->function, 3, feed, result);
        memcpy(h, m[t].h, sizeof h);
        memcpy(c, m[t].c, sizeof c);
        for (int u = 0; still != NULL && u < UNITS; u++)
            c[u] = isfinite(still[u]) ? still[u] : c[u];
    }
    return status;
}

// ---- Which unit follows what

typedef struct found {
    int unit;
    double r, slope, start; // the correlation; the feature is about start + slope c
} found;

static found correlate(const moment *m, int count, int which, int unit)
{
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int t = 0; t < count; t++) {
        double a = m[t].c[unit], b = m[t].feature[which];
        x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
    }
    double covariance = xy / count - x / count * (y / count), variance = xx / count - x / count * (x / count);
    double slope = variance > 0 ? covariance / variance : 0;
    double deviation = sqrt(variance * (yy / count - y / count * (y / count)));
    return (found){unit, deviation > 0 ? covariance / deviation : 0, slope, (y - slope * x) / count};
}

static found best_unit(const moment *m, int count, int which)
{
    found best = {0};
    for (int u = 0; u < UNITS; u++) {
        found f = correlate(m, count, which, u);
        if (fabs(f.r) > fabs(best.r))
            best = f;
    }
    return best;
}

static double mean_bits(const moment *m, int count, bool at_best)
{
    double sum = 0;
    for (int t = 1; t < count; t++)
        sum += at_best ? m[t].least : m[t].surprise;
    return sum / (count - 1);
}

// What becomes of the net when units of the cell are held at their means: all whose correlation is above `r`.
static gd_status hold(const reader *reader, const moment *m, int count, int which, double r, int *units, double *bits)
{
    static moment held[LENGTH];
    float still[UNITS];
    *units = 0;
    for (int u = 0; u < UNITS; u++) {
        double sum = 0;
        for (int t = 0; t < count; t++)
            sum += (double)m[t].c[u];
        still[u] = fabs(correlate(m, count, which, u).r) >= r ? (float)(sum / count) : NAN;
        *units += isfinite(still[u]);
    }
    gd_status status = read_text(reader, count, still, held);
    *bits = mean_bits(held, count, false);
    return status;
}

static gd_status print_units(const reader *reader, const moment *m, int count, found best[FEATURES])
{
    gd_status status = GD_OK;
    printf("\nbits a character: %.3f of the net, %.3f at best\n", mean_bits(m, count, false),
           mean_bits(m, count, true));
    double ends = 0;
    int full = 0;
    for (int t = 0; t < count; t++) {
        if (m[t].feature[2] >= WIDTH) {
            ends += exp((double)m[t].log_p[NEWLINE]);
            full++;
        }
    }
    printf("after %d characters in a line the net expects its end with a probability of %.3f\n\n", WIDTH, ends / full);
    printf("%-18s %5s %7s   bits when held still: it, or all with |r| > 0.7\n", "the cell", "unit", "r");
    for (int k = 0; k < FEATURES && status == GD_OK; k++) {
        double one = 0, all = 0;
        int units = 0;
        best[k] = best_unit(m, count, k);
        status = hold(reader, m, count, k, fabs(best[k].r), &units, &one);
        if (status == GD_OK)
            status = hold(reader, m, count, k, 0.7, &units, &all);
        printf("%-18s %5d %7.3f   %.3f %26.3f (%d units)\n", feature_name[k], best[k].unit, best[k].r, one, all, units);
    }
    return status;
}

// The gates of a unit, on average: at brackets, and at everything else.
static void print_gates(const moment *m, int count, int unit)
{
    double sum[2][3] = {{0}};
    int times[2] = {0};
    for (int t = 0; t < count; t++) {
        const int bracket = m[t].id == OPEN || m[t].id == CLOSE;
        const float gate[] = {m[t].f[unit], m[t].i[unit], m[t].o[unit]};
        for (int k = 0; k < 3; k++)
            sum[bracket][k] += (double)gate[k];
        times[bracket]++;
    }
    printf("\n%-18s %5s %7s %7s\n", "gates of the unit", "f", "i", "o");
    for (int b = 1; b >= 0; b--)
        printf("%-18s %5.3f %7.3f %7.3f\n", b == 1 ? "at brackets" : "elsewhere", sum[b][0] / times[b],
               sum[b][1] / times[b], sum[b][2] / times[b]);
}

// ---- Figures: over two lines of the text, what the units say, and the gates of one of them

enum { SHOWN = 2 * (WIDTH + 1) + 1 };

static void name_places(gd_chart *chart, const moment *m)
{
    static const char *const name[SYMBOLS] = {"a", "e", "i", "o",  "u", "\u2423", "b",     "c",
                                              "d", "f", "g", "\"", "(", ")",      "\u21b5"};
    const char *text[SHOWN];
    for (int t = 0; t < SHOWN; t++)
        text[t] = name[m[t].id];
    gd_chart_texts_x(chart, SHOWN, text);
}

static gd_status draw_units(const course *options, const moment *m, const found best[FEATURES])
{
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 1});
    double at[SHOWN], truth[SHOWN], cell[SHOWN];
    for (int k = 0; k < FEATURES; k++) {
        for (int t = 0; t < SHOWN; t++) {
            at[t] = t;
            truth[t] = m[t].feature[k];
            cell[t] = best[k].start + best[k].slope * (double)m[t].c[best[k].unit];
        }
        char title[80];
        snprintf(title, sizeof title, "%s: unit %d", feature_name[k], best[k].unit);
        gd_chart *chart = gd_figure_chart(
            figure, (gd_chart_opts){.title = title, .width = 760, .height = 110, .no_legend = k < FEATURES - 1});
        name_places(chart, m);
        gd_chart_line(chart, "the truth", SHOWN, at, truth);
        gd_chart_line(chart, "the cell, scaled", SHOWN, at, cell);
    }
    return course_figure(options, "17-gates", figure);
}

static gd_status draw_gates(const course *options, const moment *m, int unit)
{
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 1});
    char title[2][80];
    snprintf(title[0], sizeof title[0], "unit %d: its gates", unit);
    snprintf(title[1], sizeof title[1], "unit %d: its cell, and what it gives", unit);
    gd_chart *gates =
        gd_figure_chart(figure, (gd_chart_opts){.title = title[0], .width = 760, .height = 130, .y_to = 1});
    gd_chart *cell = gd_figure_chart(figure, (gd_chart_opts){.title = title[1], .width = 760, .height = 130});
    double at[SHOWN], value[5][SHOWN];
    for (int t = 0; t < SHOWN; t++) {
        const float now[] = {m[t].f[unit], m[t].i[unit], m[t].o[unit], m[t].c[unit], m[t].h[unit]};
        at[t] = t;
        for (int k = 0; k < 5; k++)
            value[k][t] = (double)now[k];
    }
    static const char *const name[] = {"forget gate f", "input gate i", "output gate o", "cell C", "state h"};
    name_places(gates, m);
    name_places(cell, m);
    for (int k = 0; k < 5; k++)
        gd_chart_line(k < 3 ? gates : cell, name[k], SHOWN, at, value[k]);
    return course_figure(options, "17-gates-inside", figure);
}

static gd_status look(const course *options, const reader *reader)
{
    static moment m[LENGTH];
    found best[FEATURES];
    const int count = options->small ? 200 : LENGTH;
    gd_status status = read_text(reader, count, NULL, m);
    if (status == GD_OK) {
        printf("\n");
        for (int t = 1; t <= 3 * (WIDTH + 1); t++)
            putchar(symbol[m[t].id]);
        status = print_units(reader, m, count, best);
    }
    if (status != GD_OK)
        return status;
    print_gates(m, count, best[1].unit); // that of the brackets
    status = draw_units(options, m, best);
    return status == GD_OK ? draw_gates(options, m, best[1].unit) : status;
}

int main(int argc, char **argv)
{
    const course options = course_options(argc, argv);
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 1);
    gd_status status = train(graph, options.small ? 40 : 3000);
    reader reader = {0};
    if (status == GD_OK) {
        reader = make_reader(graph);
        status = reader.function != NULL ? look(&options, &reader) : GD_ERROR_ARGUMENT;
    }
    gd_function_free(reader.function);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : course_fail();
}
