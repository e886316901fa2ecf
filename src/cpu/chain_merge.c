// What is merged: a sum p A + q B or p + q B, with everything that B stands for.
#include "cpu/chain_merge.h"

#include <gradus/op.h>

enum { NONE = -1 };

// What B may be other than a value, richest first: an op, or an op of which one source is made by another op. Its
// instruction takes A (in a sum with a value), then the other source of the op, then the sources of the inner one.
static const struct {
    int op, inner;
    int with_value;  // the instruction for p A + q B
    int with_number; // the instruction for p + q B
} forms[] = {
    {GD__CHAIN_OP_mul, GD__CHAIN_OP_div, GD__CHAIN_OP_blend_quotient, NONE},
    {GD__CHAIN_OP_mul, GD__CHAIN_OP_sqrt, NONE, GD__CHAIN_OP_affine_scaled_root},
    {GD__CHAIN_OP_mul, NONE, GD__CHAIN_OP_blend_product, GD__CHAIN_OP_affine_product},
    {GD__CHAIN_OP_square, NONE, GD__CHAIN_OP_blend_square, GD__CHAIN_OP_affine_square},
    {GD__CHAIN_OP_sqrt, NONE, NONE, GD__CHAIN_OP_affine_root},
};

typedef struct merging {
    gd__program *program;
    const bool *stored;
    int maker[GD__CHAIN_SLOTS]; // by slot: the instruction, or NONE
    int reads[GD__CHAIN_SLOTS]; // by slot: how many sources it is
} merging;

// One side of a sum: a factor times a value, which may have a form.
typedef struct term {
    double factor;
    int value;   // the slot that is left when the factor is taken off
    bool scaled; // there was an instruction for the factor
    int form;    // place in the table, or NONE
    int count;   // of the sources that stand for the value: those of the form, else itself
    int source[GD__CHAIN_SOURCES];
} term;

// The instruction of this code that makes the slot, if it is for this reader alone; else NULL.
static const gd__instruction *made_by(const merging *m, int slot, int code)
{
    int maker = m->maker[slot];
    if (maker == NONE || m->stored[slot] || m->reads[slot] != 1 || m->program->instruction[maker].code != code)
        return NULL;
    return &m->program->instruction[maker];
}

static int source_count(const gd__instruction *in)
{
    int count = 0;
    while (count < GD__CHAIN_SOURCES && in->source[count] >= 0)
        count++;
    return count;
}

static void add_sources(term *t, const gd__instruction *in, int except)
{
    for (int i = 0; i < source_count(in); i++) {
        if (i != except)
            t->source[t->count++] = in->source[i];
    }
}

// Does the term's value have this form? Fills in the sources.
static bool fits(const merging *m, term *t, int form)
{
    const gd__instruction *outer = made_by(m, t->value, forms[form].op);
    t->form = form;
    t->count = 0;
    if (outer != NULL && forms[form].inner == NONE) {
        add_sources(t, outer, NONE);
        return true;
    }
    for (int i = 0; outer != NULL && i < source_count(outer); i++) {
        const gd__instruction *inner = made_by(m, outer->source[i], forms[form].inner);
        if (inner != NULL) {
            add_sources(t, outer, i);
            add_sources(t, inner, NONE);
            return true;
        }
    }
    return false;
}

static term read_term(const merging *m, int slot, double sign, bool with_number)
{
    term t = {.factor = sign, .value = slot};
    const gd__instruction *scale = made_by(m, slot, GD__CHAIN_OP_scale), *neg = made_by(m, slot, GD__CHAIN_OP_neg);
    if (scale != NULL || neg != NULL) {
        t.scaled = true;
        t.factor *= scale != NULL ? scale->p : -1;
        t.value = scale != NULL ? scale->source[0] : neg->source[0];
    }
    for (int i = 0; i < GD_COUNT_OF(forms); i++) {
        if ((with_number ? forms[i].with_number : forms[i].with_value) != NONE && fits(m, &t, i))
            return t;
    }
    t.form = NONE;
    t.count = 1;
    t.source[0] = t.value;
    return t;
}

// One reader less. What nobody reads any more goes, and reads its own sources no more.
static void release(merging *m, int slot)
{
    if (--m->reads[slot] > 0 || m->maker[slot] == NONE || m->stored[slot])
        return;
    const gd__instruction *in = &m->program->instruction[m->maker[slot]];
    m->maker[slot] = NONE;
    for (int i = 0; i < source_count(in); i++)
        release(m, in->source[i]);
}

// Gives the instruction another code and factors. Its sources are `value`, if there is one, and those of the term.
static void replace(merging *m, gd__instruction *in, int code, double p, double q, int value, const term *t)
{
    gd__instruction old = *in;
    int count = 0;
    in->code = code;
    in->p = p;
    in->q = q;
    if (value != NONE)
        in->source[count++] = value;
    for (int i = 0; i < t->count; i++)
        in->source[count++] = t->source[i];
    for (int i = count; i < GD__CHAIN_SOURCES; i++)
        in->source[i] = -1;
    for (int i = 0; i < count; i++)
        m->reads[in->source[i]]++;
    for (int i = 0; i < source_count(&old); i++)
        release(m, old.source[i]);
}

// x + y or x - y: at most one of the two has a form.
static void merge_sum(merging *m, gd__instruction *in)
{
    term a = read_term(m, in->source[0], 1, false);
    term b = read_term(m, in->source[1], in->code == GD__CHAIN_OP_sub ? -1 : 1, false);
    if (b.form == NONE || (a.form != NONE && a.form < b.form)) {
        term other = a;
        a = b;
        b = other;
    }
    if (b.form != NONE)
        replace(m, in, forms[b.form].with_value, a.factor, b.factor, a.value, &b);
    else if (a.scaled || b.scaled)
        replace(m, in, GD__CHAIN_OP_blend, a.factor, b.factor, a.value, &b);
}

// x + number
static void merge_shift(merging *m, gd__instruction *in)
{
    term a = read_term(m, in->source[0], 1, true);
    if (a.form != NONE)
        replace(m, in, forms[a.form].with_number, a.factor, in->p, NONE, &a);
    else if (a.scaled)
        replace(m, in, GD__CHAIN_OP_affine, a.factor, in->p, NONE, &a);
}

void gd__chain_merge(gd__program *program, const bool *stored)
{
    merging m = {.program = program, .stored = stored};
    for (int i = 0; i < GD__CHAIN_SLOTS; i++)
        m.maker[i] = NONE;
    for (int i = 0; i < program->instruction_count; i++) {
        const gd__instruction *in = &program->instruction[i];
        m.maker[in->slot] = i;
        for (int j = 0; j < source_count(in); j++)
            m.reads[in->source[j]]++;
    }
    for (int i = 0; i < program->instruction_count; i++) {
        gd__instruction *in = &program->instruction[i];
        if (in->code == GD__CHAIN_OP_add || in->code == GD__CHAIN_OP_sub)
            merge_sum(&m, in);
        else if (in->code == GD__CHAIN_OP_shift)
            merge_shift(&m, in);
    }
    int count = 0;
    for (int i = 0; i < program->instruction_count; i++) {
        if (m.maker[program->instruction[i].slot] == i)
            program->instruction[count++] = program->instruction[i];
    }
    program->instruction_count = count;
}
