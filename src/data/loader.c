// Batches, prepared ahead. A ring of slots goes round between the caller and some worker threads. A worker claims the
// next batch that nobody has claimed, and fills the slot of it all by itself; the caller reads the slots one after the
// other. One slot is with the caller and one with each worker, and one is filled and waits.
//
// What a batch holds depends on its place in the sequence alone, so neither the number of workers nor who fills what
// changes a bit.
#include <pthread.h>
#include <string.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/stack.h"
#include "data/dataset.h"
#include "data/mix.h"
#include "data/order.h"
#include "data/step.h"

enum { MAX_WORKERS = 256 };

typedef struct {
    gd_array *field;   // of each field, with memory for …
    size_t *capacity;  // … so many bytes
    int64_t *sample;   // (batch)
    gd__mix_room room; // for samples that are mixed with each other
    gd_batch batch;
    bool ready;       // under the lock: it is filled, or that failed
    gd_status status; // how filling it went, and the sentence
    char message[GD_MESSAGE_SIZE];
} slot;

// A place in the sequence of batches.
typedef struct {
    int64_t epoch, index;
} position;

struct gd_loader {
    const gd_dataset *set;
    gd_loader_opts opts;
    int64_t batch_count; // in one epoch
    position delivered;  // what gd_loader_next gives next
    double waited;       // seconds
    int slot_count;
    slot *slot;
    int thread_count; // running
    pthread_t *thread;

    // Claiming: batch number `claimed`, counted since the start or the last seek, goes to slot claimed % slot_count.
    // One worker claims at a time. The caller never waits for this lock, so it goes on while an epoch is put in order.
    pthread_mutex_t claiming;
    position next;
    int64_t *order;      // (count); NULL: in order
    int64_t order_epoch; // whose order it is; -1: none yet

    pthread_mutex_t lock;
    pthread_cond_t freed, filled; // a slot was. The worker that claims waits for the one, the caller for the other
    // Under the lock:
    int64_t claimed;  // batches
    int64_t given;    // batches that the caller was given
    int64_t returned; // batches that the caller has given back: all of them but perhaps the last
    bool stop;        // nothing more is to be claimed
};

// ---- The sequence

static position after(const gd_loader *loader, position at)
{
    at.index++;
    return at.index < loader->batch_count ? at : (position){.epoch = at.epoch + 1};
}

static bool is_over(const gd_loader *loader, position at)
{
    return loader->opts.epochs > 0 && at.epoch >= loader->opts.epochs;
}

// Lists the samples of the next batch. The order of an epoch depends on (seed, epoch) alone, so any epoch can be begun
// anew.
static gd_status list_samples(gd_loader *loader, slot *slot)
{
    const position at = loader->next;
    const int64_t first = at.index * loader->opts.batch, left = loader->set->count - first;
    const int64_t count = left < loader->opts.batch ? left : loader->opts.batch;
    if (loader->order != NULL && loader->order_epoch != at.epoch) {
        loader->order_epoch = -1;
        gd_status status = gd__order_shuffle(loader->set, loader->opts.seed, at.epoch, loader->order);
        const int text = loader->opts.any_lengths ? -1 : gd__order_text(loader->set);
        if (status == GD_OK && text >= 0)
            status =
                gd__order_by_length(loader->set, text, loader->opts.batch, loader->opts.seed, at.epoch, loader->order);
        if (status != GD_OK)
            return status;
        loader->order_epoch = at.epoch;
    }
    for (int64_t i = 0; i < count; i++)
        slot->sample[i] = loader->order == NULL ? first + i : loader->order[first + i];
    slot->batch = (gd_batch){.epoch = at.epoch,
                             .index = at.index,
                             .count = count,
                             .last = at.index + 1 == loader->batch_count,
                             .field_count = loader->set->field_count,
                             .field = slot->field,
                             .sample = slot->sample};
    loader->next = after(loader, at);
    return GD_OK;
}

