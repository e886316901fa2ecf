// Text for people: numbers as they read them, and what a mistyped word may have meant.
#ifndef GRADUS_TEXT_H
#define GRADUS_TEXT_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// A number as text, returned by value so that it can stand among printf's arguments: gd_count_text(n).text.
typedef struct gd_number_text {
    char text[48];
} gd_number_text;

GD_API gd_number_text gd_count_text(int64_t count);                      // 1,234,567
GD_API gd_number_text gd_rate_text(double rate);                         // 8.25, and 1,235
GD_API gd_number_text gd_prefixed_text(double number, const char *unit); // 43 FLOP, 1.20 GFLOP; without a unit 1.20 G
GD_API gd_number_text gd_bytes_text(double bytes);                       // 3.00 MiB
GD_API gd_number_text gd_duration_text(double seconds);                  // 12.5 ms, 3.2 s, 1 min 15 s, 2 h 01 min

// The one of the words that is nearest to this one, or NULL when all are far from it: a word that begins with it, or
// one of few letters added, dropped, changed or swapped (Damerau 1964, Levenshtein 1966).
GD_API const char *gd_nearest_word(const char *word, int count, const char *const *words);

#ifdef __cplusplus
}
#endif
#endif
