// Invariants: what cannot be otherwise unless Gradus itself is wrong. They are looked at in builds with sanitizers
// (`make asan`, `make tsan`: GD_ASSERTS is defined), where a failing one is said with its file and line and ends the
// process. In all other builds they cost nothing, and the library never ends a process. What comes from outside is
// never asserted but checked, and answered with a gd_status.
#ifndef GD_BASE_ASSERT_H
#define GD_BASE_ASSERT_H

#ifdef GD_ASSERTS

#include <stdio.h>
#include <stdlib.h>

static inline void gd__assert(int holds, const char *condition, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "gradus: %s:%d: this should hold: %s\n", file, line, condition);
    abort();
}
#define GD__ASSERT(condition) gd__assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

#else

// Compiled, so that it stays true to the code, and never evaluated.
#define GD__ASSERT(condition) ((void)(0 && (condition)))

#endif
#endif
