// The bytes of a file of word vectors, and what reads each format.
#ifndef GD_WORDS_FILE_H
#define GD_WORDS_FILE_H

#include "words/vectors.h"

typedef struct gd__words_file {
    const char *path, *data;
    size_t size;
    bool mapped; // else it was inflated: gd__free
    bool kept;   // the vectors lie in it, and it belongs to them
} gd__words_file;

gd_status gd__words_file_open(const char *path, gd__words_file *file);
void gd__words_file_close(gd__words_file *file);

// Each fills `words`, which is empty and whose size is set where the format has a first line. `at`: where the first
// record begins.
gd_status gd__words_take_text(const gd__words_file *file, size_t at, int64_t count, gd_words *words);
gd_status gd__words_take_binary(gd__words_file *file, size_t at, int64_t count, gd_words *words);
gd_status gd__words_take_fasttext(const gd__words_file *file, gd_words *words);

// The list of words beside a matrix in a .npy file: "vectors.words" beside "vectors.npy". gd__free.
char *gd__words_list_name(const char *path);

// Adds word `i` of a file; one that was there before is left out: *added says so.
gd_status gd__words_add(const gd__words_file *file, gd_words *words, int64_t i, const char *word, size_t length,
                        bool *added);

#endif
