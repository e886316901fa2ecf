#include "data/made_up.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/files.h"

// ---- Ragged

static const gd_field ragged_field[RAGGED_FIELDS] = {
    [TEXT] = {"text", GD_KIND_CATEGORY, GD_ROLE_INPUT, GD_I32, {1, {GD_OPEN}}, 100},
    [SOUND] = {"sound", GD_KIND_NUMBERS, GD_ROLE_INPUT, GD_F32, {2, {GD_OPEN, 3}}, 0},
    [PICTURE] = {"picture", GD_KIND_NUMBERS, GD_ROLE_INPUT, GD_U8, {3, {2, GD_OPEN, GD_OPEN}}, 0},
    [LABEL] = {"label", GD_KIND_CATEGORY, GD_ROLE_TARGET, GD_I64, {0}, 5},
    [Y] = {"y", GD_KIND_NUMBERS, GD_ROLE_TARGET, GD_F64, {1, {2}}, 0},
    [WEIGHT] = {"weight", GD_KIND_NUMBERS, GD_ROLE_WEIGHT, GD_F32, {0}, 0},
    [PERSON] = {"person", GD_KIND_CATEGORY, GD_ROLE_GROUP, GD_I32, {0}, 0},
    [NOTE] = {"note", GD_KIND_NUMBERS, GD_ROLE_IGNORED, GD_F32, {0}, 0},
};

int64_t ragged_size(int field, int64_t sample, int axis)
{
    const int64_t fixed = ragged_field[field].shape.dim[axis];
    if (fixed >= 0)
        return fixed;
    switch (field) {
    case TEXT: return 5 * sample % 8;
    case SOUND: return (3 * sample + 1) % 8;
    default: return axis == 1 ? 1 + sample % 4 : 7 * sample % 5;
    }
}

double ragged_value(int field, int64_t sample, int64_t element)
{
    switch (field) {
    case TEXT: return (double)((31 * sample + element) % 97 + 1);
    case SOUND: return (double)sample + 0.25 * (double)element + 0.125;
    case PICTURE: return (double)((17 * sample + 3 * element) % 255 + 1);
    case LABEL: return (double)(sample % 5);
    default: return (double)(100 * field + sample) + 0.5 * (double)element;
    }
}

static gd_status read_ragged(void *user, int field, int64_t sample, const gd_array *to)
{
    ragged *state = user;
    if (field == SOUND && sample == atomic_load(&state->fail_at))
        return gd__fail(GD_ERROR_IO, "nothing is to be heard");
    gd_array out = *to;
    for (int64_t i = 0; i < gd_array_count(to); i++)
        gd_array_put(&out, i, ragged_value(field, sample, i));
    return GD_OK;
}

static gd_status shape_ragged(void *user, int field, int64_t sample, gd_shape *shape)
{
    (void)user;
    *shape = ragged_field[field].shape;
    for (int i = 0; i < shape->rank; i++)
        shape->dim[i] = ragged_size(field, sample, i);
    return GD_OK;
}

static void close_ragged(void *user)
{
    atomic_fetch_sub(&((ragged *)user)->open, 1);
}

gd_dataset *make_ragged(ragged *state, int64_t count)
{
    const gd_source source = {.kind = "ragged",
                              .count = count,
                              .field_count = RAGGED_FIELDS,
                              .field = ragged_field,
                              .state = state,
                              .read = read_ragged,
                              .shape = shape_ragged,
                              .close = close_ragged};
    gd_dataset *set;
    atomic_store(&state->fail_at, -1);
    atomic_store(&state->open, 1);
    assert_fine(gd_dataset_from_source(&source, &set));
    return set;
}

// ---- Numbered

static const gd_field numbered_field[] = {
    {"id", GD_KIND_NUMBERS, GD_ROLE_INPUT, GD_I64, {0}, 0},
    {"class", GD_KIND_CATEGORY, GD_ROLE_TARGET, GD_I32, {0}, 0},
    {"person", GD_KIND_CATEGORY, GD_ROLE_GROUP, GD_I32, {0}, 0},
    {"time", GD_KIND_NUMBERS, GD_ROLE_ORDER, GD_F64, {0}, 0},
};
enum { NUMBERED_FIELDS = sizeof numbered_field / sizeof numbered_field[0] };

static void close_numbered(void *user)
{
    gd_array *all = user;
    for (int f = 0; f < NUMBERED_FIELDS; f++)
        gd_array_free(&all[f]);
    free(all);
}

gd_dataset *make_numbered(int64_t count, int classes, int64_t block)
{
    gd_array *all = calloc(NUMBERED_FIELDS, sizeof *all);
    assert_non_null(all);
    for (int f = 0; f < NUMBERED_FIELDS; f++)
        assert_fine(gd_array_create(&all[f], numbered_field[f].type, GD_SHAPE(count)));
    for (int64_t i = 0; i < count; i++) {
        const double value[NUMBERED_FIELDS] = {(double)i, (double)(i % classes + 5), (double)(i / 4),
                                               0.5 * (double)(count - i)};
        for (int f = 0; f < NUMBERED_FIELDS; f++)
            gd_array_put(&all[f], i, value[f]);
    }
    const gd_source source = {.kind = "numbered",
                              .count = count,
                              .field_count = NUMBERED_FIELDS,
                              .field = numbered_field,
                              .state = all,
                              .all = all,
                              .close = close_numbered,
                              .block = block};
    gd_dataset *set;
    assert_fine(gd_dataset_from_source(&source, &set));
    return set;
}

int64_t id_of(const gd_dataset *set, int64_t sample)
{
    gd_array id = {0};
    assert_fine(gd_dataset_get(set, 0, 1, &sample, &id));
    const int64_t found = (int64_t)gd_array_get(&id, 0);
    gd_array_free(&id);
    return found;
}
