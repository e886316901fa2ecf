// From fields to the columns that a person knows.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "data/describe.h"

enum {
    ELEMENT_LIMIT = 64,     // numbers without names that are shown one by one
    CHUNK_NUMBERS = 500000, // numbers in a chunk, about: 4 MB
    CHUNK_SAMPLES = 8192,
    OPEN_WIDTH = 1000,      // what a field with an open dimension is taken to hold
    VALUE_BUDGET = 1000000, // different values that are kept, of all columns together …
    MOST_VALUES = 100000,   // … of one column
    FEWEST_VALUES = 1000    // … and of one column where there are many
};

typedef struct {
    gd__describe *d;
    const gd_dataset *train;
    int field;
    gd_field stored;
    int64_t width;
} field_work;

// ---- Adding

static gd__profile *add(const field_work *work, const char *name, gd__profile_form form, int64_t first, int64_t width)
{
    gd__describe *d = work->d;
    gd_description *result = d->result;
    const int at = result->column_count;
    int capacity = d->profile_capacity;
    if (!gd__grow((void **)&d->profile, &d->profile_capacity, at, sizeof *d->profile) ||
        !gd__grow((void **)&result->column, &capacity, at, sizeof *result->column))
        return NULL;
    d->profile[at] = (gd__profile){.form = form, .first = first, .width = width, .absent = NAN};
    result->column[at] = (gd_column){.name = gd__copy_text(name),
                                     .field = gd__copy_text(work->stored.name),
                                     .role = work->train->role[work->field],
                                     .kind = work->stored.kind,
                                     .type = work->stored.type,
                                     .whole = form == GD__PROFILE_WHOLE};
    result->column_count++;
    gd_column *shown = &result->column[at];
    if (shown->whole)
        shown->shape = work->stored.shape;
    if (form == GD__PROFILE_ONE_HOT)
        shown->kind = GD_KIND_CATEGORY;
    if (form == GD__PROFILE_LENGTH)
        shown->kind = GD_KIND_NUMBERS;
    return shown->name == NULL || shown->field == NULL ? NULL : &d->profile[at];
}

// ---- Which numbers are a category together

// Whether each sample of the chunk has at most one 1 (exactly one where `all` have to), and zeros, in these numbers.
static bool is_one_hot(const field_work *work, int64_t first, int64_t width, bool all)
{
    const gd__chunk *chunk = &work->d->chunk;
    for (int64_t i = 0; i < chunk->count; i++) {
        const double *value = chunk->value[work->field] + i * work->width + first;
        int ones = 0;
        for (int64_t e = 0; e < width; e++) {
            if (value[e] != 0 && value[e] != 1)
                return false;
            ones += value[e] == 1;
        }
        if (ones > 1 || (all && ones == 0))
            return false;
    }
    return true;
}

// How many letters of an element's name are that of its column: those before "=", or before "#" and the number of a
// hashed text; 0 where it has none.
static size_t stem_length(const char *name)
{
    const char *sign = name == NULL ? NULL : strchr(name, '=');
    if (sign == NULL && name != NULL) {
        sign = strrchr(name, '#');
        if (sign != NULL && (sign[1] == '\0' || sign[1 + strspn(sign + 1, "0123456789")] != '\0'))
            sign = NULL;
    }
    return sign == NULL ? 0 : (size_t)(sign - name);
}

// How many elements from `first` on belong to one column of categories, whose name is written to `stem`; 0 for none.
static int64_t group_at(const field_work *work, int64_t first, char *stem, size_t size)
{
    const char *name = gd_dataset_element_name(work->train, work->field, first);
    const size_t length = stem_length(name);
    if (length == 0 || length >= size)
        return 0;
    memcpy(stem, name, length);
    stem[length] = '\0';
    int64_t end = first + 1;
    while (end < work->width) {
        const char *next = gd_dataset_element_name(work->train, work->field, end);
        if (stem_length(next) != length || memcmp(next, stem, length) != 0)
            break;
        end++;
    }
    return is_one_hot(work, first, end - first, false) ? end - first : 0;
}

