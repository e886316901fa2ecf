#include "data/shared_rows.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

enum { MOST_SAMPLES = 2000000 };

// ---- What is compared

// A field that both sets have.
typedef struct {
    int in_a, in_b;
    bool as_bytes; // whole numbers of the same type are compared as they are stored, all others as doubles
} pair;

typedef struct {
    int count;
    pair *pair;
} pairs;

static bool is_compared(gd_role role)
{
    return role == GD_ROLE_INPUT || role == GD_ROLE_TARGET;
}

// The stored field of this name, when it is an input or a target; else -1.
static int find_compared(const gd_dataset *set, const char *name)
{
    for (int f = 0; f < set->store->source.field_count; f++)
        if (is_compared(set->role[f]) && strcmp(set->store->source.field[f].name, name) == 0)
            return f;
    return -1;
}

static int count_compared(const gd_dataset *set)
{
    int count = 0;
    for (int f = 0; f < set->store->source.field_count; f++)
        count += is_compared(set->role[f]);
    return count;
}

// Matches the fields; leaves none when a field of either set has no partner.
static gd_status match_fields(const gd_dataset *a, const gd_dataset *b, pairs *p)
{
    const gd_source *source = &a->store->source;
    p->pair = gd__alloc_zeroed((size_t)source->field_count, sizeof *p->pair);
    if (p->pair == NULL)
        return gd__fail_memory("the fields of two data sets");
    for (int f = 0; f < source->field_count; f++) {
        const int other = is_compared(a->role[f]) ? find_compared(b, source->field[f].name) : -1;
        if (other < 0)
            continue;
        const gd_type type = source->field[f].type;
        const bool as_bytes = !gd_type_is_float(type) && type == b->store->source.field[other].type;
        p->pair[p->count++] = (pair){f, other, as_bytes};
    }
    if (p->count != count_compared(a) || p->count != count_compared(b))
        p->count = 0;
    return GD_OK;
}

// ---- Hashing

typedef struct {
    uint64_t low, high;
} hash;

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

// Two chains with odd multipliers of their own (those of splitmix64 and of MurmurHash3).
static void mix(hash *h, uint64_t word)
{
    h->low = (rotate(h->low, 27) ^ word) * 0x9E3779B97F4A7C15u;
    h->low ^= h->low >> 29;
    h->high = (rotate(h->high, 31) ^ word) * 0xC2B2AE3D27D4EB4Fu + 0x85EBCA77C2B2AE63u;
    h->high ^= h->high >> 32;
}

static void mix_bytes(hash *h, const char *data, size_t size)
{
    uint64_t word;
    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        mix(h, word);
    }
    word = 0;
    if (size > 0) // a sample of length 0 has no data
        memcpy(&word, data, size);
    mix(h, word);
}

static void mix_values(hash *h, const char *data, gd_type type, int64_t count)
{
    const size_t width = gd_type_size(type);
    for (int64_t i = 0; i < count; i++) {
        double value;
        uint64_t word;
        gd__to_doubles(&value, data + (size_t)i * width, type, 1);
        value += 0.0; // -0 becomes 0
        memcpy(&word, &value, sizeof word);
        mix(h, word);
    }
}

// ---- Reading

// A set under inspection, with memory for one sample of a field that is not in memory.
typedef struct {
    const gd_dataset *set;
    const pairs *pairs;
    bool is_b;
    void *buffer;
    size_t capacity;
} reader;

// Points to a sample of the store as it is stored.
static gd_status read_stored(reader *r, int field, int64_t sample, gd_shape *shape, const char **data)
{
    const gd_source *source = &r->set->store->source;
    const gd_type type = source->field[field].type;
    gd_status status = gd__stored_shape(source, field, sample, shape);
    if (status != GD_OK)
        return status;
    const int64_t bytes = gd_shape_count(*shape) * (int64_t)gd_type_size(type);
    if (source->all != NULL && source->all[field].data != NULL) {
        *data = (const char *)source->all[field].data + (size_t)sample * (size_t)bytes;
        return GD_OK;
    }
    if ((size_t)bytes > r->capacity) {
        gd__free(r->buffer);
        r->buffer = gd__alloc((size_t)bytes);
        r->capacity = r->buffer == NULL ? 0 : (size_t)bytes;
        if (r->buffer == NULL)
            return gd__fail_memory("a sample");
    }
    *data = r->buffer;
    const gd_array to = gd_array_borrow(type, *shape, r->buffer);
    return source->read(source->state, field, sample, &to);
}

