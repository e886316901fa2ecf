#include "model/sampling.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

gd_status gd__sampling_check(const gd_sampling *s)
{
    if (!(s->temperature >= 0 && isfinite(s->temperature)))
        return gd__fail(GD_ERROR_ARGUMENT, "the temperature is %g, expected a number above 0", s->temperature);
    if (s->top_k < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the %lld most probable, expected at least 1", (long long)s->top_k);
    if (!(s->top_p >= 0 && s->top_p <= 1) || !(s->min_p >= 0 && s->min_p <= 1))
        return gd__fail(GD_ERROR_ARGUMENT, "top_p is %g and min_p %g, expected parts from 0 to 1", s->top_p, s->min_p);
    return GD_OK;
}

// ---- The most probable first: a heap gives as many as are wanted

static bool before(const double *p, int32_t a, int32_t b)
{
    return p[a] > p[b] || (p[a] == p[b] && a < b);
}

static void sink(const double *p, int32_t *heap, int64_t count, int64_t at)
{
    const int32_t moved = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(p, heap[child + 1], heap[child]))
            child++;
        if (!before(p, heap[child], moved))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

// Takes the most probable one out of the heap and puts it behind it.
static int32_t pop(const double *p, int32_t *heap, int64_t *left)
{
    const int32_t first = heap[0];
    heap[0] = heap[--*left];
    heap[*left] = first;
    sink(p, heap, *left, 0);
    return first;
}

// Leaves the most probable ones that top_k and top_p take, and zeroes the others.
static void keep_first(const gd_sampling *s, int64_t count, double *p, int32_t *heap)
{
    const bool some = s->top_k > 0 && s->top_k < count;
    int64_t left = count;
    double all = 0, sum = 0;
    for (int64_t i = 0; i < count; i++) {
        heap[i] = (int32_t)i;
        all += p[i];
    }
    for (int64_t i = count / 2 - 1; i >= 0; i--)
        sink(p, heap, count, i);
    if (some) {
        all = 0;
        while (count - left < s->top_k)
            all += p[pop(p, heap, &left)];
        for (int64_t i = 0; i < left; i++)
            p[heap[i]] = 0;
        for (int64_t i = count; i-- > left && s->top_p > 0;) {
            if (sum >= s->top_p * all)
                p[heap[i]] = 0;
            else
                sum += p[heap[i]];
        }
        return;
    }
    while (left > 0 && (left == count || sum < s->top_p * all))
        sum += p[pop(p, heap, &left)];
    for (int64_t i = 0; i < left; i++)
        p[heap[i]] = 0;
}

static void softmax(int64_t count, const double *logit, double largest, double temperature, double *p)
{
    for (int64_t i = 0; i < count; i++)
        p[i] = isnan(logit[i]) ? 0 : exp((logit[i] - largest) / temperature);
}

static void normalise(int64_t count, double *p)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += p[i];
    for (int64_t i = 0; i < count; i++)
        p[i] /= sum;
}

gd_status gd__sampling_apply(const gd_sampling *s, int64_t count, const double *logit, double *p, int32_t *order)
{
    double largest = -INFINITY, most = 0;
    int64_t best = -1;
    for (int64_t i = 0; i < count; i++)
        if (logit[i] > largest) {
            largest = logit[i];
            best = i;
        }
    if (best < 0 || isinf(largest))
        return gd__fail(GD_ERROR_NUMBER, "none of the %lld logits is a number to draw by", (long long)count);
    if (s->greedy) {
        for (int64_t i = 0; i < count; i++)
            p[i] = i == best;
        return GD_OK;
    }
    softmax(count, logit, largest, s->temperature == 0 ? 1 : s->temperature, p);
    if ((s->top_k > 0 && s->top_k < count) || (s->top_p > 0 && s->top_p < 1))
        keep_first(s, count, p, order);
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, p[i]);
    for (int64_t i = 0; i < count && s->min_p > 0; i++)
        p[i] = p[i] >= s->min_p * most ? p[i] : 0;
    normalise(count, p);
    return GD_OK;
}

gd_status gd_sampling_apply(gd_sampling sampling, int64_t count, const double *logit, double *probability)
{
    gd_status status = gd__sampling_check(&sampling);
    if (status == GD_OK && (count < 1 || count > INT32_MAX))
        status = gd__fail(GD_ERROR_ARGUMENT, "%lld logits, expected at least 1", (long long)count);
    if (status != GD_OK)
        return status;
    GD__NEEDS(logit, GD_ERROR_ARGUMENT);
    GD__NEEDS(probability, GD_ERROR_ARGUMENT);
    int32_t *order = gd__alloc_zeroed((size_t)count, sizeof *order);
    if (order == NULL)
        return gd__fail_memory("the order of logits");
    status = gd__sampling_apply(&sampling, count, logit, probability, order);
    gd__free(order);
    return status;
}

int64_t gd_sampling_pick(int64_t count, const double *probability, double uniform)
{
    if (count > 0)
        GD__NEEDS(probability, -1);
    int64_t last = -1;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += probability[i];
        if (probability[i] > 0)
            last = i; // rounding may leave the sum of all below 1
        if (sum > uniform && probability[i] > 0)
            return i;
    }
    return last;
}
