// All pictures of a list, decoded in portions by all threads, into a file of the cache or into memory. The file, in the
// byte order of the machine:
//
//     "GDPIXELS", hash of what was asked, count of bytes, a sum over them │ planes from byte 4096 on
#include "data/picture_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/random.h"
#include "io/tar.h"

enum { PORTION = 512, PIXELS_AT = 4096, PORTION_BYTES = 1 << 28 };

typedef struct header {
    char mark[8];
    uint64_t key, bytes, sum;
} header;
static const char mark[] = "GDPIXELS";

// ---- The cache's file

// A text of all that the pixels depend on.
static char *key_text(const gd__picture_list *list, const gd_picture_opts *opts, gd__picture_size size)
{
    gd__text text = {0};
    gd__text_add(&text, "1 %d %d %d %d %d %d\n", size.height, size.width, size.channels, opts->height, opts->stretch,
                 opts->bicubic);
    for (int64_t i = 0; i < list->count; i++) {
        const gd__picture_entry *entry = &list->entry[i];
        gd__text_add(&text, "%lld %lld %lld %s%s%s\n", (long long)entry->offset, (long long)entry->size,
                     (long long)entry->changed, entry->archive < 0 ? "" : list->archive[entry->archive],
                     entry->archive < 0 ? "" : ":", entry->name);
    }
    return gd__text_take(&text);
}

// FNV-1a over words and from another start, so that two keys would have to agree twice.
static uint64_t sum_bytes(uint64_t sum, const unsigned char *data, size_t size)
{
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    for (; size > 0; data++, size--)
        sum = (sum ^ *data) * 0x9e3779b97f4a7c15u;
    return sum;
}

static char *path_in_cache(uint64_t key)
{
    char *directory = gd__cache_directory("pictures");
    if (directory == NULL)
        return NULL;
    gd__text text = {0};
    gd__text_add(&text, "%s/%016llx.pixels", directory, (unsigned long long)key);
    gd__free(directory);
    return gd__text_take(&text);
}

// Maps the file if it is whole and what is wanted.
static bool map_file(const char *path, uint64_t key, size_t bytes, gd__picture_store *store)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat information;
    if (file < 0)
        return false;
    void *map = MAP_FAILED;
    if (fstat(file, &information) == 0 && S_ISREG(information.st_mode) &&
        (uint64_t)information.st_size == PIXELS_AT + (uint64_t)bytes)
        map = mmap(NULL, PIXELS_AT + bytes, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (map == MAP_FAILED)
        return false;
    header head;
    memcpy(&head, map, sizeof head);
    if (memcmp(head.mark, mark, sizeof head.mark) != 0 || head.key != key || head.bytes != bytes ||
        head.sum != sum_bytes(key, (unsigned char *)map + PIXELS_AT, bytes)) {
        munmap(map, PIXELS_AT + bytes);
        return false;
    }
    *store = (gd__picture_store){(unsigned char *)map + PIXELS_AT, PIXELS_AT + bytes, map};
    return true;
}

void gd__picture_store_free(gd__picture_store *store)
{
    if (store->mapped > 0)
        munmap(store->map, store->mapped);
    else
        gd__free(store->planes);
    *store = (gd__picture_store){0};
}

// ---- Decoding a portion

typedef struct portion {
    const gd__picture_list *list;
    const gd_picture_opts *opts;
    gd__picture_size size;
    int64_t first, count;
    unsigned char *data[PORTION]; // bytes of each that lies in a gzipped archive
    size_t one;                   // bytes of the planes of one picture
    unsigned char *planes;
    char **fault; // of the whole list
} portion;

static gd_status decode_one(const portion *p, int64_t i, unsigned char *planes)
{
    const gd__picture_entry *entry = &p->list->entry[p->first + i];
    unsigned char *own = NULL;
    const unsigned char *data = p->data[i];
    gd_status status = GD_OK;
    if (data == NULL) {
        status = gd__picture_bytes(p->list, entry, &own);
        data = own;
    }
    if (status == GD_OK)
        status = gd__picture_planes(entry->name, data, (size_t)entry->size, p->opts, p->size, planes);
    gd__free(own);
    return status;
}

