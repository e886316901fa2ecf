// Word vectors: files of other programs byte by byte, neighbours and analogies as gensim gives them (numbers made with
// gensim 4.4), texts that are no texts, and the fast training against the same on ordinary ops.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"
#include "words/trainer.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/gradus-words-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *file(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *data, size_t size)
{
    FILE *to = fopen(file(name), "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(data, 1, size, to), size);
    fclose(to);
}

static char *bytes_of(const char *path, size_t *size)
{
    FILE *from = fopen(path, "rb");
    assert_non_null(from);
    char *data = malloc(1 << 20);
    *size = fread(data, 1, 1 << 20, from);
    fclose(from);
    return data;
}

static void assert_same_bytes(const char *path, const char *expected)
{
    size_t size, other;
    char *a = bytes_of(path, &size), *b = bytes_of(expected, &other);
    assert_int_equal(size, other);
    assert_memory_equal(a, b, size);
    free(a);
    free(b);
}

// ---- Files

static void other_programs_files_byte_by_byte(void **state)
{
    (void)state;
    static const char *const source[] = {"tests/words/gensim.txt", "tests/words/gensim.bin"};
    for (int i = 0; i < 2; i++) {
        gd_words *words;
        assert_int_equal(gd_words_read(source[i], &words), GD_OK);
        assert_int_equal(gd_words_count(words), 28);
        assert_int_equal(gd_words_size(words), 12);
        assert_int_equal(gd_words_write(words, file("a.txt"), GD_WORDS_TEXT), GD_OK);
        assert_same_bytes(file("a.txt"), source[0]);
        assert_int_equal(gd_words_write(words, file("a.bin"), GD_WORDS_BINARY), GD_OK);
        assert_same_bytes(file("a.bin"), source[1]);
        gd_words_free(words);
    }
}

static void every_format_there_and_back(void **state)
{
    (void)state;
    static const char *const name[] = {"b.txt", "b.bin", "b.glove", "b.ft", "b.npy", "b.safetensors"};
    gd_words *words, *again;
    assert_int_equal(gd_words_read("tests/words/gensim.bin", &words), GD_OK);
    for (int f = 0; f < 6; f++) {
        assert_int_equal(gd_words_write(words, file(name[f]), (gd_words_format)f), GD_OK);
        assert_int_equal(gd_words_read(file(name[f]), &again), GD_OK);
        assert_int_equal(gd_words_count(again), 28);
        for (int64_t i = 0; i < 28; i++) {
            float a[12], b[12];
            assert_string_equal(gd_words_word(words, i), gd_words_word(again, i));
            assert_int_equal(gd_words_vector(words, gd_words_word(words, i), a), GD_OK);
            assert_int_equal(gd_words_vector(again, gd_words_word(words, i), b), GD_OK);
            assert_memory_equal(a, b, sizeof a);
        }
        gd_words_free(again);
    }
    gd_words_free(words);
}

static void false_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"", "holds no word vectors"},
        {"3 2\na 1 2\nb 3 4\n", "2 words where 3 are expected"},
        {"1 2\na 1 2\nb 3 4\n", "line 3 goes on"},
        {"2 2\na 1 2\nb 3\n", "line 3 has 2 fields"},
        {"2 2\na 1 2\nb 3 x\n", "number 2 of 'b' is none"},
        {"2 2\na 1 2\nb 3 nan\n", "number 2 of 'b' is none"},
        {"999999999 2\na 1 2\n", "do not fit into"},
        {"0 2\n", "do not fit into"},
        {"-5 -2\n", "do not fit into"},
        {"just some words\nof text\n", "holds no word vectors"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_words *words;
        write_file("false", cases[i].text, strlen(cases[i].text));
        const gd_status status = gd_words_read(file("false"), &words);
        if (status != GD_ERROR_FORMAT || strstr(gd_last_error(), cases[i].sentence) == NULL)
            fail_msg("case %d: %s", (int)i, status == GD_OK ? "read" : gd_last_error());
    }
}

