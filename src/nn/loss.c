// The losses there are, and how each is written by its record.
#include "nn/loss.h"

#include <string.h>

#include "base/error.h"
#include "base/record.h"

#include "losses.def"

static const gd_record *const records[] = {GD_LOSSES(GD__RECORD_OF)};
static gd_own_records own; // changed by gd_loss_register alone
// Read by whoever writes several losses.
static const gd_option common[] = {
    {.name = "weight",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1e30,
     .standard = "1",
     .doc = "how much the loss counts beside others"},
    {.name = "of",
     .type = GD_OPTION_TEXT,
     .doc =
         "the layer that the loss reads, by its name; else the last one, whose outputs several losses share in their "
         "order"},
    GD__LOSS_END,
};
const gd_records gd__loss_records = {
    .noun = "loss", .count = GD_COUNT_OF(records), .record = records, .own = &own, .common = common};

const gd_records *gd_loss_kinds(void)
{
    return &gd__loss_records;
}

const gd_loss_kind *gd_loss_kind_named(const char *name)
{
    return (const gd_loss_kind *)gd_record_find(&gd__loss_records, name);
}

gd_status gd_loss_register(const gd_loss_kind *kind)
{
    if (kind == NULL || kind->task == NULL || kind->link == NULL || kind->write == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a loss needs a task, a link and a function that writes it");
    return gd_record_register(&gd__loss_records, &kind->record);
}

// ---- Writing

enum { MOST_OPTIONS = 512 }; // bytes of an options struct

static bool options_fit(const gd_loss_kind *kind, const void *options, gd_graph *graph)
{
    for (const gd_option *option = kind->record.options; option != NULL && option->name != NULL; option++) {
        double value;
        if (option->type != GD_OPTION_NUMBER || option->size != sizeof value)
            continue;
        memcpy(&value, (const char *)options + option->offset, sizeof value);
        if (gd__option_in_range(option, value))
            continue;
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s: %s is %g, expected %s %g and %s %g", kind->record.name,
                      option->name, value, option->above ? "more than" : "at least", option->low,
                      option->below ? "less than" : "at most", option->high);
        return false;
    }
    return true;
}

gd_tensor gd_loss_write(const gd_loss_kind *kind, gd_tensor output, gd_tensor target, const void *options,
                        gd_loss_opts opts)
{
    GD__NEEDS(kind, GD_NO_TENSOR);
    _Alignas(max_align_t) unsigned char standard[MOST_OPTIONS];
    if (output.graph == NULL)
        return gd__no_result(output);
    if (kind->record.options_size > sizeof standard)
        return gd_graph_fail(output.graph, GD_ERROR_ARGUMENT, "%s: its options take %zu bytes, expected at most %d",
                             kind->record.name, kind->record.options_size, MOST_OPTIONS);
    if (options == NULL) {
        gd_options_default(&kind->record, standard);
        options = standard;
    }
    if (!options_fit(kind, options, output.graph))
        return gd__no_result(output);
    if (opts.lengths.graph != NULL)
        output = gd__without_padding(kind->record.name, output, opts.lengths);
    const gd_loss_call call = {
        .kind = kind, .output = output, .target = target, .options = options, .class_weight = opts.class_weight};
    gd_tensor weight = GD_NO_TENSOR;
    const gd_tensor loss = kind->write(&call, &weight);
    return gd_tensor_ok(loss) ? gd__weigh_loss(kind->record.name, loss, weight, opts) : gd__no_result(output);
}

// The options that gd_loss_opts has for several losses, where this one has them. 0 is the default.
static gd_status take_shared(const gd_record *record, const gd_loss_opts *opts, void *options)
{
    const gd_setting given[] = {{.name = "delta", .value = opts->delta},
                                {.name = "margin", .value = opts->margin},
                                {.name = "squared", .value = opts->squared},
                                {.name = "label_smoothing", .value = opts->label_smoothing}};
    gd_status status = GD_OK;
    for (int i = 0; i < GD_COUNT_OF(given) && status == GD_OK; i++)
        if (given[i].value != 0 && gd__option_named(record->options, given[i].name) != NULL)
            status = gd_options_set(record, options, given[i]);
    return status;
}

