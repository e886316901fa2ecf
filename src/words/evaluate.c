// How good word vectors are: analogies, and similarities as people see them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/progress.h"
#include "io/gzip.h"
#include "words/scores.h"

#include <gradus/text.h>

enum { SET_LIMIT = 256 << 20, RESTRICTED = 300000 };

// ---- Words, capitals and small letters alike or not

// The words that answer, by their folded form: of several that fold alike the first, which is the most frequent.
typedef struct folded {
    gd__lexicon lexicon;
    int64_t *index; // of the words
    int32_t *form;  // (limit): the number of each word's folded form
    bool keep_case;
} folded;

static int32_t fold(const folded *f, const char *word, size_t length, char to[GD__WORD_BYTES])
{
    const int32_t size = (int32_t)(length < GD__WORD_BYTES ? length : GD__WORD_BYTES);
    for (int32_t i = 0; i < size; i++)
        to[i] = !f->keep_case && word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] + 32) : word[i];
    return size;
}

static gd_status fold_words(const gd_words *words, int64_t limit, bool keep_case, folded *f)
{
    char text[GD__WORD_BYTES];
    *f = (folded){.keep_case = keep_case};
    f->index = gd__alloc((size_t)limit * sizeof *f->index);
    f->form = gd__alloc((size_t)limit * sizeof *f->form);
    bool good = f->index != NULL && f->form != NULL;
    for (int64_t i = 0; i < limit && good; i++) {
        const gd__lexicon_entry *entry = &words->lexicon.entry[i];
        const int32_t length = fold(f, words->lexicon.pool + entry->text, (size_t)entry->length, text);
        const int64_t before = f->lexicon.count;
        const int32_t number = gd__lexicon_add(&f->lexicon, text, length);
        good = number >= 0;
        if (good && f->lexicon.count > before)
            f->index[number] = i;
        f->form[i] = number;
    }
    return good ? GD_OK : gd__fail_memory("the words that answer");
}

static void fold_free(folded *f)
{
    gd__lexicon_free(&f->lexicon);
    gd__free(f->index);
    gd__free(f->form);
}

// The form of a word, or -1: it is not among those that answer.
static int32_t form_of(const folded *f, const char *word, size_t length)
{
    char text[GD__WORD_BYTES];
    return length > GD__WORD_BYTES ? -1 : gd__lexicon_find(&f->lexicon, text, fold(f, word, length, text));
}

// ---- Lines with fields

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == ',';
}

// Cuts a line into at most `most` fields; returns how many it has.
static int cut(const char *line, const char *end, int most, const char **field, size_t *length)
{
    int count = 0;
    for (const char *p = line; p < end;) {
        while (p < end && is_between(*p))
            p++;
        const char *const begin = p;
        while (p < end && !is_between(*p))
            p++;
        if (p > begin && count++ < most) {
            field[count - 1] = begin;
            length[count - 1] = (size_t)(p - begin);
        }
    }
    return count;
}

// ---- Analogies

typedef struct quiz {
    const gd_words *words;
    gd_analogy_way way;
    int64_t limit;
    folded folded;
    int count, capacity; // of sections
    gd_analogy_section *section;
    int waiting; // questions
    int32_t form[GD__WORDS_TOGETHER / 3][4];
    int place[GD__WORDS_TOGETHER / 3]; // their sections
    float *query, *score;
} quiz;

static bool add_section(quiz *q, const char *name, size_t length)
{
    if (!gd__grow((void **)&q->section, &q->capacity, q->count, sizeof *q->section))
        return false;
    gd_analogy_section *s = &q->section[q->count++];
    *s = (gd_analogy_section){0};
    memcpy(s->name, name, length < sizeof s->name - 1 ? length : sizeof s->name - 1);
    return true;
}

static void judge(quiz *q, int i)
{
    float *const score = q->score + 3 * i * q->limit;
    const int32_t *form = q->form[i];
    gd__words_combine(q->way, q->limit, score, score);
    int64_t best = -1;
    for (int64_t w = 0; w < q->limit; w++) {
        const int32_t is = q->folded.form[w];
        if (is != form[0] && is != form[1] && is != form[2] && (best < 0 || score[w] > score[best]))
            best = w;
    }
    gd_analogy_section *s = &q->section[q->place[i]];
    s->asked++;
    s->right += best >= 0 && q->folded.form[best] == form[3];
}