// A file that is cut anywhere is refused, or has all its words up to there.
static void cut_files(void **state)
{
    (void)state;
    static const char *const source[] = {"tests/words/gensim.bin", "b.ft", "b.npy", "b.safetensors"};
    gd_words *words;
    assert_int_equal(gd_words_read("tests/words/gensim.bin", &words), GD_OK);
    assert_int_equal(gd_words_write(words, file("b.ft"), GD_WORDS_FASTTEXT), GD_OK);
    assert_int_equal(gd_words_write(words, file("b.npy"), GD_WORDS_NPY), GD_OK);
    assert_int_equal(gd_words_write(words, file("b.safetensors"), GD_WORDS_SAFETENSORS), GD_OK);
    gd_words_free(words);
    for (int s = 0; s < 4; s++) {
        size_t size;
        char *data = bytes_of(s == 0 ? source[s] : file(source[s]), &size);
        // Less than the first line of word2vec's could be a line of GloVe's.
        for (size_t length = s == 0 ? 6 : 0; length < size; length += s == 0 ? 1 : 7) {
            write_file("cut", data, length);
            if (gd_words_read(file("cut"), &words) == GD_OK)
                fail_msg("%s cut to %d bytes was read", source[s], (int)length);
        }
        free(data);
    }
}

static void words_with_blanks(void **state)
{
    (void)state;
    gd_words *words, *again;
    const float vector[] = {1, 2, 3, 4};
    assert_int_equal(gd_words_create(2, 2, (const char *[]){"new york", "paris"}, vector, &words), GD_OK);
    assert_int_equal(gd_words_write(words, file("c.txt"), GD_WORDS_TEXT), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_words_write(words, file("c.safetensors"), GD_WORDS_SAFETENSORS), GD_OK);
    assert_int_equal(gd_words_read(file("c.safetensors"), &again), GD_OK);
    assert_int_equal(gd_words_find(again, "new york"), 0);
    gd_words_free(words);
    gd_words_free(again);
    // Other programs write them as they are; the numbers are the last ones.
    static const char text[] = "2 2\nnew york 1 2\nparis 3 4 \n";
    write_file("d.txt", text, sizeof text - 1);
    assert_int_equal(gd_words_read(file("d.txt"), &again), GD_OK);
    assert_string_equal(gd_words_word(again, 0), "new york");
    gd_words_free(again);
}

// ---- Asking

static void neighbours_and_analogies(void **state)
{
    (void)state;
    gd_words *words;
    gd_neighbour found[4];
    float vector[12];
    assert_int_equal(gd_words_read("tests/words/gensim.txt", &words), GD_OK);
    static const struct {
        const char *word, *near[2];
        double similarity[2];
    } near[] = {
        {"king", {"berlin", "man"}, {0.6616678237915039, 0.5771672129631042}},
        {"学习", {"france", "paris"}, {0.4396113455295563, 0.43090078234672546}},
        {"naïve", {"germany", "big"}, {0.3828992247581482, 0.2445790022611618}},
    };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gd_words_vector(words, near[i].word, vector), GD_OK);
        assert_int_equal(gd_words_nearest(words, 1, vector, 3, found), GD_OK);
        assert_string_equal(gd_words_word(words, found[0].index), near[i].word); // itself
        for (int k = 0; k < 2; k++) {
            assert_string_equal(gd_words_word(words, found[k + 1].index), near[i].near[k]);
            assert_true(fabs((double)found[k + 1].similarity - near[i].similarity[k]) < 1e-5);
        }
    }
    static const struct {
        const char *a, *b, *c, *answer[2];
        double score[2];
    } analogy[] = {
        {"man", "king", "woman", {"queen", "queen"}, {0.9680526852607727, 1.1220234632492065}},
        {"france", "paris", "italy", {"rome", "rome"}, {0.6918683052062988, 0.9746269583702087}},
        {"网络", "学习", "the", {"rome", "rome"}, {0.4315890967845917, 1.3053994178771973}},
        {"uncle", "aunt", "boy", {"girl", "girl"}, {0.9525947570800781, 1.3839422464370728}},
    };
    for (int i = 0; i < 4; i++)
        for (int way = 0; way < 2; way++) {
            assert_int_equal(
                gd_words_analogy(words, analogy[i].a, analogy[i].b, analogy[i].c, (gd_analogy_way)way, 1, found),
                GD_OK);
            assert_string_equal(gd_words_word(words, found[0].index), analogy[i].answer[way]);
            assert_true(fabs((double)found[0].similarity - analogy[i].score[way]) < 1e-5);
        }
    assert_int_equal(gd_words_analogy(words, "man", "kingg", "woman", GD_ANALOGY_ADD, 1, found), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "'kingg' is not among the 28 words"));
    gd_words_free(words);
}

