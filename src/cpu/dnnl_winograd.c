#include "cpu/dnnl_winograd.h"
#include "base/error.h"
gd_status gd__winograd_convolution(gd__planner *planner, int32_t node, const gd__winograd *shape,
                                   const gd__winograd_call *call)
{
    (void)planner;
    (void)node;
    (void)shape;
    (void)call;
    return GD_ERROR_UNSUPPORTED;
}
gd_status gd__winograd_backward_weights(gd__planner *planner, int32_t index, const gd__winograd *shape, double flops)
{
    (void)planner;
    (void)index;
    (void)shape;
    (void)flops;
    return GD_ERROR_UNSUPPORTED;
}
double gd__winograd_time(const gd__winograd *shape, bool of_weights)
{
    (void)shape;
    (void)of_weights;
    return -1;
}

#include "cpu/convolution_job.h"
static bool takes(const gd__convolution_job *j)
{
    (void)j;
    return false;
}
const gd__convolution_way gd__convolution_winograd = {"Winograd", takes, NULL, NULL};
