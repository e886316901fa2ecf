// Prefix beam search. The prefixes are a tree; of each in the beam two probabilities are kept: that of all paths that
// end in a blank, and that of those that end in its last symbol, since only from a blank may a symbol be repeated.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "decode/decode.h"

enum { STANDARD_WIDTH = 16, ROOT = 0, NONE = -1 };

typedef struct {
    int64_t parent, child, sibling, length;
    int64_t frame; // for which `next_…` stand
    int32_t symbol;
    double in_blank, in_symbol; // after the last frame
    double next_in_blank, next_in_symbol;
    double bonus; // of the language model, and for symbols
} prefix;

typedef struct {
    const gd_ctc_beam_opts *opts;
    prefix *tree;
    int64_t count, capacity;
    int64_t *touched; // of this frame
    int64_t touched_count, touched_capacity;
    int64_t *beam; // prefixes, the best first
    int beam_count;
    int32_t *symbol[2]; // (T): two prefixes written out
} search;

static double total(const prefix *p)
{
    return gd__log_add(p->in_blank, p->in_symbol);
}

static void write_out(const search *s, int64_t node, int32_t *symbol)
{
    for (int64_t i = s->tree[node].length - 1; i >= 0; i--, node = s->tree[node].parent)
        symbol[i] = s->tree[node].symbol;
}

static bool is_better(const search *s, int64_t a, int64_t b)
{
    const double of_a = total(&s->tree[a]) + s->tree[a].bonus, of_b = total(&s->tree[b]) + s->tree[b].bonus;
    if (of_a != of_b)
        return of_a > of_b;
    write_out(s, a, s->symbol[0]);
    write_out(s, b, s->symbol[1]);
    return gd__compare_symbols(s->symbol[0], s->tree[a].length, s->symbol[1], s->tree[b].length) < 0;
}

// What stands for the frame that is being made; the first time, nothing.
static bool touch(search *s, int64_t node, int64_t frame)
{
    prefix *p = &s->tree[node];
    if (p->frame == frame)
        return true;
    p->frame = frame;
    p->next_in_blank = p->next_in_symbol = -INFINITY;
    if (!gd__grow_long((void **)&s->touched, &s->touched_capacity, s->touched_count, sizeof *s->touched))
        return false;
    s->touched[s->touched_count++] = node;
    return true;
}

// The prefix with one more symbol; NONE when memory is short.
static int64_t child_of(search *s, int64_t parent, int32_t symbol)
{
    for (int64_t at = s->tree[parent].child; at != NONE; at = s->tree[at].sibling)
        if (s->tree[at].symbol == symbol)
            return at;
    if (!gd__grow_long((void **)&s->tree, &s->capacity, s->count, sizeof *s->tree))
        return NONE;
    const prefix *of = &s->tree[parent];
    double bonus = of->bonus + s->opts->symbol_bonus;
    if (s->opts->language != NULL) {
        write_out(s, parent, s->symbol[0]);
        const double weight = s->opts->language_weight == 0 ? 1 : s->opts->language_weight;
        bonus += weight * s->opts->language(s->opts->context, s->symbol[0], of->length, symbol);
    }
    s->tree[s->count] = (prefix){.parent = parent,
                                 .child = NONE,
                                 .sibling = of->child,
                                 .length = of->length + 1,
                                 .frame = NONE,
                                 .symbol = symbol,
                                 .in_blank = -INFINITY,
                                 .in_symbol = -INFINITY,
                                 .bonus = bonus};
    s->tree[parent].child = s->count;
    return s->count++;
}

// One prefix of the beam through one frame.
static bool extend(search *s, int64_t node, int64_t frame, const double *y, int64_t classes, int64_t blank)
{
    if (!touch(s, node, frame))
        return false;
    prefix *p = &s->tree[node];
    const double in_blank = p->in_blank, in_symbol = p->in_symbol, all = total(p);
    const int32_t last = p->length > 0 ? p->symbol : NONE;
    p->next_in_blank = gd__log_add(p->next_in_blank, all + y[blank]);
    if (last != NONE)
        p->next_in_symbol = gd__log_add(p->next_in_symbol, in_symbol + y[last]);
    for (int32_t c = 0; c < classes; c++) {
        const double from = c == last ? in_blank : all;
        if (c == blank || y[c] == -INFINITY || from == -INFINITY)
            continue;
        const int64_t longer = child_of(s, node, c);
        if (longer == NONE || !touch(s, longer, frame))
            return false;
        s->tree[longer].next_in_symbol = gd__log_add(s->tree[longer].next_in_symbol, from + y[c]);
    }
    return true;
}

