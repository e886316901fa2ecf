// Overfitting and what is done about it: the table of Ng's course (nothing, L2, dropout) on the goalkeeper's kicks, and
// beside it L1, dropout with new units at each step, and early stopping.
//
// The kicks are read from $GRADUS_DATA/football, or ../shared/data/football; without them, two half moons stand in.
#include <math.h>

#include "course.h"

enum { MOST = 400, LAYERS = 3, EVERY = 100, MOST_POINTS = 300 };
static const int64_t units[LAYERS] = {20, 3, 1};

// ---- The data

typedef struct samples {
    int64_t n;
    double x[MOST][2], y[MOST];
} samples;

// Lines of x1,x2,label below a heading, in double precision.
static bool read_part(const char *part, samples *s)
{
    char path[4096];
    const char *folder = getenv("GRADUS_DATA") != NULL ? getenv("GRADUS_DATA") : "../shared/data";
    snprintf(path, sizeof path, "%s/football/%s.csv", folder, part);
    FILE *file = fopen(path, "r");
    s->n = 0;
    if (file == NULL || fscanf(file, "%*[^\n]") != 0)
        printf("%s: not here; half moons stand in\n", path);
    while (file != NULL && s->n < MOST && fscanf(file, "%lf,%lf,%lf", &s->x[s->n][0], &s->x[s->n][1], &s->y[s->n]) == 3)
        s->n++;
    if (file != NULL)
        fclose(file);
    return s->n > 0;
}

static gd_status make_moons(samples *s, int64_t n, uint32_t seed)
{
    gd_array x = {0}, y = {0};
    gd_generate_opts moons = {.kind = GD_GENERATE_MOONS, .samples = n, .noise = 0.35, .seed = seed};
    gd_status status = gd_generate(moons, &x, &y);
    s->n = n;
    for (int64_t i = 0; status == GD_OK && i < n; i++) {
        s->x[i][0] = (gd_array_get(&x, 2 * i) - 0.5) / 2; // into the square from -1 to 1
        s->x[i][1] = gd_array_get(&x, 2 * i + 1) / 2;
        s->y[i] = gd_array_get(&y, i);
    }
    gd_array_free(&x);
    gd_array_free(&y);
    return status;
}

// ---- The network: 2-20-3-1, relu, relu, sigmoid

typedef struct method {
    const char *name;
    double l1, l2;   // the penalties' strength, for the sum over all samples
    double keep;     // dropout: the chance of a hidden unit to be kept; 0: none
    bool same_units; // the course's dropout: at each step it drops what it dropped at the first
    bool stop_early;
} method;

static const method methods[] = {{.name = "nothing"},
                                 {.name = "L2 0.7", .l2 = 0.7},
                                 {.name = "dropout 0.86", .keep = 0.86, .same_units = true},
                                 {.name = "dropout, new units", .keep = 0.86},
                                 {.name = "L1 0.1", .l1 = 0.1},
                                 {.name = "early stopping", .stop_early = true}};
enum { METHODS = sizeof methods / sizeof methods[0] };

typedef struct network {
    gd_graph *graph;
    gd_tensor x, y, mask[LAYERS]; // masks are (n, units): 1 where a unit is kept, else 0
    gd_tensor logit;              // without dropout, as in every use but training
    gd_tensor loss, cost;         // without dropout and penalties; and with them
} network;

static gd_tensor forward(gd_tensor x)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, 3);
    gd_tensor a = x;
    for (int l = 0; l < LAYERS; l++) {
        char name[24];
        snprintf(name, sizeof name, "fc%d", l + 1);
        gd_tensor z = course_dense(a, name, units[l], &random, 1 / sqrt((double)gd_tensor_dim(a, -1)));
        a = l + 1 < LAYERS ? gd_relu(z) : z;
    }
    return a;
}

// The same weights again. A unit that is dropped gives 0; the others are divided by `keep`, which leaves the sum as it
// was on average.
static gd_tensor forward_with_dropout(network *net, const method *m)
{
    gd_tensor a = net->x;
    for (int l = 0; l < LAYERS; l++) {
        gd_tensor w = gd_variable_at(net->graph, 2 * l), b = gd_variable_at(net->graph, 2 * l + 1);
        gd_tensor z = gd_add(gd_matmul(a, w, (gd_matmul_opts){.transpose_b = true}), b);
        if (l + 1 == LAYERS)
            return z;
        a = gd_relu(z);
        a = m->same_units ? gd_scale(gd_mul(a, net->mask[l]), 1 / m->keep) : gd_dropout(a, 1 - m->keep);
    }
    return a;
}

