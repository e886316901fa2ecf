// Sounds: from the bytes of a WAV or FLAC file to one row of numbers at the rate that is wanted.
#ifndef GD_SOUND_SOUND_H
#define GD_SOUND_SOUND_H

#include <gradus/base.h>

// Samples from -1 to 1, all channels as their mean.
typedef struct gd__sound {
    int64_t count;
    int rate;      // samples a second
    float *sample; // (count); free with gd__sound_free
} gd__sound;

// What is beyond these is refused while it is read, whatever a header says.
enum { GD__SOUND_SAMPLES = 1 << 28, GD__SOUND_CHANNELS = 64, GD__SOUND_RATE = 768000 };

// Decodes a file that lies in memory: whatever libsndfile knows by itself, WAV, FLAC, AIFF, Ogg and others. `rate`:
// what it is resampled to; 0: as it is. `name` names it in errors. GD_ERROR_FORMAT: no sound, damaged, without samples,
// or too long, and samples that are no numbers, of which the first is named; a WAV file that ends too early gives what
// there is. GD_ERROR_UNSUPPORTED: Gradus was built without libsndfile, or without libsamplerate, and `rate` is another
// one than the file's.
gd_status gd__sound_decode(const char *name, const void *data, size_t size, int rate, gd__sound *out);
// The same of a file, of which only a piece is in memory at a time.
gd_status gd__sound_read(const char *path, int rate, gd__sound *out);
void gd__sound_free(gd__sound *sound); // an empty one is fine

// `count` samples, `ratio` times as many, rounded: a sound at a higher rate or, at the same rate, slower and deeper. By
// libsamplerate's windowed sinc, `best` of its middle quality, else of its fastest. *out is for gd__free.
gd_status gd__sound_resample(const float *sample, int64_t count, double ratio, bool best, int64_t *out_count,
                             float **out);

#endif
