// The report of a model: evaluates it, lets it predict, and fetches the pictures of its worst mistakes.
#include <gradus/enlarge.h>
#include <gradus/report.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/pictures.h"
#include "report/score.h"

enum { PICTURES = 24 };

// What the report borrows about one target.
typedef struct target_material {
    gd_array prediction, target, weight;
    int64_t output_count;
    char **output_name;
    const char **class_name;
} target_material;

// What the report borrows while it is written.
typedef struct material {
    const gd_model *model;
    const gd_dataset *set;
    gd_report report, other[GD_MODEL_HEADS];
    gd_evaluation evaluation;
    target_material of[GD_MODEL_HEADS]; // each target
    gd_array image;
    int64_t sample[PICTURES];
    const char *metric_name[GD_MAX_METRICS];
    char *recipe;
} material;

static void choose_set(material *m, const gd_report_model_opts *opts)
{
    m->set = opts->set;
    m->report.set_name = opts->set_name;
    if (m->set == NULL && m->model->test != NULL) {
        m->set = m->model->test;
        m->report.set_name = "test";
    } else if (m->set == NULL && m->model->validation != NULL) {
        m->set = m->model->validation;
        m->report.set_name = "validation";
    } else if (m->set == NULL && m->model->train != NULL) {
        m->set = m->model->train;
        m->report.set_name = "training";
    }
}

static gd_status describe_model(material *m)
{
    const gd_model *model = m->model;
    gd_report *report = &m->report;
    report->layer_count = model->layer_count;
    report->layer = model->layer;
    report->parameters = model->parameters;
    report->flops = model->flops;
    report->model = model;
    if (model->train != NULL)
        report->train_samples = gd_dataset_count(model->train);
    m->recipe = gd_recipe_text(model->recipe);
    report->recipe = m->recipe;
    if (m->recipe == NULL)
        return gd__fail_memory("the recipe's text");
    return GD_OK;
}

static gd_status evaluate(material *m, gd_evaluate_opts opts)
{
    const gd_model *model = m->model;
    gd_evaluate_opts whole = gd_model_evaluate_opts(model);
    whole.batch = opts.batch;
    whole.should_stop = opts.should_stop;
    whole.user = opts.user;
    whole.on_batch = opts.on_batch;
    gd_status status = gd_evaluate(model->data_loss, m->set, whole, &m->evaluation);
    if (status != GD_OK)
        return status;
    for (int i = 0; i < model->metric_count; i++)
        m->metric_name[i] = model->metric[i].name;
    m->report.evaluation = &m->evaluation;
    m->report.metric_count = model->metric_count;
    m->report.metric_name = m->metric_name;
    return GD_OK;
}

// What the numbers of a sample are called, as the source of the targets knows it.
static gd_status name_outputs(const material *m, const char *field_name, target_material *of, gd_report *report)
{
    const int64_t count = gd_array_count(&of->prediction) / of->prediction.shape.dim[0];
    const int field = gd_dataset_find(m->set, field_name);
    of->output_count = count < GD__OUTPUTS_SCORED ? count : GD__OUTPUTS_SCORED;
    of->output_name = gd__alloc_zeroed((size_t)count, sizeof *of->output_name);
    if (of->output_name == NULL)
        return gd__fail_memory("the names of the outputs");
    for (int64_t i = 0; i < of->output_count; i++) {
        const char *name = gd_dataset_element_name(m->set, field, i);
        of->output_name[i] = name == NULL ? NULL : gd__copy_text(name);
        if (name != NULL && of->output_name[i] == NULL)
            return gd__fail_memory("the names of the outputs");
    }
    report->output_name = (const char *const *)of->output_name;
    return GD_OK;
}

static gd_status name_classes(const gd_model *model, int head, target_material *of, gd_report *report)
{
    int count = model->head[head].class_count;
    const bool boxes = (model->head[head].task->sections & GD_SECTION_BOXES) != 0;
    while (boxes && gd_model_class_name_of(model, head, count) != NULL)
        count++;
    report->class_count = count;
    if (count == 0)
        return GD_OK;
    of->class_name = gd__alloc_zeroed((size_t)count, sizeof *of->class_name);
    if (of->class_name == NULL)
        return gd__fail_memory("the names of the classes");
    for (int i = 0; i < count; i++)
        of->class_name[i] = gd_model_class_name_of(model, head, i);
    report->class_name = of->class_name;
    return GD_OK;
}

