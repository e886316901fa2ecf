// WAV files made for tests.
#ifndef GD_TESTS_SOUND_WAV_H
#define GD_TESTS_SOUND_WAV_H

#include <stddef.h>
#include <stdint.h>

typedef struct wav {
    int channels, rate, bits; // bits 32: floating point
    size_t bytes;             // of samples
    uint32_t claimed;         // bytes of samples by the header; 0: as many as there are
} wav;

// Writes the header and then the samples, which may be NULL; returns the bytes. `to` has room for them and 44 more.
size_t wav_write(const wav *form, const void *sample, unsigned char *to);

#endif
