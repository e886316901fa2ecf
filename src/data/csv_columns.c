#include "data/csv_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { DEFAULT_HASH = 64, MOST_HASH = 1 << 24, MOST_WORDS = 1000 };

// ---- Names

// What columns are looked up in, while a schema is made.
typedef struct lookup {
    const char *file;
    gd_csv_schema *schema;
    gd__vocabulary names; // in the order of the columns
} lookup;

// Says that there is no such column, and which name is near.
static gd_status fail_no_column(const char *file, int count, const char *const *name, const char *wanted)
{
    const char *near = gd_nearest_word(wanted, count, name);
    if (near != NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: has no column '%s'; did you mean '%s'?", file, wanted, near);
    return gd__fail(GD_ERROR_FORMAT, "%s: has no column '%s' among its %d", file, wanted, count);
}

// Whether a text fits a pattern, in which * stands for any letters and ? for one.
static bool fits(const char *pattern, const char *text)
{
    for (; *pattern != '*'; pattern++) {
        if (*text == '\0' || (*pattern != '?' && *pattern != *text))
            return *text == '\0' && *pattern == '\0';
        text++;
        while (*pattern == '?' && (*text & 0xc0) == 0x80)
            text++; // the rest of a letter in UTF-8
    }
    for (;; text++) {
        if (fits(pattern + 1, text))
            return true;
        if (*text == '\0')
            return false;
    }
}

// The column of that name, blanks around it aside; -1 when there is none.
static int find_name(const gd__vocabulary *names, const char *wanted)
{
    const int exact = gd__vocabulary_find(names, wanted, strlen(wanted));
    for (int c = 0; c < names->count && exact < 0; c++) {
        const char *text = names->word[c].text;
        size_t length = names->word[c].length;
        gd__csv_trim(&text, &length);
        if (length == strlen(wanted) && memcmp(text, wanted, length) == 0)
            return c;
    }
    return exact;
}

// A column by its name or, when none is called so, by its number: "-1" is the last.
static gd_status resolve(const lookup *in, const char *wanted, int *column)
{
    *column = find_name(&in->names, wanted);
    if (*column >= 0)
        return GD_OK;
    const int count = in->schema->count;
    char *end;
    const long number = strtol(wanted, &end, 10);
    if (end != wanted && *end == '\0') {
        const long place = number < 0 ? number + count : number;
        if (place < 0 || place >= count)
            return gd__fail(GD_ERROR_FORMAT, "%s: column %ld was asked for, but there are %d", in->file, number, count);
        *column = (int)place;
        return GD_OK;
    }
    const char **name = gd__alloc_zeroed((size_t)count, sizeof *name);
    if (name == NULL)
        return gd__fail_memory("the names of columns");
    for (int c = 0; c < count; c++)
        name[c] = in->schema->column[c].name;
    gd_status status = fail_no_column(in->file, count, name, wanted);
    gd__free(name);
    return status;
}

// Does something with each column of a list, in its order; columns that fit one pattern in that of the file.
typedef gd_status visitor(const lookup *in, int column, int what);
static gd_status visit(const lookup *in, gd_csv_columns list, visitor *each, int what)
{
    gd_status status = GD_OK;
    for (int i = 0; i < list.count && status == GD_OK; i++) {
        const char *wanted = list.name[i];
        int c;
        if (strpbrk(wanted, "*?") == NULL || find_name(&in->names, wanted) >= 0) {
            status = resolve(in, wanted, &c);
            status = status == GD_OK ? each(in, c, what) : status;
            continue;
        }
        bool any = false;
        for (c = 0; c < in->schema->count && status == GD_OK; c++)
            if (fits(wanted, in->schema->column[c].name)) {
                any = true;
                status = each(in, c, what);
            }
        if (!any)
            status = gd__fail(GD_ERROR_FORMAT, "%s: no column fits the pattern '%s'", in->file, wanted);
    }
    return status;
}

// ---- Kinds and roles

static gd_status give_kind(const lookup *in, int c, int what)
{
    gd__csv_column *column = &in->schema->column[c];
    const gd__column_kind kind = (gd__column_kind)what;
    if (column->kind != GD__COLUMN_OPEN && column->kind != kind)
        return gd__fail(
            GD_ERROR_ARGUMENT,
            "%s: column '%s' is listed twice, among the ignored, the categories, the embedded, the hashed, the "
            "dates or the texts",
            in->file, column->name);
    column->kind = kind;
    column->listed = kind == GD__COLUMN_ONE_HOT || kind == GD__COLUMN_INDEX;
    return GD_OK;
}

static const char *const role_names[GD__COLUMN_ROLES] = {"feature", "target", "weight", "id", "group", "part", "order"};

static gd_status give_role(const lookup *in, int c, int what)
{
    gd__csv_column *column = &in->schema->column[c];
    const gd__column_role role = (gd__column_role)what;
    if (column->role == role)
        return GD_OK;
    if (column->role != GD__COLUMN_FEATURE)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: column '%s' is both %s and %s", in->file, column->name,
                        role_names[column->role], role_names[role]);
    if (column->kind == GD__COLUMN_IGNORED && role != GD__COLUMN_ID)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the %s '%s' is also ignored", in->file, role_names[role], column->name);
    if (role == GD__COLUMN_TARGET) {
        if (column->kind == GD__COLUMN_HASH || column->kind == GD__COLUMN_DATE || column->kind == GD__COLUMN_TEXT)
            return gd__fail(GD_ERROR_ARGUMENT, "%s: the target '%s' cannot be hashed, a date or a text", in->file,
                            column->name);
        if (column->kind == GD__COLUMN_ONE_HOT)
            column->kind = GD__COLUMN_INDEX;
        gd__csv_schema_add_target(in->schema, c);
        return GD_OK;
    }
    static const gd__column_kind kinds[GD__COLUMN_ROLES] = {
        [GD__COLUMN_WEIGHT] = GD__COLUMN_NUMBER, [GD__COLUMN_ID] = GD__COLUMN_IGNORED,
        [GD__COLUMN_GROUP] = GD__COLUMN_INDEX,   [GD__COLUMN_PART] = GD__COLUMN_INDEX,
        [GD__COLUMN_ORDER] = GD__COLUMN_NUMBER,
    };
    column->role = role;
    column->kind = kinds[role];
    column->listed = column->kind == GD__COLUMN_INDEX;
    return GD_OK;
}

