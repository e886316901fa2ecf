// The journal: one line of JSON for every event, on the disk before anything follows from it. It is never changed, only
// added to; so what a killed search leaves is all that was told to it, and perhaps half a line.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/json.h"
#include "search/search.h"

enum { VERSION = 1, MOST_BYTES = 1 << 28, MOST_TRIALS = 10000 };

// ---- The head

void gd__journal_head_free(gd__journal_head *head)
{
    gd__free(head->recipe);
    gd__free(head->source);
    gd__free(head->name);
    gd__free(head->folder);
    gd__free(head->objective);
    *head = (gd__journal_head){0};
}

static bool take_text(const json_t *object, const char *key, char **text)
{
    const char *found = json_string_value(json_object_get(object, key));
    *text = gd__copy_text(found);
    return *text != NULL;
}

static gd_status fail_line(const char *path, int line, const char *what)
{
    return gd__fail(GD_ERROR_FORMAT, "%s: line %d %s; it is no journal of a search, or was damaged", path, line, what);
}

static gd_status read_head(const char *path, const json_t *line, gd__journal_head *head)
{
    const char *event = json_string_value(json_object_get(line, "event"));
    if (event == NULL || strcmp(event, "search") != 0)
        return fail_line(path, 1, "is not the beginning of a search");
    if (json_integer_value(json_object_get(line, "version")) != VERSION)
        return gd__fail(GD_ERROR_FORMAT, "%s was written by another version of Gradus", path);
    head->higher_is_better = json_is_true(json_object_get(line, "higher_is_better"));
    if (take_text(line, "recipe", &head->recipe) && take_text(line, "source", &head->source) &&
        take_text(line, "name", &head->name) && take_text(line, "folder", &head->folder) &&
        take_text(line, "objective", &head->objective))
        return GD_OK;
    return fail_line(path, 1, "lacks the recipe");
}

// The line as JSON, or NULL.
static json_t *parse_line(const char *text, size_t length)
{
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    if (line != NULL && json_is_object(line))
        return line;
    json_decref(line);
    return NULL;
}

gd_status gd__journal_read(const char *path, gd__journal_head *head, char **text, size_t *length)
{
    *head = (gd__journal_head){0};
    gd_status status = gd__file_read(path, MOST_BYTES, text, length);
    if (status != GD_OK)
        return status;
    const char *end = memchr(*text, '\n', *length);
    json_t *line = end == NULL ? NULL : parse_line(*text, (size_t)(end - *text));
    status = line == NULL ? fail_line(path, 1, "is not whole") : read_head(path, line, head);
    json_decref(line);
    if (status == GD_OK)
        return GD_OK;
    gd__journal_head_free(head);
    gd__free(*text);
    *text = NULL;
    return status;
}

