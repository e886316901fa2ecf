// Vectorised: products in a loop and in one call, with the time that each takes; and broadcasting, by the calories of
// four foods.
#include <math.h>
#include <time.h>

#include "course.h"

// ---- A loop and one call, side by side. Times go to the error stream, for no two runs have the same.

static double milliseconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

typedef struct product {
    int64_t n; // vectors have n numbers, matrices n x n
    const float *a, *b;
    float *c;
    gd_tensor in[2];   // inputs of …
    gd_function *call; // … the library's product
} product;

typedef gd_status method(const product *p);

static gd_status vectors_in_a_loop(const product *p)
{
    p->c[0] = 0;
    for (int64_t i = 0; i < p->n; i++)
        p->c[0] += p->a[i] * p->b[i];
    return GD_OK;
}

static gd_status vectors_in_one_call(const product *p)
{
    gd_feed feed[] = {{p->in[0], gd_array_borrow(GD_F32, GD_SHAPE(p->n), p->a)},
                      {p->in[1], gd_array_borrow(GD_F32, GD_SHAPE(p->n), p->b)}};
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, p->c);
    return gd_function_run(p->call, 2, feed, &result);
}

// As where an interpreter looks at every single step.
static gd_status vectors_by_element(const product *p)
{
    gd_status status = GD_OK;
    float part = 0, sum = 0;
    for (int64_t i = 0; status == GD_OK && i < p->n; i++) {
        product element = *p;
        element.n = 1, element.a = p->a + i, element.b = p->b + i, element.c = &part;
        status = vectors_in_one_call(&element);
        sum += part;
    }
    p->c[0] = sum;
    return status;
}

static gd_status matrices_in_a_loop(const product *p)
{
    for (int64_t i = 0; i < p->n; i++) {
        for (int64_t j = 0; j < p->n; j++) {
            float sum = 0;
            for (int64_t k = 0; k < p->n; k++)
                sum += p->a[p->n * i + k] * p->b[p->n * k + j];
            p->c[p->n * i + j] = sum;
        }
    }
    return GD_OK;
}

static gd_status matrices_in_one_call(const product *p)
{
    gd_feed feed[] = {{p->in[0], gd_array_borrow(GD_F32, GD_SHAPE(p->n, p->n), p->a)},
                      {p->in[1], gd_array_borrow(GD_F32, GD_SHAPE(p->n, p->n), p->b)}};
    gd_array result = gd_array_borrow(GD_F32, GD_SHAPE(p->n, p->n), p->c);
    return gd_function_run(p->call, 2, feed, &result);
}

// The best time of five, since other programs want the processor too.
static gd_status print_time(const char *name, method *method, const product *p)
{
    double best = INFINITY;
    gd_status status = GD_OK;
    for (int run = 0; status == GD_OK && run < 5; run++) {
        double start = milliseconds();
        status = method(p);
        best = fmin(best, milliseconds() - start);
    }
    fprintf(stderr, "  %-24s %9.2f ms, first number %.1f\n", name, best, (double)p->c[0]);
    return status;
}

static gd_status time_products(bool small)
{
    const int64_t length = small ? 10000 : 1000000, side = small ? 100 : 500;
    float *number = calloc((size_t)(3 * length), sizeof *number); // a, b and c
    gd_graph *graph = gd_graph_create();
    gd_tensor vector[] = {gd_input(graph, "a", GD_F32, GD_SHAPE(GD_BATCH)),
                          gd_input(graph, "b", GD_F32, GD_SHAPE(GD_BATCH))};
    gd_tensor matrix[] = {gd_input(graph, "A", GD_F32, GD_SHAPE(side, side)),
                          gd_input(graph, "B", GD_F32, GD_SHAPE(side, side))};
    gd_tensor c = gd_matmul(vector[0], vector[1]), C = gd_matmul(matrix[0], matrix[1]);
    product v = {length, number, number + length, number + 2 * length, {vector[0], vector[1]}, NULL};
    product m = {side, v.a, v.b, v.c, {matrix[0], matrix[1]}, NULL};
    v.call = gd_function_create(graph, 1, &c, (gd_function_opts){0});
    m.call = gd_function_create(graph, 1, &C, (gd_function_opts){0});
    gd_status status = number != NULL && v.call != NULL && m.call != NULL ? GD_OK : GD_ERROR_MEMORY;
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    for (int64_t i = 0; status == GD_OK && i < 2 * length; i++)
        number[i] = (float)gd_numpy_uniform(&random);

    fprintf(stderr, "the product of two vectors of %lld numbers\n", (long long)length);
    if (status == GD_OK)
        status = print_time("a call for each element", vectors_by_element, &v);
    if (status == GD_OK)
        status = print_time("a loop in C", vectors_in_a_loop, &v);
    if (status == GD_OK)
        status = print_time("one call", vectors_in_one_call, &v);
    fprintf(stderr, "the product of two matrices of %lld x %lld\n", (long long)side, (long long)side);
    if (status == GD_OK)
        status = print_time("a loop in C", matrices_in_a_loop, &m);
    if (status == GD_OK)
        status = print_time("one call", matrices_in_one_call, &m);
    gd_function_free(v.call);
    gd_function_free(m.call);
    gd_graph_free(graph);
    free(number);
    return status;
}

// ---- Broadcasting

static gd_status calories(gd_figure *figure)
{
    static const char *const food[4] = {"apples", "beef", "eggs", "potatoes"};
    static const char *const part[3] = {"carbohydrates", "protein", "fat"};
    static const double table[3][4] = {{56, 0, 4.4, 68}, {1.2, 104, 52, 8}, {1.8, 135, 99, 0.9}};
    gd_graph *graph = gd_graph_create();
    gd_array value = gd_array_borrow(GD_F64, GD_SHAPE(3, 4), table);
    gd_tensor A = gd_constant(graph, &value);
    gd_tensor total = gd_sum(A, (gd_reduce_opts){.axes = GD_AXES(0)}); // (4)
    gd_tensor percent = gd_scale(gd_div(A, total), 100);               // (3, 4) / (4): row by row
    gd_array sum = {0}, share = {0};
    gd_status status = gd_eval(total, &sum);
    if (status == GD_OK)
        status = gd_eval(percent, &share);
    printf("calories in 100 g  ");
    for (int k = 0; k < 4; k++)
        printf("%10s", food[k]);
    printf("\n%-19s", "all");
    for (int k = 0; status == GD_OK && k < 4; k++)
        printf("%10.1f", gd_array_get(&sum, k));
    gd_chart *chart =
        gd_figure_chart(figure, (gd_chart_opts){.title = "Where calories come from", .y_title = "per cent"});
    for (int i = 0; status == GD_OK && i < 3; i++) {
        const double *row = (const double *)share.data + 4 * i;
        printf("\n%-19s", part[i]);
        for (int k = 0; k < 4; k++)
            printf("%9.1f%%", row[k]);
        gd_chart_bars(chart, part[i], 4, food, row);
    }
    printf("\n");
    gd_array_free(&sum);
    gd_array_free(&share);
    gd_graph_free(graph);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_status status = time_products(options.small);
    if (status == GD_OK)
        status = calories(figure);
    gd_status written = course_figure(&options, "03-broadcasting", figure);
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