static gd_status predict_target(material *m, int head, gd_evaluate_opts opts, gd_report *report)
{
    const gd_model *model = m->model;
    const gd_model_head *shown = &model->head[head];
    target_material *of = &m->of[head];
    report->task = shown->task;
    report->target_name = shown->name;
    gd_status status = name_classes(model, head, of, report);
    // Of sequences the figures are told, and not what is said of each place.
    if (status != GD_OK || m->set == NULL || shown->task->by_place || gd_dataset_find(m->set, shown->name) < 0)
        return status;
    status = gd_model_answers_of(model, head, m->set, opts, &of->prediction, &of->target, &of->weight);
    // Outputs for each place of a sequence or a picture have no table of classes.
    if (status != GD_OK || gd_array_count(&of->prediction) == 0 ||
        (shown->task->labels && of->prediction.shape.rank > 2))
        return status;
    const gd_scoring *scoring = head == 0 ? &model->scoring : &shown->scoring;
    report->prediction = &of->prediction;
    report->target = &of->target;
    report->weight = of->weight.data != NULL ? &of->weight : NULL;
    report->no_probability = !scoring->probability;
    report->threshold = scoring->threshold;
    report->set = m->set;
    return shown->task->labels ? GD_OK : name_outputs(m, shown->name, of, report);
}

static gd_status predict(material *m, gd_evaluate_opts opts)
{
    gd_status status = predict_target(m, 0, opts, &m->report);
    for (int i = 1; i < m->model->head_count && status == GD_OK; i++)
        status = predict_target(m, i, opts, &m->other[i - 1]);
    m->report.other_count = m->model->head_count - 1;
    m->report.other = m->other;
    return status;
}

static gd_status fetch_pictures(material *m)
{
    int count = 0;
    if (gd__picture_field(m->set) < 0 || m->report.prediction == NULL)
        return GD_OK;
    gd_status status = gd_report_worst(&m->report, PICTURES, m->sample, &count);
    if (status != GD_OK || count == 0)
        return status;
    status = gd__fetch_pictures(m->model, m->set, count, m->sample, &m->image);
    m->report.image = &m->image;
    m->report.image_sample = m->sample;
    return status;
}

static void free_target(target_material *of)
{
    gd_array_free(&of->prediction);
    gd_array_free(&of->target);
    gd_array_free(&of->weight);
    for (int64_t i = 0; i < of->output_count && of->output_name != NULL; i++)
        gd__free(of->output_name[i]);
    gd__free(of->output_name);
    gd__free(of->class_name);
}

gd_status gd_report_write_model(const char *path, const gd_model *model, gd_report_model_opts opts)
{
    if (path == NULL || model == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: a path and a model are needed");
    material m = {.model = model};
    m.report.title = opts.title != NULL ? opts.title : gd_recipe_name(model->recipe);
    m.report.description = opts.description;
    m.report.refresh = opts.refresh;
    m.report.history = opts.history;
    m.report.fact_count = opts.fact_count;
    m.report.fact = opts.fact;
    choose_set(&m, &opts);
    gd_status status = describe_model(&m);
    if (status == GD_OK && m.set != NULL)
        status = evaluate(&m, opts.evaluate);
    // Answers that are pictures have a section of their own, which computes them one by one.
    const bool tells = gd_model_enlarges(model) == 0;
    if (!tells) {
        m.report.task = model->task;
        m.report.set = m.set;
    }
    if (status == GD_OK && tells)
        status = predict(&m, opts.evaluate);
    if (status == GD_OK && tells && m.set != NULL)
        status = fetch_pictures(&m);
    if (status == GD_OK)
        status = gd_report_write(path, &m.report);
    if (status == GD_OK && opts.evaluation != NULL)
        *opts.evaluation = m.evaluation;
    for (int t = 0; t < GD_MODEL_HEADS; t++)
        free_target(&m.of[t]);
    gd_array_free(&m.image);
    gd_text_free(m.recipe);
    return status;
}
