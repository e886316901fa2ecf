// An op and a layer of one's own, from the formula to a saved net that is loaded again: y = x above 0, and a tanh(k x)
// below, where the layer learns an a for each feature.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 32, STEPS = 600, FEATURES = 3 };

// ---- The op: x (…, features) and a (features)

typedef struct bend_attributes {
    double k;
} bend_attributes;

static bool bend_shape(gd_shape_call *call)
{
    const gd_info x = call->input[0], a = call->input[1];
    if (x.type != a.type)
        return gd_op_error(call, "x is %s, a is %s", gd_type_name(x.type), gd_type_name(a.type));
    if (a.shape.rank != 1 || x.shape.rank < 1 || a.shape.dim[0] != x.shape.dim[x.shape.rank - 1])
        return gd_op_error(call, "a must be a vector as long as x's last axis");
    call->output[0] = x;
    return true;
}

static gd_status bend_ref(const gd_ref_call *call)
{
    const double k = ((const bend_attributes *)call->attributes)->k;
    const int64_t features = call->input[1].shape.dim[0];
    for (int64_t i = 0; i < gd_shape_count(call->output[0].shape); i++) {
        const double x = call->input[0].data[i];
        call->output[0].data[i] = x > 0 ? x : call->input[1].data[i % features] * tanh(k * x);
    }
    return GD_OK;
}

static void bend_grad(gd_grad_call *call)
{
    const double k = ((const bend_attributes *)call->attributes)->k;
    gd_tensor x = call->input[0], a = call->input[1], dy = call->output_grad[0];
    gd_tensor below = gd_cast(gd_less_equal(x, gd_scalar_like(x, 0)), gd_tensor_type(x));
    gd_tensor above = gd_shift(gd_neg(below), 1), curve = gd_tanh(gd_scale(x, k));
    gd_tensor slope = gd_mul(a, gd_scale(gd_shift(gd_neg(gd_square(curve)), 1), k));
    call->input_grad[0] = gd_mul(dy, gd_add(above, gd_mul(below, slope)));
    call->input_grad[1] = gd_sum_to(gd_mul(dy, gd_mul(below, curve)), gd_tensor_shape(a));
}

static const gd_attribute bend_attribute[] = {
    GD_ATTR(bend_attributes, k, GD_ATTRIBUTE_FLOAT, "how steep it is below 0")};
static const bend_attributes steep = {1.5};
static const gd_sample bend_sample[] = {{.note = "a matrix",
                                         .input_count = 2,
                                         .input = {{.shape = {2, {3, 5}}, .draw = GD_DRAW_AWAY}, {.shape = {1, {5}}}},
                                         .attributes = &steep}};
static const gd_op bend = {.struct_size = sizeof(gd_op),
                           .name = "bend",
                           .doc = "y = x above 0, a tanh(k x) below",
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .output_count = 1,
                           .attribute_size = sizeof(bend_attributes),
                           .attribute_count = 1,
                           .attribute = bend_attribute,
                           .shape = bend_shape,
                           .grad = bend_grad,
                           .ref = bend_ref,
                           .sample_count = GD_COUNT_OF(bend_sample),
                           .sample = bend_sample};

// ---- The layer: a record with its options, and a variable <name>.slope

static gd_tensor write_bend(const gd_layer_call *call)
{
    gd_tensor x = call->input[0];
    gd_tensor a = gd_layer_parameter(call, "slope", GD_SHAPE(gd_tensor_dim(x, -1)),
                                     (gd_initializer){.kind = GD_INIT_CONSTANT, .value = 0.25});
    return gd_apply(&bend, 2, (gd_tensor[]){x, a}, call->options);
}

static const gd_option bend_options[] = {
    {.name = "k",
     .type = GD_OPTION_NUMBER,
     .standard = "1",
     .ranged = true,
     .high = 100,
     .doc = "how steep it is below 0",
     GD_FIELD(bend_attributes, k)},
    {0},
};
static const gd_layer_kind bend_layer = {.record = {.name = "bend",
                                                    .doc = "x above 0, slope tanh(k x) below",
                                                    .options = bend_options,
                                                    .options_size = sizeof(bend_attributes)},
                                         .write = write_bend,
                                         .stem = "bend"};