static network write_network(const method *m, int64_t samples)
{
    network net = {.graph = gd_graph_create()};
    net.x = gd_input(net.graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    net.y = gd_input(net.graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    net.mask[0] = gd_input(net.graph, "mask1", GD_F64, GD_SHAPE(GD_BATCH, units[0]));
    net.mask[1] = gd_input(net.graph, "mask2", GD_F64, GD_SHAPE(GD_BATCH, units[1]));
    net.logit = forward(net.x);
    net.loss = net.cost = gd_logistic_loss(net.logit, net.y);
    if (m->keep > 0)
        net.cost = gd_logistic_loss(forward_with_dropout(&net, m), net.y);
    if (m->l2 > 0) // l2 / 2 times the sum of w^2
        net.cost = gd_add(net.cost, gd_l2_penalty(net.graph, m->l2 / (double)samples, (gd_penalty_opts){0}));
    if (m->l1 > 0) // l1 times the sum of |w|
        net.cost = gd_add(net.cost, gd_l1_penalty(net.graph, m->l1 / (double)samples, (gd_penalty_opts){0}));
    return net;
}

// ---- Training

typedef struct run {
    int points;
    double at[MOST_POINTS], train[MOST_POINTS], other[MOST_POINTS]; // step, and the loss on both sets before it
    int best;                                                       // the point with the smallest loss on the others
    double accuracy[2];                                             // at the end
} run;

static gd_status judge(gd_function *function, const network *net, const samples *s, double *loss, double *accuracy)
{
    gd_feed feed[] = {{net->x, gd_array_borrow(GD_F64, GD_SHAPE(s->n, 2), s->x)},
                      {net->y, gd_array_borrow(GD_F64, GD_SHAPE(s->n, 1), s->y)}};
    gd_array result[] = {gd_array_borrow(GD_F64, GD_SCALAR, loss), gd_array_borrow(GD_F64, GD_SCALAR, accuracy)};
    return gd_function_run(function, 2, feed, result);
}

// rand(units, samples) < keep; in the course samples are columns.
static gd_feed draw_mask(gd_tensor mask, gd_numpy_random *random, double keep, int64_t samples, double *kept)
{
    int64_t count = gd_tensor_dim(mask, 1);
    for (int64_t unit = 0; unit < count; unit++)
        for (int64_t i = 0; i < samples; i++)
            kept[i * count + unit] = gd_numpy_uniform(random) < keep ? 1 : 0;
    return (gd_feed){mask, gd_array_borrow(GD_F64, GD_SHAPE(samples, count), kept)};
}

// Gradient descent, rate 0.3; every 100 steps it looks at the loss on both sets.
static gd_status train(const network *net, double keep, const samples *set, const samples *other, int steps, run *r)
{
    static double kept[2][MOST * 20];
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    gd_feed feed[] = {{net->x, gd_array_borrow(GD_F64, GD_SHAPE(set->n, 2), set->x)},
                      {net->y, gd_array_borrow(GD_F64, GD_SHAPE(set->n, 1), set->y)},
                      draw_mask(net->mask[0], &random, keep, set->n, kept[0]),
                      draw_mask(net->mask[1], &random, keep, set->n, kept[1])};
    double cost;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &cost);
    gd_function *step = gd_training_step(net->cost, gd_gradient_descent(0.3));
    gd_tensor output[] = {net->loss, gd_accuracy(net->logit, net->y)};
    gd_function *look = gd_function_create(net->graph, 2, output, (gd_function_opts){0});
    gd_status status = step != NULL && look != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    *r = (run){0};
    for (int i = 0; status == GD_OK && i < steps; i++) {
        if (i % EVERY == 0 && r->points < MOST_POINTS) {
            int p = r->points++;
            r->at[p] = i;
            status = judge(look, net, set, &r->train[p], &r->accuracy[0]);
            if (status == GD_OK)
                status = judge(look, net, other, &r->other[p], &r->accuracy[1]);
            if (r->other[p] < r->other[r->best])
                r->best = p;
        }
        if (status == GD_OK)
            status = gd_function_run(step, 4, feed, &result);
    }
    for (int k = 0; status == GD_OK && k < 2; k++)
        status = judge(look, net, k == 0 ? set : other, &cost, &r->accuracy[k]);
    gd_function_free(step);
    gd_function_free(look);
    return status;
}

// How many steps to make: a quarter of the samples is kept back, and the loss on them says when it is enough. `set` is
// left with the others.
static gd_status find_steps(const method *m, samples *set, int *steps)
{
    static samples all, part[2];
    static run r;
    int64_t order[MOST];
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    all = *set;
    gd_numpy_permutation(&random, all.n, order);
    part[0].n = part[1].n = 0;
    for (int64_t i = 0; i < all.n; i++) {
        samples *to = &part[i % 4 == 3];
        to->x[to->n][0] = all.x[order[i]][0];
        to->x[to->n][1] = all.x[order[i]][1];
        to->y[to->n++] = all.y[order[i]];
    }
    *set = part[0];
    network net = write_network(m, set->n);
    gd_status status = train(&net, 1, set, &part[1], *steps, &r);
    *steps = (int)r.at[r.best];
    gd_graph_free(net.graph);
    return status;
}

// How many of the 103 weights hardly matter.
static int near_zero(const gd_graph *graph)
{
    int count = 0;
    for (int l = 0; l < LAYERS; l++) {
        gd_array w = {0};
        if (gd_variable_get(gd_variable_at(graph, 2 * l), &w) == GD_OK)
            for (int64_t i = 0; i < gd_array_count(&w); i++)
                count += fabs(gd_array_get(&w, i)) < 0.01;
        gd_array_free(&w);
    }
    return count;
}

static gd_status try_method(const method *m, samples set, const samples *test, int steps, gd_figure *planes,
                            gd_figure *curves)
{
    static run r;
    const int longest = steps;
    gd_status status = m->stop_early ? find_steps(m, &set, &steps) : GD_OK;
    network net = write_network(m, set.n);
    if (status == GD_OK)
        status = train(&net, m->keep, &set, test, steps, &r);
    if (status == GD_OK) {
        printf("%-18s %6d   %.6f %.3f   %-8.4f %.4f %7d\n", m->name, steps, r.accuracy[0], r.accuracy[1],
               r.train[r.points - 1], r.other[r.points - 1], near_zero(net.graph));
        char title[64];
        snprintf(title, sizeof title, "%s: %.1f%%, test %.1f%%", m->name, 100 * r.accuracy[0], 100 * r.accuracy[1]);
        gd_chart *chart = gd_figure_chart(planes, (gd_chart_opts){.title = title, .square = true, .no_legend = true});
        gd_array x = gd_array_borrow(GD_F64, GD_SHAPE(set.n, 2), set.x),
                 y = gd_array_borrow(GD_F64, GD_SHAPE(set.n), set.y);
        gd_tensor side = gd_sigmoid(gd_scale(net.logit, 0.1)); // the same boundary, less steep: smoother to draw
        status = course_boundary(chart, side, net.x, 0.8, &x, &y);
        gd_chart_opts opts = {.title = m->name, .x_title = "step", .y_title = "loss", .x_to = longest, .y_to = 0.7};
        chart = gd_figure_chart(curves, opts);
        gd_chart_line(chart, "training", r.points, r.at, r.train);
        gd_chart_line(chart, "test", r.points, r.at, r.other);
    }
    gd_graph_free(net.graph);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    static samples set, test;
    gd_status status = GD_OK;
    if (!read_part("train", &set) || !read_part("test", &test)) {
        status = make_moons(&set, 211, 1);
        if (status == GD_OK)
            status = make_moons(&test, 200, 2);
    }
    gd_figure *planes = gd_figure_create((gd_figure_opts){.columns = 3});
    gd_figure *curves = gd_figure_create((gd_figure_opts){.columns = 3});
    printf("%-18s %6s   %-14s   %-15s  %s\n", "", "", "accuracy", "loss", "weights");
    printf("%-18s %6s   %-8s %-5s   %-8s %-6s  %s\n", "", "steps", "training", "test", "training", "test", "near 0");
    for (int i = 0; status == GD_OK && i < METHODS; i++)
        status = try_method(&methods[i], set, &test, options.small ? 2000 : 30000, planes, curves);
    gd_status written = course_figure(&options, "12-overfitting", planes);
    gd_status written_too = course_figure(&options, "12-overfitting-curves", curves);
    return status == GD_OK && written == GD_OK && written_too == GD_OK ? 0 : course_fail();
}