// The best of the touched prefixes become the beam.
static void choose(search *s, int width)
{
    for (int i = 0; i < s->beam_count; i++) // what falls out of the beam has no probability
        s->tree[s->beam[i]].in_blank = s->tree[s->beam[i]].in_symbol = -INFINITY;
    s->beam_count = 0;
    for (int64_t i = 0; i < s->touched_count; i++) {
        prefix *p = &s->tree[s->touched[i]];
        p->in_blank = p->next_in_blank;
        p->in_symbol = p->next_in_symbol;
    }
    for (int64_t i = 0; i < s->touched_count; i++) {
        const int64_t node = s->touched[i];
        int at = s->beam_count;
        if (total(&s->tree[node]) == -INFINITY)
            continue;
        while (at > 0 && is_better(s, node, s->beam[at - 1]))
            at--;
        int64_t lost = at < width ? NONE : node;
        if (at < width) {
            if (s->beam_count == width)
                lost = s->beam[width - 1];
            else
                s->beam_count++;
            for (int j = s->beam_count - 1; j > at; j--)
                s->beam[j] = s->beam[j - 1];
            s->beam[at] = node;
        }
        if (lost != NONE)
            s->tree[lost].in_blank = s->tree[lost].in_symbol = -INFINITY;
    }
    s->touched_count = 0;
}

static gd_status run(search *s, const double *y, int64_t frames, int64_t classes, int64_t blank, int width)
{
    s->tree[ROOT] =
        (prefix){.parent = NONE, .child = NONE, .sibling = NONE, .frame = NONE, .symbol = NONE, .in_symbol = -INFINITY};
    s->count = 1;
    s->beam[0] = ROOT;
    s->beam_count = 1;
    for (int64_t t = 0; t < frames; t++) {
        for (int i = 0; i < s->beam_count; i++)
            if (!extend(s, s->beam[i], t, y + t * classes, classes, blank))
                return gd__fail_memory("the prefixes of a beam search");
        choose(s, width);
    }
    return GD_OK;
}

static gd_status give(const search *s, gd_decodings *out)
{
    gd_status status = gd__decodings_make(s->beam_count, out);
    for (int i = 0; i < s->beam_count && status == GD_OK; i++) {
        const prefix *p = &s->tree[s->beam[i]];
        gd_decoding *to = &out->decoding[i];
        status = gd__decoding_make(p->length, to);
        if (status != GD_OK)
            break;
        write_out(s, s->beam[i], to->symbol);
        to->log_probability = total(p);
        to->score = to->log_probability + p->bonus;
    }
    if (status != GD_OK)
        gd_decodings_free(out);
    return status;
}

gd_status gd_ctc_beam(const gd_array *logits, gd_ctc_beam_opts opts, gd_decodings *out)
{
    GD__NEEDS(logits, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = (gd_decodings){0};
    const int width = opts.width == 0 ? STANDARD_WIDTH : opts.width;
    if (width < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_ctc_beam: a width of %d, at least 1 was expected", width);
    double *y;
    gd_status status = gd__frames_of("gd_ctc_beam", logits, &opts.blank, &y);
    if (status != GD_OK)
        return status;
    const int64_t frames = logits->shape.dim[0], classes = logits->shape.dim[1];
    search s = {.opts = &opts, .capacity = 1};
    s.tree = gd__alloc(sizeof *s.tree);
    s.beam = gd__alloc_zeroed((size_t)width, sizeof *s.beam);
    for (int i = 0; i < 2; i++)
        s.symbol[i] = gd__alloc_zeroed((size_t)frames + 1, sizeof *s.symbol[i]);
    if (s.tree == NULL || s.beam == NULL || s.symbol[0] == NULL || s.symbol[1] == NULL)
        status = gd__fail_memory("a beam search");
    else
        status = run(&s, y, frames, classes, opts.blank, width);
    if (status == GD_OK)
        status = give(&s, out);
    gd__free(y);
    gd__free(s.tree);
    gd__free(s.beam);
    gd__free(s.touched);
    gd__free(s.symbol[0]);
    gd__free(s.symbol[1]);
    return status;
}