static gd_status ask_waiting(quiz *q)
{
    const int64_t size = q->words->size;
    if (q->waiting == 0)
        return GD_OK;
    for (int i = 0; i < q->waiting; i++)
        for (int k = 0; k < 3; k++) {
            float *const to = q->query + (3 * i + k) * size;
            gd__words_copy(q->words, q->folded.index[q->form[i][k]], to);
            if (!gd__words_scale(to, to, size))
                memset(to, 0, (size_t)size * sizeof *to);
        }
    const gd_status status = gd__words_scores(q->words, q->limit, 3 * q->waiting, q->query, q->score);
    for (int i = 0; i < q->waiting && status == GD_OK; i++)
        judge(q, i);
    q->waiting = 0;
    return status;
}

static gd_status take_question(quiz *q, const char *path, int64_t line, const char *from, const char *end)
{
    const char *field[4];
    size_t length[4];
    const int fields = cut(from, end, 4, field, length);
    if (fields == 0)
        return GD_OK;
    if (*field[0] == ':') {
        const char *name = length[0] > 1 ? field[0] + 1 : fields > 1 ? field[1] : field[0];
        while (end > name && is_between(end[-1]))
            end--;
        return add_section(q, name, (size_t)(end - name)) ? GD_OK : gd__fail_memory("the sections of analogies");
    }
    if (fields != 4)
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld has %d words: expected four, or \": section\"", path,
                        (long long)line, fields);
    if (q->count == 0 && !add_section(q, "questions", 9))
        return gd__fail_memory("the sections of analogies");
    int32_t form[4];
    bool known = true;
    for (int k = 0; k < 4; k++)
        known = (form[k] = form_of(&q->folded, field[k], length[k])) >= 0 && known;
    if (!known) {
        q->section[q->count - 1].unknown++;
        return GD_OK;
    }
    memcpy(q->form[q->waiting], form, sizeof form);
    q->place[q->waiting++] = q->count - 1;
    return q->waiting == GD__WORDS_TOGETHER / 3 ? ask_waiting(q) : GD_OK;
}

static gd_status ask_all(quiz *q, const char *path, const char *text, size_t size)
{
    gd_status status = GD_OK;
    int64_t line = 1;
    for (const char *p = text, *const end = text + size; p < end && status == GD_OK; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *const stop = newline != NULL ? newline : end;
        status = take_question(q, path, line, p, stop);
        if (status == GD_OK)
            status = gd__progress("asking for analogies", p - text, (int64_t)size);
        p = stop + 1;
    }
    if (status == GD_OK)
        status = ask_waiting(q);
    if (status == GD_OK && q->count == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: there are no questions in it", path);
    gd_analogy_section all = {.name = "all"};
    for (int i = 0; i < q->count; i++) {
        all.right += q->section[i].right;
        all.asked += q->section[i].asked;
        all.unknown += q->section[i].unknown;
    }
    if (status == GD_OK && !add_section(q, all.name, 3))
        status = gd__fail_memory("the sections of analogies");
    if (status == GD_OK)
        q->section[q->count - 1] = all;
    return status;
}

gd_status gd_words_analogies(const gd_words *words, const char *path, gd_analogy_opts opts,
                             gd_analogy_section **sections, int *count)
{
    GD__NEEDS(sections, GD_ERROR_ARGUMENT);
    *sections = NULL;
    GD__NEEDS(count, GD_ERROR_ARGUMENT);
    *count = 0;
    GD__NEEDS(words, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (opts.restrict_to < 0 || (opts.way != GD_ANALOGY_ADD && opts.way != GD_ANALOGY_MULTIPLY))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "restricted to %lld words, in way %d: expected none or more, and a "
                        "gd_analogy_way",
                        (long long)opts.restrict_to, (int)opts.way);
    quiz q = {.words = words, .way = opts.way, .limit = opts.restrict_to > 0 ? opts.restrict_to : RESTRICTED};
    if (q.limit > words->lexicon.count)
        q.limit = words->lexicon.count;
    char *text;
    size_t size;
    gd_status status = gd__gzip_read(path, SET_LIMIT, &text, &size);
    if (status != GD_OK)
        return status;
    q.query = gd__alloc((size_t)(GD__WORDS_TOGETHER * words->size) * sizeof *q.query);
    q.score = gd__alloc((size_t)(GD__WORDS_TOGETHER * q.limit) * sizeof *q.score);
    status = q.query != NULL && q.score != NULL ? fold_words(words, q.limit, opts.keep_case, &q.folded)
                                                : gd__fail_memory("analogies");
    if (status == GD_OK)
        status = ask_all(&q, path, text, size);
    fold_free(&q.folded);
    gd__free(q.query);
    gd__free(q.score);
    gd__free(text);
    if (status != GD_OK) {
        gd__free(q.section);
        return status;
    }
    *sections = q.section;
    *count = q.count;
    return GD_OK;
}

void gd_analogy_sections_free(gd_analogy_section *sections)
{
    gd__free(sections);
}

// ---- Similarities

typedef struct pair {
    double said, found;
} pair;

static double pearson(const pair *p, int64_t count)
{
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < count; i++) {
        x += p[i].said / (double)count;
        y += p[i].found / (double)count;
    }
    for (int64_t i = 0; i < count; i++) {
        xx += (p[i].said - x) * (p[i].said - x);
        yy += (p[i].found - y) * (p[i].found - y);
        xy += (p[i].said - x) * (p[i].found - y);
    }
    return count < 2 || xx == 0 || yy == 0 ? NAN : xy / (sqrt(xx) * sqrt(yy));
}

