// Super-resolution: networks that make pictures larger, on pictures of any size.
#ifndef GRADUS_ENLARGE_H
#define GRADUS_ENLARGE_H

#include <gradus/model.h>

#ifdef __cplusplus
extern "C" {
#endif

// How many times as large the model makes a picture along each side: the factor of its data (`super_resolution`); 0
// where it does something else.
GD_API int gd_model_enlarges(const gd_model *model);

#ifdef __cplusplus
}
#endif
#endif