static void accuracy_by_section(void **state)
{
    (void)state;
    static const struct {
        gd_analogy_opts opts;
        int64_t right[4], asked[4];
    } cases[] = {
        {{0}, {21, 10, 4, 35}, {21, 12, 6, 39}},
        {{.keep_case = true}, {20, 10, 4, 34}, {20, 12, 6, 38}},
        {{.restrict_to = 10}, {21, 0, 0, 21}, {21, 0, 0, 21}},
        {{.way = GD_ANALOGY_MULTIPLY}, {14, 7, 3, 24}, {21, 12, 6, 39}}, // by the formula, with NumPy
    };
    gd_words *words;
    assert_int_equal(gd_words_read("tests/words/gensim.txt", &words), GD_OK);
    for (int i = 0; i < 4; i++) {
        gd_analogy_section *section;
        int count;
        assert_int_equal(gd_words_analogies(words, "tests/words/questions.txt", cases[i].opts, &section, &count),
                         GD_OK);
        assert_int_equal(count, 4);
        for (int s = 0; s < 4; s++) {
            assert_int_equal(section[s].right, cases[i].right[s]);
            assert_int_equal(section[s].asked, cases[i].asked[s]);
        }
        assert_string_equal(section[0].name, "family");
        gd_analogy_sections_free(section);
    }
    gd_words_free(words);
}

static void similarities(void **state)
{
    (void)state;
    gd_words *words;
    gd_similarity found;
    // Cosines 1, 0.8, 0.6 and 0 of a with b … e.
    const float vector[] = {1, 0, 1, 0, 0.8F, 0.6F, 0.6F, 0.8F, 0, 1};
    static const char text[] = "word word score\na\tb\t10\nA,c,7\na d 7\na e 1\na unknown 4\n";
    assert_int_equal(gd_words_create(5, 2, (const char *[]){"a", "b", "c", "d", "e"}, vector, &words), GD_OK);
    write_file("pairs", text, sizeof text - 1);
    assert_int_equal(gd_words_similarities(words, file("pairs"), &found), GD_OK);
    assert_int_equal(found.pairs, 5);
    assert_int_equal(found.unknown, 1);
    assert_true(fabs(found.spearman - 0.9486832980505138) < 1e-12); // ranks 4 2.5 2.5 1, and 4 3 2 1
    assert_true(fabs(found.pearson - 0.9810229431759452) < 1e-6);
    gd_words_free(words);
}

// ---- Texts

static void check_text(const char *text, size_t size, gd_corpus_opts opts, int64_t length, int64_t different,
                       int64_t replaced)
{
    gd_corpus *corpus;
    write_file("text", text, size);
    assert_int_equal(gd_corpus_read(1, (const char *[]){file("text")}, opts, &corpus), GD_OK);
    assert_int_equal(gd_corpus_length(corpus), length);
    assert_int_equal(gd_corpus_different(corpus), different);
    assert_int_equal(gd_corpus_replaced(corpus), replaced);
    gd_corpus_free(corpus);
}

static void cutting_text(void **state)
{
    (void)state;
    static const char plain[] = "The cat's hat, the Cat!\nÄrger ärger 深度 学习。 x";
    static const char false_bytes[] = "a \xff b\xc3 c\xe4\xb8 \xed\xa0\x80 d";
    check_text(plain, sizeof plain - 1, (gd_corpus_opts){0}, 10, 10, 0);
    check_text(plain, sizeof plain - 1, (gd_corpus_opts){.cut = GD_CORPUS_LETTERS, .lowercase = true}, 10, 8, 0);
    check_text(plain, sizeof plain - 1, (gd_corpus_opts){.cut = GD_CORPUS_CHARACTERS, .lowercase = true}, 12, 10, 0);
    check_text(false_bytes, sizeof false_bytes - 1, (gd_corpus_opts){0}, 6, 5, 7);
    gd_corpus *corpus;
    write_file("text", " \n\t\n", 4);
    assert_int_equal(gd_corpus_read(1, (const char *[]){file("text")}, (gd_corpus_opts){0}, &corpus), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "there are no words in it"));
}

static void one_endless_line(void **state)
{
    (void)state;
    const size_t size = 3000000;
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 10 == 9 ? ' ' : (char)('a' + i / 10 % 7);
    check_text(text, size, (gd_corpus_opts){0}, 300000, 7, 0);
    memset(text, 'x', size);
    check_text(text, size, (gd_corpus_opts){0}, 1, 1, 0); // a word of three million letters is cut
    free(text);
}

