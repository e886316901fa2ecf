// Kinds of gradient descent: with batches of all samples, of some and of one; with learning rates from too small to too
// large; and with rates that decay. The model is a line, so that its cost can be drawn over both parameters.
#include <math.h>

#include "course.h"

enum { SAMPLES = 256, MOST_STEPS = 40 * SAMPLES };

// The data, y = 2 x + 4.2 + noise, and the line w x + b that is to fit it.
typedef struct problem {
    gd_array x, y; // (SAMPLES, 1)
    gd_graph *graph;
    gd_tensor in[3]; // x and y of a batch; the learning rate
    gd_tensor w, b;
    gd_function *step;
    double least; // the smallest cost that any line has
} problem;

// Ends with a step down the slope that the batch shows: w = w - rate dJ/dw, b = b - rate dJ/db.
static gd_function *descent(gd_tensor cost, gd_tensor w, gd_tensor b, gd_tensor rate)
{
    gd_tensor slope[2];
    gd_gradients(cost, 2, (gd_tensor[]){w, b}, slope);
    gd_assignment update[] = {{w, gd_sub(w, gd_mul(rate, slope[0]))}, {b, gd_sub(b, gd_mul(rate, slope[1]))}};
    return gd_function_create(cost.graph, 1, &cost, (gd_function_opts){.assignment_count = 2, .assignment = update});
}

static double cost_of(const problem *p, double w, double b)
{
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double error = w * gd_array_get(&p->x, i) + b - gd_array_get(&p->y, i);
        sum += error * error / (2 * SAMPLES);
    }
    return sum;
}

