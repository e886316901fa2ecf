#include "sets.h"

#include <math.h>
#include <string.h>

static uint64_t state = 1;

static void start_random(int number)
{
    state = 0x9E3779B97F4A7C15u * (uint64_t)(number + 1);
}

// Marsaglia's xorshift with a multiplication.
static uint64_t random_bits(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1Du;
}

unsigned random_below(unsigned end)
{
    return (unsigned)((random_bits() >> 33) % end);
}

double random_uniform(double from, double to)
{
    return from + (to - from) * (double)(random_bits() >> 11) * 0x1p-53;
}

static double rounded(double value, bool round_it)
{
    return round_it ? nearbyint(value * 10) / 10 : value;
}

static void make_numbers(int number, made_up_set *set)
{
    const int64_t width = set->scored.width;
    for (int64_t i = 0; i < set->scored.count * width; i++) {
        double *target = &set->target[i], *prediction = &set->prediction[i];
        const bool first_column = i % width == 0;
        *target = rounded(random_uniform(-3, 3), number % 4 == 3);
        *prediction = rounded(*target + random_uniform(-1, 1), number % 4 == 3);
        if (first_column && number % 5 == 1)
            *target = 0.1; // a constant that no double is
        if (first_column && number % 10 == 6)
            *prediction = *target;
        if (number % 7 == 2) {
            *target += 1e6;
            *prediction += 1e6;
        }
    }
}

static void make_answers(int number, made_up_set *set)
{
    for (int64_t i = 0; i < set->scored.count * set->scored.width; i++) {
        const bool yes = number % 10 == 1 || (number % 10 != 4 && random_below(2) == 1);
        set->target[i] = yes;
        set->prediction[i] = rounded(random_uniform(0, 0.7) + 0.3 * yes, number % 4 == 3);
    }
}

static void make_classes(int number, made_up_set *set)
{
    const int64_t width = set->scored.width;
    for (int64_t i = 0; i < set->scored.count; i++) {
        double *row = set->prediction + i * width, sum = 0;
        // The last class is missing in every fifth set, all but the first in every tenth.
        const unsigned classes = number % 10 == 2 ? 1 : (unsigned)width - (number % 5 == 0);
        set->target[i] = random_below(classes);
        for (int64_t c = 0; c < width; c++)
            sum += row[c] = rounded(random_uniform(0.05, 0.7) + 0.3 * (c == (int64_t)set->target[i]), number % 4 == 3);
        for (int64_t c = 0; c < width; c++)
            row[c] /= sum;
    }
}

static void make_weights(int number, made_up_set *set)
{
    for (int64_t i = 0; i < set->scored.count; i++) {
        set->weight[i] = number / 3 % 3 == 1 ? random_uniform(0.1, 3) : 0.1 * (1 + random_below(3));
        if (number % 8 == 5 && i > 0 && random_below(3) == 0)
            set->weight[i] = 0;
    }
}

void make_up_set(int number, made_up_set *set)
{
    start_random(number);
    memset(set, 0, sizeof *set);
    set->scored = (gd_scored){.task = (gd_task)(number % 3),
                              .count = 1 + random_below(number % 4 == 0 ? 8 : MOST_SAMPLES),
                              .width = 1 + random_below(3),
                              .prediction = set->prediction,
                              .target = set->target,
                              .weight = number / 3 % 3 == 0 ? NULL : set->weight,
                              .probability = number % 3 != GD_TASK_NUMBERS,
                              .threshold = 0.5};
    if (set->scored.task == GD_TASK_NUMBERS) {
        make_numbers(number, set);
    } else if (set->scored.task == GD_TASK_BINARY) {
        make_answers(number, set);
    } else {
        set->scored.width = 2 + random_below(MOST_WIDTH - 1);
        make_classes(number, set);
    }
    make_weights(number, set);
}

void assert_fine(gd_status status)
{
    if (status != GD_OK)
        fail_msg("%s: %s", gd_status_name(status), gd_last_error());
}

void assert_said(const char *part)
{
    if (strstr(gd_last_error(), part) == NULL)
        fail_msg("the sentence was: %s\n    expected in it: %s", gd_last_error(), part);
}

gd_meter *make_meter(const gd_metric_kind *kind, const gd_scored *scored)
{
    gd_meter *meter;
    assert_fine(
        gd_meter_create(kind, (gd_metric_opts){.task = scored->task, .width = scored->width, .top = 2}, &meter));
    return meter;
}

double value_of(const gd_meter *meter)
{
    double value;
    assert_fine(gd_meter_value(meter, &value));
    return value;
}

double value_of_all(const gd_metric_kind *kind, const gd_scored *scored)
{
    gd_meter *meter = make_meter(kind, scored);
    assert_fine(gd_meter_add(meter, scored));
    const double value = value_of(meter);
    gd_meter_free(meter);
    return value;
}

double value_named(const char *name, const gd_scored *scored)
{
    const gd_metric_kind *kind = gd_metric_kind_named(name);
    if (kind == NULL)
        fail_msg("there is no metric %s", name);
    return value_of_all(kind, scored);
}

gd_scored portion_of(const gd_scored *scored, int64_t first, int64_t count)
{
    gd_scored portion = *scored;
    portion.count = count;
    portion.prediction += first * scored->width;
    portion.target += scored->task == GD_TASK_CLASSES ? first : first * scored->width;
    if (scored->weight != NULL)
        portion.weight += first;
    return portion;
}

bool nearly(double a, double b, double tolerance)
{
    return isnan(b) ? isnan(a) : a == b || fabs(a - b) <= tolerance * fmax(1, fabs(b));
}