static void phrases(void **state)
{
    (void)state;
    char text[8000] = "";
    for (int i = 0; i < 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "new york is w%d x%d y%d\nnew z%d\n", i, i, i, i);
    gd_corpus *corpus, *joined;
    write_file("text", text, strlen(text));
    assert_int_equal(gd_corpus_read(1, (const char *[]){file("text")}, (gd_corpus_opts){0}, &corpus), GD_OK);
    assert_int_equal(gd_corpus_length(corpus), 320);
    assert_int_equal(gd_corpus_join(corpus, (gd_phrase_opts){.threshold = 3}, &joined), GD_OK);
    assert_int_equal(gd_corpus_length(joined), 280); // new_york, 40 times
    gd_corpus_free(joined);
    gd_corpus_free(corpus);
}

// ---- Training

enum { WORDS = 50, SIZE = 20, NEAR = 6, DRAWN = 5, PLACES = 1000 };

// A text of WORDS different words.
static gd_corpus *make_corpus(int length)
{
    gd__random random = gd__random_make(7, 0);
    gd_corpus *corpus;
    FILE *to = fopen(file("text"), "wb");
    for (int i = 0; i < length; i++)
        fprintf(to, "w%d%c", i < WORDS ? i : (int)gd__random_below(&random, WORDS), i % 20 == 19 ? '\n' : ' ');
    fclose(to);
    assert_int_equal(gd_corpus_read(1, (const char *[]){file("text")}, (gd_corpus_opts){0}, &corpus), GD_OK);
    return corpus;
}

static void pick_different(gd__random *random, int count, int32_t *list)
{
    for (int i = 0; i < count; i++) {
        list[i] = (int32_t)gd__random_below(random, WORDS);
        for (int k = 0; k < i; k++)
            if (list[k] == list[i]) {
                i--;
                break;
            }
    }
}

// Skip-gram with negative sampling as anybody would write it: sum over pairs of the logistic loss.
typedef struct reference {
    gd_graph *graph;
    gd_tensor input, output;
    gd_train_step *step;
} reference;

static reference make_reference(double rate)
{
    reference r = {.graph = gd_graph_create()};
    r.input = gd_variable(r.graph, "input", GD_F32, GD_SHAPE(WORDS, SIZE));
    r.output = gd_variable(r.graph, "output", GD_F32, GD_SHAPE(WORDS, SIZE));
    const gd_tensor near = gd_input(r.graph, "near", GD_I32, GD_SHAPE(NEAR));
    const gd_tensor answers = gd_input(r.graph, "answers", GD_I32, GD_SHAPE(1 + DRAWN));
    const gd_tensor target = gd_input(r.graph, "target", GD_F32, GD_SHAPE(NEAR, 1 + DRAWN));
    const gd_tensor x = gd_embed(r.input, near), y = gd_embed(r.output, answers);
    const gd_tensor score = gd_matmul(x, y, (gd_matmul_opts){.transpose_b = true});
    // -log sigmoid(s) where the target is 1, -log sigmoid(-s) where it is 0
    const gd_tensor loss = gd_sum(gd_sub(gd_softplus(score), gd_mul(target, score)), (gd_reduce_opts){0});
    r.step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_gradient_descent(rate)});
    assert_non_null(r.step);
    return r;
}

