// What the ways of decoding share.
#ifndef GD_DECODE_DECODE_H
#define GD_DECODE_DECODE_H

#include <gradus/decode.h>

// Log-probabilities of logits (T, C), which the caller frees; the blank counted from 0. `what` is for messages.
gd_status gd__frames_of(const char *what, const gd_array *logits, int64_t *blank, double **log_probability);

// log(exp a + exp b)
double gd__log_add(double a, double b);

// The order of sequences symbol by symbol, a beginning before what goes on: below 0, 0 or above 0.
int gd__compare_symbols(const int32_t *a, int64_t a_length, const int32_t *b, int64_t b_length);

// Room for `count` decodings without symbols.
gd_status gd__decodings_make(int count, gd_decodings *out);
// Gives a decoding room for `length` symbols.
gd_status gd__decoding_make(int64_t length, gd_decoding *out);

#endif
