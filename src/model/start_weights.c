// Weights from a file by patterns: the section `weights` of a recipe, as options of gd_load_weights.
#include <gradus/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/find_file.h"
#include "model/model.h"

// "a.*|b.?" of a list of patterns or of one; NULL where there is none.
static gd_status join_patterns(const gd__yaml *match, char **pattern)
{
    const bool is_list = match != NULL && match->kind == GD__YAML_LIST;
    gd__text text = {0};
    *pattern = NULL;
    if (match == NULL)
        return GD_OK;
    for (int i = 0; i < (is_list ? match->count : 1); i++)
        gd__text_add(&text, "%s%s", i > 0 ? "|" : "", is_list ? match->item[i]->text : match->text);
    *pattern = gd__text_take(&text);
    return *pattern == NULL ? gd__fail_memory("the patterns of weights") : GD_OK;
}

static gd_status read_rules(const gd__yaml *rules, gd_load_opts *opts, gd_rename **rename)
{
    *rename = NULL;
    if (rules == NULL)
        return GD_OK;
    *rename = gd__alloc(((size_t)rules->count + 1) * sizeof **rename);
    if (*rename == NULL)
        return gd__fail_memory("the names of weights");
    for (int i = 0; i < rules->count; i++)
        (*rename)[i] = (gd_rename){.from = rules->key[i]->text, .to = rules->item[i]->text};
    opts->rename_count = rules->count;
    opts->rename = *rename;
    return GD_OK;
}

static gd_status keep_report(gd__model *model, const char *path, const gd_load_report *report)
{
    gd__text text = {0};
    gd__text_add(&text, "%d of %d variables from %s\n%s", report->loaded,
                 report->loaded + report->missing + report->different, path, report->text == NULL ? "" : report->text);
    model->weights_report = gd__text_take(&text);
    return model->weights_report == NULL ? gd__fail_memory("the report on weights") : GD_OK;
}

static gd_status load(gd__model *model, gd__options options, const char *path)
{
    const bool strict = gd__option_bool(options, "strict");
    gd_load_opts opts = {.partial = !strict, .allow_unused = true, .strip = gd__option_text(options, "strip")};
    gd_load_report report = {0};
    gd_rename *rename = NULL;
    char *match = NULL, *transpose = NULL;
    gd_status status = join_patterns(gd__option_node(options, "match"), &match);
    if (status == GD_OK)
        status = join_patterns(gd__option_node(options, "transpose"), &transpose);
    if (status == GD_OK)
        status = read_rules(gd__option_node(options, "rename"), &opts, &rename);
    if (status == GD_OK) {
        opts.match = match;
        opts.transpose = transpose;
        status = gd_load_weights(model->shown.graph, path, opts, &report);
        if (status == GD_ERROR_SHAPE || status == GD_ERROR_ARGUMENT)
            status = gd__yaml_fail(gd__option_node(options, "file"), "%s%s", gd_last_error(),
                                   status == GD_ERROR_SHAPE && strict ? ". `strict: false` leaves out what does not fit"
                                                                      : "");
    }
    if (status == GD_OK)
        status = keep_report(model, path, &report);
    gd_text_free(report.text);
    gd__free(match);
    gd__free(transpose);
    gd__free(rename);
    return status;
}

gd_status gd__load_start_weights(gd__model *model)
{
    const gd_recipe *recipe = model->shown.recipe;
    const gd__options options = gd__section(recipe->root, "weights");
    char *path;
    if (options.node == NULL)
        return GD_OK;
    const gd__yaml *file = gd__option_node(options, "file");
    if (file == NULL && gd__option_node(options, "whiten") != NULL)
        return GD_OK;
    if (file == NULL)
        return gd__yaml_fail(options.node, "neither a `file` nor what to `whiten`");
    gd_status status = gd__find_file(recipe, file, file->text, &path);
    if (status != GD_OK)
        return status;
    status = load(model, options, path);
    gd__free(path);
    return status;
}

const char *gd_model_weights_report(const gd_model *model)
{
    GD__NEEDS(model, NULL);
    return gd__model_of(model)->weights_report;
}
