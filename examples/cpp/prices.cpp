// Prices of flats from their size, floor and age: a C++ program from its data to a saved model that is loaded again.
#include <cmath>
#include <cstdio>
#include <gradus/gradus.hpp>
#include <random>
#include <string>

namespace
{

constexpr std::int64_t features = 3, flats = 512, batch = 64;

// A graph, what goes into it, and what comes out.
struct model {
    gradus::graph graph;
    gd_tensor flat, price, guess;
    model() : flat{}, price{}, guess{}
    {
        gd_graph_set_seed(graph.get(), 1);
        flat = graph.input("flat", GD_F32, GD_SHAPE(GD_BATCH, features));
        price = graph.input("price", GD_F32, GD_SHAPE(GD_BATCH, 1));
        gd_dense_opts head{};
        head.name = "head";
        guess = gd_dense(gd_relu(gd_dense(gd_relu(gd_dense(flat, 32)), 32)), 1, head);
        graph.check(); // throws what went wrong in the calls before
    }
};

struct market {
    std::vector<float> flats_of, prices;
    explicit market(unsigned seed)
    {
        std::mt19937 random(seed);
        std::uniform_real_distribution<float> uniform(0, 1);
        for (std::int64_t i = 0; i < flats; i++) {
            const float size = uniform(random), floor = uniform(random), age = uniform(random);
            flats_of.insert(flats_of.end(), {size, floor, age});
            prices.push_back(0.2F + 2 * size * (1 - 0.5F * age) + 0.3F * floor * floor);
        }
    }
};

double mean_error(const model &of, const market &on)
{
    gradus::function predict(of.graph, of.guess);
    std::vector<float> guessed(on.prices.size());
    gd_array result = gradus::borrow(guessed, gradus::shape({flats, 1})); // written where it lies
    predict.run({{of.flat, gradus::borrow(on.flats_of, gradus::shape({flats, features}))}}, &result);
    double sum = 0;
    for (std::size_t i = 0; i < guessed.size(); i++)
        sum += std::fabs(guessed[i] - on.prices[i]) / static_cast<double>(flats);
    return sum;
}

void train(model &of, const market &on)
{
    gradus::train_step step(gd_squared_error(of.guess, of.price), gd_adam(3e-3));
    for (int epoch = 0; epoch < 60; epoch++) {
        step.set_learning_rate(3e-3 * (1 - epoch / 60.0));
        for (std::int64_t i = 0; i < flats; i += batch) {
            const auto begin = on.flats_of.begin() + i * features;
            const std::vector<float> x(begin, begin + batch * features);
            const std::vector<float> y(on.prices.begin() + i, on.prices.begin() + i + batch);
            step.run(batch, x, y);
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    const std::string path = argc > 1 ? argv[1] : "prices.safetensors";
    try {
        model trained;
        train(trained, market(1));
        gradus::check(gd_save_weights(trained.graph.get(), path.c_str(), 0, nullptr));
        model loaded;
        gradus::check(gd_load_weights(loaded.graph.get(), path.c_str(), gd_load_opts{}, nullptr));
        std::printf("mean error %.3f on flats that it has not seen\n", mean_error(loaded, market(2)));

        // Failures are exceptions with the library's words.
        gd_dense(trained.guess, -1);
        trained.graph.check();
    } catch (const gradus::error &failure) {
        std::printf("caught: %s\n", failure.what());
        return 0;
    }
    return 1;
}
