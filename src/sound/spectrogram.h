// Spectrograms of sounds: how loud which pitches are, frame by frame.
#ifndef GD_SOUND_SPECTROGRAM_H
#define GD_SOUND_SPECTROGRAM_H

#include <gradus/base.h>

typedef struct gd__mel_opts {
    int64_t rate;     // samples a second
    int64_t fft;      // samples that are transformed at a time, even
    int64_t window;   // of these, as many are looked at, through a Hann window in the middle
    int64_t hop;      // samples from one frame to the next
    int64_t bands;    // along the mel scale
    double low, high; // pitches in Hz; high 0: half of the rate
    bool slaney;      // the mel scale of Slaney's toolbox, else that of HTK
    bool equal_area;  // bands of equal area (Slaney's), else of equal height
    double floor;     // the least power whose logarithm is taken; 0: the power itself, without a logarithm
} gd__mel_opts;

// 1 + count / hop: frame t has its middle at sample t hop. Before its beginning and behind its end the sound is
// mirrored.
int64_t gd__mel_frames(const gd__mel_opts *opts, int64_t count);
// GD_ERROR_ARGUMENT with what does not fit.
gd_status gd__mel_check(const gd__mel_opts *opts);
// Natural logarithms of the power in each band, (frames, bands), as torchaudio's MelSpectrogram has the power:
//     log max(floor, sum over k of w[b, k] |sum over n of hann[n] x[t hop + n - fft / 2] e^(-2 pi i k n / fft)|^2)
// with triangles w of the mel scale. GD_ERROR_UNSUPPORTED: Gradus was built without kissfft.
gd_status gd__mel_spectrogram(const gd__mel_opts *opts, const float *sample, int64_t count, float *out);

#endif
