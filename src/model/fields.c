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
    for (int t = 0; t < GD_MODEL_HEADS; t++) {
        gd__target_names *names = &fields->target[t];
        for (int i = 0; i < names->class_name_count; i++)
            gd__free(names->class_name[i]);
        for (int i = 0; i < names->element_name_count; i++)
            gd__free(names->element_name[i]);
        gd__free(names->class_name);
        gd__free(names->class_weight);
        gd__free(names->element_name);
    }
    gd__free(fields->field);
    *fields = (gd__field_list){0};
}

static gd_status reserve(gd__field_list *fields, int field_count)
{
    fields->field = gd__alloc_zeroed((size_t)field_count, sizeof *fields->field);
    return fields->field == NULL ? gd__fail_memory("the fields of a model") : GD_OK;
}

static gd_status reserve_names(int count, char ***list)
{
    *list = gd__alloc_zeroed((size_t)(count > 0 ? count : 1), sizeof **list);
    return *list == NULL ? gd__fail_memory("the fields of a model") : GD_OK;
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

static gd_status add_name(char **list, int *count, const char *name)
{
    char *copy = gd__copy_text(name);
    if (copy == NULL)
        return gd__fail_memory("the fields of a model");
    list[(*count)++] = copy;
    return GD_OK;
}

// The recipe's names of a single target's classes, which must fit them, or else the data's own.
static gd_status add_class_names(const gd_recipe *recipe, const gd_dataset *set, gd_field *target, bool single,
                                 gd__target_names *names)
{
    const gd__yaml *given = single ? gd__option_node(gd__section(recipe->root, "data"), "classes") : NULL;
    const int place = gd_dataset_find(set, target->name), count = target->class_count;
    const bool listed = given != NULL && given->kind == GD__YAML_LIST;
    if (listed && given->count < count)
        return gd__yaml_fail(given, "%d names for the %d classes of the data", given->count, count);
    gd_status status = reserve_names(listed ? given->count : count, &names->class_name);
    for (int i = 0; listed && i < given->count && status == GD_OK; i++)
        status = add_name(names->class_name, &names->class_name_count, given->item[i]->text);
    // A class that the training data does not show is one all the same.
    if (listed)
        target->class_count = given->count;
    for (int i = 0; !listed && i < count && status == GD_OK && gd_dataset_class_name(set, place, i) != NULL; i++)
        status = add_name(names->class_name, &names->class_name_count, gd_dataset_class_name(set, place, i));
    return status;
}

// What the numbers of a target are called, if each has a name.
static gd_status add_element_names(const gd_dataset *set, const gd_field *target, gd__target_names *names)
{
    enum { MOST_ELEMENTS = 1000 };
    const int place = gd_dataset_find(set, target->name);
    const int64_t count = gd_shape_count(target->shape);
    if (count < 2 || count > MOST_ELEMENTS)
        return GD_OK;
    for (int64_t i = 0; i < count; i++)
        if (gd_dataset_element_name(set, place, i) == NULL)
            return GD_OK;
    gd_status status = reserve_names((int)count, &names->element_name);
    for (int64_t i = 0; i < count && status == GD_OK; i++)
        status = add_name(names->element_name, &names->element_name_count, gd_dataset_element_name(set, place, i));
    return status;
}

// ---- Balanced classes

static bool wants_balance(gd__chosen loss)
{
    const gd__yaml *weights = loss.record == NULL ? NULL : gd__yaml_get(loss.options.node, "class_weights");
    return weights != NULL && gd__yaml_is(weights, "balanced");
}

// samples / (classes * samples of the class), where a sample counts by its weight if there are weights.
static gd_status balance(const gd_dataset *set, int target, int classes, gd__target_names *names)
{
    int weight = -1;
    for (int i = 0; i < gd_dataset_field_count(set); i++)
        if (gd_dataset_field(set, i).role == GD_ROLE_WEIGHT)
            weight = i;
    names->class_weight = gd__alloc_zeroed((size_t)classes, sizeof *names->class_weight);
    if (names->class_weight == NULL)
        return gd__fail_memory("class weights");
    names->class_weight_count = classes;
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
            names->class_weight[class] += count;
        all += count;
        gd_array_free(&label);
        gd_array_free(&counts);
    }
    for (int c = 0; c < classes; c++) // a class without samples is never met
        names->class_weight[c] = names->class_weight[c] > 0 ? all / (classes * names->class_weight[c]) : 0;
    return GD_OK;
}

