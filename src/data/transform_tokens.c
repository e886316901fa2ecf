// tokens: a text becomes the numbers of its tokens, and of the n-grams that these make.
#include <gradus/tokens.h>
#include <gradus/transform.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "data/dataset.h"

enum { KIND_WORDS, KIND_CHARACTERS, KIND_BPE, KIND_BYTES };
enum { KEEP_FIRST, KEEP_LAST };
typedef struct tokens_opts {
    int kind, split, keep;
    int64_t size, minimum_count, max_length, ngrams, buckets;
    bool lower, eos;
    const char *special, *file;
} tokens_opts;

static const char *const kind_names[] = {"words", "characters", "bpe", "bytes"};

// ---- Fitting

// The texts of a set, one after the other, in memory that is used again.
typedef struct corpus {
    const gd_dataset *set;
    int field;
    int64_t at;
    char *room;
    size_t bytes; // of it
} corpus;

static gd_status next_text(void *context, const char **text, size_t *bytes)
{
    corpus *c = context;
    *text = NULL;
    if (c->at == c->set->count)
        return GD_OK;
    const gd_source *source = &c->set->store->source;
    const int64_t sample = gd__dataset_sample(c->set, c->at++);
    gd_shape shape;
    gd_status status = gd__stored_shape(source, c->field, sample, NULL, &shape);
    if (status != GD_OK)
        return status;
    *bytes = (size_t)shape.dim[0];
    if (c->room == NULL || *bytes > c->bytes) {
        gd__free(c->room);
        c->bytes = 2 * *bytes + 1;
        c->room = gd__alloc(c->bytes);
    }
    if (c->room == NULL)
        return gd__fail_memory("a text");
    const void *stored = c->room; // there may be nothing to read
    if (*bytes > 0)
        status = gd__stored_sample(source, c->field, sample, shape, NULL, c->room, &stored);
    *text = stored;
    return status;
}

static gd_status make_tokenizer(const tokens_opts *opts, const gd_dataset *train, int field, gd_tokenizer **out)
{
    if (opts->file != NULL)
        return gd_tokenizer_load(opts->file, out);
    const gd_tokenizer_opts made = {.lower = opts->lower,
                                    .split = (gd_word_split)opts->split,
                                    .size = opts->size,
                                    .minimum_count = opts->minimum_count,
                                    .eos = opts->eos,
                                    .special = opts->special};
    corpus c = {.set = train, .field = field};
    gd_status status = gd_tokenizer_train(gd_tokenizer_kind_named(kind_names[opts->kind]), next_text, &c, made, out);
    gd__free(c.room);
    return status;
}

static gd_status check_text(const gd_field *field)
{
    return field->kind == GD_KIND_TEXT ? GD_OK
                                       : gd__fail(GD_ERROR_ARGUMENT,
                                                  "the field '%.60s' holds no texts; a column of a table does when the "
                                                  "source's `columns` says `text` of it",
                                                  field->name);
}

static gd_status fit(const void *options, const gd_dataset *train, int count, const int *field, gd_learned *learned)
{
    gd_tokenizer *tokenizer = NULL;
    (void)count;
    gd_status status = check_text(&train->store->source.field[field[0]]);
    if (status == GD_OK)
        status = make_tokenizer(options, train, field[0], &tokenizer);
    if (status != GD_OK)
        return status;
    const double tokens = gd_tokenizer_count(tokenizer);
    char *json = gd_tokenizer_to_json(tokenizer);
    status = json == NULL ? gd_last_status() : gd_learned_add_text(learned, "tokenizer", json);
    if (status == GD_OK)
        status = gd_learned_add(learned, "count", 1, &tokens);
    gd_text_free(json);
    gd_tokenizer_free(tokenizer);
    return status;
}

static gd_status prepare(const void *options, const gd_learned *learned, void **prepared)
{
    (void)options;
    const char *json = gd_learned_find_text(learned, "tokenizer");
    int64_t length;
    const double *count = gd_learned_find(learned, "count", &length);
    gd_tokenizer *tokenizer;
    if (json == NULL || count == NULL || length != 1)
        return gd__fail(GD_ERROR_FORMAT, "what was saved of it has no tokenizer, or no count of its tokens");
    gd_status status = gd_tokenizer_from_json(json, &tokenizer);
    if (status == GD_OK && *count != gd_tokenizer_count(tokenizer)) {
        gd_tokenizer_free(tokenizer);
        return gd__fail(GD_ERROR_FORMAT, "its tokenizer does not have the %g tokens that were saved of it", *count);
    }
    if (status == GD_OK)
        *prepared = tokenizer;
    return status;
}

static void release(void *prepared)
{
    gd_tokenizer_free(prepared);
}

// ---- Applying

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const tokens_opts *opts = options;
    (void)count;
    gd_status status = check_text(field);
    if (status != GD_OK)
        return status;
    const double *tokens = gd_learned_find(learned, "count", NULL);
    const double classes = (tokens == NULL ? 0 : *tokens) + (opts->ngrams > 1 ? (double)opts->buckets : 0);
    field->kind = GD_KIND_CATEGORY;
    field->type = GD_I32;
    field->shape = GD_SHAPE(GD_OPEN);
    field->class_count = (int)classes;
    return GD_OK;
}

