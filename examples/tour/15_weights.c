// Weights that another program saved, under its own names: a map says which is which. The head is fresh, and it alone
// is trained then.
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>

// As a program of PyTorch might have saved them: "module.backbone.0.weight", and a head for other classes.
static gd_status write_file(const char *path)
{
    static float values[32 * 8];
    for (int i = 0; i < 32 * 8; i++)
        values[i] = sinf((float)(i * i));
    static const struct {
        const char *name;
        int rank, rows, columns;
    } saved[] = {{"module.backbone.0.weight", 2, 16, 8},
                 {"module.backbone.0.bias", 1, 16, 0},
                 {"module.fc.weight", 2, 10, 16},
                 {"module.fc.bias", 1, 10, 0}};
    gd_tensor_writer *writer = NULL;
    gd_status status = gd_tensor_writer_create(&writer);
    for (int i = 0; i < 4 && status == GD_OK; i++) {
        const gd_shape shape = saved[i].rank == 2 ? GD_SHAPE(saved[i].rows, saved[i].columns) : GD_SHAPE(saved[i].rows);
        const gd_array array = gd_array_borrow(GD_F32, shape, values);
        status = gd_tensor_writer_add(writer, saved[i].name, &array);
    }
    if (status == GD_OK)
        status = gd_tensor_writer_commit(writer, path);
    gd_tensor_writer_free(writer);
    return status;
}

// Moves the variables that begin with "head." and no others.
static gd_status train_head(gd_tensor score, gd_tensor label)
{
    gd_train_step *step = gd_train_step_create(gd_softmax_cross_entropy(score, label),
                                               (gd_train_step_opts){.rule = gd_adam(0.05), .parameters = "head.*"});
    gd_status status = step != NULL ? GD_OK : gd_last_status();
    float row[30][8];
    int32_t kind[30];
    for (int i = 0; i < 30; i++) {
        kind[i] = i % 3;
        for (int j = 0; j < 8; j++)
            row[i][j] = (float)(kind[i] + j % 2);
    }
    for (int i = 0; status == GD_OK && i < 300; i++)
        status = gd_train_step_run_batch(step, 30, 2, (const void *const[]){row, kind});
    if (status == GD_OK)
        printf("%d variables trained, loss %.3f\n", gd_train_step_parameter_count(step), gd_train_step_loss(step));
    gd_train_step_free(step);
    return status;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "backbone.safetensors";
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 8));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor y = gd_dense(x, 16, (gd_dense_opts){.name = "stem0"});
    gd_tensor score = gd_dense(gd_relu(y), 3, (gd_dense_opts){.name = "head"});
    gd_load_report report = {0};
    gd_status status = write_file(path);

    const gd_rename names[] = {{"backbone.*.weight", "stem*.weight"}, {"backbone.*.bias", "stem*.bias"}};
    const gd_load_opts map = {.strip = "module.",
                              .rename_count = 2,
                              .rename = names,
                              .partial = true,    // the new head starts as it is,
                              .demand = "stem*"}; // but all of the stem must be there
    if (status == GD_OK)
        status = gd_load_weights(graph, path, map, &report);
    if (status == GD_OK)
        printf("%d loaded, %d missing, %d unused\n%s", report.loaded, report.missing, report.unknown, report.text);
    if (status == GD_OK)
        status = train_head(score, label);
    if (status != GD_OK)
        fprintf(stderr, "%s\n", gd_last_error());
    gd_text_free(report.text);
    gd_graph_free(graph);
    return status == GD_OK ? 0 : 1;
}
