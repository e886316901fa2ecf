// Beam search. The sequences of all searches stand in one list of rows, search by search; each step asks for their
// continuations together, and then chooses within each search.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "decode/decode.h"

enum { STANDARD_WIDTH = 4, STANDARD_LONGEST = 200 };

// A sequence; its symbols and what was attended to lie in its search's memory, at its slot.
typedef struct {
    int64_t length;
    int64_t row; // of the last call of `next`, or its parent's
    double log_probability, score;
    int32_t *symbol;  // (longest)
    double *attended; // (places), or NULL
} sequence;

// A list of sequences with room for `most`, which owns their symbols.
typedef struct {
    int count, most;
    sequence *of;
    int32_t *symbols;
    double *attended;
} shelf;

typedef struct {
    shelf live, next, ended;
    bool over;
} one_search;

typedef struct {
    gd_beam_opts opts;
    int64_t searches;
    one_search *search;
    int64_t *row_search, *row_parent;
    int32_t *row_symbol;
    double *log_probability, *attention;
} beam;

// A continuation that is weighed: of `from`, by `symbol`; -1: `from` as it is, which has ended.
typedef struct {
    const sequence *from;
    int32_t symbol;
    double log_probability, rank;
} candidate;

static gd_status shelf_make(const gd_beam_opts *o, int most, shelf *out)
{
    *out = (shelf){.most = most};
    out->of = gd__alloc_zeroed((size_t)most, sizeof *out->of);
    size_t symbols, attended;
    if (!gd__multiply((size_t)most, (size_t)o->longest, &symbols) ||
        !gd__multiply((size_t)most, (size_t)o->places, &attended))
        return gd__fail_memory("a beam search");
    out->symbols = gd__alloc_zeroed(symbols, sizeof *out->symbols);
    out->attended = gd__alloc_zeroed(attended + 1, sizeof *out->attended);
    if (out->of == NULL || out->symbols == NULL || out->attended == NULL)
        return gd__fail_memory("a beam search");
    for (int i = 0; i < most; i++) {
        out->of[i].symbol = out->symbols + i * o->longest;
        out->of[i].attended = out->attended + i * o->places;
    }
    return GD_OK;
}

static void shelf_free(shelf *s)
{
    gd__free(s->of);
    gd__free(s->symbols);
    gd__free(s->attended);
}

// ---- Scores

static bool has_ended(const gd_beam_opts *o, const sequence *s)
{
    return s->length > 0 && s->symbol[s->length - 1] == o->end;
}

static double coverage_of(const gd_beam_opts *o, const double *attended, const double *more)
{
    double sum = 0;
    for (int64_t i = 0; i < o->places && o->coverage != 0; i++) {
        const double share = attended[i] + (more == NULL ? 0 : more[i]);
        sum += share > 0 && share < 1 ? log(share) : 0; // places that nothing attends to lie behind the input's end
    }
    return o->coverage * sum;
}

static double score_of(const gd_beam_opts *o, double log_probability, int64_t length, double coverage)
{
    return log_probability / pow((double)(length > 1 ? length : 1), o->length_power) + coverage;
}

// ---- Choosing

// The order of two continuations of equal rank: as their sequences.
static int compare(const candidate *a, const candidate *b)
{
    const sequence *x = a->from, *y = b->from;
    const int64_t least = x->length < y->length ? x->length : y->length;
    const int order = gd__compare_symbols(x->symbol, least, y->symbol, least);
    if (order != 0)
        return order;
    // One is the beginning of the other, or they are the same: the symbol behind it decides.
    const int32_t of_x = x->length > least ? x->symbol[least] : a->symbol;
    const int32_t of_y = y->length > least ? y->symbol[least] : b->symbol;
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    return x->length < y->length ? -1 : x->length > y->length;
}

