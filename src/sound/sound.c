// Reading sounds by libsndfile. No header is believed: memory grows with what is really there.
#include "sound/sound.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void gd__sound_free(gd__sound *sound)
{
    gd__free(sound->sample);
    *sound = (gd__sound){0};
}

#if GD_HAVE_SNDFILE
#include <sndfile.h>

enum { CHUNK = 1 << 15 }; // numbers of all channels that are read at a time

// ---- A file in memory

typedef struct {
    const unsigned char *data;
    sf_count_t size, at;
} memory_file;

static sf_count_t length_of(void *context)
{
    return ((memory_file *)context)->size;
}

static sf_count_t seek_to(sf_count_t offset, int whence, void *context)
{
    memory_file *file = context;
    const sf_count_t from = whence == SEEK_CUR ? file->at : whence == SEEK_END ? file->size : 0;
    if (offset > file->size - from || offset < -from)
        return -1;
    file->at = from + offset;
    return file->at;
}

static sf_count_t read_from(void *to, sf_count_t count, void *context)
{
    memory_file *file = context;
    const sf_count_t left = file->size - file->at, taken = count < left ? count : left;
    if (taken <= 0)
        return 0;
    memcpy(to, file->data + file->at, (size_t)taken);
    file->at += taken;
    return taken;
}

static sf_count_t place_in(void *context)
{
    return ((memory_file *)context)->at;
}

// ---- Samples

// Adds the means of `frames` frames.
static gd_status add_frames(const char *name, const float *chunk, int64_t frames, int channels, gd__sound *out,
                            int64_t *room)
{
    while (out->count + frames > *room) {
        *room = *room == 0 ? CHUNK : 2 * *room;
        float *larger = gd__realloc(out->sample, (size_t)*room, sizeof *larger);
        if (larger == NULL)
            return gd__fail_memory(name);
        out->sample = larger;
    }
    for (int64_t i = 0; i < frames; i++) {
        double sum = 0;
        for (int c = 0; c < channels; c++)
            sum += (double)chunk[i * channels + c];
        if (!isfinite(sum))
            return gd__fail(GD_ERROR_FORMAT, "%s: sample %lld is no number", name, (long long)(out->count + i));
        out->sample[out->count + i] = (float)(sum / channels);
    }
    out->count += frames;
    return GD_OK;
}

static gd_status read_frames(const char *name, SNDFILE *file, int channels, gd__sound *out)
{
    const int64_t most = CHUNK / channels;
    int64_t room = 0;
    float *chunk = gd__alloc((size_t)(most * channels) * sizeof *chunk);
    gd_status status = chunk == NULL ? gd__fail_memory(name) : GD_OK;
    while (status == GD_OK) {
        const sf_count_t got = sf_readf_float(file, chunk, most);
        if (got <= 0)
            break;
        if (out->count + got > GD__SOUND_SAMPLES)
            status = gd__fail(GD_ERROR_FORMAT, "%s: has more than %d samples", name, GD__SOUND_SAMPLES);
        else
            status = add_frames(name, chunk, got, channels, out, &room);
    }
    gd__free(chunk);
    if (status == GD_OK && sf_error(file) != SF_ERR_NO_ERROR)
        return gd__fail(GD_ERROR_FORMAT, "%s: damaged behind sample %lld: %s", name, (long long)out->count,
                        sf_strerror(file));
    if (status == GD_OK && out->count == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: has no samples", name);
    return status;
}

static gd_status bring_to_rate(const char *name, int rate, gd__sound *sound)
{
    if (rate == 0 || rate == sound->rate)
        return GD_OK;
    float *resampled;
    int64_t count;
    gd_status status =
        gd__sound_resample(sound->sample, sound->count, (double)rate / sound->rate, true, &count, &resampled);
    if (status != GD_OK)
        return gd__fail_in(status, "%s, of %d samples a second", name, sound->rate);
    gd__free(sound->sample);
    *sound = (gd__sound){.count = count, .rate = rate, .sample = resampled};
    return count > 0 ? GD_OK : gd__fail(GD_ERROR_FORMAT, "%s: has no samples at %d a second", name, rate);
}

static gd_status take(const char *name, SNDFILE *file, const SF_INFO *info, int rate, gd__sound *out)
{
    if (file == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: no sound that can be read: %s", name, sf_strerror(NULL));
    gd_status status = GD_OK;
    if (info->channels < 1 || info->channels > GD__SOUND_CHANNELS || info->samplerate < 1 ||
        info->samplerate > GD__SOUND_RATE)
        status = gd__fail(GD_ERROR_FORMAT, "%s: %d channels of %d samples a second; at most %d of %d are read", name,
                          info->channels, info->samplerate, GD__SOUND_CHANNELS, GD__SOUND_RATE);
    out->rate = info->samplerate;
    if (status == GD_OK)
        status = read_frames(name, file, info->channels, out);
    if (status == GD_OK)
        status = bring_to_rate(name, rate, out);
    sf_close(file);
    if (status != GD_OK)
        gd__sound_free(out);
    return status;
}

gd_status gd__sound_decode(const char *name, const void *data, size_t size, int rate, gd__sound *out)
{
    *out = (gd__sound){0};
    memory_file memory = {.data = data, .size = (sf_count_t)size};
    SF_VIRTUAL_IO access = {.get_filelen = length_of, .seek = seek_to, .read = read_from, .tell = place_in};
    SF_INFO info = {0};
    SNDFILE *file = sf_open_virtual(&access, SFM_READ, &info, &memory);
    return take(name, file, &info, rate, out);
}

gd_status gd__sound_read(const char *path, int rate, gd__sound *out)
{
    *out = (gd__sound){0};
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    return take(path, file, &info, rate, out);
}
#else
gd_status gd__sound_decode(const char *name, const void *data, size_t size, int rate, gd__sound *out)
{
    (void)data, (void)size;
    return gd__sound_read(name, rate, out);
}

gd_status gd__sound_read(const char *path, int rate, gd__sound *out)
{
    (void)rate;
    *out = (gd__sound){0};
    return gd__fail(GD_ERROR_UNSUPPORTED, "%s: sounds cannot be read: Gradus was built without libsndfile", path);
}
#endif
