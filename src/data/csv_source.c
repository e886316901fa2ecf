#include "data/csv_source.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_features.h"

enum { LARGE = 256 << 20, BLOCK_BYTES = 4 << 20, LONGEST_NAME = 256 };

// A field, and the columns of which it is made.
typedef struct made_field {
    int count, capacity;
    gd__csv_feature *feature;
} made_field;

// A row that cannot be used, and why.
typedef struct faulty_row {
    int64_t row;
    char *reason;
} faulty_row;

typedef struct csv_source {
    gd__csv_content content; // its schema belongs to the data set, which outlives the source
    int file_count;
    char **file;
    int64_t *file_row; // the first row of each file
    int field_count, field_capacity, made_capacity;
    gd_field *field; // names are owned
    made_field *made;
    int fault_count, fault_capacity;
    faulty_row *fault; // by row
} csv_source;

// ---- The functions of a source

static const faulty_row *find_fault(const csv_source *source, int64_t row)
{
    int low = 0, high = source->fault_count;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (source->fault[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < source->fault_count && source->fault[low].row == row ? &source->fault[low] : NULL;
}

static const char *fault(void *state, int64_t sample)
{
    const faulty_row *found = find_fault(state, sample);
    return found == NULL ? NULL : found->reason;
}

static gd_status read_numbers(csv_source *source, const made_field *made, const double *row, const gd_array *to)
{
    double *sample = to->data;
    memset(sample, 0, (size_t)gd_shape_count(to->shape) * sizeof *sample);
    bool good = true;
    for (int i = 0; i < made->count && good; i++)
        good = gd__csv_feature_read(&source->content, &made->feature[i], row[made->feature[i].k], sample);
    return good ? GD_OK : gd__fail(GD_ERROR_FORMAT, "the binary copy of the table is damaged; remove it");
}

// The text of a sample, which is empty where its cell is.
static const gd__word *text_of(const csv_source *source, int field, int64_t sample)
{
    static const gd__word empty = {.text = ""};
    const int k = source->made[field].feature->k;
    const double cell = gd__csv_table_row(source->content.table, sample)[k];
    const gd__vocabulary *texts = &source->content.table->vocabulary[k];
    const bool is_text = gd__cell_is_text(cell) && gd__cell_with(cell) < (uint32_t)texts->count;
    return is_text ? &texts->word[gd__cell_with(cell)] : &empty;
}

static gd_status shape(void *state, int field, int64_t sample, gd_shape *shape)
{
    *shape = GD_SHAPE((int64_t)text_of(state, field, sample)->length);
    return GD_OK;
}

static gd_status read(void *state, int field, int64_t sample, const gd_array *to)
{
    csv_source *source = state;
    const made_field *made = &source->made[field];
    if (source->fault_count > 0 && find_fault(source, sample) != NULL) {
        memset(to->data, 0, gd_array_bytes(to));
        return GD_OK;
    }
    if (to->type == GD_U8) {
        memcpy(to->data, text_of(source, field, sample)->text, gd_array_bytes(to));
        return GD_OK;
    }
    const double *row = gd__csv_table_row(source->content.table, sample);
    if (to->type == GD_F64)
        return read_numbers(source, made, row, to);
    const double cell = row[made->feature->k];
    if (to->type == GD_I64) {
        *(int64_t *)to->data = gd__cell_is_number(cell) ? (int64_t)cell : 0;
        return GD_OK;
    }
    const int category = gd__csv_feature_category(&source->content, made->feature, cell);
    *(int32_t *)to->data = category;
    return category >= 0 ? GD_OK : gd__fail(GD_ERROR_FORMAT, "the binary copy of the table is damaged; remove it");
}

static const char *class_name(void *state, int field, int category)
{
    const csv_source *source = state;
    return gd__csv_feature_class_name(&source->content, source->made[field].feature, category);
}

static const char *element_name(void *state, int field, int64_t element)
{
    static _Thread_local char name[LONGEST_NAME];
    const csv_source *source = state;
    const made_field *made = &source->made[field];
    for (int i = 0; i < made->count; i++) {
        gd__csv_feature_name(&source->content, &made->feature[i], element, name, sizeof name);
        if (name[0] != '\0')
            return name;
    }
    return NULL;
}

static gd_origin origin(void *state, int64_t sample)
{
    const csv_source *source = state;
    const gd__csv_table *table = source->content.table;
    const int64_t file = gd__csv_table_run(table, sample)->file;
    const int64_t line = source->content.kind->has_lines ? gd__csv_table_line(table, sample) : 0;
    return (gd_origin){source->file[file], sample - source->file_row[file] + 1, line, gd__csv_table_id(table, sample)};
}

static void close_source(void *state)
{
    csv_source *source = state;
    for (int f = 0; f < source->field_count; f++) {
        for (int i = 0; i < source->made[f].count; i++)
            gd__csv_feature_free(&source->made[f].feature[i]);
        gd__free(source->made[f].feature);
        gd__free((char *)(uintptr_t)source->field[f].name); // a copy of our own
    }
    for (int i = 0; i < source->fault_count; i++)
        gd__free(source->fault[i].reason);
    for (int i = 0; i < source->file_count && source->file != NULL; i++)
        gd__free(source->file[i]);
    gd__free(source->fault);
    gd__free(source->file);
    gd__free(source->file_row);
    gd__free(source->field);
    gd__free(source->made);
    gd__free(source->content.place);
    gd__csv_table_free(source->content.table);
    gd__free(source);
}

// ---- Fields

static const struct {
    const char *name;
    gd_role role;
} special_fields[GD__COLUMN_ROLES] = {
    [GD__COLUMN_WEIGHT] = {"weight", GD_ROLE_WEIGHT},
    [GD__COLUMN_GROUP] = {"group", GD_ROLE_GROUP},
    [GD__COLUMN_PART] = {"part", GD_ROLE_PART},
    [GD__COLUMN_ORDER] = {"order", GD_ROLE_ORDER},
};

// Begins a field, to which columns are added then; NULL when memory is short.
static made_field *begin_field(csv_source *source, const char *name, gd_role role)
{
    char *copy = gd__copy_text(name);
    if (copy == NULL ||
        !gd__grow((void **)&source->field, &source->field_capacity, source->field_count, sizeof *source->field) ||
        !gd__grow((void **)&source->made, &source->made_capacity, source->field_count, sizeof *source->made)) {
        gd__free(copy);
        return NULL;
    }
    source->field[source->field_count] = (gd_field){.name = copy, .role = role, .type = GD_F64};
    source->made[source->field_count] = (made_field){0};
    return &source->made[source->field_count++];
}

static bool add_column(csv_source *source, made_field *made, int c)
{
    gd__csv_feature feature;
    if (!gd__csv_feature_create(&source->content, c, &feature) ||
        !gd__grow((void **)&made->feature, &made->capacity, made->count, sizeof *made->feature)) {
        gd__csv_feature_free(&feature);
        return false;
    }
    feature.at = made->count == 0 ? 0 : made->feature[made->count - 1].at + made->feature[made->count - 1].width;
    feature.width = gd__csv_feature_width(&source->content, &feature);
    made->feature[made->count++] = feature;
    return true;
}

static int64_t width_of(const made_field *made)
{
    return made->count == 0 ? 0 : made->feature[made->count - 1].at + made->feature[made->count - 1].width;
}

// Whether a feature is a field of its own.
static bool is_alone(const gd__csv_column *column)
{
    return column->kind == GD__COLUMN_INDEX || column->kind == GD__COLUMN_TEXT;
}

static bool is_feature_of_x(const csv_source *source, int c)
{
    const gd__csv_column *column = &source->content.schema->column[c];
    return source->content.place[c] >= 0 && column->role == GD__COLUMN_FEATURE && !is_alone(column);
}

static gd_status add_x(csv_source *source)
{
    const gd_csv_schema *schema = source->content.schema;
    bool any = false;
    for (int c = 0; c < schema->count; c++)
        any = any || is_feature_of_x(source, c);
    if (!any)
        return GD_OK;
    made_field *made = begin_field(source, "x", GD_ROLE_INPUT);
    if (made == NULL)
        return gd__fail_memory("the features of a table");
    for (int c = 0; c < schema->count; c++)
        if (is_feature_of_x(source, c) && !add_column(source, made, c))
            return gd__fail_memory("the features of a table");
    int64_t width = width_of(made);
    for (int i = 0; i < made->count; i++)
        if (schema->column[made->feature[i].c].indicator)
            made->feature[i].indicator = width++;
    source->field[source->field_count - 1].shape = GD_SHAPE(width);
    return GD_OK;
}

// The number of classes that whole numbers show: the largest plus 1; 0 where one is negative.
static int count_classes(const gd__csv_tally *tally)
{
    enum { MOST_CLASSES = 1 << 24 };
    return tally->low >= 0 && tally->high < MOST_CLASSES ? (int)tally->high + 1 : 0;
}

// A column as a field of one number: a category, a class, or a quantity.
static gd_status add_single(csv_source *source, int c, const char *name, gd_role role)
{
    const gd_csv_schema *schema = source->content.schema;
    const gd__csv_column *column = &schema->column[c];
    made_field *made = begin_field(source, name, role);
    if (made == NULL || !add_column(source, made, c))
        return gd__fail_memory("the fields of a table");
    gd_field *field = &source->field[source->field_count - 1];
    if (column->kind == GD__COLUMN_TEXT) {
        field->kind = GD_KIND_TEXT;
        field->type = GD_U8;
        field->shape = GD_SHAPE(GD_OPEN);
    } else if (column->kind == GD__COLUMN_INDEX) {
        const int own = column->vocabulary.count, texts = source->content.table->vocabulary[made->feature->k].count;
        const bool is_feature = column->role == GD__COLUMN_FEATURE;
        field->kind = GD_KIND_CATEGORY;
        field->type = GD_I32;
        // An embedding needs a row for what it has not seen.
        field->class_count = gd__column_has_vocabulary(column) ? own + (is_feature && schema->spare) : texts;
    } else if (column->role == GD__COLUMN_TARGET && schema->target_is_class) {
        field->kind = GD_KIND_CATEGORY;
        field->type = GD_I64;
        field->class_count = count_classes(&source->content.table->tally[made->feature->k]);
    } else if (column->role == GD__COLUMN_TARGET) {
        field->shape = GD_SHAPE(1);
    }
    return GD_OK;
}

// Numbers are one field; where one of the targets is a class, or that is asked for, each is a field.
static gd_status add_targets(csv_source *source)
{
    const gd_csv_schema *schema = source->content.schema;
    int count = 0, last = -1;
    bool apart = schema->targets_apart;
    for (int i = 0; i < schema->target_count; i++) {
        const int c = schema->target[i];
        if (source->content.place[c] < 0)
            continue;
        apart = apart || schema->column[c].kind == GD__COLUMN_INDEX || schema->target_is_class;
        count++;
        last = c;
    }
    if (count == 0)
        return GD_OK;
    if (apart && count == 1 && !schema->targets_apart)
        return add_single(source, last, "label", GD_ROLE_TARGET);
    made_field *made = apart ? NULL : begin_field(source, "y", GD_ROLE_TARGET);
    if (!apart && made == NULL)
        return gd__fail_memory("the targets of a table");
    gd_status status = GD_OK;
    for (int i = 0; i < schema->target_count && status == GD_OK; i++) {
        const int c = schema->target[i];
        if (source->content.place[c] < 0)
            continue;
        if (apart)
            status = add_single(source, c, schema->column[c].name, GD_ROLE_TARGET);
        else if (!add_column(source, made, c))
            status = gd__fail_memory("the targets of a table");
    }
    if (!apart)
        source->field[source->field_count - 1].shape = GD_SHAPE(count);
    return status;
}

static gd_status add_fields(csv_source *source)
{
    const gd_csv_schema *schema = source->content.schema;
    gd_status status = add_x(source);
    for (int c = 0; c < schema->count && status == GD_OK; c++)
        if (source->content.place[c] >= 0 && schema->column[c].role == GD__COLUMN_FEATURE &&
            is_alone(&schema->column[c]))
            status = add_single(source, c, schema->column[c].name, GD_ROLE_INPUT);
    if (status == GD_OK)
        status = add_targets(source);
    for (int c = 0; c < schema->count && status == GD_OK; c++) {
        const gd__column_role role = schema->column[c].role;
        if (source->content.place[c] >= 0 && special_fields[role].name != NULL)
            status = add_single(source, c, special_fields[role].name, special_fields[role].role);
    }
    return status;
}

// ---- Rows that are not as others

static bool any_trouble(const csv_source *source)
{
    const gd_csv_schema *schema = source->content.schema;
    for (int c = 0; c < schema->count; c++) {
        if (source->content.place[c] < 0)
            continue;
        const gd__csv_tally *tally = &source->content.table->tally[source->content.place[c]];
        const bool category = gd__column_is_category(&schema->column[c]);
        if (tally->missing > 0 || (category ? tally->texts + tally->numbers > 0 : tally->texts > 0))
            return true;
    }
    return false;
}

// Notes why a row cannot be used, if so.
static gd_status look_at_row(csv_source *source, int64_t row)
{
    const gd__csv_content *content = &source->content;
    const double *cell = gd__csv_table_row(content->table, row);
    gd__text reason = {0};
    for (int c = 0; c < content->schema->count && reason.length == 0; c++) {
        if (content->place[c] < 0)
            continue;
        gd__text sentence = {0};
        if (gd__csv_cell_fault(content, c, cell[content->place[c]], &sentence))
            gd__text_add(&reason, "column '%s': %s", content->schema->column[c].name,
                         sentence.failed ? "cannot be used" : sentence.data);
        gd__text_free(&sentence);
    }
    if (reason.length == 0)
        return GD_OK;
    char *taken = gd__text_take(&reason);
    if (taken == NULL ||
        !gd__grow((void **)&source->fault, &source->fault_capacity, source->fault_count, sizeof *source->fault)) {
        gd__free(taken);
        return gd__fail_memory("the rows of a table that cannot be used");
    }
    source->fault[source->fault_count++] = (faulty_row){row, taken};
    return GD_OK;
}

static gd_status find_faults(csv_source *source)
{
    gd_status status = GD_OK;
    const int64_t rows = source->content.keep_all && any_trouble(source) ? source->content.table->row_count : 0;
    for (int64_t row = 0; row < rows && status == GD_OK; row++)
        status = look_at_row(source, row);
    return status;
}

static bool lacks_cell(const gd__csv_content *content, int64_t row)
{
    const double *cell = gd__csv_table_row(content->table, row);
    for (int k = 0; k < content->table->column_count; k++)
        if (gd__cell_is_missing(cell[k]))
            return true;
    return false;
}

// The rows that lack no cell; *list stays NULL when these are all.
static gd_status find_whole_rows(const gd__csv_content *content, int64_t *count, int64_t **list)
{
    bool any = false;
    for (int k = 0; k < content->table->column_count; k++)
        any = any || content->table->tally[k].missing > 0;
    *list = NULL;
    if (!any || content->schema->missing != GD_MISSING_DROP || content->keep_all)
        return GD_OK;
    *list = gd__alloc_zeroed((size_t)content->table->row_count, sizeof **list);
    if (*list == NULL)
        return gd__fail_memory("the rows of a table");
    *count = 0;
    for (int64_t row = 0; row < content->table->row_count; row++)
        if (!lacks_cell(content, row))
            (*list)[(*count)++] = row;
    if (*count > 0)
        return GD_OK;
    gd__free(*list);
    return gd__fail(GD_ERROR_FORMAT, "%s: has no rows of data after those with missing cells were dropped",
                    content->file[0]);
}

// ---- The data set

static bool copy_files(csv_source *source, int file_count)
{
    source->file = gd__alloc_zeroed((size_t)file_count, sizeof *source->file);
    source->file_row = gd__alloc_zeroed((size_t)file_count, sizeof *source->file_row);
    if (source->file == NULL || source->file_row == NULL)
        return false;
    for (; source->file_count < file_count; source->file_count++) {
        source->file[source->file_count] = gd__copy_text(source->content.file[source->file_count]);
        if (source->file[source->file_count] == NULL)
            return false;
    }
    source->content.file = (const char *const *)source->file;
    const gd__csv_runs *runs = &source->content.table->runs;
    for (int i = runs->count - 1; i >= 0; i--)
        source->file_row[runs->run[i].file] = runs->run[i].first_row;
    return true;
}

// A policy for each field: numbers of "x" that are missing may be filled in later.
static gd_missing *policies(const csv_source *source)
{
    const gd_missing policy = source->content.schema->missing;
    gd_missing *missing = gd__alloc_zeroed((size_t)source->field_count + 1, sizeof *missing);
    for (int f = 0; f < source->field_count && missing != NULL; f++)
        if (strcmp(source->field[f].name, "x") == 0 && (policy == GD_MISSING_MEAN || policy == GD_MISSING_MEDIAN))
            missing[f] = policy;
    return missing;
}

static gd_source describe(csv_source *source)
{
    const gd__csv_table *table = source->content.table;
    const int64_t row_bytes = table->column_count * (int64_t)sizeof(double);
    const bool is_large = table->row_count * row_bytes >= LARGE;
    const int64_t block = is_large ? BLOCK_BYTES / row_bytes : 0;
    return (gd_source){.kind = source->content.kind->name,
                       .count = table->row_count,
                       .field_count = source->field_count,
                       .field = source->field,
                       .state = source,
                       .read = read,
                       .shape = shape,
                       .class_name = class_name,
                       .element_name = element_name,
                       .origin = origin,
                       .fault = source->content.keep_all ? fault : NULL,
                       .close = close_source,
                       .block = is_large && block == 0 ? 1 : block};
}

static gd_status drop_rows(const gd__csv_content *content, gd_dataset **set)
{
    int64_t count, *list;
    gd_status status = find_whole_rows(content, &count, &list);
    if (status == GD_OK && list == NULL)
        return GD_OK;
    gd_dataset *whole = *set;
    *set = NULL;
    if (status == GD_OK)
        status = gd__dataset_view(whole, count, list, set);
    gd_dataset_free(whole);
    return status;
}

gd_status gd__csv_dataset_create(const gd__csv_content *content, int file_count, gd_dataset **out)
{
    *out = NULL;
    csv_source *source = gd__alloc_zeroed(1, sizeof *source);
    if (source == NULL) {
        gd__csv_table_free(content->table);
        gd_csv_schema_free(content->schema);
        gd__free(content->place);
        return gd__fail_memory("a data set");
    }
    source->content = *content;
    gd_status status = copy_files(source, file_count) ? add_fields(source) : gd__fail_memory("a data set");
    if (status == GD_OK)
        status = find_faults(source);
    gd_missing *missing = status == GD_OK ? policies(source) : NULL;
    if (status == GD_OK && missing == NULL)
        status = gd__fail_memory("a data set");
    if (status != GD_OK) {
        close_source(source);
        gd_csv_schema_free(content->schema);
        return status;
    }
    const gd_source described = describe(source);
    status = gd__dataset_create(&described, missing, content->schema, out);
    for (int f = 0; f < described.field_count && status == GD_OK; f++)
        if (missing[f] == GD_MISSING_ERROR)
            (*out)->store->finite[f] = true; // numbers of a table are
    gd__free(missing);
    if (status != GD_OK)
        return gd__fail_in(status, "%s", content->file[0]);
    return drop_rows(content, out);
}