static gd_status make_problem(problem *p)
{
    gd_generate_opts opts = {.kind = GD_GENERATE_LINEAR, .samples = SAMPLES, .features = 1, .noise = 1, .seed = 1};
    gd_status status = gd_generate(opts, &p->x, &p->y);
    if (status != GD_OK)
        return status;
    double row[2 * SAMPLES], best[2];
    for (int i = 0; i < SAMPLES; i++)
        row[2 * i] = gd_array_get(&p->x, i), row[2 * i + 1] = 1;
    status = gd_least_squares(SAMPLES, 2, 1, row, p->y.data, 0, best);
    if (status != GD_OK)
        return status;
    p->least = cost_of(p, best[0], best[1]);
    printf("least squares: y = %.3f x + %.3f, cost %.4f\n", best[0], best[1], p->least);

    p->graph = gd_graph_create();
    gd_tensor x = p->in[0] = gd_input(p->graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor y = p->in[1] = gd_input(p->graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    p->in[2] = gd_input(p->graph, "rate", GD_F64, GD_SCALAR);
    p->w = gd_variable(p->graph, "w", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    p->b = gd_variable(p->graph, "b", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor cost = gd_scale(gd_squared_error(gd_add(gd_mul(x, p->w), p->b), y), 0.5);
    p->step = descent(cost, p->w, p->b, p->in[2]);
    return p->step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
}

// One way down, and where it led: w and b before the first step and after each; the cost above the smallest one.
typedef struct descend_opts {
    int64_t batch, epochs;
    double rate, decay; // rate / (1 + decay epoch)
} descend_opts;
typedef struct trace {
    int64_t steps;
    double w[MOST_STEPS + 1], b[MOST_STEPS + 1], excess[MOST_STEPS + 1];
} trace;

static gd_status look(const problem *p, trace *t, int64_t step)
{
    gd_array value[2] = {{0}, {0}};
    gd_status status = gd_variable_get(p->w, &value[0]);
    if (status == GD_OK)
        status = gd_variable_get(p->b, &value[1]);
    if (status == GD_OK) {
        t->w[step] = gd_array_get(&value[0], 0);
        t->b[step] = gd_array_get(&value[1], 0);
        t->excess[step] = cost_of(p, t->w[step], t->b[step]) - p->least;
        t->steps = step;
    }
    gd_array_free(&value[0]);
    gd_array_free(&value[1]);
    return status;
}

static gd_status descend(const problem *p, descend_opts opts, trace *t)
{
    double zero = 0, rate, cost, x[SAMPLES], y[SAMPLES];
    gd_array start = gd_array_borrow(GD_F64, GD_SCALAR, &zero), result = gd_array_borrow(GD_F64, GD_SCALAR, &cost);
    gd_status status = gd_variable_set(p->w, &start);
    if (status == GD_OK)
        status = gd_variable_set(p->b, &start);
    if (status == GD_OK)
        status = look(p, t, 0);
    gd_numpy_random random;
    gd_numpy_seed(&random, 2);
    for (int64_t epoch = 0, step = 1; status == GD_OK && epoch < opts.epochs; epoch++) {
        int64_t order[SAMPLES];
        gd_numpy_permutation(&random, SAMPLES, order);
        for (int i = 0; i < SAMPLES; i++) {
            x[i] = gd_array_get(&p->x, order[i]);
            y[i] = gd_array_get(&p->y, order[i]);
        }
        rate = opts.rate / (1 + opts.decay * (double)epoch);
        for (int64_t at = 0; status == GD_OK && at < SAMPLES; at += opts.batch, step++) {
            gd_shape shape = GD_SHAPE(opts.batch, 1);
            gd_feed feed[] = {{p->in[0], gd_array_borrow(GD_F64, shape, x + at)},
                              {p->in[1], gd_array_borrow(GD_F64, shape, y + at)},
                              {p->in[2], gd_array_borrow(GD_F64, GD_SCALAR, &rate)}};
            status = gd_function_run(p->step, 3, feed, &result);
            if (status == GD_OK)
                status = look(p, t, step);
        }
    }
    return status;
}

// The mean over an epoch, so that noise averages out.
static double mean_excess(const trace *t, int64_t steps_per_epoch, int64_t epoch)
{
    double sum = 0;
    for (int64_t i = 1; i <= steps_per_epoch; i++)
        sum += t->excess[(epoch - 1) * steps_per_epoch + i];
    return sum / (double)steps_per_epoch;
}

static trace t;

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    problem p;
    (void)options;
    if (make_problem(&p) != GD_OK) return course_fail();
    int64_t batch[]={1,8,32,256};
    double rate[]={.02,.05,.1,.2};
    for(int k=0;k<4;k++) for(int i=0;i<4;i++){
        if (descend(&p,(descend_opts){batch[i],40,rate[k],0},&t)!=GD_OK) return course_fail();
        int64_t s=256/batch[i];
        printf("batch %3d rate %g:",(int)batch[i],rate[k]);
        int64_t ep[]={1,3,10,30,40};
        for(int e=0;e<5;e++) printf(" %.2g", mean_excess(&t,s,ep[e]));
        printf("   steps:"); for(int e=0;e<5;e++) printf(" %.2g", t.excess[ep[e]]);
        printf("\n");
    }
    double r[]={.3,.03,.3,.3,.3,.5},d[]={0,0,1,.1,.3,1};
    for(int k=0;k<6;k++){
        if (descend(&p,(descend_opts){8,40,r[k],d[k]},&t)!=GD_OK) return course_fail();
        printf("rate %g decay %g:",r[k],d[k]);
        int64_t ep[]={1,2,3,5,10,20,30,40};
        for(int e=0;e<8;e++) printf(" %.2g", mean_excess(&t,32,ep[e]));
        printf("\n");
    }
    double q[]={.02,.2,.5,1,1.5,1.8,1.9,2.1,2.3};
    for(int k=0;k<9;k++){
        if (descend(&p,(descend_opts){256,40,q[k],0},&t)!=GD_OK) return course_fail();
        printf("rate %g:",q[k]);
        int64_t ep[]={1,2,3,5,10,20,30,40};
        for(int e=0;e<8;e++) printf(" %.2g", t.excess[ep[e]]);
        printf("\n");
    }
}
