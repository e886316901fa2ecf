// What the numbers about a network's layers mean, in words.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/health.h"

// The thresholds that gd_illness explains.
#define FAR_FROM_LAST 1000.0
#define MANY_DEAD 0.4
#define MANY_SATURATED 0.5
#define LARGE_STEP 0.5
#define SMALL_STEP 1e-6

static const char *const help[] = {
    [GD_ILL_NUMBERS] =
        "Scale the data (`data.scale`), let weights start smaller (`init`: he_normal or xavier_normal), and "
        "keep logarithms and divisions away from 0.",
    [GD_ILL_SYMMETRIC] =
        "Let weights start at random, `init: he_normal` before relu, `xavier_normal` before sigmoid and "
        "tanh: equal units learn the same for ever.",
    [GD_ILL_VANISHING] = "Let weights start by `he_normal` and use relu in place of sigmoid and tanh (with these, "
                         "`xavier_normal`); batch norm or residual blocks keep gradients alive in deep networks.",
    [GD_ILL_EXPLODING] =
        "Let weights start smaller (`init`: he_normal before relu, xavier_normal before sigmoid and tanh), "
        "use batch norm, or clip gradients (`train.clip_norm`).",
    [GD_ILL_DEAD] =
        "Lower the learning rate, start anew with `he_normal` and biases of 0, or use leaky_relu, whose units "
        "cannot die.",
    [GD_ILL_SATURATED] = "Scale the data, let weights start smaller (`init: xavier_normal`), put batch norm before the "
                         "activation, or use relu.",
    [GD_ILL_LARGE_STEPS] = "Lower the learning rate, or let it grow at first (`schedule` with a warmup).",
    [GD_ILL_SMALL_STEPS] = "Raise the learning rate; `gradus search --learning-rate` looks for one.",
};

typedef struct judging {
    gd_health *health;
    int capacity;
} judging;

// Takes the text over.
static gd_status add_finding(judging *j, gd_illness illness, int layer, gd__text *text)
{
    gd_health *health = j->health;
    char *words = gd__text_take(text);
    if (words == NULL ||
        !gd__grow((void **)&health->finding, &j->capacity, health->finding_count, sizeof *health->finding)) {
        gd__free(words);
        return gd__fail_memory("a check of health");
    }
    health->finding[health->finding_count++] = (gd_finding){illness, layer, words, help[illness]};
    return GD_OK;
}

// ", and so are 2 other layers" when several have it.
static void add_others(gd__text *text, const char *words, int others)
{
    if (others > 0)
        gd__text_add(text, "; %s %d other layer%s", words, others, others == 1 ? "" : "s");
}

static gd_status judge_numbers(judging *j)
{
    const gd_health *health = j->health;
    gd__text text = {0};
    for (int i = 0; i < health->layer_count; i++) {
        const gd_layer_health *layer = &health->layer[i];
        if (isfinite(layer->mean) && isfinite(layer->deviation))
            continue;
        gd__text_add(&text, "what %s puts out is not finite", layer->name);
        return add_finding(j, GD_ILL_NUMBERS, i, &text);
    }
    if (!isfinite(health->loss)) {
        gd__text_add(&text, "the loss is %g", health->loss);
        return add_finding(j, GD_ILL_NUMBERS, -1, &text);
    }
    for (int i = health->layer_count - 1; i >= 0; i--) { // gradients come from the end
        const gd_layer_health *layer = &health->layer[i];
        if (isfinite(layer->gradient) && isfinite(layer->weight_gradient))
            continue;
        gd__text_add(&text, "the gradient of %s is not finite", layer->name);
        return add_finding(j, GD_ILL_NUMBERS, i, &text);
    }
    return GD_OK;
}

static gd_status judge_symmetry(judging *j)
{
    const gd_health *health = j->health;
    int first = -1, count = 0;
    for (int i = 0; i < health->layer_count; i++) {
        if (!health->layer[i].symmetric)
            continue;
        first = first < 0 ? i : first;
        count++;
    }
    if (count == 0)
        return GD_OK;
    gd__text text = {0};
    gd__text_add(&text, "the weights of %s are symmetric: its units have equal weights and get equal gradients",
                 health->layer[first].name);
    add_others(&text, "so do those of", count - 1);
    return add_finding(j, GD_ILL_SYMMETRIC, first, &text);
}

// Compares the gradients of all layers with that of the last one.
static gd_status judge_gradients(judging *j, bool vanishing)
{
    const gd_health *health = j->health;
    int worst = -1, others = -1, end = health->layer_count - 1;
    double last = health->layer[end].gradient, least = INFINITY, most = 0;
    for (int i = 0; i < end; i++) {
        double gradient = health->layer[i].gradient;
        if (vanishing ? !(gradient * FAR_FROM_LAST < last) : !(gradient > last * FAR_FROM_LAST && last > 0))
            continue;
        others++;
        if (vanishing ? gradient < least : gradient > most) {
            worst = i;
            least = most = gradient;
        }
    }
    if (worst < 0)
        return GD_OK;
    gd__text text = {0};
    const char *name = health->layer[worst].name, *last_name = health->layer[end].name;
    if (least == 0)
        gd__text_add(&text, "gradients vanish: none reaches %s", name);
    else
        gd__text_add(&text, "gradients %s: %s has %.2g %s the gradient of %s", vanishing ? "vanish" : "explode", name,
                     least / last, vanishing ? "of" : "times", last_name);
    add_others(&text, vanishing ? "they vanish in" : "they explode in", others);
    return add_finding(j, vanishing ? GD_ILL_VANISHING : GD_ILL_EXPLODING, worst, &text);
}