// A whole field whose numbers are one category: preprocessing makes a label of it, or it is a target of rows of zeros
// with a one.
static bool is_class_row(const field_work *work)
{
    if (work->width < 2 || work->stored.shape.rank != 1)
        return false;
    const gd_dataset *prepared = work->d->opts.prepared;
    if (prepared != NULL) {
        const gd_field seen = gd_dataset_field(prepared, work->field);
        if (seen.kind == GD_KIND_CATEGORY && seen.shape.rank == 0)
            return true;
    }
    return work->train->role[work->field] == GD_ROLE_TARGET && is_one_hot(work, 0, work->width, true);
}

// ---- Fields

// Whether the network sees classes: preprocessing may make them of numbers, and numbers of them.
static gd_kind seen_kind(const field_work *work)
{
    const gd_dataset *prepared = work->d->opts.prepared;
    if (prepared == NULL)
        return work->stored.kind;
    const gd_field seen = gd_dataset_field(prepared, work->field);
    return gd_shape_equal(seen.shape, work->stored.shape) || seen.shape.rank == 0 ? seen.kind : work->stored.kind;
}

static bool add_elements(const field_work *work)
{
    for (int64_t e = 0; e < work->width;) {
        char text[GD__CATEGORY_TEXT];
        const int64_t group = group_at(work, e, text, sizeof text);
        if (group > 0) {
            if (add(work, text, GD__PROFILE_ONE_HOT, e, group) == NULL)
                return false;
            e += group;
            continue;
        }
        const char *name = gd_dataset_element_name(work->train, work->field, e);
        if (name != NULL)
            snprintf(text, sizeof text, "%s", name);
        else if (work->width == 1)
            snprintf(text, sizeof text, "%s", work->stored.name);
        else
            snprintf(text, sizeof text, "%s[%lld]", work->stored.name, (long long)e);
        if (add(work, text, GD__PROFILE_ELEMENT, e, 1) == NULL)
            return false;
        if (work->width == 1)
            work->d->result->column[work->d->result->column_count - 1].kind = seen_kind(work);
        e++;
    }
    return true;
}

static bool add_open_field(const field_work *work)
{
    char text[GD__CATEGORY_TEXT];
    snprintf(text, sizeof text, "%s_length", work->stored.name);
    return add(work, work->stored.name, GD__PROFILE_WHOLE, 0, 0) != NULL &&
           add(work, text, GD__PROFILE_LENGTH, 0, 0) != NULL;
}

static bool add_field(gd__describe *d, int field)
{
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    const gd_field *stored = &train->store->source.field[field];
    const field_work work = {
        .d = d, .train = train, .field = field, .stored = *stored, .width = gd__stored_width(stored)};
    if (work.width == 0)
        return add_open_field(&work);
    if (is_class_row(&work))
        return add(&work, stored->name, GD__PROFILE_ONE_HOT, 0, work.width) != NULL;
    const bool named = gd_dataset_element_name(train, field, 0) != NULL;
    if (stored->shape.rank <= 1 && (named || work.width <= ELEMENT_LIMIT))
        return add_elements(&work);
    return add(&work, stored->name, GD__PROFILE_WHOLE, 0, work.width) != NULL;
}

// ---- All of them

// Finds the fields of the other parts: by their names, and of the same width.
static void find_in_parts(gd__describe *d, int c)
{
    gd__profile *profile = &d->profile[c];
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    const char *name = d->result->column[c].field;
    profile->in[GD_TRAIN] = gd_dataset_find(train, name);
    const gd_field *stored = &train->store->source.field[profile->in[GD_TRAIN]];
    for (int p = GD_VALIDATION; p < GD_PARTS; p++) {
        const gd_dataset *set = d->opts.part[p];
        const int field = set == NULL ? -1 : gd_dataset_find(set, name);
        const bool here = field >= 0 && field < set->store->source.field_count &&
                          gd_shape_equal(set->store->source.field[field].shape, stored->shape);
        profile->in[p] = here ? field : -1;
    }
}