// Several questions a sample: of each, how often no was meant for one yes.
static gd_status balance_columns(const gd_dataset *set, const gd_field *target, gd__target_names *names)
{
    const int place = gd_dataset_find(set, target->name), count = (int)gd_shape_count(target->shape);
    names->class_weight = gd__alloc_zeroed((size_t)count, sizeof *names->class_weight);
    if (names->class_weight == NULL)
        return gd__fail_memory("class weights");
    names->class_weight_count = count;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        gd_array labels = {0};
        gd_status status = gd_dataset_get(set, place, 1, &i, &labels);
        if (status != GD_OK)
            return status;
        for (int c = 0; c < count; c++)
            names->class_weight[c] += gd_array_get(&labels, c);
        gd_array_free(&labels);
    }
    const double all = (double)gd_dataset_count(set);
    for (int c = 0; c < count; c++) // where nothing is a yes there is nothing to weigh
        names->class_weight[c] =
            names->class_weight[c] > 0 ? (all - names->class_weight[c]) / names->class_weight[c] : 1;
    return GD_OK;
}

static gd_status add_target_names(const gd_recipe *recipe, const gd_dataset *set, gd_field *target, gd__chosen loss,
                                  bool single, gd__target_names *names)
{
    gd_status status = target->class_count > 0 ? add_class_names(recipe, set, target, single, names) : GD_OK;
    if (status == GD_OK)
        status = add_element_names(set, target, names);
    if (status != GD_OK || !wants_balance(loss))
        return status;
    if (target->type != GD_I32 && gd_shape_count(target->shape) > 1 &&
        ((const gd_loss_kind *)loss.record)->task->yes_or_no)
        return balance_columns(set, target, names);
    if (target->type != GD_I32 || gd_shape_count(target->shape) != 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: `class_weights: balanced` needs one class a sample", recipe->path);
    return balance(set, gd_dataset_find(set, target->name), target->class_count > 1 ? target->class_count : 2, names);
}

gd_status gd__fields_from_dataset(const gd_recipe *recipe, const gd_dataset *set, gd__field_list *fields)
{
    int count = 0, place[GD_MODEL_HEADS];
    gd__loss_of loss[GD_MODEL_HEADS];
    gd_field *all = gd__alloc_zeroed((size_t)gd_dataset_field_count(set), sizeof *all);
    if (all == NULL)
        return gd__fail_memory("the fields of a model");
    for (int i = 0; i < gd_dataset_field_count(set); i++) {
        const gd_field field = gd_dataset_field(set, i);
        if (field.role == GD_ROLE_INPUT || field.role == GD_ROLE_TARGET || field.role == GD_ROLE_WEIGHT)
            all[count++] = field;
    }
    (void)gd__recipe_losses(recipe, loss);
    gd_status status = gd__find_targets(recipe, count, all, &fields->target_count, place);
    if (status == GD_OK)
        status = reserve(fields, count);
    for (int i = 0; i < count && status == GD_OK; i++)
        status = add_field(fields, all[i]);
    for (int t = 0; t < fields->target_count && status == GD_OK; t++)
        status = add_target_names(recipe, set, &fields->field[place[t]], loss[t].loss, fields->target_count == 1,
                                  &fields->target[t]);
    gd__free(all);
    return status;
}

// ---- JSON

static json_t *texts_to_json(int count, char *const *text)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_string(text[i]));
    return list;
}

