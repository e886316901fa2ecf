#include "data/csv_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"

enum { PIECE = 1 << 20 }; // what one thread reads at a time

// ---- The same file as before

gd__csv_stamp gd__csv_stamp_of(const char *path)
{
    struct stat information;
    if (strcmp(path, "-") == 0 || stat(path, &information) != 0 || !S_ISREG(information.st_mode))
        return (gd__csv_stamp){0};
    return (gd__csv_stamp){information.st_size, information.st_mtim.tv_sec, information.st_mtim.tv_nsec,
                           (int64_t)information.st_ino};
}

bool gd__csv_stamp_equal(const gd__csv_stamp *a, const gd__csv_stamp *b)
{
    return a->size == b->size && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds && a->inode == b->inode;
}

gd_status gd__csv_check_unchanged(const char *path, const gd__csv_stamp *stamp)
{
    const gd__csv_stamp now = gd__csv_stamp_of(path);
    if (gd__csv_stamp_equal(&now, stamp))
        return GD_OK;
    return gd__fail(GD_ERROR_IO, "%s: changed while it was read; read it again when it is complete", path);
}

// ---- Opening

// Finds out how characters are written, by a byte-order mark or the zeros between the letters of UTF-16, and passes
// over the mark.
static void find_encoding(gd__csv_text *text)
{
    const unsigned char *first = text->peeked;
    size_t mark = 0;
    text->unit_bytes = 1;
    if (text->peeked_count >= 3 && memcmp(first, "\xef\xbb\xbf", 3) == 0) {
        mark = 3;
    } else if (text->peeked_count >= 2) {
        const bool has_mark = (first[0] == 0xff && first[1] == 0xfe) || (first[0] == 0xfe && first[1] == 0xff);
        if (has_mark || (first[0] == 0) != (first[1] == 0)) {
            text->unit_bytes = 2;
            text->big_endian = has_mark ? first[0] == 0xfe : first[0] == 0;
            mark = has_mark ? 2 : 0;
        }
    }
    text->at = (int64_t)mark;
    text->peeked_count -= mark;
    memmove(text->peeked, text->peeked + mark, text->peeked_count);
}