static int by_said(const void *a, const void *b)
{
    const double x = ((const pair *)a)->said, y = ((const pair *)b)->said;
    return x < y ? -1 : x > y;
}

// The values of .said become ranks, those of equals the mean of their places; then the two change places.
static void rank(pair *p, int64_t count)
{
    qsort(p, (size_t)count, sizeof *p, by_said);
    for (int64_t i = 0, next; i < count; i = next) {
        next = i + 1;
        while (next < count && p[next].said == p[i].said)
            next++;
        for (int64_t k = next; k-- > i;)
            p[k] = (pair){p[k].found, (double)(i + next - 1) / 2};
    }
}

static gd_status take_pair(const gd_words *words, const folded *f, const char *path, int64_t line, const char *from,
                           const char *end, gd_similarity *result, pair *to, float *vector)
{
    const char *field[3];
    size_t length[3];
    const int fields = cut(from, end, 3, field, length);
    if (fields == 0 || *field[0] == '#')
        return GD_OK;
    char text[64] = {0}, *stop = text;
    if (fields >= 3 && length[2] < sizeof text)
        memcpy(text, field[2], length[2]);
    const double said = gd__parse_number(text, &stop);
    if (fields < 3 || stop == text || *stop != '\0' || !isfinite(said)) {
        if (line == 1)
            return GD_OK; // a heading
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld: expected two words and a number", path, (long long)line);
    }
    const int32_t a = form_of(f, field[0], length[0]), b = form_of(f, field[1], length[1]);
    const int64_t size = words->size;
    result->pairs++;
    bool known = a >= 0 && b >= 0;
    if (known) {
        gd__words_copy(words, f->index[a], vector);
        gd__words_copy(words, f->index[b], vector + size);
        known = gd__words_scale(vector, vector, size) && gd__words_scale(vector + size, vector + size, size);
    }
    if (!known) {
        result->unknown++;
        return GD_OK;
    }
    double cosine = 0;
    for (int64_t i = 0; i < size; i++)
        cosine += (double)vector[i] * (double)vector[size + i];
    *to = (pair){said, cosine};
    return GD_OK;
}

static gd_status take_pairs(const gd_words *words, const folded *f, const char *path, const char *text, size_t size,
                            gd_similarity *result)
{
    float *vector = gd__alloc((size_t)(2 * words->size) * sizeof *vector);
    pair *list = NULL;
    int64_t room = 0, line = 1;
    gd_status status = vector != NULL ? GD_OK : gd__fail_memory("similarities");
    for (const char *p = text, *const end = text + size; p < end && status == GD_OK; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *const stop = newline != NULL ? newline : end;
        const int64_t count = result->pairs - result->unknown;
        status = gd__grow_long((void **)&list, &room, count, sizeof *list)
                     ? take_pair(words, f, path, line, p, stop, result, list + count, vector)
                     : gd__fail_memory("similarities");
        p = stop + 1;
    }
    const int64_t count = result->pairs - result->unknown;
    if (status == GD_OK && result->pairs == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: there are no pairs of words in it", path);
    if (status == GD_OK) {
        result->pearson = pearson(list, count);
        rank(list, count);
        rank(list, count);
        result->spearman = pearson(list, count);
    }
    gd__free(list);
    gd__free(vector);
    return status;
}

gd_status gd_words_similarities(const gd_words *words, const char *path, gd_similarity *result)
{
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    *result = (gd_similarity){.spearman = NAN, .pearson = NAN};
    GD__NEEDS(words, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    char *text;
    size_t size;
    gd_status status = gd__gzip_read(path, SET_LIMIT, &text, &size);
    if (status != GD_OK)
        return status;
    folded f;
    const int64_t all = words->lexicon.count;
    status = fold_words(words, all < RESTRICTED ? all : RESTRICTED, false, &f);
    if (status == GD_OK)
        status = take_pairs(words, &f, path, text, size, result);
    fold_free(&f);
    gd__free(text);
    return status;
}