// Adds what is known of a target; false when memory is short.
static bool put_names(json_t *json, const gd__target_names *names)
{
    json_t *classes = texts_to_json(names->class_name_count, names->class_name);
    json_t *elements = texts_to_json(names->element_name_count, names->element_name), *weights = json_array();
    for (int i = 0; i < names->class_weight_count; i++)
        json_array_append_new(weights, json_real(names->class_weight[i]));
    const bool whole = json_array_size(classes) == (size_t)names->class_name_count &&
                       json_array_size(weights) == (size_t)names->class_weight_count &&
                       json_array_size(elements) == (size_t)names->element_name_count;
    const bool put = json_object_set_new(json, "class_names", classes) == 0;
    return json_object_set_new(json, "class_weights", weights) == 0 &&
           json_object_set_new(json, "element_names", elements) == 0 && put && whole;
}

char *gd__fields_to_json(const gd__field_list *fields)
{
    json_t *list = json_array(), *others = json_array();
    for (int i = 0; i < fields->count; i++) {
        const gd_field *field = &fields->field[i];
        json_t *shape = json_array();
        for (int d = 0; d < field->shape.rank; d++)
            json_array_append_new(shape, json_integer(field->shape.dim[d]));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:i, s:i}", "name", field->name, "type",
                                              gd_type_name(field->type), "shape", shape, "classes", field->class_count,
                                              "role", (int)field->role));
    }
    bool whole = json_array_size(list) == (size_t)fields->count;
    for (int t = 1; t < fields->target_count; t++) {
        json_t *other = json_object();
        whole = put_names(other, &fields->target[t]) && whole;
        json_array_append_new(others, other);
    }
    json_t *json = json_pack("{s:o, s:o}", "fields", list, "others", others);
    if (!put_names(json, &fields->target[0]) || !whole) {
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
        if ((dim < 1 && dim != GD_OPEN) || dim > 1 << 30)
            return fail_json();
        field.shape.dim[d] = dim;
    }
    if (gd__shape_open_count(field.shape).overflow)
        return fail_json();
    return add_field(fields, field);
}

static gd_status read_texts(const json_t *json, int *count, char ***text)
{
    const size_t size = json_array_size(json);
    if (size > MOST_NAMES)
        return fail_json();
    gd_status status = size == 0 ? GD_OK : reserve_names((int)size, text);
    for (size_t i = 0; i < size && status == GD_OK; i++) {
        const char *name = json_string_value(json_array_get(json, i));
        status = name == NULL ? fail_json() : add_name(*text, count, name);
    }
    return status;
}

static gd_status read_weights(const json_t *json, gd__target_names *names)
{
    const size_t count = json_array_size(json);
    if (count == 0)
        return GD_OK;
    if (count > MOST_NAMES)
        return fail_json();
    names->class_weight = gd__alloc_zeroed(count, sizeof *names->class_weight);
    if (names->class_weight == NULL)
        return gd__fail_memory("class weights");
    names->class_weight_count = (int)count;
    for (size_t i = 0; i < count; i++) {
        names->class_weight[i] = json_number_value(json_array_get(json, i));
        if (!(names->class_weight[i] >= 0))
            return fail_json();
    }
    return GD_OK;
}

static gd_status read_names(const json_t *json, gd__target_names *names)
{
    gd_status status = read_texts(json_object_get(json, "class_names"), &names->class_name_count, &names->class_name);
    if (status == GD_OK)
        status = read_texts(json_object_get(json, "element_names"), &names->element_name_count, &names->element_name);
    return status == GD_OK ? read_weights(json_object_get(json, "class_weights"), names) : status;
}

static gd_status read_json(json_t *json, gd__field_list *fields)
{
    json_t *list = json_object_get(json, "fields");
    const json_t *others = json_object_get(json, "others");
    const size_t count = json_array_size(list), other_count = json_array_size(others);
    if (count == 0 || count > MOST_FIELDS || other_count >= GD_MODEL_HEADS)
        return fail_json();
    gd_status status = reserve(fields, (int)count);
    for (size_t i = 0; i < count && status == GD_OK; i++)
        status = read_field(json_array_get(list, i), fields);
    if (status == GD_OK)
        status = read_names(json, &fields->target[0]);
    fields->target_count = 1 + (int)other_count;
    for (size_t t = 0; t < other_count && status == GD_OK; t++)
        status = read_names(json_array_get(others, t), &fields->target[t + 1]);
    return status;
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