// A plain file is read through a descriptor of its own, without copies.
static gd_status open_plain(gd__csv_text *text)
{
    text->descriptor = open(text->path, O_RDONLY | O_CLOEXEC);
    if (text->descriptor < 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", text->name, strerror(errno));
    gd__byte_stream_close(text->source);
    text->source = NULL;
    return GD_OK;
}

gd_status gd__csv_text_open(gd__csv_text *text, const char *path)
{
    const bool is_input = strcmp(path, "-") == 0;
    *text = (gd__csv_text){.path = path, .name = is_input ? "standard input" : path, .descriptor = -1};
    text->stamp = gd__csv_stamp_of(path);
    gd_status status =
        is_input ? gd__byte_stream_open_input(text->name, &text->source) : gd__byte_stream_open(path, &text->source);
    if (status == GD_OK)
        status = gd__byte_stream_read(text->source, text->peeked, sizeof text->peeked, &text->peeked_count);
    if (status != GD_OK)
        return status;
    find_encoding(text);
    const bool is_plain = text->stamp.size > 0 && !gd__byte_stream_is_gzip(text->source) && text->unit_bytes == 1;
    return is_plain ? open_plain(text) : GD_OK;
}

void gd__csv_text_close(gd__csv_text *text)
{
    gd__byte_stream_close(text->source);
    if (text->descriptor >= 0)
        close(text->descriptor);
    *text = (gd__csv_text){.descriptor = -1};
}

// ---- Plain files

typedef struct plain_read {
    int descriptor;
    int64_t at; // in the file, of the first byte
    char *to;
    size_t size;
    atomic_int reason; // an errno; -1: the file ends too early
} plain_read;

static void read_pieces(void *context, int64_t begin, int64_t end)
{
    plain_read *job = context;
    const size_t from = (size_t)begin * PIECE, all = (size_t)end * PIECE, stop = all < job->size ? all : job->size;
    const int reason = gd__read_at(job->descriptor, job->to + from, stop - from, job->at + (int64_t)from);
    if (reason != 0)
        atomic_store(&job->reason, reason);
}

static gd_status read_plain(gd__csv_text *text, char *to, size_t size, size_t *got)
{
    const int64_t left = text->stamp.size > text->at ? text->stamp.size - text->at : 0;
    plain_read job = {.descriptor = text->descriptor, .at = text->at, .to = to};
    job.size = (int64_t)size < left ? size : (size_t)left;
    gd__parallel((int64_t)((job.size + PIECE - 1) / PIECE), 1, read_pieces, &job);
    const int reason = atomic_load(&job.reason);
    if (reason > 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", text->name, strerror(reason));
    if (reason < 0)
        return gd__fail(GD_ERROR_IO, "%s: became shorter while it was read; read it again when it is complete",
                        text->name);
    text->at += (int64_t)job.size;
    *got = job.size;
    return GD_OK;
}

// ---- Everything else

static gd_status read_stream(gd__csv_text *text, void *to, size_t size, size_t *got)
{
    const size_t first = text->peeked_count < size ? text->peeked_count : size;
    memcpy(to, text->peeked, first);
    text->peeked_count -= first;
    memmove(text->peeked, text->peeked + first, text->peeked_count);
    const gd_status status = gd__byte_stream_read(text->source, (char *)to + first, size - first, got);
    *got += first;
    return status;
}

static uint32_t unit_at(const gd__csv_text *text, const unsigned char *at)
{
    return text->big_endian ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static size_t put_utf8(uint32_t character, char *to)
{
    if (character < 0x80) {
        to[0] = (char)character;
        return 1;
    }
    const size_t more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(first[more] | character >> 6 * more);
    for (size_t i = 1; i <= more; i++)
        to[i] = (char)(0x80 | (character >> 6 * (more - i) & 0x3f));
    return more + 1;
}

// Units from `raw`; *used says how many bytes of it were taken: a pair that is cut in the middle is left.
static bool convert(const gd__csv_text *text, const unsigned char *raw, size_t size, char *to, size_t *used,
                    size_t *written)
{
    size_t at = 0;
    *written = 0;
    for (; at + 2 <= size; at += 2) {
        uint32_t character = unit_at(text, raw + at);
        if (character >= 0xdc00 && character < 0xe000)
            return false; // the second of a pair without its first
        if (character >= 0xd800 && character < 0xdc00) {
            if (at + 4 > size)
                break;
            const uint32_t second = unit_at(text, raw + at + 2);
            if (second < 0xdc00 || second >= 0xe000)
                return false;
            character = 0x10000 + ((character - 0xd800) << 10) + (second - 0xdc00);
            at += 2;
        }
        *written += put_utf8(character, to + *written);
    }
    *used = at;
    return true;
}

static gd_status read_utf16(gd__csv_text *text, char *to, size_t size, size_t *got)
{
    unsigned char raw[1 << 12];
    *got = 0;
    // A unit of two bytes becomes three bytes at most.
    while (size - *got >= 2 * 3) {
        size_t wanted = (size - *got) / 3 * 2, ready, used, written;
        wanted = wanted < sizeof raw ? wanted : sizeof raw;
        gd_status status = read_stream(text, raw, wanted, &ready);
        if (status != GD_OK)
            return status;
        if (ready == 0)
            break;
        if (!convert(text, raw, ready, to + *got, &used, &written) || (used == 0 && ready < 4))
            return gd__fail(GD_ERROR_FORMAT, "%s: is not valid UTF-16", text->name);
        *got += written;
        text->peeked_count = ready - used; // at most three bytes
        memcpy(text->peeked, raw + used, text->peeked_count);
    }
    return GD_OK;
}

gd_status gd__csv_text_read(gd__csv_text *text, char *to, size_t size, size_t *got)
{
    *got = 0;
    if (text->descriptor >= 0)
        return read_plain(text, to, size, got);
    if (text->unit_bytes == 2)
        return read_utf16(text, to, size, got);
    return read_stream(text, to, size, got);
}