gd_status gd__journal_write_head(const char *path, const gd__journal_head *head, const char *rest, size_t length)
{
    json_t *line = json_pack("{s:s, s:i, s:s, s:b, s:s, s:s, s:s, s:s}", "event", "search", "version", (int)VERSION,
                             "objective", head->objective, "higher_is_better", (int)head->higher_is_better, "name",
                             head->name, "folder", head->folder, "source", head->source, "recipe", head->recipe);
    char *text = gd__json_text(line);
    if (text == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: the recipe cannot be written down; is it UTF-8?", path);
    gd__text whole = {0};
    gd__text_add_bytes(&whole, text, strlen(text));
    gd__text_add_bytes(&whole, "\n", 1);
    gd__text_add_bytes(&whole, rest, length);
    gd_status status = whole.failed ? gd__fail_memory("a journal") : gd__file_write(path, whole.data, whole.length);
    gd__free(text);
    gd__text_free(&whole);
    return status;
}

// ---- Reading events back

static bool read_value(const gd_search_parameter *p, const json_t *json, double *value)
{
    if (p->range != GD_RANGE_CHOICE) {
        *value = json_number_value(json);
        return json_is_number(json) && *value >= p->low && *value <= p->high;
    }
    const char *text = json_string_value(json);
    for (int k = 0; k < p->choice_count && text != NULL; k++)
        if (strcmp(text, p->choice[k]) == 0) {
            *value = k;
            return true;
        }
    return false;
}

// The trial that the event is about; a new one is made when it is the next. NULL: the event is damaged.
static gd__search_trial *started_trial(gd_search *search, const json_t *line, int64_t number)
{
    const json_t *values = json_object_get(line, "values");
    double *value = gd__alloc_zeroed((size_t)search->parameter_count, sizeof *value);
    bool good = value != NULL && number >= 1 && number <= search->trial_count + 1 && number <= MOST_TRIALS;
    for (int i = 0; i < search->parameter_count && good; i++)
        good = read_value(&search->parameter[i], json_object_get(values, search->parameter[i].name), &value[i]);
    gd__search_trial *trial = NULL;
    if (good && number <= search->trial_count) {
        trial = search->trial[number - 1];
        if (memcmp(trial->value, value, (size_t)search->parameter_count * sizeof *value) != 0)
            trial = NULL;
    } else if (good && gd__search_add_trial(search, value, &trial) != GD_OK) {
        trial = NULL;
    }
    gd__free(value);
    return trial;
}

static bool take_start(gd_search *search, const json_t *line, int64_t number)
{
    gd__search_trial *trial = started_trial(search, line, number);
    int64_t epochs = json_integer_value(json_object_get(line, "epochs"));
    if (trial == NULL || epochs < 0)
        return false;
    trial->shown.epochs = epochs;
    trial->shown.state = GD_SEARCH_RUNNING;
    return true;
}

static bool take_end(gd_search *search, const json_t *line, int64_t number, bool failed)
{
    if (number < 1 || number > search->trial_count)
        return false;
    gd__search_trial *trial = search->trial[number - 1];
    gd_search_result result = {
        .objective = json_number_value(json_object_get(line, "objective")),
        .epochs = json_integer_value(json_object_get(line, "epochs")),
        .best_epoch = json_integer_value(json_object_get(line, "best_epoch")),
        .seconds = json_number_value(json_object_get(line, "seconds")),
        .failure = failed ? json_string_value(json_object_get(line, "reason")) : NULL,
    };
    if (trial->shown.state != GD_SEARCH_RUNNING || (failed && result.failure == NULL) ||
        (!failed && !json_is_number(json_object_get(line, "objective"))))
        return false;
    return gd__search_take_result(search, trial, &result) == GD_OK;
}

static bool take_event(gd_search *search, const json_t *line)
{
    const char *event = json_string_value(json_object_get(line, "event"));
    int64_t number = json_integer_value(json_object_get(line, "trial"));
    if (event == NULL)
        return false;
    if (strcmp(event, "started") == 0)
        return take_start(search, line, number);
    bool failed = strcmp(event, "failed") == 0;
    return (failed || strcmp(event, "finished") == 0) && take_end(search, line, number, failed);
}

gd_status gd__journal_replay(gd_search *search, const char *path, const char *text, size_t length)
{
    int number = 1;
    for (const char *at = text, *stop = text + length; at < stop; number++) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        bool whole = end != NULL;
        end = whole ? end : stop;
        json_t *line = number == 1 ? NULL : parse_line(at, (size_t)(end - at));
        bool good = number == 1 || (line != NULL && take_event(search, line));
        json_decref(line);
        if (!good && !whole)
            break; // the machine stopped while this was written
        if (!good)
            return fail_line(path, number, "does not fit to the ones before");
        at = end + 1;
    }
    for (int i = 0; i < search->trial_count; i++)
        if (search->trial[i]->shown.state == GD_SEARCH_RUNNING)
            search->trial[i]->shown.state = GD_SEARCH_WAITING;
    return GD_OK;
}

// ---- Adding

