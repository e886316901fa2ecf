// The loss of a detector against its formula, written once more in plain C; and its gradient against differences.
#include <gradus/loss.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "box/map.h"

enum { CLASSES = 2, ROWS = 6, COLUMNS = 8, PLANE = ROWS * COLUMNS, PICTURES = 2 };
enum { OUTPUT = (CLASSES + 4) * PLANE, TARGET = (CLASSES + 6) * PLANE };

typedef struct {
    double output[PICTURES * OUTPUT], target[PICTURES * TARGET];
} example;

static double random_number(double low, double high)
{
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return low + (high - low) * (double)(state >> 8) / (double)(1 << 24);
}

static void make_example(example *e)
{
    static const gd__true_box some[] = {{.class = 0, .box = {0.5, 0.5, 4.25, 3}},
                                        {.class = 1, .box = {3, 2, 7.5, 5.75}},
                                        {.class = 0, .box = {6, 0, 7, 1}},
                                        {.class = 1, .box = {0, 4, 2, 6}, .crowd = true}};
    float taught[TARGET];
    for (int i = 0; i < PICTURES * OUTPUT; i++)
        e->output[i] = random_number(-1, 1);
    for (int p = 0; p < PICTURES; p++) {
        // The second picture shows nothing.
        assert_int_equal(gd__map_teach((gd__box_map){CLASSES, ROWS, COLUMNS},
                                       (gd__map_opts){.spread = 0.54, .least = 0.25}, p == 0 ? 4 : 0, some, taught),
                         GD_OK);
        for (int i = 0; i < TARGET; i++)
            e->target[p * TARGET + i] = (double)taught[i];
    }
}

// With gamma 2, beta 4 and box_weight 5.
static double right_loss(const double *output, const double *target)
{
    double heat = 0, box = 0, objects = 0;
    for (int i = 0; i < CLASSES * PLANE; i++) {
        const double p = 1 / (1 + exp(-(output[i] + log(0.01 / 0.99)))), y = target[i];
        heat += y >= 1 ? (1 - p) * (1 - p) * -log(p) : pow(1 - y, 4) * p * p * -log(1 - p);
    }
    for (int i = 0; i < PLANE; i++) {
        const double weight = target[(CLASSES + 4) * PLANE + i];
        double o[4], t[4];
        for (int k = 0; k < 4; k++) {
            o[k] = 2 * exp(output[(CLASSES + k) * PLANE + i]);
            t[k] = target[(CLASSES + k) * PLANE + i];
        }
        const gd__box found = {-o[0], -o[1], o[2], o[3]}, truth = {-t[0], -t[1], t[2], t[3]};
        box += weight > 0 ? weight * (1 - gd__box_generalised_iou(found, truth)) : 0;
        objects += weight;
    }
    return (heat + 5 * box) / fmax(objects, 1);
}

typedef struct {
    gd_graph *graph;
    gd_tensor output, target, loss, gradient;
} network;

static network write_network(void)
{
    network n = {.graph = gd_graph_create()};
    n.output = gd_input(n.graph, "output", GD_F64, GD_SHAPE(GD_BATCH, CLASSES + 4, ROWS, COLUMNS));
    n.target = gd_input(n.graph, "target", GD_F64, GD_SHAPE(GD_BATCH, CLASSES + 6, ROWS, COLUMNS));
    n.loss = gd_loss_write(gd_loss_kind_named("detection"), n.output, n.target, NULL,
                           (gd_loss_opts){.reduction = GD_REDUCTION_NONE});
    gd_gradients(gd_sum(n.loss, (gd_reduce_opts){0}), 1, &n.output, &n.gradient);
    assert_null(gd_graph_error(n.graph));
    return n;
}

static void as_its_formula(void **state)
{
    (void)state;
    static example e;
    make_example(&e);
    const network n = write_network();
    gd_tensor wanted[] = {n.loss, n.gradient};
    gd_function *function = gd_function_create(n.graph, 2, wanted, (gd_function_opts){0});
    assert_non_null(function);
    static double loss[PICTURES], gradient[PICTURES * OUTPUT];
    gd_feed feed[] = {{n.output, gd_array_borrow(GD_F64, GD_SHAPE(PICTURES, CLASSES + 4, ROWS, COLUMNS), e.output)},
                      {n.target, gd_array_borrow(GD_F64, GD_SHAPE(PICTURES, CLASSES + 6, ROWS, COLUMNS), e.target)}};
    gd_array out[] = {gd_array_borrow(GD_F64, GD_SHAPE(PICTURES), loss),
                      gd_array_borrow(GD_F64, GD_SHAPE(PICTURES, CLASSES + 4, ROWS, COLUMNS), gradient)};
    assert_int_equal(gd_function_run(function, 2, feed, out), GD_OK);
    for (int p = 0; p < PICTURES; p++) {
        double *own = e.output + p * OUTPUT;
        const double *target = e.target + p * TARGET;
        assert_true(fabs(loss[p] - right_loss(own, target)) < 1e-6 * loss[p]); // 1e-7 is added to divisors
        for (int i = 0; i < OUTPUT; i++) {
            const double kept = own[i], step = 1e-5;
            own[i] = kept + step;
            const double above = right_loss(own, target);
            own[i] = kept - step;
            const double slope = (above - right_loss(own, target)) / (2 * step);
            own[i] = kept;
            if (fabs(gradient[p * OUTPUT + i] - slope) > 1e-5)
                fail_msg("picture %d, number %d: the gradient is %.9g, expected %.9g", p, i, gradient[p * OUTPUT + i],
                         slope);
        }
    }
    gd_function_free(function);
    gd_graph_free(n.graph);
}

static void what_does_not_fit(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor output = gd_input(graph, "output", GD_F32, GD_SHAPE(GD_BATCH, 6, 4, 4));
    const gd_tensor target = gd_input(graph, "target", GD_F32, GD_SHAPE(GD_BATCH, 7, 4, 4));
    gd_loss_named("detection", output, target, (gd_loss_opts){0});
    assert_non_null(gd_graph_error(graph));
    assert_non_null(strstr(gd_graph_error(graph), "expected (N, K + 4, H, W) and (N, K + 6, H, W)"));
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_its_formula), cmocka_unit_test(what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
