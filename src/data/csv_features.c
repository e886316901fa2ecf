#include "data/csv_features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "data/csv_date.h"

// ---- Categories

// Groups and parts have the texts of the table, in the order of their bytes.
typedef struct entry {
    const char *text;
    int number;
} entry;

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->text, ((const entry *)b)->text);
}

static bool rank_texts(const gd__vocabulary *texts, gd__csv_feature *feature)
{
    entry *sorted = gd__alloc_zeroed((size_t)texts->count, sizeof *sorted);
    feature->text = gd__alloc_zeroed((size_t)texts->count, sizeof *feature->text);
    const bool good = sorted != NULL && feature->text != NULL;
    for (int w = 0; w < texts->count && good; w++)
        sorted[w] = (entry){texts->word[w].text, w};
    if (good && texts->count > 0)
        qsort(sorted, (size_t)texts->count, sizeof *sorted, compare_entries);
    for (int w = 0; w < texts->count && good; w++) {
        feature->text[w] = sorted[w].number;
        feature->category[sorted[w].number] = w;
    }
    gd__free(sorted);
    return good;
}

bool gd__csv_feature_create(const gd__csv_content *content, int c, gd__csv_feature *feature)
{
    const gd__csv_column *column = &content->schema->column[c];
    const gd__vocabulary *texts = &content->table->vocabulary[content->place[c]];
    *feature = (gd__csv_feature){.c = c, .k = content->place[c], .kind = column->kind, .indicator = -1};
    if (column->kind == GD__COLUMN_HASH)
        feature->missing = (int)(gd__hash_bytes("", 0) % (uint64_t)content->schema->hash_size);
    if (!gd__column_is_category(column))
        return true;
    feature->category = gd__alloc_zeroed((size_t)texts->count, sizeof *feature->category);
    if (feature->category == NULL)
        return false;
    feature->missing = feature->number = -1;
    if (!gd__column_has_vocabulary(column))
        return rank_texts(texts, feature);
    for (int w = 0; w < texts->count; w++)
        feature->category[w] = gd__csv_category(content, c, texts->word[w].text, texts->word[w].length);
    feature->missing = gd__csv_category(content, c, "", 0);
    feature->number = gd__csv_category(content, c, "\n", 1);
    return true;
}

void gd__csv_feature_free(gd__csv_feature *feature)
{
    gd__free(feature->category);
    gd__free(feature->text);
}

int gd__csv_feature_category(const gd__csv_content *content, const gd__csv_feature *feature, double cell)
{
    if (gd__cell_is_missing(cell))
        return feature->missing;
    if (!gd__cell_is_text(cell))
        return feature->number;
    const uint32_t code = gd__cell_with(cell);
    return code < (uint32_t)content->table->vocabulary[feature->k].count ? feature->category[code] : -1;
}

const char *gd__csv_feature_class_name(const gd__csv_content *content, const gd__csv_feature *feature, int category)
{
    const gd__vocabulary *own = &content->schema->column[feature->c].vocabulary;
    const gd__vocabulary *texts = &content->table->vocabulary[feature->k];
    if (feature->category == NULL || category < 0 || category >= (feature->text != NULL ? texts->count : own->count))
        return NULL;
    return feature->text != NULL ? texts->word[feature->text[category]].text : own->word[category].text;
}

// ---- Numbers

int64_t gd__csv_feature_width(const gd__csv_content *content, const gd__csv_feature *feature)
{
    const gd__csv_column *column = &content->schema->column[feature->c];
    switch (feature->kind) {
    case GD__COLUMN_ONE_HOT: return column->vocabulary.count;
    case GD__COLUMN_HASH: return content->schema->hash_size;
    case GD__COLUMN_DATE: return column->has_time ? GD__DATE_PARTS : GD__DATE_PARTS_OF_DAY;
    case GD__COLUMN_IGNORED:
    case GD__COLUMN_NUMBER:
    case GD__COLUMN_INDEX:
    case GD__COLUMN_TEXT:
    case GD__COLUMN_OPEN: break;
    }
    return 1;
}

static bool read_one_hot(int category, int64_t width, double *to)
{
    if (category < 0)
        return false;
    if (category < width) // else not seen in training: all zeros
        to[category] = 1;
    return true;
}

static void read_date(double cell, int64_t width, double *to)
{
    double part[GD__DATE_PARTS];
    gd__csv_date_parts(cell, part);
    for (int64_t i = 0; i < width; i++)
        to[i] = part[i];
}

bool gd__csv_feature_read(const gd__csv_content *content, const gd__csv_feature *feature, double cell, double *sample)
{
    double *to = sample + feature->at;
    if (feature->kind == GD__COLUMN_ONE_HOT)
        return read_one_hot(gd__csv_feature_category(content, feature, cell), feature->width, to);
    if (gd__cell_is_number(cell)) {
        if (feature->kind == GD__COLUMN_NUMBER)
            *to = cell;
        else if (feature->kind == GD__COLUMN_HASH)
            return read_one_hot(cell >= 0 && cell < (double)feature->width ? (int)cell : -1, feature->width, to);
        else
            read_date(cell, feature->width, to);
        return true;
    }
    if (!gd__cell_is_missing(cell))
        return false;
    if (feature->kind == GD__COLUMN_HASH)
        return read_one_hot(feature->missing, feature->width, to);
    const bool constant = content->schema->missing == GD_MISSING_CONSTANT;
    for (int64_t i = 0; i < feature->width; i++)
        to[i] = constant ? content->schema->missing_value : NAN;
    if (feature->indicator >= 0)
        sample[feature->indicator] = 1;
    return true;
}

// ---- Names

void gd__csv_feature_name(const gd__csv_content *content, const gd__csv_feature *feature, int64_t element, char *name,
                          size_t size)
{
    const gd__csv_column *column = &content->schema->column[feature->c];
    const int64_t i = element - feature->at;
    name[0] = '\0';
    if (element == feature->indicator)
        snprintf(name, size, "%s is missing", column->name);
    if (i < 0 || i >= feature->width)
        return;
    switch (feature->kind) {
    case GD__COLUMN_ONE_HOT: snprintf(name, size, "%s=%s", column->name, column->vocabulary.word[i].text); break;
    case GD__COLUMN_HASH: snprintf(name, size, "%s#%lld", column->name, (long long)i); break;
    case GD__COLUMN_DATE: snprintf(name, size, "%s.%s", column->name, gd__date_part_names[i]); break;
    case GD__COLUMN_IGNORED:
    case GD__COLUMN_NUMBER:
    case GD__COLUMN_INDEX:
    case GD__COLUMN_TEXT:
    case GD__COLUMN_OPEN: snprintf(name, size, "%s", column->name); break;
    }
}