// ---- A net with it, trained, checked, saved, loaded

typedef struct net {
    gd_graph *graph;
    gd_tensor x, target, y;
} net;

static net make(void)
{
    net n = {.graph = gd_graph_create()};
    gd_graph_set_seed(n.graph, 2);
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    n.target = gd_input(n.graph, "target", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor h = gd_layer_write(&bend_layer, 1, (gd_tensor[]){gd_dense(n.x, 16)}, NULL, &steep);
    n.y = gd_dense(h, 1);
    return n;
}

static gd_status predict(net n, const float x[][FEATURES], float *y)
{
    gd_function *function = gd_function_create(n.graph, 1, &n.y, (gd_function_opts){0});
    const gd_status status =
        function != NULL ? gd_function_run_batch(function, BATCH, 1, (const void *const[]){x}, (void *const[]){y})
                         : gd_last_status();
    gd_function_free(function);
    return status;
}

static gd_status check(net n, gd_tensor loss, const float x[][FEATURES], const float *t)
{
    const gd_feed feed[] = {{n.x, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, FEATURES), x)},
                            {n.target, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, 1), t)}};
    gd_tensor slope = gd_variable_find(n.graph, "bend1.slope");
    double error = 1;
    const gd_status status =
        gd_check_gradients(loss, 1, &slope, (gd_check_opts){.feed_count = 2, .feed = feed, .narrowing = true}, &error);
    if (status == GD_OK)
        printf("the gradient of the slopes is %s\n", error < 1e-6 ? "right" : "wrong");
    return status;
}

static gd_status train(net n, const char *path, float x[][FEATURES], float *t)
{
    gd_tensor loss = gd_squared_error(n.y, n.target);
    for (int k = 0; k < BATCH; k++) {
        for (int j = 0; j < FEATURES; j++)
            x[k][j] = 2 * (float)rand() / (float)RAND_MAX - 1;
        t[k] = x[k][0] * x[k][1] + sinf(3 * x[k][2]);
    }
    gd_status status = check(n, loss, (const float(*)[FEATURES])x, t);
    gd_train_step *step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_adam(1e-2)});
    if (status == GD_OK && step == NULL)
        status = gd_last_status();
    for (int i = 0; status == GD_OK && i < STEPS; i++)
        status = gd_train_step_run_batch(step, BATCH, 2, (const void *const[]){x, t});
    if (status == GD_OK)
        printf("loss after %d steps: %.4f\n", STEPS, gd_train_step_loss(step));
    gd_train_step_free(step);
    return status == GD_OK ? gd_save_weights(n.graph, path, 0, NULL) : status;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "bend.safetensors";
    static float x[BATCH][FEATURES], t[BATCH], before[BATCH], after[BATCH];
    gd_status status = gd_op_register(&bend); // once in a process; the layer could be registered too, for recipes
    net trained = make(), plain = make();
    if (status == GD_OK)
        status = train(trained, path, x, t);
    if (status == GD_OK) // the plain net never saw a training step; the file has weights alone
        status = gd_load_weights(plain.graph, path, (gd_load_opts){0}, NULL);
    if (status == GD_OK)
        status = predict(trained, (const float(*)[FEATURES])x, before);
    if (status == GD_OK)
        status = predict(plain, (const float(*)[FEATURES])x, after);
    int different = 0;
    for (int i = 0; i < BATCH; i++)
        different += before[i] != after[i];
    if (status == GD_OK)
        printf("%d of %d answers differ after loading\n", different, BATCH);
    else
        fprintf(stderr, "%s\n", gd_last_error());
    gd_graph_free(trained.graph);
    gd_graph_free(plain.graph);
    return status == GD_OK ? 0 : 1;
}
