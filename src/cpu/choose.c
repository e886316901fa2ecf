#include "cpu/choose.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/debug.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"

// Documented process-wide state: the choices read from the file and made since.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool loaded;
static int loaded_at;       // gd__cache_changes then
static atomic_bool untimed; // gd_set_timing
static char *path;          // NULL: choices cannot be remembered
typedef struct choice {
    char *key;
    int index;
} choice;
static choice *list;
static int count, capacity;

enum { FILE_LIMIT = 4 << 20, LINE_LIMIT = 512 };

static void note(const char *key, size_t length, int index)
{
    if (!gd__grow((void **)&list, &capacity, count, sizeof *list))
        return;
    char *copy = gd__alloc(length + 1);
    if (copy == NULL)
        return;
    memcpy(copy, key, length);
    copy[length] = '\0';
    list[count++] = (choice){copy, index};
}

// The processor's name, so that a home directory shared by several machines keeps their choices apart.
static uint64_t processor_hash(void)
{
    char line[LINE_LIMIT];
    uint64_t hash = 0;
    FILE *stream = fopen("/proc/cpuinfo", "r");
    while (stream != NULL && hash == 0 && fgets(line, sizeof line, stream) != NULL) {
        if (strncmp(line, "model name", 10) == 0 || strncmp(line, "CPU part", 8) == 0) // the latter on ARM
            hash = gd__hash_text(line);
    }
    if (stream != NULL)
        fclose(stream);
    return hash;
}

static char *find_path(void)
{
    char *directory = gd__cache_directory(NULL);
    if (directory == NULL)
        return NULL;
    gd__text text = {0};
    gd__text_add(&text, "%s/choices-%016llx.txt", directory, (unsigned long long)processor_hash());
    gd__free(directory);
    return gd__text_take(&text);
}

void gd_set_timing(bool on)
{
    atomic_store(&untimed, !on);
}

static void forget(void)
{
    for (int i = 0; i < count; i++)
        gd__free(list[i].key);
    count = 0;
    gd__free(path);
    path = NULL;
}

// Lines are "key<tab>index". Lines that are not are passed over: the file is a cache.
static void load(void)
{
    forget();
    loaded = true;
    loaded_at = gd__cache_changes();
    path = find_path();
    char *data;
    size_t size;
    if (path == NULL || !gd__file_exists(path) || gd__file_read(path, FILE_LIMIT, &data, &size) != GD_OK)
        return;
    for (const char *line = data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        if (tab != NULL && tab[1] >= '0' && tab[1] <= '9' && tab + 2 == end)
            note(line, (size_t)(tab - line), tab[1] - '0');
    }
    gd__free(data);
}

// One write of one short line at the end of the file: whole lines, also with several processes.
static void remember(const char *key, int index)
{
    char line[LINE_LIMIT];
    int length = snprintf(line, sizeof line, "%s\t%d\n", key, index);
    if (length <= 0 || length >= (int)sizeof line)
        return;
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (file < 0)
        return;
    ssize_t written = write(file, line, (size_t)length);
    (void)written; // a choice that is not remembered is made again
    close(file);
}

// The candidates take turns, so that a moment in which the machine is busy with something else falls on all of them;
// each is judged by its best round. Short jobs get more rounds. One that takes several times as long as another leaves
// after the first.
enum { FEWEST_ROUNDS = 2, ROUNDS = 4, MOST_ROUNDS = 32, HOPELESS = 3 };
static const double enough_seconds = 0.05, many_seconds = 1; // for all rounds together

static bool wants_round(int round, double seconds)
{
    return round < FEWEST_ROUNDS || (round < ROUNDS && seconds < many_seconds) ||
           (round < MOST_ROUNDS && seconds < enough_seconds);
}

static int time_all(const char *key, int candidates, gd__try *try, void *context)
{
    int best = 0;
    double least[GD__CANDIDATES] = {0};
    const double start = gd_clock();
    for (int round = 0; wants_round(round, gd_clock() - start); round++) {
        for (int i = 0; i < candidates; i++) {
            const bool has_a_chance = least[i] >= 0 && (round == 0 || least[i] < HOPELESS * least[best]);
            double seconds = has_a_chance ? try(context, i) : -1;
            if (round == 0 || (seconds >= 0 && seconds < least[i]))
                least[i] = seconds;
        }
        for (int i = 0; i < candidates; i++) {
            if (least[i] >= 0 && (least[best] < 0 || least[i] < least[best]))
                best = i;
        }
    }
    for (int i = 0; i < candidates; i++) {
        if (gd__debug_level() >= 2)
            gd__debug_print("gradus: %s: candidate %d takes %.3f ms\n", key, i, 1e3 * least[i]);
    }
    return best;
}

// GD_CHOOSE=N: candidate N of every choice, or the last where there are fewer. -1: not set.
static int forced_choice(int candidates)
{
    const char *text = getenv("GD_CHOOSE");
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    int wanted = text[0] - '0';
    return wanted < candidates ? wanted : candidates - 1;
}

bool gd__worth_choosing(double operations)
{
    return operations >= 2e7 || forced_choice(1) >= 0;
}

int gd__choose(const char *key, int candidates, gd__try *try, void *context)
{
    int forced = forced_choice(candidates);
    if (forced >= 0)
        return forced;
    pthread_mutex_lock(&lock);
    if (!loaded || loaded_at != gd__cache_changes())
        load();
    int chosen = -1;
    for (int i = 0; i < count && chosen < 0; i++) {
        if (strcmp(list[i].key, key) == 0 && list[i].index < candidates)
            chosen = list[i].index;
    }
    if (chosen < 0 && (path == NULL || try == NULL || atomic_load(&untimed)))
        chosen = 0;
    if (chosen < 0) {
        chosen = time_all(key, candidates, try, context);
        note(key, strlen(key), chosen);
        remember(key, chosen);
    }
    pthread_mutex_unlock(&lock);
    return chosen;
}
