#include "nn/target.h"

#include "nn/layer.h"

static bool both_are_sound(const char *kind, gd_tensor prediction, gd_tensor target)
{
    if (!gd_tensor_ok(prediction) || !gd_tensor_ok(target)) {
        gd__no_result(prediction.graph != NULL ? prediction : target);
        return false;
    }
    if (gd_type_is_float(gd_tensor_type(prediction)))
        return true;
    gd_graph_fail(prediction.graph, GD_ERROR_SHAPE, "%s: the prediction is %s, expected a floating type", kind,
                  gd_type_name(gd_tensor_type(prediction)));
    return false;
}

// True when `longer` is `shorter` with one more axis of size 1 at the end.
static bool has_column(gd_shape longer, gd_shape shorter)
{
    if (longer.rank != shorter.rank + 1 || longer.dim[shorter.rank] != 1)
        return false;
    longer.rank = shorter.rank;
    return gd_shape_equal(longer, shorter);
}

bool gd__target_align(const char *kind, gd_tensor prediction, gd_tensor *target)
{
    if (!both_are_sound(kind, prediction, *target))
        return false;
    gd_shape want = gd_tensor_shape(prediction), have = gd_tensor_shape(*target);
    char want_text[GD_SHAPE_TEXT], have_text[GD_SHAPE_TEXT];
    if (!gd_shape_equal(want, have)) {
        if (!has_column(want, have) && !has_column(have, want)) {
            gd_graph_fail(prediction.graph, GD_ERROR_SHAPE,
                          "%s: the prediction is %s, the target %s: expected the same", kind,
                          gd_shape_text(want, want_text), gd_shape_text(have, have_text));
            return false;
        }
        *target = gd_reshape(*target, want);
    }
    if (gd_tensor_type(*target) != gd_tensor_type(prediction))
        *target = gd_cast(*target, gd_tensor_type(prediction));
    return gd_tensor_ok(*target);
}

bool gd__label_align(const char *kind, gd_tensor score, gd_tensor *label)
{
    if (!both_are_sound(kind, score, *label))
        return false;
    gd_shape rows = gd_tensor_shape(score), have = gd_tensor_shape(*label);
    char score_text[GD_SHAPE_TEXT], have_text[GD_SHAPE_TEXT];
    gd_shape_text(rows, score_text);
    if (rows.rank > 0)
        rows.rank--;
    bool column = has_column(have, rows);
    if (gd_tensor_rank(score) < 1 || gd_tensor_dim(score, -1) < 1 || !(gd_shape_equal(have, rows) || column)) {
        gd_graph_fail(score.graph, GD_ERROR_SHAPE,
                      "%s: the prediction is %s, the label %s: expected (…, classes) and (…) alike", kind, score_text,
                      gd_shape_text(have, have_text));
        return false;
    }
    if (column)
        *label = gd_reshape(*label, rows);
    gd_type type = gd_tensor_type(*label);
    if (type != GD_I32 && type != GD_I64 && type != GD_U8)
        *label = gd_cast(*label, GD_I32);
    return gd_tensor_ok(*label);
}

bool gd__is_distribution(gd_tensor score, gd_tensor target)
{
    return gd_tensor_ok(score) && gd_tensor_ok(target) && gd_type_is_float(gd_tensor_type(target)) &&
           gd_tensor_rank(score) > 0 && gd_shape_equal(gd_tensor_shape(score), gd_tensor_shape(target));
}

gd_tensor gd__reduce_loss(gd_tensor loss, gd_reduction reduction)
{
    switch (reduction) {
    case GD_REDUCTION_MEAN: return gd_mean(loss, (gd_reduce_opts){0});
    case GD_REDUCTION_SUM: return gd_sum(loss, (gd_reduce_opts){0});
    case GD_REDUCTION_NONE: return loss;
    }
    return loss.graph != NULL
               ? gd_graph_fail(loss.graph, GD_ERROR_ARGUMENT, "reduction %d is none of the three", (int)reduction)
               : loss;
}
