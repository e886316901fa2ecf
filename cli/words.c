// gradus words
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "print.h"

static int ended(gd_status status)
{
    if (status == GD_OK)
        return EXIT_FINE;
    print_last_error();
    return status == GD_ERROR_INTERRUPTED && *interrupt_flag() != 0 ? EXIT_BY_SIGNAL + *interrupt_flag() : EXIT_ERROR;
}

// A word as a terminal may have it: control characters, which a file may hold, are shown as '?'.
static const char *shown(const char *word)
{
    static char text[1024];
    size_t at = 0;
    for (; word[at] != '\0' && at < sizeof text - 1; at++)
        text[at] = (unsigned char)word[at] < ' ' || word[at] == 127 ? '?' : word[at];
    text[at] = '\0';
    return text;
}

// ---- Formats

static const struct {
    const char *name, *ending;
    gd_words_format format;
} formats[] = {
    {"text", ".txt", GD_WORDS_TEXT},     {"binary", ".bin", GD_WORDS_BINARY},
    {"glove", ".glove", GD_WORDS_GLOVE}, {"fasttext", ".ftbin", GD_WORDS_FASTTEXT},
    {"npy", ".npy", GD_WORDS_NPY},       {"safetensors", ".safetensors", GD_WORDS_SAFETENSORS},
};
enum { FORMATS = sizeof formats / sizeof *formats };

