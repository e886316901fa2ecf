#include "words/corpus.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "io/gzip.h"

enum { BLOCK = 1 << 20 };

// ---- What is collected

static bool append(gd_corpus *c, int32_t token)
{
    if (!gd__grow_long((void **)&c->token, &c->room, c->count, sizeof *c->token))
        return false;
    c->token[c->count++] = token;
    return true;
}

bool gd__corpus_add(gd_corpus *c, const char *word, int32_t length)
{
    const int32_t number = gd__lexicon_add(&c->lexicon, word, length);
    if (number < 0 || !append(c, number))
        return false;
    c->lexicon.entry[number].seen++;
    c->length++;
    return true;
}

bool gd__corpus_end_line(gd_corpus *c)
{
    return c->count == 0 || c->token[c->count - 1] == GD__LINE_END || append(c, GD__LINE_END);
}

// ---- Cutting

typedef struct reader {
    gd_corpus *corpus;
    gd_corpus_opts opts;
    int32_t length; // of the word that is being read
    char word[GD__WORD_BYTES + 8];
    // The character that is being read: bytes still missing, and the least that it may become.
    int missing, begun;
    uint32_t character, least;
} reader;

static bool end_word(reader *r)
{
    const bool good = r->length == 0 || gd__corpus_add(r->corpus, r->word, r->length);
    r->length = 0;
    return good;
}

static void put(reader *r, uint32_t c)
{
    if (r->length + 4 > GD__WORD_BYTES)
        return;
    char *to = r->word + r->length;
    if (c < 0x80) {
        to[0] = (char)c;
        r->length += 1;
    } else if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 63));
        r->length += 2;
    } else if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 63));
        to[2] = (char)(0x80 | (c & 63));
        r->length += 3;
    } else {
        to[0] = (char)(0xf0 | c >> 18);
        to[1] = (char)(0x80 | (c >> 12 & 63));
        to[2] = (char)(0x80 | (c >> 6 & 63));
        to[3] = (char)(0x80 | (c & 63));
        r->length += 4;
    }
}

static bool is_ideograph(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

// Letters and digits. Beyond ASCII all is a letter but the blocks of punctuation and symbols.
static bool is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'';
    return !((c < 0xc0 && c != 0xaa && c != 0xb5 && c != 0xba) || c == 0xd7 || c == 0xf7 ||
             (c >= 0x2000 && c <= 0x2bff) || (c >= 0x2e00 && c <= 0x2e7f) || (c >= 0x3000 && c <= 0x303f) ||
             (c >= 0xfe10 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20) ||
             (c >= 0xff3b && c <= 0xff40) || (c >= 0xff5b && c <= 0xff65) || (c >= 0xfff0 && c <= 0xffff) ||
             (c >= 0x1f000 && c <= 0x1faff));
}

// Small letters of Latin, Greek and Cyrillic.
static uint32_t small(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    const bool even_is_capital = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177) ||
                                 (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) ||
                                 (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff);
    return even_is_capital ? c | 1 : c;
}

static bool take(reader *r, uint32_t c)
{
    if (c == '\n')
        return end_word(r) && gd__corpus_end_line(r->corpus);
    if (c <= ' ' || c == 0x3000 || (r->opts.cut != GD_CORPUS_BLANKS && !is_letter(c)))
        return end_word(r);
    if (r->opts.cut == GD_CORPUS_CHARACTERS && is_ideograph(c)) {
        if (!end_word(r))
            return false;
        put(r, c);
        return end_word(r);
    }
    put(r, r->opts.lowercase ? small(c) : c);
    return true;
}

// What has begun is no character.
static bool take_wrong(reader *r)
{
    r->corpus->replaced += r->begun;
    r->missing = r->begun = 0;
    return take(r, 0xfffd);
}

