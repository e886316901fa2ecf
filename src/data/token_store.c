// A file of the cache, in the byte order of the machine: header │ ids │ key, all that the ids depend on.
#include "data/token_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "data/csv_text.h"
#include "data/text_pieces.h"

enum { SMALLEST = 8 << 20, VERSION = 1 };

typedef struct header {
    char magic[8];
    uint64_t version, order;
    int64_t count, key_bytes;
} header;
static const char magic[8] = "GDTOKEN";
static const uint64_t byte_order = 0x0102030405060708;

// What the ids depend on. *size: bytes of the files together; 0: some are no plain files.
static char *make_key(int file_count, const char *const *file, const char *json, bool by_line, int64_t *size)
{
    gd__text text = {0};
    bool regular = true;
    *size = 0;
    gd__text_add(&text, "%s\n", by_line ? "lines" : "text");
    for (int i = 0; i < file_count; i++) {
        const gd__csv_stamp stamp = gd__csv_stamp_of(file[i]);
        char *whole = stamp.size > 0 ? realpath(file[i], NULL) : NULL;
        regular = regular && stamp.size > 0;
        *size += stamp.size;
        gd__text_add(&text, "file %s %lld %lld %lld %lld\n", whole == NULL ? file[i] : whole, (long long)stamp.size,
                     (long long)stamp.seconds, (long long)stamp.nanoseconds, (long long)stamp.inode);
        free(whole); // the C library's own block
    }
    gd__text_add(&text, "%s", json);
    *size = regular ? *size : 0;
    return gd__text_take(&text);
}

static char *path_of(const char *key)
{
    gd__text text = {0};
    char *directory = gd__cache_directory("tokens");
    if (directory == NULL)
        return NULL;
    gd__text_add(&text, "%s/%016llx.ids", directory, (unsigned long long)gd__hash_text(key));
    gd__free(directory);
    return gd__text_take(&text);
}

// ---- Reading the copy

// Whether a mapped file is a whole copy of these very texts.
static bool is_copy(const unsigned char *map, size_t bytes, const char *key, header *head)
{
    if (bytes < sizeof *head)
        return false;
    memcpy(head, map, sizeof *head);
    if (memcmp(head->magic, magic, sizeof magic) != 0 || head->version != VERSION || head->order != byte_order)
        return false;
    const size_t key_bytes = strlen(key), room = bytes - sizeof *head;
    if (head->key_bytes != (int64_t)key_bytes || head->count < 0 || room < key_bytes ||
        (room - key_bytes) / sizeof(int32_t) != (size_t)head->count || (room - key_bytes) % sizeof(int32_t) != 0)
        return false;
    return memcmp(map + bytes - key_bytes, key, key_bytes) == 0;
}

static bool open_copy(const char *path, const char *key, gd__token_store *store)
{
    struct stat kind;
    header head;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    void *map = MAP_FAILED;
    const size_t bytes = fstat(descriptor, &kind) == 0 && kind.st_size > 0 ? (size_t)kind.st_size : 0;
    if (bytes > 0)
        map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (map == MAP_FAILED)
        return false;
    if (!is_copy(map, bytes, key, &head)) {
        munmap(map, bytes);
        return false;
    }
    const void *ids = (const unsigned char *)map + sizeof head;
    *store = (gd__token_store){.count = head.count, .id = ids, .map = map, .mapped_bytes = bytes};
    return true;
}

// ---- Encoding

// Encodes all pieces: into store->tokens, or where a stream is given onto it, a piece at a time.
static gd_status encode(int file_count, const char *const *file, const gd_tokenizer *tokenizer, bool by_line,
                        FILE *stream, gd__token_store *store)
{
    gd__text_pieces pieces;
    const char *text = NULL;
    size_t bytes;
    gd_status status = gd__text_pieces_open(&pieces, file_count, file, by_line);
    if (status == GD_OK)
        status = gd__text_pieces_next(&pieces, &text, &bytes);
    while (status == GD_OK && text != NULL) {
        status = gd_tokenizer_encode(tokenizer, text, bytes, &store->tokens);
        const size_t count = (size_t)store->tokens.count;
        if (status == GD_OK && stream != NULL) {
            if (fwrite(store->tokens.id, sizeof(int32_t), count, stream) != count)
                status = gd__fail(GD_ERROR_IO, "the cache cannot be written");
            store->count += (int64_t)count;
            store->tokens.count = 0;
        }
        if (status == GD_OK)
            status = gd__text_pieces_next(&pieces, &text, &bytes);
    }
    gd__text_pieces_close(&pieces);
    if (stream == NULL)
        store->count = store->tokens.count;
    store->id = store->tokens.id;
    return status;
}

// Writes the copy; a failure to write is no failure, since the ids can be kept in memory.
static gd_status write_copy(const char *path, const char *key, int file_count, const char *const *file,
                            const gd_tokenizer *tokenizer, bool by_line)
{
    gd__file_writer writer;
    gd__token_store store = {0};
    header head = {.version = VERSION, .order = byte_order, .key_bytes = (int64_t)strlen(key)};
    memcpy(head.magic, magic, sizeof magic);
    gd_status status = gd__file_writer_open(&writer, path);
    if (status != GD_OK)
        return status;
    bool good = fwrite(&head, sizeof head, 1, writer.stream) == 1;
    status = encode(file_count, file, tokenizer, by_line, writer.stream, &store);
    gd_tokens_free(&store.tokens);
    head.count = store.count;
    good = good && status == GD_OK && fwrite(key, 1, strlen(key), writer.stream) == strlen(key) &&
           fseek(writer.stream, 0, SEEK_SET) == 0 && fwrite(&head, sizeof head, 1, writer.stream) == 1;
    if (good)
        return gd__file_writer_commit(&writer);
    gd__file_writer_abandon(&writer);
    return status == GD_OK ? GD_ERROR_IO : status;
}

gd_status gd__token_store_make(int file_count, const char *const *file, const gd_tokenizer *tokenizer, const char *json,
                               bool by_line, gd__token_store *store)
{
    int64_t size;
    *store = (gd__token_store){0};
    char *key = make_key(file_count, file, json, by_line, &size);
    if (key == NULL)
        return gd__fail_memory("the name of a tokenised text");
    char *path = size >= SMALLEST ? path_of(key) : NULL;
    bool mapped = path != NULL && open_copy(path, key, store);
    if (path != NULL && !mapped && write_copy(path, key, file_count, file, tokenizer, by_line) == GD_OK)
        mapped = open_copy(path, key, store);
    gd__free(path);
    gd__free(key);
    gd_status status = mapped ? GD_OK : encode(file_count, file, tokenizer, by_line, NULL, store);
    if (status != GD_OK)
        gd__token_store_free(store);
    return status;
}

void gd__token_store_free(gd__token_store *store)
{
    if (store->map != NULL)
        munmap(store->map, store->mapped_bytes);
    gd_tokens_free(&store->tokens);
    *store = (gd__token_store){0};
}