static gd_status fill(const gd_loader *loader, slot *slot)
{
    const gd_source_draw draw = {.seed = loader->opts.seed, .epoch = slot->batch.epoch};
    const int64_t count = slot->batch.count;
    if (!loader->opts.training)
        return gd__collate(loader->set, count, slot->sample, NULL, slot->field, slot->capacity);
    gd_status status = gd__collate(loader->set, count, slot->sample, &draw, slot->field, slot->capacity);
    return status == GD_OK ? gd__mix(loader->set, count, slot->sample, &draw, slot->field, &slot->room) : status;
}

static void note_outcome(slot *slot, gd_status status)
{
    slot->status = status;
    slot->message[0] = '\0';
    if (status != GD_OK)
        strncat(slot->message, gd_last_error(), sizeof slot->message - 1);
}

// ---- The workers

static bool must_wait(const gd_loader *loader)
{
    return !loader->stop && loader->claimed - loader->returned == loader->slot_count;
}

// Claims the next batch, once there is a slot for it: lists its samples there. NULL when there is nothing more to do.
static slot *claim(gd_loader *loader, gd_status *status)
{
    pthread_mutex_lock(&loader->claiming);
    pthread_mutex_lock(&loader->lock);
    while (must_wait(loader))
        pthread_cond_wait(&loader->freed, &loader->lock);
    slot *claimed = NULL;
    if (!loader->stop && !is_over(loader, loader->next))
        claimed = &loader->slot[loader->claimed++ % loader->slot_count];
    pthread_mutex_unlock(&loader->lock);
    if (claimed != NULL)
        *status = list_samples(loader, claimed);
    pthread_mutex_unlock(&loader->claiming);
    return claimed;
}

// Hands a slot to the caller. After a failure nothing more is claimed: the caller will begin anew.
static void hand_over(gd_loader *loader, slot *filled)
{
    pthread_mutex_lock(&loader->lock);
    filled->ready = true;
    if (filled->status != GD_OK) {
        loader->stop = true;
        pthread_cond_signal(&loader->freed);
    }
    pthread_cond_signal(&loader->filled);
    pthread_mutex_unlock(&loader->lock);
}

static void *work(void *context)
{
    gd_loader *loader = context;
    gd_status status;
    for (slot *claimed; (claimed = claim(loader, &status)) != NULL;) {
        if (status == GD_OK)
            status = fill(loader, claimed);
        note_outcome(claimed, status);
        hand_over(loader, claimed);
    }
    return NULL;
}

static gd_status start_threads(gd_loader *loader)
{
    int failure = 0;
    while (failure == 0 && loader->thread_count < loader->opts.workers) {
        failure = gd__thread_create(&loader->thread[loader->thread_count], work, loader);
        loader->thread_count += failure == 0;
    }
    // Fewer threads than were asked for are slower, and no worse.
    if (loader->thread_count == 0)
        return gd__fail(GD_ERROR_MEMORY, "the thread that prepares batches cannot be started: %s", strerror(failure));
    return GD_OK;
}

// Ends the threads, forgets what they prepared, and begins again at `at`.
static void reset(gd_loader *loader, position at)
{
    pthread_mutex_lock(&loader->lock);
    loader->stop = true;
    pthread_cond_signal(&loader->freed);
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < loader->thread_count; i++)
        pthread_join(loader->thread[i], NULL);
    loader->thread_count = 0;
    loader->stop = false;
    loader->claimed = loader->given = loader->returned = 0;
    for (int i = 0; i < loader->slot_count; i++)
        loader->slot[i].ready = false;
    loader->next = loader->delivered = at;
}

// ---- For the caller

// Gives the slot that was read back, and waits for the next.
static gd_status exchange(gd_loader *loader, slot **next)
{
    if (loader->thread_count == 0) {
        gd_status status = start_threads(loader);
        if (status != GD_OK)
            return status;
    }
    pthread_mutex_lock(&loader->lock);
    loader->returned = loader->given;
    pthread_cond_signal(&loader->freed);
    *next = &loader->slot[loader->given % loader->slot_count];
    while (!(*next)->ready)
        pthread_cond_wait(&loader->filled, &loader->lock);
    (*next)->ready = false;
    loader->given++;
    pthread_mutex_unlock(&loader->lock);
    return GD_OK;
}

