// The copy of a table, all in the byte order of the machine:
//
//     header │ cells from byte 4096 on │ tail: key, stamps, tallies, texts, runs │ ends of ids │ ids
#include "data/csv_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"

enum { CELLS_AT = 4096, SMALLEST = 8 << 20, LARGE = 256 << 20, VERSION = 2, STARTED_SIZE = 40 };
static const uint64_t byte_order = 0x0102030405060708;

typedef struct header {
    char magic[8];
    uint64_t version, order;
    int64_t row_count, column_count, tail_size, id_end_count, id_text_size;
    uint64_t tail_hash, cell_checksum;
    char started[STARTED_SIZE]; // of the run of the system in which the cells are known to be whole
} header;
static const char magic[8] = "GDTABLE";

// ---- Names

static void key_text(const gd__csv_plan *plan, gd__text *text)
{
    gd__text_add(text,
                 "separator %d, comment %d, quotes %d, header %d, decimal %d, thousands %d, percent %d, hash %d\n",
                 plan->format.separator, plan->format.comment, !plan->format.no_quotes, !plan->no_header,
                 plan->notation.decimal, plan->notation.thousands, plan->notation.percent, plan->hash_size);
    gd__text_add(text, "currency %s\n", plan->notation.currency == NULL ? "" : plan->notation.currency);
    for (int i = 0; i < plan->missing_word_count; i++)
        gd__text_add(text, "missing %s\n", plan->missing_word[i]);
    for (int c = 0; c < plan->width; c++)
        gd__text_add(text, "column %d %s\n", (int)plan->reading[c], plan->name[c]);
}

gd_status gd__csv_key_make(const gd__csv_plan *plan, int file_count, const char *const *path, int64_t row_count,
                           gd__csv_key *key)
{
    *key = (gd__csv_key){.file_count = file_count};
    key->stamp = gd__alloc_zeroed((size_t)file_count, sizeof *key->stamp);
    if (key->stamp == NULL)
        return gd__fail_memory("the stamps of CSV files");
    gd__text text = {0};
    int64_t size = 0;
    bool regular = true;
    for (int i = 0; i < file_count; i++) {
        key->stamp[i] = gd__csv_stamp_of(path[i]);
        regular = regular && key->stamp[i].size > 0;
        size += key->stamp[i].size;
        char *whole = key->stamp[i].size > 0 ? realpath(path[i], NULL) : NULL;
        gd__text_add(&text, "file %s\n", whole == NULL ? path[i] : whole);
        free(whole); // the C library's own block
    }
    key_text(plan, &text);
    key->text = gd__text_take(&text);
    if (key->text == NULL)
        return gd__fail_memory("the name of a cached table");
    const bool small = size <= SMALLEST && (double)row_count * plan->column_count * (double)sizeof(double) <= SMALLEST;
    char *directory = regular && !small && plan->column_count > 0 ? gd__cache_directory("tables") : NULL;
    if (directory == NULL)
        return GD_OK;
    gd__text_add(&text, "%s/%016llx.table", directory, (unsigned long long)gd__hash_text(key->text));
    gd__free(directory);
    key->path = gd__text_take(&text);
    return key->path == NULL ? gd__fail_memory("the name of a cached table") : GD_OK;
}

void gd__csv_key_free(gd__csv_key *key)
{
    gd__free(key->path);
    gd__free(key->text);
    gd__free(key->stamp);
    *key = (gd__csv_key){0};
}

// What names the run of the system; empty where it has no name.
static void name_of_run(char started[STARTED_SIZE])
{
    memset(started, 0, STARTED_SIZE);
    FILE *stream = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (stream == NULL)
        return;
    const size_t length = fread(started, 1, STARTED_SIZE - 1, stream);
    started[length] = '\0';
    fclose(stream);
}

