// A source of samples that are made of several sounds each, with silence in between.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/sounds.h"
#include "sound/sound.h"

enum { MOST_JOINED = 256, STANDARD_RATE = 16000 };

typedef struct {
    gd__sounds sounds;
    int least, most;
    int64_t samples, gap_low, gap_high; // gaps in samples of sound
    // Sounds that may go together: order[first[g] … first[g + 1] - 1] are those of group g.
    int group_count;
    int64_t *order, *first;
    gd_field field[2];
} joined;

// What a sample is made of.
typedef struct {
    int count;
    int64_t sound[MOST_JOINED];
    int64_t gap[MOST_JOINED + 1]; // before each, and behind the last
    int64_t length;               // of all together
} plan;

static void close_joined(void *state)
{
    joined *j = state;
    gd__sounds_free(&j->sounds);
    gd__free(j->order);
    gd__free(j->first);
    gd__free(j);
}

// The same for a sample, an epoch and a seed, whoever asks; without a draw the same in every epoch.
static void make_plan(const joined *j, int64_t sample, const gd_source_draw *draw, plan *p)
{
    const uint64_t epoch = draw == NULL ? 0 : (uint64_t)draw->epoch + 1;
    gd__random random = gd__random_make(draw == NULL ? 0 : draw->seed, (epoch << 40) + (uint64_t)sample);
    // A sample begins with a sound out of all, so that groups come as often as they have sounds.
    const int64_t any = (int64_t)gd__random_below(&random, (uint64_t)j->first[j->group_count]);
    int group = 0;
    while (j->first[group + 1] <= any)
        group++;
    const int64_t first = j->first[group];
    const uint64_t choices = (uint64_t)(j->first[group + 1] - first);
    p->count = j->least + (int)gd__random_below(&random, (uint64_t)(j->most - j->least + 1));
    p->length = 0;
    for (int i = 0; i <= p->count; i++) {
        p->gap[i] = j->gap_low + (int64_t)gd__random_below(&random, (uint64_t)(j->gap_high - j->gap_low + 1));
        p->length += p->gap[i];
        if (i == p->count)
            break;
        p->sound[i] = i == 0 ? j->order[any] : j->order[first + (int64_t)gd__random_below(&random, choices)];
        p->length += j->sounds.begin[p->sound[i] + 1] - j->sounds.begin[p->sound[i]];
    }
}

static gd_status shape_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, gd_shape *shape)
{
    plan p;
    make_plan(state, sample, draw, &p);
    *shape = field == 0 ? GD_SHAPE(p.length) : GD_SHAPE(p.count);
    return GD_OK;
}

static gd_status read_drawn(void *state, int field, int64_t sample, const gd_source_draw *draw, const gd_array *to)
{
    const joined *j = state;
    plan p;
    make_plan(j, sample, draw, &p);
    if (field == 1) {
        for (int i = 0; i < p.count; i++)
            ((int32_t *)to->data)[i] = j->sounds.label[j->sounds.target].class[p.sound[i]];
        return GD_OK;
    }
    float *at = to->data;
    for (int i = 0; i <= p.count; i++) {
        memset(at, 0, (size_t)p.gap[i] * sizeof *at);
        at += p.gap[i];
        if (i == p.count)
            break;
        const int64_t begin = j->sounds.begin[p.sound[i]], count = j->sounds.begin[p.sound[i] + 1] - begin;
        memcpy(at, j->sounds.sample + begin, (size_t)count * sizeof *at);
        at += count;
    }
    return GD_OK;
}

static gd_status shape_of(void *state, int field, int64_t sample, gd_shape *shape)
{
    return shape_drawn(state, field, sample, NULL, shape);
}

static gd_status read(void *state, int field, int64_t sample, const gd_array *to)
{
    return read_drawn(state, field, sample, NULL, to);
}

static const char *class_name(void *state, int field, int category)
{
    const joined *j = state;
    const gd__sound_label *label = &j->sounds.label[j->sounds.target];
    return field == 1 && category >= 0 && category < label->class_count ? label->class_name[category] : NULL;
}

// Sorts the sounds by the class that those of a sample have alike; broken ones are left out.
static gd_status group_sounds(joined *j)
{
    const gd__sounds *s = &j->sounds;
    const gd__sound_label *same = s->same < 0 ? NULL : &s->label[s->same];
    j->group_count = same == NULL ? 1 : same->class_count;
    j->order = gd__alloc_zeroed((size_t)s->list.count + 1, sizeof *j->order);
    j->first = gd__alloc_zeroed((size_t)j->group_count + 1, sizeof *j->first);
    if (j->order == NULL || j->first == NULL)
        return gd__fail_memory("a data set of sounds");
    int64_t count = 0;
    for (int group = 0; group < j->group_count; group++) {
        for (int64_t i = 0; i < s->list.count; i++)
            if (s->fault[i] == NULL && (same == NULL || same->class[i] == group))
                j->order[count++] = i;
        j->first[group + 1] = count;
    }
    return count > 0 ? GD_OK
                     : gd__fail(GD_ERROR_FORMAT, "none of %lld sounds can be decoded: %s", (long long)s->list.count,
                                s->fault[0]);
}

gd_status gd__joined_sounds_open(gd__sounds *sounds, const gd_sound_opts *opts, gd_dataset **out)
{
    joined *j = gd__alloc_zeroed(1, sizeof *j);
    if (j == NULL) {
        gd__sounds_free(sounds);
        return gd__fail_memory("a data set of sounds");
    }
    const double rate = opts->rate == 0 ? STANDARD_RATE : opts->rate;
    j->sounds = *sounds;
    j->least = opts->least;
    j->most = opts->most;
    j->samples = opts->samples > 0 ? opts->samples : sounds->list.count;
    j->gap_low = (int64_t)(opts->gap_low * rate);
    j->gap_high = (int64_t)(opts->gap_high * rate);
    gd_status status = GD_OK;
    if (opts->most > MOST_JOINED)
        status = gd__fail(GD_ERROR_ARGUMENT, "samples of up to %d sounds were asked for, at most %d are possible",
                          opts->most, MOST_JOINED);
    else if (sounds->target < 0)
        status = gd__fail(GD_ERROR_ARGUMENT, "sounds without classes cannot be joined");
    if (status == GD_OK)
        status = group_sounds(j);
    if (status != GD_OK) {
        close_joined(j);
        return status;
    }
    j->field[0] = (gd_field){.name = "sound", .type = GD_F32, .shape = GD_SHAPE(GD_OPEN)};
    j->field[1] = (gd_field){.name = "labels",
                             .kind = GD_KIND_CATEGORY,
                             .role = GD_ROLE_TARGET,
                             .type = GD_I32,
                             .shape = GD_SHAPE(GD_OPEN),
                             .class_count = sounds->label[sounds->target].class_count};
    const gd_source source = {.kind = "sounds",
                              .count = j->samples,
                              .field_count = 2,
                              .field = j->field,
                              .state = j,
                              .read = read,
                              .shape = shape_of,
                              .class_name = class_name,
                              .close = close_joined,
                              .shape_drawn = shape_drawn,
                              .read_drawn = read_drawn};
    status = gd_dataset_from_source(&source, out);
    if (status != GD_OK) {
        gd_dataset_free(*out);
        *out = NULL;
    }
    return status;
}