static void fill_here(gd_loader *loader, slot *slot)
{
    gd_status status = list_samples(loader, slot);
    note_outcome(slot, status == GD_OK ? fill(loader, slot) : status);
}

static gd_status next_batch(gd_loader *loader, gd_batch *batch)
{
    slot *next = &loader->slot[0];
    if (loader->opts.no_prefetch) {
        fill_here(loader, next);
    } else {
        gd_status status = exchange(loader, &next);
        if (status != GD_OK)
            return status;
    }
    if (next->status != GD_OK) {
        gd_status status = next->status;
        gd__fail(status, "%s", next->message);
        reset(loader, loader->delivered); // the next call tries the same batch again
        return status;
    }
    loader->delivered = after(loader, loader->delivered);
    *batch = next->batch;
    return GD_OK;
}

gd_status gd_loader_next(gd_loader *loader, gd_batch *batch)
{
    GD__NEEDS(loader, GD_ERROR_ARGUMENT);
    GD__NEEDS(batch, GD_ERROR_ARGUMENT);
    *batch = (gd_batch){0};
    if (is_over(loader, loader->delivered))
        return gd__fail(GD_ERROR_ARGUMENT, "the loader's %lld epochs are over", (long long)loader->opts.epochs);
    const double start = gd_clock();
    gd_status status = next_batch(loader, batch);
    loader->waited += gd_clock() - start;
    return status;
}

gd_status gd_loader_seek(gd_loader *loader, int64_t epoch, int64_t batch_index)
{
    GD__NEEDS(loader, GD_ERROR_ARGUMENT);
    if (epoch < 0 || batch_index < 0 || batch_index >= loader->batch_count)
        return gd__fail(GD_ERROR_ARGUMENT, "batch %lld of epoch %lld was asked for; an epoch has %lld batches",
                        (long long)batch_index, (long long)epoch, (long long)loader->batch_count);
    reset(loader, (position){.epoch = epoch, .index = batch_index});
    return GD_OK;
}

void gd_loader_position(const gd_loader *loader, int64_t *epoch, int64_t *batch_index)
{
    GD__NEEDS(loader);
    *epoch = loader->delivered.epoch;
    *batch_index = loader->delivered.index;
}

int64_t gd_loader_batches(const gd_loader *loader)
{
    GD__NEEDS(loader, 0);
    return loader->batch_count;
}

double gd_loader_waited(const gd_loader *loader)
{
    GD__NEEDS(loader, 0);
    return loader->waited;
}

// ---- Making one

static bool fills_missing(const gd__steps *steps)
{
    for (int i = 0; steps != NULL && i < steps->count; i++)
        if (steps->step[i].kind == &gd__step_fill)
            return true;
    return false;
}

static gd_status check_field(const gd_dataset *set, int f)
{
    const gd__store *store = set->store;
    const char *name = set->delivered[f].name;
    if (set->delivered[f].shape.rank == GD_MAX_RANK)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' has too many dimensions to be batched", name);
    if (f >= store->source.field_count || store->missing == NULL || store->missing[f] == GD_MISSING_ERROR)
        return GD_OK;
    if (set->steps != NULL && fills_missing(set->steps[f]))
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT,
                    "field '%s' may have missing cells: fit preprocessing on the training data and apply it before "
                    "making batches",
                    name);
}

static gd_status check_opts(const gd_dataset *set, gd_loader_opts *opts)
{
    if (opts->batch < 1 || opts->epochs < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a loader was asked for batches of %lld samples and %lld epochs",
                        (long long)opts->batch, (long long)opts->epochs);
    if (opts->workers < 0 || opts->workers > MAX_WORKERS)
        return gd__fail(GD_ERROR_ARGUMENT, "a loader was asked for %d workers; expected 0 to %d", opts->workers,
                        MAX_WORKERS);
    if (opts->batch > set->count && !(opts->allow_short && !opts->drop_last))
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld samples is larger than the data set, which has %lld",
                        (long long)opts->batch, (long long)set->count);
    if (opts->batch > set->count)
        opts->batch = set->count;
    if (opts->workers == 0)
        opts->workers = 1;
    gd_status status = opts->training ? gd__mix_check(set) : GD_OK;
    for (int f = 0; f < set->field_count && status == GD_OK; f++)
        if (gd__is_delivered(set, f))
            status = check_field(set, f);
    return status;
}