// By --format, else by the ending of the file, else text. False after a complaint.
static bool choose_format(const arguments *given, const char *path, gd_words_format *format)
{
    const char *wanted = option_text(given, "format", NULL), *names[FORMATS];
    const size_t length = strlen(path);
    *format = GD_WORDS_TEXT;
    for (int i = 0; i < FORMATS; i++) {
        const size_t ending = strlen(formats[i].ending);
        names[i] = formats[i].name;
        if (wanted != NULL ? strcmp(wanted, formats[i].name) == 0
                           : length > ending && strcmp(path + length - ending, formats[i].ending) == 0) {
            *format = formats[i].format;
            return true;
        }
    }
    if (wanted == NULL)
        return true;
    const char *near = gd_nearest_word(wanted, FORMATS, names);
    usage_error(given->of, "there is no format '%s'%s%s%s; text, binary, glove, fasttext, npy and safetensors are",
                wanted, near != NULL ? ", did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return false;
}

// ---- train

static int tell(void *context, const char *what, int64_t done, int64_t total)
{
    const double *began = context;
    if (*interrupt_flag() != 0)
        return 1;
    const double seconds = gd_clock() - *began;
    if (total > 0)
        fprintf(stderr, "\r%s  %3.0f%%  %s words/s ", what, 100 * (double)done / (double)total,
                gd_rate_text((double)done / (seconds > 0 ? seconds : 1)).text);
    else
        fprintf(stderr, "\r%s  %s words ", what, gd_count_text(done).text);
    return 0;
}

static bool take_options(const arguments *given, gd_words_opts *o, gd_corpus_opts *c)
{
    int64_t cbow = 1, hs = 0, seed = 1;
    const char *cut = option_text(given, "cut", "blanks");
    static const char *const cuts[] = {"blanks", "letters", "characters"};
    int way = 0;
    while (way < 3 && strcmp(cut, cuts[way]) != 0)
        way++;
    if (way == 3) {
        usage_error(given->of, "--cut %s: expected blanks, letters or characters", cut);
        return false;
    }
    c->cut = (gd_corpus_cut)way;
    c->lowercase = option_given(given, "lowercase");
    if (!option_integer(given, "cbow", 0, 1, &cbow) || !option_integer(given, "hs", 0, 1, &hs) ||
        !option_integer(given, "size", 1, 65536, &o->size) || !option_integer(given, "window", 1, 100, &o->window) ||
        !option_integer(given, "negative", 0, 50, &o->negative) || !option_number(given, "sample", 0, 1, &o->sample) ||
        !option_integer(given, "min-count", 1, INT64_MAX, &o->least) ||
        !option_integer(given, "max-words", 0, INT32_MAX, &o->most) ||
        !option_integer(given, "iter", 1, 1000000, &o->epochs) ||
        !option_number(given, "alpha", 0, 10, &o->learning_rate) ||
        !option_integer(given, "minn", 0, 64, &o->shortest) || !option_integer(given, "maxn", 0, 64, &o->longest) ||
        !option_integer(given, "bucket", 1, INT32_MAX, &o->buckets) ||
        !option_integer(given, "seed", 0, INT64_MAX, &seed))
        return false;
    o->model = cbow == 1 && !option_given(given, "skip-gram") ? GD_WORDS_CBOW : GD_WORDS_SKIP_GRAM;
    o->hierarchical_softmax = hs == 1;
    o->negative = option_given(given, "negative") && o->negative == 0 ? -1 : o->negative;
    o->sample = option_given(given, "sample") && o->sample == 0 ? -1 : o->sample;
    o->undivided = option_given(given, "undivided");
    o->seed = (uint64_t)seed;
    o->checkpoint = option_text(given, "checkpoint", NULL);
    return true;
}

static gd_status join_phrases(const arguments *given, int64_t passes, gd_corpus **corpus)
{
    double threshold = 100;
    if (!option_number(given, "threshold", 0, 1e9, &threshold))
        return GD_ERROR_ARGUMENT;
    gd_status status = GD_OK;
    for (int64_t i = 0; i < passes && status == GD_OK; i++) {
        gd_corpus *joined;
        // word2phrase's advice: a lower threshold in each pass, so that longer phrases form.
        status = gd_corpus_join(*corpus, (gd_phrase_opts){.threshold = threshold / (double)(i + 1)}, &joined);
        if (status == GD_OK) {
            gd_corpus_free(*corpus);
            *corpus = joined;
        }
    }
    return status;
}

static int write_counts(const gd_words *words, const char *path)
{
    output out;
    if (!output_open(&out, path))
        return EXIT_ERROR;
    for (int64_t i = 0; i < gd_words_count(words); i++)
        fprintf(out.file, "%s %lld\n", gd_words_word(words, i), (long long)gd_words_frequency(words, i));
    return output_close(&out, true) ? EXIT_FINE : EXIT_ERROR;
}

static int train_on(const arguments *given, const gd_corpus *corpus, const gd_words_opts *opts, double *began)
{
    const char *path = option_text(given, "output", NULL), *counts = option_text(given, "save-vocab", NULL);
    const bool quiet = option_given(given, "quiet");
    gd_words_format format;
    if (!choose_format(given, path, &format))
        return EXIT_USAGE;
    if (opts->longest > 0 && !option_given(given, "format") && format == GD_WORDS_BINARY)
        format = GD_WORDS_FASTTEXT; // what fastText calls .bin, with the parts of words
    int64_t binary = format == GD_WORDS_BINARY;
    if (!option_integer(given, "binary", 0, 1, &binary))
        return EXIT_USAGE;
    format = binary == 1 && format == GD_WORDS_TEXT ? GD_WORDS_BINARY : format;
    if (!quiet)
        fprintf(stderr, "\r%s words, %s different; training takes %s\n", gd_count_text(gd_corpus_length(corpus)).text,
                gd_count_text(gd_corpus_different(corpus)).text,
                gd_bytes_text((double)gd_words_memory(corpus, *opts)).text);
    gd_words *words;
    *began = gd_clock();
    gd_status status = gd_words_train(corpus, *opts, &words);
    const double seconds = gd_clock() - *began;
    if (!quiet)
        fprintf(stderr, "\r%40s\r", "");
    if (status != GD_OK)
        return ended(status);
    status = gd_words_write(words, path, format);
    int result = ended(status);
    if (result == EXIT_FINE && counts != NULL)
        result = write_counts(words, counts);
    if (result == EXIT_FINE)
        printf("%s: %s words, %lld numbers each, in %s (%s words a second)\n", path,
               gd_count_text(gd_words_count(words)).text, (long long)gd_words_size(words),
               gd_duration_text(seconds).text,
               gd_rate_text((double)gd_corpus_length(corpus) * (double)(opts->epochs > 0 ? opts->epochs : 5) / seconds)
                   .text);
    gd_words_free(words);
    return result;
}

static int train(const arguments *given)
{
    gd_words_opts opts = {0};
    gd_corpus_opts cut = {0};
    const char *const *named;
    int64_t threads = 0, passes = 0;
    const int more = option_texts(given, "train", &named), count = given->operand_count + more;
    if (!take_options(given, &opts, &cut) || !option_integer(given, "threads", 1, 1024, &threads) ||
        !option_integer(given, "phrases", 0, 10, &passes))
        return EXIT_USAGE;
    if (count == 0)
        return usage_error(given->of, "which text? Name files, or - for standard input");
    if (option_text(given, "output", NULL) == NULL)
        return usage_error(given->of, "where to? --output FILE");
    if (threads > 0)
        gd_set_threads((int)threads);
    interrupt_watch();
    double began = gd_clock();
    if (!option_given(given, "quiet"))
        gd_set_listener((gd_listener){.report = tell, .context = &began});
    const char **path = malloc((size_t)count * sizeof *path);
    if (path == NULL)
        return print_error("out of memory");
    for (int i = 0; i < count; i++)
        path[i] = i < more ? named[i] : given->operand[i - more];
    gd_corpus *corpus;
    gd_status status = gd_corpus_read(count, path, cut, &corpus);
    free((void *)path);
    if (status == GD_OK && gd_corpus_replaced(corpus) > 0)
        fprintf(stderr, "\r%s bytes are no UTF-8; U+FFFD takes their place\n",
                gd_count_text(gd_corpus_replaced(corpus)).text);
    if (status == GD_OK)
        status = join_phrases(given, passes, &corpus);
    int result = ended(status);
    if (result == EXIT_FINE)
        result = train_on(given, corpus, &opts, &began);
    gd_set_listener((gd_listener){0});
    gd_corpus_free(corpus);
    return result;
}

static const option_row train_options[] = {
    {"output", 'o', "FILE", "Where the vectors go; the ending says how: .txt, .bin, .glove, .npy, .safetensors", false},
    {"format", 'f', "FORMAT", "text, binary, glove, fasttext, npy or safetensors, whatever the ending", false},
    {"train", 0, "FILE", "A text (as an operand)", true},
    {"size", 0, "N", "Numbers in a vector (100)", false},
    {"window", 0, "N", "The most words to each side (5)", false},
    {"cbow", 0, "0|1", "1: a word from those around it (the default); 0: skip-gram", false},
    {"skip-gram", 'g', NULL, "As --cbow 0: those around from the word", false},
    {"negative", 0, "N", "Words drawn against each (5); 0: none", false},
    {"hs", 0, "0|1", "1: hierarchical softmax too, or with --negative 0 alone", false},
    {"sample", 0, "X", "Words more frequent than this share are left out now and then (1e-3); 0: never", false},
    {"min-count", 0, "N", "Words seen fewer times are left out (5)", false},
    {"max-words", 0, "N", "So many words at most, the most frequent; 0: all", false},
    {"iter", 'e', "N", "Times through the text (5)", false},
    {"alpha", 'l', "X", "Learning rate at first (0.025; CBOW 0.05)", false},
    {"undivided", 0, NULL, "CBOW: the gradient as word2vec has it, not divided by the words around", false},
    {"minn", 0, "N", "The shortest parts of words, in letters, as fastText has them; 0: none", false},
    {"maxn", 0, "N", "The longest parts", false},
    {"bucket", 0, "N", "Into which parts are hashed (2000000)", false},
    {"phrases", 'p', "N", "Join words that belong together, in so many passes (0)", false},
    {"threshold", 0, "X", "How much they must belong together (100)", false},
    {"cut", 'c', "HOW", "What a word is: between blanks, a run of letters, or with characters each Chinese one", false},
    {"lowercase", 0, NULL, "Capital letters become small ones", false},
    {"save-vocab", 0, "FILE", "Write the words with how often each is there", false},
    {"checkpoint", 0, "FILE", "Write what is needed to go on there once a minute, and go on from it", false},
    {"binary", 0, "0|1", "As word2vec has it: 1 is --format binary", false},
    {"seed", 's', "N", "Of everything random (1)", false},
    {"threads", 't', "N", "Threads (one a processor); with 1 the result is the same each time, bit by bit", false},
    {"quiet", 'q', NULL, "No progress", false},
    {0},
};

static const command train_part = {
    .name = "words train",
    .operands = "TEXT...",
    .summary = "learn vectors from text",
    .text = "Learns a vector for each word of a text, by word2vec's methods: CBOW or skip-gram, with drawn words or a\n"
            "hierarchical softmax. Texts may be gzipped; a line is a sentence. The names of word2vec's options work,\n"
            "with one dash too.",
    .examples =
        "  gradus words train text.txt --output vectors.bin\n"
        "  gradus words train -train text.txt -output vectors.bin -cbow 0 -size 200 -window 5 -binary 1\n"
        "  gradus words train text.txt.gz -o vectors.txt --skip-gram --minn 3 --maxn 6 --lowercase --cut letters",
    .option = train_options,
    .run = train,
    .one_dash = true,
};

// ---- nearest, analogy

static void print_found(const gd_words *words, const gd_neighbour *found, int most)
{
    for (int i = 0; i < most && found[i].index >= 0; i++)
        printf("  %7.4f  %s\n", (double)found[i].similarity, shown(gd_words_word(words, found[i].index)));
}

// The nearest but the word itself, which is the nearest of all.
static gd_status ask_nearest(const gd_words *words, const char *word, int most)
{
    float *vector = malloc((size_t)gd_words_size(words) * sizeof *vector);
    gd_neighbour *found = malloc(((size_t)most + 1) * sizeof *found);
    gd_status status = vector == NULL || found == NULL ? GD_ERROR_MEMORY : gd_words_vector(words, word, vector);
    if (status == GD_OK)
        status = gd_words_nearest(words, 1, vector, most + 1, found);
    if (status == GD_OK) {
        const int64_t self = gd_words_find(words, word);
        int kept = 0;
        for (int i = 0; i <= most && kept < most; i++)
            if (found[i].index != self)
                found[kept++] = found[i];
        printf("%s\n", shown(word));
        print_found(words, found, kept);
    }
    free(vector);
    free(found);
    return status;
}

static int nearest(const arguments *given)
{
    int64_t most = 10;
    gd_words *words;
    if (!option_integer(given, "nearest", 1, 1000000, &most))
        return EXIT_USAGE;
    if (gd_words_read(given->operand[0], &words) != GD_OK)
        return print_last_error();
    int result = EXIT_FINE;
    for (int i = 1; i < given->operand_count; i++)
        if (ask_nearest(words, given->operand[i], (int)most) != GD_OK)
            result = print_last_error();
    char *line = NULL;
    size_t room = 0;
    for (ssize_t length; given->operand_count == 1 && (length = getline(&line, &room, stdin)) >= 0;) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0' && ask_nearest(words, line, (int)most) != GD_OK)
            result = print_last_error();
        fflush(stdout);
    }
    free(line);
    gd_words_free(words);
    return result;
}