static bool take_byte(reader *r, unsigned char byte)
{
    if (r->missing > 0) {
        if ((byte & 0xc0) == 0x80) {
            r->character = r->character << 6 | (byte & 63);
            r->begun++;
            if (--r->missing > 0)
                return true;
            const uint32_t c = r->character;
            if (c < r->least || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
                return take_wrong(r);
            r->begun = 0;
            return take(r, c);
        }
        if (!take_wrong(r))
            return false;
    }
    if (byte < 0x80)
        return take(r, byte);
    r->begun = 1;
    r->missing = byte >= 0xf0 && byte < 0xf8 ? 3 : byte >= 0xe0 && byte < 0xf0 ? 2 : byte >= 0xc0 && byte < 0xe0;
    if (r->missing == 0)
        return take_wrong(r);
    r->least = r->missing == 1 ? 0x80 : r->missing == 2 ? 0x800 : 0x10000;
    r->character = byte & (0x3fu >> r->missing);
    return true;
}

static gd_status read_file(reader *r, const char *path, char *block)
{
    gd__byte_stream *stream;
    const gd_status opened = strcmp(path, "-") == 0 ? gd__byte_stream_open_input("standard input", &stream)
                                                    : gd__byte_stream_open(path, &stream);
    if (opened != GD_OK)
        return opened;
    gd_status status = GD_OK;
    for (size_t got = BLOCK; got == BLOCK && status == GD_OK;) {
        status = gd__byte_stream_read(stream, block, BLOCK, &got);
        for (size_t i = 0; i < got && status == GD_OK; i++)
            if (!take_byte(r, (unsigned char)block[i]))
                status = gd__fail_memory("the words of a text");
        if (status == GD_OK)
            status = gd__progress("reading text", r->corpus->length, 0);
    }
    gd__byte_stream_close(stream);
    if (status == GD_OK && ((r->missing > 0 && !take_wrong(r)) || !take(r, '\n')))
        status = gd__fail_memory("the words of a text");
    return status;
}

gd_status gd_corpus_read(int count, const char *const *path, gd_corpus_opts opts, gd_corpus **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (count < 1 || opts.cut < GD_CORPUS_BLANKS || opts.cut > GD_CORPUS_CHARACTERS)
        return gd__fail(GD_ERROR_ARGUMENT, "a corpus of %d files cut in way %d: expected files, and a gd_corpus_cut",
                        count, (int)opts.cut);
    reader *r = gd__alloc_zeroed(1, sizeof *r);
    gd_corpus *corpus = gd__alloc_zeroed(1, sizeof *corpus);
    char *block = gd__alloc(BLOCK);
    gd_status status = r != NULL && corpus != NULL && block != NULL ? GD_OK : gd__fail_memory("the words of a text");
    for (int i = 0; i < count && status == GD_OK; i++) {
        if (path[i] == NULL) {
            status = gd__fail(GD_ERROR_ARGUMENT, "gd_corpus_read: path %d is NULL", i);
            break;
        }
        *r = (reader){.corpus = corpus, .opts = opts};
        status = read_file(r, path[i], block);
    }
    if (status == GD_OK && corpus->length == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s%s: there are no words in it", path[0], count > 1 ? " and others" : "");
    gd__free(block);
    gd__free(r);
    if (status != GD_OK) {
        gd_corpus_free(corpus);
        return status;
    }
    *out = corpus;
    return GD_OK;
}

void gd_corpus_free(gd_corpus *corpus)
{
    if (corpus == NULL)
        return;
    gd__lexicon_free(&corpus->lexicon);
    gd__free(corpus->token);
    gd__free(corpus);
}

int64_t gd_corpus_length(const gd_corpus *corpus)
{
    GD__NEEDS(corpus, 0);
    return corpus->length;
}

int64_t gd_corpus_different(const gd_corpus *corpus)
{
    GD__NEEDS(corpus, 0);
    return corpus->lexicon.count;
}

int64_t gd_corpus_replaced(const gd_corpus *corpus)
{
    GD__NEEDS(corpus, 0);
    return corpus->replaced;
}
