// Which directory a run gets, and what lies there already.
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/lock.h"
#include "run/run.h"

enum { MOST_RUNS = 100000 }; // of one name

static const char *const written[] = {GD_RUN_RECORD, GD_RUN_LAST,   GD_RUN_BEST,  GD_RUN_CSV,
                                      GD_RUN_JSONL,  GD_RUN_REPORT, GD_RUN_FOLDS, GD_RUN_OUT_OF_FOLD};

char *gd__run_path(const char *directory, const char *file)
{
    gd__text path = {0};
    size_t length = strlen(directory);
    gd__text_add(&path, "%s%s%s", directory, length > 0 && directory[length - 1] == '/' ? "" : "/", file);
    return gd__text_take(&path);
}

bool gd__run_has(const char *directory, const char *file)
{
    char *path = gd__run_path(directory, file);
    bool has = path != NULL && gd__file_exists(path);
    gd__free(path);
    return has;
}

// ---- What lies there

static bool has_weights(const char *directory)
{
    return gd__run_has(directory, GD_RUN_LAST) || gd__run_has(directory, GD_RUN_BEST);
}

// Whether somebody would miss what is there: weights, or a run that came to its end without any. `locked`: by us, so
// that nobody else's training goes on there, whatever run.json says.
static bool holds_run(const char *directory, bool locked)
{
    if (has_weights(directory))
        return true;
    json_t *record = gd__run_record(directory);
    if (record != NULL) {
        gd_run_state state = gd__run_state(directory, record);
        json_decref(record);
        return state == GD_RUN_FINISHED || state == GD_RUN_INTERRUPTED || (state == GD_RUN_RUNNING && !locked);
    }
    for (int i = 0; i < GD_COUNT_OF(written); i++)
        if (gd__run_has(directory, written[i]))
            return true;
    return false;
}

// "last.safetensors.1234-0.tmp": what a killed process left of the file.
static bool is_left_over(const char *name, const char *file)
{
    size_t length = strlen(file);
    if (strncmp(name, file, length) != 0 || name[length] != '.')
        return false;
    const char *at = name + length + 1;
    size_t first = strspn(at, "0123456789");
    if (first == 0 || at[first] != '-')
        return false;
    at += first + 1;
    size_t second = strspn(at, "0123456789");
    return second > 0 && strcmp(at + second, ".tmp") == 0;
}

static bool is_written_by_run(const char *name)
{
    for (int i = 0; i < GD_COUNT_OF(written); i++)
        if (strcmp(name, written[i]) == 0 || is_left_over(name, written[i]))
            return true;
    return false;
}

static gd_status remove_run(const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", directory, strerror(errno));
    gd_status status = GD_OK;
    for (struct dirent *entry; status == GD_OK && (entry = readdir(stream)) != NULL;) {
        if (!is_written_by_run(entry->d_name))
            continue;
        char *path = gd__run_path(directory, entry->d_name);
        if (path == NULL)
            status = gd__fail_memory("a file's name");
        else if (unlink(path) != 0 && errno != ENOENT)
            status = gd__fail(GD_ERROR_IO, "%s: cannot be removed: %s", path, strerror(errno));
        gd__free(path);
    }
    closedir(stream);
    return status;
}

// ---- Taking one

