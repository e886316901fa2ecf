// What a model knows of its training data: kept in checkpoints as
//     {"fields": [{"name": "image", "type": "f32", "shape": [1, 28, 28], "classes": 0}, …], "class_names": ["t-shirt",
//     …]}
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "data/json.h"
#include "model/model.h"

enum { MOST_FIELDS = 1000, MOST_NAMES = 100000 };

void gd__fields_free(gd__field_list *fields)
{
    for (int i = 0; i < fields->count; i++)
        gd__free((void *)(uintptr_t)fields->field[i].name);
    for (int i = 0; i < fields->class_name_count; i++)
        gd__free(fields->class_name[i]);
    gd__free(fields->field);
    gd__free(fields->class_name);
    gd__free(fields->class_weight);
    *fields = (gd__field_list){0};
}

static gd_status reserve(gd__field_list *fields, int field_count, int name_count)
{
    fields->field = gd__alloc_zeroed((size_t)field_count, sizeof *fields->field);
    fields->class_name = gd__alloc_zeroed((size_t)name_count, sizeof *fields->class_name);
    return fields->field == NULL || fields->class_name == NULL ? gd__fail_memory("the fields of a model") : GD_OK;
}

// Adds a field, or a class name; the texts are copied.
static gd_status add_field(gd__field_list *fields, gd_field field)
{
    field.name = gd__copy_text(field.name);
    if (field.name == NULL)
        return gd__fail_memory("the fields of a model");
    fields->field[fields->count++] = field;
    return GD_OK;
}

static gd_status add_name(gd__field_list *fields, const char *name)
{
    char *copy = gd__copy_text(name);
    if (copy == NULL)
        return gd__fail_memory("the fields of a model");
    fields->class_name[fields->class_name_count++] = copy;
    return GD_OK;
}

// The recipe's names, which must fit the classes, or else the data's own. The target is field `place` of the set.
static gd_status add_names(const gd_recipe *recipe, const gd_dataset *set, int place, int target, int class_count,
                           gd__field_list *fields)
{
    const gd__yaml *given = gd__option_node(gd__section(recipe->root, "data"), "classes");
    gd_status status = GD_OK;
    if (given != NULL && given->kind == GD__YAML_LIST) {
        if (given->count < class_count)
            return gd__yaml_fail(given, "%d names for the %d classes of the data", given->count, class_count);
        for (int i = 0; i < given->count && status == GD_OK; i++)
            status = add_name(fields, given->item[i]->text);
        // A class that the training data does not show is one all the same.
        fields->field[target].class_count = given->count;
        return status;
    }
    for (int i = 0; i < class_count && status == GD_OK && gd_dataset_class_name(set, place, i) != NULL; i++)
        status = add_name(fields, gd_dataset_class_name(set, place, i));
    return status;
}

// ---- Balanced classes

static bool wants_balance(const gd_recipe *recipe)
{
    const gd__chosen loss = gd__chosen_of(gd__yaml_get(recipe->root, "loss"), &gd__loss_variants, NULL);
    const gd__yaml *weights = loss.record == NULL ? NULL : gd__yaml_get(loss.options.node, "class_weights");
    return weights != NULL && gd__yaml_is(weights, "balanced");
}

// samples / (classes * samples of the class), where a sample counts by its weight if there are weights.
static gd_status balance(const gd_dataset *set, int target, int classes, gd__field_list *fields)
{
    int weight = -1;
    for (int i = 0; i < gd_dataset_field_count(set); i++)
        if (gd_dataset_field(set, i).role == GD_ROLE_WEIGHT)
            weight = i;
    fields->class_weight = gd__alloc_zeroed((size_t)classes, sizeof *fields->class_weight);
    if (fields->class_weight == NULL)
        return gd__fail_memory("class weights");
    fields->class_weight_count = classes;
    double all = 0;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        gd_array label = {0}, counts = {0};
        gd_status status = gd_dataset_get(set, target, 1, &i, &label);
        if (status == GD_OK && weight >= 0)
            status = gd_dataset_get(set, weight, 1, &i, &counts);
        if (status != GD_OK) {
            gd_array_free(&label);
            return status;
        }
        const int class = (int)gd_array_get(&label, 0);
        const double count = weight >= 0 ? gd_array_get(&counts, 0) : 1;
        if (class >= 0 && class < classes)
            fields->class_weight[class] += count;
        all += count;
        gd_array_free(&label);
        gd_array_free(&counts);
    }
    for (int c = 0; c < classes; c++) // a class without samples is never met
        fields->class_weight[c] = fields->class_weight[c] > 0 ? all / (classes * fields->class_weight[c]) : 0;
    return GD_OK;
}

