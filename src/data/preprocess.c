// Preprocessing: the steps of every field, learned from the training part.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/step.h"

// ---- Kinds of steps

static const gd__step_kind *const kinds[] = {&gd__step_affine[0], &gd__step_affine[1], &gd__step_affine[2],
                                             &gd__step_fill,      &gd__step_one_hot,   &gd__step_labels,
                                             &gd__step_numbers,   &gd__step_pad,       &gd__step_probability};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const gd__step_kind *gd__step_kind_of(gd_scaling scaling)
{
    for (int i = 0; i < KINDS; i++)
        if (scaling != GD_SCALING_NONE && kinds[i]->scaling == scaling)
            return kinds[i];
    return NULL;
}

const gd__step_kind *gd__step_kind_named(const char *name)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

// ---- One object

gd_preprocess *gd__preprocess_create(int capacity)
{
    gd_preprocess *preprocess = gd__alloc_zeroed(1, sizeof *preprocess);
    if (preprocess == NULL)
        return NULL;
    atomic_init(&preprocess->references, 1);
    preprocess->steps = gd__alloc_zeroed((size_t)capacity, sizeof *preprocess->steps);
    if (preprocess->steps == NULL) {
        gd__free(preprocess);
        return NULL;
    }
    return preprocess;
}

gd_preprocess *gd__preprocess_share(const gd_preprocess *preprocess)
{
    // Only the count of references changes in an object that is shared.
    gd_preprocess *shared = (gd_preprocess *)(uintptr_t)preprocess;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void gd__step_free(gd__step *step)
{
    gd__free(step->offset);
    gd__free(step->scale);
    gd__free(step->fill);
    gd__free(step->value);
    for (int i = 0; step->class_name != NULL && i < step->class_count; i++)
        gd__free(step->class_name[i]);
    gd__free(step->class_name);
    *step = (gd__step){0};
}

void gd_preprocess_free(gd_preprocess *preprocess)
{
    if (preprocess == NULL || atomic_fetch_sub(&preprocess->references, 1) > 1)
        return;
    for (int i = 0; i < preprocess->count; i++) {
        gd__steps *steps = &preprocess->steps[i];
        for (int k = 0; k < steps->count; k++)
            gd__step_free(&steps->step[k]);
        gd__free(steps->step);
        gd__free(steps->field);
    }
    gd__free(preprocess->steps);
    gd_csv_schema_free(preprocess->schema);
    gd__free(preprocess->tokenizer);
    gd_pipeline_free(preprocess->transforms);
    gd__free(preprocess);
}

gd__step *gd__steps_add(gd__steps *steps, const gd__step_kind *kind)
{
    if (!gd__grow((void **)&steps->step, &steps->capacity, steps->count, sizeof *steps->step))
        return NULL;
    gd__step *step = &steps->step[steps->count++];
    *step = (gd__step){.kind = kind};
    return step;
}

const gd__steps *gd__preprocess_steps(const gd_preprocess *preprocess, const char *field)
{
    for (int i = 0; i < preprocess->count; i++)
        if (strcmp(preprocess->steps[i].field, field) == 0)
            return &preprocess->steps[i];
    return NULL;
}

const char *gd_preprocess_tokenizer(const gd_preprocess *preprocess)
{
    GD__NEEDS(preprocess, NULL);
    return preprocess->tokenizer;
}

const gd_csv_schema *gd_preprocess_csv_schema(const gd_preprocess *preprocess)
{
    GD__NEEDS(preprocess, NULL);
    return preprocess->schema;
}

// ---- Taking it back

static int64_t width_of(const gd__step *step, int64_t count)
{
    return step->group_count > 1 || step->group_size > 0 ? step->group_count * step->group_size : count;
}

gd_status gd_preprocess_invert(const gd_preprocess *preprocess, const char *field, gd_array *values)
{
    GD__NEEDS(preprocess, GD_ERROR_ARGUMENT);
    const gd__steps *steps = gd__preprocess_steps(preprocess, field);
    const int64_t count = gd_array_count(values);
    char text[GD_SHAPE_TEXT];
    bool any = false;
    for (int i = 0; steps != NULL && i < steps->count; i++) {
        const gd__step *step = &steps->step[i];
        if (step->kind->invert == NULL)
            continue;
        any = true;
        if (values->type != GD_F32 || (count > 0 && count % width_of(step, count) != 0))
            return gd__fail(GD_ERROR_SHAPE,
                            "the scaling of '%s' was asked to be taken back from %s %s, f32 with %lld numbers a sample "
                            "was expected",
                            field, gd_type_name(values->type), gd_shape_text(values->shape, text),
                            (long long)width_of(step, count));
    }
    if (!any)
        return GD_OK;
    double *number = gd__alloc((size_t)count * sizeof *number);
    if (number == NULL)
        return gd__fail_memory("preprocessing");
    float *value = values->data;
    for (int64_t i = 0; i < count; i++)
        number[i] = (double)value[i];
    for (int i = steps->count - 1; i >= 0; i--)
        if (steps->step[i].kind->invert != NULL)
            steps->step[i].kind->invert(&steps->step[i], count, number);
    for (int64_t i = 0; i < count; i++)
        value[i] = (float)number[i];
    gd__free(number);
    return GD_OK;
}