static char *numbered(const char *directory, int number)
{
    gd__text name = {0};
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    gd__text_add_bytes(&name, directory, length);
    if (number > 1)
        gd__text_add(&name, "-%d", number);
    return gd__text_take(&name);
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

// Takes the directory when it is free; *taken says whether.
static gd_status try_directory(gd_run *run, gd_run_opts opts, int number, bool *taken)
{
    const char *directory = run->directory;
    const bool anyhow = opts.overwrite || opts.resume;
    long holder;
    *taken = false;
    if ((!anyhow && holds_run(directory, false)) || (number > 1 && is_file(directory)))
        return GD_OK;
    gd_status status = gd__make_directory(directory);
    if (status == GD_OK)
        status = gd__lock_take(run->lock_path, &run->lock, &holder);
    if (status != GD_OK)
        return status;
    if (run->lock < 0 && anyhow) {
        char process[40] = ""; // a lock that was taken this moment does not say whose it is
        if (holder > 0)
            snprintf(process, sizeof process, " (process %ld)", holder);
        return gd__fail(GD_ERROR_ARGUMENT, "a training goes on in %s%s: it cannot be %s", directory, process,
                        opts.resume ? "resumed" : "overwritten");
    }
    if (run->lock < 0)
        return GD_OK;
    // Another one may have begun and ended in between.
    if (!anyhow && holds_run(directory, true)) {
        gd__lock_release(run->lock_path, run->lock);
        run->lock = -1;
        return GD_OK;
    }
    *taken = true;
    return opts.resume ? GD_OK : remove_run(directory);
}

gd_status gd_run_take(const char *directory, gd_run_opts opts, gd_run **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (directory == NULL || directory[0] == '\0' || (opts.overwrite && opts.resume))
        return gd__fail(GD_ERROR_ARGUMENT, "a run needs a directory, to be overwritten or resumed but not both");
    gd_run *run = gd__alloc_zeroed(1, sizeof *run);
    if (run == NULL)
        return gd__fail_memory("a run");
    *run = (gd_run){.lock = -1, .resume = opts.resume};
    gd_status status = GD_OK;
    bool taken = false;
    for (int number = 1; number < MOST_RUNS && status == GD_OK && !taken; number++) {
        gd__free(run->directory);
        gd__free(run->lock_path);
        run->directory = numbered(directory, number);
        run->lock_path = run->directory == NULL ? NULL : gd__run_path(run->directory, GD_RUN_LOCK);
        status = run->lock_path == NULL ? gd__fail_memory("a run") : try_directory(run, opts, number, &taken);
    }
    if (status == GD_OK && !taken)
        status = gd__fail(GD_ERROR_ARGUMENT, "%s: there are %d runs of this name", directory, MOST_RUNS - 1);
    if (status != GD_OK) {
        gd_run_release(run);
        return status;
    }
    *out = run;
    return GD_OK;
}

const char *gd_run_directory(const gd_run *run)
{
    GD__NEEDS(run, NULL);
    return run->directory;
}

void gd_run_release(gd_run *run)
{
    if (run == NULL)
        return;
    gd__lock_release(run->lock_path, run->lock);
    json_decref(run->record);
    gd__free(run->directory);
    gd__free(run->lock_path);
    gd__free(run);
}

// ---- The newest of a name

// When the run began, or for an older version's when it last saved its weights.
static double age_mark(const char *directory)
{
    json_t *record = gd__run_record(directory);
    int64_t begun = gd__time_read(json_string_value(json_object_get(record, "begun")));
    json_decref(record);
    if (begun > 0)
        return (double)begun;
    char *path = gd__run_path(directory, gd__run_has(directory, GD_RUN_LAST) ? GD_RUN_LAST : GD_RUN_BEST);
    struct stat about;
    double mark = path != NULL && stat(path, &about) == 0 ? (double)about.st_mtime : 0;
    gd__free(path);
    return mark;
}

// The number behind "name-", or 0 when the entry is no numbered run of the name.
static int number_of(const char *entry, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(entry, name, length) != 0 || entry[length] != '-' || !isdigit((unsigned char)entry[length + 1]))
        return 0;
    char *end;
    long number = strtol(entry + length + 1, &end, 10);
    return *end == '\0' && number > 1 && number < MOST_RUNS ? (int)number : 0;
}

// Takes the run called `number` in place of *best when it is newer; of two of the same second the higher number is.
static void prefer(const char *directory, int number, char **best, double *mark)
{
    char *path = numbered(directory, number);
    double own = path != NULL && has_weights(path) ? age_mark(path) : -1;
    if (own >= 0 && (*best == NULL || own > *mark ||
                     (own >= *mark && strlen(path) >= strlen(*best) &&
                      (strlen(path) > strlen(*best) || strcmp(path, *best) > 0)))) {
        gd__free(*best);
        *best = path;
        *mark = own;
        return;
    }
    gd__free(path);
}

char *gd_run_newest(const char *directory)
{
    GD__NEEDS(directory, NULL);
    char *base = numbered(directory, 1), *best = NULL;
    if (base == NULL)
        return NULL;
    double mark = 0;
    char *slash = strrchr(base, '/');
    const char *name = slash == NULL ? base : slash + 1;
    char *above = slash == NULL ? gd__copy_text(".") : slash == base ? gd__copy_text("/") : gd__copy_text(base);
    if (above != NULL && slash != NULL && slash != base)
        above[slash - base] = '\0';
    prefer(base, 1, &best, &mark);
    DIR *stream = above == NULL ? NULL : opendir(above);
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        int number = number_of(entry->d_name, name);
        if (number > 0)
            prefer(base, number, &best, &mark);
    }
    if (stream != NULL)
        closedir(stream);
    gd__free(above);
    gd__free(base);
    return best;
}