gd_status gd__fields_from_dataset(const gd_recipe *recipe, const gd_dataset *set, gd__field_list *fields)
{
    const gd__yaml *given = gd__option_node(gd__section(recipe->root, "data"), "classes");
    int count = 0;
    gd_field *all = gd__alloc_zeroed((size_t)gd_dataset_field_count(set), sizeof *all);
    if (all == NULL)
        return gd__fail_memory("the fields of a model");
    for (int i = 0; i < gd_dataset_field_count(set); i++) {
        const gd_field field = gd_dataset_field(set, i);
        if (field.role == GD_ROLE_INPUT || field.role == GD_ROLE_TARGET || field.role == GD_ROLE_WEIGHT)
            all[count++] = field;
    }
    int target = gd__find_target(recipe, count, all);
    int classes = target < 0 ? 0 : all[target].class_count;
    int names = classes + (given != NULL && given->kind == GD__YAML_LIST ? given->count : 0);
    gd_status status = target < 0 ? GD_ERROR_FORMAT : reserve(fields, count, names);
    for (int i = 0; i < count && status == GD_OK; i++)
        status = add_field(fields, all[i]);
    if (status == GD_OK && classes > 0)
        status = add_names(recipe, set, gd_dataset_find(set, all[target].name), target, classes, fields);
    if (status == GD_OK && wants_balance(recipe)) {
        if (all[target].type != GD_I32 || gd_shape_count(all[target].shape) != 1)
            status =
                gd__fail(GD_ERROR_ARGUMENT, "%s: `class_weights: balanced` needs one class a sample", recipe->path);
        else
            status = balance(set, gd_dataset_find(set, all[target].name), classes > 1 ? classes : 2, fields);
    }
    gd__free(all);
    return status;
}

// ---- JSON

char *gd__fields_to_json(const gd__field_list *fields)
{
    json_t *list = json_array(), *names = json_array();
    for (int i = 0; i < fields->count; i++) {
        const gd_field *field = &fields->field[i];
        json_t *shape = json_array();
        for (int d = 0; d < field->shape.rank; d++)
            json_array_append_new(shape, json_integer(field->shape.dim[d]));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:i, s:i}", "name", field->name, "type",
                                              gd_type_name(field->type), "shape", shape, "classes", field->class_count,
                                              "role", (int)field->role));
    }
    for (int i = 0; i < fields->class_name_count; i++)
        json_array_append_new(names, json_string(fields->class_name[i]));
    bool whole =
        json_array_size(list) == (size_t)fields->count && json_array_size(names) == (size_t)fields->class_name_count;
    json_t *weights = json_array();
    for (int i = 0; i < fields->class_weight_count; i++)
        json_array_append_new(weights, json_real(fields->class_weight[i]));
    whole = whole && json_array_size(weights) == (size_t)fields->class_weight_count;
    json_t *json = json_pack("{s:o, s:o, s:o}", "fields", list, "class_names", names, "class_weights", weights);
    if (!whole) {
        json_decref(json);
        return NULL;
    }
    return gd__json_text(json);
}

static gd_status fail_json(void)
{
    return gd__fail(GD_ERROR_FORMAT, "the fields in the checkpoint are damaged");
}

static gd_status read_field(json_t *json, gd__field_list *fields)
{
    const char *name, *type;
    json_t *shape;
    json_int_t classes;
    if (json_unpack(json, "{s:s, s:s, s:o, s:I}", "name", &name, "type", &type, "shape", &shape, "classes", &classes) !=
            0 ||
        !json_is_array(shape) || json_array_size(shape) >= GD_MAX_RANK || classes < 0 || classes > 1 << 30)
        return fail_json();
    const json_int_t role = json_integer_value(json_object_get(json, "role"));
    if (role < 0 || role > GD_ROLE_IGNORED)
        return fail_json();
    gd_field field = {
        .name = name, .role = (gd_role)role, .class_count = (int)classes, .shape.rank = (int)json_array_size(shape)};
    if (strcmp(type, "f32") == 0)
        field.type = GD_F32;
    else if (strcmp(type, "i32") == 0)
        field.type = GD_I32;
    else
        return fail_json();
    for (int d = 0; d < field.shape.rank; d++) {
        json_int_t dim = json_integer_value(json_array_get(shape, (size_t)d));
        if (dim < 1 || dim > 1 << 30)
            return fail_json();
        field.shape.dim[d] = dim;
    }
    if (gd__shape_open_count(field.shape).overflow)
        return fail_json();
    return add_field(fields, field);
}

static gd_status read_weights(json_t *json, gd__field_list *fields)
{
    const size_t count = json_array_size(json);
    if (count == 0)
        return GD_OK;
    if (count > MOST_NAMES)
        return fail_json();
    fields->class_weight = gd__alloc_zeroed(count, sizeof *fields->class_weight);
    if (fields->class_weight == NULL)
        return gd__fail_memory("class weights");
    fields->class_weight_count = (int)count;
    for (size_t i = 0; i < count; i++) {
        fields->class_weight[i] = json_number_value(json_array_get(json, i));
        if (!(fields->class_weight[i] >= 0))
            return fail_json();
    }
    return GD_OK;
}

static gd_status read_json(json_t *json, gd__field_list *fields)
{
    json_t *list = json_object_get(json, "fields"), *names = json_object_get(json, "class_names");
    size_t count = json_array_size(list), name_count = json_array_size(names);
    if (count == 0 || count > MOST_FIELDS || name_count > MOST_NAMES)
        return fail_json();
    gd_status status = reserve(fields, (int)count, (int)name_count);
    for (size_t i = 0; i < count && status == GD_OK; i++)
        status = read_field(json_array_get(list, i), fields);
    for (size_t i = 0; i < name_count && status == GD_OK; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        status = name == NULL ? fail_json() : add_name(fields, name);
    }
    return status == GD_OK ? read_weights(json_object_get(json, "class_weights"), fields) : status;
}

gd_status gd__fields_from_json(const char *text, gd__field_list *fields)
{
    json_t *json;
    gd_status status = gd__json_parse("the fields in the checkpoint", text, &json);
    if (status != GD_OK)
        return status;
    status = read_json(json, fields);
    json_decref(json);
    if (status != GD_OK)
        gd__fields_free(fields);
    return status;
}
