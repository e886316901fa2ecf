// The distance of Levenshtein, by Wagner and Fischer's table, of which two rows are kept.
#include <math.h>

#include <gradus/text_scores.h>

#include "base/error.h"
#include "base/memory.h"
#include "metric/code_points.h"
#include "metric/word_tree.h"

static gd_edits one_more(gd_edits edits, int64_t insertions, int64_t deletions, int64_t substitutions)
{
    edits.distance += insertions + deletions + substitutions;
    edits.insertions += insertions;
    edits.deletions += deletions;
    edits.substitutions += substitutions;
    return edits;
}

gd_status gd_edit_distance(int64_t a_length, const int32_t *a, int64_t b_length, const int32_t *b, gd_edits *out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    if (a_length < 0 || b_length < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_edit_distance: lengths of %lld and %lld", (long long)a_length,
                        (long long)b_length);
    if (a_length > 0)
        GD__NEEDS(a, GD_ERROR_ARGUMENT);
    if (b_length > 0)
        GD__NEEDS(b, GD_ERROR_ARGUMENT);
    gd_edits *row = gd__alloc_zeroed((size_t)b_length + 1, sizeof *row); // from a[0 … i] to b[0 … j]
    if (row == NULL)
        return gd__fail_memory("an edit distance");
    for (int64_t j = 0; j < b_length; j++)
        row[j + 1] = one_more(row[j], 1, 0, 0);
    for (int64_t i = 0; i < a_length; i++) {
        gd_edits diagonal = row[0];
        row[0] = one_more(row[0], 0, 1, 0);
        for (int64_t j = 0; j < b_length; j++) {
            gd_edits best = a[i] == b[j] ? diagonal : one_more(diagonal, 0, 0, 1);
            if (row[j + 1].distance + 1 < best.distance)
                best = one_more(row[j + 1], 0, 1, 0);
            if (row[j].distance + 1 < best.distance)
                best = one_more(row[j], 1, 0, 0);
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    *out = row[b_length];
    gd__free(row);
    return GD_OK;
}

// ---- Texts

// The symbols of a text: its code points, or numbers of its words.
static bool add_symbols(const char *text, bool words, gd__word_tree *tree, gd__codes *out)
{
    gd__codes codes = {0};
    bool good = gd__codes_add_text(words ? &codes : out, text);
    int64_t at = 0, begin, end;
    while (words && good && gd__next_word(&codes, &at, &begin, &end)) {
        int32_t node = 0;
        for (int64_t i = begin; i < end && node >= 0; i++)
            node = gd__word_tree_child(tree, node, codes.code[i]);
        good = node >= 0 && gd__codes_add(out, node);
    }
    gd__codes_free(&codes);
    return good;
}

// Without white space at its ends.
static void strip(gd__codes *codes)
{
    int64_t begin = 0;
    while (codes->count > 0 && gd__code_is_space(codes->code[codes->count - 1]))
        codes->count--;
    while (begin < codes->count && gd__code_is_space(codes->code[begin]))
        begin++;
    for (int64_t i = begin; i < codes->count; i++)
        codes->code[i - begin] = codes->code[i];
    codes->count -= begin;
}

static gd_status distance_of(const char *a, const char *b, bool words, bool stripped, gd_edits *out, int64_t *a_length)
{
    gd__codes of_a = {0}, of_b = {0};
    gd__word_tree tree = {0};
    gd_status status = GD_OK;
    if (!add_symbols(a, words, &tree, &of_a) || !add_symbols(b, words, &tree, &of_b))
        status = gd__fail_memory("an edit distance");
    if (stripped) {
        strip(&of_a);
        strip(&of_b);
    }
    if (status == GD_OK)
        status = gd_edit_distance(of_a.count, of_a.code, of_b.count, of_b.code, out);
    *a_length = of_a.count;
    gd__codes_free(&of_a);
    gd__codes_free(&of_b);
    gd__word_tree_free(&tree);
    return status;
}

gd_status gd_edit_distance_text(const char *a, const char *b, bool words, gd_edits *out)
{
    GD__NEEDS(a, GD_ERROR_ARGUMENT);
    GD__NEEDS(b, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    int64_t length;
    return distance_of(a, b, words, false, out, &length);
}

static gd_status error_rate(int64_t count, const char *const *reference, const char *const *hypothesis, bool words,
                            double *value)
{
    int64_t edits = 0, symbols = 0;
    *value = NAN;
    for (int64_t i = 0; i < count; i++) {
        gd_edits of;
        int64_t length;
        if (reference[i] == NULL || hypothesis[i] == NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "sentence %lld is NULL", (long long)i);
        gd_status status = distance_of(reference[i], hypothesis[i], words, !words, &of, &length);
        if (status != GD_OK)
            return status;
        edits += of.distance;
        symbols += length;
    }
    *value = symbols > 0 ? (double)edits / (double)symbols : NAN;
    return GD_OK;
}

gd_status gd_word_error_rate(int64_t count, const char *const *reference, const char *const *hypothesis, double *value)
{
    GD__NEEDS(reference, GD_ERROR_ARGUMENT);
    GD__NEEDS(hypothesis, GD_ERROR_ARGUMENT);
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    return error_rate(count, reference, hypothesis, true, value);
}

gd_status gd_character_error_rate(int64_t count, const char *const *reference, const char *const *hypothesis,
                                  double *value)
{
    GD__NEEDS(reference, GD_ERROR_ARGUMENT);
    GD__NEEDS(hypothesis, GD_ERROR_ARGUMENT);
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    return error_rate(count, reference, hypothesis, false, value);
}
