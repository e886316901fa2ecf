// Word vectors: words as points, so that words used alike lie near each other. Learning them from text (word2vec, and
// fastText's parts of words), the files in which others keep them, and asking: what is near, what is to Rome as France
// is to Paris, and how well that goes.
//
//     gd_corpus *corpus;
//     gd_words *words;
//     if (gd_corpus_read(1, (const char *[]){"text.txt"}, (gd_corpus_opts){0}, &corpus) == GD_OK &&
//         gd_words_train(corpus, (gd_words_opts){.model = GD_WORDS_SKIP_GRAM}, &words) == GD_OK)
//         gd_words_write(words, "vectors.bin", GD_WORDS_BINARY);
//
// Sources: Mikolov, Chen, Corrado, Dean: Efficient estimation of word representations in vector space (2013); Mikolov,
// Sutskever, Chen, Corrado, Dean: Distributed representations of words and phrases and their compositionality (2013).
#ifndef GRADUS_WORDS_H
#define GRADUS_WORDS_H

#include <gradus/base.h>
#include <gradus/neighbour.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Text as numbers of words

// A text as the numbers of its words, line by line. Never changes once made, and may be used by several threads.
typedef struct gd_corpus gd_corpus;

// What a word is. Words are UTF-8, of at most 1000 bytes: longer ones are cut there. Bytes that are no UTF-8 become
// U+FFFD.
typedef enum gd_corpus_cut {
    GD_CORPUS_BLANKS = 0, // what stands between blanks, as in text that is segmented already
    GD_CORPUS_LETTERS,    // a run of letters, digits and apostrophes: "don't" and "well-known" are three words
    GD_CORPUS_CHARACTERS  // the same, and each Chinese character is a word
} gd_corpus_cut;

typedef struct gd_corpus_opts {
    gd_corpus_cut cut;
    bool lowercase; // capital letters become small ones
} gd_corpus_opts;

// Reads text files, plain or gzipped; "-" is standard input. A line is a sentence: nothing is learned across its end.
// Lines of any length are fine. GD_ERROR_FORMAT: there are no words in it. Release with gd_corpus_free.
GD_API GD_MUST_USE gd_status gd_corpus_read(int count, const char *const *path, gd_corpus_opts opts, gd_corpus **out);
GD_API void gd_corpus_free(gd_corpus *corpus);               // NULL is fine
GD_API int64_t gd_corpus_length(const gd_corpus *corpus);    // words in the text
GD_API int64_t gd_corpus_different(const gd_corpus *corpus); // different ones
GD_API int64_t gd_corpus_replaced(const gd_corpus *corpus);  // bytes that were no UTF-8

// Joins pairs of words that stand together more often than chance has it, by "_", in one pass; the result is a corpus
// of its own, so that a second pass joins more. Word a b becomes a_b where (Mikolov et al. 2013, eq. 6)
//
//     (count(a b) - least) / (count(a) count(b)) * words of the text > threshold
typedef struct gd_phrase_opts {
    int64_t least;    // pairs, and words, that are seen fewer times are left alone; 0: 5
    double threshold; // 0: 100
} gd_phrase_opts;
GD_API GD_MUST_USE gd_status gd_corpus_join(const gd_corpus *corpus, gd_phrase_opts opts, gd_corpus **out);

// ---- Vectors

// Words with a vector each. May be asked by several threads.
typedef struct gd_words gd_words;

typedef enum gd_words_model {
    GD_WORDS_CBOW = 0, // a word is told from the mean of those around it
    GD_WORDS_SKIP_GRAM // those around are told from the word
} gd_words_model;

// {0} trains what word2vec trains by default, but for the gradient of CBOW.
typedef struct gd_words_opts {
    gd_words_model model;
    int64_t size;              // numbers of a vector; 0: 100
    int64_t window;            // the most words to each side; 0: 5. Each place draws its own from 1 to that
    int64_t negative;          // words drawn against each; 0: 5, -1: none
    bool hierarchical_softmax; // also (or, with negative = -1, only) along the path of a Huffman tree
    double sample;             // words more frequent than this share are left out now and then; 0: 1e-3, -1: none
    int64_t least;             // words seen fewer times are left out; 0: 5
    int64_t most;              // so many words at most, the most frequent ones; 0: all
    int64_t epochs;            // 0: 5
    double learning_rate;      // at the beginning; falls to 0 linearly. 0: 0.025, for CBOW 0.05
    // CBOW: word2vec adds the gradient of the mean to each word around undivided; so here. Otherwise it is divided by
    // their number, which is the gradient (Ihaddadene, Zaytsev et al.: "Corrected CBOW performs as well as skip-gram").
    bool undivided;
    // Parts of words, as fastText has them (Bojanowski, Grave, Joulin, Mikolov 2017): a word's vector is the mean of
    // its own and of those of its runs of letters from `shortest` to `longest`; both 0: none. Words never seen have
    // vectors.
    int64_t shortest, longest;
    int64_t buckets; // into which the runs of letters are hashed; 0: 2,000,000
    uint64_t seed;
    // Where what is needed to go on is written now and then, and read from if it is there; NULL: nowhere. It is removed
    // when training is done.
    const char *checkpoint;
    double checkpoint_seconds; // between two; 0: 60
} gd_words_opts;

