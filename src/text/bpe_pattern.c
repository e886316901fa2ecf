// How GPT-2 cuts text into the pieces within which bytes are merged. Its regular expression stands in bpe.h.
#include <string.h>

#include "text/bpe.h"
#include "text/unicode.h"

// What a character is to the pattern; GD__SPACE at the end of the text.
static gd__point_kind kind_at(gd__piece text, size_t at, size_t *bytes)
{
    *bytes = 0;
    if (at >= text.bytes)
        return GD__SPACE;
    const gd__point_kind kind = gd__point_kind_of(gd__utf8_get(text.text + at, text.bytes - at, bytes));
    return kind == GD__MARK ? GD__OTHER : kind;
}

static size_t contraction_at(gd__piece text, size_t at)
{
    static const char *const ending[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    if (text.text[at] != '\'')
        return 0;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        const size_t bytes = strlen(ending[i]);
        if (bytes <= text.bytes - at && memcmp(text.text + at, ending[i], bytes) == 0)
            return bytes;
    }
    return 0;
}

// The end of a run of blanks that another character follows leaves its last one to that.
static size_t blanks_end(gd__piece text, size_t at)
{
    size_t bytes, end = at, last = at;
    while (end < text.bytes && kind_at(text, end, &bytes) == GD__SPACE) {
        last = end;
        end += bytes;
    }
    return end < text.bytes && last > at ? last : end;
}

bool gd__next_gpt2_piece(gd__piece text, size_t *at, gd__piece *piece)
{
    if (*at >= text.bytes)
        return false;
    size_t bytes, end = *at + contraction_at(text, *at);
    if (end == *at) {
        end += text.text[end] == ' '; // which belongs to what follows
        const gd__point_kind kind = kind_at(text, end, &bytes);
        if (kind == GD__SPACE) {
            end = blanks_end(text, *at);
        } else {
            do
                end += bytes;
            while (end < text.bytes && kind_at(text, end, &bytes) == kind);
        }
    }
    *piece = (gd__piece){text.text + *at, end - *at};
    *at = end;
    return true;
}
