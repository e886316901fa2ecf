// A language model that writes. It goes on step by step, with states and caches kept as variables; or it computes a
// window of the last tokens anew.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/model.h"
#include "model/sampling.h"
#include "train/carried.h"

// A copy of the network that computes logits of some places.
typedef struct network {
    gd_model *model;
    gd_function *function;
    gd__carried carried;
    int64_t places;
    int32_t *token; // (places)
    float *logit;   // (places, vocabulary)
} network;

struct gd_generator {
    gd_generator_opts opts;
    gd_tokenizer *tokenizer;
    int count;       // of the vocabulary
    int64_t context; // the most tokens that count
    bool steps;
    network net;
    int64_t held;    // steps done since the states were cleared
    int32_t *recent; // the last tokens that were fed, at most `context`
    int64_t recent_count;
    double *probability;
    int32_t *order;
    gd__random random;
    bool begun;        // something was fed
    bool is_drawn;     // `probability` is that of the next token
    bool at_beginning; // of a line of what is written
    char *piece;
    size_t piece_room;
};

// ---- Networks

static void network_free(network *net)
{
    if (net->function != NULL)
        gd_function_free(net->function);
    gd__carried_free(&net->carried);
    gd_model_free(net->model);
    gd__free(net->token);
    gd__free(net->logit);
    *net = (network){0};
}

static gd_status network_make(const gd_model *model, int64_t places, int64_t context, network *net)
{
    *net = (network){.places = places};
    gd_status status = gd__model_for_places(model, places, context, &net->model);
    if (status != GD_OK)
        return status;
    const gd_tensor output = net->model->output;
    status = gd__carried_find(1, &output, &net->carried);
    if (status != GD_OK)
        return status;
    const gd_function_opts how = {
        .precision = model->precision, .assignment = net->carried.assignment, .assignment_count = net->carried.count};
    const int64_t count = gd_tensor_dim(output, 2);
    net->function = gd_function_create(net->model->graph, 1, &output, how);
    net->token = gd__alloc_zeroed((size_t)places, sizeof *net->token);
    net->logit = gd__alloc_zeroed((size_t)(places * count), sizeof *net->logit);
    if (net->function == NULL || net->token == NULL || net->logit == NULL)
        return gd__fail_memory("a network that writes");
    if (gd_function_input_count(net->function) != 1)
        return gd__fail(GD_ERROR_UNSUPPORTED, "the network reads more than the tokens of a text");
    return GD_OK;
}

static gd_status network_run(const network *net)
{
    const void *data = net->token;
    void *result = net->logit;
    return gd_function_run_batch(net->function, 1, 1, &data, &result);
}

// Whether the network that goes step by step gives what the whole one gives.
static gd_status compare(const network *whole, const network *step, int count, bool *same)
{
    enum { TRIED = 12 };
    gd__random random = gd__random_make(0, gd__hash_text("generator.compare"));
    const int64_t tried = whole->places < TRIED ? whole->places : TRIED;
    double difference = 0, largest = 0;
    for (int64_t t = 0; t < tried; t++)
        whole->token[t] = (int32_t)gd__random_below(&random, (uint64_t)count);
    gd_status status = network_run(whole);
    if (status == GD_OK)
        status = gd__carried_clear(&step->carried);
    for (int64_t t = 0; t < tried && status == GD_OK; t++) {
        step->token[0] = whole->token[t];
        status = network_run(step);
        for (int c = 0; c < count && status == GD_OK; c++) {
            const double there = (double)whole->logit[t * count + c];
            difference = fmax(difference, fabs(there - (double)step->logit[c]));
            largest = fmax(largest, fabs(there));
        }
    }
    *same = status == GD_OK && difference <= 0.02 * largest + 1e-4; // bf16 has three digits
    return status;
}

static gd_status make_networks(const gd_model *model, int64_t trained, gd_generator *g)
{
    network step;
    bool same = false;
    gd_status status = network_make(model, trained, 0, &g->net);
    if (status != GD_OK)
        return status;
    if (network_make(model, 1, g->context, &step) == GD_OK)
        status = compare(&g->net, &step, g->count, &same);
    if (same) {
        const network whole = g->net;
        g->net = step;
        step = whole;
    }
    network_free(&step);
    g->steps = same;
    if (!same)
        g->context = trained;
    return status;
}

// ---- Making one

static gd_status check_model(const gd_model *model)
{
    if (model->head_count != 1 || !model->task->by_place || gd_tensor_rank(model->output) != 3)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "the network says no next token at each place of a text: it was trained for "
                        "another task (%s)",
                        model->task->record.name);
    if (gd_preprocess_tokenizer(model->preprocess) == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the network has no tokenizer: it was not trained on windows of a text");
    return GD_OK;
}