static gd_tensor write_shared(const gd_loss_kind *kind, gd_tensor output, gd_tensor target, gd_loss_opts opts)
{
    _Alignas(max_align_t) unsigned char options[MOST_OPTIONS];
    if (kind->record.options_size <= sizeof options) {
        gd_options_default(&kind->record, options);
        gd_status status = take_shared(&kind->record, &opts, options);
        if (status != GD_OK && output.graph != NULL)
            return gd_graph_fail(output.graph, status, "%s", gd_last_error());
    }
    return gd_loss_write(kind, output, target, options, opts);
}

gd_tensor gd_loss_named(const char *name, gd_tensor output, gd_tensor target, gd_loss_opts opts)
{
    const gd_record *record;
    if (!gd_tensor_ok(output))
        return gd__no_result(output);
    gd_status status = gd_record_named(&gd__loss_records, name, &record);
    if (status != GD_OK)
        return gd_graph_fail(output.graph, status, "%s", gd_last_error());
    return write_shared((const gd_loss_kind *)record, output, target, opts);
}

// ---- The losses of nn.h

#define LOSS(name, kind)                                                                                               \
    gd_tensor name(gd_tensor output, gd_tensor target, gd_loss_opts opts)                                              \
    {                                                                                                                  \
        return write_shared(&(kind), output, target, opts);                                                            \
    }

LOSS(gd_squared_error, gd__loss_squared_error)
LOSS(gd_absolute_error, gd__loss_absolute_error)
LOSS(gd_huber, gd__loss_huber)
LOSS(gd_logistic_loss, gd__loss_logistic)
LOSS(gd_softmax_cross_entropy, gd__loss_softmax_cross_entropy)
LOSS(gd_hinge, gd__loss_hinge)
LOSS(gd_multiclass_hinge, gd__loss_multiclass_hinge)
LOSS(gd_kl_divergence, gd__loss_kl_divergence)

// ---- Weights of classes

bool gd__class_weight_fits(const gd_loss_call *call, int64_t count)
{
    char text[GD_SHAPE_TEXT];
    const gd_tensor weight = call->class_weight;
    const gd_type type = gd_tensor_type(call->output);
    if (!gd_tensor_ok(weight))
        return false;
    const gd_shape shape = gd_tensor_shape(weight);
    const bool by_column = shape.rank == 2 && gd_tensor_rank(call->output) > 0 && call->kind->task->yes_or_no &&
                           shape.dim[1] == gd_tensor_dim(call->output, -1);
    if (gd_tensor_type(weight) == type && shape.dim[0] == count && (shape.rank == 1 || by_column))
        return true;
    gd_graph_fail(call->output.graph, GD_ERROR_SHAPE, "%s: class_weight is %s %s, expected %s [%lld]",
                  call->kind->record.name, gd_type_name(gd_tensor_type(weight)),
                  gd_shape_text(gd_tensor_shape(weight), text), gd_type_name(type), (long long)count);
    return false;
}

gd_tensor gd__weight_of_class(const gd_loss_call *call, int64_t class)
{
    const gd_tensor row = gd_slice(call->class_weight, 0, class, class + 1, 1);
    return gd_tensor_rank(row) == 1 ? gd_reshape(row, GD_SCALAR) : gd_squeeze(row, 0);
}

// ---- Several outputs for a number of the target

bool gd__spread_fits(const gd_loss_call *call, int spread)
{
    char text[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(call->output))
        return false;
    const int rank = gd_tensor_rank(call->output);
    if (rank > 0 && gd_tensor_dim(call->output, -1) > 0 && gd_tensor_dim(call->output, -1) % spread == 0)
        return true;
    gd_graph_fail(call->output.graph, GD_ERROR_SHAPE,
                  "%s: the prediction is %s, expected %d numbers along the last axis for each of the target's",
                  call->kind->record.name, gd_shape_text(gd_tensor_shape(call->output), text), spread);
    return false;
}
