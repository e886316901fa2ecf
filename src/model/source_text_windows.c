// text_windows: pieces of a text, and what comes next at each place of them.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/find_file.h"
#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    FILES(1, 1024, "files of text, plain or gzipped, one behind the other"),
    WHOLE("length", 1, 1e6, "64", "tokens in a window; else, for validation and test, that of `train`",
          .aliases = "context|block_size|window"),
    FLAG("streams", "false",
         "the text as `train.batch` long parts, read side by side and in order, for layers that carry their states; "
         "else windows by themselves"),
    FLAG("random", "true", "in training windows begin anywhere; else side by side. Not with `streams`"),
    WHOLE("windows", 0, LARGEST, "0", "random windows in an epoch; 0: as many as the text has side by side"),
    NUMBER("from", 0, 1, "0", "only what stands behind this part of the text"),
    NUMBER("to", 0, 1, "1", "only what stands before this part of the text"),
    {.name = "tokens",
     .type = GD_OPTION_CHOICE,
     .choices = "characters|bytes|words|bpe",
     .standard = "characters",
     .doc = "what the text is cut into; the vocabulary is that of `train`",
     .aliases = "tokenizer"},
    FLAG("split_at_blanks", "false", "words are what stands between blanks, for text that was split before"),
    FLAG("lower", "false", "the text becomes lower case"),
    FLAG("end_of_line", "false", "each line ends with the token <eos>, in place of a line break", .aliases = "eos"),
    WHOLE("vocabulary", 0, 1e7, "0", "most tokens of the vocabulary; 0: no limit, and for `bpe` 8000",
          .aliases = "size"),
    WHOLE("minimum_count", 0, 1e9, "0", "tokens that were seen less often become <unk>; 0: 1, and for `bpe` 2"),
    TEXT("vocabulary_file", "a file that gd_tokenizer_save wrote, or Hugging Face's tokenizer.json, in place of a "
                            "vocabulary of the training text"),
    END};

static gd__options train_options(const gd_recipe *recipe, bool *is_windows)
{
    const gd__yaml *train = gd__option_node(gd__section(recipe->root, "data"), "train");
    const gd__chosen chosen = gd__chosen_of(train, &gd__source_variants, NULL);
    *is_windows = chosen.record == &gd__source_text_windows.record;
    return chosen.options;
}

int64_t gd__recipe_streams(const gd_recipe *recipe)
{
    bool is_windows;
    const gd__options options = train_options(recipe, &is_windows);
    const bool streams = is_windows && gd__option_bool(options, "streams");
    return streams ? gd__option_integer(gd__section(recipe->root, "train"), "batch") : 0;
}

static gd_tokenizer_opts vocabulary_of(gd__options options)
{
    return (gd_tokenizer_opts){.lower = gd__option_bool(options, "lower"),
                               .split =
                                   gd__option_bool(options, "split_at_blanks") ? GD_SPLIT_SPACES : GD_SPLIT_UNICODE,
                               .size = gd__option_integer(options, "vocabulary"),
                               .minimum_count = gd__option_integer(options, "minimum_count"),
                               .eos = gd__option_bool(options, "end_of_line")};
}

// A split deals windows out, and those of streams stay in order.
static gd_status check_split(const gd__source_call *call)
{
    const gd__options split = gd__option_map(gd__section(call->recipe->root, "data"), "split");
    if (gd__recipe_streams(call->recipe) == 0 || split.node == NULL)
        return GD_OK;
    return gd__yaml_fail(split.node, "streams of a text cannot be split: `from` and `to` of the sources say which part "
                                     "of it each reads");
}

// That of the training text; or the one that the recipe names; or none yet.
static gd_status known_tokenizer(const gd__source_call *call, gd__options options, gd_tokenizer **tokenizer)
{
    const gd__yaml *file = gd__option_node(options, "vocabulary_file");
    *tokenizer = NULL;
    if (call->table.tokenizer != NULL)
        return gd_tokenizer_from_json(call->table.tokenizer, tokenizer);
    if (file == NULL)
        return GD_OK;
    char *path;
    gd_status status = gd__find_file(call->recipe, file, file->text, &path);
    if (status == GD_OK)
        status = gd_tokenizer_load(path, tokenizer);
    gd__free(path);
    return status;
}

static gd_status open_windows(const gd_source_call *call, gd_dataset **out)
{
    const gd__source_call *whole = gd__source_call_of(call);
    const gd__options options = whole->chosen.options;
    bool is_windows;
    const gd__options train = train_options(whole->recipe, &is_windows);
    const bool says = !is_windows || gd__option_node(options, "length") != NULL;
    const int64_t streams = gd__recipe_streams(whole->recipe);
    gd_tokenizer *tokenizer;
    gd_status status = check_split(whole);
    if (status == GD_OK)
        status = known_tokenizer(whole, options, &tokenizer);
    if (status != GD_OK)
        return status;
    const gd_text_windows_opts opts = {
        .length = gd__option_integer(says ? options : train, "length"),
        .tokenizer = tokenizer,
        .tokenizer_kind = gd_tokenizer_kind_named(gd__option_text(options, "tokens")),
        .vocabulary = vocabulary_of(options),
        .from = call->predicting ? 0 : gd__option_number(options, "from"),
        .to = call->predicting ? 1 : gd__option_number(options, "to"),
        .random = streams == 0 && gd__option_bool(options, "random"),
        .windows = streams == 0 && !call->predicting ? gd__option_integer(options, "windows") : 0,
        .streams = streams};
    status = gd_dataset_from_text_windows(call->file_count, call->file, opts, out);
    gd_tokenizer_free(tokenizer);
    return status;
}

const gd_source_kind gd__source_text_windows = {
    .record = {.name = "text_windows",
               .doc = "pieces of a text, for language models: the field text, so many tokens, and the target next, the "
                      "same a place further on",
               .options = keys,
               .short_option = "files",
               .aliases = "language_model"},
    .endings = ".txt|.txt.gz",
    .open = open_windows,
};
