// The version of these headers, and that of the library that a program runs with. The build reads it here.
#ifndef GRADUS_VERSION_H
#define GRADUS_VERSION_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GD_VERSION_MAJOR 0
#define GD_VERSION_MINOR 1
#define GD_VERSION_PATCH 0

// To compare with: #if GD_VERSION_NUMBER >= 200 asks for 0.2.0.
#define GD_VERSION_NUMBER (10000 * GD_VERSION_MAJOR + 100 * GD_VERSION_MINOR + GD_VERSION_PATCH)

// The same number of the library that is loaded; gd_version() is its text.
GD_API int gd_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
