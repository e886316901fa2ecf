// Gradus for C++17: objects that release what they hold, exceptions instead of statuses, views of rows. A thin layer
// over the C functions, which take and give the same handles; header only.
#ifndef GRADUS_GRADUS_HPP
#define GRADUS_GRADUS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gradus/gradus.h>

namespace gradus
{

// What failed, in the library's words.
class error : public std::runtime_error
{
  public:
    error(gd_status status, const std::string &sentence) : std::runtime_error(sentence), status_(status)
    {
    }
    gd_status status() const noexcept
    {
        return status_;
    }

  private:
    gd_status status_;
};

inline void check(gd_status status)
{
    if (status != GD_OK)
        throw error(status, gd_last_error());
}

// shape({GD_BATCH, 1, 28, 28}), which throws where GD_SHAPE gives a shape that is refused; shape({}) is that of a single
// number.
inline gd_shape shape(std::initializer_list<std::int64_t> dimensions)
{
    if (dimensions.size() > static_cast<std::size_t>(GD_MAX_RANK))
        throw std::invalid_argument("a shape has at most " + std::to_string(GD_MAX_RANK) + " dimensions");
    gd_shape result{};
    result.rank = static_cast<int>(dimensions.size());
    std::copy(dimensions.begin(), dimensions.end(), result.dim);
    return result;
}

template <typename T> constexpr gd_type type_of()
{
    using number = std::remove_cv_t<T>;
    if constexpr (std::is_same_v<number, float>)
        return GD_F32;
    else if constexpr (std::is_same_v<number, double>)
        return GD_F64;
    else if constexpr (std::is_same_v<number, std::int32_t>)
        return GD_I32;
    else if constexpr (std::is_same_v<number, std::int64_t>)
        return GD_I64;
    else if constexpr (std::is_same_v<number, bool>)
        return GD_BOOL;
    else {
        static_assert(std::is_same_v<number, std::uint8_t>, "Gradus has no elements of this type");
        return GD_U8;
    }
}

// Numbers of somebody else, row-major, seen as an array; `count` must be what the shape holds.
template <typename T> gd_array borrow(const T *data, std::size_t count, const gd_shape &shape)
{
    const std::int64_t want = gd_shape_count(shape);
    if (want < 0 || static_cast<std::uint64_t>(want) != count)
        throw std::invalid_argument("the shape holds " + std::to_string(want) + " elements, the data " +
                                    std::to_string(count));
    return gd_array_borrow(type_of<T>(), shape, data);
}

// The same of whatever has data() and size(): std::vector, std::array, std::span.
template <typename Range> gd_array borrow(const Range &range, const gd_shape &shape)
{
    return borrow(range.data(), range.size(), shape);
}

// Owns a graph. Where a C function takes a graph, get() gives it.
class graph
{
  public:
    graph() : handle_(gd_graph_create(), gd_graph_free)
    {
        if (!handle_)
            throw error(GD_ERROR_MEMORY, gd_last_error());
    }
    gd_graph *get() const noexcept
    {
        return handle_.get();
    }
    gd_tensor input(const std::string &name, gd_type type, const gd_shape &shape)
    {
        return gd_input(get(), name.c_str(), type, shape);
    }
    // Throws when a call that wrote into the graph has failed.
    void check() const
    {
        if (const char *sentence = gd_graph_error(get()))
            throw error(gd_graph_status(get()), sentence);
    }

  private:
    std::unique_ptr<gd_graph, void (*)(gd_graph *)> handle_;
};

// Owns a function; its graph must outlive it.
class function
{
  public:
    explicit function(gd_function *handle) : handle_(handle, gd_function_free)
    {
        if (handle == nullptr)
            throw error(gd_last_status(), gd_last_error());
    }
    gd_function *get() const noexcept
    {
        return handle_.get();
    }
    // For inference, of one output.
    function(const graph &owner, const gd_tensor &output)
        : function(gd_function_create(owner.get(), 1, &output, gd_function_opts{}))
    {
    }
    // As many results as the function has outputs; each is made by the run when it is empty.
    void run(const std::vector<gd_feed> &feeds, gd_array *results)
    {
        gradus::check(gd_function_run(get(), static_cast<int>(feeds.size()), feeds.data(), results));
    }

  private:
    std::unique_ptr<gd_function, void (*)(gd_function *)> handle_;
};

// Owns a step of training with its handles (gradus/step.h); its graph must outlive it.
class train_step
{
  public:
    train_step(const gd_tensor &loss, const gd_train_step_opts &options)
        : handle_(gd_train_step_create(loss, options), gd_train_step_free)
    {
        if (!handle_)
            throw error(gd_last_status(), gd_last_error());
    }
    // With the rule alone: all trainable variables on which the loss depends.
    train_step(const gd_tensor &loss, const gd_rule &rule) : train_step(loss, with_rule(rule))
    {
    }
    gd_train_step *get() const noexcept
    {
        return handle_.get();
    }
    // One step on rows of somebody else, in the order in which the graph's inputs were made: run(32, x, y), where each has
    // data() and size(). The sizes must be what the inputs' shapes say; nothing is copied.
    template <typename... Ranges> double run(std::int64_t batch, const Ranges &...ranges)
    {
        constexpr int count = static_cast<int>(sizeof...(ranges));
        int input = 0;
        (check_input(input++, batch, ranges.data(), ranges.size()), ...);
        const void *const data[count + 1] = {static_cast<const void *>(ranges.data())..., nullptr};
        gradus::check(gd_train_step_run_batch(get(), batch, count, data));
        return gd_train_step_loss(get());
    }
    void set_learning_rate(double learning_rate)
    {
        gradus::check(gd_train_step_set_learning_rate(get(), learning_rate));
    }

  private:
    static gd_train_step_opts with_rule(const gd_rule &rule)
    {
        gd_train_step_opts options{};
        options.rule = rule;
        return options;
    }
    template <typename T> void check_input(int index, std::int64_t batch, const T *, std::size_t count) const
    {
        if (index >= gd_train_step_input_count(get()))
            throw std::invalid_argument("the step has " + std::to_string(gd_train_step_input_count(get())) + " inputs");
        const gd_tensor input = gd_train_step_input(get(), index);
        if (gd_tensor_type(input) != type_of<T>())
            throw std::invalid_argument("input " + std::to_string(index) + " has elements of another type");
        gd_shape shape = gd_tensor_shape(input);
        for (int i = 0; i < shape.rank; i++)
            if (shape.dim[i] < 0)
                shape.dim[i] *= -batch;
        if (gd_shape_count(shape) != static_cast<std::int64_t>(count))
            throw std::invalid_argument("input " + std::to_string(index) + " holds " +
                                        std::to_string(gd_shape_count(shape)) + " elements, the data " +
                                        std::to_string(count));
    }
    std::unique_ptr<gd_train_step, void (*)(gd_train_step *)> handle_;
};

} // namespace gradus

#endif