// A sum over cells that does not depend on their order, since each is mixed with its place.
static uint64_t sum_cells(const double *cell, int64_t first, int64_t count)
{
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint64_t mixed = (gd__cell_bits(cell[i]) + (uint64_t)(first + i)) * 0x9e3779b97f4a7c15u;
        sum += mixed ^ mixed >> 32;
    }
    return sum;
}

// ---- Writing

// Removes what processes have left that were killed while they wrote: temporary files of more than a day.
static void remove_leftovers(const char *path)
{
    static const time_t day = 86400;
    gd__text name = {0};
    const size_t length = (size_t)(strrchr(path, '/') - path);
    gd__text_add_bytes(&name, path, length);
    DIR *directory = name.failed ? NULL : opendir(name.data);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        const char *end = strrchr(entry->d_name, '.');
        struct stat information;
        if (end == NULL || strcmp(end, ".tmp") != 0)
            continue;
        name.length = length;
        gd__text_add(&name, "/%s", entry->d_name);
        if (!name.failed && stat(name.data, &information) == 0 && time(NULL) - information.st_mtim.tv_sec > day)
            unlink(name.data);
    }
    if (directory != NULL)
        closedir(directory);
    gd__text_free(&name);
}

bool gd__csv_cache_begin(gd__csv_cache_writer *writer, const gd__csv_key *key, int column_count)
{
    remove_leftovers(key->path);
    *writer = (gd__csv_cache_writer){.column_count = column_count};
    return gd__file_writer_open(&writer->file, key->path) == GD_OK;
}

void gd__csv_cache_write(gd__csv_cache_writer *writer, int64_t first_row, int64_t row_count, const double *cell)
{
    const int64_t first = first_row * writer->column_count, count = row_count * writer->column_count;
    if (gd__write_at(fileno(writer->file.stream), cell, (size_t)count * sizeof *cell,
                     CELLS_AT + first * (int64_t)sizeof *cell) != 0)
        atomic_store(&writer->failed, true);
    atomic_fetch_add(&writer->checksum, sum_cells(cell, first, count));
}

gd_status gd__csv_cache_recover(gd__csv_cache_writer *writer, int64_t row_count, gd__csv_table *table)
{
    size_t count;
    double *cell = gd__multiply((size_t)row_count, (size_t)writer->column_count, &count)
                       ? gd__realloc(NULL, count, sizeof *cell)
                       : NULL;
    if (cell == NULL ||
        !gd__grow((void **)&table->chunk, &table->chunk_capacity, table->chunk_count, sizeof *table->chunk)) {
        gd__free(cell);
        return gd__fail_memory("a table that the cache directory has no room for");
    }
    // The descriptor only writes.
    FILE *stream = fopen(writer->file.temporary, "rb");
    const bool good =
        stream != NULL && fseek(stream, CELLS_AT, SEEK_SET) == 0 && fread(cell, sizeof *cell, count, stream) == count;
    if (stream != NULL)
        fclose(stream);
    if (!good) {
        gd__free(cell);
        return gd__fail(GD_ERROR_IO, "%s: cannot be read back; set GRADUS_CACHE to an empty text to do without it",
                        writer->file.path);
    }
    table->chunk[table->chunk_count++] = (gd__csv_chunk){0, row_count, cell};
    return GD_OK;
}

static void put(gd__text *tail, const void *data, size_t size)
{
    gd__text_add_bytes(tail, data, size);
}

static void put_text(gd__text *tail, const char *text, size_t length)
{
    put(tail, &length, sizeof length);
    put(tail, text, length);
}

