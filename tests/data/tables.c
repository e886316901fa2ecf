#include "data/tables.h"

#include "data/dataset.h"
#include "data/files.h"

typedef struct {
    table table;
    gd_field field[3];
    gd_array all[3];
} table_state;

static const char *element_name(void *state, int field, int64_t element)
{
    const table_state *s = state;
    return field == 0 ? s->table.name[element] : NULL;
}

static const char *class_name(void *state, int field, int category)
{
    static const char *const name[] = {"none", "one", "two", "three"};
    (void)state;
    return field > 0 && category < 4 ? name[category] : NULL;
}

static gd_origin origin(void *state, int64_t sample)
{
    (void)state;
    return (gd_origin){.file = "table.csv", .row = sample + 1, .line = sample + 2};
}

static void close_table(void *state)
{
    table_state *s = state;
    for (int f = 0; f < 3; f++)
        gd_array_free(&s->all[f]);
    free(s);
}

static void fill(gd_array *array, int rows, int columns, int column, number *function)
{
    for (int i = 0; i < rows; i++)
        gd_array_put(array, (int64_t)i * columns + column, function(i));
}

gd_dataset *make_table(table table)
{
    table_state *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->table = table;
    int columns = 0, fields = 0;
    while (columns < MOST_FEATURES && table.feature[columns] != NULL)
        columns++;
    s->field[fields] = (gd_field){.name = "x", .type = table.type, .shape = GD_SHAPE(columns)};
    assert_fine(gd_array_create(&s->all[fields], table.type, GD_SHAPE(table.rows, columns)));
    for (int c = 0; c < columns; c++)
        fill(&s->all[fields], table.rows, columns, c, table.feature[c]);
    fields++;
    if (table.kind != NULL) {
        s->field[fields] = (gd_field){.name = "kind", .kind = GD_KIND_CATEGORY, .type = GD_I32, .class_count = 4};
        assert_fine(gd_array_create(&s->all[fields], GD_I32, GD_SHAPE(table.rows)));
        fill(&s->all[fields++], table.rows, 1, 0, table.kind);
    }
    const bool classes = table.classes > 0;
    s->field[fields] = (gd_field){.name = classes ? "label" : "y",
                                  .role = GD_ROLE_TARGET,
                                  .kind = classes ? GD_KIND_CATEGORY : GD_KIND_NUMBERS,
                                  .type = classes ? GD_I32 : GD_F64,
                                  .shape = classes ? GD_SCALAR : GD_SHAPE(1),
                                  .class_count = table.classes};
    const gd_shape shape = classes ? GD_SHAPE(table.rows) : GD_SHAPE(table.rows, 1);
    assert_fine(gd_array_create(&s->all[fields], s->field[fields].type, shape));
    fill(&s->all[fields++], table.rows, 1, 0, table.target);
    const gd_source source = {.kind = "table",
                              .count = table.rows,
                              .field_count = fields,
                              .field = s->field,
                              .state = s,
                              .all = s->all,
                              .class_name = class_name,
                              .element_name = element_name,
                              .origin = origin,
                              .close = close_table};
    const gd_missing missing[3] = {GD_MISSING_MEAN};
    gd_dataset *set;
    assert_fine(gd__dataset_create(&source, missing, NULL, &set));
    return set;
}