static gd_status mark_columns(const lookup *in, const gd_csv_opts *opts)
{
    const struct {
        gd_csv_columns list;
        visitor *each;
        int what;
    } lists[] = {
        {opts->ignore, give_kind, GD__COLUMN_IGNORED},
        {opts->category, give_kind, GD__COLUMN_ONE_HOT},
        {opts->embed, give_kind, GD__COLUMN_INDEX},
        {opts->hash, give_kind, GD__COLUMN_HASH},
        {opts->date, give_kind, GD__COLUMN_DATE},
        {opts->text, give_kind, GD__COLUMN_TEXT},
        {opts->target, give_role, GD__COLUMN_TARGET},
        {{opts->weight != NULL, &opts->weight}, give_role, GD__COLUMN_WEIGHT},
        {{opts->group != NULL, &opts->group}, give_role, GD__COLUMN_GROUP},
        {{opts->part != NULL, &opts->part}, give_role, GD__COLUMN_PART},
        {{opts->order != NULL, &opts->order}, give_role, GD__COLUMN_ORDER},
        {{opts->id != NULL, &opts->id}, give_role, GD__COLUMN_ID},
    };
    gd_status status = GD_OK;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && status == GD_OK; i++)
        status = visit(in, lists[i].list, lists[i].each, lists[i].what);
    return status;
}

// ---- Schemas

