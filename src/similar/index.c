// The file of an index, all numbers with the lowest byte first:
//
//     0     "GDINDEX1"
//     8     dimension (8 bytes)
//     16    where the last whole segment ends (8 bytes)
//     24    length of `about` (8 bytes), and its bytes
//     4096  segments: count, bytes of names (8 bytes each) │ names, each with a zero behind it │ zeros up to a multiple
//           of 64 │ vectors (count, dimension) of f32
//
// A segment is written and synced before the header says that it is there, so what was cut off on the way is not seen,
// and the next one is written over it.
#include "similar/index.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"

enum { SEGMENTS_AT = 4096, ABOUT_AT = 32, MOST_ABOUT = 4000, MOST_DIMENSION = 65536, ALIGNMENT = 64, HEAD = 16 };
static const char magic[] = "GDINDEX1";

static uint64_t read_number(const unsigned char *at)
{
    uint64_t number = 0;
    for (int i = 7; i >= 0; i--)
        number = number << 8 | at[i];
    return number;
}

static void write_number(unsigned char *at, uint64_t number)
{
    for (int i = 0; i < 8; i++, number >>= 8)
        at[i] = (unsigned char)(number & 0xff);
}

static bool little_endian(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

// ---- Reading

// Notes where the names of a segment begin, the first one at `at`. False: they are not that many texts.
static bool note_names(gd_index *index, int64_t count, uint64_t at, uint64_t bytes)
{
    const uint64_t end = at + bytes;
    for (int64_t i = 0; i < count; i++) {
        const unsigned char *zero = memchr(index->map + at, '\0', (size_t)(end - at));
        if (zero == NULL)
            return false;
        index->name[index->count + i] = at;
        at = (uint64_t)(zero - index->map) + 1;
    }
    return at == end;
}

static gd_status cut_short(const gd_index *index)
{
    return gd__fail(GD_ERROR_FORMAT, "%s: this index is damaged: what its header says does not fit its size",
                    index->path);
}

// Takes the segment at index->end in, which ends at `limit` at the latest.
static gd_status take_segment(gd_index *index, uint64_t limit)
{
    const uint64_t at = index->end;
    if (limit - at < HEAD)
        return cut_short(index);
    const uint64_t count = read_number(index->map + at), bytes = read_number(index->map + at + 8);
    const uint64_t vector = (uint64_t)index->dimension * sizeof(float);
    // Each name takes a byte at least.
    if (count == 0 || bytes < count || bytes > limit - at - HEAD)
        return cut_short(index);
    const uint64_t names_end = at + HEAD + bytes, vectors = (names_end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (vectors > limit || count > (limit - vectors) / vector)
        return cut_short(index);
    gd__index_segment *segments = gd__realloc(index->segment, (size_t)index->segment_count + 1, sizeof *index->segment);
    if (segments == NULL)
        return gd__fail_memory("an index");
    index->segment = segments;
    uint64_t *names = gd__realloc(index->name, (size_t)index->count + (size_t)count, sizeof *index->name);
    if (names == NULL)
        return gd__fail_memory("the names of an index");
    index->name = names;
    if (!note_names(index, (int64_t)count, at + HEAD, bytes))
        return cut_short(index);
    segments[index->segment_count] =
        (gd__index_segment){.first = index->count, .count = (int64_t)count, .vectors = vectors};
    index->segment_count++;
    index->count += (int64_t)count;
    index->end = vectors + count * vector;
    return GD_OK;
}

static void unmap(gd_index *index)
{
    if (index->map != NULL)
        munmap((void *)(uintptr_t)index->map, index->map_size);
    index->map = NULL;
}

// Maps the file as it is now; on failure what was mapped before stays.
static gd_status map_file(gd_index *index)
{
    struct stat information;
    if (fstat(index->file, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", index->path, strerror(errno));
    if (!S_ISREG(information.st_mode) || information.st_size < SEGMENTS_AT)
        return gd__fail(GD_ERROR_FORMAT, "%s: no index: it is too short, or no file", index->path);
    void *memory = mmap(NULL, (size_t)information.st_size, PROT_READ, MAP_SHARED, index->file, 0);
    if (memory == MAP_FAILED)
        return gd__fail(GD_ERROR_IO, "%s: cannot be mapped: %s", index->path, strerror(errno));
    unmap(index);
    index->map = memory;
    index->map_size = (size_t)information.st_size;
    return GD_OK;
}

// Takes in the segments behind index->end.
static gd_status take_segments(gd_index *index)
{
    const uint64_t end = read_number(index->map + 16);
    if (end < index->end || end > index->map_size)
        return cut_short(index);
    gd_status status = GD_OK;
    while (status == GD_OK && index->end < end)
        status = take_segment(index, end);
    return status;
}

static gd_status read_header(gd_index *index)
{
    if (memcmp(index->map, magic, strlen(magic)) != 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: no index of Gradus", index->path);
    const uint64_t dimension = read_number(index->map + 8), about = read_number(index->map + 24);
    if (dimension == 0 || dimension > MOST_DIMENSION || about > MOST_ABOUT)
        return cut_short(index);
    index->dimension = (int64_t)dimension;
    memcpy(index->about, index->map + ABOUT_AT, about);
    index->about[about] = '\0';
    index->end = SEGMENTS_AT;
    return GD_OK;
}

gd_status gd_index_open(const char *path, gd_index_use use, gd_index **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (!little_endian())
        return gd__fail(GD_ERROR_UNSUPPORTED, "indices are for machines that store the lowest byte first");
    gd_index *index = gd__alloc_zeroed(1, sizeof *index);
    if (index == NULL)
        return gd__fail_memory("an index");
    index->grows = use == GD_INDEX_GROW;
    index->path = gd__copy_text(path);
    index->file = open(path, (index->grows ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    gd_status status = GD_OK;
    if (index->path == NULL)
        status = gd__fail_memory("an index");
    else if (index->file < 0)
        status = gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    else if (index->grows && flock(index->file, LOCK_EX | LOCK_NB) != 0)
        status = gd__fail(GD_ERROR_IO, "%s: another process is adding to it", path);
    else
        status = map_file(index);
    if (status == GD_OK)
        status = read_header(index);
    if (status == GD_OK)
        status = take_segments(index);
    if (status == GD_OK)
        *out = index;
    else
        gd_index_free(index);
    return status;
}

void gd_index_free(gd_index *index)
{
    if (index == NULL)
        return;
    unmap(index);
    gd__free(index->segment);
    gd__free(index->name);
    if (index->file >= 0)
        close(index->file);
    gd__free(index->path);
    gd__free(index);
}

int64_t gd_index_count(const gd_index *index)
{
    GD__NEEDS(index, 0);
    return index->count;
}

int64_t gd_index_dimension(const gd_index *index)
{
    GD__NEEDS(index, 0);
    return index->dimension;
}

const char *gd_index_about(const gd_index *index)
{
    GD__NEEDS(index, NULL);
    return index->about;
}

const char *gd_index_name(const gd_index *index, int64_t i)
{
    GD__NEEDS(index, NULL);
    return i >= 0 && i < index->count ? (const char *)index->map + index->name[i] : NULL;
}

// ---- Writing

gd_status gd_index_create(const char *path, gd_index_opts opts, gd_index **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (opts.dimension < 1 || opts.dimension > MOST_DIMENSION)
        return gd__fail(GD_ERROR_ARGUMENT, "an index of vectors of %lld numbers; 1 to %d are possible",
                        (long long)opts.dimension, MOST_DIMENSION);
    const size_t about = opts.about == NULL ? 0 : strlen(opts.about);
    if (about > MOST_ABOUT)
        return gd__fail(GD_ERROR_ARGUMENT, "what an index is about takes %zu bytes; at most %d are possible", about,
                        MOST_ABOUT);
    unsigned char head[SEGMENTS_AT] = {0};
    memcpy(head, magic, strlen(magic));
    write_number(head + 8, (uint64_t)opts.dimension);
    write_number(head + 16, SEGMENTS_AT);
    write_number(head + 24, about);
    if (about > 0)
        memcpy(head + ABOUT_AT, opts.about, about);
    const gd_status status = gd__file_write(path, head, sizeof head);
    return status == GD_OK ? gd_index_open(path, GD_INDEX_GROW, out) : status;
}

static gd_status write_all(const gd_index *index, const void *data, size_t size, uint64_t at)
{
    const int reason = gd__write_at(index->file, data, size, (int64_t)at);
    return reason == 0 ? GD_OK : gd__fail(GD_ERROR_IO, "%s: cannot be written: %s", index->path, strerror(reason));
}

static gd_status sync_file(const gd_index *index)
{
    return fsync(index->file) == 0 ? GD_OK
                                   : gd__fail(GD_ERROR_IO, "%s: cannot be written: %s", index->path, strerror(errno));
}

bool gd__index_scale(float *to, const float *from, int64_t dimension)
{
    double sum = 0;
    for (int64_t i = 0; i < dimension; i++)
        sum += (double)from[i] * (double)from[i];
    const double length = sqrt(sum);
    if (!isfinite(length) || length == 0)
        return false;
    for (int64_t i = 0; i < dimension; i++)
        to[i] = (float)((double)from[i] / length);
    return true;
}

// Writes the vectors, scaled, a few at a time from byte `at` on.
static gd_status write_vectors(const gd_index *index, int64_t count, const float *vector, const char *const *name,
                               uint64_t at)
{
    enum { AT_ONCE = 256 };
    const int64_t n = index->dimension;
    float *scaled = gd__alloc(AT_ONCE * (size_t)n * sizeof *scaled);
    gd_status status = scaled == NULL ? gd__fail_memory("vectors of an index") : GD_OK;
    for (int64_t first = 0; first < count && status == GD_OK; first += AT_ONCE) {
        const int64_t some = count - first < AT_ONCE ? count - first : AT_ONCE;
        status = gd__progress("adding to an index", first, count);
        for (int64_t i = 0; i < some && status == GD_OK; i++)
            if (!gd__index_scale(scaled + i * n, vector + (first + i) * n, n))
                status =
                    gd__fail(GD_ERROR_ARGUMENT, "the vector of '%s' is zero or not finite: nothing is similar to it",
                             name[first + i]);
        if (status == GD_OK)
            status = write_all(index, scaled, (size_t)(some * n) * sizeof *scaled,
                               at + (uint64_t)(first * n) * sizeof *scaled);
    }
    gd__free(scaled);
    return status;
}

// The head of a segment and its names, up to where the vectors begin.
static gd_status write_names(const gd_index *index, int64_t count, const char *const *name, uint64_t *vectors_at)
{
    gd__text text = {0};
    unsigned char head[HEAD] = {0};
    gd__text_add_bytes(&text, (const char *)head, HEAD);
    for (int64_t i = 0; i < count; i++)
        gd__text_add_bytes(&text, name[i], strlen(name[i]) + 1);
    if (text.failed)
        return gd__fail_memory("the names of an index");
    write_number((unsigned char *)text.data, (uint64_t)count);
    write_number((unsigned char *)text.data + 8, text.length - HEAD);
    static const char zeros[ALIGNMENT];
    const uint64_t names_end = index->end + text.length;
    *vectors_at = (names_end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    gd__text_add_bytes(&text, zeros, (size_t)(*vectors_at - names_end));
    const gd_status status =
        text.failed ? gd__fail_memory("the names of an index") : write_all(index, text.data, text.length, index->end);
    gd__text_free(&text);
    return status;
}

static gd_status check_new(const gd_index *index, int64_t count, const char *const *name)
{
    if (!index->grows)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: was opened for reading; GD_INDEX_GROW opens it for adding",
                        index->path);
    if (count < 0 || count > INT64_MAX / (int64_t)sizeof(float) / index->dimension)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld vectors of %lld numbers cannot be added to an index", (long long)count,
                        (long long)index->dimension);
    for (int64_t i = 0; i < count; i++)
        GD__NEEDS(name[i], GD_ERROR_ARGUMENT);
    return GD_OK;
}

gd_status gd_index_add(gd_index *index, int64_t count, const float *vector, const char *const *name)
{
    GD__NEEDS(index, GD_ERROR_ARGUMENT);
    if (count == 0)
        return GD_OK;
    GD__NEEDS(vector, GD_ERROR_ARGUMENT);
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    uint64_t vectors_at = 0;
    gd_status status = check_new(index, count, name);
    if (status == GD_OK)
        status = write_names(index, count, name, &vectors_at);
    if (status == GD_OK)
        status = write_vectors(index, count, vector, name, vectors_at);
    if (status == GD_OK)
        status = sync_file(index);
    if (status != GD_OK)
        return status;
    unsigned char end[8];
    write_number(end, vectors_at + (uint64_t)(count * index->dimension) * sizeof *vector);
    status = write_all(index, end, sizeof end, 16);
    if (status == GD_OK)
        status = sync_file(index);
    if (status == GD_OK)
        status = map_file(index);
    return status == GD_OK ? take_segments(index) : status;
}