static void put_tail(gd__text *tail, const gd__csv_key *key, const gd__csv_table *table)
{
    put_text(tail, key->text, strlen(key->text));
    put(tail, key->stamp, (size_t)key->file_count * sizeof *key->stamp);
    put(tail, table->tally, (size_t)table->column_count * sizeof *table->tally);
    for (int c = 0; c < table->column_count; c++) {
        const gd__vocabulary *vocabulary = &table->vocabulary[c];
        put(tail, &vocabulary->count, sizeof vocabulary->count);
        for (int w = 0; w < vocabulary->count; w++) {
            put_text(tail, vocabulary->word[w].text, vocabulary->word[w].length);
            put(tail, &vocabulary->word[w].count, sizeof vocabulary->word[w].count);
            put(tail, &vocabulary->word[w].first_row, sizeof vocabulary->word[w].first_row);
        }
    }
    put(tail, &table->runs.count, sizeof table->runs.count);
    put(tail, table->runs.run, (size_t)table->runs.count * sizeof *table->runs.run);
    while (tail->length % 8 != 0 && !tail->failed)
        put(tail, "", 1);
}

bool gd__csv_cache_finish(gd__csv_cache_writer *writer, const gd__csv_key *key, const gd__csv_table *table)
{
    gd__text tail = {0};
    put_tail(&tail, key, table);
    header head = {.version = VERSION,
                   .order = byte_order,
                   .row_count = table->row_count,
                   .column_count = table->column_count,
                   .tail_size = (int64_t)tail.length,
                   .cell_checksum = atomic_load(&writer->checksum)};
    memcpy(head.magic, magic, sizeof magic);
    name_of_run(head.started);
    if (table->id_end != NULL) {
        head.id_end_count = table->row_count;
        head.id_text_size = table->id_end[table->row_count - 1];
    }
    const int descriptor = fileno(writer->file.stream);
    int64_t at = CELLS_AT + table->row_count * table->column_count * (int64_t)sizeof(double);
    bool good = !tail.failed && !atomic_load(&writer->failed);
    if (good) {
        head.tail_hash = gd__hash_bytes(tail.data, tail.length);
        good = gd__write_at(descriptor, tail.data, tail.length, at) == 0;
        at += head.tail_size;
    }
    if (good && table->id_end != NULL)
        good = gd__write_at(descriptor, table->id_end, (size_t)head.id_end_count * sizeof *table->id_end, at) == 0 &&
               gd__write_at(descriptor, table->id_text, (size_t)head.id_text_size,
                            at + head.id_end_count * (int64_t)sizeof *table->id_end) == 0;
    good = good && gd__write_at(descriptor, &head, sizeof head, 0) == 0;
    gd__text_free(&tail);
    if (good)
        return gd__file_writer_publish(&writer->file) == GD_OK;
    gd__csv_cache_abandon(writer);
    return false;
}

void gd__csv_cache_abandon(gd__csv_cache_writer *writer)
{
    gd__file_writer_abandon(&writer->file);
}

// ---- Reading

typedef struct cursor {
    const char *at, *end;
    bool failed;
} cursor;

static void get(cursor *c, void *to, size_t size)
{
    if (c->failed || (size_t)(c->end - c->at) < size) {
        c->failed = true;
        memset(to, 0, size);
        return;
    }
    memcpy(to, c->at, size);
    c->at += size;
}

// A text within what is read; NULL when it does not lie in it.
static const char *get_text(cursor *c, size_t *length)
{
    get(c, length, sizeof *length);
    if (c->failed || (size_t)(c->end - c->at) < *length) {
        c->failed = true;
        *length = 0;
        return NULL;
    }
    const char *text = c->at;
    c->at += *length;
    return text;
}

// Whether the copy was made of the same files, read in the same way.
static bool is_fresh(cursor *c, const gd__csv_key *key)
{
    size_t length;
    const char *text = get_text(c, &length);
    if (text == NULL || length != strlen(key->text) || memcmp(text, key->text, length) != 0)
        return false;
    for (int i = 0; i < key->file_count; i++) {
        gd__csv_stamp stamp;
        get(c, &stamp, sizeof stamp);
        if (c->failed || !gd__csv_stamp_equal(&stamp, &key->stamp[i]))
            return false;
    }
    return true;
}

