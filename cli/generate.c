// gradus generate
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "utf8_writer.h"

typedef struct {
    gd_generator_opts opts;
    int64_t length;
    const char *prompt;
} wish;

static bool take_wish(const arguments *given, wish *w)
{
    int64_t seed = 1;
    gd_sampling *s = &w->opts.sampling;
    w->length = 500;
    w->prompt = option_text(given, "prompt", "");
    s->temperature = 1;
    s->greedy = option_given(given, "greedy");
    const bool good = option_integer(given, "length", 1, 1000000000000, &w->length) &&
                      option_integer(given, "seed", 0, 9007199254740992, &seed) &&
                      option_integer(given, "context", 1, 1 << 24, &w->opts.context) &&
                      option_number(given, "temperature", 1e-6, 1e6, &s->temperature) &&
                      option_integer(given, "top-k", 1, 1000000000, &s->top_k) &&
                      option_number(given, "top-p", 1e-9, 1, &s->top_p) &&
                      option_number(given, "min-p", 0, 1, &s->min_p);
    w->opts.seed = (uint64_t)seed;
    return good;
}

// Writes token by token; what is waited for is shown.
static int write_text(gd_generator *generator, const wish *w)
{
    utf8_writer writer = {.file = stdout, .terminal = isatty(STDOUT_FILENO) != 0};
    gd_status status = gd_generator_feed(generator, w->prompt, strlen(w->prompt));
    utf8_write(&writer, w->prompt, strlen(w->prompt));
    for (int64_t i = 0; i < w->length && status == GD_OK && *interrupt_flag() == 0; i++) {
        int32_t token;
        size_t bytes;
        status = gd_generator_next(generator, &token);
        const char *piece = status == GD_OK ? gd_generator_piece(generator, token, &bytes) : NULL;
        if (piece != NULL)
            utf8_write(&writer, piece, bytes);
        if (writer.terminal)
            fflush(stdout);
    }
    utf8_end(&writer);
    putchar('\n');
    if (status != GD_OK)
        return print_last_error();
    if (fflush(stdout) != 0 || ferror(stdout))
        return print_error("the text cannot be written");
    return *interrupt_flag() != 0 ? EXIT_BY_SIGNAL + *interrupt_flag() : EXIT_FINE;
}

static int run(const arguments *given)
{
    wish w = {0};
    gd_model *model = NULL;
    gd_generator *generator = NULL;
    if (!apply_threads(given) || !take_wish(given, &w))
        return EXIT_USAGE;
    char *checkpoint = find_checkpoint(given->operand[0], (gd_model_opts){0});
    int status = checkpoint == NULL ? EXIT_ERROR : EXIT_FINE;
    if (status == EXIT_FINE && (gd_model_open(checkpoint, (gd_model_opts){0}, &model) != GD_OK ||
                                gd_generator_create(model, w.opts, &generator) != GD_OK))
        status = print_last_error();
    gd_model_free(model);
    interrupt_watch();
    if (status == EXIT_FINE)
        status = write_text(generator, &w);
    gd_generator_free(generator);
    free(checkpoint);
    return status;
}

static const option_row options[] = {
    {"prompt", 'p', "TEXT", "What the text begins with; else the network begins a line", false},
    {"length", 'n', "N", "Tokens to write (500)", false},
    {"temperature", 0, "X", "Below 1 more of what is probable, above 1 less (1)", false},
    {"top-k", 'k', "K", "Only the K most probable tokens (all)", false},
    {"top-p", 0, "P", "Only the fewest tokens whose probabilities make at least P (1)", false},
    {"min-p", 0, "P", "Only tokens with at least P of the probability of the most probable (0)", false},
    {"greedy", 'g', NULL, "Always the most probable token", false},
    {"seed", 's', "N", "Of the random numbers: the same text for the same seed (1)", false},
    {"context", 0, "N", "Tokens that attention looks back at, where the network leaves it open (as in training)",
     false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command generate_command = {
    .name = "generate",
    .operands = "CHECKPOINT|RUN|RECIPE",
    .least = 1,
    .most = 1,
    .summary = "text by a trained language model",
    .text =
        "Writes to standard output what a network that was trained on windows of a text (text_windows) goes on\n"
        "with, token by token as each is drawn. Tokens are characters, bytes, words or pieces of words, as the\n"
        "recipe in the checkpoint has them. Only whole characters are written; to a terminal no control characters\n"
        "but line breaks and tabs.",
    .examples = "  gradus generate runs/shakespeare-gpt --prompt 'ROMEO:' --temperature 0.8\n"
                "  gradus generate runs/penn-treebank -n 200 --top-k 50 --seed 7",
    .option = options,
    .run = run,
};