// Cuts off half a line; a whole one that lacks only its end gets it.
static bool mend_end(int file)
{
    off_t size = lseek(file, 0, SEEK_END), at = size;
    char byte = '\n', block[4096];
    if (size <= 0 || pread(file, &byte, 1, size - 1) != 1)
        return false;
    if (byte == '\n')
        return true;
    off_t begin = -1;
    while (at > 0 && begin < 0) {
        size_t count = at < (off_t)sizeof block ? (size_t)at : sizeof block;
        at -= (off_t)count;
        if (pread(file, block, count, at) != (ssize_t)count)
            return false;
        for (size_t i = count; i > 0 && begin < 0; i--)
            if (block[i - 1] == '\n')
                begin = at + (off_t)i;
    }
    char *line = begin < 0 ? NULL : gd__alloc((size_t)(size - begin) + 1);
    bool good = line != NULL && pread(file, line, (size_t)(size - begin), begin) == (ssize_t)(size - begin);
    json_t *json = good ? parse_line(line, (size_t)(size - begin)) : NULL;
    if (good)
        good = json != NULL ? write(file, "\n", 1) == 1 : ftruncate(file, begin) == 0;
    json_decref(json);
    gd__free(line);
    return good;
}

gd_status gd__journal_lock(const char *directory, int *lock)
{
    *lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", directory, strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return GD_OK;
    close(*lock);
    *lock = -1;
    return gd__fail(GD_ERROR_ARGUMENT, "another process is searching in %s: wait for its end, or stop it", directory);
}

void gd__journal_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

gd_status gd__journal_open(gd_search *search, const char *path)
{
    search->journal = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    return search->journal >= 0 ? GD_OK : gd__fail(GD_ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static gd_status add_line(gd_search *search, json_t *line)
{
    char *text = gd__json_text(line);
    if (text == NULL)
        return gd__fail_memory("a line of the journal");
    gd__text whole = {0};
    gd__text_add_bytes(&whole, text, strlen(text));
    gd__text_add_bytes(&whole, "\n", 1);
    gd__free(text);
    gd_status status = whole.failed ? gd__fail_memory("a line of the journal") : GD_OK;
    if (status == GD_OK && !mend_end(search->journal))
        status = gd__fail(GD_ERROR_IO, "%s/" GD__JOURNAL ": cannot be read: %s", search->directory, strerror(errno));
    for (size_t done = 0; status == GD_OK && done < whole.length;) {
        ssize_t count = write(search->journal, whole.data + done, whole.length - done);
        if (count > 0)
            done += (size_t)count;
        else if (count == 0 || errno != EINTR)
            status =
                gd__fail(GD_ERROR_IO, "%s/" GD__JOURNAL ": cannot be written: %s", search->directory, strerror(errno));
    }
    if (status == GD_OK && fsync(search->journal) != 0)
        status = gd__fail(GD_ERROR_IO, "%s/" GD__JOURNAL ": cannot be written: %s", search->directory, strerror(errno));
    gd__text_free(&whole);
    return status;
}

gd_status gd__journal_started(gd_search *search, const gd__search_trial *trial)
{
    if (search->journal < 0)
        return GD_OK;
    json_t *values = json_object();
    for (int i = 0; i < search->parameter_count; i++) {
        const gd_search_parameter *p = &search->parameter[i];
        double value = trial->value[i];
        json_object_set_new(values, p->name,
                            p->range == GD_RANGE_CHOICE ? json_string(p->choice[(int)value]) : json_real(value));
    }
    return add_line(search, json_pack("{s:s, s:i, s:I, s:o}", "event", "started", "trial", trial->shown.number,
                                      "epochs", (json_int_t)trial->shown.epochs, "values", values));
}

gd_status gd__journal_ended(gd_search *search, const gd__search_trial *trial)
{
    const gd_search_trial *shown = &trial->shown;
    if (search->journal < 0)
        return GD_OK;
    if (shown->state == GD_SEARCH_FAILED) {
        json_t *reason = json_string(shown->failure);
        reason = reason != NULL ? reason : json_string("it failed; its reason is no UTF-8");
        return add_line(search,
                        json_pack("{s:s, s:i, s:I, s:f, s:o}", "event", "failed", "trial", shown->number, "epochs",
                                  (json_int_t)shown->epochs_done, "seconds", shown->seconds, "reason", reason));
    }
    return add_line(search, json_pack("{s:s, s:i, s:f, s:I, s:I, s:f}", "event", "finished", "trial", shown->number,
                                      "objective", shown->objective, "epochs", (json_int_t)shown->epochs_done,
                                      "best_epoch", (json_int_t)shown->best_epoch, "seconds", shown->seconds));
}