static int analogy(const arguments *given)
{
    int64_t most = 5;
    gd_words *words;
    if (!option_integer(given, "nearest", 1, 1000000, &most))
        return EXIT_USAGE;
    if (gd_words_read(given->operand[0], &words) != GD_OK)
        return print_last_error();
    gd_neighbour *found = malloc((size_t)most * sizeof *found);
    const gd_analogy_way way = option_given(given, "multiply") ? GD_ANALOGY_MULTIPLY : GD_ANALOGY_ADD;
    gd_status status = found == NULL ? GD_ERROR_MEMORY
                                     : gd_words_analogy(words, given->operand[1], given->operand[2], given->operand[3],
                                                        way, (int)most, found);
    if (status == GD_OK)
        print_found(words, found, (int)most);
    const int result = status == GD_OK ? EXIT_FINE : found == NULL ? print_error("out of memory") : print_last_error();
    free(found);
    gd_words_free(words);
    return result;
}

static const option_row nearest_options[] = {{"nearest", 'n', "N", "So many (10)", false}, {0}};

static const command nearest_part = {
    .name = "words nearest",
    .operands = "VECTORS [WORD...]",
    .least = 1,
    .summary = "which words are near others",
    .text =
        "Prints the words nearest to each by the cosine of their vectors; without words, to those that standard input\n"
        "has, one a line. Vectors may be word2vec's, GloVe's, fastText's, of NumPy or safetensors.",
    .examples = "  gradus words nearest vectors.bin film actor",
    .option = nearest_options,
    .run = nearest,
};