// A missing cell of a column of categories is a category of its own, whose text is empty.
static double find_absent(const gd__describe *d, int c)
{
    const gd__profile *profile = &d->profile[c];
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    const int64_t count = profile->form == GD__PROFILE_ONE_HOT ? profile->width
                          : profile->form == GD__PROFILE_ELEMENT && gd__profile_is_category(d, c)
                              ? gd_dataset_field(train, profile->in[GD_TRAIN]).class_count
                              : 0;
    for (int64_t k = 0; k < count; k++) {
        char text[GD__CATEGORY_TEXT];
        gd__category_text(d, c, (double)k, text);
        if (text[0] == '\0')
            return (double)k;
    }
    return NAN;
}

static void choose_chunk(gd__describe *d)
{
    int64_t width = 0;
    for (int p = 0; p < GD_PARTS; p++) {
        const gd_dataset *set = d->opts.part[p];
        int64_t sum = 0;
        for (int f = 0; set != NULL && f < set->store->source.field_count; f++) {
            const int64_t one = gd__stored_width(&set->store->source.field[f]);
            sum += one == 0 ? OPEN_WIDTH : one;
        }
        width = sum > width ? sum : width;
    }
    const int64_t samples = CHUNK_NUMBERS / (width > 0 ? width : 1);
    d->chunk_samples = samples < 1 ? 1 : samples > CHUNK_SAMPLES ? CHUNK_SAMPLES : samples;
}

gd_status gd__describe_layout(gd__describe *d)
{
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    const int fields = train->store->source.field_count;
    choose_chunk(d);
    gd_status status =
        gd__chunk_read(&d->chunk, train, 0, train->count < d->chunk_samples ? train->count : d->chunk_samples);
    for (int f = 0; f < fields && status == GD_OK; f++)
        if (!add_field(d, f))
            status = gd__fail_memory("a description of data");
    gd__chunk_free(&d->chunk, fields);
    const int count = d->result->column_count;
    int64_t limit = count == 0 ? MOST_VALUES : VALUE_BUDGET / count;
    limit = limit > MOST_VALUES ? MOST_VALUES : limit < FEWEST_VALUES ? FEWEST_VALUES : limit;
    for (int c = 0; c < count && status == GD_OK; c++) {
        find_in_parts(d, c);
        d->profile[c].absent = find_absent(d, c);
        d->profile[c].values.limit = limit;
        if (d->result->column[c].role == GD_ROLE_TARGET && !d->result->column[c].whole &&
            d->target_count < GD__DESCRIBE_TARGETS)
            d->target[d->target_count++] = c;
    }
    return status;
}

void gd__profile_free(gd__profile *profile)
{
    gd__values_free(&profile->values);
    for (int t = 0; profile->match != NULL && t < GD__DESCRIBE_TARGETS; t++) {
        gd__free(profile->match[t].to);
        gd__free(profile->match[t].from);
    }
    gd__free(profile->match);
}

bool gd__profile_is_used(const gd__describe *d, int column)
{
    const gd_role role = d->result->column[column].role;
    return role == GD_ROLE_INPUT || role == GD_ROLE_TARGET || role == GD_ROLE_WEIGHT;
}

void gd__category_text(const gd__describe *d, int column, double value, char text[GD__CATEGORY_TEXT])
{
    const gd__profile *c = &d->profile[column];
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    const int field = c->in[GD_TRAIN];
    const char *name = NULL;
    if (c->form == GD__PROFILE_ONE_HOT)
        name = gd_dataset_element_name(train, field, c->first + (int64_t)value);
    const size_t stem = stem_length(name);
    if (stem > 0)
        name += name[stem] == '=' ? stem + 1 : stem;
    if (name == NULL && value >= 0 && value <= INT32_MAX && value == floor(value))
        name = gd_dataset_class_name(train, field, (int)value);
    if (name != NULL)
        snprintf(text, GD__CATEGORY_TEXT, "%s", name);
    else
        gd__format(text, GD__CATEGORY_TEXT, "%.15g", value);
}
