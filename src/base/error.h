// Failing with a sentence.
#ifndef GD_BASE_ERROR_H
#define GD_BASE_ERROR_H

#include <gradus/text.h>

enum { GD_MESSAGE_SIZE = 1024 };

// Notes the sentence for gd_last_error() on this thread and returns `status`:
//     return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
gd_status gd__fail(gd_status status, const char *format, ...) GD_PRINTF(2, 3);

// Puts "prefix: " before the sentence noted last and returns `status`; for callers that know where it happened.
gd_status gd__fail_in(gd_status status, const char *format, ...) GD_PRINTF(2, 3);

// Fails with GD_ERROR_MEMORY, saying what the memory was for.
gd_status gd__fail_memory(const char *what);

// For public functions: where something is needed and NULL was given, the call fails with a sentence and returns the
// second argument (none: it returns nothing).
#define GD__NEEDS(argument, ...)                                                                                       \
    do {                                                                                                               \
        if ((argument) == NULL) {                                                                                      \
            gd__fail(GD_ERROR_ARGUMENT, "%s: `%s` is NULL", __func__, #argument);                                      \
            return __VA_ARGS__;                                                                                        \
        }                                                                                                              \
    } while (0)

#endif
