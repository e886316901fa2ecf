// Windows of a text, for language models: so many tokens, and the same ones a place further on.
//
// Windows by themselves follow each other; in training they may begin at random places. Streams cut the text into as
// many long parts, which are read side by side: sample k * streams + b is window k of part b, so that a batch of
// `streams` samples goes on, row by row, where the batch before it ended.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/text_pieces.h"
#include "data/token_store.h"

enum { TEXT, NEXT, FIELDS };

typedef struct windows {
    gd_text_windows_opts opts;
    gd__token_store store;
    const int32_t *id;     // of the part that is used
    int64_t count;         // of those
    int64_t samples, part; // part: from the beginning of a stream to that of the next
    gd_field field[FIELDS];
    char *file; // the first, for origins
} windows;

static void close_windows(void *state)
{
    windows *w = state;
    gd__token_store_free(&w->store);
    gd__free(w->file);
    gd__free(w);
}

// Where the window of a sample begins.
static int64_t begin_of(const windows *w, int64_t sample, const gd_source_draw *draw)
{
    if (w->opts.streams > 0)
        return sample % w->opts.streams * w->part + sample / w->opts.streams * w->opts.length;
    const int64_t places = w->count - w->opts.length;
    if (draw == NULL || !w->opts.random)
        return sample * w->opts.length % places;
    uint32_t word[4];
    gd__philox(draw->seed ^ gd__hash_text("data.text_windows"), (uint64_t)sample, (uint64_t)draw->epoch, word);
    return (int64_t)(((uint64_t)word[0] << 32 | word[1]) % (uint64_t)places);
}

static gd_status read_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, const gd_array *to)
{
    const windows *w = state;
    memcpy(to->data, w->id + begin_of(w, sample, draw) + (field == NEXT), (size_t)w->opts.length * sizeof *w->id);
    return GD_OK;
}

static gd_origin origin(void *state, int64_t sample)
{
    const windows *w = state;
    return (gd_origin){.file = w->file, .row = begin_of(w, sample, NULL) + 1};
}

// ---- Opening

static gd_status check_opts(int count, const gd_text_windows_opts *opts)
{
    const double to = opts->to == 0 ? 1 : opts->to;
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "no file of text was named");
    if (opts->length < 1 || opts->length > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "windows of %lld tokens, expected at least 1", (long long)opts->length);
    if (!(opts->from >= 0 && opts->from < to && to <= 1))
        return gd__fail(GD_ERROR_ARGUMENT, "the part from %g to %g of a text, expected two shares from 0 to 1",
                        opts->from, to);
    if (opts->streams < 0 || opts->windows < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld streams and %lld windows, expected 0 or more",
                        (long long)opts->streams, (long long)opts->windows);
    if (opts->streams > 0 && (opts->random || opts->windows > 0))
        return gd__fail(GD_ERROR_ARGUMENT, "streams are read in order: their windows are neither random nor chosen");
    return GD_OK;
}

// The tokenizer that was given, or one that is trained on the files; *own is what to free.
static gd_status find_tokenizer(int count, const char *const *path, const gd_text_windows_opts *opts,
                                const gd_tokenizer **tokenizer, gd_tokenizer **own)
{
    *own = NULL;
    *tokenizer = opts->tokenizer;
    if (opts->tokenizer != NULL)
        return GD_OK;
    const gd_tokenizer_kind *kind =
        opts->tokenizer_kind != NULL ? opts->tokenizer_kind : gd_tokenizer_kind_named("characters");
    gd__text_pieces pieces;
    gd_status status = gd__text_pieces_open(&pieces, count, path, opts->vocabulary.eos);
    if (status == GD_OK)
        status = gd_tokenizer_train(kind, gd__text_pieces_next, &pieces, opts->vocabulary, own);
    gd__text_pieces_close(&pieces);
    *tokenizer = *own;
    return status;
}

// The part of the text, and how many windows it has.
static gd_status count_windows(windows *w, const char *path)
{
    const double to = w->opts.to == 0 ? 1 : w->opts.to;
    const int64_t first = (int64_t)floor(w->opts.from * (double)w->store.count);
    const int64_t length = w->opts.length;
    w->count = (int64_t)floor(to * (double)w->store.count) - first;
    w->id = w->store.id + first;
    if (w->opts.streams > 0) {
        w->part = (w->count - 1) / w->opts.streams;
        w->samples = w->part / length * w->opts.streams;
    } else {
        w->samples = w->opts.windows > 0 && w->count > length ? w->opts.windows : (w->count - 1) / length;
    }
    if (w->count > 1 && w->samples > 0)
        return GD_OK;
    return gd__fail(GD_ERROR_FORMAT, "%s: %lld tokens are too few for %lld %s of %lld and one more", path,
                    (long long)w->count, (long long)(w->opts.streams > 0 ? w->opts.streams : 1),
                    w->opts.streams > 0 ? "streams of windows" : "window", (long long)length);
}

static gd_status make_dataset(windows *w, int vocabulary, char *json, gd_dataset **out)
{
    static const char *const name[FIELDS] = {"text", "next"};
    for (int f = 0; f < FIELDS; f++)
        w->field[f] = (gd_field){.name = name[f],
                                 .kind = GD_KIND_CATEGORY,
                                 .role = f == NEXT ? GD_ROLE_TARGET : GD_ROLE_INPUT,
                                 .type = GD_I32,
                                 .shape = GD_SHAPE(w->opts.length),
                                 .class_count = vocabulary};
    const gd_source source = {.kind = "text_windows",
                              .count = w->samples,
                              .field_count = FIELDS,
                              .field = w->field,
                              .state = w,
                              .read_drawn = read_drawn,
                              .origin = origin,
                              .close = close_windows};
    gd_status status = gd_dataset_from_source(&source, out);
    if (status == GD_OK)
        (*out)->store->tokenizer = json;
    else
        gd_text_free(json);
    return status;
}

static gd_status open_windows(windows *w, int count, const char *const *path, gd_dataset **out)
{
    const gd_tokenizer *tokenizer;
    gd_tokenizer *own;
    gd_status status = find_tokenizer(count, path, &w->opts, &tokenizer, &own);
    char *json = status == GD_OK ? gd_tokenizer_to_json(tokenizer) : NULL;
    const int vocabulary = status == GD_OK ? gd_tokenizer_count(tokenizer) : 0;
    if (status == GD_OK && json == NULL)
        status = gd__fail_memory("a tokenizer");
    if (status == GD_OK)
        status = gd__token_store_make(count, path, tokenizer, json, gd_tokenizer_eos(tokenizer) >= 0, &w->store);
    gd_tokenizer_free(own);
    if (status == GD_OK)
        status = count_windows(w, path[0]);
    if (status == GD_OK)
        return make_dataset(w, vocabulary, json, out);
    gd_text_free(json);
    close_windows(w);
    return status;
}

gd_status gd_dataset_from_text_windows(int count, const char *const *path, gd_text_windows_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd_status status = check_opts(count, &opts);
    for (int i = 0; i < count && status == GD_OK; i++)
        GD__NEEDS(path[i], GD_ERROR_ARGUMENT);
    if (status != GD_OK)
        return status;
    windows *w = gd__alloc_zeroed(1, sizeof *w);
    char *file = gd__copy_text(path[0]);
    if (w == NULL || file == NULL) {
        gd__free(w);
        gd__free(file);
        return gd__fail_memory("windows of a text");
    }
    w->opts = opts;
    w->file = file;
    return open_windows(w, count, path, out);
}

const char *gd_dataset_tokenizer(const gd_dataset *set)
{
    GD__NEEDS(set, NULL);
    return set->store->tokenizer;
}
