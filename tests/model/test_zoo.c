// Known networks as recipes: they are short, and have as many parameters as their peers, to the unit, under the names
// that PyTorch's torchvision gives them.
#include <jansson.h>

#include "model/expect.h"

// The recipe on small pictures: which parameters there are does not depend on their size.
static gd_model *open_zoo(const char *name, const char *setting)
{
    char path[200];
    const char *const settings[] = {setting};
    gd_model *model;
    snprintf(path, sizeof path, "recipes/zoo/%s.yaml", name);
    const gd_model_opts opts = {.setting = settings, .setting_count = setting == NULL ? 0 : 1};
    assert_ok(gd_model_open(path, opts, &model));
    return model;
}

// Written lines, without comments.
static int lines_of(const char *name)
{
    char path[200], line[400];
    int count = 0;
    snprintf(path, sizeof path, "recipes/zoo/%s.yaml", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        count += line[0] != '#' && line[0] != '\n';
    fclose(file);
    return count;
}

static void recipes_have_the_parameters_of_their_peers(void **state)
{
    (void)state;
    enum { D = 512, F = 4 * D };
    const int64_t encoder = 4 * D * D + 4 * D + 2 * D * F + F + D + 4 * D; // as torch.nn.TransformerEncoderLayer has
    const struct {
        const char *name, *setting;
        int most_lines;
        int64_t parameters;
    } cases[] = {
        {"resnet50", "data.train.random.shape=[3, 32, 32]", 39, 25557032}, // torchvision 0.29.2
        {"unet", NULL, 39, 31030658},                                      // "U-Net", arXiv 1505.04597
        {"transformer", NULL, 24, 10000 * D + 64 * D + 6 * encoder + D * 4 + 4},
        {"two-inputs", NULL, 24, 2 * 16 + 16 + 3 * 4 + 20 * 8 + 8 + 8 + 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_model *model = open_zoo(cases[i].name, cases[i].setting);
        if (model->parameters != cases[i].parameters)
            fail_msg("%s has %lld parameters, expected %lld", cases[i].name, (long long)model->parameters,
                     (long long)cases[i].parameters);
        if (lines_of(cases[i].name) > cases[i].most_lines)
            fail_msg("%s has %d lines", cases[i].name, lines_of(cases[i].name));
        gd_model_free(model);
    }
}

static gd_shape shape_of(const json_t *list)
{
    gd_shape shape = {.rank = (int)json_array_size(list)};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = json_integer_value(json_array_get(list, (size_t)i));
    return shape;
}

static void resnet50_has_torchvisions_names(void **state)
{
    (void)state;
    const char *path = getenv("GRADUS_GOLDEN") != NULL ? getenv("GRADUS_GOLDEN") : "../shared/golden/zoo.json";
    json_t *zoo = json_load_file(path, 0, NULL);
    if (zoo == NULL)
        skip();
    const json_t *list = json_object_get(json_object_get(zoo, "state_dict"), "resnet50");
    gd_model *model = open_zoo("resnet50", "data.train.random.shape=[3, 32, 32]");
    int found = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        const char *name = json_string_value(json_array_get(row, 0));
        if (strstr(name, "num_batches_tracked") != NULL)
            continue;
        const gd_tensor variable = gd_variable_find(model->graph, name);
        if (variable.graph == NULL)
            fail_msg("there is no '%s'", name);
        assert_true(gd_shape_equal(gd_tensor_shape(variable), shape_of(json_array_get(row, 1))));
        found++;
    }
    assert_int_equal(found, 267);
    assert_int_equal(gd_variable_count(model->graph), 267);
    gd_model_free(model);
    json_decref(zoo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipes_have_the_parameters_of_their_peers),
        cmocka_unit_test(resnet50_has_torchvisions_names),
    };
    return cmocka_run_group_tests_name("zoo", tests, NULL, NULL);
}