// A row of the table, or -1 for none.
static bool is_row(const gd__csv_table *table, int64_t row)
{
    return row >= -1 && row < table->row_count;
}

static bool get_tally(cursor *c, const gd__csv_table *table, gd__csv_tally *tally)
{
    get(c, tally, sizeof *tally);
    return !c->failed && is_row(table, tally->first_number) && is_row(table, tally->first_text) &&
           is_row(table, tally->first_missing) && is_row(table, tally->first_fraction) &&
           is_row(table, tally->first_inexact);
}

static bool get_vocabulary(cursor *c, const gd__csv_table *table, gd__vocabulary *vocabulary)
{
    int count;
    get(c, &count, sizeof count);
    for (int w = 0; w < count && !c->failed; w++) {
        size_t length;
        const char *text = get_text(c, &length);
        if (text == NULL || memchr(text, '\0', length) != NULL || gd__vocabulary_add(vocabulary, text, length) != w)
            return false;
        get(c, &vocabulary->word[w].count, sizeof vocabulary->word[w].count);
        get(c, &vocabulary->word[w].first_row, sizeof vocabulary->word[w].first_row);
        if (vocabulary->word[w].first_row < 0 || !is_row(table, vocabulary->word[w].first_row))
            return false;
    }
    return !c->failed;
}

static bool get_runs(cursor *c, const gd__csv_key *key, gd__csv_table *table)
{
    int count;
    get(c, &count, sizeof count);
    if (c->failed || count < 1 || (size_t)count > (size_t)(c->end - c->at) / sizeof *table->runs.run)
        return false;
    table->runs.run = gd__realloc(NULL, (size_t)count, sizeof *table->runs.run);
    if (table->runs.run == NULL)
        return false;
    table->runs.count = table->runs.capacity = count;
    get(c, table->runs.run, (size_t)count * sizeof *table->runs.run);
    for (int i = 0; i < count; i++) {
        const gd__csv_run *run = &table->runs.run[i];
        if (run->file < 0 || run->file >= key->file_count || run->first_row < (i == 0 ? 0 : run[-1].first_row) ||
            run->first_row >= table->row_count)
            return false;
    }
    return table->runs.run[0].first_row == 0;
}

// Where the parts of the file lie.
typedef struct places {
    size_t cells, tail, id_end, id_text, end;
} places;

// Checks a header against the size of the file.
static bool find_places(const header *head, int column_count, size_t file_size, places *at)
{
    size_t count, bytes;
    if (memcmp(head->magic, magic, sizeof magic) != 0 || head->version != VERSION || head->order != byte_order ||
        head->row_count < 1 || head->column_count != column_count || head->tail_size < 0 || head->tail_size % 8 != 0 ||
        head->id_text_size < 0 || (head->id_end_count != 0 && head->id_end_count != head->row_count))
        return false;
    if (!gd__multiply((size_t)head->row_count, (size_t)head->column_count, &count) ||
        !gd__multiply(count, sizeof(double), &bytes))
        return false;
    at->cells = CELLS_AT;
    return !__builtin_add_overflow(at->cells, bytes, &at->tail) &&
           !__builtin_add_overflow(at->tail, (size_t)head->tail_size, &at->id_end) &&
           gd__multiply((size_t)head->id_end_count, sizeof(int64_t), &bytes) &&
           !__builtin_add_overflow(at->id_end, bytes, &at->id_text) &&
           !__builtin_add_overflow(at->id_text, (size_t)head->id_text_size, &at->end) && at->end == file_size;
}

static bool check_ids(const gd__csv_table *table, int64_t text_size)
{
    int64_t before = 0;
    for (int64_t r = 0; r < table->row_count; before = table->id_end[r++])
        if (table->id_end[r] <= before || table->id_end[r] > text_size || table->id_text[table->id_end[r] - 1] != '\0')
            return false;
    return true;
}

