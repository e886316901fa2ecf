// Tables of words that recipes choose from.
#ifndef GD_NN_CHOICE_H
#define GD_NN_CHOICE_H

#include <gradus/nn.h>

// The place of `word` in the table, or -1.
int gd__choice_find(const char *word, int count, const gd_choice *choice);
// Fails with "there is no <kind> '<word>'; did you mean '…'?", or with the whole list when no word is near.
gd_status gd__choice_unknown(const char *kind, const char *word, int count, const gd_choice *choice);

#endif
