// What long calls tell the program meanwhile, and whether it wants them to end.
#ifndef GD_BASE_PROGRESS_H
#define GD_BASE_PROGRESS_H

#include <gradus/progress.h>

// Reports, and says whether the program asks to stop. Costs a look at the clock where somebody listens, else nothing.
bool gd__is_cancelled(const char *what, int64_t done, int64_t total);
// The same as a status: GD_ERROR_INTERRUPTED, with a sentence.
gd_status gd__progress(const char *what, int64_t done, int64_t total);

#endif
