// A piece of the text, sentence by sentence and place by place.
#include <string.h>

#include "words/trainer.h"

// word2vec's generator (Knuth's MMIX constant), of which the upper bits are good.
static uint32_t draw(gd__words_worker *w)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->random >> 32);
}

static uint32_t draw_below(gd__words_worker *w, uint32_t bound)
{
    return (uint32_t)((uint64_t)draw(w) * bound >> 32);
}

// A word in proportion to count^0.75.
static int32_t draw_word(gd__words_worker *w)
{
    const gd__word_tables *t = &w->trainer->tables;
    const uint32_t place = draw_below(w, (uint32_t)t->count);
    return draw(w) <= t->own[place] ? (int32_t)place : t->other[place];
}

// ---- Places

static void prefetch_row(const gd__words_worker *w, int matrix, int64_t number)
{
    const float *row = gd__words_row(w, matrix, number);
    const int64_t width = w->trainer->width;
    for (int64_t at = 0; at < width; at += 16)
        __builtin_prefetch(row + at, 1);
}

// What is near place `i` of the sentence, and what is drawn against it; the rows begin to travel to the cache.
static void prepare(gd__words_worker *w, int i, gd__words_place *place)
{
    const gd__words_trainer *t = w->trainer;
    const int reach = 1 + (int)draw_below(w, (uint32_t)t->opts.window);
    const int begin = i < reach ? 0 : i - reach, end = i + reach >= w->count ? w->count : i + reach + 1;
    place->centre = w->sentence[i];
    place->near_count = 0;
    for (int at = begin; at < end; at++)
        if (at != i)
            place->near[place->near_count++] = w->sentence[at];
    place->drawn_count = 0;
    if (place->near_count == 0 || t->output == NULL)
        return;
    const bool parts = t->part != NULL && t->opts.model == GD_WORDS_SKIP_GRAM;
    place->drawn_count = (int)t->opts.negative * (parts ? 2 : 1);
    for (int k = 0; k < place->drawn_count; k++) {
        place->drawn[k] = draw_word(w);
        prefetch_row(w, GD__WORDS_OUTPUT, place->drawn[k]);
    }
    prefetch_row(w, GD__WORDS_OUTPUT, place->centre);
    if (end < w->count && t->part == NULL)
        prefetch_row(w, GD__WORDS_INPUT, w->sentence[end]);
}

// ---- The outputs of a step

static void add_output(gd__words_step *s, float *row, float target, float weight)
{
    for (int j = 0; j < s->outputs; j++)
        if (s->output[j] == row) {
            if (s->target[j] == target)
                s->weight[j] += weight;
            return; // a word is not drawn against itself
        }
    s->output[s->outputs] = row;
    s->target[s->outputs] = target;
    s->weight[s->outputs++] = weight;
}

static void add_drawn(gd__words_worker *w, const gd__words_place *place, float weight)
{
    for (int k = 0; k < place->drawn_count; k++)
        add_output(&w->step, gd__words_row(w, GD__WORDS_OUTPUT, place->drawn[k]), 0, weight);
}

static void set_path(gd__words_worker *w, int32_t row)
{
    const gd__word_tables *tables = &w->trainer->tables;
    gd__words_step *s = &w->step;
    s->outputs = 0;
    for (int64_t at = tables->path_begin[row]; at < tables->path_begin[row + 1]; at++) {
        s->output[s->outputs] = gd__words_row(w, GD__WORDS_TREE, tables->path_node[at]);
        s->target[s->outputs] = tables->path_right[at] != 0 ? 0 : 1;
        s->weight[s->outputs++] = 1;
    }
}

// The outputs that stand for `row`: itself and what was drawn, or its path.
static bool set_outputs(gd__words_worker *w, const gd__words_place *place, bool path)
{
    gd__words_step *s = &w->step;
    s->outputs = 0;
    if (path) {
        set_path(w, place->centre);
    } else {
        add_output(s, gd__words_row(w, GD__WORDS_OUTPUT, place->centre), 1, 1);
        add_drawn(w, place, 1);
    }
    gd__words_step_pad(s);
    return s->outputs > 0;
}

// ---- Three ways to train on a place

// Skip-gram with whole words: those near are inputs of one step, as many as a step takes.
static void train_near(gd__words_worker *w, const gd__words_place *place, bool path)
{
    const gd__words_trainer *t = w->trainer;
    gd__words_step *s = &w->step;
    if (!set_outputs(w, place, path))
        return;
    for (int at = 0; at < place->near_count;) {
        s->inputs = 0;
        for (; at < place->near_count && s->inputs < GD__WORDS_INPUTS; at++) {
            float *const row = gd__words_row(w, GD__WORDS_INPUT, place->near[at]);
            int same = 0;
            while (same < s->inputs && s->input[same] != row)
                same++;
            if (same < s->inputs) {
                s->count[same]++;
            } else {
                s->input[s->inputs] = row;
                s->count[s->inputs++] = 1;
            }
        }
        t->kernel->step(s);
    }
}

