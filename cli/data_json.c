#include "data_json.h"

#include "json.h"

static json_t *text_list(int count, char *const *text)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_t *value = json_string(text[i]);
        json_array_append_new(list, value == NULL ? json_string("?") : value);
    }
    return list;
}

// ---- Columns

static json_t *figures_json(const gd_column *column, const gd_column_figures *figures)
{
    json_t *object = json_object();
    json_put_integer(object, "count", figures->count);
    json_put_integer(object, "missing", figures->missing);
    json_put_integer(object, "different", figures->different);
    if (column->kind == GD_KIND_CATEGORY)
        return object;
    json_put_number(object, "min", figures->min);
    json_put_number(object, "max", figures->max);
    json_put_number(object, "mean", figures->mean);
    json_put_number(object, "deviation", figures->deviation);
    json_t *bins = json_array();
    for (int b = 0; b < column->bin_count; b++)
        json_array_append_new(bins, json_integer(figures->bin[b]));
    json_object_set_new(object, "histogram", bins);
    return object;
}

static json_t *categories_json(const gd_description *description, const gd_column *column)
{
    json_t *list = json_array();
    for (int i = 0; i < column->category_count; i++) {
        json_t *object = json_object();
        json_put_text(object, "name", column->category[i].name);
        for (int p = 0; p < GD_PARTS; p++)
            if (description->has[p])
                json_put_integer(object, gd_part_name(p), column->category[i].count[p]);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *column_json(const gd_description *description, const gd_column *column)
{
    json_t *object = json_object();
    json_put_text(object, "name", column->name);
    json_put_text(object, "field", column->field);
    json_put_text(object, "role", gd_role_name(column->role));
    json_put_text(object, "kind", column->kind == GD_KIND_CATEGORY ? "category" : "numbers");
    json_put_text(object, "type", gd_type_name(column->type));
    if (column->whole) {
        json_t *shape = json_array();
        for (int i = 0; i < column->shape.rank; i++)
            json_array_append_new(shape, column->shape.dim[i] < 0 ? json_null() : json_integer(column->shape.dim[i]));
        json_object_set_new(object, "shape", shape);
    }
    json_put_integer(object, "different", column->different);
    json_object_set_new(object, "more_different", json_boolean(column->more));
    if (column->bin_count > 0) {
        json_put_number(object, "histogram_from", column->bin_low);
        json_put_number(object, "histogram_to", column->bin_high);
    }
    json_t *parts = json_object();
    for (int p = 0; p < GD_PARTS; p++)
        if (description->has[p])
            json_object_set_new(parts, gd_part_name(p), figures_json(column, &column->figures[p]));
    json_object_set_new(object, "parts", parts);
    if (column->kind == GD_KIND_CATEGORY)
        json_object_set_new(object, "categories", categories_json(description, column));
    if (column->imbalance > 0)
        json_put_number(object, "imbalance", column->imbalance);
    return object;
}

// ---- Warnings and rows

static json_t *warning_json(const gd_description *description, const gd_data_warning *warning)
{
    json_t *object = json_object();
    json_put_text(object, "kind", gd_warning_name(warning->kind));
    json_put_text(object, "column", warning->column < 0 ? NULL : description->column[warning->column].name);
    json_put_text(object, "sentence", warning->sentence);
    return object;
}

static json_t *rows_json(const gd_first_rows *rows)
{
    json_t *object = json_object(), *list = json_array();
    json_object_set_new(object, "columns", text_list(rows->column_count, rows->heading));
    json_object_set_new(object, "origins", text_list(rows->row_count, rows->origin));
    for (int r = 0; r < rows->row_count; r++)
        json_array_append_new(list, text_list(rows->column_count, rows->cell + r * rows->column_count));
    json_object_set_new(object, "rows", list);
    return object;
}

bool print_description_json(const gd_description *description, const char *recipe)
{
    json_t *root = json_object(), *samples = json_object(), *columns = json_array(), *warnings = json_array();
    json_put_text(root, "recipe", recipe);
    for (int p = 0; p < GD_PARTS; p++)
        if (description->has[p])
            json_put_integer(samples, gd_part_name(p), description->samples[p]);
    json_object_set_new(root, "samples", samples);
    for (int i = 0; i < description->warning_count; i++)
        json_array_append_new(warnings, warning_json(description, &description->warning[i]));
    json_object_set_new(root, "warnings", warnings);
    for (int c = 0; c < description->column_count; c++)
        json_array_append_new(columns, column_json(description, &description->column[c]));
    json_object_set_new(root, "columns", columns);
    json_object_set_new(root, "first_rows", rows_json(&description->raw));
    json_object_set_new(root, "network_sees", rows_json(&description->prepared));
    return json_print(root);
}