// Puts a candidate among the `most` best, the best first.
static void keep(candidate *best, int *count, int most, candidate c)
{
    int at = *count;
    while (at > 0 && (c.rank > best[at - 1].rank || (c.rank == best[at - 1].rank && compare(&c, &best[at - 1]) < 0)))
        at--;
    if (at >= most)
        return;
    *count += *count < most;
    memmove(best + at + 1, best + at, (size_t)(*count - 1 - at) * sizeof *best);
    best[at] = c;
}

static void take(const beam *b, const candidate *c, sequence *to)
{
    const gd_beam_opts *o = &b->opts;
    const sequence *from = c->from;
    memcpy(to->symbol, from->symbol, (size_t)from->length * sizeof *to->symbol);
    memcpy(to->attended, from->attended, (size_t)o->places * sizeof *to->attended);
    to->length = from->length;
    to->row = from->row;
    to->log_probability = c->log_probability;
    if (c->symbol >= 0) {
        to->symbol[to->length++] = c->symbol;
        for (int64_t i = 0; i < o->places; i++)
            to->attended[i] += b->attention[from->row * o->places + i];
    }
    to->score = score_of(o, to->log_probability, to->length, coverage_of(o, to->attended, NULL));
}

// Puts a sequence that has ended into the `width` best ones of its search.
static void put_aside(const beam *b, const candidate *c, shelf *ended)
{
    sequence made = ended->of[ended->most - 1]; // the last one's room is free
    take(b, c, &made);
    int at = ended->count;
    while (at > 0 &&
           (made.score > ended->of[at - 1].score ||
            (made.score == ended->of[at - 1].score &&
             gd__compare_symbols(made.symbol, made.length, ended->of[at - 1].symbol, ended->of[at - 1].length) < 0)))
        at--;
    if (at >= ended->most - 1)
        return;
    const int last = ended->count < ended->most - 1 ? ended->count : ended->most - 2;
    const sequence spare = ended->of[last];
    memmove(ended->of + at + 1, ended->of + at, (size_t)(last - at) * sizeof *ended->of);
    ended->of[at] = made;
    ended->of[ended->most - 1] = (sequence){.symbol = spare.symbol, .attended = spare.attended};
    ended->count = last + 1;
}

static gd_status check_logarithm(double value, int64_t row, int64_t symbol)
{
    if (value <= 1e-3)
        return GD_OK;
    return gd__fail(GD_ERROR_NUMBER,
                    "beam search: the logarithm of symbol %lld in row %lld is %g, at most 0 was expected",
                    (long long)symbol, (long long)row, value);
}

// All continuations of a search's sequences; best[0 … *count-1] become the `most` best.
static gd_status weigh(const beam *b, const one_search *s, candidate *best, int *count, int most)
{
    const gd_beam_opts *o = &b->opts;
    *count = 0;
    for (int i = 0; i < s->live.count; i++) {
        const sequence *from = &s->live.of[i];
        if (has_ended(o, from)) { // in a pool
            keep(
                best, count, most,
                (candidate){.from = from, .symbol = -1, .log_probability = from->log_probability, .rank = from->score});
            continue;
        }
        const double *y = b->log_probability + from->row * o->symbols;
        const double coverage =
            o->pool ? coverage_of(o, from->attended, o->places > 0 ? b->attention + from->row * o->places : NULL) : 0;
        for (int64_t c = 0; c < o->symbols; c++) {
            if (y[c] == -INFINITY || (c == o->end && from->length < o->shortest))
                continue;
            gd_status status = check_logarithm(y[c], from->row, c);
            if (status != GD_OK)
                return status;
            const double sum = from->log_probability + y[c];
            keep(best, count, most,
                 (candidate){.from = from,
                             .symbol = (int32_t)c,
                             .log_probability = sum,
                             .rank = o->pool ? score_of(o, sum, from->length + 1, coverage) : sum});
        }
    }
    return GD_OK;
}