static bool can_separate(char c)
{
    return c != '"' && c != '\n' && c != '\r' && c != '.' && c != '+' && c != '-' && c != '_' &&
           (unsigned char)c < 0x80 && !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

gd_status gd__csv_check_schema(const gd_csv_schema *schema)
{
    // Without a separator it is found in each file.
    if (!can_separate(schema->separator) || (schema->separator != '\0' && schema->separator == schema->comment))
        return gd__fail(GD_ERROR_ARGUMENT, "the character '%c' cannot separate cells", schema->separator);
    if ((schema->decimal != '.' && schema->decimal != ',') || schema->thousands == schema->decimal ||
        (schema->thousands != '\0' && !(can_separate(schema->thousands) || schema->thousands == '.')))
        return gd__fail(GD_ERROR_ARGUMENT, "a decimal point or comma was expected, and another sign for thousands");
    int count[GD__COLUMN_ROLES] = {0};
    for (int c = 0; c < schema->count; c++) {
        const gd__csv_column *column = &schema->column[c];
        const bool is_open = column->kind == GD__COLUMN_OPEN, is_number = column->kind == GD__COLUMN_NUMBER,
                   is_index = column->kind == GD__COLUMN_INDEX;
        const bool fits_role[GD__COLUMN_ROLES] = {true,      is_number || is_index || is_open,
                                                  is_number, column->kind == GD__COLUMN_IGNORED,
                                                  is_index,  is_index,
                                                  is_number};
        count[column->role]++;
        if (!fits_role[column->role])
            return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s' cannot be %s", column->name,
                            role_names[column->role]);
        if (column->role > GD__COLUMN_TARGET && count[column->role] > 1)
            return gd__fail(GD_ERROR_FORMAT, "the CSV schema has two columns of the role '%s'",
                            role_names[column->role]);
    }
    return GD_OK;
}

static gd_status check_options(const gd_csv_opts *opts)
{
    if ((unsigned)opts->missing > GD_MISSING_DROP)
        return gd__fail(GD_ERROR_ARGUMENT, "%d is no policy for missing cells", (int)opts->missing);
    if (!isfinite(opts->missing_value))
        return gd__fail(GD_ERROR_ARGUMENT, "missing_value is %g, a finite number was expected", opts->missing_value);
    if ((unsigned)opts->unknown > GD_UNKNOWN_FREQUENT)
        return gd__fail(GD_ERROR_ARGUMENT, "%d is no policy for unknown categories", (int)opts->unknown);
    if (opts->hash_size < 0 || opts->hash_size > MOST_HASH)
        return gd__fail(GD_ERROR_ARGUMENT, "hash_size is %d, 1 to %d were expected", opts->hash_size, MOST_HASH);
    if (opts->missing_word_count > MOST_WORDS)
        return gd__fail(GD_ERROR_ARGUMENT, "there are %d words for missing cells, at most %d were expected",
                        opts->missing_word_count, MOST_WORDS);
    return GD_OK;
}

// Takes the options over that say how a file is written, and what is done with it.
static bool take_options(gd_csv_schema *schema, const gd__csv_head *head, const gd_csv_opts *opts)
{
    const bool own = opts->missing_word != NULL || opts->missing_word_count != 0;
    const int count = own ? (opts->missing_word_count > 0 ? opts->missing_word_count : 0) : GD__MISSING_WORDS;
    schema->separator = head->format.separator;
    schema->comment = opts->comment;
    schema->decimal = opts->decimal == '\0' ? '.' : opts->decimal;
    schema->thousands = opts->thousands;
    schema->no_header = opts->no_header;
    schema->no_quotes = opts->no_quotes;
    schema->percent = opts->percent;
    schema->missing = opts->missing;
    schema->missing_value = opts->missing_value;
    schema->unknown = opts->unknown == GD_UNKNOWN_DEFAULT ? GD_UNKNOWN_ERROR : opts->unknown;
    schema->spare = opts->unknown == GD_UNKNOWN_NONE;
    schema->target_is_class = opts->target_is_class && opts->target.count > 0;
    schema->targets_apart = opts->targets_apart;
    schema->hash_size = opts->hash_size == 0 ? DEFAULT_HASH : opts->hash_size;
    const bool has_currency = opts->currency != NULL && opts->currency[0] != '\0';
    schema->currency = has_currency ? gd__copy_text(opts->currency) : NULL;
    return (schema->currency != NULL) == has_currency &&
           gd__csv_schema_set_missing_words(schema, count, own ? opts->missing_word : gd__missing_words);
}

