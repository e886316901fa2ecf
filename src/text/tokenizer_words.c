// Words: runs of letters and digits, each other character, and each Chinese one.
#include "base/utf8.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

// The code point at a place of a text that is valid UTF-8; -1 at its end.
static int32_t point_at(gd__piece text, size_t at, size_t *bytes)
{
    *bytes = 0;
    return at < text.bytes ? gd__utf8_get(text.text + at, text.bytes - at, bytes) : -1;
}

static bool is_run(gd__point_kind kind)
{
    return kind == GD__LETTER || kind == GD__NUMBER || kind == GD__MARK;
}

// Where the run ends that begins at `at`, with a character of `kind`. "don't" and "3.14" are runs.
static size_t run_end(gd__piece text, size_t at, gd__point_kind kind)
{
    size_t bytes, after;
    for (;;) {
        const int32_t point = point_at(text, at, &bytes);
        gd__point_kind here = point < 0 ? GD__SPACE : gd__point_kind_of(point);
        if (is_run(here) && !gd__is_ideograph(point)) {
            kind = here == GD__MARK ? kind : here;
            at += bytes;
            continue;
        }
        const int32_t next = point < 0 ? -1 : point_at(text, at + bytes, &after);
        const bool joins = next >= 0 && !gd__is_ideograph(next) && gd__point_kind_of(next) == kind &&
                           (kind == GD__LETTER ? point == '\'' || point == 0x2019 : point == '.' || point == ',');
        if (!joins || !is_run(kind))
            return at;
        at += bytes;
    }
}

static bool next_word(const gd_tokenizer *tokenizer, gd__piece text, size_t *at, gd__piece *piece)
{
    size_t bytes = 0, begin = *at;
    int32_t point = point_at(text, begin, &bytes);
    while (point >= 0 && gd__point_kind_of(point) == GD__SPACE) {
        begin += bytes;
        point = point_at(text, begin, &bytes);
    }
    if (point < 0)
        return false;
    size_t end = begin + bytes;
    const gd__point_kind kind = gd__point_kind_of(point);
    // What is longer is cut in any case, so that nobody looks further for its end than needed.
    const size_t room = text.bytes - begin;
    const gd__piece near = {text.text, begin + (room < 2 * GD__MOST_WORD_BYTES ? room : 2 * GD__MOST_WORD_BYTES)};
    if (tokenizer->split == GD_SPLIT_SPACES) {
        while ((point = point_at(near, end, &bytes)) >= 0 && gd__point_kind_of(point) != GD__SPACE)
            end += bytes;
    } else if (is_run(kind) && !gd__is_ideograph(point)) {
        end = run_end(near, end, kind);
    }
    *piece = (gd__piece){text.text + begin, gd__cut_text(text.text + begin, end - begin, GD__MOST_WORD_BYTES)};
    *at = begin + piece->bytes;
    return true;
}

const gd_tokenizer_kind gd__tokenizer_words = {
    .record = {.name = "words",
               .doc = "words, numbers, punctuation; each Chinese character by itself",
               .aliases = "word"},
    .is_spaced = true,
    .least = 1,
    .next = next_word,
    .build = gd__build_frequent,
};
