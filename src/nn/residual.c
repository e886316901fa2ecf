// Shortcuts around a branch.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <stdio.h>

#include "nn/layer.h"
#include "nn/layers.h"
#include "nn/options.h"

// The strides that take x's maps to those of `want` with a kernel of 1: (size - 1) / stride + 1 = want.
static bool find_strides(gd_shape x, gd_shape want, int64_t stride[2])
{
    for (int i = 2; i < x.rank; i++) {
        stride[i - 2] = 1;
        if (gd__dimension_has_time(x.dim[i]) && x.dim[i] == want.dim[i])
            continue;
        if (x.dim[i] < 1 || want.dim[i] < 1 || want.dim[i] > x.dim[i])
            return false;
        stride[i - 2] = (x.dim[i] - 1) / want.dim[i] + 1;
        if ((x.dim[i] - 1) / stride[i - 2] + 1 != want.dim[i])
            return false;
    }
    return true;
}

// x brought to the branch's shape `want`; `name` is the projection's.
static gd_tensor project(const gd__layer *layer, gd_tensor x, gd_shape want, const char *name,
                         gd_initializer initializer)
{
    gd_shape have = gd_tensor_shape(x);
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    int64_t stride[2] = {1, 1};
    bool alike = have.rank == want.rank && have.rank >= 2 && have.rank <= 4 && have.dim[0] == want.dim[0];
    if (!alike || !find_strides(have, want, stride))
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, the branch is %s: x cannot be projected to it",
                             gd_shape_text(have, have_text), gd_shape_text(want, want_text));
    if (have.rank == 2)
        return gd_dense(x, want.dim[1], (gd_dense_opts){.name = name, .no_bias = true, .initializer = initializer});
    if (have.rank == 3)
        return gd_conv1d(
            x, want.dim[1],
            (gd_conv1d_opts){
                .name = name, .kernel = 1, .stride = stride[0], .no_bias = true, .initializer = initializer});
    return gd_conv2d(x, want.dim[1],
                     (gd_conv2d_opts){.name = name,
                                      .kernel = 1,
                                      .stride_hw = {stride[0], stride[1]},
                                      .no_bias = true,
                                      .initializer = initializer});
}

static gd_tensor write_residual(const gd__layer *layer, gd_tensor x, gd_tensor branch, gd_residual_opts opts)
{
    gd_shape want = gd_tensor_shape(branch);
    if (gd_shape_equal(gd_tensor_shape(x), want))
        return gd_add(x, branch);
    if (!opts.batch_norm)
        return gd_add(project(layer, x, want, layer->name, opts.initializer), branch);
    char projection[GD__LAYER_NAME + 4], norm[GD__LAYER_NAME + 4];
    snprintf(projection, sizeof projection, "%s.0", layer->name);
    snprintf(norm, sizeof norm, "%s.1", layer->name);
    gd_tensor projected = project(layer, x, want, projection, opts.initializer);
    return gd_add(gd_batch_norm(projected, (gd_batch_norm_opts){.name = norm}), branch);
}

gd_tensor gd_residual(gd_tensor x, gd_tensor branch, gd_residual_opts opts)
{
    gd__layer layer;
    if (!gd_tensor_ok(branch))
        return gd__no_result(branch.graph != NULL ? branch : x);
    bool same = gd_shape_equal(gd_tensor_shape(x), gd_tensor_shape(branch));
    if (!gd__layer_begin(&layer, x, "residual", same ? NULL : "downsample", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_residual(&layer, x, branch, opts));
}

// ---- As a record

typedef struct residual_options {
    const void *branch, *shortcut; // lists of layers
    gd_residual_opts opts;
} residual_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    residual_options options = *(const residual_options *)call->options;
    gd_tensor x = call->input[0];
    options.opts.name = call->name;
    if (call->write_list == NULL)
        return gd_graph_fail(call->graph, GD_ERROR_ARGUMENT, "residual: there is nobody to write the branch");
    const gd_tensor around = options.shortcut == NULL ? x : call->write_list(call, options.shortcut, x);
    return gd_residual(around, call->write_list(call, options.branch, x), options.opts);
}

static const gd_option options[] = {
    {.name = "branch",
     .type = GD_OPTION_VARIANTS,
     .required = true,
     .records = &gd__layer_records,
     .doc = "layers whose result is added to what came in",
     GD_FIELD(residual_options, branch)},
    {.name = "shortcut",
     .type = GD_OPTION_VARIANTS,
     .records = &gd__layer_records,
     .doc = "layers on the other way; else the identity, or a projection where shapes differ",
     GD_FIELD(residual_options, shortcut)},
    GD__FLAG_OPTION(residual_options, "batch_norm", opts.batch_norm, "false", "normalise the projection"),
    GD__INIT_OPTION(residual_options, opts.initializer),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_residual = {
    .record = {.name = "residual",
               .doc = "what a branch of layers makes of x, plus x",
               .options = options,
               .short_option = "branch",
               .aliases = "skip|shortcut",
               .source = "He, Zhang, Ren, Sun 2016",
               .options_size = sizeof(residual_options)},
    .write = write_record,
};