static gd_status name_columns(lookup *in, const gd__csv_head *head, bool indicator)
{
    for (int c = 0; c < head->count; c++) {
        const size_t length = strlen(head->name[c]);
        const int other = gd__vocabulary_add(&in->names, head->name[c], length);
        if (other >= 0 && other < c)
            return gd__fail(GD_ERROR_FORMAT, "%s: columns %d and %d are both called '%s'; is the header missing?",
                            in->file, other, c, head->name[c]);
        in->schema->column[c].name = gd__copy_text(head->name[c]);
        in->schema->column[c].kind = GD__COLUMN_OPEN;
        in->schema->column[c].indicator = indicator;
        if (other < 0 || in->schema->column[c].name == NULL)
            return gd__fail_memory("the names of columns");
    }
    return GD_OK;
}

gd_status gd__csv_find_columns(const char *file, const gd__csv_head *head, const gd_csv_opts *opts, gd_csv_schema **out)
{
    *out = NULL;
    gd_status status = check_options(opts);
    if (status != GD_OK)
        return status;
    lookup in = {.file = file, .schema = gd__csv_schema_create(head->count)};
    if (in.schema == NULL || !take_options(in.schema, head, opts))
        status = gd__fail_memory("the columns of a table");
    if (status == GD_OK)
        status = name_columns(&in, head, opts->indicator);
    if (status == GD_OK)
        status = mark_columns(&in, opts);
    if (status == GD_OK)
        status = gd__csv_check_schema(in.schema);
    gd__vocabulary_free(&in.names);
    if (status == GD_OK)
        *out = in.schema;
    else
        gd_csv_schema_free(in.schema);
    return status;
}

// ---- Another file

static bool is_needed(const gd__csv_column *column)
{
    return column->kind != GD__COLUMN_IGNORED && column->role == GD__COLUMN_FEATURE;
}

// Without a header columns are matched by their place; the targets may be absent, or all that is no feature.
static gd_status match_places(const char *file, const gd__csv_head *head, const gd_csv_schema *schema, int *cell)
{
    int special = 0;
    for (int c = 0; c < schema->count; c++)
        special += schema->column[c].role != GD__COLUMN_FEATURE;
    const int lacking = schema->count - head->count;
    if (lacking != 0 && lacking != schema->target_count && lacking != special)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %d columns, the training data had %d", file, head->count,
                        schema->count);
    for (int c = 0, next = 0; c < schema->count; c++) {
        const gd__column_role role = schema->column[c].role;
        const bool absent = lacking > 0 && (role == GD__COLUMN_TARGET ||
                                            (role != GD__COLUMN_FEATURE && lacking != schema->target_count));
        cell[c] = absent ? -1 : next++;
    }
    return GD_OK;
}

static gd_status match_names(const char *file, const gd__csv_head *head, const gd_csv_schema *schema,
                             const gd__vocabulary *names, int *cell)
{
    for (int c = 0; c < schema->count; c++) {
        const gd__csv_column *column = &schema->column[c];
        cell[c] = find_name(names, column->name);
        if (cell[c] < 0 && is_needed(column))
            return fail_no_column(file, head->count, (const char *const *)head->name, column->name);
    }
    return GD_OK;
}

