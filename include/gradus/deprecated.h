// Names of version 0.1, for programs that have them: each call is its present one, and the compiler names that. They go
// with version 0.3.
#ifndef GRADUS_DEPRECATED_H
#define GRADUS_DEPRECATED_H

#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/task.h>

#ifdef __cplusplus
extern "C" {
#endif

// Options are the last argument of the call itself, and may be left out.
GD_DEPRECATED("use gd_dense") static inline gd_tensor gd_dense_with(gd_tensor x, int64_t units, gd_dense_opts opts)
{
    return gd_dense(x, units, opts);
}
GD_DEPRECATED("use gd_matmul") static inline gd_tensor gd_matmul_with(gd_tensor a, gd_tensor b, gd_matmul_opts opts)
{
    return gd_matmul(a, b, opts);
}
GD_DEPRECATED("use gd_squared_error")
static inline gd_tensor gd_squared_error_with(gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    return gd_squared_error(prediction, target, opts);
}
GD_DEPRECATED("use gd_absolute_error")
static inline gd_tensor gd_absolute_error_with(gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    return gd_absolute_error(prediction, target, opts);
}
GD_DEPRECATED("use gd_huber")
static inline gd_tensor gd_huber_with(gd_tensor prediction, gd_tensor target, gd_loss_opts opts)
{
    return gd_huber(prediction, target, opts);
}
GD_DEPRECATED("use gd_logistic_loss")
static inline gd_tensor gd_logistic_loss_with(gd_tensor logits, gd_tensor target, gd_loss_opts opts)
{
    return gd_logistic_loss(logits, target, opts);
}
GD_DEPRECATED("use gd_softmax_cross_entropy")
static inline gd_tensor gd_softmax_cross_entropy_with(gd_tensor logits, gd_tensor label, gd_loss_opts opts)
{
    return gd_softmax_cross_entropy(logits, label, opts);
}
GD_DEPRECATED("use gd_hinge") static inline gd_tensor gd_hinge_with(gd_tensor score, gd_tensor label, gd_loss_opts opts)
{
    return gd_hinge(score, label, opts);
}
GD_DEPRECATED("use gd_multiclass_hinge")
static inline gd_tensor gd_multiclass_hinge_with(gd_tensor score, gd_tensor label, gd_loss_opts opts)
{
    return gd_multiclass_hinge(score, label, opts);
}
GD_DEPRECATED("use gd_kl_divergence")
static inline gd_tensor gd_kl_divergence_with(gd_tensor log_q, gd_tensor p, gd_loss_opts opts)
{
    return gd_kl_divergence(log_q, p, opts);
}

// Pools take their kernel as convolutions do, in their options.
#ifdef __cplusplus
#define GD__NO_POOL gd_pool_opts()
#else
#define GD__NO_POOL                                                                                                    \
    {                                                                                                                  \
        0                                                                                                              \
    }
#endif
GD_DEPRECATED("use gd_max_pool2d") static inline gd_tensor gd_maxpool2d_with(gd_tensor x, gd_pool_opts opts)
{
    return gd_max_pool2d(x, opts);
}
GD_DEPRECATED("use gd_max_pool1d") static inline gd_tensor gd_maxpool1d_with(gd_tensor x, gd_pool_opts opts)
{
    return gd_max_pool1d(x, opts);
}
GD_DEPRECATED("use gd_average_pool2d") static inline gd_tensor gd_avgpool2d_with(gd_tensor x, gd_pool_opts opts)
{
    return gd_average_pool2d(x, opts);
}
GD_DEPRECATED("use gd_average_pool1d") static inline gd_tensor gd_avgpool1d_with(gd_tensor x, gd_pool_opts opts)
{
    return gd_average_pool1d(x, opts);
}
GD_DEPRECATED("use gd_max_pool2d") static inline gd_tensor gd_maxpool2d(gd_tensor x, int64_t kernel)
{
    gd_pool_opts opts = GD__NO_POOL;
    opts.kernel = kernel;
    return gd_max_pool2d(x, opts);
}
GD_DEPRECATED("use gd_max_pool1d") static inline gd_tensor gd_maxpool1d(gd_tensor x, int64_t kernel)
{
    gd_pool_opts opts = GD__NO_POOL;
    opts.kernel = kernel;
    return gd_max_pool1d(x, opts);
}
GD_DEPRECATED("use gd_average_pool2d") static inline gd_tensor gd_avgpool2d(gd_tensor x, int64_t kernel)
{
    gd_pool_opts opts = GD__NO_POOL;
    opts.kernel = kernel;
    return gd_average_pool2d(x, opts);
}
GD_DEPRECATED("use gd_average_pool1d") static inline gd_tensor gd_avgpool1d(gd_tensor x, int64_t kernel)
{
    gd_pool_opts opts = GD__NO_POOL;
    opts.kernel = kernel;
    return gd_average_pool1d(x, opts);
}

// Ops have names of their own, beside the layers that make their variables.
GD_DEPRECATED("use gd_batch_normalize")
static inline gd_tensor gd_batch_norm_op(gd_tensor x, gd_tensor weight, gd_tensor bias, gd_tensor running_mean,
                                         gd_tensor running_variance, double epsilon)
{
    return gd_batch_normalize(x, weight, bias, running_mean, running_variance, epsilon);
}
GD_DEPRECATED("use gd_layer_normalize")
static inline gd_tensor gd_layer_norm_op(gd_tensor x, gd_tensor weight, gd_tensor bias, int axes, double epsilon)
{
    return gd_layer_normalize(x, weight, bias, axes, epsilon);
}
typedef gd_recurrent_steps_opts gd_recurrent_op_opts GD_DEPRECATED("use gd_recurrent_steps_opts");
GD_DEPRECATED("use gd_lstm_steps")
static inline gd_tensor gd_lstm_op(gd_tensor from_x, gd_tensor h0, gd_tensor c0, gd_tensor w,
                                   gd_recurrent_steps_opts opts)
{
    return gd_lstm_steps(from_x, h0, c0, w, opts);
}
GD_DEPRECATED("use gd_gru_steps")
static inline gd_tensor gd_gru_op(gd_tensor from_x, gd_tensor h0, gd_tensor w, gd_tensor b,
                                  gd_recurrent_steps_opts opts)
{
    return gd_gru_steps(from_x, h0, w, b, opts);
}
GD_DEPRECATED("use gd_rnn_steps")
static inline gd_tensor gd_rnn_op(gd_tensor from_x, gd_tensor h0, gd_tensor w, gd_recurrent_steps_opts opts)
{
    return gd_rnn_steps(from_x, h0, w, opts);
}
GD_DEPRECATED("use gd_embed") static inline gd_tensor gd_embedding_op(gd_tensor w, gd_tensor index)
{
    return gd_embed(w, index);
}
GD_DEPRECATED("use gd_label_cross_entropy")
static inline gd_tensor gd_cross_entropy_op(gd_tensor logits, gd_tensor label)
{
    return gd_label_cross_entropy(logits, label);
}

GD_DEPRECATED("use gd_training_function")
static inline gd_function *gd_training_step_with(gd_tensor loss, const gd_assignment_list *update,
                                                 gd_function_opts opts)
{
    return gd_training_function(loss, update, opts);
}
GD_DEPRECATED("use gd_task_of_width")
static inline const gd_task_kind *gd_task_with(const gd_task_kind *kind, int64_t width)
{
    return gd_task_of_width(kind, width);
}

#ifdef __cplusplus
}
#endif
#endif
