// The learning-rate range test: what it finds, and that it leaves no trace.
#include "train/network.h"

static void a_rate_is_found(void **state)
{
    (void)state;
    network n = make_network((network_opts){.batch_norm = true, .dropout = 0.1});
    network same = make_network((network_opts){.batch_norm = true, .dropout = 0.1});
    gd_dataset *set = make_blobs(300, 1);
    gd_learning_rate_result found;
    gd_fit_opts fit = {.batch = 16, .seed = 3};
    assert_ok(gd_find_learning_rate(n.trainer, set, fit, (gd_learning_rate_opts){0}, &found));
    assert_true(found.count >= 20 && found.count <= 200);
    assert_true(fabs(found.rate[0] / 1e-7 - 1) < 1e-9);
    for (int64_t i = 1; i < found.count; i++)
        assert_true(fabs(found.rate[i] / found.rate[i - 1] / pow(1e8, 1.0 / 199) - 1) < 1e-9);
    assert_true(found.tenth == found.minimum / 10);
    assert_true(found.suggestion == fmin(found.steepest, found.tenth));
    assert_true(found.suggestion > 1e-5 && found.suggestion < 1);
    gd_learning_rate_free(&found);
    // Training from here is as if nothing had been tried.
    assert_ok(gd_fit(n.trainer, set, fit));
    assert_ok(gd_fit(same.trainer, set, fit));
    assert_same_variables(n.graph, same.graph);
    gd_dataset_free(set);
    free_network(&n);
    free_network(&same);
}

static void it_stops_where_the_loss_explodes(void **state)
{
    (void)state;
    network n = make_network((network_opts){.rule = gd_gradient_descent(0.1)});
    gd_dataset *set = make_blobs(300, 1);
    gd_learning_rate_result found;
    gd_learning_rate_opts range = {.from = 1e-4, .to = 1e6, .steps = 300};
    assert_ok(gd_find_learning_rate(n.trainer, set, (gd_fit_opts){.batch = 16}, range, &found));
    assert_true(found.diverged);
    assert_true(found.count < 300);
    gd_learning_rate_free(&found);
    gd_dataset_free(set);
    free_network(&n);
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    static const struct {
        gd_learning_rate_opts range;
        gd_status status;
        const char *says;
    } cases[] = {
        {{.from = 1, .to = 0.1}, GD_ERROR_ARGUMENT, "learning rates from 1 to 0.1, expected 0 < from < to"},
        {{.from = -1}, GD_ERROR_ARGUMENT, "learning rates from -1"},
        {{.to = NAN}, GD_ERROR_ARGUMENT, "to nan"},
        {{.steps = 3}, GD_ERROR_ARGUMENT, "3 steps"},
        {{.from = 1e-30, .to = 2e-30}, GD_ERROR_NUMBER, "the loss did not fall"},
        {{.from = 1e30, .to = 1e38}, GD_ERROR_NUMBER, "the loss did not fall"},
    };
    network n = make_network((network_opts){0});
    gd_dataset *set = make_blobs(64, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_learning_rate_result found;
        gd_fit_opts fit = {.batch = 64, .no_shuffle = true};
        assert_int_equal(gd_find_learning_rate(n.trainer, set, fit, cases[i].range, &found), cases[i].status);
        assert_says(cases[i].says);
        gd_learning_rate_free(&found);
    }
    gd_dataset_free(set);
    free_network(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_found),
        cmocka_unit_test(it_stops_where_the_loss_explodes),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
