// Batches, prepared ahead. A ring of slots goes round between two threads: the loader's own fills the next free one,
// the caller reads the oldest. One slot is with the caller, so two batches are ready or in preparation.
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/preprocess.h"

enum { SLOTS = 3 };

typedef struct {
    gd_array *field; // of each field, with room for a full batch
    int64_t *sample; // (batch)
    gd_batch batch;
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
    slot slot[SLOTS];
    int reading; // the slot that the caller reads next

    // Belongs to whoever fills: the thread while it runs, else the caller.
    position filled;
    int64_t *order; // (count); NULL: in order
    int64_t order_epoch;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool has_thread;
    // Under the lock:
    bool stop;
    int ready;  // slots filled and not yet given out
    bool given; // the caller holds the slot before `reading`
};

// ---- Filling

// The order of an epoch is drawn from (seed, epoch) alone, so any epoch can be begun anew.
static const int64_t *order_of(gd_loader *loader, int64_t epoch)
{
    if (loader->order == NULL || loader->order_epoch == epoch)
        return loader->order;
    for (int64_t i = 0; i < loader->set->count; i++)
        loader->order[i] = i;
    gd__random random = gd__random_make(loader->opts.seed, gd__hash_text("data.shuffle") + (uint64_t)epoch);
    gd__random_shuffle(&random, loader->set->count, loader->order);
    loader->order_epoch = epoch;
    return loader->order;
}

static gd_status fill(gd_loader *loader, slot *slot)
{
    const gd_dataset *set = loader->set;
    const position at = loader->filled;
    const int64_t *order = order_of(loader, at.epoch);
    int64_t first = at.index * loader->opts.batch, left = set->count - first;
    int64_t count = left < loader->opts.batch ? left : loader->opts.batch;
    for (int64_t i = 0; i < count; i++)
        slot->sample[i] = order == NULL ? first + i : order[first + i];
    for (int f = 0; f < set->store->field_count; f++) {
        slot->field[f].shape.dim[0] = count;
        gd_status status = gd_dataset_get(set, f, count, slot->sample, &slot->field[f]);
        if (status != GD_OK)
            return status;
    }
    slot->batch = (gd_batch){.epoch = at.epoch,
                             .index = at.index,
                             .count = count,
                             .last = at.index + 1 == loader->batch_count,
                             .field_count = set->store->field_count,
                             .field = slot->field,
                             .sample = slot->sample};
    return GD_OK;
}

static position after(const gd_loader *loader, position at)
{
    at.index++;
    return at.index < loader->batch_count ? at : (position){.epoch = at.epoch + 1};
}

static bool is_over(const gd_loader *loader, position at)
{
    return loader->opts.epochs > 0 && at.epoch >= loader->opts.epochs;
}

// Fills a slot with the next batch, or with the sentence that says why there is none. False after a failure.
static bool fill_next(gd_loader *loader, slot *slot)
{
    slot->status = fill(loader, slot);
    if (slot->status != GD_OK) {
        strncpy(slot->message, gd_last_error(), sizeof slot->message - 1);
        return false;
    }
    loader->filled = after(loader, loader->filled);
    return true;
}

// ---- The thread

static void *prepare_batches(void *context)
{
    gd_loader *loader = context;
    int next = loader->reading;
    bool good = true;
    pthread_mutex_lock(&loader->lock);
    while (good && !is_over(loader, loader->filled)) {
        while (!loader->stop && loader->ready + loader->given == SLOTS)
            pthread_cond_wait(&loader->changed, &loader->lock);
        if (loader->stop)
            break;
        pthread_mutex_unlock(&loader->lock);
        good = fill_next(loader, &loader->slot[next]);
        next = (next + 1) % SLOTS;
        pthread_mutex_lock(&loader->lock);
        loader->ready++;
        pthread_cond_signal(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

// Signals are for the program's own threads: the loader's takes none.
static gd_status start_thread(gd_loader *loader)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&loader->thread, NULL, prepare_batches, loader);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure != 0)
        return gd__fail(GD_ERROR_MEMORY, "the thread that prepares batches cannot be started: %s", strerror(failure));
    loader->has_thread = true;
    return GD_OK;
}

// Ends the thread, forgets what it prepared, and begins again at `at`.
static void reset(gd_loader *loader, position at)
{
    if (loader->has_thread) {
        pthread_mutex_lock(&loader->lock);
        loader->stop = true;
        pthread_cond_signal(&loader->changed);
        pthread_mutex_unlock(&loader->lock);
        pthread_join(loader->thread, NULL);
        loader->has_thread = false;
    }
    loader->stop = false;
    loader->ready = 0;
    loader->given = false;
    loader->reading = 0;
    loader->filled = loader->delivered = at;
}

// ---- For the caller

