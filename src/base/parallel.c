#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/debug.h"
#include "base/processors.h"
#include "base/stack.h"

enum { MOST_WORKERS = 256, MOST_SHARES = 1 << 14, SHARES_A_THREAD = 4 };

// How many threads the process computes with; 0 until somebody asks. Documented in gd_set_threads.
static atomic_int thread_count;

// ---- The region that runs

// The shares that are left of those that a worker begins with, in one word, so that a claim is one exchange: the
// region's number in the upper half, the first share and the one after the last in the quarters below. A claim for a
// region that has ended fails, since the number is another.
typedef struct slot {
    _Alignas(64) _Atomic uint64_t word; // each in a cache line of its own
} slot;

// Documented process-wide state: the pool. The fields of the region are read by those who hold a claim only, and a
// region does not end while there are claims.
static struct {
    slot left[MOST_WORKERS];
    atomic_int participants; // of the region: slots 0 … participants-1
    gd__range_function *function;
    void *context;
    int64_t count;
    int shares;
    _Alignas(64) atomic_int done;    // shares
    _Alignas(64) atomic_uint number; // of the newest region; 0 before the first
    atomic_flag taken;               // by the thread whose region runs
    // Sleeping and starting.
    pthread_mutex_t lock;
    pthread_cond_t begins, ends;
    atomic_int sleepers;       // workers that wait for `begins`
    atomic_bool caller_sleeps; // waits for `ends`
    atomic_int most;           // workers of this number and above return
    int started;               // workers; the caller of a region is worker 0
    pthread_t thread[MOST_WORKERS];
    // What small regions would have gained by workers that slept.
    int missed;
    double missed_at;
} pool = {.taken = ATOMIC_FLAG_INIT,
          .most = MOST_WORKERS,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .begins = PTHREAD_COND_INITIALIZER,
          .ends = PTHREAD_COND_INITIALIZER};

static _Thread_local int this_worker;
static _Thread_local bool in_region;
static _Atomic(void (*)(void)) disturb;

static uint64_t slot_word(unsigned number, int begin, int end)
{
    return (uint64_t)number << 32 | (uint64_t)begin << 16 | (uint64_t)end;
}

// Claims a share of one slot: from the front of one's own, from the back of another's. -1 when none is left.
static int claim_from(int owner, bool own, unsigned number)
{
    uint64_t word = atomic_load_explicit(&pool.left[owner].word, memory_order_acquire);
    for (;;) {
        const int begin = (int)(word >> 16 & 0xffff), end = (int)(word & 0xffff);
        if ((unsigned)(word >> 32) != number || begin >= end)
            return -1;
        const uint64_t rest = own ? slot_word(number, begin + 1, end) : slot_word(number, begin, end - 1);
        if (atomic_compare_exchange_weak_explicit(&pool.left[owner].word, &word, rest, memory_order_acq_rel,
                                                  memory_order_acquire))
            return own ? begin : end - 1;
    }
}

static int claim(int worker, unsigned number)
{
    void (*late)(void) = atomic_load_explicit(&disturb, memory_order_relaxed);
    if (late != NULL)
        late();
    const int participants = atomic_load_explicit(&pool.participants, memory_order_relaxed);
    for (int i = 0; i < participants; i++) {
        const int owner = (worker + i) % participants;
        const int share = claim_from(owner, owner == worker, number);
        if (share >= 0)
            return share;
    }
    return -1;
}

// ---- Waiting

// A processor that is asked to look again and again leaves its resources to others for a moment.
static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// How long a thread looks out before it sleeps. Alone on its processor it may do so for long, since the next region
// mostly comes at once and waking takes longer than most regions. A gap in its looking out says that another program
// wants the processor: then it waits less.
typedef struct patience {
    double most, seconds;
} patience;
static const double worker_patience = 200e-6, least_patience = 4e-6, a_gap = 200e-6;
// A caller waits for shares that workers have begun. Where one of them has been put aside for another program, the
// scheduler brings it to the processor that the caller leaves, but only when it has been off for half a millisecond.
static const double caller_patience = 700e-6;