static bool make_slot(const gd_loader *loader, slot *slot)
{
    const gd_dataset *set = loader->set;
    slot->field = gd__alloc_zeroed((size_t)set->field_count, sizeof *slot->field);
    slot->capacity = gd__alloc_zeroed((size_t)set->field_count, sizeof *slot->capacity);
    slot->sample = gd__alloc_zeroed((size_t)loader->opts.batch, sizeof *slot->sample);
    return slot->field != NULL && slot->capacity != NULL && slot->sample != NULL;
}

// One batch is with the caller, one with each worker, one waits; and more that wait, where batches are small, so that a
// worker that is held up does no harm.
static int slots_for(const gd_loader *loader)
{
    enum { SPARE = 6, SPARE_BYTES = 1 << 20 };
    const gd_loader_opts *opts = &loader->opts;
    if (opts->no_prefetch)
        return 1;
    int64_t numbers = 0;
    for (int f = 0; f < gd_dataset_field_count(loader->set); f++) {
        const gd_field field = gd_dataset_field(loader->set, f);
        int64_t count = 1;
        for (int i = 0; i < field.shape.rank; i++)
            count *= field.shape.dim[i] < 0 ? 64 : field.shape.dim[i];
        numbers += gd__is_delivered(loader->set, f) ? count : 0;
    }
    const bool small = numbers <= SPARE_BYTES / (int64_t)sizeof(float) / opts->batch;
    return opts->workers + 2 + (small ? SPARE : 0);
}

static gd_status make_room(gd_loader *loader)
{
    const gd_loader_opts *opts = &loader->opts;
    const int slots = slots_for(loader);
    loader->slot = gd__alloc_zeroed((size_t)slots, sizeof *loader->slot);
    loader->thread = gd__alloc_zeroed((size_t)opts->workers, sizeof *loader->thread);
    bool good = loader->slot != NULL && loader->thread != NULL;
    for (; good && loader->slot_count < slots; loader->slot_count++)
        good = make_slot(loader, &loader->slot[loader->slot_count]);
    if (good && opts->shuffle) {
        loader->order_epoch = -1;
        loader->order = gd__alloc_zeroed((size_t)loader->set->count, sizeof *loader->order);
        good = loader->order != NULL;
    }
    return good ? GD_OK : gd__fail_memory("a loader");
}

gd_status gd_loader_create(const gd_dataset *set, gd_loader_opts opts, gd_loader **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd_status status = check_opts(set, &opts);
    if (status != GD_OK)
        return status;
    gd_loader *loader = gd__alloc_zeroed(1, sizeof *loader);
    if (loader == NULL)
        return gd__fail_memory("a loader");
    loader->set = set;
    loader->opts = opts;
    loader->batch_count = set->count / opts.batch + (!opts.drop_last && set->count % opts.batch != 0);
    pthread_mutex_init(&loader->claiming, NULL);
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->freed, NULL);
    pthread_cond_init(&loader->filled, NULL);
    status = make_room(loader);
    if (status == GD_OK)
        *out = loader;
    else
        gd_loader_free(loader);
    return status;
}

void gd_loader_free(gd_loader *loader)
{
    if (loader == NULL)
        return;
    reset(loader, (position){0});
    for (int i = 0; i < loader->slot_count; i++) {
        slot *slot = &loader->slot[i];
        for (int f = 0; slot->field != NULL && f < loader->set->field_count; f++)
            gd_array_free(&slot->field[f]);
        gd__free(slot->field);
        gd__free(slot->capacity);
        gd__free(slot->sample);
        gd__mix_room_free(&slot->room);
    }
    gd__free(loader->slot);
    gd__free(loader->thread);
    gd__free(loader->order);
    pthread_cond_destroy(&loader->filled);
    pthread_cond_destroy(&loader->freed);
    pthread_mutex_destroy(&loader->lock);
    pthread_mutex_destroy(&loader->claiming);
    gd__free(loader);
}