static const option_row analogy_options[] = {
    {"nearest", 'n', "N", "So many (5)", false},
    {"multiply", 'm', NULL, "3CosMul in place of 3CosAdd", false},
    {0},
};

static const command analogy_part = {
    .name = "words analogy",
    .operands = "VECTORS A B C",
    .least = 4,
    .most = 4,
    .summary = "what is to C as B is to A",
    .text = "Prints the words nearest to B - A + C.",
    .examples = "  gradus words analogy vectors.bin man king woman",
    .option = analogy_options,
    .run = analogy,
};

// ---- eval

static bool has_sections(const char *path)
{
    FILE *file = fopen(path, "r");
    const int first = file == NULL ? EOF : getc(file);
    if (file != NULL)
        fclose(file);
    return first == ':';
}

static int eval_analogies(const arguments *given, const gd_words *words, const char *path, json_t *list)
{
    gd_analogy_section *section;
    int count;
    gd_analogy_opts opts = {.keep_case = option_given(given, "keep-case"),
                            .way = option_given(given, "multiply") ? GD_ANALOGY_MULTIPLY : GD_ANALOGY_ADD};
    if (!option_integer(given, "restrict", 1, INT32_MAX, &opts.restrict_to))
        return EXIT_USAGE;
    if (gd_words_analogies(words, path, opts, &section, &count) != GD_OK)
        return print_last_error();
    table *rows = list == NULL ? table_create("lrrrr") : NULL;
    for (const char *const *cell = (const char *const[]){shown(path), "right", "of", "accuracy", "unknown", NULL};
         *cell != NULL; cell++)
        table_add(rows, "%s", *cell);
    for (int i = 0; i < count; i++) {
        const gd_analogy_section *s = &section[i];
        const double share = s->asked > 0 ? (double)s->right / (double)s->asked : 0;
        json_t *object = list == NULL ? NULL : json_object();
        json_put_text(object, "file", path);
        json_put_text(object, "section", s->name);
        json_put_integer(object, "right", s->right);
        json_put_integer(object, "asked", s->asked);
        json_put_integer(object, "unknown", s->unknown);
        if (list != NULL)
            json_array_append_new(list, object);
        if (i == count - 1)
            table_rule(rows);
        table_add(rows, "%s", shown(s->name));
        table_add(rows, "%lld", (long long)s->right);
        table_add(rows, "%lld", (long long)s->asked);
        table_add(rows, "%.4f", share);
        table_add(rows, "%lld", (long long)s->unknown);
    }
    table_finish(rows, stdout);
    gd_analogy_sections_free(section);
    return EXIT_FINE;
}

