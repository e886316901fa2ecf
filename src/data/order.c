#include "data/order.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/pipeline.h"

// Blocks that are shuffled together: the samples of a batch come from these, and no more of the disk is gone through at
// a time.
enum { WINDOW = 16 };

// Where the samples of each block go: those of block b begin at place[b] of the list.
typedef struct {
    const gd_dataset *set;
    int64_t rows;   // of the store in a block
    int64_t blocks; // of the store
    int64_t *size;  // samples of the set in each block
    int64_t *place;
    int64_t *used; // the blocks that hold any, in the order in which they are gone through
    int64_t used_count;
} blocks;

static gd_status count_samples(blocks *b)
{
    b->rows = b->set->store->source.block;
    b->blocks = (b->set->store->source.count - 1) / b->rows + 1;
    b->size = gd__alloc_zeroed((size_t)b->blocks, sizeof *b->size);
    b->place = gd__alloc_zeroed((size_t)b->blocks, sizeof *b->place);
    b->used = gd__alloc_zeroed((size_t)b->blocks, sizeof *b->used);
    if (b->size == NULL || b->place == NULL || b->used == NULL)
        return gd__fail_memory("the order of an epoch");
    for (int64_t i = 0; i < b->set->count; i++)
        b->size[gd__dataset_sample(b->set, i) / b->rows]++;
    for (int64_t k = 0; k < b->blocks; k++)
        if (b->size[k] > 0)
            b->used[b->used_count++] = k;
    return GD_OK;
}

// Lists the samples block by block, as `used` says.
static void list_samples(blocks *b, int64_t *list)
{
    int64_t end = 0;
    for (int64_t u = 0; u < b->used_count; u++) {
        b->place[b->used[u]] = end;
        end += b->size[b->used[u]];
    }
    for (int64_t i = 0; i < b->set->count; i++)
        list[b->place[gd__dataset_sample(b->set, i) / b->rows]++] = i;
}

static gd_status shuffle_blocks(blocks *b, gd__random *random, int64_t *list)
{
    gd_status status = count_samples(b);
    if (status != GD_OK)
        return status;
    gd__random_shuffle(random, b->used_count, b->used);
    list_samples(b, list);
    for (int64_t first = 0; first < b->used_count; first += WINDOW) {
        int64_t samples = 0;
        for (int64_t u = first; u < b->used_count && u < first + WINDOW; u++)
            samples += b->size[b->used[u]];
        gd__random_shuffle(random, samples, list);
        list += samples;
    }
    return GD_OK;
}

gd_status gd__order_shuffle(const gd_dataset *set, uint64_t seed, int64_t epoch, int64_t *list)
{
    gd__random random = gd__random_make(seed, gd__hash_text("data.shuffle") + (uint64_t)epoch);
    if (set->store->source.block <= 0) {
        for (int64_t i = 0; i < set->count; i++)
            list[i] = i;
        gd__random_shuffle(&random, set->count, list);
        return GD_OK;
    }
    blocks b = {.set = set};
    gd_status status = shuffle_blocks(&b, &random, list);
    gd__free(b.size);
    gd__free(b.place);
    gd__free(b.used);
    return status;
}

// ---- Like lengths

bool gd__is_text(const gd_field *field)
{
    return field->kind != GD_KIND_NUMBERS && field->shape.rank == 1 && field->shape.dim[0] == GD_OPEN;
}

int gd__order_text(const gd_dataset *set)
{
    for (int f = 0; f < set->store->source.field_count; f++)
        if (set->role[f] == GD_ROLE_INPUT && gd__is_text(&set->delivered[f]))
            return f;
    return -1;
}

int64_t gd__padded_length(int64_t length)
{
    int64_t size = 8;
    while (size < length && size <= INT64_MAX / 4)
        size *= 2;
    return size > 8 && size / 4 * 3 >= length ? size / 4 * 3 : size > length ? size : length;
}

typedef struct placed {
    int64_t length, place, sample;
} placed;

static int compare_lengths(const void *first, const void *second)
{
    const placed *a = first, *b = second;
    return a->length != b->length ? (a->length > b->length) - (a->length < b->length)
                                  : (a->place > b->place) - (a->place < b->place);
}

// Sorts `count` samples by their lengths, and shuffles the batches that they make.
static gd_status sort_run(const gd_dataset *set, int field, int64_t batch, int64_t count, gd__random *random,
                          placed *room, int64_t *list)
{
    const gd_source *source = &gd__store_origin(set->store)->source;
    for (int64_t i = 0; i < count; i++) {
        gd_shape shape;
        gd_status status = gd__stored_shape(source, field, gd__dataset_sample(set, list[i]), NULL, &shape);
        if (status != GD_OK)
            return status;
        room[i] = (placed){gd_shape_count(shape), i, list[i]};
    }
    qsort(room, (size_t)count, sizeof *room, compare_lengths);
    for (int64_t i = 0; i < count; i++)
        list[i] = room[i].sample;
    for (int64_t b = count / batch - 1; b > 0; b--) { // Fisher and Yates, of whole batches
        const int64_t other = (int64_t)(gd__next_uniform(random) * (double)(b + 1));
        for (int64_t i = 0; i < batch; i++) {
            const int64_t moved = list[b * batch + i];
            list[b * batch + i] = list[other * batch + i];
            list[other * batch + i] = moved;
        }
    }
    return GD_OK;
}

gd_status gd__order_by_length(const gd_dataset *set, int field, int64_t batch, uint64_t seed, int64_t epoch,
                              int64_t *list)
{
    enum { BATCHES = 64 };
    gd__random random = gd__random_make(seed, gd__hash_text("data.lengths") + (uint64_t)epoch);
    placed *room = gd__alloc((size_t)(batch * BATCHES) * sizeof *room);
    if (room == NULL)
        return gd__fail_memory("the order of an epoch");
    // A last batch that is not full stays the last.
    gd_status status = GD_OK;
    const int64_t whole = set->count / batch * batch;
    for (int64_t first = 0; first < whole && status == GD_OK; first += batch * BATCHES) {
        const int64_t left = whole - first, count = left < batch * BATCHES ? left : batch * BATCHES;
        status = sort_run(set, field, batch, count, &random, room, list + first);
    }
    gd__free(room);
    return status;
}
