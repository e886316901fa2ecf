// A source of sounds.
#include "data/sounds.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "sound/sound.h"

typedef struct {
    gd__sounds sounds;
    bool keeps_broken;
    gd_field field[1 + GD__NAME_FIELDS];
} source_state;

static void close_sounds(void *state)
{
    source_state *s = state;
    gd__sounds_free(&s->sounds);
    gd__free(s);
}

static gd_status shape_of(void *state, int field, int64_t sample, gd_shape *shape)
{
    const gd__sounds *s = &((const source_state *)state)->sounds;
    *shape = field == 0 ? GD_SHAPE(s->begin[sample + 1] - s->begin[sample]) : GD_SCALAR;
    return GD_OK;
}

static gd_status read(void *state, int field, int64_t sample, const gd_array *to)
{
    const gd__sounds *s = &((const source_state *)state)->sounds;
    if (field == 0)
        memcpy(to->data, s->sample + s->begin[sample],
               (size_t)(s->begin[sample + 1] - s->begin[sample]) * sizeof *s->sample);
    else
        *(int32_t *)to->data = s->label[field - 1].class[sample];
    return GD_OK;
}

static const char *class_name(void *state, int field, int category)
{
    const gd__sounds *s = &((const source_state *)state)->sounds;
    if (field < 1 || field > s->label_count || category < 0 || category >= s->label[field - 1].class_count)
        return NULL;
    return s->label[field - 1].class_name[category];
}

static gd_origin origin(void *state, int64_t sample)
{
    const char *name = ((const source_state *)state)->sounds.list.entry[sample].name;
    return (gd_origin){.file = name, .id = name};
}

static const char *fault(void *state, int64_t sample)
{
    return ((const source_state *)state)->sounds.fault[sample];
}

static gd_status leave_out_broken(const gd__sounds *s, gd_dataset **set)
{
    int64_t *kept = gd__alloc((size_t)s->list.count * sizeof *kept), count = 0;
    if (kept == NULL)
        return gd__fail_memory("a data set of sounds");
    for (int64_t i = 0; i < s->list.count; i++)
        if (s->fault[i] == NULL)
            kept[count++] = i;
    gd_status status = GD_OK;
    if (count == 0) {
        status =
            gd__fail(GD_ERROR_FORMAT, "none of %lld sounds can be decoded: %s", (long long)s->list.count, s->fault[0]);
    } else if (count < s->list.count) {
        gd_dataset *some = NULL;
        status = gd_dataset_select(*set, count, kept, &some);
        gd_dataset_free(*set);
        *set = some;
    }
    gd__free(kept);
    return status;
}

static gd_status open_source(gd__sounds *sounds, const gd_sound_opts *opts, gd_dataset **out)
{
    source_state *s = gd__alloc_zeroed(1, sizeof *s);
    if (s == NULL) {
        gd__sounds_free(sounds);
        return gd__fail_memory("a data set of sounds");
    }
    s->sounds = *sounds;
    s->field[0] = (gd_field){.name = "sound", .type = GD_F32, .shape = GD_SHAPE(GD_OPEN)};
    for (int i = 0; i < sounds->label_count; i++)
        s->field[1 + i] = (gd_field){.name = sounds->label[i].name,
                                     .kind = GD_KIND_CATEGORY,
                                     .role = i == sounds->target  ? GD_ROLE_TARGET
                                             : i == sounds->group ? GD_ROLE_GROUP
                                                                  : GD_ROLE_IGNORED,
                                     .type = GD_I32,
                                     .shape = GD_SCALAR,
                                     .class_count = sounds->label[i].class_count};
    const gd_source source = {.kind = "sounds",
                              .count = sounds->list.count,
                              .field_count = 1 + sounds->label_count,
                              .field = s->field,
                              .state = s,
                              .read = read,
                              .shape = shape_of,
                              .class_name = class_name,
                              .origin = origin,
                              .fault = opts->keep_broken ? fault : NULL,
                              .close = close_sounds};
    gd_status status = gd_dataset_from_source(&source, out);
    if (status == GD_OK && opts->skip_broken)
        status = leave_out_broken(&s->sounds, out);
    if (status != GD_OK) {
        gd_dataset_free(*out);
        *out = NULL;
    }
    return status;
}

static gd_status check(int count, const char *const *path, const gd_sound_opts *opts)
{
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "no file, folder or archive of sounds was named");
    for (int i = 0; i < count; i++)
        GD__NEEDS(path[i], GD_ERROR_ARGUMENT);
    if (opts->rate < 0 || opts->rate > GD__SOUND_RATE)
        return gd__fail(GD_ERROR_ARGUMENT, "%d samples a second were asked for, at most %d are possible", opts->rate,
                        GD__SOUND_RATE);
    if (opts->class_count < 0 || (opts->class_count > 0 && opts->class_name == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "%d classes without names", opts->class_count);
    if (opts->pattern == NULL &&
        (opts->target != NULL || opts->group != NULL || opts->where != NULL || opts->same != NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "fields of names were given, and no pattern of the names");
    if (opts->least < 0 || opts->most < opts->least || (opts->most > 0 && opts->least == 0) || opts->samples < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "samples of %d to %d sounds were asked for", opts->least, opts->most);
    if (!(opts->gap_low >= 0 && opts->gap_low <= opts->gap_high && opts->gap_high <= 60))
        return gd__fail(GD_ERROR_ARGUMENT, "gaps of %g to %g seconds were asked for; up to 60 are possible",
                        opts->gap_low, opts->gap_high);
    return GD_OK;
}

gd_status gd_dataset_from_sounds(int count, const char *const *path, gd_sound_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd__sounds sounds;
    gd_status status = check(count, path, &opts);
    if (status == GD_OK)
        status = gd__sounds_make(count, path, &opts, &sounds);
    if (status != GD_OK)
        return status;
    // What is to be predicted is a sound as it is.
    const bool joins = opts.most > 0 && !opts.keep_broken;
    return joins ? gd__joined_sounds_open(&sounds, &opts, out) : open_source(&sounds, &opts, out);
}
