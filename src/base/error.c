#include "base/error.h"
#include "base/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// The last failure of each thread.
static _Thread_local char last_error[GD_MESSAGE_SIZE];
static _Thread_local gd_status last_status;

gd_status gd_last_status(void)
{
    return last_status;
}

const char *gd_last_error(void)
{
    return last_error;
}

static gd_status leave_sentence(gd_status status, const char *format, va_list arguments) GD_PRINTF(2, 0);

static gd_status leave_sentence(gd_status status, const char *format, va_list arguments)
{
    // The arguments may point into the sentence that is about to be overwritten.
    char text[GD_MESSAGE_SIZE];
    gd__format_list(text, sizeof text, format, arguments);
    memcpy(last_error, text, sizeof text);
    last_status = status;
    return status;
}

gd_status gd__fail(gd_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gd_status result = leave_sentence(status, format, arguments);
    va_end(arguments);
    return result;
}

gd_status gd_fail(gd_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gd_status result = leave_sentence(status, format, arguments);
    va_end(arguments);
    return result;
}

gd_status gd__fail_in(gd_status status, const char *format, ...)
{
    char prefix[GD_MESSAGE_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    gd__format_list(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    return gd__fail(status, "%s: %s", prefix, last_error);
}

gd_status gd__fail_memory(const char *what)
{
    return gd__fail(GD_ERROR_MEMORY, "out of memory for %s", what);
}

const char *gd_status_name(gd_status status)
{
    switch (status) {
    case GD_OK: return "ok";
    case GD_ERROR_MEMORY: return "out of memory";
    case GD_ERROR_ARGUMENT: return "bad argument";
    case GD_ERROR_SHAPE: return "shapes do not fit";
    case GD_ERROR_FORMAT: return "bad file format";
    case GD_ERROR_IO: return "input/output error";
    case GD_ERROR_NUMBER: return "not a number";
    case GD_ERROR_UNSUPPORTED: return "not supported here";
    case GD_ERROR_INTERRUPTED: return "interrupted";
    case GD_ERROR_INTERNAL: return "internal error";
    }
    return "unknown status";
}
