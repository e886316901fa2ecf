// Zip archives of arrays. Format: PKWARE's APPNOTE; what is read is the central directory at the end of the file,
// with methods 0 (stored) and 8 (deflated) and the zip64 sizes that NumPy writes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "io/gzip.h"
#include "io/npy.h"
#include "io/npy_format.h"

enum { END_SIZE = 22, CENTRAL_SIZE = 46, LOCAL_SIZE = 30, MAX_COMMENT = 65535, STORED = 0, DEFLATED = 8 };
enum { DEFLATE_RATIO = 1032 }; // the best there is
enum { END_MARK = 0x06054b50, CENTRAL_MARK = 0x02014b50, LOCAL_MARK = 0x04034b50 };

typedef struct {
    const char *path;
    unsigned char *data;
    size_t size;
} archive;

typedef struct {
    char name[256]; // cut short when longer
    unsigned method, flags;
    uint32_t checksum;
    uint64_t packed_size, size, local;
    const unsigned char *packed; // the packed bytes
} member;

typedef struct {
    int count;
    member *entry;
} directory;

static uint64_t number(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static const unsigned char *find_end(const archive *zip)
{
    if (zip->size < END_SIZE)
        return NULL;
    size_t last = zip->size - END_SIZE;
    size_t first = last > MAX_COMMENT ? last - MAX_COMMENT : 0;
    for (size_t at = last + 1; at-- > first;)
        if (number(zip->data + at, 4) == END_MARK)
            return zip->data + at;
    return NULL;
}

// Sizes that do not fit 32 bits stand in extra field 1, in this order, each only where the usual place is full.
static void read_zip64(const unsigned char *extra, size_t length, member *entry)
{
    size_t at = 0;
    while (length - at >= 4) {
        size_t id = (size_t)number(extra + at, 2), size = (size_t)number(extra + at + 2, 2);
        at += 4;
        if (size > length - at)
            return;
        if (id == 1) {
            uint64_t *const place[] = {&entry->size, &entry->packed_size, &entry->local};
            size_t used = 0;
            for (int i = 0; i < 3; i++)
                if (*place[i] == UINT32_MAX && size - used >= 8) {
                    *place[i] = number(extra + at + used, 8);
                    used += 8;
                }
            return;
        }
        at += size;
    }
}

// Reads the entry at *at of the central directory and moves on.
static gd_status read_entry(const archive *zip, size_t *at, member *entry)
{
    const unsigned char *from = zip->data + *at;
    if (zip->size - *at < CENTRAL_SIZE || number(from, 4) != CENTRAL_MARK)
        return gd__fail(GD_ERROR_FORMAT, "%s: the archive's directory is damaged", zip->path);
    size_t name = (size_t)number(from + 28, 2), extra = (size_t)number(from + 30, 2);
    size_t comment = (size_t)number(from + 32, 2);
    if (zip->size - *at - CENTRAL_SIZE < name + extra + comment)
        return gd__fail(GD_ERROR_FORMAT, "%s: the archive's directory is truncated", zip->path);
    *entry = (member){.flags = (unsigned)number(from + 8, 2),
                      .method = (unsigned)number(from + 10, 2),
                      .checksum = (uint32_t)number(from + 16, 4),
                      .packed_size = number(from + 20, 4),
                      .size = number(from + 24, 4),
                      .local = number(from + 42, 4)};
    size_t kept = name < sizeof entry->name ? name : sizeof entry->name - 1;
    memcpy(entry->name, from + CENTRAL_SIZE, kept);
    read_zip64(from + CENTRAL_SIZE + name, extra, entry);
    *at += CENTRAL_SIZE + name + extra + comment;
    return GD_OK;
}

// Finds the packed bytes of a member, and checks that they lie in the file.
static gd_status find_packed(const archive *zip, member *entry)
{
    const char *name = entry->name;
    if (entry->local > zip->size || zip->size - entry->local < LOCAL_SIZE ||
        number(zip->data + entry->local, 4) != LOCAL_MARK)
        return gd__fail(GD_ERROR_FORMAT, "%s: %.80s: the archive's directory points to no member", zip->path, name);
    const unsigned char *local = zip->data + entry->local;
    size_t before = LOCAL_SIZE + (size_t)number(local + 26, 2) + (size_t)number(local + 28, 2);
    size_t left = zip->size - entry->local;
    if (before > left || entry->packed_size > left - before)
        return gd__fail(GD_ERROR_FORMAT, "%s: %.80s: lies beyond the end of the archive", zip->path, name);
    entry->packed = local + before;
    return GD_OK;
}

static int compare_places(const void *a, const void *b)
{
    const unsigned char *first = (*(const member *const *)a)->packed, *second = (*(const member *const *)b)->packed;
    return (first > second) - (first < second);
}

// No byte belongs to two members: packed bytes that are shared would be inflated once for each of them, so that a small
// file becomes any amount of memory.
static gd_status check_overlap(const archive *zip, const directory *list)
{
    const member **sorted = gd__alloc_zeroed((size_t)list->count, sizeof *sorted);
    if (sorted == NULL)
        return gd__fail_memory("a list of arrays");
    for (int i = 0; i < list->count; i++)
        sorted[i] = &list->entry[i];
    qsort(sorted, (size_t)list->count, sizeof *sorted, compare_places);
    gd_status status = GD_OK;
    for (int i = 1; i < list->count && status == GD_OK; i++) {
        const member *before = sorted[i - 1];
        if ((size_t)(sorted[i]->packed - before->packed) < before->packed_size || sorted[i]->packed == before->packed)
            status = gd__fail(GD_ERROR_FORMAT, "%s: the members '%.80s' and '%.80s' overlap: no program writes this",
                              zip->path, before->name, sorted[i]->name);
    }
    gd__free(sorted);
    return status;
}

static gd_status check_member(const member *entry, const char *what)
{
    if (entry->flags & 1)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: is encrypted", what);
    if (entry->method != STORED && entry->method != DEFLATED)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: compression method %u is not known", what, entry->method);
    if (entry->method == STORED ? entry->size != entry->packed_size : entry->size / DEFLATE_RATIO > entry->packed_size)
        return gd__fail(GD_ERROR_FORMAT, "%s: %llu bytes cannot come out of %llu", what,
                        (unsigned long long)entry->size, (unsigned long long)entry->packed_size);
    return GD_OK;
}

static uint32_t checksum(const void *data, size_t size)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, size);
}