static void as_ordinary_ops_have_it(void **state)
{
    (void)state;
    gd_corpus *corpus = make_corpus(2000);
    gd__words_trainer t;
    gd__words_worker w;
    const double rate = 0.025;
    assert_int_equal(gd__words_trainer_make(corpus, (gd_words_opts){.model = GD_WORDS_SKIP_GRAM, .size = SIZE}, &t),
                     GD_OK);
    assert_int_equal(t.tables.count, WORDS);
    const gd__words_kernel *kernel[GD__WORDS_KERNELS];
    const int kernels = gd__words_kernels(kernel);
    reference r = make_reference(rate);
    for (int k = 0; k < kernels; k++) {
        t.kernel = kernel[k];
        assert_int_equal(gd__words_worker_make(&t, true, &w), GD_OK);
        w.rate = (float)rate;
        gd__random random = gd__random_make(3, 0);
        for (int i = 0; i < WORDS; i++)
            for (int j = 0; j < SIZE; j++) {
                t.input[i * t.width + j] = (float)gd__next_normal(&random) / 4;
                t.output[i * t.width + j] = (float)gd__next_normal(&random) / 4;
            }
        float begin[2][WORDS * SIZE], end[2][WORDS * SIZE];
        for (int i = 0; i < WORDS; i++) {
            memcpy(begin[0] + i * SIZE, t.input + i * t.width, SIZE * sizeof(float));
            memcpy(begin[1] + i * SIZE, t.output + i * t.width, SIZE * sizeof(float));
        }
        assert_int_equal(gd_variable_write(r.input, WORDS * SIZE, begin[0]), GD_OK);
        assert_int_equal(gd_variable_write(r.output, WORDS * SIZE, begin[1]), GD_OK);
        float target[NEAR * (1 + DRAWN)];
        for (int i = 0; i < NEAR * (1 + DRAWN); i++)
            target[i] = i % (1 + DRAWN) == 0 ? 1 : 0;
        for (int i = 0; i < PLACES; i++) {
            gd__words_place place = {.near_count = NEAR, .drawn_count = DRAWN};
            int32_t answers[1 + DRAWN];
            pick_different(&random, NEAR, place.near);
            pick_different(&random, 1 + DRAWN, answers);
            place.centre = answers[0];
            memcpy(place.drawn, answers + 1, DRAWN * sizeof *answers);
            gd__words_train_place(&w, &place);
            const void *const data[] = {place.near, answers, target};
            assert_int_equal(gd_train_step_run_batch(r.step, 1, 3, data), GD_OK);
        }
        assert_int_equal(gd_variable_read(r.input, WORDS * SIZE, end[0]), GD_OK);
        assert_int_equal(gd_variable_read(r.output, WORDS * SIZE, end[1]), GD_OK);
        double moved = 0;
        for (int i = 0; i < WORDS; i++)
            for (int j = 0; j < SIZE; j++) {
                const int at = i * SIZE + j;
                moved = fmax(moved, fabs((double)end[0][at] - (double)begin[0][at]));
                assert_true(fabs((double)end[0][at] - (double)t.input[i * t.width + j]) < 1e-5);
                assert_true(fabs((double)end[1][at] - (double)t.output[i * t.width + j]) < 1e-5);
            }
        assert_true(moved > 0.1);
        gd__words_worker_free(&w);
    }
    gd_train_step_free(r.step);
    gd_graph_free(r.graph);
    gd__words_trainer_free(&t);
    gd_corpus_free(corpus);
}

static void same_again(void **state)
{
    (void)state;
    static const gd_words_opts cases[] = {
        {.model = GD_WORDS_SKIP_GRAM},
        {.model = GD_WORDS_CBOW},
        {.model = GD_WORDS_CBOW, .undivided = true, .negative = -1, .hierarchical_softmax = true},
        {.model = GD_WORDS_SKIP_GRAM, .negative = -1, .hierarchical_softmax = true},
        {.model = GD_WORDS_SKIP_GRAM, .shortest = 2, .longest = 3, .buckets = 500},
        {.model = GD_WORDS_CBOW, .shortest = 1, .longest = 3, .buckets = 500, .hierarchical_softmax = true},
        {.model = GD_WORDS_SKIP_GRAM, .window = 40, .negative = 20, .size = 33},
    };
    gd_corpus *corpus = make_corpus(5000);
    const int threads = gd_threads();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        gd_words *words[3];
        gd_words_opts opts = cases[c];
        opts.epochs = 2;
        for (int i = 0; i < 3; i++) {
            gd_set_threads(i < 2 ? 1 : 2);
            assert_int_equal(gd_words_train(corpus, opts, &words[i]), GD_OK);
        }
        const int64_t size = gd_words_size(words[0]);
        double moved = 0;
        for (int64_t i = 0; i < gd_words_count(words[0]); i++) {
            float a[100], b[100];
            assert_int_equal(gd_words_vector(words[0], gd_words_word(words[0], i), a), GD_OK);
            assert_int_equal(gd_words_vector(words[1], gd_words_word(words[0], i), b), GD_OK);
            assert_memory_equal(a, b, (size_t)size * sizeof(float));
            for (int64_t j = 0; j < size; j++)
                moved = fmax(moved, fabs((double)a[j]));
        }
        assert_true(moved > 0.005 && moved < 10);
        for (int i = 0; i < 3; i++)
            gd_words_free(words[i]);
    }
    gd_set_threads(threads);
    gd_corpus_free(corpus);
}

static int stop_after(void *context, const char *what, int64_t done, int64_t total)
{
    (void)total;
    return strcmp(what, "learning words") == 0 && done >= *(const int64_t *)context;
}

