// The different values of a field, numbered in ascending order: classes, groups, moments.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/deal.h"

// ---- The field

static gd_status fail_with_names(const gd_dataset *set, const char *name, const char *what)
{
    gd__text names = {0};
    const int count = set->store->source.field_count;
    for (int f = 0; f < count; f++)
        gd__text_add(&names, "%s%s", f == 0 ? "" : f + 1 == count ? " and " : ", ", set->store->source.field[f].name);
    gd_status status = gd__fail(GD_ERROR_ARGUMENT, "%s '%s': the data set has no field of this name; it has %s", what,
                                name, names.failed ? "others" : names.data);
    gd__text_free(&names);
    return status;
}

gd_status gd__find_number_field(const gd_dataset *set, const char *name, const char *what, int *field)
{
    *field = gd_dataset_find(set, name);
    if (*field < 0)
        return fail_with_names(set, name, what);
    const bool is_length = *field >= set->store->source.field_count;
    const gd_shape shape = is_length ? GD_SCALAR : set->store->source.field[*field].shape;
    char text[GD_SHAPE_TEXT];
    if (is_length)
        return gd__fail(GD_ERROR_ARGUMENT, "%s '%s': the field holds lengths, which are not stored", what, name);
    if (gd_shape_count(shape) != 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%s '%s': the field holds %s numbers a sample, expected one", what, name,
                        gd_shape_text(shape, text));
    return GD_OK;
}

// ---- The set of values

typedef struct {
    double value;
    int64_t id; // in the order of first appearance
} entry;

// A hash table with open addressing; a free entry has the id -1.
typedef struct {
    entry *entry;
    size_t capacity; // a power of two
    int64_t count;
} table;

static size_t hash_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits ^ bits >> 32) * 0x9E3779B97F4A7C15u; // 2^64 / golden ratio: neighbours end up far apart
    return (size_t)(bits ^ bits >> 29);
}

static entry *find(const table *table, double value)
{
    size_t at = hash_of(value) & (table->capacity - 1);
    while (table->entry[at].id >= 0 && table->entry[at].value != value)
        at = (at + 1) & (table->capacity - 1);
    return &table->entry[at];
}

static bool enlarge(table *t)
{
    table larger = {.capacity = t->capacity == 0 ? 64 : 2 * t->capacity, .count = t->count};
    larger.entry = gd__alloc_zeroed(larger.capacity, sizeof *larger.entry);
    if (larger.entry == NULL)
        return false;
    for (size_t i = 0; i < larger.capacity; i++)
        larger.entry[i].id = -1;
    for (size_t i = 0; i < t->capacity; i++)
        if (t->entry[i].id >= 0)
            *find(&larger, t->entry[i].value) = t->entry[i];
    gd__free(t->entry);
    *t = larger;
    return true;
}

// The id of a value, which is added where it is missing; -1 when memory is short.
static int64_t id_of(table *t, double value)
{
    value += 0.0; // -0 becomes 0
    if ((size_t)t->count * 2 >= t->capacity && !enlarge(t))
        return -1;
    entry *place = find(t, value);
    if (place->id < 0)
        *place = (entry){value, t->count++};
    return place->id;
}

static int compare_values(const void *a, const void *b)
{
    const double x = ((const entry *)a)->value, y = ((const entry *)b)->value;
    return (x > y) - (x < y);
}

// Turns ids into ranks. The table is used up.
static gd_status ids_to_ranks(table *t, int64_t count, int64_t *rank)
{
    int64_t *rank_of = gd__alloc_zeroed((size_t)t->count, sizeof *rank_of), used = 0;
    if (rank_of == NULL)
        return gd__fail_memory("the values of a field");
    for (size_t i = 0; i < t->capacity; i++)
        if (t->entry[i].id >= 0)
            t->entry[used++] = t->entry[i];
    qsort(t->entry, (size_t)used, sizeof *t->entry, compare_values);
    for (int64_t i = 0; i < used; i++)
        rank_of[t->entry[i].id] = i;
    for (int64_t i = 0; i < count; i++)
        rank[i] = rank_of[rank[i]];
    gd__free(rank_of);
    return GD_OK;
}

// Numbers the values of all samples in the order in which they come.
static gd_status number_values(table *t, const gd_dataset *set, int field, const char *what, int64_t most, int64_t *id)
{
    const char *name = set->store->source.field[field].name;
    for (int64_t i = 0; i < set->count; i++) {
        double value;
        char origin[GD_ORIGIN_TEXT];
        gd_status status = gd__sample_number(set, field, i, &value);
        if (status != GD_OK)
            return status;
        if (isnan(value))
            return gd__fail(GD_ERROR_NUMBER, "%s '%s': %s has no value of it", what, name,
                            gd_dataset_origin_text(set, i, origin));
        id[i] = id_of(t, value);
        if (id[i] < 0)
            return gd__fail_memory("the values of a field");
        if (t->count > most)
            return gd__fail(GD_ERROR_ARGUMENT, "%s '%s': it has more than %lld different values", what, name,
                            (long long)most);
    }
    return GD_OK;
}

gd_status gd__rank_values(const gd_dataset *set, const char *name, const char *what, int64_t most, int64_t *rank,
                          int64_t *values)
{
    int field;
    table t = {0};
    gd_status status = gd__find_number_field(set, name, what, &field);
    if (status == GD_OK)
        status = number_values(&t, set, field, what, most, rank);
    *values = t.count;
    if (status == GD_OK)
        status = ids_to_ranks(&t, set->count, rank);
    gd__free(t.entry);
    return status;
}