static int add_parts(gd__words_worker *w, int count, int32_t word)
{
    const gd__words_trainer *t = w->trainer;
    if (t->part == NULL) {
        w->row[count++] = gd__words_row(w, GD__WORDS_INPUT, word);
        return count;
    }
    for (int64_t at = t->part_begin[word]; at < t->part_begin[word + 1]; at++)
        w->row[count++] = gd__words_row(w, GD__WORDS_INPUT, t->part[at]);
    return count;
}

// One step from the mean of rows, whose gradient goes to all of them.
static void train_mean(gd__words_worker *w, int rows, float share)
{
    const gd__words_trainer *t = w->trainer;
    w->step.inputs = 1;
    w->step.input[0] = w->hidden;
    w->step.count[0] = 1;
    t->kernel->step_one(&w->step, w->change);
    t->kernel->add(t->width, rows, w->row, share, w->change);
}

// CBOW: the mean of those near tells the word.
static void train_bag(gd__words_worker *w, const gd__words_place *place, bool path)
{
    const gd__words_trainer *t = w->trainer;
    if (!set_outputs(w, place, path))
        return;
    int rows = 0;
    for (int i = 0; i < place->near_count; i++)
        rows = add_parts(w, rows, place->near[i]);
    t->kernel->mean(t->width, rows, w->row, 1 / (float)rows, w->hidden);
    train_mean(w, rows, t->opts.undivided ? 1 : 1 / (float)rows);
}

// Skip-gram with parts of words: the mean of the word's parts tells each word near it. All of them share what is drawn,
// which counts so much the more.
static void train_parts(gd__words_worker *w, const gd__words_place *place, bool path)
{
    const gd__words_trainer *t = w->trainer;
    gd__words_step *s = &w->step;
    const int rows = add_parts(w, 0, place->centre);
    t->kernel->mean(t->width, rows, w->row, 1 / (float)rows, w->hidden);
    if (!path) {
        s->outputs = 0;
        for (int at = 0; at < place->near_count && s->outputs < GD__WORDS_OUTPUTS - place->drawn_count; at++)
            add_output(s, gd__words_row(w, GD__WORDS_OUTPUT, place->near[at]), 1, 1);
        add_drawn(w, place, 0.5F * (float)place->near_count);
        gd__words_step_pad(s);
        train_mean(w, rows, 1);
        return;
    }
    for (int at = 0; at < place->near_count; at++) {
        set_path(w, place->near[at]);
        gd__words_step_pad(s);
        if (s->outputs > 0)
            train_mean(w, rows, 1);
    }
}

void gd__words_train_place(gd__words_worker *w, const gd__words_place *place)
{
    const gd__words_trainer *t = w->trainer;
    w->step.rate = w->rate;
    for (int path = 0; path < 2; path++) {
        if ((path == 0 ? t->output : t->tree) == NULL || place->near_count == 0)
            continue;
        if (t->opts.model == GD_WORDS_CBOW)
            train_bag(w, place, path == 1);
        else if (t->part != NULL)
            train_parts(w, place, path == 1);
        else
            train_near(w, place, path == 1);
    }
}

// ---- Sentences

static void train_sentence(gd__words_worker *w)
{
    if (w->count < 2)
        return;
    prepare(w, 0, &w->place[0]);
    for (int i = 0; i < w->count; i++) {
        if (i + 1 < w->count)
            prepare(w, i + 1, &w->place[(i + 1) % 2]);
        gd__words_train_place(w, &w->place[i % 2]);
    }
    w->since += w->count;
    if (w->hot > 0 && w->since >= GD__WORDS_MERGE)
        gd__words_merge(w);
}

// The rate falls with the words that were read, to 1/10000 of what it was at first.
static void set_rate(gd__words_worker *w, int64_t epoch, int64_t words)
{
    const gd__words_trainer *t = w->trainer;
    const double length = (double)t->tables.length;
    const double left = 1 - ((double)epoch * length + (double)words) / ((double)t->opts.epochs * length + 1);
    w->rate = (float)(t->opts.learning_rate * (left < 1e-4 ? 1e-4 : left));
}

void gd__words_run_slice(gd__words_worker *w, int64_t epoch, int64_t i)
{
    const gd__words_trainer *t = w->trainer;
    const gd__words_slice *slice = &t->slice[i];
    const int32_t *token = t->corpus->token;
    int64_t words = slice->before;
    w->random = (t->opts.seed + 1) * 0x9E3779B97F4A7C15u ^ ((uint64_t)epoch << 40 | (uint64_t)i) * 0xD1342543DE82EF95u;
    for (int warm = 0; warm < 4; warm++)
        draw(w);
    for (int64_t at = slice->begin; at < slice->end;) {
        w->count = 0;
        set_rate(w, epoch, words);
        while (at < slice->end && w->count < GD__WORDS_SENTENCE) {
            const int32_t number = token[at++];
            if (number == GD__LINE_END)
                break;
            const int32_t row = t->tables.row[number];
            if (row < 0)
                continue;
            words++;
            if (t->tables.keep[row] < 1 && (float)(draw(w) >> 8) * 0x1p-24F >= t->tables.keep[row])
                continue;
            w->sentence[w->count++] = row;
        }
        train_sentence(w);
    }
}
