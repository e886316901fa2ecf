// Fitting: which steps a field has, and what they learn from the training part.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "data/csv_schema.h"
#include "data/dataset.h"
#include "data/pipeline.h"
#include "data/step.h"

// ---- Rules

static bool is_for_all(const gd_preprocess_rule *rule)
{
    return rule->field == NULL;
}

static bool is_for(const gd_preprocess_rule *rule, const gd_field *field)
{
    return rule->field != NULL && strcmp(rule->field, field->name) == 0;
}

// A rule for all is for the inputs of numbers that have none of their own that scales them.
static bool applies(const gd_preprocess_rule *rule, gd_preprocess_opts opts, const gd_field *field)
{
    if (!is_for_all(rule))
        return is_for(rule, field);
    if (field->kind != GD_KIND_NUMBERS || field->role != GD_ROLE_INPUT)
        return false;
    for (int i = 0; i < opts.rule_count; i++)
        if (is_for(&opts.rule[i], field) && opts.rule[i].scaling != GD_PAD && opts.rule[i].scaling != GD_AS_NUMBERS)
            return false;
    return true;
}

static gd_status check_rules(const gd_dataset *set, gd_preprocess_opts opts)
{
    for (int i = 0; i < opts.rule_count; i++) {
        const gd_preprocess_rule *rule = &opts.rule[i];
        if (rule->field != NULL && gd_dataset_find(set, rule->field) < 0)
            return gd__fail(GD_ERROR_ARGUMENT, "preprocessing names a field '%s' that the data set lacks", rule->field);
        if ((unsigned)rule->scaling > GD_PROBABILITY || (unsigned)rule->extent > GD_EXTENT_COLUMN ||
            !isfinite(rule->factor) || rule->class_count < 0)
            return gd__fail(GD_ERROR_ARGUMENT, "preprocessing rule %d has a value out of its range", i);
        if ((rule->scaling == GD_ONE_HOT || rule->scaling == GD_LABELS) && rule->field == NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "a rule for %s must name its field",
                            rule->scaling == GD_LABELS ? "labels" : "one-hot");
        for (int other = 0; other < i; other++) {
            const char *name = opts.rule[other].field;
            const bool same =
                name == rule->field || (name != NULL && rule->field != NULL && strcmp(name, rule->field) == 0);
            if (same && rule->scaling == opts.rule[other].scaling)
                return gd__fail(GD_ERROR_ARGUMENT, "two preprocessing rules of one kind are for the field '%s'",
                                name == NULL ? "(any)" : name);
        }
    }
    return GD_OK;
}

// ---- One field

static gd_status add_step(const gd_dataset *train, int field, const gd_preprocess_rule *rule, const gd__step_kind *kind,
                          gd__steps *steps)
{
    gd__fitting fit = {.set = train, .field = field, .before = steps, .given = train->store->source.field[field]};
    gd_status status = gd__steps_deliver(steps, &fit.given);
    gd__step step = {.kind = kind};
    if (status == GD_OK) {
        fit.width = gd__shape_is_open(fit.given.shape) ? 0 : gd_shape_count(fit.given.shape);
        status = kind->fit == NULL ? GD_OK : kind->fit(&fit, rule, &step);
    }
    if (status == GD_OK) // that it can follow what is there
        status = kind->deliver(&step, &fit.given);
    gd__free(fit.row);
    gd__step *added = status == GD_OK ? gd__steps_add(steps, kind) : NULL;
    if (status == GD_OK && added == NULL)
        status = gd__fail_memory("preprocessing");
    if (status == GD_OK)
        *added = step;
    else
        gd__step_free(&step);
    return status;
}

static bool may_miss(const gd_dataset *set, int field)
{
    const gd_missing *missing = set->store->missing;
    return missing != NULL && missing[field] != GD_MISSING_ERROR;
}

static gd_status fit_field(const gd_dataset *train, int field, gd_preprocess_opts opts, gd_preprocess *preprocess)
{
    const gd_field *described = &train->delivered[field];
    bool any = may_miss(train, field);
    for (int i = 0; i < opts.rule_count; i++)
        any = any || (applies(&opts.rule[i], opts, described) && opts.rule[i].scaling != GD_SCALING_NONE);
    if (!any)
        return GD_OK;
    // Counted first, so that what a failure leaves behind is freed.
    gd__steps *steps = &preprocess->steps[preprocess->count++];
    steps->field = gd__copy_text(described->name);
    if (steps->field == NULL)
        return gd__fail_memory("preprocessing");
    gd_status status = GD_OK;
    if (may_miss(train, field))
        status = add_step(train, field, NULL, &gd__step_fill, steps);
    for (int i = 0; i < opts.rule_count && status == GD_OK; i++) {
        const gd__step_kind *kind = gd__step_kind_of(opts.rule[i].scaling);
        if (kind != NULL && applies(&opts.rule[i], opts, described))
            status = add_step(train, field, &opts.rule[i], kind, steps);
    }
    return status;
}

static gd_status fit_steps(const gd_dataset *train, gd_preprocess_opts opts, gd_preprocess **out)
{
    gd_status status = check_rules(train, opts);
    if (status != GD_OK)
        return status;
    const int fields = train->store->source.field_count;
    gd_preprocess *preprocess = gd__preprocess_create(fields);
    if (preprocess == NULL)
        return gd__fail_memory("preprocessing");
    preprocess->transforms = gd__pipeline_share(opts.transforms);
    for (int f = 0; f < fields && status == GD_OK; f++)
        status = fit_field(train, f, opts, preprocess);
    if (status == GD_OK && train->store->schema != NULL) {
        preprocess->schema = gd__csv_schema_copy(train->store->schema);
        status = preprocess->schema == NULL ? gd__fail_memory("preprocessing") : GD_OK;
    }
    if (status == GD_OK && train->store->tokenizer != NULL) {
        preprocess->tokenizer = gd__copy_text(train->store->tokenizer);
        status = preprocess->tokenizer == NULL ? gd__fail_memory("preprocessing") : GD_OK;
    }
    if (status == GD_OK)
        *out = preprocess;
    else
        gd_preprocess_free(preprocess);
    return status;
}

gd_status gd_preprocess_fit(const gd_dataset *train, gd_preprocess_opts opts, gd_preprocess **out)
{
    GD__NEEDS(train, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (train->preprocess != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "preprocessing was to be fitted on data that is preprocessed already");
    if (opts.transforms == NULL)
        return fit_steps(train, opts, out);
    gd_dataset *transformed;
    gd_status status = gd_pipeline_apply(opts.transforms, train, &transformed);
    if (status == GD_OK) {
        status = fit_steps(transformed, opts, out);
        gd_dataset_free(transformed);
    }
    return status;
}
