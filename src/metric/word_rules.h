// What scores of texts take for words.
#ifndef GD_METRIC_WORD_RULES_H
#define GD_METRIC_WORD_RULES_H

#include <gradus/text_scores.h>

#include "metric/code_points.h"

// Adds the text as words with white space between them; false when memory is short.
bool gd__split_words(const char *text, gd_word_rule rule, gd__codes *out);

#endif