// Trains with gd_threads() threads, which write without locks (Recht, Ré, Wright, Niu: Hogwild, 2011): with one thread
// the result is the same each time, bit by bit. Reports to gd_set_listener. GD_ERROR_ARGUMENT for options that make no
// sense, GD_ERROR_FORMAT where no word is frequent enough.
GD_API GD_MUST_USE gd_status gd_words_train(const gd_corpus *corpus, gd_words_opts opts, gd_words **out);
// Bytes that training takes beside the corpus: known before.
GD_API int64_t gd_words_memory(const gd_corpus *corpus, gd_words_opts opts);

// From vectors (count, size) and words, which are copied.
GD_API GD_MUST_USE gd_status gd_words_create(int64_t count, int64_t size, const char *const *word, const float *vector,
                                             gd_words **out);
GD_API void gd_words_free(gd_words *words); // NULL is fine
GD_API int64_t gd_words_count(const gd_words *words);
GD_API int64_t gd_words_size(const gd_words *words);
GD_API const char *gd_words_word(const gd_words *words, int64_t i);    // NULL: there is none
GD_API int64_t gd_words_find(const gd_words *words, const char *word); // -1: there is none
GD_API int64_t gd_words_frequency(const gd_words *words, int64_t i);   // how often it was seen; 0: not known
// The vector of a word, also of one that was never seen, where parts of words were learned. GD_ERROR_ARGUMENT: there is
// no such word.
GD_API GD_MUST_USE gd_status gd_words_vector(const gd_words *words, const char *word, float *vector);

// ---- Files

typedef enum gd_words_format {
    GD_WORDS_TEXT = 0,   // word2vec's: "count size", then a line a word
    GD_WORDS_BINARY,     // word2vec's, numbers as f32
    GD_WORDS_GLOVE,      // as TEXT, without the first line
    GD_WORDS_FASTTEXT,   // fastText's .bin, with the parts of words; outputs, which only training needs, are zeros
    GD_WORDS_NPY,        // a matrix in NumPy's form, and the words, one a line, in a file with .words in place of .npy
    GD_WORDS_SAFETENSORS // tensors `vectors` (count, size), `words` (bytes) and `offsets` of the words in them
} gd_words_format;
// Reads any of them, text also gzipped; which it is, the file says. word2vec's binary files are mapped: nothing is
// copied. A word that is there twice counts where it first stands. A count that is false, a file that is cut short, a
// number that is no number: GD_ERROR_FORMAT, with the line or word.
GD_API GD_MUST_USE gd_status gd_words_read(const char *path, gd_words **out);
// TEXT and BINARY byte by byte as gensim writes them.
GD_API GD_MUST_USE gd_status gd_words_write(const gd_words *words, const char *path, gd_words_format format);

// ---- Asking

// The `most` words nearest to each of `count` vectors (count, size), the nearest first; exact. `found` has room for
// (count, most). Many at a time take less each.
GD_API GD_MUST_USE gd_status gd_words_nearest(const gd_words *words, int64_t count, const float *vector, int most,
                                              gd_neighbour *found);
// What is to `c` as `b` is to `a`: the words nearest to b - a + c, each scaled to length 1 (3CosAdd; Mikolov, Yih,
// Zweig 2013), or greatest in cos(x, b) cos(x, c) / (cos(x, a) + 1e-6) with cosines moved to 0 … 1 (3CosMul; Levy,
// Goldberg 2014). a, b and c themselves are left out.
typedef enum gd_analogy_way { GD_ANALOGY_ADD = 0, GD_ANALOGY_MULTIPLY } gd_analogy_way;
GD_API GD_MUST_USE gd_status gd_words_analogy(const gd_words *words, const char *a, const char *b, const char *c,
                                              gd_analogy_way way, int most, gd_neighbour *found);

// ---- How good they are

// One section of a file of analogies.
typedef struct gd_analogy_section {
    char name[64];
    int64_t right, asked, unknown; // questions with a word that is not there are not asked
} gd_analogy_section;
typedef struct gd_analogy_opts {
    gd_analogy_way way;
    int64_t restrict_to; // the most frequent words, as word2vec's compute-accuracy; 0: 300,000, as gensim's
    bool keep_case;      // otherwise capitals and small letters are the same
} gd_analogy_opts;
// The accuracy on a file such as questions-words.txt: ": section" and four words a line. *sections, *count of them, is
// released with gd_analogy_sections_free; the last one is of all.
GD_API GD_MUST_USE gd_status gd_words_analogies(const gd_words *words, const char *path, gd_analogy_opts opts,
                                                gd_analogy_section **sections, int *count);
GD_API void gd_analogy_sections_free(gd_analogy_section *sections);

typedef struct gd_similarity {
    int64_t pairs, unknown;   // pairs in the file; those with a word that is not there, which are left out
    double spearman, pearson; // correlations; NAN for fewer than two pairs
} gd_similarity;
// How cosines go with what people say, by a file of "word word score" a line (tabs or blanks or commas).
GD_API GD_MUST_USE gd_status gd_words_similarities(const gd_words *words, const char *path, gd_similarity *result);

#ifdef __cplusplus
}
#endif
#endif