// Gives the slot that was read back, and waits for the next.
static gd_status exchange(gd_loader *loader, slot **next)
{
    if (!loader->has_thread) {
        gd_status status = start_thread(loader);
        if (status != GD_OK)
            return status;
    }
    pthread_mutex_lock(&loader->lock);
    loader->given = false;
    pthread_cond_signal(&loader->changed);
    while (loader->ready == 0)
        pthread_cond_wait(&loader->changed, &loader->lock);
    loader->ready--;
    loader->given = true;
    pthread_mutex_unlock(&loader->lock);
    *next = &loader->slot[loader->reading];
    loader->reading = (loader->reading + 1) % SLOTS;
    return GD_OK;
}

gd_status gd_loader_next(gd_loader *loader, gd_batch *batch)
{
    *batch = (gd_batch){0};
    if (is_over(loader, loader->delivered))
        return gd__fail(GD_ERROR_ARGUMENT, "the loader's %lld epochs are over", (long long)loader->opts.epochs);
    slot *next = &loader->slot[0];
    if (loader->opts.no_prefetch) {
        fill_next(loader, next);
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

gd_status gd_loader_seek(gd_loader *loader, int64_t epoch, int64_t batch_index)
{
    if (epoch < 0 || batch_index < 0 || batch_index >= loader->batch_count)
        return gd__fail(GD_ERROR_ARGUMENT, "batch %lld of epoch %lld was asked for; an epoch has %lld batches",
                        (long long)batch_index, (long long)epoch, (long long)loader->batch_count);
    reset(loader, (position){.epoch = epoch, .index = batch_index});
    return GD_OK;
}

void gd_loader_position(const gd_loader *loader, int64_t *epoch, int64_t *batch_index)
{
    *epoch = loader->delivered.epoch;
    *batch_index = loader->delivered.index;
}

int64_t gd_loader_batches(const gd_loader *loader)
{
    return loader->batch_count;
}

// ---- Making one

static gd_status make_slot(const gd_loader *loader, slot *slot)
{
    const gd_dataset *set = loader->set;
    int fields = set->store->field_count;
    slot->field = gd__alloc_zeroed((size_t)fields, sizeof *slot->field);
    slot->sample = gd__alloc_zeroed((size_t)loader->opts.batch, sizeof *slot->sample);
    if (slot->field == NULL || slot->sample == NULL)
        return gd__fail_memory("the batches of a loader");
    for (int f = 0; f < fields; f++) {
        gd_field field = gd_dataset_field(set, f);
        if (field.shape.rank == GD_MAX_RANK)
            return gd__fail(GD_ERROR_SHAPE, "field '%s' has too many dimensions to be batched", field.name);
        gd_shape shape = {.rank = field.shape.rank + 1, .dim = {loader->opts.batch}};
        memcpy(shape.dim + 1, field.shape.dim, (size_t)field.shape.rank * sizeof shape.dim[0]);
        gd_status status = gd_array_create(&slot->field[f], field.type, shape);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status prepare(gd_loader *loader)
{
    if (loader->opts.shuffle) {
        loader->order_epoch = -1;
        loader->order = gd__alloc_zeroed((size_t)loader->set->count, sizeof *loader->order);
        if (loader->order == NULL)
            return gd__fail_memory("the order of a loader");
    }
    gd_status status = GD_OK;
    for (int i = 0; i < (loader->opts.no_prefetch ? 1 : SLOTS) && status == GD_OK; i++)
        status = make_slot(loader, &loader->slot[i]);
    return status;
}

static gd_status check_opts(const gd_dataset *set, gd_loader_opts *opts)
{
    if (opts->batch < 1 || opts->epochs < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a loader was asked for batches of %lld samples and %lld epochs",
                        (long long)opts->batch, (long long)opts->epochs);
    if (opts->batch > set->count && !(opts->allow_short && !opts->drop_last))
        return gd__fail(GD_ERROR_ARGUMENT, "a batch of %lld samples is larger than the data set, which has %lld",
                        (long long)opts->batch, (long long)set->count);
    if (opts->batch > set->count)
        opts->batch = set->count;
    for (int f = 0; f < set->store->field_count; f++) {
        const gd__stored_field *field = &set->store->field[f];
        const gd__transform *transform = set->transform == NULL ? NULL : set->transform[f];
        if (field->fill != GD_MISSING_ERROR && (transform == NULL || transform->fill == NULL))
            return gd__fail(GD_ERROR_ARGUMENT,
                            "field '%s' may have missing cells: fit preprocessing on the training "
                            "data and apply it before making batches",
                            field->name);
    }
    return GD_OK;
}

gd_status gd_loader_create(const gd_dataset *set, gd_loader_opts opts, gd_loader **out)
{
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
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->changed, NULL);
    status = prepare(loader);
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
    for (int i = 0; i < SLOTS; i++) {
        for (int f = 0; f < loader->set->store->field_count && loader->slot[i].field != NULL; f++)
            gd_array_free(&loader->slot[i].field[f]);
        gd__free(loader->slot[i].field);
        gd__free(loader->slot[i].sample);
    }
    gd__free(loader->order);
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->lock);
    gd__free(loader);
}