static gd_status read_member(const archive *zip, const member *entry, gd__named_array *to)
{
    char what[GD_MESSAGE_SIZE / 4];
    snprintf(what, sizeof what, "%.160s: %.80s", zip->path, entry->name);
    gd_status status = check_member(entry, what);
    if (status != GD_OK)
        return status;
    unsigned char *unpacked = NULL;
    if (entry->method == DEFLATED) {
        unpacked = gd__alloc((size_t)entry->size);
        if (unpacked == NULL)
            return gd__fail_memory(what);
        status = gd__inflate_raw(what, entry->packed, (size_t)entry->packed_size, unpacked, (size_t)entry->size);
    }
    const unsigned char *content = unpacked == NULL ? entry->packed : unpacked;
    if (status == GD_OK && checksum(content, (size_t)entry->size) != entry->checksum)
        status = gd__fail(GD_ERROR_FORMAT, "%s: is damaged: its checksum does not match its content", what);
    if (status == GD_OK)
        status = gd__npy_parse_texts(what, content, (size_t)entry->size, to);
    gd__free(unpacked);
    return status;
}

// The length of the array's name, without ".npy"; 0 for a member that is no array.
static size_t name_length(const member *entry)
{
    const size_t length = strlen(entry->name);
    return length > 4 && strcmp(entry->name + length - 4, ".npy") == 0 ? length - 4 : 0;
}