static void goes_on_where_it_stopped(void **state)
{
    (void)state;
    gd_corpus *corpus = make_corpus(30000);
    gd_words *whole, *rest;
    gd_words_opts opts = {.model = GD_WORDS_SKIP_GRAM, .epochs = 3};
    const int threads = gd_threads();
    gd_set_threads(1);
    assert_int_equal(gd_words_train(corpus, opts, &whole), GD_OK);
    char path[128];
    strcpy(path, file("state"));
    opts.checkpoint = path;
    int64_t stop = 60000;
    gd_set_listener((gd_listener){.report = stop_after, .context = &stop, .interval = -1});
    assert_int_equal(gd_words_train(corpus, opts, &rest), GD_ERROR_INTERRUPTED);
    gd_set_listener((gd_listener){0});
    assert_int_equal(access(path, F_OK), 0);
    opts.size = 64; // another training
    assert_int_equal(gd_words_train(corpus, opts, &rest), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "the state of another training"));
    opts.size = 0;
    assert_int_equal(gd_words_train(corpus, opts, &rest), GD_OK);
    assert_int_not_equal(access(path, F_OK), 0);
    for (int64_t i = 0; i < WORDS; i++) {
        float a[100], b[100];
        assert_int_equal(gd_words_vector(whole, gd_words_word(whole, i), a), GD_OK);
        assert_int_equal(gd_words_vector(rest, gd_words_word(whole, i), b), GD_OK);
        assert_memory_equal(a, b, sizeof a);
    }
    gd_words_free(whole);
    gd_words_free(rest);
    gd_set_threads(threads);
    gd_corpus_free(corpus);
}

static void words_never_seen(void **state)
{
    (void)state;
    gd_corpus *corpus = make_corpus(5000);
    gd_words *words, *again;
    float a[100], b[100];
    const gd_words_opts opts = {.model = GD_WORDS_SKIP_GRAM, .shortest = 2, .longest = 4, .buckets = 1000};
    assert_int_equal(gd_words_train(corpus, opts, &words), GD_OK);
    assert_int_equal(gd_words_vector(words, "w4321", a), GD_OK);
    assert_int_equal(gd_words_write(words, file("parts.bin"), GD_WORDS_FASTTEXT), GD_OK);
    assert_int_equal(gd_words_read(file("parts.bin"), &again), GD_OK);
    assert_int_equal(gd_words_vector(again, "w4321", b), GD_OK);
    assert_memory_equal(a, b, sizeof a);
    for (int64_t i = 0; i < WORDS; i++) {
        assert_int_equal(gd_words_frequency(again, i), gd_words_frequency(words, i));
        assert_int_equal(gd_words_vector(words, gd_words_word(words, i), a), GD_OK);
        assert_int_equal(gd_words_vector(again, gd_words_word(words, i), b), GD_OK);
        for (int j = 0; j < 100; j++)
            assert_true(fabs((double)a[j] - (double)b[j]) < 1e-6);
    }
    gd_words_free(words);
    gd_words_free(again);
    gd_corpus_free(corpus);
}

static void refused_options(void **state)
{
    (void)state;
    gd_corpus *corpus = make_corpus(100);
    gd_words *words;
    static const struct {
        gd_words_opts opts;
        const char *sentence;
    } cases[] = {
        {{.size = -1}, "size is -1"},
        {{.window = 1000}, "window is 1000"},
        {{.negative = -1}, "neither words are drawn"},
        {{.learning_rate = NAN}, "a learning rate of nan"},
        {{.shortest = 5, .longest = 3}, "parts of words of 5 to 3 letters"},
        {{.model = (gd_words_model)7}, "model 7"},
        {{.least = 1000}, "none is there 1000 times"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_not_equal(gd_words_train(corpus, cases[i].opts, &words), GD_OK);
        if (strstr(gd_last_error(), cases[i].sentence) == NULL)
            fail_msg("%s", gd_last_error());
    }
    gd_corpus_free(corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_programs_files_byte_by_byte),
        cmocka_unit_test(every_format_there_and_back),
        cmocka_unit_test(false_files),
        cmocka_unit_test(cut_files),
        cmocka_unit_test(words_with_blanks),
        cmocka_unit_test(neighbours_and_analogies),
        cmocka_unit_test(accuracy_by_section),
        cmocka_unit_test(similarities),
        cmocka_unit_test(cutting_text),
        cmocka_unit_test(one_endless_line),
        cmocka_unit_test(phrases),
        cmocka_unit_test(as_ordinary_ops_have_it),
        cmocka_unit_test(same_again),
        cmocka_unit_test(goes_on_where_it_stopped),
        cmocka_unit_test(words_never_seen),
        cmocka_unit_test(refused_options),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
