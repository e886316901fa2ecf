// The loss of a detector without anchors: where objects are and what, and the boxes around them.
#include "nn/box_pairs.h"

enum { EDGES = 4, WEIGHT = 4 }; // planes of the target behind those of the classes (box/map.h)
enum { GENERALISED, DISTANCE };

typedef struct {
    double gamma, beta, box_weight;
    int box;
} detection_opts;

// Hardly a cell has an object's middle, so a fresh network says so: its logits begin at log(.01 / .99) (Lin and others
// 2017), and its edges 2 cells away.
#define FIRST_LOGIT (-4.59511985013459)
#define FIRST_EDGE 0.693147180559945 // log 2
#define FARTHEST 6                   // e^6 = 403 cells

static int64_t classes_of(gd_tensor output)
{
    return gd_tensor_dim(output, 1) - EDGES;
}

// What the network gives, (N, K + 4, H, W), as logits of classes and logarithms of distances.
static gd_tensor answer(gd_tensor output, const void *options)
{
    (void)options;
    if (!gd_tensor_ok(output))
        return output;
    const int64_t sizes[] = {classes_of(output), EDGES};
    gd_tensor part[2];
    gd_split(output, 1, 2, sizes, part);
    part[0] = gd_shift(part[0], FIRST_LOGIT);
    part[1] = gd_clip(gd_shift(part[1], FIRST_EDGE), -FARTHEST, FARTHEST);
    return gd_concat(2, part, 1);
}

static gd_tensor apply_link(gd_tensor answer)
{
    if (!gd_tensor_ok(answer))
        return answer;
    const int64_t sizes[] = {classes_of(answer), EDGES};
    gd_tensor part[2];
    gd_split(answer, 1, 2, sizes, part);
    part[0] = gd_sigmoid(part[0]);
    part[1] = gd_exp(part[1]);
    return gd_concat(2, part, 1);
}

static const gd_link boxes = {.name = "boxes", .apply = apply_link};

// (N, …) to (N): the sum over all that a sample has.
static gd_tensor sum_of_sample(gd_tensor x)
{
    return gd_sum(x, (gd_reduce_opts){.axes = {.count = 3, .axis = {1, 2, 3}}});
}

// With p the probability and y the bell: (1 - p)^g (-log p) in the middle of an object, y = 1, and else
// (1 - y)^b p^g (-log(1 - p)). Powers as in the loss `focal`.
static gd_tensor heat_losses(const detection_opts *opts, gd_tensor z, gd_tensor y)
{
    const gd_tensor no_yes = gd_softplus(gd_neg(z)), no_no = gd_softplus(z);
    const gd_tensor yes = gd_mul(gd_exp(gd_scale(no_no, -opts->gamma)), no_yes);
    const gd_tensor no = gd_mul(gd_exp(gd_scale(no_yes, -opts->gamma)), no_no);
    const gd_tensor one = gd_scalar_like(y, 1);
    const gd_tensor away = gd_pow(gd_shift(gd_neg(y), 1), gd_scalar_like(y, opts->beta));
    return gd_where(gd_greater_equal(y, one), yes, gd_mul(away, no));
}

// Both boxes of a cell are measured from its middle, (N, 1, H, W) each edge.
static gd_tensor box_losses(const detection_opts *opts, gd_tensor distance, gd_tensor target)
{
    static const int64_t sizes[EDGES] = {1, 1, 1, 1};
    gd__box_pairs pairs;
    gd_split(gd_exp(distance), 1, EDGES, sizes, pairs.output);
    gd_split(target, 1, EDGES, sizes, pairs.target);
    for (int k = 0; k < 2; k++) { // left and top lie on the other side
        pairs.output[k] = gd_neg(pairs.output[k]);
        pairs.target[k] = gd_neg(pairs.target[k]);
    }
    gd__box_pair_fill(&pairs);
    return opts->box == DISTANCE ? gd__box_distance_loss(&pairs) : gd__box_generalised_loss(&pairs);
}

static bool fits(const gd_loss_call *call)
{
    char output[GD_SHAPE_TEXT], target[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(call->output) || !gd_tensor_ok(call->target))
        return false;
    const gd_shape a = gd_tensor_shape(call->output), b = gd_tensor_shape(call->target);
    if (a.rank == 4 && b.rank == 4 && a.dim[1] > EDGES && b.dim[1] == a.dim[1] + 2 && a.dim[2] == b.dim[2] &&
        a.dim[3] == b.dim[3] && a.dim[0] == b.dim[0])
        return true;
    gd_graph_fail(call->output.graph, GD_ERROR_SHAPE,
                  "detection: the prediction is %s, the target %s: expected (N, K + 4, H, W) and (N, K + 6, H, W)",
                  gd_shape_text(a, output), gd_shape_text(b, target));
    return false;
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const detection_opts *opts = call->options;
    if (!fits(call))
        return GD_NO_TENSOR;
    const int64_t classes = classes_of(call->output);
    const int64_t said_sizes[] = {classes, EDGES}, true_sizes[] = {classes, EDGES, 1, 1};
    gd_tensor said[2], truth[4], target = call->target;
    if (gd_tensor_type(target) != gd_tensor_type(call->output))
        target = gd_cast(target, gd_tensor_type(call->output));
    gd_split(answer(call->output, opts), 1, 2, said_sizes, said);
    gd_split(target, 1, 4, true_sizes, truth);
    const gd_tensor share = truth[2];
    const gd_tensor heat = sum_of_sample(heat_losses(opts, said[0], truth[0]));
    const gd_tensor box = sum_of_sample(gd_mul(box_losses(opts, said[1], truth[1]), share));
    const gd_tensor objects = sum_of_sample(share);
    return gd_div(gd_add(heat, gd_scale(box, opts->box_weight)), gd_maximum(objects, gd_scalar_like(objects, 1)));
}

static const gd_option options[] = {
    GD__FOCUS(detection_opts),
    {.name = "beta",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 100,
     .standard = "4",
     .doc = "the more, the less do cells near the middle of an object count as empty",
     GD_FIELD(detection_opts, beta)},
    {.name = "box",
     .type = GD_OPTION_CHOICE,
     .choices = "generalised_iou|distance_iou",
     .standard = "generalised_iou",
     .doc = "how two boxes are compared",
     GD_FIELD(detection_opts, box)},
    GD__LOSS_POSITIVE(detection_opts, box_weight, "5", "how much the boxes count beside the classes"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_detection = {
    .record = {.name = "detection",
               .doc = "of maps of boxes, for each picture: the focal loss of each class in each cell and `box_weight` "
                      "times the losses of the boxes of its objects, both summed and divided by the number of objects",
               .options = options,
               .aliases = "centernet|ttfnet",
               .source = "Zhou, Wang, Krähenbühl 2019, Objects as points; Liu, Zheng, Xu, Yang, Liu, Cai 2019, "
                         "Training-time-friendly network for real-time object detection",
               .options_size = sizeof(detection_opts)},
    .task = &gd_task_boxes,
    .link = &boxes,
    .write = write,
    .answer = answer,
};