// Whether what may still come is worse than all that is kept: a sequence of log-probability p ends with a score of at
// most p / longest^length_power, since its logarithms are never above 0.
static bool is_over(const beam *b, const one_search *s)
{
    const gd_beam_opts *o = &b->opts;
    bool open = false;
    for (int i = 0; i < s->live.count; i++)
        open |= !has_ended(o, &s->live.of[i]) && s->live.of[i].length < o->longest;
    if (!open || o->pool || s->ended.count < o->width || o->length_power < 0)
        return !open;
    const double most = score_of(o, s->live.of[0].log_probability, o->longest, 0);
    return most < s->ended.of[o->width - 1].score;
}

static gd_status step_one(const beam *b, one_search *s, candidate *best)
{
    const gd_beam_opts *o = &b->opts;
    int count;
    gd_status status = weigh(b, s, best, &count, o->pool ? o->width : 2 * o->width);
    if (status != GD_OK)
        return status;
    s->next.count = 0;
    for (int i = 0; i < count; i++) {
        if (!o->pool && best[i].symbol == o->end)
            put_aside(b, &best[i], &s->ended);
        else if (s->next.count < o->width)
            take(b, &best[i], &s->next.of[s->next.count++]);
    }
    const shelf before = s->live;
    s->live = s->next;
    s->next = before;
    s->over = is_over(b, s);
    return GD_OK;
}

// ---- All searches

// The rows of the next call; returns how many.
static int64_t list_rows(beam *b)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < b->searches; i++) {
        one_search *s = &b->search[i];
        for (int j = 0; !s->over && j < s->live.count; j++) {
            sequence *q = &s->live.of[j];
            if (has_ended(&b->opts, q))
                continue;
            b->row_search[rows] = i;
            b->row_parent[rows] = q->length == 0 ? -1 : q->row;
            b->row_symbol[rows] = q->length == 0 ? b->opts.start : q->symbol[q->length - 1];
            q->row = rows++;
        }
    }
    return rows;
}

static gd_status run(beam *b, gd_beam_function *next, void *context, candidate *best)
{
    gd_status status = GD_OK;
    for (int64_t step = 0; step < b->opts.longest && status == GD_OK; step++) {
        const int64_t rows = list_rows(b);
        if (rows == 0)
            break;
        const gd_beam_step call = {.step = step,
                                   .rows = rows,
                                   .search = b->row_search,
                                   .parent = b->row_parent,
                                   .symbol = b->row_symbol,
                                   .log_probability = b->log_probability,
                                   .attention = b->attention};
        status = next(context, &call);
        for (int64_t i = 0; i < b->searches && status == GD_OK; i++)
            if (!b->search[i].over)
                status = step_one(b, &b->search[i], best);
    }
    return status;
}

// What a search found: those that have ended and, unless they compete in one pool, those that were cut at the longest.
static gd_status give(const beam *b, one_search *s, gd_decodings *out)
{
    for (int i = 0; !b->opts.pool && i < s->live.count; i++) {
        const candidate c = {.from = &s->live.of[i], .symbol = -1, .log_probability = s->live.of[i].log_probability};
        if (s->live.of[i].length == b->opts.longest)
            put_aside(b, &c, &s->ended);
    }
    const shelf *found = b->opts.pool ? &s->live : &s->ended;
    const int count = found->count < b->opts.width ? found->count : b->opts.width;
    gd_status status = gd__decodings_make(count, out);
    for (int i = 0; i < count && status == GD_OK; i++) {
        const sequence *from = &found->of[i];
        gd_decoding *to = &out->decoding[i];
        status = gd__decoding_make(from->length, to);
        if (status != GD_OK)
            break;
        memcpy(to->symbol, from->symbol, (size_t)from->length * sizeof *to->symbol);
        to->log_probability = from->log_probability;
        to->score = from->score;
    }
    return status;
}