static int eval(const arguments *given)
{
    gd_words *words;
    if (gd_words_read(given->operand[0], &words) != GD_OK)
        return print_last_error();
    json_t *list = option_given(given, "json") ? json_array() : NULL;
    int result = EXIT_FINE;
    for (int i = 1; i < given->operand_count && result == EXIT_FINE; i++) {
        const char *path = given->operand[i];
        gd_similarity found;
        if (has_sections(path)) {
            result = eval_analogies(given, words, path, list);
        } else if (gd_words_similarities(words, path, &found) != GD_OK) {
            result = print_last_error();
        } else if (list != NULL) {
            json_t *object = json_object();
            json_put_text(object, "file", path);
            json_put_integer(object, "pairs", found.pairs);
            json_put_integer(object, "unknown", found.unknown);
            json_put_number(object, "spearman", found.spearman);
            json_put_number(object, "pearson", found.pearson);
            json_array_append_new(list, object);
        } else {
            printf("%s: spearman %.4f  pearson %.4f  (%lld of %lld pairs)\n", shown(path), found.spearman,
                   found.pearson, (long long)(found.pairs - found.unknown), (long long)found.pairs);
        }
    }
    if (list != NULL && result == EXIT_FINE)
        result = json_print(list) ? EXIT_FINE : EXIT_ERROR;
    else
        json_decref(list);
    gd_words_free(words);
    return result;
}