static gd_status hash_sample(reader *r, int64_t sample, hash *h)
{
    const int64_t row = gd__dataset_sample(r->set, sample);
    *h = (hash){0x243F6A8885A308D3u, 0x13198A2E03707344u}; // digits of pi: any numbers would do
    for (int i = 0; i < r->pairs->count; i++) {
        const pair *pair = &r->pairs->pair[i];
        const int field = r->is_b ? pair->in_b : pair->in_a;
        const gd_type type = r->set->store->source.field[field].type;
        gd_shape shape;
        const char *data = NULL;
        gd_status status = read_stored(r, field, row, &shape, &data);
        if (status != GD_OK)
            return status;
        for (int k = 0; k < shape.rank; k++)
            mix(h, (uint64_t)shape.dim[k]);
        const int64_t count = gd_shape_count(shape);
        if (pair->as_bytes)
            mix_bytes(h, data, (size_t)count * gd_type_size(type));
        else
            mix_values(h, data, type, count);
    }
    return GD_OK;
}

// ---- Comparing

// The samples of a by their hashes: open addressing; a free entry has the sample -1.
typedef struct {
    hash hash;
    int64_t sample;
} entry;

typedef struct {
    entry *entry;
    size_t capacity; // a power of two
} table;

static entry *find(const table *t, const hash *h)
{
    size_t at = (size_t)h->low & (t->capacity - 1);
    while (t->entry[at].sample >= 0 && (t->entry[at].hash.low != h->low || t->entry[at].hash.high != h->high))
        at = (at + 1) & (t->capacity - 1);
    return &t->entry[at];
}

static gd_status enter_all(reader *a, int64_t step, table *t)
{
    const size_t samples = (size_t)((a->set->count - 1) / step + 1);
    for (t->capacity = 64; t->capacity < samples + samples / 2;)
        t->capacity *= 2;
    t->entry = gd__alloc(t->capacity * sizeof *t->entry);
    if (t->entry == NULL)
        return gd__fail_memory("comparing the parts of the data");
    for (size_t i = 0; i < t->capacity; i++)
        t->entry[i].sample = -1;
    for (int64_t i = 0; i < a->set->count; i += step) {
        hash h;
        gd_status status = hash_sample(a, i, &h);
        if (status != GD_OK)
            return status;
        entry *place = find(t, &h);
        if (place->sample < 0)
            *place = (entry){h, i};
    }
    return GD_OK;
}

static gd_status look_up_all(const gd_dataset *set_a, reader *b, int64_t step, const table *t, int64_t *count,
                             int64_t *first_a, int64_t *first_b)
{
    for (int64_t i = 0; i < b->set->count; i += step) {
        hash h;
        gd_status status = hash_sample(b, i, &h);
        if (status != GD_OK)
            return status;
        const entry *place = find(t, &h);
        // Within one set, the first of equal samples is no repetition of another.
        const bool itself = b->set == set_a && place->sample == i;
        if (place->sample >= 0 && !itself && (*count)++ == 0) {
            *first_a = place->sample;
            *first_b = i;
        }
    }
    return GD_OK;
}

gd_status gd__count_shared(const gd_dataset *a, const gd_dataset *b, int64_t *count, int64_t *first_a, int64_t *first_b)
{
    *count = 0;
    *first_a = *first_b = -1;
    pairs pairs = {0};
    gd_status status = match_fields(a, b, &pairs);
    const int64_t step = (a->count + b->count - 1) / MOST_SAMPLES + 1;
    reader reader_a = {.set = a, .pairs = &pairs}, reader_b = {.set = b, .pairs = &pairs, .is_b = true};
    table t = {0};
    if (status == GD_OK && pairs.count > 0) {
        status = enter_all(&reader_a, step, &t);
        if (status == GD_OK)
            status = look_up_all(a, &reader_b, step, &t, count, first_a, first_b);
    }
    gd__free(t.entry);
    gd__free(reader_a.buffer);
    gd__free(reader_b.buffer);
    gd__free(pairs.pair);
    return status;
}
