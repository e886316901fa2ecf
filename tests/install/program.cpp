// A C++ program: trains on exclusive or by gradus.hpp, and sees errors as exceptions.
#include <array>
#include <cstdio>
#include <gradus/gradus.hpp>

int main()
{
    const std::array<float, 8> rows{0, 0, 0, 1, 1, 0, 1, 1};
    const std::vector<float> answers{0, 1, 1, 0};
    gradus::graph graph;
    gd_graph_set_seed(graph.get(), 1);
    const gd_tensor x = graph.input("x", GD_F32, gradus::shape({GD_BATCH, 2}));
    const gd_tensor target = graph.input("target", GD_F32, gradus::shape({GD_BATCH, 1}));
    const gd_tensor output = gd_dense(gd_tanh(gd_dense(x, 16)), 1);
    gradus::function step(gd_training_step(gd_logistic_loss(output, target), gd_adam(0.05)));
    float loss = 0;
    gd_array result = gradus::borrow(&loss, 1, gradus::shape({}));
    const std::vector<gd_feed> feeds{{x, gradus::borrow(rows, gradus::shape({4, 2}))},
                                     {target, gradus::borrow(answers, gradus::shape({4, 1}))}};
    for (int i = 0; i < 300; i++)
        step.run(feeds, &result);
    std::puts(loss < 0.01F ? "learned" : "not learned");

    int caught = 0;
    try {
        gradus::borrow(answers, gradus::shape({5, 1}));
    } catch (const std::invalid_argument &) {
        caught++;
    }
    try {
        step.run({}, &result);
    } catch (const gradus::error &failure) {
        caught += failure.status() != GD_OK && failure.what()[0] != '\0';
    }
    try {
        gd_dense(x, -1);
        graph.check();
    } catch (const gradus::error &failure) {
        caught += failure.status() != GD_OK;
    }
    std::printf("%d errors caught\n", caught);
    return 0;
}
