#include "sound/wav.h"

#include <string.h>

static unsigned char *put(unsigned char *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *to++ = (unsigned char)(value >> (8 * i));
    return to;
}

size_t wav_write(const wav *form, const void *sample, unsigned char *to)
{
    const uint32_t claimed = form->claimed != 0 ? form->claimed : (uint32_t)form->bytes;
    const uint32_t frame = (uint32_t)(form->channels * form->bits / 8);
    unsigned char *at = to;
    memcpy(at, "RIFF", 4);
    at = put(at + 4, 36 + claimed, 4);
    memcpy(at, "WAVEfmt ", 8);
    at = put(at + 8, 16, 4);
    at = put(at, form->bits == 32 ? 3 : 1, 2);
    at = put(at, (uint32_t)form->channels, 2);
    at = put(at, (uint32_t)form->rate, 4);
    at = put(at, (uint32_t)form->rate * frame, 4);
    at = put(at, frame, 2);
    at = put(at, (uint32_t)form->bits, 2);
    memcpy(at, "data", 4);
    at = put(at + 4, claimed, 4);
    if (sample != NULL)
        memcpy(at, sample, form->bytes);
    return (size_t)(at - to) + form->bytes;
}