static gd_status make_room(gd_generator *g)
{
    g->recent = gd__alloc_zeroed((size_t)g->context, sizeof *g->recent);
    g->probability = gd__alloc_zeroed((size_t)g->count, sizeof *g->probability);
    g->order = gd__alloc_zeroed((size_t)g->count, sizeof *g->order);
    return g->recent == NULL || g->probability == NULL || g->order == NULL ? gd__fail_memory("a generator") : GD_OK;
}

gd_status gd_generator_create(const gd_model *model, gd_generator_opts opts, gd_generator **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    gd_status status = gd__sampling_check(&opts.sampling);
    if (status == GD_OK && (opts.context < 0 || opts.context > 1 << 24))
        status = gd__fail(GD_ERROR_ARGUMENT, "a context of %lld tokens, expected at least 1", (long long)opts.context);
    if (status == GD_OK)
        status = check_model(model);
    if (status != GD_OK)
        return status;
    gd_generator *g = gd__alloc_zeroed(1, sizeof *g);
    if (g == NULL)
        return gd__fail_memory("a generator");
    const int64_t trained = gd_tensor_dim(model->output, 1);
    g->opts = opts;
    g->count = (int)gd_tensor_dim(model->output, 2);
    g->context = opts.context > 0 ? opts.context : trained;
    status = gd_tokenizer_from_json(gd_preprocess_tokenizer(model->preprocess), &g->tokenizer);
    if (status == GD_OK && gd_tokenizer_count(g->tokenizer) != g->count)
        status = gd__fail(GD_ERROR_FORMAT, "the network tells %d tokens apart, and its tokenizer %d", g->count,
                          gd_tokenizer_count(g->tokenizer));
    if (status == GD_OK)
        status = trained > 0 ? make_networks(model, trained, g)
                             : gd__fail(GD_ERROR_UNSUPPORTED, "texts of any length: the network was not trained on "
                                                              "windows of a text");
    if (status == GD_OK)
        status = make_room(g);
    if (status == GD_OK)
        status = gd_generator_reset(g);
    if (status != GD_OK) {
        gd_generator_free(g);
        return status;
    }
    *out = g;
    return GD_OK;
}

void gd_generator_free(gd_generator *g)
{
    if (g == NULL)
        return;
    network_free(&g->net);
    gd_tokenizer_free(g->tokenizer);
    gd__free(g->recent);
    gd__free(g->probability);
    gd__free(g->order);
    gd__free(g->piece);
    gd__free(g);
}

gd_status gd_generator_reset(gd_generator *g)
{
    GD__NEEDS(g, GD_ERROR_ARGUMENT);
    g->random = gd__random_make(g->opts.seed, gd__hash_text("generator"));
    g->recent_count = g->held = 0;
    g->begun = g->is_drawn = false;
    g->at_beginning = true;
    return gd__carried_clear(&g->net.carried);
}

gd_status gd_generator_set_sampling(gd_generator *g, gd_sampling sampling)
{
    GD__NEEDS(g, GD_ERROR_ARGUMENT);
    gd_status status = gd__sampling_check(&sampling);
    if (status != GD_OK)
        return status;
    g->opts.sampling = sampling;
    g->is_drawn = false;
    return GD_OK;
}

int gd_generator_count(const gd_generator *g)
{
    GD__NEEDS(g, 0);
    return g->count;
}

bool gd_generator_steps(const gd_generator *g)
{
    GD__NEEDS(g, false);
    return g->steps;
}

// ---- Reading

static void remember(gd_generator *g, int32_t token)
{
    if (g->recent_count == g->context)
        memmove(g->recent, g->recent + 1, (size_t)--g->recent_count * sizeof *g->recent);
    g->recent[g->recent_count++] = token;
}

static gd_status step(gd_generator *g, int32_t token)
{
    g->net.token[0] = token;
    g->held++;
    return network_run(&g->net);
}

// Caches that are full begin again with the later half of what they hold. Recurrent states have no end.
static gd_status begin_again(gd_generator *g)
{
    const int64_t half = g->context / 2, skipped = g->recent_count - half;
    gd_status status = gd__carried_clear(&g->net.carried);
    g->held = 0;
    for (int64_t i = skipped; i < g->recent_count && status == GD_OK; i++)
        status = step(g, g->recent[i]);
    return status;
}

static bool caches(const gd_generator *g)
{
    return gd__model_of(g->net.model)->caches;
}

static gd_status read_step(gd_generator *g, int32_t token)
{
    gd_status status = GD_OK;
    if (caches(g) && g->held == g->context)
        status = begin_again(g);
    return status == GD_OK ? step(g, token) : status;
}

gd_status gd_generator_feed_token(gd_generator *g, int32_t token)
{
    GD__NEEDS(g, GD_ERROR_ARGUMENT);
    if (token < 0 || token >= g->count)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no token %d: there are %d", (int)token, g->count);
    gd_status status = g->steps ? read_step(g, token) : GD_OK;
    remember(g, token);
    g->begun = true;
    g->is_drawn = false;
    return status;
}