static const option_row eval_options[] = {
    {"restrict", 'r', "N", "Analogies are answered from the N most frequent words (300000)", false},
    {"multiply", 'm', NULL, "3CosMul in place of 3CosAdd", false},
    {"keep-case", 0, NULL, "Capitals and small letters differ", false},
    {"json", 0, NULL, "Print JSON", false},
    {0},
};

static const command eval_part = {
    .name = "words eval",
    .operands = "VECTORS FILE...",
    .least = 2,
    .summary = "how good vectors are, by analogies and similarities",
    .text = "Files of analogies (\": section\", four words a line) are asked section by section; files of \"word word "
            "score\"\n"
            "are correlated with the cosines. Questions with words that are not there are counted, and not asked.",
    .examples = "  gradus words eval vectors.bin questions-words.txt EN-WS-353-ALL.txt",
    .option = eval_options,
    .run = eval,
};

// ---- export

static int export(const arguments *given)
{
    gd_words *words;
    gd_words_format format;
    if (!choose_format(given, given->operand[1], &format))
        return EXIT_USAGE;
    if (gd_words_read(given->operand[0], &words) != GD_OK)
        return print_last_error();
    const gd_status status = gd_words_write(words, given->operand[1], format);
    gd_words_free(words);
    return status == GD_OK ? EXIT_FINE : print_last_error();
}

static const option_row export_options[] = {
    {"format", 'f', "FORMAT", "text, binary, glove, fasttext, npy or safetensors, whatever the ending", false}, {0}};

static const command export_part = {
    .name = "words export",
    .operands = "VECTORS FILE",
    .least = 2,
    .most = 2,
    .summary = "write vectors in another format",
    .text = "Reads vectors in any format, and writes them in that which the ending of the file or --format names.",
    .examples = "  gradus words export vectors.bin vectors.txt",
    .option = export_options,
    .run = export,
};

static const command *const parts[] = {&train_part, &nearest_part, &analogy_part, &eval_part, &export_part, NULL};
static const option_row no_options[] = {{0}};

const command words_command = {
    .name = "words",
    .operands = "train|nearest|analogy|eval|export",
    .summary = "word vectors: learn, ask and judge them",
    .text =
        "Word vectors, in which words used alike lie near each other. 'gradus words train --help' and so on say more.",
    .examples = "  gradus words train text.txt --output vectors.bin\n"
                "  gradus words nearest vectors.bin film",
    .option = no_options,
    .part = parts,
};