static gd_status judge_values(judging *j)
{
    const gd_health *health = j->health;
    double first = health->layer[0].deviation;
    int worst = 0;
    for (int i = 1; i < health->layer_count; i++)
        worst = health->layer[i].deviation > health->layer[worst].deviation ? i : worst;
    if (!(first > 0 && health->layer[worst].deviation > FAR_FROM_LAST * first))
        return GD_OK;
    gd__text text = {0};
    gd__text_add(&text, "values explode: those of %s are %.2g times as large as those of %s", health->layer[worst].name,
                 health->layer[worst].deviation / first, health->layer[0].name);
    return add_finding(j, GD_ILL_EXPLODING, worst, &text);
}

static double dead_share(const gd_layer_health *layer)
{
    return layer->units > 0 ? (double)layer->dead / (double)layer->units : 0;
}

static double saturated_share(const gd_layer_health *layer)
{
    return layer->has_ends ? layer->saturated : 0;
}

static double step_share(const gd_layer_health *layer)
{
    return layer->step;
}

// The layer that has the most of something, and how many have `threshold` or more; -1: none has.
static int worst_layer(const gd_health *health, double (*of)(const gd_layer_health *), double threshold, int *count)
{
    int worst = -1;
    *count = 0;
    for (int i = 0; i < health->layer_count; i++) {
        double value = of(&health->layer[i]);
        if (!(value >= threshold))
            continue;
        ++*count;
        worst = worst < 0 || value > of(&health->layer[worst]) ? i : worst;
    }
    return worst;
}

static gd_status judge_shares(judging *j)
{
    const gd_health *health = j->health;
    int count, worst = worst_layer(health, dead_share, MANY_DEAD, &count);
    gd_status status = GD_OK;
    gd__text text = {0};
    if (worst >= 0) {
        const gd_layer_health *layer = &health->layer[worst];
        gd__text_add(&text, "%.0f%% of %s's %lld units never fire on %lld samples", 100 * dead_share(layer),
                     layer->name, (long long)layer->units, (long long)health->samples);
        add_others(&text, "40% or more in", count - 1);
        status = add_finding(j, GD_ILL_DEAD, worst, &text);
    }
    worst = worst_layer(health, saturated_share, MANY_SATURATED, &count);
    if (worst >= 0 && status == GD_OK) {
        gd__text_add(&text, "%.0f%% of %s's values are saturated: at the ends, where it is flat",
                     100 * health->layer[worst].saturated, health->layer[worst].name);
        add_others(&text, "half or more in", count - 1);
        status = add_finding(j, GD_ILL_SATURATED, worst, &text);
    }
    return status;
}

static gd_status judge_steps(judging *j)
{
    const gd_health *health = j->health;
    int count, worst = worst_layer(health, step_share, LARGE_STEP, &count);
    gd__text text = {0};
    if (worst >= 0) {
        const gd_layer_health *layer = &health->layer[worst];
        gd__text_add(&text, "one step moves %s's weights by ", layer->name);
        if (layer->step < 1)
            gd__text_add(&text, "%.0f%% of their size", 100 * layer->step);
        else
            gd__text_add(&text, "%.2g times their size", layer->step);
        gd__text_add(&text, "; about 0.1%% is good");
        add_others(&text, "too far also in", count - 1);
        return add_finding(j, GD_ILL_LARGE_STEPS, worst, &text);
    }
    double most = 0;
    for (int i = 0; i < health->layer_count; i++) {
        worst = health->layer[i].step > most ? i : worst;
        most = fmax(most, health->layer[i].step);
    }
    if (most == 0 || most >= SMALL_STEP) // 0: no rule, or nothing to move
        return GD_OK;
    gd__text_add(&text, "one step moves no layer's weights by more than %.2g%% of their size (%s); about 0.1%% is good",
                 100 * most, health->layer[worst].name);
    return add_finding(j, GD_ILL_SMALL_STEPS, worst, &text);
}

gd_status gd__health_judge(gd_health *health)
{
    judging j = {.health = health};
    gd_status status = judge_numbers(&j);
    if (status != GD_OK || health->finding_count > 0) // of what follows nothing means anything then
        return status;
    status = judge_symmetry(&j);
    if (status == GD_OK && health->finding_count == 0)
        status = judge_gradients(&j, true);
    if (status == GD_OK)
        status = judge_gradients(&j, false);
    if (status == GD_OK)
        status = judge_values(&j);
    if (status == GD_OK)
        status = judge_shares(&j);
    return status == GD_OK ? judge_steps(&j) : status;
}