static gd_status feed_all(gd_generator *g, const gd_tokens *tokens, int64_t count)
{
    gd_status status = GD_OK;
    for (int64_t i = 0; i < count && status == GD_OK; i++)
        status = gd_generator_feed_token(g, tokens->id[i]);
    return status;
}

// A text of lines, each of which ends with <eos>; the last one goes on.
static gd_status feed_lines(gd_generator *g, const char *text, size_t bytes)
{
    gd_status status = GD_OK;
    while (status == GD_OK && bytes > 0) {
        const char *end = memchr(text, '\n', bytes);
        const size_t line = end == NULL ? bytes : (size_t)(end - text);
        gd_tokens tokens = {0};
        status = gd_tokenizer_encode(g->tokenizer, text, line, &tokens);
        if (status == GD_OK)
            status = feed_all(g, &tokens, end == NULL ? tokens.count - 1 : tokens.count);
        gd_tokens_free(&tokens);
        text += line + (end != NULL);
        bytes -= line + (end != NULL);
    }
    return status;
}

gd_status gd_generator_feed(gd_generator *g, const char *text, size_t bytes)
{
    GD__NEEDS(g, GD_ERROR_ARGUMENT);
    if (bytes == 0)
        return GD_OK;
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    g->at_beginning = text[bytes - 1] == '\n';
    if (gd_tokenizer_eos(g->tokenizer) >= 0)
        return feed_lines(g, text, bytes);
    gd_tokens tokens = {0};
    gd_status status = gd_tokenizer_encode(g->tokenizer, text, bytes, &tokens);
    if (status == GD_OK)
        status = feed_all(g, &tokens, tokens.count);
    gd_tokens_free(&tokens);
    return status;
}

// ---- Drawing

// The end of a line, in the tokenizer's words.
static int32_t first_token(const gd_generator *g)
{
    const int eos = gd_tokenizer_eos(g->tokenizer), line = gd_tokenizer_find(g->tokenizer, "\n", 1);
    return eos >= 0 ? eos : line >= 0 ? line : 0;
}

static gd_status run_window(gd_generator *g)
{
    memcpy(g->net.token, g->recent, (size_t)g->recent_count * sizeof *g->recent);
    memset(g->net.token + g->recent_count, 0, (size_t)(g->net.places - g->recent_count) * sizeof *g->recent);
    return network_run(&g->net);
}

static gd_status find_probabilities(gd_generator *g)
{
    if (g->is_drawn)
        return GD_OK;
    gd_status status = g->begun ? GD_OK : gd_generator_feed_token(g, first_token(g));
    if (status == GD_OK && !g->steps)
        status = run_window(g);
    if (status != GD_OK)
        return status;
    const float *logit = g->net.logit + (g->steps ? 0 : (g->recent_count - 1) * g->count);
    for (int i = 0; i < g->count; i++)
        g->probability[i] = (double)logit[i];
    status = gd__sampling_apply(&g->opts.sampling, g->count, g->probability, g->probability, g->order);
    g->is_drawn = status == GD_OK;
    return status;
}

const double *gd_generator_probabilities(gd_generator *g)
{
    GD__NEEDS(g, NULL);
    return find_probabilities(g) == GD_OK ? g->probability : NULL;
}

gd_status gd_generator_next(gd_generator *g, int32_t *token)
{
    GD__NEEDS(g, GD_ERROR_ARGUMENT);
    GD__NEEDS(token, GD_ERROR_ARGUMENT);
    gd_status status = find_probabilities(g);
    if (status != GD_OK)
        return status;
    *token = (int32_t)gd_sampling_pick(g->count, g->probability, gd__next_uniform(&g->random));
    return gd_generator_feed_token(g, *token);
}

const char *gd_generator_piece(gd_generator *g, int32_t token, size_t *bytes)
{
    GD__NEEDS(g, NULL);
    GD__NEEDS(bytes, NULL);
    size_t length = 0;
    const bool ends = token >= 0 && token == gd_tokenizer_eos(g->tokenizer);
    const char *text = ends ? "\n" : gd_tokenizer_token(g->tokenizer, token, &length);
    *bytes = 0;
    if (text == NULL)
        return NULL;
    length = ends ? 1 : length;
    const bool spaced = !ends && !g->at_beginning && gd_tokenizer_is_spaced(g->tokenizer);
    if (length + 2 > g->piece_room) {
        char *piece = gd__realloc(g->piece, length + 2, 1);
        if (piece == NULL)
            return NULL;
        g->piece = piece;
        g->piece_room = length + 2;
    }
    g->piece[0] = ' ';
    memcpy(g->piece + spaced, text, length);
    *bytes = length + spaced;
    g->piece[*bytes] = '\0';
    g->at_beginning = ends;
    return g->piece;
}