static void decode_range(void *context, int64_t begin, int64_t end)
{
    portion *p = context;
    for (int64_t i = begin; i < end; i++) {
        unsigned char *planes = p->planes + (size_t)i * p->one;
        if (decode_one(p, i, planes) == GD_OK)
            continue;
        memset(planes, 0, p->one);
        p->fault[p->first + i] = gd__copy_text(gd_last_error());
    }
}

// Reads the members of a gzipped archive that belong to the portion, which are the next ones in it.
static gd_status read_members(portion *p, gd__tar **tar, int *open_archive)
{
    for (int64_t i = 0; i < p->count; i++) {
        const gd__picture_entry *entry = &p->list->entry[p->first + i];
        if (entry->archive < 0 || !p->list->is_gzip[entry->archive])
            continue;
        if (*open_archive != entry->archive) {
            gd__tar_close(*tar);
            *tar = NULL;
            *open_archive = entry->archive;
            const gd_status status = gd__tar_open(p->list->archive[entry->archive], tar);
            if (status != GD_OK)
                return status;
        }
        gd__tar_file file;
        do {
            const gd_status status = gd__tar_next(*tar, &file);
            if (status != GD_OK)
                return status;
        } while (file.name != NULL && file.offset != entry->offset);
        if (file.name == NULL || file.size != entry->size || file.size > GD__PICTURE_BYTES)
            return gd__fail(GD_ERROR_FORMAT, "%s: '%s' is not as it was when the archive was opened, or too large",
                            p->list->archive[entry->archive], entry->name);
        p->data[i] = gd__alloc((size_t)file.size + 1);
        const gd_status status = p->data[i] == NULL ? gd__fail_memory(entry->name) : gd__tar_read(*tar, p->data[i]);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

// The first fault is an error where none is allowed.
static gd_status check_faults(const portion *p)
{
    for (int64_t i = p->first; i < p->first + p->count; i++)
        if (p->fault[i] != NULL && !p->opts->skip_broken && !p->opts->keep_broken)
            return gd__fail(GD_ERROR_FORMAT, "%s", p->fault[i]);
    return GD_OK;
}

// Where decoded portions go: a file, or memory for all.
typedef struct sink {
    FILE *file;
    unsigned char *memory;
    size_t at;
    uint64_t sum;
} sink;

static gd_status take_portion(portion *p, sink *sink)
{
    if (sink->memory != NULL)
        p->planes = sink->memory + sink->at;
    gd__parallel(p->count, 1, decode_range, p);
    const size_t size = (size_t)p->count * p->one;
    sink->at += size;
    const gd_status status = check_faults(p);
    if (status != GD_OK || sink->file == NULL)
        return status;
    sink->sum = sum_bytes(sink->sum, p->planes, size);
    return fwrite(p->planes, 1, size, sink->file) == size
               ? GD_OK
               : gd__fail(GD_ERROR_IO, "the cache of pictures: %s", strerror(errno));
}

static gd_status decode_all(portion *p, sink *sink)
{
    gd__tar *tar = NULL;
    int open_archive = -1;
    // Portions of a multiple of 8 bytes, so that the sum does not depend on where they end.
    int64_t most = PORTION_BYTES / (int64_t)p->one / 8 * 8;
    most = most < 8 ? 8 : most > PORTION ? PORTION : most;
    unsigned char *own = sink->memory == NULL ? gd__alloc((size_t)most * p->one) : NULL;
    gd_status status = sink->memory == NULL && own == NULL ? gd__fail_memory("decoded pictures") : GD_OK;
    p->planes = own;
    for (p->first = 0; p->first < p->list->count && status == GD_OK; p->first += most) {
        p->count = p->list->count - p->first < most ? p->list->count - p->first : most;
        status = gd__progress("decoding pictures", p->first, p->list->count);
        if (status == GD_OK)
            status = read_members(p, &tar, &open_archive);
        if (status == GD_OK)
            status = take_portion(p, sink);
        for (int64_t i = 0; i < p->count; i++) {
            gd__free(p->data[i]);
            p->data[i] = NULL;
        }
    }
    gd__free(own);
    gd__tar_close(tar);
    return status;
}

// ---- The whole

static bool any_fault(const portion *p)
{
    for (int64_t i = 0; i < p->list->count; i++)
        if (p->fault[i] != NULL)
            return true;
    return false;
}

// Decodes into a new file of the cache, and maps it. A set with faults gets no name in it: it is decoded anew.
static gd_status decode_into_cache(portion *p, const char *path, uint64_t key, size_t bytes, gd__picture_store *store)
{
    gd__file_writer writer;
    const char empty[PIXELS_AT / 4] = {0};
    gd_status status = gd__file_writer_open(&writer, path);
    if (status != GD_OK)
        return status;
    sink sink = {.file = writer.stream, .sum = key};
    bool written = true;
    for (int i = 0; i < 4; i++)
        written = written && fwrite(empty, 1, sizeof empty, writer.stream) == sizeof empty;
    if (!written)
        status = gd__fail(GD_ERROR_IO, "%s: %s", path, strerror(errno));
    if (status == GD_OK)
        status = decode_all(p, &sink);
    header head = {.key = key, .bytes = bytes, .sum = sink.sum};
    memcpy(head.mark, mark, sizeof head.mark);
    if (status == GD_OK &&
        (fseek(writer.stream, 0, SEEK_SET) != 0 || fwrite(&head, sizeof head, 1, writer.stream) != 1))
        status = gd__fail(GD_ERROR_IO, "%s: %s", path, strerror(errno));
    if (status == GD_OK && any_fault(p))
        status = GD_ERROR_UNSUPPORTED; // no cache for these
    if (status != GD_OK) {
        gd__file_writer_abandon(&writer);
        return status;
    }
    status = gd__file_writer_publish(&writer);
    if (status == GD_OK && !map_file(path, key, bytes, store))
        status = gd__fail(GD_ERROR_IO, "%s: cannot be read again", path);
    return status;
}

static gd_status decode_into_memory(portion *p, size_t bytes, gd__picture_store *store)
{
    for (int64_t i = 0; i < p->list->count; i++) {
        gd__free(p->fault[i]);
        p->fault[i] = NULL;
    }
    sink sink = {.memory = gd__alloc(bytes)};
    store->planes = sink.memory;
    return sink.memory == NULL ? gd__fail_memory("decoded pictures") : decode_all(p, &sink);
}

gd_status gd__picture_store_make(const gd__picture_list *list, const gd_picture_opts *opts, gd__picture_size size,
                                 char **fault, gd__picture_store *store)
{
    *store = (gd__picture_store){0};
    portion *p = gd__alloc_zeroed(1, sizeof *p);
    char *text = key_text(list, opts, size);
    if (p == NULL || text == NULL) {
        gd__free(p);
        gd__free(text);
        return gd__fail_memory("decoded pictures");
    }
    p->list = list;
    p->opts = opts;
    p->size = size;
    p->fault = fault;
    p->one = (size_t)size.height * (size_t)size.width * (size_t)size.channels;
    const size_t bytes = p->one * (size_t)list->count;
    const uint64_t key = gd__hash_text(text);
    gd__free(text);
    char *path = list->count > 1 ? path_in_cache(key) : NULL;
    gd_status status = GD_OK;
    if (path == NULL || !map_file(path, key, bytes, store)) {
        status = path == NULL ? GD_ERROR_IO : decode_into_cache(p, path, key, bytes, store);
        // A cache that cannot be written, or pictures with faults: memory holds them.
        if (status == GD_ERROR_IO || status == GD_ERROR_UNSUPPORTED)
            status = decode_into_memory(p, bytes, store);
    }
    if (status != GD_OK)
        gd__picture_store_free(store);
    gd__free(path);
    gd__free(p);
    return status;
}