gd_status gd__csv_match_columns(const char *file, const gd__csv_head *head, const gd_csv_schema *schema, int *cell)
{
    if (schema->no_header)
        return match_places(file, head, schema, cell);
    gd__vocabulary names = {0};
    gd_status status = GD_OK;
    for (int i = 0; i < head->count && status == GD_OK; i++) {
        const int known = gd__vocabulary_add(&names, head->name[i], strlen(head->name[i]));
        if (known < 0)
            status = gd__fail_memory("the names of columns");
        else if (known < i)
            status =
                gd__fail(GD_ERROR_FORMAT, "%s: columns %d and %d are both called '%s'", file, known, i, head->name[i]);
    }
    if (status == GD_OK)
        status = match_names(file, head, schema, &names, cell);
    gd__vocabulary_free(&names);
    return status;
}

// ---- Plans

static gd__csv_reading reading_of(const gd__csv_column *column, bool keep_all)
{
    if (column->role == GD__COLUMN_ID)
        return GD__READ_ID;
    if (keep_all && column->role != GD__COLUMN_FEATURE)
        return GD__READ_NOTHING;
    switch (column->kind) {
    case GD__COLUMN_IGNORED: return GD__READ_NOTHING;
    case GD__COLUMN_NUMBER: return column->role == GD__COLUMN_ORDER ? GD__READ_ORDER : GD__READ_ANY;
    case GD__COLUMN_ONE_HOT:
    case GD__COLUMN_INDEX: return column->listed ? GD__READ_TEXT : GD__READ_ANY;
    case GD__COLUMN_HASH: return GD__READ_HASH;
    case GD__COLUMN_DATE: return GD__READ_DATE;
    case GD__COLUMN_TEXT: return GD__READ_LONG;
    case GD__COLUMN_OPEN: break;
    }
    return GD__READ_ANY;
}

gd_status gd__csv_make_plan(const gd__csv_head *head, const gd_csv_schema *schema, const int *cell, bool keep_all,
                            locale_t c_locale, gd__csv_plan *plan, int *place)
{
    *plan = (gd__csv_plan){.format = head->format,
                           .notation = {.decimal = schema->decimal,
                                        .thousands = schema->thousands,
                                        .percent = schema->percent,
                                        .currency = schema->currency,
                                        .c_locale = c_locale},
                           .no_header = schema->no_header,
                           .missing_word_count = schema->missing_word_count,
                           .missing_word = (const char *const *)schema->missing_word,
                           .hash_size = schema->hash_size,
                           .width = head->count,
                           .id = -1};
    plan->name = gd__alloc_zeroed((size_t)head->count, sizeof *plan->name);
    plan->reading = gd__alloc_zeroed((size_t)head->count, sizeof *plan->reading);
    if (plan->name == NULL || plan->reading == NULL)
        return gd__fail_memory("the columns of a table");
    for (int i = 0; i < head->count; i++) {
        plan->name[i] = gd__copy_text(head->name[i]);
        if (plan->name[i] == NULL)
            return gd__fail_memory("the columns of a table");
    }
    for (int c = 0; c < schema->count; c++)
        if (cell[c] >= 0)
            plan->reading[cell[c]] = reading_of(&schema->column[c], keep_all);
    for (int i = 0; i < head->count; i++)
        plan->column_count += gd__csv_is_column(plan->reading[i]);
    for (int c = 0; c < schema->count; c++) {
        place[c] = cell[c] >= 0 && gd__csv_is_column(plan->reading[cell[c]]) ? 0 : -1;
        if (cell[c] < 0)
            continue;
        if (plan->reading[cell[c]] == GD__READ_ID)
            plan->id = cell[c];
        // The table's columns stand in the order of the file.
        for (int i = 0; i < cell[c] && gd__csv_is_column(plan->reading[cell[c]]); i++)
            place[c] += gd__csv_is_column(plan->reading[i]);
    }
    return GD_OK;
}
