#include "data/shared_rows.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

enum { MOST_SAMPLES = 2000000 };

// ---- What is compared

// A field that all sets have.
typedef struct {
    int in[GD__MOST_SETS]; // the stored field of each set
    bool as_bytes;         // whole numbers of the same type are compared as they are stored, all others as doubles
} common;

typedef struct {
    int count;
    common *field;
    bool fits[GD__MOST_SETS]; // sets that do not are equal to none
} commons;

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

// Whether a set has the inputs and targets of the first one, and no others.
static bool fits(const gd_dataset *first, const gd_dataset *set)
{
    bool all = count_compared(set) == count_compared(first);
    for (int f = 0; f < first->store->source.field_count && all; f++)
        all = !is_compared(first->role[f]) || find_compared(set, first->store->source.field[f].name) >= 0;
    return all;
}

// The inputs and targets of the first set, as all sets that fit it have them.
static gd_status match_fields(int sets, const gd_dataset *const *set, commons *c)
{
    const gd_source *source = &set[0]->store->source;
    c->field = gd__alloc_zeroed((size_t)source->field_count, sizeof *c->field);
    if (c->field == NULL)
        return gd__fail_memory("the fields of data sets");
    for (int s = 0; s < sets; s++)
        c->fits[s] = fits(set[0], set[s]);
    for (int f = 0; f < source->field_count; f++) {
        if (!is_compared(set[0]->role[f]))
            continue;
        common *field = &c->field[c->count++];
        const gd_type type = source->field[f].type;
        field->as_bytes = !gd_type_is_float(type);
        for (int s = 0; s < sets; s++) {
            if (!c->fits[s])
                continue;
            field->in[s] = find_compared(set[s], source->field[f].name);
            field->as_bytes = field->as_bytes && set[s]->store->source.field[field->in[s]].type == type;
        }
    }
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
    const commons *commons;
    int number; // of the set
    void *buffer;
    size_t capacity;
} reader;

// Points to a sample of the store as it is stored.
static gd_status read_stored(reader *r, int field, int64_t sample, gd_shape *shape, const char **data)
{
    const gd_source *source = &r->set->store->source;
    const gd_type type = source->field[field].type;
    gd_status status = gd__stored_shape(source, field, sample, NULL, shape);
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
    const void *read;
    status = gd__stored_sample(source, field, sample, *shape, NULL, r->buffer, &read);
    *data = r->buffer;
    return status;
}

static gd_status hash_sample(reader *r, int64_t sample, hash *h)
{
    const int64_t row = gd__dataset_sample(r->set, sample);
    *h = (hash){0x243F6A8885A308D3u, 0x13198A2E03707344u}; // digits of pi: any numbers would do
    for (int i = 0; i < r->commons->count; i++) {
        const common *common = &r->commons->field[i];
        const int field = common->in[r->number];
        const gd_type type = r->set->store->source.field[field].type;
        gd_shape shape;
        const char *data = NULL;
        gd_status status = read_stored(r, field, row, &shape, &data);
        if (status != GD_OK)
            return status;
        for (int k = 0; k < shape.rank; k++)
            mix(h, (uint64_t)shape.dim[k]);
        const int64_t count = gd_shape_count(shape);
        if (common->as_bytes)
            mix_bytes(h, data, (size_t)count * gd_type_size(type));
        else
            mix_values(h, data, type, count);
    }
    return GD_OK;
}

// The hashes of every k-th sample of a set.
typedef struct {
    int64_t count;
    hash *hash;
} hashes;

static gd_status hash_all(const gd_dataset *set, const commons *commons, int number, int64_t step, hashes *out)
{
    reader reader = {.set = set, .commons = commons, .number = number};
    const int64_t count = set->count > 0 ? (set->count - 1) / step + 1 : 0;
    out->hash = gd__alloc_zeroed((size_t)count, sizeof *out->hash);
    gd_status status = out->hash == NULL ? gd__fail_memory("comparing the parts of the data") : GD_OK;
    for (; status == GD_OK && out->count < count; out->count++)
        status = hash_sample(&reader, out->count * step, &out->hash[out->count]);
    gd__free(reader.buffer);
    return status;
}

// ---- Comparing

// The samples of a set by their hashes: open addressing; a free entry has the sample -1.
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

// A table is larger than any cache: the entry of a later hash is sent for while the next ones are looked at.
static void send_for(const table *t, const hashes *list, int64_t i)
{
    enum { AHEAD = 16 };
    if (i + AHEAD < list->count)
        __builtin_prefetch(&t->entry[(size_t)list->hash[i + AHEAD].low & (t->capacity - 1)]);
}

static gd_status make_table(const hashes *list, table *t)
{
    for (t->capacity = 64; t->capacity < (size_t)list->count + (size_t)list->count / 2;)
        t->capacity *= 2;
    t->entry = gd__alloc(t->capacity * sizeof *t->entry);
    if (t->entry == NULL)
        return gd__fail_memory("comparing the parts of the data");
    for (size_t i = 0; i < t->capacity; i++)
        t->entry[i].sample = -1;
    return GD_OK;
}

// Enters all samples; those that repeat an earlier one are counted.
static void enter_all(const hashes *list, int64_t step, table *t, gd__shared *repeated)
{
    for (int64_t i = 0; i < list->count; i++) {
        send_for(t, list, i);
        entry *place = find(t, &list->hash[i]);
        if (place->sample < 0)
            *place = (entry){list->hash[i], i * step};
        else if (repeated->count++ == 0)
            *repeated = (gd__shared){1, place->sample, i * step};
    }
}

static void look_up_all(const hashes *list, int64_t step, const table *t, gd__shared *shared)
{
    for (int64_t i = 0; i < list->count; i++) {
        send_for(t, list, i);
        const entry *place = find(t, &list->hash[i]);
        if (place->sample >= 0 && shared->count++ == 0)
            *shared = (gd__shared){1, place->sample, i * step};
    }
}

static gd_status compare_all(int sets, const hashes *list, int64_t step, gd__shared shared[][GD__MOST_SETS])
{
    gd_status status = GD_OK;
    for (int a = 0; a < sets && status == GD_OK; a++) {
        table t = {0};
        status = make_table(&list[a], &t);
        if (status == GD_OK)
            enter_all(&list[a], step, &t, &shared[a][a]);
        for (int b = a + 1; b < sets && status == GD_OK; b++)
            look_up_all(&list[b], step, &t, &shared[a][b]);
        gd__free(t.entry);
    }
    return status;
}

gd_status gd__count_shared(int sets, const gd_dataset *const *set, gd__shared shared[][GD__MOST_SETS])
{
    int64_t samples = 0;
    commons commons = {0};
    hashes list[GD__MOST_SETS] = {{0}};
    for (int a = 0; a < sets; a++) {
        samples += set[a]->count;
        for (int b = 0; b < GD__MOST_SETS; b++)
            shared[a][b] = (gd__shared){0, -1, -1};
    }
    const int64_t step = (samples - 1) / MOST_SAMPLES + 1;
    gd_status status = match_fields(sets, set, &commons);
    for (int s = 0; s < sets && status == GD_OK; s++)
        if (commons.count > 0 && commons.fits[s])
            status = hash_all(set[s], &commons, s, step, &list[s]);
    if (status == GD_OK)
        status = compare_all(sets, list, step, shared);
    for (int s = 0; s < sets; s++)
        gd__free(list[s].hash);
    gd__free(commons.field);
    return status;
}