static bool fill_table(gd__csv_table *table, const header *head, const places *at, const gd__csv_key *key)
{
    char *base = table->mapping;
    cursor c = {base + at->tail, base + at->id_end, false};
    if (gd__hash_bytes(c.at, (size_t)head->tail_size) != head->tail_hash || !is_fresh(&c, key))
        return false;
    table->row_count = head->row_count;
    for (int i = 0; i < table->column_count; i++)
        if (!get_tally(&c, table, &table->tally[i]))
            return false;
    for (int i = 0; i < table->column_count; i++)
        if (!get_vocabulary(&c, table, &table->vocabulary[i]))
            return false;
    if (!get_runs(&c, key, table) ||
        !gd__grow((void **)&table->chunk, &table->chunk_capacity, table->chunk_count, sizeof *table->chunk))
        return false;
    table->chunk[table->chunk_count++] = (gd__csv_chunk){0, head->row_count, (double *)(void *)(base + at->cells)};
    if (head->id_end_count == 0)
        return true;
    table->id_end = (int64_t *)(void *)(base + at->id_end);
    table->id_text = base + at->id_text;
    return check_ids(table, head->id_text_size);
}

typedef struct checking {
    gd__csv_table *table;
    atomic_uint_fast64_t sum;
} checking;

static void check_rows(void *context, int64_t begin, int64_t end)
{
    checking *job = context;
    const int64_t columns = job->table->column_count;
    atomic_fetch_add(&job->sum,
                     sum_cells(job->table->chunk[0].cell + begin * columns, begin * columns, (end - begin) * columns));
}

// Whether the cells are those that were written: known within one run of the system, reckoned after another start.
static bool check_cells(gd__csv_table *table, header *head, const char *path)
{
    enum { GRAIN = 1 << 12 };
    char started[STARTED_SIZE];
    name_of_run(started);
    if (started[0] != '\0' && memcmp(started, head->started, STARTED_SIZE) == 0)
        return true;
    checking job = {table, 0};
    gd__parallel(table->row_count, GRAIN, check_rows, &job);
    madvise(table->mapping, table->mapping_size, MADV_DONTNEED);
    if (atomic_load(&job.sum) != head->cell_checksum)
        return false;
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    memcpy(head->started, started, STARTED_SIZE);
    if (descriptor >= 0) {
        (void)gd__write_at(descriptor, head, sizeof *head, 0); // or it is reckoned again the next time
        close(descriptor);
    }
    return true;
}

// Maps a regular file whole.
static void *map_file(const char *path, size_t *size)
{
    struct stat information;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return NULL;
    void *mapping = MAP_FAILED;
    if (fstat(descriptor, &information) == 0 && S_ISREG(information.st_mode) && information.st_size > CELLS_AT) {
        *size = (size_t)information.st_size;
        mapping = mmap(NULL, *size, PROT_READ, MAP_SHARED, descriptor, 0);
    }
    close(descriptor);
    return mapping == MAP_FAILED ? NULL : mapping;
}

gd__csv_table *gd__csv_cache_open(const gd__csv_key *key, const gd__csv_plan *plan)
{
    size_t size;
    void *mapping = map_file(key->path, &size);
    if (mapping == NULL)
        return NULL;
    gd__csv_table *table = gd__csv_table_create(plan->column_count);
    if (table == NULL) {
        munmap(mapping, size);
        return NULL;
    }
    table->mapping = mapping;
    table->mapping_size = size;
    header head;
    places at;
    memcpy(&head, mapping, sizeof head);
    if (!find_places(&head, plan->column_count, size, &at) || (head.id_end_count > 0) != (plan->id >= 0) ||
        !fill_table(table, &head, &at, key) || !check_cells(table, &head, key->path)) {
        gd__csv_table_free(table);
        return NULL;
    }
    if (at.tail - at.cells >= LARGE && !gd__csv_table_bound_memory(table)) {
        gd__csv_table_free(table);
        return NULL;
    }
    return table;
}