// Looks out until `ready` or for as long as patience lasts; true when it came.
static bool look_out(patience *p, bool (*ready)(unsigned), unsigned value)
{
    const double start = gd_clock();
    for (double before = start;;) {
        for (int i = 0; i < 16; i++) {
            if (ready(value)) {
                p->seconds = p->seconds * 1.05 < p->most ? p->seconds * 1.05 : p->most;
                return true;
            }
            pause_briefly();
        }
        const double now = gd_clock();
        if (now - before > a_gap) {
            p->seconds = p->seconds / 2 > least_patience ? p->seconds / 2 : least_patience;
            return ready(value);
        }
        if (now - start > p->seconds)
            return ready(value);
        before = now;
    }
}

// ---- Shares

static void run_share(int share)
{
    const int64_t begin = pool.count / pool.shares * share + pool.count % pool.shares * share / pool.shares;
    const int next = share + 1;
    const int64_t end = pool.count / pool.shares * next + pool.count % pool.shares * next / pool.shares;
    pool.function(pool.context, begin, end);
}

// Claims and runs shares until none is left.
static void take_part(int worker, unsigned number)
{
    for (int share; (share = claim(worker, number)) >= 0;) {
        run_share(share);
        const int all = pool.shares; // not to be read once the last share is done
        if (atomic_fetch_add(&pool.done, 1) + 1 == all && atomic_load(&pool.caller_sleeps)) {
            pthread_mutex_lock(&pool.lock);
            pthread_cond_signal(&pool.ends);
            pthread_mutex_unlock(&pool.lock);
        }
    }
}

// ---- Workers

// Whether this worker is one too many.
static bool is_surplus(void)
{
    return this_worker >= atomic_load_explicit(&pool.most, memory_order_relaxed);
}

static bool number_differs(unsigned number)
{
    return atomic_load_explicit(&pool.number, memory_order_acquire) != number || is_surplus();
}

static void sleep_until_region(unsigned number)
{
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.sleepers, 1);
    while (!number_differs(number))
        pthread_cond_wait(&pool.begins, &pool.lock);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.lock);
}

static void *work(void *argument)
{
    this_worker = (int)(intptr_t)argument;
    in_region = true;
    patience p = {worker_patience, worker_patience};
    unsigned number = 0;
    for (;;) {
        if (!look_out(&p, number_differs, number))
            sleep_until_region(number);
        if (is_surplus())
            return NULL;
        number = atomic_load_explicit(&pool.number, memory_order_acquire);
        take_part(this_worker, number);
    }
}

// The child of a fork has none of the workers.
static void begin_anew(void)
{
    pool.started = 0;
    atomic_store(&pool.most, MOST_WORKERS);
    atomic_store(&pool.sleepers, 0);
    atomic_store(&pool.caller_sleeps, false);
    atomic_flag_clear(&pool.taken);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.begins, NULL);
    pthread_cond_init(&pool.ends, NULL);
    in_region = false;
    this_worker = 0;
}

static void set_up(void)
{
    pthread_atfork(NULL, NULL, begin_anew);
}

// Ends the workers of the numbers from `most` on: with fewer threads than before, the others must neither take shares
// nor look out for regions.
static void end_workers(int most)
{
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.most, most);
    pthread_cond_broadcast(&pool.begins);
    pthread_mutex_unlock(&pool.lock);
    while (pool.started > 0 && pool.started >= most)
        pthread_join(pool.thread[--pool.started], NULL);
    atomic_store(&pool.most, MOST_WORKERS);
}

// Starts workers up to `wanted`, the caller among them; returns how many there are.
static int start_workers(int wanted)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
    if (pool.started + 1 >= wanted)
        return wanted;
    while (pool.started + 1 < wanted &&
           gd__thread_create(&pool.thread[pool.started], work, (void *)(intptr_t)(pool.started + 1)) == 0)
        pool.started++;
    return pool.started + 1;
}

// Workers end with the process, or before the library is unloaded.
__attribute__((destructor)) static void stop_workers(void)
{
    end_workers(0);
}

// ---- The calling thread

// A sleeping worker is woken for a large region. Waking takes longer than a small one, which is worth it when many of
// them follow each other.
static void wake_workers(int shares, int64_t grains)
{
    enum { LARGE = 16 };
    static const double soon = 1e-3;
    if (atomic_load(&pool.sleepers) == 0)
        return;
    if (grains < LARGE) {
        const double now = gd_clock();
        pool.missed = now - pool.missed_at < soon ? pool.missed + (int)grains : (int)grains;
        pool.missed_at = now;
        if (pool.missed < 4 * LARGE)
            return;
        pool.missed = 0;
    }
    pthread_mutex_lock(&pool.lock);
    if (shares - 1 >= atomic_load(&pool.sleepers))
        pthread_cond_broadcast(&pool.begins);
    else
        for (int i = 1; i < shares; i++)
            pthread_cond_signal(&pool.begins);
    pthread_mutex_unlock(&pool.lock);
}