static gd_status add_member(const archive *zip, const member *entry, gd__named_arrays *arrays)
{
    const size_t length = name_length(entry);
    if (length == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: member '%s' is no .npy file", zip->path, entry->name);
    // Counted before it is filled, so that it is released whatever happens.
    gd__named_array *item = &arrays->item[arrays->count++];
    const gd_status status = read_member(zip, entry, item);
    if (status != GD_OK)
        return status;
    item->name = gd__copy_text(entry->name);
    if (item->name == NULL)
        return gd__fail_memory("an array's name");
    item->name[length] = '\0';
    return GD_OK;
}

// Release list->entry with gd__free, also after a failure.
static gd_status read_directory(const archive *zip, directory *list)
{
    const unsigned char *end = find_end(zip);
    if (end == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: is no .npz archive, or is cut short: it has no directory at its end",
                        zip->path);
    const int count = (int)number(end + 10, 2);
    const uint64_t at = number(end + 16, 4);
    if (count == 0xffff || at == UINT32_MAX)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: the archive is larger than 4 GiB or has over 65534 members",
                        zip->path);
    if (at > zip->size || (zip->size - at) / CENTRAL_SIZE < (size_t)count)
        return gd__fail(GD_ERROR_FORMAT, "%s: the archive's directory lies beyond its end", zip->path);
    list->entry = gd__alloc_zeroed((size_t)count, sizeof *list->entry);
    if (list->entry == NULL)
        return gd__fail_memory("a list of arrays");
    list->count = count;
    size_t place = (size_t)at;
    gd_status status = GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++) {
        status = read_entry(zip, &place, &list->entry[i]);
        if (status == GD_OK)
            status = find_packed(zip, &list->entry[i]);
    }
    return status == GD_OK ? check_overlap(zip, list) : status;
}

// ---- Choosing

static gd_status fail_name(const archive *zip, const directory *list, const char *name)
{
    enum { MOST_LISTED = 20 };
    enum { LONGEST = 81 }; // longer names are near to none
    const char *known[MOST_LISTED] = {NULL};
    char text[MOST_LISTED][LONGEST];
    gd__text names = {0};
    int count = 0;
    for (int i = 0; i < list->count && count < MOST_LISTED; i++) {
        size_t length = name_length(&list->entry[i]);
        if (length == 0)
            continue;
        length = length < LONGEST ? length : LONGEST - 1;
        memcpy(text[count], list->entry[i].name, length);
        text[count][length] = '\0';
        known[count] = text[count];
        gd__text_add(&names, "%s'%.80s'", count == 0 ? "" : ", ", text[count]);
        count++;
    }
    const char *nearest = gd_nearest_word(name, count, known);
    const gd_status status = gd__fail(GD_ERROR_FORMAT, "%s: has no array '%.80s'%s%.80s%s; its arrays: %s%s", zip->path,
                                      name, nearest == NULL ? "" : " (did you mean '", nearest == NULL ? "" : nearest,
                                      nearest == NULL ? "" : "'?)", names.data == NULL ? "none" : names.data,
                                      count == MOST_LISTED ? ", …" : "");
    gd__text_free(&names);
    return status;
}

// Of two members of one name the later one counts, as in Python.
static const member *find_member(const directory *list, const char *name)
{
    const size_t length = strlen(name);
    for (int i = list->count - 1; i >= 0; i--)
        if (length > 0 && name_length(&list->entry[i]) == length && memcmp(list->entry[i].name, name, length) == 0)
            return &list->entry[i];
    return NULL;
}

static gd_status read_chosen(const archive *zip, const directory *list, int count, const char *const *name,
                             gd__named_arrays *arrays)
{
    const int wanted = count == 0 ? list->count : count;
    arrays->item = gd__alloc_zeroed((size_t)wanted, sizeof *arrays->item);
    if (arrays->item == NULL)
        return gd__fail_memory("a list of arrays");
    gd_status status = GD_OK;
    for (int i = 0; i < wanted && status == GD_OK; i++) {
        const member *entry = count == 0 ? &list->entry[i] : find_member(list, name[i]);
        status = entry == NULL ? fail_name(zip, list, name[i]) : add_member(zip, entry, arrays);
    }
    return status;
}

// Reads the file and its directory. Release both with close_archive, also after a failure.
static gd_status open_archive(const char *path, archive *zip, directory *list)
{
    *list = (directory){0};
    *zip = (archive){.path = path};
    char *data;
    gd_status status = gd__file_read(path, 0, &data, &zip->size);
    zip->data = (unsigned char *)data;
    return status == GD_OK ? read_directory(zip, list) : status;
}

static void close_archive(archive *zip, directory *list)
{
    gd__free(list->entry);
    gd__free(zip->data);
}