static gd_status prepare(beam *b)
{
    const gd_beam_opts *o = &b->opts;
    const size_t rows = (size_t)b->searches * (size_t)o->width;
    size_t numbers = 0, shares = 0;
    b->search = gd__alloc_zeroed((size_t)b->searches + 1, sizeof *b->search);
    b->row_search = gd__alloc_zeroed(rows + 1, sizeof *b->row_search);
    b->row_parent = gd__alloc_zeroed(rows + 1, sizeof *b->row_parent);
    b->row_symbol = gd__alloc_zeroed(rows + 1, sizeof *b->row_symbol);
    if (gd__multiply(rows + 1, (size_t)o->symbols, &numbers) && gd__multiply(rows + 1, (size_t)o->places, &shares)) {
        b->log_probability = gd__alloc_zeroed(numbers, sizeof *b->log_probability);
        b->attention = gd__alloc_zeroed(shares + 1, sizeof *b->attention);
    }
    if (b->search == NULL || b->row_search == NULL || b->row_parent == NULL || b->row_symbol == NULL ||
        b->log_probability == NULL || b->attention == NULL)
        return gd__fail_memory("a beam search");
    for (int64_t i = 0; i < b->searches; i++) {
        one_search *s = &b->search[i];
        gd_status status = shelf_make(o, o->width, &s->live);
        if (status == GD_OK)
            status = shelf_make(o, o->width, &s->next);
        if (status == GD_OK)
            status = shelf_make(o, o->width + 1, &s->ended);
        if (status != GD_OK)
            return status;
        s->live.count = 1; // the empty sequence
    }
    return GD_OK;
}

static void release(beam *b)
{
    for (int64_t i = 0; b->search != NULL && i < b->searches; i++) {
        shelf_free(&b->search[i].live);
        shelf_free(&b->search[i].next);
        shelf_free(&b->search[i].ended);
    }
    gd__free(b->search);
    gd__free(b->row_search);
    gd__free(b->row_parent);
    gd__free(b->row_symbol);
    gd__free(b->log_probability);
    gd__free(b->attention);
}

static gd_status check(const gd_beam_opts *o, int64_t searches)
{
    if (o->symbols < 1 || o->symbols > INT32_MAX || o->end < 0 || o->end >= o->symbols)
        return gd__fail(GD_ERROR_ARGUMENT, "beam search: %lld symbols with the end %d", (long long)o->symbols,
                        (int)o->end);
    if (o->width < 1 || o->width > 1 << 16 || o->longest < 1 || o->longest > 1 << 24 || o->shortest < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "beam search: a width of %d and a length of %lld to %lld", o->width,
                        (long long)o->shortest, (long long)o->longest);
    if (o->places < 0 || o->places > 1 << 24 || !(o->coverage >= 0) || (o->coverage > 0 && o->places == 0))
        return gd__fail(GD_ERROR_ARGUMENT, "beam search: a coverage of %g over %lld places", o->coverage,
                        (long long)o->places);
    if (!isfinite(o->length_power) || searches < 0 || searches > 1 << 24)
        return gd__fail(GD_ERROR_ARGUMENT, "beam search: %lld searches with a length power of %g", (long long)searches,
                        o->length_power);
    return GD_OK;
}

gd_status gd_beam_search(gd_beam_opts opts, int64_t searches, gd_beam_function *next, void *context, gd_decodings *out)
{
    GD__NEEDS(next, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    opts.width = opts.width == 0 ? STANDARD_WIDTH : opts.width;
    opts.longest = opts.longest == 0 ? STANDARD_LONGEST : opts.longest;
    gd_status status = check(&opts, searches);
    if (status != GD_OK)
        return status;
    for (int64_t i = 0; i < searches; i++)
        out[i] = (gd_decodings){0};
    beam b = {.opts = opts, .searches = searches};
    candidate *best = gd__alloc_zeroed(2 * (size_t)opts.width + 1, sizeof *best);
    status = best == NULL ? gd__fail_memory("a beam search") : prepare(&b);
    if (status == GD_OK)
        status = run(&b, next, context, best);
    for (int64_t i = 0; i < searches && status == GD_OK; i++)
        status = give(&b, &b.search[i], &out[i]);
    for (int64_t i = 0; i < searches && status != GD_OK; i++)
        gd_decodings_free(&out[i]);
    release(&b);
    gd__free(best);
    return status;
}
