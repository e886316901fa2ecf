// From files of sounds to samples in memory, with what their names say.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "data/picture_store.h"
#include "data/sounds.h"
#include "sound/sound.h"

#define MOST_SAMPLES ((int64_t)1 << 32) // of all sounds together: 16 GB
enum { STANDARD_RATE = 16000 };

static void free_label(gd__sound_label *label)
{
    for (int i = 0; i < label->class_count; i++)
        gd__free(label->class_name[i]);
    gd__free(label->class_name);
    gd__free(label->class);
    gd__free(label->name);
}

void gd__sounds_free(gd__sounds *s)
{
    for (int64_t i = 0; s->fault != NULL && i < s->list.count; i++)
        gd__free(s->fault[i]);
    for (int i = 0; i < s->label_count; i++)
        free_label(&s->label[i]);
    gd__free(s->fault);
    gd__free(s->sample);
    gd__free(s->begin);
    gd__picture_list_free(&s->list);
    *s = (gd__sounds){0};
}

// ---- Labels

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// The classes there are, in the order of their bytes, or those that are given; label->class_count of them.
static gd_status name_classes(gd__sound_label *label, int64_t count, char **text, int given_count,
                              const char *const *given)
{
    char **sorted = gd__alloc((size_t)(count + 1) * sizeof *sorted);
    label->class_name = gd__alloc_zeroed((size_t)(given_count > 0 ? given_count : count) + 1, sizeof *sorted);
    if (sorted == NULL || label->class_name == NULL) {
        gd__free(sorted);
        return gd__fail_memory("the classes of sounds");
    }
    memcpy(sorted, text, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare_texts);
    int64_t kinds = 0;
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || strcmp(sorted[i], sorted[kinds - 1]) != 0)
            sorted[kinds++] = sorted[i];
    const int64_t wanted = given_count > 0 ? given_count : kinds;
    gd_status status = GD_OK;
    for (int64_t i = 0; i < wanted && status == GD_OK; i++) {
        label->class_name[i] = gd__copy_text(given_count > 0 ? given[i] : sorted[i]);
        status = label->class_name[i] == NULL ? gd__fail_memory("the classes of sounds") : GD_OK;
        label->class_count++;
    }
    gd__free(sorted);
    return status;
}

// Adds a label of all sounds; text[i] is what sound i has.
static gd_status add_label(gd__sounds *s, const char *name, char **text, int given_count, const char *const *given)
{
    gd__sound_label *label = &s->label[s->label_count++];
    const int64_t count = s->list.count;
    label->name = gd__copy_text(name);
    label->class = gd__alloc_zeroed((size_t)count + 1, sizeof *label->class);
    if (label->name == NULL || label->class == NULL)
        return gd__fail_memory("the classes of sounds");
    gd_status status = name_classes(label, count, text, given_count, given);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        int class = 0;
        if (given_count == 0) {
            char **found =
                bsearch(&text[i], label->class_name, (size_t)label->class_count, sizeof *found, compare_texts);
            class = (int)(found - label->class_name);
        } else {
            while (class < given_count && strcmp(given[class], text[i]) != 0)
                class ++;
            if (class == given_count)
                status = gd__fail(GD_ERROR_FORMAT, "%s: '%s' is none of the %d classes, the first of which is '%s'",
                                  s->list.entry[i].name, text[i], given_count, given[0]);
        }
        label->class[i] = class;
    }
    return status;
}

// Where a pattern or folders have classes, *target and the like are set.
static gd_status label_by_folder(gd__sounds *s, const gd_sound_opts *opts)
{
    if (s->list.class_count == 0)
        return GD_OK;
    char **text = gd__alloc((size_t)(s->list.count + 1) * sizeof *text);
    if (text == NULL)
        return gd__fail_memory("the classes of sounds");
    for (int64_t i = 0; i < s->list.count; i++)
        text[i] = s->list.class_name[s->list.entry[i].label];
    s->target = 0;
    gd_status status = add_label(s, "label", text, opts->class_count, opts->class_name);
    gd__free(text);
    return status;
}

static gd_status field_of(const gd__name_pattern *pattern, const char *name, int *field)
{
    *field = name == NULL ? -1 : gd__name_pattern_find(pattern, name);
    return name == NULL || *field >= 0
               ? GD_OK
               : gd__fail(GD_ERROR_ARGUMENT, "the pattern %s has no field '%s'", pattern->text, name);
}

static void drop(gd__picture_list *list, int64_t i)
{
    gd__free(list->entry[i].name);
    gd__free(list->entry[i].class_text);
    list->entry[i] = (gd__picture_entry){0};
}

// Reads the pattern's fields off the names, and leaves out the sounds of which the conditions do not hold. Of sounds to
// be predicted none need fit.
static gd_status read_names(gd__sounds *s, const gd_sound_opts *opts, const gd__name_pattern *pattern,
                            gd__name_parts *parts, bool *fits)
{
    int64_t kept = 0;
    gd_status status = GD_OK;
    *fits = true;
    for (int64_t i = 0; i < s->list.count && status == GD_OK; i++) {
        const char *name = s->list.entry[i].name;
        bool hold = true;
        if (!gd__name_pattern_match(pattern, name, &parts[kept])) {
            *fits = false;
            if (!opts->keep_broken)
                return gd__fail(GD_ERROR_FORMAT, "%s: its name is not as the pattern %s", name, pattern->text);
            return GD_OK;
        }
        if (opts->where != NULL && !opts->keep_broken)
            status = gd__name_conditions(pattern, opts->where, &parts[kept], &hold);
        if (status == GD_OK && !hold) {
            drop(&s->list, i);
        } else if (status == GD_OK) {
            const gd__picture_entry entry = s->list.entry[i];
            s->list.entry[i] = (gd__picture_entry){0};
            s->list.entry[kept++] = entry;
        }
    }
    if (status != GD_OK)
        return status;
    s->list.count = kept;
    return kept > 0 ? GD_OK : gd__fail(GD_ERROR_FORMAT, "there is no sound of which '%s' holds", opts->where);
}