gd_status gd__npz_read(const char *path, int count, const char *const *name, gd__named_arrays *arrays)
{
    *arrays = (gd__named_arrays){0};
    archive zip;
    directory list;
    gd_status status = open_archive(path, &zip, &list);
    if (status == GD_OK)
        status = read_chosen(&zip, &list, count, name, arrays);
    close_archive(&zip, &list);
    if (status != GD_OK)
        gd__named_arrays_free(arrays);
    return status;
}

bool gd__npz_has(const char *path, const char *name)
{
    archive zip;
    directory list;
    const bool found = open_archive(path, &zip, &list) == GD_OK && find_member(&list, name) != NULL;
    close_archive(&zip, &list);
    return found;
}

void gd__named_arrays_free(gd__named_arrays *arrays)
{
    for (int i = 0; i < arrays->count; i++)
        gd__named_array_free(&arrays->item[i]);
    gd__free(arrays->item);
    *arrays = (gd__named_arrays){0};
}

// ---- Writing

static void put(gd__text *text, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(value >> 8 * i & 255);
        gd__text_add_bytes(text, &byte, 1);
    }
}

// The fields that a local header and an entry of the directory have in common: version 2.0, 1 January 1980, stored.
static void put_common(gd__text *text, uint32_t sum, size_t size, size_t name_length)
{
    put(text, 20, 2);
    put(text, 0, 2);
    put(text, STORED, 2);
    put(text, 0, 2);
    put(text, 0x21, 2);
    put(text, sum, 4);
    put(text, size, 4);
    put(text, size, 4);
    put(text, name_length, 2);
    put(text, 0, 2);
}

static gd_status write_member(FILE *stream, const char *name, const gd_array *array, gd__text *directory,
                              uint64_t *offset)
{
    gd__text header = {0}, local = {0};
    gd_array widened;
    const void *bytes;
    size_t length;
    gd_status status = gd__npy_values(array, &widened, &bytes, &length);
    if (status == GD_OK)
        status = gd__npy_header(array, &header);
    size_t size = header.length + length;
    if (status == GD_OK && *offset + size > UINT32_MAX - 65536)
        status = gd__fail(GD_ERROR_UNSUPPORTED, "'%s' does not fit: an .npz archive is limited to 4 GiB", name);
    if (status == GD_OK) {
        uint32_t sum = (uint32_t)crc32_z(checksum(header.data, header.length), bytes, length);
        size_t name_length = strlen(name) + 4;
        put(&local, LOCAL_MARK, 4);
        put_common(&local, sum, size, name_length);
        gd__text_add(&local, "%s.npy", name);
        put(directory, CENTRAL_MARK, 4);
        put(directory, 20, 2);
        put_common(directory, sum, size, name_length);
        put(directory, 0, 6); // no comment, first disk, no attributes
        put(directory, 0, 4);
        put(directory, *offset, 4);
        gd__text_add(directory, "%s.npy", name);
        if (local.failed || directory->failed)
            status = gd__fail_memory("an archive's directory");
    }
    if (status == GD_OK) {
        fwrite(local.data, 1, local.length, stream);
        fwrite(header.data, 1, header.length, stream);
        fwrite(bytes, 1, length, stream);
        *offset += local.length + size;
    }
    gd__text_free(&local);
    gd__text_free(&header);
    gd_array_free(&widened);
    return status;
}

gd_status gd__npz_write(const char *path, int count, const char *const *name, const gd_array *array)
{
    gd__file_writer writer;
    gd_status status = gd__file_writer_open(&writer, path);
    if (status != GD_OK)
        return status;
    gd__text directory = {0};
    uint64_t offset = 0;
    for (int i = 0; i < count && status == GD_OK; i++)
        status = write_member(writer.stream, name[i], &array[i], &directory, &offset);
    if (status == GD_OK) {
        size_t directory_size = directory.length;
        put(&directory, END_MARK, 4);
        put(&directory, 0, 4);
        put(&directory, (uint64_t)count, 2);
        put(&directory, (uint64_t)count, 2);
        put(&directory, directory_size, 4);
        put(&directory, offset, 4);
        put(&directory, 0, 2);
        status = directory.failed ? gd__fail_memory("an archive's directory") : GD_OK;
    }
    if (status == GD_OK) {
        fwrite(directory.data, 1, directory.length, writer.stream);
        status = gd__file_writer_commit(&writer);
    } else {
        gd__file_writer_abandon(&writer);
    }
    gd__text_free(&directory);
    return status;
}
