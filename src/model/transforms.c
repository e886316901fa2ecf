// The section `data.transforms`: which transforms the samples go through, and of which fields.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/pipeline.h"
#include "model/model.h"

// One entry: its options struct, whose texts are the recipe's, and its fields.
typedef struct {
    gd_transform transform;
    void *options;
    const char *field[GD__MOST_STAGE_FIELDS];
} entry;

// The field of an entry that names none: the only one that is neither the target nor anything but an input.
static const char *only_input(const gd_recipe *recipe, const gd_dataset *train)
{
    const char *given = gd__option_text(gd__section(recipe->root, "data"), "input"), *found = NULL;
    const int stored = train->store->source.field_count; // behind these stand lengths
    for (int i = 0; i < stored; i++) {
        const gd_field field = gd_dataset_field(train, i);
        if (field.role != GD_ROLE_INPUT || gd__is_target(recipe, &field))
            continue;
        if (given != NULL ? strcmp(field.name, given) == 0 : found == NULL)
            found = field.name;
        else if (given == NULL)
            return NULL;
    }
    return found;
}

static gd_status find_fields(const gd_recipe *recipe, const gd_dataset *train, gd__chosen chosen, entry *out)
{
    const gd__yaml *given = gd__option_node(chosen.options, "fields");
    const bool is_list = given != NULL && given->kind == GD__YAML_LIST;
    gd_transform *transform = &out->transform;
    transform->field = out->field;
    transform->field_count = is_list ? given->count : 1;
    if (transform->field_count > GD__MOST_STAGE_FIELDS)
        return gd__yaml_fail(given, "%s is given %d fields, expected at most %d", chosen.record->name,
                             transform->field_count, GD__MOST_STAGE_FIELDS);
    if (given == NULL && (out->field[0] = only_input(recipe, train)) == NULL)
        return gd__yaml_fail(chosen.node, "the data has several fields that %s could be for: `fields` says which",
                             chosen.record->name);
    for (int i = 0; given != NULL && i < transform->field_count; i++) {
        const gd__yaml *name = is_list ? given->item[i] : given;
        const int place = gd_dataset_find(train, name->text);
        if (place < 0)
            return gd__yaml_fail(name, "the data has no field '%.60s'", name->text);
        const gd_field field = gd_dataset_field(train, place);
        if (transform->field_count == 1 && gd__is_target(recipe, &field))
            return gd__yaml_fail(name,
                                 "'%.60s' is the target: predictions would be of the transformed one. `scale` is taken "
                                 "back",
                                 name->text);
        out->field[i] = name->text;
    }
    return GD_OK;
}

static gd_status read_entry(const gd_recipe *recipe, const gd_dataset *train, const gd__yaml *node, entry *out)
{
    const gd__chosen chosen = gd__chosen_of(node, &gd__transform_records, NULL);
    out->transform.kind = (const gd_transform_kind *)(const void *)chosen.record; // its first member
    if (chosen.record->options_size > 0) {
        out->options = gd__alloc_zeroed(1, chosen.record->options_size);
        if (out->options == NULL)
            return gd__fail_memory("a transform");
        gd__options_read(chosen.options, chosen.record, out->options);
        out->transform.options = out->options;
    }
    return find_fields(recipe, train, chosen, out);
}

gd_status gd__fit_transforms(const gd_recipe *recipe, const gd_dataset *train, gd_pipeline **out)
{
    *out = NULL;
    const gd__yaml *list = gd__option_node(gd__section(recipe->root, "data"), "transforms");
    if (list == NULL || list->count == 0)
        return GD_OK;
    entry *entries = gd__alloc_zeroed((size_t)list->count, sizeof *entries);
    gd_transform *transform = gd__alloc_zeroed((size_t)list->count, sizeof *transform);
    gd_status status = entries == NULL || transform == NULL ? gd__fail_memory("transforms") : GD_OK;
    for (int i = 0; i < list->count && status == GD_OK; i++) {
        status = read_entry(recipe, train, list->item[i], &entries[i]);
        transform[i] = entries[i].transform;
    }
    char place[GD__PLACE_SIZE];
    if (status == GD_OK && (status = gd_pipeline_fit(train, list->count, transform, out)) != GD_OK)
        status = gd__fail_in(status, "%s", gd__yaml_place(list, place));
    for (int i = 0; i < list->count && entries != NULL; i++)
        gd__free(entries[i].options);
    gd__free(entries);
    gd__free(transform);
    return status;
}