static gd_status label_by_name(gd__sounds *s, const gd_sound_opts *opts)
{
    gd__name_pattern pattern;
    int target, group, same;
    bool fits;
    gd_status status = gd__name_pattern_parse(opts->pattern, &pattern);
    if (status == GD_OK)
        status = field_of(&pattern, opts->target != NULL ? opts->target : pattern.name[0], &target);
    if (status == GD_OK)
        status = field_of(&pattern, opts->group, &group);
    if (status == GD_OK)
        status = field_of(&pattern, opts->same, &same);
    if (status != GD_OK)
        return status;
    gd__name_parts *parts = gd__alloc_zeroed((size_t)s->list.count + 1, sizeof *parts);
    char **text = gd__alloc_zeroed((size_t)s->list.count + 1, sizeof *text);
    status = parts == NULL || text == NULL ? gd__fail_memory("the names of sounds")
                                           : read_names(s, opts, &pattern, parts, &fits);
    for (int f = 0; f < pattern.count && status == GD_OK && fits; f++) {
        for (int64_t i = 0; i < s->list.count; i++)
            text[i] = parts[i].part[f];
        const bool given = f == target;
        status = add_label(s, pattern.name[f], text, given ? opts->class_count : 0, opts->class_name);
    }
    if (status == GD_OK && fits) {
        s->target = target;
        s->group = group;
        s->same = same;
    }
    gd__free(parts);
    gd__free(text);
    return status;
}

// ---- Samples

static gd_status decode_entry(const gd__picture_list *list, const gd__picture_entry *entry, int rate,
                              gd__open_archive *open, gd__sound *sound)
{
    unsigned char *data;
    if (entry->archive < 0)
        return gd__sound_read(entry->name, rate, sound);
    gd_status status = gd__picture_bytes_next(list, entry, open, &data);
    if (status == GD_OK)
        status = gd__sound_decode(entry->name, data, (size_t)entry->size, rate, sound);
    gd__free(data);
    return status;
}

static gd_status add_samples(gd__sounds *s, int64_t i, const float *sample, int64_t count, int64_t *room)
{
    const int64_t total = s->begin[i] + count;
    if (total > MOST_SAMPLES)
        return gd__fail(GD_ERROR_UNSUPPORTED, "the sounds have more than %lld samples together, which memory must hold",
                        (long long)MOST_SAMPLES);
    if (total > *room) {
        const int64_t wider = total > 2 * *room ? total : 2 * *room;
        float *larger = gd__realloc(s->sample, (size_t)wider, sizeof *larger);
        if (larger == NULL)
            return gd__fail_memory("the samples of sounds");
        s->sample = larger;
        *room = wider;
    }
    memcpy(s->sample + s->begin[i], sample, (size_t)count * sizeof *sample);
    s->begin[i + 1] = total;
    return GD_OK;
}

static gd_status decode_all(gd__sounds *s, const gd_sound_opts *opts)
{
    static const float silence = 0;
    gd__open_archive open = {.archive = -1};
    int64_t room = 0;
    const int rate = opts->rate == 0 ? STANDARD_RATE : opts->rate;
    s->begin = gd__alloc_zeroed((size_t)s->list.count + 1, sizeof *s->begin);
    s->fault = gd__alloc_zeroed((size_t)s->list.count + 1, sizeof *s->fault);
    gd_status status = s->begin == NULL || s->fault == NULL ? gd__fail_memory("the samples of sounds") : GD_OK;
    for (int64_t i = 0; i < s->list.count && status == GD_OK; i++) {
        gd__sound sound = {0};
        status = gd__progress("reading sounds", i, s->list.count);
        if (status != GD_OK)
            break;
        status = decode_entry(&s->list, &s->list.entry[i], rate, &open, &sound);
        const bool lenient = opts->skip_broken || opts->keep_broken;
        if (status == GD_ERROR_FORMAT && lenient) {
            s->fault[i] = gd__copy_text(gd_last_error());
            status =
                s->fault[i] == NULL ? gd__fail_memory("the samples of sounds") : add_samples(s, i, &silence, 1, &room);
        } else if (status == GD_OK) {
            status = add_samples(s, i, sound.sample, sound.count, &room);
        }
        gd__sound_free(&sound);
    }
    gd__tar_close(open.tar);
    return status;
}

// ---- The whole

gd_status gd__sounds_make(int count, const char *const *path, const gd_sound_opts *opts, gd__sounds *out)
{
    static const gd__file_form form = {".wav|.flac|.aiff|.aif|.ogg|.opus|.mp3", "sound"};
    const gd_picture_opts of_list = {
        .below = opts->below, .path_column = opts->path_column, .class_column = opts->class_column};
    *out = (gd__sounds){.target = -1, .group = -1, .same = -1};
    gd_status status = gd__file_list_make(&form, count, path, &of_list, &out->list);
    if (status == GD_OK)
        status = opts->pattern != NULL ? label_by_name(out, opts) : label_by_folder(out, opts);
    if (status == GD_OK)
        status = decode_all(out, opts);
    if (status != GD_OK)
        gd__sounds_free(out);
    return status;
}