static bool all_done(unsigned shares)
{
    return atomic_load_explicit(&pool.done, memory_order_acquire) == (int)shares;
}

static void wait_for_all(int shares)
{
    static _Thread_local patience p = {caller_patience, caller_patience};
    if (all_done((unsigned)shares) || look_out(&p, all_done, (unsigned)shares))
        return;
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.caller_sleeps, true);
    while (atomic_load(&pool.done) != shares)
        pthread_cond_wait(&pool.ends, &pool.lock);
    atomic_store(&pool.caller_sleeps, false);
    pthread_mutex_unlock(&pool.lock);
}

static void publish(int shares, int participants)
{
    unsigned number = atomic_load_explicit(&pool.number, memory_order_relaxed) + 1;
    number += number == 0; // 0 is before the first
    pool.shares = shares;
    atomic_store_explicit(&pool.done, 0, memory_order_relaxed);
    atomic_store_explicit(&pool.participants, participants, memory_order_relaxed);
    for (int i = 0; i < participants; i++) {
        const int begin = (int)((int64_t)shares * i / participants),
                  end = (int)((int64_t)shares * (i + 1) / participants);
        atomic_store_explicit(&pool.left[i].word, slot_word(number, begin, end), memory_order_release);
    }
    atomic_store(&pool.number, number);
}

// As many shares for each thread as the work allows, so that whoever is late leaves little for the others to wait for.
static int share_count(int64_t grains, int threads)
{
    if (threads == 1)
        return 1;
    if (grains <= threads)
        return (int)grains;
    const int64_t each = grains / threads < SHARES_A_THREAD ? grains / threads : SHARES_A_THREAD;
    const int64_t shares = each * threads;
    return shares < MOST_SHARES ? (int)shares : MOST_SHARES;
}

void gd__parallel(int64_t count, int64_t grain, gd__range_function *function, void *context)
{
    if (count <= 0)
        return;
    const int64_t grains = grain > 1 ? count / grain : count;
    const int threads = gd_threads(), shares = share_count(grains, threads);
    if (shares <= 1 || in_region || gd__workers() == 1 || atomic_flag_test_and_set(&pool.taken)) {
        function(context, 0, count);
        return;
    }
    const int wanted = threads < gd__workers() ? threads : gd__workers();
    if (pool.started >= wanted)
        end_workers(wanted);
    const int participants = start_workers(wanted < shares ? wanted : shares);
    pool.function = function;
    pool.context = context;
    pool.count = count;
    in_region = true;
    publish(shares, participants);
    wake_workers(shares, grains);
    take_part(0, atomic_load_explicit(&pool.number, memory_order_relaxed));
    wait_for_all(shares);
    in_region = false;
    atomic_flag_clear(&pool.taken);
}

bool gd__in_parallel(void)
{
    return in_region;
}

int gd__worker(void)
{
    return this_worker;
}

int gd__workers(void)
{
    static atomic_int workers;
    int count = atomic_load_explicit(&workers, memory_order_relaxed);
    if (count == 0) {
        count = gd__processors();
        count = count < MOST_WORKERS ? count : MOST_WORKERS;
        atomic_store(&workers, count);
    }
    return count;
}

void gd__parallel_disturb(void (*function)(void))
{
    atomic_store(&disturb, function);
}

// ---- How many threads

// What OMP_NUM_THREADS says, as in other programs that compute; 0 when it says nothing.
static int threads_from_environment(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    const long number = text != NULL ? strtol(text, NULL, 10) : 0;
    return number > 0 && number <= MOST_SHARES ? (int)number : 0;
}

int gd_threads(void)
{
    int threads = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (threads == 0) {
        threads = threads_from_environment();
        threads = threads > 0 ? threads : gd__workers();
        atomic_store(&thread_count, threads);
    }
    return threads;
}

void gd_set_threads(int threads)
{
    threads = threads > 0 ? threads : gd__workers();
    atomic_store(&thread_count, threads < MOST_SHARES ? threads : MOST_SHARES);
}