// Adds the numbers of all runs of 2 to opts->ngrams tokens: hashed into buckets, which come after the tokens (fastText:
// Joulin et al. 2016).
static bool add_ngrams(const tokens_opts *opts, int tokens, gd_tokens *ids)
{
    const int64_t count = ids->count;
    for (int64_t begin = 0; begin < count; begin++)
        for (int64_t n = 2; n <= opts->ngrams && begin + n <= count; n++) {
            const uint64_t hash = gd__hash_bytes((const char *)(ids->id + begin), (size_t)n * sizeof *ids->id);
            const int32_t id = (int32_t)(tokens + (int64_t)((hash ^ hash >> 32) % (uint64_t)opts->buckets));
            if (ids->count == INT32_MAX || !gd__grow_long((void **)&ids->id, &ids->capacity, ids->count, sizeof id))
                return false;
            ids->id[ids->count++] = id;
        }
    return true;
}

static gd_status apply(gd_transform_call *call)
{
    const tokens_opts *opts = call->options;
    const gd_tokenizer *tokenizer = call->prepared;
    gd_sample_value *value = call->value[0];
    gd_tokens ids = {0};
    gd_status status = gd_tokenizer_encode(tokenizer, value->data, (size_t)gd_shape_count(value->field.shape), &ids);
    int64_t first = 0;
    if (opts->max_length > 0 && ids.count > opts->max_length) {
        first = opts->keep == KEEP_LAST ? ids.count - opts->max_length : 0;
        ids.count = opts->max_length;
        memmove(ids.id, ids.id + first, (size_t)ids.count * sizeof *ids.id);
    }
    // A text without tokens is one that nothing is known of.
    const int nothing =
        gd_tokenizer_unknown(tokenizer) >= 0 ? gd_tokenizer_unknown(tokenizer) : gd_tokenizer_find(tokenizer, " ", 1);
    bool good = ids.count > 0 || gd__grow_long((void **)&ids.id, &ids.capacity, ids.count, sizeof *ids.id);
    if (status == GD_OK && good && ids.count == 0)
        ids.id[ids.count++] = nothing;
    if (status == GD_OK && good && opts->ngrams > 1)
        good = add_ngrams(opts, gd_tokenizer_count(tokenizer), &ids);
    if (status == GD_OK && !good)
        status = gd__fail_memory("tokens");
    if (status == GD_OK)
        status = gd_sample_value_change(value, GD_I32, GD_SHAPE(ids.count), NULL);
    if (status == GD_OK)
        memcpy(value->data, ids.id, (size_t)ids.count * sizeof *ids.id);
    gd_tokens_free(&ids);
    return status;
}

static const gd_option options[] = {
    {.name = "kind",
     .type = GD_OPTION_CHOICE,
     .choices = "words|characters|bpe|bytes",
     .standard = "words",
     .doc = "what a token is: a word, number, sign or Chinese character; a character; a piece of a word by byte-pair "
            "encoding; a byte",
     GD_FIELD(tokens_opts, kind)},
    {.name = "size",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 0,
     .high = 1 << 24,
     .standard = "0",
     .doc = "most tokens of the vocabulary; 0: no limit, and for bpe 8000",
     .aliases = "vocabulary|vocabulary_size|max_tokens",
     GD_FIELD(tokens_opts, size)},
    {.name = "minimum_count",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 0,
     .high = 1e15,
     .standard = "0",
     .doc = "tokens that were seen less often in training are not in the vocabulary; 0: 1, and for bpe 2",
     .aliases = "min_count",
     GD_FIELD(tokens_opts, minimum_count)},
    {.name = "lower",
     .type = GD_OPTION_FLAG,
     .standard = "false",
     .doc = "text becomes lower case first",
     .aliases = "lowercase",
     GD_FIELD(tokens_opts, lower)},
    {.name = "split",
     .type = GD_OPTION_CHOICE,
     .choices = "unicode|spaces",
     .standard = "unicode",
     .doc = "where words end: where letters and digits do, or at blanks alone",
     GD_FIELD(tokens_opts, split)},
    {.name = "eos",
     .type = GD_OPTION_FLAG,
     .standard = "false",
     .doc = "every text ends with the token <eos>",
     GD_FIELD(tokens_opts, eos)},
    {.name = "special",
     .type = GD_OPTION_TEXT,
     .doc = "more tokens of the vocabulary, separated by blanks",
     GD_FIELD(tokens_opts, special)},
    {.name = "file",
     .type = GD_OPTION_TEXT,
     .doc =
         "a tokenizer that is read, not made: one that Gradus saved, or Hugging Face's tokenizer.json of a BPE model",
     GD_FIELD(tokens_opts, file)},
    {.name = "max_length",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 0,
     .high = INT32_MAX,
     .standard = "0",
     .doc = "longer texts are cut to so many tokens; 0: none is",
     .aliases = "length",
     GD_FIELD(tokens_opts, max_length)},
    {.name = "keep",
     .type = GD_OPTION_CHOICE,
     .choices = "first|last",
     .standard = "first",
     .doc = "which tokens of a text that is cut are kept",
     GD_FIELD(tokens_opts, keep)},
    {.name = "ngrams",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 16,
     .standard = "1",
     .doc =
         "runs of 2 to so many tokens get numbers too, which stand behind those of the tokens: hashed into `buckets`",
     GD_FIELD(tokens_opts, ngrams)},
    {.name = "buckets",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1 << 30,
     .standard = "1000000",
     .doc = "how many numbers runs of tokens have",
     GD_FIELD(tokens_opts, buckets)},
    {0},
};

const gd_transform_kind gd__transform_tokens = {
    .record = {.name = "tokens",
               .doc = "a text becomes the numbers of its tokens, by a vocabulary of the training texts",
               .options = options,
               .short_option = "kind",
               .aliases = "tokenize|tokenizer",
               .source = "Joulin, Grave, Bojanowski and Mikolov 2016, for n-grams in buckets",
               .options_size = sizeof(tokens_opts)},
    .describe = describe,
    .fit = fit,
    .prepare = prepare,
    .release = release,
    .worth_keeping = true,
    .apply = apply,
};
